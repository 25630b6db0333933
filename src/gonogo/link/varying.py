"""What is new in every request: the time, random ids, and text that the request brought along."""

from __future__ import annotations

from typing import Literal

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import CallRef, Expr
from gonogo.facts.prompts import Varying
from gonogo.link.evaluate import Evaluator
from gonogo.link.flow import is_prefix
from gonogo.link.lift import place_of, same_symbol
from gonogo.link.module import Module, tail_name
from gonogo.link.names import plain_name
from gonogo.link.reach import Step
from gonogo.link.routes import user_sent
from gonogo.link.values import CallSite, Const, DictV, Ext, Made, Member, ParamV, TextV, Value
from gonogo.registry.prompts import varies

Kind = Literal["clock", "id"]

MAX_HOPS = 3
"""Functions between the one that asks for the time and one on the way to the model call."""
MAX_CHAIN = 8


class Freshness:
    """Tells what is made anew for each request to a model."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    def of(self, value: Value, call: ModelCall, depth: int = 0) -> Varying | None:
        """What is new in `value` each time `call` is made; `None` if nothing is, or it cannot be told."""
        if isinstance(value, TextV) and depth < MAX_CHAIN:
            inner = (self.of(one, call, depth + 1) for hole in value.holes for one in hole)
            return next((found for found in inner if found is not None), None)
        root, kind = self._source(value)
        if root is not None and kind is not None and root.call is not None:
            if not self._each_time(root.call, call):
                return None
            text = "the time" if kind == "clock" else "a random value"
            return Varying(kind, place_of(root.call.module, root.call.call.span), text)
        if user_sent(self._evaluator, value) and isinstance(value, ParamV):
            place = place_of(value.module, value.function.name_span)
            return Varying("user", place, f"{value.name}, which the request brings along,")
        return None

    def _source(self, value: Value) -> tuple[Made | None, Kind | None]:
        """The clock or generator that a value was read from, unless a format makes it coarse."""
        for _ in range(MAX_CHAIN):
            if isinstance(value, Made) and isinstance(value.callee, Ext):
                break
            if isinstance(value, Made) and isinstance(value.callee, Member):
                if not self._is_fine(value, value.callee.name):
                    return None, None
                value = value.callee.base
            elif isinstance(value, Member) and value.name in varies().fine_methods:
                value = value.base
            else:
                return None, None
        if not isinstance(value, Made):
            return None, None
        name = plain_name(value.callee)
        if any(same_symbol(name, known) for known in varies().ids):
            return value, "id"
        if not any(name == known for known in varies().clocks):
            return None, None
        if name == "time.strftime" and not self._fine(value):
            return None, None
        if name in varies().bare and value.call is not None and value.call.call.args:
            return None, None
        return value, "clock"

    def _is_fine(self, value: Made, method: str) -> bool:
        """False if a method may have made the time coarse."""
        if method in varies().locales:
            return self._fine_in_locale(value)
        return method in varies().fine_methods or (method in varies().formats and self._fine(value))

    def _fine_in_locale(self, value: Made) -> bool:
        """False if options (`{ dateStyle: "full" }`) may leave minutes out."""
        positional, _ = self._evaluator.arguments(value.call) if value.call is not None else ([], None)
        if len(positional) < 2:
            return True
        options = positional[1]
        if len(options) != 1 or not isinstance(options[0], DictV) or options[0].open:
            return False
        keys = set(options[0].entries)
        return bool(keys & set(varies().locale_fine)) or keys <= set(varies().locale_plain)

    def _fine(self, value: Made) -> bool:
        positional, named = self._evaluator.arguments(value.call) if value.call is not None else ([], None)
        given = positional[0] if positional else () if named is None else named.entries.get("format", ())
        texts = [v.value for v in given if isinstance(v, Const) and isinstance(v.value, str)]
        return len(texts) == len(given) == 1 and any(mark in texts[0] for mark in varies().fine_formats)

    # --- how often it is made ---

    def _each_time(self, made: CallSite, call: ModelCall) -> bool:
        """True if the clock is read once for each request: on the way to the call, and inside every loop around it."""
        steps = {(step.module.path, step.call.function): step for step in reversed(call.steps)}
        return self._on_the_way(made, steps, 0)

    def _on_the_way(self, made: CallSite, steps: dict[tuple[str, int | None], Step], depth: int) -> bool:
        function = made.call.function
        if function is None or depth > MAX_HOPS:
            return False  # Read when the module is: the same for the life of the process.
        module = made.module
        fact = module.facts.functions[function]
        if fact.name in varies().once or any(self._keeps(module, decorator) for decorator in fact.decorators):
            return False
        step = steps.get((module.path, function))
        if step is not None:
            return _same_turn(made, step)
        edges = list(self._evaluator.callers.of(module, fact))
        return bool(edges) and all(self._on_the_way(edge.site, steps, depth + 1) for edge in edges)

    @staticmethod
    def _keeps(module: Module, decorator: Expr) -> bool:
        if isinstance(decorator, CallRef):
            decorator = module.facts.calls[decorator.index].callee
        return tail_name(decorator) in varies().kept


def _same_turn(made: CallSite, step: Step) -> bool:
    """True if `made` stands inside every loop that leads from its function to the model call."""
    loops = tuple(block.index for block in reversed(step.loops()))
    around = tuple(b for b in made.call.blocks if made.module.facts.blocks[b].kind == "loop")
    if not is_prefix(loops, around):
        return False
    below = step.below
    while below is not None:
        if below.loops():
            return False
        below = below.below
    return True
