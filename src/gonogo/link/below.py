"""From the ways to model calls downwards: the functions that what a model says can be handed to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Attr, Call, Function, Name
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


class Below:
    """Functions in reach, and calls that reach a function under another name than its own (`HANDLERS[name](x)`).

    `defined` says whether the project defines a function or class of a name.
    """

    def __init__(self, evaluator: Evaluator, defined: Callable[[str], bool]) -> None:
        self._evaluator = evaluator
        self._defined = defined
        self._seen: set[tuple[str, int | None]] = set()
        self._todo: deque[tuple[Module, int | None, int]] = deque()
        self.functions: list[tuple[Module, int | None]] = []
        self.dispatched: dict[Key, list[tuple[CallSite, int]]] = {}

    def add_calls(self, calls: Iterable[ModelCall]) -> None:
        """Take in what is below the functions on the way to model calls."""
        steps = [step for call in calls for step in call.steps if step.hops <= MAX_UP]
        steps.sort(key=lambda s: (s.hops, s.module.path, s.call.index))
        for step in steps:
            self._meet(step.module, step.call.function, 0)
        self._run()

    def add_functions(self, functions: Iterable[FuncV]) -> None:
        """Take in functions, and what is below them (tools that only a framework calls)."""
        for value in functions:
            self._meet(value.module, value.function.index, 0)
        self._run()

    def calls(self) -> Iterator[CallSite]:
        """Every call in reach, in the order in which functions were met."""
        for module, function in self.functions:
            frame = self._evaluator.project.frame(module, function)
            for call in _calls_of(module, function):
                yield CallSite(frame, call)

    def modules(self) -> list[Module]:
        """The files the functions stand in, by path."""
        return [m for _, m in sorted({module.path: module for module, _ in self.functions}.items())]

    def _meet(self, module: Module, function: int | None, depth: int) -> None:
        key = (module.path, function)
        if key not in self._seen and len(self._seen) < MAX_FUNCTIONS and module.area not in SIDE:
            self._seen.add(key)
            self._todo.append((module, function, depth))

    def _run(self) -> None:
        while self._todo:
            module, function, depth = self._todo.popleft()
            self.functions.append((module, function))
            frame = self._evaluator.project.frame(module, function)
            for call in _calls_of(module, function):
                if self._may_be_own(call, module):
                    self._follow(CallSite(frame, call), depth)

    def _follow(self, site: CallSite, depth: int) -> None:
        for value in self._evaluator.callee(site):
            target = _function(value)
            if target is None:
                continue
            self._note(target, site, value)
            if depth < MAX_DEPTH:
                self._meet(target[0], target[1].index, depth + 1)

    def _may_be_own(self, call: Call, module: Module) -> bool:
        """False if a call surely calls nothing of the project: a built-in, or a method that the project does not
        define."""
        callee = call.callee
        if isinstance(callee, Name):
            scope = call.function
            while scope is not None:
                if callee.id in module.scopes.get(scope, {}):
                    return True
                scope = module.facts.functions[scope].parent
            return callee.id in module.scopes.get(None, {}) or bool(module.stars)
        if not isinstance(callee, Attr):
            return True
        return self._defined(callee.name) or (isinstance(callee.base, Name) and callee.base.id in ("self", "cls"))

    def _note(self, target: tuple[Module, Function], site: CallSite, value: Value) -> None:
        if not isinstance(value, FuncV) or tail_name(site.call.callee) == target[1].name:
            return
        key = (target[0].path, target[1].index)
        offset = 0 if value.self_value is None else 1
        self.dispatched.setdefault(key, []).append((site, offset))


def _function(value: Value) -> tuple[Module, Function] | None:
    if isinstance(value, FuncV):
        return value.module, value.function
    if isinstance(value, ClassV):
        method = value.module.methods.get(value.cls.index, {}).get("__init__")
        return None if method is None else (value.module, method)
    return None


def _calls_of(module: Module, function: int | None) -> list[Call]:
    """Calls of a function and of the lambdas in it."""
    inner = {function}
    for fact in module.facts.functions:
        if fact.parent in inner and fact.name == "<lambda>":
            inner.add(fact.index)
    return [c for c in module.facts.calls if c.function in inner and c.decorator_of is None]
