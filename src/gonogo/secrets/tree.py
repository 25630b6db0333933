"""The search of the working tree: keys in any file, dotenv files, images and browser bundles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import blake2b
from pathlib import Path

from gonogo.facts.span import Span
from gonogo.poll import Skipped
from gonogo.secrets.allowed import AllowList, read_allow_list
from gonogo.secrets.browser import BrowserLeak, leaks_in_script, public_names
from gonogo.secrets.configured import ConfiguredSecret, is_configuration, secrets_in
from gonogo.secrets.detect import KeyHit, find_keys
from gonogo.secrets.docker import Dockerfile, is_dockerfile, is_env_source, read_dockerfile
from gonogo.secrets.env import EnvKind, EnvVariable, env_kind, variables
from gonogo.secrets.formats import vocabulary
from gonogo.secrets.ignores import IgnoreRule, ignored_by_git, last_match, read_rules
from gonogo.secrets.notebook import locate
from gonogo.workspace.areas import JS_SUFFIXES
from gonogo.workspace.discover import Workspace
from gonogo.workspace.files import SourceFile
from gonogo.workspace.read import Unreadable, decode, is_binary

SIZE_LIMIT = 50_000_000
"""Bytes of a file that are searched for keys, as many as of an object in the history."""

_ENV_LIMIT = 1_000_000
_USER_AREAS = ("app", "script")
_SCRIPT_SUFFIXES = JS_SUFFIXES | {".astro", ".html", ".htm"}
_CONFIG_SUFFIXES = frozenset({".yml", ".yaml", ".toml"})
_CONFIG_NAMES = frozenset({"eas.json", "app.json", "vercel.json"})
# Names under which a developer's own values lie beside the code, ignored by git and yet copied by Docker.
_LOCAL_ENV_NAMES = (
    ".env",
    ".env.local",
    ".env.development",
    ".env.dev",
    ".env.production",
    ".env.prod",
    ".env.staging",
)


@dataclass(frozen=True, slots=True)
class TreeKey:
    """A key in a file of the tree. For notebooks `span` counts in `cell` where there is one."""

    path: str
    area: str
    hit: KeyHit
    span: Span
    cell: int | None = None
    output: bool = False
    allowed: str = ""
    tracked: bool | None = None


@dataclass(frozen=True, slots=True)
class EnvFile:
    """A dotenv file that git tracks or would track."""

    path: str
    area: str
    kind: EnvKind
    tracked: bool | None
    variables: tuple[EnvVariable, ...]

    @property
    def values(self) -> tuple[EnvVariable, ...]:
        """The variables that hold a value."""
        return tuple(variable for variable in self.variables if variable.state == "value")

    @property
    def telling(self) -> bool:
        """Is some value more than a switch, a number or a local address?"""
        return any(not variable.plain for variable in self.values)


@dataclass(frozen=True, slots=True)
class EnvLoad:
    """A line that reads a dotenv file; `targets` are the paths it may mean, the likeliest first."""

    path: str
    span: Span
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImageLeak:
    """A Dockerfile instruction that puts a key, or a file with keys, into an image.

    `certain` is false where only the code says that such a file will be there.
    """

    path: str
    span: Span
    text: str
    subject: str
    certain: bool = True


@dataclass(frozen=True, slots=True)
class BundleLeak:
    """A key on its way into a browser."""

    path: str
    span: Span
    text: str
    subject: str


@dataclass(slots=True)
class TreeScan:
    """What the search of the working tree found. `files` counts the files that were read."""

    root: Path
    top: Path
    """Top of the git repository; the root itself outside of one."""
    versioned: bool
    """Does git, or a `.gitignore`, say which files are kept?"""
    files: int = 0
    keys: list[TreeKey] = field(default_factory=list)
    configured: list[ConfiguredSecret] = field(default_factory=list)
    """Secrets of no known format in configuration files."""
    env_files: list[EnvFile] = field(default_factory=list)
    env_loads: list[EnvLoad] = field(default_factory=list)
    ignored: dict[str, IgnoreRule] = field(default_factory=dict)
    """Of the paths that matter, those that an ignore rule covers."""
    image_leaks: list[ImageLeak] = field(default_factory=list)
    bundle_leaks: list[BundleLeak] = field(default_factory=list)
    unread: list[Skipped] = field(default_factory=list)
    allow_list: AllowList = field(default_factory=AllowList)
    faults: list[str] = field(default_factory=list)
    digests: dict[str, bytes] = field(default_factory=dict)
    """Of every file that was searched."""
    loud: set[str] = field(default_factory=set)
    """Files that hold something of interest, or could not be searched."""
    asked_ignored: frozenset[str] = frozenset()
    """Paths of which it was asked whether they are ignored."""

    @property
    def found(self) -> int:
        """How much was found in single files."""
        found = len(self.keys) + len(self.configured) + len(self.env_files) + len(self.env_loads)
        return found + len(self.bundle_leaks) + len(self.faults)

    @property
    def allowed(self) -> Counter[str]:
        """How many keys each kind of mark allowed."""
        marks = [key.allowed for key in self.keys] + [one.allowed for one in self.configured]
        return Counter(mark for mark in marks if mark)


def scan_tree(workspace: Workspace, quiet: Container[str] = ()) -> TreeScan:
    """Search every file of the workspace, whatever its area. Files that could not be read are in `unread`.

    `quiet` ones are known to hold nothing of interest and are not read again.
    """
    paths = {file.path for file in workspace.files}
    scan = TreeScan(
        root=workspace.root,
        top=workspace.git.top if workspace.git is not None else workspace.root,
        versioned=workspace.tracked is not None or ".gitignore" in paths,
        allow_list=read_allow_list(workspace, sorted(paths)),
    )
    scan.unread += scan.allow_list.problems
    dockerfiles: list[tuple[SourceFile, Dockerfile]] = []
    for file in workspace.files:
        if file.path in quiet:
            scan.files += 1
            continue
        try:
            data = workspace.skim(file.path, SIZE_LIMIT)
        except Unreadable as error:
            scan.unread.append(Skipped(file.display, f"not searched for keys: {error.reason}"))
            scan.loud.add(file.path)
            continue
        scan.files += 1
        scan.digests[file.path] = digest(data)
        before = scan.found
        try:
            _look(scan, file, data, dockerfiles)
        except Exception as error:  # one file must not end the search; it is counted as a fault
            scan.faults.append(f"{file.display}: internal error while searching it for keys: {type(error).__name__}")
            scan.unread.append(Skipped(file.display, "not searched for keys: internal error"))
        if scan.found != before or is_dockerfile(file.path):
            scan.loud.add(file.path)
    _settle_ignored(scan, workspace)
    for file, dockerfile in dockerfiles:
        scan.image_leaks += _image_leaks(scan, workspace, paths, file, dockerfile)
    return scan


def is_quiet(workspace: Workspace, file: SourceFile) -> bool:
    """True if a file holds nothing of interest. It is read."""
    if is_dockerfile(file.path):
        return False
    scan = TreeScan(root=workspace.root, top=workspace.root, versioned=False)
    try:
        _look(scan, file, workspace.skim(file.path, SIZE_LIMIT), [])
    except Exception:  # what cannot be told is not quiet
        return False
    return not scan.found


def digest(data: bytes) -> bytes:
    """What stands for the content of a file; 16 bytes, the BLAKE2b digest."""
    return blake2b(data, digest_size=16).digest()


def _look(scan: TreeScan, file: SourceFile, data: bytes, dockerfiles: list[tuple[SourceFile, Dockerfile]]) -> None:
    hits = find_keys(data)
    if hits:
        scan.keys += _tree_keys(scan, file, data, hits)
    kind = env_kind(file.path)
    if kind:
        scan.env_files.append(EnvFile(file.path, file.area, kind, file.tracked, tuple(variables(data[:_ENV_LIMIT]))))
        if kind != "template":
            _public_values(scan, file, decode(data[:_ENV_LIMIT]), scan.env_files[-1])
    if file.area not in _USER_AREAS or is_binary(data):
        return
    if is_configuration(file.name) and not kind:
        _add_configured(scan, file, data, {hit.span.line for hit in hits})
    suffix = file.name[file.name.rfind(".") :].lower() if "." in file.name else ""
    if any(needle in data for needle in vocabulary().loader_needles) and not kind and suffix not in (".md", ".rst"):
        scan.env_loads += _loads(file, decode(data))
    # Nothing in a hidden folder (skills of assistants, editors' scripts) is built for a browser.
    if suffix in _SCRIPT_SUFFIXES and not (file.area == "script" and f"/{file.path}".count("/.")):
        _add_bundle_leaks(scan, file, leaks_in_script(decode(data)))
    elif suffix in _CONFIG_SUFFIXES or file.name in _CONFIG_NAMES:
        _add_bundle_leaks(scan, file, _public_in_config(decode(data)))
    elif is_dockerfile(file.path):
        dockerfile = read_dockerfile(decode(data))
        dockerfiles.append((file, dockerfile))
        _public_in_image(scan, file, dockerfile)


# --- keys -------------------------------------------------------------------------------------------------------------


def _tree_keys(scan: TreeScan, file: SourceFile, data: bytes, hits: list[KeyHit]) -> Iterator[TreeKey]:
    if file.name.endswith(".ipynb"):
        for one in locate(data, hits):
            allowed = one.hit.allowed or scan.allow_list.reason(file.path, one.span.line, one.hit.sha1)
            yield TreeKey(file.path, file.area, one.hit, one.span, one.cell, one.output, allowed, file.tracked)
        return
    for hit in hits:
        allowed = hit.allowed or scan.allow_list.reason(file.path, hit.span.line, hit.sha1)
        yield TreeKey(file.path, file.area, hit, hit.span, allowed=allowed, tracked=file.tracked)


def _add_configured(scan: TreeScan, file: SourceFile, data: bytes, known: set[int]) -> None:
    for one in secrets_in(file.path, file.area, data, known, file.tracked):
        allowed = one.allowed or scan.allow_list.reason(file.path, one.span.line, one.sha1)
        scan.configured.append(replace(one, allowed=allowed))


# --- dotenv files -----------------------------------------------------------------------------------------------------


@cache
def _loaders() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in vocabulary().loaders)


def _loads(file: SourceFile, text: str) -> Iterator[EnvLoad]:
    """The first line of the file for each dotenv file it reads."""
    seen = set()
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.lstrip()
        if len(line) > 2_000 or stripped.startswith(("#", "//", "*", "<!--")):
            continue
        for pattern in _loaders():
            match = pattern.search(line)
            if match is None:
                continue
            name = match.groupdict().get("name") or ".env"
            if env_kind(name) not in ("env", "loose") or name in seen or "{" in name:
                continue
            seen.add(name)
            span = Span(number, match.start() + 1, number, match.end() + 1)
            yield EnvLoad(file.path, span, _targets(file, name))


def _targets(file: SourceFile, name: str) -> tuple[str, ...]:
    """Where the file may lie: at the application's root, beside the code, or at the top."""
    parts = [part for part in name.split("/") if part not in ("", ".", "..")]
    folders = dict.fromkeys(["" if file.app == "." else file.app, file.folder, ""])
    return tuple(f"{folder}/{'/'.join(parts)}" if folder else "/".join(parts) for folder in folders)


