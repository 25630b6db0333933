"""The Python front end: libcst's parser, an own walk over its tree, generic facts.

libcst parses 16,000 lines a second; its visitors, matchers and metadata cost ten times that, so none is used here.
"""

from __future__ import annotations

import sys

from gonogo.facts.model import FileFacts
from gonogo.frontends.scan import RECURSION_LIMIT, refusal

MAX_BYTES = 2_000_000
"""Larger sources are data or machine-made."""


def read_python(path: str, source: bytes) -> FileFacts:
    """Facts of one Python file. What cannot be parsed gives `status="failed"` and the reason; nothing is raised."""
    if len(source) > MAX_BYTES:
        return failed(path, f"larger than {MAX_BYTES:,} bytes")
    if b"\0" in source and not source.startswith((b"\xff\xfe", b"\xfe\xff")):
        return failed(path, "holds NUL bytes")
    refused = refusal(source)
    if refused:
        return failed(path, refused)
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
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
    try:
        Walker(module, facts, source).run()
    except RecursionError:
        return failed(path, "nested too deeply")
    finally:
        sys.setrecursionlimit(limit)
    return facts


def failed(path: str, reason: str, language: str = "python") -> FileFacts:
    """Facts of a file that was not read."""
    return FileFacts(path, language, "failed", reason)
