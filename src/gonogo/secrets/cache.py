"""What earlier searches of a history found out, so that a later one reads only what is new.

A cache file holds ids of objects and commits, counts and hashes: no secret, and no text of the repository. It lies in
the user's own cache folder under a name made from the repository's path. Ids are hashes of content, so that a file
which belongs to another repository by mistake can say nothing false. A file with anything wrong is no file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from gonogo.secrets.attribution import Reach
from gonogo.workspace.git import Git
from gonogo.workspace.user_cache import cache_folder, make_room

_MAGIC = b"gonogo-history-cache/2\n"
MAX_FILE = 64_000_000
"""Bytes of one file: three million objects."""
MAX_FILES = 64
"""Repositories remembered; the one not used for longest goes first."""
_MAX_LISTED = 500_000
"""Loose objects and refs looked at to tell whether something is new."""


class Ids:
    """A set of object ids that costs next to nothing to load, to ask a few times and to save.

    It is a text of sorted ids of one width, and a set of those added to it.
    """

    def __init__(self, text: bytes = b"", width: int = 20) -> None:
        self._text = text
        self._width = width
        self._added: set[bytes] = set()

    def __len__(self) -> int:
        return len(self._text) // self._width + len(self._added)

    def __contains__(self, one: bytes) -> bool:
        if one in self._added:
            return True
        at = self._place(one)
        return self._text[at : at + self._width] == one

    def _place(self, one: bytes) -> int:
        """Where an id stands in the text, or would."""
        width = self._width
        count = len(self._text) // width
        return bisect_left(range(count), one, key=lambda at: self._text[at * width : (at + 1) * width]) * width

    def update(self, *more: Iterable[bytes]) -> None:
        """Add ids."""
        self._added.update(*more)

    def as_set(self) -> set[bytes]:
        """All of them, for callers that ask often."""
        return {self._text[at : at + self._width] for at in range(0, len(self._text), self._width)} | self._added

    def sorted(self) -> tuple[bytes, int]:
        """All of them as one text, and their width in bytes."""
        if len(self._added) > len(self._text) // (100 * self._width):
            ids = self.as_set()
            return b"".join(sorted(ids)), len(next(iter(ids), b""))
        pieces = []
        last = 0
        for one in sorted(self._added):
            at = self._place(one)
            pieces.append(self._text[last:at])
            if self._text[at : at + self._width] != one:
                pieces.append(one)
            last = at
        return b"".join([*pieces, self._text[last:]]), self._width


@dataclass(slots=True)
class Known:
    """What is known of the objects of a repository.

    `searched` holds the ids of all that were read. `hits` are those of them in which a key was found, `env` those that
    some folder calls `.env` or the like; both are read again on every run, since nothing of their content is kept.
    `packs` and `loose` say where the objects lay.
    """

    searched: Ids = field(default_factory=Ids)
    hits: set[str] = field(default_factory=set)
    env: set[str] = field(default_factory=set)
    packs: set[str] = field(default_factory=set)
    loose: set[str] = field(default_factory=set)
    state: str = ""
    """Of what the rest speaks: all objects, refs and logs as they were when everything had been read."""
    tips: list[str] = field(default_factory=list)
    """The commits that refs named then; what they reach was all there."""
    commits: int = 0
    blobs: int = 0
    size: int = 0
    origins: dict[str, tuple[Reach, list[str]]] = field(default_factory=dict)
    """For each object with a find: what reaches it, and the commits that brought it or took it away."""


def load(git: Git, folder: Path | None = None) -> Known:
    """What is known of a repository; nothing if there is no sound file."""
    path = _file(git, folder)
    if path is None:
        return Known()
    try:
        if path.stat().st_size > MAX_FILE:
            return Known()
        data = path.read_bytes()
        with contextlib.suppress(OSError):
            os.utime(path)
        return _parse(data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Known()


def save(git: Git, known: Known, folder: Path | None = None) -> None:
    """Remember it for the next run, whole or not at all. That it cannot be written is no failure."""
    from gonogo.workspace.write import replace_file

    path = _file(git, folder)
    ids, width = known.searched.sorted()
    if path is None or len(ids) > MAX_FILE // 2:
        return
    head = {
        "hits": sorted(known.hits),
        "env": sorted(known.env),
        "packs": sorted(known.packs),
        "loose": sorted(known.loose),
        "tips": known.tips,
        "state": known.state,
        "commits": known.commits,
        "blobs": known.blobs,
        "size": known.size,
        "origins": known.origins,
        "width": width,
    }
    body = json.dumps(head).encode() + b"\n" + ids
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_room(path, MAX_FILES)
        replace_file(path, _MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def state_of(git: Git) -> str:
    """A hash of all that a search depends on: packs, loose objects, refs, logs. Empty where that cannot be told.

    Sizes and times of change stand for the contents of refs and logs.
    """
    objects = git.common_dir / "objects"
    if (objects / "info" / "alternates").exists():
        return ""
    digest = hashlib.sha256()
    count = 0
    try:
        for folder in dict.fromkeys([git.common_dir, git.git_dir]):
            for line in _listed(folder):
                digest.update(line)
                count += 1
                if count > _MAX_LISTED:
                    return ""
    except OSError:
        return ""
    return digest.hexdigest()


def _listed(folder: Path) -> Iterator[bytes]:
    for name in ("HEAD", "packed-refs", "shallow", "config"):
        with contextlib.suppress(FileNotFoundError):
            found = (folder / name).stat()
            yield f"{name} {found.st_size} {found.st_mtime_ns}\n".encode()
    for name in ("refs", "logs", "worktrees", "reftable"):
        yield from _walk(folder / name, times=True)
    # Objects are named by their content: a name and a size say it all.
    yield from _walk(folder / "objects", times=False)


def _walk(folder: Path, *, times: bool) -> Iterator[bytes]:
    for where, folders, files in os.walk(folder, onerror=_raise_unless_absent):
        folders.sort()
        for name in sorted(files):
            found = os.lstat(os.path.join(where, name))  # noqa: PTH118 - a Path for each object costs too much
            time = found.st_mtime_ns if times else 0
            yield os.fsencode(f"{where}/{name}") + f" {found.st_size} {time}\n".encode()


def _raise_unless_absent(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _parse(data: bytes) -> Known:
    checksum, _, body = data.removeprefix(_MAGIC).partition(b"\n")
    if not data.startswith(_MAGIC) or hashlib.sha256(body).hexdigest().encode() != checksum:
        return Known()
    line, _, ids = body.partition(b"\n")
    head = json.loads(line)
    width = int(head["width"]) or 20
    return Known(
        searched=Ids(ids, width),
        hits=set(head["hits"]),
        env=set(head["env"]),
        packs=set(head["packs"]),
        loose=set(head["loose"]),
        tips=head["tips"],
        state=head["state"],
        commits=head["commits"],
        blobs=head["blobs"],
        size=head["size"],
        origins={one: (reach, commits) for one, (reach, commits) in head["origins"].items()},
    )


def _file(git: Git, folder: Path | None) -> Path | None:
    if folder is None:
        own = cache_folder()
        if own is None:
            return None
        folder = own / "history"
    name = hashlib.sha256(os.fsencode(git.common_dir) + b"\0" + os.fsencode(git.git_dir) + _version()).hexdigest()
    return folder / name[:40]


@cache
def _version() -> bytes:
    """Changes with the key formats and with the code that applies them: what an older one searched is unsearched."""
    from gonogo.registry.data import data_dir

    digest = hashlib.sha256((data_dir() / "keys.toml").read_bytes())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.digest()
