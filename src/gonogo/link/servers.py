"""What web servers of JavaScript put before their routes, in the order in which they are told to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from gonogo.facts.model import Call, Function, Lit
from gonogo.link.entries import is_object
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import same_symbol, symbol
from gonogo.link.module import Module, chain, tail_name
from gonogo.link.statuses import REFUSED
from gonogo.link.values import CallSite, Const, DictV, FuncV, InstV, Made, Member, SeqV, Value, Values
from gonogo.link.walk import walk
from gonogo.registry.data import load_toml
from gonogo.registry.frameworks import ecma_answers, route_specs

_ORIGIN = "access-control-allow-origin"


@dataclass(frozen=True, eq=False, slots=True)
class Registration:
    """`app.use("/path", one, two)`: what a server is told to run, with the values of each argument after the path.

    `server` tells the servers and routers of one function apart.
    """

    site: CallSite
    server: tuple[str, int | None, tuple[str, ...]]
    method: str
    paths: tuple[str, ...] | None
    """`None` where no path is given, or none that can be read: what is registered is run for all of them."""
    handlers: tuple[Values, ...]


@cache
def server_data() -> dict[str, Any]:
    """`libraries/servers.toml`."""
    return load_toml("libraries/servers.toml")


def registrations(evaluator: Evaluator, modules: Iterable[Module]) -> Iterator[Registration]:
    """Middleware and routes of Express, Koa, Hono and the like, file by file in their order."""
    specs = [spec for spec in route_specs() if spec.objects and spec.kind == "http"]
    names = {name for spec in specs for name in spec.adders}
    for module in modules:
        if module.language != "ecma":
            continue
        for call in sorted(module.facts.calls, key=lambda call: call.order):
            if tail_name(call.callee) not in names:
                continue
            site = CallSite(evaluator.project.frame(module, call.function), call)
            for value in evaluator.callee(site):
                if isinstance(value, Member) and any(
                    value.name in spec.adders
                    and isinstance(value.base, (Made, InstV))
                    and is_object(value.base, spec.objects)
                    for spec in specs
                ):
                    yield _registration(evaluator, site, value.name)
                    break


def _registration(evaluator: Evaluator, site: CallSite, method: str) -> Registration:
    positional, _ = evaluator.arguments(site)
    paths = _paths(positional[0]) if positional else None
    handlers = positional[1:] if paths is not None else positional
    server = (site.module.path, site.call.function, chain(site.call.callee)[:-1])
    return Registration(site, server, method, paths, tuple(handlers))


def _paths(values: Values) -> tuple[str, ...] | None:
    """The paths that a first argument names: a text, or a list of texts."""
    found: list[str] = []
    for value in values:
        items = value.items if isinstance(value, SeqV) else ((value,),)
        for one in (one for item in items for one in item):
            if not isinstance(one, Const) or not isinstance(one.value, str):
                return None
            found.append(one.value)
    return tuple(found) or None


def option(evaluator: Evaluator, site: CallSite, name: str) -> Values | None:
    """What the first argument of a call, a mapping, holds under `name`: nothing if it surely lacks it, `None` if that
    cannot be told."""
    positional, _ = evaluator.arguments(site)
    if not positional:
        return () if not site.call.args else None
    found: list[Value] = []
    for value in positional[0]:
        if not isinstance(value, DictV) or (value.open and name not in value.entries):
            return None
        found += value.entries.get(name, ())
    return tuple(found)


def allows_any_origin(evaluator: Evaluator, value: Value) -> bool | None:
    """True for a middleware that lets every site read the answers, false for one with a list; `None` for no such."""
    if isinstance(value, FuncV):
        return _sets_any_origin(value.module, value.function)
    if not isinstance(value, Made):
        return None
    for spec in server_data()["cors"]:
        if any(same_symbol(symbol(value.callee), name) for name in spec["functions"]):
            origins = option(evaluator, value.call, "origin") if value.call is not None else None
            if origins is None:
                return False
            if not origins:
                return bool(spec["default"] == "*")
            return all(isinstance(one, Const) and one.value in ("*", True) for one in origins)
    return None


def _sets_any_origin(module: Module, function: Function) -> bool | None:
    """What a hand-written middleware sends as the origins that may read its answers."""
    found: bool | None = None
    for call in inside(module, function):
        texts = [arg.value.value for arg in call.args if isinstance(arg.value, Lit)]
        if tail_name(call.callee) in ecma_answers().headers and texts and str(texts[0]).lower() == _ORIGIN:
            found = bool(found) or texts[1:] == ["*"]
    return found


def inside(module: Module, function: Function) -> Iterator[Call]:
    """Calls of a function and of those written in it."""
    within = {function.index}
    for inner in module.facts.functions:
        if inner.parent in within:
            within.add(inner.index)
    return (call for call in module.facts.calls if call.function in within)


def refuses(value: Value) -> bool:
    """True for middleware that turns away who shows no credentials, a browser's question before the request too."""
    if isinstance(value, Made):
        return any(same_symbol(symbol(value.callee), name) for name in server_data()["auth"]["refuses"])
    if not isinstance(value, FuncV) or len(value.function.params) < 2:
        return False
    facts = value.module.facts
    calls = list(inside(value.module, value.function))
    lets_through = any(
        isinstance(part, Lit) and part.value == "OPTIONS"
        for block in facts.blocks
        if block.function == value.function.index and block.test is not None
        for part in walk(block.test, facts)
    )
    return not lets_through and any(
        tail_name(call.callee) in ecma_answers().statuses | ecma_answers().throws
        and any(isinstance(arg.value, Lit) and arg.value.value in REFUSED for arg in call.args)
        for call in calls
    )
