"""Findings keep their identity when code moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.checklist.fingerprint import fingerprint, fingerprints, normalise
from gonogo.facts.span import Span
from gonogo.findings import Finding, Place


@pytest.mark.parametrize(
    ("path", "code", "expected"),
    [
        ("a.py", "client  =\n    Anthropic( )  # a comment", "client = Anthropic( )"),
        ("a.py", 'url = "http://x/#top"  # why', 'url = "http://x/#top"'),
        ("a.py", "n = a // b", "n = a // b"),
        ("a.ts", "f(a) // why\n/* long\n one */ + 1", "f(a) + 1"),
        ("a.ts", "x = '#fff'", "x = '#fff'"),
        ("a.py", '"""one # two"""  # three', '"""one # two"""'),
        ("notes.md", "don't # stop", "don't"),
        ("a.py", "'\\'#' # x", "'\\'#'"),
        ("a.py", '"""never closed # x', '"""never closed # x'),
    ],
)
def test_normalised_code(path: str, code: str, expected: str) -> None:
    assert normalise(code, path) == expected


@given(st.text(alphabet="ab \"'`#/*\\\n", max_size=60), st.sampled_from(["a.py", "a.ts"]))
def test_normalising_any_text_ends_and_leaves_single_spaces(code: str, path: str) -> None:
    assert "  " not in normalise(code, path)


def test_a_fingerprint_is_32_hex_digits_of_rule_path_code_and_occurrence() -> None:
    base = fingerprint("no-timeout", "a.py", "call()")
    assert len(base) == 32
    assert int(base, 16) > 0
    assert base == fingerprint("no-timeout", "a.py", "  call()  # moved and commented")
    others = {
        fingerprint("no-timeout", "a.py", "call()", 1),
        fingerprint("no-timeout", "b.py", "call()"),
        fingerprint("timeout-off", "a.py", "call()"),
        fingerprint("no-timeout", "a.py", "other()"),
    }
    assert len(others | {base}) == 5


def at(line: int, subject: str = "call()") -> Finding:
    return Finding("no-timeout", Place("a.py", Span(line, 1, line, 5)), "message", subject)


def test_moved_lines_keep_their_fingerprints() -> None:
    before = fingerprints([at(3), at(9), at(5, "other()")])
    after = fingerprints([at(30), at(90), at(50, "other()")])
    assert before == after
    assert len(set(before)) == 3


def test_equal_code_is_numbered_from_the_top_whatever_the_order_given() -> None:
    assert fingerprints([at(9), at(3)]) == list(reversed(fingerprints([at(3), at(9)])))


def test_undecodable_names_have_fingerprints_too() -> None:
    assert len(fingerprint("no-timeout", "a\udcff.py", "x")) == 32
