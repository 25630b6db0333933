"""Data about text that travels: what passes it on, where it comes from, what acts on it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from gonogo.registry.data import load_toml, read_names

FILE = "libraries/flow.toml"


@dataclass(frozen=True, slots=True)
class Through:
    """How text passes calls that are not part of the project. All but `methods` and `nothing` are full names."""

    functions: frozenset[str]
    methods: frozenset[str]
    runs: frozenset[str]
    waits: frozenset[str]
    nothing: frozenset[str]

    @property
    def words(self) -> frozenset[str]:
        """Last names of the functions."""
        return frozenset(n.rsplit(".", 1)[-1] for n in (*self.functions, *self.runs, *self.waits))


@dataclass(frozen=True, slots=True)
class Given:
    """What counts as sent by a client, fetched from elsewhere, or free of text (see `rules/libraries/flow.toml`)."""

    calls: tuple[str, ...]
    request: frozenset[str]
    message: frozenset[str]
    uploads: tuple[str, ...]
    handler_objects: frozenset[str]
    fetches: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """(names of calls, places of the address in their arguments)"""
    pages: tuple[str, ...]
    plain: frozenset[str]
    own: tuple[str, ...]
    """Pieces of addresses that are the application's own."""


@dataclass(frozen=True, slots=True)
class EcmaFlow:
    """How text passes methods of JavaScript, and what its handlers get (see `rules/libraries/flow.toml`)."""

    keeps: frozenset[str]
    picks: frozenset[str]
    makes: frozenset[str]
    fills: frozenset[str]
    each: frozenset[str]
    folds: frozenset[str]
    after: frozenset[str]
    request: frozenset[str]
    own: frozenset[str]
    checked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schemas:
    """How schemas say what they let through."""

    packages: tuple[str, ...]
    text: frozenset[str]
    closed: frozenset[str]
    narrow: frozenset[str]
    shapes: frozenset[str]
    inner: frozenset[str]
    lists: frozenset[str]
    changes: frozenset[str]


@cache
def ecma() -> EcmaFlow:
    """The table `[ecma]`."""
    return read_names(EcmaFlow, FILE, "ecma")


@cache
def schemas() -> Schemas:
    """The table `[schemas]`."""
    return read_names(Schemas, FILE, "schemas")


@cache
def through() -> Through:
    """How text passes foreign calls."""
    table: dict[str, Any] = load_toml(FILE)["through"]
    return Through(**{name: frozenset(table[name]) for name in ("functions", "methods", "runs", "waits", "nothing")})


@cache
def given() -> Given:
    """Where foreign text comes from."""
    table = load_toml(FILE)
    user, fetched = table["user"], table["fetched"]
    return Given(
        calls=tuple(user["calls"]),
        request=frozenset(user["request"]),
        message=frozenset(user["message"]),
        uploads=tuple(user["uploads"]),
        handler_objects=frozenset(user["handler_objects"]),
        fetches=tuple((tuple(entry["names"]), tuple(entry["url"])) for entry in fetched["calls"]),
        pages=tuple(fetched["pages"]),
        own=tuple(fetched["own"]),
        plain=frozenset(table["plain"]["types"]),
    )
