"""Lists that grow after they were made: `append`, `extend`, `insert` in the same function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo.facts.model import Assign, Call
from gonogo.link.flow import At, exclusive, is_prefix
from gonogo.link.module import tail_name
from gonogo.link.values import CallSite, Const, Frame, SeqV, Unknown, Values

if TYPE_CHECKING:
    from gonogo.link.evaluate import Evaluator

FRONT = frozenset({"appendleft", "unshift"})
GROWS = frozenset({"append", "extend", "insert", "add", "push"}) | FRONT
CHANGES = frozenset({"pop", "remove", "clear", "reverse", "sort", "popleft", "discard", "shift", "splice"})
MAX_EVENTS = 40
"""Additions followed for one list; more make it open."""


def grown(evaluator: Evaluator, name: str, assign: Assign, values: Values, frame: Frame, at: At) -> Values:
    """`values` of `assign` with what is put into the list `name` between it and `at`."""
    module = frame.module
    events = [
        call
        for call in module.method_calls.get((frame.function, name), [])
        if assign.order < call.order < at.order
        and tail_name(call.callee) in GROWS | CHANGES
        and not exclusive(call.blocks, at.blocks, module)
    ]
    if not events:
        return values
    return tuple(
        _with(evaluator, value, events, assign, frame, at) if isinstance(value, SeqV) else value for value in values
    )


def _with(evaluator: Evaluator, base: SeqV, events: list[Call], assign: Assign, frame: Frame, at: At) -> SeqV:
    items = list(base.items)
    is_open = base.open or len(events) > MAX_EVENTS
    for event in events[:MAX_EVENTS]:
        # Not on every path, or more than once: what is known stays, and there may be more.
        once = is_prefix(event.blocks, at.blocks) and is_prefix(event.blocks, assign.blocks)
        tail = tail_name(event.callee)
        positional, _ = evaluator.arguments(CallSite(frame, event))
        is_open = is_open or not once or tail in CHANGES
        if not positional or tail in CHANGES:
            continue
        if tail == "extend":
            more, opened = _extended(positional[0])
            items.extend(more)
            is_open = is_open or opened
        elif tail == "insert" and len(positional) > 1:
            first = len(positional[0]) == 1 and isinstance(positional[0][0], Const) and positional[0][0].value == 0
            items.insert(0 if first else len(items), positional[1])
        elif tail in FRONT:
            items[:0] = positional
        else:
            items.extend(positional)
    return SeqV(tuple(items), is_open)


def _extended(values: Values) -> tuple[list[Values], bool]:
    if len(values) == 1 and isinstance(values[0], SeqV):
        return list(values[0].items), values[0].open
    return [(Unknown("elements of an unknown list"),)] if values else [], True
