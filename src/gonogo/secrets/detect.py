"""Finding keys in bytes. What is found never leaves this module whole: a hit holds a masked beginning and hashes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gonogo.facts.model import Span
from gonogo.secrets.checks import CHECKS
from gonogo.secrets.formats import KeyFormat, candidates, compiled, format_by_id, scattered_candidates, vocabulary
from gonogo.secrets.names import is_harmless
from gonogo.secrets.placeholders import entropy, is_placeholder, looks_random
from gonogo.secrets.runs import Seen, around_runs
from gonogo.workspace.read import decode

SHOWN = 10
"""Characters of a key that any output may show, at most."""

_DOMAIN = b"gonogo/key/1\0"
_FINGERPRINT_DIGITS = 16
_NEAR = 400
"""Bytes on either side in which a key is recognised as meant to be public."""
_MARK_REACH = 2_000
"""Bytes of a line searched for a mark before and behind a key; some lines have millions."""
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_UTF8_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class KeyHit:
    """A key at its place. Lines and columns count from 1, columns in characters; `offset` and `end` are in bytes.

    Of texts in UTF-16 or UTF-32 the offsets are those in their UTF-8 form. `allowed` is the comment with which
    somebody marked the line as no secret. `public` says that keys like this are meant to be seen where it stands.
    """

    format: str
    offset: int
    end: int
    span: Span
    masked: str
    fingerprint: str
    allowed: str = ""
    public: bool = False
    sha1: str = field(default="", repr=False)
    """As detect-secrets writes it into baselines."""

    @property
    def title(self) -> str:
        """What kind of key it is, in words."""
        return format_by_id(self.format).title


def fingerprint(secret: str) -> str:
    """A name for a secret that does not give it away: 16 hexadecimal digits, the same on every machine."""
    return hashlib.sha256(_DOMAIN + secret.encode()).hexdigest()[:_FINGERPRINT_DIGITS]


def mask(secret: str) -> str:
    """The beginning of a secret: a third of it, and never more than `SHOWN` characters."""
    return secret[: min(SHOWN, len(secret) // 3)] + "…"


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    format: KeyFormat


def is_wide(data: bytes) -> bool:
    """Is it a text in UTF-16 or UTF-32?"""
    return data.startswith(_WIDE_BOMS)


def find_keys(data: bytes, seen: Seen | None = None) -> list[KeyHit]:
    """All keys in a text of any encoding, or in any other bytes, in order; of overlapping ones the first.

    `seen` remembers the parts in which nothing was found, for callers with many versions of the same text.
    """
    if is_wide(data):
        data = decode(data).encode("utf-8", "replace")
    found: list[_Match] = []
    for offset, part in around_runs(data):
        if seen is not None and part in seen:
            continue
        here = [match for one in candidates(part) for match in _matches(one, part, offset)]
        if here:
            found += here
        elif seen is not None:
            seen.add(part)
    for one in scattered_candidates(data):
        found += _matches(one, data, 0)
    if not found:
        return []
    found.sort(key=lambda match: (match.start, match.format.by_name, -match.end))
    return list(_hits(data, found))


def _matches(key_format: KeyFormat, part: bytes, offset: int) -> Iterator[_Match]:
    pattern = compiled(key_format.id)
    group = "secret" if "secret" in pattern.groupindex else 0
    for match in pattern.finditer(part):
        if _is_key(key_format, match):
            yield _Match(offset + match.start(group), offset + match.end(group), key_format)


def _is_key(key_format: KeyFormat, match: re.Match[bytes]) -> bool:
    groups = {name: text.decode("latin-1") for name, text in match.groupdict().items() if text is not None}
    body = groups["body"]
    if key_format.check == "pem":
        # Its characters are judged without the line ends between them.
        return CHECKS["pem"](groups)
    if entropy(body) < key_format.entropy or is_placeholder(body):
        return False
    if key_format.check and not CHECKS[key_format.check](groups):
        return False
    if fingerprint(groups.get("secret", body)) in vocabulary().samples:
        return False
    if key_format.by_name:
        return looks_random(body) and not is_harmless(groups["name"])
    return True


def _hits(data: bytes, found: list[_Match]) -> Iterator[KeyHit]:
    start_of_text = len(_UTF8_BOM) if data.startswith(_UTF8_BOM) else 0
    position = _Position(data, start_of_text)
    last_end = -1
    for match in found:
        start, end, key_format = match.start, match.end, match.format
        if start < last_end:
            continue
        last_end = end
        secret = data[start:end].decode("latin-1")
        line, column = position.of(start)
        end_line, end_column = position.of(end)
        near = data[max(0, start - _NEAR) : end + _NEAR]
        yield KeyHit(
            format=key_format.id,
            offset=start,
            end=end,
            span=Span(line, column, end_line, end_column),
            masked=mask(secret),
            fingerprint=fingerprint(secret),
            allowed=_mark(data, start, end),
            public=any(text in near for text in key_format.public_near),
            sha1=hashlib.sha1(secret.encode("latin-1"), usedforsecurity=False).hexdigest(),
        )


class _Position:
    """Lines and columns of ascending offsets."""

    def __init__(self, data: bytes, start: int) -> None:
        self._data = data
        self._offset = self._line_start = start
        self._line = 1

    def of(self, offset: int) -> tuple[int, int]:
        breaks = self._data.count(b"\n", self._offset, offset)
        if breaks:
            self._line += breaks
            self._line_start = self._data.rfind(b"\n", 0, offset) + 1
        self._offset = max(self._offset, offset)
        return self._line, len(self._data[self._line_start : offset].decode("utf-8", "replace")) + 1


def _mark(data: bytes, start: int, end: int) -> str:
    """The comment on this line, or on the line above, that allows a key here."""
    words = vocabulary()
    line_start = data.rfind(b"\n", max(0, start - _MARK_REACH), start) + 1
    line_end = data.find(b"\n", end, end + _MARK_REACH)
    line = data[line_start or max(0, start - _MARK_REACH) : line_end if line_end >= 0 else end + _MARK_REACH]
    for mark in words.line_marks:
        if mark in line:
            return mark.decode()
    if line_start:
        above = data[max(0, line_start - _MARK_REACH) : line_start - 1].rpartition(b"\n")[2]
        for mark in words.next_line_marks:
            if mark in above:
                return mark.decode()
    return ""
