"""Every object of a git repository, each once, as a stream."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO

from gonogo.workspace.git import Git, GitError
from gonogo.workspace.names import display

OBJECT_LIMIT = 32_000_000
"""Bytes of an object that is read in one piece; larger blobs are read as streams."""

STREAM_LIMIT = 4_000_000_000
"""Bytes of a blob that are read at all."""

TOTAL_LIMIT = 64_000_000_000
"""Bytes read altogether: small packs can hold terabytes."""

_WALK_TIMEOUT = 1_800.0
_CHUNK = 1 << 20
_MAX_RESTARTS = 100
"""Damaged objects that are stepped over; git ends at each."""


class UnknownRevision(GitError):  # noqa: N818 - reads as what it says: the revision is unknown
    """The reader named a revision that the repository does not have."""


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
    """Ids and sizes; while objects are read, of those that are to be read as streams."""
    over_total: int = 0


def resolve_commit(git: Git, revision: str) -> str:
    """The id of the commit that a revision names.

    Raises:
        UnknownRevision: there is none.
        GitUnavailable: git could not be started.
    """
    if "\0" not in revision:
        wanted = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]
        answer = git.run(wanted, ok_codes=(0, 1, 128)).decode("ascii", "replace").strip()
        if answer:
            return answer
    raise UnknownRevision(f"{display(revision)} names no commit of the repository at {display(str(git.top))}")


Passed = Callable[[str, str, int], bool]
"""Asked about each object, by id, kind and size in bytes, before it is read: may it be passed over?"""


def read_objects(git: Git, unread: Unread, *, since: str = "", passed: Passed | None = None) -> Iterator[GitObject]:
    """All objects that are there, reachable or not, in the order in which git finds them fastest.

    With `since`, the id of a commit, only objects that refs and reflogs reach and that commit does not. Where objects
    are borrowed (see `Git.borrows`), only what refs, reflogs and the index reach: the rest is another repository's.
    What cannot be read is noted in `unread`.

    Raises:
        GitError: git does not list the objects at all.
    """
    ids = _list_objects(git, unread, since, passed)
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


def stream(git: Git, name: str) -> Iterator[bytes]:
    """A blob in pieces. It ends early where git does.

    Raises:
        GitUnavailable: git could not be started.
    """
    process = git.popen(["cat-file", "blob", name])
    assert process.stdout is not None
    try:
        while chunk := process.stdout.read(_CHUNK):
            yield chunk
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def sizes_of(git: Git, wanted: list[str]) -> dict[str, int]:
    """The sizes in bytes of the objects with these ids; those that are not there are left out.

    Raises:
        GitError: git could not look them up.
    """
    output = git.run(["cat-file", "--batch-check", "--buffer"], b"".join(one.encode() + b"\n" for one in wanted))
    rows = [line.split() for line in output.decode("ascii", "replace").splitlines()]
    return {row[0]: int(row[2]) for row in rows if len(row) == 3 and row[2].isdigit()}


def _width(ids: bytes) -> int:
    return ids.find(b"\n") + 1


def _list_objects(git: Git, unread: Unread, since: str, passed: Passed | None) -> bytes:
    """The ids of the objects to read, one a line."""
    ids = bytearray()
    total = 0
    chosen = ["--unordered", "--batch-all-objects"]
    feeder = None
    stdin = subprocess.DEVNULL
    walked = bool(since) or git.borrows
    if walked:
        walk = ["rev-list", "--objects", "--no-object-names", "--missing=allow-any", "--all", "--reflog"]
        walk += ["--not", since] if since else ["--indexed-objects"]
        wanted = git.run(walk, timeout=_WALK_TIMEOUT)
        chosen, stdin = [], subprocess.PIPE
    process = git.popen(["cat-file", *chosen, "--batch-check", "--buffer"], stdin=stdin)
    if walked:
        assert process.stdin is not None
        feeder = threading.Thread(target=_feed, args=(process.stdin, wanted), daemon=True)
        feeder.start()
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            name, _, rest = line.rstrip(b"\n").partition(b" ")
            kind, _, digits = rest.partition(b" ")
            if not digits.isdigit():
                unread.damaged.append(name.decode("ascii", "replace"))
                continue
            size = int(digits)
            if passed is not None and passed(name.decode(), kind.decode(), size):
                continue
            if size > OBJECT_LIMIT:
                unread.oversized.append((name.decode(), size))
                continue
            total += size
            if total > TOTAL_LIMIT:
                unread.over_total += 1
                continue
            ids += name + b"\n"
    if feeder is not None:
        feeder.join()
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
