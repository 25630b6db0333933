"""The report for machines: `gonogo/1`, described by `gonogo-1.schema.json`. Within a version fields are only added."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from gonogo.findings import Evidence, Place
from gonogo.poll import AppResult, Attested, CallRow, ItemResult, Poll, ReportedFinding
from gonogo.reports.places import ranked
from gonogo.reports.poll_table import group_title
from gonogo.reports.safe import machine

SCHEMA = "gonogo/1"

Json = dict[str, Any]


def render(poll: Poll) -> str:
    """The whole poll as ASCII-only JSON."""
    return dump(report(poll))


def render_calls(poll: Poll) -> str:
    """The inventory of model calls as ASCII-only JSON."""
    return dump(
        {
            "schema": SCHEMA,
            "tool": _tool(poll),
            "root": machine(poll.root),
            "calls": [call(row) for row in poll.calls],
            "warnings": [machine(line) for line in poll.warnings],
            "faults": [machine(line) for line in poll.faults],
        }
    )


def schema_text() -> str:
    """The JSON Schema of the report, as shipped."""
    return Path(__file__).with_name("gonogo-1.schema.json").read_text("utf-8")


def dump(table: Json) -> str:
    """JSON that any reader takes: ASCII only, no NaN, a final line break."""
    return json.dumps(table, ensure_ascii=True, allow_nan=False, indent=2) + "\n"


def report(poll: Poll) -> Json:
    """The poll as plain tables and lists."""
    stats = poll.stats
    return {
        "schema": SCHEMA,
        "tool": _tool(poll),
        "root": machine(poll.root),
        "name": machine(poll.name),
        "stats": {
            "files_seen": stats.files_seen,
            "files_parsed": stats.files_parsed,
            "files_skipped": [
                {"path": machine(entry.path), "reason": machine(entry.reason)} for entry in stats.files_skipped
            ],
            "commits": stats.commits,
            "blobs": stats.blobs,
            "seconds": round(stats.seconds, 3) if math.isfinite(stats.seconds) else 0.0,
        },
        "checklist": poll.checklist,
        "verdict": poll.verdict.value,
        "items": [_item(item) for item in poll.items],
        "apps": [_app(app) for app in poll.apps],
        "findings": [_finding(finding) for finding in ranked(poll)],
        "calls": [call(row) for row in poll.calls],
        "warnings": [machine(line) for line in poll.warnings],
        "faults": [machine(line) for line in poll.faults],
        "held_back": poll.held_back,
    }


def _tool(poll: Poll) -> Json:
    return {"name": "gonogo", "version": poll.tool_version, "models_date": poll.models_date}


def _app(app: AppResult) -> Json:
    return {"root": machine(app.root), "verdict": app.verdict.value, "items": [_item(item) for item in app.items]}


def _item(item: ItemResult) -> Json:
    return {
        "number": item.number,
        "id": item.id,
        "title": item.title,
        "group": item.group,
        "group_title": group_title(item),
        "verdict": item.verdict.value,
        "reason": machine(item.reason),
        "findings": list(item.findings),
        "evidence": [_evidence(entry) for entry in item.evidence],
        "attested": None if item.attested is None else _attested(item.attested),
    }


def _evidence(entry: Evidence) -> Json:
    return _with_cell(
        {"path": machine(entry.place.path), "line": entry.place.span.line, "text": machine(entry.text)},
        entry.place.cell,
    )


def _attested(word: Attested) -> Json:
    return {
        "by": machine(word.by),
        "on": machine(word.on),
        "expires": machine(word.expires),
        "evidence": machine(word.evidence),
        "expired": word.expired,
    }


def _place(place: Place) -> Json:
    span = place.span
    table = {
        "path": machine(place.path),
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
    return _with_cell(table, place.cell)


def _with_cell(table: Json, cell: int | None) -> Json:
    return table if cell is None else {**table, "cell": cell}


def _finding(reported: ReportedFinding) -> Json:
    finding = reported.finding
    table = {
        "id": reported.id,
        "rule": finding.rule,
        "item": reported.item,
        "severity": reported.severity.value,
        "confidence": finding.confidence.value,
        **_place(finding.place),
        "message": machine(finding.message),
        "why": machine(reported.why),
        "fix": machine(reported.fix),
        "fixable": reported.fixable,
        "fingerprint": reported.fingerprint,
        "suppressed": None if reported.suppressed is None else machine(reported.suppressed),
        "known": reported.known,
        "related": [{**_place(other.place), "label": machine(other.label)} for other in finding.related],
    }
    if finding.keys:
        table["keys"] = list(finding.keys)
        table["revoked"] = [
            {"key": word.key, "by": machine(word.by), "on": machine(word.on), "evidence": machine(word.evidence)}
            for word in reported.revoked
        ]
    if finding.commit is not None:
        commit = finding.commit
        table["commit"] = {
            "id": machine(commit.id),
            "author": machine(commit.author),
            "date": machine(commit.date),
            "at_head": commit.at_head,
        }
    return table


def call(row: CallRow) -> Json:
    """One row of the inventory."""
    table: Json = {
        "file": machine(row.file),
        "line": row.line,
        "sdk": machine(row.sdk),
        "method": machine(row.method),
        "model": None if row.model is None else [machine(model) for model in row.model],
        "model_from": row.model_from,
        "max_tokens": machine(row.max_tokens) if isinstance(row.max_tokens, str) else row.max_tokens,
        "retries": machine(row.retries),
        "timeout": machine(row.timeout),
        "stream": row.stream,
        "usage_logged": row.usage_logged,
        "stop_reason_checked": row.stop_reason_checked,
        "agent_loop": row.agent_loop,
        "cache_control": row.cache_control,
        "large_static_system": row.large_static_system,
        "route": None if row.route is None else machine(row.route),
        "user_rate_limited": row.user_rate_limited,
        "client_side": row.client_side,
        "area": row.area,
        "app": machine(row.app),
        "fixed_prompt_tokens": row.fixed_prompt_tokens,
        "answer_cost_usd": _usd(row.answer_cost_usd),
        "run_cost_usd": _usd(row.run_cost_usd),
    }
    return _with_cell(table, row.cell)


def _usd(amount: float | None) -> float | None:
    """An amount without the noise of binary fractions."""
    return None if amount is None else round(amount, 6)
