"""Imports and definitions of a JavaScript or TypeScript file, read without parsing it.

A superset of what the parser would find: imports in texts, comments and broken files count too. Every step is linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gonogo.lexical.imports import LexicalImport

# The text after `from`, `import` or `require(`; no module's name is longer.
_FROM = re.compile(rb"""\b(?:from|import|require)\s{0,20}\(?\s{0,20}["'`]([^"'`\n\\]{1,300})["'`]""")
DEFINITION = re.compile(
    rb"\b(?:function\*?|class|enum)[ \t]+([\w$\x80-\xff]+)|\b(?:const|let|var)[ \t]+([\w$\x80-\xff]+)"
)


def ecma_imports(data: bytes) -> Iterator[LexicalImport]:
    """All imports in `data`, each once. `level` is 1 for a path relative to the file."""
    for name in dict.fromkeys(_FROM.findall(data)):
        module = name.decode("utf-8", "replace")
        yield LexicalImport(module, (), int(module.startswith(".")), ())


def package_of(module: str) -> str:
    """The package a module belongs to: `@scope/name/part` → `@scope/name`."""
    parts = plain_specifier(module).split("/")
    return "/".join(parts[:2]) if module.startswith("@") else parts[0]


def plain_specifier(module: str) -> str:
    """A module's name without what says where it is downloaded from, or in which release.

    `npm:openai@4.1`, `https://esm.sh/openai@4.1?dts` and `openai` are the same package.
    """
    name = module
    for prefix in ("npm:", "jsr:", "https://esm.sh/", "https://cdn.skypack.dev/", "https://esm.run/",
                   "https://cdn.jsdelivr.net/npm/", "https://unpkg.com/"):  # fmt: skip
        if name.startswith(prefix):
            name = name.removeprefix(prefix).partition("?")[0]
            break
    head, at, rest = name[1:].partition("@")
    if at and not name.startswith(("http:", "https:", "@/")):
        name = name[0] + head + ("/" + rest.partition("/")[2] if "/" in rest else "")
    return name


def names(found: list[tuple[bytes, bytes]]) -> frozenset[str]:
    """Names out of the groups of `DEFINITION`."""
    return frozenset((one or other).decode("utf-8", "replace") for one, other in found)
