"""From the ways to model calls downwards: the functions that what a model says can be handed to."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Call, Function
from gonogo.link.evaluate import Evaluator
from gonogo.link.module import Module, tail_name
from gonogo.link.values import CallSite, ClassV, FuncV, Value

MAX_DEPTH = 4
"""Calls followed down from a function on the way to a model call."""
MAX_UP = 5
"""Hops above a model call; what is higher starts the program and has little to do with the answer."""
MAX_FUNCTIONS = 400
SIDE = frozenset({"test", "docs", "vendored", "example", "generated"})

Key = tuple[str, int]


@dataclass(eq=False)
class Below:
    """Functions in reach, and calls that reach a function under another name than its own (`HANDLERS[name](x)`)."""

    functions: list[tuple[Module, int | None]] = field(default_factory=list)
    dispatched: dict[Key, list[tuple[CallSite, int]]] = field(default_factory=dict)

    def calls(self, evaluator: Evaluator) -> Iterator[CallSite]:
        """Every call in reach, in the order in which functions were met."""
        for module, function in self.functions:
            frame = evaluator.project.frame(module, function)
            for call in _calls_of(module, function):
                yield CallSite(frame, call)

    def modules(self) -> list[Module]:
        """The files the functions stand in, by path."""
        return [m for _, m in sorted({module.path: module for module, _ in self.functions}.items())]


def below(evaluator: Evaluator, calls: Iterable[ModelCall], also: Iterable[FuncV] = ()) -> Below:
    """Functions in reach of `calls`, and of the functions `also` given (tools that only a framework calls)."""
    result = Below()
    seen: set[tuple[str, int | None]] = set()
    todo: deque[tuple[Module, int | None, int]] = deque()

    def meet(module: Module, function: int | None, depth: int) -> None:
        key = (module.path, function)
        if key not in seen and len(seen) < MAX_FUNCTIONS and module.area not in SIDE:
            seen.add(key)
            todo.append((module, function, depth))

    steps = [step for call in calls for step in call.steps if step.hops <= MAX_UP]
    steps.sort(key=lambda s: (s.hops, s.module.path, s.call.index))
    for step in steps:
        meet(step.module, step.call.function, 0)
    for tool in also:
        meet(tool.module, tool.function.index, 0)
    while todo:
        module, function, depth = todo.popleft()
        result.functions.append((module, function))
        frame = evaluator.project.frame(module, function)
        for call in _calls_of(module, function):
            site = CallSite(frame, call)
            for value in evaluator.callee(site):
                target = _function(value)
                if target is None:
                    continue
                _note(result, target, site, value)
                if depth < MAX_DEPTH:
                    meet(target[0], target[1].index, depth + 1)
    return result


def _function(value: Value) -> tuple[Module, Function] | None:
    if isinstance(value, FuncV):
        return value.module, value.function
    if isinstance(value, ClassV):
        method = value.module.methods.get(value.cls.index, {}).get("__init__")
        return None if method is None else (value.module, method)
    return None


def _note(result: Below, target: tuple[Module, Function], site: CallSite, value: Value) -> None:
    if not isinstance(value, FuncV) or tail_name(site.call.callee) == target[1].name:
        return
    key = (target[0].path, target[1].index)
    offset = 0 if value.self_value is None else 1
    result.dispatched.setdefault(key, []).append((site, offset))


def _calls_of(module: Module, function: int | None) -> list[Call]:
    """Calls of a function and of the lambdas in it."""
    inner = {function}
    for fact in module.facts.functions:
        if fact.parent in inner and fact.name == "<lambda>":
            inner.add(fact.index)
    return [c for c in module.facts.calls if c.function in inner and c.decorator_of is None]
