"""Findings that do not count because they were there before: in a baseline, or on the branch a change goes to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from gonogo.checklist.baseline import Known
from gonogo.findings import Finding


@dataclass(eq=False)
class KnownFindings:
    """Tells which findings are known, and remembers which entries of the baseline were met."""

    baseline: Mapping[str, Known] = field(default_factory=dict)
    base: str = ""
    """The branch or commit to compare with; empty for none."""
    base_prints: Callable[[], Collection[str]] = frozenset
    """What stood there. It is asked for only if a finding needs it, and may take a while."""
    new_commits: Collection[str] | None = None
    """Commits that the compared base does not hold; `None` without one."""
    _met: set[str] = field(default_factory=set)
    _prints: Collection[str] | None = None

    def reason(self, finding: Finding, fingerprint: str) -> str | None:
        """Why a finding does not count, or `None`."""
        known = self.baseline.get(fingerprint)
        if known is not None:
            self._met.add(fingerprint)
            return f"known since the baseline{': ' * bool(known.reason)}{known.reason}"
        if not self.base:
            return None
        if finding.commit is not None and self.new_commits is not None:
            return None if finding.commit.id in self.new_commits else f"already in the history of {self.base}"
        if finding.place.path == ".git" and self.new_commits is not None:
            # An object that no commit reaches, such as one that was staged and taken back, or one of the reflog.
            return "in no commit of this change"
        if self._prints is None:
            self._prints = self.base_prints()
        return f"already there in {self.base}" if fingerprint in self._prints else None

    def stale(self) -> list[Known]:
        """Entries of the baseline that no finding matches any more."""
        return sorted(known for key, known in self.baseline.items() if key not in self._met)
