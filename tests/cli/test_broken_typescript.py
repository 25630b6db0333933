"""A file of TypeScript that does not parse as a whole: what can be read of it counts, and the report names it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., "subprocess.CompletedProcess[str]"]
BROKEN = """\
import Anthropic from "@anthropic-ai/sdk";
const client = new Anthropic({ timeout: 20_000 });
const limits = { day: 5 5, };
export async function ask(question: string) {
  return client.messages.create({
    model: "claude-haiku-4-5-20251001",
    max_tokens: 300 300,
    messages: [{ role: "user", content: question }],
  });
}
export async function title(text: string) {
  return client.messages.create({
    model: "claude-haiku-4-5-20251001",
    max_tokens: 30,
    messages: [{ role: "user", content: text }],
  });
}
"""


def test_a_mistake_around_a_call_hides_no_other_and_is_named(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{ "name": "a" }', encoding="utf-8")
    (tmp_path / "ask.ts").write_text(BROKEN, encoding="utf-8")
    report = json.loads(gonogo("check", str(tmp_path), "--no-history", "--format", "json").stdout)
    assert [(call["file"], call["line"]) for call in report["calls"]] == [("ask.ts", 5), ("ask.ts", 12)]
    skipped = report["stats"]["files_skipped"]
    assert [(entry["path"], "line 3" in entry["reason"]) for entry in skipped] == [("ask.ts", True)]
    assert {item["verdict"] for item in report["items"] if item["id"] == "retries"} <= {"HOLD", "NO-GO"}
