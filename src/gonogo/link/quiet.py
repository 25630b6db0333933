"""Tools of JavaScript that surely change nothing at another service, and what keeps others from being that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Attr, CallRef, Expr, Index, Name
from gonogo.languages import GLOBAL
from gonogo.link.evaluate import Evaluator
from gonogo.link.flows import STEPS
from gonogo.link.lift import known_text, symbol
from gonogo.link.module import Module, tail_name, text_of
from gonogo.link.tools import CHOSEN, Tools
from gonogo.link.values import CallSite, ClassV, Const, DictV, Env, FuncV, InstV, Made, Member, SeqV, Site, TextV, Value
from gonogo.link.walk import walk
from gonogo.registry.effects import keys
from gonogo.registry.quiet import Request, quiet
from gonogo.registry.recorders import recorders

if TYPE_CHECKING:
    from gonogo.link.flows import Flows

MAX_FUNCTIONS = 400
"""Functions below the tools of one call; more than these are not judged."""
MAX_DOUBTS = 3
CALLS_ITSELF = frozenset({"call", "apply"})

Key = tuple[str, "int | None"]


@dataclass(frozen=True, eq=False, slots=True)
class Doubt:
    """Something in a tool that may change something elsewhere, or that was not understood."""

    site: Site
    text: str


def takes_arguments(expr: Expr) -> bool:
    """True for a part of a tool call that holds what the model chose: `block.input`, `call["arguments"]`."""
    name = text_of(expr.key) if isinstance(expr, Index) else expr.name if isinstance(expr, Attr) else ""
    return name in CHOSEN


class QuietTools:
    """Says of the tools of model calls whether all of them are known to change nothing at another service."""

    def __init__(self, flows: Flows) -> None:
        self._flows = flows
        self._evaluator = flows.evaluator
        self._tools = Tools(flows.evaluator)

    def doubts(self, call: ModelCall) -> list[Doubt]:
        """What keeps the tools of `call` from being harmless, a few of it; empty if all were followed."""
        with self._evaluator.within(STEPS):
            return self._doubts(call)

    def _doubts(self, call: ModelCall) -> list[Doubt]:
        handlers, whole = self._tools.all_of(call)
        roots: list[tuple[Module, int | None]] = [(value.module, value.function.index) for value in handlers]
        if not whole:
            # A list that only describes tools: what the code does with the arguments of a tool call.
            taking = list(self._taking(call)) if all(map(_describes, call.setting("tools").values)) else []
            if not taking:
                return [Doubt(call.site.site, f"what the tools of {call.title} do was not found")]
            roots += taking
        found: list[Doubt] = []
        for doubt in self._below(roots):
            found.append(doubt)
            if len(found) >= MAX_DOUBTS:
                break
        return found

    def _taking(self, call: ModelCall) -> Iterator[tuple[Module, int | None]]:
        """Functions on the way to a call, and those these call, that read the arguments of a tool call."""
        near: dict[Key, tuple[Module, int | None]] = {}
        for step in call.steps:
            if step.hops <= 2:
                near.setdefault((step.module.path, step.call.function), (step.module, step.call.function))
        for module, function in list(near.values()):
            for site in self._sites(module, function):
                for value in (*self._evaluator.callee(site), *self._handed_on(site)):
                    if isinstance(value, FuncV):
                        near.setdefault((value.module.path, value.function.index), (value.module, value.function.index))
        taking = [one for one in near.values() if self._reads_arguments(*one)]
        if taking:
            # Whoever hands a tool call on under another name does so where the model is asked, or in the loop around.
            yield from ((s.module, s.call.function) for s in call.steps if s.hops == 0 or (s.hops <= 2 and s.loops()))
        yield from taking

    def _reads_arguments(self, module: Module, function: int | None) -> bool:
        facts, inner = module.facts, _inner(module, function)
        exprs = [arg.value for c in facts.calls if c.function in inner for arg in c.args]
        exprs += [a.value for a in facts.assigns if a.function in inner]
        return any(takes_arguments(part) for expr in exprs for part in walk(expr, facts))

    # --- what stands below ---

    def _sites(self, module: Module, function: int | None) -> list[CallSite]:
        inner = _inner(module, function)
        frame = self._evaluator.project.frame
        return [CallSite(frame(module, c.function), c) for c in module.facts.calls if c.function in inner]

    def _below(self, roots: list[tuple[Module, int | None]]) -> Iterator[Doubt]:
        """Doubts about everything that `roots` call; first everything is read, so that callers are all known."""
        for _ in range(4):
            list(self._walk(roots))
            if not self._evaluator.project.settle():
                break
        yield from self._walk(roots)

    def _walk(self, roots: list[tuple[Module, int | None]]) -> Iterator[Doubt]:
        todo = list(roots)
        seen: set[Key] = set()
        while todo:
            module, function = todo.pop(0)
            if (module.path, function) in seen:
                continue
            seen.add((module.path, function))
            if len(seen) > MAX_FUNCTIONS:
                yield Doubt(Site(module.path, module.facts.functions[function or 0].name_span), "too much to follow")
                return
            for site in self._sites(module, function):
                doubt, further = self._judge(site)
                todo.extend((value.module, value.function.index) for value in further)
                if doubt:
                    yield Doubt(site.site, doubt)

    def _judge(self, site: CallSite) -> tuple[str, list[FuncV]]:
        """What may be wrong with a call (empty if nothing is), and the functions of the project it calls."""
        if self._flows.tracer.is_model(site.call):
            return "", []
        further: list[FuncV] = self._handed_on(site)
        doubt = ""
        values = self._evaluator.callee(site)
        for value in values:
            found = self._own(value)
            if found is not None:
                further.extend(found)
            elif not self._is_quiet(value, site):
                doubt = doubt or self._says(value, site)
        if not values and tail_name(site.call.callee) not in quiet().methods:
            doubt = self._says(None, site)
        return doubt, further

    def _handed_on(self, site: CallSite) -> list[FuncV]:
        """Functions of the project that a call is given by name: `uses.map(run)`."""
        found: list[FuncV] = []
        for arg in site.call.args:
            if isinstance(arg.value, (Name, Attr)) and self._flows.defined(tail_name(arg.value)):
                values = self._evaluator.values(arg.value, site.frame, Evaluator.at(site.call))
                found.extend(value for value in values if isinstance(value, FuncV))
        return found

    def _own(self, value: Value) -> list[FuncV] | None:
        """Functions of the project that calling `value` runs; `None` if it is something else."""
        if isinstance(value, FuncV):
            return [value]
        if isinstance(value, ClassV):
            method = value.module.methods.get(value.cls.index, {}).get("__init__")
            return [] if method is None else [FuncV(value.module, method)]
        if isinstance(value, Member) and value.name in CALLS_ITSELF and isinstance(value.base, FuncV):
            return [value.base]
        return None

    def _is_quiet(self, value: Value, site: CallSite) -> bool:
        name, callee = symbol(value), site.call.callee
        if (
            isinstance(callee, Attr)
            and callee.name in quiet().answers
            and tail_name(callee.base) in recorders().writers
        ):
            return True
        if name:
            request = quiet().request(name)
            if request is not None:
                return self._only_reads(request, site)
            used = isinstance(value, Member) and value.name in quiet().methods
            return used or quiet().is_quiet(name) or self._is_model_client(value)
        method = value.name if isinstance(value, Member) else tail_name(callee)
        if isinstance(value, (Const, Env)) and not isinstance(callee, Attr):
            return True  # A branch on which there is nothing to call.
        base = value.base if isinstance(value, Member) else None
        if isinstance(base, (Const, TextV, SeqV, Env)):
            return True
        if isinstance(base, InstV):
            return False
        if not isinstance(callee, Attr):
            return method in quiet().callbacks
        return method in quiet().methods or quiet().says_it_reads(method)

    def _is_model_client(self, value: Value) -> bool:
        """True for a method of an answer or of a client of a model (`stream.finalMessage()`)."""
        while isinstance(value, (Member, Made)):
            if isinstance(value, Made) and value.call is not None and self._flows.tracer.is_model(value.call.call):
                return True
            value = value.base if isinstance(value, Member) else value.callee
        return False

    def _only_reads(self, request: Request, site: CallSite) -> bool:
        """True for a request that surely is a GET, or a POST to an address that says that it reads."""
        methods = self._option(site, request.method)
        if methods is None:
            return False
        known = [v.value for v in methods if isinstance(v, Const)]
        if len(known) == len(methods) and all(
            v is None or (isinstance(v, str) and v.upper() in quiet().http_methods) for v in known
        ):
            return True
        words = keys()
        address = self._address(site, request.url)
        return any(w in address for w in words.reads) and not any(w in address for w in words.writes)

    def _option(self, site: CallSite, place: str) -> tuple[Value, ...] | None:
        """Values of an option of a call, none if it is surely not given; `None` if that cannot be told."""
        head, _, key = place.partition(".")
        position = int(head[1:])
        plain = [arg for arg in site.call.args if arg.name is None]
        if any(arg.spread for arg in site.call.args):
            return None
        if position >= len(plain):
            return ()
        found: list[Value] = []
        for value in self._evaluator.values(plain[position].value, site.frame, Evaluator.at(site.call)):
            if isinstance(value, DictV) and (key in value.entries or not value.open):
                found.extend(value.entries.get(key, ()))
            elif not isinstance(value, (Const, TextV)):
                return None
        return tuple(found)

    def _address(self, site: CallSite, place: str) -> str:
        plain = [arg.value for arg in site.call.args if arg.name is None]
        exprs = plain[int(place[1:].partition(".")[0]) :][:1]
        pieces: list[str] = []
        for expr in exprs:
            values = self._evaluator.values(expr, site.frame, Evaluator.at(site.call))
            pieces += [t for t in map(known_text, values) if t]
            pieces += [text_of(part) or "" for part in walk(expr, site.module.facts)]
        return "*".join(pieces).split("://")[-1].lower()

    def _says(self, value: Value | None, site: CallSite) -> str:
        name = symbol(value) if value is not None else ""
        name = name.removeprefix(GLOBAL) or _written(site.call.callee, site.module)
        if value is not None and quiet().request(symbol(value)) is not None:
            return f"a tool sends a request by {name}, and whether it only reads cannot be told"
        return f"what {name} does in a tool was not found"


def _describes(value: Value) -> bool:
    """True for a list of descriptions that are written in the application, so that it carries the tools out itself."""
    if isinstance(value, SeqV):
        return bool(value.items) and all(_describes(v) for item in value.items for v in item)
    return isinstance(value, DictV) or (isinstance(value, Const) and not value.value)


def _inner(module: Module, function: int | None) -> set[int | None]:
    """A function and those written in it; for the top of a module the top alone."""
    inner = {function}
    if function is not None:
        for fact in module.facts.functions:
            if fact.parent in inner:
                inner.add(fact.index)
    return inner


def _written(expr: Expr, module: Module) -> str:
    """A callee as it is written, cut to what can be named."""
    if isinstance(expr, Name):
        return expr.id
    if isinstance(expr, Attr):
        base = _written(expr.base, module)
        return f"{base}.{expr.name}" if base else expr.name
    if isinstance(expr, CallRef):
        return f"{_written(module.facts.calls[expr.index].callee, module)}()"
    return ""
