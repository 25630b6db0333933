"""The cases under `fixtures/secret-storage`: in the bad ones every marked line is found, in the good ones nothing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import tomli
from support.keys import expand
from support.repos import Repository

from gonogo.findings import Confidence, Finding
from gonogo.secrets.history import scan_history
from gonogo.secrets.judge import findings_in_history, findings_in_tree
from gonogo.secrets.tree import scan_tree
from gonogo.workspace.discover import discover
from gonogo.workspace.git import Git

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "secret-storage"
CASES = sorted(FIXTURES.glob("*/*"))
HISTORY = [case for case in CASES if "_history_" in case.name]
TREE = [case for case in CASES if case not in HISTORY]
EXPECT = re.compile(r"(?:#|//)\s*expect:\s*([a-z-]+)")


def name(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


def copy(case: Path, root: Path) -> None:
    files = [case] if case.is_file() else [path for path in case.rglob("*") if path.is_file()]
    for path in files:
        target = root / (path.name if case.is_file() else path.relative_to(case))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
        target.write_text(expand(path.read_text()))


def counting(findings: list[Finding], rule: str) -> list[Finding]:
    return [finding for finding in findings if finding.rule == rule and finding.confidence is not Confidence.LOW]


@pytest.mark.parametrize("case", TREE, ids=name)
def test_trees(case: Path, tmp_path: Path) -> None:
    rule = case.parent.name
    repository = Repository(tmp_path / "repo")
    copy(case, repository.root)
    repository.commit()
    expected = {
        (str(path.relative_to(repository.root)), number)
        for path in repository.root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(repository.root).parts
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if rule in EXPECT.findall(line)
    }
    found = counting(list(findings_in_tree(scan_tree(discover(repository.root)))), rule)
    assert {(one.place.path, one.place.span.line) for one in found} == expected
    assert bool(expected) == case.name.startswith("bad_")


@pytest.mark.parametrize("case", HISTORY, ids=name)
def test_histories(case: Path, tmp_path: Path) -> None:
    description = tomli.loads((case / "case.toml").read_text())
    repository = Repository(tmp_path / "repo")
    commits = []
    for number, commit in enumerate(description["commit"], start=1):
        folder = case / "commits" / str(number)
        if folder.is_dir():
            copy(folder, repository.root)
        commits.append(repository.commit(delete=tuple(commit.get("delete", ())), message=commit["message"]))
    git = Git.find(repository.root)
    assert git is not None
    found = list(findings_in_history(scan_history(git), scan_tree(discover(repository.root))))
    expected = {(one["path"], commits[one["commit"] - 1], one["at_head"]) for one in description.get("expect", ())}
    assert {
        (one.place.path, one.commit.id, one.commit.at_head) for one in counting(found, "key-in-history") if one.commit
    } == expected
    assert len(found) == len(expected)
    assert bool(expected) == case.name.startswith("bad_")


def test_there_are_bad_and_good_cases_for_every_rule() -> None:
    rules = {path.stem for path in (FIXTURES.parents[1] / "rules" / "items" / "secret-storage").glob("*.toml")} - {
        "item"
    }
    kinds = {(case.parent.name, case.name.partition("_")[0]) for case in CASES}
    assert kinds == {(rule, kind) for rule in rules for kind in ("bad", "good")}
