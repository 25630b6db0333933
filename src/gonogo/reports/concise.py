"""One line per finding, for editors and for grep."""

from __future__ import annotations

from gonogo.poll import Poll, ReportedFinding
from gonogo.reports.places import SHORT_COMMIT, exact, ranked
from gonogo.reports.safe import clean
from gonogo.reports.summary import verdict_line


def render(poll: Poll) -> str:
    """`path:line:column: severity rule message` per finding that counts, then what went unread, then the verdict."""
    lines = [_line(finding) for finding in ranked(poll) if finding.suppressed is None]
    lines += [f"{clean(entry.path)}: not read: {clean(entry.reason)}" for entry in poll.stats.files_skipped]
    lines += [f"gonogo: warning: {clean(line)}" for line in poll.warnings]
    lines += [f"gonogo: fault: {clean(line)}" for line in poll.faults]
    lines.append(verdict_line(poll.verdict, poll.items))
    return "\n".join(lines) + "\n"


def _line(reported: ReportedFinding) -> str:
    finding = reported.finding
    commit = f" (commit {clean(finding.commit.id[:SHORT_COMMIT])})" if finding.commit else ""
    severity = reported.severity.value
    return f"{exact(finding.place)}: {severity} {clean(finding.rule)} {clean(finding.message)}{commit}"
