"""What was there before does not count, and is counted visibly: baseline and pull-request mode."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.apps import NO_RETRIES
from tests.support.repos import Repository

Run = Callable[..., Any]

SELECT = ("--select", "retries,timeouts,max-tokens")


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = Repository(tmp_path)
    made.commit({"app.py": NO_RETRIES, "requirements.txt": "anthropic\n"})
    return made


def findings(done: Any) -> dict[str, bool]:
    """Rule to whether it counts."""
    return {entry["rule"]: not entry["known"] for entry in json.loads(done.stdout)["findings"]}


def test_a_baseline_lets_only_new_findings_count(gonogo: Run, repo: Repository) -> None:
    assert gonogo("check", *SELECT).returncode == 1
    written = gonogo("baseline", "--reason", "ticket 12")
    assert written.returncode == 0, written.stderr
    table = json.loads((repo.root / ".gonogo-baseline.json").read_text())
    assert all(entry["reason"] == "ticket 12" for entry in table["known"])
    assert {entry["rule"] for entry in table["known"]} >= {"retries-disabled"}
    assert not {"line", "time"} & {key for entry in table["known"] for key in entry}

    done = gonogo("check", "--format", "rich", *SELECT)
    assert done.returncode == 0
    assert "1 known before" in done.stdout
    assert gonogo("check", "--no-baseline", *SELECT).returncode == 1

    # Moved lines do not matter, and what is new counts.
    repo.write({"app.py": "# a comment above\n" + NO_RETRIES.replace("timeout=30", "timeout=None")})
    done = gonogo("check", "--format", "json", *SELECT)
    assert done.returncode == 1
    assert findings(done) == {"retries-disabled": True, "timeout-disabled": True}


def test_moved_lines_stay_known(gonogo: Run, repo: Repository) -> None:
    gonogo("baseline")
    repo.write({"app.py": "# a comment above\n\n" + NO_RETRIES})
    assert findings(gonogo("check", "--format", "json", *SELECT)) == {"retries-disabled": False}


def test_stale_entries_are_reported_and_pruned_and_reasons_are_kept(gonogo: Run, repo: Repository) -> None:
    gonogo("baseline", "--reason", "old")
    repo.write({"app.py": NO_RETRIES.replace("max_retries=0, ", "")})
    done = gonogo("check", "--format", "concise")
    assert "of the baseline's entries match nothing any more" in done.stdout
    assert "retries-disabled in app.py" in done.stdout
    before = json.loads((repo.root / ".gonogo-baseline.json").read_text())["known"]
    assert "dropped" in gonogo("baseline", "--prune", "--dry-run").stdout
    assert json.loads((repo.root / ".gonogo-baseline.json").read_text())["known"] == before
    gonogo("baseline", "--prune")
    after = json.loads((repo.root / ".gonogo-baseline.json").read_text())["known"]
    assert "retries-disabled" not in {entry["rule"] for entry in after}
    assert all(entry in before for entry in after)


def test_a_broken_baseline_is_named(gonogo: Run, repo: Repository) -> None:
    repo.write({".gonogo-baseline.json": "[]"})
    done = gonogo("check")
    assert done.returncode == 3
    assert ".gonogo-baseline.json: not a baseline of gonogo" in done.stderr
    assert gonogo("check", "--baseline", "missing.json").returncode == 3


def test_a_change_answers_for_what_it_brings_alone(gonogo: Run, repo: Repository) -> None:
    repo.git("checkout", "-q", "-b", "feature")
    repo.commit(
        {"other.py": NO_RETRIES.replace("max_retries=0", "max_retries=3").replace("timeout=30", "timeout=None")}
    )
    done = gonogo("check", "--diff", "main", "--format", "json", *SELECT)
    assert done.returncode == 1
    assert findings(done) == {"retries-disabled": False, "timeout-disabled": True}
    assert "already there in main" in done.stdout


def test_a_finding_on_an_unchanged_line_counts_if_the_change_caused_it(gonogo: Run, repo: Repository) -> None:
    """The call did not change; the setting it reads did, in another file."""
    split = NO_RETRIES.replace("max_retries=0", "max_retries=RETRIES").replace(
        "\nclient", "\nfrom conf import RETRIES\n\nclient"
    )
    repo.commit({"app.py": split, "conf.py": "RETRIES = 3\n"})
    repo.git("checkout", "-q", "-b", "feature")
    repo.commit({"conf.py": "RETRIES = 0\n"})
    done = gonogo("check", "--diff", "main", "--format", "json", *SELECT)
    assert done.returncode == 1
    assert findings(done) == {"retries-disabled": True}


def test_nothing_new_is_go_whatever_stood_before(gonogo: Run, repo: Repository) -> None:
    repo.git("checkout", "-q", "-b", "feature")
    repo.commit({"README.md": "words\n"})
    assert gonogo("check", "--diff", "main", *SELECT).returncode == 0


@pytest.mark.parametrize("base", ["no-such-branch", "--upload-pack=x"])
def test_a_base_that_is_none_is_named(gonogo: Run, repo: Repository, base: str) -> None:  # noqa: ARG001 - it must be there
    done = gonogo("check", f"--diff={base}")
    assert done.returncode == 3
    assert base in done.stderr


def test_files_of_the_base_are_written_without_filters_hooks_or_links(gonogo: Run, repo: Repository) -> None:
    """Attributes and configuration that would run something are left alone, and links are not made."""
    trap = repo.root / "trap"
    repo.git("config", "filter.evil.smudge", f"touch {trap}")
    repo.git("config", "core.hooksPath", "hooks")
    (repo.root / "link.py").symlink_to("/etc/passwd")
    repo.commit({".gitattributes": "*.py filter=evil\n", "hooks/post-checkout": f"#!/bin/sh\ntouch {trap}\n"})
    trap.unlink(missing_ok=True)
    repo.git("checkout", "-q", "-b", "feature", check=False)
    trap.unlink(missing_ok=True)
    assert gonogo("check", "--diff", "main", *SELECT).returncode == 0
    assert not trap.exists()
