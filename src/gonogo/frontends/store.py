"""Facts of files that an earlier run has read, by content.

They lie in one SQLite file in the user's own cache folder: safe under parallel and interrupted runs, bounded in size,
and of no use to anything but gonogo. A store that cannot be opened, or holds anything wrong, is an empty one.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import pickle
import sqlite3
import sys
import zlib
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gonogo import kept
from gonogo.facts import model
from gonogo.facts.model import FileFacts
from gonogo.facts.span import Span

MAX_BYTES = 256_000_000
"""Size of all entries: some ten million lines. What was not used for longest goes first."""
MAX_ENTRY = 16_000_000
"""Bytes of one entry, packed."""
_BUSY_SECONDS = 2.0
_SHORT = 80
_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts
(key BLOB PRIMARY KEY, used INTEGER NOT NULL, size INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID
"""


def pack(facts: FileFacts) -> bytes | None:
    """Facts as bytes; `None` if they are nested too deeply to be written."""
    stream = io.BytesIO()
    pickler = pickle.Pickler(stream, protocol=5)
    pickler.dispatch_table = _reducers()
    try:
        pickler.dump(facts)
    except RecursionError:
        return None
    return zlib.compress(stream.getvalue(), 1)


@cache
def _reducers() -> dict[type, Callable[[Any], tuple[type, tuple[Any, ...]]]]:
    """Each fact as its class and the arguments that make it: three times as fast to read as what dataclasses do."""
    return {cls: _reducer(cls) for cls in vars(model).values() if isinstance(cls, type) and is_dataclass(cls)}


def _reducer(cls: type) -> Callable[[Any], tuple[type, tuple[Any, ...]]]:
    names = tuple(field.name for field in fields(cls))
    return lambda fact: (cls, tuple([_shared(getattr(fact, name)) for name in names]))


def _shared(value: Any) -> Any:
    """The same text as one object, which is written, and later kept in memory, once for a file."""
    return sys.intern(value) if type(value) is str and len(value) <= _SHORT else value


def unpack(body: bytes) -> FileFacts | None:
    """Facts from bytes; `None` if they are not what `pack` makes. Only classes of facts are ever made."""
    found = kept.unpack(body, _fact)
    return found if isinstance(found, FileFacts) else None


def _fact(module: str, name: str) -> type | None:
    known = getattr(model, name, None) if module in (model.__name__, Span.__module__) else None
    return known if isinstance(known, type) else None


@cache
def _version() -> bytes:
    """Changes with the code that makes facts, and with the parsers under it."""
    from importlib.metadata import version

    digest = hashlib.sha256()
    here = Path(__file__).parent
    for path in sorted([*here.glob("*.py"), *here.parent.joinpath("facts").glob("*.py")]):
        digest.update(path.read_bytes())
    for package in ("libcst", "tree-sitter", "tree-sitter-javascript", "tree-sitter-typescript"):
        digest.update(f"{package} {version(package)}\n".encode())
    return digest.digest()


def key_of(path: str, content: bytes) -> bytes:
    """What an entry is kept under."""
    digest = hashlib.blake2b(_version(), digest_size=20)
    digest.update(path.encode("utf-8", "surrogateescape") + b"\0")
    digest.update(content)
    return digest.digest()


class Store:
    """Entries of the store in `folder`, written when it is closed. Nothing here raises."""

    def __init__(self, folder: Path, day: int) -> None:
        """`day` is the number of today: entries remember when they were last used."""
        self._day = day
        self._new: dict[bytes, bytes] = {}
        self._used: set[bytes] = set()
        self._base: sqlite3.Connection | None = None
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / "facts.sqlite"
            path.touch(mode=0o600)
            self._base = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = OFF")
            self._base.execute(_SCHEMA)
        except (OSError, sqlite3.Error):
            self._drop()

    def get(self, key: bytes) -> bytes | None:
        """An entry."""
        if self._base is None:
            return None
        try:
            row = self._base.execute("SELECT body, used FROM facts WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error:
            self._drop()
            return None
        if row is None or not isinstance(row[0], bytes):
            return None
        if row[1] != self._day:
            self._used.add(key)
        return row[0]

    def put(self, key: bytes, body: bytes | None) -> None:
        """Keep an entry, if there is one, when the store is closed."""
        if body is not None and len(body) <= MAX_ENTRY:
            self._new[key] = body

    def close(self) -> None:
        """Write what is new, remove what is too much."""
        if self._base is not None and (self._new or self._used):
            # Another run may be writing, the disk may be full: then this run's work is not kept.
            with contextlib.suppress(sqlite3.Error):
                self._write(self._base)
        self._drop()

    def _write(self, base: sqlite3.Connection) -> None:
        rows = [(key, self._day, len(body), body) for key, body in self._new.items()]
        base.execute("BEGIN IMMEDIATE")
        base.executemany("INSERT OR REPLACE INTO facts (key, used, size, body) VALUES (?, ?, ?, ?)", rows)
        base.executemany("UPDATE facts SET used = ? WHERE key = ?", [(self._day, key) for key in self._used])
        total = base.execute("SELECT coalesce(sum(size), 0) FROM facts").fetchone()[0]
        if total > MAX_BYTES:
            for key, size in base.execute("SELECT key, size FROM facts ORDER BY used, key").fetchall():
                base.execute("DELETE FROM facts WHERE key = ?", (key,))
                total -= size
                if total <= MAX_BYTES // 2:
                    break
        base.execute("COMMIT")

    def _drop(self) -> None:
        if self._base is not None:
            with contextlib.suppress(sqlite3.Error):
                self._base.close()
        self._base = None
