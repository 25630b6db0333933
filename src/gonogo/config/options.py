"""Everything a run is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.findings import Severity
from gonogo.poll import DEFAULT_CHECKLIST

if TYPE_CHECKING:
    from gonogo.config.user_rules import UserRule

FORMATS = ("rich", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "html")
AUTO = "auto"
"""The format that the environment asks for: annotations on GitHub Actions, lines in a pipe, else for people."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """A person's word for an item: who gave it, when, until when it holds, and where the proof is."""

    item: str
    by: str
    on: date
    expires: date
    evidence: str


@dataclass(frozen=True, slots=True)
class Revocation:
    """A person's word that a leaked key no longer works. It holds for ever. `key` is its fingerprint."""

    key: str
    by: str
    on: date
    evidence: str


@dataclass(frozen=True, slots=True)
class Options:
    """Flags over configuration over defaults. All patterns and paths are relative to the scanned root, with `/`.

    Where two patterns of `areas` match a path, the later one decides; those of `per_path_ignores` add up.
    """

    exclude: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    checklist: str = DEFAULT_CHECKLIST
    select: tuple[str, ...] = ()
    """Ids of rules or items; empty for all."""
    ignore: tuple[str, ...] = ()
    strict: bool = False
    history: bool = True
    history_since: str = ""
    """Search the history only from this revision on."""
    cache: bool = True
    """Remember which objects of the history were searched, and the facts of files."""
    jobs: int = 0
    """Greatest number of processes; 0 for one a core."""
    format: str = AUTO
    areas: tuple[tuple[str, str], ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    attest: Mapping[str, Attestation] = field(default_factory=dict)
    revoked: Mapping[str, Revocation] = field(default_factory=dict)
    """By fingerprint."""
    per_path_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rule: tuple[UserRule, ...] = ()
    """Rules of the reader's own."""
    prefilter: bool = True
    show_low: bool = False
    only: tuple[str, ...] = ()
    """Files or folders whose findings count; empty for all. They narrow the findings, never the analysis."""
    config_path: Path | None = None
    today: date = field(default_factory=date.today)

    def selects(self, rule: str, *items: str) -> bool:
        """Is this rule wanted? A rule's own name beats its items'; otherwise `ignore` beats `select`."""
        if rule in self.ignore:
            return False
        if rule in self.select:
            return True
        if any(item in self.ignore for item in items):
            return False
        return not self.select or any(item in self.select for item in items)

    def ignores(self, rule: str, item: str, path: str) -> str | None:
        """The pattern of `per-path-ignores` that switches this rule off for this path."""
        from gonogo.workspace.globs import matches

        for pattern, names in self.per_path_ignores:
            if (rule in names or item in names) and matches(pattern, path):
                return pattern
        return None

    def covers(self, path: str) -> bool:
        """Does a finding in this file count?"""
        return not self.only or any(entry in (".", path) or path.startswith(f"{entry}/") for entry in self.only)
