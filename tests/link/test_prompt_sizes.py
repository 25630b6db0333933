"""How long fixed prompts are, and whether they are marked for caching: from texts, templates, lists and files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gonogo.poll import CallRow

Call = Callable[..., CallRow]

HEAD = """
from anthropic import Anthropic
client = Anthropic()
"""
ASK = """
def ask(text):
    return client.messages.create(
        model="claude-sonnet-4-6", max_tokens=100, system={system}, messages=[{{"role": "user", "content": text}}]
    )
"""
WORDS = "lamp " * 1_000
"""5,000 characters, by the usual figure 1,250 tokens."""


def asked(system: str, before: str = "") -> str:
    return HEAD + before + ASK.format(system=system)


def ask(call: Call, system: str, before: str = "", files: dict[str, str] | None = None) -> CallRow:
    return call({"app.py": asked(system, before), **(files or {})})


LINES = """
def rules():
    text = "lamp "
    text += "post "
    return text
"""
PARTS = """
def rules():
    parts = []
    parts.append("lamp")
    parts.append("post ")
    return " ".join(parts)
"""


@pytest.mark.parametrize(
    ("before", "system"),
    [
        ("A = 'lamp ' 'post '", "A"),
        ("A = 'lamp '\nB = A + 'post '", "B"),
        ("A = 'lamp '\nB = f'{A}post '", "B"),
        ("B = 'post '\nA = 'lamp {what}'.format(what=B)", "A"),
        ("B = 'post '\nA = 'lamp %s' % B", "A"),
        ("A = ['lamp', 'post', '']", "' '.join(A)"),
        ("A = 'lamp X'\nB = 'post '", "A.replace('X', B)"),
        (LINES, "rules()"),
        (PARTS, "rules()"),
        ("import textwrap\nA = 'lamp post '", "textwrap.dedent(A)"),
    ],
)
def test_a_text_put_together_is_as_long_as_its_parts(call: Call, before: str, system: str) -> None:
    """`lamp post `, each word 250 times, however it is made."""
    row = ask(call, system, before.replace("lamp", "lamp" * 250).replace("post", "post" * 250) + "\n")
    assert row.fixed_prompt_tokens == (1_000 + 1 + 1_000 + 1) // 4


def test_what_differs_does_not_count(call: Call) -> None:
    row = ask(call, "f'{RULES}{text}'", f"RULES = {WORDS!r}\n")
    assert (row.fixed_prompt_tokens, row.large_static_system) == (1_250, True)


def test_text_of_the_request_is_no_fixed_prompt(call: Call) -> None:
    row = call(
        """
        from anthropic import Anthropic
        from fastapi import FastAPI
        app = FastAPI()
        client = Anthropic()

        @app.post("/")
        def ask(system: str, text: str):
            return client.messages.create(model="claude-sonnet-4-6", max_tokens=100, system=system, messages=[])
        """
    )
    assert (row.fixed_prompt_tokens, row.large_static_system) == (0, False)


@pytest.mark.parametrize("system", ["load()", "client.rules", "open(name()).read()"])
def test_what_cannot_be_read_is_not_known(call: Call, system: str) -> None:
    row = ask(call, system, "from somewhere import load, name\n")
    assert (row.fixed_prompt_tokens, row.large_static_system) == (None, False)


@pytest.mark.parametrize(("callers", "large"), [(2, True), (7, False)])
def test_the_texts_of_many_callers_are_none_of_a_helper(call: Call, callers: int, large: bool) -> None:
    """The first caller's prompt is long, those of the others are short."""
    uses = "".join(f"def use{n}(text):\n    return ask(text, 'short {n}')\n" for n in range(1, callers))
    helper = ASK.format(system="rules").replace("def ask(text)", "def ask(text, rules)")
    row = call(HEAD + f"RULES = {WORDS!r}\n" + helper + "def use(text):\n    return ask(text, RULES)\n" + uses)
    assert row.large_static_system is large


# --- files of the repository ---


ON_DEMAND = """
def rules(name):
    with open("prompts/" + name + ".md") as file:
        return file.read()
"""
KEEPER = """
from pathlib import Path
class Prompts:
    def __init__(self, folder):
        self.folder = Path(folder)
    def get(self, name):
        return (self.folder / f"{name}.md").read_text()
prompts = Prompts("prompts")
"""
FIXED = """
from pathlib import Path
HERE = Path(__file__).resolve().parents[0]
"""
JOINED = """
import os
HERE = os.path.dirname(os.path.abspath(__file__))
"""


@pytest.mark.parametrize(
    ("before", "system"),
    [
        (FIXED, "(Path(__file__).parent / 'prompts' / 'rules.md').read_text(encoding='utf-8')"),
        (FIXED, "HERE.joinpath('prompts', 'rules.md').read_text()"),
        (FIXED, "Path('prompts/rules.md').read_text()"),
        (JOINED, "open(os.path.join(HERE, 'prompts', 'rules.md')).read()"),
        (JOINED, "open(f'{HERE}/prompts/rules.md').read().strip()"),
        (ON_DEMAND, "rules('rules')"),
        (KEEPER, "prompts.get('rules')"),
    ],
)
def test_a_prompt_in_a_file(call: Call, before: str, system: str) -> None:
    row = ask(call, system, before, {"prompts/rules.md": WORDS})
    assert (row.fixed_prompt_tokens, row.large_static_system) == (1_250, True)


