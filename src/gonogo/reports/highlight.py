"""Source lines in HTML, coloured by kind of token, with the span of a finding marked."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from gonogo.poll import ReportedFinding
from gonogo.reports.safe import clean_code

_KINDS = (("Comment", "com"), ("Literal.String", "str"), ("Literal.Number", "num"), ("Keyword", "kw"))


def code_block(reported: ReportedFinding) -> str:
    """The lines of a finding in a `<pre>`."""
    span = reported.finding.place.span
    lines = [(number, clean_code(code)) for number, code in reported.code]
    coloured = _coloured(reported.finding.place.path, [code for _, code in lines])
    rows = []
    for (number, code), pieces in zip(lines, coloured, strict=True):
        start, end = 0, 0
        if span.line <= number <= span.end_line:
            start = span.column - 1 if number == span.line else len(code) - len(code.lstrip())
            end = span.end_column - 1 if number == span.end_line else len(code)
        body = "".join(_marked(pieces, start, end))
        rows.append(f'<span class="row"><span class="no">{number}</span>{body}</span>')
    return f'<pre tabindex="0" aria-label="source">{"".join(rows)}</pre>\n'


def _marked(pieces: list[tuple[str, str]], start: int, end: int) -> Iterator[str]:
    """The pieces of a line, cut at the ends of the mark."""
    at = 0
    for kind, code in pieces:
        for part, inside in _cut(code, start - at, end - at):
            shown = escape(part)
            if kind:
                shown = f'<span class="{kind}">{shown}</span>'
            yield f"<mark>{shown}</mark>" if inside else shown
        at += len(code)


def _cut(code: str, start: int, end: int) -> Iterator[tuple[str, bool]]:
    low, high = max(0, min(start, len(code))), max(0, min(end, len(code)))
    for part, inside in ((code[:low], False), (code[low:high], True), (code[max(high, low) :], False)):
        if part:
            yield part, inside


def _coloured(path: str, lines: list[str]) -> list[list[tuple[str, str]]]:
    """Per line, its pieces as (class, text). Lines are read one by one: the excerpt may begin anywhere."""
    from pygments.lexers import find_lexer_class_for_filename

    try:
        found = find_lexer_class_for_filename(path.removesuffix(".ipynb") + ".py" * path.endswith(".ipynb"))
        lexer = found(stripnl=False, ensurenl=False) if found is not None else None
    except (ValueError, OSError):
        lexer = None
    if lexer is None:
        return [[("", line)] for line in lines]
    result = []
    for line in lines:
        pieces = [(_kind(str(token)), code) for token, code in lexer.get_tokens(line[:2_000]) if code]
        whole = "".join(code for _, code in pieces)
        result.append(pieces if whole == line else [("", line)])
    return result


def _kind(token: str) -> str:
    return next((name for part, name in _KINDS if token.startswith(f"Token.{part}")), "")
