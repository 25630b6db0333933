"""One file of a workspace."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TypeAlias

from gonogo.workspace.names import display

Stamp: TypeAlias = "tuple[int, int, int, int]"
"""Size in bytes, time of the last change of the content and of anything (both in nanoseconds), inode."""


def stamp_of(status: os.stat_result) -> Stamp:
    """What tells a version of a file from a later one without reading it."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


@dataclass(slots=True)
class SourceFile:
    """A regular file below the scanned root.

    `path` is relative to the root, with `/`; bytes that are no UTF-8 are kept as surrogates, so it can always be
    opened, but must pass through `display` before anybody sees it. `size` counts bytes. `tracked` says whether git
    knows the file, `None` outside git. `app` is the root of its application (`.` for the top). `area` and `app` are
    settled by `discover`; the lexical index corrects `area` for files whose first lines say they were generated.
    """

    path: str
    size: int
    area: str = "app"
    tracked: bool | None = None
    app: str = "."
    stamp: Stamp | None = None

    @property
    def name(self) -> str:
        """The last component of the path."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """The path without its last component; empty at the top."""
        return self.path.rpartition("/")[0]

    @property
    def display(self) -> str:
        """The path as it may be printed."""
        return display(self.path)
