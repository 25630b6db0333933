"""The baseline: findings that are known and wait, in a file that people can read, merge and give reasons in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gonogo.poll import ReportedFinding
from gonogo.workspace.read import Unreadable, read_bytes

FILE_NAME = ".gonogo-baseline.json"
SCHEMA = "gonogo-baseline/1"
LIMIT = 20_000_000
"""Bytes; some 100,000 findings."""


class BaselineError(Exception):
    """The file cannot be used; the text is one sentence that names it."""


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """One finding that is known. The fingerprint holds content and occurrence, so neither line nor time is kept."""

    path: str
    rule: str
    fingerprint: str
    reason: str = ""


def read(root: Path, name: str) -> dict[str, Known]:
    """The entries of a baseline by fingerprint.

    Raises:
        BaselineError: it cannot be read, or is no baseline.
    """
    try:
        table = json.loads(read_bytes(root, name, LIMIT))
    except Unreadable as error:
        raise BaselineError(f"{name}: {error}") from None
    except (ValueError, RecursionError):
        raise BaselineError(f"{name}: not a baseline in JSON") from None
    if not isinstance(table, dict) or table.get("schema") != SCHEMA or not isinstance(table.get("known"), list):
        raise BaselineError(f"{name}: not a baseline of gonogo ({SCHEMA})")
    found: dict[str, Known] = {}
    for entry in table["known"]:
        if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
            raise BaselineError(f"{name}: an entry is no table of texts")
        try:
            known = Known(entry["path"], entry["rule"], entry["fingerprint"], entry.get("reason", ""))
        except KeyError as error:
            raise BaselineError(f"{name}: an entry lacks {error.args[0]!r}") from None
        found[known.fingerprint] = known
    return found


def write(known: Iterable[Known]) -> str:
    """The text of a baseline: sorted, one entry a line, so that branches merge."""
    lines = [
        json.dumps(
            {"path": one.path, "rule": one.rule, "fingerprint": one.fingerprint}
            | ({"reason": one.reason} if one.reason else {}),
            ensure_ascii=True,
        )
        for one in sorted(known)
    ]
    body = ",\n".join(f"    {line}" for line in lines)
    return (
        f'{{\n  "schema": "{SCHEMA}",\n  "known": [\n{body}\n  ]\n}}\n'
        if lines
        else (f'{{\n  "schema": "{SCHEMA}",\n  "known": []\n}}\n')
    )


def updated(
    old: Mapping[str, Known], findings: Iterable[ReportedFinding], *, reason: str = "", prune_only: bool = False
) -> tuple[list[Known], int, int]:
    """The next baseline, how many entries are new in it, and how many stale ones were dropped. Reasons are kept."""
    open_ones = [found for found in findings if not found.settled and (found.suppressed is None or found.known)]
    now = {found.fingerprint: found for found in open_ones}
    kept = [known for known in old.values() if known.fingerprint in now]
    fresh = [] if prune_only else [found for key, found in now.items() if key not in old]
    added = [Known(found.finding.place.path, found.finding.rule, found.fingerprint, reason) for found in fresh]
    return [*kept, *added], len(added), len(old) - len(kept)
