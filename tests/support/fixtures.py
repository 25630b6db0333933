"""The cases under `fixtures/`: what they hold and expect, and how to run one. `fixtures/README.md` has the rules."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import tomli
from support.keys import expand
from support.repos import Repository

from gonogo.config.options import Options
from gonogo.engine import run
from gonogo.poll import Poll, ReportedFinding
from gonogo.registry.checklists import DEFAULT, every_checklist
from gonogo.reports.console import Look
from gonogo.reports.terminal import render

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
TODAY = date(2026, 11, 21)
"""The day of the model catalog the fixtures were written against."""
REQUIREMENTS = "anthropic>=2\n"
SCANNED_HISTORY = ("secret-storage",)
"""Items whose rules read the git history; the others are quicker without."""

_MARK = re.compile(r"(?:#|//)\s*(expect|quiet):\s*([a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)\s*$")

Spot = tuple[str, int | None, int]
"""Path, cell of a notebook or `None`, line."""


@dataclass(frozen=True)
class Mark:
    """A comment that says what a rule must do at its line: `expect` a finding, or stay `quiet`."""

    kind: str
    rule: str
    spot: Spot


@dataclass(frozen=True)
class Case:
    """One file or folder `bad_*` or `good_*` of a rule."""

    item: str
    rule: str
    path: Path

    @property
    def id(self) -> str:
        return f"{self.item}/{self.rule}/{self.path.name}"

    @property
    def bad(self) -> bool:
        return self.path.name.startswith("bad_")

    @property
    def history(self) -> bool:
        """A folder of commits rather than of files."""
        return self.path.name.startswith(("bad_history_", "good_history_"))

    def files(self) -> dict[str, str]:
        """Path in the scanned folder → text as shipped. A single file becomes the application's only module."""
        if self.path.is_file():
            text = self.path.read_text(encoding="utf-8")
            return {f"app{self.path.suffix}": text, "requirements.txt": REQUIREMENTS}
        return _texts(self.path)

    def marks(self) -> Iterator[Mark]:
        """Every mark in the case's files."""
        for name, text in self.files().items():
            for cell, line, code in _lines(name, text):
                if found := _MARK.search(code):
                    for rule in found[2].split(","):
                        yield Mark(found[1], rule.strip(), (name, cell, line))

    def expected(self) -> set[Spot]:
        """Where this rule must report, and nowhere else."""
        return {mark.spot for mark in self.marks() if mark.kind == "expect" and mark.rule == self.rule}


def cases() -> list[Case]:
    """Every case of every rule."""
    return [
        Case(item=rule.parent.name, rule=rule.name, path=path)
        for rule in sorted(FIXTURES.glob("*/*"))
        if rule.is_dir() and rule.parent.name != "apps"
        for path in sorted(rule.iterdir())
        if path.name.startswith(("bad_", "good_"))
    ]


def cases_of(rule: str) -> list[Case]:
    """The cases of one rule."""
    return [case for case in cases() if case.rule == rule]


def place(case: Case, root: Path) -> Repository:
    """The case as a git repository with one commit at `root`, its key markers filled."""
    repository = Repository(root)
    repository.commit({name: expand(text) for name, text in case.files().items()})
    return repository


def place_app(name: str, root: Path, *, expanded: bool = True) -> Repository:
    """A fixture application as a git repository with one commit."""
    repository = Repository(root)
    files = _texts(FIXTURES / "apps" / name)
    repository.commit({path: expand(text) if expanded else text for path, text in files.items()})
    return repository


@dataclass(frozen=True)
class Leak:
    """A key the history must be found to hold: where, brought by which commit, and whether it still stands."""

    path: str
    commit: str
    at_head: bool


def place_history(case: Case, root: Path) -> set[Leak]:
    """Makes the commits a `*_history_*` case describes; what must be found in them."""
    table = tomli.loads((case.path / "case.toml").read_text(encoding="utf-8"))
    repository = Repository(root)
    commits: list[str] = []
    for number, entry in enumerate(table["commit"], start=1):
        folder = case.path / "commits" / str(number)
        files = {name: expand(text) for name, text in _texts(folder).items()} if folder.is_dir() else {}
        deleted = tuple(entry.get("delete", ()))
        commits.append(repository.commit(files, delete=deleted, message=entry["message"]))
    return {Leak(e["path"], commits[e["commit"] - 1], e["at_head"]) for e in table.get("expect", ())}


def options(
    *, history: bool = True, prefilter: bool = True, show_low: bool = False, checklist: str = DEFAULT
) -> Options:
    """Options of a run on the day the fixtures were written for."""
    return Options(today=TODAY, prefilter=prefilter, history=history, show_low=show_low, checklist=checklist)


def checklist_of(case: Case) -> str:
    """The checklist under which a case's rule is judged."""
    return next(
        one.id
        for one in every_checklist()
        if any(rule.item == case.item and rule.id == case.rule for rule in one.rules)
    )


def poll(root: Path, case: Case | None = None, *, prefilter: bool = True) -> Poll:
    """One run of the engine, with findings of low confidence too: a mark does not ask how sure gonogo is."""
    history = case is None or case.item in SCANNED_HISTORY
    checklist = DEFAULT if case is None else checklist_of(case)
    return run(root, options(history=history, prefilter=prefilter, show_low=True, checklist=checklist))


def plain(renderer: Callable[[Poll, Look], str], result: Poll) -> str:
    """A report 80 columns wide without what differs from run to run."""
    return renderer(replace(result, stats=replace(result.stats, seconds=0.1)), Look(width=80))


def found(result: Poll, rule: str) -> list[ReportedFinding]:
    """The findings of one rule that count."""
    return [f for f in result.findings if f.finding.rule == rule and f.suppressed is None]


def spots(result: Poll, rule: str) -> set[Spot]:
    """Where a rule reported."""
    places = [f.finding.place for f in found(result, rule)]
    return {(place.path, place.cell, place.span.line) for place in places}


def golden_path(rule: str) -> Path:
    """Where the report of the rule's first bad case is kept."""
    return cases_of(rule)[0].path.parent / "golden.txt"


def golden(rule: str, folder: Path) -> str:
    """The rule's first bad case as people see it reported, without what a new run or release changes."""
    case = cases_of(rule)[0]
    root = folder / case.path.stem
    if case.history:
        place_history(case, root)
    else:
        place(case, root)
    return plain(render, replace(poll(root, case), tool_version="VERSION"))


def _texts(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def _lines(name: str, text: str) -> Iterator[tuple[int | None, int, str]]:
    """(cell, line, text) of every line; cells and lines count from 1."""
    if not name.endswith(".ipynb"):
        for number, line in enumerate(text.splitlines(), start=1):
            yield None, number, line
        return
    for cell, entry in enumerate(json.loads(text)["cells"], start=1):
        for number, line in enumerate("".join(entry["source"]).splitlines(), start=1):
            yield cell, number, line
