"""Settings made to hurt: each ends in one exit code and a few sentences, or counts for nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.hostile import Run

HOSTILE_SETTINGS = {
    "not toml": "\x1b[2J = [",
    "bytes": "\udcff\udcfe",
    "unknown": '"\x1b[31mx" = 1\n',
    "types": "exclude = {a = 1}\nroots = 7\nselect = [[1]]\nareas = [1]\nformat = []\n",
    "digits": "a = " + "9" * 10_000 + "\n",
    "deep": "a = " + "[" * 5_000,
    "dotted": "a" + ".a" * 5_000 + " = 1\n",
    "many": "".join(f"a{number} = {number}\n" for number in range(5_000)),
    "roots": 'roots = ["/", "..", "../..", "\\u0000", "~", "\\u001b[2J"]\n',
    "globs": 'exclude = ["'
    + "*a" * 2_000
    + 'b", "'
    + "**/" * 2_000
    + '", "['
    + "!" * 500
    + '", "'
    + "{a,b}" * 500
    + '"]\n',
    "areas": "[areas]\n" + '"' + "*" * 5_000 + 'x" = "app"\n' + '"**/**/**/**/**/**/**/x" = "test"\n',
    "rule": '[[rule]]\nid = "my-rule"\npattern = "(a+)+$"\n',
    "date": "[attest.timeouts]\nby = 'x'\non = 9999-99-99\n",
    "far": "[attest.timeouts]\nby = '\\u202e'\non = 9999-12-31\nexpires = 0001-01-01\nevidence = '\\u001b'\n",
    "large": "# " + "x" * 2_000_000,
    "lone": 'exclude = ["\\ud800"]\n',
}


@pytest.mark.parametrize("text", HOSTILE_SETTINGS.values(), ids=HOSTILE_SETTINGS)
def test_hostile_settings(inside: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / ("a" * 200)).mkdir()
    (tmp_path / ("a" * 200) / ("a" * 200 + ".py")).write_text("import anthropic\n")
    for name, content in (("gonogo.toml", text), ("pyproject.toml", "[tool.gonogo]\n" + text)):
        (tmp_path / name).write_bytes(content.encode("utf-8", "surrogateescape"))
        ran = inside("check", str(tmp_path))
        if ran.code == 2:
            assert ran.out == ""
            assert ran.err.startswith("gonogo: ")
            assert name in ran.err
        (tmp_path / name).unlink()
