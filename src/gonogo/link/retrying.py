"""Retries an application does itself around a model call: decorators, retry libraries, loops written by hand."""

from __future__ import annotations

from dataclasses import replace

from gonogo.facts.lifted import ModelCall, OwnRetry
from gonogo.facts.model import Call, CallRef, Expr, Function, Name
from gonogo.findings import Place
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import place_of
from gonogo.link.module import Module, tail_name
from gonogo.link.reach import Step
from gonogo.link.retry_libraries import read_library
from gonogo.link.retry_loops import retry_loops
from gonogo.link.values import CallSite, FuncV, Value

MAX_HOPS = 4
"""Functions above a call in which its retries are looked for; none was further up in the measured repositories."""


def own_retries(steps: list[Step], evaluator: Evaluator) -> tuple[OwnRetry, ...]:
    """Retries around a model call, nearest first."""
    found: list[OwnRetry] = []
    at: dict[int, list[OwnRetry]] = {}
    for step in steps:
        if step.hops > MAX_HOPS:
            continue
        here = retry_loops(step, evaluator)
        if step.how == "passed":
            here.extend(_library_call(step, evaluator))
        function = step.function
        while function is not None:
            here.extend(_decorated(step.module, function, evaluator))
            function = None if function.parent is None else step.module.facts.functions[function.parent]
        at[id(step)] = here
    # A retry on one of several ways to the call says nothing about the others.
    always = _on_every_way(_run_inside(steps, evaluator), at)
    for step in steps:
        sure = step.hops == 0 or (step.sure and always)
        found.extend(retry if sure else replace(retry, sure=False) for retry in at.get(id(step), []))
    seen: set[Place] = set()
    result = []
    for retry in found:
        if retry.place not in seen:
            seen.add(retry.place)
            result.append(retry)
    return tuple(result)


def derived_retries(call: ModelCall) -> tuple[OwnRetry, ...]:
    """Retries that the library itself puts around a model when asked to: `model.with_retry(...)` of LangChain waits
    longer each time, with jitter. Which errors it repeats is left to the library's own judgement."""
    if call.client is None:
        return ()
    return tuple(
        OwnRetry("library", place_of(site.module, site.call.span), "growing", True, False, name=name)
        for site in call.derived
        if (name := tail_name(site.call.callee)) in call.client.retry_with
    )


def _run_inside(steps: list[Step], evaluator: Evaluator) -> list[Step]:
    """`steps` without those that only hand a function of JavaScript to one of the project, which calls it."""
    runners = {(s.module.path, s.call.function) for s in steps if s.how == "call"}
    kept = []
    for step in steps:
        frame = evaluator.project.frame(step.module, step.call.function)
        inside = step.how == "passed" and step.module.language == "ecma" and any(
            isinstance(v, FuncV) and (v.module.path, v.function.index) in runners
            for v in evaluator.callee(CallSite(frame, step.call))
        )  # fmt: skip
        if not inside:
            kept.append(step)
    return kept


def _on_every_way(steps: list[Step], at: dict[int, list[OwnRetry]]) -> bool:
    """True if every way up from the call passes a retry."""
    above: dict[int, list[Step]] = {}
    for step in steps:
        if step.below is not None:
            above.setdefault(id(step.below), []).append(step)
    covered: dict[int, bool] = {}
    for step in reversed(steps):
        ways = above.get(id(step), [])
        covered[id(step)] = bool(at.get(id(step))) or (bool(ways) and all(covered[id(way)] for way in ways))
    return bool(steps) and covered[id(steps[0])]


# --- decorators and libraries ---


def _decorated(module: Module, function: Function, evaluator: Evaluator) -> list[OwnRetry]:
    found = []
    outer = evaluator.project.frame(module, function.parent)
    for decorator in function.decorators:
        place = place_of(module, decorator.span)
        for value in evaluator.values(decorator, outer):
            retry = read_library(value, place, "decorator", evaluator)
            if retry is None:
                retry = _own_decorator(value, decorator, module, evaluator)
            if retry is not None:
                found.append(retry)
                break
    return found


def _own_decorator(value: Value, decorator: Expr, module: Module, evaluator: Evaluator) -> OwnRetry | None:
    """A decorator of the project: the loop in it that calls what it decorates."""
    target = value if isinstance(value, FuncV) else None
    if isinstance(decorator, CallRef):
        call = module.facts.calls[decorator.index]
        frame = evaluator.project.frame(module, call.function)
        target = next((v for v in evaluator.callee(CallSite(frame, call)) if isinstance(v, FuncV)), target)
    if target is None:
        return None
    home = target.module
    inner = [f.index for f in home.facts.functions if _within(home, f.index, target.function.index)]
    for call in home.facts.calls:
        if call.function not in inner or not isinstance(call.callee, Name):
            continue
        if not _is_outer_param(home, call, target.function.index):
            continue
        step = Step(home, call, 0, None, "call")
        for retry in retry_loops(step, evaluator):
            return OwnRetry(
                "decorator", retry.place, retry.wait, retry.jitter, retry.everything, retry.everything_place,
                retry.attempts, target.function.name, retry.reads_retry_after,
            )  # fmt: skip
        for function in (home.facts.functions[i] for i in inner):
            nested = _decorated(home, function, evaluator) if function.index != target.function.index else []
            if nested:
                return nested[0]
    return None


def _is_outer_param(module: Module, call: Call, top: int) -> bool:
    """True if the callee is a parameter of a function around the call (the decorated function)."""
    function = call.function
    while function is not None:
        fact = module.facts.functions[function]
        if any(p.name == tail_name(call.callee) for p in fact.params):
            return True
        if function == top:
            return False
        function = fact.parent
    return False


def _within(module: Module, function: int, top: int) -> bool:
    current: int | None = function
    while current is not None:
        if current == top:
            return True
        current = module.facts.functions[current].parent
    return False


def _library_call(step: Step, evaluator: Evaluator) -> list[OwnRetry]:
    """`Retrying(...)(f)`, `retry(...)(f)`, `caller.call(f)`: the function is handed to a retry library."""
    place = place_of(step.module, step.call.span)
    frame = evaluator.project.frame(step.module, step.call.function)
    for value in evaluator.callee(CallSite(frame, step.call)):
        retry = read_library(value, place, "library", evaluator)
        if retry is not None:
            return [retry]
    return []
