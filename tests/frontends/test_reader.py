"""Facts are the same whether a file is parsed here, in another process, or was parsed by an earlier run."""

from __future__ import annotations

import os
import pickle
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from gonogo.facts.model import Attr, Exit, Expr, FileFacts, Name
from gonogo.facts.span import NO_SPAN
from gonogo.frontends import read_source
from gonogo.frontends.reader import Reader
from gonogo.frontends.store import Store, key_of, pack, unpack
from tests.support.keys import expand

SOURCES = {
    "app.py": b"from anthropic import Anthropic\n\ndef ask(text: str, *, n=1) -> str:\n    return f'{text}' * n\n",
    "web.ts": b"import Anthropic from '@anthropic-ai/sdk';\nexport const ask = async (q: string) => ({ q, n: 1 });\n",
    "note.ipynb": b'{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": ["a = 1"]}]}',
    "broken.py": b"def (:\n",
}
DAY = 739_000


@pytest.fixture
def reading() -> Callable[..., Reader]:
    def make(store: Store | None = None, jobs: int = 1, sources: dict[str, bytes] = SOURCES) -> Reader:
        return Reader(lambda path: sources[path], store, jobs)

    return make


@pytest.mark.parametrize("path", SOURCES)
def test_facts_survive_being_packed(path: str) -> None:
    facts = read_source(path, SOURCES[path])
    assert facts is not None
    body = pack(facts)
    assert body is not None
    assert unpack(body) == facts


def test_facts_too_deep_to_be_kept_are_not(tmp_path: Path) -> None:
    expr: Expr = Name("x")
    for _ in range(20_000):
        expr = Attr(expr, "y")
    body = pack(FileFacts("deep.js", "ecma", "parsed", exits=[Exit("return", expr, None, (), 0, NO_SPAN)]))
    assert body is None
    store = Store(tmp_path, DAY)
    store.put(b"deep", body)
    store.close()
    assert Store(tmp_path, DAY).get(b"deep") is None


def test_what_was_parsed_once_is_not_parsed_again(tmp_path: Path, reading: Callable[..., Reader]) -> None:
    store = Store(tmp_path, DAY)
    first = {path: reading(store).load(path) for path in SOURCES}
    store.close()
    again = Store(tmp_path, DAY + 1)
    assert all(again.get(key_of(path, content)) for path, content in SOURCES.items())
    assert {path: reading(again).load(path) for path in SOURCES} == first
    assert again.get(key_of("app.py", SOURCES["app.py"] + b"\n")) is None
    assert again.get(key_of("other.py", SOURCES["app.py"])) is None


def test_a_file_with_a_key_in_it_leaves_no_copy(tmp_path: Path, reading: Callable[..., Reader]) -> None:
    sources = {"app.py": expand("KEY = '{{key:anthropic-api}}'\n").encode()}
    store = Store(tmp_path, DAY)
    assert reading(store, sources=sources).load("app.py") is not None
    store.close()
    assert Store(tmp_path, DAY).get(key_of("app.py", sources["app.py"])) is None


@pytest.mark.parametrize("what", ["text", "folder", "other"])
def test_a_store_that_is_none_is_an_empty_one(tmp_path: Path, reading: Callable[..., Reader], what: str) -> None:
    path = tmp_path / "facts.sqlite"
    if what == "text":
        path.write_bytes(b"no database at all" * 100)
    elif what == "folder":
        path.mkdir()
    else:
        with sqlite3.connect(path) as base:
            base.execute("CREATE TABLE facts (something TEXT)")
        base.close()
    store = Store(tmp_path, DAY)
    assert reading(store).load("app.py") == read_source("app.py", SOURCES["app.py"])
    store.close()


class _Runs:
    def __init__(self, marker: str) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (self.marker,)


def test_an_entry_runs_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    assert unpack(zlib.compress(pickle.dumps(_Runs(str(marker))))) is None
    assert not marker.exists()
    assert unpack(b"") is None
    assert unpack(pack_of_text()) is None


def pack_of_text() -> bytes:
    return zlib.compress(pickle.dumps("no facts"))


def test_an_old_entry_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonogo.frontends.store.MAX_BYTES", 2_000)
    for day, name in enumerate((b"old", b"new")):
        store = Store(tmp_path, DAY + day)
        store.put(name, bytes(900))
        store.close()
    store = Store(tmp_path, DAY + 2)
    store.put(b"newest", bytes(900))
    store.close()
    left = Store(tmp_path, DAY + 3)
    assert (left.get(b"old"), left.get(b"newest")) == (None, bytes(900))


def test_several_processes_give_the_same_facts(
    tmp_path: Path, reading: Callable[..., Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gonogo.frontends.reader.ENOUGH", 20_000)
    body = b"".join(b"def f%d(x):\n    return x.y(%d, *x, **{'a': x})\n" % (n, n) for n in range(100))
    sources = {f"m{n}.py": body + b"# %d\n" % n for n in range(12)} | SOURCES
    one = {path: reading(sources=sources).load(path) for path in sources}
    store = Store(tmp_path, DAY)
    several = reading(store, 2, sources)
    several.prepare(sources)
    assert {path: several.load(path) for path in sources} == one
    store.close()
    assert Store(tmp_path, DAY).get(key_of("m0.py", sources["m0.py"])) is not None
