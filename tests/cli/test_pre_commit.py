"""The hooks of `.pre-commit-hooks.yaml`, run by the real pre-commit in a real repository."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import environment
from tests.support.keys import make
from tests.support.repos import Repository

TOP = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("pre_commit") is None, reason="pre-commit is not installed (pip install pre-commit)"
)


def hooks() -> list[dict[str, Any]]:
    """The published hooks, with gonogo taken from the environment of the tests: nothing is fetched or built."""
    published = yaml.safe_load((TOP / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    python = f'"{sys.executable}" -m gonogo'
    return [{**hook, "language": "system", "entry": hook["entry"].replace("gonogo", python, 1)} for hook in published]


def pre_commit(repo: Repository, *args: str, home: Path) -> subprocess.CompletedProcess[str]:
    env = environment(PRE_COMMIT_HOME=str(home), GIT_CONFIG_GLOBAL=os.devnull, PRE_COMMIT_COLOR="never")
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", *args],
        cwd=repo.root, env=env, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


def commit(repo: Repository, home: Path) -> subprocess.CompletedProcess[str]:
    env = environment(PRE_COMMIT_HOME=str(home), GIT_CONFIG_GLOBAL=os.devnull, PRE_COMMIT_COLOR="never")
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    return subprocess.run(
        ["git", *identity, "commit", "-m", "a change"],
        cwd=repo.root, env=env, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def repo(tmp_path: Path, home: Path) -> Repository:
    made = Repository(tmp_path / "project")
    config = yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks()}]})
    made.commit({".pre-commit-config.yaml": config, "README.md": "an application\n"})
    installed = pre_commit(made, "install", home=home)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    return made


def test_pre_commit_takes_the_manifest(repo: Repository, home: Path) -> None:
    done = pre_commit(repo, "validate-manifest", str(TOP / ".pre-commit-hooks.yaml"), home=home)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_staged_key_stops_the_commit_and_clean_files_do_not(repo: Repository, home: Path) -> None:
    key = make("anthropic-api")
    repo.write({"settings.py": f'ANTHROPIC_API_KEY = "{key}"\n'})
    repo.git("add", "settings.py")
    # What is not staged must not matter, though pre-commit puts it aside.
    repo.write({"settings.py": "import os\n"})
    before = repo.git("rev-parse", "HEAD")
    done = commit(repo, home)
    told = done.stdout + done.stderr
    assert done.returncode != 0
    assert told.count("Failed") == 2
    assert "settings.py:1" in told
    assert key not in told
    assert repo.git("rev-parse", "HEAD") == before

    repo.git("add", "settings.py")
    done = commit(repo, home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert repo.git("rev-parse", "HEAD") != before
