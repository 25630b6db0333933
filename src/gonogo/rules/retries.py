"""Item 4: every call is tried again, with growing and jittered waits, and only when that can help."""

from __future__ import annotations

import math
from collections.abc import Iterable

from gonogo.facts.lifted import ModelCall, OwnRetry
from gonogo.findings import Confidence, Evidence, Finding, Place, Question
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, number, rule


def default_retries(call: ModelCall) -> int | None:
    """What the SDK does on its own; `None` if it is not known."""
    return call.client.retries if call.client is not None else call.spec.retries


def _off(call: ModelCall) -> bool:
    setting = call.setting("retries")
    allowed = call.client.retries_off if call.client is not None else (0,)
    return setting.number is not None and setting.number in allowed


def _is_http(call: ModelCall) -> bool:
    return bool(call.sdk.hosts)


def effective(call: ModelCall) -> float | None:
    """Retries of the SDK for this call; `None` if unknown."""
    setting = call.setting("retries")
    if setting.status == "given":
        return setting.number if setting.none is None else default_retries(call)
    if setting.status == "open":
        return None
    return default_retries(call)


def _sure(call: ModelCall) -> Confidence:
    """A function that is handed on may be wrapped in a retry where it ends up."""
    return Confidence.LOW if call.handed_on else Confidence.HIGH


@rule("retries-disabled")
def retries_disabled(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for call in app.calls:
        if not _off(call) or call.own_retries:
            continue
        place = app.at(call.setting("retries"), call)
        if place not in seen:
            seen.add(place)
            yield Finding(
                "retries-disabled",
                place,
                f"retries are switched off for {call.title}, and nothing around the call retries",
                confidence=_sure(call),
            )


@rule("sdk-without-retries")
def sdk_without_retries(app: AppFacts) -> Iterable[Finding]:
    for call in app.calls:
        if _is_http(call) or call.own_retries or call.setting("retries").status != "absent":
            continue
        if default_retries(call) == 0:
            yield Finding(
                "sdk-without-retries",
                call.place,
                f"{call.title} is tried once: {call.sdk.title} does not retry unless it is told to",
                confidence=_sure(call),
                fix=call.sdk.retries_fix,
            )


@rule("raw-http-without-retry")
def raw_http_without_retry(app: AppFacts) -> Iterable[Finding]:
    for call in app.calls:
        if _is_http(call) and not call.own_retries and call.setting("retries").status == "absent":
            yield Finding(
                "raw-http-without-retry", call.place, "a direct HTTP request to a model API is tried once only"
            )


def _each(app: AppFacts) -> Iterable[tuple[ModelCall, OwnRetry]]:
    """Every retry of the application once, with the first call it wraps."""
    seen: set[Place] = set()
    for call in app.calls:
        for own in call.retried_by:
            if own.place not in seen:
                seen.add(own.place)
                yield call, own


@rule("retry-without-backoff")
def retry_without_backoff(app: AppFacts) -> Iterable[Finding]:
    for call, own in _each(app):
        if own.wait in ("none", "constant") and own.attempts != 1:
            how = "at once" if own.wait == "none" else "after the same pause each time"
            # Where the SDK backs off inside each try, the harm is smaller and the loop may serve another end.
            sure = Confidence.HIGH if _is_http(call) or effective(call) == 0 else Confidence.MEDIUM
            yield Finding("retry-without-backoff", own.place, f"{call.title} is tried again {how}", confidence=sure)


@rule("retries-client-errors")
def retries_client_errors(app: AppFacts) -> Iterable[Finding]:
    for call, own in _each(app):
        if own.everything and own.attempts != 1:
            yield Finding(
                "retries-client-errors",
                own.everything_place or own.place,
                f"every error of {call.title} is retried, a bad request or a bad key included",
            )


@rule("stacked-retries")
def stacked_retries(app: AppFacts) -> Iterable[Finding]:
    for call, own in _each(app):
        inner = effective(call)
        if not inner or own.attempts == 1:
            continue
        if own.attempts is None or math.isinf(own.attempts):
            total = f"{number(inner + 1)} requests for every try of its own"
        else:
            total = f"up to {number(own.attempts * (inner + 1))} requests for one call"
        yield Finding("stacked-retries", own.place, f"retries multiply those of {call.sdk.title}: {total}")


@rule("retry-without-jitter")
def retry_without_jitter(app: AppFacts) -> Iterable[Finding]:
    for call, own in _each(app):
        if own.wait == "growing" and own.jitter is False:
            yield Finding("retry-without-jitter", own.place, f"the waits between tries of {call.title} have no jitter")


@rule("retry-after-ignored")
def retry_after_ignored(app: AppFacts) -> Iterable[Finding]:
    for call, own in _each(app):
        alone = _is_http(call) or effective(call) == 0
        if alone and own.attempts != 1 and not own.reads_retry_after:
            yield Finding("retry-after-ignored", own.place, "the server's Retry-After is not read between tries")


@rule("default-retries")
def default_retries_only(app: AppFacts) -> Iterable[Finding]:
    seen: set[object] = set()
    for call in app.calls:
        default = default_retries(call)
        if not default or call.own_retries or call.setting("retries").status != "absent":
            continue
        key: object = call.made.call.site if call.made is not None and call.made.call is not None else call.place
        if key not in seen:
            seen.add(key)
            yield Finding(
                "default-retries", call.place, f"{call.title} relies on the SDK's default of {default} retries"
            )


def _evidence(app: AppFacts) -> Iterable[Evidence]:
    for call in app.calls:
        setting, default = call.setting("retries"), default_retries(call)
        if call.retried_by:
            own = call.retried_by[0]
            what = f"{own.kind} {own.name}".strip() if own.kind != "loop" else "a retry loop"
            yield Evidence("retries", own.place, f"{what} retries {call.title}")
        elif setting.status == "given" and setting.none is None:
            count = setting.number
            text = "retries are configured" if count is None else f"{number(count)} retries are configured"
            yield Evidence("retries", app.at(setting, call), f"{text} for {call.title}")
        elif setting.status == "absent" and default:
            yield Evidence("retries", call.place, f"{call.title}: {call.sdk.title} retries {default} times by default")


def _questions(app: AppFacts) -> Iterable[Question]:
    for call in app.calls:
        if call.retried_by:
            continue
        setting = call.setting("retries")
        if call.own_retries and not effective(call):
            yield Question(
                "retries", f"whether every way to {call.title} goes through its retries cannot be told", call.place
            )
            continue
        if setting.status == "open":
            yield Question("retries", f"how {call.title} retries is set where it cannot be read", call.place)
        elif setting.status == "absent" and default_retries(call) is None and not _is_http(call):
            yield Question("retries", f"whether {call.sdk.title} retries on its own is not known", call.place)


ITEMS["retries"] = ItemJudge(calls_a_model, _evidence, _questions)
