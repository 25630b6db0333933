"""How programs read, fill in and mark their prompts, as data (`rules/libraries/prompts.toml`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gonogo.registry.data import load_toml, read_names


@dataclass(frozen=True, slots=True)
class FileReading:
    """Calls by which a program reads a file of its own, and calls and methods that make its path."""

    suffixes: tuple[str, ...]
    openers: tuple[str, ...]
    readers: tuple[str, ...]
    handles: tuple[str, ...]
    whole: tuple[str, ...]
    """Functions that answer the whole text of the file they are given."""
    parsers: tuple[str, ...]
    same: tuple[str, ...]
    folder_of: tuple[str, ...]
    joins: tuple[str, ...]
    here: tuple[str, ...]
    own_folder: tuple[str, ...]
    own_file: tuple[str, ...]
    addresses: tuple[str, ...]
    """Addresses made of a path and the file it counts from."""
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
    """How messages that instruct, and messages that users say, are told from others."""

    system: tuple[str, ...]
    system_templates: tuple[str, ...]
    roles: frozenset[str]
    classes: frozenset[str]
    user_roles: frozenset[str]
    user_classes: frozenset[str]
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
    holders: tuple[str, ...]
    hosts: tuple[str, ...]
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
    once: frozenset[str]
    """Functions that run once in the life of an object or a process."""
    kept: frozenset[str]
    """Decorators after which a result is not made anew each time, or not where the call stands."""
    fine_formats: tuple[str, ...]
    fine_methods: tuple[str, ...]
    formats: tuple[str, ...]
    bare: tuple[str, ...]
    locales: tuple[str, ...]
    locale_fine: tuple[str, ...]
    locale_plain: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ToolMaker:
    """Calls that make a tool: where the object that describes it stands, and which of its entries are sent."""

    names: tuple[str, ...]
    place: int
    sent: tuple[str, ...]


FILE = "libraries/prompts.toml"


@cache
def file_reading() -> FileReading:
    """The table `[files]`."""
    return read_names(FileReading, FILE, "files")


@cache
def templates() -> Templates:
    """The table `[templates]`."""
    return read_names(Templates, FILE, "templates")


@cache
def messages() -> Messages:
    """The table `[messages]`."""
    return read_names(Messages, FILE, "messages")


@cache
def marks() -> Marks:
    """The table `[caching]`."""
    return read_names(Marks, FILE, "caching")


@cache
def varies() -> Varies:
    """The table `[varies]`."""
    return read_names(Varies, FILE, "varies")


@cache
def tool_makers() -> tuple[ToolMaker, ...]:
    """The tables `[[tools.makers]]`."""
    return tuple(
        ToolMaker(tuple(entry["names"]), int(entry["place"]), tuple(entry["sent"]))
        for entry in load_toml(FILE)["tools"]["makers"]
    )


@cache
def schema_packages() -> tuple[str, ...]:
    """Beginnings of the names of what describes a tool's input."""
    return tuple(load_toml(FILE)["tools"]["schemas"])
