"""SARIF 2.1.0 (OASIS), as GitHub code scanning and other viewers read it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from gonogo.findings import Place, Severity
from gonogo.poll import Poll, ReportedFinding
from gonogo.registry.checklists import every_rule
from gonogo.registry.rules import Rule, all_items
from gonogo.reports.json import dump
from gonogo.reports.places import ranked
from gonogo.reports.safe import machine

Json = dict[str, Any]

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "gonogo/v1"
"""Key among the partial fingerprints. GitHub's own key is left to GitHub: it hashes lines, which ours does not."""
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
SECURITY_SEVERITY = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.NOTE: "2.0"}
"""Scale of GitHub code scanning: from 7.0 high, from 4.0 medium, below low. Only items A and E concern security."""
SECURITY_GROUPS = frozenset({"A", "E"})


def render(poll: Poll) -> str:
    """The findings as a SARIF log with one run."""
    findings = ranked(poll)
    rules = {rule.id: rule for rule in every_rule()}
    used = sorted({reported.finding.rule for reported in findings})
    places = {name: number for number, name in enumerate(used)}
    driver: Json = {
        "name": "gonogo",
        "version": poll.tool_version,
        "semanticVersion": poll.tool_version,
        "rules": [_rule(rules[name]) if name in rules else _own(name, findings) for name in used],
    }
    run: Json = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "The folder that was checked."}}},
        "invocations": [_invocation(poll)],
        "results": [_result(reported, places) for reported in findings],
        "properties": {
            "verdict": poll.verdict.value,
            "items": {item.id: item.verdict.value for item in poll.items},
        },
    }
    return dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> Json:
    group = next((item.group for item in all_items() if item.id == rule.item), "")
    properties: Json = {"tags": [rule.item], "precision": "high"}
    if group in SECURITY_GROUPS:
        properties["tags"].append("security")
        properties["security-severity"] = SECURITY_SEVERITY[rule.severity]
    text = f"{rule.why}\n\nFix: {rule.fix}\n\nWhat it cannot see: {rule.limits}"
    markdown = f"{rule.why}\n\n**Fix.** {rule.fix}\n\n**What it cannot see.** {rule.limits}"
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {"text": text, "markdown": markdown},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": properties,
    }


def _own(name: str, findings: list[ReportedFinding]) -> Json:
    """A rule of the user's: its texts are those of its findings."""
    first = next(reported for reported in findings if reported.finding.rule == name)
    return {"id": machine(name), "shortDescription": {"text": machine(first.why or first.finding.message)}}


def _invocation(poll: Poll) -> Json:
    notes = [("warning", line) for line in poll.warnings]
    notes += [("note", f"{entry.path}: not read: {entry.reason}") for entry in poll.stats.files_skipped]
    notes += [("error", line) for line in poll.faults]
    return {
        "executionSuccessful": not poll.faults,
        "toolExecutionNotifications": [{"level": level, "message": {"text": machine(text)}} for level, text in notes],
    }


def _result(reported: ReportedFinding, places: dict[str, int]) -> Json:
    finding = reported.finding
    result: Json = {
        "ruleId": machine(finding.rule),
        "ruleIndex": places[finding.rule],
        "level": LEVELS[reported.severity],
        "message": {"text": _message(reported)},
        "locations": [{"physicalLocation": _physical(finding.place)}],
        "partialFingerprints": {FINGERPRINT: reported.fingerprint},
        "properties": {"item": reported.item, "confidence": finding.confidence.value},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _physical(other.place), "message": {"text": machine(other.label)}}
            for number, other in enumerate(finding.related, 1)
        ]
    if reported.known:
        result["baselineState"] = "unchanged"
    if finding.commit is not None:
        result["properties"]["commit"] = machine(finding.commit.id)
    if reported.suppressed is not None:
        kind = "external" if reported.known else "inSource"
        result["suppressions"] = [{"kind": kind, "justification": machine(reported.suppressed)}]
    elif reported.settled:
        words = "; ".join(f"attested as revoked by {word.by} on {word.on}" for word in reported.revoked)
        result["suppressions"] = [{"kind": "external", "justification": machine(words)}]
    return result


def _message(reported: ReportedFinding) -> str:
    finding = reported.finding
    where = f" (commit {finding.commit.id[:12]} by {finding.commit.author})" if finding.commit is not None else ""
    cell = f" (cell {finding.place.cell}, line {finding.place.span.line})" if finding.place.cell is not None else ""
    return machine(f"{finding.message}{where}{cell}")


def _physical(place: Place) -> Json:
    physical: Json = {"artifactLocation": {"uri": quote(machine(place.path)), "uriBaseId": "ROOT"}}
    if place.cell is None:  # lines of a notebook's cell are no lines of the file
        span = place.span
        region = {"startLine": span.line, "startColumn": span.column}
        if (span.end_line, span.end_column) > (span.line, span.column):
            region |= {"endLine": span.end_line, "endColumn": span.end_column}
        physical["region"] = region
    return physical
