"""What a build system runs, read from its configuration. Only data is read: nothing is expanded or executed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 262_144
MAX_NODES = 20_000
_SCRIPT_KEYS = frozenset(
    {"run", "script", "commands", "command", "before_script", "after_script", "steps", "args", "cmd"}
)
_NESTING = re.compile(r"(?m)[\[{]{40}")
"""A YAML parser goes as deep as its input: no build needs forty brackets in a row."""


@dataclass(frozen=True, slots=True)
class Build:
    """Commands and actions of one file, with what starts it (empty where the format does not say)."""

    path: str
    commands: tuple[str, ...]
    actions: tuple[str, ...]
    triggers: frozenset[str]


def read_build(path: str, text: str) -> Build | None:
    """One configuration file; `None` if it cannot be read as what it should be."""
    import yaml

    if not path.endswith((".yml", ".yaml")):
        return Build(path, tuple(re.findall(r"\b(?:sh|bat)\b[\s(]*[\"']{1,3}([^\"']{1,2000})", text)), (), frozenset())
    if len(text) > MAX_BYTES or _NESTING.search(text):
        return None
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    pairs = list(_pairs(document))
    commands = tuple(value for key, value in pairs if key in _SCRIPT_KEYS)
    actions = tuple(value for key, value in pairs if key == "uses")
    # YAML 1.1 reads the bare key `on` as a truth value.
    started = document.get("on", document.get(True))
    return Build(path, commands, actions, _triggers(started))


def _triggers(value: object) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset({value})
    if isinstance(value, (list, dict)):
        return frozenset(str(name) for name in value)
    return frozenset()


def _pairs(document: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    """Every text with the key it stands under. Aliases may make a graph of the document: each node is seen once."""
    todo: list[tuple[str, object]] = [("", document)]
    seen: set[int] = set()
    while todo and len(seen) < MAX_NODES:
        key, value = todo.pop()
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, (dict, list)) and id(value) not in seen:
            seen.add(id(value))
            if isinstance(value, dict):
                todo.extend((str(name), inner) for name, inner in value.items())
            else:
                todo.extend((key, inner) for inner in value)
