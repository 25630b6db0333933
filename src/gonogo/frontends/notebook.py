"""Jupyter notebooks: the code cells as one source, with a map back to the cells. Outputs are not code."""

from __future__ import annotations

import json
import re
from typing import Any

from gonogo.facts.model import FileFacts
from gonogo.frontends.python import failed, read_python

MAX_BYTES = 50_000_000
"""Notebooks carry their outputs; the code in them is small."""
MAX_CELLS = 5_000
TIMED = ("%%time", "%%timeit", "%%capture", "%%prun")
"""Cell magics whose cell still is Python."""
MAGIC = re.compile(r"^(\s*)(%|!|\?|[A-Za-z_][\w.]{0,200}\?{1,2}\s*$)")
SHELL_RESULT = re.compile(r"^(\s*)([A-Za-z_]\w{0,100})\s*=\s*[!%]")


def read_notebook(path: str, source: bytes) -> FileFacts:
    """Facts of a notebook. Cells that do not parse are left out and named in the reason; nothing is raised."""
    if len(source) > MAX_BYTES:
        return failed(path, f"larger than {MAX_BYTES:,} bytes")
    try:
        document = json.loads(source)
        cells = _code_cells(document)
    except (ValueError, RecursionError, TypeError, AttributeError, KeyError):
        return failed(path, "not a notebook in JSON")
    if cells is None:
        return failed(path, "its kernel language is not Python")
    facts = _join(path, cells)
    if facts.status == "parsed":
        return facts
    broken = [number for number, text in cells if read_python(path, text.encode("utf-8", "replace")).status == "failed"]
    kept = [(number, _blank(text) if number in broken else text) for number, text in cells]
    facts = _join(path, kept)
    if facts.status == "parsed":
        facts.status = "partial"
        facts.reason = "not valid Python in cell " + ", ".join(map(str, broken[:10]))
    return facts


def _code_cells(document: Any) -> list[tuple[int, str]] | None:
    """(number, source) of every code cell; `None` if the notebook is in another language."""
    metadata = document.get("metadata") or {}
    language = (metadata.get("kernelspec") or {}).get("language") or (metadata.get("language_info") or {}).get("name")
    if isinstance(language, str) and language.lower() not in ("python", "python3", "ipython"):
        return None
    found = []
    for number, cell in enumerate(document["cells"][:MAX_CELLS], 1):
        if cell.get("cell_type") != "code":
            continue
        text = cell.get("source", "")
        found.append((number, _without_magics("".join(text) if isinstance(text, list) else str(text))))
    return found


def _without_magics(text: str) -> str:
    """The cell with its magics replaced by `pass`, line by line."""
    lines = text.split("\n")
    head = next((line.strip() for line in lines if line.strip()), "")
    if head.startswith("%%") and not head.startswith(TIMED):
        return _blank(text)
    result = []
    for line in lines:
        assigned = SHELL_RESULT.match(line)
        magic = MAGIC.match(line)
        if assigned is not None:
            result.append(f"{assigned[1]}{assigned[2]} = None")
        elif magic is not None:
            result.append(f"{magic[1]}pass")
        else:
            result.append(line)
    return "\n".join(result)


def _blank(text: str) -> str:
    return "\n".join("pass" for _ in text.split("\n"))


def _join(path: str, cells: list[tuple[int, str]]) -> FileFacts:
    lines: list[str] = []
    starts: list[tuple[int, int]] = []
    for number, text in cells:
        starts.append((len(lines) + 1, number))
        lines.extend(text.split("\n"))
    facts = read_python(path, ("\n".join(lines) + "\n").encode("utf-8", "replace"))
    facts.cells = tuple(starts)
    return facts
