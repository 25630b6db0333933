"""What runs the functions it is given, and for how long, as data (`rules/libraries/running.toml` says what is what)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gonogo.registry.data import read_names

FILE = "libraries/running.toml"


@dataclass(frozen=True, slots=True)
class Runs:
    """The table `[runs]`: last names, and full ones in `awaits`."""

    hands_on: frozenset[str]
    awaits: frozenset[str]
    await_methods: frozenset[str]
    deferred: frozenset[str]
    wraps: frozenset[str]


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The table `[deadlines]`: full names."""

    around: frozenset[str]
    within: frozenset[str]
    promises: frozenset[str]

    @property
    def within_names(self) -> frozenset[str]:
        """Last names of `within`."""
        return frozenset(name.rsplit(".", 1)[-1] for name in self.within)


@cache
def runs() -> Runs:
    """What calls a function it is given."""
    return read_names(Runs, FILE, "runs")


@cache
def deadlines() -> Deadlines:
    """What ends a call after a time."""
    return read_names(Deadlines, FILE, "deadlines")
