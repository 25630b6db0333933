"""A rich console that writes to memory, with everything decided beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

MIN_WIDTH = 40
MAX_WIDTH = 120
"""Wider terminals get no longer lines: they are hard to read."""

_ASCII = {
    0x00B7: "-",  # middle dot
    0x2026: "...",
    0x2500: "-",  # the line of a heading
    0x2502: "|",
    0x00D7: "x",  # multiplication sign
    0x2013: "-",  # en dash
    0x2014: "-",  # em dash
    0x2018: "'",
    0x2019: "'",
    0x201C: '"',
    0x201D: '"',
    0x2192: "->",
}


@dataclass(frozen=True, slots=True)
class Look:
    """How text is to appear. `ascii` replaces the signs that a stream may not be able to write."""

    width: int = 80
    color: bool = False
    ascii: bool = False


class Page:
    """Collects renderables; `text()` is what they look like."""

    def __init__(self, look: Look) -> None:
        from rich.console import Console

        self.look = look
        self.width = min(max(look.width, MIN_WIDTH), MAX_WIDTH)
        self._buffer = StringIO()
        # An empty environment: colour and width were decided by the caller, once, for all output.
        self.console: Console = Console(
            file=self._buffer, width=self.width, color_system="standard" if look.color else None,
            force_terminal=look.color, no_color=False, highlight=False, markup=False, emoji=False,
            legacy_windows=False, force_jupyter=False, force_interactive=False, _environ={},
        )  # fmt: skip

    def add(self, *renderables: object) -> None:
        """Each on lines of its own; an empty text is an empty line."""
        for renderable in renderables:
            self.console.print(renderable)

    def add_long(self, renderable: object) -> None:
        """A line that must not be broken, such as a place an editor is to open."""
        self.console.print(renderable, soft_wrap=True)

    def text(self) -> str:
        """Everything so far, without blanks at the ends of lines."""
        text = "\n".join(line.rstrip(" ") for line in self._buffer.getvalue().split("\n"))
        return text.translate(_ASCII) if self.look.ascii else text

    @property
    def empty(self) -> bool:
        """Has nothing been added yet?"""
        return not self._buffer.tell()
