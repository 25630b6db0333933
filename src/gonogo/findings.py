"""What rules and scanners say: findings, evidence and open questions, each with its place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gonogo.facts.span import Span


class Severity(str, Enum):
    """How much it hurts: `error` (leaks, outages, unbounded bills), `warning` (not done), `note` (worth knowing)."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Confidence(str, Enum):
    """How sure the finding is. `low` ones are shown on request only and never decide a verdict."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Verdict(str, Enum):
    """Answer to an item or to the whole poll."""

    GO = "GO"
    NO_GO = "NO-GO"
    HOLD = "HOLD"
    NA = "N/A"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands. `path` is relative to the scanned root, with `/`; for notebooks lines count in `cell`."""

    path: str
    span: Span
    cell: int | None = None

    def __str__(self) -> str:
        if self.cell is not None:
            return f"{self.path}:cell {self.cell}:line {self.span.line}"
        return f"{self.path}:{self.span.line}"


@dataclass(frozen=True, slots=True)
class Related:
    """A further place of a finding, with a short label ("the client is built here")."""

    place: Place
    label: str


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that brought a leaked key: id, author name, committer date (ISO 8601), still present at HEAD?"""

    id: str
    author: str
    date: str
    at_head: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong at one place. Texts beyond `message` come from the rule's metadata.

    `subject` is what identifies the finding besides rule and path: normalised code, or the fingerprint of a secret;
    it never holds a secret. `severity` overrides the rule's own only where the checklist names two.
    """

    rule: str
    place: Place
    message: str
    subject: str = ""
    confidence: Confidence = Confidence.HIGH
    severity: Severity | None = None
    related: tuple[Related, ...] = ()
    fix: str = ""
    """What to do about this very finding, as sentences; reports put it in front of the rule's own fix."""
    commit: Commit | None = None
    keys: tuple[str, ...] = ()
    """Fingerprints (16 hex digits) of the keys that got out here, by which they are attested as revoked."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line that proves an item done."""

    item: str
    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """Something an item depends on that could not be seen: it holds the item at HOLD at best."""

    item: str
    text: str
    place: Place | None = None
