"""Item 11: entries that reach a model are limited per user."""

from __future__ import annotations

from collections.abc import Iterable

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Lit
from gonogo.findings import Evidence, Finding, Place, Question, Related
from gonogo.languages import language_of
from gonogo.link.entry_guards import GuardedEntry
from gonogo.link.module import tail_name, text_of
from gonogo.link.routes import on_own_key
from gonogo.link.statuses import TOO_MANY
from gonogo.link.walk import walk
from gonogo.registry.frameworks import entry_packages
from gonogo.registry.guards import words
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, rule


def limited(app: AppFacts, call: ModelCall) -> bool | None:
    """Is the nearest entry of a call limited per user? `None` without an entry, or where it cannot be told."""
    if call.route is None or on_own_key(app.evaluator, call):
        return None
    here = [one for one in app.guarded if one.entry.place == call.route]
    if any(one.guards.limit is not None for one in here):
        return True
    return None if any(_unseen_limits(app, one) for one in here) else False


def _unseen_limits(app: AppFacts, one: GuardedEntry) -> bool:
    """True where JavaScript around an entry speaks of limits: its middleware is not followed."""
    entry = one.entry
    if entry.module.language != "ecma":
        return False
    near = {entry.module.path, entry.path, *(step.module.path for step in entry.steps)}
    for _ in range(2):
        near |= {importer for path in near for importer in app.index.importers(path)}
    for file in app.workspace.files:
        if file.app == app.root and file.area == "app" and language_of(file.path) == "ecma":
            if any(words().hints.search(package) for package in app.index.imported_packages(file.path)):
                return True
            before = file.path in near or file.name.split(".")[0] in words().before_routes
            if before and any(words().hints.search(word) for word in _names(app, file.path)):
                return True
    return any(_answers_429(app, path) for path in near)


def _names(app: AppFacts, path: str) -> Iterable[str]:
    """Names and texts in the code of a file, if it was parsed; else all its words, those of comments among them. The
    errors by which a provider says that it is asked too often are no limit of the application."""
    module = app.evaluator.project.modules.get(path)
    if module is None:
        return app.index.identifiers(path)
    facts = module.facts
    names = [function.name for function in facts.functions]
    names += [name for item in facts.imports for name in (item.alias, item.name or "", item.module)]
    exprs = [expr for a in facts.assigns for expr in (a.target, a.value)]
    exprs += [expr for c in facts.calls for expr in (c.callee, *(arg.value for arg in c.args))]
    exprs += [block.test for block in facts.blocks if block.test is not None]
    exprs += [exit_.value for exit_ in facts.exits if exit_.value is not None]
    names += [tail_name(part) or text_of(part) or "" for expr in exprs for part in walk(expr, facts)]
    return [name for name in names if not name.endswith(("Error", "Exception", "_error"))]


def _answers_429(app: AppFacts, path: str) -> bool:
    module = app.evaluator.project.modules.get(path)
    if module is None:
        return False
    parts = (part for c in module.facts.calls for arg in c.args for part in walk(arg.value, module.facts))
    return any(isinstance(part, Lit) and part.value == TOO_MANY for part in parts)


def _what(one: GuardedEntry) -> str:
    return {"bot": "message handler", "ui": "chat handler"}.get(one.entry.kind, "route")


@rule("route-without-user-limit")
def route_without_user_limit(app: AppFacts) -> Iterable[Finding]:
    for one in app.guarded:
        if one.guards.limit is None and one.guards.listed is None and not _unseen_limits(app, one):
            name = one.entry.name
            yield Finding(
                "route-without-user-limit",
                one.entry.place,
                f"anyone who reaches the {_what(one)} {name} can call {one.call.title} as often as they like",
                related=(Related(one.call.place, "the model is called here"),),
            )


@rule("limiter-not-per-user")
def limiter_not_per_user(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for one in app.guarded:
        limit = one.guards.limit
        if limit is not None and limit.per_user is False and limit.place not in seen:
            seen.add(limit.place)
            yield Finding("limiter-not-per-user", limit.place, "requests are counted per address, not per user")


@rule("limiter-in-memory")
def limiter_in_memory(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for one in app.guarded:
        limit = one.guards.limit
        if limit is not None and limit.in_memory and limit.place not in seen:
            seen.add(limit.place)
            yield Finding(
                "limiter-in-memory", limit.place, "the counts stay in this process: every worker starts its own"
            )


@rule("route-unauthenticated")
def route_unauthenticated(app: AppFacts) -> Iterable[Finding]:
    for one in app.guarded:
        guards = one.guards
        if one.entry.kind == "http" and guards.identity is None and guards.listed is None:
            yield Finding(
                "route-unauthenticated",
                one.entry.place,
                f"nothing in front of {one.entry.name} asks who is calling",
                related=(Related(one.call.place, "the model is called here"),),
            )


def _applies(app: AppFacts) -> str:
    reason = calls_a_model(app)
    if reason or app.guarded:
        return reason
    if any(call.route is not None and on_own_key(app.evaluator, call) for call in app.calls):
        return "whoever asks the model brings a key and pays for it"
    if _has_entries(app):
        return ""
    return "no entry from outside reaches a model call"


def _has_entries(app: AppFacts) -> bool:
    """Does the application use a framework for entries, although none was seen to reach a model?"""
    return bool(entry_packages() & app.packages)


def _evidence(app: AppFacts) -> Iterable[Evidence]:
    for one in app.guarded:
        guards = one.guards
        if guards.limit is not None:
            yield Evidence("user-rate-limits", guards.limit.place, f"{one.entry.name}: {guards.limit.text}")
        elif guards.listed is not None:
            text = f"{one.entry.name}: only listed people are let in"
            yield Evidence("user-rate-limits", guards.listed, text)


def _questions(app: AppFacts) -> Iterable[Question]:
    for one in app.guarded:
        if one.guards.limit is None and _unseen_limits(app, one):
            text = f"whether what limits requests stands before {one.entry.name} is not followed"
            yield Question("user-rate-limits", text, one.entry.place)
    if not app.guarded:
        yield Question("user-rate-limits", "no entry was seen to reach a model call, though there are entries")


ITEMS["user-rate-limits"] = ItemJudge(_applies, _evidence, _questions)
