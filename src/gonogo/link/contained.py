"""Deliberate running of a model's code: in a place made for it, or after somebody was asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gonogo.facts.model import DictLit, Function
from gonogo.facts.span import Span
from gonogo.link.acting import Act
from gonogo.link.module import Module, chain, tail_name, text_of
from gonogo.link.values import Site
from gonogo.link.walk import walk
from gonogo.registry.sinks import sandbox_words

if TYPE_CHECKING:
    from gonogo.link.flows import Flows


def is_contained(act: Act, flows: Flows) -> bool:
    """True if names on the way say that the code runs in a sandbox, or that it was asked for or looked at before."""
    boxes, _ = sandbox_words()
    words = {act.site.module.path.rsplit("/", 1)[-1].removesuffix(".py"), *chain(act.site.call.callee)}
    for module, function in _functions(act, flows):
        words |= {module.path.rsplit("/", 1)[-1].removesuffix(".py"), *function.qualname.split(".")}
        if asks_first(module, function):
            return True
    return any(_has(word, boxes) for word in words)


def asked_before_tools(act: Act, flows: Flows) -> bool:
    """True for the arguments of a tool in JavaScript if somebody is asked before tools run: in the loop that runs them,
    or by what the tool says of itself (`needsApproval`)."""
    if act.origin.call is not None or act.site.module.language != "ecma":
        return False
    asks = tuple(word for word in sandbox_words()[1] if word != "human")  # `HumanMessage` asks nobody.
    own = ((m, m.facts.functions[i]) for m, i in flows.below.functions if i is not None and m.language == "ecma")
    if any(_has(name, asks) for m, function in own for name in (function.name, *_names_in(m, function))):
        return True
    return any(_has(key, asks) for key in _keys_given(act.site.module))


def _keys_given(module: Module) -> set[str]:
    """Keys of the objects a file hands to calls."""
    given = (arg.value for call in module.facts.calls for arg in call.args)
    return {text_of(key) or "" for value in given if isinstance(value, DictLit) for key, _ in value.items if key}


def asks_first(module: Module, function: Function) -> bool:
    """True if a function asks somebody, or looks at a list of what is allowed, before it goes on."""
    asks = sandbox_words()[1]
    return any(name == "input" or _has(name, asks) for name in _names_in(module, function))


def _functions(act: Act, flows: Flows) -> list[tuple[Module, Function]]:
    """The functions a text passes on its way to the call."""
    sites = [act.site.site, *(hop.site for hop in act.origin.hops())]
    found: dict[tuple[str, int], tuple[Module, Function]] = {}
    for site in sites:
        module = flows.evaluator.project.modules.get(site.path)
        function = None if module is None else _around(module, site)
        if module is not None and function is not None:
            found[(module.path, function.index)] = (module, function)
    return list(found.values())


def _around(module: Module, site: Site) -> Function | None:
    """The innermost function a place stands in."""
    inside = [f for f in module.facts.functions if _covers(f.span, site.span)]
    return max(inside, key=lambda f: (f.span.line, f.span.column), default=None)


def _covers(outer: Span, inner: Span) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= (
        outer.end_line,
        outer.end_column,
    )


def _names_in(module: Module, function: Function) -> set[str]:
    """Names of what a function calls and tests."""
    facts = module.facts
    names = {tail_name(call.callee) for call in facts.calls if call.function == function.index}
    for block in facts.blocks:
        if block.function == function.index and block.kind == "branch" and block.test is not None:
            names |= {tail_name(part) for part in walk(block.test, facts)}
    return names


def _has(name: str, words: tuple[str, ...]) -> bool:
    """True if one of `words` is a part of a name: `ask_user_permission`, `DockerRunner`, not `humanize`."""
    snake = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    return any(f"_{word}_" in f"_{snake}_" or (len(word) > 6 and word in snake) for word in words)
