"""The leaks of a history, one row each: what `gonogo history` reports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gonogo.findings import Confidence, Finding, Severity
from gonogo.poll import Skipped
from gonogo.secrets.attribution import Introduction
from gonogo.secrets.history import HistoryEnv, HistoryKey, HistoryScan
from gonogo.workspace.git import Git

if TYPE_CHECKING:
    from pathlib import Path

    from gonogo.config.options import Revocation
    from gonogo.secrets.tree import TreeScan


@dataclass(frozen=True, slots=True)
class Leak:
    """A key, or a dotenv file with values, that got into the history.

    `path` is relative to the top of the repository and empty for messages; `where` is "file" or says which message.
    `days` counts from the first commit to today: a key in a history stays exposed until it is revoked, whether or not
    a later commit deleted it.
    """

    title: str
    masked: str
    fingerprint: str
    path: str
    line: int
    where: str
    reach: str
    message: str
    severity: Severity
    confidence: Confidence
    first: Introduction | None
    last: Introduction | None
    at_head: bool
    versions: int
    days: int | None
    revoked: str = ""
    """Who said that the key no longer works, and when."""

    @property
    def counts(self) -> bool:
        """Is this a leak that somebody has to deal with?"""
        return self.severity is not Severity.NOTE and self.confidence is not Confidence.LOW and not self.revoked


@dataclass(slots=True)
class LeakReport:
    """What the history holds, and over how much of it that is known."""

    name: str
    commits: int
    versions: int
    leaks: list[Leak] = field(default_factory=list)
    unread: list[Skipped] = field(default_factory=list)
    complete: bool = True
    """Was everything read that could hold a key?"""
    staged: bool = False
    since: str = ""
    seconds: float = 0.0


def allow_list_of(root: Path, top: Path) -> TreeScan:
    """A tree scan that holds nothing but what other scanners were told to allow at `root`."""
    from gonogo.secrets.allowed import BASELINE, GITLEAKS_IGNORE, read_allow_list
    from gonogo.secrets.tree import TreeScan
    from gonogo.workspace.discover import Workspace

    present = [name for name in (BASELINE, GITLEAKS_IGNORE) if (root / name).is_file()]
    scan = TreeScan(root=root, top=top, versioned=True)
    scan.allow_list = read_allow_list(Workspace(root, root.name), present)
    return scan


def leaks_of(
    scan: HistoryScan, git: Git, root: Path, revoked: Mapping[str, Revocation], today: dt.date
) -> Iterator[Leak]:
    """The leaks that nobody allowed; those that count first, then the longest exposed."""
    if not (scan.keys or scan.env_files):
        return  # before the judging is loaded, which takes as long as a small history
    from gonogo.secrets.judge import leaks_in_history

    tree = allow_list_of(root, git.top)
    found = [_leak(one, finding, revoked, today) for one, finding in leaks_in_history(scan, tree)]
    yield from sorted(found, key=lambda leak: (not leak.counts, -(leak.days or 0), leak.path, leak.fingerprint))


def _leak(one: HistoryKey | HistoryEnv, finding: Finding, revoked: Mapping[str, Revocation], today: dt.date) -> Leak:
    word = revoked.get(one.fingerprint)
    return Leak(
        title=one.title if isinstance(one, HistoryKey) else "dotenv file with values",
        masked=one.masked if isinstance(one, HistoryKey) else ", ".join(one.secrets),
        fingerprint=one.fingerprint,
        path=one.path,
        line=one.span.line if isinstance(one, HistoryKey) else one.line,
        where=one.where if isinstance(one, HistoryKey) else "file",
        reach=one.reach,
        message=finding.message,
        severity=finding.severity or Severity.ERROR,
        confidence=finding.confidence,
        first=one.introduction,
        last=one.last,
        at_head=one.at_head,
        versions=one.versions,
        days=None if one.introduction is None else _days(one.introduction, today),
        revoked="" if word is None else f"{word.by} on {word.on.isoformat()}",
    )


def _days(first: Introduction, today: dt.date) -> int:
    """Whole days since a commit; 0 for one dated in the future."""
    day = dt.datetime.fromtimestamp(min(first.time, 253_000_000_000), dt.timezone.utc).date()
    return max(0, (today - day).days)
