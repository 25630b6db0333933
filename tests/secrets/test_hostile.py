"""Texts made to be slow. Whatever backtracks over them would keep this module busy for minutes."""

from __future__ import annotations

import pytest

from gonogo.secrets.browser import blank_comments, leaks_in_script
from gonogo.secrets.detect import find_keys
from gonogo.secrets.docker import read_dockerfile
from gonogo.secrets.env import variables
from gonogo.secrets.masking import mask_text

SIZE = 200_000
PIECES = [
    "key", "key = ", "key: a", "sk-", "sk-ant-", "sk-a" + "T3Blbk" + "FJ", "postgres://a:b@", "mistral_key=",
    "mistral_", "-----BEGIN PRIVATE KEY-----", "A", "a ", "\\n", "eyJa.", "://a:", "1Q~", 'secret\\"',
    "key          ", "`", "/*", "<!--", "'", "ENV a=", "\\\n", "1234567890:AA",
]  # fmt: skip


@pytest.fixture(params=PIECES)
def text(request: pytest.FixtureRequest) -> str:
    """One piece, repeated."""
    piece: str = request.param
    return piece * (SIZE // len(piece))


def test_no_keys_are_seen_in_repetitions(text: str) -> None:
    assert find_keys(text.encode()) == []


def test_masking_only_shortens(text: str) -> None:
    assert len(mask_text(text)) <= len(text)


def test_dockerfiles(text: str) -> None:
    assert read_dockerfile(f"FROM x\nENV {text}\nCOPY {text}").baked == []


def test_scripts(text: str) -> None:
    code = f"dangerouslyAllowBrowser: true, 'use client' VITE_ {text}"
    assert len(blank_comments(code)) == len(code)
    assert [leak.span.line for leak in leaks_in_script(code)] == [1]


def test_dotenv_files(text: str) -> None:
    assert all(not variable.secret for variable in variables(f"A={text}\nB='{text}".encode()))


def test_comments_are_blanked_in_place() -> None:
    code = "a(); // one\nb('// no', \"/* no */\", `// no`); /* two\nthree */ c();\n<!-- d --> e('it\\\\'); // f"
    blank = blank_comments(code)
    assert len(blank) == len(code)
    assert [line.rstrip() for line in blank.split("\n")] == [
        "a();",
        "b('// no', \"/* no */\", `// no`);",
        " " * len("three */") + " c();",
        " " * len("<!-- d -->") + " e('it\\\\');",
    ]
