"""Which of many short byte strings occur in a file, at a cost that hardly depends on how many there are."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORD = re.compile(rb"[\w\x80-\xff]+")


class NeedleFinder:
    """Looks for `needles` (lower case) in files given as their content and the set of their words.

    A needle of word characters occurs in a file exactly if it occurs in one of its words, and any other needle only
    if its longest run of word characters does. Words repeat from file to file, so each is looked at once.
    """

    def __init__(self, needles: Iterable[bytes]) -> None:
        self._parts: dict[bytes, list[bytes]] = {}
        self._always: list[bytes] = []
        for needle in dict.fromkeys(needles):
            runs = _WORD.findall(needle)
            if runs:
                self._parts.setdefault(max(runs, key=len), []).append(needle)
            elif needle:
                self._always.append(needle)
        self._seen: set[bytes] = set()
        self._hits: dict[bytes, list[bytes]] = {}

    def find(self, data: bytes, words: set[bytes]) -> frozenset[bytes]:
        """The needles that occur in `data`, in any case."""
        fresh = words - self._seen
        if fresh:
            self._seen |= fresh
            self._note(fresh)
        found: set[bytes] = set()
        lowered: bytes | None = None
        candidates = list(self._always)
        for word in self._hits.keys() & words:
            candidates += self._hits[word]
        for needle in dict.fromkeys(candidates):
            if needle not in self._parts or needle not in self._parts[needle]:
                if lowered is None:
                    lowered = data.lower()
                if needle not in lowered:
                    continue
            found.add(needle)
        return frozenset(found)

    def _note(self, words: set[bytes]) -> None:
        joined = b" ".join(words).lower()
        present = [part for part in self._parts if part in joined]
        if not present:
            return
        for word in words:
            lowered = word.lower()
            needles = [needle for part in present if part in lowered for needle in self._parts[part]]
            if needles:
                self._hits[word] = needles
