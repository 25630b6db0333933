"""The index of a workspace."""

from __future__ import annotations

import json
from hashlib import blake2b
from pathlib import Path

import pytest

from gonogo.lexical.dependencies import declared_packages
from gonogo.lexical.index import LexicalIndex, build_index
from gonogo.workspace.discover import Workspace, discover

NEEDLES = [b"anthropic", b"api.openai.com"]


def workspace(root: Path, files: dict[str, str | bytes]) -> Workspace:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    return discover(root)


def index(root: Path, files: dict[str, str | bytes]) -> LexicalIndex:
    return build_index(workspace(root, files), NEEDLES)


def test_surface_of_a_file(tmp_path: Path) -> None:
    """Everything a file says on its face."""
    text = (
        "from anthropic import Anthropic\n"
        "@retry(stop=1)\n"
        "async def ask(q):\n"
        "    create = getattr(client.messages, 'create')\n"
        "    class Inner: ...\n"
    )
    file = index(tmp_path, {"app.py": text}).files["app.py"]
    assert file.loc == 5
    assert file.hash == blake2b(text.encode(), digest_size=16).hexdigest()
    assert file.imports == (("anthropic", ("Anthropic",), 0, ("Anthropic",)),)
    assert {"Anthropic", "retry", "stop", "ask", "getattr", "create", "messages", "Inner"} <= file.identifiers
    assert "q" not in file.identifiers  # single letters say nothing
    assert "1" not in file.identifiers
    assert file.defines == {"ask", "Inner"}
    assert file.needles == {b"anthropic"}


@pytest.mark.parametrize(
    ("text", "lines"), [("", 0), ("x", 1), ("x\n", 1), ("x\ny", 2), ("x\r\ny\r\n", 2), ("x\ry\r", 2)]
)
def test_lines(tmp_path: Path, text: str, lines: int) -> None:
    """Lines are counted as an editor does, whatever ends them."""
    assert index(tmp_path, {"app.py": text}).files["app.py"].loc == lines


def test_encodings(tmp_path: Path) -> None:
    """Byte order marks, line ends, other alphabets and Latin-1 hide nothing."""
    text = "import anthropic\r\ndef größe(): ...\r\n"
    files = {
        "utf8.py": text.encode(),
        "bom.py": text.encode("utf-8-sig"),
        "utf16.py": text.encode("utf-16"),
        "mac.py": text.replace("\r\n", "\r").encode(),
    }
    found = index(tmp_path, {**files, "latin.py": text.encode("latin-1")})
    for name in files:
        assert found.files[name].imports == (("anthropic", (), 0, ("anthropic",)),), name
        assert found.files[name].defines == {"größe"}, name
        assert "größe" in found.files[name].identifiers, name
    assert found.files["latin.py"].needles == {b"anthropic"}


def test_notebook(tmp_path: Path) -> None:
    """A notebook is indexed by its raw text."""
    cells = [{"cell_type": "code", "source": ["import anthropic\n", "def ask():\n", "    pass\n"]}]
    found = index(tmp_path, {"n.ipynb": json.dumps({"cells": cells})}).files["n.ipynb"]
    assert [item.module for item in found.imports] == ["anthropic"]
    assert found.defines == {"ask"}
    assert {"anthropic", "ask"} <= found.identifiers


def test_unread_files_are_named(tmp_path: Path) -> None:
    """What cannot be indexed is said, with its reason; the rest goes on."""
    space = workspace(tmp_path, {"ok.py": "x = 1\n", "zero.py": b"\0\0\0\0", "big.py": b"#" * 2_000_001, "gone.py": ""})
    (tmp_path / "gone.py").unlink()
    found = build_index(space, NEEDLES)
    assert list(found.files) == ["ok.py"]
    assert {skipped.path: skipped.reason for skipped in found.unread} == {
        "big.py": "larger than 2 MB",
        "gone.py": "vanished while it was looked at",
        "zero.py": "not a text file",
    }


