"""What is served while a model does not answer: circuit breakers, second models, degraded answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Attr, Block, CallRef, DictLit, Expr, FileFacts, Lit, Seq, Template
from gonogo.findings import Place
from gonogo.link import ecma_answers
from gonogo.link.emptiness import is_empty
from gonogo.link.evaluate import Evaluator
from gonogo.link.leaks import Watcher, answer_of
from gonogo.link.lift import place_of, same_symbol, symbol
from gonogo.link.module import Module, tail_name, text_of
from gonogo.link.problems import Caught, Handler, Outcome, Way
from gonogo.link.reach import Step
from gonogo.link.statuses import FAILED
from gonogo.link.values import CallSite, Const, DictV, Made, Member, SeqV, Value, Values
from gonogo.link.walk import Inside, walk
from gonogo.registry.errors import breakers, failures, fallbacks
from gonogo.registry.recorders import words_of


@dataclass(frozen=True, eq=False, slots=True)
class Fallback:
    """What stands in for the model, and the line that shows it."""

    kind: Literal["breaker", "model", "answer"]
    place: Place
    text: str
    sure: bool = True
    """False if what is given cannot be read: it may be nothing."""


class Fallbacks:
    """Answers what is served in place of a call. `calls` are all model calls of the application."""

    def __init__(self, evaluator: Evaluator, calls: Iterable[ModelCall]) -> None:
        self._evaluator = evaluator
        self._watcher = Watcher(evaluator)
        self._leading: dict[tuple[str, int | None], list[Step]] = {}
        """Calls that lead to a model call, by the function they stand in."""
        for call in calls:
            for step in call.steps:
                self._leading.setdefault((step.module.path, step.call.function), []).append(step)

    # --- on the call itself ---

    def of_call(self, call: ModelCall) -> Fallback | None:
        """A second model that the library itself turns to."""
        for site in call.derived:
            if call.client is not None and tail_name(site.call.callee) in call.client.fallback_with:
                return Fallback("model", place_of(site.module, site.call.span), "falls back to another model")
        sites = [call.site, *([call.made.call] if call.made is not None and call.made.call is not None else [])]
        for entry in fallbacks():
            for site in sites:
                positional, named = self._evaluator.arguments(site)
                for name in entry.args:
                    given = _option(positional, name) if name.startswith("#") else named.entries.get(name, ())
                    if any(not _nothing(value) for value in given):
                        known = any(isinstance(v, (Const, SeqV, DictV)) and not _nothing(v) for v in given)
                        place = place_of(site.module, site.call.span)
                        return Fallback("model", place, f"{name} names another model", known)
            if any(self._mentions(site, entry.classes) for site in sites):
                return Fallback("model", call.place, f"{entry.title} falls back to another model")
        return None

    def _mentions(self, site: CallSite, classes: tuple[str, ...]) -> bool:
        """True if an argument is, or holds, an object of one of `classes`."""
        if not classes:
            return False
        positional, named = self._evaluator.arguments(site)
        for values in (*positional, *named.entries.values()):
            for value in values:
                for inner in (
                    value,
                    *(v for item in getattr(value, "items", ()) if isinstance(item, tuple) for v in item),
                ):
                    made = symbol(inner.callee) if isinstance(inner, Made) else ""
                    if made and any(same_symbol(made, known) for known in classes):
                        return True
        return False

    # --- around a way ---

    def of_way(self, way: Way) -> Fallback | None:
        """What is served on one way when the call fails: nothing if the entry only gets an error."""
        for step in way.steps:
            found = self._breaker(step)
            if found is not None:
                return found
        for caught in way.caught:
            found = self._served(caught)
            if found is not None:
                return found
        return None

    def _breaker(self, step: Step) -> Fallback | None:
        module = step.module
        function = step.function
        place: Place | None = None
        frame = self._evaluator.project.frame(module, step.call.function)
        if function is not None:
            outer = self._evaluator.project.frame(module, function.parent)
            for decorator in function.decorators:
                if any(is_breaker(v) for v in self._evaluator.values(decorator, outer)):
                    place = place_of(module, decorator.span)
        for block in module.enclosing(step.call.blocks, "with"):
            for item in block.items:
                if any(is_breaker(v) for v in self._evaluator.values(item, frame)):
                    place = place_of(module, item.span)
        if step.how == "passed" and any(self._guards(v) for v in self._evaluator.callee(CallSite(frame, step.call))):
            place = place_of(module, step.call.span)
        return None if place is None else Fallback("breaker", place, "a circuit breaker cuts off sustained failure")

    def _guards(self, value: Value) -> bool:
        """True for what guards a function it is given: a breaker, its constructor (`new CircuitBreaker(ask)`), or what
        puts several policies together, a breaker among them (`wrap(retry, breaker).execute(ask)`)."""
        if is_breaker(value):
            return True
        name = symbol(value)
        if any(same_symbol(name, known) for entry in breakers() if entry.takes for known in entry.objects):
            return True
        base = value.base if isinstance(value, Member) else None
        if not isinstance(base, Made) or base.call is None or base.call.module.language != "ecma":
            return False
        positional, _ = self._evaluator.arguments(base.call)
        return any(is_breaker(v) for values in positional for v in values)

    def _served(self, caught: Caught) -> Fallback | None:
        """A second model, or an answer, that a handler turns to."""
        handler = caught.handler
        module, block = handler.module, handler.block
        for step in self._leading.get((module.path, block.function), ()):
            call = step.call
            if block.kind != "handler":
                continue
            after = call.span.line > block.span.end_line and block.owner not in call.blocks
            if block.index in call.blocks or (after and any(o.kind == "rest" for o in caught.outcomes)):
                return Fallback("model", handler.place, "another call is made when this one fails")
        if self._alternatives(caught):
            return Fallback("model", handler.place, "the next one is tried when this one fails")
        for outcome in caught.outcomes:
            if self._degrades(caught, outcome):
                return Fallback("answer", handler.place, "a degraded answer is given when the call fails")
        return None

    @staticmethod
    def _alternatives(caught: Caught) -> bool:
        """`for client in clients: try: ... except: continue`: a chain of alternatives."""
        handler = caught.handler
        facts = handler.module.facts
        if caught.step is None or handler.block.kind != "handler":
            return False
        leaving = [e for e in Inside(facts, handler.block).exits() if e.kind in ("raise", "return", "break")]
        if any(e.blocks[-1] == handler.block.index for e in leaving):
            return False
        for loop in handler.module.enclosing(caught.step.call.blocks, "loop"):
            if loop.loop != "for" or loop.target is None or loop.iterable is None:
                continue
            if isinstance(loop.iterable, CallRef) and tail_name(facts.calls[loop.iterable.index].callee) == "range":
                continue
            targets = {tail_name(part) for part in walk(loop.target, facts)} - {""}
            call = caught.step.call
            used = {tail_name(p) for a in call.args for p in walk(a.value, facts)} | {
                tail_name(p) for p in walk(call.callee, facts)
            }
            words = {word for name in targets & used for word in name.lower().split("_")}
            if words & {"model", "models", "client", "provider", "llm", "backend", "engine", "deployment", "candidate"}:
                return True
        return False

    def _degrades(self, caught: Caught, outcome: Outcome) -> bool:
        """True if what comes out of a handler is an answer somebody can use, not the news that there is none."""
        handler = caught.handler
        facts = handler.module.facts
        if outcome.kind in ("return", "rest") and self._replies(caught):
            return True
        if outcome.kind == "return":
            # A number is the exit code of a command, or one of the values that mean "none".
            number = isinstance(outcome.value, Lit) and isinstance(outcome.value.value, int)
            usable = not number and (not is_empty(outcome.value, facts) or _is_container(outcome.value))
            return usable and not self.is_error(handler.module, outcome.value)
        if outcome.kind != "rest" or handler.block.kind != "handler":
            return False
        inside = Inside(facts, handler.block)
        for assign in inside.assigns():
            if assign.kind in ("except", "augment"):
                continue
            if is_empty(assign.value, facts):
                if _filled_later(facts, handler.block, tail_name(assign.target)):
                    return True
                continue
            if handler.block.name and any(tail_name(p) == handler.block.name for p in walk(assign.value, facts)):
                continue
            if not isinstance(assign.value, Lit) or isinstance(assign.value.value, str):
                return not self.is_error(handler.module, assign.value)
        return False

    def _replies(self, caught: Caught) -> bool:
        """True if the handler writes something to the chat that is not just the error."""
        handler = caught.handler
        if handler.block.kind != "handler":
            return False
        for call in Inside(handler.module.facts, handler.block).calls():
            if ecma_answers.answers(handler.module, call):
                if ecma_answers.fails(handler.module, call) or not call.args:
                    continue
            elif not self._watcher.is_reply(handler.module, call):
                continue
            parts = [part for arg in call.args for part in walk(arg.value, handler.module.facts)]
            raw = bool(handler.block.name) and any(tail_name(p) == handler.block.name for p in parts)
            if not raw and not any(self.is_error(handler.module, arg.value) for arg in call.args):
                return True
        return False

    def answers_error(self, handler: Handler) -> bool:
        """True if a handler of JavaScript writes a response that only tells of a failure."""
        if handler.block.kind != "handler":
            return False
        module = handler.module
        written = [c for c in Inside(module.facts, handler.block).calls() if ecma_answers.answers(module, c)]
        return bool(written) and all(self.is_error(module, CallRef(c.index)) for c in written)

    def is_error(self, module: Module, expr: Expr | None) -> bool:
        """True for answers that only tell of a failure: error responses, a status from 400 on, `{"error": ...}`."""
        if expr is None:
            return False
        if isinstance(expr, Seq):
            return any(_status(item) for item in expr.items) or any(self.is_error(module, item) for item in expr.items)
        if isinstance(expr, DictLit):
            if _substitutes(expr):
                return False
            pairs = [(key, value) for key, value in expr.items if isinstance(key, Lit)]
            return any(str(key.value).lower() in failures().keys or _says_failed(key, value) for key, value in pairs)
        if isinstance(expr, CallRef):
            return self._is_error_call(module, expr)
        text = text_of(expr)
        if isinstance(expr, Template) and expr.parts:
            text = text_of(expr.parts[0])
        return text is not None and text.lstrip(" *_#❌⚠️🚨").lower().startswith(failures().starts)

    def _is_error_call(self, module: Module, expr: CallRef) -> bool:
        call = module.facts.calls[expr.index]
        site = CallSite(self._evaluator.project.frame(module, call.function), call)
        answer = answer_of([symbol(v) for v in self._evaluator.callee(site)])
        written = ecma_answers.answers(module, call)
        if (answer is not None or written) and module.language == "ecma" and ecma_answers.fails(module, call):
            return not any(_substitutes(arg.value) for arg in call.args)
        if written and any(self.is_error(module, arg.value) for arg in call.args):
            return True
        for arg in call.args:
            if (
                arg.name is not None
                and (arg.name in failures().keys or arg.name == "success")
                and not is_empty(arg.value, module.facts)
            ):
                return True
            if arg.name == "success" and isinstance(arg.value, Lit) and arg.value.value is False:
                return True
            if arg.name in ("status_code", "status") and _status(arg.value):
                return True
            if answer is not None and arg.name is None and (_status(arg.value) or self.is_error(module, arg.value)):
                return True
            if answer is not None and arg.name in answer.args and self.is_error(module, arg.value):
                return True
        if tail_name(call.callee) in ("dumps", "str", "stringify") and call.args:
            return self.is_error(module, call.args[0].value)
        name = tail_name(call.callee)
        if module.language == "ecma" and "error" in words_of(name):
            return True
        return name.lower().endswith(("error", "failure"))


def _option(positional: list[Values], path: str) -> Values:
    """What stands at a place in the options of a call: `#0.options.fallbackModel`."""
    place, *names = path.lstrip("#").split(".")
    values = positional[int(place)] if int(place) < len(positional) else ()
    for name in names:
        values = tuple(v for o in values if isinstance(o, DictV) for v in o.entries.get(name, ()))
    return values


def _is_container(expr: Expr | None) -> bool:
    """True for an empty list or mapping: whoever gets one goes on without the answer."""
    return isinstance(expr, DictLit) or (isinstance(expr, Seq) and not expr.items)


def _filled_later(facts: FileFacts, handler: Block, name: str) -> bool:
    """`text = ""` in the handler, and `if not text: text = DEFAULT` after it."""
    for assign in facts.assigns:
        if assign.function != handler.function or tail_name(assign.target) != name or not assign.blocks:
            continue
        block = facts.blocks[assign.blocks[-1]]
        if block.kind != "branch" or block.test is None or block.span.line <= handler.span.end_line:
            continue
        if any(tail_name(part) == name for part in walk(block.test, facts)) and not is_empty(assign.value, facts):
            return True
    return False


def is_breaker(value: Value) -> bool:
    """True for a breaker object, its decorators and its methods."""
    names: list[str] = []
    for _ in range(6):
        name = symbol(value)
        for entry in breakers():
            if any(same_symbol(name, known) for known in entry.decorators):
                return True
            if isinstance(value, Made):
                made = symbol(value.callee)
                if any(same_symbol(made, known) for known in entry.objects):
                    return not names or names[-1] in entry.calls | entry.methods
        if isinstance(value, Member):
            names.append(value.name)
            value = value.base
        elif isinstance(value, Made):
            value = value.callee
        else:
            return False
    return False


def _nothing(value: Value) -> bool:
    return (isinstance(value, Const) and not value.value) or (isinstance(value, SeqV) and not value.items)


def _substitutes(expr: Expr) -> bool:
    """True for an answer that says of itself that it stands in for another."""
    pairs = expr.items if isinstance(expr, DictLit) else ()
    return any(
        isinstance(key, Lit) and str(key.value) in failures().substitutes and not _denied(value) for key, value in pairs
    )


def _denied(value: Expr) -> bool:
    return isinstance(value, Lit) and not value.value


def _status(expr: Expr) -> bool:
    if isinstance(expr, Lit) and isinstance(expr.value, int) and not isinstance(expr.value, bool):
        return FAILED <= expr.value < 600
    return isinstance(expr, Attr) and expr.name.startswith(failures().statuses)


def _says_failed(key: Lit, value: Expr) -> bool:
    if not isinstance(value, Lit):
        return False
    if str(key.value).lower() in failures().flags:
        return value.value is False
    return str(key.value).lower() in failures().kinds and str(value.value).lower() in failures().kind_words
