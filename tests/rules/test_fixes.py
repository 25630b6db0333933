"""What a finding advises: the setting of the SDK at hand, then what holds for all of them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gonogo.config.options import Options
from gonogo.engine import run

TODAY = dt.date(2026, 11, 21)
AI_SDK = """import { generateText } from "ai";
import { anthropic } from "@ai-sdk/anthropic";

export async function answer(question) {
  const result = await generateText({ model: anthropic("claude-sonnet-5"), prompt: question });
  return result.text;
}
"""
GENAI = """from google import genai

client = genai.Client()


def answer(question):
    return client.models.generate_content(model="gemini-2.5-flash", contents=question).text
"""
ANTHROPIC = """from anthropic import Anthropic

client = Anthropic(timeout=None)


def answer(question):
    return client.messages.create(model="claude-sonnet-5", max_tokens=500, messages=question)
"""


def fixes(root: Path, name: str, code: str) -> dict[str, str]:
    (root / name).write_text(code, encoding="utf-8")
    poll = run(root, Options(history=False, today=TODAY))
    return {reported.finding.rule: reported.fix for reported in poll.findings}


@pytest.mark.parametrize(
    ("name", "code", "rule", "said"),
    [
        ("app.ts", AI_SDK, "no-timeout", "Pass `abortSignal: AbortSignal.timeout(milliseconds)`"),
        ("app.ts", AI_SDK, "max-tokens-missing", "Pass `maxOutputTokens`"),
        ("app.py", GENAI, "no-timeout", "Pass `http_options=HttpOptions(timeout=MILLISECONDS)`"),
        ("app.py", GENAI, "sdk-without-retries", "Pass `http_options=HttpOptions(retry_options="),
    ],
)
def test_the_fix_begins_with_the_setting_of_the_sdk(tmp_path: Path, name: str, code: str, rule: str, said: str) -> None:
    fix = fixes(tmp_path, name, code)[rule]
    assert fix.startswith(said)
    assert len(fix) > len(said) + 80  # The rule's own advice follows.


def test_a_finding_that_no_setting_mends_has_the_fix_of_its_rule_alone(tmp_path: Path) -> None:
    assert fixes(tmp_path, "app.py", ANTHROPIC)["timeout-disabled"].startswith("Give a number")
