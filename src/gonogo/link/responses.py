"""What happens to the answer of a model call.

`response_uses(evaluator, call)` is the one entry: it follows the answer through the project and tells which members
are read where (`usage`, `stop`, `text`, `id`), where the reason to stop is looked at (`checks`), and where the usage
ends up (`records`). Rules on what flows out of a text start from `ResponseUses.text`: each `Read` has the module and
the expression that reads it; `gonogo.link.trail.Follower` follows it further.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Arg, Attr, Call, Expr, Lit
from gonogo.facts.span import Span
from gonogo.findings import Place
from gonogo.languages import GLOBAL
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import place_of, same_symbol, symbol
from gonogo.link.module import Module, tail_name
from gonogo.link.switches import is_for_debugging, tells_of_failure
from gonogo.link.trail import KEY_READS, Follower, Trail
from gonogo.link.values import CallSite, Const, DictV, FuncV, Made, Member, ParamV, Unknown, Value
from gonogo.registry.recorders import RecordKind, recorders, words_of
from gonogo.registry.sdks import ResponseSpec
from gonogo.registry.values import members, python_values

PART = "part"
"""Detail of a trail that holds a part of the answer of which nothing particular is known."""
COUNTS = frozenset({"", "input", "output", "total", "cost"})
"""Counts that say what a call costs; the cache's alone do not."""


@dataclass(frozen=True, eq=False, slots=True)
class Read:
    """One place that reads a member of the answer; `expr` is the reading expression."""

    member: str
    place: Place
    module: Module
    expr: Expr


@dataclass(frozen=True, eq=False, slots=True)
class Record:
    """One place where usage is kept. `field` is the count kept (see `Recorders.field`), empty for all of them."""

    kind: RecordKind
    field: str
    place: Place
    module: Module
    call: Call


@dataclass(eq=False, slots=True)
class ResponseUses:
    """What is read from an answer, in the order it was found."""

    usage: list[Read] = field(default_factory=list)
    stop: list[Read] = field(default_factory=list)
    text: list[Read] = field(default_factory=list)
    id: list[Read] = field(default_factory=list)
    checks: list[Place] = field(default_factory=list)
    """Where the reason to stop is compared or branched on."""
    records: list[Record] = field(default_factory=list)
    while_debugging: list[Place] = field(default_factory=list)
    """Records that are kept only while a switch for debugging is on."""
    unclear: list[Place] = field(default_factory=list)
    """Calls that usage is given to of which it cannot be told what they do, or the model call if it gets lost."""
    cut: bool = False
    """The answer goes through more hands than are followed."""

    @property
    def usage_logged(self) -> bool | None:
        """Whether the tokens of the call are recorded somewhere; `None` if that cannot be told."""
        if any(record.field in COUNTS for record in self.records):
            return True
        return None if self.unclear or self.cut else False

    @property
    def stop_checked(self) -> bool | None:
        """Whether anything depends on why the model stopped; `None` if that cannot be told."""
        return True if self.checks else None if self.cut else False


def response_uses(evaluator: Evaluator, call: ModelCall) -> ResponseUses:
    """Follow the answer of `call`. `call.steps` must be known."""
    spec = call.sdk.response
    near = [step.module for step in call.steps]
    collector = _Collector(evaluator, spec, raw=bool(call.sdk.hosts))
    follower = Follower(evaluator, collector, near)
    start = Trail("response", detail=PART if spec.keys_only or not spec.whole else "")
    follower.result(call.site.module, call.site.call.index, start)
    for module, other in _handed_out(evaluator, call, near):
        follower.result(module, other.index, start)
    for value in _callbacks(evaluator, call):
        follower.first_parameter(value, start)
    follower.run()
    if any(trail.role == "usage" for trail in follower.lost):
        collector.uses.unclear.append(call.place)
    collector.uses.cut = any(
        trail.role == "usage" or (trail.role == "response" and trail.detail != PART) for trail in follower.left
    )
    return collector.uses


def _callbacks(evaluator: Evaluator, call: ModelCall) -> Iterator[FuncV]:
    """Functions in the options of the call that are given the answer (`onFinish`)."""
    names = call.sdk.response.callbacks
    positional, _ = evaluator.arguments(call.site) if names else ([], None)
    options = [value for values in positional for value in values if isinstance(value, DictV)]
    yield from (v for o in options for name in names for v in o.entries.get(name, ()) if isinstance(v, FuncV))


def _handed_out(evaluator: Evaluator, call: ModelCall, near: list[Module]) -> Iterator[tuple[Module, Call]]:
    """Calls on the same client that hand out the answer (`client.receive_response()`)."""
    if call.made is None:
        return
    for module in {id(m): m for m in near}.values():
        for name in call.sdk.response.later:
            for other in module.calls_by_tail.get(name, []):
                site = CallSite(evaluator.project.frame(module, other.function), other)
                if any(isinstance(v, Member) and _same(v.base, call.made) for v in evaluator.callee(site)):
                    yield module, other


def _same(value: Value, made: Made) -> bool:
    if not isinstance(value, Made):
        return False
    if value.call is None or made.call is None:
        return symbol(value) == symbol(made)
    return value.call.call is made.call.call


