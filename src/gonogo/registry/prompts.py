"""How programs read, fill in and mark their prompts, as data (`rules/libraries/prompts.toml`)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Any, TypeVar

from gonogo.registry.data import DataError, load_toml


@dataclass(frozen=True, slots=True)
class FileReading:
    """Calls by which a program reads a file of its own, and calls and methods that make its path."""

    suffixes: tuple[str, ...]
    openers: tuple[str, ...]
    readers: tuple[str, ...]
    handles: tuple[str, ...]
    parsers: tuple[str, ...]
    same: tuple[str, ...]
    folder_of: tuple[str, ...]
    joins: tuple[str, ...]
    here: tuple[str, ...]
    packages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Templates:
    """Objects made of a text with placeholders, and what is done with them."""

    braces: tuple[str, ...]
    other: tuple[str, ...]
    arguments: tuple[str, ...]
    fills: tuple[str, ...]
    keeps: tuple[str, ...]
    loaders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Messages:
    """How messages that instruct are told from others."""

    system: tuple[str, ...]
    system_templates: tuple[str, ...]
    roles: tuple[str, ...]
    content: tuple[str, ...]
    templates: tuple[str, ...]
    not_given: tuple[str, ...]
    """Last names of what stands for an argument that is left out."""

    @property
    def instruct(self) -> tuple[str, ...]:
        """Everything whose text instructs, placeholders or not."""
        return self.system + self.system_templates


@dataclass(frozen=True, slots=True)
class Marks:
    """What marks the end of a cached prefix, and which SDKs want such marks or do without."""

    keys: tuple[str, ...]
    objects: tuple[str, ...]
    words: tuple[str, ...]
    by_marks: tuple[str, ...]
    by_itself: tuple[str, ...]
    own_marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Varies:
    """Calls with another result each time, and formats fine enough for that to show."""

    clocks: tuple[str, ...]
    ids: tuple[str, ...]
    fine_formats: tuple[str, ...]
    fine_methods: tuple[str, ...]
    formats: tuple[str, ...]


Table = TypeVar("Table", FileReading, Templates, Messages, Marks, Varies)
FILE = "libraries/prompts.toml"


@cache
def _data() -> dict[str, Any]:
    return load_toml(FILE)


def _read(kind: type[Table], name: str) -> Table:
    """One table of the file. Raises `DataError` if it lacks a key, has another, or holds anything but texts."""
    table = _data()[name]
    wanted = {field.name for field in fields(kind)}
    if set(table) != wanted:
        raise DataError(f"{FILE}: [{name}] must have exactly the keys {', '.join(sorted(wanted))}")
    for key, value in table.items():
        if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
            raise DataError(f"{FILE}: {name}.{key} must be a list of texts")
    return kind(**{key: tuple(value) for key, value in table.items()})


@cache
def file_reading() -> FileReading:
    """The table `[files]`."""
    return _read(FileReading, "files")


@cache
def templates() -> Templates:
    """The table `[templates]`."""
    return _read(Templates, "templates")


@cache
def messages() -> Messages:
    """The table `[messages]`."""
    return _read(Messages, "messages")


@cache
def marks() -> Marks:
    """The table `[caching]`."""
    return _read(Marks, "caching")


@cache
def varies() -> Varies:
    """The table `[varies]`."""
    return _read(Varies, "varies")
