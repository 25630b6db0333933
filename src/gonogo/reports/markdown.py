"""Markdown for the comment on a pull request and for a job summary."""

from __future__ import annotations

import re

from gonogo.findings import Verdict
from gonogo.poll import ItemResult, Poll, ReportedFinding
from gonogo.reports.places import brief_finding, ranked
from gonogo.reports.poll_table import group_title, item_place
from gonogo.reports.safe import clean
from gonogo.reports.summary import attested_until, header, tally, verdict_line

LIMIT = 60_000
"""Characters. GitHub refuses comments over 65,536 and summaries over 1 MiB."""
SHOWN = 50
"""Findings in full; the rest are counted."""
SIGNS = {Verdict.GO: "\u2705", Verdict.NO_GO: "\u274c", Verdict.HOLD: "\u23f8\ufe0f", Verdict.NA: "\u2796"}

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&])")


def render(poll: Poll) -> str:
    """The verdict, the poll as a table, and the findings folded away."""
    findings = {found.id: found for found in poll.findings}
    lines = [
        f"## {SIGNS[poll.verdict]} {escape(verdict_line(poll.verdict, poll.items))}",
        "",
        f"{escape(header(poll))}",
        "",
        "| | item | verdict | why | where |",
        "| --: | --- | --- | --- | --- |",
    ]
    group = ""
    for item in sorted(poll.items, key=lambda item: (item.group, item.number)):
        if item.group != group:
            group = item.group
            lines.append(f"| | **{escape(clean(f'{group} {group_title(item)}'))}** | | | |")
        lines.append(_row(item, findings))
    counting = [found for found in ranked(poll) if found.suppressed is None and not found.settled]
    if counting:
        lines += ["", f"<details><summary>{escape(tally(poll))}</summary>", ""]
        for reported in counting[:SHOWN]:
            lines += _block(reported)
        if len(counting) > SHOWN:
            lines += [f"and {len(counting) - SHOWN} more findings.", ""]
        lines.append("</details>")
    elif poll.findings:
        lines += ["", escape(tally(poll))]
    lines += _notes(poll)
    return _cut("\n".join(lines) + "\n")


def _row(item: ItemResult, findings: dict[str, ReportedFinding]) -> str:
    why = escape(clean(item.reason))
    if item.attested is not None:
        why += f" ({escape(attested_until(item.attested))})"
    where = escape(item_place(item, findings))
    return f"| {item.number} | {escape(item.id)} | {SIGNS[item.verdict]} {item.verdict.value} | {why} | {where} |"


def _block(reported: ReportedFinding) -> list[str]:
    finding = reported.finding
    lines = [
        f"**{reported.severity.value}** {escape(finding.rule)}: {escape(clean(finding.message))}  ",
        f"{_code(brief_finding(finding))}",
        "",
    ]
    if reported.code:
        texts = [f"{number:>5} {clean(text)}" for number, text in reported.code]
        fence = "`" * max(3, 1 + max((len(run) for text in texts for run in re.findall("`+", text)), default=0))
        lines += [fence, *texts, fence, ""]
    lines += [f"Fix: {escape(clean(reported.fix))}", ""]
    return lines


def _notes(poll: Poll) -> list[str]:
    skipped = len(poll.stats.files_skipped)
    lines = [f"- {escape(clean(text))}" for text in (*poll.faults, *poll.warnings)]
    if skipped:
        first = ", ".join(_code(clean(entry.path)) for entry in poll.stats.files_skipped[:3])
        lines.append(f"- not read: {skipped} {'path' if skipped == 1 else 'paths'} ({first}{', ...' * (skipped > 3)})")
    return ["", *lines] if lines else []


def escape(text: str) -> str:
    """`text` that Markdown shows as it is: no markup, no link, no mention (GitHub looks for those after entities)."""
    plain = _SPECIAL.sub(r"\\\1", text).replace("://", ":&#47;&#47;")
    return plain.replace("@", "@\u200b")


def _code(text: str) -> str:
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    space = " " if "`" in text else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def _cut(text: str) -> str:
    if len(text) <= LIMIT:
        return text
    kept = text[:LIMIT].rsplit("\n", 1)[0]
    fences = re.findall(r"(?m)^`{3,}$", kept)
    end = f"\n{fences[-1]}" if len(fences) % 2 else ""
    folded = "\n</details>" if kept.count("<details>") > kept.count("</details>") else ""
    return f"{kept}{end}{folded}\n\nThe rest is left out: the report is longer than a comment can be.\n"
