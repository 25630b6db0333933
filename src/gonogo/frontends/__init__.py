"""Front ends: from source text to generic facts, one per language."""

from __future__ import annotations

from gonogo.facts.model import FileFacts
from gonogo.languages import ECMA_SUFFIXES


def read_source(path: str, source: bytes) -> FileFacts | None:
    """Facts of a source file, `None` if no front end reads its kind."""
    if path.endswith((".py", ".pyw", ".pyi")):
        from gonogo.frontends.python import read_python

        return read_python(path, source)
    if path.endswith(".ipynb"):
        from gonogo.frontends.notebook import read_notebook

        return read_notebook(path, source)
    if path.endswith(ECMA_SUFFIXES):
        from gonogo.frontends.ecma import read_ecma

        return read_ecma(path, source)
    return None
