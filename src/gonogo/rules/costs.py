"""What calls can cost at worst, from the catalog's prices. Output only: how long an input gets is not in the code."""

from __future__ import annotations

import math

from gonogo.facts.lifted import ModelCall
from gonogo.registry.models import Model
from gonogo.rules.base import AppFacts

MILLION = 1_000_000


def models(app: AppFacts, call: ModelCall) -> list[Model]:
    """Every model that a call can use; empty if any of them is not known."""
    setting = call.setting("model")
    found = [app.catalog.find(str(value.value), call.catalogs) for value in setting.constants]
    known = [model for model in found if model is not None]
    return known if setting.complete and len(known) == len(found) else []


def answer_cost(app: AppFacts, call: ModelCall) -> float | None:
    """US dollars for the longest answer to one request; `None` if a price, the model or its limit is not known.

    Of several models the dearest counts; without a limit of its own, a call can use what the model allows.
    """
    if not call.spec.has_max_tokens:
        return None
    limit = call.setting("max_tokens")
    unlimited = "max_tokens" in call.spec.unlimited_without
    missing = limit.status == "absent" or limit.none is not None
    if limit.number is None and not (missing and unlimited):
        return None
    costs: list[float] = []
    for model in models(app, call):
        most = [n for n in (limit.number, model.max_output_tokens) if n is not None]
        if model.highest_price_output is None or not most or min(most) <= 0:
            return None
        costs.append(min(most) * model.highest_price_output / MILLION)
    return max(costs) if costs else None


def run_cost(app: AppFacts, call: ModelCall) -> tuple[float, float] | None:
    """Turns, and US dollars for the answers of one run of the agent loop around a call; `None` without a known cap."""
    once = answer_cost(app, call)
    if once is None or not call.loops:
        return None
    turns = 1.0
    for loop in call.loops:
        if not loop.capped or loop.cap is None or loop.cap <= 0 or math.isinf(loop.cap):
            return None
        turns *= loop.cap
    return turns, turns * once
