"""Loops written by hand that try a model call again: how they wait, which errors they repeat, how often."""

from __future__ import annotations

import math
import re

from gonogo.facts.lifted import OwnRetry, Wait
from gonogo.facts.model import Block, Call, CallRef, Compare, Expr, FileFacts, Lit, Name
from gonogo.facts.span import Span
from gonogo.link.evaluate import Evaluator
from gonogo.link.flow import exclusive
from gonogo.link.lift import place_of, symbol
from gonogo.link.loops import counted
from gonogo.link.module import Module, tail_name
from gonogo.link.reach import Step
from gonogo.link.retry_libraries import broad_errors, random_roots, read_library
from gonogo.link.values import CallSite, Const, Ext, FuncV
from gonogo.link.walk import Inside, innermost_loop, walk
from gonogo.registry.loops import loop_words

STATUS_WORDS = re.compile(
    r"status|code|retryable|transient|should_retry|is_retry|rate|overload|429|529|isinstance|throttl|timeout|retry_able",
    re.I,
)
PRINTS = frozenset({"str", "repr", "type", "format", "print"})


def retry_loops(step: Step, evaluator: Evaluator) -> list[OwnRetry]:
    """Retries among the loops around the call of a step, those of retry libraries included."""
    found = []
    for block in step.loops():
        library = _library_loop(step, block, evaluator)
        if library is not None:
            found.append(library)
            continue
        retry = _hand_loop(step, block, evaluator)
        if retry is not None:
            found.append(retry)
    return found


def _library_loop(step: Step, block: Block, evaluator: Evaluator) -> OwnRetry | None:
    """`for attempt in Retrying(...): with attempt: ...`"""
    if block.iterable is None:
        return None
    frame = evaluator.project.frame(step.module, block.function)
    for value in evaluator.values(block.iterable, frame):
        retry = read_library(value, place_of(step.module, _first_line(block)), "library", evaluator)
        if retry is not None:
            return retry
    return None


def _first_line(block: Block) -> Span:
    span = block.span
    return Span(span.line, span.column, span.line, span.column + (5 if block.loop == "while" else 3))


def _hand_loop(step: Step, block: Block, evaluator: Evaluator) -> OwnRetry | None:
    module, call = step.module, step.call
    facts = module.facts
    inside = Inside(facts, block)
    tries = [
        b
        for b in (facts.blocks[i] for i in call.blocks)
        if b.kind == "try" and block.index in _ancestors(facts.blocks, b)
    ]
    if not _ends_on_success(inside, call, block, module):
        return None
    if not tries:
        return _status_loop(inside, step, block, evaluator)
    if block.loop == "for" and _walks_alternatives(block, inside):
        return None
    attempt = tries[-1]
    handlers = [
        b
        for b in facts.blocks
        if b.kind == "handler"
        and b.owner in {t.index for t in tries}
        and not _always_leaves(module, b, block, evaluator)
    ]
    if not handlers:
        # No error goes round again; an answer with a status to wait for may.
        return _status_loop(inside, step, block, evaluator)
    wait, jitter, after = _wait(inside, block, evaluator, module)
    broad = _retries_everything(facts, handlers, attempt, block, module, evaluator)
    if any(_hands_error_on(module, handler, evaluator) for handler in handlers):
        # What is waited for, and for which errors, is decided by the function that gets the error.
        wait, jitter, broad = ("unknown", None, None) if wait == "none" else (wait, jitter, None)
    return OwnRetry(
        "loop",
        place_of(module, _first_line(block)),
        wait,
        jitter,
        broad is not None,
        None if broad is None else place_of(module, _handler_line(broad)),
        _attempts(block, module, evaluator),
        reads_retry_after=after,
    )


def _status_loop(inside: Inside, step: Step, block: Block, evaluator: Evaluator) -> OwnRetry | None:
    """`for attempt in range(n): response = post(...); if response is good: return ...; sleep(...)`"""
    module = step.module
    if block.loop == "for" and _attempts(block, module, evaluator) is None:
        return None
    wait, jitter, after = _wait(inside, block, evaluator, module)
    tests = [b.test for b in inside.blocks() if b.test is not None]
    if wait == "none" or not any(_tells_errors_apart(test, inside.facts) for test in tests):
        return None
    attempts = _attempts(block, module, evaluator)
    return OwnRetry("loop", place_of(module, _first_line(block)), wait, jitter, False, None, attempts, "", after)


def _handler_line(block: Block) -> Span:
    span = block.span
    return Span(span.line, span.column, span.line, span.column + 6)


def _ancestors(blocks: list[Block], block: Block) -> set[int]:
    found: set[int] = set()
    parent = block.parent
    while parent is not None:
        found.add(parent)
        parent = blocks[parent].parent
    return found


