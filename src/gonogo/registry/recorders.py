"""What keeps a value once it is given to it, as data: logs, metrics, traces and stores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from gonogo.registry.data import load_toml, read_names

RecordKind = Literal["log", "metric", "trace", "store"]
KINDS: tuple[RecordKind, ...] = ("log", "metric", "trace", "store")


@dataclass(frozen=True, slots=True)
class Recorders:
    """Calls by last name (`methods`) and full name (`functions`), each with the kind of record they make."""

    methods: dict[str, RecordKind]
    functions: dict[str, RecordKind]
    words: frozenset[str]
    """Words that tell in the name of a call that cannot be resolved."""
    display: frozenset[str]
    """Packages that show values and keep none."""
    writers: frozenset[str]
    """Names of objects that carry what is written to them to whoever waits for the answer."""
    blind: frozenset[str]
    fields: dict[str, frozenset[str]]
    """What a token count counts, by the words of its name."""

    def field(self, name: str) -> str:
        """Which count `name` names: `cache`, `input`, `output`, `total`, `cost`; empty if none."""
        words = set(words_of(name))
        return next((field for field, known in self.fields.items() if words & known), "")


def words_of(name: str) -> list[str]:
    """The words of an identifier in snake, kebab or camel case, lower-cased."""
    words: list[str] = []
    current = ""
    for char in name:
        if not char.isalnum():
            words.append(current)
            current = ""
        elif char.isupper() and current and not current[-1].isupper():
            words.append(current)
            current = char
        else:
            current += char
    return [word.lower() for word in (*words, current) if word]


@dataclass(frozen=True, slots=True)
class Switches:
    """Names that tell when a record is kept (the table `[switches]`)."""

    debugging: frozenset[str]
    trials: frozenset[str]
    real: frozenset[str]
    worked: frozenset[str]
    errors: frozenset[str]
    failures: frozenset[str]


@cache
def switches() -> Switches:
    """Read once."""
    return read_names(Switches, "libraries/recorders.toml", "switches")


@cache
def recorders() -> Recorders:
    """The table `libraries/recorders.toml`."""
    table: dict[str, Any] = load_toml("libraries/recorders.toml")
    return Recorders(
        methods={name: kind for kind in reversed(KINDS) for name in table[kind].get("methods", ())},
        functions={name: kind for kind in KINDS for name in table[kind].get("functions", ())},
        words=frozenset(table["unresolved"]["words"]),
        display=frozenset(table["display"]["packages"]),
        writers=frozenset(table["display"]["writers"]),
        blind=frozenset(table["blind"]["functions"]),
        fields={name: frozenset(words) for name, words in table["fields"].items()},
    )
