"""Who would catch an error: `try` blocks around a call, here or in the functions that lead to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.facts.model import Block, CallRef, Expr, Function, Seq
from gonogo.facts.span import Span
from gonogo.link.ecma_promises import comes_up
from gonogo.link.module import Module, tail_name
from gonogo.link.values import CallSite, Site

if TYPE_CHECKING:
    from gonogo.link.evaluate import Evaluator

MAX_UP = 6
MAX_SITES = 60
KEEPS_ERRORS = re.compile(r"retry|error|exception|handle|catch|safe|guard|fallback|backoff", re.I)
"""Decorators with such names do something about errors; what exactly is not judged."""


@dataclass(frozen=True, eq=False, slots=True)
class Guarded:
    """What is known of who catches: the place of the handler, or that nobody does, or neither."""

    place: Site | None = None
    nobody: bool = False


def guarded(
    site: CallSite,
    evaluator: Evaluator,
    catches: frozenset[str],
    is_entry: Callable[[Module, Function], bool],
) -> Guarded:
    """Whether an error of `site` is caught on some way to it. `nobody` only if ways end at an entry."""
    todo: list[tuple[Module, int | None, tuple[int, ...], int]] = [
        (site.module, site.call.function, site.call.blocks, 0)
    ]
    seen: set[tuple[str, int | None]] = set()
    reached_top = False
    for _ in range(MAX_SITES):
        if not todo:
            break
        module, function, blocks, hops = todo.pop(0)
        span = _caught(module, blocks, catches)
        if span is not None:
            return Guarded(Site(module.path, span))
        if function is None:
            reached_top = True
            continue
        fact = module.facts.functions[function]
        decorator = _decorated(module, fact)
        if decorator is not None:
            return Guarded(Site(module.path, decorator))
        if is_entry(module, fact):
            reached_top = True
            continue
        if (module.path, function) in seen or hops >= MAX_UP:
            continue
        seen.add((module.path, function))
        for edge in evaluator.callers.of(module, fact):
            call, above = edge.site.call, edge.site.module
            come: tuple[int, ...] | None = call.blocks
            if above.language == "ecma" and (fact.is_async or edge.how == "passed"):
                come, sure = comes_up(above, call)
                if not sure:
                    return Guarded()  # `.catch(...)`, or a promise that somebody else awaits.
            todo.append((above, call.function, come or (), hops + 1))
    return Guarded(nobody=reached_top and not todo)


def _caught(module: Module, blocks: tuple[int, ...], catches: frozenset[str]) -> Span | None:
    """The handler that catches around a place in one function."""
    for index in reversed(blocks):
        block = module.facts.blocks[index]
        if block.kind == "with" and any(_suppresses(item, module, catches) for item in block.items):
            return block.span
        if block.kind != "try":
            continue
        for handler in module.facts.blocks:
            if handler.kind == "handler" and handler.owner == index and _takes(handler, catches):
                return handler.span
    return None


def _takes(handler: Block, catches: frozenset[str]) -> bool:
    return not handler.types or any(name in catches for name in _names(handler.types))


def _names(types: tuple[Expr, ...]) -> Iterator[str]:
    for expr in types:
        if isinstance(expr, Seq):
            yield from _names(expr.items)
        else:
            yield tail_name(expr)


def _suppresses(item: Expr, module: Module, catches: frozenset[str]) -> bool:
    if not isinstance(item, CallRef):
        return False
    call = module.facts.calls[item.index]
    return tail_name(call.callee) == "suppress" and any(tail_name(arg.value) in catches for arg in call.args)


def _decorated(module: Module, function: Function) -> Span | None:
    for decorator in function.decorators:
        expr = module.facts.calls[decorator.index].callee if isinstance(decorator, CallRef) else decorator
        if KEEPS_ERRORS.search(tail_name(expr)):
            return decorator.span
    return None
