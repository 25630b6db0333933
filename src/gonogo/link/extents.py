"""How long texts and tool lists are, from the values they can have: what is fixed in them, and what differs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from string import Formatter

from gonogo.facts.prompts import FEWEST_CHARACTERS_PER_TOKEN, Extent, usual
from gonogo.link.dicts import fold_dicts
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import re_exported, same_symbol, symbol
from gonogo.link.routes import user_sent
from gonogo.link.text_files import TextFiles
from gonogo.link.texts import pieces
from gonogo.link.values import (
    Const,
    DictV,
    Env,
    FuncV,
    InstV,
    Made,
    Member,
    PipeV,
    SeqV,
    TextV,
    Unknown,
    Value,
    Values,
)
from gonogo.registry.prompts import messages, schema_packages, templates, tool_makers

MAX_DEPTH = 12
MAX_ITEMS = 300
UNSEEN = Extent(sure=False, most=None)
NOTHING = Extent()
_PLACEHOLDER = re.compile(r"\{\{[^{}]{0,200}\}\}|\{%[^{}]{0,400}%\}|\$\{?\w{1,60}\}?|\{\w{0,60}\}")
LOST = ("the trail is too long to follow", "too many alternatives", "further parts", "the rest of a long text")
"""Reasons of an `Unknown` that say nothing about what it is: it may well be fixed."""


def most_tokens(text: str) -> int:
    """No text has more tokens than this."""
    foreign = sum(1 for character in text if ord(character) > 127)
    return (len(text) - foreign) // FEWEST_CHARACTERS_PER_TOKEN + 2 * foreign + 1


def known(text: str, length: int = 0) -> Extent:
    """The extent of a text that never differs; `length` counts what was cut off, too."""
    whole = max(len(text), length)
    return Extent(whole, whole, True, most_tokens(text) + (whole - len(text)), usual=whole)


def chained(parts: Iterable[Extent]) -> Extent:
    """One after the other."""
    fixed = prefix = sent = 0
    sure, open_end, short = True, True, False
    most: int | None = 0
    holes: list[Value] = []
    for part in parts:
        fixed += part.fixed
        sent += part.usual
        if open_end:
            prefix += part.prefix
        open_end = open_end and part.whole
        short = part.short if sure else short and (part.sure or part.short)
        sure = sure and part.sure
        most = None if most is None or part.most is None else most + part.most
        holes.extend(part.holes)
    return Extent(fixed, prefix, sure, most, tuple(holes), short and not sure, sent)


class Extents:
    """Measures values. One instance serves a run."""

    def __init__(self, evaluator: Evaluator, files: TextFiles) -> None:
        self._evaluator = evaluator
        self._files = files

    def of(self, value: Value, importer: str, depth: int = 0) -> Extent:
        """The extent of one text: a text, blocks of text, or a message with one. `importer` is the file that asks."""
        if depth > MAX_DEPTH:
            return UNSEEN
        if isinstance(value, Const):
            if isinstance(value.value, str):
                return known(value.value, value.length)
            return NOTHING if value.value is None else known(str(value.value))
        if isinstance(value, TextV):
            return self._text(value, importer, depth)
        if isinstance(value, SeqV):
            return self._blocks(value, importer, depth)
        if isinstance(value, (DictV, Made, InstV)):
            content = self._content(value, importer, depth)
            if content is not None:
                return content
        if user_sent(self._evaluator, value):
            return Extent(most=None, holes=(value,))
        return self._read(value, importer, depth) if isinstance(value, (Made, Member)) else UNSEEN

    def _text(self, value: TextV, importer: str, depth: int) -> Extent:
        return chained(
            known(text) if text is not None else self._hole(hole, importer, depth) for text, hole in pieces(value)
        )

    def _hole(self, values: Values, importer: str, depth: int) -> Extent:
        """What stands in a placeholder: fixed text counts, anything else differs."""
        found = [self.of(value, importer, depth + 1) for value in values]
        if len(found) == 1 and found[0].whole:
            return found[0]
        most = max((e.most for e in found if e.most is not None), default=None)
        bounded = bool(found) and all(e.most is not None for e in found)
        return Extent(
            fixed=max((e.fixed for e in found), default=0),
            prefix=0,
            sure=all(e.sure or not _may_be_fixed(v, self._files) for e, v in zip(found, values, strict=True)),
            most=most if bounded else None,
            holes=values or (Unknown("a placeholder"),),
            usual=usual([e.usual for e in found]),
        )

    def _blocks(self, value: SeqV, importer: str, depth: int) -> Extent:
        parts = []
        for item in value.items[:MAX_ITEMS]:
            found = [self.of(v, importer, depth + 1) for v in item]
            parts.append(found[0] if len(found) == 1 else self._hole(item, importer, depth))
        if value.open or len(value.items) > MAX_ITEMS:
            parts.append(UNSEEN)
        return chained(parts)

    def _content(self, value: DictV | Made | InstV, importer: str, depth: int) -> Extent | None:
        """The text of a block or a message; `None` if it is none."""
        if isinstance(value, DictV):
            return self._entry(value, importer, depth)
        call = value.call if isinstance(value, Made) else value.made
        if call is None or (isinstance(value, Made) and isinstance(value.callee, Member)):
            return None
        if isinstance(value, Made) and self._template(value) is not None:
            return None
        positional, named = self._evaluator.arguments(call)
        for name in messages().content:
            given = (positional[0] if positional else ()) if name == "#0" else named.entries.get(name, ())
            if given and (name != "#0" or (isinstance(value, Made) and _is_message(value))):
                return self._hole(given, importer, depth) if len(given) > 1 else self.of(given[0], importer, depth + 1)
        return None

    def _entry(self, value: DictV, importer: str, depth: int) -> Extent:
        for name in messages().content:
            given = value.entries.get(name, ())
            if given:
                return self.of(given[0], importer, depth + 1) if len(given) == 1 else self._hole(given, importer, depth)
        return UNSEEN if value.open else self.as_json(value, importer, depth)

    # --- texts from elsewhere ---

    def _read(self, value: Made | Member, importer: str, depth: int) -> Extent:
        """Text read from a file of the repository, and templates that are filled in."""
        text = self._files.read(value, self._home(value, importer))
        if text is not None:
            return known(text)
        if isinstance(value, Made) and isinstance(value.callee, Member):
            method, base = value.callee.name, value.callee.base
            if method in templates().keeps:
                return self.of(base, importer, depth + 1)
            if method in templates().fills:
                return self._filled(base, importer, depth)
        if isinstance(value, Made):
            return self._filled(value, importer, depth) if self._template(value) is not None else UNSEEN
        return UNSEEN

    def _filled(self, base: Value, importer: str, depth: int) -> Extent:
        """A template with something in its placeholders."""
        text = self._files.read(base, self._home(base, importer))
        braces = False
        if text is None and isinstance(base, Made):
            given = self._template(base)
            if given is not None:
                found = [self.of(v, importer, depth + 1) for v in given]
                constant = next((v.value for v in given if isinstance(v, Const) and isinstance(v.value, str)), None)
                if constant is None:
                    return found[0] if len(found) == 1 else UNSEEN
                text, braces = constant, symbol(base.callee) in templates().braces
            else:
                text = self._loaded(base, importer)
        if text is None:
            inner = self.of(base, importer, depth + 1)
            return Extent(inner.fixed, 0, inner.sure, None, (Unknown("a placeholder"),), usual=inner.usual)
        return braced(text) if braces else placeholders(text)

    def _template(self, value: Made) -> Values | None:
        """The text a template object is made of."""
        name = symbol(value.callee)
        data = templates()
        if value.call is None or not any(name == k or same_symbol(name, k) for k in (*data.braces, *data.other)):
            return None
        positional, named = self._evaluator.arguments(value.call)
        for place in data.arguments:
            given = (positional[0] if positional else ()) if place == "#0" else named.entries.get(place, ())
            if given:
                return given
        return ()

    def _loaded(self, value: Made, importer: str) -> str | None:
        """The text behind `environment.get_template("name")`."""
        if not isinstance(value.callee, Member) or value.callee.name not in templates().loaders or value.call is None:
            return None
        positional, _ = self._evaluator.arguments(value.call)
        names = positional[0] if positional else ()
        if len(names) == 1 and isinstance(names[0], Const) and isinstance(names[0].value, str):
            return self._files.template(names[0].value, importer)
        return None

    @staticmethod
    def _home(value: Value, importer: str) -> str:
        """The file whose code reads: a path that is not fixed counts from near it."""
        while isinstance(value, Member):
            value = value.base
        return value.call.module.path if isinstance(value, Made) and value.call is not None else importer

    # --- tools ---

    def as_json(self, value: Value, importer: str, depth: int = 0) -> Extent:
        """The extent of a value as it is sent: mappings and lists with their keys and marks."""
        if depth > MAX_DEPTH:
            return UNSEEN
        if isinstance(value, DictV):
            parts = [known("{}")]
            for key, values in list(value.entries.items())[:MAX_ITEMS]:
                if values and all(isinstance(v, FuncV) for v in values):
                    continue  # What a program does with a tool is not sent.
                parts.append(known(f'"{key}": , '))
                parts.append(self._one(values, importer, depth))
            if value.open:
                parts.append(UNSEEN)
            return chained(parts)
        if isinstance(value, SeqV):
            parts = [known("[]")]
            parts.extend(self._one(item, importer, depth) for item in value.items[:MAX_ITEMS])
            if value.open or len(value.items) > MAX_ITEMS:
                parts.append(UNSEEN)
            return chained(parts)
        if isinstance(value, Const):
            return known(json.dumps(value.value), value.length)
        if isinstance(value, TextV):
            return self._text(value, importer, depth)
        if user_sent(self._evaluator, value):
            return Extent(most=None, holes=(value,))
        return self._described(value, importer, depth) if isinstance(value, Made) else UNSEEN

    def _described(self, value: Made, importer: str, depth: int) -> Extent:
        """A tool made of what describes it, and the schema of its input: at least the texts in them are sent."""
        if value.call is None:
            return UNSEEN
        positional, _ = self._evaluator.arguments(value.call)
        for maker in tool_makers():
            if any(same_symbol(symbol(value.callee), name) for name in maker.names) and len(positional) > maker.place:
                told = fold_dicts(positional[maker.place])
                sent = DictV({key: told.entries[key] for key in maker.sent if key in told.entries}, told.open)
                return self.as_json(sent, importer, depth + 1)
        if not symbol(value.callee).startswith(schema_packages()):
            return UNSEEN
        parts = [
            self.as_json(v, importer, depth + 1) for found in positional for v in found if not isinstance(v, FuncV)
        ]
        base = value.callee.base if isinstance(value.callee, Member) else None
        if isinstance(base, Made):
            parts.insert(0, self._described(base, importer, depth + 1))
        counted = chained(parts)
        fixed = not counted.holes and (counted.sure or counted.short)
        return Extent(counted.fixed, counted.prefix, False, None, counted.holes, fixed, counted.usual)

    def _one(self, values: Values, importer: str, depth: int) -> Extent:
        if len(values) == 1:
            return self.as_json(values[0], importer, depth + 1)
        found = [self.as_json(value, importer, depth + 1) for value in values]
        sizes = usual([e.usual for e in found])
        return Extent(max((e.fixed for e in found), default=0), 0, False, None, values, usual=sizes)


def _is_message(value: Made) -> bool:
    name = symbol(value.callee)
    return name.endswith("Message") or any(re_exported(name, known) for known in messages().instruct)


def braced(text: str) -> Extent:
    """A text with `{name}` for what differs."""
    fixed = prefix = 0
    met = False
    try:
        for literal, field, _, _ in Formatter().parse(text):
            fixed += len(literal)
            if not met:
                prefix += len(literal)
            met = met or field is not None
    except ValueError:
        return placeholders(text)
    holes = (Unknown("a placeholder"),) if met else ()
    return Extent(fixed, prefix, True, None if met else most_tokens(text), holes, usual=fixed)


def placeholders(text: str) -> Extent:
    """A text with placeholders of any kind: those of format strings, of Jinja, of `string.Template`."""
    found = list(_PLACEHOLDER.finditer(text))
    if not found:
        return known(text)
    fixed = len(text) - sum(match.end() - match.start() for match in found)
    return Extent(fixed, found[0].start(), True, None, (Unknown("a placeholder"),), usual=fixed)


def _may_be_fixed(value: Value, files: TextFiles) -> bool:
    """True for what is not known in a placeholder and may well be the same in every request."""
    if isinstance(value, Unknown):
        return value.why in LOST
    if isinstance(value, (Env, PipeV)):
        return True
    return isinstance(value, (Made, Member)) and files.reads(value)
