"""Item 13: latency and errors of model calls are measured."""

from __future__ import annotations

from collections.abc import Iterable

from gonogo.facts.lifted import ModelCall
from gonogo.findings import Evidence, Finding, Question, Related
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, rule


def _measured(call: ModelCall) -> bool:
    return bool(call.meters) or any(covering.sure for covering in call.tracing)


@rule("no-call-metrics")
def no_call_metrics(app: AppFacts) -> Iterable[Finding]:
    """One finding for the application: metrics are set up once, and then cover all calls."""
    if not app.calls or any(call.meters or call.tracing for call in app.calls):
        return
    first, *others = app.calls
    related = tuple(Related(call.place, "nor this one") for call in others[:5])
    count = "the one model call" if not others else f"any of the {len(app.calls)} model calls"
    yield Finding(
        "no-call-metrics", first.place, f"no metric, span or tracing integration covers {count}", related=related
    )


def _evidence(app: AppFacts) -> Iterable[Evidence]:
    for call in app.calls:
        if call.meters:
            yield Evidence("metrics", call.meters[0].place, f"{call.meters[0].title} measures {call.title}")
            continue
        covering = next((c for c in call.tracing if c.sure), None)
        if covering is not None:
            text = f"{covering.title} times {call.title} and sees its errors"
            yield Evidence("metrics", covering.place, text)


def _questions(app: AppFacts) -> Iterable[Question]:
    if not any(call.meters or call.tracing for call in app.calls):
        return
    for call in app.calls:
        if not _measured(call):
            unsure = next(iter(call.tracing), None)
            if unsure is not None:
                yield Question(
                    "metrics", f"whether {unsure.title} is switched on in production cannot be seen", unsure.place
                )
            else:
                yield Question(
                    "metrics",
                    f"other calls may be measured; around {call.title} nothing that measures was seen",
                    call.place,
                )


ITEMS["metrics"] = ItemJudge(calls_a_model, _evidence, _questions)
