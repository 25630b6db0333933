"""Item 6: while a model is not available, users are served something else."""

from __future__ import annotations

from collections.abc import Iterable

from gonogo.facts.lifted import ModelCall
from gonogo.findings import Evidence, Finding, Question
from gonogo.link.fallbacks import Fallback
from gonogo.link.problems import Caught, Outcome, Way
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, ends, rule


def _asked(app: AppFacts, call: ModelCall) -> list[Way]:
    """Ways on which somebody waits for the answer."""
    return [way for way in app.handlers.ways(call) if way.entry == "route"]


def _fails(app: AppFacts, way: Way) -> bool:
    """True if the one who waits surely gets an error when the call fails."""
    if not way.sure:
        return False
    outcomes = [(caught, outcome) for caught in way.caught for outcome in caught.outcomes]
    return all(
        outcome.kind in ("raise", "exit") or (_at_the_top(way, caught) and _only_an_error(app, caught, outcome))
        for caught, outcome in outcomes
    )


def _only_an_error(app: AppFacts, caught: Caught, outcome: Outcome) -> bool:
    if outcome.kind == "return" and app.fallbacks.is_error(caught.handler.module, outcome.value):
        return True
    return app.fallbacks.answers_error(caught.handler)


def _at_the_top(way: Way, caught: Caught) -> bool:
    """True if a handler stands in the entry itself: what it returns is what the client gets."""
    return (
        way.top is not None
        and caught.handler.block.function == way.top.index
        and caught.handler.module is way.steps[-1].module
    )


@rule("no-fallback")
def no_fallback(app: AppFacts) -> Iterable[Finding]:
    for call in app.calls:
        if call.handed_on or app.fallbacks.of_call(call) is not None:
            continue
        bare = [way for way in _asked(app, call) if app.fallbacks.of_way(way) is None and _fails(app, way)]
        if bare:
            message = f"when {call.title} fails, nothing but an error is served"
            yield Finding("no-fallback", call.place, message, related=ends(bare, "users wait here"))


def _found(app: AppFacts, call: ModelCall) -> list[Fallback | None]:
    """What is served in place of a call, for each way to somebody who waits, or for all ways if nobody is known to."""
    own = app.fallbacks.of_call(call)
    ways = _asked(app, call) or list(app.handlers.ways(call))
    return [own or app.fallbacks.of_way(way) for way in ways] or [own]


def _evidence(app: AppFacts) -> Iterable[Evidence]:
    for call in app.calls:
        for found in _found(app, call):
            if found is not None and found.sure:
                yield Evidence("circuit-breaker", found.place, f"{call.title}: {found.text}")


def _questions(app: AppFacts) -> Iterable[Question]:
    for call in app.calls:
        found = _found(app, call)
        # Ways that rest on a name or an override ask nothing more once some way is known to be covered.
        asked = [f for way, f in zip(_asked(app, call), found, strict=False) if way.sure or not any(found)]
        if any(f is None or not f.sure for f in asked):
            yield Question("circuit-breaker", f"what is served when {call.title} fails cannot be told", call.place)


def _applies(app: AppFacts) -> str:
    reason = calls_a_model(app)
    if reason:
        return reason
    if any(way.entry != "script" for call in app.calls for way in app.handlers.ways(call)):
        return ""
    if any(entry.outside for call in app.calls for entry in call.entries):
        return ""  # A page is a script to Python, and yet somebody looks at it.
    return "no user-facing path to a model call found"


ITEMS["circuit-breaker"] = ItemJudge(_applies, _evidence, _questions)
