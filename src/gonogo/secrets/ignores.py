"""Which paths git and Docker leave out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gonogo.workspace.discover import Workspace
from gonogo.workspace.git import GitError
from gonogo.workspace.globs import matches
from gonogo.workspace.read import Unreadable, decode

_IGNORE_LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """The line of an ignore file that covers a path. `source` is relative to the scanned root."""

    source: str
    line: int
    pattern: str


def ignored_by_git(workspace: Workspace, paths: Iterable[str]) -> dict[str, IgnoreRule]:
    """The rule that covers each of these paths, whether or not they exist; paths that nothing covers are left out.

    Outside a git repository only the `.gitignore` at the root is consulted.
    """
    wanted = sorted(set(paths))
    if not wanted:
        return {}
    if workspace.git is not None and not workspace.git.bare:
        try:
            return _ask_git(workspace, wanted)
        except GitError:
            # Falls through to the reading of `.gitignore` itself, which is less, but something.
            pass
    rules = read_rules(workspace, ".gitignore")
    found = {}
    for path in wanted:
        rule = last_match(rules, path, anchored=False)
        if rule is not None:
            found[path] = rule
    return found


def _ask_git(workspace: Workspace, paths: Sequence[str]) -> dict[str, IgnoreRule]:
    git = workspace.git
    assert git is not None
    output = git.run(
        ["check-ignore", "-v", "-z", "--no-index", "--stdin"],
        b"".join(os.fsencode(path) + b"\0" for path in paths),
        cwd=workspace.root,
        ok_codes=(0, 1),
    )
    fields = output.split(b"\0")
    found = {}
    for source, line, pattern, path in zip(fields[::4], fields[1::4], fields[2::4], fields[3::4], strict=False):
        # With -v git also prints the exception (`!.env.example`) that lets a path in.
        if not pattern.startswith(b"!"):
            relative = os.path.relpath(git.top / os.fsdecode(source), workspace.root).replace(os.sep, "/")
            found[os.fsdecode(path)] = IgnoreRule(relative, int(line), pattern.decode("utf-8", "replace"))
    return found


def read_rules(workspace: Workspace, path: str) -> list[IgnoreRule]:
    """The rules of one ignore file, in order; none if it is missing or cannot be read."""
    try:
        data = workspace.read(path, _IGNORE_LIMIT)
    except Unreadable:
        return []
    lines = enumerate(decode(data).splitlines(), start=1)
    return [
        IgnoreRule(path, n, line.strip()) for n, line in lines if line.strip() and not line.lstrip().startswith("#")
    ]


def last_match(rules: Sequence[IgnoreRule], path: str, *, anchored: bool) -> IgnoreRule | None:
    """The rule that leaves `path` out. `anchored`: patterns start at the folder of the file, as in `.dockerignore`."""
    for rule in reversed(rules):
        pattern = rule.pattern
        negated = pattern.startswith("!")
        pattern = pattern.removeprefix("!").strip().rstrip("/") or "/"
        if matches("/" + pattern.lstrip("/") if anchored else pattern, path):
            return None if negated else rule
    return None
