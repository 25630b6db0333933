"""From the paths on the command line to the folder that is analysed and the part of it that counts."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gonogo.cli.failure import FailureError
from gonogo.workspace.names import display

PROJECT_MARKS = ("gonogo.toml", "pyproject.toml", "package.json", "setup.py", "setup.cfg", "requirements.txt")


@dataclass(frozen=True, slots=True)
class Target:
    """`root` is analysed; only findings in `only` (relative to it, with `/`) count, or all if it is empty."""

    root: Path
    only: tuple[str, ...] = ()


def target_of(paths: Iterable[str]) -> Target:
    """One folder is its own root. Files, or several paths, stand for the project around them.

    Raises:
        FailureError: a path is not there or cannot be read.
    """
    places = [_readable(path) for path in paths] or [_readable(".")]
    if len(places) == 1 and places[0].is_dir():
        return Target(places[0])
    folders = [place if place.is_dir() else place.parent for place in places]
    try:
        common = Path(os.path.commonpath(folders))
    except ValueError:
        raise FailureError("the paths lie on different drives; check them one by one") from None
    root = _project(common)
    return Target(root, tuple(dict.fromkeys(place.relative_to(root).as_posix() for place in places)))


def _readable(path: str) -> Path:
    try:
        place = Path(path).resolve(strict=True)
        if place.is_dir():
            with os.scandir(place):
                pass
        elif not place.is_file():
            raise FailureError(f"{display(path)}: neither a file nor a folder")
        else:
            with place.open("rb"):
                pass
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "cannot be read"
        raise FailureError(f"{display(path)}: {reason}") from None
    return place


def _project(folder: Path) -> Path:
    """The top of the git repository, else the nearest folder with a configuration or manifest, else `folder`."""
    upwards = (folder, *folder.parents)
    for candidate in upwards:
        if (candidate / ".git").exists():
            return candidate
    for candidate in upwards:
        if any((candidate / mark).is_file() for mark in PROJECT_MARKS):
            return candidate
    return folder
