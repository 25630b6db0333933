"""House rules for rules: texts, names, fixtures, golden report and a function for each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.fixtures import FIXTURES, cases_of, golden_path

from gonogo.findings import Severity
from gonogo.registry.checklists import every_item as all_known_items
from gonogo.registry.checklists import every_rule as all_known_rules
from gonogo.registry.rules import Item, Rule, all_items
from gonogo.rules import ITEMS, RULES

NUMBERED = (
    "secret-storage", "key-per-environment", "key-rotation", "retries", "timeouts", "circuit-breaker", "idempotency",
    "max-tokens", "spend-alerts", "prompt-caching", "user-rate-limits", "request-logging", "metrics", "error-handling",
    "pinned-models", "evals", "untrusted-input", "agent-limits",
)  # fmt: skip
LANGUAGES = {"python", "typescript", "text"}
ADVICE = ("avoid-", "use-", "prefer-", "missing-", "require-", "disallow-", "check-")
NAMED_BY_THE_CHECKLIST = {"no-timeout", "no-agent-budget", "no-fallback", "no-call-metrics", "no-eval-suite"}
REGISTRY_HOSTS = re.compile(r"\b(pypi|npmjs|pythonhosted)\.")
MACHINE_PATHS = re.compile(r"(?:^|[\s`])/(?:work|tmp|home|Users)/")

every_rule = pytest.mark.parametrize("rule", all_known_rules(), ids=lambda rule: rule.id)
every_item = pytest.mark.parametrize("item", all_known_items(), ids=lambda item: item.id)


def sentences(text: str) -> int:
    return len(re.findall(r"[.!?](?=\s|$)", text))


def test_items_carry_the_numbers_of_the_published_checklist() -> None:
    assert tuple(item.id for item in all_items()) == NUMBERED


def test_every_rule_has_a_function_and_every_function_a_rule() -> None:
    assert sorted(rule.id for rule in all_known_rules()) == sorted(RULES)


def test_every_item_with_rules_has_a_judge() -> None:
    judges = {name for item in all_known_items() if item.checked for name in item.judged_by or (item.id,)}
    assert judges <= set(ITEMS) | {item.id for item in all_items() if not item.checked}


def test_an_item_that_only_people_answer_may_have_evidence_but_no_rules() -> None:
    without = {item.id for item in all_items() if item.id in ITEMS and not item.checked}
    assert without <= {item.id for item in all_items() if item.kind == "attested"}


def test_every_folder_of_fixtures_belongs_to_a_rule() -> None:
    folders = {(path.parent.name, path.name) for path in FIXTURES.glob("*/*") if path.is_dir()}
    rules = {(rule.item, rule.id) for rule in all_known_rules()}
    assert {pair for pair in folders if pair[0] != "apps"} == rules


@every_item
def test_an_item_says_what_done_means_in_one_sentence(item: Item) -> None:
    assert sentences(item.summary) == 1
    assert 40 <= len(item.summary) <= 200
    assert 5 <= len(item.title) <= 50
    assert not item.title.endswith(".")


@every_rule
def test_texts_are_complete_and_of_a_sane_length(rule: Rule) -> None:
    for name, text, shortest, longest in (
        ("why", rule.why, 150, 700),
        ("detects", rule.detects, 80, 900),
        ("limits", rule.limits, 50, 500),
        ("fix", rule.fix, 80, 600),
    ):
        assert shortest <= len(text) <= longest, f"{name} has {len(text)} characters"
        assert text.endswith((".", "`", ")")), name
        assert "\n" not in text, f"{name} is one paragraph; reports wrap it"
    assert 2 <= sentences(rule.why) <= 6
    assert "`" in rule.fix, "a fix names the thing to write"
    assert rule.sources
    assert all(5 <= len(source) <= 120 for source in rule.sources)


@every_rule
def test_the_summary_reads_well_after_allow(rule: Rule) -> None:
    """`allow an agent loop without a cap on its turns`"""
    assert 10 <= len(rule.summary) <= 70
    assert not rule.summary.endswith(".")
    assert re.match(r"(an?|one|own|retries|the) ", rule.summary) or rule.summary.startswith("an SDK")


@every_rule
def test_a_rule_is_named_after_the_bad_pattern(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)+", rule.id)
    assert not rule.id.startswith(ADVICE)
    assert not rule.id.startswith("no-") or rule.id in NAMED_BY_THE_CHECKLIST
    assert rule.id not in NUMBERED


@every_rule
def test_languages_are_known(rule: Rule) -> None:
    assert rule.languages
    assert set(rule.languages) <= LANGUAGES


@every_rule
def test_texts_name_no_registry_and_no_path_of_a_machine(rule: Rule) -> None:
    for text in (rule.why, rule.detects, rule.limits, rule.fix, *rule.sources):
        assert not REGISTRY_HOSTS.search(text)
        assert not MACHINE_PATHS.search(text)


@every_rule
def test_a_rule_has_bad_cases_and_near_misses(rule: Rule) -> None:
    found = cases_of(rule.id)
    assert {case.bad for case in found} == {True, False}
    assert {case.item for case in found} == {rule.item}


@every_rule
def test_a_rule_has_a_golden_report_that_names_it(rule: Rule) -> None:
    """The report holds the finding with its severity, and the way to read more."""
    text = golden_path(rule.id).read_text(encoding="utf-8")
    shown = re.findall(rf"^(error|warning|note)\[{rule.id}\]", text, re.MULTILINE)
    assert shown
    assert {Severity(word) for word in shown} <= {rule.severity, Severity.WARNING}
    assert f"gonogo explain {rule.id}" in text


def test_fixtures_hold_nothing_but_cases_and_golden_reports() -> None:
    strays: list[Path] = []
    for folder in FIXTURES.glob("*/*"):
        if folder.parent.name != "apps" and folder.is_dir():
            strays += [
                path
                for path in folder.iterdir()
                if not path.name.startswith(("bad_", "good_")) and path.name != "golden.txt"
            ]
    assert strays == []