def test_what_is_indexed(tmp_path: Path) -> None:
    """Code and notebooks of every area but vendored ones."""
    found = index(
        tmp_path,
        {
            "a.py": "",
            "b.pyw": "",
            "c.txt": "",
            "tests/d.py": "",
            "vendor/e.py": "",
            "examples/f.ipynb": "{}",
            "g.js": "",
        },
    )
    assert sorted(found.files) == ["a.py", "b.pyw", "examples/f.ipynb", "g.js", "tests/d.py"]


def test_areas_are_corrected_by_content(tmp_path: Path) -> None:
    """What only the content can tell is known after indexing."""
    space = workspace(
        tmp_path,
        {
            "app/models.py": "# This file was automatically generated.\n",
            "app/test_generator.py": "import anthropic\n",
            "app/test_real.py": "def test_it(): ...\n",
            "kept.py": "# This file was automatically generated.\n",
        },
    )
    space.areas = {"kept.py": "app"}
    build_index(space, NEEDLES)
    assert {file.path: file.area for file in space.files} == {
        "app/models.py": "generated",
        "app/test_generator.py": "app",
        "app/test_real.py": "test",
        "kept.py": "app",
    }


def test_questions(tmp_path: Path) -> None:
    """Who mentions a name, who defines it, who imports whom."""
    found = index(
        tmp_path,
        {
            "pkg/__init__.py": "from .client import ask\n",
            "pkg/client.py": "import anthropic\ndef ask(): ...\n",
            "pkg/tools.py": "def ask(): ...\n",
            "main.py": "from pkg import ask, tools\nimport pkg.client\nask()\n",
        },
    )
    assert found.by_identifier("ask") == ("main.py", "pkg/__init__.py", "pkg/client.py", "pkg/tools.py")
    assert found.by_identifier("nobody") == ()
    assert found.definitions("ask", "a.py") == 2
    assert found.definitions("nobody", "a.py") == 0
    assert list(found.with_needles()) == ["pkg/client.py"]
    assert found.imports_of("main.py") == ("pkg/__init__.py", "pkg/client.py", "pkg/tools.py")
    assert found.importers("pkg/client.py") == ("main.py", "pkg/__init__.py")
    assert found.importers("main.py") == ()
    assert found.imports_of("nowhere.py") == ()
    assert found.identifiers("nowhere.py") == frozenset()


def test_many_questions_give_the_same_answers(tmp_path: Path) -> None:
    """The index changes its way of looking after many names, not what it finds."""
    names = [f"name{number}" for number in range(1_000)]
    files: dict[str, str | bytes] = {
        f"m{number}.py": "\n".join(name for i, name in enumerate(names) if i % 7 == number) for number in range(7)
    }
    found = index(tmp_path, files)
    for i, name in enumerate(names):
        assert found.by_identifier(name) == (f"m{i % 7}.py",)
    assert found.by_identifier("name1") == ("m1.py",)


def test_declared_packages(tmp_path: Path) -> None:
    """Names from requirement files, project tables, Poetry and Pipenv, as they are imported."""
    space = workspace(
        tmp_path,
        {
            "requirements.txt": "# comment\nPyYAML==6\n-r other.txt\n google-genai[async]>=1\ngit+https://x/y.git\n",
            "requirements/dev.txt": "pytest-xdist\n",
            "a/pyproject.toml": '[project]\nname = "mine"\ndependencies = ["fast.api>=1", 3]\n'
            '[project.optional-dependencies]\nx = ["extra-one"]\n[dependency-groups]\ny = ["group-one"]\n',
            "b/pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.10"\nstripe = "*"\n'
            '[tool.poetry.group.dev.dependencies]\nruff = "*"\n',
            "c/Pipfile": '[packages]\nflask = "*"\n[dev-packages]\nblack = "*"\n',
            "d/pyproject.toml": "not toml [",
            "e/pyproject.toml": "x = " + "[" * 100_000,
            "f/pyproject.toml": "project = 1\n",
            "tests/requirements.txt": "only-tests\n",
        },
    )
    assert declared_packages(space) == {
        "pyyaml", "google_genai", "google", "git", "pytest_xdist", "fast_api", "extra_one", "group_one", "python",
        "stripe", "ruff", "flask", "black",
    }  # fmt: skip
