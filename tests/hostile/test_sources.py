"""Sources that are no sources: too large, too deep, broken, lying about their encoding. Each costs itself only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.hostile import CALL, Run

DEEP = 50_000
LINE_OF_100_MB = 100_000_000

PYTHON = {
    "brackets": "x = " + "(" * DEEP + ")" * DEEP,
    "unclosed": "x = " + "[" * DEEP,
    "dicts": "x = " + "{1:" * DEEP + "1" + "}" * DEEP,
    "not": "x = " + "not " * DEEP + "1",
    "minus": "x = " + "-" * DEEP + "1",
    "sum": "x = 1" + "+1" * DEEP,
    "power": "x = 1" + "**1" * DEEP,
    "lambda": "x = " + "lambda:" * DEEP + "1",
    "conditional": "x = " + "a if b else " * DEEP + "c",
    "calls": "x = a" + ".b()" * DEEP,
    "items": "x = a" + "[0]" * DEEP,
    "elif": "if a:\n pass\n" + "elif a:\n pass\n" * DEEP,
    "blocks": "".join(" " * depth + "if a:\n" for depth in range(900)) + " " * 900 + "pass\n",
    "formatted": "x = " + "f'{" * DEEP + "}'" * DEEP,
    "patterns": "match x:\n case " + "[" * DEEP + "]" * DEEP + ": pass\n",
    "cases": "match x:\n" + " case 1: pass\n" * 5_000,
    "await": "await " * DEEP + "a",
    "walrus": "(" + "a:=" * DEEP + "1)",
    "dots": "from " + "." * DEEP + " import a",
    "annotation": 'def f(a: "' + "a[" * 400 + '"): pass',
    "stars": "x = " + "*" * DEEP + "a",
    "tabs": "\t" * DEEP + "x = 1",
    "continued": "\\\n" * DEEP,
    "digits": "x = " + "9" * 10_000,
    "hex": "x = 0x" + "f" * 10_000,
    "exponent": "x = 1e" + "9" * 300,
    "escape": 'x = "\\x-5"\ny = "\\N{no such name}"\nz = "\\u12"\n',
    "doubtful escape": 'x = "\\d"\ny = b"\\q"\n',
    "surrogate": 'x = "\\ud800"\n',
    "bytes": 'x = b"\u00e9"\n',
    "annotation escape": 'x: "\\x" = 1\n',
    "coding": "# -*- coding: no-such-coding -*-\nx = 1\n",
    "rot13": "# -*- coding: rot13 -*-\nvzcbeg naguebcvp\n",
    "form feeds": "\x0c" * DEEP + "x = 1",
    "nul": "x = 1\0\n",
    "half": CALL[:90],
    "open text": 'x = """' + "a" * DEEP,
    "too many tokens": "a\n" * 450_000,
}
ECMA = {
    "brackets": "x = " + "(\n" * DEEP + ")\n" * DEEP,
    "arrays": "x = " + "[\n" * DEEP + "]\n" * DEEP,
    "objects": "x = " + "{a:\n" * DEEP + "}\n" * DEEP,
    "unclosed": "{\n" * DEEP,
    "closed": "}\n" * DEEP,
    "functions": "function f(){\n" * DEEP + "}\n" * DEEP,
    "arrows": "x=>\n" * DEEP + "1",
    "templates": "`${\n" * DEEP + "1" + "}`\n" * DEEP,
    "elements": "x=" + "<a>\n" * DEEP + "</a>\n" * DEEP,
    "else if": "if(a){}" + "\nelse if(a){}" * DEEP,
    "shared cases": "switch(a){" + "case 1:\n" * DEEP + "}",
    "cases": "switch(a){" + "case 1:b\n" * DEEP + "}",
    "open comments": "/*\n" * DEEP,
    "noise": "@#$ \n" * 2_000,
    "calls": "x=a" + "\n.b()" * DEEP,
    "types": "let x:" + "A<\n" * DEEP + ">\n" * DEEP,
    "destructured": "const {a:\n" * 1 + "{a:\n" * DEEP + "b" + "}\n" * DEEP + "=x",
    "scripts": "<script>\n" * DEEP,
    "one line": "x=" + "(" * DEEP,
    "nul": "x = 1\0\n",
    "escapes": 'x = "\\u{110000}\\ud800\\x"\n',
    "digits": "x = " + "9" * 10_000 + "n",
}
DATA = {
    "deep.json": "[" * DEEP,
    "closed.json": "[" * DEEP + "]" * DEEP,
    "package.json": '{"dependencies":' * DEEP,
    "sub/package.json": '{"name":' + "9" * 10_000 + "}",
    "list/package.json": '["anthropic"]',
    "tsconfig.json": '{"compilerOptions": {"paths": {"*": ["*"], "a": 1}, "baseUrl": 7}, "extends": "./tsconfig.json"}',
    "deep.yaml": "a: " + "[" * DEEP,
    "indented.yml": "".join(" " * depth + "a:\n" for depth in range(900)),
    "docker-compose.yml": "a: &a0 [x]\n" + "\n".join(f"b{n}: &a{n + 1} [*a{n}, *a{n}, *a{n}]" for n in range(40)),
    ".github/workflows/ci.yml": "a: &a\n  <<: *a\n  b: *a\n",
    "k8s.yaml": "\n---\n".join(["a: b"] * 20_000),
    "deep.toml": "a = " + "[" * DEEP,
    "keys.toml": ".".join(["a"] * DEEP) + " = 1",
    "requirements.txt": "anthropic" + "[" * DEEP + "\n" + "a" * 200_000 + "==" + "9" * 10_000 + "\n-r requirements.txt",
    "setup.cfg": "[" * DEEP,
    ".env": "A=" + "x" * 500_000 + "\nB='" + "y\n" * DEEP,
    "Dockerfile": "FROM a\n" + "RUN a \\\n" * DEEP + "ENV A=<<X\n",
    ".gitignore": "**/" * 5_000 + "\n" + "[" * 5_000 + "\n" + "!" * 5_000,
    ".gitleaksignore": "a:b:" + "9" * 10_000 + "\n" + "a:" * DEEP + "\n",
    ".secrets.baseline": '{"results": {"a": [{"line_number": "x", "hashed_secret": 7}, 3], "b": 4}}',
    ".gonogo-baseline.json": "{" * DEEP,
    "infra/main.tf": 'resource "aws_budgets_budget" "a" {' * 5_000,
    "prompts/system.txt": "{{" * DEEP + "{%" * DEEP,
    "page.html": "<script>" * DEEP + "{{ a" * DEEP,
}  # fmt: skip
NOTEBOOKS = {
    "deep": "[" * DEEP,
    "no cells": "{}",
    "a list": "[1]",
    "cells of numbers": '{"cells": [1]}',
    "cells as a table": '{"cells": {"a": 1}}',
    "numbers as source": '{"cells": [{"cell_type": "code", "source": ["a", 1]}], "metadata": 1}',
    "digits": '{"cells": ' + "9" * 10_000 + "}",
    "surrogate": '{"cells": [{"cell_type": "code", "source": "\\ud800\\u0000 = 1"}]}',
    "all broken": json.dumps({"cells": [{"cell_type": "code", "source": "a=("}] * 5_000}),
    "half": '{"cells": [{"cell_type": "code", "sour',
}


