"""Commands, misuse and failure, without an analysis."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from support.rights import needs_rights

from gonogo import __version__
from gonogo.cli.main import COMMANDS

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SOURCE = Path(__file__).parents[2] / "src"


def test_version(gonogo: Run) -> None:
    done = gonogo("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"gonogo {__version__}\n", "")


def test_version_imports_click_alone() -> None:
    """Start-up is the price of every run: nothing heavy may creep in."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gonogo", "--version"],
        env={**os.environ, "PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    ours = {name for name in imported if name.startswith("gonogo.")}
    assert ours == {"gonogo.cli", "gonogo.cli.main"}
    tops = {name.partition(".")[0] for name in imported}
    assert "click" in tops
    assert not tops & {"rich", "libcst", "git", "detect_secrets", "tomli", "tomlkit", "yaml", "pygments"}


def test_help_names_every_command(gonogo: Run) -> None:
    done = gonogo("--help")
    assert done.returncode == 0
    for name in COMMANDS:
        assert re.search(rf"^  {name} +\S", done.stdout, re.MULTILINE)
        assert gonogo(name, "-h").returncode == 0


def test_an_unknown_command_is_misuse_with_a_suggestion(gonogo: Run) -> None:
    done = gonogo("chekc")
    assert (done.returncode, done.stdout) == (2, "")
    assert 'there is no command "chekc"; did you mean "check"?' in done.stderr


@pytest.mark.parametrize(
    "args",
    [
        ("check", "--fromat", "json"),
        ("check", "--format", "xml"),
        ("check", "--verbose", "--quiet"),
        ("check", "--config", "x.toml", "--isolated"),
        ("calls", "a", "b"),
        ("explain",),
        ("--nonsense",),
    ],
)
def test_misuse_ends_with_2(gonogo: Run, args: tuple[str, ...]) -> None:
    done = gonogo(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Error: " in done.stderr


def test_wrong_configuration_ends_with_2_and_says_all(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "gonogo.toml").write_text('exlude = []\nstrict = "yes"\n')
    done = gonogo("check")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "gonogo: 2 mistakes in the settings\n"
        '  gonogo.toml:1: unknown key "exlude"; did you mean "exclude"?\n'
        "  gonogo.toml:2: strict: must be true or false, not a text\n"
    )


def test_unknown_rules_in_flags_end_with_2(gonogo: Run) -> None:
    done = gonogo("check", "--select", "no-timeot,retries", "--ignore", "nonsense")
    assert done.returncode == 2
    assert '--select: "no-timeot" is neither a rule nor an item; did you mean "no-timeout"?' in done.stderr
    assert '--ignore: "nonsense" is neither a rule nor an item' in done.stderr


def test_a_path_that_is_not_there_ends_with_3(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("nowhere")
    for path in ("missing", "dangling", "missing/\x1b[31m"):
        done = gonogo("check", path)
        assert (done.returncode, done.stdout) == (3, "")
        assert done.stderr.startswith("gonogo: ")
        assert done.stderr.endswith(": No such file or directory\n")
        assert "\x1b" not in done.stderr


@needs_rights
def test_an_unreadable_folder_ends_with_3(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    done = gonogo("check", "closed")
    assert (done.returncode, done.stderr) == (3, "gonogo: closed: Permission denied\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_ctrl_c_ends_with_130_and_no_traceback(tmp_path: Path) -> None:
    """The process is stopped while it waits for its configuration, so there is no race."""
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [sys.executable, "-m", "gonogo", "check", "--config", str(pipe)],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(SOURCE)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    with pipe.open("wb"):  # opens once the other end does
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err.strip()) == (130, "", "")


def test_a_reader_that_leaves_is_let_go(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "gonogo", "schema"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(SOURCE)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 0


def test_lists(gonogo: Run) -> None:
    items, rules = gonogo("items"), gonogo("rules")
    assert (items.returncode, rules.returncode) == (0, 0)
    assert " 18  agent-limits" in items.stdout
    assert "retries-disabled" in rules.stdout


@pytest.mark.parametrize("name", ["retries-disabled", "retries", "4", " RETRIES "])
def test_explain_takes_rules_items_and_numbers(gonogo: Run, name: str) -> None:
    done = gonogo("explain", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert "retries-disabled" in done.stdout


def test_explain_suggests(gonogo: Run) -> None:
    done = gonogo("explain", "retries-disbled")
    assert done.returncode == 2
    assert '"retries-disbled" is neither a rule nor an item; did you mean "retries-disabled"?' in done.stderr


@pytest.mark.parametrize(("args", "title"), [((), "gonogo report, version 1"), (("--config",), "gonogo configuration")])
def test_schemas_are_printed(gonogo: Run, args: tuple[str, ...], title: str) -> None:
    schema = json.loads(gonogo("schema", *args).stdout)
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == title


def test_colour_follows_flag_and_environment(gonogo: Run) -> None:
    assert "\x1b" not in gonogo("items").stdout
    assert "\x1b[1m" in gonogo("items", "--color", "always").stdout
    assert "\x1b[1m" in gonogo("items", FORCE_COLOR="1").stdout
    assert "\x1b" not in gonogo("items", FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b[1m" in gonogo("items", "--color", "always", NO_COLOR="1", TERM="dumb").stdout


def test_a_stream_that_knows_ascii_only_gets_ascii(gonogo: Run) -> None:
    done = gonogo("explain", "retries-disabled", PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert done.returncode == 0
    assert "item retries - python" in done.stdout


def test_width_follows_columns(gonogo: Run) -> None:
    longest = max(map(len, gonogo("items", COLUMNS="60").stdout.splitlines()))
    assert 50 < longest <= 60
