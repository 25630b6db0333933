"""Web and bot frameworks as data: what makes a function reachable from outside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gonogo.registry.data import load_all


@dataclass(frozen=True, slots=True)
class Routes:
    """Route decorators of one framework: `methods` of `objects`, and `decorators` that stand alone."""

    framework: str
    objects: tuple[str, ...]
    methods: frozenset[str]
    decorators: tuple[str, ...]


@cache
def route_specs() -> tuple[Routes, ...]:
    """Every `[[routes]]` table."""
    return tuple(
        Routes(
            entry["framework"],
            tuple(entry.get("objects", ())),
            frozenset(entry.get("methods", ())),
            tuple(entry.get("decorators", ())),
        )
        for _, table in load_all("frameworks")
        for entry in table.get("routes", ())
    )


@cache
def request_names() -> tuple[str, ...]:
    """Symbols whose values are what a client sent."""
    return tuple(
        name for _, table in load_all("frameworks") for entry in table.get("requests", ()) for name in entry["names"]
    )
