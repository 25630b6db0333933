"""What only stands in for a key: templates, words, repetitions, sequences, references to a secret kept elsewhere."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache

from gonogo.secrets.formats import vocabulary

_MAX = 4_096
"""Characters looked at; the texts judged here are values, not documents."""

_TEMPLATE = re.compile(
    r"\$\{|\$\(|\{\{|\}\}|<[^<>\n]{0,80}>|^\$\w+$|^%\w+%$|^@\w+@$|^\{\w+\}$|^\[[\w -]+\]$|\.\.\.|…|\*\*\*|^__\w+__$|#\{"
)
_REPEATED = re.compile(r"(.)\1{5,}|[xX*•#]{4,}|([0-9A-Za-z])\2{4,}$")
_UUID_LIKE = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_VALUE = re.compile(r"[A-Za-z0-9_\-+/=.~:!@#%^&*]+")
_WORD_BREAKS = re.compile(r"[-_./:=@#!]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[A-Za-z]{1,15}\d{0,4}|\d{1,4}")
_CASE_CHANGE = re.compile(r"[a-z](?=[A-Z])|[A-Z](?=[a-z])")
_RUN = 7
"""Characters in alphabetical or numerical order, one apart, that no random key of usual length shows."""


def entropy(text: str) -> float:
    """Shannon entropy in bits a character."""
    if not text:
        return 0.0
    size = len(text)
    return -sum(count / size * math.log2(count / size) for count in Counter(text).values())


def is_placeholder(text: str) -> bool:
    """Does this value or body of a key merely show what belongs there?"""
    text = text[:_MAX].strip()
    if not text or is_template(text):
        return True
    lowered = text.lower()
    words = vocabulary()
    if lowered in words.placeholder_whole or any(word in lowered for word in words.placeholder_words):
        return True
    if _short_words().search(text) is not None:
        return True
    return bool(_REPEATED.search(text)) or _is_periodic(lowered) or _has_sequence(lowered) or _is_prose(text)


def is_reference(text: str) -> bool:
    """Does the value name a place where the secret is kept (a vault, a variable, an encrypted text)?"""
    lowered = text.strip().lower()
    return any(lowered.startswith(start) for start in vocabulary().references)


def looks_random(text: str) -> bool:
    """Could this text, given as a key, be one? Long enough, of mixed characters, in no language and no order."""
    if not 16 <= len(text) <= _MAX or not _VALUE.fullmatch(text):
        return False
    if is_placeholder(text) or is_reference(text) or "://" in text:
        return False
    if not is_mixed(text):
        return False
    hexadecimal = all(char in "0123456789abcdefABCDEF-" for char in text)
    return entropy(text) >= (3.0 if hexadecimal else 3.3) and not is_identifier(text)


def is_mixed(text: str) -> bool:
    """Letters with digits, or letters in both cases that form no words."""
    letters = sum(char.isalpha() for char in text)
    if letters < 3:
        return False
    if any(char.isdigit() for char in text):
        return True
    return len(_CASE_CHANGE.findall(text)) * 8 >= len(text)


def is_template(text: str) -> bool:
    """Does the text hold a variable or a gap to fill in (`${NAME}`, `<KEY>`, `...`)?"""
    return _TEMPLATE.search(text) is not None


@cache
def _short_words() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in vocabulary().placeholder_short)
    return re.compile(rf"(?<![A-Za-z])(?:{words})(?![A-Za-z])", re.IGNORECASE)


def _is_periodic(text: str) -> bool:
    """One piece said three times or more."""
    size = len(text)
    return any(text[period:] == text[:-period] for period in range(1, min(size // 3, 24) + 1))


def _has_sequence(text: str) -> bool:
    """A run like `123456`, `fedcba`, or two interleaved ones like `a1b2c3d4e5`."""
    codes = [_order(char) for char in text]
    for stride, needed in ((1, _RUN - 1), (2, _RUN)):
        for step in (1, -1):
            run = 0
            for i in range(len(codes) - stride):
                run = run + 1 if _follows(codes[i], codes[i + stride], step) else 0
                if run >= needed:
                    return True
    return False


def _order(char: str) -> int:
    # 9 is followed by 0 in "1234567890", and by a in "0123456789abcdef": letters get a range of their own.
    if char.isdigit() and char.isascii():
        return int(char)
    return 100 + ord(char)


def _follows(first: int, second: int, step: int) -> bool:
    if second - first == step:
        return True
    pair = (first, second) if step == 1 else (second, first)
    return pair in ((9, 0), (9, 100 + ord("a")), (0, 100 + ord("a")))


def _is_prose(text: str) -> bool:
    """Words joined by dashes or underscores, as in `this-is-not-a-real-one`."""
    parts = re.split(r"[-_. ]+", text)
    if len(parts) < 4 or _UUID_LIKE.search(text):
        return False
    plain = sum(len(part) for part in parts if part.isalpha() and (part.islower() or part.isupper() or part.istitle()))
    return plain >= 0.7 * sum(map(len, parts))


def is_identifier(text: str) -> bool:
    """Is every part of it a word, perhaps with a number: a name that people gave, not a key?"""
    if _UUID_LIKE.fullmatch(text) or (text.isalnum() and any(char.isdigit() for char in text)):
        return False
    parts = _WORD_BREAKS.split(text.strip("-_./:=@#!"))
    if len(parts) < 2 or not all(_WORD.fullmatch(part) for part in parts):
        return False
    # Breaking random letters where the case changes leaves pieces of two or three.
    return sum(map(len, parts)) >= 4 * len(parts)
