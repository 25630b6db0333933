"""Texts put together: templates filled in, joined, replaced, added to. What is known of them stays known."""

from __future__ import annotations

import re
from collections.abc import Callable
from string import Formatter

from gonogo.link.values import Const, DictV, SeqV, Site, TextV, Unknown, Value, Values

MAX_LENGTH = 100_000
"""Characters kept of a text that is put together; nothing is decided on longer ones."""
MAX_PARTS = 400
MAX_ALTERNATIVES = 4
"""Ways a text may have been added to that are kept apart."""
_PERCENT = re.compile(r"%(?:\((\w{1,60})\))?[-#0 +]{0,4}(?:\d{1,6}|\*)?(?:\.\d{1,6})?([a-zA-Z%])")
_DIGITS = re.compile(r"[0-9]+")


def pieces(value: Value) -> list[tuple[str | None, Values]]:
    """The parts of a text value, each with what its hole can be; anything but text is one hole."""
    if isinstance(value, TextV):
        holes = iter(value.holes)
        return [(part, next(holes, ()) if part is None else ()) for part in value.parts]
    if isinstance(value, Const) and isinstance(value.value, str):
        return [(value.value, ())]
    return [(None, (value,))]


def assembled(parts: list[tuple[str | None, Values]], site: Site) -> Value:
    """A text of parts: a constant if it has no hole."""
    texts: list[str | None] = []
    holes: list[Values] = []
    length = 0
    for text, hole in parts[:MAX_PARTS]:
        if text is None:
            texts.append(None)
            holes.append(hole)
            continue
        text = text[: max(0, MAX_LENGTH - length)]
        length += len(text)
        if texts and texts[-1] is not None:
            texts[-1] += text
        else:
            texts.append(text)
    if len(parts) > MAX_PARTS:
        texts.append(None)
        holes.append((Unknown("the rest of a long text", site),))
    if all(text is not None for text in texts):
        return Const("".join(text or "" for text in texts), site)
    return TextV(tuple(texts), site, tuple(holes))


def is_text(value: Value) -> bool:
    """True for a text of which something is known."""
    return isinstance(value, TextV) or (isinstance(value, Const) and isinstance(value.value, str))


def added(left: Value, right: Value, site: Site) -> Value | None:
    """`left + right`, if one of them is text."""
    if not is_text(left) and not is_text(right):
        return None
    return assembled([*pieces(left), *pieces(right)], site)


def percent(left: Value, right: Value, site: Site) -> Value | None:
    """`left % right`, if `left` is text."""
    if not is_text(left):
        return None
    given = list(right.items) if isinstance(right, SeqV) else [(right,)]
    named = right.entries if isinstance(right, DictV) else {}

    def fill(text: str) -> list[tuple[str | None, Values]]:
        found: list[tuple[str | None, Values]] = []
        last = 0
        for match in _PERCENT.finditer(text):
            found.append((text[last : match.start()], ()))
            last = match.end()
            if match[2] == "%":
                found.append(("%", ()))
            elif match[1]:
                found.extend(_filled(named.get(match[1], ())))
            else:
                found.extend(_filled(given.pop(0) if given else ()))
        return [*found, (text[last:], ())]

    return _each_text(left, fill, site)


def formatted(base: Value, positional: list[Values], named: DictV, site: Site) -> Value:
    """`base.format(...)`"""
    queue = list(positional)

    def fill(text: str) -> list[tuple[str | None, Values]]:
        found: list[tuple[str | None, Values]] = []
        try:
            for literal, field, spec, _ in Formatter().parse(text):
                found.append((literal, ()))
                if field is None:
                    continue
                if not field and queue:
                    hole: Values = queue.pop(0)
                elif _DIGITS.fullmatch(field) and int(field[:4]) < len(positional):
                    hole = positional[int(field[:4])]
                else:
                    hole = named.entries.get(field, ())
                found.extend([(None, ())] if spec else _filled(hole))
        except ValueError:
            return [(None, (Const(text, site),))]  # Braces that are no placeholders.
        return found

    return _each_text(base, fill, site)


def joined(base: Value, items: Values, site: Site) -> Value:
    """`base.join(items)`"""
    if len(items) != 1 or not isinstance(items[0], SeqV):
        return TextV((None,), site, (items,))
    found: list[tuple[str | None, Values]] = []
    for position, item in enumerate(items[0].items):
        found.extend(pieces(base) if position else [])
        found.extend(_filled(item))
    if items[0].open:
        found.append((None, (Unknown("further parts", site),)))
    return assembled(found, site)


def replaced(base: Value, positional: list[Values], site: Site) -> Value:
    """`base.replace(old, new)`"""
    old = positional[0] if positional else ()
    if len(positional) < 2 or len(old) != 1 or not isinstance(old[0], Const) or not isinstance(old[0].value, str):
        return TextV((None,), site, ((base,),))
    mark, new = old[0].value, positional[1]
    if not mark:
        return TextV((None,), site, ((base,),))

    def fill(text: str) -> list[tuple[str | None, Values]]:
        found: list[tuple[str | None, Values]] = []
        for position, between in enumerate(text.split(mark)):
            found.extend(_filled(new) if position else [])
            found.append((between, ()))
        return found

    return _each_text(base, fill, site)


def _filled(values: Values) -> list[tuple[str | None, Values]]:
    """What stands in a placeholder: text where it is one known text or number, else a hole."""
    if len(values) == 1:
        value = values[0]
        if isinstance(value, Const):
            return [(str(value.value), ())]
        if isinstance(value, TextV):
            return pieces(value)
    return [(None, values)]


def _each_text(base: Value, fill: Callable[[str], list[tuple[str | None, Values]]], site: Site) -> Value:
    found: list[tuple[str | None, Values]] = []
    for text, hole in pieces(base):
        found.extend([(None, hole)] if text is None else fill(text))
    return assembled(found, site)


def lengthened(current: Values, more: Values, repeated: bool, site: Site) -> Values | None:
    """`current += more` for texts and lists, `None` for anything else. `repeated`: in a loop, any number of times."""
    if not current or not all(is_text(value) or isinstance(value, SeqV) for value in current):
        return None
    result: list[Value] = []
    for value in current:
        if isinstance(value, SeqV):
            items = [item for one in more if isinstance(one, SeqV) for item in one.items]
            closed = len(more) == 1 and isinstance(more[0], SeqV) and not more[0].open and not repeated
            result.append(SeqV((*value.items, *items), value.open or not closed))
        else:
            again = [(None, more)] if repeated else _filled(more)
            result.append(assembled([*pieces(value), *again], site))
    return tuple(result)
