"""Searching all objects of a repository over the cores, by the fastest reader that can be trusted with it.

The two readers and the two ways to search give the same results; they differ in time only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Union

from gonogo.processes import context, cores, leave_interrupts
from gonogo.secrets import objects as limits
from gonogo.secrets import prefilter
from gonogo.secrets.cache import Ids, Known
from gonogo.secrets.objects import Unread, read_objects, read_some, sizes_of
from gonogo.secrets.packs import Inventory, Pack, UnusualError, confirm, inventory, names_in, read_loose
from gonogo.secrets.runs import Seen
from gonogo.secrets.search import Found, Search
from gonogo.workspace.git import Git
from gonogo.workspace.user_cache import cache_folder

_FEW = 6_000
"""Objects up to which starting other processes costs more than it saves."""
_FEW_BYTES = 8_000_000
"""Bytes of packs up to which one process is enough."""
_SHARES = 6
"""Pieces of work for each process at least, so that none ends long before the others."""
_SHARE = 20_000
"""Objects of a piece at most, so that an interruption is not waited for."""
_MAX_WORKERS = 16


@dataclass(frozen=True, slots=True)
class Settings:
    """How a history is read; none of this changes a result.

    `workers` is the number of processes (by default, one a core). `direct` and `engine` switch off the reader of packs
    and the test that comes before the search.
    """

    workers: int = 0
    direct: bool = True
    engine: bool = True


def search_objects(
    git: Git, unread: Unread, *, since: str = "", known: Known | None = None, settings: Settings | None = None
) -> Found:
    """Search everything the repository holds, or what came after a commit. `known` learns what was read.

    Raises:
        GitError: git cannot list the objects.
    """
    settings = settings or Settings()
    if settings.direct and not since:
        try:
            return _directly(git, unread, known, settings)
        except (UnusualError, OSError):
            pass  # git reads what our own reader does not understand
    return _by_git(git, unread, since, known, settings)


def only_grown(git: Git, known: Known) -> bool:
    """Is everything still there that was searched, at the place where it was?"""
    try:
        there = inventory(git.common_dir / "objects")
    except (UnusualError, OSError):
        return False
    return _only_grown(there, known)


def _only_grown(there: Inventory, known: Known) -> bool:
    return bool(known.packs or known.loose) and known.packs <= set(there.packs) and known.loose <= there.loose


# --- by git -----------------------------------------------------------------------------------------------------------


def _by_git(git: Git, unread: Unread, since: str, known: Known | None, settings: Settings) -> Found:
    search = Search(_prefilter(settings, small=False))
    searched = set() if known is None else known.searched.as_set()
    read = []

    def passed(name: str, kind: str, size: int) -> bool:
        return known is not None and bytes.fromhex(name) in searched and _passed(search.found, known, name, kind, size)

    for one in read_objects(git, unread, since=since, passed=passed):
        search.look(one.id, one.kind, one.data)
        read.append(bytes.fromhex(one.id))
    read += _read_large(git, search, unread)
    if known is not None:
        known.searched.update(read)
        known.packs, known.loose = set(), set()
    return search.found


def _passed(found: Found, known: Known, name: str, kind: str, size: int) -> bool:
    """An object that was searched by an earlier run needs to be counted only, unless something was found in it."""
    if name in known.env:
        found.env_names[name] = ".env"
    if name in known.hits:
        return False
    found.size += size
    found.blobs += kind == "blob"
    found.commits += kind == "commit"
    return True


# --- directly ---------------------------------------------------------------------------------------------------------


def _directly(git: Git, unread: Unread, known: Known | None, settings: Settings) -> Found:
    """All objects out of git's files; of those that were searched before, only the ones in which something was found.

    Raises:
        UnusualError, OSError: git has to be asked.
    """
    objects = git.common_dir / "objects"
    _require_usual(git)
    there = inventory(objects)
    old = known or Known()
    if old.searched and not _only_grown(there, old):
        raise UnusualError("objects moved since they were searched")
    found = Found(old.commits, old.blobs, old.size)
    large: list[str] = []
    try:
        work = _pieces(objects, there, old, settings)
        for part, left in _work(settings, work.tasks, small=work.small):
            found.add(part)
            large += left
            if found.size > limits.TOTAL_LIMIT:
                raise UnusualError("more than may be read")
        new = _ids_of(work.packs) if known is not None else Ids()
        new.update(map(bytes.fromhex, work.loose))
    finally:
        _packs.clear()
        _names.cache_clear()
    if large:
        unread.oversized += sizes_of(git, sorted(set(large))).items()
        search = Search(_prefilter(settings, small=False))
        _read_large(git, search, unread)
        found.add(search.found)
    again = search_again(git, old, unread)
    again.commits = again.blobs = again.size = 0
    found.add(again)
    if known is not None:
        unsearched = {bytes.fromhex(name) for name in (*unread.damaged, *(name for name, _ in unread.oversized))}
        known.searched = new if not (known.searched or unsearched) else known.searched
        if new is not known.searched:
            known.searched.update(new.as_set() - unsearched)
        known.packs, known.loose = (set(), set()) if unsearched else (set(there.packs), set(there.loose))
    return found


def _read_large(git: Git, search: Search, unread: Unread) -> list[bytes]:
    """Search what is too large for one piece, as streams; the ids of what was read to its end."""
    read = []
    left, unread.oversized = unread.oversized, []
    for name, size in left:
        if size > limits.STREAM_LIMIT:
            unread.oversized.append((name, size))
        elif search.found.size + size > limits.TOTAL_LIMIT:
            unread.over_total += 1
        elif search.large(name, size, limits.stream(git, name)):
            read.append(bytes.fromhex(name))
        else:
            unread.damaged.append(name)
    return read


def search_again(git: Git, known: Known, unread: Unread) -> Found:
    """What the objects hold in which an earlier run found something.

    Raises:
        GitError: git cannot read them.
    """
    search = Search(prefilter.always)
    search.found.env_names.update(dict.fromkeys(known.env, ".env"))
    if known.hits:
        sizes = sizes_of(git, sorted(known.hits))
        small = sorted(name for name in known.hits if sizes.get(name, 0) <= limits.OBJECT_LIMIT)
        for one in read_some(git, small, unread):
            search.look(one.id, one.kind, one.data)
        unread.oversized += [(name, sizes[name]) for name in sorted(known.hits - set(small))]
        _read_large(git, search, unread)
    return search.found


@dataclass(frozen=True, slots=True)
class _Pieces:
    """What is to be read. `small`: it is so little that one process is enough."""

    packs: tuple[Path, ...]
    loose: list[str]
    tasks: list[_Task]
    small: bool


def _pieces(objects: Path, there: Inventory, known: Known, settings: Settings) -> _Pieces:
    before = tuple(path for name, path in there.packs.items() if name in known.packs)
    paths = tuple(path for name, path in there.packs.items() if name not in known.packs)
    loose = there.loose - known.loose
    total = sum(len(_open(path)) for path in paths) + len(loose)
    small = total <= _FEW and sum(path.stat().st_size for path in paths) <= _FEW_BYTES
    shares = 1 if small else max(_workers(settings) * _SHARES, total // _SHARE)
    tasks: list[_Task] = []
    for number, path in enumerate(paths):
        # An object may lie in several places; it counts where it comes first.
        passed = before + paths[:number]
        tasks += [_PackTask(path, start, stop, passed) for start, stop in _open(path).shares(shares)]
    packed = _names(paths) if loose else frozenset()
    chosen = sorted(name for name in loose if (one := bytes.fromhex(name)) not in packed and one not in known.searched)
    step = max(500, len(chosen) // shares + 1)
    tasks += [_LooseTask(objects, tuple(chosen[at : at + step])) for at in range(0, len(chosen), step)]
    return _Pieces(paths, chosen, tasks, small)


def _require_usual(git: Git) -> None:
    if not (git.git_dir / "HEAD").is_file():
        raise UnusualError("what git would not take for a repository")
    try:
        text = (git.common_dir / "config").read_bytes()[:1_000_000].lower()
    except OSError:
        return
    if b"objectformat" in text:
        raise UnusualError("ids of another kind")


_packs: dict[Path, Pack] = {}
"""Packs that this process has open; a forked process has those of its parent."""


def _open(path: Path) -> Pack:
    if path not in _packs:
        _packs[path] = Pack(path)
    return _packs[path]


@lru_cache(maxsize=16)
def _names(paths: tuple[Path, ...]) -> frozenset[bytes]:
    """The ids of all objects in these packs."""
    found: set[bytes] = set()
    for path in paths:
        names = names_in(path)
        found.update(names[at : at + 20] for at in range(0, len(names), 20))
    return frozenset(found)


def _ids_of(paths: tuple[Path, ...]) -> Ids:
    """The same, in little memory where there is one pack: its index is sorted."""
    if len(paths) == 1:
        return Ids(names_in(paths[0]))
    ids = Ids()
    ids.update(_names(paths))
    return ids


@dataclass(frozen=True, slots=True)
class _PackTask:
    path: Path
    start: int
    stop: int
    before: tuple[Path, ...]
    """Packs whose objects have been read."""

    def run(self, search: Search) -> list[str]:
        large = []
        for name, kind, data in _open(self.path).read(self.start, self.stop, _names(self.before)):
            if not kind:
                large.append(name)
            elif search.look(name, kind, data):
                confirm(name, kind, data)
            if search.found.size > limits.TOTAL_LIMIT:
                raise UnusualError("more than may be read")
        return large


@dataclass(frozen=True, slots=True)
class _LooseTask:
    objects: Path
    names: tuple[str, ...]

    def run(self, search: Search) -> list[str]:
        large = []
        for name in self.names:
            kind, data, _ = read_loose(self.objects, name)
            if data is None:
                large.append(name)
            elif search.look(name, kind, data):
                confirm(name, kind, data)
        return large


_Task = Union[_PackTask, _LooseTask]

# --- processes --------------------------------------------------------------------------------------------------------


class _Worker:
    """What a process of the pool keeps between pieces of work."""

    perhaps: prefilter.Prefilter = staticmethod(prefilter.always)
    seen = Seen()


def _set_up(patterns: bytes | None) -> None:
    leave_interrupts()
    _Worker.perhaps = staticmethod(prefilter.load(patterns))


def _run(task: _Task) -> tuple[Found, list[str]]:
    search = Search(_Worker.perhaps, _Worker.seen)
    large = task.run(search)
    return search.found, large


def _prefilter(settings: Settings, *, small: bool) -> prefilter.Prefilter:
    """The test before the search. A small history is searched sooner than patterns are compiled."""
    if not settings.engine:
        return prefilter.always
    return prefilter.load(prefilter.serialized(_patterns(), compile_anew=not small))


def _patterns() -> Path | None:
    folder = cache_folder()
    return None if folder is None else folder / "patterns"


def _workers(settings: Settings) -> int:
    return settings.workers or min(_MAX_WORKERS, cores())


def _work(settings: Settings, tasks: Sequence[_Task], *, small: bool) -> Iterator[tuple[Found, list[str]]]:
    """What the pieces of work give, in their order."""
    if small or len(tasks) < 2 or _workers(settings) < 2:
        search = Search(_prefilter(settings, small=small))
        large = [name for task in tasks for name in task.run(search)]
        yield search.found, large
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    patterns = prefilter.serialized(_patterns()) if settings.engine else None
    count = min(_workers(settings), len(tasks))
    pool = ProcessPoolExecutor(count, mp_context=context(), initializer=_set_up, initargs=(patterns,))
    try:
        yield from pool.map(_run, tasks)
    except BrokenProcessPool:
        raise UnusualError("a process ended before its work was done") from None
    finally:
        pool.shutdown(cancel_futures=True)
