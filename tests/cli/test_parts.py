"""The parts of the command line: targets, exit codes, failures, files, progress."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gonogo.cli.analysis import deliver, exit_code
from gonogo.cli.failure import FailureError, report
from gonogo.cli.output import use_color, write_file
from gonogo.cli.target import Target, target_of
from gonogo.config.load import ConfigError
from gonogo.findings import Verdict
from gonogo.poll import Poll, Stats
from gonogo.registry.data import DataError
from gonogo.workspace.git import GitError

POLL = Poll("0.1.0", "2026-11-01", "/x", "x", Verdict.GO, (), (), (), (), Stats())
KEY = "sk-ant-" + "api03-" + "a1B2c3D4e5" * 9 + "-AA"


@pytest.mark.parametrize(
    ("verdict", "faults", "strict", "exit_zero", "expected"),
    [
        (Verdict.GO, (), True, False, 0),
        (Verdict.NA, (), True, False, 0),
        (Verdict.HOLD, (), False, False, 0),
        (Verdict.HOLD, (), True, False, 1),
        (Verdict.NO_GO, (), False, False, 1),
        (Verdict.NO_GO, ("bug",), False, False, 1),
        (Verdict.GO, ("bug",), False, False, 3),
        (Verdict.HOLD, ("bug",), True, False, 3),
        (Verdict.NO_GO, (), True, True, 0),
        (Verdict.HOLD, (), True, True, 0),
        (Verdict.NO_GO, ("bug",), False, True, 3),
    ],
)
def test_exit_codes(verdict: Verdict, faults: tuple[str, ...], strict: bool, exit_zero: bool, expected: int) -> None:
    assert expected == exit_code(replace(POLL, verdict=verdict, faults=faults), strict=strict, exit_zero=exit_zero)


def project(tmp_path: Path, mark: str = "pyproject.toml") -> Path:
    (tmp_path / "repo/app/inner").mkdir(parents=True)
    (tmp_path / "repo/jobs").mkdir()
    for name in ("app/a.py", "app/inner/b.py", "jobs/c.py"):
        (tmp_path / "repo" / name).write_text("")
    (tmp_path / "repo" / mark).write_text("")
    return tmp_path / "repo"


def test_a_folder_is_its_own_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project(tmp_path)
    assert target_of([str(root / "app")]) == Target(root / "app")
    monkeypatch.chdir(root)
    assert target_of([]) == Target(root)


@pytest.mark.parametrize("mark", ["pyproject.toml", "gonogo.toml", "package.json", ".git"])
def test_files_stand_for_the_project_around_them(tmp_path: Path, mark: str) -> None:
    root = project(tmp_path, mark)
    assert target_of([str(root / "app/inner/b.py")]) == Target(root, ("app/inner/b.py",))
    assert target_of([str(root / "app/a.py"), str(root / "jobs")]) == Target(root, ("app/a.py", "jobs"))


def test_the_repository_goes_before_a_nearer_manifest(tmp_path: Path) -> None:
    root = project(tmp_path, ".git")
    (root / "app/pyproject.toml").write_text("")
    assert target_of([str(root / "app/a.py")]) == Target(root, ("app/a.py",))


def test_links_are_resolved(tmp_path: Path) -> None:
    root = project(tmp_path)
    (tmp_path / "link").symlink_to(root)
    assert target_of([str(tmp_path / "link")]) == Target(root)


def test_a_path_with_a_null_byte_is_refused() -> None:
    with pytest.raises(FailureError, match=r"a\\x00b: cannot be read"):
        target_of(["a\0b"])


@pytest.mark.parametrize(
    ("error", "code", "start"),
    [
        (ConfigError("gonogo.toml:1: x"), 2, "gonogo: a mistake in the settings\n  gonogo.toml:1: x\n"),
        (FailureError("x: cannot be read"), 3, "gonogo: x: cannot be read\n"),
        (DataError("rules/x.toml: broken"), 3, "gonogo: rules/x.toml: broken\n"),
        (GitError("git log failed"), 3, "gonogo: git log failed\n"),
        (PermissionError(13, "Permission denied", "/a/b"), 3, "gonogo: /a/b: Permission denied\n"),
        (KeyError("x"), 3, "gonogo 0.1.0 has run into a bug of its own: KeyError: 'x'\n"),
    ],
)
def test_failures_are_one_clear_line(
    error: Exception, code: int, start: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(error) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(start)
    assert "Traceback" not in err


def test_a_traceback_is_shown_on_request_and_masked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONOGO_DEBUG", "1")
    with pytest.raises(ValueError, match="cannot use") as caught:
        raise ValueError(f"cannot use {KEY}\x1b[31m")
    assert report(caught.value) == 3
    err = capsys.readouterr().err
    assert "Traceback (most recent call last):" in err
    assert "in test_a_traceback_is_shown" in err
    assert KEY[:24] not in err
    assert "\x1b" not in err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "env", "terminal", "expected"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "0"}, False, False),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colour_is_decided_once(
    choice: str, env: dict[str, str], terminal: bool, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert use_color(choice, Terminal() if terminal else io.StringIO()) is expected


def test_a_report_replaces_a_file_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old and longer")
    write_file(path, "new")
    assert path.read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.json"]
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_a_report_does_not_follow_a_link(tmp_path: Path) -> None:
    """A scanned repository may hold a link of the report's name that leads anywhere."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "report.json").symlink_to(victim)
    write_file(tmp_path / "report.json", "new")
    assert victim.read_text() == "precious"
    assert (tmp_path / "report.json").read_text() == "new"
    assert not (tmp_path / "report.json").is_symlink()


def test_a_report_may_go_to_a_device() -> None:
    write_file(Path(os.devnull), "text")
    assert not Path(os.devnull).is_file()


def test_a_report_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(FailureError, match="No such file or directory"):
        deliver("text", tmp_path / "missing" / "report.json", color=False)
    with pytest.raises(FailureError):
        deliver("text", tmp_path, color=False)
    assert list(tmp_path.iterdir()) == []
    assert [entry for entry in tmp_path.parent.iterdir() if entry.name.startswith(f".{tmp_path.name}.")] == []


PROGRESS = """
from gonogo.cli import progress
progress.DELAY = {delay}
with progress.Progressing("never") as tell:
    tell("reading code", 3, 8)
"""


def progress_output(delay: float) -> bytes:
    """What the progress line writes to a terminal."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    source = str(Path(__file__).parents[2] / "src")
    env = {**os.environ, "PYTHONPATH": source, "TERM": "xterm", "COLUMNS": "80"}
    subprocess.run([sys.executable, "-c", PROGRESS.format(delay=delay)], stderr=theirs, env=env, check=True, timeout=60)
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 65_536):
            written += chunk
    except OSError:  # Linux says so at the end
        pass
    os.close(ours)
    return written


def test_long_work_shows_how_far_it_is() -> None:
    written = progress_output(delay=-1)
    assert b"reading code" in written
    assert b"3/8" in written


def test_short_work_shows_nothing() -> None:
    assert progress_output(delay=3_600) == b""


def test_without_a_terminal_there_is_no_progress() -> None:
    source = str(Path(__file__).parents[2] / "src")
    done = subprocess.run(
        [sys.executable, "-c", PROGRESS.format(delay=-1)], env={**os.environ, "PYTHONPATH": source},
        capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stderr == b""
