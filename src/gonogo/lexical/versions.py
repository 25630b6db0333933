"""Which release of a package an application runs with, as its lock files and requirements say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from gonogo.languages import PACKAGE
from gonogo.lexical.npm_versions import LOCKS as NPM_LOCKS
from gonogo.lexical.npm_versions import MANIFEST, in_lock, in_manifest
from gonogo.workspace.discover import Workspace
from gonogo.workspace.read import TEXT_LIMIT, Unreadable, decode

_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock")
_REQUIREMENTS = re.compile(r"(?:requirements[\w.-]*\.(?:txt|in)|constraints[\w.-]*\.txt|pyproject\.toml|setup\.cfg)")


@dataclass(frozen=True, slots=True)
class Known:
    """A release, or the releases that may be installed, and the file that says so."""

    allowed: SpecifierSet
    exact: str
    path: str
    line: int = 1

    def below(self, limit: str) -> bool:
        """True if surely no release from `limit` on is installed."""
        if self.exact:
            try:
                return Version(self.exact) < Version(limit)
            except InvalidVersion:
                return False
        # Releases far above show whether the requirement has an upper end at all.
        above = [limit, *(str(major) for major in range(Version(limit).major + 1, Version(limit).major + 40))]
        parts = limit.split(".")
        lowest = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
        above += [f"{parts[0]}.{minor}.{patch}" for minor in range(lowest, lowest + 60) for patch in (0, 1, 99)]
        # The ends that the requirement itself names, and what comes right after them.
        ends = [one.version.removesuffix(".*") for one in self.allowed]
        above += [version for end in ends for version in (end, f"{end}.1") if _is_version(version)]
        return bool(self.allowed) and not any(
            self.allowed.contains(version) for version in above if Version(version) >= Version(limit)
        )


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


class Versions:
    """Answers for the applications of one workspace. Files are read when a package is first asked for."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._texts: dict[str, str] = {}
        self._answers: dict[tuple[str, str], Known | None] = {}

    def known(self, app: str, package: str) -> Known | None:
        """What is known of `package` in the application at `app`: its own files first, then the repository's.

        Packages of JavaScript have `npm:` before their name.
        """
        key = (app, package)
        if key not in self._answers:
            npm = package.startswith(PACKAGE)
            self._answers[key] = self._npm(app, package.removeprefix(PACKAGE)) if npm else self._find(app, package)
        return self._answers[key]

    def _npm(self, app: str, package: str) -> Known | None:
        """A lock file decides over the manifest; that of a workspace lies at the top and serves all its packages."""
        own = self._npm_manifest(app, package)
        for folder in dict.fromkeys((app, ".")) if own is not None or app == "." else (app,):
            for path in self._files.get(folder, []):
                name = path.rpartition("/")[2]
                if name in NPM_LOCKS:
                    importer = "." if folder == app else app
                    found = in_lock(name, self._text(path), package, importer)
                    if found is not None:
                        return Known(found.allowed, found.exact, path, found.line)
        return own or (None if app == "." else self._npm_manifest(".", package))

    def _npm_manifest(self, app: str, package: str) -> Known | None:
        path = MANIFEST if app == "." else f"{app}/{MANIFEST}"
        if path not in self._files.get(app, []):
            return None
        found = in_manifest(self._text(path), package)
        return None if found is None else Known(found.allowed, found.exact, path, found.line)

    @cached_property
    def _files(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for file in self._workspace.files:
            folder, _, name = file.path.rpartition("/")
            known = name in _LOCKS or name in NPM_LOCKS or name == MANIFEST or _REQUIREMENTS.fullmatch(name)
            if file.area in ("app", "script") and known:
                found.setdefault(folder or ".", []).append(file.path)
        return found

    def _find(self, app: str, package: str) -> Known | None:
        for folder in dict.fromkeys((app, ".")):
            paths = sorted(self._files.get(folder, []), key=lambda path: not path.endswith(_LOCKS))
            for path in paths:
                if path.rpartition("/")[2] in (*NPM_LOCKS, MANIFEST):
                    continue
                found = self._in_file(path, package)
                if found is not None:
                    return found
        return None

    def _in_file(self, path: str, package: str) -> Known | None:
        text = self._text(path)
        name = re.sub(r"[-_.]+", "[-_.]+", re.escape(package).replace(r"\-", "-").replace(r"\.", "."))
        if path.endswith("Pipfile.lock"):
            found = re.search(
                rf'"{name}"\s*:\s*\{{[^{{}}]{{0,20000}}"version"\s*:\s*"==([^"]{{1,40}})"', text, re.IGNORECASE
            )
        elif path.endswith(_LOCKS):
            found = re.search(rf'(?m)^name = "{name}"\r?\nversion = "([^"\n]{{1,40}})"', text, re.IGNORECASE)
        else:
            return self._requirement(path, text, name)
        return Known(SpecifierSet(), found[1], path, _line(text, found)) if found is not None else None

    @staticmethod
    def _requirement(path: str, text: str, name: str) -> Known | None:
        found = re.search(
            rf"""(?mi)^[ \t"',]{{0,40}}{name}(?:\[[\w,. -]{{0,80}}\])?[ \t]{{0,20}}([<>=!~][^\n"'#;]{{1,100}})""", text
        )
        if found is None:
            return None
        asked = found[1].partition("--")[0].strip().rstrip(",")
        try:
            allowed = SpecifierSet(asked)
        except InvalidSpecifier:
            return None
        exact = re.fullmatch(r"={2,3}\s*([\w.+!-]+)", asked)
        return Known(allowed, exact[1] if exact is not None else "", path, _line(text, found))

    def _text(self, path: str) -> str:
        if path not in self._texts:
            try:
                self._texts[path] = decode(self._workspace.read(path, TEXT_LIMIT))
            except Unreadable:
                self._texts[path] = ""  # the reader of manifests says so
        return self._texts[path]


def _line(text: str, found: re.Match[str]) -> int:
    """The line on which what was found ends: a name may stand on the line before its release."""
    return text.count("\n", 0, found.end(1)) + 1
