"""Workflow commands of GitHub Actions: findings become annotations on the changed files of a pull request."""

from __future__ import annotations

from gonogo.findings import Severity
from gonogo.poll import Poll, ReportedFinding
from gonogo.reports.places import exact, ranked
from gonogo.reports.safe import clean
from gonogo.reports.summary import tally, verdict_line

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
PER_STEP = 10
"""Annotations of each kind that GitHub shows for a step; it drops the rest without a word."""


def render(poll: Poll) -> str:
    """Annotations, worst first, then the verdict. What GitHub would drop is printed as plain lines instead."""
    counting = [found for found in ranked(poll) if found.suppressed is None and not found.settled]
    lines: list[str] = []
    used = dict.fromkeys(COMMANDS.values(), 0)
    beyond: list[ReportedFinding] = []
    for reported in counting:
        command = COMMANDS[reported.severity]
        if used[command] < PER_STEP:
            used[command] += 1
            lines.append(_annotation(command, reported))
        else:
            beyond.append(reported)
    if beyond:
        lines.append(f"GitHub shows {PER_STEP} annotations of a kind for a step; {len(beyond)} more:")
        lines += [_plain(reported) for reported in beyond]
    lines += [f"::warning title=gonogo::{_data(clean(text))}" for text in poll.warnings]
    lines += [f"::error title=gonogo::{_data(clean(text))}" for text in poll.faults]
    lines += [_harmless(f"{clean(entry.path)}: not read: {clean(entry.reason)}") for entry in poll.stats.files_skipped]
    lines.append(_harmless(f"{tally(poll)}"))
    lines.append(_harmless(verdict_line(poll.verdict, poll.items)))
    return "\n".join(lines) + "\n"


def _annotation(command: str, reported: ReportedFinding) -> str:
    finding = reported.finding
    span = finding.place.span
    fields = {"file": clean(finding.place.path)}
    if finding.place.cell is None:
        fields |= {"line": str(span.line), "endLine": str(span.end_line)}
        if span.line == span.end_line:  # GitHub refuses columns over several lines
            fields |= {"col": str(span.column), "endColumn": str(span.end_column)}
    fields["title"] = f"gonogo: {finding.rule}"
    said = ",".join(f"{name}={_property(value)}" for name, value in fields.items())
    commit = f" (commit {clean(finding.commit.id[:7])})" if finding.commit is not None else ""
    return f"::{command} {said}::{_data(clean(finding.message) + commit)}%0AFix: {_data(clean(reported.fix))}"


def _plain(reported: ReportedFinding) -> str:
    finding = reported.finding
    return _harmless(f"{exact(finding.place)}: {reported.severity.value} {finding.rule} {clean(finding.message)}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _harmless(line: str) -> str:
    """A line that is no workflow command, whatever the repository put into it."""
    return line.replace("::", ": :").replace("##[", "## [")
