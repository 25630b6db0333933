"""The identity of a finding: what is wrong and in which code, but not on which line."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from gonogo.findings import Finding
from gonogo.languages import ECMA_SUFFIXES

_SLASH_COMMENTS = (*ECMA_SUFFIXES, ".tf", ".jsonc")
_TRIPLES = ('"""', "'''")


def normalise(code: str, path: str) -> str:
    """`code` without comments and with single spaces, so that formatting does not change it.

    Roughly: texts in quotes are kept whole, and the file's name decides whether `#` or `//` starts a comment.
    """
    slashes = path.lower().endswith(_SLASH_COMMENTS)
    out: list[str] = []
    at, end = 0, len(code)
    while at < end:
        char = code[at]
        if char in "\"'`":
            stop = _end_of_text(code, at)
            out.append(code[at:stop])
            at = stop
        elif slashes and code.startswith("/*", at):
            stop = code.find("*/", at + 2)
            at = end if stop < 0 else stop + 2
            out.append(" ")
        elif code.startswith("//", at) if slashes else char == "#":
            stop = code.find("\n", at)
            at = end if stop < 0 else stop
        else:
            out.append(char)
            at += 1
    return " ".join("".join(out).split())


def _end_of_text(code: str, at: int) -> int:
    quotes = code[at : at + 3] if code[at : at + 3] in _TRIPLES else code[at]
    place = at + len(quotes)
    while place < len(code):
        if code[place] == "\\":
            place += 2
        elif code.startswith(quotes, place):
            return place + len(quotes)
        elif code[place] == "\n" and len(quotes) == 1 and quotes != "`":
            # An apostrophe in a text that is no code.
            return at + 1
        else:
            place += 1
    return len(code) if len(quotes) == 3 or quotes == "`" else at + 1


def fingerprint(rule: str, path: str, subject: str, occurrence: int = 0) -> str:
    """32 hex digits. `subject` is code, or what else identifies the finding; `occurrence` counts equal ones from 0."""
    parts = (rule, path, normalise(subject, path), str(occurrence))
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]


def fingerprints(findings: Sequence[Finding]) -> list[str]:
    """The fingerprints of a run's findings, in the order given; equal ones are numbered from the top of their file."""
    order = sorted(range(len(findings)), key=lambda index: _place(findings[index]))
    seen: dict[tuple[str, str, str], int] = {}
    result = [""] * len(findings)
    for index in order:
        finding = findings[index]
        path = finding.place.path
        key = (finding.rule, path, normalise(finding.subject, path))
        occurrence = seen.get(key, 0)
        seen[key] = occurrence + 1
        result[index] = fingerprint(finding.rule, path, finding.subject, occurrence)
    return result


def _place(finding: Finding) -> tuple[str, int, int, int]:
    place = finding.place
    return place.path, place.cell or 0, place.span.line, place.span.column
