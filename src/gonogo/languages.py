"""Which language a file is written in, told by its name."""

from __future__ import annotations

from typing import Literal

Language = Literal["python", "ecma"]
"""Languages whose modules import each other; JavaScript and TypeScript are one."""

ECMA_SUFFIXES = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".vue", ".svelte")
"""In the order in which an import without an ending is looked for."""
PYTHON_SUFFIXES = (".py", ".pyw", ".ipynb")
DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
"""TypeScript files that describe code and hold none."""
PACKAGE = "npm:"
"""Before the name of a symbol from a package, so that it is not taken for a Python module of the same name."""
GLOBAL = "js:"
"""Before the name of something that is there without being imported."""


def language_of(path: str) -> Language:
    """The language of a code file."""
    return "ecma" if path.endswith(ECMA_SUFFIXES) else "python"
