"""Keys in what is staged for the next commit. Reads the index only: the working tree may hold something else."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from gonogo.findings import Confidence, Severity
from gonogo.poll import Skipped
from gonogo.secrets.detect import KeyHit, find_keys, fingerprint
from gonogo.secrets.env import env_kind, variables
from gonogo.secrets.formats import is_media
from gonogo.secrets.judge import confidence_in
from gonogo.secrets.leaks import Leak, LeakReport, allow_list_of
from gonogo.secrets.objects import OBJECT_LIMIT, Unread, read_some, sizes_of
from gonogo.secrets.tree import TreeScan
from gonogo.workspace.areas import area_of
from gonogo.workspace.git import Git
from gonogo.workspace.names import display

_FILES = (b"100644", b"100755", b"120000")


def scan_staged(git: Git, root: Path) -> LeakReport:
    """Keys that the next commit would add. What the last commit has in the same file already is left to `history`.

    Raises:
        GitError: git could not read the index.
    """
    report = LeakReport(name=git.top.name, commits=0, versions=0, staged=True)
    entries = _staged(git)
    wanted = sorted({blob for _, old, new in entries for blob in (old, new) if blob})
    sizes = sizes_of(git, wanted)
    small = [blob for blob in wanted if sizes.get(blob, 0) <= OBJECT_LIMIT]
    data = {one.id: one.data for one in read_some(git, small, Unread())}
    allowed = allow_list_of(root, git.top)
    for path, old, new in entries:
        if new not in data:
            why = "too large to be searched" if new in sizes else "cannot be read from the repository"
            report.unread.append(Skipped(display(path), why))
            report.complete = report.complete and is_media(path)
            continue
        report.versions += 1
        report.leaks += _leaks(path, data[new], data.get(old, b""), allowed)
    return report


def _staged(git: Git) -> list[tuple[str, str, str]]:
    """Path, blob at HEAD (or nothing) and staged blob of every file that was added or changed."""
    head = git.run(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], ok_codes=(0, 1, 128)).decode().strip()
    empty_tree = (hashlib.sha256 if len(head) > 40 else hashlib.sha1)(b"tree 0\0").hexdigest()
    output = git.run([
        "diff-index", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--diff-filter=AMT", "--no-color",
        head or empty_tree, "--",
    ])  # fmt: skip
    fields = output.split(b"\0")
    found = []
    for raw, name in zip(fields[::2], fields[1::2], strict=False):
        _, mode, old, new, _ = raw.split(b" ")
        if mode in _FILES:
            found.append((os.fsdecode(name), old.decode().strip("0") and old.decode(), new.decode()))
    return found


def _leaks(path: str, data: bytes, before: bytes, allowed: TreeScan) -> list[Leak]:
    known = {hit.fingerprint for hit in find_keys(before)} if before else set()
    hits = {hit.fingerprint: hit for hit in reversed(find_keys(data)) if hit.fingerprint not in known}
    found = [
        _key(path, hit)
        for hit in hits.values()
        if not hit.allowed and not allowed.allow_list.reason(path, hit.span.line, hit.sha1)
    ]
    if not found and env_kind(path) in ("env", "loose"):
        old = {variable.name for variable in variables(before) if variable.strong}
        strong = [variable for variable in variables(data) if variable.strong and variable.name not in old]
        in_hits = {hit.span.line for hit in find_keys(data)}
        strong = [variable for variable in strong if variable.line not in in_hits]
        if strong:
            names = ", ".join(display(variable.name) for variable in strong[:3])
            found.append(_leak(path, strong[0].line, "dotenv file with values", names, fingerprint(path)))
    return sorted(found, key=lambda leak: leak.line)


def _key(path: str, hit: KeyHit) -> Leak:
    confidence = confidence_in(path, hit.format, public=hit.public, via=hit.via)
    return _leak(path, hit.span.line, hit.title, hit.masked, hit.fingerprint, confidence)


def _leak(path: str, line: int, title: str, masked: str, name: str, confidence: Confidence | None = None) -> Leak:
    if confidence is None:
        confidence = Confidence.LOW if area_of(path, None) in ("test", "example", "docs") else Confidence.MEDIUM
    return Leak(
        title=title,
        masked=masked,
        fingerprint=name,
        path=path,
        line=line,
        where="file",
        reach="index",
        message=f"{title} {masked} is staged in {display(path)}",
        severity=Severity.ERROR,
        confidence=confidence,
        first=None,
        last=None,
        at_head=False,
        versions=1,
        days=None,
    )
