"""Calls that act on text: what they do with it and where it stands in their arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from gonogo.languages import GLOBAL
from gonogo.registry.data import load_toml

FILES = ("libraries/sinks.toml", "libraries/ecma-sinks.toml")


@dataclass(frozen=True, slots=True)
class Sink:
    """One kind of call that acts on text (see `rules/libraries/sinks.toml`, `ecma-sinks.toml`)."""

    kind: str
    names: tuple[str, ...]
    argument: tuple[str, ...]
    what: str
    tails: frozenset[str] = frozenset()
    receivers: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()
    when: dict[str, object] = field(default_factory=dict)
    command: bool = False
    """A list of arguments is harmless unless it starts a shell or an interpreter."""
    markup: bool = False
    """Only text that is put between tags counts: what else is served may be HTML of its own."""

    @property
    def last_names(self) -> frozenset[str]:
        """Last names of the calls, to find candidates by."""
        return self.tails | {name.rsplit(".", 1)[-1].removeprefix(GLOBAL) for name in self.names}


@dataclass(frozen=True, slots=True)
class Output:
    """What is known of answers: parts that no model wrote, and ways to bind or check their form."""

    metadata: frozenset[str]
    arguments: frozenset[str]
    read_first: frozenset[str]
    parsed: frozenset[str]
    bound: frozenset[str]
    holding: frozenset[str]
    """Those of `bound` that do so by a part named `format` only."""
    bound_tails: frozenset[str]
    inside: frozenset[str]
    """Arguments of a call that hold the settings of its request, those of `bound` among them."""
    checks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Interpreters:
    """Programs that run what stands behind one of the flags; `names` is searched for in the program's path."""

    names: re.Pattern[str]
    flags: frozenset[str | None]


@cache
def interpreters() -> Interpreters:
    """The table `[interpreters]`."""
    table = load_toml("libraries/sinks.toml")["interpreters"]
    return Interpreters(re.compile(rf"(?:^|/)(?:{'|'.join(table['names'])})$"), frozenset(table["flags"]))


@cache
def sinks() -> tuple[Sink, ...]:
    """Every `[[sinks]]` table."""
    return tuple(
        Sink(
            kind=entry["kind"],
            names=tuple(entry.get("names", ())),
            argument=tuple(entry["argument"]),
            what=entry["what"],
            tails=frozenset(entry.get("tails", ())),
            receivers=frozenset(entry.get("receivers", ())),
            objects=frozenset(entry.get("objects", ())),
            when=dict(entry.get("when", {})),
            command=bool(entry.get("command", False)),
            markup=bool(entry.get("markup", False)),
        )
        for file in FILES
        for entry in load_toml(file)["sinks"]
    )


@cache
def output() -> Output:
    """The `[output]` table."""
    table = load_toml(FILES[0])["output"]
    return Output(**{name: frozenset(table[name]) for name in Output.__dataclass_fields__})


@cache
def ecma_output() -> Output:
    """The same for JavaScript, where names may be those of Python or its own."""
    table, own = output(), load_toml(FILES[1])["output"]
    return Output(**{
        name: getattr(table, name) | frozenset(own.get(name, ())) for name in Output.__dataclass_fields__
    })  # fmt: skip


@cache
def wrappers() -> tuple[str, ...]:
    """Calls of JavaScript that hand on the function they are given."""
    return tuple(load_toml(FILES[1])["wrappers"])


@cache
def sandbox_words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words that name a place made for running code, and words that name somebody asked before."""
    table = load_toml(FILES[0])["sandboxes"]
    return tuple(table["words"]), tuple(table["asks"])
