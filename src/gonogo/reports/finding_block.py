"""One finding in full, as compilers show their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo.facts.span import Span
from gonogo.findings import Confidence, Severity
from gonogo.poll import ReportedFinding
from gonogo.reports.places import SHORT_COMMIT, exact
from gonogo.reports.safe import clean, clean_code
from gonogo.reports.summary import revoked_by

if TYPE_CHECKING:
    from rich.text import Text

    from gonogo.reports.console import Page

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
_FRAME = "blue"
_MIN_CODE_WIDTH = 20


def add_finding(page: Page, reported: ReportedFinding, *, texts: bool = True) -> None:
    """Write a finding; `texts` adds why it matters and how to fix it."""
    from rich.text import Text

    finding = reported.finding
    style = "dim" if reported.settled else STYLES[reported.severity]
    head = "revoked" if reported.settled else reported.severity.value
    page.add("", Text.assemble((f"{head}[{clean(finding.rule)}]", style), (": ", "bold"),
                               (clean(finding.message), "bold")))  # fmt: skip
    gutter = len(str(max((number for number, _ in reported.code), default=1)))
    page.add_long(Text.assemble(" " * gutter, ("--> ", _FRAME), _where(reported)))
    if reported.code:
        _add_code(page, reported, gutter, style)
    for related in finding.related:
        page.add_long(Text.assemble(" " * gutter, (" = ", _FRAME), f"{exact(related.place)}: {clean(related.label)}"))
    for key in finding.keys:
        # Made of hexadecimal digits by gonogo itself: masking would take it for a key.
        page.add_long(Text.assemble(" " * gutter, (" = ", _FRAME), f"fingerprint {key}"))
    for word in reported.revoked:
        _add_labelled(page, gutter, "revoked", f"{revoked_by(word)}: {clean(word.evidence)}")
    if reported.suppressed is not None:
        _add_labelled(page, gutter, "suppressed", clean(reported.suppressed))
    if texts:
        _add_labelled(page, gutter, "why", clean(reported.why))
        _add_labelled(page, gutter, "fix", clean(reported.fix))
    sure = "" if finding.confidence is Confidence.HIGH else f"{finding.confidence.value} confidence · "
    more = "a rule of your own" if reported.own else f"gonogo explain {clean(finding.rule)}"
    page.add(Text(f"{' ' * gutter} = {sure}{more}", style="dim"))


def _where(reported: ReportedFinding) -> str:
    finding = reported.finding
    if finding.commit is None:
        return exact(finding.place)
    commit = finding.commit
    still = "still at HEAD" if commit.at_head else "no longer at HEAD"
    return (
        f"{exact(finding.place)} @ {clean(commit.id[:SHORT_COMMIT])} "
        f"({clean(commit.date[:10])}, {clean(commit.author)}; {still})"
    )


def _add_labelled(page: Page, indent: int, label: str, text: str) -> None:
    """`label: text`, wrapped with the text as a block of its own."""
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    if not text:
        return
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(Text(f"{label}:", style="bold"), Text(text))
    page.add(Padding(table, (0, 0, 0, indent + 1), expand=False))


def _add_code(page: Page, reported: ReportedFinding, gutter: int, style: str) -> None:
    from rich.text import Text

    span = reported.finding.place.span
    room = max(page.width - gutter - 3, _MIN_CODE_WIDTH)
    lines = _without_blank_ends([(number, clean_code(text)) for number, text in reported.code], span)
    marked = next((text for number, text in lines if number == span.line), "")
    left = _left_edge(marked, span, room)
    bar = Text(f"{' ' * (gutter + 1)}|", style=_FRAME)
    page.add_long(bar)
    previous: int | None = None
    for number, text in lines:
        if previous is not None and number > previous + 1:
            page.add_long(Text("...", style=_FRAME))
        previous = number
        page.add_long(Text.assemble((f"{number:>{gutter}} | ", _FRAME), _window(text, left, room)))
        if number == span.line:
            carets = _carets(text, span, left, room)
            page.add_long(Text.assemble((f"{' ' * (gutter + 1)}| ", _FRAME), (carets, style)))
    page.add_long(bar)


def _without_blank_ends(lines: list[tuple[int, str]], span: Span) -> list[tuple[int, str]]:
    """Empty lines around the span show nothing."""
    while lines and not lines[0][1].strip() and lines[0][0] < span.line:
        lines = lines[1:]
    while lines and not lines[-1][1].strip() and lines[-1][0] > span.line:
        lines = lines[:-1]
    return lines


def _left_edge(text: str, span: Span, room: int) -> int:
    """How many code points to leave out on the left so that the beginning of the span is to be seen."""
    from rich.cells import cell_len

    until = span.end_column - 1 if span.end_line == span.line else len(text)
    if cell_len(text[: min(until, len(text))]) <= room or cell_len(text[: span.column - 1]) < room // 2:
        return 0
    # A quarter of the room before the span, or more where the line ends soon after it.
    return max(min(span.column - 1 - room // 4, len(text) - room + 1), 0)


def _window(text: str, left: int, room: int) -> Text:
    """The part of a line that fits, with an ellipsis where something is left out."""
    from rich.cells import cell_len, set_cell_size
    from rich.text import Text

    if left:
        text = "…" + text[left + 1 :] if len(text) > left else ""
    if cell_len(text) > room:
        text = set_cell_size(text, room - 1).rstrip(" ") + "…"
    return Text(text)


def _carets(text: str, span: Span, left: int, room: int) -> str:
    """The line below, with carets under the span; of a span over several lines, under the rest of the first."""
    from rich.cells import cell_len

    start = min(span.column - 1, len(text))
    stop = min(span.end_column - 1, len(text)) if span.end_line == span.line else len(text.rstrip())
    before = cell_len(text[left:start])
    return " " * min(before, room - 1) + "^" * max(min(cell_len(text[start:stop]), room - before), 1)
