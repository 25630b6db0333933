"""Every object of a git repository, each once, as a stream."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from gonogo.workspace.git import Git, GitError

OBJECT_LIMIT = 50_000_000
"""Bytes of an object that are read; larger ones are counted as unread."""

TOTAL_LIMIT = 64_000_000_000
"""Bytes read altogether: small packs can hold terabytes."""

_MAX_RESTARTS = 100
"""Damaged objects that are stepped over; git ends at each."""


@dataclass(frozen=True, slots=True)
class GitObject:
    """An object with its content. `kind` is blob, tree, commit or tag."""

    id: str
    kind: str
    data: bytes


@dataclass(slots=True)
class Unread:
    """Objects that could not be read, by reason."""

    damaged: list[str] = field(default_factory=list)
    oversized: list[tuple[str, int]] = field(default_factory=list)
    over_total: int = 0


def read_objects(git: Git, unread: Unread) -> Iterator[GitObject]:
    """All objects that are there, reachable or not, in the order in which git finds them fastest.

    What cannot be read is noted in `unread`.

    Raises:
        GitError: git does not list the objects at all.
    """
    ids = _list_objects(git, unread)
    width = _width(ids)
    position = 0
    for _ in range(_MAX_RESTARTS):
        if position >= len(ids):
            return
        for found in _read(git, ids[position:], unread):
            position += width
            if found is not None:
                yield found
        if position < len(ids):
            # git ended at this object, half-way through or before it.
            unread.damaged.append(ids[position : position + width - 1].decode())
            position += width
    rest = ids[position:].split()
    unread.damaged += [one.decode() for one in rest]


def read_some(git: Git, wanted: list[str], unread: Unread) -> Iterator[GitObject]:
    """The objects with these ids; those that are missing or damaged are noted in `unread`.

    Raises:
        GitUnavailable: git could not be started.
    """
    ids = b"".join(one.encode() + b"\n" for one in wanted)
    for found in _read(git, ids, unread):
        if found is not None:
            yield found


def _width(ids: bytes) -> int:
    return ids.find(b"\n") + 1


def _list_objects(git: Git, unread: Unread) -> bytes:
    """The ids of the objects to read, one a line."""
    ids = bytearray()
    total = 0
    process = git.popen(["cat-file", "--batch-all-objects", "--batch-check", "--unordered", "--buffer"])
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            name, _, rest = line.rstrip(b"\n").partition(b" ")
            _kind, _, digits = rest.partition(b" ")
            if not digits.isdigit():
                unread.damaged.append(name.decode("ascii", "replace"))
                continue
            size = int(digits)
            if size > OBJECT_LIMIT:
                unread.oversized.append((name.decode(), size))
                continue
            total += size
            if total > TOTAL_LIMIT:
                unread.over_total += 1
                continue
            ids += name + b"\n"
    if process.returncode != 0:
        raise GitError(f"git could not list the objects of the repository (exit code {process.returncode})")
    return bytes(ids)


def _read(git: Git, ids: bytes, unread: Unread) -> Iterator[GitObject | None]:
    """The objects in order, `None` for one that is missing; ends early where git does."""
    process = git.popen(["cat-file", "--batch", "--buffer"], stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    feeder = threading.Thread(target=_feed, args=(process.stdin, ids), daemon=True)
    feeder.start()
    try:
        while header := process.stdout.readline():
            name, _, rest = header.rstrip(b"\n").partition(b" ")
            kind, _, digits = rest.partition(b" ")
            if not digits.isdigit():
                unread.damaged.append(name.decode("ascii", "replace"))
                yield None
                continue
            size = int(digits)
            data = process.stdout.read(size)
            if len(data) < size or not process.stdout.read(1):
                return
            yield GitObject(name.decode(), kind.decode(), data)
    finally:
        # Also when the caller stops early: git must not wait for a reader that is gone.
        process.kill()
        feeder.join()
        process.stdout.close()
        process.wait()


def _feed(pipe: IO[bytes], data: bytes) -> None:
    try:
        with pipe:
            pipe.write(data)
    except OSError:
        return
