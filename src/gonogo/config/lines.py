"""On which line of a TOML text does a key stand? The parser does not say, and a message should."""

from __future__ import annotations

import re
from collections.abc import Sequence

_PART = r"""(?:"(?:[^"\\\n]|\\.){0,500}"|'[^'\n]{0,500}'|[A-Za-z0-9_-]{1,200})"""
_KEY = re.compile(rf"[ \t]*({_PART}(?:[ \t]*\.[ \t]*{_PART})*)[ \t]*=")
_HEADER = re.compile(rf"[ \t]*\[\[?[ \t]*({_PART}(?:[ \t]*\.[ \t]*{_PART})*)[ \t]*\]")
_PARTS = re.compile(_PART)


def line_of(text: str, path: Sequence[str]) -> int:
    """The line (from 1) of the key `path`, or of the nearest table around it that has a line of its own.

    The tables of a `[[list]]` are told apart by a key `[1]`, `[2]`, ... after its name. This is a search, not a parser:
    keys within inline tables get the line of the table, and a text that only looks like a key inside a multi-line
    string may mislead it. It serves messages only.
    """
    best, best_length = 1, 0
    table: tuple[str, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    quote = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if quote:
            if quote in line:
                quote = ""
            continue
        header = _HEADER.match(line)
        if header:
            table = found = _numbered(_split(header[1]), counts, new=header[0].lstrip().startswith("[["))
        else:
            key = _KEY.match(line)
            if key is None:
                continue
            found = table + _split(key[1])
            quote = _opened(line[key.end() :])
        length = _common(found, path)
        if length > best_length and length == min(len(found), len(path)):
            best, best_length = number, length
    return best


def _numbered(names: tuple[str, ...], counts: dict[tuple[str, ...], int], *, new: bool) -> tuple[str, ...]:
    """The names with the numbers of the tables of lists on the way."""
    found: tuple[str, ...] = ()
    for place, name in enumerate(names, start=1):
        found = (*found, name)
        if new and place == len(names):
            counts[found] = counts.get(found, 0) + 1
        if found in counts:
            found = (*found, numbered(counts[found]))
    return found


def numbered(number: int) -> str:
    """How a chain of keys names the table `number` (from 1) of a list."""
    return f"[{number}]"


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(_unquote(part) for part in _PARTS.findall(dotted))


def _unquote(part: str) -> str:
    if part[0] == "'":
        return part[1:-1]
    if part[0] == '"':
        return re.sub(r'\\(["\\])', r"\1", part[1:-1])
    return part


def _opened(value: str) -> str:
    """The quotes of a multi-line string that starts in `value` and does not end in it."""
    for quotes in ('"""', "'''"):
        if value.count(quotes) % 2:
            return quotes
    return ""


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    count = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        count += 1
    return count
