"""Texts inside texts: UTF-16, gzip, base64, and string literals that the program puts together."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from functools import cache

from gonogo.secrets.formats import formats, vocabulary
from gonogo.workspace.read import decode

GZIP = b"\x1f\x8b\x08"
UNPACKED_LIMIT = 64_000_000
"""Bytes of a gzip'd text that are looked at."""

_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_HEAD = 64
_RUN = re.compile(rb"[A-Za-z0-9+/]{20,}={0,2}")
_MAX_RUN = 400_000

# Two literals side by side, or with `+`, `.` or a line's end between them. Keys in which no piece has twenty characters
# stay unseen.
_JOINT_TEXT = r"""["'`][ \t\r\n]{0,60}(?:[ \t\r\n]|[+.\\])[ \t\r\n]{0,60}[rbfuRBFU]{0,2}["'`]"""
_JOINT = re.compile(_JOINT_TEXT.encode())
_BEGINNING = 3
"""Characters of a key's prefix that the first literal has at least."""

KUBERNETES_KIND = r"""kind\\?["']?\s{0,4}:\s{0,4}\\?["']?Secret"""
_SECRET_KIND = re.compile(KUBERNETES_KIND.encode())
_SECRET_ENTRY = re.compile(
    rb"""^[ \t]{1,40}["']?(?P<name>[\w.-]{1,100})["']?[ \t]{0,4}:[ \t]{1,4}"""
    rb"""["']?(?P<value>[A-Za-z0-9+/]{16,8000}={0,2})["']?[ \t,]*\r?$""",
    re.MULTILINE,
)


def is_packed(data: bytes) -> bool:
    """Must these bytes be turned into text before anything can be found in them?"""
    return data.startswith((GZIP, *_WIDE_BOMS)) or bool(_wide_encoding(data))


def plain(data: bytes) -> tuple[bytes, str]:
    """The bytes as a text of single bytes, and what had to be undone: nothing, or `gzip`."""
    if data.startswith(GZIP):
        unpacked = _unpack(data)
        return (data, "") if unpacked is None else (plain(unpacked)[0] if is_wide(unpacked) else unpacked, "gzip")
    if data.startswith(_WIDE_BOMS):
        return decode(data).encode("utf-8", "replace"), ""
    encoding = _wide_encoding(data)
    return (data.decode(encoding, "replace").encode("utf-8", "replace") if encoding else data), ""


def is_wide(data: bytes) -> bool:
    """Is it a text of two or four bytes a character?"""
    return data.startswith(_WIDE_BOMS) or bool(_wide_encoding(data))


def _wide_encoding(data: bytes) -> str:
    """UTF-16 without a mark, as some Windows programs write it: every other byte of the beginning is zero."""
    head = data[:_HEAD]
    if len(head) < 16 or b"\0" not in head[:2]:
        return ""
    if not any(head[::2]) and all(head[1::2]):
        return "utf-16-be"
    return "utf-16-le" if not any(head[1::2]) and all(head[::2]) else ""


def _unpack(data: bytes) -> bytes | None:
    try:
        return zlib.decompressobj(wbits=31).decompress(data, UNPACKED_LIMIT)
    except zlib.error:
        return None


# --- base64 -----------------------------------------------------------------------------------------------------------


@cache
def encoded_beginnings() -> tuple[bytes, ...]:
    """What base64 makes of the beginnings of well-known keys, at each of the three places in a group of characters."""
    found: dict[bytes, None] = {}
    for text in vocabulary().encoded:
        for shift in range(3):
            whole = base64.b64encode(b"\0" * shift + text.encode() + b"\0\0")
            first, last = -(-8 * shift // 6), 8 * (shift + len(text)) // 6
            found[whole[first:last]] = None
    return tuple(found)


def decoded_runs(part: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Runs of base64 that hold such a beginning: start, end, and what they say."""
    if not any(text in part for text in encoded_beginnings()):
        return
    for match in _RUN.finditer(part):
        run = match[0]
        if len(run) <= _MAX_RUN and any(text in run for text in encoded_beginnings()):
            said = _decode(run)
            if said is not None:
                yield match.start(), match.end(), said


def secret_entries(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The values of a Kubernetes Secret, as `NAME=value`: start and end of the encoded value, and what it says."""
    if b"Secret" not in data or _SECRET_KIND.search(data) is None:
        return
    for match in _SECRET_ENTRY.finditer(data):
        said = _decode(match["value"])
        if said is not None and b"\0" not in said:
            yield match.start("value"), match.end("value"), match["name"] + b"=" + said


def _decode(run: bytes) -> bytes | None:
    body = run.rstrip(b"=")
    if len(body) % 4 == 1:
        body = body[:-1]
    try:
        return base64.b64decode(body + b"=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return None


# --- literals ---------------------------------------------------------------------------------------------------------


@cache
def joined_pattern() -> str:
    """A literal that begins as some key does, and goes on in another one."""
    starts = {
        needle[:_BEGINNING].decode() for one in formats() if not (one.by_name or one.inside) for needle in one.needles
    } | {"sk-"}
    alternatives = "|".join(re.escape(start) for start in sorted(starts))
    return rf"""["'`](?:{alternatives})[A-Za-z0-9_-]{{0,140}}{_JOINT_TEXT}[A-Za-z0-9_-]{{4}}"""


@cache
def _joined() -> re.Pattern[bytes]:
    return re.compile(joined_pattern().encode())


def joined(part: bytes) -> tuple[bytes, list[tuple[int, int]]] | None:
    """The part without the joints between its literals, and for each joint where it was and how long.

    Places count in the result, in order. `None` where there is nothing to join.
    """
    if _joined().search(part) is None:
        return None
    joints = []
    pieces = []
    last = removed = 0
    for match in _JOINT.finditer(part):
        pieces.append(part[last : match.start()])
        joints.append((match.start() - removed, match.end() - match.start()))
        removed += match.end() - match.start()
        last = match.end()
    return b"".join([*pieces, part[last:]]), joints


def before_joining(joints: list[tuple[int, int]], at: int, *, end: bool) -> int:
    """Where a place of the joined text was: behind a joint that lies there, or for the end of a key before it."""
    return at + sum(size for place, size in joints if place < at or (place == at and not end))


def spans_joint(joints: list[tuple[int, int]], start: int, end: int) -> bool:
    """Does a joint lie inside?"""
    return any(start < place < end for place, _ in joints)
