"""`gonogo init` writes what a project starts with, and never over anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomli
import yaml

from tests.support.repos import Repository

Run = Callable[..., Any]

CALL = """\
from anthropic import Anthropic

print(Anthropic().messages.create(model="claude-sonnet-5-5", max_tokens=9, messages=[]))
"""


def test_the_configuration_says_what_was_seen_and_changes_nothing(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "chat.py").write_text(CALL)
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "demo.py").write_text(CALL)
    before = gonogo("check", "--format", "concise")
    done = gonogo("init")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 model call (anthropic)" in done.stdout
    text = (tmp_path / "gonogo.toml").read_text()
    assert tomli.loads(text) == {}
    assert '"examples/demo.py" = "app"  # now: example' in text
    assert gonogo("check", "--format", "concise").stdout == before.stdout


def test_its_commented_settings_are_valid(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "demo.py").write_text(CALL)
    gonogo("init")
    config = tmp_path / "gonogo.toml"
    lines = config.read_text().splitlines()
    config.write_text("\n".join(line[2:] for line in lines if " = " in line or line == "# [areas]"))
    done = gonogo("doctor")
    assert done.returncode == 0, done.stderr


def test_nothing_is_overwritten(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "gonogo.toml").write_text("strict = true\n")
    (tmp_path / ".pre-commit-config.yaml").symlink_to("nowhere")
    done = gonogo("init", "--hook")
    assert done.returncode == 0
    assert done.stdout.count("there already, left as it is") == 2
    assert (tmp_path / "gonogo.toml").read_text() == "strict = true\n"
    assert not (tmp_path / "nowhere").exists()


def test_a_table_in_pyproject_is_a_configuration(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.gonogo]\nstrict = true\n")
    done = gonogo("init")
    assert "pyproject.toml: there already" in done.stdout
    assert not (tmp_path / "gonogo.toml").exists()


def test_a_dry_run_writes_nothing(gonogo: Run, tmp_path: Path) -> None:
    done = gonogo("init", "--dry-run", "--hook", "--workflow", "--gitignore")
    assert done.returncode == 0
    assert done.stdout.count("would be written") == 3
    assert list(tmp_path.iterdir()) == []


def test_hook_workflow_and_ignore_lines(gonogo: Run, tmp_path: Path) -> None:
    repo = Repository(tmp_path)
    repo.write({".gitignore": "build/"})
    assert gonogo("init", "--hook", "--workflow", "--gitignore").returncode == 0
    hooks = yaml.safe_load((tmp_path / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert [hook["entry"] for hook in hooks] == ["gonogo history --staged", "gonogo check --staged"]
    assert yaml.safe_load((tmp_path / ".github/workflows/gonogo.yml").read_text())["jobs"]
    assert (tmp_path / ".gitignore").read_text().splitlines() == ["build/", ".env", ".env.*", "!.env.example"]
    assert repo.git("check-ignore", ".env", ".env.local", ".env.example", check=False) == ".env\n.env.local"
    assert ".gitignore" not in gonogo("init", "--gitignore").stdout


def test_nothing_is_written_through_a_link_that_leads_out(gonogo: Run, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    project = tmp_path / "project"
    outside.mkdir()
    project.mkdir()
    (project / ".github").symlink_to(outside)
    done = gonogo("init", "--workflow", cwd=project)
    assert done.returncode == 3
    assert ".github/workflows/gonogo.yml" in done.stderr
    assert not list(outside.rglob("*.yml"))
