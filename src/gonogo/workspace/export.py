"""The files of a commit in a folder of their own, written by reading objects: no checkout, no filter, no hook."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from gonogo.workspace.git import Git, GitError

MAX_FILE = 5_000_000
MAX_TOTAL = 2_000_000_000
"""Bytes of one file, and of all together; larger files are left out, as the analysis would leave them out."""
MAX_LISTING = 200_000_000


def export(git: Git, commit: str, prefix: str, target: Path) -> int:
    """Write the files of `commit` below `prefix` into `target`. Links and submodules are left out.

    Returns the number of files.

    Raises:
        GitError: the commit cannot be read, or is too large.
    """
    listing = git.run(["ls-tree", "-r", "-z", "-l", "--full-tree", commit, "--", prefix or "."], max_bytes=MAX_LISTING)
    wanted: list[tuple[str, PurePosixPath]] = []
    total = 0
    for entry in listing.split(b"\0"):
        meta, _, name = entry.partition(b"\t")
        fields = meta.split()
        if len(fields) != 4 or fields[0] not in (b"100644", b"100755") or not fields[3].isdigit():
            continue
        size = int(fields[3])
        path = PurePosixPath(name.decode("utf-8", "surrogateescape"))
        if size > MAX_FILE or ".." in path.parts or path.is_absolute() or ".git" in path.parts:
            continue
        total += size
        wanted.append((fields[2].decode(), path))
    if total > MAX_TOTAL:
        raise GitError(f"{commit[:12]} holds more than {MAX_TOTAL / 1e9:g} GB")
    base = PurePosixPath(prefix) if prefix else None
    stream = git.run(
        ["cat-file", "--batch", "--buffer"],
        stdin="".join(f"{blob}\n" for blob, _ in wanted).encode(),
        max_bytes=total + 200 * len(wanted) + 1_000,
    )
    at = written = 0
    for _, path in wanted:
        end = stream.index(b"\n", at)
        header = stream[at:end].split()
        if len(header) != 3:  # missing from a partial clone
            at = end + 1
            continue
        start, size = end + 1, int(header[2])
        place = target / (path.relative_to(base) if base is not None else path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(stream[start : start + size])
        at = start + size + 1
        written += 1
    return written
