"""Which release of a JavaScript package an application runs with: lock files of npm, pnpm, yarn and bun, and
`package.json`. Lock files are searched, not parsed: they grow to many megabytes, and one entry is asked for."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet

LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock")
MANIFEST = "package.json"
_DEPENDENCIES = ("dependencies", "optionalDependencies", "peerDependencies", "devDependencies")
_NUMBER = r"\d{1,9}"
_RANGE = re.compile(
    rf"([\^~]|>=|<=|>|<|=)?\s*v?({_NUMBER})(?:\.({_NUMBER}|[xX*]))?(?:\.({_NUMBER}|[xX*]))?([-+][\w.+-]*)?"
)


class Entry(NamedTuple):
    """A release (`exact`), or those that a range allows, and the line that says so."""

    allowed: SpecifierSet
    exact: str
    line: int


def in_lock(name: str, text: str, package: str, importer: str = ".") -> Entry | None:
    """The release of `package` in a lock file called `name`, if it names one and no other.

    `importer` is the folder of the application, seen from that of the lock file.
    """
    found = {
        "pnpm-lock.yaml": _in_pnpm,
        "yarn.lock": _in_yarn,
        "bun.lock": _in_bun,
    }.get(name, _in_npm)(text, package, importer)
    releases = {release for release, _ in found}
    if len(releases) != 1:
        return None
    release, at = found[0]
    return Entry(SpecifierSet(), release, text.count("\n", 0, at) + 1)


def in_manifest(text: str, package: str) -> Entry | None:
    """The releases of `package` that a `package.json` allows; `None` for an address, a tag or an alias."""
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    for table in _DEPENDENCIES:
        entries = document.get(table) if isinstance(document, dict) else None
        asked = entries.get(package) if isinstance(entries, dict) else None
        if isinstance(asked, str):
            at = re.search(rf'"{re.escape(package)}"\s{{0,20}}:', text)
            allowed = allowed_by(asked)
            exact = re.fullmatch(rf"=?\s*v?({_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-[\w.]+)?)", asked.strip())
            line = text.count("\n", 0, at.start()) + 1 if at is not None else 1
            return None if allowed is None else Entry(allowed, exact[1] if exact is not None else "", line)
    return None


def allowed_by(asked: str) -> SpecifierSet | None:
    """A range of npm's as Python's specifiers; `None` for what is no plain range (`latest`, `a || b`, addresses).

    An empty set allows everything.
    """
    asked = asked.strip().removeprefix("npm:")
    if asked in ("", "*", "x"):
        return SpecifierSet()
    parts: list[str] = []
    for piece in re.sub(r"([<>=^~])\s+", r"\1", asked).split():
        match = _RANGE.fullmatch(piece)
        if match is None:
            return None
        parts += _specifiers(match)
    try:
        return SpecifierSet(",".join(parts))
    except InvalidSpecifier:
        return None


def _specifiers(match: re.Match[str]) -> list[str]:
    operator, major, minor, patch = match[1] or "", int(match[2]), _number(match[3]), _number(match[4])
    low = f"{major}.{minor or 0}.{patch or 0}"
    if operator in (">=", "<=", ">", "<"):
        return [f"{operator}{low}"]
    if operator == "^":
        return [f">={low}", f"<{_after_caret(major, minor, patch)}"]
    if operator == "~" or minor is None or patch is None:
        return [f">={low}", f"<{major + 1}" if minor is None else f"<{major}.{minor + 1}"]
    return [f"=={low}"]


def _after_caret(major: int, minor: int | None, patch: int | None) -> str:
    """The first release above `^major.minor.patch`: the first number that is not nought may not change."""
    if major or minor is None:
        return str(major + 1)
    if minor or patch is None:
        return f"0.{minor + 1}"
    return f"0.0.{patch + 1}"


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None


def _in_npm(text: str, package: str, importer: str) -> list[tuple[str, int]]:
    name = re.escape(package)
    own = "" if importer == "." else re.escape(importer) + "/"
    for before in (own, "", "(?!node_modules/)"):
        # Releases 2 and 3 of the format name folders, release 1 names packages.
        key = f"{before}node_modules/{name}" if not before.startswith("(") else name
        found = re.search(rf'"{key}"\s*:\s*\{{\s*"version"\s*:\s*"([^"\n]{{1,60}})"', text)
        if found is not None:
            return [(found[1], found.start(1))]
    return []


def _in_pnpm(text: str, package: str, importer: str) -> list[tuple[str, int]]:
    start, end = 0, len(text)
    section = re.search(rf"(?m)^  ['\"]?{re.escape(importer)}['\"]?:\r?$", text)
    if section is not None:
        start = section.end()
        after = re.compile(r"(?m)^(?:  )?['\"\w.@]").search(text, start)
        end = after.start() if after is not None else end
    name = re.escape(package)
    entry = re.compile(
        rf"(?m)^\s{{2,12}}['\"]?{name}['\"]?:(?:\s*\n\s+specifier:[^\n]{{0,200}}\n\s+version:)?[ ]*"
        rf"['\"]?({_NUMBER}\.[\w.+-]{{1,40}})"
    )
    return [(match[1], match.start(1)) for match in entry.finditer(text, start, end)]


def _in_yarn(text: str, package: str, _importer: str) -> list[tuple[str, int]]:
    between = r"(?:  [^\n]{0,200}\n){0,3}?"
    entry = re.compile(rf"(?m)^\"?{re.escape(package)}@[^\n]{{1,400}}:\r?\n{between}  version:? \"?([\w.+-]{{1,60}})")
    return [(match[1], match.start(1)) for match in entry.finditer(text)]


def _in_bun(text: str, package: str, _importer: str) -> list[tuple[str, int]]:
    name = re.escape(package)
    entry = re.compile(rf'"{name}"\s*:\s*\[\s*"{name}@([^"\n]{{1,60}})"')
    return [(match[1], match.start(1)) for match in entry.finditer(text)]
