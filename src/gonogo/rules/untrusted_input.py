"""Item 17: what users and strangers write is data to the model, and what the model writes is checked before use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gonogo.facts.flow import Hop, Origin
from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Function, Lit, Template
from gonogo.findings import Confidence, Evidence, Finding, Place, Question, Related
from gonogo.link.acting import Act, sent_to_run
from gonogo.link.answers import checked_by, form_bound, looked_at
from gonogo.link.contained import asked_before_tools, is_contained
from gonogo.link.guards import Guarded, guarded
from gonogo.link.module import Module
from gonogo.link.pages import pages
from gonogo.link.prompts import system_parts, text_prompts, user_parts
from gonogo.link.templates import unescaped_pages
from gonogo.link.values import ParamV, Unknown
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, rule
from gonogo.rules.error_handling import wide

ITEM = "untrusted-input"
FOREIGN = frozenset({"user", "fetched"})
INSTRUCTIONS = 200
"""Characters of fixed text from which a prompt holds instructions, not just a caption for what follows."""
STEPS_SHOWN = 4
SET_APART = re.compile(r"""(?:["'`“«\[(]|(?:>|\"{3}|'{3}|`{3}|---|===|\*\*\*|~~~)\s*)$""")
"""Ends of a text that marks what follows as something quoted."""
PARSE_ERRORS = frozenset({"Exception", "BaseException", "ValueError", "JSONDecodeError"})


def _instructions(app: AppFacts, call: ModelCall) -> list[Origin]:
    """What the system prompt of a call is made of."""
    found: list[Origin] = []
    for part in system_parts(call, app.evaluator):
        found.extend(app.flows.made_of(part.expr, part.site, part.path, "instructions"))
    return found


def _written_in(origin: Origin) -> Hop | None:
    """Where a value is put into the text that was asked about: the last such step on its way."""
    return next((hop for hop in reversed(origin.hops()) if hop.kind == "composed"), None)


def _trail(app: AppFacts, origin: Origin, end: Place, label: str) -> tuple[Related, ...]:
    """The steps of a flow as related places, from where it comes in to where it ends."""
    words = {"passed": "is passed on here", "returned": "is returned here", "kept": "is kept here"}
    steps = [Related(app.place(origin.site), "comes in here")]
    for hop in origin.hops():
        place = app.place(hop.site)
        if (
            hop.kind in words
            and len(steps) < STEPS_SHOWN
            and place.span.line not in (steps[-1].place.span.line, end.span.line)
        ):
            steps.append(Related(place, words[hop.kind]))
    return (*steps, Related(end, label))


@rule("input-in-system-prompt")
def input_in_system_prompt(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for call in app.calls:
        for origin in _instructions(app, call):
            if origin.kind not in FOREIGN:
                continue
            hop = _written_in(origin)
            place = app.place(hop.site if hop is not None else origin.site)
            if place in seen:
                continue
            seen.add(place)
            yield Finding(
                "input-in-system-prompt",
                place,
                f"{origin.text}, becomes part of the system prompt of {call.title}",
                confidence=Confidence.HIGH if origin.kind == "user" else Confidence.MEDIUM,
                related=_trail(app, origin, call.place, "goes to the model here"),
            )


def _without_system(app: AppFacts, call: ModelCall) -> bool:
    """True if the call surely has no instructions apart from the message itself."""
    return call.setting("system").status == "absent" and not _instructions(app, call)


def _said(app: AppFacts, call: ModelCall) -> Iterator[Origin]:
    """What the messages of a call bring from users."""
    for part in (*user_parts(call), *text_prompts(call)):
        for origin in app.flows.made_of(part.expr, part.site, part.path):
            if origin.kind == "user":
                yield origin


def _set_apart(origin: Origin) -> Hop | None:
    """The step that puts a value between marks."""
    return next((h for h in origin.hops() if h.kind == "composed" and SET_APART.search(h.around[0])), None)


@rule("input-among-instructions")
def input_among_instructions(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for call in app.calls:
        if not _without_system(app, call):
            continue
        for origin in _said(app, call):
            written = [hop for hop in origin.hops() if hop.kind == "composed"]
            if not written or _set_apart(origin) or max(hop.fixed for hop in written) < INSTRUCTIONS:
                continue
            place = app.place(written[0].site)
            if place in seen:
                continue
            seen.add(place)
            yield Finding(
                "input-among-instructions",
                place,
                f"{origin.text}, stands unmarked among the instructions to {call.title}",
                confidence=Confidence.MEDIUM,
                related=_trail(app, origin, call.place, "goes to the model here"),
            )


def _acts(app: AppFacts, kind: str) -> Iterator[tuple[Act, Place]]:
    for act in app.flows.acts:
        if act.sink.kind == kind:
            yield act, app.place(act.site.site)


@rule("output-executed")
def output_executed(app: AppFacts) -> Iterable[Finding]:
    for act, place in _acts(app, "executed"):
        if is_contained(act, app.flows) or asked_before_tools(act, app.flows):
            continue
        yield Finding(
            "output-executed",
            place,
            f"{act.origin.text} runs as {act.sink.what}",
            related=_trail(app, act.origin, place, "runs here"),
        )


def _template(app: AppFacts, name: str) -> str:
    """The text of a template of the application, found by the end of its path."""
    from gonogo.workspace.read import Unreadable, decode

    for file in app.workspace.files:
        if file.app == app.root and file.path.endswith("/" + name):
            try:
                return decode(app.workspace.read(file.path))
            except Unreadable:
                return ""
    return ""


@rule("output-rendered")
def output_rendered(app: AppFacts) -> Iterable[Finding]:
    found = [(act.origin, act.sink.what, place) for act, place in _acts(app, "rendered")]
    routes = [*pages(app.flows), *unescaped_pages(app.flows, lambda name: _template(app, name))]
    found += [(page.origin, "an HTML page", app.place(page.site)) for page in routes]
    seen: set[Place] = set()
    for origin, what, place in found:
        if place not in seen:
            seen.add(place)
            yield Finding(
                "output-rendered",
                place,
                f"{origin.text} is shown as {what}, unescaped",
                related=_trail(app, origin, place, "is shown here"),
            )


def _guard(app: AppFacts, act: Act) -> Guarded:
    handlers = app.flows.handlers

    def is_entry(module: Module, function: Function) -> bool:
        return (module.path, function.index) in handlers or app.flows.sources.is_entry(module, function)

    return guarded(act.site, app.evaluator, PARSE_ERRORS, is_entry)


@rule("output-parsed-unguarded")
def output_parsed_unguarded(app: AppFacts) -> Iterable[Finding]:
    for act, place in _acts(app, "parsed"):
        call = act.origin.call
        if call is None or form_bound(call, app.evaluator) or checked_by(act.site, app.evaluator) is not None:
            continue
        if not _guard(app, act).nobody or (act.site.module.language == "ecma" and wide(app)):
            continue
        yield Finding(
            "output-parsed-unguarded",
            place,
            f"{act.origin.text} is parsed as {act.sink.what}, and nothing catches text that is none",
            related=_trail(app, act.origin, place, "is parsed here"),
        )


@rule("stop-reason-ignored")
def stop_reason_ignored(app: AppFacts) -> Iterable[Finding]:
    for call in app.calls:
        if call.stop_reason_checked is False:
            yield Finding(
                "stop-reason-ignored",
                call.place,
                f"the answer of {call.title} is used without a look at why it ended",
            )


def _has_system(call: ModelCall) -> bool:
    """True if a system prompt was found, be it one that is given on some paths only."""
    setting = call.setting("system")
    vague = any(isinstance(value, (Unknown, ParamV)) for value in setting.values)
    return setting.status == "given" or (bool(setting.values) and not vague)


def _evidence(app: AppFacts) -> Iterable[Evidence]:
    for call in app.calls:
        found = _instructions(app, call)
        apart = _has_system(call) or any(origin.kind == "role" for origin in found)
        if apart and all(origin.kind == "role" for origin in found):
            yield Evidence(ITEM, call.place, f"the system prompt of {call.title} holds no foreign text")
        for origin in _said(app, call):
            hop = _set_apart(origin)
            if hop is not None:
                yield Evidence(ITEM, app.place(hop.site), f"{origin.text}, is marked as such for {call.title}")
                break
        if form_bound(call, app.evaluator):
            yield Evidence(ITEM, call.place, f"{call.title} binds its answer to a form")
    for act, place in _acts(app, "parsed"):
        checked = checked_by(act.site, app.evaluator)
        guard = _guard(app, act)
        if checked is not None:
            yield Evidence(ITEM, checked, "what was parsed from the answer is checked")
        elif guard.place is not None and act.site.module.language != "ecma":
            yield Evidence(ITEM, app.place(guard.place), f"an error path for the JSON parsed at {place}")


def _unchecked(app: AppFacts) -> Iterator[Question]:
    """JSON of a model that JavaScript takes for what it should be: there a type holds nothing back."""
    for act, place in _acts(app, "parsed"):
        call = act.origin.call
        if call is None or act.site.module.language != "ecma" or form_bound(call, app.evaluator):
            continue
        if checked_by(act.site, app.evaluator) is None and not looked_at(act.site):
            yield Question(ITEM, f"nothing was found that checks the form of the JSON {call.title} answers", place)


def _mixed(app: AppFacts, call: ModelCall) -> Origin | None:
    """What stands unmarked among the instructions of a call without a system prompt and could not be followed."""
    if not _without_system(app, call):
        return None
    for part in (*user_parts(call), *text_prompts(call)):
        for origin in app.flows.made_of(part.expr, part.site, part.path):
            written = [hop for hop in origin.hops() if hop.kind == "composed"]
            sizes = [hop.fixed for hop in written]
            # A text without a known length is a template that is kept elsewhere.
            long = bool(sizes) and (max(sizes) >= INSTRUCTIONS or not any(sizes))
            if origin.kind == "unseen" and long and not _set_apart(origin):
                return origin
    return None


def _seen(app: AppFacts, call: ModelCall) -> bool:
    """True if the prompt of a call was found: its instructions, a message with a role, or a text written in place."""
    if call.setting("system").status == "given" or _instructions(app, call):
        return True
    texts = text_prompts(call)
    if any(isinstance(part.expr, (Lit, Template)) for part in texts):
        return True
    return any(app.flows.made_of(part.expr, part.site, part.path) for part in (*user_parts(call), *texts))


def _roles_from_client(app: AppFacts, call: ModelCall) -> Origin | None:
    """What a client sent that decides who said what in the conversation."""
    for part in text_prompts(call):
        if part.path[-1:] == ("prompt",):
            continue  # One text.
        for origin in app.flows.made_of(part.expr, part.site, (*part.path, "*", "role")):
            if origin.kind == "user" and origin.path[-1:] == ("role",):
                return origin
    return None


def _questions(app: AppFacts) -> Iterable[Question]:
    for origin, what, place in sent_to_run(app.flows):
        yield Question(
            ITEM, f"{origin.text}, runs as {what}: whether a model wrote it cannot be told", app.place(place)
        )
    yield from _unchecked(app)
    for call in app.calls:
        if not _seen(app, call):
            yield Question(ITEM, f"what the prompt of {call.title} holds was not found", call.place)
        history = _roles_from_client(app, call)
        if history is not None:
            text = f"{history.text}, says who said what in the conversation of {call.title}, the model's turns included"
            yield Question(ITEM, text, call.place)
        mixed = _mixed(app, call)
        if mixed is not None:
            text = f"what stands among the instructions to {call.title} is not all seen ({mixed.text})"
            yield Question(ITEM, text, call.place)
        for origin in _instructions(app, call):
            if origin.kind == "unseen":
                text = f"what the system prompt of {call.title} is made of is not all seen ({origin.text})"
                yield Question(ITEM, text, call.place)
                break


ITEMS[ITEM] = ItemJudge(calls_a_model, _evidence, _questions)
