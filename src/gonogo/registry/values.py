"""Calls outside the project whose values are known, as data (`rules/libraries/values.toml` says what each list is)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gonogo.registry.data import read_names

FILE = "libraries/values.toml"


@dataclass(frozen=True, slots=True)
class PythonValues:
    """The table `[python]`: full names, but for methods, and the packages of `mappings`."""

    environment: frozenset[str]
    same: frozenset[str]
    same_methods: frozenset[str]
    fields: frozenset[str]
    options: frozenset[str]
    settings: frozenset[str]
    injectors: frozenset[str]
    mappings: frozenset[str]
    parsers: frozenset[str]


@dataclass(frozen=True, slots=True)
class EcmaValues:
    """The table `[ecma]`: full names in the first three, then last names."""

    environment: frozenset[str]
    environment_reads: frozenset[str]
    environment_modules: tuple[str, ...]
    validators: frozenset[str]
    parts: tuple[str, ...]
    schema_reads: frozenset[str]
    keeps: frozenset[str]


@dataclass(frozen=True, slots=True)
class Members:
    """The table `[members]`: last names, with `()` in `fields`."""

    answer: frozenset[str]
    aside: frozenset[str]
    text: frozenset[str]
    fields: frozenset[str]
    promise: frozenset[str]


@cache
def members() -> Members:
    """What is read of what libraries answer."""
    return read_names(Members, FILE, "members")


@cache
def python_values() -> PythonValues:
    """What Python programs call."""
    return read_names(PythonValues, FILE, "python")


@cache
def ecma_values() -> EcmaValues:
    """What JavaScript programs call."""
    return read_names(EcmaValues, FILE, "ecma")
