"""The published schema and the documentation say what the code accepts."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import tomli
from jsonschema import Draft202012Validator

from gonogo.config.load import known_names
from gonogo.config.options import AUTO, FORMATS
from gonogo.config.schema import schema_text
from gonogo.config.validate import ATTEST_KEYS, READERS, validate
from gonogo.findings import Severity
from gonogo.workspace.areas import AREAS

SCHEMA: dict[str, Any] = json.loads(schema_text())
DOCUMENT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text("utf-8")


def test_the_schema_is_valid_and_closed() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["additionalProperties"] is False


def test_schema_keys_are_the_accepted_keys() -> None:
    assert set(READERS) == set(SCHEMA["properties"])
    attestation = SCHEMA["$defs"]["attestation"]
    assert set(ATTEST_KEYS) == set(attestation["properties"]) == set(attestation["required"])


def test_schema_words_are_the_accepted_words() -> None:
    properties = SCHEMA["properties"]
    assert [AUTO, *FORMATS] == properties["format"]["enum"]
    assert sorted(AREAS) == sorted(properties["areas"]["additionalProperties"]["enum"])
    assert [level.value for level in Severity] == properties["severity"]["additionalProperties"]["enum"]


def test_every_key_is_documented() -> None:
    assert set(READERS) == set(re.findall(r"^### `([a-z-]+)`", DOCUMENT, re.MULTILINE))


@pytest.mark.parametrize("text", re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL))
def test_documented_examples_are_valid(text: str) -> None:
    table = tomli.loads(text)
    table = table["tool"]["gonogo"] if "tool" in table else table
    _, problems = validate(table, known_names(), date(2026, 11, 21))
    assert problems == []
    Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(table, default=str)))
