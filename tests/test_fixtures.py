"""Every fixture case, run as a repository of its own: a rule reports the lines marked for it and no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.fixtures import (
    TODAY,
    Case,
    Leak,
    cases,
    found,
    golden,
    golden_path,
    place,
    place_app,
    place_history,
    poll,
    spots,
)

from gonogo.config.load import load
from gonogo.engine import run
from gonogo.findings import Verdict
from gonogo.poll import Poll
from gonogo.registry.checklists import every_rule

FILES = [case for case in cases() if not case.history]
HISTORIES = [case for case in cases() if case.history]
RULES = sorted({case.rule for case in cases()})


def signature(result: Poll) -> list[tuple[str, str, str]]:
    """All a reader could tell two runs apart by, findings only."""
    return sorted((f.finding.rule, str(f.finding.place), f.finding.message) for f in result.findings)


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.id)
def test_a_rule_reports_the_marked_lines_and_no_others(case: Case, tmp_path: Path) -> None:
    place(case, tmp_path / "case")
    result = poll(tmp_path / "case", case)
    assert result.faults == ()
    assert spots(result, case.rule) == case.expected()


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.id)
def test_reading_every_file_finds_the_same(case: Case, tmp_path: Path) -> None:
    """The selection of files to parse may save time; it must not lose or add a finding."""
    place(case, tmp_path / "case")
    chosen = poll(tmp_path / "case", case)
    everything = poll(tmp_path / "case", case, prefilter=False)
    assert signature(chosen) == signature(everything)


@pytest.mark.parametrize("case", HISTORIES, ids=lambda case: case.id)
def test_the_history_gives_away_what_it_holds(case: Case, tmp_path: Path) -> None:
    expected = place_history(case, tmp_path / "case")
    result = poll(tmp_path / "case", case)
    assert result.faults == ()
    leaks = set()
    for entry in found(result, case.rule):
        commit = entry.finding.commit
        assert commit is not None
        leaks.add(Leak(entry.finding.place.path, commit.id, commit.at_head))
    assert leaks == expected


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.id)
def test_marks_say_what_the_name_of_the_case_says(case: Case) -> None:
    known = {rule.id for rule in every_rule()}
    marks = list(case.marks())
    assert {mark.rule for mark in marks} <= known
    assert bool(case.expected()) == case.bad


@pytest.mark.parametrize("rule", RULES)
def test_the_report_is_the_golden_one(rule: str, tmp_path: Path) -> None:
    """`scripts/update_goldens.py` writes these files; read the difference before committing it."""
    assert golden(rule, tmp_path) == golden_path(rule).read_text(encoding="utf-8")


def test_the_good_service_is_go_on_every_item(tmp_path: Path) -> None:
    """With the attestations that it ships."""
    place_app("support-service-good", tmp_path / "app")
    result = run(tmp_path / "app", replace(load(tmp_path / "app"), today=TODAY))
    assert (result.faults, result.findings, result.verdict) == ((), (), Verdict.GO)
    assert {item.id for item in result.items if item.verdict is not Verdict.GO} == set()
    assert all(item.evidence or item.attested for item in result.items)


@pytest.mark.parametrize("expanded", [True, False], ids=["with keys", "as shipped"])
def test_the_bad_bot_is_no_go_on_every_item_with_rules(expanded: bool, tmp_path: Path) -> None:
    place_app("support-bot-bad", tmp_path / "app", expanded=expanded)
    result = poll(tmp_path / "app")
    assert result.faults == ()
    verdicts = {entry.id: entry.verdict for entry in result.items}
    for item in (
        "secret-storage",
        "retries",
        "timeouts",
        "max-tokens",
        "pinned-models",
        "agent-limits",
        "prompt-caching",
        "untrusted-input",
        "idempotency",
        "error-handling",
        "circuit-breaker",
    ):
        assert verdicts[item] is Verdict.NO_GO
    assert verdicts["key-per-environment"] is Verdict.NO_GO
    if expanded:
        assert verdicts["key-rotation"] is Verdict.NO_GO
        assert found(result, "hardcoded-key")
        assert found(result, "key-in-history")


def test_the_half_ready_agent_gets_both_answers(tmp_path: Path) -> None:
    place_app("agent-half", tmp_path / "app")
    result = poll(tmp_path / "app")
    assert result.faults == ()
    verdicts = {entry.id: entry.verdict for entry in result.items}
    assert {verdicts[item] for item in ("secret-storage", "max-tokens", "agent-limits")} == {Verdict.GO}
    assert {verdicts[item] for item in ("timeouts", "pinned-models")} == {Verdict.NO_GO}
