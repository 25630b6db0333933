"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` in the place of `path`, whose permissions it keeps; a new file gets the ordinary ones.

    A link is replaced, never followed: in a scanned repository it may point anywhere.

    Raises:
        OSError: it cannot be written; what was there is untouched.
    """
    mode = _mode(path)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int:
    try:
        found = path.lstat()
    except FileNotFoundError:
        found = None
    if found is not None and stat.S_ISREG(found.st_mode):
        return stat.S_IMODE(found.st_mode)
    # mkstemp makes files for the owner alone; a report is an ordinary file.
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
