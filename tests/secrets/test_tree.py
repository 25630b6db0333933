"""The working tree: keys in any file, dotenv files, images, browser bundles, and what speaks for the item."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.keys import expand, make
from support.repos import Repository

from gonogo.findings import Confidence, Finding, Severity
from gonogo.secrets.detect import find_keys
from gonogo.secrets.judge import evidence, findings_in_tree, questions
from gonogo.secrets.tree import TreeScan, scan_tree
from gonogo.workspace.discover import discover

KEY = make("anthropic-api")
LINE = f'client = Anthropic(api_key="{KEY}")\n'


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "repo")
    repository.commit({"README.md": "An application.\n"})
    return repository


def scan(repository: Repository, files: Mapping[str, str | bytes] | None = None, *, commit: bool = True) -> TreeScan:
    texts = {path: expand(text) if isinstance(text, str) else text for path, text in (files or {}).items()}
    if commit:
        repository.commit(texts)
    else:
        repository.write(texts)
    return scan_tree(discover(repository.root))


def rows(scan: TreeScan, *, low: bool = False) -> list[tuple[str, str, int]]:
    """Rule, path and line of the findings that count, or of all."""
    return [
        (finding.rule, finding.place.path, finding.place.span.line)
        for finding in findings_in_tree(scan)
        if low or finding.confidence is not Confidence.LOW
    ]


def only(scan: TreeScan) -> Finding:
    (finding,) = findings_in_tree(scan)
    return finding


# --- hardcoded keys ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "app.py", "tests/test_app.py", "docs/setup.md", "examples/a.ts", "deploy/values.yaml", "main.tf",
        "k8s/secret.yml", ".github/workflows/ci.yml", "compose.yaml", "node_modules/x/index.js", "dist/app.min.js",
        ".env.example", "notes",
    ],
)  # fmt: skip
def test_keys_in_any_tracked_file(repo: Repository, path: str) -> None:
    assert rows(scan(repo, {path: f"\n{LINE}"})) == [("hardcoded-key", path, 2)]


def test_untracked_files_count_and_ignored_ones_do_not(repo: Repository) -> None:
    found = scan(repo, {".gitignore": "local/\n.env\n", "new.py": LINE, "local/x.py": LINE, ".env": LINE}, commit=False)
    assert rows(found) == [("hardcoded-key", "new.py", 1)]


def test_the_finding_names_the_key_without_showing_it(repo: Repository) -> None:
    found = scan(repo, {"app.py": LINE})
    finding = only(found)
    assert finding.message == "Anthropic API key sk-ant-api… in source"
    assert finding.place.span == (1, 29, 1, 29 + len(KEY))
    assert finding.subject == find_keys(KEY.encode())[0].fingerprint
    assert KEY not in repr((found, finding))


def test_marks_and_allow_lists_are_honoured_and_counted(repo: Repository) -> None:
    hits = {name: find_keys(make(name).encode())[0] for name in ("groq", "openrouter")}
    baseline = {
        "version": "1.5.0",
        "results": {
            "a.py": [{"hashed_secret": hits["groq"].sha1, "line_number": 1, "type": "x"}],
            "b.py": [{"hashed_secret": hits["openrouter"].sha1, "line_number": 1, "type": "x", "is_secret": True}],
        },
    }
    found = scan(
        repo,
        {
            ".secrets.baseline": json.dumps(baseline),
            ".gitleaksignore": "# seen\nc.py:generic-api-key:2\n",
            "a.py": "k = '{{key:groq}}'\n",
            "b.py": "k = '{{key:openrouter}}'\n",
            "c.py": "\nk = '{{key:xai}}'\nl = '{{key:nvidia}}'\n",
            "d.py": "k = '{{key:xai}}'  # pragma: allowlist secret\n",
        },
    )
    assert rows(found) == [("hardcoded-key", "b.py", 1), ("hardcoded-key", "c.py", 3)]
    assert found.allowed == {".secrets.baseline": 1, ".gitleaksignore": 1, "pragma: allowlist secret": 1}
    assert "1 key allowed by .gitleaksignore" in [one.text for one in evidence(found, None)]


def test_a_broken_baseline_is_said(repo: Repository) -> None:
    found = scan(repo, {".secrets.baseline": "{", "app.py": LINE})
    assert rows(found) == [("hardcoded-key", "app.py", 1)]
    assert [skipped.path for skipped in found.unread] == [".secrets.baseline"]


def test_what_is_made_for_tests_or_meant_for_browsers_is_held_back(repo: Repository) -> None:
    found = scan(
        repo,
        {
            "tests/data/cert.pem": "{{key:private-key}}",
            "server.pem": "{{key:private-key:1}}",
            "web/firebase.js": 'export const c = {apiKey: "{{key:google-api}}", authDomain: "a.firebaseapp.com"}\n',
        },
    )
    assert rows(found) == [("hardcoded-key", "server.pem", 1)]
    assert len(rows(found, low=True)) == 3


def notebook(source: list[str], output: str) -> str:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Title\n"]},
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": [output]}],
            "source": source,
        },
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def test_notebooks_have_cells_and_outputs(repo: Repository) -> None:
    source = ["import os\n", f'os.environ["ANTHROPIC_API_KEY"] = "{KEY}"\n']
    found = list(findings_in_tree(scan(repo, {"a.ipynb": notebook(source, f"using {make('groq')}\n")})))
    places = {finding.message: (finding.place.cell, finding.place.span.line) for finding in found}
    assert places["Anthropic API key sk-ant-api… in source"] == (2, 2)
    cell, line = next(
        place for message, place in places.items() if message.endswith("in the output of a notebook cell")
    )
    assert (cell, line > 10) == (None, True)
    assert len(found) == 2


def test_a_broken_notebook_keeps_its_raw_lines(repo: Repository) -> None:
    text = notebook([LINE], "")[:-20]
    (finding,) = findings_in_tree(scan(repo, {"a.ipynb": text}))
    assert finding.place.cell is None
    assert KEY in text.splitlines()[finding.place.span.line - 1]


def test_files_that_are_too_large_are_a_question(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonogo.secrets.tree.SIZE_LIMIT", 1_000)
    found = scan(repo, {"big.csv": "1,2\n" * 1_000, "big.png": b"\x89PNG" * 1_000})
    assert {skipped.path for skipped in found.unread} == {"big.csv", "big.png"}
    (question,) = questions(found, None)
    assert question.text.startswith("1 file not searched for keys (first: big.csv")


def test_a_clean_tree_is_evidence(repo: Repository) -> None:
    found = scan(repo, {".gitignore": "*.log\n.env*\n", "app.py": "client = Anthropic()\n"})
    assert rows(found) == []
    assert [(one.place.path, one.place.span.line, one.text) for one in evidence(found, None)] == [
        (".gitignore", 2, ".env is ignored (.env*)"),
        (".", 1, "3 files of the tree hold no key"),
    ]


# --- dotenv files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [".env", ".env.production", "backend/.env.local", "deploy/prod.env"])
def test_tracked_files_with_secrets(repo: Repository, name: str) -> None:
    found = scan(repo, {".gitignore": "", name: "# c\nPORT=80\nAPI_KEY={{key:mistral}}\n"})
    (finding,) = [one for one in findings_in_tree(found) if one.rule == "committed-env-file"]
    assert (finding.place.path, finding.place.span.line, finding.confidence) == (name, 3, Confidence.HIGH)
    assert finding.message == f"{name} is tracked by git and holds a value for API_KEY"


def test_keys_in_a_tracked_file_are_reported_with_the_file(repo: Repository) -> None:
    assert rows(scan(repo, {".env": f"ANTHROPIC_API_KEY={KEY}\n"})) == [("committed-env-file", ".env", 1)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".env.example", "API_KEY=your-key\nPORT=8000\n"),
        (".env.sample", "API_KEY=q8Zk2LmP0rTxVb7N\n"),
        (".env.single-bucket-example", "API_KEY=q8Zk2LmP0rTxVb7N\n"),
        ("deploy/prod_template.env", "API_KEY=q8Zk2LmP0rTxVb7N\n"),
        (".env", "API_KEY=\nTOKEN=<token>\nPASSWORD=${PASSWORD}\n"),
        (".env", "API_KEY=op://vault/anthropic/key\n"),
        (".env", "#/-------------------[DOTENV_PUBLIC_KEY]--------------------/\nAPI_KEY=encrypted:BDq0x7Zk2LmP0rTx\n"),
        (".env.development", "NEXT_PUBLIC_API=http://localhost:8000\nDEBUG=true\n"),
        ("types.env", "LEVEL=info\n"),
        ("tests/.env", "API_KEY=q8Zk2LmP0rTxVb7N\n"),
    ],
)
def test_tracked_files_that_hold_no_secret(repo: Repository, name: str, text: str) -> None:
    assert rows(scan(repo, {name: text})) == []


def test_harmless_values_in_a_tracked_file_still_count(repo: Repository) -> None:
    found = only(scan(repo, {".env": "MODEL=claude-sonnet-4-5\nBASE_URL=https://llm.acme.io/v1\n"}))
    assert (found.rule, found.confidence) == ("committed-env-file", Confidence.MEDIUM)


def test_a_file_that_lies_there_unignored(repo: Repository) -> None:
    found = scan(repo, {".env": "API_KEY=q8Zk2LmP0rTxVb7N\n"}, commit=False)
    assert rows(found) == [("env-file-not-ignored", ".env", 1)]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("app.py", "load_dotenv()"),
        ("app.py", 'load_dotenv(dotenv_path="config/.env")'),
        ("settings.py", 'model_config = SettingsConfigDict(env_file=".env")'),
        ("app.py", 'values = dotenv_values(".env.local")'),
        ("index.ts", "import 'dotenv/config'"),
        ("index.js", "require('dotenv').config()"),
        ("package.json", '{"scripts": {"start": "node --env-file=.env index.js"}}'),
        ("compose.yaml", "    env_file: ['.env']"),
    ],
)
def test_a_file_that_is_read_and_not_ignored(repo: Repository, path: str, line: str) -> None:
    assert rows(scan(repo, {path: f"\n{line}\n"})) == [("env-file-not-ignored", path, 2)]
    repo.commit({".gitignore": ".env*\n"})
    assert rows(scan(repo)) == []


@pytest.mark.parametrize("ignore", [".env", "*.env", "/.env", ".env*\n!.env.example", ".*"])
def test_any_rule_that_covers_it_will_do(repo: Repository, ignore: str) -> None:
    assert rows(scan(repo, {"app.py": "load_dotenv()\n", ".gitignore": f"{ignore}\n"})) == []


def test_a_rule_that_is_taken_back_does_not_count(repo: Repository) -> None:
    assert rows(scan(repo, {"app.py": "load_dotenv()\n", ".gitignore": ".env\n!.env\n"})) == [
        ("env-file-not-ignored", "app.py", 1)
    ]


def test_the_rule_may_stand_in_the_applications_folder(repo: Repository) -> None:
    files = {
        "backend/pyproject.toml": "[project]\nname='b'\n",
        "backend/app/main.py": "load_dotenv()\n",
        "backend/.gitignore": ".env\n",
        "web/package.json": "{}",
        "web/index.ts": "export {}\n",
    }
    assert rows(scan(repo, files)) == []


def test_comments_and_tests_read_no_file(repo: Repository) -> None:
    assert rows(scan(repo, {"app.py": "# load_dotenv()\n", "tests/test_a.py": "load_dotenv()\n"})) == []


def test_outside_git_the_ignore_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("load_dotenv()\n")
    assert rows(scan_tree(discover(tmp_path))) == []
    (tmp_path / ".gitignore").write_text("node_modules\n")
    assert rows(scan_tree(discover(tmp_path))) == [("env-file-not-ignored", "app.py", 1)]
    (tmp_path / ".gitignore").write_text("node_modules\n.env*\n")
    found = scan_tree(discover(tmp_path))
    assert rows(found) == []
    assert next((one.place.path, one.place.span.line) for one in evidence(found, None)) == (".gitignore", 2)


# --- images -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("FROM python\nENV ANTHROPIC_API_KEY={{key:anthropic-api}}\n", 2),
        ("FROM python\nENV ANTHROPIC_API_KEY {{key:anthropic-api}}\n", 2),
        ('FROM python\nENV A=1 \\\n    # note\n    OPENAI_API_KEY="{{key:openai-project}}"\n', 4),
        ("FROM python\nARG MISTRAL_API_KEY={{key:mistral}}\n", 2),
        ("FROM python\nARG OPENAI_API_KEY\nENV OPENAI_API_KEY=$OPENAI_API_KEY\n", 3),
        ("FROM python\nARG KEY\nENV ANTHROPIC_API_KEY=${KEY}\n", 3),
        ("FROM python AS build\nCOPY .env /app/.env\n", 2),
        ("FROM python\nCOPY --chown=app pyproject.toml ./.env.production ./\n", 2),
        ('FROM python\nADD ["./.env", "/app/"]\n', 2),
        ("# escape=`\nFROM python\nCOPY a `\n  .env ./\n", 4),
        ("FROM python\nRUN <<EOF\nCOPY x y\nEOF\nCOPY .env .\n", 5),
    ],
)
def test_keys_and_files_in_images(repo: Repository, text: str, line: int) -> None:
    found = [row for row in rows(scan(repo, {"Dockerfile": text})) if row[0] == "key-in-image"]
    assert found == [("key-in-image", "Dockerfile", line)]


@pytest.mark.parametrize(
    "text",
    [
        "FROM python\nENV ANTHROPIC_API_KEY=\n",
        'FROM python\nENV OPENAI_API_KEY="not-needed"\n',
        "FROM python\nARG OPENAI_API_KEY\nRUN echo build\n",
        "FROM python\nENV OPENAI_API_KEY=$OPENAI_API_KEY\n",
        "FROM a AS x\nARG OPENAI_API_KEY\nFROM b\nENV OPENAI_API_KEY=$OPENAI_API_KEY\n",
        "FROM python\nCOPY .env.example .env\n",
        "FROM python\nCOPY --from=build /app/.env .\n",
        "FROM python\n# COPY .env .\nRUN --mount=type=secret,id=env,target=.env true\n",
        "FROM python\nRUN <<EOF\nCOPY .env .\nEOF\n",
        "FROM python\nCOPY . .\n",
    ],
)
def test_images_without_keys(repo: Repository, text: str) -> None:
    assert rows(scan(repo, {"Dockerfile": text})) == []


IMAGE = {"Dockerfile": "FROM python\nCOPY . .\n", ".gitignore": ".env\n", "app.py": "load_dotenv()\n"}


def test_a_local_dotenv_file_is_copied_though_git_ignores_it(repo: Repository) -> None:
    scan(repo, IMAGE)
    repo.write({".env": "API_KEY=q8Zk2LmP0rTxVb7N\n"})
    assert rows(scan(repo, commit=False)) == [("key-in-image", "Dockerfile", 2)]
    repo.write({".dockerignore": "**/.env*\n"})
    assert rows(scan(repo, commit=False)) == []


def test_a_file_that_the_code_reads_is_held_back(repo: Repository) -> None:
    found = scan(repo, IMAGE)
    assert rows(found) == []
    assert rows(found, low=True) == [("key-in-image", "Dockerfile", 2)]


@pytest.mark.parametrize(
    ("rules", "left_out"),
    [
        (".env\n", True),
        (".*\n", True),
        ("*\n!src\n", True),
        (".env\n!.env\n", False),
        ("app/.env\n", False),
        ("**/*.md\n", False),
    ],
)
def test_the_rules_of_dockerignore(repo: Repository, rules: str, left_out: bool) -> None:
    scan(repo, {**IMAGE, ".dockerignore": rules})
    repo.write({".env": "API_KEY=q8Zk2LmP0rTxVb7N\n"})
    assert (rows(scan(repo, commit=False)) == []) is left_out


def test_the_context_of_a_dockerfile_in_a_folder_of_its_own(repo: Repository) -> None:
    scan(repo, {**IMAGE, "docker/Dockerfile": "FROM python\nCOPY app.py .\nCOPY . .\n", "Dockerfile": "FROM python\n"})
    repo.write({".env": "API_KEY=q8Zk2LmP0rTxVb7N\n"})
    assert rows(scan(repo, commit=False)) == [("key-in-image", "docker/Dockerfile", 3)]


def test_links_out_of_the_folder_are_not_followed(repo: Repository, tmp_path: Path) -> None:
    (tmp_path / "outside.env").write_text("API_KEY=q8Zk2LmP0rTxVb7N\n")
    scan(repo, IMAGE)
    (repo.root / ".env").symlink_to(tmp_path / "outside.env")
    assert rows(scan(repo, commit=False)) == []


# --- browser bundles --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("src/chat.ts", "const c = new OpenAI({\n  dangerouslyAllowBrowser: true,\n})\n", 2),
        ("src/chat.jsx", "fetch(url, {headers: {'anthropic-dangerous-direct-browser-access': 'true'}})\n", 1),
        ("src/App.vue", "<script>\nconst k = import.meta.env.VITE_ANTHROPIC_API_KEY\n</script>\n", 2),
        ("src/a.ts", 'const k = process.env["NEXT_PUBLIC_OPENAI_KEY"]\n', 1),
        ("src/a.ts", "import { PUBLIC_OPENAI_API_KEY } from '$env/static/public'\n", 1),
        ("src/a.tsx", '"use client"\nimport Anthropic from "@anthropic-ai/sdk"\nconst c = new Anthropic({})\n', 3),
        ("Dockerfile", "FROM node\nARG NEXT_PUBLIC_OPENAI_API_KEY\n", 2),
        (".github/workflows/a.yml", "env:\n  VITE_GEMINI_API_KEY: ${{ secrets.GEMINI }}\n", 2),
    ],
)
def test_keys_on_their_way_to_the_browser(repo: Repository, path: str, text: str, line: int) -> None:
    assert rows(scan(repo, {path: text})) == [("key-in-client-bundle", path, line)]


def test_a_public_variable_with_a_value(repo: Repository) -> None:
    found = scan(repo, {".env.production": "VITE_OPENAI_API_KEY={{key:openai-project}}\n"})
    assert set(rows(found)) == {
        ("key-in-client-bundle", ".env.production", 1),
        ("committed-env-file", ".env.production", 1),
    }


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/a.ts", "// dangerouslyAllowBrowser: true\nconst c = new OpenAI({ dangerouslyAllowBrowser: false })\n"),
        ("src/a.ts", "const k = process.env.OPENAI_API_KEY\n"),
        ("src/a.ts", "const k = process.env.NEXT_PUBLIC_LANGFUSE_PUBLIC_KEY\n"),
        ("src/a.ts", "const k = import.meta.env.VITE_GOOGLE_MAPS_API_KEY\n"),
        ("src/a.ts", "const k = process.env.NEXT_PUBLIC_HAS_OPENAI_KEY\n"),
        ("src/a.ts", "const text = 'rename NEXT_PUBLIC_OPENAI_API_KEY'\n"),
        ("src/a.test.ts", "const c = new OpenAI({ dangerouslyAllowBrowser: true })\n"),
        ("src/a.tsx", 'import Anthropic from "@anthropic-ai/sdk"\nconst c = new Anthropic({})\n'),
        (".env.example", "VITE_OPENAI_API_KEY=your-key\n"),
        ("docs/a.md", "Never set VITE_OPENAI_API_KEY, nor dangerouslyAllowBrowser: true.\n"),
        ("config.yml", "# VITE_OPENAI_API_KEY: x\nVITE_API_URL: https://x\n"),
    ],
)
def test_what_a_browser_may_have(repo: Repository, path: str, text: str) -> None:
    assert rows(scan(repo, {path: text})) == []


def test_a_tracked_dotenv_file_of_plain_values_is_a_note(repo: Repository) -> None:
    found = only(scan(repo, {"web/.env": "PORT=9222\nHINTS=none\nVITE_LANGUAGE=en-GB, en-US\nDEBUG=true\n"}))
    assert (found.rule, found.severity) == ("committed-env-file", Severity.NOTE)


@pytest.mark.parametrize("last", ["DB_PASSWORD=q8Zk2LmP0rTxVb7N", "GATEWAY=https://llm.acme.io/v1"])
def test_one_value_that_is_not_plain_is_enough(repo: Repository, last: str) -> None:
    found = only(scan(repo, {"web/.env": f"PORT=9222\n{last}\n"}))
    assert (found.rule, found.severity) == ("committed-env-file", None)


@pytest.mark.parametrize("name", [".env.prod-keys", ".env.template2"])
def test_a_word_like_example_elsewhere_makes_no_template(repo: Repository, name: str) -> None:
    assert rows(scan(repo, {name: "API_KEY=q8Zk2LmP0rTxVb7N\n"})) == [("committed-env-file", name, 1)]
