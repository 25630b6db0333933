"""What is known before a run: the baseline, and the findings of the branch that a change goes to."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.cli.failure import FailureError

if TYPE_CHECKING:
    from gonogo.checklist.known import KnownFindings
    from gonogo.config.options import Options


def known_findings(root: Path, options: Options, baseline: str | None, base: str | None) -> KnownFindings | None:
    """What does not count in this run. `baseline` names a file below `root`; by default the usual one, if it is there;
    empty for none. `base` names the branch or commit that only new findings are wanted over.

    Raises:
        FailureError: the baseline or the base cannot be read.
    """
    from gonogo.checklist.baseline import FILE_NAME, BaselineError, read
    from gonogo.checklist.known import KnownFindings

    name = baseline if baseline is not None else (FILE_NAME if (root / FILE_NAME).is_file() else "")
    if not name and base is None:
        return None
    try:
        entries = read(root, name) if name else {}
    except BaselineError as error:
        raise FailureError(str(error)) from None
    if base is None:
        return KnownFindings(entries)
    prints, commits = _at(root, options, base)
    return KnownFindings(entries, base, prints, commits)


def _at(root: Path, options: Options, base: str) -> tuple[frozenset[str], frozenset[str]]:
    """Fingerprints of the findings at the commit where HEAD left `base`, and the commits since."""
    from gonogo import engine
    from gonogo.workspace.export import export
    from gonogo.workspace.git import Git, GitError
    from gonogo.workspace.names import display

    if base.startswith("-"):
        raise FailureError(f"{display(base)}: not a branch or commit")
    try:
        git = Git.find(root)
        if git is None:
            raise FailureError("--diff compares commits, and there is no git repository here")
        commit = git.run(["merge-base", base, "HEAD"], timeout=60).decode("ascii", "replace").strip()
        commits = git.run(["rev-list", f"{commit}..HEAD"]).decode("ascii", "replace").split()
        with tempfile.TemporaryDirectory(prefix="gonogo-") as folder:
            prefix = root.resolve().relative_to(git.top.resolve()).as_posix()
            export(git, commit, "" if prefix == "." else prefix, Path(folder))
            poll = engine.run(Path(folder), replace(options, history=False, only=()))
    except GitError as error:
        raise FailureError(f"{display(base)}: {error}") from None
    except OSError as error:
        raise FailureError(f"{display(base)} could not be unpacked: {error.strerror or error}") from None
    return frozenset(found.fingerprint for found in poll.findings), frozenset(commits)
