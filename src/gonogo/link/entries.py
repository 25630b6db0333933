"""Entries: functions that somebody outside can reach, through a web framework, a bot or a user interface."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gonogo.facts.model import Attr, CallRef, Expr, Function
from gonogo.findings import Place
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import place_of, same_symbol, symbol
from gonogo.link.module import Module
from gonogo.link.reach import Step
from gonogo.link.values import CallSite, InstV, Made, Member, Value
from gonogo.registry.frameworks import handlers, registrars, route_specs


@dataclass(frozen=True, eq=False, slots=True)
class Entry:
    """One function that is reached from outside. kind: `http`, `bot` or `ui`. `steps` lead from it to a model call,
    the entry's own first; `registration` is the call that made it an entry, if no decorator did."""

    module: Module
    function: Function
    kind: str
    steps: tuple[Step, ...]
    registration: CallSite | None = None

    @property
    def path(self) -> str:
        """The file in which the application takes it in: where it is registered, else where it stands."""
        return self.registration.module.path if self.registration is not None else self.module.path

    @property
    def sure(self) -> bool:
        """Is it certain that the way down leads to the call?"""
        return all(step.sure for step in self.steps)

    @property
    def place(self) -> Place:
        function = self.function
        return place_of(self.module, function.name_span if function.name_span.line > 1 else function.span)


def entries_of(evaluator: Evaluator, steps: Iterable[Step]) -> list[Entry]:
    """Every entry above a model call, nearest first."""
    found: list[Entry] = []
    seen: set[tuple[str, int]] = set()
    for step in steps:
        for module, function, kind, registration in _at(evaluator, step):
            key = (module.path, function.index)
            if key not in seen:
                seen.add(key)
                found.append(Entry(module, function, kind, _down(step), registration))
    return found


def _at(evaluator: Evaluator, step: Step) -> list[tuple[Module, Function, str, CallSite | None]]:
    function = step.function
    while function is not None:
        kind = entry_kind(evaluator, step.module, function)
        if kind:
            return [(step.module, function, kind, None)]
        function = None if function.parent is None else step.module.facts.functions[function.parent]
    below = step.below
    if step.how == "passed" and below is not None and below.function is not None:
        site = CallSite(evaluator.project.frame(step.module, step.call.function), step.call)
        kind = next((kind for value in evaluator.callee(site) if (kind := _registers(value))), "")
        if kind:
            return [(below.module, below.function, kind, site)]
    return []


def _down(step: Step) -> tuple[Step, ...]:
    way: list[Step] = []
    current: Step | None = step
    while current is not None:
        way.append(current)
        current = current.below
    return tuple(way)


def entry_kind(evaluator: Evaluator, module: Module, function: Function) -> str:
    """The kind of entry a function is by its decorators, its class or its name; empty if it is none."""
    frame = evaluator.project.frame(module, function.parent)
    for decorator in function.decorators:
        expr: Expr = module.facts.calls[decorator.index].callee if isinstance(decorator, CallRef) else decorator
        for value in evaluator.values(expr, frame):
            kind = _routes(value)
            if kind:
                return kind
        if isinstance(expr, Attr) and function.is_async and expr.name in ("event", "on_message"):
            return "bot"
    return _by_surroundings(evaluator, module, function)


def _by_surroundings(evaluator: Evaluator, module: Module, function: Function) -> str:
    for spec in handlers():
        if function.class_index is not None and function.name in spec.methods:
            cls = module.facts.classes[function.class_index]
            for base in evaluator.external_bases(module, cls):
                if any(same_symbol(base.name, known) for known in spec.bases):
                    return spec.kind
        elif function.class_index is None and function.parent is None and function.name in spec.functions:
            names = tuple(param.name.lstrip("_") for param in function.params)
            if names[: len(spec.parameters)] == spec.parameters:
                return spec.kind
    return ""


def _routes(value: Value) -> str:
    name = symbol(value)
    for spec in route_specs():
        if any(same_symbol(name, known) for known in spec.decorators):
            return spec.kind
        if isinstance(value, Member) and value.name in spec.methods and isinstance(value.base, (Made, InstV)):
            base = symbol(value.base).removesuffix("()")
            if any(same_symbol(base, known) for known in spec.objects):
                return spec.kind
    return ""


def _registers(value: Value) -> str:
    """The kind of entry that a call of `value` makes of the function it is handed."""
    name = symbol(value)
    names: list[str] = []
    root = value
    while isinstance(root, Member):
        names.insert(0, root.name)
        root = root.base
    made = symbol(root).removesuffix("()") if isinstance(root, (Made, InstV)) else ""
    for spec in registrars():
        if any(same_symbol(name, known) for known in spec.functions):
            return spec.kind
        if made and ".".join(names) in spec.methods and any(same_symbol(made, known) for known in spec.objects):
            return spec.kind
    return ""
