"""`gonogo doctor` says what surrounds a run, and ends with 1 where something cannot be seen."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.repos import Repository

Run = Callable[..., Any]


def test_a_sound_project(gonogo: Run, tmp_path: Path) -> None:
    repo = Repository(tmp_path)
    repo.commit({"app.py": "x = 1\n", "tests/test_app.py": "", "gonogo.toml": 'ignore = ["default-retries"]\n'})
    done = gonogo("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert "git version" in done.stdout
    assert "gonogo.toml; checklist production; left out: default-retries" in done.stdout
    assert "1 test" in done.stdout


def test_a_shallow_clone_cannot_show_everything(gonogo: Run, tmp_path: Path) -> None:
    source = Repository(tmp_path / "source")
    source.commit({"app.py": "x = 1\n"})
    source.commit({"app.py": "x = 2\n"})
    clone = ["git", "clone", "-q", "--depth=1", source.root.as_uri(), str(tmp_path / "clone")]
    subprocess.run(clone, check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull})
    done = gonogo("doctor", cwd=tmp_path / "clone")
    assert done.returncode == 1
    assert "the clone is shallow" in done.stdout


def test_a_repository_without_git(gonogo: Run, tmp_path: Path) -> None:
    Repository(tmp_path).commit({"app.py": "x = 1\n"})
    done = gonogo("doctor", PATH=str(tmp_path / "empty"))
    assert done.returncode == 1
    assert "no git program was found" in " ".join(done.stdout.split())


def test_outside_of_a_repository(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("x = 1\n")
    done = gonogo("doctor")
    assert done.returncode == 0
    assert "no repository here" in done.stdout


def test_a_broken_baseline_and_a_broken_configuration(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("x = 1\n")
    (tmp_path / ".gonogo-baseline.json").write_text("[]")
    assert gonogo("doctor").returncode == 1
    (tmp_path / "gonogo.toml").write_text("strikt = true\n")
    done = gonogo("doctor")
    assert done.returncode == 2
    assert 'did you mean "strict"?' in done.stderr


def test_one_file_and_why_rules_do_not_judge_it(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "run.py").write_text("x = 1\n")
    (tmp_path / "gonogo.toml").write_text(
        'ignore = ["max-tokens"]\n[per-path-ignores]\n"jobs/**" = ["timeout-too-long"]\n[areas]\n"jobs/**" = "script"\n'
    )
    done = gonogo("doctor", "--for", "jobs/run.py")
    assert done.returncode == 0
    told = " ".join(done.stdout.split())
    assert "script: searched for keys, judged by no other rule" in told
    assert "off by per-path-ignores: jobs/** timeout-too-long" in told
    assert "off by ignore" in told


@pytest.mark.parametrize("name", ["missing.py", "../outside.py"])
def test_a_file_that_is_not_looked_at_is_named(gonogo: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "app.py").write_text("x = 1\n")
    done = gonogo("doctor", "--for", name)
    assert done.returncode == 3
    assert name in done.stderr
