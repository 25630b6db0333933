"""The report as one HTML file for whoever decides on the launch: no network, nothing live from the repository."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from html import escape as _escape
from itertools import groupby
from pathlib import Path

from gonogo.findings import Evidence, Severity, Verdict
from gonogo.poll import ItemResult, Poll, ReportedFinding
from gonogo.reports.highlight import code_block
from gonogo.reports.html_tables import calls_table, keys_table
from gonogo.reports.places import brief, exact, ranked
from gonogo.reports.poll_table import group_title
from gonogo.reports.safe import clean
from gonogo.reports.summary import attested_until, header, revoked_by, tally, verdict_line

CLASSES = {Verdict.GO: "GO", Verdict.NO_GO: "NO-GO", Verdict.HOLD: "HOLD", Verdict.NA: "NA"}
MAX_FINDINGS = 2_000
"""Findings in full; a browser struggles with more."""
MAX_UNREAD = 500


def render(poll: Poll) -> str:
    """The page. Styles and script stand in it, and nothing else can run: the policy names them by their hashes."""
    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    title = text(f"{poll.verdict.value} - {poll.name} - gonogo")
    body = "".join(_body(poll))
    return (
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}"
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def text(value: str) -> str:
    """A text from outside as it may stand in HTML: masked, harmless, escaped."""
    return _escape(clean(value))


def prose(value: str) -> str:
    """A text of ours, with `code` in backticks set as such."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", text(value))


def _asset(name: str) -> str:
    return (Path(__file__).with_name("assets") / name).read_text("utf-8")


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _body(poll: Poll) -> Iterator[str]:
    findings = {found.id: found for found in ranked(poll)}
    yield '<a class="skip" href="#items">Skip to the items</a>\n'
    yield f'<header class="page">\n<h1>{text(poll.name)}: launch poll</h1>\n'
    first, _, rest = verdict_line(poll.verdict, poll.items).partition(" \u00b7 ")
    # Which items those are, the board shows at a glance.
    yield f'<p class="verdict {CLASSES[poll.verdict]}">{_escape(first.partition(" (")[0])}</p>\n'
    counts = " \u00b7 ".join(part for part in (rest, tally(poll)) if part)
    yield f'<p class="sub">{_escape(counts)}</p>\n'
    yield f'<p class="sub">{_escape(header(poll))}</p>\n</header>\n<main>\n'
    yield from _board(poll.items)
    yield from _applications(poll)
    yield '<h2 id="items">Items</h2>\n'
    yield from _filter(poll)
    for item in _ordered(poll.items):
        yield from _item(item, findings)
    yield '<p id="none" hidden>No item fits these filters.</p>\n'
    yield from keys_table(poll)
    yield from calls_table(poll)
    yield from _unread(poll)
    yield "</main>\n"
    yield (
        f"<footer>gonogo {text(poll.tool_version)}, model catalog of {text(poll.models_date)}. "
        "Made from the code alone: nothing was run, nothing was sent anywhere.</footer>\n"
    )


def _ordered(items: Iterable[ItemResult]) -> list[ItemResult]:
    return sorted(items, key=lambda item: (item.group, item.number))


def _board(items: tuple[ItemResult, ...]) -> Iterator[str]:
    if not items:
        return
    yield '<nav aria-label="The poll">\n'
    for group, found in groupby(_ordered(items), key=lambda item: item.group):
        members = list(found)
        yield f'<h3>{text(group)} {text(group_title(members[0]))}</h3>\n<ul class="board">\n'
        for item in members:
            yield (
                f'<li><a class="tile {CLASSES[item.verdict]}" href="#item-{text(item.id)}">'
                f'<span class="top"><span>{item.number}</span>{_badge(item.verdict)}</span>'
                f'<span class="name">{text(item.title)}</span>'
                f'<span class="why">{text(item.reason)}</span></a></li>\n'
            )
        yield "</ul>\n"
    yield "</nav>\n"


def _badge(verdict: Verdict) -> str:
    return f'<span class="badge {CLASSES[verdict]}">{verdict.value}</span>'


def _applications(poll: Poll) -> Iterator[str]:
    if len(poll.apps) < 2:
        return
    numbers = [item.number for item in sorted(poll.apps[0].items, key=lambda item: item.number)]
    heads = "".join(f'<th scope="col" class="num">{number}</th>' for number in numbers)
    yield '<h2>Applications</h2>\n<div class="scroll" tabindex="0" role="region" aria-label="Applications">'
    yield f'<table>\n<tr><th scope="col">application</th><th scope="col">verdict</th>{heads}</tr>\n'
    for app in poll.apps:
        cells = "".join(
            f'<td class="num {CLASSES[item.verdict]}" title="{text(item.title)}">{item.verdict.value}</td>'
            for item in sorted(app.items, key=lambda item: item.number)
        )
        yield f'<tr><th scope="row">{text(app.root)}</th><td>{_badge(app.verdict)}</td>{cells}</tr>\n'
    yield "</table></div>\n"


