"""Rules from a configuration, through the real command line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gonogo.reports.json import schema_text

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SCHEMA: dict[str, Any] = json.loads(schema_text())

CHAT = """\
import os

import anthropic
from fastapi import FastAPI

app = FastAPI()
client = anthropic.Anthropic(timeout=20, max_retries=4)
LIMIT = 16_000


@app.post("/chat")
def chat(text: str) -> str:
    reply = client.messages.create(
        model="claude-opus-4-6",
        max_tokens=LIMIT,
        temperature=0.2,
        messages=[{"role": "user", "content": text}],
    )
    return reply.content[0].text


def nightly(text: str) -> str:
    reply = client.messages.create(
        model=os.environ["MODEL"],
        max_tokens=int(os.environ["LIMIT"]),
        messages=[{"role": "user", "content": text}],
    )
    return reply.content[0].text
"""
OTHER = """\
from openai import OpenAI

client = OpenAI(timeout=90)


def ask(text: str) -> str:
    reply = client.chat.completions.create(
        model="gpt-4.1-mini", max_completion_tokens=300, messages=[{"role": "user", "content": text}]
    )
    return reply.choices[0].message.content
"""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("anthropic\nopenai\nfastapi\n")
    (tmp_path / "chat.py").write_text(CHAT)
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "other.py").write_text(OTHER)
    return tmp_path


def check(gonogo: Run, *args: str, code: int | None = None) -> dict[str, Any]:
    done = gonogo("check", "--format", "json", *args)
    assert done.stderr == ""
    assert code is None or done.returncode == code
    table: dict[str, Any] = json.loads(done.stdout)
    Draft202012Validator(SCHEMA).validate(table)
    assert table["faults"] == []
    return table


def places(table: dict[str, Any], rule: str) -> list[str]:
    return [f"{f['path']}:{f['line']}" for f in table["findings"] if f["rule"] == rule]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ('sdk = "openai"', ["jobs/other.py:7"]),
        ('sdk = ["openai", "anthropic"]', ["chat.py:13", "chat.py:23", "jobs/other.py:7"]),
        ('method = "messages.*"', ["chat.py:13", "chat.py:23"]),
        ('method = "messages.stream"', []),
        ('model = "claude-opus-*"', ["chat.py:14"]),
        ('model = ["gpt-*", "o3"]', ["jobs/other.py:8"]),
        ('path = "jobs/**"', ["jobs/other.py:7"]),
        ("route = true", ["chat.py:13"]),
        ("route = false", ["chat.py:23", "jobs/other.py:7"]),
        ('arguments = "max_tokens > 8000"', ["chat.py:15"]),
        ('arguments = "max_tokens >= 16_000"', ["chat.py:15"]),
        ('arguments = "max_tokens <= 300"', ["jobs/other.py:8"]),
        ('arguments = ["max_tokens > 100", "temperature given"]', ["chat.py:15"]),
        ('arguments = "temperature missing"', ["chat.py:23", "jobs/other.py:7"]),
        ('arguments = "temperature == 0.2"', ["chat.py:16"]),
        ('arguments = "temperature != 0.2"', []),
        ('arguments = "timeout > 60"', ["jobs/other.py:3"]),
        ('arguments = "retries missing"', ["jobs/other.py:7"]),
        ('arguments = "stream == false"', ["chat.py:13", "chat.py:23", "jobs/other.py:7"]),
        ('arguments = "model == gpt-4.1-mini"', ["jobs/other.py:8"]),
        ('area = "script"\nsdk = "anthropic"', []),
    ],
)
def test_calls_are_selected_by_facts(gonogo: Run, repo: Path, where: str, expected: list[str]) -> None:
    text = f'[[rule]]\nid = "house-rule"\nmessage = "we do not do that"\n[rule.where]\n{where}\n'
    (repo / "gonogo.toml").write_text(text)
    assert places(check(gonogo), "house-rule") == expected


RULES = """\
[tool.gonogo]
[[tool.gonogo.rule]]
id = "no-opus-on-requests"
message = "Opus is too slow here"
severity = "error"
why = "People wait."
fix = "Use Sonnet."
where = { model = "claude-opus-*", route = true }

