"""Checklists as data: what they ask for exists, and what they are made of is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.registry.checklists import (
    DEFAULT,
    Checklist,
    checklist,
    every_checklist,
    every_item,
    every_rule,
    names,
    read_checklist,
)
from gonogo.registry.data import DataError
from gonogo.registry.rules import all_items, all_rules
from gonogo.rules import ITEMS

FURTHER = [one for one in every_checklist() if one.id != DEFAULT]
further = pytest.mark.parametrize("one", FURTHER, ids=lambda one: one.id)
OWN = {
    "upload-unbounded", "upload-type-by-extension", "container-not-reused", "container-not-tracked",
    "code-execution-timeout-short", "auth-error-retried", "rate-limit-headers-unread", "batch-candidate",
    "model-routing", "sdk-below-floor", "key-not-checked-at-start", "json-body-unlimited", "security-headers-missing",
    "cors-wildcard", "cors-after-auth", "health-check-generates", "stream-disconnect-unhandled",
    "stream-chunk-unguarded",
}  # fmt: skip


def test_the_default_is_the_18_items() -> None:
    assert names() == (DEFAULT, "api-guide", "code-execution", "node-express", "prelaunch")
    assert checklist(DEFAULT).items == all_items()


def test_the_further_rules_are_judged_under_their_lists_only() -> None:
    assert {rule.id for rule in every_rule()} - {rule.id for rule in all_rules()} == OWN
    assert {rule.id for one in FURTHER for rule in one.rules} >= OWN


@further
def test_items_are_numbered_and_rest_on_judges_that_exist(one: Checklist) -> None:
    assert [item.number for item in one.items] == list(range(1, len(one.items) + 1))
    judged = set(ITEMS) | {item.id for item in all_items()}
    for item in one.items:
        assert item.rules or item.kind == "attested" or item.judged_by
        assert item.kind == "attested" or set(item.judged_by) <= judged


def test_ids_of_items_are_unique() -> None:
    found = [item.id for item in every_item()]
    assert len(found) == len(set(found))
    assert not set(found) & {rule.id for rule in every_rule()}


def test_prelaunch_asks_ten_things() -> None:
    assert len(checklist("prelaunch").items) == 10


def test_an_unknown_checklist_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        checklist("prelunch")


GOOD = """\
id = "mine"
title = "Mine"
summary = "One thing."
[[item]]
id = "thing"
title = "A thing"
group = "A"
group_title = "Things"
kind = "calls"
summary = "The thing is done."
items = ["retries"]
"""


def written(tmp_path: Path, text: str) -> Path:
    (tmp_path / "checklists").mkdir()
    (tmp_path / "checklists" / "mine.toml").write_text(text)
    return tmp_path


def test_an_item_takes_the_rules_of_another(tmp_path: Path) -> None:
    [item] = read_checklist(written(tmp_path, GOOD), "mine").items
    assert item.judged_by == ("retries",)
    assert {rule.item for rule in item.rules} == {"retries"}


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('items = ["retries"]', 'items = ["retris"]', "there is no 'retris'"),
        ('items = ["retries"]', 'rules = ["no-timeout", "no-tmeout"]', "there is no 'no-tmeout'"),
        ('id = "thing"', 'id = "timeouts"', "'timeouts' is taken"),
        ('id = "mine"', 'id = "yours"', "stands for 'mine'"),
        ('title = "A thing"\n', "", "item 1: key 'title' is missing"),
        ("items =", "itmes =", "unknown key 'itmes'"),
        ('kind = "calls"', 'kind = "often"', "must be one of"),
        ("[[item]]", "[item]", "item must be a list"),
    ],
)
def test_mistakes_name_file_and_key(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in GOOD
    with pytest.raises(DataError) as raised:
        read_checklist(written(tmp_path, GOOD.replace(old, new)), "mine")
    assert str(raised.value).startswith("checklists/mine.toml")
    assert complaint in str(raised.value)
