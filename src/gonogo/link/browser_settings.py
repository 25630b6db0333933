"""What the configuration of a build tool hands to the browser: values written into bundles or sent with pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from gonogo.facts.model import Attr, CallRef, Choice, DictLit, Expr, FileFacts, Index, Lit, Logical, Name, Seq, Template
from gonogo.facts.span import Span
from gonogo.link.module import Module, tail_name
from gonogo.link.walk import walk
from gonogo.registry.data import load_toml

_HANDED_ON = frozenset({"stringify", "String", "trim", "toString", "replace"})
"""Calls that give back what they are given, or what they are methods of."""
_FUNCTIONS = frozenset({"stringify", "String"})
_MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Published:
    """A variable that a setting makes public; `text` is how a sentence about it goes on."""

    name: str
    span: Span
    text: str


@cache
def browser_data() -> dict[str, Any]:
    """`libraries/browser.toml`."""
    return load_toml("libraries/browser.toml")


def has_settings(name: str) -> bool:
    """Is a file of this name one that says what goes to the browser?"""
    tables = (*browser_data()["settings"], *browser_data()["fields"], *browser_data()["prefixes"])
    return any(fnmatchcase(name, pattern) for table in tables for pattern in table["files"])


def published(module: Module, words: frozenset[str], is_key: Callable[[str], bool]) -> Iterator[Published]:
    """The variables for which `is_key` holds and that a configuration file makes public.

    `words` are those of the file. A build for the server alone publishes nothing.
    """
    facts = module.facts
    name = module.path.rpartition("/")[2]
    mappings = list(_mappings(facts))
    if _for_servers(mappings):
        return
    for table in browser_data()["settings"]:
        if _is_for(table, name) and table.get("word", "") in ("", *words):
            for key, value in _deep_entries(facts, mappings, table["table"]):
                holder = _holder(facts, key, value, is_key, named=bool(table.get("named")))
                if holder:
                    yield Published(holder, key.span, table["text"])
    for table in browser_data()["fields"]:
        if _is_for(table, name):
            for key, value in _entries(facts, mappings, table["table"]):
                if is_key(_text(key)) and _has_option(facts, value, table["option"], table["value"]):
                    yield Published(_text(key), key.span, table["text"])
    yield from _prefixes(mappings, name, is_key)


def _prefixes(mappings: list[DictLit], name: str, is_key: Callable[[str], bool]) -> Iterator[Published]:
    for table in browser_data()["prefixes"]:
        if _is_for(table, name):
            for value in _values_of(mappings, table["key"]):
                for part in value.items if isinstance(value, Seq) else (value,):
                    if isinstance(part, Lit) and _text(part) and is_key(f"{part.value}API_KEY"):
                        yield Published(f"the prefix {part.value}", part.span, table["text"])


def _is_for(table: dict[str, Any], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in table["files"])


def _mappings(facts: FileFacts) -> Iterator[DictLit]:
    """Every mapping of a file, also inside others."""
    roots: list[Expr] = [assign.value for assign in facts.assigns]
    roots += [arg.value for call in facts.calls for arg in call.args]
    roots += [value for function in facts.functions for value in function.returns]
    seen: set[Span] = set()
    for root in roots:
        for part in walk(root, facts):
            if isinstance(part, DictLit) and part.span not in seen:
                seen.add(part.span)
                yield part


def _values_of(mappings: list[DictLit], key: str) -> Iterator[Expr]:
    for mapping in mappings:
        yield from (value for name, value in mapping.items if name is not None and _text(name) == key)


def _entries(facts: FileFacts, mappings: list[DictLit], path: list[str]) -> Iterator[tuple[Lit, Expr]]:
    """Keys and values of the mapping that a path of keys leads to, wherever the path begins."""
    found = mappings
    for key in path:
        found = [inner for value in _values_of(found, key) for inner in _as_mappings(facts, value)]
    for mapping in found:
        for name, value in mapping.items:
            if isinstance(name, Lit) and isinstance(name.value, str):
                yield name, value


def _deep_entries(facts: FileFacts, mappings: list[DictLit], path: list[str]) -> Iterator[tuple[Lit, Expr]]:
    """As `_entries`, with those of mappings among the values: `"process.env": { API_KEY: ... }`."""
    for key, value in _entries(facts, mappings, path):
        yield key, value
        if isinstance(value, DictLit):
            yield from _entries(facts, [value], [])


def _as_mappings(facts: FileFacts, value: Expr) -> Iterator[DictLit]:
    if isinstance(value, DictLit):
        yield value
    elif isinstance(value, Name):
        for assign in facts.assigns:
            if isinstance(assign.target, Name) and assign.target.id == value.id and isinstance(assign.value, DictLit):
                yield assign.value


def _holder(facts: FileFacts, key: Lit, value: Expr, is_key: Callable[[str], bool], *, named: bool) -> str:
    """The name under which a key is handed on, or the variable it comes from; empty if there is none.

    `named`: the name is enough, since the value comes from the environment when the program starts.
    """
    sources = list(_sources(facts, value))
    names = [_text(key).rpartition(".")[2], *(source for source in sources if source)]
    return next((name for name in names if is_key(name)), "") if sources or named else ""


def _sources(facts: FileFacts, value: Expr, depth: int = 0) -> Iterator[str]:
    """Variables whose text a value carries: `process.env.X`, also with a default or as JSON. A test of it carries
    nothing."""
    if depth > _MAX_DEPTH:
        return
    inner: list[Expr] = []
    if isinstance(value, Attr):
        yield value.name
    elif isinstance(value, Index):
        yield _text(value.key)
    elif isinstance(value, Logical):
        inner = [value.right] if value.op == "and" else [value.left, value.right]
    elif isinstance(value, Choice):
        inner = [value.body, value.orelse]
    elif isinstance(value, Template):
        inner = list(value.parts)
    elif isinstance(value, CallRef) and tail_name(facts.calls[value.index].callee) in _HANDED_ON:
        callee = facts.calls[value.index].callee
        inner = [arg.value for arg in facts.calls[value.index].args]
        # `env.KEY.trim()`
        inner += [callee.base] if isinstance(callee, Attr) and tail_name(callee) not in _FUNCTIONS else []
    elif isinstance(value, Name):
        inner = [a.value for a in facts.assigns if isinstance(a.target, Name) and a.target.id == value.id]
    for part in inner:
        yield from _sources(facts, part, depth + 1)


def _has_option(facts: FileFacts, value: Expr, option: str, wanted: str) -> bool:
    """`string({ context: "client" })`"""
    if not isinstance(value, CallRef):
        return False
    return any(
        isinstance(arg.value, DictLit) and any(_text(found) == wanted for found in _values_of([arg.value], option))
        for arg in facts.calls[value.index].args
    )


def _for_servers(mappings: list[DictLit]) -> bool:
    """`build: { ssr: "src/server.ts" }`"""
    built = [value for value in _values_of(mappings, "build") if isinstance(value, DictLit)]
    return any(isinstance(v, Lit) and v.value not in (False, None) for v in _values_of(built, "ssr"))


def _text(expr: Expr) -> str:
    return expr.value if isinstance(expr, Lit) and isinstance(expr.value, str) else ""
