"""Where applications begin in a repository that may hold several, and where absolute Python imports begin."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from gonogo.workspace.areas import CODE_SUFFIXES
from gonogo.workspace.files import SourceFile

_MANIFESTS = frozenset({"pyproject.toml", "package.json", "Pipfile"})
_REQUIREMENTS = re.compile(r"requirements[\w.-]*\.(?:txt|in)")
# `setup.py` is also a good name for a module; one that builds a distribution has company.
_BESIDE_SETUP = re.compile(r"setup\.cfg|MANIFEST\.in|README.*|LICEN[CS]E.*|tox\.ini|requirements[\w.-]*\.(?:txt|in)")
_PYTHON_SUFFIXES = (".py", ".pyw")


def assign_roots(files: Iterable[SourceFile], configured: Sequence[str] = ()) -> tuple[str, ...]:
    """Give every file the root of its application, and list the roots, `.` among them.

    The nearest folder with a manifest or named in `configured` (relative, with `/`) decides. A manifest in a test,
    example, docs or vendored folder, or with no application code below it, makes no application of its own. Where
    all application code lies in one such folder, the repository is one application and `.` its root, so that tests,
    workflows and container files beside the folder belong to it. Files must have their areas.
    """
    files = list(files)
    named = {_clean(root) for root in configured} - {"."}
    code = [file for file in files if file.area == "app" and file.name[file.name.rfind(".") :] in CODE_SUFFIXES]
    with_code = _with_ancestors(file.folder for file in code)
    manifests = {folder or "." for folder in _manifest_folders(files) if folder in with_code}
    roots = (manifests | named) - {"."}
    owner = _Owner(roots)
    if "." not in manifests and not named and len({owner.of(file.folder) for file in code}) == 1:
        roots = set()
        owner = _Owner(roots)
    for file in files:
        file.app = owner.of(file.folder)
    return (".", *sorted(roots))


def python_roots(files: Sequence[SourceFile]) -> list[str]:
    """Folders from which a project says that absolute imports start, nearest the top first; the top is the empty text.

    These are the top, application roots, folders with a manifest, and any `src` that is no package.
    """
    python = [file for file in files if file.name.endswith(_PYTHON_SUFFIXES)]
    packages = {file.folder for file in python if file.name == "__init__.py"}
    with_python = _with_ancestors(file.folder for file in python)
    roots = {""} | {file.app for file in python if file.app != "."}
    roots |= _manifest_folders(files) & with_python
    roots |= {folder for folder in with_python if _last(folder) == "src" and folder not in packages}
    return from_the_top(roots)


def from_the_top(folders: Iterable[str]) -> list[str]:
    """Folders sorted by depth, then by name."""
    return sorted(folders, key=lambda folder: (folder.count("/"), folder))


def _manifest_folders(files: Iterable[SourceFile]) -> set[str]:
    """Folders whose manifest can make an application; the top is the empty text."""
    beside: dict[str, set[str]] = {}
    packages: set[str] = set()
    for file in files:
        name = file.name
        if name == "__init__.py":
            packages.add(file.folder)
        elif file.area in ("app", "script") and (
            name in _MANIFESTS or name == "setup.py" or _BESIDE_SETUP.fullmatch(name)
        ):
            beside.setdefault(file.folder, set()).add(name)
    return {folder for folder, names in beside.items() if _is_root(names, folder in packages)}


def _is_root(names: Collection[str], package: bool) -> bool:
    if not _MANIFESTS.isdisjoint(names):
        return True
    # A list of requirements inside a package, and a module called setup there, belong to the enclosing project.
    if package:
        return False
    if any(_REQUIREMENTS.fullmatch(name) for name in names):
        return True
    return "setup.py" in names and len(names) > 1


class _Owner:
    """Nearest root of a folder."""

    def __init__(self, roots: Collection[str]) -> None:
        self._known = {root: root for root in roots}
        self._known[""] = "."

    def of(self, folder: str) -> str:
        passed = []
        while folder not in self._known:
            passed.append(folder)
            folder = _parent(folder)
        owner = self._known[folder]
        for below in passed:
            self._known[below] = owner
        return owner


def _with_ancestors(folders: Iterable[str]) -> set[str]:
    found = {""}
    for folder in folders:
        while folder not in found:
            found.add(folder)
            folder = _parent(folder)
    return found


def _parent(folder: str) -> str:
    return folder.rpartition("/")[0]


def _last(folder: str) -> str:
    return folder.rpartition("/")[2]


def _clean(root: str) -> str:
    return "/".join(part for part in root.split("/") if part not in ("", ".")) or "."