def _settle_ignored(scan: TreeScan, workspace: Workspace) -> None:
    wanted = {".env"}
    wanted.update(target for load in scan.env_loads for target in load.targets)
    wanted.update(env.path for env in scan.env_files if env.tracked is None)
    scan.asked_ignored = frozenset(wanted)
    scan.ignored = ignored_by_git(workspace, wanted)


# --- images -----------------------------------------------------------------------------------------------------------


def _image_leaks(
    scan: TreeScan, workspace: Workspace, paths: set[str], file: SourceFile, dockerfile: Dockerfile
) -> Iterator[ImageLeak]:
    for baked in dockerfile.baked:
        yield ImageLeak(file.path, baked.span, f"{baked.name} is set in the image {baked.how}", baked.name)
    context = _context(paths, file, dockerfile)
    rules = read_rules(workspace, f"{file.path}.dockerignore") or read_rules(workspace, _join(context, ".dockerignore"))
    for copied in dockerfile.copied:
        if is_env_source(copied.source):
            yield ImageLeak(file.path, copied.span, f"{copied.source} is copied into the image", copied.source)
        elif "*" not in copied.source or copied.source == "*":
            folder = "." if copied.source == "*" else copied.source
            leak = _copied_folder(scan, workspace, _join(context, folder))
            if leak is None:
                continue
            env_path, certain = leak
            inner = env_path[len(context) + 1 :] if context != "." else env_path
            if last_match(rules, inner, anchored=True) is None:
                what = env_path if certain else f"{env_path}, which the code reads,"
                text = f"the instruction copies {what} into the image; no .dockerignore rule leaves it out"
                yield ImageLeak(file.path, copied.span, text, copied.source, certain)


