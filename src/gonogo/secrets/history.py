"""The search of the git history: every object once, and the commits behind what was found.

Objects that nothing refers to are searched as well. What could not be read is part of the result: a history that was
read in part is never called clean.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

from gonogo.facts.span import Span
from gonogo.poll import Skipped
from gonogo.secrets.attribution import (
    Introduction,
    Missing,
    Reach,
    all_reached,
    blobs_at_head,
    changes,
    introduction_from_commit,
    introductions,
    reach_of_objects,
    reachable_commits,
    ref_tips,
)
from gonogo.secrets.cache import Known, load, save, state_of
from gonogo.secrets.detect import KeyHit, fingerprint
from gonogo.secrets.env import EnvVariable, variables
from gonogo.secrets.formats import is_media
from gonogo.secrets.objects import STREAM_LIMIT, Unread, read_some, resolve_commit
from gonogo.secrets.reading import Settings, only_grown, search_again, search_objects
from gonogo.secrets.search import Found
from gonogo.secrets.submodules import MAX_DEPTH, add_submodules
from gonogo.workspace.git import Git, GitError, GitUnavailable
from gonogo.workspace.names import display

_PLACE = ".git"
_ENV_LIMIT = 1_000_000
_MAX_COMMITS = 200
"""Commits behind one object that are worth remembering."""
_MAX_TIPS = 10_000
"""Commits named by refs that are worth remembering."""
_MAX_NAMED = 50
"""Unread objects whose paths are looked up."""


@dataclass(frozen=True, slots=True)
class HistoryKey:
    """A key in the history, once for all versions that hold it.

    `path` is relative to the top of the repository; for messages, whose `where` says so, it is empty. `introduction`
    is the earliest commit by date among those that reach a version; `None` where no commit is known.
    """

    format: str
    title: str
    masked: str
    fingerprint: str
    path: str
    span: Span
    where: str
    reach: Reach
    introduction: Introduction | None
    at_head: bool
    versions: int
    last: Introduction | None = None
    """The last commit that brought or took away a version; the latest to have had to do with the key."""
    allowed: str = ""
    public: bool = False
    sha1: str = field(default="", repr=False)
    via: str = ""
    """What hid the key; see `KeyHit`."""
    submodule: str = ""
    """Path of the submodule whose commits these are."""


@dataclass(frozen=True, slots=True)
class HistoryEnv:
    """A dotenv file that was committed with values, once for all versions of it.

    `secrets` names the variables that hold secrets of no known format; keys of known formats are `HistoryKey`s.
    """

    path: str
    line: int
    secrets: tuple[str, ...]
    reach: Reach
    introduction: Introduction | None
    at_head: bool
    versions: int
    last: Introduction | None = None
    fingerprint: str = ""
    """Names these versions of the file, not the values, which may be short enough to guess from a hash."""
    submodule: str = ""


@dataclass(slots=True)
class HistoryScan:
    """What the search of the history found, and over how much of it. `failed` says why there was no search at all."""

    commits: int = 0
    blobs: int = 0
    size: int = 0
    """Bytes read."""
    keys: list[HistoryKey] = field(default_factory=list)
    env_files: list[HistoryEnv] = field(default_factory=list)
    unread: list[Skipped] = field(default_factory=list)
    doubts: list[Skipped] = field(default_factory=list)
    """What of the unread could hold keys: all but pictures, sound and the like."""
    failed: str = ""
    since: str = ""
    """Only what came after this revision was read."""


@dataclass(slots=True)
class _Raw:
    """What the objects hold, and what is known of where they came from."""

    found: Found = field(default_factory=Found)
    origins: dict[str, tuple[Reach, list[str]]] = field(default_factory=dict)
    """For objects with a find: what reaches them, and the commits that brought them or took them away."""
    known_origins: dict[str, tuple[Reach, list[str]]] = field(default_factory=dict)
    """The same, as an earlier run found it."""
    tips: list[str] = field(default_factory=list)
    """If anything is new since that run: the commits from which it walked."""


def scan_history(
    git: Git, since: str = "", *, cached: bool = False, settings: Settings | None = None, depth: int = 0
) -> HistoryScan:
    """Search everything the repository and its submodules hold, or what is not reachable from the revision `since`.

    With `cached`, objects that an earlier run has searched are not read again. `depth` counts the repositories that
    this one is a submodule in.

    Never raises for a broken repository: see `failed` and `unread`.

    Raises:
        UnknownRevision: `since` is no commit of the repository.
    """
    start = resolve_commit(git, since) if since else ""
    known = load(git) if cached and not since else None
    state = state_of(git) if known is not None else ""
    scan = None
    if known is not None and state and known.state == state:
        scan = _nothing_new(git, known)
    if scan is None:
        scan = _search(git, since, start, known, state, settings)
    search = partial(scan_history, cached=cached, settings=settings, depth=depth + 1)
    # A revision of this repository means nothing to the others.
    add_submodules(scan, git, None if since or depth >= MAX_DEPTH else search)
    return scan


def _search(
    git: Git, since: str, start: str, known: Known | None, state: str, settings: Settings | None
) -> HistoryScan:
    scan = HistoryScan(since=since)
    unread = Unread()
    raw = _Raw()
    missing: Missing | None = None
    tips: list[str] = []
    try:
        if known is not None:
            tips = ref_tips(git)
            if known.tips and only_grown(git, known) and all_reached(git, known.tips):
                raw.known_origins, raw.tips = known.origins, known.tips
        missing = Missing(git, raw.tips)
        raw.found = search_objects(git, unread, since=start, known=known, settings=settings)
        scan.commits, scan.blobs, scan.size = raw.found.commits, raw.found.blobs, raw.found.size
        env = _read_env_files(git, raw, unread)
        _attribute(scan, git, raw, env)
    except GitError as error:
        scan.failed = str(error)
    _note_gaps(scan, git, missing, unread)
    if known is not None and not scan.failed:
        known.hits, known.env = raw.found.hits, set(raw.found.env_names)
        known.commits, known.blobs, known.size = scan.commits, scan.blobs, scan.size
        few = all(len(commits) <= _MAX_COMMITS for _, commits in raw.origins.values())
        known.origins = raw.origins
        known.state = state if few and not scan.unread else ""
        known.tips = tips if known.state and len(tips) <= _MAX_TIPS else []
        save(git, known)
    return scan


def _nothing_new(git: Git, known: Known) -> HistoryScan | None:
    """The result for a repository in which everything is as it was; `None` if something is odd after all."""
    scan = HistoryScan()
    unread = Unread()
    try:
        raw = _Raw(search_again(git, known, unread), known_origins=known.origins)
        env = _read_env_files(git, raw, unread)
        _attribute(scan, git, raw, env)
    except GitError:
        return None
    scan.commits, scan.blobs, scan.size = known.commits, known.blobs, known.size
    return None if scan.unread or unread.damaged or unread.oversized else scan


def _read_env_files(git: Git, raw: _Raw, unread: Unread) -> dict[str, list[EnvVariable]]:
    """The variables of the dotenv files that hold a secret, by blob; default passwords made of words are none."""
    found = {}
    for one in read_some(git, sorted(raw.found.env_names), unread):
        if one.kind == "blob" and len(one.data) <= _ENV_LIMIT:
            known = {hits[one.id].span.line for hits in raw.found.by_key.values() if one.id in hits}
            secrets = [variable for variable in variables(one.data) if variable.strong and variable.line not in known]
            if secrets:
                found[one.id] = secrets
    return found


# --- commits ----------------------------------------------------------------------------------------------------------


def _attribute(scan: HistoryScan, git: Git, raw: _Raw, env: dict[str, list[EnvVariable]]) -> None:
    blobs = {blob for hits in raw.found.by_key.values() for blob in hits} | set(env)
    origins = _origins(scan, git, raw, blobs) if blobs else {}
    head = _at_head(scan, git) if blobs else set()
    for name, hits in raw.found.by_key.items():
        reach, introduction, blob = _earliest(hits, origins)
        scan.keys.append(
            _history_key(
                hits[blob],
                path=introduction.path if introduction is not None else "",
                where="file",
                reach=reach,
                introduction=introduction,
                last=_latest(hits, origins),
                at_head=not head.isdisjoint(hits),
                versions=len(hits),
                allowed=next((hit.allowed for hit in hits.values() if hit.allowed), ""),
            )
        )
        assert scan.keys[-1].fingerprint == name
    _attribute_env_files(scan, raw, env, origins, head)
    _attribute_messages(scan, git, raw)
    scan.keys.sort(key=lambda key: (key.path, key.span, key.fingerprint))
    scan.env_files.sort(key=lambda env_file: env_file.path)


def _at_head(scan: HistoryScan, git: Git) -> set[str]:
    try:
        return blobs_at_head(git)
    except GitError as error:
        _note(scan, "", f"what stands at HEAD could not be read: {error}")
        return set()


@dataclass(frozen=True, slots=True)
class _Origin:
    reach: Reach
    events: tuple[Introduction, ...] = ()

    @property
    def introductions(self) -> tuple[Introduction, ...]:
        """The commits that brought it."""
        return tuple(one for one in self.events if not one.gone)


def _origins(scan: HistoryScan, git: Git, raw: _Raw, blobs: set[str]) -> dict[str, _Origin]:
    """Where each blob came from. If git cannot say, the blobs count as reachable: that is the careful answer."""
    found: dict[str, _Origin] = {}
    known = raw.known_origins if blobs <= set(raw.known_origins) and not raw.tips else None
    try:
        if raw.tips:
            found = _grown_origins(git, raw, blobs)
        for reflog in (False, True):
            reach: Reach = "reflog" if reflog else "ref"
            left = blobs - set(found)
            commits = None
            if known is not None:
                left = {blob for blob in left if known[blob][0] == reach}
                commits = {commit for blob in left for commit in known[blob][1]}
            if left and commits != set():
                for blob, where in changes(git, left, reflog=reflog, commits=commits).items():
                    found[blob] = _Origin(reach, tuple(where))
        left = blobs - set(found)
        others = reach_of_objects(git, left) if known is None else {blob: known[blob][0] for blob in left}
        for blob, other in others.items():
            found[blob] = _Origin(other)
    except GitError as error:
        _note(scan, "", f"the commits behind some keys could not be found: {error}")
    raw.origins |= {
        blob: (origin.reach, sorted({one.commit for one in origin.events})) for blob, origin in found.items()
    }
    return {blob: found.get(blob, _Origin("ref")) for blob in blobs}


def _grown_origins(git: Git, raw: _Raw, blobs: set[str]) -> dict[str, _Origin]:
    """Where the blobs came from, by what an earlier run knew and a walk over the new commits; nothing if in doubt."""
    old = {blob: raw.known_origins[blob] for blob in blobs & set(raw.known_origins)}
    if any(reach != "ref" for reach, _ in old.values()):
        return {}
    events: dict[str, list[Introduction]] = {blob: [] for blob in blobs}
    commits = {commit for _, named in old.values() for commit in named}
    walks = [changes(git, blobs, reflog=False, after=raw.tips)]
    if commits:
        walks.append(changes(git, set(old), reflog=False, commits=commits))
    for walk in walks:
        for blob, where in walk.items():
            events[blob] += where
    return {blob: _Origin("ref", tuple(where)) for blob, where in events.items()} if all(events.values()) else {}


_RANK: dict[Reach, int] = {"ref": 0, "reflog": 1, "unreachable": 2}


def _earliest(blobs: Iterable[str], origins: dict[str, _Origin]) -> tuple[Reach, Introduction | None, str]:
    """The firmest reach of the blobs, the earliest commit that has it, and the blob that commit brought."""
    ordered = sorted(blobs, key=lambda blob: (_RANK[origins[blob].reach], blob))
    reach = origins[ordered[0]].reach
    best: tuple[Introduction, str] | None = None
    for blob in ordered:
        if origins[blob].reach != reach:
            break
        for one in origins[blob].introductions:
            if best is None or (one.time, one.commit, one.path) < (best[0].time, best[0].commit, best[0].path):
                best = (one, blob)
    return (reach, None, ordered[0]) if best is None else (reach, *best)


def _latest(blobs: Iterable[str], origins: dict[str, _Origin]) -> Introduction | None:
    """The last commit that had to do with one of the blobs."""
    events = [one for blob in blobs for one in origins[blob].events]
    return max(events, key=lambda one: (one.time, one.gone, one.commit, one.path), default=None)


def _history_key(
    hit: KeyHit,
    *,
    path: str,
    where: str,
    reach: Reach,
    introduction: Introduction | None,
    last: Introduction | None,
    at_head: bool,
    versions: int,
    allowed: str,
) -> HistoryKey:
    return HistoryKey(
        format=hit.format,
        title=hit.title,
        masked=hit.masked,
        fingerprint=hit.fingerprint,
        path=path,
        span=hit.span,
        where=where,
        reach=reach,
        introduction=introduction,
        at_head=at_head,
        versions=versions,
        last=last,
        allowed=allowed,
        public=hit.public,
        sha1=hit.sha1,
        via=hit.via,
    )


def _attribute_env_files(
    scan: HistoryScan,
    raw: _Raw,
    env: dict[str, list[EnvVariable]],
    origins: dict[str, _Origin],
    head: set[str],
) -> None:
    by_path: dict[str, dict[str, list[EnvVariable]]] = {}
    for blob, secrets in env.items():
        paths = {one.path for one in origins[blob].introductions} or {raw.found.env_names[blob]}
        for path in paths:
            by_path.setdefault(path, {})[blob] = secrets
    for path, blobs in by_path.items():
        own = {
            blob: _Origin(origins[blob].reach, tuple(one for one in origins[blob].events if one.path == path))
            for blob in blobs
        }
        reach, introduction, blob = _earliest(blobs, own)
        names = dict.fromkeys(variable.name for secrets in blobs.values() for variable in secrets)
        at_head = not head.isdisjoint(blobs)
        line = blobs[blob][0].line
        scan.env_files.append(
            HistoryEnv(
                path, line, tuple(names), reach, introduction, at_head, len(blobs), _latest(blobs, own),
                fingerprint("\0".join([path, *sorted(blobs)])),
            )
        )  # fmt: skip


def _attribute_messages(scan: HistoryScan, git: Git, raw: _Raw) -> None:
    """Keys in messages of commits and tags, unless a file holds the same key: one finding is enough."""
    if not raw.found.messages:
        return
    reaches = _reaches(scan, git, raw)
    seen = set(raw.found.by_key)
    for one, hit in sorted(raw.found.messages, key=lambda pair: (_RANK[reaches.get(pair[0].id, "ref")], pair[0].id)):
        if hit.fingerprint in seen:
            continue
        seen.add(hit.fingerprint)
        origin = introduction_from_commit(one.id, one.data)
        scan.keys.append(
            _history_key(
                hit,
                path="",
                where=f"{one.kind} message",
                reach=reaches.get(one.id, "ref"),
                introduction=origin,
                last=origin,
                at_head=False,
                versions=1,
                allowed=hit.allowed,
            )
        )


def _reaches(scan: HistoryScan, git: Git, raw: _Raw) -> dict[str, Reach]:
    """What reaches each commit or tag in whose message a key stands."""
    ids = {one.id for one, _ in raw.found.messages}
    reaches: dict[str, Reach] = {}
    if ids <= {one for one, (reach, _) in raw.known_origins.items() if reach == "ref" or not raw.tips}:
        reaches = {one: raw.known_origins[one][0] for one in ids}
    else:
        try:
            by_ref, by_reflog = reachable_commits(git, reflog=False), reachable_commits(git, reflog=True)
            tags = [one.id for one, _ in raw.found.messages if one.kind == "tag"]
            reaches = reach_of_objects(git, tags) if tags else {}
            for one, _ in raw.found.messages:
                if one.kind == "commit":
                    reaches[one.id] = "ref" if one.id in by_ref else "reflog" if one.id in by_reflog else "unreachable"
        except GitError as error:
            _note(scan, "", f"the commits behind some keys could not be found: {error}")
    raw.origins |= {one: (reach, []) for one, reach in reaches.items()}
    return reaches


# --- completeness -----------------------------------------------------------------------------------------------------


def _note_gaps(scan: HistoryScan, git: Git, missing: Missing | None, unread: Unread) -> None:
    """Say what was not read, by path where the path is known."""
    if git.borrows and not scan.since:
        borrowed = (
            "objects are borrowed from another repository: only what refs, reflogs and the index reach was searched"
        )
        scan.unread.append(Skipped(_PLACE, borrowed))
    gone, complete = missing.result() if missing is not None else ([], False)
    absent = sorted({*gone, *unread.damaged})
    sizes = dict(unread.oversized)
    # Trees and commits have no path, and thousands of files (a partial clone) are better counted than listed.
    paths = _paths(git, [*absent, *sizes]) if len(absent) + len(sizes) <= _MAX_NAMED else {}
    for path in sorted({path for one in absent for path in paths.get(one, ())}):
        _note(scan, path, "a version of it is missing from the repository or damaged")
    unnamed = [one for one in absent if one not in paths]
    if unnamed:
        what = "1 object" if len(unnamed) == 1 else f"{len(unnamed):,} objects"
        _note(scan, "", f"{what} of the history missing from the repository or damaged (first: {unnamed[0][:12]})")
    for one, size in unread.oversized:
        reason = f"a version of {size / 1_000_000:,.0f} MB is above the limit of {STREAM_LIMIT // 1_000_000:,} MB"
        for path in sorted(paths.get(one, {""})):
            _note(scan, path, reason)
    if unread.over_total:
        _note(scan, "", f"{unread.over_total:,} objects beyond the limit on bytes read altogether")
    if _has_content(git):
        _note(scan, "", "a shallow clone: older commits are not here; `git fetch --unshallow` brings them")
    if unnamed and any((git.common_dir / "objects" / "pack").glob("*.promisor")):
        _note(scan, "", "a partial clone: git fetches missing files only when they are asked for")
    if not complete:
        _note(scan, "", "git could not walk the whole history: the repository is damaged")


def _paths(git: Git, ids: list[str]) -> dict[str, set[str]]:
    try:
        return {one: {i.path for i in found} for one, found in introductions(git, ids, reflog=False).items()}
    except GitUnavailable:
        return {}


def _note(scan: HistoryScan, path: str, reason: str) -> None:
    skipped = Skipped(display(path) if path else _PLACE, reason)
    scan.unread.append(skipped)
    if not (path and is_media(path)):
        scan.doubts.append(skipped)


def _has_content(git: Git) -> bool:
    try:
        return (git.common_dir / "shallow").stat().st_size > 0
    except OSError:
        return False
