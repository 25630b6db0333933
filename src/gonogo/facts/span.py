"""A place in a text."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of source text. Lines and columns are 1-based, columns count code points, ends are exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


NO_SPAN = Span(1, 1, 1, 1)
