"""The files of a commit or of the index in a folder of their own, by reading objects: no checkout, filter or hook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from gonogo.workspace.git import Git, GitError

MAX_FILE = 5_000_000
MAX_TOTAL = 2_000_000_000
"""Bytes of one file, and of all together; larger files are left out, as the analysis would leave them out."""
MAX_LISTING = 200_000_000

_REGULAR = (b"100644", b"100755")


@dataclass(eq=False)
class Unpacked:
    """Files out of a repository, with their sizes in bytes and the names of their objects; written when asked for.

    `project` says which folder they stand for.
    """

    git: Git
    target: Path
    project: str
    sizes: dict[str, int]
    blobs: dict[str, str]
    _written: set[str] = field(default_factory=set)

    def write(self, paths: Iterable[str] | None = None) -> None:
        """Write these files, by default all, if they are not there yet.

        Raises:
            GitError: they cannot be read.
            OSError: they cannot be written.
        """
        wanted = [path for path in (self.blobs if paths is None else paths) if path not in self._written]
        stream = self.git.run(
            ["cat-file", "--batch", "--buffer"],
            stdin="".join(f"{self.blobs[path]}\n" for path in wanted).encode(),
            max_bytes=sum(self.sizes[path] for path in wanted) + 200 * len(wanted) + 1_000,
        )
        at = 0
        for path in wanted:
            end = stream.index(b"\n", at)
            start, size = end + 1, int(stream[at:end].split()[2])
            place = self.target / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(stream[start : start + size])
            at = start + size + 1
            self._written.add(path)


def in_commit(git: Git, commit: str, prefix: str, target: Path, project: str) -> Unpacked:
    """The files of `commit` below `prefix`, for `target`. Links and submodules are left out.

    Raises:
        GitError: the commit cannot be read, or is too large.
    """
    listing = git.run(["ls-tree", "-r", "-z", "--full-tree", commit, "--", prefix or "."], max_bytes=MAX_LISTING)
    entries = ((meta.split(), name) for meta, _, name in (entry.partition(b"\t") for entry in listing.split(b"\0")))
    wanted = [(fields[2].decode(), name) for fields, name in entries if len(fields) == 3 and fields[0] in _REGULAR]
    return _listed(git, wanted, prefix, target, project)


def in_index(git: Git, prefix: str, target: Path, project: str) -> Unpacked:
    """What the next commit would hold below `prefix`, as `in_commit` does.

    Files in a conflict have no one content and are left out.

    Raises:
        GitError: the index cannot be read, or holds too much.
    """
    listing = git.run(["ls-files", "-s", "-z", "--", prefix or "."], max_bytes=MAX_LISTING)
    entries = ((meta.split(), name) for meta, _, name in (entry.partition(b"\t") for entry in listing.split(b"\0")))
    wanted = [
        (fields[1].decode(), name)
        for fields, name in entries
        if len(fields) == 3 and fields[0] in _REGULAR and fields[2] == b"0"
    ]
    return _listed(git, wanted, prefix, target, project)


def _listed(git: Git, listed: Iterable[tuple[str, bytes]], prefix: str, target: Path, project: str) -> Unpacked:
    blobs = {path.as_posix(): blob for blob, name in listed if (path := _inside(name, prefix)) is not None}
    known = _sizes(git, list(blobs.values()))
    sizes = {path: known[blob] for path, blob in blobs.items() if 0 <= known.get(blob, -1) <= MAX_FILE}
    if sum(sizes.values()) > MAX_TOTAL:
        raise GitError(f"the files are more than {MAX_TOTAL / 1e9:g} GB")
    return Unpacked(git, target, project, sizes, {path: blobs[path] for path in sizes})


def _inside(name: bytes, prefix: str) -> PurePosixPath | None:
    """The path below `prefix`; `None` for one that no working tree could hold."""
    path = PurePosixPath(name.decode("utf-8", "surrogateescape"))
    if ".." in path.parts or path.is_absolute() or ".git" in path.parts:
        return None
    return path.relative_to(prefix) if prefix else path


def _sizes(git: Git, blobs: list[str]) -> dict[str, int]:
    """Bytes of each; objects that are missing, as from a partial clone, are left out."""
    request = "".join(f"{blob}\n" for blob in dict.fromkeys(blobs)).encode()
    answer = git.run(["cat-file", "--batch-check", "--buffer"], stdin=request, max_bytes=MAX_LISTING)
    return dict(_sized(answer.splitlines()))


def _sized(lines: Iterable[bytes]) -> Iterator[tuple[str, int]]:
    for line in lines:
        fields = line.split()
        if len(fields) == 3 and fields[1] == b"blob":
            yield fields[0].decode(), int(fields[2])
