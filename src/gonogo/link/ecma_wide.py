"""Error handlers of JavaScript frameworks for a whole application."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gonogo.facts.model import Call, CallRef, Function, Name
from gonogo.link.evaluate import Evaluator
from gonogo.link.handlers import Handlers
from gonogo.link.lift import symbol
from gonogo.link.module import Module, tail_name
from gonogo.link.problems import API
from gonogo.link.values import FuncV, Value
from gonogo.registry.errors import EcmaWide, error_data

EXPRESS_PARAMETERS = 4
"""Express tells error handlers from other middleware by the number of their parameters."""


def found(evaluator: Evaluator, handlers: Handlers, modules: Iterable[Module]) -> Iterator[tuple[Module, Function]]:
    """Functions that are given the errors of every entry, and where they stand."""
    data = error_data().ecma
    for module in modules:
        yield from _registered(evaluator, module, data)
        stem = module.path.rpartition("/")[2].rpartition(".")[0]
        for function in module.facts.functions:
            top = function.parent is None and function.class_index is None
            exported = top and stem in data.files and function.name in data.names
            if exported or _catches(module, function, data) or _guards(handlers, module, function):
                yield module, function


def reported(evaluator: Evaluator, module: Module) -> Iterator[Call]:
    """Calls that hand the errors of every entry to an error tracker."""
    for name in sorted({known.rsplit(".", 1)[-1] for known in error_data().ecma.trackers}):
        for call in module.calls_by_tail.get(name, ()):
            if any(symbol(v) in error_data().ecma.trackers for v in _callees(evaluator, module, call)):
                yield call


def _callees(evaluator: Evaluator, module: Module, call: Call) -> tuple[Value, ...]:
    from gonogo.link.values import CallSite

    return evaluator.callee(CallSite(evaluator.project.frame(module, call.function), call))


def _registered(evaluator: Evaluator, module: Module, data: EcmaWide) -> Iterator[tuple[Module, Function]]:
    for method in sorted(data.methods | {"use"}):
        for call in module.calls_by_tail.get(method, ()):
            frame = evaluator.project.frame(module, call.function)
            for arg in call.args:
                for value in evaluator.values(arg.value, frame, evaluator.at(call)):
                    if isinstance(value, FuncV) and (method != "use" or _takes_errors(value.function)):
                        yield value.module, value.function


def _takes_errors(function: Function) -> bool:
    own = [param for param in function.params if param.name != "this"]
    return len(own) == EXPRESS_PARAMETERS


def _catches(module: Module, function: Function, data: EcmaWide) -> bool:
    """A method `catch` of a class that a decorator makes an exception filter."""
    if function.class_index is None or function.name != "catch":
        return False
    decorators = module.facts.classes[function.class_index].decorators
    names = [module.facts.calls[d.index].callee if isinstance(d, CallRef) else d for d in decorators]
    return any(tail_name(name) in data.decorators for name in names)


def _guards(handlers: Handlers, module: Module, function: Function) -> bool:
    """A middleware that calls the rest of the application inside a `try` that catches everything."""
    if [param.name for param in function.params if param.name != "this"][1:] != ["next"]:
        return False
    for call in module.calls_by_tail.get("next", ()):
        if call.function == function.index and isinstance(call.callee, Name) and call.awaited:
            met, left = handlers.meet(module, call.blocks, (API,))
            return bool(met) and not any(problem.kind == "api" for problem in left)
    return False
