"""Item 10: what is long and always the same is sent with a cache breakpoint, and nothing varies before it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gonogo.facts.lifted import ModelCall, Setting
from gonogo.facts.model import Block
from gonogo.facts.prompts import Mark, PromptFacts, tokens
from gonogo.findings import Confidence, Evidence, Finding, Place, Question, Related
from gonogo.link.lift import known_text, place_of
from gonogo.link.loops import is_counter
from gonogo.link.module import tail_name
from gonogo.link.reach import Step
from gonogo.link.routes import user_sent
from gonogo.link.values import Const, TextV
from gonogo.link.walk import Inside
from gonogo.registry.prompts import marks
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, rule

HIGHEST_MINIMUM = 4_096
"""Tokens from which every Claude model caches (Claude docs, Prompt caching)."""
MINIMUM_IF_UNLISTED = 2_048
"""For a Claude model of which the catalog has no minimum: those with a higher one are all in it."""
MARGIN = 1.1
"""Sizes in tokens are estimates: only what exceeds the minimum by so much is reported."""
CACHE_LIFE = 300
"""Seconds for which a cached prefix is kept after its last use (Claude docs, Prompt caching)."""
CLAUDE = re.compile(r"claude", re.I)
PAGES = (".tsx", ".jsx", ".vue", ".svelte")
"""Files of what a browser shows."""
WAITS = frozenset({"sleep", "wait", "wait_for", "run_pending"})


# --- which calls are meant ---


def wants_marks(call: ModelCall) -> bool | None:
    """True if a prefix of the call is cached only where it is marked; `None` if that cannot be told."""
    values = call.setting("model").values
    # Of an id with a hole only the name of Claude tells anything.
    claude = {bool(CLAUDE.search(text)) for text in map(known_text, values) if text and "*" not in text}
    claude |= {True for value in values if isinstance(value, TextV) and CLAUDE.search(known_text(value) or "")}
    if call.sdk.id in marks().by_itself:
        # A gateway may serve Claude through another provider's SDK; how it caches is its own affair.
        return None if True in claude and call.sdk.id not in marks().own_marks else False
    home = _claude_only(call)
    if claude == {False}:
        # The id of another model where only Claude answers is one of a branch that does not lead here.
        return None if home else False
    if call.sdk.id not in marks().by_marks:
        return None
    if claude:
        return True if claude == {True} else None
    return True if home else None


def _claude_only(call: ModelCall) -> bool:
    """True if a request goes where only Claude answers, as far as no setting says else."""
    if not call.sdk.hosts:
        only = call.sdk.id == "anthropic" or call.catalogs in (("anthropic",), ("vertex", "anthropic"))
        return only and call.setting("base_url").status == "absent"
    known = [text for text in map(known_text, call.setting("base_url").values) if text]
    return bool(known) and all(any(host in text for host in marks().hosts) for text in known)


def minimum(app: AppFacts, call: ModelCall) -> int:
    """Tokens from which a prefix is cached, by the strictest of the models the call can use."""
    setting = call.setting("model")
    # What a request may ask for in place of a default is left out: without it, the default counts.
    named = [v for v in setting.values if not user_sent(app.evaluator, v)]
    settled = Setting(setting.status, tuple(named)).complete
    found = [0 if settled else HIGHEST_MINIMUM]
    for value in setting.constants:
        known = app.catalog.cacheable_from(str(value.value), call.catalogs)
        found.append(known if known is not None else MINIMUM_IF_UNLISTED)
    return max(found) or HIGHEST_MINIMUM


def repeated(app: AppFacts, call: ModelCall) -> str:
    """Why a call is made again and again within minutes; empty if nothing shows that."""
    if call.loops:
        return "on every turn of an agent loop"
    if call.route is not None:
        return "for every request to a route"
    for step in call.steps:
        if any(_repeats(app, call, step, block) for block in step.loops()):
            return "in a loop"
    return ""


def _repeats(app: AppFacts, call: ModelCall, step: Step, block: Block) -> bool:
    """True for a loop that is neither a retry nor a counter, and that waits for no longer than a cache lives."""
    line = place_of(step.module, block.span).span.line
    retries = {(own.place.path, own.place.span.line) for own in call.own_retries}
    if (step.module.path, line) in retries or is_counter(block, step.module):
        return False
    frame = app.evaluator.project.frame(step.module, block.function)
    for other in Inside(step.module.facts, block).calls():
        if tail_name(other.callee) not in WAITS:
            continue
        values = app.evaluator.values(other.args[0].value, frame, app.evaluator.at(other)) if other.args else ()
        seconds = [v.value for v in values if isinstance(v, Const) and isinstance(v.value, (int, float))]
        if len(seconds) != len(values) or not seconds or max(seconds) >= CACHE_LIFE:
            return False
    return True


# --- how much there is to cache ---


def _cacheable(call: ModelCall, facts: PromptFacts) -> int:
    """Characters that a breakpoint after the system prompt would cache as the code stands."""
    # In an agent loop the prompt is made before the first turn: within a run all of it is the same.
    system = [extent.fixed if call.loops else extent.prefix for extent in facts.system]
    tools = [extent.prefix for extent in facts.tools]
    if not facts.together:
        return max([*system, *tools], default=0)
    whole_tools = all(extent.whole for extent in facts.tools)
    return max(tools, default=0) + (max(system, default=0) if whole_tools or call.loops else 0)


def _judged(app: AppFacts) -> Iterable[tuple[ModelCall, PromptFacts]]:
    """Calls whose prefix is cached only where it is marked."""
    for call in app.calls:
        if wants_marks(call):
            yield call, app.prompts.of(call)


def _long(app: AppFacts, call: ModelCall, characters: int) -> bool:
    return tokens(characters) >= minimum(app, call) * MARGIN


# --- rules ---


@rule("prompt-not-cached")
def prompt_not_cached(app: AppFacts) -> Iterable[Finding]:
    for call, facts in _judged(app):
        why = repeated(app, call)
        size = _cacheable(call, facts)
        if facts.marked is not False or not why or not _long(app, call, size):
            continue
        related = () if call.route is None else (Related(call.route, "reached from here"),)
        yield Finding(
            "prompt-not-cached",
            call.place,
            f"about {tokens(size):,} tokens of fixed {_parts(facts)} are paid in full {why}: "
            f"{call.title} marks no prefix, and the model caches from {minimum(app, call):,} tokens on",
            related=related,
        )


def _parts(facts: PromptFacts) -> str:
    system, tools = (max((e.fixed for e in found), default=0) for found in (facts.system, facts.tools))
    if system and tools:
        return "system prompt and tools"
    return "tools" if tools else "system prompt"


@rule("cache-prefix-varies")
def cache_prefix_varies(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for call, facts in _judged(app):
        for varying in facts.varying:
            if varying.place in seen:
                continue
            seen.add(varying.place)
            # What a user sent may be a document that is asked about many times, which is worth caching.
            sure = Confidence.LOW if varying.kind == "user" else Confidence.HIGH
            place = _mark_place(app, call, facts.marks[0])
            yield Finding(
                "cache-prefix-varies",
                varying.place,
                f"{varying.text} stands in what {call.title} has cached, so the prefix is written anew each time",
                confidence=sure,
                related=(Related(place, "the prefix is marked here"),),
            )


@rule("cache-below-minimum")
def cache_below_minimum(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for call, facts in _judged(app):
        most = None if facts.cached is None or not facts.cached.sure else facts.cached.most
        setting = call.setting("model")
        if most is None or not setting.complete:
            continue
        known = [app.catalog.cacheable_from(str(v.value), call.catalogs) for v in setting.constants]
        lowest = min((n for n in known if n is not None), default=None)
        place = _mark_place(app, call, facts.marks[0])
        if lowest is None or None in known or most >= lowest or place in seen:
            continue
        seen.add(place)
        yield Finding(
            "cache-below-minimum",
            place,
            f"the prefix marked here has at most {most:,} tokens, and the model caches from {lowest:,} on: "
            "the mark has no effect",
        )


def _mark_place(app: AppFacts, call: ModelCall, mark: Mark) -> Place:
    return app.place(mark.site) if mark.site is not None else call.place


# --- the item ---

_AFTER = {"tools": "the tools", "system": "the system prompt", "messages": "the messages", "request": "the request"}


def _evidence(app: AppFacts) -> Iterable[Evidence]:
    seen: set[tuple[Place, str]] = set()
    for call in app.calls:
        # Whatever model a setting chooses: where Claude answers, a mark has the prefix cached.
        marked = app.prompts.of(call).marks if wants_marks(call) is not False else ()
        for mark in marked:
            place = _mark_place(app, call, mark)
            if (place, call.title) not in seen:
                seen.add((place, call.title))
                yield Evidence("prompt-caching", place, f"{_AFTER[mark.part]} of {call.title}: marked for caching")


def _questions(app: AppFacts) -> Iterable[Question]:
    for call in app.calls:
        text = _doubt(app, call)
        if text:
            yield Question("prompt-caching", text, call.place)


def _doubt(app: AppFacts, call: ModelCall) -> str:
    """What cannot be told about a call that may have much to cache; empty if there is no such doubt."""
    wants = wants_marks(call)
    again = bool(repeated(app, call))
    if wants is False or not (again or _set_off_unseen(call)):
        return ""
    facts = app.prompts.of(call)
    if facts.marked:
        return ""
    long = _long(app, call, facts.fixed)
    if not again:
        return f"how often {call.title} is made cannot be told" if long or not facts.sure else ""
    if wants is None:
        return "" if facts.sure and not long else f"whether {call.title} needs a mark to be cached cannot be told"
    if long and facts.marked is None:
        return f"whether {call.title} marks its long fixed prompt cannot be told"
    if long and not _long(app, call, _cacheable(call, facts)):
        return f"the fixed prompt of {call.title} is long, but what varies in it stands too far in front to cache it"
    if not long and not facts.sure:
        return f"how much of the prompt of {call.title} is fixed cannot be told"
    return ""


def _set_off_unseen(call: ModelCall) -> bool:
    """True if nothing shows what sets a call off: neither an entry nor a program that runs it as it starts.

    What stands in a page is set off by whoever clicks, however the page is started.
    """
    if call.entries:
        return False
    return all(s.function is not None for s in call.steps) or any(s.module.path.endswith(PAGES) for s in call.steps)


def _applies(app: AppFacts) -> str:
    if not app.calls:
        return "no model call found in application code"
    if all(wants_marks(call) is False for call in app.calls):
        return "no call needs a mark: the SDKs and models in use cache by themselves"
    for found in (_evidence(app), _questions(app), prompt_not_cached(app)):
        if any(True for _ in found):
            return ""
    return "no fixed prompt or tool list that is sent repeatedly is long enough to cache"


ITEMS["prompt-caching"] = ItemJudge(_applies, _evidence, _questions)
