"""Whole runs over small real repositories."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gonogo.reports.json import schema_text

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SCHEMA: dict[str, Any] = json.loads(schema_text())

BAD = """\
import anthropic

client = anthropic.Anthropic(max_retries=0)


def answer(question: str) -> str:
    message = client.messages.create(
        model="claude-sonnet-4-6", max_tokens=600, messages=[{"role": "user", "content": question}]
    )
    return message.content[0].text
"""
JOB = BAD.replace("max_retries=0", "max_retries=0, timeout=20.0")
QUIET = "print('hello')\n"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """One application with two places that go against the checklist."""
    (tmp_path / "app").mkdir()
    (tmp_path / "requirements.txt").write_text("anthropic==0.80.0\n")
    (tmp_path / "app/chat.py").write_text(BAD)
    (tmp_path / "app/job.py").write_text(JOB)
    return tmp_path


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(done.stdout)
    Draft202012Validator(SCHEMA).validate(table)
    assert table["faults"] == []
    return table


def found(table: dict[str, Any]) -> set[tuple[str, str]]:
    return {(f["rule"], f["path"]) for f in table["findings"] if f["severity"] != "note"}


@pytest.mark.usefixtures("repo")
def test_a_bad_application_is_no_go(gonogo: Run) -> None:
    done = gonogo("check", ".", "--format", "json")
    assert (done.returncode, done.stderr) == (1, "")
    table = report(done)
    assert table["verdict"] == "NO-GO"
    assert {("retries-disabled", "app/chat.py"), ("no-timeout", "app/chat.py")} <= found(table)
    assert [call["file"] for call in table["calls"]] == ["app/chat.py", "app/job.py"]


@pytest.mark.usefixtures("repo")
def test_the_default_report_is_for_people(gonogo: Run) -> None:
    done = gonogo("check", "--format", "rich")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("gonogo 0.1.0 · ")
    assert "error[retries-disabled]: " in done.stdout
    assert " NO-GO for launch: " in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


@pytest.mark.usefixtures("repo")
def test_concise_lines_can_be_opened(gonogo: Run) -> None:
    *lines, last = gonogo("check", "--format", "concise").stdout.splitlines()
    places = [re.match(r"(app/\w+\.py):(\d+):(\d+): (error|warning|note) [a-z-]+ \S", line) for line in lines]
    assert places
    assert all(places)
    assert last.startswith("NO-GO for launch: ")


@pytest.mark.usefixtures("repo")
def test_quiet_is_one_line(gonogo: Run) -> None:
    assert len(gonogo("check", "-q").stdout.splitlines()) == 1


@pytest.mark.usefixtures("repo")
def test_exit_zero_changes_the_code_only(gonogo: Run) -> None:
    done = gonogo("check", "--exit-zero", "--format", "json")
    assert done.returncode == 0
    assert report(done)["verdict"] == "NO-GO"


def test_hold_fails_on_request(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(QUIET)
    assert gonogo("check").returncode == 0
    assert gonogo("check", "--strict").returncode == 1
    (tmp_path / "gonogo.toml").write_text("strict = true\n")
    assert gonogo("check").returncode == 1
    assert gonogo("check", "--isolated").returncode == 0


@pytest.mark.usefixtures("repo")
def test_select_and_ignore_narrow_the_rules(gonogo: Run) -> None:
    table = report(gonogo("check", "--format", "json", "--select", "timeouts"))
    assert found(table) == {("no-timeout", "app/chat.py")}
    table = report(gonogo("check", "--format", "json", "--select", "timeouts,retries", "--ignore", "no-timeout"))
    assert found(table) == {("retries-disabled", "app/chat.py"), ("retries-disabled", "app/job.py")}


@pytest.mark.usefixtures("repo")
def test_files_narrow_the_findings_not_the_analysis(gonogo: Run) -> None:
    table = report(gonogo("check", "--format", "json", "app/job.py"))
    assert ("retries-disabled", "app/job.py") in found(table)
    assert {path for _, path in found(table)} == {"app/job.py"}
    assert [call["file"] for call in table["calls"]] == ["app/chat.py", "app/job.py"]


def test_a_suppressed_finding_is_kept_with_its_reason(gonogo: Run, repo: Path) -> None:
    comment = "  # gonogo: ignore[retries-disabled] -- the queue delivers the job again"
    for name in ("chat", "job"):
        path = repo / f"app/{name}.py"
        path.write_text(path.read_text().replace("\n\n\ndef", comment + "\n\n\ndef", 1))
    table = report(gonogo("check", "--format", "json", "--select", "retries"))
    reasons = [f["suppressed"] for f in table["findings"] if f["rule"] == "retries-disabled"]
    assert reasons == ["the queue delivers the job again"] * 2
    assert next(item for item in table["items"] if item["id"] == "retries")["verdict"] != "NO-GO"


def test_configuration_reaches_the_verdict(gonogo: Run, repo: Path) -> None:
    (repo / "gonogo.toml").write_text(
        """
[severity]
no-timeout = "note"
[per-path-ignores]
"app/*.py" = ["retries-disabled"]
[attest.spend-alerts]
by = "Dana"
on = 2026-01-01
expires = 2999-01-01
evidence = "wiki"
"""
    )
    table = report(gonogo("check", "--format", "json", "--select", "retries,timeouts,spend-alerts"))
    assert found(table) == set()
    spend = next(item for item in table["items"] if item["id"] == "spend-alerts")
    assert (spend["verdict"], spend["reason"]) == ("GO", "attested by Dana until 2999-01-01")


def test_output_goes_to_a_file(gonogo: Run, repo: Path) -> None:
    done = gonogo("check", "--format", "json", "--output", "report.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("NO-GO for launch: ")
    table = json.loads((repo / "report.json").read_text())
    Draft202012Validator(SCHEMA).validate(table)


def test_an_empty_folder_has_a_poll(gonogo: Run) -> None:
    done = gonogo("check", "--format", "json")
    assert done.returncode == 0
    assert report(done)["verdict"] != "NO-GO"


@pytest.mark.usefixtures("repo")
def test_calls_are_listed(gonogo: Run) -> None:
    done = gonogo("calls")
    assert (done.returncode, done.stderr) == (0, "")
    assert "app/chat.py:7  anthropic messages.create" in done.stdout
    done = gonogo("calls", "--format", "json")
    table = json.loads(done.stdout)
    Draft202012Validator({**SCHEMA["$defs"]["calls_report"], "$defs": SCHEMA["$defs"]}).validate(table)
    assert [(call["file"], call["line"], call["retries"]) for call in table["calls"]] == [
        ("app/chat.py", 7, "disabled"), ("app/job.py", 7, "disabled"),
    ]  # fmt: skip


@pytest.mark.usefixtures("repo")
def test_two_runs_say_the_same(gonogo: Run) -> None:
    first, second = (report(gonogo("check", "--format", "json")) for _ in range(2))
    for table in (first, second):
        table["stats"]["seconds"] = 0
    assert first == second
