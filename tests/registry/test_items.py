"""Items and rules as data."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.registry.data import DataError, data_dir, load_all, load_toml
from gonogo.registry.rules import all_items, all_rules, item, read_items, rule
from gonogo.secrets.masking import mask_text

ITEM = """
number = 5
id = "timeouts"
title = "Timeouts"
group = "B"
group_title = "Resilience"
summary = "Every call has one."
kind = "calls"
"""
RULE = """
id = "no-timeout"
item = "timeouts"
summary = "no timeout"
severity = "warning"
status = "stable"
languages = ["python"]
why = "w"
detects = "d"
limits = "l"
fix = "f"
sources = []
"""


def write(base: Path, item_text: str = ITEM, **rules: str) -> Path:
    folder = base / "items" / "timeouts"
    folder.mkdir(parents=True)
    (folder / "item.toml").write_text(item_text)
    for name, text in rules.items():
        (folder / f"{name.replace('_', '-')}.toml").write_text(text)
    return base


def test_an_item_and_its_rules_are_read(tmp_path: Path) -> None:
    (read,) = read_items(write(tmp_path, no_timeout=RULE))
    assert (read.number, read.id, read.checked) == (5, "timeouts", True)
    assert [(r.id, r.severity.value) for r in read.rules] == [("no-timeout", "warning")]


def test_an_item_without_rules_is_not_checked(tmp_path: Path) -> None:
    (read,) = read_items(write(tmp_path))
    assert not read.checked


@pytest.mark.parametrize(
    ("item_text", "rule_text", "complaint"),
    [
        (ITEM.replace("number = 5\n", ""), RULE, "items/timeouts/item.toml: key 'number' is missing"),
        (ITEM.replace("5", "19"), RULE, "items/timeouts/item.toml: number must be a whole number from 1 to 18"),
        (ITEM.replace('"calls"', '"some"'), RULE, "items/timeouts/item.toml: kind is 'some'"),
        (ITEM + "extra = 1", RULE, "items/timeouts/item.toml: unknown key 'extra'"),
        (ITEM.replace('id = "timeouts"', 'id = "x"'), RULE, "items/timeouts/item.toml: id is 'x'"),
        (ITEM, RULE.replace('"warning"', '"bad"'), "items/timeouts/no-timeout.toml: severity is 'bad'"),
        (ITEM, RULE.replace('"w"', '" "'), "items/timeouts/no-timeout.toml: why must be a text"),
        (ITEM, RULE.replace("[]", '"one"'), "items/timeouts/no-timeout.toml: sources must be a list"),
        (ITEM, RULE.replace('item = "timeouts"', 'item = "x"'), "items/timeouts/no-timeout.toml: item is 'x'"),
        (ITEM, "= broken", "items/timeouts/no-timeout.toml: "),
    ],
)
def test_mistakes_name_file_and_key(tmp_path: Path, item_text: str, rule_text: str, complaint: str) -> None:
    with pytest.raises(DataError) as caught:
        read_items(write(tmp_path, item_text, no_timeout=rule_text))
    assert str(caught.value).startswith(complaint)


def test_two_items_cannot_share_a_number(tmp_path: Path) -> None:
    write(tmp_path)
    other = tmp_path / "items" / "other"
    other.mkdir()
    (other / "item.toml").write_text(ITEM.replace('"timeouts"', '"other"'))
    with pytest.raises(DataError, match="number 5 is taken by"):
        read_items(tmp_path)


def test_the_checklist_has_18_items_in_five_groups() -> None:
    assert [entry.number for entry in all_items()] == list(range(1, 19))
    assert "".join(dict.fromkeys(entry.group for entry in all_items())) == "ABCDE"
    titles = {(entry.group, entry.group_title) for entry in all_items()}
    assert len(titles) == 5


def test_rules_and_items_are_found_by_name() -> None:
    for entry in all_rules():
        assert rule(entry.id) is entry
        assert entry in item(entry.item).rules
    with pytest.raises(KeyError):
        rule("no-such-rule")


def test_no_text_about_a_rule_looks_like_a_secret() -> None:
    """Reports mask what looks like a key; a sentence of ours must not be cut by that."""
    for entry in all_items():
        assert mask_text(entry.summary) == entry.summary
    for one in all_rules():
        for text in (one.summary, one.why, one.detects, one.limits, one.fix, *one.sources):
            assert mask_text(text) == text


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^keys/none\.toml: No such file"):
        load_toml("keys/none.toml", base=tmp_path)
    assert load_all("none", base=tmp_path) == ()


def test_the_data_folder_is_there() -> None:
    assert (data_dir() / "items").is_dir()
