"""Keys, prompts, messages and answers in log calls.

A text counts as logged where the whole of it, or a long beginning, is an argument of a log call. Its length, its type
or a short preview is not the text. `print` counts as a log only on the way from a request: elsewhere it is the user
interface.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import (
    Arg,
    Assign,
    Attr,
    Binary,
    Call,
    CallRef,
    DictLit,
    Expr,
    Index,
    Lit,
    Logical,
    Name,
    Opaque,
    Seq,
    Template,
)
from gonogo.findings import Place
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import place_of, symbol
from gonogo.link.module import Module, chain, tail_name
from gonogo.link.reach import Step
from gonogo.link.trail import MUTATORS, Follower, Trail
from gonogo.link.uses import Occurrence
from gonogo.link.values import CallSite, Env, Member, Value
from gonogo.registry.errors import error_data
from gonogo.registry.recorders import recorders, words_of
from gonogo.registry.values import members
from gonogo.registry.wording import wording
from gonogo.secrets.names import is_provider_key

TEXT = Trail("text")
KEY_WORDS = frozenset({"key", "apikey", "keys", "token", "secret", "credential", "credentials", "auth"})
CONSOLE = frozenset({"log", "info", "warn", "error"})
SLICES = frozenset({"slice", "substring", "substr"})
LOGGERS = frozenset({"log", "logger", "logging", "logs", "audit"})


Asked = frozenset[tuple[str, "int | None"]]
"""Functions on a way from a request, as (path, function)."""


@dataclass(frozen=True, eq=False, slots=True)
class Logged:
    """One log call that holds something it should not."""

    what: Literal["key", "prompt", "answer"]
    place: Place
    text: str
    """How the source names it."""


def log_level(evaluator: Evaluator, module: Module, call: Call) -> str:
    """The method of a log call (`info`), `print` for a print, empty for anything else."""
    callee = call.callee
    if module.language == "ecma" and isinstance(callee, Attr) and _is_console(callee.base):
        # What goes to the console of a server ends up in its log; elsewhere it is the user interface.
        return "debug" if callee.name in wording().quiet else "print" if callee.name in CONSOLE else ""
    if isinstance(callee, Name):
        if callee.id != "print":
            return ""
        site = CallSite(evaluator.project.frame(module, call.function), call)
        return "print" if any(symbol(v) == "builtins.print" for v in evaluator.callee(site)) else ""
    if not isinstance(callee, Attr) or recorders().methods.get(callee.name) != "log":
        return ""
    names = chain(callee.base) or chain(_base(module, callee.base))
    return callee.name if any(LOGGERS & set(words_of(name)) for name in names) else ""


def _is_console(expr: Expr) -> bool:
    return isinstance(expr, Name) and expr.id == "console"


def _base(module: Module, expr: Expr) -> Expr:
    while isinstance(expr, CallRef):
        expr = module.facts.calls[expr.index].callee
        if isinstance(expr, Attr) and isinstance(expr.base, CallRef):
            expr = expr.base
    return expr


def held(module: Module, expr: Expr) -> Iterator[Expr]:
    """Names, chains and results whose whole text an argument shows."""
    todo = [(expr, 0)]
    while todo:
        part, depth = todo.pop()
        if isinstance(part, (Name, Attr, CallRef)) or (isinstance(part, Index) and not isinstance(part.key, Opaque)):
            yield part
        if depth < 8:
            todo.extend((inner, depth + 1) for inner in reversed(list(_shown(module, part))))


def _shown(module: Module, expr: Expr) -> Iterator[Expr]:
    """Direct parts of an expression whose text its own text shows."""
    if isinstance(expr, Index) and isinstance(expr.key, Opaque) and not _is_preview(expr.key):
        yield expr.base
    elif isinstance(expr, (Template, Seq)):
        yield from (expr.parts if isinstance(expr, Template) else expr.items)
    elif isinstance(expr, Logical) or (isinstance(expr, Binary) and expr.op in ("+", "%")):
        yield from (expr.left, expr.right)
    elif isinstance(expr, DictLit):
        yield from (value for _, value in expr.items)
    elif isinstance(expr, CallRef):
        call = module.facts.calls[expr.index]
        if isinstance(call.callee, Attr) and call.callee.name in SLICES:
            if _is_long(call):
                yield call.callee.base
        elif tail_name(call.callee) in members().text:
            if isinstance(call.callee, Attr):
                yield call.callee.base
            yield from (arg.value for arg in call.args)


def _is_long(call: Call) -> bool:
    """True for `text.slice(0, 500)`: a beginning that is more than a preview."""
    numbers = [arg.value.value if isinstance(arg.value, Lit) else None for arg in call.args]
    return len(numbers) == 2 and numbers[0] == 0 and isinstance(numbers[1], int) and numbers[1] > wording().preview


def _is_preview(key: Opaque) -> bool:
    """True for short slices, and for those whose length is not known."""
    if not isinstance(key.upto, Lit) or not isinstance(key.upto.value, int):
        return True
    return key.upto.value <= wording().preview


def log_calls(evaluator: Evaluator, module: Module) -> Iterator[tuple[Call, str]]:
    """Log calls of a module with their level."""
    names = {name for name, kind in recorders().methods.items() if kind == "log"} | {"print"}
    for name in sorted(names & module.calls_by_tail.keys()):
        for call in module.calls_by_tail[name]:
            level = log_level(evaluator, module, call)
            if level:
                yield call, level


def _args(call: Call) -> Iterator[Arg]:
    for arg in call.args:
        if arg.name in (None, "extra", "msg"):
            yield arg


# --- keys ---


def logged_keys(evaluator: Evaluator, modules: Iterable[Module]) -> Iterator[Logged]:
    """Log calls of `modules` that hold a provider's key."""
    for module in modules:
        for call, _ in log_calls(evaluator, module):
            frame = evaluator.project.frame(module, call.function)
            for arg in _args(call):
                for part in held(module, arg.value):
                    # Evaluating every argument of every log call would cost more than the rest of the scan.
                    if not _promises_key(module, part):
                        continue
                    if any(_is_key(v) for v in evaluator.values(part, frame, evaluator.at(call))):
                        yield Logged("key", place_of(module, call.span), tail_name(part) or "the key")
                        break


