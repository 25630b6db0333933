"""Places of nodes: the own pass over a libcst tree agrees with libcst's metadata for every node."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

import gonogo
from gonogo.frontends.positions import spans_of

SOURCES = sorted(Path(gonogo.__file__).parent.rglob("*.py"))
ODD = {
    "tabs and form feeds": "if a:\n\tb = 1\n\t\x0cc = 2\n",
    "carriage returns": "def f(a,\r\n      b):\r\n    return (a +\r\n            b)\r\n",
    "wide characters": "名 = 'ß🦉'  # ☃\nf(名, '🦉🦉')\n",
    "parentheses and comments": "x = (  # why\n    # here\n    (1)\n)\n",
    "decorators and semicolons": "@a.b(1)\n@c\nclass D(E, metaclass=F): x = 1; y: int = 2\n",
    "backslashes": "x = a \\\n  + b\nwith a as b, \\\n     c: pass\n",
    "matches": "match a:\n    case {'k': [1, *r], **rest} if r: pass\n    case D(x=1) | E(): pass\n",
    "newer syntax": "type A[T: int = str] = list[T]\ndef f[**P, *Ts](): ...\ntry: pass\nexcept* E: pass\n",
    "formatted texts": "f'{a!r:>{w}} {b=}' f\"{c['d']}\"\nx = f'''\n{a\n}'''\n",
    "no newline at the end": "x = [i async for i in y if i]",
    "empty": "",
}


def assert_same(source: str) -> None:
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    expected = wrapper.resolve(PositionProvider)
    found = spans_of(wrapper.module)
    compared = 0
    for node, place in expected.items():
        if isinstance(node, cst.Module):
            continue
        start, end = place.start, place.end
        assert found[id(node)] == (start.line, start.column + 1, end.line, end.column + 1), type(node).__name__
        compared += 1
    assert compared or not source


@pytest.mark.parametrize("path", SOURCES[::6], ids=lambda path: path.stem)
def test_places_in_real_modules(path: Path) -> None:
    assert_same(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("source", ODD.values(), ids=ODD)
def test_places_in_odd_sources(source: str) -> None:
    assert_same(source)
