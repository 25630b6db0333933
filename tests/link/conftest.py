"""Small projects written to a folder and read by the real engine."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gonogo.analysis import analyse
from gonogo.call_rows import rows
from gonogo.config.options import Options
from gonogo.poll import CallRow
from gonogo.registry.models import catalog
from gonogo.rules.base import AppFacts
from gonogo.workspace.discover import discover

Sources = Mapping[str, str] | str
Calls = Callable[..., list[CallRow]]
Call = Callable[..., CallRow]


@pytest.fixture
def calls(tmp_path: Path) -> Calls:
    """`calls(source)` or `calls({path: source})`: the rows of every model call, none of which may be a fault.

    Each project is read twice, with and without the selection of files: they must agree.
    """
    made = 0

    def read(sources: Sources) -> list[CallRow]:
        nonlocal made
        made += 1
        root = tmp_path / f"project{made}"
        files = {"app.py": sources} if isinstance(sources, str) else dict(sources)
        files.setdefault("requirements.txt", "anthropic\n")
        for path, text in files.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(textwrap.dedent(text), encoding="utf-8")
        chosen, everything = (_rows(root, prefilter) for prefilter in (True, False))
        assert chosen == everything
        return chosen

    return read


@pytest.fixture
def call(calls: Calls) -> Call:
    """As `calls`, for projects with one model call."""

    def read(sources: Sources) -> CallRow:
        found = calls(sources)
        assert len(found) == 1, found
        return found[0]

    return read


def _rows(root: Path, prefilter: bool) -> list[CallRow]:
    options = Options(history=False)
    workspace = discover(root)
    analysis = analyse(workspace, prefilter=prefilter)
    assert analysis.faults == []
    assert analysis.skipped == []
    app = AppFacts(".", analysis.calls, analysis.evaluator, workspace, analysis.index, catalog(), options.today)
    return list(rows(analysis.calls, [app]))
