"""The same input gives the same bytes, whatever surrounds the run; and what moves without changing stays what it is."""

from __future__ import annotations

import json
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.fixtures import FIXTURES, options, place_app
from support.hostile import CALL, Run
from support.repos import Repository

from gonogo.engine import run

TIMES = re.compile(r'"seconds": [0-9.]+|\b[0-9.]+ s\b|"(?:start|end)TimeUtc": "[^"]*"')
APP = "support-bot-bad"


def plain(text: str) -> str:
    """A report without times."""
    return TIMES.sub("", text)


@pytest.mark.parametrize("form", ["json", "sarif", "html"])
def test_the_surroundings_do_not_matter(gonogo: Run, tmp_path: Path, form: str) -> None:
    """Hash seed, locale, time zone, order on disk, cache, working folder: one report."""
    root = place_app(APP, tmp_path / "one" / "app").root
    first = gonogo("check", str(root), "--format", form)
    again = gonogo("check", str(root), "--format", form)
    assert plain(first.out) == plain(again.out), "warm and cold differ"
    changed = gonogo(
        "check",
        str(root),
        "--format",
        form,
        "--no-cache",
        cwd=root,
        env={"PYTHONHASHSEED": "77", "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "COLUMNS": "40"},
    )
    assert plain(changed.out) == plain(first.out)


def test_the_order_on_disk_does_not_matter(tmp_path: Path) -> None:
    files = sorted(path for path in (FIXTURES / "apps" / APP).rglob("*") if path.is_file())
    reports = []
    for name, ordered in (("there", files), ("back", files[::-1])):
        root = tmp_path / name / "app"
        for path in ordered:
            place = root / path.relative_to(FIXTURES / "apps" / APP)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
        poll = run(root, options(history=False, show_low=True))
        reports.append([(f.fingerprint, str(f.finding.place), f.finding.message) for f in poll.findings])
    assert reports[0] == reports[1]
    assert reports[0]


def fingerprints(root: Path) -> list[str]:
    return sorted(found.fingerprint for found in run(root, options(history=False, show_low=True)).findings)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    lines=st.lists(st.sampled_from(["", "# a remark", "x = 1", "import os", "def other():\n    return 1"]), max_size=6)
)
def test_moved_lines_keep_their_fingerprints(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    folder = tmp_path_factory.mktemp("moved")
    reports = []
    for name, above in (("plain", ""), ("moved", "".join(f"{line}\n" for line in lines))):
        root = folder / name
        root.mkdir()
        (root / "requirements.txt").write_text("anthropic\n")
        (root / "app.py").write_text(above + CALL)
        reports.append(fingerprints(root))
    assert reports[0] == reports[1]
    assert reports[0]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(reason=st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=40))
def test_a_suppression_counts_exactly_with_a_reason(tmp_path_factory: pytest.TempPathFactory, reason: str) -> None:
    """With any words for a reason the finding is kept, as suppressed; without one it counts."""
    root = tmp_path_factory.mktemp("suppressed")
    head, call = CALL.rsplit("\n", 2)[0], CALL.rstrip().rsplit("\n", 1)[1]
    (root / "app.py").write_text(f"{head}\n{call}  # gonogo: ignore[no-timeout] -- {reason}\n", encoding="utf-8")
    found = [f for f in run(root, options(history=False, show_low=True)).findings if f.finding.rule == "no-timeout"]
    assert len(found) == 1
    assert (found[0].suppressed is not None) == bool(reason.strip())


def test_two_runs_at_once_share_a_cache(gonogo: Run, tmp_path: Path) -> None:
    """Neither disturbs the other, and a spoilt cache is no cache."""
    repository = Repository(tmp_path / "repo")
    repository.commit({"app.py": CALL})
    cache = tmp_path / "cache"

    def check(_: int) -> str:
        return plain(gonogo("check", str(repository.root), "--format", "json", env={"XDG_CACHE_HOME": str(cache)}).out)

    with ThreadPoolExecutor(3) as pool:
        reports = set(pool.map(check, range(3)))
    assert len(reports) == 1
    for path in cache.rglob("*"):
        if path.is_file():
            path.write_bytes(os.urandom(500))
    assert {check(0)} == reports
    shutil.rmtree(cache)
    cache.write_text("a file where a folder should be")
    assert {check(0)} == reports
    assert json.loads(gonogo("check", str(repository.root), "--format", "json", env={"XDG_CACHE_HOME": "/proc/1"}).out)
