"""A configuration is extended, and nothing else in it moves."""

from __future__ import annotations

from datetime import date

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.config.edit import CannotEditError, append_table, set_table

ENTRY: dict[str, str | date] = {"by": "Dana", "on": date(2026, 11, 3), "evidence": 'a "quoted" \\ place'}
SHARED = ("tool", "gonogo")
ITEM = (*SHARED, "attest", "spend-alerts")
KEY: dict[str, str | date] = {"fingerprint": "0123456789abcdef", "by": "Dana"}

PROJECTS = [
    "",
    "[project]\nname = 'a'  # the name\n",
    "[tool.gonogo]\nstrict = true",
    "[tool.gonogo]\nstrict = true\n\n[tool.ruff]\nline-length=120\n\n\n# the end\n",
    "[tool.ruff]\na=1\n[tool.gonogo.severity]\nno-timeout = 'note'\n[tool.x]\na = 1\n",
    "[tool.gonogo]\nexclude = [\n  'a', # 1\n]\n[tool.x]\ntext = '''\n[tool.gonogo.attest.spend-alerts]\n'''\n",
    "[tool.gonogo.attest.key-rotation]\nby = 'x'\n# tail\n\n[[tool.gonogo.revoked]]\nfingerprint = 'ffff'\n",
    "[tool]\nruff.line-length = 100\n\n[tool.gonogo]\n",
]


def without_new_lines(old: str, new: str) -> bool:
    """Is `old` what is left of `new` when whole lines are taken out of one place?"""
    before = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    return new.startswith(old[:before]) and new.endswith(old[before:])


@pytest.mark.parametrize("text", PROJECTS[1:])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_new_table_leaves_the_rest_alone(text: str, end: str) -> None:
    text = text.replace("\n", end)
    new = set_table(text, ITEM, ENTRY)
    assert without_new_lines(text, new)
    assert (new.count("\r\n") == new.count("\n")) == (end == "\r\n")
    assert tomli.loads(new.replace("\r\n", "\n"))["tool"]["gonogo"]["attest"]["spend-alerts"] == ENTRY


@pytest.mark.parametrize("text", PROJECTS)
def test_revocations_add_up(text: str) -> None:
    path = (*SHARED, "revoked")
    known = tomli.loads(text).get("tool", {}).get("gonogo", {}).get("revoked", [])
    once = append_table(text, path, KEY, unique="fingerprint")
    twice = append_table(once, path, {**KEY, "fingerprint": "f" * 16}, unique="fingerprint")
    assert without_new_lines(text, once)
    assert without_new_lines(once, twice)
    entries = tomli.loads(twice)["tool"]["gonogo"]["revoked"]
    assert entries == [*known, KEY, {**KEY, "fingerprint": "f" * 16}]


def test_the_same_key_is_not_listed_twice() -> None:
    path = ("revoked",)
    once = append_table("# mine\n", path, KEY, unique="fingerprint")
    again = append_table(once, path, {**KEY, "by": "Ada"}, unique="fingerprint")
    assert tomli.loads(again)["revoked"] == [{**KEY, "by": "Ada"}]
    assert again == once.replace("Dana", "Ada")


def test_new_values_stand_where_the_old_ones_did() -> None:
    text = "[attest.spend-alerts]\nby = 'Old'  # was right\non = 2020-01-01\nevidence = 'x'\n[areas]\n'a/**' = 'app'\n"
    new = set_table(text, ("attest", "spend-alerts"), {**ENTRY, "evidence": "y"})
    assert new == text.replace("'Old'", '"Dana"').replace("2020-01-01", "2026-11-03").replace("'x'", '"y"')


def test_inline_tables_are_extended_in_line() -> None:
    new = set_table("[tool]\ngonogo = { strict = true }  # short\n", ITEM, {"by": "Dana"})
    assert tomli.loads(new)["tool"]["gonogo"] == {"strict": True, "attest": {"spend-alerts": {"by": "Dana"}}}
    assert "# short" in new


@pytest.mark.parametrize("text", ["attest = 3\n", "attest.spend-alerts = 'yes'\n", "a = \n", "x = [[[\n"])
def test_what_cannot_be_extended_is_handed_back(text: str) -> None:
    with pytest.raises(CannotEditError) as raised:
        set_table(text, ("attest", "spend-alerts", "x"), ENTRY)
    assert tomli.loads(raised.value.snippet)


names = st.sampled_from(["project", "tool.ruff", "tool.gonogo", "tool.gonogo.areas", "tool.gonogo.attest.evals", "x"])
bodies = st.sampled_from(["", "a = 1\n", "# note\n", "a = 1  # one\n\n\n", "b = [\n  1,\n]\n", "a.b = '''\nx\n'''\n"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(names, bodies), max_size=5, unique_by=lambda pair: pair[0]))
def test_any_order_of_tables_survives(tables: list[tuple[str, str]]) -> None:
    """Either the file says what it said and one thing more, or it is left to a person."""
    text = "".join(f"[{name}]\n{body}" for name, body in tables)
    try:
        new = set_table(text, ITEM, ENTRY)
    except CannotEditError:
        return
    assert without_new_lines(text, new)
    table = tomli.loads(new)
    assert table["tool"]["gonogo"]["attest"].pop("spend-alerts") == ENTRY
    old = tomli.loads(text)
    for part in ("project", "x"):
        assert table.get(part) == old.get(part)
