"""Which parameters what a function returns is made of: arguments for the others need not be looked at."""

from __future__ import annotations

from collections.abc import Iterable

from gonogo.facts.model import Assign, Expr, Function, Lambda, Name
from gonogo.link.module import Module
from gonogo.link.walk import MAX_NODES, walk


def needed(module: Module, function: Function) -> frozenset[str] | None:
    """Names of the parameters; `None` if it may be any: with functions inside, or too much to look at."""
    if function.index not in module.needs:
        module.needs[function.index] = _find(module, function)
    return module.needs[function.index]


def _find(module: Module, function: Function) -> frozenset[str] | None:
    if module.has_inner(function.index):
        return None
    table = module.scopes.get(function.index, {})
    todo: list[Expr] = [
        *function.returns,
        *function.yields,
        *(exit_.value for exit_ in module.returns.get(function.index, []) if exit_.value is not None),
    ]
    seen: set[str] = set()
    while todo:
        for number, part in enumerate(walk(todo.pop(), module.facts), start=1):
            if isinstance(part, Lambda) or number == MAX_NODES:
                return None
            if not isinstance(part, Name) or part.id in seen or part.id not in table:
                continue
            seen.add(part.id)
            todo.extend(b.value for b in table[part.id] if isinstance(b, Assign))
            todo.extend(_put_into(module, function.index, part.id))
    return frozenset(param.name for param in function.params if param.name in seen)


def _put_into(module: Module, function: int, name: str) -> Iterable[Expr]:
    """What is put into a mapping or a list after it was made."""
    for assign in (*module.item_sets.get(function, {}).get(name, []), *module.deep_sets.get((function, name), [])):
        yield assign.target
        yield assign.value
    for call in module.method_calls.get((function, name), []):
        for arg in call.args:
            yield arg.value
