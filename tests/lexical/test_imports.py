"""Imports read without parsing."""

from __future__ import annotations

import ast
import json
import sysconfig
import warnings
from pathlib import Path

import pytest

from gonogo.lexical.imports import LexicalImport, notebook_text, python_imports

STDLIB = Path(sysconfig.get_paths()["stdlib"])
PACKAGES = [
    "asyncio",
    "concurrent",
    "email",
    "http",
    "importlib",
    "json",
    "logging",
    "multiprocessing",
    "unittest",
    "xml",
]


def found(text: str) -> list[tuple[str, tuple[str, ...], int]]:
    return [(item.module, item.names, item.level) for item in python_imports(text.encode())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import os", [("os", (), 0)]),
        ("import a.b as c, d", [("a.b", (), 0), ("d", (), 0)]),
        ("from a.b import c as d, e", [("a.b", ("c", "e"), 0)]),
        ("from . import x", [("", ("x",), 1)]),
        ("from .x import y", [("x", ("y",), 1)]),
        ("from ... x import y", [("x", ("y",), 3)]),
        ("from.x import y", [("x", ("y",), 1)]),
        ("from .import x", [("", ("x",), 1)]),
        ("from a import *", [("a", ("*",), 0)]),
        ("from a import*", [("a", ("*",), 0)]),
        ("from a import(b)", [("a", ("b",), 0)]),
        ("from a import (\n    b,  # why (not)\n    c as d,\n)", [("a", ("b", "c"), 0)]),
        ("from a \\\n  import b, \\\n  c", [("a", ("b", "c"), 0)]),
        ("import a, \\\n  b", [("a", (), 0), ("b", (), 0)]),
        ("if x: import a; import b", [("a", (), 0), ("b", (), 0)]),
        ("def f():\n\timport a\n\ttry: from b import c\n\texcept E: pass", [("a", (), 0), ("b", ("c",), 0)]),
        ("import a # import b", [("a", (), 0)]),
        ("important = 1\nreimport(x)\nx.import_", []),
        ("import größe", [("größe", (), 0)]),
        ('m = importlib.import_module("a.b")', [("a.b", (), 0)]),
        ("m = import_module('.b', package=__name__)", [("b", (), 1)]),
        ('m = __import__("a")', [("a", (), 0)]),
        ("m = import_module(name)", []),
        ("from a import (b, c", []),
        ("from a import (b, c\nimport d\nfrom e import f", [("d", (), 0), ("e", ("f",), 0)]),
        ("", []),
    ],
)
def test_forms(text: str, expected: list[tuple[str, tuple[str, ...], int]]) -> None:
    """Every way to write an import."""
    assert found(text) == expected


def test_bound_names() -> None:
    """The names that an import binds in its file."""
    text = b"import a.b\nimport c.d as e\nfrom f import g as h, i\nimport_module('j')\n"
    assert [item.bound for item in python_imports(text)] == [("a",), ("e",), ("h", "i"), ()]


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_that_the_parser_finds_is_missed(package: str) -> None:
    """On the files of the standard library: a superset of what `ast` sees."""
    files = sorted((STDLIB / package).rglob("*.py"))
    assert files
    for file in files:
        data = file.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
        seen = {(item.module, name, item.level) for item in python_imports(data) for name in item.names or (None,)}
        expected: set[tuple[str, str | None, int]]
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                expected = {(alias.name, None, 0) for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                expected = {(node.module or "", alias.name, node.level) for alias in node.names}
            else:
                continue
            assert expected <= seen, f"{file}:{node.lineno}"


def test_notebook() -> None:
    """Imports in cells, however the notebook stores its lines."""
    cells = ["import os\nfrom a import (\n    b,\n    c,\n)\n", 'x = "import no"\nimport z']
    for source in ([cell.splitlines(keepends=True) for cell in cells], cells):
        for indent in (None, 1):
            raw = json.dumps({"cells": [{"cell_type": "code", "source": s} for s in source]}, indent=indent)
            imports = list(python_imports(b"\n" + notebook_text(raw.encode())))
            assert imports == [
                LexicalImport("os", (), 0, ("os",)),
                LexicalImport("a", ("b", "c"), 0, ("b", "c")),
                LexicalImport("z", (), 0, ("z",)),
            ]


@pytest.mark.parametrize(
    ("before", "unit"),
    [
        (b"", b"from a import (\n"),
        (b"", b";from a import (\n#"),
        (b"", b"import "),
        (b"", b":from . . . . . . . . . !import "),
        (b"", b"; import a"),
        (b"", b"from a import b \\\n"),
        (b"", b"from........import("),
        (b"", b"(((((#"),
        (b"", b"\t\t\t\t\t\t import"),
        (b"", b'\\n","'),
        (b"from ", b"."),
        (b"from a import b ", b" "),
        (b"from a import (", b"#\n"),
        (b"import_module(", b" "),
        (b"import_module('", b"."),
        (b"import_module('", b"a."),
        (b'"source":', b" "),
        (b'"source":[', b"\n"),
    ],
)
def test_hostile_files_take_linear_time(before: bytes, unit: bytes) -> None:
    """A million bytes of any of these end at once; a quadratic reader would not end within the hour."""
    data = before + unit * (1_000_000 // len(unit))
    for _ in python_imports(data):
        pass
    assert isinstance(notebook_text(data), bytes)
