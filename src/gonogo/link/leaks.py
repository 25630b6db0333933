"""Where the raw text of an error reaches somebody outside: an HTTP response, a chat reply, a streamed event.

`leaks(evaluator, handler)` follows the error a handler has caught, by name, through texts, calls and returns of the
project.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from gonogo.facts.model import Arg, Attr, Block, Call, CallRef, Choice, Expr, Function, Name
from gonogo.facts.span import Span
from gonogo.findings import Place
from gonogo.link import ecma_answers
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import place_of, same_symbol, symbol
from gonogo.link.module import Module, tail_name
from gonogo.link.problems import Handler
from gonogo.link.routes import is_route
from gonogo.link.trail import Follower, Trail
from gonogo.link.uses import Occurrence
from gonogo.link.values import CallSite, Value
from gonogo.link.walk import walk
from gonogo.registry.errors import Answer, error_data
from gonogo.registry.frameworks import python_answers
from gonogo.registry.recorders import recorders, words_of

ERROR = Trail("error")
TEXTUAL = frozenset({
    "strip", "lstrip", "rstrip", "lower", "upper", "title", "split", "replace", "join", "encode", "decode", "format",
    "splitlines", "with_traceback", "json", "__str__", "__repr__", "capitalize", "truncate", "toString", "trim",
    "toLowerCase", "substring", "slice",
})  # fmt: skip
"""Methods of an error, or of its text, whose result still tells what it said."""
TEXT_FUNCTIONS = frozenset({
    "str", "repr", "format", "dumps", "escape", "quote", "shorten", "format_exc", "format_exception", "stringify",
    "String",
})  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Leak:
    """One place where the text of an error leaves for somebody outside."""

    kind: Literal["response", "reply", "stream"]
    place: Place


def leaks(evaluator: Evaluator, handler: Handler) -> tuple[Leak, ...]:
    """Where the text of the error that `handler` catches goes out, in order of place."""
    watcher = Watcher(evaluator)
    follower = Follower(evaluator, watcher, (handler.module,), watcher.held)
    if handler.binding is not None:
        follower.binding(handler.module, handler.binding, ERROR)
    for call in handler.module.facts.calls:
        # `traceback.format_exc()` needs no name.
        if handler.block.index in call.blocks and watcher.is_traceback(handler.module, call):
            follower.result(handler.module, call.index, ERROR)
    follower.run()
    return tuple(sorted(watcher.found.values(), key=lambda leak: (leak.place.path, leak.place.span)))


def parameter_leaks(evaluator: Evaluator, module: Module, function: Function, name: str) -> tuple[Leak, ...]:
    """The same for the error a framework gives to an error handler under the parameter `name`."""
    watcher = Watcher(evaluator, function)
    follower = Follower(evaluator, watcher, (module,), watcher.held)
    follower.parameter(module, function, name, ERROR)
    follower.run()
    return tuple(sorted(watcher.found.values(), key=lambda leak: (leak.place.path, leak.place.span)))


class Watcher:
    """Tells what of an error is its text, and which places show it to somebody."""

    def __init__(self, evaluator: Evaluator, answering: Function | None = None) -> None:
        self.found: dict[Place, Leak] = {}
        self._evaluator = evaluator
        self._answering = answering

    def is_traceback(self, module: Module, call: Call) -> bool:
        """True for calls whose result is the text of the error being handled."""
        if not tail_name(call.callee).startswith("format_exc"):
            return False
        return any(symbol(v) in error_data().traceback for v in self._callees(module, call))

    def _callees(self, module: Module, call: Call) -> tuple[Value, ...]:
        return self._evaluator.callee(CallSite(self._evaluator.project.frame(module, call.function), call))

    # --- Visitor ---

    def member(self, trail: Trail, name: str, keyed: bool, module: Module, expr: Expr) -> Trail | None:
        """See `Visitor.member`."""
        del keyed, module, expr  # what is asked is the same for all of them
        return trail if name in TEXTUAL or name in error_data().members else None

    def tested(self, trail: Trail, module: Module, expr: Expr) -> None:
        """See `Visitor.tested`."""

    def handed(self, trail: Trail, module: Module, call: Call, arg: Arg, callees: tuple[Value, ...]) -> Trail | None:
        """See `Visitor.handed`."""
        names = [symbol(value) for value in callees]
        known, tail = recorders(), tail_name(call.callee)
        if any(n in error_data().blind or known.functions.get(n) == "log" for n in names):
            return None
        answer = answer_of(names)
        if answer is not None:
            if _reads(answer, call, arg):
                self._note("response", module, call.span, call.blocks, arg.value)
            return None
        written = ecma_answers.answers(module, call)
        if written:
            self._note(written, module, call.span, call.blocks, arg.value)
            return None
        if self._is_reply(module, call, callees):
            self._note("reply", module, call.span, call.blocks, arg.value)
            return None
        if tail in TEXT_FUNCTIONS or tail in TEXTUAL:
            return trail._replace(path=())
        if tail in known.methods:
            return None
        return trail.into(arg.name) if arg.name is not None and tail[:1].isupper() else None

    def held(self, module: Module, occurrence: Occurrence, expr: Expr) -> bool:
        """See `Held`: what a route returns or a streamed answer yields is shown."""
        holder = occurrence.holder
        if holder.kind == "value" and holder.assign is not None and not isinstance(holder.assign.target, Name):
            # What is kept in an object or a session can be read anywhere; that it is read there is a guess.
            if ecma_answers.is_body(module, holder.assign.target):
                self._note("response", module, holder.assign.span, holder.at.blocks, expr)
            return True
        if holder.kind == "raise" or _for_developers(module, holder.at.blocks, occurrence.parents):
            return True
        if holder.kind == "arg" and holder.call is not None:
            # A log of the project's own may be shown somewhere; that is not an answer to anybody.
            return "log" in words_of(tail_name(holder.call.callee))
        if holder.kind not in ("return", "yield") or holder.function is None:
            return False
        function = module.facts.functions[holder.function]
        if holder.kind == "yield":
            if self._is_streamed(module, function):
                self._note("stream", module, expr.span, holder.at.blocks, expr)
                return True
            return False
        if function is self._answering or is_route(self._evaluator, module, function):
            self._note("response", module, expr.span, holder.at.blocks, expr)
            return True
        return False

    def is_reply(self, module: Module, call: Call) -> bool:
        """True if a call writes to a chat."""
        return self._is_reply(module, call, self._callees(module, call))

    # --- sinks ---

    def _note(
        self,
        kind: Literal["response", "reply", "stream"],
        module: Module,
        span: Span,
        blocks: tuple[int, ...],
        expr: Expr,
    ) -> None:
        if _for_developers(module, blocks, walk(expr, module.facts)):
            return
        if module.language == "ecma" and ecma_answers.other_error(self._evaluator, module, blocks):
            return
        place = place_of(module, span)
        self.found.setdefault(place, Leak(kind, place))

    def _is_reply(self, module: Module, call: Call, callees: tuple[Value, ...]) -> bool:
        data = error_data()
        if any(same_symbol(symbol(v), known) for v in callees for known in data.chat_functions):
            return True
        callee = call.callee
        if isinstance(callee, Name):
            return callee.id in data.chat_methods and callee.id in data.chat_on and self._is_given(module, callee, call)
        if not isinstance(callee, Attr) or callee.name not in data.chat_methods:
            return False
        names = _chain_through_calls(module, callee.base)
        return any(word in data.chat_on for name in names for word in words_of(name))

    def _is_given(self, module: Module, callee: Name, call: Call) -> bool:
        """True if a name is a parameter of the route handler around a call (`say` of Slack)."""
        function = call.function
        while function is not None:
            fact = module.facts.functions[function]
            if any(p.name == callee.id for p in fact.params):
                return is_route(self._evaluator, module, fact)
            function = fact.parent
        return False

    def _is_streamed(self, module: Module, function: Function) -> bool:
        """True for generators whose pieces a response sends as they come."""
        if is_route(self._evaluator, module, function):
            return True
        for edge in self._evaluator.callers.of(module, function):
            above = edge.site.module
            for outer in above.facts.calls:
                if outer.function != edge.site.call.function or tail_name(outer.callee) not in python_answers().streams:
                    continue
                given = [part for arg in outer.args for part in walk(arg.value, above.facts)]
                if any(isinstance(part, CallRef) and part.index == edge.site.call.index for part in given):
                    return True
                if edge.how == "passed" and outer is edge.site.call:
                    return True
        return False


def answer_of(names: list[str]) -> Answer | None:
    """The kind of response a call makes, by its full names."""
    for answer in error_data().answers:
        if any(same_symbol(name, known) for name in names for known in answer.names):
            return answer
    return None


def _reads(answer: Answer, call: Call, arg: Arg) -> bool:
    """True if the client gets to read an argument."""
    if arg.name is not None:
        return arg.name in answer.args or "*" in answer.args
    before = [a for a in call.args if a.name is None and a.spread == ""]
    position = next((i for i, a in enumerate(before) if a is arg), 0)
    return f"#{position}" in answer.args


def _chain_through_calls(module: Module, expr: Expr) -> tuple[str, ...]:
    """Names of a chain of attributes and calls, `interaction.followup` or `get_channel(x)`."""
    names: list[str] = []
    for _ in range(8):
        if isinstance(expr, CallRef):
            expr = module.facts.calls[expr.index].callee
        if isinstance(expr, Attr):
            names.append(expr.name)
            expr = expr.base
        elif isinstance(expr, Name):
            return (*names, expr.id)
        else:
            break
    return tuple(names)


def _for_developers(module: Module, blocks: tuple[int, ...], parts: Iterable[Expr]) -> bool:
    """True if a text is shown only while a debugging switch is on."""
    tests = [part.test for part in parts if isinstance(part, Choice)]
    around: list[Block] = [module.facts.blocks[i] for i in blocks]
    for block in around:
        if block.kind == "branch":
            tests += [t for t in (block.test, *block.negated) if t is not None]
    words = {word for t in tests for part in walk(t, module.facts) for word in words_of(tail_name(part))}
    return bool(words & error_data().debug)
