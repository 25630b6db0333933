"""The Python front end: libcst's parser, an own walk over its tree, generic facts.

libcst parses 16,000 lines a second; its visitors, matchers and metadata cost ten times that, so none is used here.
"""

from __future__ import annotations

from gonogo.facts.model import FileFacts

MAX_BYTES = 2_000_000
"""Larger sources are data or machine-made."""
MAX_BRACKETS = 150
"""Brackets open at once. libcst's parser recurses for each, and overflows the process's stack past some thousands."""


def read_python(path: str, source: bytes) -> FileFacts:
    """Facts of one Python file. What cannot be parsed gives `status="failed"` and the reason; nothing is raised."""
    if len(source) > MAX_BYTES:
        return failed(path, f"larger than {MAX_BYTES:,} bytes")
    if b"\0" in source and not source.startswith((b"\xff\xfe", b"\xfe\xff")):
        return failed(path, "holds NUL bytes")
    reason = too_deep(source)
    if reason:
        return failed(path, reason)
    import libcst as cst

    from gonogo.frontends.python_walk import Walker

    try:
        module = cst.parse_module(source)
    except cst.ParserSyntaxError as error:
        return failed(path, f"syntax error in line {error.raw_line}")
    except RecursionError:
        return failed(path, "nested too deeply")
    except (UnicodeDecodeError, LookupError, SyntaxError):
        return failed(path, "cannot be decoded as its header says")
    except Exception as error:  # the parser's own failures must cost this file only
        return failed(path, f"the parser failed: {type(error).__name__}")
    facts = FileFacts(path, "python", "parsed", lines=source.count(b"\n") + (not source.endswith(b"\n")))
    try:
        Walker(module, facts, source).run()
    except RecursionError:
        return failed(path, "nested too deeply")
    return facts


def failed(path: str, reason: str, language: str = "python") -> FileFacts:
    """Facts of a file that was not read."""
    return FileFacts(path, language, "failed", reason)


def too_deep(source: bytes) -> str:
    """Why a source could overflow the parser's stack; empty if it cannot. Quotes and comments are not told apart: the
    count is an upper bound, and files near it are not written by people."""
    depth = deepest = 0
    for char in source.translate(None, delete=_NOT_BRACKETS):
        if char in b"([{":
            depth += 1
            deepest = max(deepest, depth)
        elif depth:
            depth -= 1
    if deepest > MAX_BRACKETS and _really_nested(source) > MAX_BRACKETS:
        return f"more than {MAX_BRACKETS} brackets open at once"
    for prefix in (b"not ", b"lambda:", b"await ", b"- ", b"~", b"--", b"++"):
        if prefix * 300 in source:
            return "operators nested too deeply"
    if source.count(b"elif ") > 800 or source.count(b"lambda") > 20_000:
        return "too many branches for one file"
    return ""


_NOT_BRACKETS = bytes(code for code in range(256) if code not in b"([{)]}")


def _really_nested(source: bytes) -> int:
    """The deepest nesting of brackets outside of strings and comments."""
    import io
    import tokenize

    depth = deepest = 0
    try:
        for token in tokenize.tokenize(io.BytesIO(source).readline):
            if token.type != tokenize.OP:
                continue
            if token.string in ("(", "[", "{"):
                depth += 1
                deepest = max(deepest, depth)
            elif token.string in (")", "]", "}"):
                depth -= 1
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError, LookupError):
        return MAX_BRACKETS + 1 if deepest > MAX_BRACKETS else deepest
    return deepest
