"""Which file an import means, on real folders."""

from __future__ import annotations

from pathlib import Path

from gonogo.lexical.index import build_index
from gonogo.lexical.modules import ModuleMap
from gonogo.workspace.discover import discover


def modules(root: Path, files: dict[str, str]) -> ModuleMap:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return build_index(discover(root), [b"anthropic", b"openai"]).modules


def test_packages_and_levels(tmp_path: Path) -> None:
    """Absolute and relative imports inside a package, and the file of the package itself."""
    found = modules(
        tmp_path, {"pkg/__init__.py": "", "pkg/a.py": "", "pkg/sub/__init__.py": "", "pkg/sub/b.py": "", "main.py": ""}
    )
    assert found.resolve("pkg", 0, "main.py") == "pkg/__init__.py"
    assert found.resolve("pkg.sub.b", 0, "pkg/a.py") == "pkg/sub/b.py"
    assert found.resolve("", 1, "pkg/a.py") == "pkg/__init__.py"
    assert found.resolve("a", 2, "pkg/sub/b.py") == "pkg/a.py"
    assert found.resolve("a", 2, "pkg/sub/__init__.py") == "pkg/a.py"
    assert found.resolve("", 2, "pkg/sub/b.py") == "pkg/__init__.py"
    assert found.resolve("x", 4, "pkg/a.py") is None
    assert found.resolve("nowhere", 0, "main.py") is None
    assert found.resolve_from("pkg", "a", 0, "main.py") == "pkg/a.py"
    assert found.resolve_from("pkg", "thing", 0, "main.py") == "pkg/__init__.py"
    assert found.resolve_from("pkg.a", "thing", 0, "main.py") == "pkg/a.py"
    assert found.resolve_from("", "a", 1, "pkg/__init__.py") == "pkg/a.py"
    assert found.resolve_from("pkg", "*", 0, "main.py") == "pkg/__init__.py"
    assert found.resolve_from("os", "path", 0, "main.py") is None


def test_folders_without_init(tmp_path: Path) -> None:
    """Namespace packages are ways to modules, and no files themselves."""
    found = modules(tmp_path, {"app/core/config.py": "", "app/main.py": "from app.core.config import settings\n"})
    assert found.resolve("app.core.config", 0, "app/main.py") == "app/core/config.py"
    assert found.resolve("app.core", 0, "app/main.py") is None
    assert found.resolve_from("app.core", "config", 0, "app/main.py") == "app/core/config.py"
    assert found.resolve_from("app.core", "other", 0, "app/main.py") is None


def test_src_layout(tmp_path: Path) -> None:
    """`src` is on the path, also under its own name, also for tests beside it."""
    found = modules(
        tmp_path, {"src/agent/__init__.py": "", "src/agent/loop.py": "", "src/run.py": "", "tests/t.py": ""}
    )
    assert found.resolve("agent.loop", 0, "tests/t.py") == "src/agent/loop.py"
    assert found.resolve("src.agent.loop", 0, "tests/t.py") == "src/agent/loop.py"
    assert found.resolve("run", 0, "tests/t.py") == "src/run.py"


def test_scripts_beside_each_other(tmp_path: Path) -> None:
    """A folder whose modules import each other by bare name is on the path, package or not."""
    found = modules(
        tmp_path,
        {
            "bot/src/__init__.py": "",
            "bot/src/app.py": "import store\nfrom client import Client\n",
            "bot/src/store.py": "",
            "bot/src/client.py": "",
            "bot/tests/unit/t.py": "from client import Client\n",
            "other/client.py": "",
            "other/run.py": "import client\n",
        },
    )
    assert found.resolve("client", 0, "bot/src/app.py") == "bot/src/client.py"
    assert found.resolve("client", 0, "bot/tests/unit/t.py") == "bot/src/client.py"
    assert found.resolve("client", 0, "other/run.py") == "other/client.py"


