"""Where the error of a call that answers a promise comes up in JavaScript."""

from __future__ import annotations

from gonogo.facts.model import Attr, Call, CallRef
from gonogo.link.module import Module, tail_name
from gonogo.registry.values import members

TOGETHER = frozenset({"all", "race", "any"})
MAX_LINKS = 12


def comes_up(module: Module, call: Call) -> tuple[tuple[int, ...] | None, bool]:
    """The blocks in which an error of what `call` promises comes up (`None`: not in this function), and whether that
    is certain."""
    for _ in range(MAX_LINKS):
        if call.awaited or call.use == "iterated":
            return call.blocks, True
        if call.use == "returned":
            return None, True
        after = _link(module, call) or _together(module, call)
        if after is None:
            break
        if tail_name(after.callee) not in members().promise | TOGETHER or (
            tail_name(after.callee) == "then" and len(after.args) > 1
        ):
            return after.blocks, False
        call = after
    return call.blocks, False


def _link(module: Module, call: Call) -> Call | None:
    """The method called on the result of a call."""
    for other in module.facts.calls[call.index + 1 :]:
        callee = other.callee
        if isinstance(callee, Attr) and isinstance(callee.base, CallRef) and callee.base.index == call.index:
            return other
    return None


def _together(module: Module, call: Call) -> Call | None:
    """`Promise.all([call(), ...])`"""
    for other in module.facts.calls[call.index + 1 :]:
        if other.function == call.function and tail_name(other.callee) in TOGETHER | {"allSettled"}:
            for arg in other.args:
                for part in (arg.value, *getattr(arg.value, "items", ())):
                    if isinstance(part, CallRef) and part.index == call.index:
                        return other
    return None
