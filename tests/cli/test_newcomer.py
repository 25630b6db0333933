"""What a newcomer does, from the first look to the first pull request, in one fresh repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import environment
from tests.support.apps import CLIENT, NO_RETRIES
from tests.support.keys import make
from tests.support.repos import Repository

Run = Callable[..., Any]

NEW = CLIENT.replace("timeout=30", "timeout=None").replace("ask", "ask_again")


def commit(repo: Repository) -> subprocess.CompletedProcess[str]:
    """`git commit` with the hook that is installed."""
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    return subprocess.run(
        ["git", *identity, "commit", "-q", "-m", "a change"], cwd=repo.root, capture_output=True, text=True,
        env=environment(GIT_CONFIG_GLOBAL=os.devnull), timeout=120, check=False,
    )  # fmt: skip


def install_hook(repo: Repository) -> None:
    """What the written configuration of pre-commit names, as a plain hook."""
    config = yaml.safe_load((repo.root / ".pre-commit-config.yaml").read_text())
    entries = [hook["entry"] for hook in config["repos"][0]["hooks"]]
    lines = [entry.replace("gonogo", f"'{sys.executable}' -m gonogo", 1) for entry in entries]
    hook = repo.root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nset -e\n" + "\n".join(lines) + "\n")
    hook.chmod(0o755)


@pytest.mark.skipif(os.name == "nt", reason="hooks are shell scripts")
def test_from_the_first_look_to_a_pull_request(gonogo: Run, tmp_path: Path) -> None:
    repo = Repository(tmp_path)
    repo.commit({"app.py": NO_RETRIES, "requirements.txt": "anthropic\n"})

    started = gonogo("init", "--hook", "--gitignore")
    assert started.returncode == 0, started.stderr
    assert (tmp_path / "gonogo.toml").is_file()

    first = gonogo("check", "--format", "rich")
    assert first.returncode == 1
    assert "retries-disabled" in first.stdout
    assert "NO-GO for launch" in first.stdout

    assert gonogo("baseline", "--reason", "before gonogo").returncode == 0
    assert gonogo("check").returncode == 0

    install_hook(repo)
    repo.git("add", "-A")
    done = commit(repo)
    assert done.returncode == 0, done.stdout + done.stderr

    # A key on its way into a commit.
    key = make("anthropic-api")
    repo.git("checkout", "-q", "-b", "feature")
    repo.write({"settings.py": f'KEY = "{key}"\n'})
    repo.git("add", "-A")
    stopped = commit(repo)
    assert stopped.returncode != 0
    assert "settings.py:1" in stopped.stdout + stopped.stderr
    assert key not in stopped.stdout + stopped.stderr
    repo.git("rm", "-q", "-f", "settings.py")

    # A pull request: what it brings counts, what was there does not.
    repo.write({"again.py": NEW})
    repo.git("add", "-A")
    repo.git("commit", "-q", "--no-verify", "-m", "past the hook, as one can")
    change = gonogo("check", "--no-baseline", "--diff", "main", "--format", "json", "-o", "-", "-o", "out.sarif",
                    "-o", "out.html")  # fmt: skip
    assert change.returncode == 1, change.stderr
    findings = json.loads(change.stdout)["findings"]
    new = {(found["path"], found["rule"]) for found in findings if not found["known"]}
    assert ("again.py", "timeout-disabled") in new
    # The one thing to say of the old file is that it now names the same model as the new one.
    assert {rule for path, rule in new if path != "again.py"} <= {"model-scattered"}, new
    assert ("app.py", "retries-disabled") in {(found["path"], found["rule"]) for found in findings if found["known"]}

    results = json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]
    counting = {result["ruleId"] for result in results if not result.get("suppressions")}
    assert "timeout-disabled" in counting
    assert "retries-disabled" not in counting
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert "timeout-disabled" in page
    assert key not in page
