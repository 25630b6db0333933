"""Which argument of a call becomes which parameter, as expressions."""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.facts.flow import Path
from gonogo.facts.model import Call, Expr, Function, Param


def argument(call: Call, name: str, position: int | None) -> Expr | None:
    """The expression given for a name, or at a position."""
    found = next(keyword(call, name, position, ()), None)
    return None if found is None or found[1] else found[0]


def keyword(call: Call, name: str, position: int | None, path: Path) -> Iterator[tuple[Expr, Path]]:
    """What a call gives under `name` (or at `position`): expressions, with the part of each that is asked for."""
    for arg in call.args:
        if arg.name == name:
            yield arg.value, path
            return
    plain = [arg for arg in call.args if arg.name is None and not arg.spread]
    if position is not None and position < len(plain):
        yield plain[position].value, path
        return
    for arg in call.args:
        if arg.spread == "**":
            yield arg.value, (name, *path)


def parameter_sources(
    param: Param, function: Function, call: Call, offset: int, skip: int, path: Path
) -> Iterator[tuple[Expr, Path]]:
    """What a call gives for a parameter. `offset` parameters are bound before its arguments; `skip` arguments belong
    to the function that hands them on (`to_thread(f, x)`)."""
    if param.kind == "varkw":
        names = {p.name for p in function.params}
        for arg in call.args:
            if arg.spread == "**":
                yield arg.value, path
            elif arg.name is not None and arg.name not in names and (not path or path[0] in (arg.name, "*")):
                yield arg.value, path[1:]
        return
    positional = [p for p in function.params if p.kind == "positional"][offset:]
    plain = [arg.value for arg in call.args if arg.name is None and not arg.spread][skip:]
    if param.kind == "varargs":
        for value in plain[len(positional) :]:
            yield value, path[1:]
        return
    position = next((i for i, p in enumerate(positional) if p.name == param.name), None)
    found = False
    for value, inner in keyword(call, param.name, None, path):
        found = True
        yield value, inner
    if position is not None and position < len(plain):
        yield plain[position], path
    elif not found:
        for arg in call.args:
            if arg.spread == "*":
                yield arg.value, ("*" if position is None else str(position), *path)