def test_own_application_first(tmp_path: Path) -> None:
    """Equal names in two applications: each means its own; a shared package is found from both."""
    found = modules(
        tmp_path,
        {
            "a/requirements.txt": "", "a/config.py": "", "a/app/main.py": "import config\nfrom app.x import y\n",
            "b/requirements.txt": "", "b/config.py": "", "b/app/main.py": "import config\nfrom app.x import y\n",
            "a/app/x.py": "", "b/app/x.py": "",
            "shared/__init__.py": "", "shared/util.py": "", "b/loose.py": "",
        },
    )  # fmt: skip
    assert found.resolve("config", 0, "a/app/main.py") == "a/config.py"
    assert found.resolve("config", 0, "b/app/main.py") == "b/config.py"
    assert found.resolve("app.x", 0, "b/app/main.py") == "b/app/x.py"
    assert found.resolve("shared.util", 0, "a/app/main.py") == "shared/util.py"
    assert found.resolve("loose", 0, "a/app/main.py") is None


def test_modules_called_like_packages_from_outside(tmp_path: Path) -> None:
    """A provider module named after its SDK is not the SDK: known names, declared names, and by how it is imported."""
    found = modules(
        tmp_path,
        {
            "requirements.txt": "google-genai>=1\nstripe\n",
            "llm/providers/anthropic.py": "import anthropic\n",
            "llm/providers/base.py": "import anthropic\nimport openai\nimport stripe\nfrom google import genai\n",
            "llm/providers/openai/__init__.py": "",
            "llm/providers/google.py": "",
            "llm/providers/stripe.py": "",
            "hooks/slack.py": "",
            "hooks/send.py": "import slack\n",
            "main.py": "from hooks.slack import notify\nfrom llm.providers import anthropic\nimport slack\n",
        },
    )
    for name in ("anthropic", "openai", "stripe", "google"):
        for importer in ("llm/providers/base.py", "llm/providers/anthropic.py", "main.py"):
            assert found.resolve(name, 0, importer) is None, (name, importer)
    assert found.resolve("slack", 0, "hooks/send.py") is None
    assert found.resolve("slack", 0, "main.py") is None
    assert found.resolve_from("llm.providers", "anthropic", 0, "main.py") == "llm/providers/anthropic.py"
    assert found.resolve("anthropic", 1, "llm/providers/base.py") == "llm/providers/anthropic.py"


def test_the_sdk_itself(tmp_path: Path) -> None:
    """In the repository of a package that others know from outside, its name means its own files."""
    found = modules(
        tmp_path, {"pyproject.toml": "", "src/anthropic/__init__.py": "", "src/anthropic/x.py": "", "t.py": ""}
    )
    assert found.resolve("anthropic.x", 0, "t.py") == "src/anthropic/x.py"


def test_standard_library(tmp_path: Path) -> None:
    """`import logging` never means a module of the project, a dotted name below may."""
    found = modules(tmp_path, {"logging.py": "", "main.py": "", "email/__init__.py": "", "email/sender.py": ""})
    assert found.resolve("logging", 0, "main.py") is None
    assert found.resolve("email.sender", 0, "main.py") == "email/sender.py"


def test_names_that_a_package_binds(tmp_path: Path) -> None:
    """`from package import name` means what `__init__` binds, else the submodule of that name."""
    found = modules(
        tmp_path,
        {
            "pkg/__init__.py": "from .settings import settings\nfrom . import tools\nagent: Agent = make()\n"
            "def run(): ...\nfrom .impl import thing as client\n",
            **{f"pkg/{name}.py": "" for name in ("settings", "tools", "agent", "run", "client", "other", "impl")},
            "main.py": "",
        },
    )
    for name in ("settings", "agent", "run", "client"):
        assert found.resolve_from("pkg", name, 0, "main.py") == "pkg/__init__.py", name
    for name in ("tools", "other"):
        assert found.resolve_from("pkg", name, 0, "main.py") == f"pkg/{name}.py", name


def test_vendored_copies_are_from_outside(tmp_path: Path) -> None:
    """A copy of a package in the tree is as foreign as an installed one."""
    found = modules(tmp_path, {"vendor/__init__.py": "", "vendor/lib.py": "", "main.py": ""})
    assert found.resolve("vendor.lib", 0, "main.py") is None
