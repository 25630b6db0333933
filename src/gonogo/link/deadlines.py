"""Deadlines set around a call rather than on it: `asyncio.wait_for`, `asyncio.timeout`, `anyio.fail_after`."""

from __future__ import annotations

from gonogo.facts.lifted import ABSENT, Setting
from gonogo.facts.model import Call, CallRef
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import symbol
from gonogo.link.module import Module
from gonogo.link.reach import Step
from gonogo.link.values import CallSite, Site
from gonogo.registry.running import deadlines

MAX_HOPS = 3


def deadline(steps: list[Step], evaluator: Evaluator) -> Setting:
    """The nearest deadline around a call, in seconds."""
    for step in steps:
        if step.hops > MAX_HOPS:
            break
        found = _around(step, evaluator)
        if found is not None:
            return found
    return ABSENT


def _around(step: Step, evaluator: Evaluator) -> Setting | None:
    module = step.module
    frame = evaluator.project.frame(module, step.call.function)
    for block in module.enclosing(step.call.blocks, "with"):
        for item in block.items:
            if isinstance(item, CallRef):
                call = module.facts.calls[item.index]
                if any(symbol(v) in deadlines().within for v in evaluator.callee(CallSite(frame, call))):
                    return _setting(module, call, 0, "delay", evaluator)
    for outer in module.facts.calls:
        if outer.function != step.call.function or not outer.args:
            continue
        first = outer.args[0].value
        if not (isinstance(first, CallRef) and first.index == step.call.index):
            continue
        for value in evaluator.callee(CallSite(frame, outer)):
            if symbol(value) in deadlines().around:
                return _setting(module, outer, 1, "timeout", evaluator)
    return None


def _setting(module: Module, call: Call, position: int, name: str, evaluator: Evaluator) -> Setting | None:
    frame = evaluator.project.frame(module, call.function)
    positional, named = evaluator.arguments(CallSite(frame, call))
    values = named.entries.get(name, positional[position] if position < len(positional) else ())
    if not values:
        return None
    setting = Setting("given", values, Site(module.path, call.span), "call")
    return None if setting.none is not None else setting
