"""What an earlier run concluded is taken over only if a run from scratch would conclude the same."""

from __future__ import annotations

import json
import shutil
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from support.fixtures import FIXTURES, TODAY
from support.keys import make
from support.repos import Repository

from gonogo.config.options import Options
from gonogo.engine import run
from gonogo.reports.json import render
from gonogo.timing import watch
from gonogo.workspace.export import in_index
from gonogo.workspace.git import Git
from gonogo.workspace.user_cache import cache_folder

OPTIONS = Options(today=TODAY)
KEY = make("anthropic-api")
LEAF = "src/support/words.py"
"""A module that nothing on the way to a model call touches."""
LEAF_TEXT = '"""Words."""\n\n\ndef plural(word: str) -> str:\n    return word + "s"\n'
OTHER = "tests/test_words.py"
OTHER_TEXT = "from support.words import plural\n\n\ndef test_plural():\n    assert plural('day') == 'days'\n"


class Project:
    """A repository, and what runs say of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.repo = Repository(root)
        shutil.copytree(FIXTURES / "apps" / "support-bot-bad", root, dirs_exist_ok=True)
        self.repo.write({
            LEAF: LEAF_TEXT,
            OTHER: OTHER_TEXT,
            "notes/plan.md": "# Plan\n",
            "examples/shop/main.py": "from anthropic import Anthropic\n\nclient = Anthropic()\n",
            "examples/shop/settings.yml": "database:\n  password: 8f3kQ0zVb2nX7mT4\n",
            "notes/data.bin": b"\0\1\2",
            ".gitignore": ".env\nlocal/\n",
        })  # fmt: skip
        self.repo.commit()

    def poll(self, options: Options = OPTIONS) -> str:
        """The report but for its time."""
        table = json.loads(render(run(self.root, options)))
        del table["stats"]["seconds"]
        return json.dumps(table, indent=1)

    def recalled(self, options: Options = OPTIONS) -> bool:
        """Runs once more; tells whether an earlier conclusion was taken over."""
        watch.seconds.clear()
        self.poll(options)
        return "judging" not in watch.seconds

    def write(self, path: str, text: str | bytes) -> None:
        self.repo.write({path: text})

    def append(self, path: str, text: str) -> None:
        old = (self.root / path).read_text(encoding="utf-8")
        self.write(path, old + text)


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("memory") / "bot")
    time.sleep(2.1)  # younger files are read again, and their content compared
    return project


@pytest.fixture
def project(settled: Project) -> Iterator[Project]:
    settled.poll()
    yield settled
    settled.repo.git("reset", "--quiet", "--hard", "HEAD")
    settled.repo.git("clean", "--quiet", "-fdx")


def leave(project: Project) -> None:
    """Nothing changes."""


def touch(project: Project) -> None:
    (project.root / LEAF).touch()


def note(project: Project) -> None:
    project.append("notes/plan.md", "More of it.\n")


def add_function(project: Project) -> None:
    project.append(LEAF, "\n\ndef shortened(word: str) -> str:\n    return word[:3]\n")


def add_test(project: Project) -> None:
    project.append(OTHER, "\n\ndef test_nothing():\n    assert not plural('')\n")


def other_bytes(project: Project) -> None:
    project.write("notes/data.bin", b"\0\3\4\5")


UNNOTICED = [leave, touch, note, add_function, add_test, other_bytes]


def first_code(project: Project) -> str:
    """A file that calls a model."""
    return next(row["file"] for row in json.loads(project.poll())["calls"])


def call_a_model(project: Project) -> None:
    project.append(
        LEAF,
        "\n\nfrom anthropic import Anthropic\n\n\ndef ask(text):\n    messages = [{'role': 'user', 'content': text}]\n"
        "    return Anthropic().messages.create(model='claude-2.1', max_tokens=5, messages=messages)\n",
    )


def leak_in_a_note(project: Project) -> None:
    project.append("notes/plan.md", f"key: {KEY}\n")


def leak_in_code(project: Project) -> None:
    project.append(LEAF, f"\nKEY = '{KEY}'\n")


def move_lines(project: Project) -> None:
    path = first_code(project)
    project.write(path, "# first\n\n\n" + (project.root / path).read_text(encoding="utf-8"))


def suppress(project: Project) -> None:
    path = first_code(project)
    project.append(path, "\n# gonogo: ignore[max-tokens-missing] -- bounded elsewhere\n")


def add_file(project: Project) -> None:
    project.write("src/support/more.py", "VALUE = 3\n")


def add_environment(project: Project) -> None:
    project.write(".env.production", f"ANTHROPIC_API_KEY={KEY}\n")


def ignored_environment(project: Project) -> None:
    project.write(".env", f"ANTHROPIC_API_KEY={KEY}\n")


def remove_file(project: Project) -> None:
    (project.root / OTHER).unlink()


def remove_code(project: Project) -> None:
    (project.root / first_code(project)).unlink()


def ignore_less(project: Project) -> None:
    project.write(".gitignore", "local/\n")


def exclude_in_the_repository(project: Project) -> None:
    (project.root / ".git" / "info").mkdir(exist_ok=True)
    (project.root / ".git" / "info" / "exclude").write_text("*.md\n")


def stage(project: Project) -> None:
    project.write("src/support/staged.py", "VALUE = 4\n")
    project.repo.git("add", "--all")


def declare(project: Project) -> None:
    project.write("requirements.txt", "anthropic==0.20.0\nlangfuse\n")


def generate(project: Project) -> None:
    project.write(LEAF, "# @generated by a tool, do not edit\n" + LEAF_TEXT)


def dockerfile(project: Project) -> None:
    project.write("Dockerfile", "FROM python:3.12\nENV OPENAI_API_KEY=" + KEY + "\nCOPY . .\n")


def broken(project: Project) -> None:
    project.write(LEAF, "import anthropic\ndef (:\n")


def binary(project: Project) -> None:
    project.write(LEAF, b"\0\0\0")


def import_more(project: Project) -> None:
    project.append(LEAF, "\nimport slowapi\n")


def move_an_area(project: Project) -> None:
    """A folder of examples becomes an application of its own."""
    project.write("examples/shop/pyproject.toml", '[project]\nname = "shop"\n')
    project.append(LEAF, "\nVALUE = 3\n")


EDITS = [
    move_an_area,
    *UNNOTICED, call_a_model, leak_in_a_note, leak_in_code, move_lines, suppress, add_file, add_environment,
    ignored_environment, remove_file, remove_code, ignore_less, exclude_in_the_repository, stage, declare, generate,
    dockerfile, broken, binary, import_more,
]  # fmt: skip


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_a_recalled_poll_is_the_poll(project: Project, edit: Callable[[Project], None]) -> None:
    edit(project)
    with_memory = project.poll()
    assert with_memory == project.poll(replace(OPTIONS, cache=False))
    assert project.poll() == with_memory


@pytest.mark.parametrize("edit", UNNOTICED, ids=lambda edit: edit.__name__)
def test_what_nobody_would_notice_is_recalled(project: Project, edit: Callable[[Project], None]) -> None:
    edit(project)
    assert project.recalled()


@pytest.mark.parametrize(
    "edit", [call_a_model, leak_in_a_note, leak_in_code, add_file, remove_file, declare], ids=lambda edit: edit.__name__
)
def test_what_matters_is_judged_anew(
    project: Project, edit: Callable[[Project], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    project.poll()
    edit(project)
    assert not project.recalled()


def staged(project: Project, folder: Path, options: Options) -> tuple[str, int]:
    """The poll of the index, and how many files were unpacked for it."""
    target = folder / project.root.name
    target.mkdir(parents=True)
    git = Git.find(project.root)
    assert git is not None
    unpacked = in_index(git, "", target, str(project.root))
    table = json.loads(render(run(target, replace(options, history=False), unpacked=unpacked)))
    del table["stats"]["seconds"], table["root"]
    return json.dumps(table, indent=1), sum(1 for path in target.rglob("*") if path.is_file())


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_a_recalled_poll_of_the_index_is_the_poll(
    project: Project, edit: Callable[[Project], None], tmp_path: Path
) -> None:
    staged(project, tmp_path / "before", OPTIONS)
    edit(project)
    project.repo.git("add", "--all")
    poll, unpacked = staged(project, tmp_path / "with", OPTIONS)
    assert poll == staged(project, tmp_path / "without", replace(OPTIONS, cache=False))[0]
    if edit in UNNOTICED:
        assert unpacked <= 1


def test_a_key_in_a_commit_is_not_missed(project: Project) -> None:
    before = project.repo.git("rev-parse", "HEAD").strip()
    project.append("notes/plan.md", f"key: {KEY}\n")
    project.repo.commit()
    project.write("notes/plan.md", "# Plan\n")
    project.repo.commit()
    try:
        polls = [project.poll(), project.poll(), project.poll(replace(OPTIONS, cache=False))]
        assert "key-in-history" in polls[0]
        assert polls[0] == polls[1] == polls[2]
    finally:
        project.repo.git("reset", "--quiet", "--hard", before)


OTHERS = [
    replace(OPTIONS, only=(LEAF,)),
    replace(OPTIONS, ignore=("max-tokens",)),
    replace(OPTIONS, checklist="node-express"),
    replace(OPTIONS, show_low=True),
    replace(OPTIONS, today=date(2030, 1, 1)),
    replace(OPTIONS, history=False),
    replace(OPTIONS, exclude=("src/**",)),
]


@pytest.mark.parametrize("options", OTHERS)
def test_other_options_have_other_conclusions(project: Project, options: Options) -> None:
    assert project.poll(options) == project.poll(replace(options, cache=False))
    assert project.poll(options) == project.poll(replace(options, cache=False))


def test_findings_in_some_files_are_those_of_the_whole(project: Project) -> None:
    options = replace(OPTIONS, only=(first_code(project),))
    assert project.recalled(options)
    assert json.loads(project.poll(options))["findings"]


@pytest.mark.parametrize("harm", ["cut", "flipped", "empty", "foreign"])
def test_a_broken_record_is_none(project: Project, harm: str) -> None:
    good = project.poll()
    folder = cache_folder()
    assert folder is not None
    for path in (folder / "polls").iterdir():
        data = path.read_bytes()
        if harm == "cut":
            path.write_bytes(data[: len(data) // 2])
        elif harm == "flipped":
            path.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
        else:
            path.write_bytes(b"" if harm == "empty" else b"#" * len(data))
    assert project.poll() == good


def test_a_record_holds_no_key(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    project.append("notes/plan.md", f"key: {KEY}\n")
    project.poll()
    folder = cache_folder()
    assert folder is not None
    bodies = [zlib.decompress(path.read_bytes()[32:]) for path in (folder / "polls").iterdir()]
    assert bodies
    assert not any(KEY.encode() in body for body in bodies)
