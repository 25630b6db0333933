"""Keys that reach the browser: what is said once, and what is not said at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.fixtures import found, options
from support.repos import Repository

from gonogo.engine import run
from gonogo.findings import Severity

VITE = """\
import { defineConfig, loadEnv } from "vite";

export default defineConfig(({ mode }) => {
  const env = loadEnv(mode, ".", "");
  return { define: { "process.env.OPENAI_API_KEY": JSON.stringify(env.VITE_OPENAI_API_KEY) } };
});
"""


def places(root: Path, files: dict[str, str]) -> list[tuple[str, int]]:
    Repository(root).commit(files)
    result = run(root, options(history=False))
    assert result.faults == ()
    return [(f.finding.place.path, f.finding.place.span.line) for f in found(result, "key-in-client-bundle")]


def test_one_line_is_reported_once(tmp_path: Path) -> None:
    assert places(tmp_path, {"vite.config.ts": VITE}) == [("vite.config.ts", 5)]


@pytest.mark.parametrize(
    "read",
    [
        "const { VITE_OPENAI_API_KEY } = import.meta.env;",
        "const { VITE_OPENAI_API_KEY: key, MODE } = import.meta.env;",
        'const key = import.meta.env["VITE_OPENAI_API_KEY"];',
        "const key = process.env?.VITE_OPENAI_API_KEY;",
    ],
)
def test_every_way_to_read_a_variable_counts(read: str, tmp_path: Path) -> None:
    assert places(tmp_path, {"src/key.ts": f"{read}\n"}) == [("src/key.ts", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "// const key = import.meta.env.VITE_OPENAI_API_KEY;",
        'const shown = "VITE_OPENAI_API_KEY is not set";',
        "const { VITE_OPENAI_API_URL } = import.meta.env;",
        "const { VITE_OPENAI_API_KEY } = testSettings;",
    ],
)
def test_what_reads_no_key_does_not(text: str, tmp_path: Path) -> None:
    assert places(tmp_path, {"src/key.ts": f"{text}\n"}) == []


@pytest.mark.parametrize(
    "text", ["export default {", "export default { define: 1 }", "module.exports = { env: [] };", ""]
)
def test_a_strange_configuration_is_no_trouble(text: str, tmp_path: Path) -> None:
    assert places(tmp_path, {"vite.config.ts": text, "next.config.js": text}) == []


CLIENT = "import Anthropic from '@anthropic-ai/sdk';\n"


@pytest.mark.parametrize(
    ("key", "severity"),
    [
        ('localStorage.getItem("key") ?? ""', Severity.NOTE),
        ("(document.querySelector('#key') as HTMLInputElement).value", Severity.NOTE),
        ("import.meta.env.VITE_CLAUDE_TOKEN", Severity.ERROR),
        ("process.env.KEY ?? localStorage.getItem('key')", Severity.ERROR),
    ],
)
def test_a_key_that_visitors_bring_is_a_note(key: str, severity: Severity, tmp_path: Path) -> None:
    client = f"{CLIENT}export const client = () => new Anthropic({{ apiKey: {key}, dangerouslyAllowBrowser: true }});\n"
    Repository(tmp_path).commit({"package.json": '{"name": "a"}', "src/client.ts": client})
    result = run(tmp_path, options(history=False))
    reported = [f for f in found(result, "key-in-client-bundle") if "allowed to run" in f.finding.message]
    assert [f.severity for f in reported] == [severity]


@pytest.mark.parametrize(
    ("path", "text", "lines"),
    [
        ("server.js", 'import express from "express";\nconst key = process.env.VITE_OPENAI_API_KEY;\n', []),
        ("api/ask.js", "export default (req, res) => res.json(process.env.VITE_OPENAI_API_KEY.length);\n", []),
        ("src/ask.js", "export const key = process.env.VITE_OPENAI_API_KEY;\n", [1]),
        ("src/ask.js", 'import "express";\nexport const key = import.meta.env.VITE_OPENAI_API_KEY;\n', [2]),
        ("server.js", 'import express from "express";\nconst key = process.env.NEXT_PUBLIC_OPENAI_API_KEY;\n', [2]),
    ],
)
def test_what_only_a_server_reads_is_in_no_bundle(path: str, text: str, lines: list[int], tmp_path: Path) -> None:
    assert places(tmp_path, {path: text}) == [(path, line) for line in lines]
