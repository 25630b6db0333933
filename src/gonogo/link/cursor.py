"""A place in the walk from a value back to what it was made of, and what containers and records hand on from there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from gonogo.facts.flow import Hop, Path
from gonogo.facts.model import Assign, Call, Expr, Index, Lit
from gonogo.link.arguments import keyword
from gonogo.link.flow import At
from gonogo.link.messages import ROLES
from gonogo.link.module import Module, tail_name, text_of
from gonogo.link.values import CallSite, Site

MAX_PATH = 8
ADDS = frozenset({"append", "extend", "insert", "appendleft", "add", "update", "setdefault", "write", "push"})
"""Methods that put their arguments into an object."""
ECMA_ADDS = ADDS | {"set", "unshift"}
Purpose: TypeAlias = Literal["text", "decision", "instructions"]
"""What is asked for: the text in a value, what decided it, or the text of instructions."""


@dataclass(frozen=True, eq=False, slots=True)
class Cursor:
    """An expression read at one point of a function; `path` is the part of it that is asked for, `calls` the calls
    the walk went down through and has not come back from."""

    expr: Expr
    module: Module
    function: int | None
    at: At
    path: Path = ()
    calls: tuple[CallSite, ...] = ()
    hop: Hop | None = None
    purpose: Purpose = "text"

    def go(self, expr: Expr, path: Path | None = None) -> Cursor:
        """The same point, another expression."""
        return replace(self, expr=expr, path=self.path if path is None else path[:MAX_PATH])

    def site(self, expr: Expr | None = None) -> Site:
        return Site(self.module.path, (self.expr if expr is None else expr).span)

    def note(
        self,
        kind: Literal["composed", "passed", "returned", "kept"],
        around: tuple[str, str] = ("", ""),
        fixed: int = 0,
    ) -> Cursor:
        """The same cursor with one more step on its trail, at its own place."""
        return replace(self, hop=Hop(kind, self.site(), self.hop, around, fixed))


def adders(language: str) -> frozenset[str]:
    """Methods of a language that put their arguments into an object."""
    return ECMA_ADDS if language == "ecma" else ADDS


def rest_of(path: Path) -> Path:
    """The path inside an element, for a path into a container."""
    if path and (path[0] == "*" or path[0].isdigit() or path[0].endswith("()")):
        return path[1:]
    return path


def placeholder(text: str, name: str, position: int) -> tuple[str, str]:
    """What stands around `{name}` (or the place of the argument) in a text for `format`."""
    for mark in (f"{{{name}}}", "{}" if position == 0 else ""):
        if mark and mark in text:
            before, _, after = text.partition(mark)
            return before, after
    return "", ""


def added(call: Call, cursor: Cursor) -> list[Cursor]:
    """What `x.append(value)` and its like put into `x`, as far as the path asks for it."""
    tail, path = tail_name(call.callee), cursor.path
    args = [arg for arg in call.args if not isinstance(arg.value, Lit)]
    if tail in ("setdefault", "set") or (tail == "append" and len(call.args) > 1):
        key = text_of(call.args[0].value) if call.args else None
        return [cursor.go(a.value, path[1:]) for a in call.args[1:2] if not path or path[0] in (key, "*")]
    if tail == "update":
        found = [cursor.go(a.value, path) for a in args if a.name is None]
        return found + [cursor.go(a.value, path[1:]) for a in args if a.name and (not path or path[0] in (a.name, "*"))]
    if tail in ("extend", "write"):
        return [cursor.go(a.value, path) for a in args]
    if (
        path
        and path[0] not in ROLES
        and not (path[0] == "*" or path[0].lstrip("-").isdigit() or path[0].endswith("()"))
    ):
        return []
    return [cursor.go(a.value, rest_of(path)) for a in args]


def item_set(assign: Assign, cursor: Cursor) -> list[Cursor]:
    """What `x[key] = value` puts into `x`."""
    if not isinstance(assign.target, Index) or assign.kind not in ("set", "augment"):
        return []
    key, path = text_of(assign.target.key), cursor.path
    if path and key is not None and path[0] not in (key, "*") and not path[0].endswith("()"):
        return []
    here = replace(cursor, at=At(assign.order, assign.blocks), function=assign.function)
    return [here.go(assign.value, path[1:])]


def record(call: Call, cursor: Cursor) -> list[Cursor]:
    """An object of a foreign class: the argument the path names, else everything it was given."""
    path = cursor.path
    if path and path[0].startswith("#"):
        place = int(path[0][1:])
        return [cursor.go(call.args[place].value, path[1:])] if place < len(call.args) else []
    if path and not path[0].endswith("()") and any(arg.name == path[0] for arg in call.args):
        return [cursor.go(expr, inner) for expr, inner in keyword(call, path[0], None, path[1:])]
    if path and any(arg.name for arg in call.args) and path[0] != "*" and not path[0].endswith("()"):
        return []
    return [cursor.go(arg.value, ()) for arg in call.args if not isinstance(arg.value, Lit)]
