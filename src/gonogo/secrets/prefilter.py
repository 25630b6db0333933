"""Which texts are worth a closer look, told in one pass over all patterns at once.

With the `hyperscan` package a text is told in a third of a nanosecond a byte; without it every text is looked at
closely, with the same results. What is answered here is only ever "certainly not" or "perhaps".
"""

from __future__ import annotations

import contextlib
import hashlib
import platform
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gonogo.secrets.encoded import KUBERNETES_KIND, encoded_beginnings, is_packed, joined_pattern
from gonogo.secrets.formats import formats

Prefilter = Callable[[bytes], bool]

_UPPER_BOUND = re.compile(r"\{(\d+),\d{3,}\}")
_LOOK_AROUND = re.compile(r"\(\?<?[!=][^()]*\)")
_GROUP_NAME = re.compile(r"\(\?P<\w+>")


def expressions() -> list[bytes]:
    """Patterns of which one matches every text that holds a key: those of the formats without their boundaries."""
    found = [_relaxed(one.core or one.pattern) for one in formats()]
    found += [re.escape(text.decode()) for text in encoded_beginnings()]
    return [text.encode() for text in (*found, joined_pattern(), KUBERNETES_KIND)]


def _relaxed(pattern: str) -> str:
    """Without what such an engine does not know; what is left matches whatever the pattern does."""
    return _UPPER_BOUND.sub(r"{\1,}", _LOOK_AROUND.sub("", _GROUP_NAME.sub("(?:", pattern)))


def always(_data: bytes) -> bool:
    """Where no engine is at hand, every text is looked at."""
    return True


def serialized(cache: Path | None, *, compile_anew: bool = True) -> bytes | None:
    """The compiled patterns, for `load` here or in another process; `None` where no engine is installed.

    Compiling takes a quarter of a second, so the result is kept in the folder `cache`. Without `compile_anew` only what
    is kept there counts.
    """
    try:
        import hyperscan
    except ImportError:
        return None
    sources = expressions()
    identity = [hyperscan.__version__, platform.machine(), platform.processor(), *map(str, sources)]
    kept = cache / f"patterns-{hashlib.sha256(repr(identity).encode()).hexdigest()[:24]}" if cache is not None else None
    data = _kept(kept)
    if data is not None or not compile_anew:
        return data
    database = hyperscan.Database()
    try:
        database.compile(
            expressions=sources,
            ids=list(range(len(sources))),
            elements=len(sources),
            flags=[hyperscan.HS_FLAG_SINGLEMATCH] * len(sources),
        )
        data = bytes(hyperscan.dumpb(database))
    except hyperscan.error:
        return None
    if kept is not None:
        _keep(kept, data)
    return data


def load(data: bytes | None) -> Prefilter:
    """The test that compiled patterns make."""
    if data is None:
        return always
    import hyperscan

    try:
        database = hyperscan.loadb(data, hyperscan.HS_MODE_BLOCK)
        database.scratch = hyperscan.Scratch(database)
    except hyperscan.error:
        return always
    return _Test(database).__call__


class _Test:
    def __init__(self, database: Any) -> None:
        self._scan = database.scan

    def __call__(self, data: bytes) -> bool:
        if is_packed(data):
            return True
        found: list[int] = []
        self._scan(data, match_event_handler=_note, context=found)
        return bool(found)


def _note(number: int, _start: int, _end: int, _flags: int, found: list[int]) -> None:
    found.append(number)


def _kept(path: Path | None) -> bytes | None:
    try:
        data = path.read_bytes() if path is not None else b""
    except OSError:
        return None
    digest, body = data[:32], data[32:]
    # A database that was cut short must not reach the engine.
    return body if body and hashlib.sha256(body).digest() == digest else None


def _keep(path: Path, data: bytes) -> None:
    from gonogo.workspace.write import replace_file

    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Those of other versions are of no use any more.
        for old in path.parent.glob("patterns-*"):
            old.unlink(missing_ok=True)
        replace_file(path, hashlib.sha256(data).digest() + data)
