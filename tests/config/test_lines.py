"""Finding the line of a key."""

from __future__ import annotations

import pytest

from gonogo.config.lines import line_of

TEXT = '''# strict = in a comment
exclude = [
  "strict",
]
note = """
strict = "inside a text"
"""
strict = true
areas."a/**" = "test"
inline = { key = 1 }

[ attest . "spend-alerts" ]
by = "x"
'a.b' = 1
[[many]]
entry = 1
[many.inner]
key = 1
[[many]]
other = 2
[many.inner]
key = 2
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("strict",), 8),
        (("exclude",), 2),
        (("areas", "a/**"), 9),
        (("inline", "key"), 10),
        (("attest", "spend-alerts"), 12),
        (("attest", "spend-alerts", "by"), 13),
        (("attest", "spend-alerts", "a.b"), 14),
        (("attest", "spend-alerts", "missing"), 12),
        (("many",), 15),
        (("many", "[1]", "entry"), 16),
        (("many", "[1]", "inner", "key"), 18),
        (("many", "[2]"), 19),
        (("many", "[2]", "other"), 20),
        (("many", "[2]", "inner", "key"), 22),
        (("many", "[2]", "inner", "gone"), 21),
        (("nowhere",), 1),
    ],
)
def test_line_of_a_key(path: tuple[str, ...], line: int) -> None:
    assert line_of(TEXT, path) == line
