"""Item 8: every call says how long its answer may be, and the number fits the task."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import ORDERING, Compare
from gonogo.findings import Confidence, Evidence, Finding, Place, Question
from gonogo.link.module import Module, tail_name
from gonogo.link.routes import user_sent
from gonogo.link.values import Const, Member, ParamV, Site, Value
from gonogo.link.walk import walk
from gonogo.money import dollars
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, number, rule
from gonogo.rules.costs import answer_cost, models

LARGE = 4_096
"""Tokens from which one value for everything is worth a word."""


def _judged(app: AppFacts) -> Iterable[ModelCall]:
    return (call for call in app.calls if call.spec.has_max_tokens)


def _ceiling(app: AppFacts, call: ModelCall) -> int | None:
    """The smallest output limit among the models the call can use; `None` if any is unknown."""
    found = models(app, call)
    limits = [model.max_output_tokens for model in found if model.max_output_tokens is not None]
    return min(limits) if limits and len(limits) == len(found) else None


@rule("max-tokens-missing")
def max_tokens_missing(app: AppFacts) -> Iterable[Finding]:
    for call in _judged(app):
        setting = call.setting("max_tokens")
        missing = setting.status == "absent" or (setting.status == "given" and setting.none is not None)
        if not missing:
            continue
        if "max_tokens" in call.spec.requires:
            # A call whose arguments are all understood and that lacks a required one would never have run.
            message = f"{call.title} has no max_tokens: {call.max_tokens_note}"
            yield Finding("max-tokens-missing", call.place, message, fix=call.sdk.max_tokens_fix)
        elif "max_tokens" in call.spec.unlimited_without:
            note = call.max_tokens_note or "the model's ceiling is the only limit."
            message = f"{call.title} sets no limit on its answer: {note}{_price(app, call)}"
            yield Finding("max-tokens-missing", call.place, message, fix=call.sdk.max_tokens_fix)


@rule("max-tokens-at-ceiling")
def max_tokens_at_ceiling(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for call in _judged(app):
        setting, ceiling = call.setting("max_tokens"), _ceiling(app, call)
        value = setting.number
        if ceiling is None or value is None or value < ceiling:
            continue
        place = app.at(setting, call)
        if place not in seen:
            seen.add(place)
            yield Finding(
                "max-tokens-at-ceiling",
                place,
                f"{number(value)} tokens is the model's own maximum ({number(ceiling)}), which limits nothing"
                f"{_price(app, call, ': ')}",
            )


def _price(app: AppFacts, call: ModelCall, start: str = " ") -> str:
    """What one request can cost at worst, as the end of a message; nothing if that is not known."""
    cost = answer_cost(app, call)
    if cost is None:
        return ""
    text = f"one request can cost up to {dollars(cost)} in output"
    return f"{start}{text[0].upper()}{text[1:]}." if start == " " else f"{start}{text}"


def _bounded(call: ModelCall, value: Value) -> bool:
    """True if what is passed as max_tokens is compared to a bound: at the call, or where the client's value arrives."""
    facts = call.site.module.facts
    heads = {path.split(".")[0] for path in call.spec.args.get("max_tokens", ())}
    passed = {
        tail_name(part)
        for arg in call.site.call.args
        if arg.name in heads
        for part in walk(arg.value, facts)
        if tail_name(part)
    }
    if _compared(call.site.module, call.site.call.function, passed):
        return True
    name = value.name if isinstance(value, (ParamV, Member)) else ""
    root = value
    while isinstance(root, Member):
        root = root.base
    return isinstance(root, ParamV) and _compared(root.module, root.function.index, {name})


def _compared(module: Module, function: int | None, names: set[str]) -> bool:
    """Does a branch of a function hold one of the names against a bound?"""
    facts = module.facts
    for block in facts.blocks:
        if block.function != function or block.test is None:
            continue
        for part in walk(block.test, facts):
            if isinstance(part, Compare) and ORDERING.intersection(part.ops):
                sides = (part.left, *part.rights)
                if names & {tail_name(inner) for side in sides for inner in walk(side, facts)}:
                    return True
    return False


@rule("max-tokens-from-user")
def max_tokens_from_user(app: AppFacts) -> Iterable[Finding]:
    for call in _judged(app):
        setting = call.setting("max_tokens")
        if setting.status == "absent":
            continue
        if any(user_sent(app.evaluator, value) and not _bounded(call, value) for value in setting.values):
            yield Finding(
                "max-tokens-from-user",
                app.at(setting, call),
                f"the client of the application chooses max_tokens of {call.title}, with no upper bound",
            )


@rule("max-tokens-one-size")
def max_tokens_one_size(app: AppFacts) -> Iterable[Finding]:
    users: dict[Site, list[tuple[Const, ModelCall]]] = defaultdict(list)
    for call in _judged(app):
        for value in call.setting("max_tokens").constants:
            if "constant" in value.via and isinstance(value.value, int) and value.value >= LARGE:
                users[value.site].append((value, call))
    for site, uses in users.items():
        kinds = {_kind(call) for _, call in uses} - {""}
        if len(kinds) > 1:
            yield Finding(
                "max-tokens-one-size",
                app.place(site),
                f"one limit of {number(float(uses[0][0].value or 0))} tokens serves calls of different kinds",
                confidence=Confidence.MEDIUM,
            )


SHORT = re.compile(
    r"classif|extract|label|detect|intent|title|categor|sentiment|moderat|score|route_|yes_no|keyword|parse_", re.I
)
LONG = re.compile(r"write|report|draft|essay|article|compose|generate|summar|translat|story|answer|chat", re.I)


def _kind(call: ModelCall) -> str:
    """Whether a call's function is named after a short answer or a long one; empty if its name does not say."""
    index = call.site.call.function
    name = "" if index is None else call.site.module.facts.functions[index].name
    if SHORT.search(name):
        return "short"
    return "long" if LONG.search(name) else ""


def _evidence(app: AppFacts) -> Iterable[Evidence]:
    for call in _judged(app):
        setting = call.setting("max_tokens")
        if setting.status == "given" and setting.none is None:
            value = setting.number
            text = "a limit is passed" if value is None else f"{number(value)} tokens"
            yield Evidence("max-tokens", app.at(setting, call), f"{text} for {call.title}")


def _questions(app: AppFacts) -> Iterable[Question]:
    for call in _judged(app):
        setting = call.setting("max_tokens")
        if setting.status == "open":
            yield Question("max-tokens", f"the limit of {call.title} is set where it cannot be read", call.place)
        elif setting.status == "absent" and not {"max_tokens"} & {*call.spec.requires, *call.spec.unlimited_without}:
            yield Question("max-tokens", f"whether {call.title} is limited is not known", call.place)


def _applies(app: AppFacts) -> str:
    if not app.calls:
        return calls_a_model(app)
    return "" if any(True for _ in _judged(app)) else "no call takes max_tokens"


ITEMS["max-tokens"] = ItemJudge(_applies, _evidence, _questions)
