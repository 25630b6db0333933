"""Calls that act on text, and whether a model wrote what they act on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.facts.flow import Origin
from gonogo.facts.model import CallRef, Expr, Lit, Name, Seq
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import same_symbol, symbol
from gonogo.link.module import tail_name, text_of
from gonogo.link.values import CallSite, Const, Ext, Made, Member, Value
from gonogo.registry.sinks import Sink, output, sinks

if TYPE_CHECKING:
    from gonogo.link.flows import Flows

INTERPRETERS = re.compile(
    r"(?:^|/)(?:ba|z|da|k)?sh$|(?:^|/)python[\d.]*$|(?:^|/)(?:node|ruby|perl|php|psql|sqlite3|pwsh|powershell)$"
)


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
        for sink in names.get(tail_name(site.call.callee), ()):
            if id(site.call) in seen or not _is(sink, site, flows.evaluator):
                continue
            origin = _written_by_model(sink, site, flows)
            if origin is not None:
                seen.add(id(site.call))
                yield Act(sink, site, origin)


def _is(sink: Sink, site: CallSite, evaluator: Evaluator) -> bool:
    for value in evaluator.callee(site):
        name = symbol(value)
        if name and any(name == known or same_symbol(name, known) for known in sink.names):
            return all(_given(site, arg, wanted, evaluator) for arg, wanted in sink.when.items())
        if tail_name(site.call.callee) in sink.tails and _receives(sink, value, site):
            return True
    return False


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
        return root.name.split(".")[0] in sink.receivers
    callee = site.call.callee
    return not isinstance(callee, Name) and tail_name(getattr(callee, "base", callee)).lstrip("_") in sink.objects


def text_argument(sink: Sink, site: CallSite) -> Expr | None:
    """The text a sink acts on; for command lines the part that can name any command."""
    expr = _argument(sink, site)
    if expr is None or not sink.command:
        return expr
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
    if INTERPRETERS.search(first) and any(flag in ("-c", "-lc", "-e", "-Command") for flag in flags):
        return expr.items[-1]
    return None


def _argument(sink: Sink, site: CallSite) -> Expr | None:
    plain = [arg.value for arg in site.call.args if arg.name is None and not arg.spread]
    for place in sink.argument:
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
    facts = output()
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
    return origin.call is not None and not set(origin.path) & output().arguments
