"""What names, conditions and settings say about who is let in, and how often."""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.facts.model import Attr, CallRef, Compare, Expr, Index, Lit, Name, Unary
from gonogo.link.lift import same_symbol, symbol
from gonogo.link.module import Module, tail_name
from gonogo.link.statuses import REFUSED, TOO_MANY
from gonogo.link.values import Const, FuncV, TextV, Value
from gonogo.link.walk import walk
from gonogo.registry.guards import surroundings, words


def refusal_codes(expr: Expr, module: Module) -> Iterator[int]:
    """Status codes that refuse a request, written out or by the names that frameworks have for them."""
    for part in walk(expr, module.facts):
        if isinstance(part, Lit) and isinstance(part.value, int) and part.value in (TOO_MANY, *REFUSED):
            yield part.value
        elif isinstance(part, Attr) and part.name.startswith(surroundings().too_many):
            yield TOO_MANY
        elif isinstance(part, Attr) and part.name.startswith(surroundings().refused):
            yield 401
        elif isinstance(part, (Name, Attr)) and tail_name(part) in surroundings().refusals:
            yield 403


def names_in(expr: Expr, module: Module) -> Iterator[str]:
    """Every name in an expression, in lower case."""
    for part in walk(expr, module.facts):
        if isinstance(part, Name):
            yield part.id.lower()
        elif isinstance(part, Attr):
            yield part.name.lower()


def keys_in(expr: Expr, module: Module) -> Iterator[str]:
    """Keys read from mappings: `team["request_limit_reached"]`, `claims.get("email")`."""
    for part in walk(expr, module.facts):
        if isinstance(part, Index) and isinstance(part.key, Lit) and isinstance(part.key.value, str):
            yield part.key.value.lower()
        elif isinstance(part, CallRef):
            call = module.facts.calls[part.index]
            for arg in call.args[:1] if tail_name(call.callee) == "get" else ():
                if isinstance(arg.value, Lit) and isinstance(arg.value.value, str):
                    yield arg.value.value.lower()


def any_word(names: list[str], vocabulary: tuple[str, ...]) -> bool:
    """True if a word of the vocabulary is part of a name."""
    return any(word in name for name in names for word in vocabulary)


def lists_people(names: list[str]) -> bool:
    """True for names of a list of people who are let in."""
    return any_word(names, words().allow) and (any_word(names, words().who) or len(names) == 1)


def is_empty_list(test: Expr) -> bool:
    """`if not allowed_groups:`: whether there is a list at all, not whether somebody stands on it."""
    while isinstance(test, Unary):
        test = test.operand
    name = tail_name(test).lower() if isinstance(test, (Name, Attr)) else ""
    return name.endswith("s") and not name.startswith(("is_", "has_", "can_", "may_"))


def is_nobody_else(expr: Expr, module: Module) -> bool:
    """`user.id != OWNER`, `chat_id not in CHATS`: who asks is held against a constant."""
    if not isinstance(expr, Compare) or expr.ops[0] not in ("!=", "not in"):
        return False
    fixed = [part for part in walk(expr.rights[0], module.facts) if isinstance(part, (Name, Attr))]
    constant = any(tail_name(part).isupper() for part in fixed)
    return constant and any_word(list(names_in(expr.left, module)), words().who)


def counts_addresses(value: Value) -> bool:
    """True for what counts requests by address: the key of a limiter, or a function that makes it."""
    if isinstance(value, Const):
        return value.value in words().address
    if isinstance(value, FuncV):
        facts = value.module.facts
        return any(
            tail_name(part) in words().address for returned in value.function.returns for part in walk(returned, facts)
        )
    return any(same_symbol(symbol(value), known) for known in words().address)


def is_in_memory(value: Value) -> bool:
    """True for the address of a store inside the process."""
    text = value.value if isinstance(value, Const) else value.prefix if isinstance(value, TextV) else None
    return isinstance(text, str) and text.startswith("memory:")
