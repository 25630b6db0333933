"""The checklist on code execution: containers, and time for the code to run."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from gonogo.facts.lifted import ModelCall, Setting
from gonogo.findings import Evidence, Finding, Place
from gonogo.rules.arguments import argument, runs_code
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, number, rule, seconds
from gonogo.rules.timeouts import CODE_EXECUTION

NO_CODE = "no call lets the model run code"


def _running(app: AppFacts) -> list[ModelCall]:
    return [call for call in app.calls if runs_code(call)]


def _applies(app: AppFacts) -> str:
    return "" if _running(app) else NO_CODE


# --- time -------------------------------------------------------------------------------------------------------------


def _limit(app: AppFacts, call: ModelCall) -> tuple[float, Setting] | None:
    """The shortest limit that somebody set, in seconds."""
    found = []
    if call.deadline.status == "given" and call.deadline.number is not None:
        found.append((call.deadline.number, call.deadline))
    setting = call.setting("timeout")
    value = seconds(app, call, setting) if setting.status == "given" else None
    if value is not None and not math.isinf(value):
        found.append((value, setting))
    return min(found, key=lambda pair: pair[0], default=None)


@rule("code-execution-timeout-short")
def timeout_short(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for call in _running(app):
        limit = _limit(app, call)
        if limit is None or limit[0] >= CODE_EXECUTION:
            continue
        place = app.at(limit[1], call)
        if place not in seen:
            seen.add(place)
            yield Finding(
                "code-execution-timeout-short",
                place,
                f"{call.title} lets the model run code and gives up after {number(limit[0])} s",
            )


def _time_evidence(app: AppFacts) -> Iterator[Evidence]:
    for call in _running(app):
        limit = _limit(app, call)
        if limit is not None and limit[0] >= CODE_EXECUTION:
            yield Evidence("code-timeouts", app.at(limit[1], call), f"{number(limit[0])} s for {call.title}")


ITEMS["code-timeouts"] = ItemJudge(_applies, _time_evidence)


# --- containers -------------------------------------------------------------------------------------------------------


def _container(app: AppFacts, call: ModelCall) -> Setting:
    own = argument(app, call.site, "container")
    if own.status != "absent":
        return own
    return argument(app, call.site, "extra_body.container") if argument(app, call.site, "extra_body").values else own


@rule("container-not-reused")
def not_reused(app: AppFacts) -> Iterable[Finding]:
    for call in _running(app):
        turns = any(loop.kind in ("loop", "recursion") for loop in call.loops)
        if turns and _container(app, call).status == "absent":
            yield Finding(
                "container-not-reused",
                call.place,
                f"every turn of {call.title} starts in a new container: container= is not passed",
            )


_CONTAINER = re.compile(r"\.container\b|\bcontainer_id\b|[\"']container[\"']|\bcontainer\s?=")


def _reads_container(app: AppFacts) -> bool:
    """Does the application name a container at all?"""
    from gonogo.workspace.read import Unreadable, decode

    files = {file.path for file in app.workspace.files if file.app == app.root and file.area == "app"}
    for path in sorted({p for word in ("container", "container_id") for p in app.index.by_identifier(word)} & files):
        try:
            if _CONTAINER.search(decode(app.workspace.read(path))):
                return True
        except Unreadable:
            return True  # what cannot be read may well do so
    return False


@rule("container-not-tracked")
def not_tracked(app: AppFacts) -> Iterable[Finding]:
    running = _running(app)
    if running and not _reads_container(app):
        yield Finding(
            "container-not-tracked",
            running[0].place,
            f"nothing reads which container {running[0].title} ran its code in",
        )


def _container_evidence(app: AppFacts) -> Iterator[Evidence]:
    for call in _running(app):
        container = _container(app, call)
        if container.status == "given":
            yield Evidence("containers", app.at(container, call), f"{call.title} goes on in the container it is given")


ITEMS["containers"] = ItemJudge(_applies, _container_evidence)
