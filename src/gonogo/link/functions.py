"""What decorators of the language make of a method."""

from __future__ import annotations

from gonogo.facts.model import Function
from gonogo.link.module import tail_name


def _decorators(function: Function) -> frozenset[str]:
    return frozenset(tail_name(decorator) for decorator in function.decorators)


def is_property(function: Function) -> bool:
    return bool(_decorators(function) & {"property", "cached_property", "computed_field"})


def is_static(function: Function) -> bool:
    return "staticmethod" in _decorators(function)


def is_classmethod(function: Function) -> bool:
    return "classmethod" in _decorators(function)
