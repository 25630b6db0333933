"""Disks that are full and homes that cannot be written to."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from support.hostile import CALL, Run
from support.repos import Repository


def small_files() -> None:
    """No file of this process may grow beyond a few bytes, as on a full disk."""
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    repository = Repository(tmp_path / "repo")
    repository.commit({"app.py": CALL})
    repository.commit({"app.py": CALL + "x = 1\n"})
    return repository.root


def test_a_full_disk(gonogo: Run, root: Path, tmp_path: Path) -> None:
    """The report on standard output needs no disk; one that cannot be written leaves what was there."""
    assert gonogo("check", str(root), "--no-history", preexec_fn=small_files).code == 1
    assert gonogo("check", str(root), preexec_fn=small_files).code in (1, 3)
    report = tmp_path / "report.json"
    report.write_text("before")
    for command in (["check", "-o", str(report)], ["history", "-o", str(report)], ["check", "--diff", "main~1"]):
        ran = gonogo(*command, str(root), preexec_fn=small_files)
        assert ran.code == 3, ran
        assert ran.err.count("\n") == 1, ran
    ran = gonogo("baseline", str(root), preexec_fn=small_files)
    assert ran.code == 3
    assert report.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    assert sorted(path.name for path in root.iterdir()) == [".git", "app.py"]


@pytest.mark.parametrize("home", ["/proc/1/nowhere", "/dev/null", "relative", ""])
def test_homes_that_cannot_be_written_to(gonogo: Run, root: Path, home: str) -> None:
    ran = gonogo("check", str(root), env={"HOME": home, "XDG_CACHE_HOME": home})
    assert ran.code == 1
    assert ran.err == ""