def _promises_key(module: Module, expr: Expr) -> bool:
    """True if the words of an expression could name a key."""
    names = [tail_name(expr)]
    if isinstance(expr, Index) and isinstance(expr.key, Lit):
        names.append(str(expr.key.value))
    if isinstance(expr, CallRef):
        names += [str(arg.value.value) for arg in module.facts.calls[expr.index].args if isinstance(arg.value, Lit)]
    return any(KEY_WORDS & set(words_of(name[:200])) for name in names)


def _is_key(value: Value) -> bool:
    if isinstance(value, Env):
        return is_provider_key(value.name)
    if isinstance(value, Member):
        return value.name != "[]" and is_provider_key(value.name.strip("[]"))
    return False


# --- prompts and messages ---


def logged_prompts(evaluator: Evaluator, call: ModelCall, asked: Asked) -> Iterator[Logged]:
    """Log calls on the ways to a model call that hold what goes into it."""
    for step in call.steps:
        module = step.module
        names = _texts_given(step, call)
        if not names:
            continue
        for other, level in log_calls(evaluator, module):
            if other.function != step.call.function or level in wording().quiet:
                continue
            own = _names_of_block(module, other, step.call) if module.language == "ecma" else frozenset()
            if level == "print" and (module.path, step.call.function) not in asked:
                continue
            for arg in _args(other):
                texts = (part for part in held(module, arg.value) if _key(part) in names)
                shown = next((part for part in texts if _key(part)[0] not in own), None)
                if shown is not None:
                    yield Logged("prompt", place_of(module, other.span), ".".join(_key(shown)))
                    break


def _names_of_block(module: Module, call: Call, asked: Call) -> frozenset[str]:
    """Names that a block around `call` declares anew, so that they are not those of `asked`."""
    return frozenset(
        assign.target.id
        for assign in module.facts.assigns
        if assign.function == call.function
        and isinstance(assign.target, Name)
        and assign.blocks
        and assign.blocks == call.blocks[: len(assign.blocks)]
        and assign.blocks != asked.blocks[: len(assign.blocks)]
    )


def _key(expr: Expr) -> tuple[str, ...]:
    """A name or chain; an item read by a text key counts as an attribute."""
    if isinstance(expr, Index) and isinstance(expr.key, Lit) and isinstance(expr.key.value, str):
        base = chain(expr.base)
        return (*base, expr.key.value) if base else ()
    return chain(expr)


