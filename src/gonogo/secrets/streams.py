"""Searching what is too large to be held in memory."""

from __future__ import annotations

import codecs
import dataclasses
import zlib
from collections.abc import Iterable, Iterator

from gonogo.facts.span import Span
from gonogo.secrets.detect import KeyHit, find_keys
from gonogo.secrets.encoded import GZIP, UNPACKED_LIMIT, is_wide
from gonogo.secrets.prefilter import Prefilter
from gonogo.secrets.runs import Seen

WINDOW = 8_000_000
"""Bytes looked at together."""
OVERLAP = 40_000
"""Bytes that two windows share: the longest keys (private ones) have 16,000 characters."""

_WIDE = {
    b"\xff\xfe\x00\x00": "utf-32", b"\x00\x00\xfe\xff": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16",
}  # fmt: skip


def find_keys_in_stream(chunks: Iterable[bytes], perhaps: Prefilter) -> Iterator[KeyHit]:
    """As `find_keys`, over a text that comes in pieces, in bounded memory. Places count in the whole text."""
    seen = Seen()
    lines = 0
    column = 0
    offset = 0
    done = 0
    for window, last in _windows(_texts(iter(chunks))):
        if perhaps(window):
            for hit in find_keys(window, seen):
                # What begins in the overlap is found again, whole, in the next window.
                if done <= hit.offset + offset and (last or hit.offset < len(window) - OVERLAP):
                    yield _moved(hit, offset, lines, column)
        step = len(window) - OVERLAP
        done = offset + step
        breaks = window.count(b"\n", 0, step)
        lines += breaks
        column = step - window.rfind(b"\n", 0, step) - 1 + (0 if breaks else column)
        offset += step


def _moved(hit: KeyHit, offset: int, lines: int, column: int) -> KeyHit:
    span = hit.span
    return dataclasses.replace(
        hit,
        offset=hit.offset + offset,
        end=hit.end + offset,
        span=Span(
            span.line + lines,
            span.column + (column if span.line == 1 else 0),
            span.end_line + lines,
            span.end_column + (column if span.end_line == 1 else 0),
        ),
    )


def _windows(chunks: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Pieces of the text that overlap, each with whether it is the last one."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= WINDOW + OVERLAP:
            window = bytes(held[:WINDOW])
            yield window, False
            del held[: WINDOW - OVERLAP]
    yield bytes(held), True


def _texts(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The text in single bytes: UTF-16 and UTF-32 by their marks, and gzip up to a limit."""
    head = next(chunks, b"")
    if head.startswith(GZIP):
        yield from _unpacked(head, chunks)
        return
    encoding = next((name for mark, name in _WIDE.items() if head.startswith(mark)), "")
    if not encoding and is_wide(head):
        encoding = "utf-16-be" if head[0] == 0 else "utf-16-le"
    if not encoding:
        yield head
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    yield decoder.decode(head).encode("utf-8", "replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")


def _unpacked(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    engine = zlib.decompressobj(wbits=31)
    left = 20 * UNPACKED_LIMIT
    data = head
    while left > 0 and not engine.eof:
        try:
            text = engine.decompress(data, min(WINDOW, left))
        except zlib.error:
            return
        left -= len(text)
        yield text
        data = engine.unconsumed_tail or next(chunks, b"")
        if not data and not text:
            return
