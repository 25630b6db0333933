"""What the language makes of a method, by decorators or by words before it."""

from __future__ import annotations

from gonogo.facts.model import Function
from gonogo.link.module import tail_name


def _decorators(function: Function) -> frozenset[str]:
    return frozenset(tail_name(decorator) for decorator in function.decorators)


def is_property(function: Function) -> bool:
    return function.role == "property" or bool(
        _decorators(function) & {"property", "cached_property", "computed_field"}
    )


def is_static(function: Function) -> bool:
    return function.role == "static" or "staticmethod" in _decorators(function)


def is_classmethod(function: Function) -> bool:
    return "classmethod" in _decorators(function)
