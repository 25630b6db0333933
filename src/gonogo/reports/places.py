"""Places and the order of findings, as every format has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gonogo.findings import Confidence, Finding, Place, Severity
from gonogo.poll import ItemResult, Poll, ReportedFinding
from gonogo.reports.safe import clean

_SEVERITIES = tuple(Severity)
_CONFIDENCES = tuple(Confidence)

SHORT_COMMIT = 7
"""Digits of a commit id that people read."""


def exact(place: Place) -> str:
    """`path:line:column`, or `path:cell N:line:column` in a notebook: what editors open."""
    cell = "" if place.cell is None else f"cell {place.cell}:"
    return f"{clean(place.path)}:{cell}{place.span.line}:{place.span.column}"


def brief(place: Place) -> str:
    """`path:line`, or with the cell."""
    cell = "" if place.cell is None else f"cell {place.cell}:"
    return f"{clean(place.path)}:{cell}{place.span.line}"


def brief_finding(finding: Finding) -> str:
    """Where a finding stands: a file, or a file in a commit."""
    if finding.commit is not None:
        return f"{clean(finding.place.path)} @ {clean(finding.commit.id[:SHORT_COMMIT])}"
    return brief(finding.place)


def some(places: Iterable[str], limit: int = 2) -> str:
    """The first places, and how many more there are."""
    different = list(dict.fromkeys(places))
    rest = len(different) - limit
    return ", ".join(different[:limit]) + (f" +{rest} more" if rest > 0 else "")


def rank(finding: Finding, severity: Severity, number: int) -> tuple[object, ...]:
    """Sort key of the report: most severe first, then by item (`number`), rule, confidence and place."""
    place = finding.place
    return (
        _SEVERITIES.index(severity), number, finding.rule, _CONFIDENCES.index(finding.confidence),
        place.path, place.cell or 0, place.span.line, place.span.column, finding.subject, finding.message,
    )  # fmt: skip


def ranked(poll: Poll) -> list[ReportedFinding]:
    """All findings of a poll in the order of the report."""
    numbers = {item.id: item.number for item in _all_items(poll)}
    last = len(numbers) + 1
    return sorted(poll.findings, key=lambda f: rank(f.finding, f.severity, numbers.get(f.item, last)))


def _all_items(poll: Poll) -> Sequence[ItemResult]:
    return (*poll.items, *(item for app in poll.apps for item in app.items))
