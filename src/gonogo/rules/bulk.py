"""The checklist on using the API at scale: many calls that nobody waits for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Assign, Attr, Block, Call, CallRef, Expr, FileFacts, Index, Name, Seq
from gonogo.findings import Evidence, Finding, Place
from gonogo.link.lift import place_of
from gonogo.link.module import tail_name
from gonogo.link.reach import Step
from gonogo.link.walk import Inside, walk
from gonogo.registry.loops import loop_words
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, rule
from gonogo.rules.vendors import catalogs_of

_HOPS = 2
"""Functions between the loop and the call."""
_GROWS = frozenset({"append", "extend", "add", "insert"})


def _bulk(call: ModelCall) -> tuple[Step, Block] | None:
    """The loop that makes the call once for each of many things, independently of one another."""
    if call.loops or call.stream or not call.sdk.batches or not set(call.sdk.batches).issuperset(catalogs_of(call)):
        return None
    if any(loop.loop == "while" for step in call.steps for loop in step.loops()):
        return None  # a service or a conversation: somebody waits for each turn
    retries = {(own.place.path, own.place.span.line) for own in call.own_retries}
    for step in call.steps:
        if step.hops > _HOPS or not step.sure:
            continue
        blocks = (*step.loops(), *step.module.enclosing(step.call.blocks, "comprehension"))
        for block in blocks:
            here = place_of(step.module, block.span)
            if (here.path, here.span.line) not in retries and _each_by_itself(step, block):
                return step, block
    return None


def _each_by_itself(step: Step, block: Block) -> bool:
    facts, call = step.module.facts, step.call
    if block.loop == "while" or block.is_async or block.iterable is None:
        return False
    if (
        isinstance(block.iterable, CallRef)
        and tail_name(facts.calls[block.iterable.index].callee) in loop_words().counters
    ):
        return False
    inside = Inside(facts, block)
    if any(tail_name(c.callee) in loop_words().asks for c in inside.calls()):
        return False
    if any(inside.leaves(e) for e in inside.exits() if e.kind != "raise"):
        return False
    targets = _names(block.target, facts) if block.target is not None else _bound(facts, block)
    if any(word in name.lower() for name in targets for word in loop_words().otherwise):
        return False
    return _depends(inside, call, targets) and not _feeds_back(inside, call, targets)


def _targets(expr: Expr, facts: FileFacts) -> set[str]:
    """What an assignment changes: `x`, and the `x` of `x[i]` and `x.name`."""
    found: set[str] = set()
    for part in walk(expr, facts) if isinstance(expr, Seq) else (expr,):
        while isinstance(part, (Attr, Index)):
            part = part.base
        if isinstance(part, Name):
            found.add(part.id)
    return found


def _names(expr: Expr, facts: FileFacts) -> set[str]:
    return {part.id for part in walk(expr, facts) if isinstance(part, Name)}


def _bound(facts: FileFacts, block: Block) -> set[str]:
    return {
        name
        for assign in facts.assigns
        if assign.kind == "comprehension" and block.index in assign.blocks
        for name in _names(assign.target, facts)
    }


def _used(call: Call, facts: FileFacts) -> set[str]:
    return {name for arg in call.args for name in _names(arg.value, facts)}


def _depends(inside: Inside, call: Call, targets: set[str]) -> bool:
    """Is each call about another thing?"""
    known = set(targets)
    for _ in range(3):
        for assign in inside.assigns():
            if _names(assign.value, inside.facts) & known:
                known |= _targets(assign.target, inside.facts)
    return bool(known & _used(call, inside.facts))


def _feeds_back(inside: Inside, call: Call, targets: set[str]) -> bool:
    """Does the call use what an earlier turn of the loop left? The loop gives `targets` anew each turn."""
    facts, assigns, used = inside.facts, inside.assigns(), _used(call, inside.facts)
    sources = used | {name for a in assigns if _targets(a.target, facts) & used for name in _names(a.value, facts)}
    carried = {name for a in assigns if _after(a, call, facts) for name in _targets(a.target, facts)}
    fresh = {name for a in assigns if a.order < call.order and a.kind == "set" for name in _targets(a.target, facts)}
    grown = {
        tail_name(c.callee.base)
        for c in inside.calls()
        if isinstance(c.callee, Attr) and c.callee.name in _GROWS and c.order > call.order
    }
    return bool(sources & ((carried | grown) - fresh - targets))


def _after(assign: Assign, call: Call, facts: FileFacts) -> bool:
    holds = any(isinstance(part, CallRef) and part.index == call.index for part in walk(assign.value, facts))
    return holds or assign.order > call.order


@rule("batch-candidate")
def batch_candidate(app: AppFacts) -> Iterable[Finding]:
    seen: set[Place] = set()
    for call in app.calls:
        if call.route is not None or call.spec.batch:
            continue
        bulk = _bulk(call)
        if bulk is not None and call.place not in seen:
            seen.add(call.place)
            yield Finding(
                "batch-candidate", call.place, f"{call.title} is sent once for each {_what(*bulk)}, one by one"
            )


def _what(step: Step, block: Block) -> str:
    names = sorted(_names(block.target, step.module.facts)) if block.target is not None else []
    return names[0] if len(names) == 1 and names[0].isidentifier() and len(names[0]) > 2 else "item of a loop"


def _batches_apply(app: AppFacts) -> str:
    if not app.calls:
        return calls_a_model(app)
    some = any(_bulk(call) is not None or call.spec.batch for call in app.calls)
    return "" if some else "no independent calls in bulk were found"


def _batch_evidence(app: AppFacts) -> Iterator[Evidence]:
    for call in app.calls:
        if call.spec.batch:
            yield Evidence("batches", call.place, "requests are sent as a batch")


ITEMS["batches"] = ItemJudge(_batches_apply, _batch_evidence)


# --- rate limits ------------------------------------------------------------------------------------------------------


def _reads_limits(app: AppFacts) -> str | None:
    files = {file.path for file in app.workspace.files if file.app == app.root and file.area == "app"}
    return next((path for path in app.index.by_identifier("ratelimit") if path in files), None)


@rule("rate-limit-headers-unread")
def headers_unread(app: AppFacts) -> Iterable[Finding]:
    call = next((call for call in app.calls if _bulk(call) is not None), None)
    if call is not None and _reads_limits(app) is None:
        yield Finding(
            "rate-limit-headers-unread",
            call.place,
            f"{call.title} is sent in bulk, and nothing reads what is left of the rate limit",
        )


ITEMS["rate-limits"] = ItemJudge(calls_a_model, lambda _: ())
