"""One line per finding, for editors and for grep."""

from __future__ import annotations

from gonogo.poll import Poll, ReportedFinding
from gonogo.reports.places import SHORT_COMMIT, exact, ranked
from gonogo.reports.safe import clean
from gonogo.reports.summary import attested_until, revoked_by, verdict_line


def render(poll: Poll) -> str:
    """`path:line:column: severity rule message` per finding that counts, then what went unread, then the verdict."""
    lines = [_line(finding) for finding in ranked(poll) if finding.suppressed is None and not finding.settled]
    lines += [line for finding in ranked(poll) if finding.settled for line in _revoked(finding)]
    lines += [f"{clean(entry.path)}: not read: {clean(entry.reason)}" for entry in poll.stats.files_skipped]
    lines += [f"gonogo: warning: {clean(line)}" for line in poll.warnings]
    lines += [f"gonogo: fault: {clean(line)}" for line in poll.faults]
    lines += [
        f"gonogo: {clean(item.id)}: {attested_until(item.attested)}: {clean(item.attested.evidence)}"
        for item in poll.items
        if item.attested
    ]
    lines.append(verdict_line(poll.verdict, poll.items))
    return "\n".join(lines) + "\n"


def _revoked(reported: ReportedFinding) -> list[str]:
    where = exact(reported.finding.place)
    return [f"{where}: leak {word.key} attested as revoked {revoked_by(word)}" for word in reported.revoked]


def _line(reported: ReportedFinding) -> str:
    finding = reported.finding
    commit = f" (commit {clean(finding.commit.id[:SHORT_COMMIT])})" if finding.commit else ""
    commit += f" (fingerprint {', '.join(finding.keys)})" if finding.keys else ""
    severity = reported.severity.value
    return f"{exact(finding.place)}: {severity} {clean(finding.rule)} {clean(finding.message)}{commit}"