[[tool.gonogo.rule]]
id = "no-openai"
message = "one vendor is enough"
severity = "note"
item = "pinned-models"
where = { sdk = "openai" }
"""


def test_they_count_by_severity_in_an_item_of_their_own(gonogo: Run, repo: Path) -> None:
    (repo / "pyproject.toml").write_text(RULES)
    table = check(gonogo, code=1)
    custom = table["items"][-1]
    assert (custom["id"], custom["number"], custom["verdict"]) == ("custom", 19, "NO-GO")
    assert custom["group_title"] == "Rules of your own"
    [finding] = [f for f in table["findings"] if f["rule"] == "no-opus-on-requests"]
    assert (finding["item"], finding["severity"], finding["why"]) == ("custom", "error", "People wait.")
    [note] = [f for f in table["findings"] if f["rule"] == "no-openai"]
    assert (note["item"], note["severity"]) == ("pinned-models", "note")
    people = gonogo("check", "--format", "rich").stdout
    assert "error[no-opus-on-requests]: Opus is too slow here" in people
    assert "= a rule of your own" in people
    assert " 19  custom " in people
    assert "of 19 items" in people


def test_a_rule_that_nothing_breaks_is_go(gonogo: Run, repo: Path) -> None:
    (repo / "pyproject.toml").write_text(RULES.replace("claude-opus-*", "claude-2*"))
    custom = check(gonogo)["items"][-1]
    assert (custom["verdict"], custom["reason"]) == ("GO", "no call goes against the rule of your own")


def test_without_rules_there_is_no_such_item(gonogo: Run, repo: Path) -> None:
    assert len(check(gonogo)["items"]) == 18
    assert repo.is_dir()


def test_they_answer_to_everything_that_names_rules(gonogo: Run, repo: Path) -> None:
    (repo / "pyproject.toml").write_text(RULES)
    assert places(check(gonogo, "--ignore", "no-opus-on-requests"), "no-opus-on-requests") == []
    only = check(gonogo, "--select", "no-opus-on-requests")
    assert {finding["rule"] for finding in only["findings"]} == {"no-opus-on-requests"}
    (repo / "pyproject.toml").write_text(RULES + '\n[tool.gonogo.severity]\nno-opus-on-requests = "note"\n')
    assert check(gonogo)["items"][-1]["verdict"] == "GO"
    (repo / "pyproject.toml").write_text(RULES)
    marked = CHAT.replace(
        'model="claude-opus-4-6",', 'model="claude-opus-4-6",  # gonogo: ignore[no-opus-on-requests] -- a pilot'
    )
    (repo / "chat.py").write_text(marked)
    [finding] = [f for f in check(gonogo)["findings"] if f["rule"] == "no-opus-on-requests"]
    assert finding["suppressed"] == "a pilot"


def test_paths_are_those_of_the_configuration(gonogo: Run, repo: Path) -> None:
    (repo / ".git").mkdir()
    text = '[[rule]]\nid = "no-jobs"\nmessage = "no"\nwhere = { path = "jobs/**" }\n'
    (repo / "gonogo.toml").write_text(text)
    assert places(check(gonogo, "--no-history", "jobs"), "no-jobs") == ["other.py:7"]
    (repo / "gonogo.toml").write_text(text.replace("jobs/**", "chats/**"))
    assert places(check(gonogo, "--no-history", "jobs"), "no-jobs") == []


WHERE = 'where = { sdk = "openai" }'
HEAD = 'id = "a-b"\nmessage = "x"\n'
TABLE = f"{HEAD}[rule.where]\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (f'id = "a-b"\nmesage = "x"\n{WHERE}', '3: unknown key "mesage" in [rule[1]]; did you mean "message"?'),
        (HEAD, "1: rule[1]: where is missing"),
        (f'id = "Bad"\nmessage = "x"\n{WHERE}', '2: rule[1].id: "Bad" must be words in lower case'),
        (f'id = "no-timeout"\nmessage = "x"\n{WHERE}', '2: rule[1].id: "no-timeout" is the name of one of'),
        (f'{HEAD}item = "timeout"\n{WHERE}', '4: rule[1].item: there is no item "timeout"; did you mean "timeouts"?'),
        (f'{TABLE}sdk = "antropic"', '5: rule[1].where.sdk: "antropic" is not known; did you mean "anthropic"?'),
        (f'{TABLE}sdks = "openai"', '5: unknown key "sdks" in [rule[1].where]; did you mean "sdk"?'),
        (TABLE, "4: rule[1].where: says nothing"),
        (f'{TABLE}arguments = "max_token > 1"', 'no argument that is known; did you mean "max_tokens"?'),
        (f'{TABLE}arguments = "max_tokens > many"', "> needs a number"),
        (f'{TABLE}arguments = "max_tokens absent"', 'must be like "max_tokens > 8000"'),
        (f'{TABLE}route = "yes"', "must be true or false"),
        (f'{HEAD}severity = "fatal"\n{WHERE}', '"fatal" is not known'),
        (f'{HEAD}where = {{ path = "../x" }}', "leaves the folder"),
        (f"{HEAD}where = {{ area = [] }}", "is an empty list"),
    ],
)
def test_mistakes_are_told_with_their_line(gonogo: Run, repo: Path, text: str, complaint: str) -> None:
    (repo / "gonogo.toml").write_text(f"[[rule]]\n{text}\n")
    done = gonogo("check")
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "gonogo.toml:" in done.stderr


def test_the_second_rule_is_told_apart_from_the_first(gonogo: Run, repo: Path) -> None:
    rule = '[[rule]]\nid = "a-b"\nmessage = "x"\n[rule.where]\n{where}\n'
    (repo / "gonogo.toml").write_text(rule.replace("{where}", 'sdk = "openai"') + rule.replace("{where}", 'sdk = "x"'))
    done = gonogo("check")
    assert '  gonogo.toml:7: rule[2].id: "a-b" is there twice' in done.stderr
    assert '  gonogo.toml:10: rule[2].where.sdk: "x" is not known' in done.stderr
