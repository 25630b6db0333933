"""What is known of one code file without parsing it."""

from __future__ import annotations

from dataclasses import dataclass

from gonogo.lexical.imports import LexicalImport


@dataclass(frozen=True, slots=True)
class LexicalFile:
    """Surface of one file.

    `hash` is the BLAKE2b digest of the content (16 bytes, as 32 hex digits), `loc` its number of lines.
    `identifiers` are all words of two or more characters that could be one, wherever they stand; `defines` the names
    of functions and classes, `exports` (for a package's `__init__`) the names it binds other than by being imported.
    """

    path: str
    hash: str
    loc: int
    imports: tuple[LexicalImport, ...]
    identifiers: frozenset[str]
    needles: frozenset[bytes]
    defines: frozenset[str]
    exports: frozenset[str] = frozenset()
