"""Item 12: what is recorded only while somebody debugs, or has switched something on, proves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.config.options import Options
from gonogo.engine import run
from gonogo.findings import Verdict
from gonogo.poll import Poll

ASK = """
import Anthropic from "@anthropic-ai/sdk";
import {{ wrapSDK }} from "langsmith/wrappers";
let client = new Anthropic();
{head}
export async function ask(text: string) {{
  const answer = await client.messages.create({{ model: "m", max_tokens: 9, messages: [{{ role: "user", content: text }}] }});
  {after}
  return answer.content;
}}
"""  # noqa: E501 - one line of the program
RECORD = "console.log(answer.usage.input_tokens, answer.usage.output_tokens);"
DEBUGGING = {
    "a flag": f"if (DEBUG) {RECORD}",
    "an option": f"if (options.verbose) {RECORD}",
    "an environment": f'if (process.env.NODE_ENV === "development") {RECORD}',
    "not the real one": f'if (process.env.NODE_ENV !== "production") {{ {RECORD} }}',
    "a helper that returns": "note(answer.usage);",
}
ALWAYS = {
    "at once": RECORD,
    "unless debugging": f"if (!DEBUG) {RECORD}",
    "in production": f'if (process.env.NODE_ENV === "production") {RECORD}',
    "at the level of a logger": "logger.debug(answer.usage);",
    "on some other condition": f"if (text) {RECORD}",
}
HEAD = """
const DEBUG = process.env.DEBUG === "1";
declare const options: any;
function note(usage: unknown) { if (!DEBUG) return; console.log(usage); }
"""


def polled(tmp_path: Path, head: str, after: str) -> Poll:
    (tmp_path / "package.json").write_text('{"name": "a"}', encoding="utf-8")
    head = HEAD + 'import pino from "pino";\nconst logger = pino();\n' + head
    (tmp_path / "ask.ts").write_text(ASK.format(head=head, after=after), encoding="utf-8")
    result = run(tmp_path, Options(history=False))
    assert result.faults == ()
    return result


def verdict(result: Poll) -> Verdict:
    return next(item.verdict for item in result.items if item.id == "request-logging")


@pytest.mark.parametrize("after", DEBUGGING.values(), ids=DEBUGGING.keys())
def test_a_record_for_debugging_is_no_proof(after: str, tmp_path: Path) -> None:
    result = polled(tmp_path, "", after)
    assert verdict(result) is Verdict.HOLD
    assert [call.usage_logged for call in result.calls] == [False]


@pytest.mark.parametrize("after", ALWAYS.values(), ids=ALWAYS.keys())
def test_other_records_are(after: str, tmp_path: Path) -> None:
    result = polled(tmp_path, "", after)
    assert verdict(result) is Verdict.GO
    assert [call.usage_logged for call in result.calls] == [True]


def test_tracing_that_must_be_switched_on(tmp_path: Path) -> None:
    result = polled(tmp_path, 'if (process.env.TRACED === "true") client = wrapSDK(client);', "")
    assert verdict(result) is Verdict.HOLD
    assert [call.usage_logged for call in result.calls] == [False]
