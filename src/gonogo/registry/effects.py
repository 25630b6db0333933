"""Calls that change something at another service, and what makes repeating them safe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from gonogo.registry.data import load_toml


@dataclass(frozen=True, slots=True)
class Effect:
    """One kind of call that changes something elsewhere (see `rules/libraries/effects.toml`)."""

    kind: str
    what: str
    names: tuple[str, ...]
    tails: tuple[tuple[str, ...], ...] = ()
    to: tuple[str, ...] = ()
    url: tuple[str, ...] = ()

    @property
    def last_names(self) -> frozenset[str]:
        """Last names of the calls, to find candidates by."""
        return frozenset(tail[-1] for tail in self.tails) | {name.rsplit(".", 1)[-1] for name in self.names}


@dataclass(frozen=True, slots=True)
class Keys:
    """Signs that a repetition is noticed."""

    arguments: frozenset[str]
    calls: frozenset[str]
    errors: frozenset[str]
    names: re.Pattern[str]
    sql: tuple[str, ...]
    writes: tuple[str, ...]
    reads: tuple[str, ...]


@cache
def effects() -> tuple[Effect, ...]:
    """Every `[[effects]]` table."""
    return tuple(
        Effect(
            kind=entry["kind"],
            what=entry["what"],
            names=tuple(entry.get("names", ())),
            tails=tuple(tuple(tail.replace("()", "").split(".")) for tail in entry.get("tails", ())),
            to=tuple(entry.get("to", ())),
            url=tuple(entry.get("url", ())),
        )
        for entry in load_toml("libraries/effects.toml")["effects"]
    )


@cache
def keys() -> Keys:
    """The tables on keys, and on which requests write."""
    table = load_toml("libraries/effects.toml")
    found = table["keys"]
    return Keys(
        frozenset(found["arguments"]),
        frozenset(found["calls"]),
        frozenset(found["errors"]),
        re.compile(found["names"], re.I),
        tuple(found["sql"]),
        tuple(table["writes"]["words"]),
        tuple(table["reads"]["words"]),
    )
