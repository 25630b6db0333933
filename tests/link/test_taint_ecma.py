"""What reaches a system prompt in JavaScript: every way of text is followed, or said not to be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gonogo.analysis import analyse
from gonogo.config.options import Options
from gonogo.facts.flow import Origin
from gonogo.link.values import CallSite
from gonogo.registry.models import catalog
from gonogo.rules.base import AppFacts
from gonogo.workspace.discover import discover

HEAD = """
import Anthropic from "@anthropic-ai/sdk";
import express from "express";
import { z } from "zod";
const client = new Anthropic();
const app = express();
const KINDS = { a: "A", b: "B" };
const SCHEMA = z.object({ kind: z.enum(["a", "b"]), text: z.string(), tags: z.array(z.string()), size: z.number() });
class Notes {
  parts = [];
  kept = new Map();
  constructor(base) { this.base = base; }
  add(text) { this.parts.push(text); return this; }
  keep(key, text) { this.kept.set(key, text); }
  build() { return [this.base, ...this.parts].join("\\n"); }
}
const fromOptions = ({ tone, notes = [] }) => {
  let out = tone;
  for (const note of notes) out += `- ${note}`;
  return out;
};
const load = (names) => "You are {{who}}".replace(/{{(\\w+)}}/g, (_, key) => names[key]);
export const elsewhere = async (req) => load({ who: req.body.who });
export async function ask(system) {
  const messages = [{ role: "user", content: "hi" }];
  return client.messages.create({ model: "claude-opus-4-8", max_tokens: 64, system, messages });
}
"""


def origins(folder: Path, body: str) -> list[Origin]:
    """The origins of the argument of `probe(...)` in a route with `body`."""
    route = f'app.post("/x", async (req, res) => {{ {body} res.json(await ask("a")); }});'
    (folder / "app.ts").write_text(HEAD + route, encoding="utf-8")
    packages = {"@anthropic-ai/sdk": "1.11.0", "express": "5.0.0", "zod": "4.0.0"}
    (folder / "package.json").write_text(json.dumps({"dependencies": packages}), encoding="utf-8")
    workspace = discover(folder)
    analysis = analyse(workspace)
    assert analysis.faults == []
    calls = [call for call in analysis.calls if call.area == "app"]
    today = Options(history=False).today
    facts = AppFacts(".", calls, analysis.evaluator, workspace, analysis.index, catalog(), today)
    module = analysis.evaluator.project.modules["app.ts"]
    (call,) = module.calls_by_tail["probe"]
    site = CallSite(analysis.evaluator.project.frame(module, call.function), call)
    return facts.flows.made_of(call.args[0].value, site)


@pytest.mark.parametrize(
    "body",
    [
        "probe(`x ${req.body.x}`);",
        "const { a: { b: [first] } } = req.body; probe(first);",
        'probe(["Rules", "Tone: " + req.body.tone].join("\\n"));',
        'probe("x".concat(req.body.x));',
        "probe(req.body.notes.map((n) => `- ${n.text}`).join());",
        'probe(req.body.items.reduce((all, item) => all + item.name, ""));',
        "const all = []; for (const [k, v] of Object.entries(req.body)) all.push(`${k}: ${v}`); probe(all.join());",
        "probe(JSON.stringify(req.body));",
        'const { x } = JSON.parse(req.body); probe(x ?? "none");',
        'const kept = new Map(); kept.set("a", req.body.x); probe(kept.get("a"));',
        'const [, second] = await Promise.all([ask("a"), Promise.resolve(req.body.x)]); probe(second);',
        "Promise.resolve(req.body.x).then((x) => probe(x));",
        "probe(req.body.x.trim().slice(0, 300).toUpperCase());",
        'probe("You are {{who}}".replace("{{who}}", req.body.who));',
        "probe(load(req.body));",
        "probe(fromOptions(req.body));",
        'probe(new Notes("x").add(req.body.x).build());',
        'const options = {}; options.system = req.body.x; probe({ system: "x", ...options }.system);',
        "probe(SCHEMA.parse(req.body).text);",
        "const found = SCHEMA.safeParse(req.body); probe(found.data.tags.join());",
    ],
)
def test_what_a_client_sends_is_found(tmp_path: Path, body: str) -> None:
    assert "user" in [origin.kind for origin in origins(tmp_path, body)]


@pytest.mark.parametrize(
    "body",
    [
        "probe(KINDS[req.body.kind]);",
        'probe(["en", "de"].includes(req.body.lang) ? req.body.lang : "en");',
        "if (!Object.hasOwn(KINDS, req.body.kind)) return; probe(`x ${req.body.kind}`);",
        'probe(req.body.formal ? "polite" : "plain");',
        "probe(`${Number(req.body.n)} ${parseInt(req.body.k, 10)} ${Math.max(1, req.body.m)}`);",
        "probe(`${new Date(req.body.day).toISOString()}`);",
        "const { kind, size } = SCHEMA.parse(req.body); probe(`${kind} ${size}`);",
        "const found = await SCHEMA.safeParseAsync(req.body); probe(found.data.kind);",
        'probe({ ...req.body, system: "x" }.system);',
        'probe(load({ who: "a baker" }));',
    ],
)
def test_what_is_held_against_a_list_is_let_pass(tmp_path: Path, body: str) -> None:
    assert origins(tmp_path, body) == []


@pytest.mark.parametrize(
    "body",
    [
        'const notes = new Notes("x"); notes.keep("a", req.body.x); probe(notes.kept.get("b"));',
        "retry(5, (x) => probe(x));",
        "probe(SCHEMA.transform(change).parse(req.body).text);",
    ],
)
def test_what_cannot_be_followed_says_so(tmp_path: Path, body: str) -> None:
    assert [origin.kind for origin in origins(tmp_path, body)] == ["unseen"]
