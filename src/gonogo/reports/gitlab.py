"""The Code Quality report of GitLab: a list of issues in the format of Code Climate."""

from __future__ import annotations

import json

from gonogo.findings import Severity
from gonogo.poll import Poll, ReportedFinding
from gonogo.reports.places import ranked
from gonogo.reports.safe import machine

SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}
GROUPS = {"A": "Security", "B": "Bug Risk", "C": "Performance", "D": "Clarity", "E": "Security"}


def render(poll: Poll) -> str:
    """The findings that count. GitLab compares them with those of the target branch by their fingerprint."""
    groups = {item.id: item.group for item in poll.items}
    counting = [found for found in ranked(poll) if found.suppressed is None and not found.settled]
    issues = [_issue(reported, groups.get(reported.item, "")) for reported in counting]
    return json.dumps(issues, ensure_ascii=True, indent=2) + "\n"


def _issue(reported: ReportedFinding, group: str) -> dict[str, object]:
    finding = reported.finding
    span = finding.place.span
    cell = f" (cell {finding.place.cell}, line {span.line})" if finding.place.cell is not None else ""
    return {
        "type": "issue",
        "check_name": machine(finding.rule),
        "description": machine(f"{finding.message}{cell}"),
        "content": {"body": machine(f"{reported.why}\n\nFix: {reported.fix}")},
        "categories": [GROUPS.get(group, "Bug Risk")],
        "severity": SEVERITIES[reported.severity],
        "fingerprint": reported.fingerprint,
        "location": {
            "path": machine(finding.place.path),
            "lines": {"begin": 1 if finding.place.cell is not None else span.line},
        },
    }
