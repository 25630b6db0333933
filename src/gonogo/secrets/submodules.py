"""Submodules whose repositories are here: each has a history of its own, which is part of what goes out."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gonogo.poll import Skipped
from gonogo.workspace.git import Git, GitUnavailable
from gonogo.workspace.names import display
from gonogo.workspace.read import is_real_folder

if TYPE_CHECKING:
    from gonogo.secrets.attribution import Introduction
    from gonogo.secrets.history import HistoryEnv, HistoryKey, HistoryScan

    Leak = TypeVar("Leak", HistoryKey, HistoryEnv)

MAX_SUBMODULES = 50
MAX_DEPTH = 3
"""Submodules of submodules that are searched; deeper ones are said to be there."""

_LIMIT = 100_000
_PATH = re.compile(rb"^[ \t]*path[ \t]*=[ \t]*(\S[^\r\n]{0,500})", re.MULTILINE)


def add_submodules(scan: HistoryScan, git: Git, search: Callable[[Git], HistoryScan] | None) -> None:
    """Search the repository of each submodule, and put what it holds into `scan` under the submodule's path.

    Without `search` they are only named, as are those that were never fetched: no gap, for their history is not here.
    """
    for path in _named(git):
        part = None if search is None else _repository(git, path)
        if part is None or search is None:
            reason = "a submodule, whose own history was not searched"
            scan.unread.append(Skipped(display(path), reason if search is None else f"{reason}: it is not here"))
        else:
            _add(scan, path, search(part))


def _named(git: Git) -> Iterator[str]:
    """The paths that `.gitmodules` in the working tree names."""
    try:
        with (git.top / ".gitmodules").open("rb") as stream:
            data = stream.read(_LIMIT)
    except OSError:
        return
    for match in list(_PATH.finditer(data))[:MAX_SUBMODULES]:
        yield os.fsdecode(match[1].rstrip())


def _repository(git: Git, path: str) -> Git | None:
    """The repository at `path`; `None` if there is none, or it lies anywhere but inside this one."""
    folder = git.top / path
    if ".." in Path(path).parts or Path(path).is_absolute() or not is_real_folder(str(git.top), path):
        return None
    try:
        part = Git.find(folder) if folder.is_dir() else None
    except GitUnavailable:
        return None
    if part is None or part.top.resolve() != folder.resolve() or folder.resolve() == git.top.resolve():
        return None
    inside = any(part.git_dir.is_relative_to(place) for place in (folder.resolve(), git.common_dir / "modules"))
    return part if inside else None


def _add(scan: HistoryScan, path: str, part: HistoryScan) -> None:
    scan.commits += part.commits
    scan.blobs += part.blobs
    scan.size += part.size
    known = {key.fingerprint for key in scan.keys}
    scan.keys += [_below(path, key) for key in part.keys if key.fingerprint not in known]
    scan.env_files += [_below(path, env) for env in part.env_files]
    failed = [Skipped(".", part.failed)] if part.failed else []
    for ours, theirs in ((scan.unread, part.unread), (scan.doubts, part.doubts)):
        ours += [Skipped(_join(display(path), one.path), one.reason) for one in (*theirs, *failed)]


def _below(path: str, leak: Leak) -> Leak:
    return replace(
        leak,
        path=_join(path, leak.path) if leak.path else "",
        submodule=path,
        introduction=_introduction(path, leak.introduction),
        last=_introduction(path, leak.last),
    )


def _introduction(path: str, one: Introduction | None) -> Introduction | None:
    return None if one is None else replace(one, path=_join(path, one.path) if one.path else "")


def _join(folder: str, path: str) -> str:
    return folder if path in (".", ".git") else f"{folder}/{path}"
