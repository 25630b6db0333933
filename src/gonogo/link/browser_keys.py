"""Whose key a client in a browser has, and which files never get there."""

from __future__ import annotations

from typing import Protocol

from gonogo.facts.model import DictLit
from gonogo.link.browser_settings import browser_data
from gonogo.link.evaluate import Evaluator
from gonogo.link.module import Module, text_of
from gonogo.link.values import Const, Env, TextV, Value
from gonogo.link.walk import walk
from gonogo.workspace.globs import matches


class Imports(Protocol):
    """What is asked of the lexical index."""

    def imported_packages(self, path: str) -> frozenset[str]: ...


def is_handed_its_key(evaluator: Evaluator, module: Module, line: int) -> bool:
    """True if a call on a line is given a key, and none that is written in the code or set in the environment."""
    names, values = set(browser_data()["keys"]["names"]), list[Value]()
    for call in (c for c in module.facts.calls if c.span.line <= line <= c.span.end_line):
        frame = evaluator.project.frame(module, call.function)
        options = [part for arg in call.args for part in walk(arg.value, module.facts) if isinstance(part, DictLit)]
        for key, expr in (item for option in options for item in option.items):
            if key is not None and text_of(key) in names:
                values += evaluator.values(expr, frame, evaluator.at(call))
    held = [hole for value in values for hole in _holes(value)]
    return bool(held) and not any(isinstance(value, (Const, Env)) for value in held)


def _holes(value: Value) -> list[Value]:
    """What a key is made of: a fixed beginning (`Bearer`) and nothing (`key ?? ""`) are no key."""
    if isinstance(value, TextV):
        return [hole for holes in value.holes for one in holes for hole in _holes(one)] or [value]
    return [] if isinstance(value, Const) and not value.value else [value]


def is_server_file(path: str, index: Imports) -> bool:
    """True for a file that runs on a server, by what it imports or by where it stands."""
    servers = browser_data()["servers"]
    return bool(index.imported_packages(path) & set(servers["packages"])) or any(
        matches(pattern, path) for pattern in servers["paths"]
    )