def _filter(poll: Poll) -> Iterator[str]:
    groups = {item.group: group_title(item) for item in _ordered(poll.items)}
    options = "".join(f'<option value="{text(g)}">{text(g)} {text(title)}</option>' for g, title in groups.items())
    severities = "".join(f'<option value="{s.value}">{s.value}</option>' for s in Severity)
    verdicts = "".join(f'<option value="{v.value}">{v.value}</option>' for v in Verdict)
    yield (
        '<form id="filter" hidden>\n'
        f'<label>Group<select name="group"><option value="">all</option>{options}</select></label>\n'
        f'<label>Verdict<select name="verdict"><option value="">all</option>{verdicts}</select></label>\n'
        f'<label>Severity<select name="severity"><option value="">all</option>{severities}</select></label>\n'
        '<label>Path contains<input name="path" type="search" autocomplete="off" placeholder="src/billing"></label>\n'
        '<output id="shown" class="sub"></output>\n</form>\n'
    )


def _item(item: ItemResult, findings: dict[str, ReportedFinding]) -> Iterator[str]:
    mine = [findings[key] for key in item.findings if key in findings]
    opened = " open" if item.verdict is Verdict.NO_GO else ""
    yield (
        f'<details class="item" id="item-{text(item.id)}" data-group="{text(item.group)}" '
        f'data-verdict="{item.verdict.value}"{opened}>\n<summary>{_badge(item.verdict)} '
        f'<strong>{item.number} {text(item.title)}</strong> <span class="reason">{text(item.reason)}</span></summary>\n'
        '<div class="body">\n'
    )
    if item.attested is not None:
        yield f"<p>{_escape(attested_until(item.attested))}: {text(item.attested.evidence)}</p>\n"
    yield from _evidence(item.evidence, "What proves it" if item.verdict is Verdict.GO else "What speaks for it")
    for reported in mine[:MAX_FINDINGS]:
        yield from _finding(reported)
    if len(mine) > MAX_FINDINGS:
        yield f"<p>{len(mine) - MAX_FINDINGS:,} more findings are left out here; the JSON report has them.</p>\n"
    if not mine and not item.evidence and item.attested is None:
        yield '<p class="sub">No findings, and nothing that proves it.</p>\n'
    yield "</div>\n</details>\n"


def _evidence(evidence: tuple[Evidence, ...], title: str) -> Iterator[str]:
    if evidence:
        yield f'<p class="sub">{title}:</p>\n<ul class="proof">\n'
        for proof in evidence:
            # What holds for the whole tree has no line.
            place = "" if proof.place.path == "." else f'<span class="where">{_escape(brief(proof.place))}</span> '
            yield f"<li>{place}{text(proof.text)}</li>\n"
        yield "</ul>\n"


def _finding(reported: ReportedFinding) -> Iterator[str]:
    finding = reported.finding
    quiet = reported.suppressed is not None or reported.settled
    severity = reported.severity.value
    label = ("revoked" if reported.settled else "suppressed") if quiet else severity
    yield (
        f'<article class="finding {"quiet" if quiet else severity}" data-severity="{severity}" '
        f'data-path="{text(finding.place.path)}">\n'
        f'<h4><span class="badge {"quiet" if quiet else severity}">{label}</span> {text(finding.message)}</h4>\n'
        f'<p class="where">{_escape(exact(finding.place))} \u00b7 {text(finding.rule)}</p>\n'
    )
    if finding.commit is not None:
        commit = finding.commit
        still = "still at HEAD" if commit.at_head else "no longer at HEAD"
        yield (
            f'<p class="where">commit {text(commit.id[:12])} of {text(commit.date[:10])} '
            f"by {text(commit.author)}, {still}</p>\n"
        )
    if reported.code:
        yield code_block(reported)
    if finding.related:
        yield '<ul class="proof">\n'
        for other in finding.related:
            yield f'<li><span class="where">{_escape(exact(other.place))}</span> {text(other.label)}</li>\n'
        yield "</ul>\n"
    says = [("Why", reported.why), ("Fix", reported.fix)]
    if reported.suppressed is not None:
        says.append(("Suppressed", reported.suppressed))
    says += [("Revoked", f"{revoked_by(word)}: {word.evidence}") for word in reported.revoked]
    yield '<dl class="say">\n' + "".join(f"<dt>{name}</dt><dd>{prose(said)}</dd>\n" for name, said in says if said)
    yield "</dl>\n</article>\n"


def _unread(poll: Poll) -> Iterator[str]:
    notes = [*poll.faults, *poll.warnings]
    if notes:
        yield '<h2>About this run</h2>\n<ul class="proof">\n'
        yield "".join(f"<li>{text(note)}</li>\n" for note in notes) + "</ul>\n"
    skipped = poll.stats.files_skipped
    if skipped:
        yield f"<h2>Not read</h2>\n<details><summary>{len(skipped):,} paths</summary>\n"
        yield '<ul class="proof">\n'
        for entry in skipped[:MAX_UNREAD]:
            yield f'<li><span class="where">{text(entry.path)}</span> {text(entry.reason)}</li>\n'
        yield "</ul>\n"
        if len(skipped) > MAX_UNREAD:
            yield f"<p>and {len(skipped) - MAX_UNREAD:,} more; the JSON report names them all.</p>\n"
        yield "</details>\n"
