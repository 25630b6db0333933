"""Functions that somebody outside can reach, and values that such a somebody sent."""

from __future__ import annotations

from gonogo.facts.model import Attr, CallRef, Expr, Function
from gonogo.findings import Place
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import place_of, same_symbol, symbol
from gonogo.link.module import Module
from gonogo.link.reach import Step
from gonogo.link.values import Ext, InstV, Made, Member, ParamV, Value
from gonogo.registry.frameworks import request_names, route_specs


def is_route(evaluator: Evaluator, module: Module, function: Function) -> bool:
    """True if a route decorator of a known framework stands on the function."""
    frame = evaluator.project.frame(module, function.parent)
    for decorator in function.decorators:
        expr: Expr = module.facts.calls[decorator.index].callee if isinstance(decorator, CallRef) else decorator
        for value in evaluator.values(expr, frame):
            if _routes(value):
                return True
        if isinstance(expr, Attr) and function.is_async and expr.name in ("event", "on_message"):
            return True
    return False


def _routes(value: Value) -> bool:
    name = symbol(value)
    for spec in route_specs():
        if any(same_symbol(name, known) for known in spec.decorators):
            return True
        if isinstance(value, Member) and value.name in spec.methods and isinstance(value.base, (Made, InstV)):
            base = symbol(value.base).removesuffix("()")
            if any(same_symbol(base, known) for known in spec.objects):
                return True
    return False


def route_of(evaluator: Evaluator, steps: list[Step]) -> Place | None:
    """The nearest entry above a call."""
    for step in steps:
        function = step.function
        while function is not None:
            if is_route(evaluator, step.module, function):
                return place_of(step.module, function.name_span if function.name_span.line > 1 else function.span)
            function = None if function.parent is None else step.module.facts.functions[function.parent]
    return None


def user_sent(evaluator: Evaluator, value: Value) -> bool:
    """True if a client of the application sent a value: a parameter of a route handler, or part of a request."""
    while True:
        if isinstance(value, Member):
            value = value.base
        elif isinstance(value, Made) and isinstance(value.callee, Member):
            value = value.callee.base
        else:
            break
    if isinstance(value, ParamV):
        return is_route(evaluator, value.module, value.function)
    if isinstance(value, Made) and value.call is None:
        return any(same_symbol(symbol(value.callee), name) for name in request_names())
    root = value.callee if isinstance(value, Made) else value
    if isinstance(root, Ext):
        return any(root.name == name or root.name.startswith(name + ".") for name in request_names())
    return False
