"""`gonogo check --staged`: the poll of what the next commit would hold."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.cli.failure import FailureError

if TYPE_CHECKING:
    from gonogo.cli.target import Target
    from gonogo.config.options import Options
    from gonogo.poll import Poll


def poll_staged(target: Target, options: Options, *, baseline: str | None, color: str, quiet: bool) -> Poll:
    """Poll the index of the repository around `target`. Findings that stand in the last commit already do not count.

    Raises:
        FailureError: there is no index, or it cannot be read.
    """
    from gonogo.cli.analysis import analyse
    from gonogo.cli.knowing import known_at_head
    from gonogo.cli.target import Target
    from gonogo.earlier import place_in
    from gonogo.workspace.export import in_index
    from gonogo.workspace.git import Git, GitError

    root = target.root.resolve()
    git = Git.find(root)
    if git is None:
        raise FailureError("--staged reads the index of a git repository, and there is none here")
    if git.bare:
        raise FailureError("a bare repository has no index, so nothing can be staged in it")
    git = git.as_hook(os.environ)
    known = known_at_head(git, root, options, baseline)
    options = replace(options, history=False)
    try:
        with tempfile.TemporaryDirectory(prefix="gonogo-") as folder:
            place = Path(folder) / (root.name or "root")
            place.mkdir()
            unpacked = in_index(git, place_in(git, root), place, str(root))
            poll = analyse(
                Target(place, target.only), options, color=color, quiet=quiet, known=known, unpacked=unpacked
            )
    except GitError as error:
        raise FailureError(f"the index: {error}") from None
    except OSError as error:
        raise FailureError(f"the index could not be unpacked: {error.strerror or error}") from None
    return replace(poll, root=str(target.root))
