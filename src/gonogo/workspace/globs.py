"""Path patterns for configuration, matched without regular expressions so that no pattern can be slow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache


def matches(pattern: str, path: str) -> bool:
    """Does `path` (relative, with `/`) match `pattern`?

    `*` and `?` stay within one name, `**` stands for any number of folders. A pattern without `/` is compared with
    every name of the path; one that matches a folder covers everything below it. A leading `/` or `./` is ignored.
    """
    names = path.split("/")
    if "/" not in pattern.strip("/") and not pattern.startswith(("/", "./")):
        return any(name_matches(pattern.strip("/"), name) for name in names)
    return _matches_prefix(_split(pattern), names)


@lru_cache(maxsize=512)
def _split(pattern: str) -> tuple[str, ...]:
    parts: list[str] = []
    for part in pattern.split("/"):
        if part in ("", ".") or (part == "**" and parts and parts[-1] == "**"):
            continue
        parts.append(part)
    return tuple(parts)


def _matches_prefix(parts: Sequence[str], names: Sequence[str]) -> bool:
    """Do the parts match the first names, or all of them? One row of a table is kept: O(parts x names)."""
    if not parts:
        return False
    # row[i]: the parts so far match exactly the first i names
    row = [True] + [False] * len(names)
    for part in parts:
        if part == "**":
            for i in range(1, len(row)):
                row[i] = row[i] or row[i - 1]
        else:
            for i in range(len(names), 0, -1):
                row[i] = row[i - 1] and name_matches(part, names[i - 1])
            row[0] = False
    return any(row[1:])


def name_matches(pattern: str, name: str) -> bool:
    """`*` and `?` in one name; at worst len(pattern) x len(name) steps."""
    p = n = 0
    star, mark = -1, 0
    while n < len(name):
        if p < len(pattern) and pattern[p] == "*":
            star, mark = p, n
            p += 1
        elif p < len(pattern) and pattern[p] in ("?", name[n]):
            p += 1
            n += 1
        elif star >= 0:
            mark += 1
            p, n = star + 1, mark
        else:
            return False
    return all(char == "*" for char in pattern[p:])