@pytest.mark.parametrize(
    ("name", "text", "reading"),
    [
        ("prompts.yaml", f"desk:\n  system: {WORDS}x\n", "yaml.safe_load(open('prompts.yaml'))['desk']['system']"),
        ("prompts.json", f'{{"system": "{WORDS}x"}}', "json.loads(Path('prompts.json').read_text())['system']"),
    ],
)
def test_an_entry_of_a_file(call: Call, name: str, text: str, reading: str) -> None:
    row = ask(call, reading, "import json, yaml\nfrom pathlib import Path\n", {name: text})
    assert row.fixed_prompt_tokens == 1_250


def test_a_template_found_by_its_name(call: Call) -> None:
    before = (
        "from jinja2 import Environment, FileSystemLoader\nenv = Environment(loader=FileSystemLoader('templates'))\n"
    )
    row = ask(call, "env.get_template('desk.j2').render(now=1)", before, {"templates/desk.j2": f"{WORDS}{{{{ now }}}}"})
    assert row.fixed_prompt_tokens == 1_250


def test_no_file_outside_the_repository_is_read(call: Call, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text(WORDS, encoding="utf-8")
    for reading in (f"open({str(tmp_path / 'secret.md')!r}).read()", "open('../secret.md').read()"):
        assert ask(call, reading).fixed_prompt_tokens is None


def test_no_link_is_followed(call: Call, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text(WORDS, encoding="utf-8")
    root = tmp_path / "project1"
    root.mkdir()
    (root / "rules.md").symlink_to(tmp_path / "secret.md")
    assert ask(call, "open('rules.md').read()").fixed_prompt_tokens is None


def test_only_files_that_hold_texts_are_read(call: Call) -> None:
    assert ask(call, "open('.env').read()", files={".env": WORDS}).fixed_prompt_tokens is None


# --- messages and tools ---


def test_system_messages_count_and_others_do_not(call: Call) -> None:
    row = call(
        f"""
        from openai import OpenAI
        client = OpenAI()
        RULES = {WORDS!r}

        def ask(history, text):
            messages = [{{"role": "system", "content": RULES}}]
            messages.extend(history)
            messages.append({{"role": "user", "content": RULES + text}})
            return client.chat.completions.create(model="gpt-5.5-2026-04-23", messages=messages)
        """
    )
    assert (row.fixed_prompt_tokens, row.cache_control) == (1_250, False)


def test_the_system_part_of_a_prompt_template(call: Call) -> None:
    row = call(
        f"""
        from langchain_anthropic import ChatAnthropic
        from langchain_core.prompts import ChatPromptTemplate
        model = ChatAnthropic(model="claude-sonnet-4-6", max_tokens=100)
        prompt = ChatPromptTemplate.from_messages([("system", {WORDS!r} + "{{day}}"), ("human", "{{text}}")])
        chain = prompt | model

        def ask(text):
            return chain.invoke({{"text": text, "day": "Monday"}})
        """
    )
    assert (row.fixed_prompt_tokens, row.large_static_system) == (1_250, True)


def test_a_template_of_what_people_say_is_no_instruction(call: Call) -> None:
    row = call(
        f"""
        from langchain_anthropic import ChatAnthropic
        from langchain_core.prompts import ChatPromptTemplate, HumanMessagePromptTemplate, SystemMessagePromptTemplate
        model = ChatAnthropic(model="claude-sonnet-4-6", max_tokens=100)
        prompt = ChatPromptTemplate.from_messages([
            SystemMessagePromptTemplate.from_template("Answer in one sentence."),
            HumanMessagePromptTemplate.from_template({WORDS!r} + "{{text}}"),
        ])
        chain = prompt | model

        def ask(text):
            return chain.invoke({{"text": text}})
        """
    )
    assert row.fixed_prompt_tokens is not None
    assert 0 < row.fixed_prompt_tokens < 20


def test_tools_count_as_they_are_sent(call: Call) -> None:
    row = call(
        f"""
        from anthropic import Anthropic
        client = Anthropic()
        TOOLS = []
        TOOLS.append({{"name": "look", "description": {WORDS!r}, "input_schema": {{"type": "object"}}}})

        def ask(text):
            return client.messages.create(
                model="claude-sonnet-4-6", max_tokens=100, tools=TOOLS, messages=[{{"role": "user", "content": text}}]
            )
        """
    )
    assert row.large_static_system is True
    assert row.fixed_prompt_tokens is not None
    assert 1_250 < row.fixed_prompt_tokens < 1_300


# --- marks ---


@pytest.mark.parametrize(
    ("system", "marked"),
    [
        ("[{'type': 'text', 'text': 'a', 'cache_control': {'type': 'ephemeral'}}]", True),
        # The word is there, and what `text` is cannot be seen.
        ("[{'type': 'text', 'text': 'a', 'cache_control': None}]", None),
        ("[{'type': 'text', 'text': 'cache_control'}]", None),
        ("[TextBlockParam(type='text', text='a', cache_control={'type': 'ephemeral'})]", True),
        ("'a', cache_control={'type': 'ephemeral'}", True),
        ("'a', tools=[{'name': 'a', 'cache_control': {'type': 'ephemeral'}}]", True),
        ("'a'", False),
    ],
)
def test_a_mark_is_where_it_is_written(call: Call, system: str, marked: bool | None) -> None:
    row = ask(call, system, "from anthropic.types import TextBlockParam\n")
    assert row.cache_control is marked


def test_a_mark_that_may_be_set_out_of_sight_is_not_denied(call: Call) -> None:
    files = {"marks.py": "def mark(messages):\n    messages[-1].mark('cache_control')\n    return messages\n"}
    source = HEAD + "from marks import mark\ndef ask(history):\n    messages = mark(list(history))\n"
    source += "    return client.messages.create(model='claude-sonnet-4-6', max_tokens=9, messages=messages)\n"
    assert call({"app.py": source, **files}).cache_control is None


# --- JavaScript ---

ECMA = """
import Anthropic from "@anthropic-ai/sdk";
import fs, {{ readFileSync, promises }} from "node:fs";
import path from "node:path";
import {{ fileURLToPath }} from "node:url";
const client = new Anthropic();
const here = path.dirname(fileURLToPath(import.meta.url));
{before}
export async function ask(text: string) {{
  const messages = [{{ role: "user" as const, content: text }}];
  return client.messages.create({{ model: "claude-sonnet-4-6", max_tokens: 100, system: {system}, messages }});
}}
"""


@pytest.mark.parametrize(
    ("before", "system"),
    [
        (f"const RULES = `{WORDS}`;", "[{ type: 'text', text: RULES }]"),
        (f"const RULES = ['{WORDS}', 'x'.slice(1)].join('');", "`${RULES}${text}`"),
        ("", 'readFileSync(path.join(__dirname, "rules.md"), "utf8")'),
        ("", 'fs.readFileSync(path.join(here, "rules.md")).toString()'),
        ("", 'await promises.readFile(new URL("./rules.md", import.meta.url), "utf8")'),
        ("", 'fs.readFileSync(path.resolve(process.cwd(), "src/rules.md"), { encoding: "utf8" })'),
        ("", "fs.readFileSync(`${__dirname}/rules.md`, 'utf8')"),
    ],
)
def test_texts_of_typescript_are_as_long(call: Call, before: str, system: str) -> None:
    files = {"src/ask.ts": ECMA.format(before=before, system=system), "src/rules.md": WORDS}
    row = call({"package.json": '{"dependencies": {"@anthropic-ai/sdk": "1.11.0"}}', **files})
    assert row.fixed_prompt_tokens == 1_250


TOOLS = """
import { anthropic } from "@ai-sdk/anthropic";
import { generateText, tool } from "ai";
import { z } from "zod";
const find = tool({
  description: "%s",
  inputSchema: z.object({ words: z.string().describe("What to look for.") }),
  execute: async ({ words }) => words,
});
export async function ask(prompt: string) {
  return generateText({ model: anthropic("claude-sonnet-4-6"), prompt, tools: { find }, maxOutputTokens: 100 });
}
"""


def test_what_a_tool_of_a_schema_says_counts(call: Call) -> None:
    row = call({"package.json": '{"dependencies": {"ai": "6.0.0"}}', "ask.ts": TOOLS % WORDS})
    assert row.large_static_system


MARKED = """
import { anthropic } from "@ai-sdk/anthropic";
import { generateText, type ModelMessage } from "ai";
const CACHED = { anthropic: { cacheControl: { type: "ephemeral" } } };
const marked = (said: ModelMessage[]) =>
  said.map((one, index) => (index === said.length - 1 ? { ...one, providerOptions: CACHED } : one));
export async function ask(said: ModelMessage[]) {
  return generateText({ model: anthropic("claude-sonnet-4-6"), messages: %s, maxOutputTokens: 100 });
}
"""


@pytest.mark.parametrize(
    ("messages", "cached"),
    [
        ("marked(await load())", True),
        ('[{ role: "system", content: "x", providerOptions: CACHED }, ...said]', True),
        ('[{ role: "user", content: [{ type: "text", text: "x", providerOptions: CACHED }] }]', True),
        ('[{ role: "user", content: "x" }]', False),
    ],
)
def test_marks_of_the_ai_sdk(call: Call, messages: str, cached: bool) -> None:
    source = 'import { load } from "somewhere";\n' + MARKED % messages
    assert call({"package.json": '{"dependencies": {"ai": "6.0.0"}}', "ask.ts": source}).cache_control is cached
