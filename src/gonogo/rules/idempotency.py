"""Item 7: what a model sets off elsewhere happens once, even if the request runs twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Index
from gonogo.findings import Confidence, Evidence, Finding, Question, Related
from gonogo.link.effects import Effected
from gonogo.link.module import tail_name, text_of
from gonogo.link.tools import CHOSEN, is_type
from gonogo.link.tools import data as tool_data
from gonogo.link.values import Const, DictV, SeqV, Site, Value, known
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, rule

ITEM = "idempotency"
PAYS = frozenset({"pay", "order"})
FAR = 3
"""Functions below the decision from which on an effect without the model's words is more likely housekeeping."""


@rule("side-effect-without-idempotency")
def side_effect_without_idempotency(app: AppFacts) -> Iterable[Finding]:
    for entry in app.flows.effects:
        if entry.safe is not None or _aside(entry):
            continue
        place = app.place(entry.site.site)
        yield Finding(
            "side-effect-without-idempotency",
            place,
            f"{entry.origin.text} sets off {entry.effect.what}, and nothing notices if it happens twice",
            confidence=Confidence.HIGH if entry.effect.kind in PAYS else Confidence.MEDIUM,
            related=(Related(app.place(entry.origin.site), "the model decides here"),),
        )


def _aside(entry: Effected) -> bool:
    """True for what code far below a tool does without a word of the model's: an alert, a heartbeat, a log."""
    return entry.hops >= FAR and entry.effect.kind not in PAYS


def _evidence(app: AppFacts) -> Iterable[Evidence]:
    for entry in app.flows.effects:
        if entry.safe is not None:
            place = app.place(entry.site.site)
            yield Evidence(ITEM, app.place(entry.safe), f"{entry.effect.what} at {place} {entry.safe_text}")


def _doubts(app: AppFacts) -> Iterator[Question]:
    """Why tools of the application may do more than what was seen, once each."""
    found = bool(app.flows.tools) or _takes_arguments(app)
    by_name = _called_by_name(app)
    if by_name is not None:
        yield Question(ITEM, "tools are called by their names here: what they do is not known", app.place(by_name))
    seen: set[object] = set()
    for call in app.calls:
        setting = call.setting("tools")
        if call.sdk.id in tool_data()["agents"]:
            text = f"{call.title} runs an agent that has tools of its own, such as a shell: what it does is not known"
            yield Question(ITEM, text, call.place)
            continue
        if any(_kinds(value, "remote") for value in setting.values):
            yield Question(
                ITEM, f"the provider calls the tools of a server for {call.title}: what they do is not known"
            )
            continue
        if call.sdk.language != "ecma" and found:
            continue
        if setting.status == "absent" or not any(_own_tool(value, call) for value in setting.values):
            continue
        if call.sdk.language != "ecma":
            yield Question(ITEM, f"what the tools of {call.title} do was not found", call.place)
            continue
        for doubt in app.flows.quiet_tools.doubts(call):
            if doubt.site not in seen:
                seen.add(doubt.site)
                yield Question(ITEM, doubt.text, app.place(doubt.site))


def _own_tool(value: Value, call: ModelCall) -> bool:
    """False for tools that the provider runs, and for no tools at all."""
    if isinstance(value, SeqV):
        # What is put into an empty list of JavaScript later on is not followed.
        empty = not value.items and (value.open or call.sdk.language == "ecma")
        return empty or any(_own_tool(v, call) for item in value.items for v in item)
    if isinstance(value, DictV):
        return not _kinds(value, "hosted")
    return not (isinstance(value, Const) and not value.value)


def _kinds(value: Value, key: str) -> bool:
    """True for a tool, or a list with one, of a type that `tools.toml` names as one the provider runs (`hosted`) or
    asks another server for (`remote`)."""
    if isinstance(value, SeqV):
        return any(_kinds(v, key) for item in value.items for v in item)
    return isinstance(value, DictV) and is_type(value, key)


def _called_by_name(app: AppFacts) -> Site | None:
    """Where a tool is called whose name the program does not hold, wherever it may run.

    Not in JavaScript, whose tools are followed call by call.
    """
    names = tool_data()["by_name"]
    for site in app.flows.below.calls():
        if site.module.language != "ecma" and tail_name(site.call.callee) in names:
            positional, _ = app.evaluator.arguments(site, {"#0"})
            if not (positional and known(positional[0])):
                return site.site
    return None


def _takes_arguments(app: AppFacts) -> bool:
    """True if code in reach hands the arguments of a tool call to something."""
    for site in app.flows.below.calls():
        for arg in site.call.args:
            value = arg.value
            name = text_of(value.key) if isinstance(value, Index) else tail_name(value)
            if name in CHOSEN:
                return True
    return False


def _questions(app: AppFacts) -> Iterable[Question]:
    for entry in app.flows.effects:
        if entry.safe is None and _aside(entry):
            text = f"whether {entry.origin.text} is meant to set off {entry.effect.what} cannot be told"
            yield Question(ITEM, text, app.place(entry.site.site))
    yield from _doubts(app)


def _applies(app: AppFacts) -> str:
    if not app.calls:
        return calls_a_model(app)
    if app.flows.effects or any(True for _ in _doubts(app)):
        return ""
    return "no output of a model sets off a payment, a mail or a write to another service"


ITEMS[ITEM] = ItemJudge(_applies, _evidence, _questions)
