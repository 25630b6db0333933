"""Did you mean ...?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_LONGEST = 80
"""Longer words are no slips of the finger, and comparing them is slow."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, if any is alike."""
    if len(word) > _LONGEST:
        return None
    found = difflib.get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?`, or nothing: the end of a sentence about an unknown word."""
    found = nearest(word, known)
    return f'; did you mean "{found}"?' if found else ""
