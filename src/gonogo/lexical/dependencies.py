"""Packages that a project declares to come from outside, under the names they are most likely imported by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from gonogo.workspace.discover import Workspace
from gonogo.workspace.read import SOURCE_LIMIT, Unreadable, decode

_REQUIREMENTS = re.compile(r"(?:.*/)?(?:requirements[\w.-]*|requirements/[^/]+)\.(?:txt|in)")
# Import packages that many distributions share: `google-genai` is imported as `google.genai`.
_NAMESPACES = frozenset({"azure", "google", "opentelemetry"})
_DISTRIBUTION = re.compile(r"[ \t]*([A-Za-z0-9][\w.-]*)")


def declared_packages(workspace: Workspace) -> frozenset[str]:
    """Import names of the Python packages in requirement files, `pyproject.toml` and `Pipfile`.

    The name on the registry is taken for the import name (`-` becomes `_`), which holds for most. Files that cannot
    be read declare nothing; the front end that reports on manifests says so.
    """
    found: set[str] = set()
    for file in workspace.files:
        if file.area not in ("app", "script"):
            continue
        requirements = _REQUIREMENTS.fullmatch(file.path) is not None
        if not requirements and file.name not in ("pyproject.toml", "Pipfile"):
            continue
        try:
            text = decode(workspace.read(file.path, SOURCE_LIMIT))
        except Unreadable:
            continue
        found.update(_import_names(text.splitlines() if requirements else _from_toml(text)))
    return frozenset(found)


def _import_names(requirements: Iterable[str]) -> Iterator[str]:
    for requirement in requirements:
        match = _DISTRIBUTION.match(requirement)
        if match is not None:
            name = match[1].replace("-", "_").replace(".", "_").lower()
            yield name
            space = name.partition("_")[0]
            if space in _NAMESPACES:
                yield space


def _from_toml(text: str) -> Iterator[str]:
    import tomli

    try:
        document: object = tomli.loads(text)
    except (ValueError, RecursionError):
        return
    project, poetry = _table(document, "project"), _table(_table(document, "tool"), "poetry")
    yield from _texts(project.get("dependencies"))
    for groups in (_table(project, "optional-dependencies"), _table(document, "dependency-groups")):
        for group in groups.values():
            yield from _texts(group)
    for owner in (poetry, *_table(poetry, "group").values()):
        yield from _table(owner, "dependencies")
        yield from _table(owner, "dev-dependencies")
    for name in ("packages", "dev-packages"):
        yield from _table(document, name)


def _table(value: object, key: str) -> dict[str, object]:
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
