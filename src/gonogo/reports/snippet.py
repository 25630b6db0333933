"""The source lines shown with a finding."""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.facts.span import Span
from gonogo.reports.safe import clean_code

CONTEXT = 1
MAX_LINES = 8
MAX_WIDTH = 2_000
"""Code points of a line that are kept: minified files have lines of megabytes."""

_MASKED_WIDTH = 10 * MAX_WIDTH
# Masking comes before cutting, so that no key is cut into something that is not recognised any more.


def excerpt(lines: Sequence[str], span: Span, *, first: int = 1) -> tuple[tuple[int, str], ...]:
    """The lines of `span` with one line of context around, as (number, text), masked and harmless.

    `lines` are those of the whole file, or of the cell; `first` is the number of the first one. Of a long span the
    beginning is shown.
    """
    last_of_span = span.end_line - 1 if span.end_column == 1 and span.end_line > span.line else span.end_line
    start = max(span.line - CONTEXT, first)
    end = min(last_of_span + CONTEXT, start + MAX_LINES - 1, first + len(lines) - 1)
    return tuple(
        (number, clean_code(lines[number - first][:_MASKED_WIDTH])[:MAX_WIDTH]) for number in range(start, end + 1)
    )
