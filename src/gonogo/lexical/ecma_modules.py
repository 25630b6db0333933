"""Which file of the project an import of JavaScript or TypeScript means.

Nothing is run or installed: relative paths with the endings a bundler would try, `paths` and `baseUrl` of the nearest
`tsconfig.json`, `imports` of the nearest `package.json`, packages of the same repository by their names, and at last
the usual meanings of `@/` and `~/`.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from gonogo.languages import ECMA_SUFFIXES
from gonogo.workspace.discover import Workspace
from gonogo.workspace.files import SourceFile
from gonogo.workspace.read import SOURCE_LIMIT, Unreadable, decode

MAX_EXTENDS = 6
"""Configurations followed from one to the next."""
MAX_TARGETS = 20
# What an import names is what the compiler will write, which need not be what is there.
_WRITTEN = {".js": (".ts", ".tsx", ".jsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
_CONFIGS = ("tsconfig.json", "jsconfig.json")
_ALIASES = ("@/", "~/", "@@/", "~~/")
_SOURCE_FOLDERS = ("src", "", "app", "lib", "source")
_BUILT = re.compile(r"^(?:dist|build|lib|out|esm|cjs)/(?:(?:esm|cjs|src|types)/)?")


@dataclass(slots=True)
class _Config:
    """`compilerOptions` that say where modules are; folders are relative to the root of the project."""

    base: str | None = None
    paths: dict[str, list[str]] = field(default_factory=dict)


class EcmaModules:
    """Resolves imports to files of the project."""

    def __init__(self, workspace: Workspace, files: Iterable[SourceFile]) -> None:
        self._workspace = workspace
        listed = list(files)
        self._files = {file.path for file in listed if file.name.endswith(ECMA_SUFFIXES)}
        self._all = {file.path for file in listed}
        self._apps = {file.path: file.app for file in listed}
        self._packages: dict[str, tuple[str, dict[str, Any]]] | None = None
        self._configs: dict[str, _Config | None] = {}
        self._known: dict[tuple[str, str], str | None] = {}

    def resolve(self, module: str, importer: str) -> str | None:
        """The file `module` means in `importer`; `None` for a package from outside."""
        folder = _parent(importer)
        key = (module, folder)
        if key not in self._known:
            found = self._search(module, folder, self._apps.get(importer, "."))
            self._known[key] = None if found == importer else found
        return self._known[key]

    def _search(self, module: str, folder: str, app: str) -> str | None:
        name = module.partition("?")[0]
        if not name or "\0" in name or ":" in name:
            return None
        if name.startswith("."):
            return self._file(_joined(folder, name))
        if name.startswith("/"):
            return self._file(_joined("" if app == "." else app, name.lstrip("/")))
        return (
            self._by_config(name, folder)
            or (self._by_own_imports(name, folder) if name.startswith("#") else None)
            or self._by_package(name)
            or self._by_habit(name, folder, app)
        )

    # --- files ---

    def _file(self, path: str | None) -> str | None:
        """The file at a path written without its ending, or with the ending of what is made from it."""
        if path is None:
            return None
        if path in self._files:
            return path
        for ending, sources in _WRITTEN.items():
            if path.endswith(ending):
                stem = path.removesuffix(ending)
                found = next((stem + source for source in sources if stem + source in self._files), None)
                if found is not None:
                    return found
        for suffix in ECMA_SUFFIXES:
            if path + suffix in self._files:
                return path + suffix
        for suffix in ECMA_SUFFIXES:
            index = f"{path}/index{suffix}" if path else f"index{suffix}"
            if index in self._files:
                return index
        return None

    # --- tsconfig.json ---

    def _by_config(self, name: str, folder: str) -> str | None:
        current: str | None = folder
        while current is not None:
            config = self._config(current)
            if config is not None:
                found = self._by_paths(name, config)
                if found is not None:
                    return found
            current = _parent(current) if current else None
        return None

    def _by_paths(self, name: str, config: _Config) -> str | None:
        matching = []
        for pattern, targets in config.paths.items():
            head, star, tail = pattern.partition("*")
            if name == pattern or (star and name.startswith(head) and name.endswith(tail)):
                matching.append((len(head), pattern, name[len(head) : len(name) - len(tail)] if star else "", targets))
        for _, _, middle, targets in sorted(matching, key=lambda m: (-m[0], m[1])):
            for target in targets[:MAX_TARGETS]:
                found = self._file(_joined("", target.replace("*", middle, 1)))
                if found is not None:
                    return found
        if config.base is not None:
            return self._file(_joined(config.base, name))
        return None

    def _config(self, folder: str) -> _Config | None:
        if folder not in self._configs:
            self._configs[folder] = None
            for name in _CONFIGS:
                path = _joined(folder, name)
                if path in self._all:
                    self._configs[folder] = self._read_config(str(path), MAX_EXTENDS)
                    break
        return self._configs[folder]

    def _read_config(self, path: str, hops: int) -> _Config:
        document = self._json(path)
        folder = _parent(path)
        found = _Config()
        for above in _texts(document.get("extends")):
            if hops > 0 and above.startswith("."):
                target = _joined(folder, above)
                for candidate in (target, f"{target}.json", f"{target}/tsconfig.json"):
                    if candidate in self._all and target is not None:
                        inherited = self._read_config(str(candidate), hops - 1)
                        found.base = inherited.base if inherited.base is not None else found.base
                        found.paths = {**found.paths, **inherited.paths}
                        break
        options = _table(document, "compilerOptions")
        base = options.get("baseUrl")
        if isinstance(base, str):
            found.base = _joined(folder, base)
        own = _table(options, "paths")
        start = found.base if found.base is not None else folder
        for pattern, targets in own.items():
            places = [_joined(start, target) for target in _texts(targets)]
            found.paths[pattern] = [place for place in places if place is not None]
        if not found.paths and hops > 0:
            # A solution file only lists the configurations of its parts.
            for reference in document.get("references") or []:
                part = reference.get("path") if isinstance(reference, dict) else None
                target = _joined(folder, part) if isinstance(part, str) else None
                for candidate in (target, f"{target}/tsconfig.json"):
                    if candidate in self._all and target is not None:
                        inner = self._read_config(str(candidate), 0)
                        found.paths = {**inner.paths, **found.paths}
        return found

    # --- package.json ---

    def _by_own_imports(self, name: str, folder: str) -> str | None:
        current: str | None = folder
        while current is not None:
            path = _joined(current, "package.json")
            if path in self._all:
                return self._target(_table(self._json(str(path)), "imports"), name, current)
            current = _parent(current) if current else None
        return None

    def _by_package(self, name: str) -> str | None:
        """A package of the same repository, by its name."""
        if self._packages is None:
            self._packages = self._read_packages()
        parts = name.split("/")
        own = "/".join(parts[:2]) if name.startswith("@") else parts[0]
        if own not in self._packages:
            return None
        folder, manifest = self._packages[own]
        rest = name[len(own) :].lstrip("/")
        exports = manifest.get("exports")
        if rest:
            table = exports if isinstance(exports, dict) else {}
            found = self._target(table, f"./{rest}", folder)
            return found or self._file(_joined(folder, rest)) or self._file(_joined(folder, f"src/{rest}"))
        entries: list[str] = []
        if isinstance(exports, dict):
            entries += _ends(exports.get(".", exports))
        elif isinstance(exports, str):
            entries.append(exports)
        entries += [
            manifest[key] for key in ("source", "types", "module", "main") if isinstance(manifest.get(key), str)
        ]
        for entry in [*entries, "src/index", "index", "src/main"]:
            found = self._built(folder, entry)
            if found is not None:
                return found
        return None

    def _target(self, table: dict[str, Any], name: str, folder: str) -> str | None:
        for pattern, value in table.items():
            head, star, tail = pattern.partition("*")
            if name == pattern or (star and name.startswith(head) and name.endswith(tail)):
                middle = name[len(head) : len(name) - len(tail)] if star else ""
                for end in _ends(value):
                    found = self._built(folder, end.replace("*", middle))
                    if found is not None:
                        return found
        return None

    def _built(self, folder: str, entry: str) -> str | None:
        """The source behind what a manifest names, which is often what the build writes."""
        plain = posixpath.normpath(entry)
        found = self._file(_joined(folder, plain))
        if found is not None:
            return found
        stem = re.sub(r"\.d\.[cm]?ts$|\.[cm]?[jt]sx?$", "", _BUILT.sub("", plain))
        return self._file(_joined(folder, f"src/{stem}")) or self._file(_joined(folder, stem))

    def _read_packages(self) -> dict[str, tuple[str, dict[str, Any]]]:
        found: dict[str, tuple[str, dict[str, Any]]] = {}
        for file in self._workspace.files:
            if file.name == "package.json" and file.area not in ("vendored", "test", "example", "generated"):
                manifest = self._json(file.path)
                name = manifest.get("name")
                if isinstance(name, str) and name:
                    found.setdefault(name, (file.folder, manifest))
        return found

    # --- habits ---

    def _by_habit(self, name: str, folder: str, app: str) -> str | None:
        rest = next((name[len(alias) :] for alias in _ALIASES if name.startswith(alias)), None)
        top = "" if app == "." else app
        if name.startswith("$lib/") or name == "$lib":
            return self._file(_joined(top, f"src/lib/{name[5:]}"))
        if rest is None:
            return None
        for base in _SOURCE_FOLDERS:
            found = self._file(_joined(top, f"{base}/{rest}"))
            if found is not None:
                return found
        # The application may begin below the root that the manifest names.
        current = folder
        while current and current != top:
            found = self._file(_joined(current, rest))
            if found is not None:
                return found
            current = _parent(current)
        return None

    def _json(self, path: str) -> dict[str, Any]:
        try:
            document = json.loads(without_comments(decode(self._workspace.read(path, SOURCE_LIMIT))))
        except (Unreadable, ValueError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}


# A text that is not closed ends with its line, so that each character is looked at once.
_TEXT = r'("(?:[^"\\\n]|\\(?:.|\Z))*(?:"|\n|\Z))'
_JSONC = re.compile(_TEXT + r"|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_TRAILING = re.compile(_TEXT + r"|,(?=\s{0,200}[}\]])", re.DOTALL)


def without_comments(text: str) -> str:
    """JSON out of JSON with comments and trailing commas."""
    plain = _JSONC.sub(lambda m: m[1] or " ", text)
    return _TRAILING.sub(lambda m: m[1] or "", plain)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _joined(folder: str, path: str) -> str | None:
    """A path below the root of the project; `None` if it leads out."""
    found = posixpath.normpath(posixpath.join(folder, path)) if path else folder
    if found == ".":
        return ""
    return None if found.startswith(("../", "/")) or found == ".." else found


def _table(value: dict[str, Any], key: str) -> dict[str, Any]:
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _ends(value: object, depth: int = 0) -> list[str]:
    """The paths under the conditions of an `exports` entry."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict) and depth < 5:
        return [end for inner in value.values() for end in _ends(inner, depth + 1)]
    return []
