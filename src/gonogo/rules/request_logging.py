"""Item 12: every call leaves a record of what it used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Attr, CallRef, DictLit, Lit, Name
from gonogo.findings import Confidence, Evidence, Finding, Place, Question
from gonogo.link.module import Module
from gonogo.link.responses import COUNTS, Record
from gonogo.link.walk import walk
from gonogo.registry.recorders import words_of
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, rule

FIELDS = {
    "the model": frozenset({"model", "engine", "deployment"}),
    "input tokens": frozenset({"input", "prompt"}),
    "output tokens": frozenset({"output", "completion", "candidates"}),
    "cache tokens": frozenset({"cache", "cached"}),
    "latency": frozenset({
        "latency", "duration", "elapsed", "ms", "seconds", "took", "time", "timer", "runtime", "secs", "timing",
    }),
    "a correlation id": frozenset({
        "id", "request", "trace", "correlation", "session", "run", "span", "conversation", "chat", "thread", "uid",
    }),
}  # fmt: skip
"""What a record should name, and the words by which it does."""


def _deferred(call: ModelCall) -> bool:
    """Batches answer later: the usage comes with the results, which another request fetches."""
    return "batches" in call.method


def _covered(call: ModelCall) -> bool:
    return any(covering.usage for covering in call.tracing)


def _switched(call: ModelCall) -> Place | None:
    """Where the usage is recorded for those who are looking for a mistake."""
    return None if call.answer is None else next(iter(call.answer.while_debugging), None)


@rule("usage-not-logged")
def usage_not_logged(app: AppFacts) -> Iterable[Finding]:
    for call in app.calls:
        if call.usage_logged is not False or _deferred(call) or _covered(call) or _switched(call):
            continue
        read = bool(call.answer is not None and call.answer.usage)
        text = (
            f"the token counts of {call.title} are read, but reach no log, metric or store"
            if read
            else f"the token counts of {call.title} are never read, and no tracing integration records them"
        )
        yield Finding("usage-not-logged", call.place, text)


@rule("incomplete-call-log")
def incomplete_call_log(app: AppFacts) -> Iterable[Finding]:
    seen: set[object] = set()
    for call in app.calls:
        if call.usage_logged is not True or any(c.usage and c.sure for c in call.tracing) or call.answer is None:
            continue
        records = [record for record in call.answer.records if record.field in COUNTS]
        missing = [name for name in FIELDS if name not in _named(call, call.answer.records)]
        if not records or not missing or records[0].place in seen:
            continue
        seen.add(records[0].place)
        yield Finding(
            "incomplete-call-log",
            records[0].place,
            f"the record of {call.title} names no {_listed(missing)}",
            confidence=Confidence.MEDIUM,
        )


def _listed(names: list[str]) -> str:
    plain = [name.removeprefix("the ").removeprefix("a ") for name in names]
    return plain[0] if len(plain) == 1 else f"{', '.join(plain[:-1])} or {plain[-1]}"


def _named(call: ModelCall, records: list[Record]) -> set[str]:
    """What the records of a call name, with everything else that is recorded in the same functions."""
    words: set[str] = set()
    whole = False
    for record in records:
        whole = whole or record.field == ""
        for other in record.module.facts.calls:
            if other.function == record.call.function:
                words.update(_words(record.module, other.index))
        words.update(_bound(record.module, record.call.function))
    for step in call.steps[:1]:
        words.update(_bound(step.module, step.call.function))
    found = {name for name, known in FIELDS.items() if words & known}
    return found | {"input tokens", "output tokens", "cache tokens"} if whole else found


def _words(module: Module, index: int) -> Iterator[str]:
    """The words of the keys, texts and names in a call."""
    for expr in walk(CallRef(index), module.facts):
        if isinstance(expr, Attr):
            yield from words_of(expr.name)
        elif isinstance(expr, Name):
            yield from words_of(expr.id)
        elif isinstance(expr, Lit) and isinstance(expr.value, str):
            yield from words_of(expr.value[:400])
        elif isinstance(expr, CallRef):
            yield from (word for arg in module.facts.calls[expr.index].args for word in words_of(arg.name or ""))


def _bound(module: Module, function: int | None) -> Iterator[str]:
    """The words of mapping keys and names set in a function: what a record is put together from."""
    for assign in module.facts.assigns:
        if assign.function != function:
            continue
        if isinstance(assign.target, Name):
            yield from words_of(assign.target.id)
        if isinstance(assign.value, DictLit):
            for key, _ in assign.value.items:
                if isinstance(key, Lit) and isinstance(key.value, str):
                    yield from words_of(key.value)


def _evidence(app: AppFacts) -> Iterable[Evidence]:
    for call in app.calls:
        covering = next((c for c in call.tracing if c.usage and c.sure), None)
        if covering is not None:
            yield Evidence("request-logging", covering.place, f"{covering.title} records {call.title}")
            continue
        records = [] if call.answer is None else [r for r in call.answer.records if r.field in COUNTS]
        if records:
            what = {"log": "logged", "metric": "counted", "trace": "traced", "store": "stored"}[records[0].kind]
            yield Evidence("request-logging", records[0].place, f"the usage of {call.title} is {what}")


def _questions(app: AppFacts) -> Iterable[Question]:
    for call in app.calls:
        unsure = next((c for c in call.tracing if c.usage and not c.sure), None)
        debugging = _switched(call)
        if call.usage_logged or (call.usage_logged is False and unsure is None and debugging is None):
            continue
        if debugging is not None and unsure is None:
            text = f"the usage of {call.title} is recorded only while debugging, which may be off in production"
            yield Question("request-logging", text, debugging)
        elif unsure is not None:
            text = f"whether {unsure.title} records the usage of {call.title} cannot be seen"
            yield Question("request-logging", text, unsure.place)
        else:
            text = f"the usage of {call.title} is handed to something that cannot be read"
            yield Question("request-logging", text, call.place)


ITEMS["request-logging"] = ItemJudge(calls_a_model, _evidence, _questions)
