"""Where the instructions of a model call stand, and where what users say stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter

from gonogo.facts.flow import Path
from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Expr
from gonogo.link.arguments import keyword
from gonogo.link.evaluate import Evaluator
from gonogo.link.instructions import system_content
from gonogo.link.lift import re_exported, symbol
from gonogo.link.messages import SYSTEM_PART, USER_PART
from gonogo.link.values import CallSite, Const, Made, Member, PipeV, SeqV, Value
from gonogo.registry.prompts import messages


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """One place of a prompt: the part `path` of `expr`, an argument of `site`."""

    expr: Expr
    site: CallSite
    path: Path


def system_parts(call: ModelCall, evaluator: Evaluator) -> list[Part]:
    """Arguments of the call (or of the client) that hold instructions."""
    found = list(_named(call, "system"))
    found += [Part(p.expr, p.site, (*p.path, "*", SYSTEM_PART)) for p in _named(call, "messages")]
    found += _in_template(call, evaluator)
    return found


def user_parts(call: ModelCall) -> list[Part]:
    """Arguments of the call that hold what users say: contents of messages with their role."""
    return [Part(p.expr, p.site, (*p.path, "*", USER_PART)) for p in _named(call, "messages")]


def text_prompts(call: ModelCall) -> list[Part]:
    """The prompt as one text without roles."""
    return list(_named(call, "messages"))


def _named(call: ModelCall, setting: str) -> Iterator[Part]:
    for place in call.spec.args.get(setting, ()):
        yield from _at(call.site, place)
    if call.client is None or call.made is None or call.made.call is None:
        return
    for layer in (call.made.call, *call.derived):
        for place in call.client.args.get(setting, ()):
            yield from _at(layer, place)


def _at(site: CallSite, place: str) -> Iterator[Part]:
    """The argument at a dotted place (`json.system`, `#0.instructions`)."""
    head, *rest = place.split(".")
    path = tuple(rest)
    if head.startswith("#"):
        plain = [arg.value for arg in site.call.args if arg.name is None and not arg.spread]
        index = int(head[1:])
        if index < len(plain):
            yield Part(plain[index], site, path)
        return
    for expr, inner in keyword(site.call, head, None, path):
        yield Part(expr, site, inner)


def _in_template(call: ModelCall, evaluator: Evaluator) -> list[Part]:
    """`prompt | model`: what the input gives for the placeholders of the prompt's system part."""
    found: list[Part] = []
    for value in evaluator.callee(call.site):
        base = value.base if isinstance(value, Member) else None
        for part in base.parts if isinstance(base, PipeV) else ():
            for name in sorted(_placeholders(part, evaluator)):
                for given in _named(call, "messages"):
                    found.append(Part(given.expr, given.site, (*given.path, name)))
    return found


def _placeholders(value: Value, evaluator: Evaluator) -> set[str]:
    """Names of the holes in the system messages of a prompt template."""
    if not isinstance(value, Made) or value.call is None or not _is_any(value, messages().templates):
        return set()
    positional, named = evaluator.arguments(value.call)
    given = positional[0] if positional else named.entries.get("messages", ())
    found: set[str] = set()
    for sequence in given:
        for item in sequence.items if isinstance(sequence, SeqV) else ():
            for message in item:
                found |= _system_holes(message, evaluator)
    return found


def _is_any(value: Value, known: tuple[str, ...]) -> bool:
    return isinstance(value, Made) and any(re_exported(symbol(value.callee), name) for name in known)


def _system_holes(message: Value, evaluator: Evaluator) -> set[str]:
    if not isinstance(message, SeqV) and not _is_any(message, messages().system_templates):
        return set()
    names: set[str] = set()
    for text in system_content(message, evaluator) or ():
        if isinstance(text, Const) and isinstance(text.value, str):
            try:
                names |= {field for _, field, _, _ in Formatter().parse(text.value) if field}
            except ValueError:
                continue  # Braces that are no placeholders.
    return names
