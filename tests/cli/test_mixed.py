"""A repository with a backend in Python and a front in TypeScript, through the real command line."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.fixtures import FIXTURES
from support.repos import Repository

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """`backend` is the good service, `web` the chat that leaks its key."""
    root = tmp_path / "shop"
    Repository(root).commit({"README.md": "# Shop\n"})
    for folder, app in (("backend", "support-service-good"), ("web", "next-chat-leaky")):
        shutil.copytree(FIXTURES / "apps" / app, root / folder)
    Repository(root).commit({".gitignore": ".env\n.env.*\n!.env.example\n"})
    return root


def check(gonogo: Run, root: Path, *args: str) -> tuple[int, dict[str, Any]]:
    done = gonogo("check", str(root), "--format", "json", *args)
    table: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, table


def test_both_languages_make_one_poll(gonogo: Run, mixed: Path) -> None:
    code, table = check(gonogo, mixed)
    assert code == 1
    assert table["verdict"] == "NO-GO"
    assert table["faults"] == []
    assert {app["root"]: app["verdict"] for app in table["apps"]}["web"] == "NO-GO"
    assert {app["root"] for app in table["apps"]} >= {"backend", "web"}
    assert {call["file"].partition("/")[0] for call in table["calls"]} == {"backend", "web"}
    assert len(table["items"]) == 18


def test_what_one_half_lacks_is_not_made_up_for_by_the_other(gonogo: Run, mixed: Path) -> None:
    _, table = check(gonogo, mixed)
    apps = {app["root"]: {item["id"]: item["verdict"] for item in app["items"]} for app in table["apps"]}
    whole = {item["id"]: item["verdict"] for item in table["items"]}
    # The backend's calls end in time, one of the front's has no limit: the repository is not done.
    assert (apps["backend"]["timeouts"], apps["web"]["timeouts"]) == ("GO", "NO-GO")
    assert whole["timeouts"] == "NO-GO"
    # Both pin their models.
    assert (apps["backend"]["pinned-models"], apps["web"]["pinned-models"]) == ("GO", "GO")
    assert whole["pinned-models"] == "GO"


def test_findings_name_files_of_the_half_they_are_in(gonogo: Run, mixed: Path) -> None:
    _, table = check(gonogo, mixed)
    assert {f["path"].partition("/")[0] for f in table["findings"] if f["severity"] == "error"} == {"web"}
    leaks = {finding["path"] for finding in table["findings"] if finding["rule"] == "key-in-client-bundle"}
    assert leaks == {"web/Dockerfile", "web/lib/claude.ts", "web/next.config.ts"}
