"""Patterns written for one folder, said again for a folder below it.

A configuration file found above the scanned folder speaks of paths below itself; everything else speaks of paths below
the scanned folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gonogo.workspace.globs import matches, name_matches

if TYPE_CHECKING:
    from gonogo.config.user_rules import UserRule


def rebase_glob(pattern: str, prefix: Sequence[str]) -> tuple[str, ...]:
    """The patterns that match, below the folder `prefix`, what `pattern` matches from the top.

    None, if it can match nothing there; `**`, if it covers the whole folder.
    """
    if not prefix:
        return (pattern,)
    if "/" not in pattern.strip("/") and not pattern.startswith(("/", "./")):
        # A pattern without `/` holds for every name of a path, those of the prefix too.
        return ("**",) if matches(pattern, "/".join(prefix)) else (pattern,)
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    places = {0}
    for name in prefix:
        places = {after for place in _skip_stars(parts, places) for after in _step(parts, place, name)}
        if len(parts) in places:
            return ("**",)
    rests = sorted({tuple(parts[place:]) for place in places})
    return tuple("/" + "/".join(rest) for rest in rests)


def rebase_rule(rule: UserRule, prefix: Sequence[str]) -> UserRule:
    """The same rule for paths below `prefix`."""
    if rule.where.path is None:
        return rule
    path = tuple(new for old in rule.where.path for new in rebase_glob(old, prefix))
    return replace(rule, where=replace(rule.where, path=path))


def _skip_stars(parts: Sequence[str], places: set[int]) -> set[int]:
    """`**` may stand for no folder at all."""
    reached = set(places)
    for place in sorted(places):
        while place < len(parts) and parts[place] == "**":
            place += 1
            reached.add(place)
    return reached


def _step(parts: Sequence[str], place: int, name: str) -> tuple[int, ...]:
    if place >= len(parts):
        return ()
    if parts[place] == "**":
        return (place,)
    return (place + 1,) if name_matches(parts[place], name) else ()


def rebase_folder(folder: str, prefix: Sequence[str]) -> str | None:
    """A folder named from the top, named from `prefix`: `.` if it contains it, `None` if it lies elsewhere."""
    parts = [part for part in folder.split("/") if part not in ("", ".")]
    shared = min(len(parts), len(prefix))
    if parts[:shared] != list(prefix[:shared]):
        return None
    return "/".join(parts[len(prefix) :]) or "."
