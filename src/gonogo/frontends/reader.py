"""Reads source files: from the store of earlier runs, over several processes where there is much to parse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from gonogo.facts.model import FileFacts
from gonogo.frontends import read_source
from gonogo.processes import context, cores, leave_interrupts

if TYPE_CHECKING:
    from gonogo.frontends.store import Store

ENOUGH = 400_000
"""Bytes to parse from which starting processes pays: about a second's work."""
MAX_WORKERS = 8
_CHUNK = 8


class Reader:
    """Facts of files. `read` gives the content of a path, or raises what the caller of `load` shall see."""

    def __init__(self, read: Callable[[str], bytes], store: Store | None = None, jobs: int = 0) -> None:
        """`jobs` is the greatest number of processes; 0 for as many as there are cores."""
        self._read = read
        self._store = store
        self._jobs = jobs or cores()
        self._ready: dict[str, bytes] = {}
        """Packed facts of files that were read ahead."""

    def load(self, path: str) -> FileFacts | None:
        """Facts of one file, `None` if no front end reads its kind."""
        from gonogo.frontends import store as stores

        body = self._ready.pop(path, None)
        if body is not None:
            found = stores.unpack(body)
            if found is not None:
                return found
        content = self._read(path)
        if self._store is None:
            return read_source(path, content)
        key = stores.key_of(path, content)
        kept = self._store.get(key)
        found = None if kept is None else stores.unpack(kept)
        if found is None:
            found = read_source(path, content)
            if found is not None and _may_be_kept(content):
                self._store.put(key, stores.pack(found))
        return found

    def prepare(self, paths: Iterable[str]) -> None:
        """Read files ahead that will be asked for."""
        if self._jobs < 2:
            return
        from gonogo.frontends import store as stores

        missing: list[tuple[str, bytes]] = []
        for path in paths:
            if path in self._ready:
                continue
            try:
                content = self._read(path)
            except Exception:  # noqa: S112 - whoever loads it meets the error where it can be reported
                continue
            if self._store is None or self._store.get(stores.key_of(path, content)) is None:
                missing.append((path, content))
        if sum(len(content) for _, content in missing) < ENOUGH:
            return
        # The largest first, so that none of them is left over at the end.
        missing.sort(key=lambda entry: (-len(entry[1]), entry[0]))
        pool = ProcessPoolExecutor(min(self._jobs, MAX_WORKERS), mp_context=context(), initializer=leave_interrupts)
        try:
            for (path, content), body in zip(missing, pool.map(_parse, missing, chunksize=_CHUNK), strict=True):
                if body is None:
                    continue
                self._ready[path] = body
                if self._store is not None and _may_be_kept(content):
                    self._store.put(stores.key_of(path, content), body)
        except (BrokenProcessPool, OSError):
            # No memory for processes, or a parser that fell: file by file it is told which one it was.
            return
        finally:
            pool.shutdown(cancel_futures=True)


def _may_be_kept(content: bytes) -> bool:
    """False for a file with a key in it: a copy of that in a cache would be one more place to clean up."""
    from gonogo.secrets.detect import find_keys

    return not find_keys(content)


def _parse(entry: tuple[str, bytes]) -> bytes | None:
    from gonogo.frontends.store import pack

    try:
        facts = read_source(*entry)
    except Exception:
        return None
    return None if facts is None else pack(facts)
