"""Entries that stand in a table of routes: `{ method: "POST", path: "/ask", handler: ask }`, `{ "POST /ask": ask }`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gonogo.facts.model import DictLit, Expr, Function, Lambda, Lit, Name, Seq
from gonogo.link.module import Module, tail_name, text_of
from gonogo.link.values import FuncV
from gonogo.registry.frameworks import route_tables

if TYPE_CHECKING:
    from gonogo.link.evaluate import Evaluator

PATH = re.compile(r"(?:[A-Z]{3,7} )?/[\w./:*{}\[\]-]*\Z")
MAX_ROWS = 500
"""Mappings looked at in one value."""


class RouteTables:
    """Handlers in the tables of the modules read so far, by application and name; lambdas by their file and number."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], list[tuple[Module, int | None, Expr]]] = {}
        self._serving: set[str] = set()

    def take_in(self, module: Module) -> None:
        """Look through one more module."""
        if module.language != "ecma":
            return
        if any(name in module.calls_by_tail for name in route_tables().servers):
            self._serving.add(module.app)
        for scope, handler in _handlers(module):
            name = f"{module.path}:{handler.function}" if isinstance(handler, Lambda) else tail_name(handler)
            self._rows.setdefault((module.app, name), []).append((module, scope, handler))

    def holds(self, evaluator: Evaluator, module: Module, function: Function) -> bool:
        """True if a function is the handler of a route in a table of an application that starts a server itself."""
        if module.app not in self._serving:
            return False
        if (module.app, f"{module.path}:{function.index}") in self._rows:
            return True
        for name in {function.name, *module.aliases.get(function.name, ())}:
            for other, scope, handler in self._rows.get((module.app, name), ()):
                values = evaluator.values(handler, evaluator.project.frame(other, scope))
                if any(isinstance(value, FuncV) and value.function is function for value in values):
                    return True
        return False


def _handlers(module: Module) -> Iterator[tuple[int | None, Expr]]:
    """Handlers in the tables of a file, with the function a table stands in."""
    for assign in module.facts.assigns:
        if isinstance(assign.value, (DictLit, Seq)):
            for handler in _rows(assign.value):
                yield assign.function, handler
    for call in module.facts.calls:
        for arg in call.args:
            if isinstance(arg.value, (DictLit, Seq)):
                for handler in _rows(arg.value):
                    yield call.function, handler


def _rows(expr: Expr) -> Iterator[Expr]:
    todo: list[Expr] = [expr]
    for _ in range(MAX_ROWS):
        if not todo:
            return
        current = todo.pop()
        if isinstance(current, Seq):
            todo.extend(current.items)
        elif isinstance(current, DictLit):
            yield from _of_row(current)
            todo.extend(value for _, value in current.items if isinstance(value, (DictLit, Seq)))


def _of_row(row: DictLit) -> Iterator[Expr]:
    spec = route_tables()
    entries = {text_of(key) or "": value for key, value in row.items if key is not None}
    verb = text_of(entries[next(iter(spec.methods & entries.keys()))]) if spec.methods & entries.keys() else None
    if spec.paths & entries.keys() and verb is not None and verb.upper() in spec.verbs:
        for name in sorted(spec.handlers & entries.keys()):
            if isinstance(entries[name], (Name, Lambda)) or tail_name(entries[name]):
                yield entries[name]
    for key, value in entries.items():
        if not PATH.match(key):
            continue
        if isinstance(value, DictLit):  # `{ "/ask": { POST: ask } }`
            inner = [(text_of(k) if k is not None else None, v) for k, v in value.items]
            yield from (v for name, v in inner if name in spec.verbs)
        elif isinstance(value, Lambda) or (tail_name(value) and not isinstance(value, Lit)):
            yield value
