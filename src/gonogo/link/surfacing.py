"""Where an error of a call comes up: at the call, where its coroutine is run, or where its generator is read."""

from __future__ import annotations

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Call, CallRef, Function
from gonogo.link.ecma_promises import comes_up
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import symbol
from gonogo.link.module import Module, tail_name
from gonogo.link.reach import Step
from gonogo.link.values import CallSite
from gonogo.link.walk import walk
from gonogo.registry.running import runs

DRAINS = frozenset({"list", "tuple", "sum", "join", "dict", "set", "sorted", "next", "anext", "extend", "max", "min"})
"""Functions that run through a generator on the spot."""


class Surfacing:
    """Answers for the last of the steps that lead down to a model call."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def blocks(self, steps: tuple[Step, ...], call: ModelCall) -> tuple[tuple[int, ...] | None, bool]:
        """The blocks of this function an error of what is called comes up in (`None`: it does not come up here), and
        whether that is certain."""
        step = steps[-1]
        here = step.call.blocks
        if len(steps) == 1:
            if call.stream is not False and call.sdk.response.errors_inside:
                return here, False
            if call.stream and step.call.use == "assigned":
                return self._iterated(step) or here, True
            if step.module.language == "ecma" and not call.stream:
                return comes_up(step.module, step.call)
            return here, step.module.language != "ecma" or step.call.use != "returned"
        lower = steps[-2].function
        if lower is None:
            return here, False
        if step.module.language == "ecma":
            return self._promised(step, lower)
        if step.how == "passed":
            return here, step.call.awaited
        if lower.is_generator:
            return self._generator(step, lower)
        if lower.is_async and not step.call.awaited:
            if step.call.use == "returned":
                return None, True
            outer = self._outer(step)
            if outer is not None and self._runs(step.module, outer):
                return outer.blocks, True
            return here, False
        return here, True

    def _promised(self, step: Step, lower: Function) -> tuple[tuple[int, ...] | None, bool]:
        """The same in JavaScript, where an error of what is not awaited comes up nowhere near."""
        if lower.is_generator:
            return self._generator(step, lower)
        blocks, sure = comes_up(step.module, step.call)
        # What a function handed on is wrapped in may catch its errors; without `async` it need not answer a promise.
        return blocks, sure and (step.how == "call" or step.call.awaited)

    def _generator(self, step: Step, lower: Function) -> tuple[tuple[int, ...] | None, bool]:
        """A call of a generator makes it; its errors come up where it is run through."""
        if step.call.use in ("iterated", "context", "yielded"):
            return step.call.blocks, True
        if step.call.use == "assigned":
            around = self._iterated(step)
            return (around, True) if around is not None else (None, False)
        if any(tail_name(d) in ("contextmanager", "asynccontextmanager") for d in lower.decorators):
            return step.call.blocks, True
        outer = self._outer(step)
        if outer is not None and tail_name(outer.callee) in DRAINS:
            return outer.blocks, True
        # Whoever was given the generator runs through it, after this function has returned.
        return None, outer is not None or step.call.use == "returned"

    @staticmethod
    def _iterated(step: Step) -> tuple[int, ...] | None:
        """Blocks around the loop that runs through what the call of a step was assigned to."""
        facts = step.module.facts
        names = {
            tail_name(a.target)
            for a in facts.assigns
            if a.function == step.call.function and isinstance(a.value, CallRef) and a.value.index == step.call.index
        } - {""}
        for block in facts.blocks:
            if block.function != step.call.function or block.kind != "loop" or block.iterable is None:
                continue
            if any(tail_name(part) in names for part in walk(block.iterable, facts)):
                found: list[int] = []
                parent = block.parent
                while parent is not None:
                    found.append(parent)
                    parent = facts.blocks[parent].parent
                return tuple(reversed(found))
        return None

    @staticmethod
    def _outer(step: Step) -> Call | None:
        """The call that gets the result of a step's call as an argument."""
        for call in step.module.facts.calls:
            if call.function == step.call.function and any(
                isinstance(part, CallRef) and part.index == step.call.index
                for arg in call.args
                for part in (arg.value, *getattr(arg.value, "items", ()))
            ):
                return call
        return None

    def _runs(self, module: Module, call: Call) -> bool:
        site = CallSite(self._evaluator.project.frame(module, call.function), call)
        if any(symbol(value) in runs().awaits for value in self._evaluator.callee(site)):
            return call.awaited or tail_name(call.callee) == "run"
        return tail_name(call.callee) in runs().await_methods
