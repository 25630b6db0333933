"""Web and bot frameworks as data: what makes a function reachable from outside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from gonogo.registry.data import load_all


@dataclass(frozen=True, slots=True)
class Routes:
    """Route decorators of one framework: `methods` of `objects`, and `decorators` that stand alone."""

    framework: str
    objects: tuple[str, ...]
    methods: frozenset[str]
    decorators: tuple[str, ...]
    kind: str = "http"


@dataclass(frozen=True, slots=True)
class Registrar:
    """What makes an entry of a function handed to it: `functions`, or `methods` (dotted) of `objects`."""

    kind: str
    functions: tuple[str, ...]
    objects: tuple[str, ...]
    methods: frozenset[str]


@dataclass(frozen=True, slots=True)
class Handlers:
    """Entries by where they stand: `methods` of classes over `bases`, or `functions` with these parameters."""

    kind: str
    bases: tuple[str, ...]
    methods: frozenset[str]
    functions: frozenset[str]
    parameters: tuple[str, ...]


def _tables(name: str) -> list[dict[str, Any]]:
    return [entry for _, table in load_all("frameworks") for entry in table.get(name, ())]


@cache
def route_specs() -> tuple[Routes, ...]:
    """Every `[[routes]]` table."""
    return tuple(
        Routes(
            entry["framework"],
            tuple(entry.get("objects", ())),
            frozenset(entry.get("methods", ())),
            tuple(entry.get("decorators", ())),
            entry.get("kind", "http"),
        )
        for entry in _tables("routes")
    )


@cache
def registrars() -> tuple[Registrar, ...]:
    """Every `[[registrars]]` table."""
    return tuple(
        Registrar(
            entry["kind"],
            tuple(entry.get("functions", ())),
            tuple(entry.get("objects", ())),
            frozenset(entry.get("methods", ())),
        )
        for entry in _tables("registrars")
    )


@cache
def handlers() -> tuple[Handlers, ...]:
    """Every `[[handlers]]` table."""
    return tuple(
        Handlers(
            entry["kind"],
            tuple(entry.get("bases", ())),
            frozenset(entry.get("methods", ())),
            frozenset(entry.get("functions", ())),
            tuple(entry.get("parameters", ())),
        )
        for entry in _tables("handlers")
    )


@cache
def request_names() -> tuple[str, ...]:
    """Symbols whose values are what a client sent."""
    return tuple(name for entry in _tables("requests") for name in entry["names"])


@cache
def entry_packages() -> frozenset[str]:
    """Import names of the packages through which entries are made."""
    names = [name for routes in route_specs() for name in (*routes.objects, *routes.decorators)]
    names += [name for registrar in registrars() for name in (*registrar.objects, *registrar.functions)]
    names += [name for spec in handlers() for name in spec.bases]
    return frozenset(name.split(".")[0] for name in names) - {"http"}
