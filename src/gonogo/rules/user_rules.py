"""Rules of the reader's own: calls selected by facts, without a line of the reader's code being run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from gonogo.config.user_rules import Condition, UserRule, Where
from gonogo.facts.lifted import ModelCall, Setting
from gonogo.findings import Confidence, Finding, Place
from gonogo.link.values import Const, Site
from gonogo.registry.sdks import SETTINGS
from gonogo.rules.arguments import argument
from gonogo.rules.base import AppFacts, seconds
from gonogo.workspace.globs import matches, name_matches


def findings(app: AppFacts, rule: UserRule, calls: Iterable[ModelCall]) -> Iterator[Finding]:
    """The calls that a rule speaks of. What cannot be resolved fits no comparison."""
    for call in calls:
        place = _fits(app, call, rule.where)
        if place is not None:
            confidence = Confidence.HIGH if call.confidence == "high" else Confidence.MEDIUM
            yield Finding(rule.id, place, rule.message, confidence=confidence)


def _fits(app: AppFacts, call: ModelCall, where: Where) -> Place | None:
    """Where to point if the call fits: at the first argument that was asked for, else at the call."""
    plain = (
        call.area in where.area
        and (where.sdk is None or call.sdk.id in where.sdk)
        and (where.method is None or any(name_matches(pattern, call.method) for pattern in where.method))
        and (where.path is None or any(matches(pattern, call.place.path) for pattern in where.path))
        and (where.route is None or (call.route is not None) is where.route)
    )
    if not plain:
        return None
    site: Site | None = None
    if where.model is not None:
        model = call.setting("model")
        ids = [value.value for value in model.constants if isinstance(value.value, str)]
        if not any(name_matches(pattern, name) for pattern in where.model for name in ids):
            return None
        site = model.site
    for condition in where.arguments:
        setting = _setting(app, call, condition.name)
        if not _holds(condition, setting):
            return None
        site = site or setting.site
    return app.place(site) if site is not None else call.place


def _setting(app: AppFacts, call: ModelCall, name: str) -> Setting:
    """An argument by its neutral name, or by its own on the call or where the client is made."""
    if name == "timeout":
        return _timeout(app, call)
    if name == "stream":
        known = () if call.stream is None else (Const(call.stream, site=call.setting("stream").site or _site(call)),)
        return Setting("open" if call.stream is None else "given", known, call.setting("stream").site)
    if name in SETTINGS:
        return call.setting(name)
    found = [
        argument(app, site, name) for site in (call.site, call.made.call if call.made else None) if site is not None
    ]
    given = next((setting for setting in found if setting.status == "given"), None)
    return given or next((setting for setting in found if setting.status == "open"), Setting("absent"))


def _site(call: ModelCall) -> Site:
    return Site(call.place.path, call.place.span)


def _timeout(app: AppFacts, call: ModelCall) -> Setting:
    """In seconds, whatever the SDK counts in; switched off is longer than anything."""
    setting = call.setting("timeout")
    if setting.status != "given":
        return call.deadline if call.deadline.status == "given" else setting
    site = setting.site or _site(call)
    if setting.none is not None:
        return Setting("given", (Const(math.inf, site=site),), setting.site)
    value = seconds(app, call, setting)
    return Setting("given", () if value is None else (Const(value, site=site),), setting.site)


def _holds(condition: Condition, argument: Setting) -> bool:
    if condition.op in ("given", "missing"):
        return argument.status == ("given" if condition.op == "given" else "absent")
    if argument.status != "given":
        return False
    known = [value.value for value in argument.constants if value.value is not None]
    if condition.op == "!=":
        return bool(known) and not any(_equal(value, condition.value) for value in known)
    return any(_compares(condition, value) for value in known)


def _compares(condition: Condition, value: object) -> bool:
    if condition.op == "==":
        return _equal(value, condition.value)
    limit = condition.value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isinstance(limit, (int, float)):
        return False
    if condition.op == ">":
        return value > limit
    if condition.op == ">=":
        return value >= limit
    return value < limit if condition.op == "<" else value <= limit


def _equal(value: object, wanted: object) -> bool:
    """Numbers by value, and never `1 == True`."""
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)
