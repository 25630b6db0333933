"""The contract `gonogo/1`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gonogo.findings import Verdict
from gonogo.poll import CallRow, Poll, Skipped, Stats
from gonogo.reports.json import render, render_calls, schema_text

Build = Callable[..., Poll]
SCHEMA: dict[str, Any] = json.loads(schema_text())
CALLS_SCHEMA = {**SCHEMA["$defs"]["calls_report"], "$defs": SCHEMA["$defs"]}


def parsed(text: str, schema: dict[str, Any] = SCHEMA) -> Any:
    """What is said, once it has been held against the schema. A constant such as NaN is refused."""

    def refuse(name: str) -> None:
        raise AssertionError(name)

    assert text.isascii()
    table = json.loads(text, parse_constant=refuse)
    Draft202012Validator(schema).validate(table)
    return table


def objects(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, dict):
        own = [schema] if schema.get("type") == "object" else []
        return own + [found for value in schema.values() for found in objects(value)]
    return [found for entry in schema for found in objects(entry)] if isinstance(schema, list) else []


def test_the_schema_is_valid_and_closed_everywhere() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert len(objects(SCHEMA)) > 10
    assert all(found["additionalProperties"] is False for found in objects(SCHEMA))


def test_the_sample_follows_the_schema(make_poll: Build) -> None:
    table = parsed(render(make_poll()))
    assert table["schema"] == "gonogo/1"
    assert table["tool"] == {"name": "gonogo", "version": "0.1.0", "models_date": "2026-11-01"}
    assert table["verdict"] == "NO-GO"
    assert len(table["items"]) == 18
    assert table["held_back"] == 4


def test_an_empty_run_follows_the_schema() -> None:
    poll = Poll("0.1.0", "2026-11-01", "/x", "x", Verdict.NA, (), (), (), (), Stats())
    table = parsed(render(poll))
    assert (table["items"], table["findings"], table["calls"]) == ([], [], [])
    assert parsed(render_calls(poll), CALLS_SCHEMA)["calls"] == []


def test_a_finding_holds_place_texts_and_commit(make_poll: Build) -> None:
    by_id = {finding["id"]: finding for finding in parsed(render(make_poll()))["findings"]}
    assert list(by_id) == ["f1", "f2", "f3", "f6", "f4", "f5"]
    first = by_id["f1"]
    assert first["commit"] == {
        "id": "3f9c1e2a" + "0" * 32, "author": "Dana Scully", "date": "2026-02-03T10:11:12+01:00", "at_head": False,
    }  # fmt: skip
    notebook = by_id["f3"]
    assert (notebook["cell"], notebook["line"], notebook["column"], notebook["end_line"], notebook["end_column"]) == (
        4, 3, 10, 6, 2,
    )  # fmt: skip
    assert "commit" not in notebook
    assert by_id["f2"]["related"][0]["label"] == "the call it serves"
    assert by_id["f6"]["suppressed"] == "the job runner kills it after 5 minutes"
    assert by_id["f5"]["suppressed"] is None


def test_items_refer_to_findings_that_are_there(make_poll: Build) -> None:
    table = parsed(render(make_poll()))
    ids = {finding["id"] for finding in table["findings"]}
    named = {name for item in table["items"] for name in item["findings"]}
    assert named == ids


def test_calls_have_every_field_of_the_row(make_poll: Build) -> None:
    table = parsed(render_calls(make_poll()), CALLS_SCHEMA)
    assert {field.name for field in fields(CallRow)} == set(table["calls"][1])
    assert set(table["calls"][0]) == set(table["calls"][1]) - {"cell"}
    assert table["calls"] == parsed(render(make_poll()))["calls"]


def test_stray_bytes_and_odd_numbers_do_not_break_it(make_poll: Build) -> None:
    stats = Stats(files_skipped=[Skipped("caf\udce9/\x1b[31m.py", "no UTF-8 \u2028")], seconds=float("nan"))
    table = parsed(render(make_poll(stats=stats, root="/srv/\udcff")))
    assert table["stats"]["files_skipped"] == [{"path": "caf\\xe9/\x1b[31m.py", "reason": "no UTF-8 \u2028"}]
    assert table["stats"]["seconds"] == 0
    assert table["root"] == "/srv/\\xff"


def test_a_key_is_never_shown_whole(make_poll: Build) -> None:
    key = "sk-ant-" + "api03-" + "a1B2c3D4e5" * 9 + "-AA"
    poll = make_poll(name=key, root=f"/{key}", warnings=(key,), faults=(key,))
    finding = poll.findings[0]
    place = replace(finding.finding.place, path=key)
    hidden = replace(finding, finding=replace(finding.finding, place=place, message=key), why=key, suppressed=key)
    call = replace(poll.calls[0], model=(key,), file=key, method=key, route=key)
    poll = replace(poll, findings=(hidden,), calls=(call,), stats=Stats(files_skipped=[Skipped(key, key)]))
    for text in (render(poll), render_calls(poll)):
        parsed(
            text,
            SCHEMA if text.startswith('{\n  "schema": "gonogo/1",\n  "tool"') and '"items"' in text else CALLS_SCHEMA,
        )
        assert key[:24] not in text


@pytest.mark.parametrize("definition", ["item", "finding", "call", "stats"])
def test_every_field_is_documented(definition: str) -> None:
    document = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z_]+)`", document))
    assert set(SCHEMA["$defs"][definition]["properties"]) <= named
    assert set(SCHEMA["properties"]) <= named
