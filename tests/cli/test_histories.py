"""What the command line says about git histories."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from support.keys import make
from support.repos import Repository

Run = Callable[..., "subprocess.CompletedProcess[str]"]
KEY = make("anthropic-api")
LINE = f'client = Anthropic(api_key="{KEY}")\n'


def test_a_repository_that_git_cannot_use_is_not_clean(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "app.py").write_text("x = 1\n")
    done = gonogo("check", ".", "--format", "json")
    poll = json.loads(done.stdout)
    assert done.returncode == 3
    assert "the git history was not searched: git cannot read the repository" in poll["faults"][0]
    item = poll["items"][0]
    assert (item["verdict"], "history was not searched" in item["reason"]) == ("HOLD", True)
    assert gonogo("check", ".", "--no-history").returncode == 0


def test_a_history_without_a_git_program_is_not_clean(gonogo: Run, tmp_path: Path) -> None:
    Repository(tmp_path).commit({"app.py": "x = 1\n"})
    done = gonogo("check", ".", PATH=str(tmp_path / "nothing"))
    assert done.returncode == 3
    assert "no git program was found" in done.stdout


def test_a_key_that_nothing_reaches_decides_nothing(gonogo: Run, tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.commit({"app.py": "x = 1\n", ".gitignore": ".env\n"})
    repository.git("hash-object", "-w", "--stdin", stdin=LINE.encode())
    poll = json.loads(gonogo("check", ".", "--format", "json").stdout)
    assert [(finding["rule"], finding["severity"]) for finding in poll["findings"]] == [("key-in-history", "note")]
    assert {item["id"]: item["verdict"] for item in poll["items"]}["secret-storage"] == "GO"
