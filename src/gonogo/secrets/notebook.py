"""Where keys stand in a notebook: in the source of a cell, or elsewhere in the file (outputs, metadata)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from gonogo.facts.span import Span
from gonogo.secrets.detect import KeyHit, find_keys

# The keys of a cell, one a line as notebooks are written; the nearest one above a hit says what it is part of.
_PART = re.compile(rb'^\s*"(source|outputs|metadata|attachments)"\s*:', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class NotebookHit:
    """A key; `cell` counts from 1 and `span` within the cell, or `cell` is `None` and `span` counts in the file."""

    hit: KeyHit
    span: Span
    cell: int | None
    output: bool


def locate(data: bytes, raw: list[KeyHit]) -> list[NotebookHit]:
    """Give the keys found in the file's bytes their cells. What cannot be parsed keeps its raw place."""
    parts = [(match.start(), match[1]) for match in _PART.finditer(data)]
    in_source: list[KeyHit] = []
    placed: list[NotebookHit] = []
    for hit in raw:
        part = next((name for start, name in reversed(parts) if start < hit.offset), b"")
        if part == b"source":
            in_source.append(hit)
        else:
            placed.append(NotebookHit(hit, hit.span, None, output=part == b"outputs"))
    wanted = {hit.fingerprint for hit in in_source}
    covered = set()
    for number, text in _cells(data) if wanted else ():
        for hit in find_keys(text.encode("utf-8", "replace")):
            if hit.fingerprint in wanted:
                covered.add(hit.fingerprint)
                placed.append(NotebookHit(hit, hit.span, number, output=False))
    placed += [NotebookHit(hit, hit.span, None, output=False) for hit in in_source if hit.fingerprint not in covered]
    return placed


def _cells(data: bytes) -> list[tuple[int, str]]:
    try:
        notebook: Any = json.loads(data.decode("utf-8-sig", "replace"))
        cells = notebook["cells"]
        found = []
        for number, cell in enumerate(cells, start=1):
            source = cell.get("source", "")
            found.append((number, "".join(source) if isinstance(source, list) else str(source)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []
    return found
