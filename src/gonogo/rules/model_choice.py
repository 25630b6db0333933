"""The checklist on using the API at scale: a small task does not need the most expensive model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gonogo.findings import Evidence, Finding
from gonogo.registry.models import Model
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, number, rule
from gonogo.rules.vendors import catalogs_of

SHORT_ANSWER = 100
"""Tokens up to which an answer is a label, a number or a yes."""
MUCH_CHEAPER = 3.0
"""Times the price from which another model is worth a thought."""


def _models(app: AppFacts) -> dict[str, Model]:
    """The models an application names, by id; those the catalog knows with a price."""
    found = {}
    for call in app.calls:
        for value in call.setting("model").constants:
            if isinstance(value.value, str):
                model = app.catalog.find(value.value, catalogs_of(call))
                if model is not None and model.price_output:
                    found[model.id] = model
    return found


@rule("model-routing")
def model_routing(app: AppFacts) -> Iterable[Finding]:
    models = _models(app)
    if len(models) != 1 or any(not call.setting("model").complete for call in app.calls):
        return
    [model] = models.values()
    cheap = app.catalog.cheapest(model.section, app.today)
    if cheap is None or not cheap.price_output or not model.price_output:
        return
    times = model.price_output / cheap.price_output
    for call in app.calls:
        limit = call.setting("max_tokens").number
        if times >= MUCH_CHEAPER and limit is not None and limit <= SHORT_ANSWER:
            yield Finding(
                "model-routing",
                call.place,
                f"{model.id} answers in {number(limit)} tokens at most; {cheap.id} costs 1/{round(times)} of it",
            )


def _model_evidence(app: AppFacts) -> Iterator[Evidence]:
    models = _models(app)
    if len({model.price_output for model in models.values()}) > 1:
        for call in app.calls:
            for value in call.setting("model").constants:
                found = app.catalog.find(str(value.value), catalogs_of(call))
                if found is not None:
                    yield Evidence("model-choice", app.at(call.setting("model"), call), f"{found.id} for {call.title}")


ITEMS["model-choice"] = ItemJudge(calls_a_model, _model_evidence)
