"""How text passes methods of JavaScript: of lists, texts, promises, and those that call a function for each element."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from gonogo.facts.flow import Origin, Path
from gonogo.facts.model import Attr, Call, Expr, Function, Lit, Param, Seq
from gonogo.link.cursor import Cursor, rest_of
from gonogo.link.module import tail_name, text_of
from gonogo.link.values import FuncV, Values
from gonogo.registry.flows import ecma

if TYPE_CHECKING:
    from gonogo.link.values import CallSite

Found: TypeAlias = "list[Cursor | Origin]"
Results: TypeAlias = "Callable[[FuncV, Cursor], Iterable[Cursor | Origin]]"
"""Answers what a function returns."""
Ask: TypeAlias = "Callable[[Expr, Cursor], Values]"


def of_method(tail: str, call: Call, callee: Attr, cursor: Cursor, ask: Ask, results: Results) -> Found | None:
    """What the result of a method is made of; `None` for a method that JavaScript says nothing about."""
    path, words = cursor.path, ecma()
    if tail == "join":
        return _joined(call, callee.base, cursor)
    if tail == "concat":
        return [cursor.go(callee.base), *(cursor.go(arg.value).note("composed") for arg in call.args)]
    if tail in words.fills and len(call.args) > 1:
        given = call.args[1].value
        filled = [item for v in ask(given, cursor) if isinstance(v, FuncV) for item in results(v, cursor.go(given, ()))]
        put = filled or ([] if isinstance(given, Lit) else [cursor.go(given, ()).note("composed")])
        return [cursor.go(callee.base), *put]
    if tail in words.keeps:
        return [cursor.go(callee.base)]
    if tail in words.picks:
        return [cursor.go(callee.base, ("*", *path))]
    if tail in words.makes:
        return _made(tail, call, callee, cursor, ask, results)
    return None


def _joined(call: Call, base: Expr, cursor: Cursor) -> Found:
    """`["Rules:", text].join("\\n")`: with what stands around each element, where the list is written out."""
    if not isinstance(base, Seq):
        return [cursor.go(base, ("*",)).note("composed")]
    mark = text_of(call.args[0].value) or "" if call.args else ","
    texts = [text_of(item) or "" for item in base.items]
    fixed = sum(map(len, texts))
    found: Found = []
    for position, item in enumerate(base.items):
        if isinstance(item, Lit):
            continue
        before = texts[position - 1] + mark if position else ""
        after = mark + "".join(texts[position + 1 : position + 2]) if position + 1 < len(texts) else ""
        found.append(cursor.go(item, ()).note("composed", (before, after), fixed))
    return found


def _made(tail: str, call: Call, callee: Attr, cursor: Cursor, ask: Ask, results: Results) -> Found:
    """The result of a method that hands on what its function returns."""
    path = rest_of(cursor.path) if tail in ecma().each else cursor.path
    given = call.args[0].value if call.args else None
    functions = [v for v in ask(given, cursor) if isinstance(v, FuncV)] if given is not None else []
    if not functions:
        return [cursor.go(callee.base)]
    return [item for value in functions for item in results(value, cursor.go(cursor.expr, path))]


def handed(param: Param, function: Function, site: CallSite, path: Path) -> list[tuple[Expr, Path]] | None:
    """What a method gives a parameter of the function it calls (`list.map(f)`, `promise.then(f)`); `None` if nothing
    is known of how it calls it."""
    callee = site.call.callee
    if not isinstance(callee, Attr):
        return None
    names = [p.name for p in function.params if p.name != "this"]
    place = names.index(param.name) if param.name in names else -1
    tail, words = tail_name(callee), ecma()
    if tail in words.folds:
        return [(callee.base, ("*", *path))] if place == 1 else []
    if tail in words.each:
        return [(callee.base, ("*", *path))] if place == 0 else []
    if tail in words.fills:
        return [(callee.base, ())]
    if tail in words.after:
        return [(callee.base, path)] if place == 0 else []
    return None
