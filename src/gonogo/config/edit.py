"""Puts an entry into a TOML text and leaves every other character of it where it was."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tomlkit.items import Item, Table

Entry = Mapping[str, "str | date"]


class CannotEditError(Exception):
    """The text cannot be changed without a risk to the rest of it; `snippet` is what a person may write by hand."""

    def __init__(self, snippet: str) -> None:
        super().__init__(snippet)
        self.snippet = snippet


def set_table(text: str, path: Sequence[str], entry: Entry) -> str:
    """`text` with the table `path` holding `entry`; keys that are there already get the new values in place.

    Raises:
        CannotEditError: the text has a form in which that cannot be done safely.
    """
    snippet = _snippet(path, entry, array=False)
    expected = _plain(text, snippet)
    node = _descend(expected, path[:-1], snippet)
    known = node.get(path[-1])
    there = isinstance(known, dict)
    node[path[-1]] = {**known, **entry} if isinstance(known, dict) else dict(entry)
    return _edited(text, path, entry, expected, snippet, block=not there)


def append_table(text: str, path: Sequence[str], entry: Entry, *, unique: str) -> str:
    """`text` with one more `[[path]]`; one with the same value of `unique` gets the new values in place.

    Raises:
        CannotEditError: as above.
    """
    snippet = _snippet(path, entry, array=True)
    expected = _plain(text, snippet)
    node = _descend(expected, path[:-1], snippet)
    entries = node.setdefault(path[-1], [])
    if not isinstance(entries, list):
        raise CannotEditError(snippet)
    same = next(
        (i for i, one in enumerate(entries) if isinstance(one, dict) and one.get(unique) == entry[unique]), None
    )
    if same is None:
        entries.append(dict(entry))
    else:
        entries[same] = {**entries[same], **entry}
    return _edited(text, path, entry, expected, snippet, block=same is None, array=True, index=same)


def _edited(
    text: str,
    path: Sequence[str],
    entry: Entry,
    expected: dict[str, Any],
    snippet: str,
    *,
    block: bool,
    array: bool = False,
    index: int | None = None,
) -> str:
    """The new text, held against what it must say: no editing library is trusted with somebody's configuration."""
    windows = "\r\n" in text and text.count("\r\n") == text.count("\n")
    unix = text.replace("\r\n", "\n") if windows else text
    changed = _with_tomlkit(unix, path, entry, snippet, array=array, index=index)
    if block and changed.count(snippet) == 1:
        # The library chooses the place well and the empty lines around it badly.
        before, after = (part.strip("\n") for part in changed.split(snippet))
        place = unix.rstrip("\n").rfind(after) if after else len(unix)
        if place < 0 or unix[:place].strip("\n") != before:
            raise CannotEditError(snippet)
        changed = _spaced(unix[:place], snippet, unix[place:])
    if _plain(changed, snippet) != expected:
        raise CannotEditError(snippet)
    return changed.replace("\n", "\r\n") if windows else changed


def _with_tomlkit(text: str, path: Sequence[str], entry: Entry, snippet: str, *, array: bool, index: int | None) -> str:
    import tomlkit
    from tomlkit.items import InlineTable

    try:
        document: Any = tomlkit.parse(text)
        node = document
        for key in path[:-1]:
            if key not in node:
                node[key] = tomlkit.inline_table() if isinstance(node, InlineTable) else tomlkit.table(True)
            node = node[key]
        name = path[-1]
        if index is not None:
            _update(node[name][index], entry)
        elif array:
            _append(node, name, entry)
        elif name in node:
            _update(node[name], entry)
        else:
            node[name] = _table(entry, inline=isinstance(node, InlineTable))
        return tomlkit.dumps(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise CannotEditError(snippet) from None


def _update(table: Any, entry: Entry) -> None:
    for key, value in entry.items():
        table[key] = value


def _append(node: Any, name: str, entry: Entry) -> None:
    import tomlkit
    from tomlkit.items import AoT, InlineTable

    inside = isinstance(node, InlineTable)
    if name not in node:
        node[name] = tomlkit.array() if inside else tomlkit.aot()
    node[name].append(_table(entry, inline=not isinstance(node[name], AoT)))


def _table(entry: Entry, *, inline: bool) -> Table | Item:
    import tomlkit

    table = tomlkit.inline_table() if inline else tomlkit.table()
    table.update(entry)
    return table


def _spaced(before: str, block: str, after: str) -> str:
    """An empty line around the new table, and none where one is."""
    if before and not before.endswith("\n"):
        before += "\n"
    if before and not before.endswith("\n\n"):
        before += "\n"
    return before + block + ("\n" if after and not after.startswith("\n") else "") + after


def _snippet(path: Sequence[str], entry: Entry, *, array: bool) -> str:
    import tomlkit

    document: Any = tomlkit.document()
    node = document
    for key in path[:-1]:
        node[key] = tomlkit.table(True)
        node = node[key]
    if array:
        _append(node, path[-1], entry)
    else:
        node[path[-1]] = _table(entry, inline=False)
    return tomlkit.dumps(document)


def _plain(text: str, snippet: str) -> dict[str, Any]:
    """What the text says, read by another library than the one that changes it."""
    import tomli

    try:
        return copy.deepcopy(tomli.loads(text.replace("\r\n", "\n")))
    except (ValueError, RecursionError):
        raise CannotEditError(snippet) from None


def _descend(table: dict[str, Any], path: Sequence[str], snippet: str) -> dict[str, Any]:
    for key in path:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            raise CannotEditError(snippet)
    return table