def _texts_given(step: Step, call: ModelCall) -> set[tuple[str, ...]]:
    """Names in the function of a step that hold the text which the step's call is given."""
    module, function = step.module, step.call.function
    wanted = (
        {p.split(".")[0] for s in ("messages", "system") for p in call.spec.args.get(s, ())}
        if step.hops == 0
        else set()
    )
    found: set[tuple[str, ...]] = set()
    todo: list[tuple[Expr, bool, int]] = []
    for position, arg in enumerate(step.call.args):
        whole = step.hops == 0 and (arg.name in wanted or f"#{position}" in wanted)
        if step.hops == 0 and not whole:
            continue
        todo.append((arg.value, whole, 0))
    while todo:
        expr, whole, depth = todo.pop()
        if depth > 12:
            continue
        key = _key(expr)
        if key:
            if whole or wording().is_text(key[-1]):
                fresh = key not in found
                found.add(key)
                if fresh and isinstance(expr, Name):
                    todo.extend((v, False, depth + 4) for v in _assigned(module, function, expr.id))
            continue
        todo.extend((part, False, depth + 1) for part in _inner(module, expr))
    return found


def _assigned(module: Module, function: int | None, name: str) -> Iterator[Expr]:
    for binding in module.scopes.get(function, {}).get(name, ()):
        if isinstance(binding, Assign) and binding.kind in ("set", "augment"):
            yield binding.value
    for call in module.method_calls.get((function, name), ()):
        if tail_name(call.callee) in ("append", "extend", "insert"):
            yield from (arg.value for arg in call.args)


def _inner(module: Module, expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, DictLit):
        for key, value in expr.items:
            if not (isinstance(key, Lit) and key.value in ("role", "type")):
                yield value
    elif isinstance(expr, (Seq, Template)):
        yield from (expr.items if isinstance(expr, Seq) else expr.parts)
    elif isinstance(expr, (Binary, Logical)):
        yield from (expr.left, expr.right)
    elif isinstance(expr, CallRef):
        call = module.facts.calls[expr.index]
        tail = tail_name(call.callee)
        if tail[:1].isupper() or tail in members().text:
            if isinstance(call.callee, Attr) and not tail[:1].isupper():
                yield call.callee.base
            yield from (arg.value for arg in call.args)


# --- answers ---


def logged_answers(evaluator: Evaluator, call: ModelCall, asked: Asked) -> tuple[Logged, ...]:
    """Log calls that hold what the model answered, or the whole answer object."""
    if call.answer is None:
        return ()
    watcher = _AnswerWatcher(evaluator, asked)
    follower = Follower(evaluator, watcher, [step.module for step in call.steps], watcher.held)
    blocks = call.sdk.response.blocks
    for read in call.answer.text:
        follower.read(read.module, read.expr, TEXT._replace(detail="blocks" if read.member in blocks else ""))
    follower.run()
    return tuple(watcher.found.values())


class _AnswerWatcher:
    """Follows the text of an answer to log calls."""

    def __init__(self, evaluator: Evaluator, asked: Asked) -> None:
        self.found: dict[Place, Logged] = {}
        self._evaluator = evaluator
        self._asked = asked

    def member(self, trail: Trail, name: str, keyed: bool, module: Module, expr: Expr) -> Trail | None:
        """See `Visitor.member`."""
        if name in SLICES:
            call = next((c for c in module.facts.calls if c.callee is expr), None)
            return trail if call is not None and _is_long(call) else None
        if name in ("text", "output_text"):
            return trail._replace(detail="")
        return trail if name in members().text and not keyed else None

    def tested(self, trail: Trail, module: Module, expr: Expr) -> None:
        """See `Visitor.tested`."""

    def held(self, module: Module, occurrence: Occurrence, expr: Expr) -> bool:
        """See `Held`: a short preview is not the text; what an object or a list keeps is not followed."""
        del module, expr
        holder = occurrence.holder
        if holder.kind == "value" and holder.assign is not None and not isinstance(holder.assign.target, Name):
            return True
        if holder.kind == "arg" and holder.call is not None and tail_name(holder.call.callee) in MUTATORS:
            return True
        return any(
            isinstance(p, Index) and isinstance(p.key, Opaque) and _is_preview(p.key) for p in occurrence.parents
        )

    def handed(self, trail: Trail, module: Module, call: Call, arg: Arg, callees: tuple[Value, ...]) -> Trail | None:
        """See `Visitor.handed`."""
        del arg
        level = log_level(self._evaluator, module, call)
        if level:
            if (
                not trail.detail
                and level not in wording().quiet
                and (level != "print" or (module.path, call.function) in self._asked)
            ):
                place = place_of(module, call.span)
                self.found.setdefault(place, Logged("answer", place, "the answer"))
            return None
        if any(symbol(v) in error_data().blind for v in callees):
            return None
        return trail if tail_name(call.callee) in members().text and not trail.path else None
