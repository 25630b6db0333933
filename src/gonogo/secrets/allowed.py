"""What other scanners were told to leave alone: baselines of detect-secrets and ignore files of gitleaks."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from gonogo.poll import Skipped
from gonogo.workspace.discover import Workspace
from gonogo.workspace.read import Unreadable, decode

BASELINE = ".secrets.baseline"
GITLEAKS_IGNORE = ".gitleaksignore"
_LIMIT = 20_000_000

_GITLEAKS_LINE = re.compile(r"(?:(?P<commit>[0-9a-f]{7,64}):)?(?P<file>.+):(?P<rule>[^:]+):(?P<line>[0-9]{1,9})")


@dataclass(slots=True)
class AllowList:
    """Keys that somebody looked at and allowed."""

    hashes: set[tuple[str, str]] = field(default_factory=set)
    """Path and SHA-1 of the key, as detect-secrets notes them."""
    lines: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    """Path and line to commits (empty for any), as gitleaks names a finding; its rule names differ from ours."""
    problems: list[Skipped] = field(default_factory=list)

    def reason(self, path: str, line: int, sha1: str, commit: str = "") -> str:
        """The file that allows this key here, or nothing."""
        if (path, sha1) in self.hashes:
            return BASELINE
        # People list commits by their first characters, too; an entry without a commit holds for all of them.
        allowed = any(commit.startswith(listed) for listed in self.lines.get((path, line), ()))
        return GITLEAKS_IGNORE if allowed else ""


def read_allow_list(workspace: Workspace, paths: Sequence[str]) -> AllowList:
    """The allow lists at the root, where `paths` has them."""
    found = AllowList()
    if BASELINE in paths:
        _read_baseline(workspace, found)
    if GITLEAKS_IGNORE in paths:
        try:
            text = decode(workspace.read(GITLEAKS_IGNORE, _LIMIT))
        except Unreadable as error:
            found.problems.append(Skipped(GITLEAKS_IGNORE, error.reason))
            return found
        for line in text.splitlines():
            match = _GITLEAKS_LINE.fullmatch(line.partition("#")[0].strip())
            if match is not None:
                found.lines.setdefault((match["file"], int(match["line"])), set()).add(match["commit"] or "")
    return found


def _read_baseline(workspace: Workspace, found: AllowList) -> None:
    try:
        data = json.loads(decode(workspace.read(BASELINE, _LIMIT)))
        results = data["results"]
        for path, entries in results.items():
            for entry in entries:
                # An entry that was audited as a true secret is known, but not allowed.
                if entry.get("is_secret") is not True:
                    found.hashes.add((path.replace("\\", "/"), entry["hashed_secret"]))
    except Unreadable as error:
        found.problems.append(Skipped(BASELINE, error.reason))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        found.problems.append(Skipped(BASELINE, "not a baseline of detect-secrets, so it allows nothing"))
