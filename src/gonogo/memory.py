"""What an earlier run of the same settings concluded, for as long as nothing it looked at has changed.

A run keeps, with its judgement, what that rests on: which files there are and what each held, which of them anybody
read, which words it asked for and where they stand, what git ignores and what the history held. A later run takes the
judgement over if every difference is one that nothing would have noticed: a file nobody read, that neither holds nor
held anything of interest, imports what it did and differs in words nobody asked for. Anything else is judged anew.

Files are told apart by size, times and inode as git does, else by content. The cache lies in the user's own folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo import kept
from gonogo.workspace.files import Stamp, stamp_of
from gonogo.workspace.read import Unreadable, on_disk
from gonogo.workspace.user_cache import own_version

if TYPE_CHECKING:
    from gonogo.config.options import Options
    from gonogo.judging import Judgement
    from gonogo.lexical.file import LexicalFile
    from gonogo.lexical.index import LexicalIndex, SurfaceReader
    from gonogo.poll import CallRow, Skipped
    from gonogo.secrets.history import HistoryScan
    from gonogo.secrets.ignores import IgnoreRule
    from gonogo.secrets.tree import TreeScan
    from gonogo.workspace.discover import Workspace
    from gonogo.workspace.files import SourceFile

MAX_CHANGED = 200
"""Changed files that are looked at; with more, much of the project is another."""
MAX_RECORDS = 48
"""Records kept, of all repositories together."""
MAX_OF_ONE = 4
"""Records of one repository with the same settings: what is staged, and the last commits."""
MAX_BYTES = 64_000_000
"""Size of one record, packed."""
OUTSIDE_LIMIT = 20_000_000
"""Bytes that are read of a file the workspace does not list."""
SETTLED = 2_000_000_000
"""Nanoseconds a file must have been left alone before a run, so that its times tell it from a later version."""

_MATTERS_NOT = frozenset({"config_path", "format", "strict", "cache", "jobs", "only"})
"""Options that the judgement does not depend on."""
_KINDS = frozenset({
    ("gonogo.memory", "Record"),
    ("gonogo.memory", "Conclusion"),
    ("gonogo.judging", "AppAnswers"),
    ("gonogo.judging", "Judgement"),
    ("gonogo.poll", "CallRow"),
    ("gonogo.poll", "ReportedFinding"),
    ("gonogo.poll", "Revoked"),
    ("gonogo.poll", "Skipped"),
    ("gonogo.facts.span", "Span"),
    ("gonogo.secrets.ignores", "IgnoreRule"),
    *(("gonogo.findings", name) for name in (
        "Commit", "Confidence", "Evidence", "Finding", "Place", "Question", "Related", "Severity", "Verdict",
    )),
})  # fmt: skip


@dataclass(slots=True)
class Conclusion:
    """What a run found out, but for what the reader knows already."""

    judgement: Judgement
    calls: tuple[CallRow, ...]
    skipped: list[Skipped]
    parsed: int
    faults: tuple[str, ...] = ()
    """Nothing is remembered of a run that had any."""


@dataclass(slots=True)
class Record:
    """A conclusion and everything it rests on."""

    listing: bytes
    history: bytes
    digests: dict[str, bytes]
    stamps: dict[str, Stamp]
    asked: frozenset[str]
    """Files that somebody read, the loud ones among them."""
    places: dict[str, tuple[str, str]]
    """Area and application of each file."""
    loud: frozenset[str]
    """Files in which the search for keys found something, or that it could not search."""
    outside: dict[str, bytes]
    """What files hold that are not of the workspace but were asked for, or why they could not be read."""
    surfaces: dict[str, bytes]
    words: frozenset[str]
    """What was asked for by name, and in `holders` which of these each indexed file holds; so for definitions."""
    holders: dict[str, frozenset[str]]
    definitions: frozenset[str]
    definers: dict[str, frozenset[str]]
    asked_ignored: frozenset[str]
    ignored: dict[str, IgnoreRule]
    conclusion: Conclusion


class Memory:
    """Records of one project under one set of options."""

    def __init__(self, folder: Path, project: str, options: Options, blobs: Mapping[str, str] | None = None) -> None:
        """`project` tells the projects apart; `blobs` names the content of files that come out of git."""
        settings = [
            f"{one.name}={getattr(options, one.name)!r}" for one in fields(options) if one.name not in _MATTERS_NOT
        ]
        text = "\0".join([project, "blobs" if blobs is not None else "files", own_version(), *settings])
        self._slot = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:40]
        self._folder = folder
        self._blobs = blobs
        self._started = time.time_ns()
        self._latest: Record | None = None

    # --- recalling ---

    def recall(
        self, workspace: Workspace, history: HistoryScan | None, bring: Callable[[Iterable[str]], None] | None = None
    ) -> Conclusion | None:
        """What an earlier run concluded, if it holds. `bring` puts files in their place that were not unpacked yet."""
        listing, past = _listing(workspace), _history(history)
        for path in self._files():
            record = _read(path)
            self._latest = self._latest or record
            if record is None or record.listing != listing or record.history != past:
                continue
            changed = self._changed(record, workspace)
            if changed is None:
                continue
            if bring is not None and changed:
                bring([file.path for file in changed])
            if changed and not _unnoticed(record, workspace, changed):
                continue
            # What comes out of git has nothing around it.
            if self._blobs is None and not _same_around(record, workspace):
                continue
            with contextlib.suppress(OSError):
                os.utime(path)
            return record.conclusion
        return None

    def quiet(self, workspace: Workspace) -> dict[str, bytes]:
        """Files that are as they were when the latest run found nothing of interest in them, with what they held.

        Their areas must be settled.
        """
        record = self._latest
        if record is None:
            return {}
        return {
            file.path: record.digests[file.path]
            for file in workspace.files
            if self._untouched(record, file)
            and file.path in record.digests
            and file.path not in record.loud
            and record.places.get(file.path) == (file.area, file.app)
        }

    def _untouched(self, record: Record, file: SourceFile) -> bool:
        """True if a file is known to be what it was, without reading it."""
        if self._blobs is not None:
            return bytes.fromhex(self._blobs[file.path]) == record.digests.get(file.path)
        return file.stamp is not None and record.stamps.get(file.path) == file.stamp

    def _files(self) -> list[Path]:
        """The latest first."""
        try:
            found = [(path.stat().st_mtime, path) for path in self._folder.glob(f"{self._slot}-*")]
        except OSError:
            return []
        return [path for _, path in sorted(found, reverse=True)[:MAX_OF_ONE]]

    def _changed(self, record: Record, workspace: Workspace) -> list[SourceFile] | None:
        """The files with another content; `None` if they are too many, or one of them was read."""
        changed: list[SourceFile] = []
        for file in workspace.files:
            path = file.path
            if self._untouched(record, file):
                continue
            if self._blobs is not None or self._digest(workspace, path) != record.digests.get(path):
                if path in record.asked or len(changed) >= MAX_CHANGED:
                    return None
                changed.append(file)
        return changed

    @staticmethod
    def _digest(workspace: Workspace, path: str) -> bytes | None:
        from gonogo.secrets.tree import SIZE_LIMIT, digest

        try:
            return digest(workspace.skim(path, SIZE_LIMIT))
        except Unreadable:
            return None

    # --- keeping ---

    def keep(
        self,
        workspace: Workspace,
        index: LexicalIndex,
        tree: TreeScan,
        history: HistoryScan | None,
        conclusion: Conclusion,
    ) -> None:
        """Remember a conclusion, unless a file changed meanwhile. That it cannot be written is no failure."""
        known = self.quiet(workspace)
        read = {path: bytes.fromhex(file.hash) for path, file in index.files.items() if path not in known}
        if any(tree.digests.get(path) != content for path, content in read.items()):
            return
        if self._blobs is None and any(_stamp(workspace, file) != file.stamp for file in workspace.files):
            return
        asked = workspace.asked | tree.loud | index.asked.files | {one.path for one in index.unread}
        listed = {file.path: file for file in workspace.files}
        words, definitions = frozenset(index.asked.words), frozenset(index.asked.definitions)
        digests = {p: bytes.fromhex(b) for p, b in self._blobs.items()} if self._blobs is not None else tree.digests
        record = Record(
            listing=_listing(workspace),
            history=_history(history),
            digests={**known, **digests},
            stamps={file.path: file.stamp for file in workspace.files if file.stamp and self._settled(file.stamp)},
            asked=frozenset(asked),
            places={file.path: (file.area, file.app) for file in workspace.files},
            loud=frozenset(tree.loud),
            outside={path: _outside(workspace, path) for path in asked if path not in listed},
            surfaces={path: _surface(file, listed[path].area) for path, file in index.files.items()},
            words=words,
            holders={path: file.identifiers & words for path, file in index.files.items()},
            definitions=definitions,
            definers={path: file.defines & definitions for path, file in index.files.items()},
            asked_ignored=tree.asked_ignored,
            ignored=tree.ignored,
            conclusion=conclusion,
        )
        with contextlib.suppress(OSError):
            self._write(record)

    def _settled(self, stamp: Stamp) -> bool:
        return max(stamp[1], stamp[2]) < self._started - SETTLED

    def _write(self, record: Record) -> None:
        from gonogo.workspace.user_cache import make_room
        from gonogo.workspace.write import replace_file

        body = zlib.compress(pickle.dumps(record, protocol=5), 1)
        if len(body) > MAX_BYTES:
            return
        content = hashlib.blake2b(digest_size=8)
        for path, known in sorted(record.digests.items()):
            content.update(path.encode("utf-8", "surrogateescape") + b"\0" + known)
        content.update(record.history)
        place = self._folder / f"{self._slot}-{content.hexdigest()}"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in self._files()[MAX_OF_ONE - 1 :]:
            old.unlink(missing_ok=True)
        make_room(place, MAX_RECORDS)
        replace_file(place, hashlib.sha256(body).digest() + body)


# --- what a file shows ------------------------------------------------------------------------------------------------


def _unnoticed(record: Record, workspace: Workspace, changed: Iterable[SourceFile]) -> bool:
    """True if nobody would have noticed that files, which nobody read, hold something else now."""
    from gonogo.analysis import needles
    from gonogo.lexical.index import SurfaceReader
    from gonogo.secrets.tree import is_quiet

    reader = SurfaceReader(workspace, needles())
    return all(_shows_the_same(record, reader, file) and is_quiet(workspace, file) for file in changed)


def _shows_the_same(record: Record, reader: SurfaceReader, file: SourceFile) -> bool:
    from gonogo.lexical.index import is_indexed

    if not is_indexed(file):
        return file.path not in record.surfaces
    try:
        now = reader.read(file)
    except Unreadable:
        return False
    return (
        _surface(now, file.area) == record.surfaces.get(file.path)
        and now.identifiers & record.words == record.holders.get(file.path)
        and now.defines & record.definitions == record.definers.get(file.path)
    )


def _surface(file: LexicalFile, area: str) -> bytes:
    """All that counts of a file nobody parses, but its words."""
    shown = (file.imports, sorted(file.needles), sorted(file.exports), area)
    return hashlib.blake2b(repr(shown).encode("utf-8", "surrogateescape"), digest_size=12).digest()


def _same_around(record: Record, workspace: Workspace) -> bool:
    from gonogo.secrets.ignores import ignored_by_git

    if any(_outside(workspace, path) != known for path, known in record.outside.items()):
        return False
    return workspace.git is None or ignored_by_git(workspace, record.asked_ignored) == record.ignored


def _outside(workspace: Workspace, path: str) -> bytes:
    from gonogo.secrets.tree import digest

    try:
        return digest(workspace.skim(path, OUTSIDE_LIMIT))
    except Unreadable as error:
        return error.reason.encode()


def _listing(workspace: Workspace) -> bytes:
    """Which files there are, and what is known of them without reading."""
    seen = hashlib.blake2b(digest_size=16)
    about = (workspace.name, workspace.app_roots, workspace.git_problem, workspace.git is None, workspace.skipped)
    seen.update(repr(about).encode("utf-8", "surrogateescape"))
    missing = None if workspace.tracked is None else workspace.tracked.difference(f.path for f in workspace.files)
    seen.update(repr(None if missing is None else sorted(missing)).encode("utf-8", "surrogateescape"))
    for file in workspace.files:
        line = f"{file.path}\0{file.tracked}\0{file.app}\0"
        seen.update(line.encode("utf-8", "surrogateescape"))
    return seen.digest()


def _history(history: HistoryScan | None) -> bytes:
    return hashlib.blake2b(repr(history).encode("utf-8", "surrogateescape"), digest_size=16).digest()


def _stamp(workspace: Workspace, file: SourceFile) -> Stamp | None:
    try:
        return stamp_of(os.lstat(on_disk(str(workspace.root), file.path)))
    except (OSError, ValueError):
        return None


# --- records ----------------------------------------------------------------------------------------------------------


def _read(path: Path) -> Record | None:
    """A record; `None` if the file is not what `Memory` writes. Only what a record is made of is ever made."""
    try:
        if path.stat().st_size > MAX_BYTES + 32:
            return None
        data = path.read_bytes()
        if hashlib.sha256(data[32:]).digest() != data[:32]:
            return None
    except OSError:
        return None
    found = kept.unpack(data[32:], _part)
    return found if isinstance(found, Record) else None


def _part(module: str, name: str) -> Any:
    return getattr(import_module(module), name) if (module, name) in _KINDS else None
