"""The inventory of model calls, as `gonogo calls` and the JSON report list it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gonogo.facts.lifted import ModelCall, Setting
from gonogo.facts.prompts import tokens
from gonogo.languages import language_of
from gonogo.link.values import Const, Env, Made, Member, ParamV, TextV, Unknown, Value
from gonogo.poll import CallRow
from gonogo.rules.base import number, seconds
from gonogo.rules.costs import answer_cost, run_cost
from gonogo.rules.retries import default_retries
from gonogo.rules.user_rate_limits import limited

if TYPE_CHECKING:
    from gonogo.rules.base import AppFacts


def rows(calls: list[ModelCall], apps: Sequence[AppFacts]) -> Iterator[CallRow]:
    """One row per call, of every area. `apps` are those of the run, at least one."""
    own = {app.root: app for app in apps}
    return (row(own.get(call.app, apps[0]), call) for call in calls)


def row(app: AppFacts, call: ModelCall) -> CallRow:
    """The row of one call."""
    model = call.setting("model")
    facts, run = app.prompts.of(call), run_cost(app, call)
    ids = tuple(dict.fromkeys(str(v.value) for v in model.constants if isinstance(v.value, str)))
    return CallRow(
        file=call.place.path,
        line=call.place.span.line,
        sdk=call.sdk.id,
        method=call.method,
        model=None if any(isinstance(v, Env) and not v.has_default for v in model.values) else ids or None,
        model_from=origin(model),
        max_tokens=_max_tokens(call.setting("max_tokens")),
        retries=_retries(call),
        timeout=_timeout(app, call),
        stream=call.stream,
        usage_logged=call.usage_logged,
        stop_reason_checked=call.stop_reason_checked,
        agent_loop=_loop(call),
        cache_control=facts.marked,
        large_static_system=tokens(facts.usual) >= LARGE,
        route=None if call.route is None else f"{call.route.path}:{call.route.span.line}",
        user_rate_limited=limited(app, call),
        client_side=False,
        area=call.area,
        app=call.app,
        cell=call.place.cell,
        fixed_prompt_tokens=tokens(facts.fixed) if facts.sure else None,
        answer_cost_usd=answer_cost(app, call),
        run_cost_usd=None if run is None else run[1],
    )


LARGE = 1_024
"""Tokens from which a fixed prompt counts as large: about where most models begin to cache."""


def origin(setting: Setting) -> str:
    """Where a value comes from: literal, constant, default-argument, env-with-default, env, config or dynamic."""
    constants = [v for v in setting.constants if v.value is not None]
    if constants and any(_asked_for(v) for v in setting.values):
        return "dynamic"
    env = any(isinstance(v, Env) for v in setting.values)
    steps = {step for v in constants for step in v.via} | {
        s for v in setting.values if isinstance(v, Env) for s in v.via
    }
    if "config" in steps:
        return "config"
    if not constants:
        if env:
            return "env"
        looked_up = any(isinstance(v, Member) and v.name.startswith("[") for v in setting.values)
        return "config" if looked_up else "dynamic"
    if env or "env-default" in steps:
        return "env-with-default"
    if "default-argument" in steps:
        return "default-argument"
    if "constant" in steps:
        return "constant"
    if any(isinstance(v, (Unknown, TextV)) for v in setting.values) and not constants:
        return "dynamic"
    return "literal"


def _asked_for(value: Value) -> bool:
    """True for a member of what a request of JavaScript holds: whoever sends it chooses."""
    if not isinstance(value, Member) or language_of(value.site.path) != "ecma":
        return False
    current: Value = value
    while isinstance(current, Member) or (isinstance(current, Made) and current.call is not None):
        current = current.base if isinstance(current, Member) else current.callee
    # A parameter that nobody in the project fills, maybe of a known type.
    return isinstance(current, (ParamV, Made))


def _max_tokens(setting: Setting) -> int | str:
    if setting.status == "absent" or setting.none is not None:
        return "missing"
    value = setting.number
    if value is not None:
        return int(value)
    numbers = [v.value for v in setting.constants if isinstance(v.value, int) and not isinstance(v.value, bool)]
    return numbers[0] if setting.status == "given" and len(set(numbers)) == 1 and _only_env(setting) else "dynamic"


def _only_env(setting: Setting) -> bool:
    """True if what is not known is only the environment's choice over a default."""
    return all(isinstance(v, (Const, Env)) for v in setting.values)


def _retries(call: ModelCall) -> str:
    if call.retried_by:
        waits = {own.wait for own in call.retried_by}
        return "custom-no-backoff" if waits <= {"none", "constant"} else "custom-backoff"
    setting, default = call.setting("retries"), default_retries(call)
    if setting.status == "given" and setting.none is None:
        value = setting.number
        if value == 0:
            return "disabled"
        return f"configured:{number(value)}" if value is not None else "configured:dynamic"
    if call.sdk.hosts:
        return "none(raw http)"
    if default == 0:
        return "none(sdk default)"
    return "sdk-default"


def _timeout(app: AppFacts, call: ModelCall) -> str:
    if call.deadline.status == "given":
        value = call.deadline.number
        return f"configured:{number(value)}" if value is not None else "configured:dynamic"
    setting = call.setting("timeout")
    if setting.status != "given":
        if (call.sdk.hosts or call.sdk.language == "ecma") and (
            call.client.timeout if call.client else call.spec.timeout
        ) == "none":
            return "none"
        return "sdk-default"
    if setting.none is not None:
        return "none"
    value = seconds(app, call, setting)
    if value is None:
        known = {seconds(app, call, Setting("given", (v,), setting.site, setting.layer)) for v in setting.constants}
        value = known.pop() if len(known) == 1 and _only_env(setting) else None
    return f"configured:{number(value)}" if value is not None else "configured:dynamic"


def _loop(call: ModelCall) -> str:
    if not call.loops:
        return "none"
    return "unguarded" if any(loop.capped is False for loop in call.loops) else "guarded"
