"""Reading every file is the oracle for reading only what can reach a model: both must see the same.

`test_fixtures.py` holds the findings of every case to it; here it is everything a run says of whole applications and of
cases of more than one file, where the selection has a choice to make.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from support.fixtures import FIXTURES, Case, cases, options, place, place_app

from gonogo.engine import run
from gonogo.poll import Poll

APPS = sorted(path.name for path in (FIXTURES / "apps").iterdir() if path.is_dir())
FOLDERS = [case for case in cases() if case.bad and case.path.is_dir() and not case.history]
SAMPLE = FOLDERS[::3]


def everything(result: Poll) -> dict[str, object]:
    """All a run says, but for what it costs."""
    return {
        "verdict": result.verdict,
        "findings": sorted((f.finding.rule, str(f.finding.place), f.finding.message) for f in result.findings),
        "items": [(i.id, i.verdict, i.reason, sorted(str(e.place) for e in i.evidence)) for i in result.items],
        "calls": result.calls,
        "faults": result.faults,
    }


def both(root: Path) -> tuple[Poll, Poll]:
    chosen = run(root, options(history=False, show_low=True))
    read = run(root, options(history=False, show_low=True, prefilter=False))
    return chosen, read


@pytest.mark.parametrize("name", APPS)
def test_an_application_looks_the_same_read_in_full(name: str, tmp_path: Path) -> None:
    place_app(name, tmp_path / "app")
    chosen, read = both(tmp_path / "app")
    assert everything(chosen) == everything(read)
    assert chosen.calls
    assert chosen.stats.files_parsed <= read.stats.files_parsed


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.id)
def test_a_case_looks_the_same_read_in_full(case: Case, tmp_path: Path) -> None:
    place(case, tmp_path / "case")
    chosen, read = both(tmp_path / "case")
    assert everything(chosen) == everything(read)


def test_the_selection_leaves_unrelated_files_unread(tmp_path: Path) -> None:
    """Else the comparison above would compare a thing with itself."""
    (tmp_path / "app.py").write_text(
        'import anthropic\nanthropic.Anthropic().messages.create(model="claude-opus-4-8", max_tokens=9, messages=[])\n'
    )
    (tmp_path / "colours.py").write_text('RED = "#f00"\n')
    (tmp_path / "requirements.txt").write_text("anthropic\n")
    chosen, read = both(tmp_path)
    assert (chosen.stats.files_parsed, read.stats.files_parsed) == (1, 2)
    assert everything(chosen) == everything(read)
