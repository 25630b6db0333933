"""The tables of the HTML report: leaked keys over time, and model calls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from html import escape

from gonogo.findings import Finding
from gonogo.money import dollars
from gonogo.poll import CallRow, Poll, ReportedFinding
from gonogo.reports.places import ranked
from gonogo.reports.safe import clean

MAX_ROWS = 1_000


def keys_table(poll: Poll) -> Iterator[str]:
    """When each leaked key of the history was first committed, and whether it still stands at HEAD."""
    leaks = [found for found in ranked(poll) if found.finding.commit is not None]
    if not leaks:
        return
    first = min((moment for found in leaks if (moment := _moment(found.finding))), default=None)
    last = max((moment for found in leaks if (moment := _moment(found.finding))), default=None)
    yield '<h2 id="keys">Keys in the history</h2>\n'
    yield '<p class="sub">Deleting a key from the files leaves it in the history. Revoke it first.</p>\n'
    yield '<div class="scroll" tabindex="0" role="region" aria-label="Keys in the history"><table>\n<tr>'
    for head in ("committed", "what", "where", "by", "at HEAD", "revoked", "timeline"):
        yield f'<th scope="col">{head}</th>'
    yield "</tr>\n"
    for found in leaks[:MAX_ROWS]:
        yield _leak(found, first, last)
    yield "</table></div>\n"


def _leak(reported: ReportedFinding, first: datetime | None, last: datetime | None) -> str:
    finding = reported.finding
    commit = finding.commit
    assert commit is not None
    revoked = ", ".join(f"{clean(word.on)} by {clean(word.by)}" for word in reported.revoked) or "not attested"
    cells = (
        clean(commit.date[:10]),
        clean(finding.message),
        f"{clean(finding.place.path)} @ {clean(commit.id[:7])}",
        clean(commit.author),
        "yes" if commit.at_head else "no",
        revoked,
    )
    row = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f"<tr>{row}<td>{_lane(_moment(finding), first, last)}</td></tr>\n"


def _lane(moment: datetime | None, first: datetime | None, last: datetime | None) -> str:
    """From the commit to the right edge, which is today's report: a leaked key stays leaked. Drawn in SVG, since the
    policy of the page allows no styles on elements."""
    if moment is None or first is None or last is None:
        return ""
    whole = max((last - first).days, 1)
    start = round(90 * (moment - first).days / whole)
    return (
        f'<svg width="192" height="8" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" '
        f'aria-label="exposed since {moment.date().isoformat()}">'
        f'<rect width="100" height="4" fill="#8884"/><rect x="{start}" width="{100 - start}" height="4" '
        'fill="#c2333a"/></svg>'
    )


def _moment(finding: Finding) -> datetime | None:
    try:
        moment = datetime.fromisoformat(finding.commit.date if finding.commit else "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def calls_table(poll: Poll) -> Iterator[str]:
    """Every place that reaches a model."""
    if not poll.calls:
        return
    yield f'<h2 id="calls">Model calls ({len(poll.calls):,})</h2>\n'
    yield '<div class="scroll" tabindex="0" role="region" aria-label="Model calls"><table>\n<tr>'
    heads = ("place", "call", "model", "max tokens", "retries", "timeout", "agent loop", "costs up to", "reached from")
    yield "".join(f'<th scope="col">{head}</th>' for head in heads) + "</tr>\n"
    for row in poll.calls[:MAX_ROWS]:
        yield "<tr>" + "".join(f"<td>{escape(clean(cell))}</td>" for cell in _cells(row)) + "</tr>\n"
    yield "</table></div>\n"
    if len(poll.calls) > MAX_ROWS:
        yield f"<p>and {len(poll.calls) - MAX_ROWS:,} more.</p>\n"


def _cells(row: CallRow) -> tuple[str, ...]:
    cell = "" if row.cell is None else f"cell {row.cell}:"
    return (
        f"{row.file}:{cell}{row.line}" + ("" if row.area == "app" else f" ({row.area})"),
        f"{row.sdk} {row.method}",
        ", ".join(row.model) if row.model else f"unknown ({row.model_from})",
        f"{row.max_tokens:,}" if isinstance(row.max_tokens, int) else row.max_tokens,
        row.retries,
        row.timeout,
        row.agent_loop,
        _cost(row),
        row.route or "no entry found",
    )


def _cost(row: CallRow) -> str:
    """The longest answers at the catalog's price; input is not counted."""
    if row.answer_cost_usd is None:
        return "unknown"
    once = f"{dollars(row.answer_cost_usd)} a request"
    return once if row.run_cost_usd is None else f"{once}, {dollars(row.run_cost_usd)} a run"
