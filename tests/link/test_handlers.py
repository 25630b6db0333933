"""Which handlers stand between a call and its entries, and what comes out of them."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from gonogo.analysis import analyse
from gonogo.link.handlers import Handlers
from gonogo.link.problems import Way
from gonogo.workspace.discover import discover

HEAD = """
import json
import anthropic
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse

app = FastAPI()
client = anthropic.Anthropic(timeout=5)

def ask(text):
    return client.messages.create(model="m", max_tokens=1, messages=[{"role": "user", "content": text}])
"""


def ways(tmp_path: Path, rest: str, head: str = HEAD) -> tuple[Way, ...]:
    """The ways of the only model call of a small application."""
    (tmp_path / "app.py").write_text(head + textwrap.dedent(rest), encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("anthropic\n", encoding="utf-8")
    analysis = analyse(discover(tmp_path))
    assert analysis.faults == []
    [call] = analysis.calls
    return Handlers(analysis.evaluator).ways(call)


def only(tmp_path: Path, rest: str) -> Way:
    [way] = ways(tmp_path, rest)
    return way


def test_a_route_without_a_handler_lets_the_error_escape(tmp_path: Path) -> None:
    way = only(tmp_path, "@app.post('/')\ndef answer(text):\n    return ask(text)\n")
    assert (way.entry, way.caught, [p.kind for p in way.escapes], way.sure) == ("route", (), ["api"], True)
    assert way.place is not None
    assert way.place.span.line == 13


@pytest.mark.parametrize(
    ("clause", "caught", "escapes"),
    [
        ("except Exception", True, []),
        ("except", True, []),
        ("except anthropic.APIError", True, []),
        ("except (ValueError, anthropic.AnthropicError)", True, []),
        ("except anthropic.RateLimitError", True, ["api"]),
        ("except json.JSONDecodeError", False, ["api"]),
        ("except HTTPException", False, ["api"]),
    ],
)
def test_clauses_catch_what_their_classes_cover(clause: str, caught: bool, escapes: list[str], tmp_path: Path) -> None:
    way = only(
        tmp_path,
        f"@app.post('/')\ndef answer(t):\n    try:\n        return ask(t)\n    {clause}:\n        return 'none'\n",
    )
    assert bool(way.caught) is caught
    assert [problem.kind for problem in way.escapes] == escapes


def test_an_error_of_the_project_is_met_by_its_own_clause(tmp_path: Path) -> None:
    """The text of the SDK's error is gone once the project raises a sentence of its own."""
    way = only(
        tmp_path,
        """
        class Unavailable(Exception):
            pass

        class Gone(Unavailable):
            pass

        def careful(text):
            try:
                return ask(text)
            except anthropic.APIError as error:
                raise Gone("later") from error

        @app.post("/")
        def answer(text):
            try:
                return careful(text)
            except KeyError:
                return "no key"
            except Unavailable as error:
                return "later"
        """,
    )
    assert [(c.problem.kind, c.problem.raw) for c in way.caught] == [("api", True), ("own", False)]
    assert way.escapes == ()


@pytest.mark.parametrize(("text", "raw"), [('f"no: {error}"', True), ("str(error)", True), ('"no"', False)])
def test_what_is_raised_instead_keeps_the_text_or_not(text: str, raw: bool, tmp_path: Path) -> None:
    way = only(
        tmp_path,
        f"""
        @app.post("/")
        def answer(text):
            try:
                return ask(text)
            except anthropic.APIError as error:
                raise HTTPException(502, {text})
        """,
    )
    assert [(p.kind, p.raw) for p in way.escapes] == [("http", raw)]


def test_an_error_kept_in_a_loop_is_raised_after_it(tmp_path: Path) -> None:
    way = only(
        tmp_path,
        """
        @app.post("/")
        def answer(text):
            last = None
            for attempt in range(3):
                try:
                    return ask(text)
                except anthropic.APIError as error:
                    last = error
            raise last
        """,
    )
    assert [outcome.kind for outcome in way.caught[0].outcomes] == ["raise"]
    assert [p.kind for p in way.escapes] == ["api"]


def test_a_generator_fails_where_it_is_read(tmp_path: Path) -> None:
    way = only(
        tmp_path,
        """
        def pieces(text):
            yield ask(text)

        @app.post("/")
        def answer(text):
            try:
                return StreamingResponse(pieces(text))
            except Exception:
                return "never"
        """,
    )
    assert (way.caught, [p.kind for p in way.escapes], way.sure) == ((), ["api"], True)


def test_a_generator_read_in_place_is_guarded_there(tmp_path: Path) -> None:
    way = only(
        tmp_path,
        """
        def pieces(text):
            yield ask(text)

        @app.post("/")
        def answer(text):
            try:
                return [piece for piece in list(pieces(text))]
            except Exception:
                return []
        """,
    )
    assert len(way.caught) == 1
    assert way.escapes == ()


def test_a_task_of_its_own_is_not_followed_with_certainty(tmp_path: Path) -> None:
    found = ways(
        tmp_path,
        """
        from fastapi import BackgroundTasks

        @app.post("/")
        def answer(text, tasks: BackgroundTasks):
            tasks.add_task(ask, text)
        """,
    )
    assert [way.sure for way in found] == [False]


def test_two_routes_are_two_ways(tmp_path: Path) -> None:
    found = ways(
        tmp_path,
        """
        def shared(text):
            return ask(text)

        @app.post("/one")
        def one(text):
            return shared(text)

        @app.post("/two")
        def two(text):
            try:
                return shared(text)
            except Exception:
                return "none"
        """,
    )
    assert {way.top.name if way.top else "": bool(way.caught) for way in found} == {"one": False, "two": True}


@pytest.mark.parametrize(
    ("body", "silent"),
    [
        ("pass", True),
        ("return None", True),
        ("return []", True),
        ("answer = ''", True),
        ("return 'later'", False),
        ("print('failed')", False),
        ("count.inc()", False),
        ("raise", False),
    ],
)
def test_silence_is_doing_nothing_at_all(body: str, silent: bool, tmp_path: Path) -> None:
    way = only(
        tmp_path,
        f"@app.post('/')\ndef answer(text):\n    try:\n        ask(text)\n    except Exception:\n        {body}\n",
    )
    assert way.caught[0].handler.silent is silent


def test_a_handler_that_ends_the_program_lets_nothing_through(tmp_path: Path) -> None:
    way = only(
        tmp_path,
        """
        import sys

        def main():
            try:
                ask("hello")
            except anthropic.APIError:
                sys.exit("no answer")

        main()
        """,
    )
    assert way.entry == "script"
    assert [outcome.kind for outcome in way.caught[0].outcomes] == ["exit"]
