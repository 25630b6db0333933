"""`--checklist`, through the real command line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support.fixtures import place_app

from gonogo.registry.checklists import checklist
from gonogo.reports.json import schema_text

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SCHEMA: dict[str, Any] = json.loads(schema_text())

BULK = """\
import anthropic

client = anthropic.Anthropic(timeout=60, max_retries=4)


def label(tickets: list[str]) -> dict[str, str]:
    labels = {}
    for ticket in tickets:
        reply = client.messages.create(
            model="claude-haiku-5-5", max_tokens=20, messages=[{"role": "user", "content": ticket}]
        )
        labels[ticket] = reply.content[0].text
    return labels
"""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("anthropic\n")
    (tmp_path / "label.py").write_text(BULK)
    return tmp_path


def check(gonogo: Run, *args: str) -> dict[str, Any]:
    done = gonogo("check", "--format", "json", *args)
    assert done.returncode in (0, 1), done.stderr
    table: dict[str, Any] = json.loads(done.stdout)
    Draft202012Validator(SCHEMA).validate(table)
    assert table["faults"] == []
    return table


def rules(table: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in table["findings"]}


@pytest.mark.usefixtures("repo")
def test_extra_rules_are_judged_under_their_checklist_only(gonogo: Run) -> None:
    extra = {"batch-candidate", "rate-limit-headers-unread"}
    assert not extra & rules(check(gonogo))
    assert extra <= rules(check(gonogo, "--checklist", "api-guide"))
    assert not extra & rules(check(gonogo, "--checklist", "prelaunch"))


@pytest.mark.usefixtures("repo")
@pytest.mark.parametrize("name", ["prelaunch", "code-execution", "api-guide", "node-express"])
def test_the_items_are_those_of_the_list(gonogo: Run, name: str) -> None:
    table = check(gonogo, "--checklist", name)
    assert table["checklist"] == name
    wanted = checklist(name).items
    assert [(item["number"], item["id"]) for item in table["items"]] == [(item.number, item.id) for item in wanted]
    known = {item.id for item in wanted}
    assert {finding["item"] for finding in table["findings"]} <= known
    assert f"of {len(wanted)} items" in gonogo("check", "--format", "rich", "--quiet", "--checklist", name).stdout


def test_the_configuration_may_choose(gonogo: Run, repo: Path) -> None:
    (repo / "gonogo.toml").write_text('checklist = "api-guide"\n')
    assert check(gonogo)["checklist"] == "api-guide"
    assert check(gonogo, "--checklist", "production")["checklist"] == "production"
    assert "checklist api-guide" in " ".join(gonogo("check", "--format", "rich").stdout.split())


@pytest.mark.usefixtures("repo")
def test_a_misspelt_name_is_misuse(gonogo: Run) -> None:
    for command in ("check", "items", "rules"):
        done = gonogo(command, "--checklist", "prelunch")
        assert done.returncode == 2
        assert '--checklist: there is no checklist "prelunch"; did you mean "prelaunch"?' in done.stderr


def test_the_lists_are_listed_and_explained(gonogo: Run) -> None:
    assert "api-guide" in gonogo("items").stdout
    assert "  3  backoff (" in gonogo("items", "--checklist", "prelaunch").stdout
    assert "upload-unbounded" in gonogo("rules", "--checklist", "code-execution").stdout
    assert "upload-unbounded" not in gonogo("rules").stdout
    assert gonogo("explain", "batch-candidate").returncode == 0
    assert gonogo("explain", "containers").returncode == 0


def test_an_attestation_of_an_item_counts_where_another_rests_on_it(gonogo: Run, repo: Path) -> None:
    word = 'by = "Dana"\non = 2026-11-03\nexpires = 2999-02-03\nevidence = "x"\n'
    (repo / "gonogo.toml").write_text(f"[attest.spend-alerts]\n{word}[attest.production-variables]\n{word}")
    answers = {item["id"]: item["verdict"] for item in check(gonogo, "--checklist", "prelaunch")["items"]}
    assert (answers["spend-limit"], answers["production-variables"]) == ("GO", "GO")
    assert check(gonogo)["verdict"] in ("HOLD", "NO-GO")


def test_rules_are_chosen_by_items_of_either_list(gonogo: Run, repo: Path) -> None:
    assert "batch-candidate" not in rules(check(gonogo, "--checklist", "api-guide", "--ignore", "batches"))
    only = check(gonogo, "--checklist", "api-guide", "--select", "batches")
    assert rules(only) == {"batch-candidate"}
    whole = rules(check(gonogo, "--checklist", "prelaunch", "--select", "retries,timeouts"))
    assert whole <= {rule.id for rule in checklist("prelaunch").rules if rule.item in ("retries", "timeouts")}
    assert repo.is_dir()


@pytest.mark.parametrize("name", ["prelaunch", "code-execution", "api-guide", "node-express"])
def test_the_lists_judge_applications_as_the_18_items_do(gonogo: Run, tmp_path: Path, name: str) -> None:
    """What the further lists add to the sample applications are notes."""
    place_app("support-service-good", tmp_path / "good")
    known = {finding["fingerprint"] for finding in check(gonogo, str(tmp_path / "good"))["findings"]}
    added = [f for f in check(gonogo, str(tmp_path / "good"), "--checklist", name)["findings"]
             if f["fingerprint"] not in known]  # fmt: skip
    assert {finding["severity"] for finding in added} <= {"note"}
    place_app("support-bot-bad", tmp_path / "bad")
    assert check(gonogo, str(tmp_path / "bad"), "--checklist", name)["verdict"] == "NO-GO"


@pytest.mark.usefixtures("repo")
def test_sarif_describes_the_extra_rules(gonogo: Run) -> None:
    log = json.loads(gonogo("check", "--format", "sarif", "--checklist", "api-guide").stdout)
    described = {rule["id"]: rule for rule in log["runs"][0]["tool"]["driver"]["rules"]}
    assert described["batch-candidate"]["help"]["text"].startswith("The Batches API")


SERVER = """\
import Anthropic from "@anthropic-ai/sdk";
import cors from "cors";
import express from "express";

const client = new Anthropic();
const app = express();
app.use(cors());
app.use(express.json());

app.get("/health", async (_req, res) => {
  const message = await client.messages.create({
    model: "claude-haiku-4-5-20251001",
    max_tokens: 1,
    messages: [{ role: "user", content: "ping" }],
  });
  res.json({ model: message.model });
});

app.listen(3000);
"""


def test_a_server_of_express_is_polled_on_its_own_list(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "api", "dependencies": {"express": "^5.1.0"}}')
    (tmp_path / "server.ts").write_text(SERVER)
    table = check(gonogo, "--checklist", "node-express")
    verdicts = {item["id"]: item["verdict"] for item in table["items"]}
    assert {name for name, verdict in verdicts.items() if verdict == "NO-GO"} >= {
        "server-key", "browser-safety", "route-limits", "health-routes",
    }  # fmt: skip
    assert verdicts["request-bodies"] == "GO"
    assert verdicts["streamed-answers"] == "N/A"
    assert verdicts["sdk-release"] == "HOLD"
    # None of it belongs to the 18 items.
    own = {"cors-wildcard", "health-check-generates", "key-not-checked-at-start", "security-headers-missing"}
    assert own <= rules(table)
    assert not own & rules(check(gonogo))
