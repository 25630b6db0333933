"""Notebooks: cell by cell, magics and all."""

from __future__ import annotations

import json
from typing import Any

from gonogo.facts.model import Attr
from gonogo.frontends import read_source


def notebook(*cells: str | tuple[str, str], language: str = "python") -> bytes:
    made: list[dict[str, Any]] = []
    for cell in cells:
        kind, text = ("code", cell) if isinstance(cell, str) else cell
        made.append({"cell_type": kind, "source": text.splitlines(keepends=True), "outputs": [], "metadata": {}})
    return json.dumps({"cells": made, "metadata": {"kernelspec": {"language": language}}, "nbformat": 4}).encode()


def read(source: bytes):
    facts = read_source("n.ipynb", source)
    assert facts is not None
    return facts


def called(facts) -> list[str]:
    return [c.callee.name for c in facts.calls if isinstance(c.callee, Attr)]


def test_cells_are_numbered_as_the_reader_counts_them() -> None:
    facts = read(notebook("import os\n", ("markdown", "# title"), "x = 1\nos.getenv('A')\n"))
    assert facts.status == "parsed"
    assert [number for _, number in facts.cells] == [1, 3]
    start = {number: line for line, number in facts.cells}[3]
    assert facts.calls[0].span.line - start + 1 == 2


def test_magics_and_shell_lines_are_no_code() -> None:
    source = "%load_ext dotenv\n!pip install x\nfiles = !ls\nfoo?\nif True:\n    %time\n    a.go()\n"
    facts = read(notebook(source, "%%bash\nrm -rf /\n", "%%time\nb.go()\n"))
    assert facts.status == "parsed"
    assert called(facts) == ["go", "go"]
    assert facts.calls[0].span.line == 7


def test_a_broken_cell_hides_no_other() -> None:
    facts = read(notebook("a.one()\n", "def broken(:\n", "a.two()\n"))
    assert (facts.status, facts.reason) == ("partial", "not valid Python in cell 2")
    assert called(facts) == ["one", "two"]


def test_other_languages_and_other_files_are_named() -> None:
    assert read(notebook("x <- 1", language="R")).reason == "its kernel language is not Python"
    for junk in (b"", b"[]", b'{"cells": 3}', b"\xff\xfe", b'{"cells": [' + b"[" * 100_000):
        facts = read(junk)
        assert (facts.status, facts.reason) == ("failed", "not a notebook in JSON")
