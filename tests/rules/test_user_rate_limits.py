"""Item 11 in TypeScript: a limiter counts for the routes under its path, and for no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.config.options import Options
from gonogo.engine import run
from gonogo.findings import Verdict

CLIENT = """
import Anthropic from "@anthropic-ai/sdk";
const client = new Anthropic();
export const ask = (text: string) =>
  client.messages.create({ model: "m", max_tokens: 9, messages: [{ role: "user", content: text }] });
"""
ROUTER = """
import { Router } from "express";
import { ask } from "./client";
export const router = Router();
router.post("/ask", async (request, response) => response.json(await ask(request.body.text)));
"""
APP = """
import express, {{ Router }} from "express";
import rateLimit from "express-rate-limit";
import {{ router }} from "./router";
const app = express();
const limiter = rateLimit({{ limit: 5, keyGenerator: (request) => request.user.id }});
const api = Router();
{lines}
app.listen(3000);
"""


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        ('app.use(limiter);\napp.use("/api", router);', Verdict.GO),
        ('app.use("/api", limiter);\napp.use("/api", router);', Verdict.GO),
        ('app.use("/api/*", limiter);\napp.use("/api", router);', Verdict.GO),
        ('app.use("/api", limiter, router);', Verdict.GO),
        ('app.use("/api", limiter);\napi.use("/chat", router);\napp.use("/api", api);', Verdict.GO),
        ('app.use("/:tenant", limiter);\napp.use("/api", router);', Verdict.GO),
        ('app.use("/login", limiter);\napp.use("/api", router);', Verdict.HOLD),
        ('app.use("/ap", limiter);\napp.use("/api", router);', Verdict.HOLD),
        ('app.use("/api/files", limiter);\napi.use("/chat", router);\napp.use("/api", api);', Verdict.HOLD),
    ],
)
def test_a_limiter_counts_under_its_path(lines: str, verdict: Verdict, tmp_path: Path) -> None:
    files = {
        "package.json": '{"name": "a"}',
        "client.ts": CLIENT,
        "router.ts": ROUTER,
        "app.ts": APP.format(lines=lines),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    result = run(tmp_path, Options(history=False))
    assert result.faults == ()
    assert next(item.verdict for item in result.items if item.id == "user-rate-limits") is verdict
