"""Item 5: every call ends by itself within a time somebody chose."""

from __future__ import annotations

import math
from collections.abc import Iterable

from gonogo.facts.lifted import ModelCall, Setting
from gonogo.findings import Evidence, Finding, Place, Question
from gonogo.rules.arguments import runs_code
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, number, rule, seconds

LONG = 120.0
"""Seconds; the published checklist's upper bound for a request a user waits for."""
CODE_EXECUTION = 180.0
"""Seconds; calls with the code execution tool need at least this."""


def default_timeout(call: ModelCall) -> float | None:
    """The SDK's own limit in seconds; `inf` if it has none, `None` if it is not known."""
    value = call.client.timeout if call.client is not None else call.spec.timeout
    if value == "none":
        return math.inf
    return float(value) if isinstance(value, (int, float)) else None


def _disabled(app: AppFacts, call: ModelCall, setting: Setting) -> bool:
    if setting.status != "given":
        return False
    if setting.none is not None:
        return True
    value = seconds(app, call, setting)
    return value is not None and math.isinf(value)


@rule("no-timeout")
def no_timeout(app: AppFacts) -> Iterable[Finding]:
    for call in app.calls:
        default = default_timeout(call)
        if call.deadline.status != "absent" or call.setting("timeout").status != "absent" or default is None:
            continue
        if call.sdk.hosts and math.isinf(default):
            continue  # `timeout-disabled` says it.
        if default <= LONG:
            continue  # The library's own limit is a sound one.
        after = "nothing ends it" if math.isinf(default) else f"the default is {number(default)} s"
        message = f"{call.title} has no timeout of its own: {after}"
        yield Finding("no-timeout", call.place, message, fix=call.sdk.timeout_fix)


@rule("timeout-disabled")
def timeout_disabled(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for call in app.calls:
        if call.deadline.status != "absent":
            continue
        setting = call.setting("timeout")
        if _disabled(app, call, setting):
            place = app.at(setting, call)
            if place not in seen:
                seen.add(place)
                yield Finding("timeout-disabled", place, f"the timeout of {call.title} is switched off")
        elif call.sdk.hosts and setting.status == "absent" and default_timeout(call) == math.inf:
            message = "a direct HTTP request without timeout=: the library waits for ever"
            yield Finding("timeout-disabled", call.place, message, fix=call.sdk.timeout_fix)


@rule("timeout-too-long")
def timeout_too_long(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for call in app.calls:
        setting = call.setting("timeout")
        if not call.waited_for or setting.status != "given" or call.deadline.status != "absent":
            continue
        value = seconds(app, call, setting)
        if value is None or math.isinf(value) or value <= LONG or (runs_code(call) and value >= CODE_EXECUTION):
            continue
        place = app.at(setting, call)
        if place not in seen:
            seen.add(place)
            yield Finding(
                "timeout-too-long", place, f"{call.title} may take {number(value)} s while a user waits for the answer"
            )


def _evidence(app: AppFacts) -> Iterable[Evidence]:
    for call in app.calls:
        setting = call.setting("timeout")
        if call.deadline.status == "given":
            yield Evidence("timeouts", app.at(call.deadline, call), f"a deadline around {call.title}")
        elif setting.status == "given" and not _disabled(app, call, setting):
            value = seconds(app, call, setting)
            text = "a timeout is set" if value is None else f"{number(value)} s"
            yield Evidence("timeouts", app.at(setting, call), f"{text} for {call.title}")
        elif setting.status == "absent":
            default = default_timeout(call)
            if default is not None and default <= LONG:
                yield Evidence("timeouts", call.place, f"{call.title}: the library's own limit of {number(default)} s")


def _questions(app: AppFacts) -> Iterable[Question]:
    for call in app.calls:
        if call.deadline.status != "absent":
            continue
        setting = call.setting("timeout")
        if setting.status == "open":
            yield Question("timeouts", f"the timeout of {call.title} is set where it cannot be read", call.place)
        elif setting.status == "absent" and default_timeout(call) is None:
            yield Question("timeouts", f"whether {call.sdk.title} limits {call.title} is not known", call.place)


ITEMS["timeouts"] = ItemJudge(calls_a_model, _evidence, _questions)
