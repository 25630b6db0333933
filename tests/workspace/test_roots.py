"""Applications of a repository, and the beginnings of imports."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gonogo.workspace.areas import area_of
from gonogo.workspace.files import SourceFile
from gonogo.workspace.roots import assign_roots, python_roots


def source_files(*paths: str) -> list[SourceFile]:
    return [SourceFile(path, 1, area_of(path, None)) for path in sorted(paths)]


def apps(*paths: str, configured: Sequence[str] = ()) -> dict[str, str]:
    files = source_files(*paths)
    assign_roots(files, configured)
    return {file.path: file.app for file in files}


def test_one_application() -> None:
    """A manifest at the top, or none at all, makes one application."""
    assert set(apps("pyproject.toml", "src/a.py", "tests/b.py").values()) == {"."}
    assert set(apps("src/a.py").values()) == {"."}


@pytest.mark.parametrize(
    "manifest", ["pyproject.toml", "package.json", "Pipfile", "requirements.txt", "requirements-prod.txt"]
)
def test_monorepo(manifest: str) -> None:
    """The nearest folder with a manifest owns a file."""
    owner = apps(f"api/{manifest}", "api/app/main.py", "web/package.json", "web/src/a.ts", "compose.yml")
    assert owner["api/app/main.py"] == "api"
    assert owner["web/src/a.ts"] == "web"
    assert owner["compose.yml"] == "."


def test_nested_applications() -> None:
    """An application inside another takes its own files along."""
    owner = apps("pyproject.toml", "app/main.py", "web/package.json", "web/src/a.ts", "web/tests/b.test.ts")
    assert owner["app/main.py"] == "."
    assert owner["web/src/a.ts"] == owner["web/tests/b.test.ts"] == "web"


def test_one_folder_of_code_is_the_repositorys_application() -> None:
    """With all code under one manifest, what stands beside it (tests, workflows) belongs to the application."""
    owner = apps("backend/requirements.txt", "backend/main.py", "tests/test_main.py", "scripts/seed.py", "Dockerfile")
    assert set(owner.values()) == {"."}


def test_manifests_that_make_no_application() -> None:
    """Manifests of tests, examples and packages, and those without code, belong to the root around them."""
    owner = apps(
        "pyproject.toml", "app/main.py",
        "tests/requirements.txt", "tests/a.py",
        "examples/x/pyproject.toml", "examples/x/a.py",
        "docker/requirements.txt", "docker/Dockerfile",
        "requirements/base.txt",
        "app/core/__init__.py", "app/core/requirements.txt", "app/core/setup.py", "app/core/b.py",
        "app/setup.py",
        "vendor/lib/setup.py", "vendor/lib/setup.cfg", "vendor/lib/a.py",
    )  # fmt: skip
    assert set(owner.values()) == {"."}


def test_setup_py_of_a_distribution() -> None:
    """`setup.py` makes a root where it has the company of a distribution."""
    owner = apps("main.py", "libs/one/setup.py", "libs/one/README.md", "libs/one/one/__init__.py")
    assert owner["libs/one/one/__init__.py"] == "libs/one"


def test_configured_roots() -> None:
    """A configured root needs no manifest, and keeps single applications apart."""
    owner = apps("pyproject.toml", "bots/a/main.py", "bots/b/main.py", configured=["bots/a", "./bots/b/"])
    assert owner == {"bots/a/main.py": "bots/a", "bots/b/main.py": "bots/b", "pyproject.toml": "."}


def test_names_that_begin_alike() -> None:
    """A root owns its folder, not folders whose names begin like it."""
    owner = apps("main.py", "web/package.json", "web/a.ts", "webhooks/b.py")
    assert owner["webhooks/b.py"] == "."


def test_python_roots() -> None:
    """The top, manifests, and `src` folders that are no packages."""
    files = source_files(
        "pyproject.toml", "src/agent/__init__.py", "src/agent/loop.py",
        "svc/requirements.txt", "svc/main.py", "web/package.json", "web/a.ts",
        "lib/src/__init__.py", "lib/src/a.py",
    )  # fmt: skip
    assign_roots(files)
    assert python_roots(files) == ["", "src", "svc"]
