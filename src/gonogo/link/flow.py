"""Which assignments can be seen at a point of a function."""

from __future__ import annotations

from typing import NamedTuple

from gonogo.facts.model import Assign
from gonogo.link.module import Module


class At(NamedTuple):
    """The point of use: evaluation order and enclosing blocks, to choose among assignments."""

    order: int
    blocks: tuple[int, ...]


END = At(1 << 60, ())


def is_prefix(outer: tuple[int, ...], inner: tuple[int, ...]) -> bool:
    """True if every block of `outer` also encloses `inner`."""
    return inner[: len(outer)] == outer


def reaching_assigns(assigns: list[Assign], at: At, module: Module) -> tuple[list[Assign], bool]:
    """Assignments whose value can be seen at `at`, and whether one of them always is."""
    before = [a for a in assigns if a.order < at.order]
    if at.order >= END.order:
        if any(a.function is None for a in assigns):
            return assigns, any(not a.blocks for a in assigns)
        return assigns, False
    last = -1
    for position, assign in enumerate(before):
        if assign.kind not in ("augment", "delete", "declare") and is_prefix(assign.blocks, at.blocks):
            last = position
    if last >= 0:
        kept = [a for a in before[last:] if not exclusive(a.blocks, at.blocks, module)]
        return kept, True
    return [a for a in before if not exclusive(a.blocks, at.blocks, module)], False


def exclusive(one: tuple[int, ...], other: tuple[int, ...], module: Module) -> bool:
    """True if two places stand in different arms of the same branch."""
    for a, b in zip(one, other, strict=False):
        if a == b:
            continue
        first, second = module.facts.blocks[a], module.facts.blocks[b]
        if first.kind != "branch" or second.kind != "branch":
            return False
        return any(test is first.test for test in second.negated) or any(test is second.test for test in first.negated)
    return False
