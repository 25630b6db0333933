"""What guards an entry, as data: limiter libraries, and the words for limits and checks of an application's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from gonogo.registry.data import load_toml, read_names

FILE = "libraries/limiters.toml"


@dataclass(frozen=True, slots=True)
class LimiterSpec:
    """One library. See `rules/libraries/limiters.toml` for the fields."""

    name: str
    objects: tuple[str, ...]
    decorators: frozenset[str]
    hits: frozenset[str]
    functions: tuple[str, ...]
    dependencies: tuple[str, ...]
    classes: tuple[str, ...]
    middleware: tuple[str, ...]
    defaults: str
    key: tuple[str, ...]
    storage: tuple[str, ...]
    in_memory: bool
    per_user: bool


@dataclass(frozen=True, slots=True)
class Words:
    """Parts of names, in lower case where nothing else is said."""

    address: frozenset[str]
    limit: tuple[str, ...]
    period: frozenset[str]
    identity: tuple[str, ...]
    allow: tuple[str, ...]
    who: tuple[str, ...]
    hints: re.Pattern[str]
    """What says that something limits requests, in names and packages of JavaScript."""
    before_routes: frozenset[str]
    """Names of files, without ending."""


def _table() -> dict[str, Any]:
    return load_toml(FILE)


@cache
def limiters() -> tuple[LimiterSpec, ...]:
    """Every `[[limiters]]` table."""
    return tuple(
        LimiterSpec(
            name=entry["name"],
            objects=tuple(entry.get("objects", ())),
            decorators=frozenset(entry.get("decorators", ())),
            hits=frozenset(entry.get("hits", ())),
            functions=tuple(entry.get("functions", ())),
            dependencies=tuple(entry.get("dependencies", ())),
            classes=tuple(entry.get("classes", ())),
            middleware=tuple(entry.get("middleware", ())),
            defaults=entry.get("defaults", ""),
            key=tuple(entry.get("key", ())),
            storage=tuple(entry.get("storage", ())),
            in_memory=bool(entry["in_memory"]),
            per_user=bool(entry["per_user"]),
        )
        for entry in _table()["limiters"]
    )


@cache
def words() -> Words:
    """The vocabularies."""
    table = _table()
    return Words(
        address=frozenset(table["keys"]["address"]),
        limit=tuple(table["own"]["limit_words"]),
        period=frozenset(table["own"]["period_words"]),
        identity=tuple(table["identity"]["words"]),
        allow=tuple(table["identity"]["allow_words"]),
        who=tuple(table["identity"]["who_words"]),
        hints=re.compile("|".join(table["elsewhere"]["hints"]), re.I),
        before_routes=frozenset(table["elsewhere"]["before_routes"]),
    )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How frameworks are told what stands around an entry (the table `[around]`): last names, and in `too_many` and
    `refused` beginnings of names."""

    middleware: tuple[str, ...]
    depending: tuple[str, ...]
    hooks: tuple[str, ...]
    hook_decorators: frozenset[str]
    ecma: tuple[str, ...]
    throttles: tuple[str, ...]
    checks: tuple[str, ...]
    open: frozenset[str]
    too_many: tuple[str, ...]
    refused: tuple[str, ...]
    refusals: frozenset[str]


@cache
def surroundings() -> Surroundings:
    """Read once."""
    return read_names(Surroundings, FILE, "around")


@cache
def default_limiters() -> tuple[str, ...]:
    """Last names of limiters that can be told to limit every route by themselves."""
    names = (name.rsplit(".", 1)[-1] for spec in limiters() if spec.defaults for name in spec.objects)
    return tuple(dict.fromkeys(names))
