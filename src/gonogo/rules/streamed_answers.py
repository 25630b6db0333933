"""Answers that are passed on while they are made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gonogo.facts.model import Attr
from gonogo.findings import Confidence, Evidence, Finding, Place, Related
from gonogo.link.lift import place_of
from gonogo.link.module import Module
from gonogo.link.streams import guarded_above, outside_of_try, passed_on, unguarded_parts
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, rule
from gonogo.workspace.read import Unreadable, decode

ITEM = "streamed-answers"


@rule("stream-disconnect-unhandled")
def stream_disconnect_unhandled(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for call in app.calls:
        for one in passed_on(call):
            if one.ends is None and one.written not in seen:
                seen.add(one.written)
                yield Finding(
                    "stream-disconnect-unhandled",
                    one.written,
                    "the model goes on writing after the client has left: nothing notices that the connection closed",
                    related=(Related(call.place, "the stream begins here"),),
                )


@rule("stream-chunk-unguarded")
def stream_chunk_unguarded(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for call in app.calls:
        if call.stream is not True or call.sdk.language != "ecma":
            continue
        for module, expr in unguarded_parts(app.evaluator, call):
            place = place_of(module, expr.span)
            if place not in seen and not _is_optional(app, module, expr):
                seen.add(place)
                text = f"{expr.name} is read of every part of the stream, and most parts have none"
                yield Finding("stream-chunk-unguarded", place, text, confidence=Confidence.MEDIUM)
        loop = None if guarded_above(call) else outside_of_try(call)
        if loop is not None:
            place = place_of(loop[0], loop[1].span)
            if place not in seen:
                seen.add(place)
                text = "the stream is opened inside a try and read outside of it: an error in the middle is not caught"
                yield Finding("stream-chunk-unguarded", place, text)


def _is_optional(app: AppFacts, module: Module, expr: Attr) -> bool:
    """`event.delta?.text`: nothing fails where the field is missing. The facts do not tell `?.` from `.`."""
    try:
        lines = decode(app.workspace.read(module.path)).splitlines()
    except Unreadable:
        return True
    span = expr.span
    text = "\n".join(lines[span.line - 1 : span.end_line])
    return "?." in text


def _evidence(app: AppFacts) -> Iterator[Evidence]:
    for call in app.calls:
        for one in passed_on(call):
            if one.ends is not None:
                yield Evidence(ITEM, one.ends, "the stream ends with the connection")


def _applies(app: AppFacts) -> str:
    if calls_a_model(app):
        return calls_a_model(app)
    passed = any(True for call in app.calls for _ in passed_on(call))
    return "" if passed else "no handler writes a streamed answer to its own"


ITEMS[ITEM] = ItemJudge(_applies, _evidence)
