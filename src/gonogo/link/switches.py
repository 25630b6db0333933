"""Branches that say when a record is kept: while somebody debugs, or when a request failed."""

from __future__ import annotations

from gonogo.facts.model import Attr, Call, Compare, Expr, Lit, Name, Unary
from gonogo.link.module import Module, tail_name
from gonogo.link.walk import walk
from gonogo.registry.recorders import switches, words_of


def is_for_debugging(module: Module, call: Call) -> bool:
    """True for a call in a branch for debugging, or behind an early return for all others."""
    tests = [block.test for block in module.enclosing(call.blocks, "branch") if block.test is not None]
    if any(_debugs(test, module) for test in tests):
        return True
    for exit_ in module.returns.get(call.function, []) if call.function is not None else []:
        if exit_.order < call.order and exit_.value is None:
            for block in module.enclosing(exit_.blocks, "branch")[:1]:
                if isinstance(block.test, Unary) and block.test.op == "not" and _debugs(block.test.operand, module):
                    return True
    return False


def _debugs(test: Expr, module: Module) -> bool:
    """True for a test that holds only while debugging: `DEBUG`, `options.verbose`, `env === "development"`."""
    known = switches()
    if isinstance(test, Unary):
        return False
    for part in walk(test, module.facts):
        if isinstance(part, Unary):
            return False
        if isinstance(part, (Name, Attr)) and set(words_of(tail_name(part))) & known.debugging:
            return True
        if isinstance(part, Compare):
            texts = {right.value for right in part.rights if isinstance(right, Lit)}
            if (part.ops[0] == "==" and texts & known.trials) or (part.ops[0] == "!=" and texts & known.real):
                return True
    return False


def tells_of_failure(module: Module, call: Call) -> bool:
    """True for a call by whose name, branch or handler an error is reported."""
    if tail_name(call.callee) in switches().failures:
        return True
    blocks = [module.facts.blocks[index] for index in call.blocks]
    return any(
        block.kind == "handler" or (block.kind == "branch" and block.test is not None and _failed(block.test, module))
        for block in blocks
    )


def _failed(test: Expr, module: Module) -> bool:
    """True for a test that holds when a request failed: `!response.ok`, `status >= 400`, `data.error`."""
    known = switches()
    if isinstance(test, Unary):
        return any(tail_name(part) in known.worked for part in walk(test, module.facts))
    for part in walk(test, module.facts):
        if isinstance(part, Attr) and part.name in known.errors:
            return True
        if isinstance(part, Compare) and tail_name(part.left) in known.worked:
            good = {right.value for right in part.rights if isinstance(right, Lit)} & {200, True}
            if part.ops[0] in (">", ">=") or (part.ops[0] == "!=") == bool(good):
                return True
    return False
