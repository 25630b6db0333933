"""What a model sets off at other services, and what makes doing it twice harmless."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.facts.flow import Origin
from gonogo.facts.model import Attr, Call, CallRef, Compare, DictLit, Expr, Function, Index, Lit, Name, Seq
from gonogo.facts.span import Span
from gonogo.link.acting import is_text
from gonogo.link.contained import asks_first
from gonogo.link.evaluate import Evaluator
from gonogo.link.flow import At
from gonogo.link.lift import known_text, same_symbol, symbol
from gonogo.link.module import Module, tail_name, text_of
from gonogo.link.values import CallSite, ClassV, FuncV, InstV, Site, Value
from gonogo.link.walk import walk
from gonogo.registry.effects import Effect, effects, keys

if TYPE_CHECKING:
    from gonogo.link.flows import Flows

MAX_UP = 5
MAX_PLACES = 40


@dataclass(frozen=True, eq=False, slots=True)
class Effected:
    """A call that changes something elsewhere, set off by a model. `safe` is what notices a repetition."""

    effect: Effect
    site: CallSite
    origin: Origin
    safe: Site | None
    safe_text: str = ""
    hops: int = 0
    """Functions between what the model decides and the effect, if nothing the model wrote goes into the effect."""


def effected(flows: Flows) -> Iterator[Effected]:
    """Every call in reach that a model sets off at another service, once each; those a person confirms are left out."""
    names = {n: [e for e in effects() if n in e.last_names] for e in effects() for n in e.last_names}
    seen: set[int] = set()
    for site in flows.below.calls():
        for effect in names.get(tail_name(site.call.callee), ()):
            if id(site.call) in seen or flows.tracer.is_model(site.call) or not _is(effect, site, flows.evaluator):
                continue
            way = list(_ways(site, flows))
            origin, hops = _cause(effect, site, way, flows)
            if origin is None or any(f is not None and asks_first(m, f) for m, f, _, _ in way):
                continue
            seen.add(id(site.call))
            safe, text = _noticed(site, way)
            yield Effected(effect, site, origin, safe, text, hops)


# --- is it one? ---


def _is(effect: Effect, site: CallSite, evaluator: Evaluator) -> bool:
    values = evaluator.callee(site)
    named = False
    for value in values:
        name = symbol(value)
        if name and any(name == known or same_symbol(name, known) for known in effect.names):
            named = True
    if not named and not _by_tail(effect, site, values):
        return False
    return not effect.url or _writes(effect, site, evaluator)


def _by_tail(effect: Effect, site: CallSite, values: tuple[Value, ...]) -> bool:
    """True for a method whose name says enough, on an object that is not one of the project."""
    if any(isinstance(v, (FuncV, ClassV, InstV)) for v in values) or not isinstance(site.call.callee, Attr):
        return False
    found = _chain(site.call.callee, site.module)
    return any(found[-len(tail) :] == tail for tail in effect.tails)


def _chain(expr: Expr, module: Module) -> tuple[str, ...]:
    """Names of a chain of attributes and calls: `service.events().insert` as (service, events, insert)."""
    names: list[str] = []
    for _ in range(12):
        if isinstance(expr, Attr):
            names.insert(0, expr.name)
            expr = expr.base
        elif isinstance(expr, CallRef):
            expr = module.facts.calls[expr.index].callee
        else:
            break
    return (*((expr.id,) if isinstance(expr, Name) else ()), *names)


def _writes(effect: Effect, site: CallSite, evaluator: Evaluator) -> bool:
    """True for a POST whose address, or the function it stands in, says that it changes something."""
    words = keys()
    address = ""
    plain = [arg.value for arg in site.call.args if arg.name is None and not arg.spread]
    for place in effect.url:
        exprs = plain[int(place[1:]) :][:1] if place.startswith("#") else _named(site.call, place)
        for expr in exprs:
            values = evaluator.values(expr, site.frame, Evaluator.at(site.call))
            known = next((t for t in map(known_text, values) if t), "")
            pieces = [text_of(part) or "" for part in walk(expr, site.module.facts)]
            address = address or known or "*".join(pieces)  # `BASE + "/refunds"`
    path = address.split("://")[-1].lower()
    if not path.strip("*/") or any(word in path for word in words.reads):
        return False
    if any(word in path for word in words.writes):
        return True
    function = "" if site.call.function is None else site.module.facts.functions[site.call.function].name.lower()
    return any(word in function for word in words.writes) and not any(word in function for word in words.reads)


def _named(call: Call, name: str) -> list[Expr]:
    return [arg.value for arg in call.args if arg.name == name]


# --- does a model set it off? ---

Way = tuple[Module, "Function | None", Call, int]
"""A function, the call in it that leads on, and how many functions stand between that and the effect."""


def _ways(site: CallSite, flows: Flows) -> Iterator[Way]:
    """The functions on the ways to a call, nearest first, each with the call in it that leads on."""
    todo = [(site, 0)]
    seen: set[int] = set()
    while todo and len(seen) < MAX_PLACES:
        current, hops = todo.pop(0)
        if id(current.call) in seen:
            continue
        seen.add(id(current.call))
        module, index = current.module, current.call.function
        function = None if index is None else module.facts.functions[index]
        yield module, function, current.call, hops
        if function is None or hops >= MAX_UP:
            continue
        todo.extend((edge.site, hops + 1) for edge in flows.evaluator.callers.of(module, function))
        todo.extend((s, hops + 1) for s, _ in flows.below.dispatched.get((module.path, function.index), []))


def _cause(effect: Effect, site: CallSite, ways: list[Way], flows: Flows) -> tuple[Origin | None, int]:
    wanted = [arg for arg in site.call.args if not effect.to or _addresses(effect, site.call, arg.name, arg.value)]
    for arg in wanted:
        for origin in flows.made_of(arg.value, site, purpose="decision"):
            if origin.kind == "model" and is_text(origin):
                return origin, 0
    if effect.to:
        return None, 0  # An answer to whoever asked.
    for module, function, call, hops in ways:
        if function is not None and (module.path, function.index) in flows.handlers:
            text = f"the tool {flows.handlers[(module.path, function.index)]}, which a model calls"
            return Origin("model", Site(module.path, function.name_span), text), hops
        decided = _decided(module, call, flows)
        if decided is not None:
            return decided, hops
    return None, 0


def _addresses(effect: Effect, call: Call, name: str | None, value: Expr) -> bool:
    if name is not None:
        return name in effect.to
    plain = [arg.value for arg in call.args if arg.name is None and not arg.spread]
    return any(place.startswith("#") and plain[int(place[1:]) :][:1] == [value] for place in effect.to)


def _decided(module: Module, call: Call, flows: Flows) -> Origin | None:
    """The output of a model that a branch around a call tests, or that a loop around it goes through."""
    frame = flows.evaluator.project.frame(module, call.function)
    about: list[Expr] = []
    for index in reversed(call.blocks):
        block = module.facts.blocks[index]
        if block.kind == "branch" and block.test is not None:
            about += [part for part in walk(block.test, module.facts) if isinstance(part, (Name, Attr, Index))]
        elif block.kind == "loop" and block.iterable is not None:
            about.append(block.iterable)
    for expr in about:
        for origin in flows.tracer.origins(expr, frame, At(call.order, call.blocks)):
            if origin.kind == "model" and is_text(origin):
                return origin
    return None


# --- is a repetition noticed? ---


def _noticed(site: CallSite, ways: list[Way]) -> tuple[Site | None, str]:
    span = _keyed(site)
    if span is not None:
        return Site(site.module.path, span), "carries a key by which a repetition is noticed"
    for module, function, _, _ in ways:
        span = None if function is None else _deduplicates(module, function)
        if span is not None:
            return Site(module.path, span), "is held against what was done before"
    return None, ""


def _keyed(site: CallSite) -> Span | None:
    """An argument, a header or an entry that carries a key."""
    words = keys().arguments
    for arg in site.call.args:
        if arg.name is not None and arg.name.lower() in words:
            return arg.span
        for part in walk(arg.value, site.module.facts):
            for name, span in _entries(part, site.module):
                if name.lower() in words:
                    return span
    return _keyed_local(site)


def _entries(expr: Expr, module: Module) -> Iterator[tuple[str, Span]]:
    if isinstance(expr, DictLit):
        for key, value in expr.items:
            name = None if key is None else text_of(key)
            if name is not None:
                yield name, value.span
    elif isinstance(expr, CallRef):
        for arg in module.facts.calls[expr.index].args:
            if arg.name is not None:
                yield arg.name, arg.span


def _keyed_local(site: CallSite) -> Span | None:
    """A key put into a local that is handed to the call (`headers["Idempotency-Key"] = key`)."""
    facts, words = site.module.facts, keys().arguments
    names = {p.id for arg in site.call.args for p in walk(arg.value, facts) if isinstance(p, Name)}
    for assign in facts.assigns:
        if assign.function != site.call.function:
            continue
        target = assign.target
        if isinstance(target, Index) and tail_name(target.base) in names:
            name = text_of(target.key)
            if name is not None and name.lower() in words:
                return assign.span
        elif isinstance(target, Name) and target.id in names:
            for part in walk(assign.value, facts):
                for name, span in _entries(part, site.module):
                    if name.lower() in words:
                        return span
    return None


def _deduplicates(module: Module, function: Function) -> Span | None:
    """A look at what was done before: a membership test, a claim in a store, a unique constraint, an upsert."""
    words, facts = keys(), module.facts
    for call in facts.calls:
        if call.function != function.index:
            continue
        if tail_name(call.callee) in words.calls or any(
            arg.name == "nx" and isinstance(arg.value, Lit) and arg.value.value is True for arg in call.args
        ):
            return call.span
        texts = [text_of(arg.value) or "" for arg in call.args]
        if any(mark in text.upper() for text in texts for mark in words.sql):
            return call.span
    for block in facts.blocks:
        if block.function != function.index:
            continue
        types = [t for expr in block.types for t in (expr.items if isinstance(expr, Seq) else (expr,))]
        if any(tail_name(t) in keys().errors for t in types):
            return block.span
        if block.kind == "branch" and block.test is not None and _looks_back(block.test, module):
            return block.test.span
    return None


def _looks_back(test: Expr, module: Module) -> bool:
    """True if a test is about what was seen or done before."""
    pattern = keys().names
    for part in walk(test, module.facts):
        if isinstance(part, Compare) and part.ops[0] in ("in", "not in"):
            if any(pattern.search(tail_name(side)) for side in part.rights):
                return True
        elif isinstance(part, CallRef):
            if pattern.search(tail_name(module.facts.calls[part.index].callee)):
                return True
        elif isinstance(part, (Name, Attr)) and pattern.search(tail_name(part)):
            return True
    return False
