"""Errors on their way up from a model call: what they have become, what meets them, and which handler catches which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from gonogo.facts.model import Assign, Block, Expr, Function
from gonogo.findings import Place
from gonogo.link.lift import place_of, same_symbol, symbol
from gonogo.link.module import Module, tail_name
from gonogo.link.reach import Step
from gonogo.link.values import ClassV, Ext, InstV, Member, SeqV, Value, Values
from gonogo.registry.errors import error_data
from gonogo.registry.observability import package

ALL_ERRORS = frozenset({"Exception", "BaseException"})

Match = Literal["all", "part", "no", "unknown"]


@dataclass(frozen=True, eq=False, slots=True)
class Problem:
    """An error on its way up. `raw` is true while its text holds that of the SDK's error; `cls` is its class where that
    is not the SDK's own."""

    kind: Literal["api", "http", "own"]
    raw: bool = True
    cls: Value | None = None


API = Problem("api")


@dataclass(frozen=True, eq=False, slots=True)
class Handler:
    """One `except` clause (or a `suppress`). `binding` is where the error gets its name; `types` are empty for all."""

    module: Module
    block: Block
    place: Place
    types: Values
    bare: bool
    binding: Assign | None
    reports: tuple[Place, ...]
    silent: bool
    """Nothing is called, kept, raised or answered: nobody will ever know."""


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """What comes out of a handler. `value` is what it returns, for `return`; `problem` what it raises, for `raise`."""

    kind: Literal["raise", "return", "rest", "exit"]
    problem: Problem | None = None
    value: Expr | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Caught:
    """A handler meets an error. `part`: it catches some errors of the call and lets others pass."""

    handler: Handler
    problem: Problem
    part: bool
    outcomes: tuple[Outcome, ...]
    step: Step | None = None
    """The step whose call the handler stands around; `None` for one in a decorator."""


Entry = Literal["route", "script", "open"]


@dataclass(frozen=True, eq=False, slots=True)
class Way:
    """One way from a call to an entry. `escapes` are the errors that leave the entry; `sure` is false where it could
    not be told whether errors go this way at all (a task of its own, a generator read elsewhere, an edge by name)."""

    steps: tuple[Step, ...]
    entry: Entry
    top: Function | None
    caught: tuple[Caught, ...]
    escapes: tuple[Problem, ...]
    sure: bool

    @property
    def place(self) -> Place | None:
        """Where the entry is, if somebody outside reaches it."""
        if self.entry != "route" or self.top is None:
            return None
        span = self.top.name_span if self.top.name_span.line > 1 else self.top.span
        return place_of(self.steps[-1].module, span)


def matches(handler: Handler, problem: Problem) -> Match:
    """Whether a handler catches an error: wholly, some of it, not at all, or not to be told."""
    if handler.bare:
        return "all"
    best: Match = "no"
    for value in handler.types:
        match = type_matches(value, problem)
        if match == "all":
            return "all"
        if match == "part" or (match == "unknown" and best == "no"):
            best = match
    return best


def type_matches(value: Value, problem: Problem) -> Match:
    """Whether a class catches an error."""
    data = error_data()
    name = symbol(value)
    last = name.rsplit(".", 1)[-1]
    if last in ALL_ERRORS and name.removeprefix("builtins.") == last:
        return "all"
    if problem.kind == "api":
        if isinstance(value, (Ext, Member)) and name:
            if package(symbol(value)) not in data.packages:
                return "no"
            return "all" if last in data.wide else "part"
        if isinstance(value, (ClassV, InstV)):
            return "no"
        tail = value.name if isinstance(value, Member) else ""
        return ("all" if tail in data.wide else "part") if tail in data.names else "unknown"
    if problem.kind == "http" and name and any(same_symbol(name, known) for known in data.http):
        return "all"
    if isinstance(value, ClassV) and isinstance(problem.cls, ClassV):
        same = value.module.path == problem.cls.module.path and value.cls.index == problem.cls.cls.index
        return "all" if same or _inherits(problem.cls, value) else "no"
    if problem.cls is not None and name and symbol(problem.cls) == name:
        return "all"
    return "unknown" if problem.cls is None else "no"


def _inherits(child: ClassV, base: ClassV) -> bool:
    """True if a class names the other among its bases (one level up within a module is all that error classes use)."""
    todo, seen = [child.cls], set()
    while todo:
        cls = todo.pop()
        if cls.index in seen:
            continue
        seen.add(cls.index)
        for expr in cls.bases:
            if tail_name(expr) == base.cls.name:
                return True
            todo.extend(c for c in child.module.facts.classes if c.name == tail_name(expr))
    return False


def flat(value: Value) -> Iterator[Value]:
    """The classes a value names: itself, or what a tuple of classes holds."""
    if isinstance(value, SeqV):
        for values in value.items:
            for inner in values:
                yield from flat(inner)
    else:
        yield value


def distinct(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Errors that differ in what matters on their way."""
    seen: set[object] = set()
    for problem in problems:
        key = (problem.kind, problem.raw, None if problem.cls is None else symbol(problem.cls) or id(problem.cls))
        if key not in seen:
            seen.add(key)
            yield problem
