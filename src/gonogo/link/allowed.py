"""Values that code holds against a list or a pattern before it uses them."""

from __future__ import annotations

from gonogo.facts.model import Attr, CallRef, Compare, Expr, Lit, Name, Seq
from gonogo.link.module import Module, chain, tail_name
from gonogo.link.walk import walk

PATTERN_TESTS = frozenset(
    {"fullmatch", "match", "isalnum", "isdigit", "isnumeric", "isidentifier", "isdecimal", "test"}
)
MEMBER_TESTS = frozenset({"includes", "has", "hasOwn", "hasOwnProperty"})
"""Methods of lists, sets and tables that tell whether they hold a value."""


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


def held(test: Expr, expr: Expr, module: Module) -> bool:
    """True if a test holds the value of `expr` against a list or a pattern."""
    names = chain(expr)
    return bool(names) and names in _names(test, module)


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
            elif tail_name(call.callee) in MEMBER_TESTS and isinstance(call.callee, Attr):
                # `KINDS.includes(kind)`, `Object.hasOwn(KINDS, kind)`
                lists = [call.callee.base, *(arg.value for arg in call.args)]
                if any(_is_list(one) for one in lists):
                    found |= {chain(one) for one in lists if not _is_list(one)}
    return found - {()}


def _is_list(expr: Expr) -> bool:
    """A written-out list, or a name in capitals: what is allowed, not what was seen."""
    return isinstance(expr, Seq) or tail_name(expr).isupper() or "allow" in tail_name(expr).lower()
