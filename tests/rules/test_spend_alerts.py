"""What proves that spending is watched, and what only looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.fixtures import options
from support.repos import Repository

from gonogo.engine import run
from gonogo.findings import Verdict

CLAUDE = """\
import anthropic

client = anthropic.Anthropic(timeout=30)


def answer(text: str) -> str:
    messages = [{"role": "user", "content": text}]
    reply = client.messages.create(model="claude-sonnet-4-6", max_tokens=500, messages=messages)
    return reply.content[0].text
"""
BEDROCK = CLAUDE.replace("anthropic.Anthropic(", "anthropic.AnthropicBedrock(").replace(
    "claude-sonnet-4-6", "anthropic.claude-sonnet-4-6"
)
WATCH = """\
import os

import httpx

URL = "https://api.anthropic.com/v1/organizations/cost_report"
BUDGET = float(os.environ["MONTHLY_BUDGET"])


def check(admin_key: str) -> None:
    report = httpx.get(URL, headers={"x-api-key": admin_key}, timeout=30).json()
    spent = sum(float(day["amount"]) for day in report["data"])
    if spent > 0.8 * BUDGET:
        httpx.post(os.environ["ALERT_WEBHOOK"], json={"text": f"spent {spent}"}, timeout=10)
"""
BUDGET = """\
resource "aws_budgets_budget" "models" {
  name         = "models-${var.env}"
  budget_type  = "COST"
  limit_amount = "500"
  notification {
    comparison_operator = "GREATER_THAN"
    threshold           = 80
  }
}

resource "aws_sns_topic" "notification" {}
"""
TEMPLATE = """\
Resources:
  Budget:
    Type: AWS::Budgets::Budget
    Properties:
      Budget: {BudgetType: COST, BudgetLimit: {Amount: 500, Unit: USD}}
      NotificationsWithSubscribers:
        - Notification: {Threshold: 80}
"""


def verdict(tmp_path: Path, files: dict[str, str]) -> tuple[Verdict, list[str]]:
    repository = Repository(tmp_path / "repo")
    repository.commit({"requirements.txt": "anthropic\n", **files})
    result = run(repository.root, options(history=False))
    assert result.faults == ()
    item = next(entry for entry in result.items if entry.id == "spend-alerts")
    return item.verdict, [str(entry.place) for entry in item.evidence]


@pytest.mark.parametrize(
    ("files", "places"),
    [
        ({"app.py": CLAUDE, "scripts/watch.py": WATCH}, ["scripts/watch.py:12"]),
        ({"app.py": BEDROCK, "infra/budget.tf": BUDGET}, ["infra/budget.tf:1"]),
        ({"app.py": BEDROCK, "infra/budget.yaml": TEMPLATE}, ["infra/budget.yaml:3"]),
        ({"app.py": CLAUDE, "watch.py": WATCH, "other.py": BEDROCK, "b.tf": BUDGET}, ["b.tf:1", "watch.py:12"]),
    ],
)
def test_a_budget_that_tells_somebody_is_proof(tmp_path: Path, files: dict[str, str], places: list[str]) -> None:
    assert verdict(tmp_path, files) == (Verdict.GO, places)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"infra/budget.tf": BUDGET},  # the bill of the cloud, while the model's comes from elsewhere
        {"watch.py": WATCH.replace("if spent > 0.8 * BUDGET:", "if report:")},
        {"watch.py": WATCH.replace("httpx.post(os.environ", "print(os.environ")},
        {"watch.py": WATCH.replace("cost_report", "cost_report_archive").replace("organizations", "exports")},
        {"tests/test_watch.py": WATCH},
        {"other.py": BEDROCK, "watch.py": WATCH},
    ],
)
def test_what_only_looks_like_it_is_not(tmp_path: Path, files: dict[str, str]) -> None:
    assert verdict(tmp_path, {"app.py": CLAUDE, **files}) == (Verdict.HOLD, [])


@pytest.mark.parametrize("missing", ["notification {", "limit_amount"])
def test_a_budget_without_an_alarm_is_not_one(tmp_path: Path, missing: str) -> None:
    text = BUDGET.replace(missing, "other {" if missing.endswith("{") else "amount")
    expected = Verdict.HOLD if missing.endswith("{") else Verdict.GO
    assert verdict(tmp_path, {"app.py": BEDROCK, "budget.tf": text})[0] is expected


def test_without_a_model_there_is_nothing_to_watch(tmp_path: Path) -> None:
    assert verdict(tmp_path, {"app.py": "print('hello')\n"})[0] is Verdict.NA
