"""Web, bot and job frameworks as data: what makes a function an entry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

from gonogo.languages import PACKAGE
from gonogo.registry.data import load_all, read_names

EntryKind = Literal["http", "bot", "ui", "job"]
"""http: a request from outside. bot: a message on a chat platform, which knows its users. ui: a page that runs the
program for whoever has it open. job: a queue or a clock, so nobody outside."""


@dataclass(frozen=True, slots=True)
class Routes:
    """How one framework is told its handlers. Full names, `()` for a call; see the head of the data files."""

    framework: str
    kind: EntryKind
    objects: tuple[str, ...]
    methods: frozenset[str]
    adders: frozenset[str]
    adders_of: tuple[str, ...]
    decorators: tuple[str, ...]
    functions: tuple[str, ...]
    bases: tuple[str, ...]
    handlers: frozenset[str]
    named: frozenset[str]
    pages: frozenset[str]
    packages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Handler:
    """Functions that a platform calls for their parameters alone. `reads`: words that only code for requests holds."""

    framework: str
    params: tuple[str, ...]
    reads: frozenset[str]
    queued: frozenset[str]
    """Words that only code for batches of a queue holds, whatever else it holds."""


@dataclass(frozen=True, slots=True)
class RouteFiles:
    """Entries by the file they are exported from: `paths` are globs, `names` what is exported (`default`, or
    `actions.*` for the functions in a mapping); `directives` mark files and functions wherever they stand."""

    framework: str
    kind: EntryKind
    paths: tuple[str, ...]
    names: tuple[str, ...]
    directives: frozenset[str]


@dataclass(frozen=True, slots=True)
class EcmaAnswers:
    """How handlers of JavaScript answer (the table `[answers]`): names of parameters, and last names of methods."""

    responders: frozenset[str]
    bodies: frozenset[str]
    pieces: frozenset[str]
    writers: frozenset[str]
    statuses: frozenset[str]
    throws: frozenset[str]
    headers: frozenset[str]
    contexts: frozenset[str]


@dataclass(frozen=True, slots=True)
class PythonAnswers:
    """How handlers of Python answer (the table `[answers]`): packages, then last names."""

    html_packages: frozenset[str]
    html_classes: frozenset[str]
    renders: frozenset[str]
    streams: frozenset[str]


@cache
def ecma_answers() -> EcmaAnswers:
    """Read once."""
    return read_names(EcmaAnswers, "frameworks/ecma.toml", "answers")


@cache
def python_answers() -> PythonAnswers:
    """Read once."""
    return read_names(PythonAnswers, "frameworks/python.toml", "answers")


@dataclass(frozen=True, slots=True)
class RouteTables:
    """Keys of a row in a table of routes that an application of JavaScript makes for itself, and the last names of
    the functions that start a server."""

    paths: frozenset[str]
    methods: frozenset[str]
    handlers: frozenset[str]
    verbs: frozenset[str]
    servers: frozenset[str]


@cache
def route_tables() -> RouteTables:
    """Read once."""
    return read_names(RouteTables, "frameworks/ecma.toml", "tables")


@cache
def route_files() -> tuple[RouteFiles, ...]:
    """Every `[[files]]` table."""
    return tuple(
        RouteFiles(
            entry["framework"],
            cast("EntryKind", entry.get("kind", "http")),
            tuple(entry.get("paths", ())),
            tuple(entry.get("names", ())),
            frozenset(entry.get("directives", ())),
        )
        for _, table in load_all("frameworks")
        for entry in table.get("files", ())
    )


@cache
def route_specs() -> tuple[Routes, ...]:
    """Every `[[routes]]` table."""
    return tuple(_routes(entry) for _, table in load_all("frameworks") for entry in table.get("routes", ()))


def _routes(entry: dict[str, Any]) -> Routes:
    return Routes(
        framework=entry["framework"],
        kind=cast("EntryKind", entry.get("kind", "http")),
        objects=tuple(entry.get("objects", ())),
        methods=frozenset(entry.get("methods", ())),
        adders=frozenset(entry.get("adders", ())),
        adders_of=tuple(entry.get("adders_of", ())),
        decorators=tuple(entry.get("decorators", ())),
        functions=tuple(entry.get("functions", ())),
        bases=tuple(entry.get("bases", ())),
        handlers=frozenset(entry.get("handlers", ())),
        named=frozenset(entry.get("named", ())),
        pages=frozenset(entry.get("pages", ())),
        packages=frozenset(entry.get("packages", ())),
    )


@cache
def handler_specs() -> tuple[Handler, ...]:
    """Every `[[handlers]]` table."""
    return tuple(
        Handler(
            entry["framework"], tuple(entry["params"]), frozenset(entry["reads"]), frozenset(entry.get("queued", ()))
        )
        for _, table in load_all("frameworks")
        for entry in table.get("handlers", ())
    )


@cache
def handler_names() -> frozenset[str]:
    """Names of methods that are entries in classes of some framework."""
    return frozenset(name for spec in route_specs() for name in spec.handlers | spec.named)


@cache
def request_names() -> tuple[str, ...]:
    """Symbols whose values are what a client sent."""
    return tuple(
        name for _, table in load_all("frameworks") for entry in table.get("requests", ()) for name in entry["names"]
    )


@cache
def message_names() -> tuple[str, ...]:
    """Types of what a chat platform hands to a handler."""
    return tuple(
        name for _, table in load_all("frameworks") for entry in table.get("messages", ()) for name in entry["names"]
    )


@cache
def entry_packages() -> frozenset[str]:
    """First names of the modules that come with frameworks through which people outside get in, as a file of Python
    and as one of JavaScript imports them."""
    names = frozenset(name for spec in route_specs() if spec.kind != "job" for name in spec.packages)
    return names | {PACKAGE + name for name in names}