def _ends_on_success(inside: Inside, call: Call, block: Block, module: Module) -> bool:
    """True if the loop is left once the call has succeeded."""
    if call.use == "returned":
        return True
    handlers = {b.index for b in inside.blocks() if b.kind == "handler"}
    for exit_ in inside.exits():
        if exit_.kind in ("continue", "raise") or not inside.leaves(exit_):
            continue
        if exclusive(exit_.blocks, call.blocks, module):
            continue  # A loop of an agent ends when the model asks for no tool, not when a tool has run.
        if exit_.order > call.order and not handlers & set(exit_.blocks):
            return True
    # `while not done:` with `done = True` after the call.
    if block.test is not None and not isinstance(block.test, Lit):
        flags = {tail_name(p) for p in walk(block.test, inside.facts)} - {""}
        return any(
            tail_name(a.target) in flags
            and a.order > call.order
            and isinstance(a.value, Lit)
            and not handlers & set(a.blocks)
            for a in inside.assigns()
        )
    return False


def _walks_alternatives(block: Block, inside: Inside) -> bool:
    """True for `for model in MODELS: try ...`: a chain of alternatives is a fallback, not a retry.

    `for delay in (1, 2, 4)` is a retry: what it walks over are the waits.
    """
    iterable = block.iterable
    if iterable is None:
        return False  # It counts.
    if isinstance(iterable, CallRef) and tail_name(inside.facts.calls[iterable.index].callee) in loop_words().counters:
        return False
    targets = (
        {tail_name(part) for part in walk(block.target, inside.facts)} - {""} if block.target is not None else set()
    )
    waited = {tail_name(p) for c in inside.calls() if _sleeps(c) for a in c.args for p in walk(a.value, inside.facts)}
    return not targets & waited


def _always_leaves(module: Module, handler: Block, loop: Block, evaluator: Evaluator) -> bool:
    """True if the handler never lets the loop go round again."""
    facts = module.facts
    if any(
        c.blocks and c.blocks[-1] == handler.index and c.use == "expression" and _never_returns(module, c, evaluator)
        for c in facts.calls
    ):
        return True
    return any(
        e.kind in ("raise", "return", "break")
        and e.blocks
        and e.blocks[-1] == handler.index
        and e.function == handler.function
        for e in facts.exits
    ) and not any(
        e.kind == "continue" and handler.index in e.blocks and innermost_loop(facts, e.blocks) == loop.index
        for e in facts.exits
    )


def _never_returns(module: Module, call: Call, evaluator: Evaluator) -> bool:
    """True for calls of project functions that end in a raise on every path."""
    frame = evaluator.project.frame(module, call.function)
    for value in evaluator.callee(CallSite(frame, call)):
        if isinstance(value, FuncV):
            annotation = value.function.returns_annotation
            if annotation is not None and tail_name(annotation) in ("NoReturn", "Never"):
                return True
            return any(
                e.kind == "raise" and not e.blocks and e.function == value.function.index
                for e in value.module.facts.exits
            )
    return False


def _wait(inside: Inside, block: Block, evaluator: Evaluator, module: Module) -> tuple[Wait, bool | None, bool]:
    """How long the loop waits between tries: (none, constant, growing, unknown), jitter, is Retry-After read."""
    sleeps = [c for c in inside.calls() if _sleeps(c)]
    if not sleeps:
        return "none", None, False
    moving = {tail_name(a.target) for a in inside.assigns() if a.kind in ("augment", "for")}
    if block.target is not None:
        moving |= {tail_name(p) for p in walk(block.target, inside.facts)}
    for assign in inside.assigns():
        if assign.kind == "set" and any(
            tail_name(p) in moving | {tail_name(assign.target)}
            for p in walk(assign.value, inside.facts)
            if tail_name(p)
        ):
            moving.add(tail_name(assign.target))
    moving.discard("")
    jitter = after = False
    kinds: list[Wait] = []
    frame = evaluator.project.frame(module, block.function)
    for call in sleeps:
        if not call.args:
            kinds.append("unknown")
            continue
        parts = _expand(call.args[0].value, inside)
        text = " ".join(tail_name(p) or str(p.value if isinstance(p, Lit) else "") for p in parts).lower()
        after = after or "retry-after" in text or "retry_after" in text
        for part in parts:
            if isinstance(part, CallRef):
                for value in evaluator.callee(CallSite(frame, inside.facts.calls[part.index])):
                    jitter = jitter or (isinstance(value, Ext) and value.name.startswith(random_roots()))
        jitter = jitter or "jitter" in text
        if any(tail_name(p) in moving for p in parts):
            kinds.append("growing")
        elif any(isinstance(p, CallRef) for p in parts) and not jitter:
            kinds.append("unknown")
        else:
            values = evaluator.values(call.args[0].value, frame, evaluator.at(call))
            known = bool(values) and all(isinstance(v, Const) for v in values)
            kinds.append("constant" if known or jitter else "unknown")
    order: tuple[Wait, ...] = ("growing", "unknown", "constant")
    for kind in order:
        if kind in kinds:
            return kind, jitter, after
    return "none", None, False


