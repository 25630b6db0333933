"""Eval suites and build systems as data (`rules/libraries/evals.toml`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gonogo.registry.data import load_toml

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suite:
    """An eval tool: its configuration files, and the symbols that show it at work."""

    title: str
    files: frozenset[str] = frozenset()
    functions: Names = ()


@dataclass(frozen=True, slots=True)
class ByHand:
    """How suites written without a tool are told; fields as described in the data file."""

    folders: frozenset[str]
    scores: frozenset[str]
    markers: frozenset[str]
    live: frozenset[str]
    mocks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Builds:
    """Build systems: their files (globs), and what in them runs a suite."""

    files: Names
    commands: Names
    words: frozenset[str]
    runners: frozenset[str]
    actions: Names
    gates: frozenset[str]


@cache
def suites() -> tuple[Suite, ...]:
    """Every tool."""
    return tuple(
        Suite(table["title"], frozenset(table.get("files", ())), tuple(table.get("functions", ())))
        for table in load_toml("libraries/evals.toml")["suites"]
    )


@cache
def by_hand() -> ByHand:
    """What tells a suite written by hand."""
    table = load_toml("libraries/evals.toml")["by_hand"]
    return ByHand(**{name: frozenset(table[name]) for name in ByHand.__slots__})


@cache
def builds() -> Builds:
    """What is known of build systems."""
    table = load_toml("libraries/evals.toml")["ci"]
    return Builds(
        tuple(table["files"]), tuple(table["commands"]), frozenset(table["words"]), frozenset(table["runners"]),
        tuple(table["actions"]), frozenset(table["gates"]),
    )  # fmt: skip
