"""Odd terminals: nothing crashes, nothing is lost, nothing is coloured that must not be."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gonogo.cli.main import COMMANDS
from tests.cli.conftest import environment

Run = Callable[..., Any]

APP = Path(__file__).parents[2] / "fixtures" / "apps" / "support-bot-bad"
CHECK = ("check", str(APP), "--no-history", "--format", "rich")


@pytest.mark.parametrize(
    ("env", "colour"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "0"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_colour_is_used_where_it_is_wanted(gonogo: Run, env: dict[str, str], colour: bool) -> None:
    done = gonogo("items", **env)
    assert done.returncode == 0
    assert ("\x1b[" in done.stdout) is colour


@pytest.mark.parametrize(
    "env", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "cp1252"}, {"LANG": "C", "LC_ALL": "C"}]
)
def test_other_encodings_lose_nothing(tmp_path: Path, env: dict[str, str]) -> None:
    comment = "ein Gr\u00fc\u00dfdienst \u2192 \u65e5\u672c"
    (tmp_path / "app.py").write_text(
        f"from anthropic import Anthropic\n\nclient = Anthropic(max_retries=0)  # {comment}\n\n"
        'print(client.messages.create(model="claude-sonnet-5-5", max_tokens=9, messages=[]))\n',
        encoding="utf-8",
    )
    plain = environment(**env)
    plain.pop("PYTHONUTF8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "gonogo", "check", "--format", "rich", "."],
        cwd=tmp_path, env=plain, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, b"")
    text = done.stdout.decode(env.get("PYTHONIOENCODING", "utf-8"))
    assert "error[retries-disabled]" in text
    if env.get("PYTHONIOENCODING") == "ascii":
        assert "Gr\\xfc\\xdfdienst -> \\u65e5\\u672c" in text


@pytest.mark.parametrize("columns", ["40", "80"])
def test_reports_keep_to_the_width(gonogo: Run, columns: str) -> None:
    done = gonogo(*CHECK, COLUMNS=columns)
    assert done.returncode == 1
    # Places and commands stay whole, for editors and for copying.
    whole = re.compile(r" *(-->|=) .*:\d+|.*gonogo (explain|attest) ")
    wide = [line for line in done.stdout.splitlines() if len(line) > int(columns) and not whole.match(line)]
    assert wide == []
    for rule in ("max-tokens-from-user", "retries-disabled", "unbounded-agent-loop"):
        assert rule in done.stdout


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_fits_80_columns(gonogo: Run, name: str) -> None:
    done = gonogo(*name.split(), "--help", COLUMNS="80")
    assert done.returncode == 0
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []


@pytest.mark.skipif(shutil.which("sh") is None, reason="no shell")
@pytest.mark.parametrize("form", ["rich", "concise", "json", "html"])
def test_a_reader_who_leaves_early_is_let_go(form: str) -> None:
    command = f'"{sys.executable}" -W error -m gonogo check --no-history --format {form} "{APP}"; echo "code $?" >&2'
    done = subprocess.run(
        ["sh", "-c", f"{{ {command}; }} | head -c 20 >/dev/null"],
        env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stderr.splitlines() == ["code 1"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_made(gonogo: Run, shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from gonogo.cli.main import cli; cli(prog_name='gonogo')"],
        env=environment(_GONOGO_COMPLETE=f"{shell}_source"), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "_GONOGO_COMPLETE" in done.stdout
    assert gonogo("--version").returncode == 0
