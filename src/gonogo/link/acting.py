"""Calls that act on text, and whether a model wrote what they act on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.facts.flow import Origin
from gonogo.facts.model import Assign, CallRef, DictLit, Expr, Lit, Name, Seq
from gonogo.languages import ECMA_SUFFIXES
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import same_symbol
from gonogo.link.module import tail_name, text_of
from gonogo.link.names import plain_name
from gonogo.link.values import CallSite, Const, Ext, Made, Member, Site, Value
from gonogo.registry.sinks import Sink, ecma_output, interpreters, output, sinks, wrappers

if TYPE_CHECKING:
    from gonogo.link.flows import Flows

WRAPPERS = frozenset(name.rsplit(".", 1)[-1] for name in wrappers())


@dataclass(frozen=True, eq=False, slots=True)
class Act:
    """A call that acts on text written by a model."""

    sink: Sink
    site: CallSite
    origin: Origin


def acts(flows: Flows) -> Iterator[Act]:
    """Every call in reach that acts on what a model wrote, once each."""
    names = {
        name: [sink for sink in sinks() if name in sink.last_names] for sink in sinks() for name in sink.last_names
    }
    seen: set[int] = set()
    for site in flows.below.calls():
        for sink in names.get(_called(site), ()):
            if id(site.call) in seen or not _is(sink, site, flows.evaluator):
                continue
            origin = _written_by_model(sink, site, flows)
            if origin is not None:
                seen.add(id(site.call))
                yield Act(sink, site, origin)


def sent_to_run(flows: Flows) -> Iterator[tuple[Origin, str, Site]]:
    """What a page sends to be run, in files of JavaScript on the way to a model: a page may send what a model wrote."""
    sinks_of = {name: [s for s in sinks() if s.kind == "executed" and name in s.last_names] for name in _executed()}
    for module in flows.below.modules():
        tails = sinks_of.keys() & module.calls_by_tail.keys() if module.language == "ecma" else set()
        for tail in sorted(tails):
            for call in module.calls_by_tail[tail]:
                site = CallSite(flows.evaluator.project.frame(module, call.function), call)
                found = next((f for f in (_sent(sink, site, flows) for sink in sinks_of[tail]) if f is not None), None)
                if found is not None:
                    yield found[0], found[1].what, site.site


def _sent(sink: Sink, site: CallSite, flows: Flows) -> tuple[Origin, Sink] | None:
    """What a client sends to a call that runs it."""
    expr = text_argument(sink, site) if _is(sink, site, flows.evaluator) else None
    if expr is None or isinstance(expr, Lit):
        return None
    found = next((origin for origin in flows.made_of(expr, site) if origin.kind == "user"), None)
    return None if found is None else (found, sink)


def _executed() -> set[str]:
    return {name for sink in sinks() if sink.kind == "executed" for name in sink.last_names}


def _called(site: CallSite) -> str:
    """The last name of what is called; of a function that another hands on under a new name, its own."""
    callee = site.call.callee
    if isinstance(callee, Name) and site.module.language == "ecma":
        for scope in (site.call.function, None):
            for binding in site.module.scopes.get(scope, {}).get(callee.id, ()):
                made = binding.value if isinstance(binding, Assign) else None
                call = site.module.facts.calls[made.index] if isinstance(made, CallRef) else None
                if call is not None and call.args and tail_name(call.callee) in WRAPPERS:
                    return tail_name(call.args[0].value)
    return tail_name(callee)


def _is(sink: Sink, site: CallSite, evaluator: Evaluator) -> bool:
    for value in evaluator.callee(site):
        name = plain_name(_unwrapped(value, evaluator))
        if name and any(name == known or same_symbol(name, known) for known in sink.names):
            return all(_given(site, arg, wanted, evaluator) for arg, wanted in sink.when.items())
        if tail_name(site.call.callee) in sink.tails and _receives(sink, value, site):
            return True
    return False


def _unwrapped(value: Value, evaluator: Evaluator) -> Value:
    """`promisify(exec)` is `exec`, called otherwise."""
    if isinstance(value, Made) and value.call is not None and plain_name(value.callee) in wrappers():
        positional, _ = evaluator.arguments(value.call)
        if positional and len(positional[0]) == 1:
            return positional[0][0]
    return value


def _given(site: CallSite, name: str, wanted: object, evaluator: Evaluator) -> bool:
    for arg in site.call.args:
        if arg.name == name:
            values = evaluator.values(arg.value, site.frame, Evaluator.at(site.call))
            return any(isinstance(v, Const) and v.value == wanted for v in values)
    return False


def _receives(sink: Sink, value: Value, site: CallSite) -> bool:
    """True if the object a method is called on belongs to the sink: by its package, else by its name."""
    root = value
    while isinstance(root, (Member, Made)):
        root = root.base if isinstance(root, Member) else root.callee
    if isinstance(root, Ext):
        return plain_name(root).split(".")[0] in sink.receivers
    callee = site.call.callee
    return not isinstance(callee, Name) and tail_name(getattr(callee, "base", callee)).lstrip("_") in sink.objects


def text_argument(sink: Sink, site: CallSite) -> Expr | None:
    """The text a sink acts on; for command lines the part that can name any command."""
    expr = _argument(sink, site)
    if expr is None or not sink.command:
        return expr
    if site.module.language == "ecma":
        return _program_part(expr, site)
    shell = any(
        arg.name == "shell" and isinstance(arg.value, Lit) and arg.value.value is True for arg in site.call.args
    )
    if isinstance(expr, Seq):
        return _command_part(expr)
    if isinstance(expr, CallRef):
        split = site.module.facts.calls[expr.index]
        return expr if tail_name(split.callee) == "split" else None
    return expr if shell else None


def _command_part(expr: Seq) -> Expr | None:
    """`["bash", "-c", text]` runs the text, `["git", "log", text]` does not."""
    if not expr.items:
        return None
    first = text_of(expr.items[0])
    if first is None:
        return expr.items[0]
    flags = [text_of(item) for item in expr.items]
    if interpreters().names.search(first) and interpreters().flags.intersection(flags):
        return expr.items[-1]
    return None


def _program_part(expr: Expr, site: CallSite) -> Expr | None:
    """`spawn("sh", ["-c", text])` and `spawn(text, { shell: true })` run the text, `spawn("git", [text])` does not."""
    rest = [arg.value for arg in site.call.args[1:]]
    if any(text_of(key) == "shell" for r in rest if isinstance(r, DictLit) for key, _ in r.items if key is not None):
        return expr
    program = text_of(expr)
    if program is None:
        return expr
    given = next((r for r in rest if isinstance(r, Seq)), None)
    flags = [] if given is None else [text_of(item) for item in given.items]
    if given is not None and interpreters().names.search(program) and interpreters().flags.intersection(flags):
        return given.items[-1]
    return None


def _argument(sink: Sink, site: CallSite) -> Expr | None:
    plain = [arg.value for arg in site.call.args if arg.name is None and not arg.spread]
    for place in sink.argument:
        if place == "last":
            return plain[-1] if plain else None
        if place.startswith("#"):
            if int(place[1:]) < len(plain):
                return plain[int(place[1:])]
            continue
        for arg in site.call.args:
            if arg.name == place:
                return arg.value
    return None


def _written_by_model(sink: Sink, site: CallSite, flows: Flows) -> Origin | None:
    expr = text_argument(sink, site)
    if expr is None or isinstance(expr, Lit):
        return None
    for origin in flows.made_of(expr, site):
        if origin.kind != "model" or not is_text(origin):
            continue
        if sink.kind == "parsed" and not is_answer(origin):
            continue
        if sink.markup and not any(h.kind == "composed" and "<" in "".join(h.around) for h in origin.hops()):
            continue
        return origin
    return None


def is_text(origin: Origin) -> bool:
    """False for what no model wrote: token counts, ids, and the envelope of a reply that was not read as JSON yet."""
    facts = ecma_output() if origin.site.path.endswith(ECMA_SUFFIXES) else output()
    steps = set(origin.path)
    if origin.path and steps & facts.metadata:
        return False
    if (
        origin.call is not None
        and origin.call.sdk.id in facts.read_first
        and not origin.call.method.startswith("converse")
    ):
        return bool(steps & facts.parsed)
    return True


def is_answer(origin: Origin) -> bool:
    """True for the text of an answer, false for arguments of a tool call, whose form the API takes care of."""
    return origin.call is not None and not set(origin.path) & ecma_output().arguments
