"""Where values are used: for every name, attribute and call result of a module, the expressions around it.

The facts of a file lead from an expression down to its parts; following a value needs the way up.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from gonogo.facts.model import (
    Arg,
    Assign,
    Attr,
    Binary,
    Block,
    Call,
    CallRef,
    Choice,
    Compare,
    Comprehension,
    DictLit,
    Expr,
    Function,
    Index,
    Logical,
    Name,
    Seq,
    Spread,
    Template,
    Unary,
)
from gonogo.facts.span import Span
from gonogo.link.flow import At, is_prefix, reaching_assigns
from gonogo.link.module import Module

HolderKind = Literal["callee", "arg", "value", "target", "return", "raise", "yield", "test"]
MAX_EXPR = 4_000
"""Expressions walked below one statement."""


class Holder(NamedTuple):
    """The statement, call or condition an expression stands in, and when it is evaluated."""

    kind: HolderKind
    function: int | None
    at: At
    call: Call | None = None
    arg: Arg | None = None
    assign: Assign | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Occurrence:
    """One place where something is read. `parents` are the expressions around it, innermost first."""

    expr: Expr
    parents: tuple[Expr, ...]
    holder: Holder


class Uses:
    """All occurrences in one module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.names: dict[str, list[Occurrence]] = defaultdict(list)
        self.attributes: dict[str, list[Occurrence]] = defaultdict(list)
        self.results: dict[int, list[Occurrence]] = defaultdict(list)
        self._orders: list[tuple[int, int, int]] = []
        latest = -1
        for line, column, order in sorted(
            (fact.span.line, fact.span.column, fact.order)
            for facts in (module.facts.assigns, module.facts.calls, module.facts.exits)
            for fact in facts
        ):
            latest = max(latest, order)
            self._orders.append((line, column, latest))
        for holder, expr in self._roots():
            self._walk(holder, expr)

    # --- building ---

    def _roots(self) -> Iterator[tuple[Holder, Expr]]:
        facts = self.module.facts
        for call in facts.calls:
            at = At(call.order, call.blocks)
            yield Holder("callee", call.function, at, call), call.callee
            for arg in call.args:
                yield Holder("arg", call.function, at, call, arg), arg.value
        for assign in facts.assigns:
            at = At(assign.order, assign.blocks)
            yield Holder("value", assign.function, at, None, None, assign), assign.value
            yield Holder("target", assign.function, at, None, None, assign), assign.target
        for exit_ in facts.exits:
            if exit_.value is not None and exit_.kind in ("return", "raise"):
                kind: HolderKind = "return" if exit_.kind == "return" else "raise"
                yield Holder(kind, exit_.function, At(exit_.order, exit_.blocks)), exit_.value
        for function in facts.functions:
            # A lambda's body is no exit of its own; what a generator yields has no place in the order of things.
            bare = function.name == "<lambda>" and function.index not in self.module.returns
            for expr in function.returns if bare else ():
                yield Holder("return", function.index, At(self._order(expr.span), ())), expr
            for expr in function.yields:
                yield Holder("yield", function.index, At(self._order(expr.span), self._blocks_at(function, expr))), expr
        for block in facts.blocks:
            if block.test is not None and block.kind in ("branch", "loop"):
                around = (*self._path(block), block.index) if block.kind == "loop" else self._path(block)
                yield Holder("test", block.function, At(self._order(block.test.span), around)), block.test

    def _order(self, span: Span) -> int:
        """The order of the last thing that is done before a place."""
        position = bisect_left(self._orders, (span.line, span.column, -1))
        return self._orders[position - 1][2] + 1 if position else 0

    def _path(self, block: Block) -> tuple[int, ...]:
        found: list[int] = []
        parent = block.parent
        while parent is not None:
            found.append(parent)
            parent = self.module.facts.blocks[parent].parent
        return tuple(reversed(found))

    def _blocks_at(self, function: Function, expr: Expr) -> tuple[int, ...]:
        around = [
            block
            for block in self.module.facts.blocks
            if block.function == function.index and _holds(block.span, expr.span)
        ]
        return (*self._path(around[-1]), around[-1].index) if around else ()

    def _walk(self, holder: Holder, root: Expr) -> None:
        todo: list[tuple[Expr, tuple[Expr, ...]]] = [(root, ())]
        seen = 0
        while todo and seen < MAX_EXPR:
            expr, parents = todo.pop()
            seen += 1
            if isinstance(expr, Name):
                self.names[expr.id].append(Occurrence(expr, parents, holder))
            elif isinstance(expr, CallRef):
                self.results[expr.index].append(Occurrence(expr, parents, holder))
            elif isinstance(expr, Attr):
                self.attributes[expr.name].append(Occurrence(expr, parents, holder))
            if len(parents) < 40:
                above = (expr, *parents)
                todo.extend((child, above) for child in _parts(expr))

    # --- questions ---

    def of_binding(self, name: str, function: int | None, assign: Assign | None) -> list[Occurrence]:
        """Reads of a name that can see a binding: `assign`, or (`None`) the parameter of `function`."""
        facts = self.module.facts
        assigns = [
            b for b in self.module.scopes.get(function, {}).get(name, []) if isinstance(b, Assign)
        ]  # fmt: skip
        found = []
        for occurrence in self.names.get(name, []):
            scope = occurrence.holder.function
            while scope is not None and scope != function and name not in self.module.scopes.get(scope, {}):
                scope = facts.functions[scope].parent
            if scope != function:
                continue
            if occurrence.holder.kind == "target" and not occurrence.parents:
                continue
            if occurrence.holder.function != function or self._sees(occurrence.holder.at, assign, assigns):
                found.append(occurrence)
        return found

    def _sees(self, at: At, assign: Assign | None, assigns: list[Assign]) -> bool:
        reaching, definite = reaching_assigns(assigns, at, self.module)
        if assign is None:
            return not definite
        if assign in reaching:
            return True
        loop = self._shared_loop(assign.blocks, at.blocks)
        if loop is None or assign.order < at.order:
            return False
        # The next turn of the loop sees it, unless something in the loop is assigned before.
        return not any(
            a.order < at.order and loop in a.blocks and is_prefix(a.blocks, at.blocks) and a.kind != "augment"
            for a in assigns
        )

    def _shared_loop(self, one: tuple[int, ...], other: tuple[int, ...]) -> int | None:
        for index in reversed(one):
            if index in other and self.module.facts.blocks[index].kind == "loop":
                return index
        return None


def _holds(outer: Span, inner: Span) -> bool:
    return (outer.line, outer.column) <= (inner.line, inner.column) and (inner.end_line, inner.end_column) <= (
        outer.end_line,
        outer.end_column,
    )


def _parts(expr: Expr) -> tuple[Expr, ...]:
    """Direct parts of an expression; those of a call are statements of their own here."""
    if isinstance(expr, Attr):
        return (expr.base,)
    if isinstance(expr, DictLit):
        return tuple(part for pair in expr.items for part in pair if part is not None)
    if isinstance(expr, Seq):
        return expr.items
    if isinstance(expr, Template):
        return expr.parts
    if isinstance(expr, (Binary, Logical)):
        return (expr.left, expr.right)
    if isinstance(expr, Compare):
        return (expr.left, *expr.rights)
    if isinstance(expr, Choice):
        return (expr.test, expr.body, expr.orelse)
    if isinstance(expr, Index):
        return (expr.base, expr.key)
    if isinstance(expr, Unary):
        return (expr.operand,)
    if isinstance(expr, Spread):
        return (expr.value,)
    if isinstance(expr, Comprehension):
        return (expr.element, *expr.sources, *([expr.key] if expr.key is not None else []))
    return ()
