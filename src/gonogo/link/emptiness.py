"""Expressions that say nothing: `None`, `""`, `[]`, `dict()`."""

from __future__ import annotations

from gonogo.facts.model import CallRef, DictLit, Expr, FileFacts, Lit, Name, Seq
from gonogo.link.module import tail_name

EMPTY_CALLS = frozenset({"list", "dict", "set", "tuple", "str"})


def is_empty(expr: Expr | None, facts: FileFacts) -> bool:
    """True if a value holds nothing at all. Numbers and `True` say something."""
    if expr is None:
        return True
    if isinstance(expr, Lit):
        return expr.value is None or expr.value == "" or expr.value is False
    if isinstance(expr, Name):
        return expr.id == "undefined"
    if isinstance(expr, Seq):
        return all(is_empty(item, facts) for item in expr.items)
    if isinstance(expr, DictLit):
        return not expr.items
    if isinstance(expr, CallRef):
        call = facts.calls[expr.index]
        return not call.args and tail_name(call.callee) in EMPTY_CALLS
    return False
