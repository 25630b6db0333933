"""Item 14: errors of model calls are caught, reported and kept from users; logs hold no keys and no texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gonogo.facts.lifted import ModelCall
from gonogo.findings import Evidence, Finding, Place, Question, Related
from gonogo.link.leaks import Leak, leaks
from gonogo.link.logged import Logged, logged_answers, logged_keys, logged_prompts
from gonogo.link.problems import Caught, Way
from gonogo.link.wide_handlers import WideHandler, ecma_handlers, wide_handlers, words
from gonogo.registry.errors import error_data
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, ends, rule


def wide(app: AppFacts) -> tuple[WideHandler, ...]:
    """Handlers for every entry of the application."""
    data = error_data().ecma
    modules = {m.path: m for look in data.look for m in app.modules_importing(*look)}
    for file in app.workspace.files:
        if (file.app, file.area) == (app.root, "app") and file.name.rpartition(".")[0] in data.files:
            module = app.evaluator.project.module(file.path)
            if module is not None and module.language == "ecma":
                modules[file.path] = module
    return (
        *wide_handlers(app.evaluator, app.modules_with(words(app.packages))),
        *ecma_handlers(app.evaluator, list(modules.values())),
    )


def _handled(way: Way) -> bool:
    """True if some handler on a way is for errors of the call, even if it hands them on."""
    return any(caught.problem.kind == "api" for caught in way.caught)


@rule("api-errors-unhandled")
def api_errors_unhandled(app: AppFacts) -> Iterable[Finding]:
    everywhere: tuple[WideHandler, ...] | None = None
    for call in app.calls:
        if call.handed_on:
            continue
        bare = [way for way in app.handlers.ways(call) if way.entry == "route" and way.sure and not _handled(way)]
        if not bare:
            continue
        if everywhere is None:
            everywhere = wide(app)
        if everywhere:
            return
        message = f"nothing catches an error of {call.title} on the way to {_entry(bare[0])}"
        yield Finding("api-errors-unhandled", call.place, message, related=ends(bare, "the error comes out here"))


def _entry(way: Way) -> str:
    return f"{way.top.name}()" if way.top is not None else "its entry"


def _caught(app: AppFacts) -> Iterator[tuple[ModelCall, Caught]]:
    """Every handler once, with the first call whose errors it surely meets."""
    seen: set[Place] = set()
    for call in app.calls:
        for way in app.handlers.ways(call):
            for caught in way.caught:
                # Behind an edge by name or an override it may be another function that is called.
                if caught.step is not None and not caught.step.sure:
                    continue
                if caught.handler.place not in seen and caught.handler.module.area == "app":
                    seen.add(caught.handler.place)
                    yield call, caught


@rule("swallowed-error")
def swallowed_error(app: AppFacts) -> Iterable[Finding]:
    for call, caught in _caught(app):
        handler = caught.handler
        if not handler.silent or caught.problem.kind != "api" or any(o.kind == "raise" for o in caught.outcomes):
            continue
        if any(own.place.path == handler.place.path and _around(own.place, handler.place) for own in call.own_retries):
            continue
        yield Finding(
            "swallowed-error",
            handler.place,
            f"an error of {call.title} is dropped here without a trace",
            related=(Related(call.place, "the call"),),
        )


def _around(loop: Place, handler: Place) -> bool:
    """True if a handler stands a few lines below the head of a retry loop; places of loops span their first word."""
    return 0 <= handler.span.line - loop.span.line <= 60 and handler.span.column > loop.span.column


@rule("raw-error-to-user")
def raw_error_to_user(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for call, caught in _caught(app):
        if not caught.problem.raw:
            continue
        for leak in leaks(app.evaluator, caught.handler):
            if leak.place not in seen:
                seen.add(leak.place)
                yield _leak(leak, call.title, caught.handler.place)
    for handler in wide(app) if app.calls else ():
        for leak in handler.leaks:
            if leak.place not in seen:
                seen.add(leak.place)
                yield _leak(leak, "a model call", handler.place)


def _leak(leak: Leak, title: str, caught: Place) -> Finding:
    where = {"response": "an HTTP response", "reply": "a reply to the user", "stream": "the stream sent to the client"}
    return Finding(
        "raw-error-to-user",
        leak.place,
        f"the raw text of an error of {title} goes into {where[leak.kind]}",
        related=(Related(caught, "the error is caught here"),),
    )


@rule("key-logged")
def key_logged(app: AppFacts) -> Iterable[Finding]:
    if app.calls:
        modules = [module for module in app.evaluator.project.all() if module.app == app.root and module.area == "app"]
        for entry in logged_keys(app.evaluator, modules):
            yield Finding("key-logged", entry.place, f"an API key ({entry.text}) is written to the log")


@rule("prompt-logged")
def prompt_logged(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for call in app.calls:
        for entry in _logged(app, call):
            if entry.place not in seen:
                seen.add(entry.place)
                what = "what the model answered" if entry.what == "answer" else f"text for the model ({entry.text})"
                yield Finding(
                    "prompt-logged",
                    entry.place,
                    f"{what} is written to the log",
                    related=(Related(call.place, "the call"),),
                )


def _logged(app: AppFacts, call: ModelCall) -> Iterator[Logged]:
    asked = frozenset(
        (step.module.path, step.call.function)
        for way in app.handlers.ways(call)
        if way.entry == "route"
        for step in way.steps
    )
    yield from logged_prompts(app.evaluator, call, asked)
    yield from logged_answers(app.evaluator, call, asked)


def _evidence(app: AppFacts) -> Iterable[Evidence]:
    for handler in wide(app) if app.calls else ():
        yield Evidence("error-handling", handler.place, "errors of every entry are handled here")
    for call in app.calls:
        shown = _proof(app, call)
        if shown is not None:
            yield Evidence("error-handling", shown, f"errors of {call.title} are caught and reported")


def _proof(app: AppFacts, call: ModelCall) -> Place | None:
    """The handler that proves a call's errors handled, if one stands on every way."""
    ways = app.handlers.ways(call)
    proofs = []
    for way in ways:
        caught = next((c for c in way.caught if c.problem.kind in ("api", "own") and _tells(c)), None)
        if caught is None:
            return None
        proofs.append(caught.handler.place)
    return proofs[0] if proofs else None


def _tells(caught: Caught) -> bool:
    """True if somebody learns of the error: it is reported, or becomes an answer or error of the application's own."""
    if caught.handler.reports:
        return True
    if caught.handler.silent:
        return False
    return any(
        o.kind == "return" or (o.problem is not None and o.problem.kind != caught.problem.kind) for o in caught.outcomes
    )


def _questions(app: AppFacts) -> Iterable[Question]:
    everywhere = bool(wide(app)) if app.calls else False
    for call in app.calls:
        if _proof(app, call) is None and not everywhere:
            yield Question("error-handling", f"who catches errors of {call.title} cannot be told", call.place)


ITEMS["error-handling"] = ItemJudge(calls_a_model, _evidence, _questions)