class _Collector:
    """Reads meaning into what the follower meets."""

    def __init__(self, evaluator: Evaluator, spec: ResponseSpec, *, raw: bool) -> None:
        self._raw = raw
        self.uses = ResponseUses()
        self._evaluator = evaluator
        self._spec = spec
        self._known = recorders()
        self._seen: set[tuple[str, str, Span]] = set()

    def _new(self, what: str, module: Module, span: Span) -> bool:
        key = (what, module.path, span)
        fresh = key not in self._seen
        self._seen.add(key)
        return fresh

    # --- Visitor ---

    def member(self, trail: Trail, name: str, keyed: bool, module: Module, expr: Expr) -> Trail | None:
        """See `Visitor.member`."""
        if trail.role == "usage":
            counted = self._known.field(name)
            return trail._replace(detail=counted) if counted else trail
        if trail.role != "response":
            return trail
        if name in members().aside:
            return None
        if keyed or not self._spec.keys_only:
            for role, names in (("usage", self._spec.usage), ("stop", self._spec.stop), ("id", self._spec.id)):
                if name in names:
                    self._read(role, name, module, expr)
                    return Trail(role, (), trail.down)
            if name in self._spec.text:
                self._read("text", name, module, expr)
                return None
        if name in python_values().parsers:
            return trail._replace(detail="")
        return trail if name in members().answer else trail._replace(detail=PART)

    def _read(self, role: str, name: str, module: Module, expr: Expr) -> None:
        if self._new(role, module, expr.span):
            reads: list[Read] = getattr(self.uses, role)
            reads.append(Read(name, place_of(module, expr.span), module, expr))

    def tested(self, trail: Trail, module: Module, expr: Expr) -> None:
        """See `Visitor.tested`."""
        if trail.role == "stop" and not trail.path and self._new("check", module, expr.span):
            self.uses.checks.append(place_of(module, expr.span))

    def handed(self, trail: Trail, module: Module, call: Call, arg: Arg, callees: tuple[Value, ...]) -> Trail | None:
        """See `Visitor.handed`."""
        names = [symbol(value) for value in callees]
        tail = tail_name(call.callee)
        if any(name in self._known.blind for name in names):
            return None
        if trail.role == "response":
            taken = self._taken_apart(trail, module, call, names)
            if taken is not None:
                return taken
        if trail.role == "stop" and tail in KEY_READS:
            self.tested(trail, module, call.callee)
            return None
        if self._keeps(trail):
            if self._shows(call):
                return None
            kind = None if _asks_again(call) else self._kind(tail, names, callees)
            if kind is not None and (trail.role == "usage" or kind == "log"):
                self._record(kind, trail, module, call)
                return None
            if trail.role == "usage" and self._swallows(call, callees):
                self.uses.unclear.append(place_of(module, call.span))
        if arg.name is not None and tail[:1].isupper():
            return trail.into(arg.name)
        return trail

    # --- meaning ---

    def _taken_apart(self, trail: Trail, module: Module, call: Call, names: list[str]) -> Trail | None:
        """Functions that read a member of the answer: `getattr(answer, "usage")`, a cost function, a JSON parser."""
        if "builtins.getattr" in names and len(call.args) > 1 and isinstance(call.args[1].value, Lit):
            name = call.args[1].value.value
            return self.member(trail, name, False, module, call.callee) if isinstance(name, str) else None
        if any(same_symbol(name, known) for name in names for known in self._spec.usage_functions):
            self._read("usage", names[0], module, call.callee)
            return Trail("usage", (), trail.down, "cost")
        if not trail.path and any(name in python_values().parsers for name in names):
            return trail._replace(detail="")
        return None

    @staticmethod
    def _keeps(trail: Trail) -> bool:
        return trail.role == "usage" or (trail.role == "response" and trail.detail != PART and not trail.path)

    def _shows(self, call: Call) -> bool:
        """True for `res.write(...)`: it goes to whoever waits for the answer, and is kept nowhere."""
        return isinstance(call.callee, Attr) and tail_name(call.callee.base) in self._known.writers

    def _kind(self, tail: str, names: list[str], callees: tuple[Value, ...]) -> RecordKind | None:
        for name in names:
            if name in self._known.functions:
                return self._known.functions[name]
            if name.split(".")[0].removesuffix("()") in self._known.display:
                return None
        if tail in self._known.methods and not any(_builtin(name) for name in names):
            return self._known.methods[tail]
        if all(_unresolved(value) for value in callees) and self._known.words & set(words_of(tail)):
            return "log"
        return None

    @staticmethod
    def _swallows(call: Call, callees: tuple[Value, ...]) -> bool:
        """True for calls of something unknown whose result nobody reads: what they do with a value is their secret."""
        return call.use == "expression" and all(_unresolved(value) for value in callees)

    def _record(self, kind: RecordKind, trail: Trail, module: Module, call: Call) -> None:
        if self._raw and trail.role == "response" and tells_of_failure(module, call):
            return  # The body of an error names no tokens.
        if is_for_debugging(module, call):
            self.uses.while_debugging.append(place_of(module, call.span))
            return
        counted = "" if trail.role == "response" else trail.detail
        if self._new(f"record {counted}", module, call.span):
            self.uses.records.append(Record(kind, counted, place_of(module, call.span), module, call))


def _asks_again(call: Call) -> bool:
    """True for a further request, whose settings may depend on what the last one used."""
    return any(arg.name in ("messages", "max_tokens") for arg in call.args)


def _unresolved(value: Value) -> bool:
    while isinstance(value, Member):
        value = value.base
    return isinstance(value, (Unknown, ParamV)) or (isinstance(value, Const) and value.value is None)


def _builtin(name: str) -> bool:
    """True for what the language defines, apart from its console: `Object.values` stores nothing."""
    return name.startswith("builtins.") or (name.startswith(GLOBAL) and not name.startswith(f"{GLOBAL}console"))
