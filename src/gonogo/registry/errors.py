"""Errors of model calls as data: classes that catch them, what reports them, what shows them to somebody outside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from gonogo.registry.data import load_toml, read_names


@dataclass(frozen=True, slots=True)
class Answer:
    """Something a client is answered with: full names, the arguments it reads, and where the status code stands."""

    names: tuple[str, ...]
    args: frozenset[str]
    status: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wide:
    """How a framework registers a handler for a whole application."""

    decorators: frozenset[str]
    methods: frozenset[str]
    names: frozenset[str]
    on: tuple[str, ...]
    error: tuple[str, ...]
    guards: str
    """A middleware: the function it calls for the rest of the application, inside its own `try`."""


@dataclass(frozen=True, slots=True)
class EcmaWide:
    """How frameworks of JavaScript register a handler for a whole application."""

    methods: frozenset[str]
    names: frozenset[str]
    decorators: frozenset[str]
    trackers: frozenset[str]
    files: frozenset[str]
    look: tuple[tuple[frozenset[str], frozenset[str]], ...]
    """Packages and words of the files to look through."""


@dataclass(frozen=True, slots=True)
class ErrorData:
    """The tables of `libraries/errors.toml`."""

    packages: frozenset[str]
    wide: frozenset[str]
    names: frozenset[str]
    members: frozenset[str]
    blind: frozenset[str]
    traceback: frozenset[str]
    debug: frozenset[str]
    report_methods: frozenset[str]
    report_functions: tuple[str, ...]
    suppress: frozenset[str]
    http: tuple[str, ...]
    answers: tuple[Answer, ...]
    chat_methods: frozenset[str]
    chat_on: frozenset[str]
    chat_functions: tuple[str, ...]
    whole: tuple[Wide, ...]
    ecma: EcmaWide


def _ecma(table: dict[str, Any]) -> EcmaWide:
    return EcmaWide(
        methods=frozenset(table["methods"]),
        names=frozenset(table["names"]),
        decorators=frozenset(table["decorators"]),
        trackers=frozenset(table["trackers"]),
        files=frozenset(table["files"]),
        look=tuple((frozenset(one["packages"]), frozenset(one["words"])) for one in table["look"]),
    )


@cache
def error_data() -> ErrorData:
    """Read once."""
    table: dict[str, Any] = load_toml("libraries/errors.toml")
    api, text, report, chat = table["api"], table["text"], table["report"], table["chat"]
    return ErrorData(
        packages=frozenset(api["packages"]),
        wide=frozenset(api["wide"]),
        names=frozenset(api["names"]),
        members=frozenset(text["members"]),
        blind=frozenset(text["blind"]),
        traceback=frozenset(text["traceback"]),
        debug=frozenset(text["debug"]),
        report_methods=frozenset(report["methods"]),
        report_functions=tuple(report["functions"]),
        suppress=frozenset(table["suppress"]["names"]),
        http=tuple(table["http"]["errors"]),
        answers=tuple(
            Answer(tuple(entry["names"]), frozenset(entry["args"]), tuple(entry["status"]))
            for entry in table["answers"]
        ),
        chat_methods=frozenset(chat["methods"]),
        chat_on=frozenset(chat["on"]),
        chat_functions=tuple(chat["functions"]),
        whole=tuple(
            Wide(
                frozenset(entry.get("decorators", ())),
                frozenset(entry.get("methods", ())),
                frozenset(entry.get("names", ())),
                tuple(entry.get("on", ())),
                tuple(entry.get("error", ())),
                entry.get("guards", ""),
            )
            for entry in table["wide"]
        ),
        ecma=_ecma(table["ecma"]),
    )


@dataclass(frozen=True, slots=True)
class Failures:
    """How an answer says that it only tells of a failure (the table `[failures]`). Keys in lower case."""

    statuses: tuple[str, ...]
    keys: frozenset[str]
    flags: frozenset[str]
    kinds: frozenset[str]
    kind_words: frozenset[str]
    starts: tuple[str, ...]
    substitutes: frozenset[str]


@cache
def failures() -> Failures:
    """Read once."""
    return read_names(Failures, "libraries/errors.toml", "failures")


@dataclass(frozen=True, slots=True)
class Breaker:
    """A circuit breaker: objects, decorators by name, methods that call a function, methods that guard one."""

    title: str
    objects: tuple[str, ...]
    decorators: tuple[str, ...]
    calls: frozenset[str]
    methods: frozenset[str]
    takes: bool = False
    """The constructor itself is given the function that is guarded."""


@dataclass(frozen=True, slots=True)
class Fallback:
    """How a library is told of a second model."""

    title: str
    args: tuple[str, ...]
    objects: tuple[str, ...]
    classes: tuple[str, ...]


@cache
def breakers() -> tuple[Breaker, ...]:
    """Every `[[breakers]]` table."""
    return tuple(
        Breaker(
            entry["title"],
            tuple(entry["objects"]),
            tuple(entry.get("decorators", ())),
            frozenset(entry.get("calls", ())),
            frozenset(entry.get("methods", ())),
            bool(entry.get("takes", False)),
        )
        for entry in load_toml("libraries/breakers.toml")["breakers"]
    )


@cache
def fallbacks() -> tuple[Fallback, ...]:
    """Every `[[fallbacks]]` table."""
    return tuple(
        Fallback(
            entry["title"],
            tuple(entry.get("args", ())),
            tuple(entry.get("objects", ())),
            tuple(entry.get("classes", ())),
        )
        for entry in load_toml("libraries/breakers.toml")["fallbacks"]
    )
