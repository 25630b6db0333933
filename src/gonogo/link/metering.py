"""Metrics observed around model calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Call
from gonogo.findings import Place
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import place_of, symbol
from gonogo.link.module import DEFAULT, Module, chain, tail_name
from gonogo.link.values import CallSite, FuncV, Member, Value
from gonogo.registry.observability import Metric, last_word, metrics, own_metrics, package, same_name
from gonogo.registry.recorders import words_of

if TYPE_CHECKING:
    from gonogo.lexical.index import LexicalIndex
    from gonogo.workspace.discover import Workspace

MAX_LEVELS = 2
"""Helpers entered below the functions on the way to a call."""
MAX_FUNCTIONS = 60


@dataclass(frozen=True, eq=False, slots=True)
class Meter:
    """A metric observed around a call."""

    title: str
    place: Place


class Metering:
    """Finds metrics, once per run."""

    def __init__(self, evaluator: Evaluator, index: LexicalIndex, workspace: Workspace) -> None:
        self._evaluator = evaluator
        self._index = index
        self._files = {file.path: file for file in workspace.files}
        self._methods = frozenset(name for metric in metrics() for name in metric.methods)
        self._words = self._methods | {
            last_word(name) for metric in metrics() for name in (*metric.functions, *metric.decorators)
        }
        self._makers: dict[str, str] | None = None
        self._functions: dict[tuple[str, int | None, int], list[Meter]] = {}

    def around(self, call: ModelCall) -> list[Meter]:
        """Metrics observed in the functions that lead to `call` and in their helpers, nearest first."""
        found: list[Meter] = []
        seen: set[tuple[str, int | None]] = set()
        for step in call.steps:
            key = (step.module.path, step.call.function)
            if key not in seen and len(seen) < MAX_FUNCTIONS:
                seen.add(key)
                found.extend(self._in_function(step.module, step.call.function, 0))
        if call.waited_for:
            found.extend(self._middleware(call.app))
        return found

    def _in_function(self, module: Module, function: int | None, level: int) -> list[Meter]:
        key = (module.path, function, level)
        if key not in self._functions:
            self._functions[key] = []  # Helpers may call each other.
            self._functions[key] = list(self._observed(module, function, level))
        return self._functions[key]

    def _observed(self, module: Module, function: int | None, level: int) -> Iterator[Meter]:
        for call in module.facts.calls:
            if call.decorator_of is not None:
                inside = call.decorator_of == function
            else:
                inside = function is not None and _within(module, call.function, function)
            if not inside:
                continue
            site = CallSite(self._evaluator.project.frame(module, call.function), call)
            title = self._observes(module, call, site)
            if title:
                yield Meter(title, place_of(module, call.span))
            elif level < MAX_LEVELS and self._worth_entering(call):
                for value in self._evaluator.callee(site):
                    if isinstance(value, FuncV):
                        yield from self._in_function(value.module, value.function.index, level + 1)

    @staticmethod
    def _worth_entering(call: Call) -> bool:
        """True for helpers whose name says that they may observe something."""
        return bool(own_metrics().helpers & set(words_of(tail_name(call.callee))))

    def _observes(self, module: Module, call: Call, site: CallSite) -> str:
        tail = tail_name(call.callee)
        if tail not in self._words:
            return ""
        values = self._evaluator.callee(site)
        for value in values:
            title = self._metric(value)
            if title:
                return title
        words = {word for name in chain(call.callee)[:-1] for word in words_of(name)}
        if tail in self._methods and words & own_metrics().objects and not any(isinstance(v, FuncV) for v in values):
            return self._made_in(module.app)
        return ""

    def _metric(self, value: Value) -> str:
        name = symbol(value).replace(".labels()", "")
        for metric in metrics() if name else ():
            if any(same_name(name.removesuffix("()"), known) for known in (*metric.functions, *metric.decorators)):
                return metric.title
            if isinstance(value, Member) and value.name in metric.methods:
                base = symbol(value.base).replace(".labels()", "")
                if any(same_name(base, known) for known in metric.objects):
                    return metric.title
        return ""

    def _made_in(self, app: str) -> str:
        """The library whose metrics the application makes somewhere; empty if it makes none."""
        if self._makers is None:
            self._makers = {}
            for metric in metrics():
                for name in metric.objects:
                    for owner in self._users(metric, name.removesuffix("()")):
                        self._makers.setdefault(owner, metric.title)
        return self._makers.get(app, "")

    def _users(self, metric: Metric, name: str) -> Iterator[str]:
        if metric.id == "cloudwatch":
            return  # Every AWS client is made by the same function: it says nothing about metrics.
        word = last_word(name)
        for path in self._index.importing(package(name)) if word == DEFAULT else self._index.by_identifier(word):
            file = self._files.get(path)
            if file is not None and file.area == "app" and package(name) in self._index.imported_packages(path):
                yield file.app

    def _middleware(self, app: str) -> Iterator[Meter]:
        """Middleware that measures every request."""
        for metric in metrics():
            for name in metric.middleware:
                word = last_word(name)
                found = self._index.importing(package(name)) if word == DEFAULT else self._index.by_identifier(word)
                for path in sorted(found):
                    file = self._files.get(path)
                    if file is None or (file.area, file.app) != ("app", app):
                        continue
                    if package(name) not in self._index.imported_packages(path):
                        continue
                    module = self._evaluator.project.module(path)
                    if module is not None:
                        yield from self._used(module, metric, name, word)

    def _used(self, module: Module, metric: Metric, name: str, word: str) -> Iterator[Meter]:
        """The middleware called, or handed to the application."""
        for call in module.calls_by_tail.get(word, []):
            site = CallSite(self._evaluator.project.frame(module, call.function), call)
            if any(same_name(symbol(value), name) for value in self._evaluator.callee(site)):
                yield Meter(metric.title, place_of(module, call.span))
        for call in module.references.get(word, []):
            site = CallSite(self._evaluator.project.frame(module, call.function), call)
            for arg in call.args:
                values = self._evaluator.values(arg.value, site.frame, self._evaluator.at(call))
                if any(same_name(symbol(value), name) for value in values):
                    yield Meter(metric.title, place_of(module, call.span))


def _within(module: Module, inner: int | None, function: int) -> bool:
    """True for the function itself, and in JavaScript for functions written in it: `.finally(() => timer())`."""
    while inner is not None and inner != function and module.language == "ecma":
        inner = module.facts.functions[inner].parent
    return inner == function
