"""What a schema of JavaScript (Zod) lets through: any text, or only what it knows."""

from __future__ import annotations

from gonogo.facts.flow import Path
from gonogo.link.dicts import fold_dicts
from gonogo.link.evaluate import Evaluator
from gonogo.link.names import plain_name
from gonogo.link.values import FuncV, Made, Member, SeqV, Value, Values
from gonogo.registry.flows import schemas

MAX_DEPTH = 12


def is_schema(value: Value) -> bool:
    """True for what a package of schemas made."""
    return isinstance(value, Made) and plain_name(value.callee).startswith(schemas().packages)


def lets_text_through(evaluator: Evaluator, schema: Value, path: Path, depth: int = 0) -> bool | None:
    """True if the part `path` of what passes a schema can be any text, `None` if that cannot be told."""
    if depth > MAX_DEPTH or not is_schema(schema) or not isinstance(schema, Made):
        return None
    shapes: list[Values] = []
    kind, given = "", list[Values]()
    value: Value = schema
    while isinstance(value, Made):
        positional = evaluator.arguments(value.call)[0] if value.call is not None else []
        kind, given = plain_name(value.callee).rsplit(".", 1)[-1], positional
        if kind in schemas().narrow:
            return False
        if kind in schemas().changes:
            return None
        if kind in schemas().shapes and positional:
            shapes.append(positional[0])
        value = value.callee.base if isinstance(value.callee, Member) else value.callee
    if kind in schemas().closed:
        return False
    if kind in schemas().text:
        return True
    if shapes:
        return _field(evaluator, shapes, path, depth)
    if kind in schemas().inner and given:
        return _any(evaluator, given[-1], path[1:] if kind in schemas().lists and path else path, depth)
    return None


def _field(evaluator: Evaluator, shapes: list[Values], path: Path, depth: int) -> bool | None:
    """The field of an object that the path names; of the whole object, any."""
    tables = [fold_dicts(shape) for shape in shapes]
    if path and path[0] != "*":
        found = next((t.entries[path[0]] for t in tables if path[0] in t.entries), None)
        # What a schema does not name it does not let through.
        return (
            (None if any(t.open for t in tables) else False)
            if found is None
            else _any(evaluator, found, path[1:], depth)
        )
    answers = [_any(evaluator, values, path[1:], depth) for table in tables for values in table.entries.values()]
    return True if True in answers else None if None in answers else False


def _any(evaluator: Evaluator, values: Values, path: Path, depth: int) -> bool | None:
    flat = [one for v in values for one in (_items(v) if isinstance(v, SeqV) else [v]) if not isinstance(one, FuncV)]
    answers = [lets_text_through(evaluator, value, path, depth + 1) for value in flat]
    return True if True in answers else None if None in answers or not answers else False


def _items(value: SeqV) -> list[Value]:
    return [one for item in value.items for one in item]
