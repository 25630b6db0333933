"""What is known before a run: the baseline, and the findings of the commit that a change starts from."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.cli.failure import FailureError

if TYPE_CHECKING:
    from gonogo.checklist.baseline import Known
    from gonogo.checklist.known import KnownFindings
    from gonogo.config.options import Options
    from gonogo.workspace.git import Git


def known_findings(root: Path, options: Options, baseline: str | None, base: str | None) -> KnownFindings | None:
    """What does not count in this run. `baseline` names a file below `root`; by default the usual one, if it is there;
    empty for none. `base` names the branch or commit that only new findings are wanted over.

    Raises:
        FailureError: the baseline or the base cannot be read.
    """
    from gonogo.checklist.known import KnownFindings

    entries = read_baseline(root, baseline)
    if base is not None:
        commit, commits = _fork(root, base)
        return KnownFindings(entries, base, lambda: _prints(root, options, base, commit), commits)
    return KnownFindings(entries) if entries else None


def known_at_head(git: Git, root: Path, options: Options, baseline: str | None) -> KnownFindings:
    """What does not count for the next commit: the baseline, and all that stands in the last one.

    Raises:
        FailureError: the baseline or the last commit cannot be read.
    """
    from gonogo.checklist.known import KnownFindings

    entries = read_baseline(root, baseline)
    head = git.run(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], ok_codes=(0, 1, 128)).decode().strip()
    if not head:  # before the first commit everything is new
        return KnownFindings(entries)
    return KnownFindings(entries, "HEAD", lambda: _prints(root, options, "HEAD", head))


def read_baseline(root: Path, baseline: str | None) -> dict[str, Known]:
    """The entries of a baseline, named as for `known_findings`.

    Raises:
        FailureError: it cannot be read.
    """
    from gonogo.checklist.baseline import FILE_NAME, BaselineError, read

    name = baseline if baseline is not None else (FILE_NAME if (root / FILE_NAME).is_file() else "")
    try:
        return read(root, name) if name else {}
    except BaselineError as error:
        raise FailureError(str(error)) from None


def _fork(root: Path, base: str) -> tuple[str, frozenset[str]]:
    """The commit where HEAD left `base`, and the commits since."""
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
    except GitError as error:
        raise FailureError(f"{display(base)}: {error}") from None
    return commit, frozenset(commits)


def _prints(root: Path, options: Options, base: str, commit: str) -> Collection[str]:
    from gonogo.earlier import fingerprints_at
    from gonogo.workspace.git import Git, GitError
    from gonogo.workspace.names import display

    try:
        git = Git.find(root)
        assert git is not None
        return fingerprints_at(git, root, commit, options)
    except GitError as error:
        raise FailureError(f"{display(base)}: {error}") from None
    except OSError as error:
        raise FailureError(f"{display(base)} could not be unpacked: {error.strerror or error}") from None
