"""Walking expressions and the statements inside a block."""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.facts.model import (
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
    Exit,
    Expr,
    FileFacts,
    Index,
    Logical,
    Seq,
    Spread,
    Template,
    Unary,
)

MAX_NODES = 2_000
"""Expressions looked at below one expression; prompts built from thousands of pieces add nothing to a decision."""


def walk(expr: Expr, facts: FileFacts) -> Iterator[Expr]:
    """`expr` and everything in it, calls with their callee and arguments included; lambdas are not entered."""
    todo: list[Expr] = [expr]
    seen = 0
    while todo and seen < MAX_NODES:
        current = todo.pop()
        seen += 1
        yield current
        todo.extend(reversed(_children(current, facts)))


def _children(expr: Expr, facts: FileFacts) -> list[Expr]:
    if isinstance(expr, Attr):
        return [expr.base]
    if isinstance(expr, CallRef):
        call = facts.calls[expr.index]
        return [call.callee, *(arg.value for arg in call.args)]
    if isinstance(expr, DictLit):
        return [part for key, value in expr.items for part in (key, value) if part is not None]
    if isinstance(expr, Seq):
        return list(expr.items)
    if isinstance(expr, Template):
        return list(expr.parts)
    if isinstance(expr, (Binary, Logical)):
        return [expr.left, expr.right]
    if isinstance(expr, Compare):
        return [expr.left, *expr.rights]
    if isinstance(expr, Choice):
        return [expr.test, expr.body, expr.orelse]
    return _simple_children(expr)


def _simple_children(expr: Expr) -> list[Expr]:
    if isinstance(expr, Index):
        return [expr.base, expr.key]
    if isinstance(expr, Unary):
        return [expr.operand]
    if isinstance(expr, Spread):
        return [expr.value]
    if isinstance(expr, Comprehension):
        return [expr.element, *expr.sources, *([expr.key] if expr.key is not None else [])]
    return []


class Inside:
    """What stands inside one block of a file, nested blocks included (nested functions are not)."""

    def __init__(self, facts: FileFacts, block: Block) -> None:
        self.facts = facts
        self.block = block

    def calls(self) -> list[Call]:
        return [c for c in self.facts.calls if self.block.index in c.blocks and c.function == self.block.function]

    def assigns(self) -> list[Assign]:
        return [a for a in self.facts.assigns if self.block.index in a.blocks and a.function == self.block.function]

    def exits(self) -> list[Exit]:
        return [e for e in self.facts.exits if self.block.index in e.blocks and e.function == self.block.function]

    def blocks(self) -> list[Block]:
        """Nested blocks."""
        found: set[int] = {self.block.index}
        result = []
        for block in self.facts.blocks:
            if block.parent in found and block.index != self.block.index:
                found.add(block.index)
                result.append(block)
        return result

    def leaves(self, exit_: Exit) -> bool:
        """True if `exit_` ends this block as a loop: a return, a raise, or a break of this very loop."""
        if exit_.kind in ("return", "raise"):
            return True
        return exit_.kind == "break" and innermost_loop(self.facts, exit_.blocks) == self.block.index


def innermost_loop(facts: FileFacts, blocks: tuple[int, ...]) -> int | None:
    """Index of the nearest enclosing loop."""
    for index in reversed(blocks):
        if facts.blocks[index].kind == "loop":
            return index
    return None
