"""Which commits brought given objects, and from where they can be reached."""

from __future__ import annotations

import datetime as dt
import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from gonogo.workspace.git import Git, GitError

Reach = Literal["ref", "reflog", "unreachable"]

_AT_ONCE = 1_000
"""Objects asked for in one walk: each is an argument of some 55 bytes."""

_WALK_TIMEOUT = 1_800.0
_LOG = [
    "log", "--root", "-c", "--raw", "--no-abbrev", "--no-renames", "--no-color", "--no-relative", "-z", "-O/dev/null",
    "--no-mailmap", "--no-notes", "--encoding=UTF-8", "--format=%H %ct %cI %an",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Introduction:
    """A commit that has an object which none of its parents has at that path. `time` counts seconds since 1970.

    With `gone` it is the other way round: the commit took the object away from the path.
    """

    commit: str
    time: int
    date: str
    author: str
    path: str
    gone: bool = False


def introductions(git: Git, blobs: Collection[str], *, reflog: bool) -> dict[str, list[Introduction]]:
    """Where each blob came in; see `changes`."""
    found = changes(git, blobs, reflog=reflog)
    came = {blob: [one for one in events if not one.gone] for blob, events in found.items()}
    return {blob: events for blob, events in came.items() if events}


def changes(
    git: Git,
    blobs: Collection[str],
    *,
    reflog: bool,
    commits: Collection[str] | None = None,
    after: Sequence[str] = (),
) -> dict[str, list[Introduction]]:
    """Where each blob came and went, in no order; of commits that refs reach, or with `reflog` that only reflogs do.

    Where an earlier walk found them, `commits` names the few to look at; `after` names commits whose history is left
    out.

    In a repository that lacks objects, what can be seen of its history is used.

    Raises:
        GitUnavailable: git could not be started.
    """
    found: dict[str, list[Introduction]] = {}
    wanted = sorted(blobs)
    tips = _tips(reflog) if commits is None else ["--no-walk=unsorted", *sorted(commits)]
    tips += [f"^{one}" for one in after]
    for start in range(0, len(wanted), _AT_ONCE):
        batch = set(wanted[start : start + _AT_ONCE])
        chosen = [f"--find-object={blob}" for blob in sorted(batch)]
        try:
            output = git.run([*_LOG, *chosen, *tips, "--"], timeout=_WALK_TIMEOUT)
            events = list(_parse(output.split(b"\0"), batch))
        except GitError:
            # Where git picks commits, it wants the contents of files, which a partial clone lacks; it dies at a missing
            # folder in any case, but what it has said until then is true.
            events = list(_parse(_stream(git, [*_LOG, *tips, "--"]), batch))
        for blob, event in events:
            found.setdefault(blob, []).append(event)
    return found


def _tips(reflog: bool) -> list[str]:
    # A branch that cannot be read must not hide the others; `Missing` tells of it.
    return ["--ignore-missing", *(["--reflog", "--not", "--all"] if reflog else ["--all"])]


def _stream(git: Git, command: list[str]) -> Iterator[bytes]:
    """The records that a command prints, parted by zero bytes."""
    with git.popen(command) as process:
        assert process.stdout is not None
        rest = b""
        while chunk := process.stdout.read(1 << 20):
            *records, rest = (rest + chunk).split(b"\0")
            yield from records


def _parse(records: Iterable[bytes], wanted: set[str]) -> Iterator[tuple[str, Introduction]]:
    """A commit's line, then pairs of a raw change (`:...`) and its path."""
    commit, time, date, author = "", 0, "", ""
    change: list[str] | None = None
    for record in records:
        if change is not None:
            # Of a merge the ids of all parents come first; the last one is the result.
            *before, after = change[len(change) // 2 : -1]
            if after in wanted:
                yield after, Introduction(commit, time, date, author, os.fsdecode(record))
            for blob in {blob for blob in before if blob in wanted and blob != after}:
                yield blob, Introduction(commit, time, date, author, os.fsdecode(record), gone=True)
            change = None
            continue
        text = record.lstrip(b"\n")
        if text.startswith(b":"):
            change = text.decode("ascii", "replace").split()
        elif text:
            commit, seconds, date, author = text.decode("utf-8", "replace").split(" ", 3)
            # A commit made by hand may say anything, or nothing, about its time.
            time = int(seconds) if seconds.isascii() and seconds.isdigit() else 0


def reachable_commits(git: Git, *, reflog: bool) -> set[str]:
    """The ids of all commits that refs reach, or with `reflog` of those that only reflogs do.

    Raises:
        GitError: git could not walk the history.
    """
    return set(git.run(["rev-list", *_tips(reflog)], timeout=_WALK_TIMEOUT).decode().split())


def reach_of_objects(git: Git, ids: Iterable[str]) -> dict[str, Reach]:
    """From where objects can be reached that no commit's file list shows: tags, and blobs that a ref names.

    Raises:
        GitError: git could not walk the history.
    """
    left = set(ids)
    found: dict[str, Reach] = {}
    tips: tuple[tuple[Reach, str], ...] = (("ref", "--all"), ("reflog", "--reflog"))
    for reach, tip in tips:
        if left:
            for one in _all_objects(git, tip):
                if one in left:
                    found[one] = reach
                    left.discard(one)
    found.update(dict.fromkeys(left, "unreachable"))
    return found


def _all_objects(git: Git, tip: str) -> Iterator[str]:
    with git.popen(
        ["rev-list", "--objects", "--no-object-names", "--missing=allow-any", "--ignore-missing", tip]
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield line.decode("ascii", "replace").strip()


class Missing:
    """Looks, beside a search, for objects that something refers to and that are not there.

    `after` names commits whose history was whole.

    Raises:
        GitUnavailable: git could not be started.
    """

    def __init__(self, git: Git, after: Sequence[str] = ()) -> None:
        command = ["rev-list", "--objects", "--no-object-names", "--missing=print", "--all", "--reflog"]
        command += [f"^{one}" for one in after]
        # Into a file: a pipe would fill up while nobody reads it.
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `result`
        self._process = git.popen(command, stdout=self._output.fileno())

    def result(self) -> tuple[list[str], bool]:
        """The ids of those objects, and whether the walk came to its end."""
        with self._output:
            code = self._process.wait()
            self._output.seek(0)
            missing = [line[1:].decode("ascii", "replace").strip() for line in self._output if line.startswith(b"?")]
        return missing, code == 0


def ref_tips(git: Git) -> list[str]:
    """The commits that refs name; none where git cannot read one of them."""
    try:
        return git.run(["rev-list", "--no-walk=unsorted", "--all"]).decode("ascii").split()
    except GitError:
        return []


def all_reached(git: Git, commits: Sequence[str]) -> bool:
    """Do the refs still reach all of these commits?"""
    try:
        return not git.run(["rev-list", "--max-count=1", *commits, "--not", "--all"], timeout=_WALK_TIMEOUT)
    except GitError:
        return False


def blobs_at_head(git: Git) -> set[str]:
    """The ids of all files at HEAD; none before the first commit.

    Raises:
        GitError: git could not read the tree.
    """
    output = git.run(["ls-tree", "-r", "-z", "--full-tree", "HEAD"], ok_codes=(0, 128))
    found = set()
    for record in output.split(b"\0"):
        fields = record.partition(b"\t")[0].split()
        if len(fields) == 3:
            found.add(fields[2].decode())
    return found


def introduction_from_commit(commit: str, data: bytes) -> Introduction:
    """Author and date out of a commit's or tag's own text."""
    author, seconds = "", 0
    for line in data.partition(b"\n\n")[0].split(b"\n"):
        key, _, value = line.partition(b" ")
        name, _, rest = value.partition(b" <")
        if key in (b"author", b"tagger"):
            author = name.decode("utf-8", "replace")
        if key in (b"committer", b"tagger"):
            digits = rest.rpartition(b"> ")[2].split(b" ")[0]
            seconds = int(digits) if digits.isdigit() and len(digits) < 12 else 0
    date = dt.datetime.fromtimestamp(seconds, dt.timezone.utc).isoformat()
    return Introduction(commit, seconds, date, author, "")