def listed(out: str) -> dict[str, str]:
    """Path → reasons of everything unread, from the JSON report."""
    found: dict[str, str] = {}
    for entry in json.loads(out)["stats"]["files_skipped"]:
        found[entry["path"]] = "; ".join(filter(None, (found.get(entry["path"]), entry["reason"])))
    return found


def goes_on(gonogo: Run, root: Path) -> dict[str, str]:
    """Checks a folder beside an ordinary application, whose call must be seen; what was not read and why."""
    (root / "sound.py").write_text(CALL)
    ran = gonogo("check", str(root), "--format", "json")
    assert [call["file"] for call in json.loads(ran.out)["calls"]].count("sound.py") == 1
    assert ran.code == 1
    return listed(ran.out)


def test_python(gonogo: Run, tmp_path: Path) -> None:
    """All of them name the SDK, so that all of them are parsed."""
    for name, text in PYTHON.items():
        path = tmp_path / f"{name.replace(' ', '_')}.py"
        path.write_bytes(text.encode("utf-8", "surrogatepass") + b"\nimport anthropic\n")
    unread = goes_on(gonogo, tmp_path)
    for name in ("brackets", "unclosed", "dicts", "sum", "elif", "formatted", "patterns", "calls"):
        assert unread[f"{name}.py"] == "nested too deeply"
    assert unread["nul.py"] == "not a text file"
    assert unread["too_many_tokens.py"] == "more than 400,000 tokens"
    assert unread["coding.py"] == "cannot be decoded as its header says"
    assert unread["half.py"].startswith("syntax error in line")
    for name in ("escape", "doubtful_escape", "surrogate", "bytes", "annotation_escape", "digits", "hex"):
        assert f"{name}.py" not in unread


