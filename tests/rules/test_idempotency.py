"""Item 7 in TypeScript: not applicable only where every tool was followed and none reaches out."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.config.options import Options
from gonogo.engine import run
from gonogo.findings import Verdict
from gonogo.poll import ItemResult

AI_SDK = """
import {{ anthropic }} from "@ai-sdk/anthropic";
import {{ generateText, stepCountIs, tool }} from "ai";
import {{ z }} from "zod";
{head}
export async function help(question: string) {{
  const {{ text }} = await generateText({{
    model: anthropic("claude-haiku-4-5"), prompt: question, stopWhen: stepCountIs(3),
    tools: {{ act: tool({{ inputSchema: z.object({{ word: z.string() }}), execute: async ({{ word }}) => {body} }}) }},
  }});
  return text;
}}
"""
LOOP = """
import Anthropic from "@anthropic-ai/sdk";
{head}
const client = new Anthropic();
const tools = [{{ name: "act", input_schema: {{ type: "object" }} }}];
async function act(name: string, input: any) {{
  switch (name) {{
    case "act": {{ const word = String(input.word); return {body}; }}
    default: return "unknown";
  }}
}}
export async function help(messages: any[]) {{
  for (let i = 0; i < 5; i++) {{
    const answer = await client.messages.create({{ model: "claude-haiku-4-5", max_tokens: 5, tools, messages }});
    const uses = answer.content.filter((block) => block.type === "tool_use");
    if (!uses.length) return answer;
    const results = await Promise.all(
      uses.map(async (use) => ({{ id: use.id, content: await act(use.name, use.input) }})),
    );
    messages.push({{ role: "user", content: results }});
  }}
}}
"""
HUB = 'import { Octokit } from "@octokit/rest";\nconst hub = new Octokit();'
QUIET = [
    ("", "word.trim().split(/,/).map((part) => part.length)"),
    ("", "(await fetch(`https://example.com/?q=${word}`)).json()"),
    ("declare const hotels: any;", "hotels.rooms.listFree(word)"),
    ("declare const dataStream: any;", "dataStream.writeData({ word })"),
    ("", 'fetch("https://example.com/v1/search", { method: "POST", body: JSON.stringify({ word }) })'),
    ('import axios from "axios";', "(await axios.get(`https://example.com/${word}`)).data"),
    (HUB, 'hub.repos.getContent({ owner: "a", repo: word, path: "" })'),
    ('import { readFile } from "node:fs/promises";', 'readFile(word, "utf8")'),
    ('import { db } from "./db";\nimport { notes } from "./schema";', "db.insert(notes).values({ word })"),
]  # fmt: skip
LOUD = [
    ("", 'fetch("https://example.com/v1/rows", { method: "POST", body: word })'),
    ('import { spawn } from "node:child_process";', "spawn(word)"),
    (HUB, 'hub.repos.createForAuthenticatedUser({ name: word })'),
    ('import { book } from "hotel-client";', "book(word)"),
    ("declare const services: any;", "services.hotel.book(word)"),
    ("declare const hotels: any;", "hotels.rooms.getOrCreate(word)"),
    ("declare const queue: any;", "queue.send(word)"),
    ('import axios from "axios";', "axios.post(`https://example.com/${word}`)"),
]  # fmt: skip
DB = {
    "db.ts": """
        import { drizzle } from "drizzle-orm/node-postgres";
        export const db = drizzle(process.env.DATABASE_URL!);
    """,
    "schema.ts": """
        import { pgTable, text } from "drizzle-orm/pg-core";
        export const notes = pgTable("n", { word: text() });
    """,
}


def item(tmp_path: Path, source: str) -> ItemResult:
    (tmp_path / "package.json").write_text('{"name": "a", "dependencies": {"ai": "6.0.0"}}', encoding="utf-8")
    for name, text in {**DB, "help.ts": source}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    result = run(tmp_path, Options(history=False))
    assert result.faults == ()
    return next(entry for entry in result.items if entry.id == "idempotency")


@pytest.mark.parametrize("frame", [AI_SDK, LOOP], ids=["ai-sdk", "loop"])
@pytest.mark.parametrize(("head", "body"), QUIET)
def test_tools_that_only_read_or_keep_rows(frame: str, head: str, body: str, tmp_path: Path) -> None:
    assert item(tmp_path, frame.format(head=head, body=body)).verdict is Verdict.NA


@pytest.mark.parametrize("frame", [AI_SDK, LOOP], ids=["ai-sdk", "loop"])
@pytest.mark.parametrize(("head", "body"), LOUD)
def test_tools_that_may_do_more(frame: str, head: str, body: str, tmp_path: Path) -> None:
    assert item(tmp_path, frame.format(head=head, body=body)).verdict is Verdict.HOLD


def test_a_tool_without_a_function_is_not_known(tmp_path: Path) -> None:
    source = AI_SDK.format(head="", body="word").replace("execute: async ({ word }) => word", "strict: true")
    assert item(tmp_path, source).verdict is Verdict.HOLD


def test_tools_from_elsewhere_are_not_known(tmp_path: Path) -> None:
    source = AI_SDK.format(head="declare const server: any;", body="word").replace(
        "tools: {", "tools: {...(await server.tools()), "
    )
    assert item(tmp_path, source).verdict is Verdict.HOLD


@pytest.mark.parametrize(
    "tools",
    [
        '[{ type: "mcp_toolset", mcp_server_name: "hotel" }]',
        "request.tools.map((tool) => ({ name: tool.name, input_schema: tool.schema }))",
        "gathered",
    ],
)
def test_tools_that_others_carry_out_are_not_known(tools: str, tmp_path: Path) -> None:
    head = "const gathered: any[] = [];\nexport const add = (t: any) => gathered.push(t);\ndeclare const request: any;"
    source = LOOP.format(head=head, body="word").replace("tools, messages", f"tools: {tools}, messages")
    assert item(tmp_path, source).verdict is Verdict.HOLD


def test_an_agent_with_a_shell_is_not_known(tmp_path: Path) -> None:
    source = """
    import { query } from "@anthropic-ai/claude-agent-sdk";
    export async function help(prompt: string) {
      for await (const one of query({ prompt, options: { maxTurns: 3 } })) if ("result" in one) return one.result;
    }
    """
    assert item(tmp_path, source).verdict is Verdict.HOLD


def test_a_search_by_the_provider_sets_nothing_off(tmp_path: Path) -> None:
    source = LOOP.format(head="", body="word").replace(
        'name: "act", input_schema: {{ type: "object" }}', 'type: "web_search_20250305", name: "web_search"'
    )
    assert item(tmp_path, source).verdict is Verdict.NA


def test_a_tool_call_handed_on_under_another_name_is_followed(tmp_path: Path) -> None:
    source = (
        LOOP.format(head="declare const desk: any;\nconst shown = (use: any) => String(use.input);", body="word")
        .replace("await act(use.name, use.input)", "await desk.carryOut(use)")
        .replace(
            "if (!uses.length) return answer;", "if (!uses.length) return answer;\n    console.log(uses.map(shown));"
        )
    )
    assert item(tmp_path, source).verdict is Verdict.HOLD


PYTHON = """
from anthropic import Anthropic
from mcp import ClientSession

client = Anthropic()


async def answer(session: ClientSession, messages: list, tools: list):
    while True:
        reply = client.messages.create(model="claude-haiku-4-5", max_tokens=9, tools=tools, messages=messages)
        uses = [block for block in reply.content if block.type == "tool_use"]
        if not uses:
            return reply
        for use in uses:
            result = await {call}
            messages.append({{"role": "user", "content": str(result)}})


async def look(name, words):
    return len(words)
"""


@pytest.mark.parametrize(
    ("call", "verdict"),
    [
        ("session.call_tool(use.name, use.input)", Verdict.HOLD),
        ("session.call_tool('search', use.input)", Verdict.NA),
        ("look(use.name, use.input)", Verdict.NA),
    ],
)
def test_tools_of_python_that_a_server_runs_are_not_known(tmp_path: Path, call: str, verdict: Verdict) -> None:
    (tmp_path / "app.py").write_text(PYTHON.format(call=call), encoding="utf-8")
    poll = run(tmp_path, Options(history=False))
    assert next(one for one in poll.items if one.id == "idempotency").verdict is verdict
