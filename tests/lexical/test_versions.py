"""Releases of packages, out of lock files and requirements."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.lexical.versions import Versions
from gonogo.workspace.discover import discover

OLD = {
    "uv.lock": '[[package]]\nname = "langgraph"\nversion = "0.3.21"\n',
    "poetry.lock": '[[package]]\nname = "langgraph"\nversion = "1.0.5"\ndescription = "x"\n',
    "Pipfile.lock": '{"default": {"langgraph": {"hashes": ["sha256:00"], "version": "==0.6.0"}}}',
    "requirements.txt": "httpx\nlanggraph==0.4.1  # pinned\n",
    "requirements-dev.in": "langgraph[x]~=0.4.1\n",
    "constraints.txt": "langgraph>=0.2,<1\n",
    "pyproject.toml": '[project]\ndependencies = [\n  "langgraph>=0.3,<1.0.6",\n]\n',
}
OPEN = {
    "uv.lock": '[[package]]\nname = "langgraph"\nversion = "1.1.0"\n',
    "requirements.txt": "langgraph\n",
    "requirements-dev.in": "langgraph>=0.3.21\n",
    "constraints.txt": "langgraph-checkpoint==0.1\nlanggraph_sdk<1\n",
    "pyproject.toml": '[project]\ndependencies = ["langgraph>=0.3,<2"]\n',
    "Pipfile.lock": '{"default": {"langgraph": {"version": "not a version"}}}',
}


def is_below(root: Path, files: dict[str, str], app: str = ".") -> bool:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    known = Versions(discover(root)).known(app, "langgraph")
    return known is not None and known.below("1.0.6")


@pytest.mark.parametrize(("path", "text"), OLD.items(), ids=OLD)
def test_an_old_release_is_known_as_such(path: str, text: str, tmp_path: Path) -> None:
    assert is_below(tmp_path, {path: text})


@pytest.mark.parametrize(("path", "text"), OPEN.items(), ids=OPEN)
def test_what_may_be_new_is_not_called_old(path: str, text: str, tmp_path: Path) -> None:
    assert not is_below(tmp_path, {path: text})


def test_a_lock_decides_over_the_requirement(tmp_path: Path) -> None:
    lock = '[[package]]\nname = "langgraph"\nversion = "1.2.22"\n'
    assert not is_below(tmp_path, {"requirements.txt": "langgraph<1\n", "uv.lock": lock})


def test_the_application_s_own_files_come_before_the_repository_s(tmp_path: Path) -> None:
    files = {"requirements.txt": "langgraph==0.3\n", "svc/requirements.txt": "langgraph==1.2\n"}
    assert not is_below(tmp_path, files, app="svc")
    assert is_below(tmp_path, files, app="other")