@pytest.mark.parametrize("suffix", ["js", "tsx"])
def test_javascript(gonogo: Run, tmp_path: Path, suffix: str) -> None:
    # The wait is the same in every language.
    for name, text in ECMA.items() if suffix == "js" else [case for case in ECMA.items() if case[0] != "open comments"]:
        path = tmp_path / f"{name.replace(' ', '_')}.{suffix}"
        path.write_text('import Anthropic from "@anthropic-ai/sdk"\n' + text, encoding="utf-8")
    (tmp_path / "package.json").write_text('{"dependencies": {"@anthropic-ai/sdk": "*"}}')
    unread = goes_on(gonogo, tmp_path)
    assert unread[f"one_line.{suffix}"] == "its lines are as long as a minifier makes them"
    assert unread[f"nul.{suffix}"] == "not a text file"
    assert unread[f"arrows.{suffix}"].startswith("nested too deeply in line")
    assert suffix != "js" or unread["open_comments.js"] == "parsing it takes longer than 5 s"
    assert f"else_if.{suffix}" not in unread
    assert f"cases.{suffix}" not in unread


def test_data(gonogo: Run, tmp_path: Path) -> None:
    for name, text in DATA.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    canary = tmp_path.parent / f"{tmp_path.name}-canary"
    (tmp_path / "tagged.yaml").write_text(f"!!python/object/apply:os.system ['touch {canary}']\n")
    (tmp_path / "sound.py").write_text(CALL)
    broken = gonogo("check", str(tmp_path), "--format", "json")
    assert broken.code == 3
    assert broken.err.count("\n") == 1
    assert ".gonogo-baseline.json" in broken.err
    (tmp_path / ".gonogo-baseline.json").unlink()
    goes_on(gonogo, tmp_path)
    assert not canary.exists()


def test_notebooks(gonogo: Run, tmp_path: Path) -> None:
    for name, text in NOTEBOOKS.items():
        (tmp_path / f"{name}.ipynb").write_text(text + "\n" + " " * 10 + "\n")
    cell = {"cell_type": "code", "source": CALL, "outputs": [{"text": "x" * 15_000_000}]}
    (tmp_path / "outputs.ipynb").write_text(json.dumps({"cells": [cell]}))
    cell["outputs"] = [{"text": "x" * 60_000_000}]
    (tmp_path / "huge.ipynb").write_text(json.dumps({"cells": [cell]}))
    unread = goes_on(gonogo, tmp_path)
    assert "larger than 20 MB" in unread["huge.ipynb"]
    assert "outputs.ipynb" not in unread


def test_sizes_and_encodings(gonogo: Run, tmp_path: Path) -> None:
    with (tmp_path / "line.py").open("wb") as file:
        file.write(b"import anthropic; x = '")
        file.truncate(LINE_OF_100_MB)
    for name in ("line.js", "line.json", "line.yml", "line.env", "line.txt", "Dockerfile"):
        (tmp_path / name).write_bytes(b"anthropic=" + b"a b'{" * (LINE_OF_100_MB // 5))
    for name in ("small.js", "small.json", "small.yml", ".env", "small.txt", "small.md"):
        (tmp_path / name).write_bytes(b"anthropic key=" + b"a b'{" * 150_000)
    files = {
        "bom.py": b"\xef\xbb\xbf" + CALL.encode(),
        "utf16.py": CALL.encode("utf-16"),
        "utf32.py": CALL.encode("utf-32"),
        "latin.py": b"# \xe9\n" + CALL.encode(),
        "lie.py": b"# -*- coding: utf-8 -*-\n# \xff\n" + CALL.encode(),
        "lie16.py": b"\xff\xfe" + CALL.encode(),
        "mac.py": CALL.replace("\n", "\r").encode(),
        "dos.py": CALL.replace("\n", "\r\n").encode(),
        "binary.py": bytes(range(256)) * 100,
        "empty.py": b"",
        "utf16.ts": 'import A from "@anthropic-ai/sdk"\n'.encode("utf-16"),
        "lie16.ts": b"\xfe\xffimport A",
        "bin.json": bytes(range(256)) * 100,
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    unread = goes_on(gonogo, tmp_path)
    assert "larger than 2 MB" in unread["line.py"]
    assert "larger than 50 MB" in unread["line.txt"]
    assert "bom.py" not in unread
    assert "dos.py" not in unread
