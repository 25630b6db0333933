"""From a model call upwards: the functions, loops and handlers control passes on its way there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gonogo.facts.model import Block, Call, Function, Name
from gonogo.link.callers import Edge
from gonogo.link.evaluate import Evaluator
from gonogo.link.module import Module
from gonogo.link.values import CallSite

MAX_HOPS = 8
MAX_STEPS = 150
"""Functions visited above one call; generic helpers of large applications have thousands of callers."""


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """One function on a way to a model call, and the call in it that leads on. `below` is the step it leads to."""

    module: Module
    call: Call
    hops: int
    below: Step | None
    how: str
    sure: bool = True
    """False where an edge on the way rests on a name, or on a method that may be overridden."""
    later: bool = False
    """True above a queue: the call is made, but nobody here waits for it."""

    @property
    def function(self) -> Function | None:
        return None if self.call.function is None else self.module.facts.functions[self.call.function]

    def loops(self) -> list[Block]:
        """Loops around the call in this function, innermost first."""
        return self.module.enclosing(self.call.blocks, "loop")


@dataclass(frozen=True, eq=False, slots=True)
class Cycle:
    """A function that calls itself, directly or through others, with the model call inside."""

    module: Module
    function: Function
    call: Call


class Reach:
    """Ways to model calls."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def up(self, site: CallSite, max_hops: int = MAX_HOPS, *, deferred: bool = False) -> tuple[list[Step], list[Cycle]]:
        """Steps from a call upwards, nearest first, and the recursions met; if `deferred`, through queues as well."""
        start = Step(site.module, site.call, 0, None, "call")
        steps, cycles = [start], []
        seen = {(start.module.path, start.call.index)}
        position = 0
        while position < len(steps) and len(steps) < MAX_STEPS:
            step = steps[position]
            position += 1
            function = step.function
            if function is None or step.hops >= max_hops:
                continue
            for edge in self._edges(step.module, function, deferred):
                above, call = edge.site.module, edge.site.call
                if self._returns_to(step, above, call):
                    cycles.append(Cycle(above, above.facts.functions[call.function or 0], call))
                    continue
                if (above.path, call.index) in seen:
                    continue
                seen.add((above.path, call.index))
                sure = step.sure and edge.how not in ("name", "override")
                later = step.later or edge.how == "deferred"
                steps.append(Step(above, call, step.hops + 1, step, edge.how, sure, later))
        return steps, cycles

    def _edges(self, module: Module, function: Function, deferred: bool) -> list[Edge]:
        edges = list(self._evaluator.callers.of(module, function))
        if deferred:
            edges.extend(self._evaluator.callers.deferred(module, function))
        if not edges and function.parent is not None and (function.name != "<lambda>" or module.language == "ecma"):
            # A nested function that is returned or registered: whoever reaches the outer one reaches it.
            outer = module.facts.functions[function.parent]
            edges = list(self._evaluator.callers.of(module, outer))
            if any(isinstance(value, Name) and value.id == function.name for value in outer.returns):
                # Who gets a function need not call it: tools are listed, handlers registered.
                edges = [replace(edge, how="name") for edge in edges]
        return edges

    @staticmethod
    def _returns_to(step: Step, above: Module, call: Call) -> bool:
        """True if the call above stands in a function already on the way down."""
        current: Step | None = step
        while current is not None:
            if current.module.path == above.path and current.call.function == call.function is not None:
                return True
            current = current.below
        return False
