"""The result of a run: what every report renders and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from gonogo.findings import Evidence, Finding, Severity, Verdict

DEFAULT_CHECKLIST = "production"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or a part of one, that was not read, and the reason in one clause."""

    path: str
    reason: str


@dataclass(slots=True)
class Stats:
    """What a run covered. `seconds` is wall time."""

    files_seen: int = 0
    files_parsed: int = 0
    files_skipped: list[Skipped] = field(default_factory=list)
    commits: int = 0
    blobs: int = 0
    seconds: float = 0.0


SETTLED_BY_REVOCATION = ("key-in-history",)
"""Rules whose findings nothing else can end: a key that still stands in the tree must go from there as well."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """A person's word that a leaked key no longer works. `on` is ISO 8601."""

    key: str
    by: str
    on: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ReportedFinding:
    """A finding with the texts of its rule and what the reader's choices made of it.

    `id` is unique within the run (`f1`, `f2`, ... in report order); `fingerprint` (32 hex digits) survives moved lines;
    `suppressed` is the reason given in a suppression comment or configuration, `None` if the finding counts.
    `code` holds the source lines to show, (line number, text), already masked and free of control characters.
    """

    id: str
    finding: Finding
    item: str
    severity: Severity
    why: str
    fix: str
    fingerprint: str
    suppressed: str | None = None
    known: bool = False
    """Suppressed because it was there before: in the baseline, or in what a change is compared with."""
    fixable: bool = False
    code: tuple[tuple[int, str], ...] = ()
    own: bool = False
    """Did a rule of the reader's configuration find it?"""
    revoked: tuple[Revoked, ...] = ()
    """Those of the finding's keys that somebody attested as revoked."""

    @property
    def open_leak(self) -> bool:
        """Did a key get out here that nobody attested as revoked?"""
        return len(self.revoked) < len(self.finding.keys)

    @property
    def settled(self) -> bool:
        """Is nothing left to do, since the key is gone from the tree and revoked?"""
        return self.finding.rule in SETTLED_BY_REVOCATION and bool(self.revoked) and not self.open_leak


@dataclass(frozen=True, slots=True)
class Attested:
    """A person's word for an item. Dates are ISO 8601."""

    by: str
    on: str
    expires: str
    evidence: str
    expired: bool = False


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The answer to one item, with everything it rests on. `findings` are ids of `ReportedFinding`."""

    number: int
    id: str
    title: str
    group: str
    verdict: Verdict
    reason: str
    findings: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    attested: Attested | None = None
    group_title: str = ""


@dataclass(frozen=True, slots=True)
class AppResult:
    """The poll of one application; `root` is relative to the scanned root (`.` for the root itself)."""

    root: str
    verdict: Verdict
    items: tuple[ItemResult, ...]


@dataclass(frozen=True, slots=True)
class CallRow:
    """One place that reaches a model: a row of `gonogo calls`. Field meanings are the JSON schema's."""

    file: str
    line: int
    sdk: str
    method: str
    model: tuple[str, ...] | None
    model_from: str
    max_tokens: int | str
    retries: str
    timeout: str
    stream: bool | None
    usage_logged: bool | None
    stop_reason_checked: bool | None
    agent_loop: str
    cache_control: bool | None
    large_static_system: bool
    """Was a long fixed system prompt or tool list seen? `fixed_prompt_tokens` is `None` where not all could be."""
    route: str | None
    user_rate_limited: bool | None
    client_side: bool
    area: str
    app: str = "."
    cell: int | None = None
    fixed_prompt_tokens: int | None = None
    answer_cost_usd: float | None = None
    """US dollars for the longest answer to one request."""
    run_cost_usd: float | None = None
    """US dollars for the longest answers of one run of the agent loop."""


@dataclass(slots=True)
class Poll:
    """Everything a run found. `faults` are internal errors: one sentence each, never silent."""

    tool_version: str
    models_date: str
    root: str
    name: str
    verdict: Verdict
    items: tuple[ItemResult, ...]
    apps: tuple[AppResult, ...]
    findings: tuple[ReportedFinding, ...]
    calls: tuple[CallRow, ...]
    stats: Stats
    warnings: tuple[str, ...] = ()
    """Things the reader should know about the run itself (a stale model catalog, an unused suppression)."""
    faults: tuple[str, ...] = ()
    checklist: str = DEFAULT_CHECKLIST
    held_back: int = 0
    """Low-confidence findings not listed."""
