"""`gonogo history`: what it reports of a real repository, how it ends, and the hook."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.keys import make
from support.leaks import CLEAN, KEY, LINE, clean_repository
from support.repos import Repository

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return clean_repository(tmp_path / "repo")


def leaks(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    table = json.loads(done.stdout)
    assert table["schema"] == "gonogo-history/1"
    found: list[dict[str, Any]] = table["leaks"]
    return found


def test_a_clean_history(gonogo: Run, repo: Repository) -> None:
    done = gonogo("history", "repo")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "no open leak in 1 version of files in 1 commit\n"
    assert repo.git("status", "--porcelain") == ""


def test_first_and_last_commit_of_a_deleted_key(gonogo: Run, repo: Repository) -> None:
    first = repo.commit({"old.py": LINE})
    repo.git("mv", "old.py", "new.py")
    repo.commit({"new.py": LINE + "# more\n"})
    gone = repo.commit(delete=("new.py",))
    repo.commit({"app.py": "client = Anthropic(timeout=5)\n"})
    done = gonogo("history", "repo", "--format", "json")
    assert done.returncode == 1
    (leak,) = leaks(done)
    assert (leak["first"]["commit"], leak["first"]["author"], leak["path"]) == (first, "Ada Lovelace", "old.py")
    assert (leak["last"]["commit"], leak["last"]["path"], leak["last"]["removed"]) == (gone, "new.py", True)
    assert (leak["at_head"], leak["versions"], leak["reach"]) == (False, 2, "ref")
    assert leak["exposed_days"] > 30
    assert KEY not in done.stdout


def test_the_report_says_what_to_do(gonogo: Run, repo: Repository) -> None:
    repo.commit({"app.py": LINE})
    done = gonogo("history", "repo", "--format", "rich", COLUMNS="100")
    text = " ".join(done.stdout.split())
    assert done.returncode == 1
    assert "last still there at HEAD" in text
    steps = [text.index(word) for word in ("1. Revoke", "2. If you wish", "git filter-repo", "3. Put the revocation")]
    assert steps == sorted(steps)
    assert KEY not in done.stdout


def test_a_revoked_key_is_no_open_leak(gonogo: Run, repo: Repository) -> None:
    repo.commit({"app.py": LINE})
    repo.commit({"app.py": CLEAN})
    (leak,) = leaks(gonogo("history", "repo", "--format", "json"))
    words = ("--by", "Ada", "--evidence", "ticket 7")
    assert gonogo("attest", "secret-storage", "repo", "--revoked", leak["fingerprint"], *words).returncode == 0
    done = gonogo("history", "repo")
    assert done.returncode == 0
    assert "(revoked: Ada on " in done.stdout


def test_an_allowed_key_is_none(gonogo: Run, repo: Repository) -> None:
    repo.commit({"app.py": LINE.rstrip("\n") + "  # gitleaks:allow\n"})
    assert gonogo("history", "repo").returncode == 0


def test_an_unreachable_object_is_shown_and_does_not_count(gonogo: Run, repo: Repository) -> None:
    repo.git("hash-object", "-w", "--stdin", stdin=LINE.encode())
    done = gonogo("history", "repo", "--format", "json")
    assert done.returncode == 0
    assert [(leak["reach"], leak["severity"], leak["counts"]) for leak in leaks(done)] == [
        ("unreachable", "note", False)
    ]


def test_only_what_came_since_a_revision(gonogo: Run, repo: Repository) -> None:
    repo.commit({"app.py": LINE})
    base = repo.commit({"app.py": CLEAN})
    repo.commit({"late.py": f'KEY = "{make("groq")}"\n'})
    assert len(leaks(gonogo("history", "repo", "--format", "json"))) == 2
    (leak,) = leaks(gonogo("history", "repo", "--format", "json", "--history-since", base))
    assert leak["path"] == "late.py"
    done = gonogo("check", "repo", "--history-since", "HEAD", "--format", "json")
    rules = {finding["rule"] for finding in json.loads(done.stdout)["findings"]}
    assert "hardcoded-key" in rules
    assert "key-in-history" not in rules


@pytest.mark.parametrize("revision", ["no-such-branch", "--all", "HEAD:app.py", ""])
def test_a_revision_that_is_none_is_misuse(gonogo: Run, repo: Repository, revision: str) -> None:
    done = gonogo("history", str(repo.root), f"--history-since={revision or '^'}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "names no commit" in done.stderr


def test_where_there_is_no_repository(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    done = gonogo("history", "plain")
    assert (done.returncode, done.stdout) == (3, "")
    assert "is in no git repository" in done.stderr


def test_a_broken_repository_is_not_clean(gonogo: Run, repo: Repository) -> None:
    (repo.root / ".git/HEAD").unlink()
    done = gonogo("history", "repo")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("gonogo: git cannot read the repository")


def test_what_was_not_read_is_said_and_fails_a_strict_run(gonogo: Run, repo: Repository) -> None:
    repo.object_file(repo.git("rev-parse", "HEAD:app.py")).unlink()
    done = gonogo("history", "repo")
    assert done.returncode == 0
    assert "not read" in done.stdout
    assert "this is no all-clear" in done.stdout
    assert gonogo("history", "repo", "--strict").returncode == 1


def test_a_bare_repository(gonogo: Run, repo: Repository) -> None:
    repo.commit({"app.py": LINE})
    repo.git("clone", "-q", "--bare", ".", "../bare.git")
    (leak,) = leaks(gonogo("history", "bare.git", "--format", "json"))
    assert leak["at_head"]


# --- the hook ---------------------------------------------------------------------------------------------------------


def test_a_staged_key(gonogo: Run, repo: Repository) -> None:
    repo.write({"app.py": CLEAN + LINE})
    repo.git("add", "app.py")
    # What counts is the index, whatever the working tree holds by now.
    repo.write({"app.py": CLEAN})
    done = gonogo("history", "repo", "--staged")
    assert done.returncode == 1
    assert done.stdout.startswith("app.py:2: error Anthropic API key sk-ant-api… is staged in app.py")
    assert KEY not in done.stdout


def test_a_key_that_is_not_staged(gonogo: Run, repo: Repository) -> None:
    repo.write({"app.py": LINE, "new.py": LINE})
    done = gonogo("history", "repo", "--staged")
    assert (done.returncode, done.stdout) == (0, "no open leak in 0 staged files\n")


def test_a_key_that_the_last_commit_has_already(gonogo: Run, repo: Repository) -> None:
    repo.commit({"app.py": LINE})
    repo.write({"app.py": "import os\n" + LINE})
    repo.git("add", "app.py")
    assert gonogo("history", "repo", "--staged").returncode == 0
    repo.write({"app.py": LINE + f'OTHER = "{make("groq")}"\n'})
    repo.git("add", "app.py")
    assert [leak["title"] for leak in leaks(gonogo("history", "repo", "--staged", "--format", "json"))] == [
        "Groq API key"
    ]


def test_the_first_commit_of_all(gonogo: Run, tmp_path: Path) -> None:
    fresh = Repository(tmp_path / "fresh")
    fresh.write({"deploy/.env": "DB_PASSWORD=q8Zk2LmP0rTxVb7N\nPORT=80\n", "app.py": CLEAN})
    fresh.git("add", "-A")
    done = gonogo("history", "fresh", "--staged")
    assert done.returncode == 1
    assert "deploy/.env:1: error dotenv file with values DB_PASSWORD" in done.stdout
    assert "q8Zk" not in done.stdout


def test_renamed_deleted_and_linked_files(gonogo: Run, repo: Repository) -> None:
    repo.commit({"keys.py": LINE, "other.py": "x = 1\n"})
    (repo.root / "keys.py").unlink()
    (repo.root / "other.py").unlink()
    (repo.root / "other.py").symlink_to("app.py")
    repo.git("add", "-A")
    assert gonogo("history", "repo", "--staged").returncode == 0


def test_nothing_can_be_staged_in_a_bare_repository(gonogo: Run, tmp_path: Path) -> None:
    Repository(tmp_path / "bare.git", bare=True)
    done = gonogo("history", "bare.git", "--staged")
    assert (done.returncode, done.stdout) == (3, "")
    assert "bare" in done.stderr
