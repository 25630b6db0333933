"""What a call is instructed by: the values of its system prompt, wherever an SDK wants it."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.facts.lifted import ModelCall, Setting
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import re_exported, symbol
from gonogo.link.values import Const, DictV, InstV, Made, Member, PipeV, SeqV, TextV, Value, Values
from gonogo.registry.prompts import messages


@dataclass(frozen=True, eq=False, slots=True)
class Instructions:
    """The ways a call's system prompt can be, and whether that is all of it."""

    values: Values
    complete: bool


@dataclass(frozen=True, eq=False, slots=True)
class Sent:
    """Settings of a call that make up its prompt."""

    system: Setting
    messages: Setting
    tools: Setting
    cache: Setting


def instructions(call: ModelCall, sent: Sent, evaluator: Evaluator) -> Instructions:
    """The system prompt of a call: the argument for it, system messages, the prompt template in front of a model."""
    setting = sent.system
    values = tuple(v for v in setting.values if not is_nothing(v))
    has_place = "system" in call.spec.args or (call.client is not None and "system" in call.client.args)
    complete = setting.status != "open"
    in_messages, all_seen = _system_messages(sent.messages.values, evaluator)
    in_template, templated = _in_template(call, evaluator)
    complete = complete and (has_place or all_seen or templated)
    return Instructions((*values, *in_messages, *in_template), complete)


def is_nothing(value: Value) -> bool:
    """True for `None`, an empty text, and an SDK's marker for an argument that is not given."""
    if isinstance(value, Const):
        return not value.value
    return symbol(value).rsplit(".", 1)[-1] in messages().not_given


def _system_messages(values: Values, evaluator: Evaluator) -> tuple[list[Value], bool]:
    """Contents of messages that instruct, and whether every message was seen."""
    found: list[Value] = []
    complete = bool(values)
    for value in values:
        if isinstance(value, (Const, TextV)):
            continue  # One text without roles.
        if not isinstance(value, SeqV):
            complete = False
            continue
        # What an open list may hold besides is what was said before: instructions stand in front, and are seen.
        complete = complete and bool(value.items)
        for item in value.items:
            for message in item:
                content = system_content(message, evaluator)
                if content is not None:
                    found.append(message)
    return found, complete


def system_content(message: Value, evaluator: Evaluator) -> Values | None:
    """What a message says if it instructs, else `None`."""
    data = messages()
    if isinstance(message, DictV):
        role = message.entries.get("role", ())
        if any(isinstance(v, Const) and v.value in data.roles for v in role):
            return message.entries.get("content", ())
        return None
    if isinstance(message, SeqV) and len(message.items) == 2:
        role, content = message.items
        return content if any(isinstance(v, Const) and v.value in data.roles for v in role) else None
    if isinstance(message, (Made, InstV)):
        call = message.call if isinstance(message, Made) else message.made
        if call is None:
            return None
        positional, named = evaluator.arguments(call)
        name = symbol(message.callee) if isinstance(message, Made) else ""
        role = named.entries.get("role", ())
        if any(re_exported(name, known) for known in data.instruct) or any(
            isinstance(v, Const) and v.value in data.roles for v in role
        ):
            said = (named.entries[key] for key in ("content", "prompt", "template") if named.entries.get(key))
            return next(said, positional[0] if positional else ())
    return None


def _in_template(call: ModelCall, evaluator: Evaluator) -> tuple[list[Value], bool]:
    """System messages of the template in `template | model`, and whether there is one."""
    found: list[Value] = []
    seen = False
    for value in evaluator.callee(call.site):
        base = value.base if isinstance(value, Member) else None
        for part in base.parts if isinstance(base, PipeV) else ():
            if not isinstance(part, Made) or part.call is None:
                continue
            if not any(re_exported(symbol(part.callee), name) for name in messages().templates):
                continue
            positional, named = evaluator.arguments(part.call)
            given = positional[0] if positional else named.entries.get("messages", ())
            texts, complete = _system_messages(given, evaluator)
            found.extend(texts)
            seen = seen or complete
    return found, seen
