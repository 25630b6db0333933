"""Imports of a Python file, read without parsing it.

A superset of what the parser would find: imports in functions, in strings and in broken files count too. Every step
is linear in the size of the file, whatever stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class LexicalImport(NamedTuple):
    """`import module`, or `from <level dots>module import names`; `bound` are the names it binds in the file.

    A plain import has no `names`; a module named in `import_module("...")` has neither `names` nor `bound`.
    """

    module: str
    names: tuple[str, ...]
    level: int
    bound: tuple[str, ...]


# The longest way back from `import` to the beginning of its statement that is looked at.
_STATEMENT_WINDOW = 400

_IMPORT = re.compile(rb"import(?![\w\x80-\xff])")
_BEFORE = re.compile(
    rb"(?:.*[;:\n])?[ \t\f]*"
    rb"(?:from(?:[ \t\f]+(?P<absolute>[\w\x80-\xff][\w.\x80-\xff]*)"
    rb"|[ \t\f]*(?P<relative>\.[. \t]*(?:[\w\x80-\xff][\w.\x80-\xff]*)?))[ \t\f]+"
    rb"|from[ \t\f]*(?P<dots>\.+))?",
    re.DOTALL,
)
_NAME = re.compile(
    rb"([*]|[A-Za-z_\x80-\xff][\w.\x80-\xff]*)(?:[ \t\f\n]+as[ \t\f\n]+([A-Za-z_\x80-\xff][\w\x80-\xff]*))?"
)
_PARENTHESIS_OR_COMMENT = re.compile(rb"[)#]")
_END_OF_STATEMENT = re.compile(rb"[\n;#]")
_DYNAMIC = re.compile(
    rb"(?:import_module|__import__)\([ \t\n]*f?[\"']"
    rb"(?P<dots>\.*)(?P<module>(?:[\w\x80-\xff][\w.\x80-\xff]*)?)[\"']"
)

# A notebook keeps each line of a cell as a JSON text; ends and beginnings of these become plain line ends.
_CELL_LINE = re.compile(rb'\\n"\s*,\s*"')
_CELL_START = re.compile(rb'"source"\s*:\s*(?:\[\s*)?"')


def notebook_text(data: bytes) -> bytes:
    """The raw JSON of a notebook with the lines of its cells on lines of their own."""
    data = _CELL_START.sub(b"\n", _CELL_LINE.sub(b"\n", data))
    return data.replace(b"\\n", b"\n").replace(b'\\"', b'"')


def python_imports(data: bytes) -> Iterator[LexicalImport]:
    """All imports in `data`, in order, dynamic ones with a constant name last."""
    if b"\\\n" in data:
        data = data.replace(b"\\\n", b" ")
    unclosed = False
    position = 0
    while (found := _IMPORT.search(data, position)) is not None:
        position = found.end()
        start = found.start()
        begin = max(data.rfind(b"\n", 0, start) + 1, start - _STATEMENT_WINDOW)
        before = _BEFORE.fullmatch(data, begin, start)
        if before is None:
            continue
        relative = before["relative"] if before["relative"] is not None else before["dots"]
        if before["absolute"] is None and relative is None:
            text, position = _rest_of_line(data, position)
            yield from _plain(text)
            continue
        text, position, unclosed = _imported(data, position, unclosed)
        pairs = _NAME.findall(text)
        if not pairs:
            continue
        module = before["absolute"]
        level = 0
        if module is None:
            module = relative.lstrip(b". \t")
            level = relative.count(b".", 0, len(relative) - len(module))
        yield LexicalImport(
            _text(module),
            tuple(_text(name) for name, _ in pairs),
            level,
            tuple(_text(alias or name) for name, alias in pairs),
        )
    for call in _DYNAMIC.finditer(data):
        if call["module"] or call["dots"]:
            yield LexicalImport(_text(call["module"]), (), len(call["dots"]), ())


def _plain(text: bytes) -> Iterator[LexicalImport]:
    for name, alias in _NAME.findall(text):
        module = _text(name)
        yield LexicalImport(module, (), 0, (_text(alias) or module.partition(".")[0],))


def _rest_of_line(data: bytes, position: int) -> tuple[bytes, int]:
    end = _END_OF_STATEMENT.search(data, position)
    stop = len(data) if end is None else end.start()
    return data[position:stop], stop


def _imported(data: bytes, position: int, unclosed: bool) -> tuple[bytes, int, bool]:
    """What follows `import`, where it ends, and whether no further parenthesis of the file is closed."""
    while data[position : position + 1] in (b" ", b"\t", b"\f"):
        position += 1
    if data[position : position + 1] != b"(":
        return (*_rest_of_line(data, position), unclosed)
    if unclosed:
        return b"", position, True
    start = position
    position += 1
    parts: list[bytes] = []
    while (mark := _PARENTHESIS_OR_COMMENT.search(data, position)) is not None:
        parts.append(data[position : mark.start()])
        if mark[0] == b")":
            return b"".join(parts), mark.end(), False
        position = data.find(b"\n", mark.end())
        if position < 0:
            break
    return b"", start, True


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")