def _context(paths: set[str], file: SourceFile, dockerfile: Dockerfile) -> str:
    """The folder an image is built from: that of the Dockerfile, unless what it copies is found at the top only."""
    here = file.folder or "."
    named = [copied.source for copied in dockerfile.copied if "*" not in copied.source and copied.source != "."]
    if here != "." and named and not any(_exists(paths, _join(here, source)) for source in named):
        return "." if any(_exists(paths, source) for source in named) else here
    return here


def _exists(paths: set[str], path: str) -> bool:
    return path in paths or any(one.startswith(f"{path}/") for one in paths)


def _join(folder: str, path: str) -> str:
    parts = [part for part in (folder, path) if part != "."]
    return "/".join(parts) or "."


def _copied_folder(scan: TreeScan, workspace: Workspace, folder: str) -> tuple[str, bool] | None:
    """A dotenv file in the folder, and whether it is there with values or merely read by the code."""
    prefix = "" if folder == "." else f"{folder}/"
    for env in scan.env_files:
        if env.kind == "env" and env.path.startswith(prefix) and env.telling:
            return env.path, True
    for name in _LOCAL_ENV_NAMES:
        try:
            # Git ignores it, so that the workspace does not list it; Docker copies it all the same.
            data = workspace.read(f"{prefix}{name}", _ENV_LIMIT)
        except Unreadable:
            continue
        if any(variable.state == "value" and not variable.plain for variable in variables(data)):
            return f"{prefix}{name}", True
    for load in scan.env_loads:
        if load.path.startswith(prefix) and load.targets[0].startswith(prefix):
            return load.targets[0], False
    return None


