"""What values are made of: cases read by the real engine, with `probe(...)` where the question is asked."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from gonogo.analysis import analyse
from gonogo.config.options import Options
from gonogo.facts.flow import Origin
from gonogo.link.values import CallSite
from gonogo.registry.models import catalog
from gonogo.rules.base import AppFacts
from gonogo.workspace.discover import discover

Ask = Callable[[str], list[Origin]]

HEAD = """
    import json
    from typing import Annotated, Literal
    import anthropic
    import requests
    from fastapi import Depends, FastAPI, Request, UploadFile
    from pydantic import BaseModel
    app = FastAPI()
    client = anthropic.Anthropic()
    def ask(text):
        said = [{"role": "user", "content": text}]
        return client.messages.create(model="claude-opus-4-8", max_tokens=64, messages=said)
    class Body(BaseModel):
        text: str
        size: int = 3
        kind: Literal["a", "b"] = "a"
"""


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """`ask(source)`: the origins of the first argument of the one `probe(...)` in the project."""

    def read(source: str) -> list[Origin]:
        text = textwrap.dedent(HEAD) + textwrap.dedent(source)
        (tmp_path / "app.py").write_text(text, encoding="utf-8")
        (tmp_path / "requirements.txt").write_text("anthropic\n", encoding="utf-8")
        workspace = discover(tmp_path)
        analysis = analyse(workspace)
        assert analysis.faults == []
        today = Options(history=False).today
        calls = [call for call in analysis.calls if call.area == "app"]
        facts = AppFacts(".", calls, analysis.evaluator, workspace, analysis.index, catalog(), today)
        module = analysis.evaluator.project.modules["app.py"]
        (call,) = module.calls_by_tail["probe"]
        site = CallSite(analysis.evaluator.project.frame(module, call.function), call)
        return facts.flows.made_of(call.args[0].value, site)

    return read


def kinds(origins: list[Origin]) -> set[str]:
    return {origin.kind for origin in origins}


ROUTE = "@app.post('/x')\ndef route({}):\n    "
TEXT = ROUTE.format("text: str")

# How text of a client reaches `probe`.
WAYS = {
    "as it is": TEXT + "probe(text); ask('')",
    "field of a body": ROUTE.format("body: Body") + "probe(body.text); ask('')",
    "whole body": ROUTE.format("body: Body") + "probe(body.model_dump()); ask('')",
    "f-string": TEXT + "probe(f'Say {text}!'); ask('')",
    "format": TEXT + "probe('Say {0}'.format(text)); ask('')",
    "named format": TEXT + "t = 'Say {w}'\n    probe(t.format(w=text)); ask('')",
    "percent": TEXT + "probe('Say %s' % text); ask('')",
    "concatenation": TEXT + "probe('Say ' + text); ask('')",
    "augmented": TEXT + "t = 'Say '\n    t += text\n    probe(t); ask('')",
    "join of a list": TEXT + "parts = ['Say']\n    parts.append(text)\n    probe(' '.join(parts)); ask('')",
    "replace": TEXT + "probe('Say WHAT'.replace('WHAT', text)); ask('')",
    "text methods": TEXT + "probe(text.strip().lower()[:200]); ask('')",
    "entry of a mapping": TEXT + "d = {'a': 1, 'b': text}\n    probe(d['b']); ask('')",
    "entry set later": TEXT + "d = {}\n    d['b'] = text\n    probe(d.get('b')); ask('')",
    "unpacked": TEXT + "a, b = 1, text\n    probe(b); ask('')",
    "loop": ROUTE.format("texts: list[str]") + "for t in texts:\n        probe(t)\n    ask('')",
    "comprehension": ROUTE.format("texts: list[str]") + "probe([t.strip() for t in texts]); ask('')",
    "either of two": TEXT + "probe(text or 'nothing'); ask('')",
    "request object": ROUTE.format("request: Request") + "probe(request.query_params['q']); ask('')",
    "uploaded file": ROUTE.format("file: UploadFile") + "probe(file.read()); ask('')",
    "through json": TEXT + "probe(json.loads(text)['a']); ask('')",
    "returned by a function": "def build(t):\n    return 'Say ' + t\n" + TEXT + "probe(build(text)); ask('')",
    "passed to a function": "def inner(t):\n    probe(t)\n    ask('')\n" + TEXT + "inner(text)",
    "passed by name in a mapping": "def inner(t, u):\n    probe(u)\n    ask('')\n"
    + TEXT
    + "kw = {'t': 1, 'u': text}\n    inner(**kw)",
    "kept in an object": """
        class Chat:
            def __init__(self, text):
                self.text = text
            def run(self):
                probe(self.text)
                ask('')
        @app.post('/x')
        def route(text: str):
            Chat(text).run()
    """,
}  # fmt: skip


@pytest.mark.parametrize("source", WAYS.values(), ids=WAYS)
def test_text_of_a_client_is_followed(ask: Ask, source: str) -> None:
    assert "user" in kinds(ask(source))


# Near misses: nothing of what the client wrote is in the value.
OTHERS = {
    "number": ROUTE.format("body: Body") + "probe(body.size); ask('')",
    "one of a list": ROUTE.format("body: Body") + "probe(body.kind); ask('')",
    "other entry": TEXT + "d = {'a': 'x', 'b': text}\n    probe(d['a']); ask('')",
    "other field": TEXT + "a, b = 'x', text\n    probe(a); ask('')",
    "length": TEXT + "probe(f'{len(text)} characters'); ask('')",
    "looked up": "T = {'a': 'x'}\n" + TEXT + "probe(T[text]); ask('')",
    "only tested": TEXT + "probe('long' if len(text) > 9 else 'short'); ask('')",
    "assigned anew": TEXT + "text = 'fixed'\n    probe(text); ask('')",
    "allowed": "K = ('a', 'b')\n" + TEXT + "if text not in K:\n        return\n    probe(text); ask('')",
    "injected": "def f():\n    return 'gold'\n" + ROUTE.format("p: Annotated[str, Depends(f)]") + "probe(p); ask('')",
    "result for another argument": "def same(t):\n    return t\n" + TEXT + "same(text)\n    probe(same('x')); ask('')",
    "function that is no route": "def f(text):\n    probe(text)\n    ask('')\n",
}  # fmt: skip


@pytest.mark.parametrize("source", OTHERS.values(), ids=OTHERS)
def test_what_holds_none_of_it_is_not_taken_for_it(ask: Ask, source: str) -> None:
    assert "user" not in kinds(ask(source))


MODEL = {
    "text": "probe(ask('hi').content[0].text)",
    "joined blocks": "probe(''.join(b.text for b in ask('hi').content if b.type == 'text'))",
    "parsed": "probe(json.loads(ask('hi').content[0].text)['label'])",
    "through a function": "def say(t):\n    return ask(t).content[0].text.strip()\nprobe(say('hi'))",
    "argument of a tool by name": "def act(args):\n    probe(args['x'])\nH = {'act': act}\n"
    "for b in ask('hi').content:\n    H[b.name](b.input)",
}


@pytest.mark.parametrize("source", MODEL.values(), ids=MODEL)
def test_output_of_a_model_is_followed(ask: Ask, source: str) -> None:
    assert "model" in kinds(ask(source))


def test_a_page_of_somebody_else_is_fetched_text_and_an_own_service_is_not(ask: Ask) -> None:
    assert kinds(ask("probe(requests.get('https://news.example.org/x').text); ask('')")) == {"fetched"}
    assert "fetched" not in kinds(ask("probe(requests.get('http://localhost:9000/x').text); ask('')"))


def test_the_steps_lead_from_the_origin_to_the_value(ask: Ask) -> None:
    source = "def build(t):\n    return f'<q>{t}</q>'\n" + TEXT + "probe(build(text)); ask('')"
    (origin,) = (o for o in ask(source) if o.kind == "user")
    assert [hop.kind for hop in origin.hops()] == ["passed", "composed", "returned"]
    assert origin.hops()[1].around == ("<q>", "</q>")
    lines = [hop.site.span.line for hop in origin.hops()]
    assert origin.site.span.line < lines[0]
    assert lines[1] == lines[2]


def test_a_value_made_of_itself_ends(ask: Ask) -> None:
    source = """
        def more(t, n):
            if n == 0:
                return t
            t = t + more(t, n - 1)
            while True:
                t = t + t
                probe(t)
        @app.post('/x')
        def route(text: str):
            more(text, 3)
            ask('')
    """
    assert "user" in kinds(ask(source))


def test_what_cannot_be_followed_is_said_so(ask: Ask) -> None:
    source = "import elsewhere\nprobe('Say ' + elsewhere.words()); ask('')"
    (origin,) = ask(source)
    assert origin.kind == "unseen"
    assert origin.text == "what elsewhere.words returns"
