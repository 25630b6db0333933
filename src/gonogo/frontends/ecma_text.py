"""Places and constants of JavaScript and TypeScript: spans in code points, texts, numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gonogo.facts.span import Span

if TYPE_CHECKING:
    from tree_sitter import Node, Point

MAX_DIGITS = 400
"""Longer numbers are no setting of anything."""
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_CODE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")


class Places:
    """Spans of nodes. The parser counts columns in bytes of UTF-8, facts count code points."""

    def __init__(self, source: bytes) -> None:
        self._lines = None if source.isascii() else source.split(b"\n")

    def span(self, node: Node) -> Span:
        """Where a node stands."""
        start, end = node.start_point, node.end_point
        if self._lines is None:
            return Span(start.row + 1, start.column + 1, end.row + 1, end.column + 1)
        return Span(start.row + 1, self._column(start), end.row + 1, self._column(end))

    def _column(self, point: Point) -> int:
        assert self._lines is not None
        line = self._lines[point.row] if point.row < len(self._lines) else b""
        if line.isascii():
            return point.column + 1
        return len(line[: point.column].decode("utf-8", "replace")) + 1


def text_of(node: Node) -> str:
    """The source of a node."""
    return (node.text or b"").decode("utf-8", "replace")


def unescape(text: str) -> str:
    """What an escape sequence stands for."""
    code = _CODE.fullmatch(text)
    if code is not None:
        number = int(code[1] or code[2] or code[3], 16)
        return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    return _ESCAPES.get(text[1:], text[1:])


def number_of(text: str) -> int | float | None:
    """The value of a number literal; `None` if it is too long to be a setting, or cannot be read."""
    plain = text.replace("_", "").lower()
    if len(plain) > MAX_DIGITS:
        return None
    whole = plain.removesuffix("n")
    try:
        if whole[:2] in ("0x", "0o", "0b"):
            return int(whole, 0)
        if whole.isdigit():
            return int(whole)
        value = float(whole)
    except (ValueError, OverflowError):
        return None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
