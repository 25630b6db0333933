"""The files of a commit or of the index in a folder of their own, by reading objects: no checkout, filter or hook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from gonogo.workspace.git import Git, GitError

MAX_FILE = 5_000_000
MAX_TOTAL = 2_000_000_000
"""Bytes of one file, and of all together; larger files are left out, as the analysis would leave them out."""
MAX_LISTING = 200_000_000

_REGULAR = (b"100644", b"100755")


def export(git: Git, commit: str, prefix: str, target: Path) -> list[str]:
    """Write the files of `commit` below `prefix` into `target`. Links and submodules are left out.

    Returns their paths, relative to `target`.

    Raises:
        GitError: the commit cannot be read, or is too large.
    """
    listing = git.run(["ls-tree", "-r", "-z", "--full-tree", commit, "--", prefix or "."], max_bytes=MAX_LISTING)
    entries = ((meta.split(), name) for meta, _, name in (entry.partition(b"\t") for entry in listing.split(b"\0")))
    wanted = [(fields[2].decode(), name) for fields, name in entries if len(fields) == 3 and fields[0] in _REGULAR]
    return _write(git, wanted, prefix, target)


def export_index(git: Git, prefix: str, target: Path) -> list[str]:
    """Write what the next commit would hold below `prefix` into `target`, as `export` does.

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
    return _write(git, wanted, prefix, target)


def _write(git: Git, listed: Iterable[tuple[str, bytes]], prefix: str, target: Path) -> list[str]:
    wanted = [(blob, path) for blob, name in listed if (path := _inside(name, prefix)) is not None]
    sizes = _sizes(git, [blob for blob, _ in wanted])
    wanted = [(blob, path) for blob, path in wanted if 0 <= sizes.get(blob, -1) <= MAX_FILE]
    total = sum(sizes[blob] for blob, _ in wanted)
    if total > MAX_TOTAL:
        raise GitError(f"the files are more than {MAX_TOTAL / 1e9:g} GB")
    stream = git.run(
        ["cat-file", "--batch", "--buffer"],
        stdin="".join(f"{blob}\n" for blob, _ in wanted).encode(),
        max_bytes=total + 200 * len(wanted) + 1_000,
    )
    at = 0
    written = []
    made: set[Path] = set()
    for _, path in wanted:
        end = stream.index(b"\n", at)
        header = stream[at:end].split()
        start, size = end + 1, int(header[2])
        place = target / path
        if place.parent not in made:
            place.parent.mkdir(parents=True, exist_ok=True)
            made.add(place.parent)
        place.write_bytes(stream[start : start + size])
        at = start + size + 1
        written.append(path.as_posix())
    return written


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
