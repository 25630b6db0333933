"""What tells agent loops from other loops, as data (`rules/libraries/loops.toml` says what each list is)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from gonogo.registry.data import load_toml

FILE = "libraries/loops.toml"


@dataclass(frozen=True, slots=True)
class LoopWords:
    """All tables of the file; `limit`, `counted` and `spending` are searched for in names."""

    tools: frozenset[str]
    stops: frozenset[str]
    grows: frozenset[str]
    counters: frozenset[str]
    unbounded: frozenset[str]
    asks: frozenset[str]
    limit: re.Pattern[str]
    counted: re.Pattern[str]
    spending: re.Pattern[str]
    otherwise: tuple[str, ...]


@cache
def loop_words() -> LoopWords:
    """Read once."""
    table = load_toml(FILE)
    agent, names = table["agent"], table["names"]
    return LoopWords(
        tools=frozenset(agent["tools"]),
        stops=frozenset(agent["stops"]),
        grows=frozenset(agent["grows"]),
        counters=frozenset(agent["counters"]),
        unbounded=frozenset(agent["unbounded"]),
        asks=frozenset(table["people"]["asks"]),
        limit=_any_of(names["limit"]),
        counted=_any_of(names["counted"]),
        spending=_any_of(names["spending"]),
        otherwise=tuple(table["batch"]["otherwise"]),
    )


def _any_of(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.I)
