"""Finding keys in bytes. What is found never leaves this module whole: a hit holds a masked beginning and hashes."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gonogo.facts.span import Span
from gonogo.secrets.checks import CHECKS
from gonogo.secrets.encoded import before_joining, decoded_runs, joined, plain, secret_entries, spans_joint
from gonogo.secrets.formats import KeyFormat, candidates, compiled, format_by_id, scattered_candidates, vocabulary
from gonogo.secrets.names import is_harmless
from gonogo.secrets.placeholders import entropy, is_placeholder, looks_random
from gonogo.secrets.runs import Seen, around_runs

SHOWN = 10
"""Characters of a key that any output may show, at most."""

_DOMAIN = b"gonogo/key/1\0"
_FINGERPRINT_DIGITS = 16
_NEAR = 400
"""Bytes on either side in which a key is recognised as meant to be public."""
_MARK_REACH = 2_000
"""Bytes of a line searched for a mark before and behind a key; some lines have millions."""
_UTF8_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class KeyHit:
    """A key at its place. Lines and columns count from 1, columns in characters; `offset` and `end` are in bytes.

    Of texts in UTF-16 or UTF-32 the offsets are those in their UTF-8 form. `allowed` is the comment with which
    somebody marked the line as no secret. `public` says that keys like this are meant to be seen where it stands, or of
    no use to anybody there.
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
    via: str = ""
    """What hid the key: `base64`, `gzip`, or `literals` that the program puts together."""

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
    secret: bytes
    via: str = ""


def find_keys(data: bytes, seen: Seen | None = None) -> list[KeyHit]:
    """All keys in a text of any encoding, or in any other bytes, in order; of overlapping ones the first.

    `seen` remembers the parts in which nothing was found, for callers with many versions of the same text. Keys in
    base64, in gzip'd text and in literals put together count at the place of what hides them.
    """
    data, via = plain(data)
    found: list[_Match] = []
    for offset, part in around_runs(data):
        if seen is not None and part in seen:
            continue
        here = [*_in_part(part, offset)]
        if here:
            found += here
        elif seen is not None:
            seen.add(part)
    for one in scattered_candidates(data):
        found += _matches(one, data, 0)
    for start, end, said in secret_entries(data):
        found += _inside(said, start, end)
    if not found:
        return []
    found.sort(key=_order)
    return list(_hits(data, found, via))


def _order(match: _Match) -> tuple[int, bool, str, bool, int]:
    """Of matches at one place the first is the firmest: a name alone proves less than what the value says itself."""
    by_name = match.format.by_name
    return match.start, by_name and not match.via, match.via, by_name, -match.end


def _in_part(part: bytes, offset: int) -> Iterator[_Match]:
    for one in candidates(part):
        yield from _matches(one, part, offset)
    whole = joined(part)
    if whole is not None:
        yield from _in_literals(*whole, offset)
    for start, end, said in decoded_runs(part):
        yield from _inside(said, offset + start, offset + end)


def _matches(key_format: KeyFormat, part: bytes, offset: int) -> Iterator[_Match]:
    pattern = compiled(key_format.id)
    group = "secret" if "secret" in pattern.groupindex else 0
    for match in pattern.finditer(part):
        if _is_key(key_format, match):
            yield _Match(offset + match.start(group), offset + match.end(group), key_format, match[group])


def _in_literals(text: bytes, joints: list[tuple[int, int]], offset: int) -> Iterator[_Match]:
    for one in candidates(text):
        for match in _matches(one, text, 0) if not one.by_name else ():
            if spans_joint(joints, match.start, match.end):
                start = offset + before_joining(joints, match.start, end=False)
                end = offset + before_joining(joints, match.end, end=True)
                yield _Match(start, end, one, match.secret, "literals")


def _inside(text: bytes, start: int, end: int) -> Iterator[_Match]:
    """What a text that was encoded holds; all of it stands where the encoded text does."""
    for one in (*candidates(text), *scattered_candidates(text)):
        for match in _matches(one, text, 0):
            yield _Match(start, end, one, match.secret, "base64")


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


def _hits(data: bytes, found: list[_Match], via: str) -> Iterator[KeyHit]:
    start_of_text = len(_UTF8_BOM) if data.startswith(_UTF8_BOM) else 0
    position = _Position(data, start_of_text)
    last_start = last_end = -1
    known: set[bytes] = set()
    for match in found:
        start, end, key_format = match.start, match.end, match.format
        # One encoded text may hold several keys.
        if start < last_end and (not match.via or start != last_start or match.secret in known):
            continue
        known = {*known, match.secret} if start == last_start else {match.secret}
        last_start, last_end = start, end
        secret = match.secret.decode("latin-1")
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
            allowed=allowing_mark(data, start, end),
            public=_is_public(key_format, near),
            sha1=hashlib.sha1(match.secret, usedforsecurity=False).hexdigest(),
            via=match.via or via,
        )


def _is_public(key_format: KeyFormat, near: bytes) -> bool:
    if any(text in near for text in key_format.public_near):
        return True
    return bool(key_format.partner) and re.search(key_format.partner.encode(), near) is None


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


def allowing_mark(data: bytes, start: int, end: int) -> str:
    """The comment on this line, or on the line above, that allows a key here; `start` and `end` are offsets."""
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