# --- browser bundles --------------------------------------------------------------------------------------------------


def _add_bundle_leaks(scan: TreeScan, file: SourceFile, leaks: Iterable[BrowserLeak]) -> None:
    scan.bundle_leaks += [BundleLeak(file.path, leak.span, leak.text, leak.name or leak.text) for leak in leaks]


def _public_values(scan: TreeScan, file: SourceFile, text: str, env: EnvFile) -> None:
    names = {name for name, _, _ in public_names(text)}
    leaks = (
        BrowserLeak(variable.span, f"{variable.name} has a value and goes to the browser", variable.name)
        for variable in env.values
        if variable.name in names
    )
    _add_bundle_leaks(scan, file, leaks)


def _public_in_config(text: str) -> Iterator[BrowserLeak]:
    """Workflows, compose files and host configuration that give such a variable a value."""
    if not any(prefix in text for prefix in vocabulary().browser_prefixes):
        return
    for number, line in enumerate(text.splitlines(), start=1):
        code = line.partition("#")[0]
        for name, start, end in public_names(code):
            if re.match(r"[\"']?\s*[:=]\s*\S", code[end:]):
                span = Span(number, start + 1, number, end + 1)
                yield BrowserLeak(span, f"{name} gets a value and goes to the browser", name)


def _public_in_image(scan: TreeScan, file: SourceFile, dockerfile: Dockerfile) -> None:
    seen = set()
    for name, span in dockerfile.variables:
        if name not in seen and any(True for _ in public_names(name)):
            seen.add(name)
            _add_bundle_leaks(scan, file, [BrowserLeak(span, f"{name} is built into the browser bundle", name)])
