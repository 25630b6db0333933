"""The Python front end: what it says of a source, and that no source ends the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gonogo.facts.model import Attr, CallRef, Lit, Name
from gonogo.frontends import read_source
from gonogo.frontends.scan import refusal

SOURCE = '''\
"""Module."""
import os
from . import sibling as s
from anthropic import Anthropic, AsyncAnthropic

LIMIT = 3

class Service(Base):
    retries: int = 2

    def __init__(self, client: Anthropic = None, *rest, **options):
        self.client = client or Anthropic(timeout=5)

    async def ask(self, text):
        for attempt in range(LIMIT):
            try:
                async with self.lock:
                    return await self.client.messages.create(model="m", max_tokens=1, **self.extra)
            except (ValueError, OSError) as error:
                if attempt == 2:
                    raise
                continue
            finally:
                done = True
'''


def read(source: str | bytes, path: str = "app.py"):
    facts = read_source(path, source.encode() if isinstance(source, str) else source)
    assert facts is not None
    return facts


def test_declarations() -> None:
    facts = read(SOURCE)
    assert facts.status == "parsed"
    assert facts.lines == 24
    assert [(i.module, i.name, i.alias, i.level) for i in facts.imports] == [
        ("os", None, "os", 0),
        ("", "sibling", "s", 1),
        ("anthropic", "Anthropic", "Anthropic", 0),
        ("anthropic", "AsyncAnthropic", "AsyncAnthropic", 0),
    ]
    assert [c.qualname for c in facts.classes] == ["Service"]
    init, ask = facts.functions
    assert [(p.name, p.kind) for p in init.params] == [
        ("self", "positional"), ("client", "positional"), ("rest", "varargs"), ("options", "varkw"),
    ]  # fmt: skip
    assert (ask.qualname, ask.is_async, ask.class_index) == ("Service.ask", True, 0)


def test_a_call_with_its_surroundings() -> None:
    facts = read(SOURCE)
    call = next(c for c in facts.calls if isinstance(c.callee, Attr) and c.callee.name == "create")
    assert call.span[:2] == (18, 34)
    assert (call.awaited, call.use) == (True, "returned")
    assert [(a.name, a.spread) for a in call.args] == [("model", ""), ("max_tokens", ""), (None, "**")]
    kinds = [facts.blocks[index].kind for index in call.blocks]
    assert kinds == ["loop", "try", "with"]
    loop = facts.blocks[call.blocks[0]]
    assert loop.loop == "for"
    assert isinstance(loop.iterable, CallRef)
    handler = next(b for b in facts.blocks if b.kind == "handler")
    assert handler.owner == call.blocks[1]
    assert [t.id for t in handler.types if isinstance(t, Name)] == ["ValueError", "OSError"]
    assert {e.kind for e in facts.exits} == {"return", "raise", "continue"}


def test_marks_in_comments_are_kept_and_texts_are_not_comments() -> None:
    facts = read('x = 1  # gonogo: ignore[no-timeout] -- why\ny = "# gonogo: ignore[no-timeout] -- text"\n# plain\n')
    assert [(c.line, c.own_line) for c in facts.comments] == [(1, False)]


def test_long_texts_are_cut_and_their_length_kept() -> None:
    facts = read(f"PROMPT = {'x' * 50_000!r}\n")
    value = facts.assigns[0].value
    assert isinstance(value, Lit)
    assert value.length == 50_000
    assert len(str(value.value)) < 50_000


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"def f(:\n", "syntax error in line 1"),
        (b"x = 1\0\n", "holds NUL bytes"),
        (b"# -*- coding: no-such-codec -*-\nx = 1\n", "cannot be decoded as its header says"),
        (b"x = '\xff\xfe'\n", "cannot be decoded as its header says"),
        (b"x = 1\n" * 400_000, "larger than 2,000,000 bytes"),
    ],
    ids=["syntax", "nul", "codec", "bytes", "size"],
)
def test_what_cannot_be_read_says_why(source: bytes, reason: str) -> None:
    facts = read(source)
    assert facts.status == "failed"
    assert reason in facts.reason


ELIFS = "".join(" " * i + "if a: pass\n" + (" " * i + "elif b: pass\n") * 20 + " " * i + "else:\n" for i in range(60))
DEEP = {
    "sum": "x = " + "+".join(["1"] * 30_000),
    "attributes": "x = a" + ".b" * 30_000,
    "calls": "x = a" + "()" * 30_000,
    "subscripts": "x = a" + "[0]" * 30_000,
    "brackets": "x = " + "[" * 30_000,
    "sums in brackets with commas": "x = " + "f(a, 1+" * 400 + "1" + ")" * 400,
    "conditions": "x = " + "a if b else " * 10_000 + "c",
    "and": "x = " + " and ".join(["a"] * 30_000),
    "not": "x = " + "not\t" * 30_000 + "a",
    "minus": "x = " + "-  " * 30_000 + "1",
    "lambda": "x = " + "lambda: " * 10_000 + "1",
    "texts": "x = " + "'a' " * 10_000,
    "elif": "if a: pass\n" + "elif\ta: pass\n" * 5_000,
    "elif in elif": ELIFS + " " * 61 + "pass",
    "powers": "x = " + "a**" * 30_000 + "a",
    "comprehensions": "x = [a " + "for a in b " * 10_000 + "]",
    "patterns": "match a:\n  case " + "|".join(["1"] * 20_000) + ": pass",
    "holes": 'x = f"{' + "-" * 20_000 + '1}"',
    "quotes in holes": 'x = f"{"a" + ' + "-" * 20_000 + '1 + "b"}"',
}  # fmt: skip


@pytest.mark.parametrize("source", DEEP.values(), ids=DEEP)
def test_nothing_nests_so_deeply_that_the_process_ends(source: str) -> None:
    """In a process of its own: a parser that overflows its stack takes the process with it."""
    script = "import sys; from gonogo.frontends import read_source; f = read_source('a.py', sys.stdin.buffer.read())"
    done = subprocess.run(
        [sys.executable, "-c", f"{script}; print(f.status, f.reason)"],
        input=source.encode() + b"\n", capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-500:]
    assert done.stdout.decode().strip() == "failed nested too deeply"


WIDE = {
    "statements": "a;" * 20_000 + "a",
    "comparisons": "x = " + " < ".join(["a"] * 3_000),
    "items": "x = [" + "a.b(c) + 1, " * 5_000 + "]",
    "imports": "from a import (" + ", ".join(f"b{i}" for i in range(3_000)) + ")",
    "a long text": "x = " + repr("a + (b.c) and not d " * 5_000),
    "a long formatted text": "x = f'''" + "a + (b.c), {d} and {{e}} not - " * 3_000 + "'''",
    "texts in a call": "f(" + "'a.b' 'c'\n" * 100 + ")",
    "a chain of elif": "if a: pass\n" + "elif b: pass\n" * 150,
    "many ifs": "if a: pass\nelif b: pass\nelse: pass\n" * 500,
    "a fluent call": "x = (q" + "\n  .filter(a=1)" * 60 + ")",
}


@pytest.mark.parametrize("source", WIDE.values(), ids=WIDE)
def test_long_is_not_deep(source: str) -> None:
    assert refusal(source.encode()) == ""
    assert read(source + "\n").status == "parsed"


def test_what_is_just_not_too_deep_is_read_as_a_whole() -> None:
    source = "x = f(" + "+".join(["a"] * 480) + ")\n"
    assert len(read(source).calls) == 1
