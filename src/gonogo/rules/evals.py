"""Item 16: a change to a prompt or model passes a set of scored cases."""

from __future__ import annotations

from collections.abc import Iterable

from gonogo.findings import Evidence, Finding, Place, Question
from gonogo.lexical.suites import Found, Ways, build_files, eval_suites, gates, live_tests, runs_evals
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, rule

GENERIC = 8
"""Names of functions shorter than this say nothing in a file of which no more is known."""


def _ways(app: AppFacts) -> Ways:
    """Functions and files on the way to the application's model calls."""
    names: set[str] = set()
    paths: set[str] = set()
    for call in app.calls:
        for step in call.steps:
            paths.add(step.module.path)
            if step.function is not None:
                names.add(step.function.name)
                if step.function.class_index is not None:
                    names.add(step.module.facts.classes[step.function.class_index].name)
    telling = (name for name in names if len(name) >= GENERIC and not name.startswith("__"))
    return Ways(frozenset(telling), frozenset(paths))


def _suites(app: AppFacts) -> list[Found]:
    return eval_suites(app.workspace, app.index, app.root, _ways(app))


def _live(app: AppFacts) -> list[Place]:
    return live_tests(app.workspace, app.index, app.root, _ways(app))


@rule("no-eval-suite")
def no_eval_suite(app: AppFacts) -> Iterable[Finding]:
    if not app.calls or _suites(app) or _live(app):
        return
    yield Finding(
        "no-eval-suite", app.calls[0].place, "nothing in the repository scores the answers of the model calls"
    )


@rule("evals-not-in-ci")
def evals_not_in_ci(app: AppFacts) -> Iterable[Finding]:
    found = _suites(app) if app.calls else []
    if not found:
        return
    read, unread = build_files(app.workspace)
    running = [build for build in read if runs_evals(build, found)]
    if unread or any(gates(build) for build in running):
        return
    if running:
        text = f"{running[0].path} runs the evals, but on no pull request or push"
    elif read:
        text = f"no build runs the evals ({found[0].title})"
    else:
        text = f"the repository has evals ({found[0].title}) and no build that runs them"
    yield Finding("evals-not-in-ci", found[0].place, text)


def _evidence(app: AppFacts) -> Iterable[Evidence]:
    for found in _suites(app) if app.calls else []:
        yield Evidence("evals", found.place, f"{found.title} scores answers")


def _questions(app: AppFacts) -> Iterable[Question]:
    if not app.calls or _suites(app):
        return
    for place in _live(app)[:1]:
        yield Question(
            "evals", f"{place.path} may ask the real model; whether it scores the answers is not known", place
        )


ITEMS["evals"] = ItemJudge(calls_a_model, _evidence, _questions)
