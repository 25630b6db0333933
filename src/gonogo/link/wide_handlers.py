"""Error handlers a framework applies to a whole application: exception handlers, error handlers of bots, middleware.

They are looked for in the files that hold one of the registering names, whether or not a model call stands near them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gonogo.facts.model import Arg, Attr, Call, CallRef, Function, Lit, Name
from gonogo.findings import Place
from gonogo.link import ecma_wide
from gonogo.link.evaluate import Evaluator
from gonogo.link.handlers import Handlers
from gonogo.link.leaks import Leak, parameter_leaks
from gonogo.link.lift import place_of, same_symbol, symbol
from gonogo.link.module import Module, tail_name
from gonogo.link.problems import API, flat, type_matches
from gonogo.link.values import FuncV, InstV, Made, Member, Value, Values
from gonogo.registry.errors import Wide, error_data

SERVER_ERROR = 500


@dataclass(frozen=True, eq=False, slots=True)
class WideHandler:
    """A handler for every entry of an application. `function` is what handles the error, where it is known."""

    place: Place
    module: Module
    function: Function | None
    leaks: tuple[Leak, ...] = ()
    reports: tuple[Place, ...] = ()


def words(packages: frozenset[str]) -> frozenset[str]:
    """Identifiers one of which a file must hold to register such a handler, in an application with these packages."""
    return frozenset(
        name
        for wide in error_data().whole
        if not wide.on or packages & {known.partition(".")[0] for known in wide.on}
        for name in (*wide.decorators, *wide.methods, *wide.names, wide.guards)
        if name
    )


def wide_handlers(evaluator: Evaluator, modules: Iterable[Module]) -> tuple[WideHandler, ...]:
    """Handlers that meet the errors of model calls, among `modules`."""
    handlers = Handlers(evaluator)
    found: list[WideHandler] = []
    for module in modules:
        for wide in error_data().whole if module.language == "python" else ():
            found.extend(_Finder(evaluator, handlers, module, wide).run())
    return tuple(found)


def ecma_handlers(evaluator: Evaluator, modules: list[Module]) -> tuple[WideHandler, ...]:
    """The same for modules of JavaScript."""
    handlers = Handlers(evaluator)
    result: dict[Place, WideHandler] = {}
    for module, function in ecma_wide.found(evaluator, handlers, modules):
        span = function.name_span if function.name_span.line > 1 else function.span
        place = place_of(module, span)
        result.setdefault(place, _handler(evaluator, handlers, module, function, place))
    for module in modules:
        for call in ecma_wide.reported(evaluator, module):
            place = place_of(module, call.span)
            result.setdefault(place, WideHandler(place, module, None, (), (place,)))
    return tuple(result.values())


def _handler(evaluator: Evaluator, handlers: Handlers, module: Module, function: Function, place: Place) -> WideHandler:
    reports = tuple(
        place_of(module, call.span)
        for call in module.facts.calls
        if call.function == function.index and handlers.reports(module, call)
    )
    shown: tuple[Leak, ...] = ()
    for param in function.params:
        last = tail_name(param.annotation) if param.annotation is not None else ""
        named = param.name in ("e", "err", "error", "exc", "ex", "exception")
        if last == "Exception" or (named and not last.endswith(("HTTPException", "ValidationError"))):
            shown = parameter_leaks(evaluator, module, function, param.name)
    return WideHandler(place, module, function, shown, reports)


class _Finder:
    """Looks for one kind of registration in one module."""

    def __init__(self, evaluator: Evaluator, handlers: Handlers, module: Module, wide: Wide) -> None:
        self._evaluator = evaluator
        self._handlers = handlers
        self._module = module
        self._wide = wide

    def run(self) -> Iterator[WideHandler]:
        for function in self._module.facts.functions:
            if self._wide.guards:
                if self._guards(function):
                    yield self._found(function)
            elif function.name in self._wide.names or self._decorated(function):
                yield self._found(function)
        for name in sorted(self._wide.methods & self._module.calls_by_tail.keys()):
            for call in self._module.calls_by_tail[name]:
                if isinstance(call.callee, Attr) and self._is_application(call.callee, call.function):
                    yield from self._registered(call)

    def _decorated(self, function: Function) -> bool:
        for decorator in function.decorators:
            call = self._module.facts.calls[decorator.index] if isinstance(decorator, CallRef) else None
            expr = call.callee if call is not None else decorator
            if not isinstance(expr, Attr) or expr.name not in self._wide.decorators:
                continue
            if self._is_application(expr, function.parent) and self._covers(call.args if call else ()):
                return True
        return False

    def _is_application(self, expr: Attr, function: int | None) -> bool:
        frame = self._evaluator.project.frame(self._module, function)
        values = self._evaluator.values(expr.base, frame)
        if not values or any(self._is_one(value) for value in values):
            return True
        # An application handed in as a parameter, or built by a chain of calls, is taken for one.
        return not any(isinstance(v, (InstV, FuncV)) for v in values) and any(
            isinstance(v, Made) and isinstance(v.callee, Member) for v in values
        )

    def _is_one(self, value: Value) -> bool:
        name = symbol(value.callee) if isinstance(value, Made) else ""
        if isinstance(value, (Made, InstV)):
            return any(same_symbol(name, known) for known in self._wide.on)
        return symbol(value) == ""

    def _covers(self, args: tuple[Arg, ...]) -> bool:
        """True if an error of a model call is among those the handler is for."""
        if not args or not self._wide.error:
            return True
        first = next((a for a in args if a.name is None or a.name in self._wide.error), None)
        if first is None:
            return True
        if isinstance(first.value, Lit):
            return first.value.value == SERVER_ERROR
        frame = self._evaluator.project.frame(self._module, None)
        values: Values = self._evaluator.values(first.value, frame)
        classes = [v for value in values for v in flat(value)]
        return any(type_matches(value, API) in ("all", "part") for value in classes)

    def _guards(self, function: Function) -> bool:
        """True if a middleware calls the rest of the application inside a `try` that catches everything."""
        for call in self._module.calls_by_tail.get(self._wide.guards, []):
            if call.function == function.index and isinstance(call.callee, Name):
                met, left = self._handlers.meet(self._module, call.blocks, (API,))
                return bool(met) and not any(problem.kind == "api" for problem in left)
        return False

    def _registered(self, call: Call) -> Iterator[WideHandler]:
        if not self._covers(call.args):
            return
        frame = self._evaluator.project.frame(self._module, call.function)
        place = place_of(self._module, call.span)
        for arg in call.args[-1:]:
            for value in self._evaluator.values(arg.value, frame):
                if isinstance(value, FuncV):
                    yield self._of(value.module, value.function, place)
                    return
        yield WideHandler(place, self._module, None)

    def _found(self, function: Function) -> WideHandler:
        span = function.name_span if function.name_span.line > 1 else function.span
        return self._of(self._module, function, place_of(self._module, span))

    def _of(self, module: Module, function: Function, place: Place) -> WideHandler:
        return _handler(self._evaluator, self._handlers, module, function, place)
