"""The front end for JavaScript and TypeScript: tree-sitter's parser, an own walk over its tree, generic facts.

The parser repairs what it cannot read: a mistake in one place leaves the rest of the file readable, and the file is
`partial`. In `.vue` and `.svelte` files the contents of `<script>` elements are read.
"""

from __future__ import annotations

import re
import sys
import warnings
from typing import TYPE_CHECKING

from gonogo.facts.model import FileFacts
from gonogo.languages import DECLARATIONS

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Tree

LANGUAGE = "ecma"
MAX_BYTES = 1_000_000
"""Larger sources are data or machine-made."""
MAX_LINE = 2_000
"""Bytes on an average line from which a source is taken for minified. Sources of a few lines may be long."""
PARSE_SECONDS = 5.0
"""The parser repairs unclosed comments and the like in the square of their number; real sources take milliseconds."""
RECURSION_LIMIT = 4_000
"""Python frames the walk may need: it goes down `MAX_DEPTH` levels, a few frames each."""

_SCRIPT = re.compile(rb"<script\b([^>]{0,500})>", re.IGNORECASE)
_SCRIPT_END = re.compile(rb"</script\b", re.IGNORECASE)
_TYPED = re.compile(rb"""\blang\s*=\s*["']?tsx?\b""")


def read_ecma(path: str, source: bytes) -> FileFacts:
    """Facts of one file. What cannot be read gives `status` "failed" or "partial" and the reason; nothing is raised."""
    if len(source) > MAX_BYTES:
        return FileFacts(path, LANGUAGE, "failed", f"larger than {MAX_BYTES:,} bytes")
    source = _as_utf8(source)
    if b"\0" in source:
        return FileFacts(path, LANGUAGE, "failed", "holds NUL bytes")
    lines = source.count(b"\n") + (not source.endswith(b"\n"))
    facts = FileFacts(path, LANGUAGE, "parsed", lines=lines)
    if path.endswith(DECLARATIONS):
        return facts
    if len(source) > 5 * MAX_LINE and len(source) / lines > MAX_LINE:
        return FileFacts(path, LANGUAGE, "failed", "its lines are as long as a minifier makes them", lines)
    from gonogo.frontends.ecma_walk import Walker

    code, typed = source, False
    if path.endswith((".vue", ".svelte")):
        code, typed = scripts_of(source)
    tree = _parse(code, _grammar(path, typed))
    if tree is None:
        return FileFacts(path, LANGUAGE, "failed", f"parsing it takes longer than {PARSE_SECONDS:g} s", lines)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
    try:
        Walker(facts, code).run(tree.root_node)
    finally:
        sys.setrecursionlimit(limit)
    if tree.root_node.has_error:
        wrong = first_error(tree.root_node)
        facts.status = "partial"
        facts.reason = facts.reason or f"syntax error in line {wrong}"
    return facts


def _parse(code: bytes, language: Language) -> Tree | None:
    """The syntax tree; `None` if that takes too long."""
    from tree_sitter import Parser

    with warnings.catch_warnings():
        # Its successor, the progress callback, is not heard when bytes are parsed.
        warnings.simplefilter("ignore", DeprecationWarning)
        parser = Parser(language, timeout_micros=round(PARSE_SECONDS * 1_000_000))
    try:
        return parser.parse(code)
    except ValueError:
        return None


def _as_utf8(source: bytes) -> bytes:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if source.startswith(mark):
            return source[2:].decode(encoding, "replace").encode()
    return source.removeprefix(b"\xef\xbb\xbf")


def _grammar(path: str, typed: bool) -> Language:
    """The grammar of a file. Angle brackets are casts in `.ts` and elements in `.tsx`."""
    from tree_sitter import Language

    if path.endswith((".tsx", ".ts", ".mts", ".cts")) or typed:
        import tree_sitter_typescript

        tsx = path.endswith(".tsx")
        return Language(tree_sitter_typescript.language_tsx() if tsx else tree_sitter_typescript.language_typescript())
    import tree_sitter_javascript

    return Language(tree_sitter_javascript.language())


def scripts_of(source: bytes) -> tuple[bytes, bool]:
    """A component's scripts with everything around them blanked out, and whether they are TypeScript."""
    kept: list[bytes] = []
    typed = False
    end = 0
    while (start := _SCRIPT.search(source, end)) is not None:
        close = _SCRIPT_END.search(source, start.end())
        stop = len(source) if close is None else close.start()
        kept += [_blank(source[end : start.end()]), source[start.end() : stop]]
        typed = typed or _TYPED.search(start[1]) is not None
        end = stop
    kept.append(_blank(source[end:]))
    return b"".join(kept), typed


def _blank(text: bytes) -> bytes:
    return re.sub(rb"[^\n]", b" ", text)


def first_error(root: Node) -> int:
    """The line of the first place the parser had to repair."""
    node = root
    while True:
        broken = next((child for child in node.children if child.has_error or child.is_missing), None)
        if broken is None or node.is_error:
            return node.start_point.row + 1
        node = broken
