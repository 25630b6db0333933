"""Streamed answers that a server of JavaScript passes on: when they stop, and what is read of their parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Attr, Block, Call, CallRef, Expr, Function, Lit, Name
from gonogo.findings import Place
from gonogo.link.entries import Entry
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import place_of, symbol
from gonogo.link.module import Module, chain, tail_name
from gonogo.link.reach import Step
from gonogo.link.trail import uses_of
from gonogo.link.values import Value
from gonogo.link.walk import walk
from gonogo.registry.observability import package

_LISTENS = frozenset({"on", "once", "addEventListener", "addListener"})
_LEFT = frozenset({"close", "aborted", "abort"})
_ENDS = frozenset({"abort", "pipeline", "finished", "addAbortSignal"})
_STATES = frozenset({"writableEnded", "writableFinished", "destroyed", "aborted", "closed"})
_DEADLINE = "js:AbortSignal.timeout"


@dataclass(frozen=True, eq=False, slots=True)
class Passed:
    """A streamed call whose parts a handler writes to its answer. `written` is the first place; `ends` is where the
    handler, or what it calls, notices that nobody listens any more."""

    call: ModelCall
    entry: Entry
    written: Place
    ends: Place | None


def passed_on(call: ModelCall) -> Iterator[Passed]:
    """The handlers that write a call's parts to their own answers, each once."""
    if call.stream is not True or call.sdk.language != "ecma":
        return
    for entry in call.entries:
        if entry.kind != "http" or not entry.sure or entry.function is None:
            continue
        written = _written(entry)
        if written is not None:
            yield Passed(call, entry, written, _ends(call, entry))


def _written(entry: Entry) -> Place | None:
    """`response.write(part)` in the handler, inside or below it."""
    answers = {param.name for param in entry.function.params[1:]} if entry.function is not None else set()
    # `(ctx) => ctx.res.write(part)`, `(request, reply) => reply.raw.write(part)`
    if entry.function is not None and len(entry.function.params) == 1:
        answers = {entry.function.params[0].name}
    for module, call in _calls(entry):
        names = chain(call.callee)
        if len(names) > 1 and names[-1] == "write" and names[0] in answers and call.args:
            return place_of(module, call.span)
    return None


def _functions(entry: Entry) -> Iterator[tuple[Module, set[int]]]:
    """The functions on the way from an entry to the call, with those written in them, by module."""
    for step in entry.steps:
        function = step.function
        if function is not None:
            yield step.module, _with_inner(step.module, function)
    if entry.function is not None:
        yield entry.module, _with_inner(entry.module, entry.function)


def _with_inner(module: Module, function: Function) -> set[int]:
    found = {function.index}
    for inner in module.facts.functions:
        if inner.parent in found:
            found.add(inner.index)
    return found


def _calls(entry: Entry) -> Iterator[tuple[Module, Call]]:
    for module, functions in _functions(entry):
        for call in module.facts.calls:
            if call.function in functions:
                yield module, call


def _ends(call: ModelCall, entry: Entry) -> Place | None:
    signal = call.setting("signal")
    if signal.status == "open" or any(not _is_deadline(value) for value in signal.values):
        return call.place
    modules = {step.module.path: step.module for step in entry.steps}
    modules[entry.module.path] = entry.module
    for module in modules.values():
        for other in module.facts.calls:
            first = other.args[0].value if other.args else None
            event = isinstance(first, Lit) and first.value in _LEFT and tail_name(other.callee) in _LISTENS
            if event or tail_name(other.callee) in _ENDS:
                return place_of(module, other.span)
        for name in _STATES:
            for occurrence in uses_of(module).attributes.get(name, ()):
                return place_of(module, occurrence.expr.span)
    return None


def _is_deadline(value: Value) -> bool:
    return symbol(value).startswith(_DEADLINE)


# --- parts of a stream ---


def unguarded_parts(evaluator: Evaluator, call: ModelCall) -> Iterator[tuple[Module, Attr]]:
    """Reads of fields that only some parts have, where nothing looks at which part it is."""
    fields = [(member, field) for member, known in call.sdk.response.parts.items() for field in known]
    for module, functions in _reading(call):
        for member, field in fields:
            for occurrence in uses_of(module).attributes.get(field, ()):
                expr, holder = occurrence.expr, occurrence.holder
                if not isinstance(expr, Attr) or holder.function not in functions:
                    continue
                frame = evaluator.project.frame(module, holder.function)
                names = [symbol(value) for value in evaluator.values(expr, frame, holder.at)]
                of_part = [n for n in names if package(n) in call.sdk.packages and n.endswith(f".[].{member}.{field}")]
                if names and names == of_part and not _looked_at(module, functions, ("type", member)):
                    yield module, expr


def _reading(call: ModelCall) -> Iterator[tuple[Module, set[int]]]:
    for step in call.steps:
        if step.function is not None and step.sure:
            yield step.module, _with_inner(step.module, step.function)


def _looked_at(module: Module, functions: set[int], words: tuple[str, ...]) -> bool:
    """True if some condition in these functions is about one of the fields."""
    facts = module.facts
    tests: list[Expr] = [b.test for b in facts.blocks if b.function in functions and b.test is not None]
    tests += [test for b in facts.blocks if b.function in functions for test in b.negated]
    for assign in facts.assigns:
        if assign.function in functions:
            tests += [part for part in walk(assign.value, facts) if hasattr(part, "test") or hasattr(part, "op")]
    for other in facts.calls:
        if other.function in functions:
            for arg in other.args:
                tests += [part for part in walk(arg.value, facts) if hasattr(part, "test") or hasattr(part, "op")]
    return any(
        (isinstance(part, Attr) and part.name in words) or (isinstance(part, Lit) and part.value in words)
        for test in tests
        for part in walk(test, facts)
    )


# --- errors in the middle ---


def outside_of_try(call: ModelCall) -> tuple[Module, Block] | None:
    """The loop over a call's parts, if it stands behind a `try` that guards the opening alone."""
    module, function = call.site.module, call.site.call.function
    opening = module.enclosing(call.site.call.blocks, "try")
    if not opening or call.stream is not True:
        return None
    for block in module.facts.blocks:
        if block.kind != "loop" or block.function != function or not block.is_async or block.iterable is None:
            continue
        around = _around(module, block)
        if _is_result(module, call, block.iterable) and not any(b.kind == "try" for b in around):
            return module, block
    return None


def _around(module: Module, block: Block) -> list[Block]:
    found: list[Block] = []
    parent = block.parent
    while parent is not None:
        found.append(module.facts.blocks[parent])
        parent = found[-1].parent
    return found


def _is_result(module: Module, call: ModelCall, expr: Expr) -> bool:
    """True if a loop runs over a variable that holds the call's result, or over the result itself."""
    if isinstance(expr, CallRef):
        return expr.index == call.site.call.index
    return isinstance(expr, Name) and any(
        isinstance(assign.target, Name)
        and assign.target.id == expr.id
        and assign.function == call.site.call.function
        and isinstance(assign.value, CallRef)
        and assign.value.index == call.site.call.index
        for assign in module.facts.assigns
    )


def guarded_above(call: ModelCall) -> bool:
    """True if a function above the one that makes the call has a `try` around the way to it."""
    own: Step | None = call.steps[0] if call.steps else None
    return any(step is not own and step.module.enclosing(step.call.blocks, "try") for step in call.steps)
