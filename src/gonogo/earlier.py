"""What stood in an earlier commit: the fingerprints of its findings, worked out once and remembered.

A file of the cache holds fingerprints only, which do not give away what they were made from. Its name is a hash of all
that they depend on: the commit's files, the settings, the day, and gonogo itself.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gonogo.config.options import Options
    from gonogo.workspace.git import Git

MAX_FILES = 256
MAX_SIZE = 10_000_000
"""Bytes of one file: 300,000 findings."""

_MAGIC = "gonogo-findings/1"
_MATTERS_NOT = frozenset({
    "config_path", "format", "strict", "cache", "history", "history_since", "only", "attest", "jobs",
})  # fmt: skip
"""Options on which no finding depends."""


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
    prefix = place_in(git, root)
    file = _file(git, commit, prefix, root.name, options) if options.cache else None
    known = _read(file)
    if known is not None:
        return known
    from gonogo import engine
    from gonogo.workspace.export import in_commit

    with tempfile.TemporaryDirectory(prefix="gonogo-") as folder:
        # Under the same name: a package's own name may be that of its folder.
        target = Path(folder) / (root.name or "root")
        target.mkdir()
        unpacked = in_commit(git, commit, prefix, target, str(root.resolve()))
        poll = engine.run(target, replace(options, history=False, only=()), unpacked=unpacked)
    found = frozenset(finding.fingerprint for finding in poll.findings)
    if not poll.faults:
        _write(file, found)
    return found


def _file(git: Git, commit: str, prefix: str, name: str, options: Options) -> Path | None:
    from gonogo.workspace.user_cache import cache_folder, own_version

    own = cache_folder()
    if own is None:
        return None
    tree = git.run(["rev-parse", "--verify", f"{commit}^{{tree}}"]).decode("ascii", "replace").strip()
    settings = [f"{one.name}={getattr(options, one.name)!r}" for one in fields(options) if one.name not in _MATTERS_NOT]
    text = "\0".join([tree, prefix, name, own_version(), *settings])
    return own / "findings" / hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:40]


def _read(file: Path | None) -> frozenset[str] | None:
    """What the file holds; `None` for one that is missing or has anything wrong with it."""
    if file is None:
        return None
    try:
        if file.stat().st_size > MAX_SIZE:
            return None
        magic, checksum, *prints = file.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return None
    if magic != _MAGIC or checksum != _checksum(prints):
        return None
    with contextlib.suppress(OSError):
        os.utime(file)
    return frozenset(prints)


def _write(file: Path | None, found: frozenset[str]) -> None:
    """Remember it, whole or not at all. That it cannot be written is no failure."""
    if file is None:
        return
    from gonogo.workspace.user_cache import make_room
    from gonogo.workspace.write import replace_file

    prints = sorted(found)
    with contextlib.suppress(OSError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_room(file, MAX_FILES)
        replace_file(file, "\n".join([_MAGIC, _checksum(prints), *prints, ""]).encode("ascii"))


def _checksum(prints: list[str]) -> str:
    return hashlib.sha256("\n".join(prints).encode()).hexdigest()
