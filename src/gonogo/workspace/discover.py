"""Which files a run looks at."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gonogo.poll import Skipped
from gonogo.workspace.areas import area_of
from gonogo.workspace.files import SourceFile, stamp_of
from gonogo.workspace.git import Git, GitError, GitUnavailable
from gonogo.workspace.globs import matches
from gonogo.workspace.names import display
from gonogo.workspace.read import Unreadable, is_real_folder, on_disk, read_bytes, reason_of
from gonogo.workspace.roots import assign_roots

MAX_FILES = 300_000
"""Files looked at; the largest repository measured has 8,000."""

# Machine-made folders, left out unless git tracks what is in them. Of the first kind the report speaks, since they
# may hold code that runs; the second kind is bookkeeping.
_DEPENDENCIES = frozenset({
    "node_modules", "bower_components", ".venv", "venv", "virtualenv", "site-packages", "dist-packages", ".tox", ".nox",
    "__pypackages__", ".eggs", ".yarn", ".pnpm-store",
})  # fmt: skip
_BOOKKEEPING = frozenset({
    ".git", ".hg", ".svn", ".bzr", ".jj", "CVS", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache",
    ".hypothesis", ".ipynb_checkpoints", ".next", ".nuxt", ".turbo", ".svelte-kit", ".gradle", ".terraform", ".cache",
    ".parcel-cache",
})  # fmt: skip
_METADATA_SUFFIXES = (".dist-info", ".egg-info")
_GITLINK = b"160000"


@dataclass(slots=True)
class Workspace:
    """The folder a run looks at. `root` is resolved; `skipped` holds paths as they may be printed.

    `tracked` lists the files git knows below the root (those missing on disk as well), `None` outside git.
    `git_problem` says in one sentence why a repository that is there cannot be used.
    """

    root: Path
    name: str
    git: Git | None = None
    files: list[SourceFile] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    tracked: frozenset[str] | None = None
    git_problem: str | None = None
    app_roots: tuple[str, ...] = (".",)
    areas: Mapping[str, str] = field(default_factory=dict)
    """Globs to areas, from the configuration."""

    asked: set[str] = field(default_factory=set)
    """Files whose content somebody asked for, there or not: what a run found out depends on all of it."""

    def read(self, path: str, limit: int | None = None) -> bytes:
        """The content of one of the files (see `gonogo.workspace.read.read_bytes`)."""
        self.asked.add(path)
        return read_bytes(self.root, path, limit)

    def skim(self, path: str, limit: int | None = None) -> bytes:
        """The same, for one who looks at every file and tells what was of interest."""
        return read_bytes(self.root, path, limit)


def discover(
    root: Path,
    *,
    exclude: Sequence[str] = (),
    areas: Mapping[str, str] | None = None,
    roots: Sequence[str] = (),
    unpacked: Mapping[str, int] | None = None,
) -> Workspace:
    """The files below `root`, with what each is for and which application it belongs to.

    In a git repository these are the files git knows and those it does not ignore; elsewhere all but machine-made
    folders. `exclude` holds globs of files to leave out, `areas` maps globs to areas, `roots` names further
    application roots. `unpacked` holds the files with their sizes if they come out of a repository: git
    tracks all of them.

    Raises:
        Unreadable: `root` is no folder, or cannot be listed.
    """
    try:
        root = root.resolve(strict=True)
        os.scandir(root).close()
    except NotADirectoryError:
        raise Unreadable("not a folder") from None
    except (OSError, RuntimeError, ValueError) as error:
        raise Unreadable("not found" if isinstance(error, FileNotFoundError) else _reason(error)) from None
    workspace = Workspace(root, display(root.name) or "root", areas=dict(areas or {}))
    collector = _Collector(workspace, exclude)
    if unpacked is None:
        collector.take(_listing(workspace, collector))
    else:
        workspace.tracked = frozenset(unpacked)
        collector.take(((path, True) for path in unpacked), unpacked)
    collector.finish()
    for file in workspace.files:
        file.area = area_of(file.path, None, overrides=workspace.areas)
    workspace.app_roots = assign_roots(workspace.files, roots)
    for file in workspace.files:
        if file.app != ".":
            file.area = area_of(file.path, None, app=file.app, overrides=workspace.areas)
    return workspace


def _reason(error: Exception) -> str:
    return reason_of(error) if isinstance(error, OSError | ValueError) else "a link that leads to itself"


def _listing(workspace: Workspace, collector: _Collector) -> Iterator[tuple[str, bool | None]]:
    """Paths to look at, each with whether git tracks it."""
    try:
        git = Git.find(workspace.root)
        if git is not None and git.bare:
            workspace.git = git
            workspace.tracked = frozenset()
            collector.skip(".", "a bare git repository: it has a history, but no files")
            return iter(())
        if git is not None:
            listed = _git_listing(git, workspace, collector)
            if listed is not None:
                workspace.git = git
                return iter(listed)
    except GitUnavailable as error:
        workspace.git_problem = str(error)
    except GitError as error:
        workspace.git_problem = f"{error}; the folder was read without git"
    return ((path, None) for path in _walk(workspace.root, collector))


def _git_listing(git: Git, workspace: Workspace, collector: _Collector) -> list[tuple[str, bool | None]] | None:
    """What git lists below the root; `None` if the root is a folder that its repository ignores."""
    tracked: dict[str, None] = {}
    modules: set[str] = set()
    for record in _records(git.run(["ls-files", "-z", "-s"], cwd=workspace.root)):
        meta, _, name = record.partition(b"\t")
        path = os.fsdecode(name)
        if meta.startswith(_GITLINK):
            modules.add(path)
        else:
            tracked[path] = None
    if not tracked and not modules and workspace.root != git.top:
        place = os.fsencode(workspace.root.relative_to(git.top).as_posix())
        if git.run(["check-ignore", "-z", "--stdin"], place + b"\0", ok_codes=(0, 1)):
            return None
    workspace.tracked = frozenset(tracked)
    for path in sorted(modules):
        collector.skip(path, "a git submodule: check it by itself")
    listed: list[tuple[str, bool | None]] = [(path, True) for path in tracked]
    names = [
        os.fsdecode(name)
        for name in _records(git.run(["ls-files", "-z", "-o", "--exclude-standard"], cwd=workspace.root))
    ]
    environments = {path.rpartition("/")[0] for path in names if path.endswith("/pyvenv.cfg")}
    for path in names:
        if path.endswith("/"):
            collector.skip(path, "another git repository inside this one: check it by itself")
        elif path not in tracked and not collector.in_machine_made(path, environments):
            listed.append((path, False))
    return listed


def _records(output: bytes) -> list[bytes]:
    return [record for record in output.split(b"\0") if record]


def _walk(root: Path, collector: _Collector) -> Iterator[str]:
    """Paths of everything below `root` that is no folder; links are not followed."""
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(on_disk(str(root), folder)) as entries:
                found = sorted(((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries), reverse=True)
        except (OSError, ValueError) as error:
            collector.skip(folder, _reason(error))
            continue
        if folder and ("pyvenv.cfg", False) in found:
            collector.skip(folder, "a virtual environment")
            continue
        for name, is_folder in found:
            path = f"{folder}/{name}" if folder else name
            if not is_folder:
                if name != ".git":
                    yield path
            elif not collector.in_machine_made(f"{path}/", ()):
                pending.append(path)


class _Collector:
    """Looks at listed paths and keeps those that are files."""

    def __init__(self, workspace: Workspace, exclude: Sequence[str]) -> None:
        self._workspace = workspace
        self._root = str(workspace.root)
        self._exclude = exclude
        self._excluded: dict[str, int] = {}
        self._real: dict[str, bool] = {"": True}
        self._noted: set[str] = set()

    def skip(self, path: str, reason: str) -> None:
        self._workspace.skipped.append(Skipped(display(path) or ".", reason))

    def in_machine_made(self, path: str, environments: Iterable[str]) -> bool:
        """Does the path run through a machine-made folder? The outermost is noted once."""
        start = 0
        while (end := path.find("/", start)) >= 0:
            name, folder = path[start:end], path[:end]
            if name in _BOOKKEEPING or name.endswith(_METADATA_SUFFIXES):
                return True
            if name in _DEPENDENCIES or folder in environments:
                if folder not in self._noted:
                    self._noted.add(folder)
                    self.skip(folder, "installed packages, not tracked by git")
                return True
            start = end + 1
        return False

    def take(self, listing: Iterator[tuple[str, bool | None]], sizes: Mapping[str, int] | None = None) -> None:
        """Keep what is a file; those whose `sizes` are given are, though they may not be there yet."""
        for path, tracked in listing:
            if len(self._workspace.files) >= MAX_FILES:
                self.skip(".", f"only the first {MAX_FILES:,} files were looked at")
                return
            pattern = next((pattern for pattern in self._exclude if matches(pattern, path)), None)
            if pattern is not None:
                self._excluded[pattern] = self._excluded.get(pattern, 0) + 1
                continue
            if sizes is not None:
                self._workspace.files.append(SourceFile(path, sizes[path], tracked=tracked))
            else:
                self._look(path, tracked)

    def finish(self) -> None:
        for pattern, count in self._excluded.items():
            self.skip(pattern, f"{count} file{'s' if count > 1 else ''} excluded by the configuration")
        self._workspace.files.sort(key=lambda file: file.path)
        self._workspace.skipped.sort(key=lambda skipped: skipped.path)

    def _look(self, path: str, tracked: bool | None) -> None:
        folder = path.rpartition("/")[0]
        if not self._is_real(folder):
            # Only tracked paths come here, when a folder was replaced by a link; if it is missing, so are they.
            if os.path.lexists(on_disk(self._root, path)):
                self.skip(path, "reached through a link")
            return
        try:
            status = os.lstat(on_disk(self._root, path))
        except (FileNotFoundError, NotADirectoryError):
            return  # in the index, but deleted in the working tree
        except (OSError, ValueError) as error:
            self.skip(path, _reason(error))
            return
        if stat.S_ISLNK(status.st_mode):
            self._note_link(path)
        elif stat.S_ISREG(status.st_mode):
            self._workspace.files.append(SourceFile(path, status.st_size, tracked=tracked, stamp=stamp_of(status)))
        elif not stat.S_ISDIR(status.st_mode):
            self.skip(path, "not a regular file")

    def _is_real(self, folder: str) -> bool:
        known = self._real.get(folder)
        if known is None:
            known = self._real[folder] = is_real_folder(self._root, folder)
        return known

    def _note_link(self, path: str) -> None:
        """A link within the root needs no word: what it leads to is listed by its own name."""
        try:
            target = Path(on_disk(self._root, path)).resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            self.skip(path, "a link that leads nowhere")
            return
        if not target.is_relative_to(self._workspace.root):
            self.skip(path, "a link that leads out of the folder")
