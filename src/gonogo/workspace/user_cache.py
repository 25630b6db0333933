"""The folder in which gonogo remembers what a later run need not find out again."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from functools import cache
from pathlib import Path

from gonogo import __version__


def cache_folder() -> Path | None:
    """The user's cache folder for gonogo, by the custom of the system; `None` without a home."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    if given and Path(given).is_absolute():
        return Path(given) / "gonogo"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "gonogo"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "gonogo"
    return home / ".cache" / "gonogo"


def make_room(path: Path, most: int) -> None:
    """Remove the files not used for longest until `path` is one of `most`; never the one about to be written."""
    others = []
    for one in path.parent.iterdir():
        # Another run may remove it meanwhile.
        with contextlib.suppress(OSError):
            if one != path and one.is_file():
                others.append((one.stat().st_mtime, one))
    for _, one in sorted(others)[: max(0, len(others) - most + 1)]:
        with contextlib.suppress(OSError):
            one.unlink()


@cache
def own_version() -> str:
    """Changes with gonogo's own code and data; sizes and times stand for the contents of its files."""
    from gonogo.registry.data import data_dir

    digest = hashlib.sha256(__version__.encode())
    pending = [str(data_dir()), str(Path(__file__).parent.parent)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_dir() and entry.name != "__pycache__":
                    pending.append(entry.path)
                elif entry.name.endswith((".py", ".toml")):
                    found = entry.stat()
                    digest.update(f"{entry.name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
