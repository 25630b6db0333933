"""Routes that say whether a server is well: they are asked all day, so they must not ask a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gonogo.facts.model import Call, Lit
from gonogo.findings import Evidence, Finding, Place, Related
from gonogo.link.lift import place_of
from gonogo.link.module import tail_name
from gonogo.link.paths import READS, path_of
from gonogo.link.servers import server_data
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, rule

ITEM = "health-routes"


def is_health(path: str) -> bool:
    """True for `/healthz`, `/api/health/`: the last part of the path says so."""
    return path.rstrip("/").rpartition("/")[2].lower() in server_data()["health"]["paths"]


@rule("health-check-generates")
def health_check_generates(app: AppFacts) -> Iterable[Finding]:
    for one in app.guarded:
        guards = one.guards
        if one.entry.kind != "http" or guards.identity or guards.listed or guards.limit:
            continue
        path = path_of(one.entry)
        if is_health(path):
            yield Finding(
                "health-check-generates",
                one.entry.place,
                f"every look at {path} asks the model",
                related=(Related(one.call.place, "the model is called here"),),
            )


def _health_routes(app: AppFacts) -> Iterator[tuple[Place, str]]:
    """Where routes with such a path are declared."""
    words = {path.partition("-")[0] for path in server_data()["health"]["paths"]}
    for module in app.modules_with(words):
        for call in module.facts.calls:
            path = _path(call)
            if is_health(path) and tail_name(call.callee) in READS:
                yield place_of(module, call.span), path


def _path(call: Call) -> str:
    first = call.args[0].value if call.args else None
    text = first.value if isinstance(first, Lit) and isinstance(first.value, str) else ""
    return text if text.startswith("/") else ""


def _evidence(app: AppFacts) -> Iterator[Evidence]:
    asking = {one.entry.registration.call.span.line for one in app.guarded if one.entry.registration is not None}
    for place, path in _health_routes(app):
        if place.span.line not in asking:
            yield Evidence(ITEM, place, f"{path} asks no model")


def _applies(app: AppFacts) -> str:
    if calls_a_model(app):
        return calls_a_model(app)
    if any(is_health(path_of(one.entry)) for one in app.guarded) or any(True for _ in _health_routes(app)):
        return ""
    return "no route for health checks was found"


ITEMS[ITEM] = ItemJudge(_applies, _evidence)
