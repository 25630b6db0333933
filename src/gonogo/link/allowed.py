"""Values that code holds against a list or a pattern before it uses them."""

from __future__ import annotations

from gonogo.facts.model import Attr, CallRef, Compare, Expr, Lit, Name, Seq
from gonogo.link.module import Module, chain, tail_name
from gonogo.link.walk import walk

PATTERN_TESTS = frozenset({"fullmatch", "match", "isalnum", "isdigit", "isnumeric", "isidentifier", "isdecimal"})


class Allowed:
    """Answers whether a function holds a value against what it knows. One instance serves one run."""

    def __init__(self) -> None:
        self._tables: dict[tuple[str, int | None], frozenset[tuple[str, ...]]] = {}

    def checks(self, expr: Name | Attr, module: Module, function: int | None) -> bool:
        """True if the function tests whether a value is one of those it knows, or matches a pattern."""
        names = chain(expr)
        if not names:
            return False
        key = (module.path, function)
        if key not in self._tables:
            found: set[tuple[str, ...]] = set()
            for block in module.facts.blocks:
                if block.function == function and block.kind in ("branch", "loop") and block.test is not None:
                    found |= _names(block.test, module)
            self._tables[key] = frozenset(found)
        return names in self._tables[key]


def _names(test: Expr, module: Module) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for part in walk(test, module.facts):
        if isinstance(part, Compare) and part.ops[0] in ("in", "not in") and _is_list(part.rights[0]):
            found.add(chain(part.left))
        elif isinstance(part, CallRef):
            call = module.facts.calls[part.index]
            if tail_name(call.callee) in PATTERN_TESTS:
                found |= {chain(arg.value) for arg in call.args if not isinstance(arg.value, Lit)}
                if isinstance(call.callee, Attr):
                    found.add(chain(call.callee.base))
    return found - {()}


def _is_list(expr: Expr) -> bool:
    """A written-out list, or a name in capitals: what is allowed, not what was seen."""
    return isinstance(expr, Seq) or tail_name(expr).isupper() or "allow" in tail_name(expr).lower()
