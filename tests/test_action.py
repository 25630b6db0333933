"""The GitHub Action and the GitLab job: their steps are taken from the files and run as a runner would run them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import environment
from tests.support.repos import Repository

TOP = Path(__file__).parents[1]
BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(BASH is None, reason="no bash")

CLIENT = """\
from anthropic import Anthropic

client = Anthropic(max_retries={retries}, timeout=30)


def ask(text: str) -> str:
    message = client.messages.create(
        model="claude-sonnet-5-5", max_tokens=200, messages=[{{"role": "user", "content": text}}]
    )
    return message.content[0].text
"""
SELECT = "--select retries --no-history"
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


class Runner:
    """As much of a GitHub runner as the action needs: inputs, variables, files for outputs and summary."""

    def __init__(self, folder: Path, workspace: Path) -> None:
        self.action: dict[str, Any] = yaml.safe_load((TOP / "action.yml").read_text(encoding="utf-8"))
        self.workspace = workspace
        self.output, self.summary, bin_ = folder / "output", folder / "summary", folder / "bin"
        for file in (self.output, self.summary):
            file.touch()
        bin_.mkdir()
        # Stands for the installation, which the first step makes.
        program = bin_ / "gonogo"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gonogo "$@"\n')
        program.chmod(0o755)
        self.env = environment(
            GITHUB_ACTIONS="true", GITHUB_OUTPUT=str(self.output), GITHUB_STEP_SUMMARY=str(self.summary),
            PATH=f"{bin_}{os.pathsep}{os.environ['PATH']}",
        )  # fmt: skip

    def step(self, name: str, inputs: dict[str, str], **env: str) -> subprocess.CompletedProcess[str]:
        step = next(one for one in self.action["runs"]["steps"] if one["name"] == name)
        values = {f"inputs.{key}": one.get("default", "") for key, one in self.action["inputs"].items()}
        values |= {f"inputs.{key}": value for key, value in inputs.items()}
        values |= {f"steps.poll.outputs.{key}": value for key, value in self.outputs().items()}
        assert not _EXPRESSION.search(step["run"]), "an input in the text of a shell script could be run"
        given = {key: _EXPRESSION.sub(lambda match: values[match[1]], text) for key, text in step["env"].items()}
        command = [str(BASH), "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
        return subprocess.run(
            command, cwd=self.workspace, env={**self.env, **given, **env}, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip

    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.output.read_text().splitlines())


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "project")
    made.commit({"app.py": CLIENT.format(retries=0), "requirements.txt": "anthropic\n"})
    return made


@pytest.fixture
def runner(tmp_path: Path, repo: Repository) -> Runner:
    return Runner(tmp_path, repo.root)


def test_no_go_annotates_reports_and_fails(runner: Runner) -> None:
    inputs = {"args": SELECT, "html-file": "report.html"}
    polled = runner.step("Take the poll", inputs)
    assert polled.returncode == 0, polled.stderr
    assert "::error file=app.py,line=3" in polled.stdout
    assert runner.outputs() == {"exit-code": "1"}
    assert "retries" in runner.summary.read_text()
    assert json.loads((runner.workspace / "gonogo.sarif").read_text())["version"] == "2.1.0"
    assert (runner.workspace / "report.html").read_text().startswith("<!doctype html>")
    assert runner.step("Go or no go", inputs).returncode == 1


def test_a_pull_request_answers_for_what_it_brings(runner: Runner, repo: Repository) -> None:
    repo.git("update-ref", "refs/remotes/origin/main", "HEAD")
    repo.git("checkout", "-q", "-b", "feature")
    repo.commit({"README.md": "words\n"})
    polled = runner.step("Take the poll", {"args": SELECT}, GITHUB_BASE_REF="main")
    assert polled.returncode == 0
    assert runner.outputs() == {"exit-code": "0"}
    assert runner.step("Go or no go", {}).returncode == 0

    runner.output.write_text("")
    runner.step("Take the poll", {"args": SELECT, "diff": ""}, GITHUB_BASE_REF="main")
    assert runner.outputs() == {"exit-code": "1"}


def test_wrong_usage_fails_as_such(runner: Runner) -> None:
    runner.step("Take the poll", {"checklist": "no-such-list"})
    assert runner.outputs() == {"exit-code": "2"}
    assert runner.step("Go or no go", {}).returncode == 2


def test_inputs_are_never_run(runner: Runner) -> None:
    evil = "$(touch trap)`touch trap`; touch trap"
    for key in ("path", "checklist", "diff", "args", "sarif-file"):
        runner.step("Take the poll", {key: evil}, GITHUB_BASE_REF=evil)
    assert not (runner.workspace / "trap").exists()


def test_the_other_steps_are_sound(runner: Runner) -> None:
    steps = {one["name"]: one for one in runner.action["runs"]["steps"]}
    checked = subprocess.run([str(BASH), "-n", "-c", steps["Install gonogo"]["run"]], check=False)
    assert checked.returncode == 0
    upload = steps["Upload the SARIF report"]
    assert "inputs.upload-sarif" in upload["if"]
    assert upload["with"]["sarif_file"] == "${{ inputs.sarif-file }}"
    used = set(re.findall(r"inputs\.([a-z-]+)", (TOP / "action.yml").read_text()))
    assert used == runner.action["inputs"].keys()


def test_inputs_are_documented() -> None:
    page = (TOP / "docs" / "github-action.md").read_text()
    action = yaml.safe_load((TOP / "action.yml").read_text(encoding="utf-8"))
    assert [name for name in (*action["inputs"], *action["outputs"]) if f"`{name}`" not in page] == []


@pytest.mark.parametrize(("base", "code"), [("", 1), ("HEAD", 0)])
def test_the_job_for_gitlab(runner: Runner, repo: Repository, base: str, code: int) -> None:
    job = yaml.safe_load((TOP / "ci" / "gitlab.yml").read_text(encoding="utf-8"))["gonogo"]
    place = repo.root / ".gonogo-venv" / "bin"
    place.mkdir(parents=True)
    shutil.copy(Path(runner.env["PATH"].split(os.pathsep)[0]) / "gonogo", place)
    variables = {**job["variables"], "GONOGO_ARGS": SELECT, "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    done = subprocess.run(
        ["sh", "-e", "-c", "\n".join(job["script"])], cwd=repo.root, env=environment(**variables),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    quality = json.loads((repo.root / job["artifacts"]["reports"]["codequality"]).read_text())
    assert ["retries-disabled" in entry["check_name"] for entry in quality] == [True] * code
    assert (repo.root / job["artifacts"]["reports"]["junit"]).read_text().startswith("<?xml")
    assert (repo.root / job["artifacts"]["paths"][0]).is_file()


def test_the_job_for_gitlab_says_what_it_needs(tmp_path: Path) -> None:
    job = yaml.safe_load((TOP / "ci" / "gitlab.yml").read_text(encoding="utf-8"))["gonogo"]
    installing = job["before_script"][-1]
    done = subprocess.run(["sh", "-c", installing], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "set GONOGO_PACKAGE" in done.stderr