def _sleeps(call: Call) -> bool:
    name = tail_name(call.callee).lower()
    return (
        name in ("sleep", "wait", "sleep_async", "asleep")
        or "backoff" in name
        or name.endswith("_sleep")
        or name.startswith("sleep_")
    )


def _expand(expr: Expr, inside: Inside) -> list[Expr]:
    """The expression and what its names were set to inside the loop."""
    parts = list(walk(expr, inside.facts))
    names = {p.id for p in parts if isinstance(p, Name)}
    for assign in inside.assigns():
        if isinstance(assign.target, Name) and assign.target.id in names:
            parts.extend(walk(assign.value, inside.facts))
    return parts


def _attempts(block: Block, module: Module, evaluator: Evaluator) -> float | None:
    if isinstance(block.iterable, CallRef):
        call = module.facts.calls[block.iterable.index]
        if tail_name(call.callee) == "range" and len(call.args) == 1:
            values = evaluator.values(
                call.args[0].value, evaluator.project.frame(module, call.function), evaluator.at(call)
            )
            if len(values) == 1 and isinstance(values[0], Const) and isinstance(values[0].value, int):
                return float(values[0].value)
    if block.loop == "for" and isinstance(block.test, Compare):
        return counted(block, module, evaluator)
    if isinstance(block.test, Lit) and block.test.value:
        return math.inf if not any(True for _ in _counters(block, module)) else None
    return None


def _counters(block: Block, module: Module) -> list[Expr]:
    inside = Inside(module.facts, block)
    changed = {tail_name(a.target) for a in inside.assigns() if a.kind == "augment"}
    return [
        b.test
        for b in inside.blocks()
        if b.test is not None and any(tail_name(p) in changed for p in walk(b.test, module.facts) if tail_name(p))
    ]


def _retries_everything(
    facts: FileFacts, handlers: list[Block], attempt: Block, loop: Block, module: Module, evaluator: Evaluator
) -> Block | None:
    """The handler that retries client errors as well, if there is one."""
    excluded = [
        b
        for b in facts.blocks
        if b.kind == "handler" and b.owner == attempt.index and _always_leaves(module, b, loop, evaluator)
    ]
    if excluded:
        return None  # Something is picked out and not retried; which status it is cannot be told from here.
    for handler in handlers:
        names = {tail_name(part) for expr in handler.types for part in walk(expr, facts) if tail_name(part)}
        frame = evaluator.project.frame(module, handler.function)
        for expr in handler.types:
            for value in evaluator.values(expr, frame):
                names.add(symbol(value).rsplit(".", 1)[-1])
        if handler.types and not names & broad_errors():
            continue
        inside = Inside(facts, handler)
        tests = [b.test for b in inside.blocks() if b.test is not None]
        if any(_tells_errors_apart(test, facts) for test in tests):
            continue
        return handler
    return None


def _hands_error_on(module: Module, handler: Block, evaluator: Evaluator) -> bool:
    """True if the handler gives the error to a function and uses what it says, or lets it raise the error again."""
    for call in module.facts.calls:
        if handler.index not in call.blocks or not handler.name:
            continue
        given = any(tail_name(arg.value) == handler.name for arg in call.args)
        if not given or tail_name(call.callee) in PRINTS:
            continue
        if call.use != "expression" or _may_raise(module, call, evaluator):
            return True
    return False


def _may_raise(module: Module, call: Call, evaluator: Evaluator) -> bool:
    """True for calls of project functions that raise on some path."""
    frame = evaluator.project.frame(module, call.function)
    return any(
        isinstance(value, FuncV)
        and any(e.kind == "raise" and e.function == value.function.index for e in value.module.facts.exits)
        for value in evaluator.callee(CallSite(frame, call))
    )


def _tells_errors_apart(test: Expr, facts: FileFacts) -> bool:
    for part in walk(test, facts):
        if STATUS_WORDS.search(tail_name(part)) and tail_name(part):
            return True
        if isinstance(part, Lit) and isinstance(part.value, (str, int)) and STATUS_WORDS.search(str(part.value)):
            return True
        if isinstance(part, Compare) and any(
            isinstance(r, Lit) and isinstance(r.value, str) for r in (part.left, *part.rights)
        ):
            return True
    return False
