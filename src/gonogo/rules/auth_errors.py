"""The checklist on using the API at scale: a refused key is not tried again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Block, CallRef, Compare, Expr, FileFacts, Lit, Seq
from gonogo.findings import Evidence, Finding, Place
from gonogo.link.lift import place_of
from gonogo.link.module import Module, tail_name
from gonogo.link.reach import Step
from gonogo.link.retrying import MAX_HOPS
from gonogo.link.values import Const, SeqV
from gonogo.link.walk import Inside, walk
from gonogo.registry.data import load_toml
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, rule


@cache
def _auth() -> dict[str, Any]:
    return load_toml("libraries/auth-errors.toml")


@rule("auth-error-retried")
def auth_error_retried(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for call in app.calls:
        for place, text in _auth_retries(app, call):
            if place not in seen:
                seen.add(place)
                yield Finding("auth-error-retried", place, text)


def _auth_retries(app: AppFacts, call: ModelCall) -> Iterator[tuple[Place, str]]:
    for own in call.retried_by:
        if own.everything and own.attempts != 1:
            where = own.everything_place or own.place
            yield where, f"every error of {call.title} is retried, a refused key (401, 403) among them"
    own_loops = {own.place for own in call.retried_by if own.kind == "loop"}
    decorators = {own.place for own in call.retried_by if own.kind != "loop"}
    for step in call.steps:
        if step.hops > MAX_HOPS:
            continue
        for loop in step.loops():
            here = place_of(step.module, loop.span)
            if any((own.path, own.span.line) == (here.path, here.span.line) for own in own_loops):
                yield from _in_loop(app, step, loop)
        function = step.function
        for decorator in function.decorators if function is not None else ():
            place = place_of(step.module, decorator.span)
            if place in decorators and _names_refusal(decorator, step.module.facts):
                yield place, "the retry repeats requests whose key was refused"


def _in_loop(app: AppFacts, step: Step, loop: Block) -> Iterator[tuple[Place, str]]:
    facts = step.module.facts
    inside = Inside(facts, loop)
    for block in inside.blocks():
        if _leaves(inside, block) or _renews(facts, block):
            continue
        if block.kind == "handler" and any(_is_refusal(part) for kind in block.types for part in walk(kind, facts)):
            yield _line(step.module, block), "a refused key (401, 403) is caught here and the request sent again"
        elif block.kind == "branch" and _goes_round(facts, block) and _tests_refusal(app, step, block.test):
            yield _line(step.module, block), "an answer that refuses the key (401, 403) is asked for again"


def _leaves(inside: Inside, block: Block) -> bool:
    return any(e.blocks and e.blocks[-1] == block.index and inside.leaves(e) for e in inside.exits())


def _renews(facts: FileFacts, block: Block) -> bool:
    """A new key or token is fetched: asking again is then right."""
    words = tuple(_auth()["renewal"])
    return any(
        block.index in call.blocks and any(word in tail_name(call.callee).lower() for word in words)
        for call in facts.calls
    )


def _goes_round(facts: FileFacts, block: Block) -> bool:
    waits = any(block.index in call.blocks and tail_name(call.callee) == "sleep" for call in facts.calls)
    return waits or any(block.index in leave.blocks and leave.kind == "continue" for leave in facts.exits)


def _line(module: Module, block: Block) -> Place:
    span = block.span
    return place_of(module, span._replace(end_line=span.line, end_column=span.column + 2))


def _is_refusal(expr: Expr) -> bool:
    return tail_name(expr) in _auth()["names"]


def _tests_refusal(app: AppFacts, step: Step, test: Expr | None) -> bool:
    """`status_code in (401, 429)`, `error.status == 403`."""
    if test is None:
        return False
    frame = app.evaluator.project.frame(step.module, step.call.function)
    statuses = set(_auth()["statuses"])
    for part in walk(test, step.module.facts):
        if not isinstance(part, Compare) or len(part.ops) != 1 or part.ops[0] not in ("in", "=="):
            continue
        if not any(
            "status" in tail_name(one).lower() or tail_name(one) == "code" for one in walk(part.left, step.module.facts)
        ):
            continue
        for value in app.evaluator.values(part.rights[0], frame):
            held = [one for item in value.items for one in item] if isinstance(value, SeqV) else [value]
            if any(isinstance(one, Const) and one.value in statuses for one in held):
                return True
    return False


def _names_refusal(expr: Expr, facts: FileFacts) -> bool:
    """Does a retry's configuration name an authentication error, or its status, as one to repeat?"""
    if _is_refusal(expr):
        return True
    if isinstance(expr, Seq):
        return any(_names_refusal(item, facts) for item in expr.items)
    if not isinstance(expr, CallRef):
        return False
    call = facts.calls[expr.index]
    if "not" in tail_name(call.callee).split("_"):
        return False
    return any(
        _lists_refusal(arg.value) if arg.name in _auth()["status_lists"] else _names_refusal(arg.value, facts)
        for arg in call.args
        if arg.name not in ("giveup", "exclude", "on_giveup")
    )


def _lists_refusal(expr: Expr) -> bool:
    return isinstance(expr, Seq) and any(isinstance(i, Lit) and i.value in _auth()["statuses"] for i in expr.items)


def _auth_evidence(app: AppFacts) -> Iterator[Evidence]:
    for call in app.calls:
        if not call.own_retries and not call.sdk.hosts:
            yield Evidence("auth-errors", call.place, f"{call.title}: {call.sdk.title} does not repeat a 401 or 403")
        elif call.retried_by and not any(own.everything for own in call.retried_by):
            yield Evidence("auth-errors", call.retried_by[0].place, f"the retry of {call.title} is for chosen errors")


ITEMS["auth-errors"] = ItemJudge(calls_a_model, _auth_evidence)
