"""Deadlines that JavaScript sets by a signal: `AbortSignal.timeout(ms)`, a controller that a timer aborts, a race."""

from __future__ import annotations

from gonogo.facts.lifted import OPEN, Setting
from gonogo.facts.model import Call, CallRef, Expr, Function, Seq
from gonogo.languages import GLOBAL
from gonogo.link.dicts import fold_dicts
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import symbol
from gonogo.link.module import Module, lambdas_in, tail_name
from gonogo.link.reach import Step
from gonogo.link.values import (
    CallSite,
    Const,
    DictV,
    FuncV,
    Made,
    Member,
    ParamV,
    SeqV,
    Site,
    Unknown,
    Value,
    Values,
    merge,
)
from gonogo.registry.running import deadlines

MAX_HOPS = 3
MILLISECONDS = 0.001
TIMEOUT, ANY, CONTROLLER = f"{GLOBAL}AbortSignal.timeout", f"{GLOBAL}AbortSignal.any", f"{GLOBAL}AbortController"
TIMERS = frozenset({"setTimeout"})


def signal_deadline(signal: Setting, evaluator: Evaluator) -> Setting | None:
    """The time after which a signal given to a call ends it; `None` if only somebody else ends it."""
    if signal.status == "absent" or signal.site is None:
        return None
    found = _limits(signal.values, evaluator)
    if not found and any(isinstance(v, (Unknown, ParamV)) for v in signal.values):
        return OPEN  # Whoever hands it over may have set a time.
    return Setting("given", found, signal.site, "call") if found else None


def _limits(values: Values, evaluator: Evaluator) -> Values:
    groups: list[Values] = []
    for value in values:
        if isinstance(value, Made) and value.call is not None and symbol(value.callee) in (TIMEOUT, ANY):
            positional, _ = evaluator.arguments(value.call)
            given = positional[0] if positional else ()
            if symbol(value.callee) == TIMEOUT:
                groups.append(_seconds(given, value.call.site))
            else:
                groups.extend(_limits(item, evaluator) for v in given if isinstance(v, SeqV) for item in v.items)
        elif isinstance(value, Member) and value.name == "signal" and isinstance(value.base, Made):
            groups.append(_timer(value.base, evaluator))
    return merge(groups)


def _timer(controller: Made, evaluator: Evaluator) -> Values:
    """How long after its making a timer aborts a controller."""
    if controller.call is None or symbol(controller.callee) != CONTROLLER:
        return ()
    module = controller.call.module
    for name in sorted(TIMERS):
        for call in module.calls_by_tail.get(name, []):
            site = CallSite(evaluator.project.frame(module, call.function), call)
            positional, _ = evaluator.arguments(site)
            if len(positional) > 1 and any(_aborts(v, controller, evaluator) for v in positional[0]):
                return _seconds(positional[1], site.site)
    return ()


def _aborts(callback: Value, controller: Made, evaluator: Evaluator) -> bool:
    if isinstance(callback, Member):
        return callback.name == "abort" and _same(callback.base, controller)
    if not isinstance(callback, FuncV):
        return False
    module = callback.module
    for call in module.calls_by_tail.get("abort", []):
        if call.function == callback.function.index:
            frame = evaluator.project.frame(module, call.function)
            values = evaluator.callee(CallSite(frame, call))
            if any(isinstance(v, Member) and _same(v.base, controller) for v in values):
                return True
    return False


def _same(value: Value, controller: Made) -> bool:
    return (
        isinstance(value, Made)
        and value.call is not None
        and controller.call is not None
        and value.call.call is controller.call.call
    )


def _seconds(values: Values, site: Site) -> Values:
    found: list[Value] = []
    for value in values:
        number = value.value if isinstance(value, Const) else None
        if isinstance(value, Const) and isinstance(number, (int, float)) and not isinstance(number, bool):
            found.append(Const(number * MILLISECONDS, value.site, value.via))
        else:
            found.append(value)
    return tuple(found) or (Unknown("a time that cannot be read", site),)


def raced(steps: list[Step], evaluator: Evaluator) -> Setting | None:
    """`Promise.race([call, timer])` around a call, or around one of the functions on the way to it."""
    for step in steps:
        if step.hops > MAX_HOPS:
            break
        if step.module.language != "ecma":
            continue
        for outer in step.module.facts.calls:
            if outer.function == step.call.function:
                found = _race(step, outer, evaluator)
                if found is not None:
                    return found
    return None


def _race(step: Step, outer: Call, evaluator: Evaluator) -> Setting | None:
    module = step.module
    first = outer.args[0].value if outer.args else None
    site = CallSite(evaluator.project.frame(module, outer.function), outer)
    if isinstance(first, CallRef) and first.index == step.call.index:
        if any(symbol(value) in deadlines().promises for value in evaluator.callee(site)):
            positional, _ = evaluator.arguments(site)
            limits = _milliseconds(positional[1], site.site) if len(positional) > 1 else ()
            return Setting("given", limits, site.site, "call") if limits else None
        return None
    if tail_name(outer.callee) != "race" or not isinstance(first, Seq):
        return None
    if not any(isinstance(item, CallRef) and item.index == step.call.index for item in first.items):
        return None
    if not any(symbol(value) == f"{GLOBAL}Promise.race" for value in evaluator.callee(site)):
        return None
    for item in first.items:
        limits = _rejecting_timer(item, module, evaluator)
        if limits:
            return Setting("given", limits, site.site, "call")
    return None


def _milliseconds(values: Values, site: Site) -> Values:
    """A time given as a number, or as `{ milliseconds }`."""
    if any(isinstance(v, DictV) for v in values):
        values = fold_dicts(values).entries.get("milliseconds", ())
    return _seconds(values, site) if values else ()


def _rejecting_timer(item: Expr, module: Module, evaluator: Evaluator) -> Values:
    """The time of a promise that only waits: `new Promise((_, no) => setTimeout(no, ms))`, or a function of it."""
    if not isinstance(item, CallRef):
        return ()
    call = module.facts.calls[item.index]
    for arg in call.args:
        for function in lambdas_in(arg.value):
            found = _timer_in(module, module.facts.functions[function], evaluator)
            if found:
                return found
    inner = CallSite(evaluator.project.frame(module, call.function), call)
    for value in evaluator.callee(inner):
        if isinstance(value, FuncV):
            for other in value.module.facts.functions:
                if other.parent == value.function.index:
                    found = _timer_in(value.module, other, evaluator)
                    if found:
                        return found
    return ()


def _timer_in(module: Module, function: Function, evaluator: Evaluator) -> Values:
    for name in sorted(TIMERS):
        for call in module.calls_by_tail.get(name, []):
            if call.function == function.index:
                positional, _ = evaluator.arguments(CallSite(evaluator.project.frame(module, call.function), call))
                if len(positional) > 1:
                    return _seconds(positional[1], Site(module.path, call.span))
    return ()
