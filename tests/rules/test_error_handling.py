"""Items 6 and 14 as a whole: verdicts and the lines that prove them."""

from __future__ import annotations

import textwrap
from pathlib import Path

from gonogo.config.options import Options
from gonogo.engine import run
from gonogo.findings import Verdict
from gonogo.poll import ItemResult

HEAD = """
import logging
import anthropic
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse

log = logging.getLogger(__name__)
app = FastAPI()
client = anthropic.Anthropic(timeout=5)

def ask(text):
    return client.messages.create(model="m", max_tokens=1, messages=[{"role": "user", "content": text}])
"""


def item(tmp_path: Path, name: str, rest: str) -> ItemResult:
    (tmp_path / "app.py").write_text(HEAD + textwrap.dedent(rest), encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("anthropic\n", encoding="utf-8")
    result = run(tmp_path, Options(history=False))
    assert result.faults == ()
    return next(entry for entry in result.items if entry.id == name)


def test_the_handler_that_reports_is_the_proof(tmp_path: Path) -> None:
    found = item(
        tmp_path,
        "error-handling",
        """
        @app.post("/")
        def answer(text):
            try:
                return ask(text).content
            except anthropic.APIError:
                log.exception("failed")
                raise HTTPException(502, "later") from None
        """,
    )
    assert found.verdict is Verdict.GO
    assert [entry.place.span.line for entry in found.evidence] == [18]


def test_a_handler_for_the_application_is_a_proof(tmp_path: Path) -> None:
    found = item(
        tmp_path,
        "error-handling",
        """
        @app.exception_handler(Exception)
        async def failed(request, error):
            log.error("failed: %s", type(error).__name__)
            return JSONResponse({"detail": "later"}, 500)

        @app.post("/")
        def answer(text):
            return ask(text).content
        """,
    )
    assert found.verdict is Verdict.GO
    assert [entry.place.span.line for entry in found.evidence] == [15]


def test_a_handler_for_the_application_may_leak_too(tmp_path: Path) -> None:
    found = item(
        tmp_path,
        "error-handling",
        """
        @app.exception_handler(Exception)
        async def failed(request, exc: Exception):
            return JSONResponse({"detail": str(exc)}, 500)

        @app.post("/")
        def answer(text):
            return ask(text).content
        """,
    )
    assert found.verdict is Verdict.NO_GO
    assert found.reason == "the raw text of an error shown to the client"


def test_a_handler_for_other_errors_is_none(tmp_path: Path) -> None:
    found = item(
        tmp_path,
        "error-handling",
        """
        @app.exception_handler(ValueError)
        async def failed(request, exc):
            return JSONResponse({"detail": "bad value"}, 400)

        @app.post("/")
        def answer(text):
            return ask(text).content
        """,
    )
    assert found.verdict is Verdict.NO_GO


def test_code_that_nobody_is_known_to_reach_stays_open(tmp_path: Path) -> None:
    assert item(tmp_path, "error-handling", "").verdict is Verdict.HOLD


def test_a_fallback_needs_somebody_who_waits(tmp_path: Path) -> None:
    found = item(tmp_path, "circuit-breaker", "print(ask('hello').content)\n")
    assert found.verdict is Verdict.NA


def test_an_empty_answer_proves_no_fallback(tmp_path: Path) -> None:
    found = item(
        tmp_path,
        "circuit-breaker",
        """
        @app.post("/")
        def answer(text):
            try:
                return ask(text).content
            except anthropic.APIError:
                log.exception("failed")
                return None
        """,
    )
    assert (found.verdict, found.evidence) == (Verdict.HOLD, ())
