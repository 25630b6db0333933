"""Model calls of JavaScript and TypeScript projects: where clients, models and limits come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gonogo.poll import CallRow

Call = Callable[..., CallRow]
Calls = Callable[..., list[CallRow]]

ASK = "client.messages.create({ model: 'claude-haiku-4-5', max_tokens: 300, messages })"


def shown(row: CallRow, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


@pytest.mark.parametrize(
    "source",
    [
        "import Anthropic from '@anthropic-ai/sdk';\nconst client = new Anthropic();\nawait {ask};",
        "import { Anthropic } from '@anthropic-ai/sdk';\nconst client = new Anthropic();\nawait {ask};",
        "import * as sdk from '@anthropic-ai/sdk';\nconst client = new sdk.Anthropic();\nawait {ask};",
        "const Anthropic = require('@anthropic-ai/sdk');\nconst client = new Anthropic();\n{ask}.then(show);",
        (
            "const { default: Anthropic } = require('@anthropic-ai/sdk');\nconst client = new "
            "Anthropic();\n{ask}.then(show);"
        ),
        "const client = new (require('@anthropic-ai/sdk'))();\n{ask};",
        "import Anthropic from 'npm:@anthropic-ai/sdk@0.32';\nconst client = new Anthropic();\nawait {ask};",
        (
            "import Anthropic from 'https://esm.sh/@anthropic-ai/sdk@0.32.1';\nconst client = new "
            "Anthropic();\nawait {ask};"
        ),
        "const {{ Anthropic }} = await import('@anthropic-ai/sdk');\nconst client = new Anthropic();\nawait {ask};",
        (
            "import Anthropic from '@anthropic-ai/sdk';\nlet client: Anthropic | null = null;\n"
            "function get() {{ if (!client) client = new Anthropic(); return client; }}\nawait "
            "get().messages.create({{ model: "
            "'claude-haiku-4-5', max_tokens: 300, messages }});"
        ),
        (
            "import Anthropic from '@anthropic-ai/sdk';\nclass Chat {{\n  private client = new Anthropic();\n  "
            "constructor() {{}}\n"
            "  async ask(messages) {{ const {{ client }} = this; return {ask}; }}\n}}"
        ),
        (
            "import Anthropic from '@anthropic-ai/sdk';\nclass Chat {{\n  #client: Anthropic;\n"
            "  constructor(private readonly client: Anthropic) {{}}\n"
            "  ask = (messages) => this.client.messages.create({{ model: 'claude-haiku-4-5', max_tokens: 300, "
            "messages }});\n}}"
        ),
        (
            "import Anthropic from '@anthropic-ai/sdk';\nexport async function ask(client: Anthropic, messages) {{ "
            "return {ask}; }}"
        ),
        (
            "import Anthropic from '@anthropic-ai/sdk';\nconst make = async () => new Anthropic();\n"
            "make().then((client) => {ask});"
        ),
        (
            "import Anthropic from '@anthropic-ai/sdk';\nconst services = {{ client: new Anthropic() }};\n"
            "const {{ client }} = services;\nawait {ask};"
        ),
    ],
)
def test_clients(call: Call, source: str) -> None:
    text = source.replace("{ask}", ASK).replace("{{", "{").replace("}}", "}")
    row = call({"package.json": "{}", "src/app.ts": text})
    assert shown(row, "sdk", "method", "model", "max_tokens", "retries", "timeout", "stream") == {
        "sdk": "anthropic",
        "method": "messages.create",
        "model": ("claude-haiku-4-5",),
        "max_tokens": 300,
        "retries": "sdk-default",
        "timeout": "sdk-default",
        "stream": False,
    }


@pytest.mark.parametrize(
    ("before", "given", "model", "origin"),
    [
        ("", "'claude-haiku-4-5'", "claude-haiku-4-5", "literal"),
        ("const MODEL = 'claude-haiku-4-5' as const;", "MODEL", "claude-haiku-4-5", "constant"),
        ("enum Model { Small = 'claude-haiku-4-5' }", "Model.Small", "claude-haiku-4-5", "constant"),
        ("const models = { small: 'claude-haiku-4-5' };", "models.small", "claude-haiku-4-5", "constant"),
        ("", "process.env.MODEL ?? 'claude-haiku-4-5'", "claude-haiku-4-5", "env-with-default"),
        ("", "process.env['MODEL'] || 'claude-haiku-4-5'", "claude-haiku-4-5", "env-with-default"),
        ("const { MODEL = 'claude-haiku-4-5' } = process.env;", "MODEL", "claude-haiku-4-5", "env-with-default"),
        ("", "import.meta.env.MODEL || 'claude-haiku-4-5'", "claude-haiku-4-5", "env-with-default"),
        ("", "Deno.env.get('MODEL') ?? 'claude-haiku-4-5'", "claude-haiku-4-5", "env-with-default"),
        ("", "process.env.MODEL!", None, "env"),
        ("const id = 'haiku';", "`claude-${id}-4-5`", "claude-haiku-4-5", "constant"),
        (
            (
                "import { z } from 'zod';\nconst env = z.object({ MODEL: z.string().default('claude-haiku-4-5') })"
                ".parse(process.env);"
            ),
            "env.MODEL",
            "claude-haiku-4-5",
            "env-with-default",
        ),
    ],
)
def test_models(call: Call, before: str, given: str, model: str | None, origin: str) -> None:
    row = call(
        {
            "package.json": "{}",
            "app.ts": f"import Anthropic from '@anthropic-ai/sdk';\n{before}\nconst client = new Anthropic();\n"
            f"await client.messages.create({{ model: {given}, max_tokens: 300, messages: [] }});\n",
        }
    )
    assert (row.model, row.max_tokens) == ((model,) if model else None, 300)
    if origin != "constant":
        assert row.model_from == origin


@pytest.mark.parametrize(
    ("client", "options", "retries", "timeout"),
    [
        ("", "", "sdk-default", "sdk-default"),
        ("{ maxRetries: 4, timeout: 20_000 }", "", "configured:4", "configured:20"),
        ("{ maxRetries: 0, timeout: 20 * 1000 }", "", "disabled", "configured:20"),
        ("{ timeout: 20_000 }", ", { timeout: 5000, maxRetries: 1 }", "configured:1", "configured:5"),
        ("", ", { signal: AbortSignal.timeout(30_000) }", "sdk-default", "configured:30"),
        ("", ", { signal: request.signal }", "sdk-default", "sdk-default"),
        (
            "",
            ", { signal: AbortSignal.any([request.signal, AbortSignal.timeout(9_000)]) }",
            "sdk-default",
            "configured:9",
        ),
        ("{ ...shared, maxRetries: 3 }", "", "configured:3", "configured:60"),
        # What is left of a minute is at most a minute.
        ("", ", { signal: AbortSignal.timeout(60_000 - (Date.now() - began)) }", "sdk-default", "configured:60"),
        ("", ", { signal: AbortSignal.timeout(Math.max(30_000 - elapsed(), 0)) }", "sdk-default", "configured:30"),
        ("", ", { signal: AbortSignal.timeout(60_000 - used) }", "sdk-default", "configured:dynamic"),
    ],
)
def test_times_and_retries(call: Call, client: str, options: str, retries: str, timeout: str) -> None:
    row = call(
        {
            "package.json": "{}",
            "app.ts": "import Anthropic from '@anthropic-ai/sdk';\nconst shared = { timeout: 60_000 };\n"
            f"const client = new Anthropic({client});\nexport const ask = async (request: Request, messages) =>\n"
            f"  {ASK[:-1]}{options});\n",
        }
    )
    assert (row.retries, row.timeout) == (retries, timeout)


def test_a_controller_that_a_timer_aborts_is_a_deadline(call: Call) -> None:
    row = call(
        {
            "package.json": "{}",
            "app.ts": """
            import Anthropic from '@anthropic-ai/sdk';
            const LIMIT_MS = 45_000;
            const client = new Anthropic();
            export async function ask(messages) {
              const controller = new AbortController();
              const timer = setTimeout(() => controller.abort(), LIMIT_MS);
              try {
                return await client.messages.create(
                  { model: 'claude-haiku-4-5', max_tokens: 300, messages }, { signal: controller.signal });
              } finally {
                clearTimeout(timer);
              }
            }
            """,
        }
    )
    assert row.timeout == "configured:45"


@pytest.mark.parametrize(
    "files",
    [
        {"src/lib/claude.ts": "export const client = new Anthropic({ maxRetries: 5 });", "src/app.ts": "./lib/claude"},
        {
            "src/lib/claude.ts": "export const client = new Anthropic({ maxRetries: 5 });",
            "src/app.ts": "./lib/claude.js",
        },
        {
            "src/lib/claude/index.ts": "export const client = new Anthropic({ maxRetries: 5 });",
            "src/app.ts": "@/lib/claude",
        },
        {
            "tsconfig.json": '{\n  // paths\n  "compilerOptions": {"paths": {"#ai/*": ["./src/lib/*"],},},\n}',
            "src/lib/claude.ts": "export const client = new Anthropic({ maxRetries: 5 });",
            "src/app.ts": "#ai/claude",
        },
        {
            "packages/ai/package.json": '{"name": "@acme/ai", "exports": {".": {"import": "./dist/index.js"}}}',
            "packages/ai/src/index.ts": "export * from './client';",
            "packages/ai/src/client.ts": "export const client = new Anthropic({ maxRetries: 5 });",
            "apps/web/package.json": '{"name": "web"}',
            "apps/web/app.ts": "@acme/ai",
        },
        {
            "lib/raw.ts": "export default new Anthropic({ maxRetries: 5 });",
            "lib/claude.ts": "export { default as client } from './raw';",
            "src/app.ts": "../lib/claude",
        },
    ],
)
def test_modules(call: Call, files: dict[str, str]) -> None:
    project = {"package.json": "{}"}
    for path, text in files.items():
        if path.endswith("app.ts"):
            project[path] = f"import {{ client }} from '{text}';\nexport const ask = async (messages) => {ASK};\n"
        else:
            head = "import Anthropic from '@anthropic-ai/sdk';\n" if "Anthropic" in text else ""
            project[path] = head + text + "\n"
    assert call(project).retries == "configured:5"


def test_commonjs_modules(call: Call) -> None:
    row = call(
        {
            "package.json": "{}",
            "config.js": "module.exports = { model: process.env.MODEL || 'claude-haiku-4-5', limits: { answer: "
            "700 } };\n",
            "client.js": "const Anthropic = require('@anthropic-ai/sdk');\n"
            "module.exports = () => new Anthropic({ maxRetries: 3 });\n",
            "app.js": "const { model, limits } = require('./config');\nconst makeClient = require('./client');\n"
            "const client = makeClient();\nexports.ask = (messages) =>\n"
            "  client.messages.create({ model, max_tokens: limits.answer, messages });\n",
        }
    )
    assert (row.model, row.model_from, row.max_tokens, row.retries) == (
        ("claude-haiku-4-5",),
        "env-with-default",
        700,
        "configured:3",
    )


def test_options_of_a_wrapper(call: Call) -> None:
    row = call(
        {
            "package.json": "{}",
            "llm.ts": "import Anthropic from '@anthropic-ai/sdk';\nconst client = new Anthropic();\n"
            "interface Options { model: string; maxTokens?: number }\n"
            "export async function complete(prompt: string, { model, maxTokens = 800 }: Options) {\n"
            "  return client.messages.create({ model, max_tokens: maxTokens, messages: [{ role: 'user', "
            "content: prompt }] });\n}\n",
            "app.ts": "import { complete } from './llm';\nawait complete('hi', { model: 'claude-haiku-4-5' });\n",
        }
    )
    assert (row.model, row.max_tokens) == (("claude-haiku-4-5",), 800)


def test_an_option_of_the_request_is_not_known(call: Call) -> None:
    row = call(
        {
            "package.json": "{}",
            "app.ts": "import Anthropic from '@anthropic-ai/sdk';\nconst client = new Anthropic();\n"
            "export async function POST(req: Request) {\n  const { messages, max } = await req.json();\n"
            "  return client.messages.create({ model: 'claude-haiku-4-5', max_tokens: max, messages });\n}\n",
        }
    )
    assert row.max_tokens == "dynamic"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            (
                "import { generateText } from 'ai';\nimport { anthropic } from '@ai-sdk/anthropic';\n"
                "await generateText({ model: anthropic('claude-haiku-4-5'), maxOutputTokens: 400, prompt });"
            ),
            ("ai-sdk", "generateText", ("claude-haiku-4-5",), 400, "sdk-default", "none", False, "none"),
        ),
        (
            (
                "import { streamText, stepCountIs } from 'ai';\n"
                "streamText({ model: 'anthropic/claude-haiku-4-5', maxRetries: 0, tools, stopWhen: stepCountIs(5),\n"
                "  abortSignal: AbortSignal.timeout(30_000), messages });"
            ),
            (
                "ai-sdk",
                "streamText",
                ("anthropic/claude-haiku-4-5",),
                "missing",
                "disabled",
                "configured:30",
                True,
                "guarded",
            ),
        ),
        (
            (
                "import { generateText, hasToolCall } from 'ai';\n"
                "await generateText({ model: 'anthropic/claude-haiku-4-5', tools, stopWhen: "
                "hasToolCall('done'), messages });"
            ),
            (
                "ai-sdk",
                "generateText",
                ("anthropic/claude-haiku-4-5",),
                "missing",
                "sdk-default",
                "none",
                False,
                "unguarded",
            ),
        ),
        (
            (
                "import { ToolLoopAgent } from 'ai';\nimport { createAnthropic } from '@ai-sdk/anthropic';\n"
                "const provider = createAnthropic({});\n"
                "const agent = new ToolLoopAgent({ model: provider('claude-haiku-4-5'), tools });\n"
                "await agent.generate({ prompt });"
            ),
            ("ai-sdk", "generate", ("claude-haiku-4-5",), "missing", "sdk-default", "none", False, "guarded"),
        ),
        (
            (
                "import OpenAI from 'openai';\nconst client = new OpenAI({ timeout: 10_000 });\n"
                "await client.chat.completions.create({ model: 'gpt-5.6-luna', max_completion_tokens: 90, messages });"
            ),
            ("openai", "chat.completions.create", ("gpt-5.6-luna",), 90, "sdk-default", "configured:10", False, "none"),
        ),
        (
            (
                "import { query } from '@anthropic-ai/claude-agent-sdk';\n"
                "for await (const m of query({ prompt, options: { maxTurns: 8, model: 'claude-haiku-4-5' } })) show(m);"
            ),
            (
                "claude-agent-sdk",
                "query",
                ("claude-haiku-4-5",),
                "missing",
                "sdk-default",
                "sdk-default",
                True,
                "guarded",
            ),
        ),
        (
            (
                "import { ChatAnthropic } from '@langchain/anthropic';\n"
                "const model = new ChatAnthropic({ model: 'claude-haiku-4-5', maxTokens: 700, maxRetries: 2 });\n"
                "await model.invoke(messages);"
            ),
            ("langchain", "invoke", ("claude-haiku-4-5",), 700, "configured:2", "none", False, "none"),
        ),
        (
            (
                "import { GoogleGenAI } from '@google/genai';\nconst ai = new GoogleGenAI({ apiKey: "
                "process.env.KEY });\n"
                "await ai.models.generateContent({ model: 'gemini-3-flash', contents, config: { "
                "maxOutputTokens: 50 } });"
            ),
            (
                "google-genai",
                "models.generateContent",
                ("gemini-3-flash",),
                50,
                "none(sdk default)",
                "none",
                False,
                "none",
            ),
        ),
        (
            (
                "import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';\n"
                "const client = new BedrockRuntimeClient({ maxAttempts: 4 });\n"
                "await client.send(new ConverseCommand({ modelId: 'anthropic.claude-haiku-4-5-20251001-v1:0', "
                "messages,\n"
                "  inferenceConfig: { maxTokens: 60 } }));"
            ),
            (
                "bedrock",
                "send",
                ("anthropic.claude-haiku-4-5-20251001-v1:0",),
                60,
                "configured:4",
                "none",
                False,
                "none",
            ),
        ),
        (
            (
                "const API = 'https://api.anthropic.com';\nawait fetch(`${API}/v1/messages`, { method: 'POST', "
                "headers,\n"
                "  body: JSON.stringify({ model: 'claude-haiku-4-5', max_tokens: 70, messages }) });"
            ),
            ("http", "fetch", ("claude-haiku-4-5",), 70, "none(raw http)", "none", False, "none"),
        ),
        (
            (
                "import axios from 'axios';\nawait axios.post('https://api.anthropic.com/v1/messages',\n"
                "  { model: 'claude-haiku-4-5', max_tokens: 70, messages }, { headers, timeout: 5000 });"
            ),
            ("http", "post", ("claude-haiku-4-5",), 70, "none(raw http)", "configured:5", False, "none"),
        ),
    ],
)
def test_sdks(call: Call, source: str, expected: tuple[Any, ...]) -> None:
    row = call({"package.json": "{}", "app.ts": source + "\n"})
    names = ("sdk", "method", "model", "max_tokens", "retries", "timeout", "stream", "agent_loop")
    assert tuple(shown(row, *names).values()) == expected


@pytest.mark.parametrize(
    "source",
    [
        "import Anthropic from './mine';\nconst client = new Anthropic();\nawait client.messages.create({});",
        "import twilio from 'twilio';\nconst client = twilio(a, b);\nawait client.messages.create({ body, to });",
        "import OpenAI from 'openai';\nawait new OpenAI().embeddings.create({ model, input });",
        "await fetch('https://api.anthropic.com/v1/models');",
        "await fetch('https://api.anthropic.com/v1/messages/count_tokens', { method: 'POST' });",
        "import { embed } from 'ai';\nawait embed({ model, value });",
        (
            "import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';\nnew S3Client({}).send(new "
            "PutObjectCommand({}));"
        ),
        (
            "import { BedrockRuntimeClient, ApplyGuardrailCommand } from '@aws-sdk/client-bedrock-runtime';\n"
            "new BedrockRuntimeClient({}).send(new ApplyGuardrailCommand({}));"
        ),
        "// import Anthropic from '@anthropic-ai/sdk'; new Anthropic().messages.create({})\nrun();",
    ],
)
def test_what_reaches_no_model(calls: Calls, source: str) -> None:
    files = {"package.json": "{}", "app.ts": source + "\n"}
    if "./mine" in source:
        files["mine.ts"] = "export default class Anthropic { messages = { create: async (o) => o }; }\n"
    assert calls(files) == []


@pytest.mark.parametrize(
    ("loop", "verdict"),
    [
        ("while (response.stop_reason === 'tool_use') {{ {turn} }}", "unguarded"),
        (
            "for (let turn = 0; turn < 10; turn++) {{ {turn} if (response.stop_reason !== 'tool_use') break; }}",
            "guarded",
        ),
        ("while (true) {{ {turn} if (response.stop_reason !== 'tool_use') return response; }}", "unguarded"),
        (
            (
                "let turns = 0; while (true) {{ if (++turns > MAX) break; {turn} if (response.stop_reason !== "
                "'tool_use') break; }}"
            ),
            "guarded",
        ),
        ("do {{ {turn} }} while (response.stop_reason === 'tool_use' && messages.length < 40);", "guarded"),
        ("for (const q of questions) {{ {turn} answers.push(response); }}", "none"),
    ],
)
def test_loops(call: Call, loop: str, verdict: str) -> None:
    feed = "" if verdict == "none" else " messages.push({ role: 'user', content: await runTools(response) });"
    turn = f"response = await {ASK};{feed}"
    body = loop.replace("{{", "{").replace("}}", "}").replace("{turn}", turn)
    row = call(
        {
            "package.json": "{}",
            "app.ts": "import Anthropic from '@anthropic-ai/sdk';\nconst client = new Anthropic();\nconst MAX = 8;\n"
            f"export async function run(messages, questions) {{\n  let response;\n  const answers = [];\n  "
            f"{body}\n}}\n",
        }
    )
    assert row.agent_loop == verdict


def test_a_retry_written_by_hand(call: Call) -> None:
    row = call(
        {
            "package.json": "{}",
            "app.ts": """
            import Anthropic from '@anthropic-ai/sdk';
            const client = new Anthropic({ maxRetries: 0 });
            const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
            async function withRetry<T>(fn: () => Promise<T>, attempts = 3): Promise<T> {
              for (let attempt = 0; attempt < attempts; attempt++) {
                try {
                  return await fn();
                } catch (error) {
                  if (attempt === attempts - 1) throw error;
                  await sleep(2 ** attempt * 1000 + Math.random() * 100);
                }
              }
              throw new Error('unreachable');
            }
            export const ask = (messages) => withRetry(() =>
              client.messages.create({ model: 'claude-haiku-4-5', max_tokens: 300, messages }));
            """,
        }
    )
    assert row.retries == "custom-backoff"


def test_a_mixed_repository_lists_both(calls: Calls) -> None:
    found = calls(
        {
            "backend/requirements.txt": "anthropic\n",
            "backend/app.py": "import anthropic\nclient = anthropic.Anthropic()\n"
            "client.messages.create(model='claude-haiku-4-5', max_tokens=5, messages=[])\n",
            "web/package.json": "{}",
            "web/app.ts": "import Anthropic from '@anthropic-ai/sdk';\nconst client = new Anthropic();\nawait "
            f"{ASK};\n",
        }
    )
    assert [(row.file, row.app, row.max_tokens) for row in found] == [
        ("backend/app.py", "backend", 5),
        ("web/app.ts", "web", 300),
    ]


@pytest.mark.parametrize(
    ("path", "source", "route"),
    [
        (
            "src/server.ts",
            (
                "import express from 'express';\nconst app = express();\napp.post('/ask', async (req, res) => {\n"
                "  res.json({ask});\n});\n"
            ),
            4,
        ),
        (
            "src/routes.js",
            (
                "const { Router } = require('express');\nconst router = Router();\nconst guard = (f) => f;\n"
                "router.post('/ask', guard(async (req, res) => {\n  res.json(await {ask});\n}));\nmodule.exports = "
                "router;\n"
            ),
            5,
        ),
        (
            "src/chat.controller.ts",
            (
                "import { Controller, Post } from '@nestjs/common';\n@Controller('chat')\n"
                "export class Chat {\n  @Post()\n  async ask(messages) { return {ask}; }\n}\n"
            ),
            6,
        ),
        (
            "src/worker.ts",
            (
                "import { Hono } from 'hono';\nconst app = new Hono();\n"
                "app.post('/ask', async (c) => c.json(await {ask}));\nexport default app;\n"
            ),
            4,
        ),
        (
            "app/api/ask/route.ts",
            "export async function POST(req: Request) { return Response.json(await {ask}); }\n",
            2,
        ),
        (
            "app/api/ask/route.ts",
            "export const POST = guarded(async (req: Request) => Response.json(await {ask}));\n",
            2,
        ),
        ("pages/api/ask.ts", "export default async function handler(req, res) { res.json(await {ask}); }\n", 2),
        ("app/actions.ts", "export async function act(messages) { 'use server'; return {ask}; }\n", 2),
        ("src/routes/ask/+page.server.ts", "export const actions = { default: async ({ request }) => {ask} };\n", 2),
        ("src/index.ts", "export default { async fetch(request, env) { return {ask}; } };\n", 2),
        ("src/lib.ts", "export async function ask(messages) { return {ask}; }\n", None),
    ],
)
def test_entries(call: Call, path: str, source: str, route: int | None) -> None:
    head = "import Anthropic from '@anthropic-ai/sdk'; const client = new Anthropic(); const messages = [];\n"
    row = call({"package.json": "{}", path: head + source.replace("{ask}", ASK)})
    assert row.route == (None if route is None else f"{path}:{route}")


def test_a_handler_is_found_through_its_module(call: Call) -> None:
    row = call(
        {
            "package.json": "{}",
            "src/chat.js": "const Anthropic = require('@anthropic-ai/sdk');\nconst client = new Anthropic();\n"
            "exports.chat = async (req, res) => {\n  const { messages } = req.body;\n"
            f"  res.json(await {ASK});\n}};\n",
            "src/app.js": "const express = require('express');\nconst { chat } = require('./chat');\n"
            "const app = express();\napp.use(express.json());\napp.post('/chat', chat);\napp.listen(3000);\n",
        }
    )
    assert row.route == "src/chat.js:3"
    assert row.user_rate_limited is False
