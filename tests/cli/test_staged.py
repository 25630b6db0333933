"""`gonogo check --staged` answers for the next commit: what is staged, whatever the working tree holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import environment
from tests.support.apps import CLIENT, NO_RETRIES
from tests.support.keys import make
from tests.support.repos import Repository

Run = Callable[..., Any]

NO_TIMEOUT = CLIENT.replace("timeout=30", "timeout=None")
SELECT = ("--select", "retries,timeouts,max-tokens,secret-storage")


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = Repository(tmp_path)
    made.commit({"app.py": CLIENT, "requirements.txt": "anthropic\n", ".gitignore": ".env\n"})
    return made


def counting(done: Any) -> dict[str, bool]:
    """Rule to whether it counts."""
    return {entry["rule"]: not entry["known"] for entry in json.loads(done.stdout)["findings"]}


def test_the_index_counts_and_the_working_tree_does_not(gonogo: Run, repo: Repository) -> None:
    repo.write({"app.py": NO_RETRIES})
    done = gonogo("check", "--staged", *SELECT)
    assert (done.returncode, done.stderr) == (0, "")
    repo.git("add", "app.py")
    repo.write({"app.py": CLIENT})
    done = gonogo("check", "--staged", "--format", "json", *SELECT)
    assert done.returncode == 1
    assert counting(done) == {"retries-disabled": True}
    report = json.loads(done.stdout)
    assert report["root"] == str(repo.root)
    assert report["name"] == repo.root.name
    assert report["findings"][0]["path"] == "app.py"


def test_what_stands_at_head_does_not_count(gonogo: Run, repo: Repository) -> None:
    repo.commit({"app.py": NO_RETRIES, ".env": f"ANTHROPIC_API_KEY={make('anthropic-api')}\n"})
    repo.write({"other.py": NO_TIMEOUT, "app.py": "# moved\n\n" + NO_RETRIES})
    repo.git("add", "-A")
    for _ in range(2):  # the second run remembers what stands at HEAD
        done = gonogo("check", "--staged", "--format", "json", *SELECT)
        found = counting(done)
        assert done.returncode == 1
        assert found.pop("timeout-disabled") is True
        assert {"retries-disabled", "committed-env-file"} <= found.keys()
        assert not any(found.values())
    repo.git("reset", "-q")
    assert gonogo("check", "--staged", *SELECT).returncode == 0


def test_an_unchanged_line_counts_if_the_staged_change_caused_it(gonogo: Run, repo: Repository) -> None:
    split = CLIENT.replace("max_retries=3", "max_retries=RETRIES").replace(
        "\nclient", "\nfrom conf import RETRIES\n\nclient"
    )
    repo.commit({"app.py": split, "conf.py": "RETRIES = 3\n"})
    repo.write({"conf.py": "RETRIES = 0\n"})
    repo.git("add", "conf.py")
    done = gonogo("check", "--staged", "--format", "json", *SELECT)
    assert counting(done) == {"retries-disabled": True}


def test_before_the_first_commit_everything_is_new(gonogo: Run, tmp_path: Path) -> None:
    repo = Repository(tmp_path / "fresh")
    repo.write({"app.py": NO_RETRIES})
    repo.git("add", "app.py")
    done = gonogo("check", "--staged", "--format", "json", *SELECT, cwd=repo.root)
    assert done.returncode == 1
    assert counting(done) == {"retries-disabled": True}


def test_only_the_folder_that_was_named_is_looked_at(gonogo: Run, repo: Repository) -> None:
    repo.write({"services/chat/app.py": NO_RETRIES, "services/jobs/app.py": NO_TIMEOUT})
    repo.git("add", "-A")
    done = gonogo("check", "services/chat", "--staged", "--format", "json", *SELECT)
    assert counting(done) == {"retries-disabled": True}
    assert json.loads(done.stdout)["findings"][0]["path"] == "app.py"


def test_the_baseline_holds_for_what_is_staged(gonogo: Run, repo: Repository) -> None:
    repo.write({"app.py": NO_RETRIES})
    gonogo("baseline", "--no-history")
    repo.git("add", "app.py")
    assert gonogo("check", "--staged", *SELECT).returncode == 0
    assert gonogo("check", "--staged", "--no-baseline", *SELECT).returncode == 1


def test_no_filter_hook_or_link_of_the_repository_is_followed(gonogo: Run, repo: Repository) -> None:
    trap = repo.root / "trap"
    (repo.root / "link.py").symlink_to("/etc/passwd")
    repo.commit({".gitattributes": "*.py filter=evil\n"})
    repo.git("config", "filter.evil.smudge", f"touch {trap}")
    repo.git("config", "filter.evil.clean", f"touch {trap}")
    repo.git("config", "core.fsmonitor", f"touch {trap}")
    done = gonogo("check", "--staged", "--format", "json", *SELECT)
    assert done.returncode == 0
    assert not trap.exists()
    assert "root:" not in done.stdout


@pytest.mark.parametrize("option", [("--diff", "main"), ("--history-since", "main")])
def test_options_that_speak_of_commits_are_refused(gonogo: Run, repo: Repository, option: tuple[str, str]) -> None:  # noqa: ARG001 - it must be there
    done = gonogo("check", "--staged", *option)
    assert done.returncode == 2
    assert "--staged excludes" in done.stderr


def test_outside_a_repository_there_is_no_index(gonogo: Run, tmp_path: Path) -> None:
    done = gonogo("check", "--staged")
    assert done.returncode == 3
    assert "no" in done.stderr
    assert "git repository" in done.stderr
    assert tmp_path.is_dir()


@pytest.mark.skipif(os.name == "nt", reason="hooks are shell scripts")
@pytest.mark.parametrize("command", [("check", "--staged", "--select", "secret-storage"), ("history", "--staged")])
@pytest.mark.parametrize("how", [("-a",), ("app.py",), ()])
def test_as_a_hook_it_stops_a_key_however_the_commit_is_made(
    repo: Repository, command: tuple[str, ...], how: tuple[str, ...]
) -> None:
    """`git commit -a` and `git commit FILE` use an index of their own, which git names to its hooks."""
    hook = repo.root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m gonogo {' '.join(command)}\n")
    hook.chmod(0o755)
    before = repo.git("rev-parse", "HEAD")
    repo.write({"app.py": CLIENT.replace("max_retries", f'api_key="{make("anthropic-api")}", max_retries')})
    if not how:
        repo.git("add", "app.py")
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(
        ["git", *identity, "commit", "-q", "-m", "key", *how],
        cwd=repo.root,
        env=environment(GIT_CONFIG_GLOBAL=os.devnull),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "app.py:3" in done.stdout + done.stderr
    assert make("anthropic-api") not in done.stdout + done.stderr
    assert repo.git("rev-parse", "HEAD") == before
