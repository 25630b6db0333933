"""The parts of a text in which a key can stand: those around long runs of a key's characters.

Looking for runs costs a twentieth of looking for the beginnings of all formats, and leaves a quarter of usual source
text to look through. Versions of a file share nearly all such parts, so a history need not look at one twice.
"""

from __future__ import annotations

from collections.abc import Iterator

RUN_LENGTH = 20
"""The shortest key (an AWS id) has as many characters."""

BEFORE = 200
"""Bytes kept before a run: a variable's name, or the header of a private key, stands there."""
AFTER = 100
"""Bytes kept behind a run, for keys in which other characters part two runs."""

_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/~:@-"
_MAP = bytes(ord("a") if byte in _CHARACTERS else ord(" ") for byte in range(256))
_RUN = b"a" * RUN_LENGTH
_MAX_SEEN = 500_000
"""Remembered parts; about 40 MB."""


class Seen:
    """Parts known to hold no key, by hash. A collision (one in 10^12 here) would hide a part; memory stays bounded."""

    def __init__(self) -> None:
        self._hashes: set[int] = set()

    def __contains__(self, part: bytes) -> bool:
        return hash(part) in self._hashes

    def add(self, part: bytes) -> None:
        """Remember a part that was searched in vain."""
        if len(self._hashes) >= _MAX_SEEN:
            self._hashes.clear()
        self._hashes.add(hash(part))


def around_runs(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The parts of `data` around long runs, each with its offset; parts that touch come as one."""
    mapped = data.translate(_MAP)
    at = mapped.find(_RUN)
    start = stop = -1
    while at >= 0:
        end = mapped.find(b" ", at + RUN_LENGTH)
        if end < 0:
            end = len(data)
        if stop < 0 or at - BEFORE > stop:
            if stop >= 0:
                yield start, data[start:stop]
            start = max(0, at - BEFORE)
        stop = end + AFTER
        at = mapped.find(_RUN, end)
    if stop >= 0:
        yield start, data[start:stop]
