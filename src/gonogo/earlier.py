"""What stood in an earlier commit: the fingerprints of its findings."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gonogo.config.options import Options
    from gonogo.workspace.git import Git


def place_in(git: Git, root: Path) -> str:
    """Where `root` lies in its repository, with `/`; empty for the top."""
    place = root.resolve().relative_to(git.top.resolve()).as_posix()
    return "" if place == "." else place


def fingerprints_at(git: Git, root: Path, commit: str, options: Options) -> frozenset[str]:
    """Fingerprints of the findings in the files of `commit` that lie where `root` is now.

    Raises:
        GitError: the commit cannot be read.
        OSError: it cannot be unpacked.
    """
    from gonogo import engine
    from gonogo.workspace.export import in_commit

    with tempfile.TemporaryDirectory(prefix="gonogo-") as folder:
        # Under the same name: a package's own name may be that of its folder.
        target = Path(folder) / (root.name or "root")
        target.mkdir()
        unpacked = in_commit(git, commit, place_in(git, root), target, str(root.resolve()))
        poll = engine.run(target, replace(options, history=False, history_since="", only=()), unpacked=unpacked)
    return frozenset(finding.fingerprint for finding in poll.findings)
