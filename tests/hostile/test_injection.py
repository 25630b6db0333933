"""Text that speaks to a terminal, a browser, a parser or a build server, put wherever gonogo repeats what it read."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.hostile import Run
from support.keys import make, names
from support.repos import Repository

from gonogo.config.options import FORMATS

KEY = make("anthropic-api", 1)
PAYLOADS = {
    "terminal": "\x1b]0;owned\x07\x1b[2J\x1b[31m\x9b31m\x08\x7f",
    "lines": "a\r\nb\u2028c\u2029d\x0be\x0cf\x85g",
    "direction": "\u202egnp.exe\u202c\u2066x\u2069\u200f",
    "workflow": "x\n::error file=a.py,line=1::owned\n##[error]owned\n%0A::set-output name=a::b",
    "html": "</code></pre><script>alert(1)</script><img src=x onerror=alert(1)>\"' onload='x",
    "markdown": "](javascript:x) ![x](http://example.invalid/x.png) `` ``` | a | **b** <!-- # @someone #1",
    "xml": "]]></failure><system-out>&xxe;<!ENTITY x SYSTEM 'file:///etc/passwd'>\ufffe\uffff",
    "markup": "[bold red]x[/bold red] [link=file:///etc/passwd]y[/link] [/] :smile: \\[",
    "format": "{0} {} %s %(x)s ${x} {{7*7}} $(x)",
    "wide": "\u0301" * 50 + "\U000e0041\U0001f468\u200d\U0001f469" + "\ufeff\u200b\u00ad",
    "key": KEY,
}


def quoted(text: str) -> str:
    """As a Python text that says the same, written out raw where Python allows it."""
    return '"""' + text.replace("\\", "\\\\").replace('"""', '""" + \'"""\' + """').replace("\r", "\\r") + ' """'


def application(root: Path) -> Repository:
    """Every payload in names, values, comments, prompts, settings, messages, authors and branches."""
    repository = Repository(root)
    for number, (name, payload) in enumerate(PAYLOADS.items()):
        raw = payload.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        code = (
            "import anthropic\nimport requests\nfrom flask import request\n\n"
            f"client = anthropic.Anthropic(base_url={quoted(raw)}, max_retries=0)\n"
            f"# {raw.splitlines()[0]} # gonogo: ignore[no-timeout{raw.splitlines()[0]}] -- {raw.splitlines()[0]}\n"
            f"MODEL = {quoted(raw)}\n"
            f"while True:\n    client.messages.create(model=MODEL, max_tokens={number}, messages=[],"
            f" system={quoted(raw)} + request.args['q'])  # {raw.splitlines()[0]}\n"
            f"client.messages.create(model='claude-2.1{name}', messages=[])\n"
            f"requests.post('https://api.anthropic.com/v1/messages', json={{{quoted(raw)}: MODEL}})\n"
            f"API_KEY = '{make('anthropic-api', number)}' # {raw.splitlines()[0]}\n"
        )
        repository.write({f"{name}.py": code})
        repository.write(
            {f"deploy/{name}/.env.production": f"ANTHROPIC_API_KEY={make('anthropic-api', number)} # {raw}\n"}
        )
        repository.write(
            {
                f"{name}.yml": f"key: {json.dumps(raw)}\n",
                f"web/{name}.js": (
                    'import Anthropic from "@anthropic-ai/sdk"\n'
                    f"const a = new Anthropic({{ apiKey: {json.dumps(raw)}, dangerouslyAllowBrowser: true }})\n"
                    f"a.messages.create({{ model: {json.dumps(raw)}, messages: [] }}) // {raw.splitlines()[0]}\n"
                ),
            }
        )
        message = repository.root / "message"
        message.write_bytes(f"{raw}\n\n{make('openai-project', number)}\n".encode().replace(b"\0", b""))
        repository.git("add", "-A", "-f")
        author = re.sub(r"[<>\n]", " ", raw)
        repository.git("-c", f"user.name={author}", "commit", "-q", "-F", "message", f"--author={author} <a@b>")
    repository.git("checkout", "-q", "-b", "$(x);`x`'\"<b>|&{}%0A")
    return repository


class Elements(HTMLParser):
    """Counts what a browser would act upon."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [tag, *(name for name, _ in attrs if name.startswith("on"))]
        self.found += [
            value or "" for name, value in attrs if name in ("src", "href") and "javascript" in (value or "")
        ]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return application(tmp_path_factory.mktemp("injection") / "repo").root


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_of_the_poll(inside: Run, root: Path, tmp_path: Path, form: str) -> None:
    ran = inside("check", str(root), "--format", form, "--color", "never", *(["--verbose"] if form == "rich" else []))
    assert ran.code == 1
    for number in range(len(PAYLOADS)):
        assert make("anthropic-api", number) not in ran.said
        assert make("openai-project", number) not in ran.said
    if form in ("json", "sarif", "gitlab"):
        json.loads(ran.out)
    elif form == "junit":
        tree = ElementTree.fromstring(ran.out)  # noqa: S314 - our own report
        assert {element.tag for element in tree.iter()} <= {
            "testsuites",
            "testsuite",
            "testcase",
            "failure",
            "skipped",
            "error",
            "properties",
            "property",
            "system-out",
        }
        assert "owned" not in "".join(ran.out.split("<")[1].split(">")[0])
    elif form == "github":
        for line in ran.out.splitlines():
            assert re.match(r"::(?:error|warning|notice|group|endgroup)\b|[^:#]", line) or not line, line
        assert "\n::error file=a.py" not in ran.out
    elif form == "html":
        page = Elements()
        page.feed(ran.out)
        assert "img" not in page.found
        assert not [name for name in page.found if name.startswith("on") or "javascript" in name]
        assert "<script>alert(1)" not in ran.out
    elif form == "markdown":
        prose = re.sub(r"(?ms)^(`{3,})[^`\n]*\n.*?^\1$", "", ran.out)
        assert prose != ran.out
        assert "<script>" not in prose
        assert not re.search(r"(?<!\\)!\[x\]\(http", prose)
    (tmp_path / "out").write_text(ran.out, encoding="utf-8")


@pytest.mark.parametrize("form", ["rich", "concise", "json"])
def test_every_format_of_the_history(inside: Run, root: Path, form: str) -> None:
    ran = inside("history", str(root), "--format", form, "--show-low", "--color", "never")
    assert ran.code == 1
    for number in range(len(PAYLOADS)):
        assert make("openai-project", number) not in ran.out
    if form == "json":
        json.loads(ran.out)


def test_no_kind_of_key_reaches_any_format(inside: Run, tmp_path: Path) -> None:
    """One file with a key of every kind in places of every sort: code, text, comment, name, message, url."""
    keys = {name: make(name, 2) for name in names()}
    lines = ["import anthropic", "client = anthropic.Anthropic()"]
    for name, key in keys.items():
        text = key.replace("\n", "\\n")
        variable = re.sub(r"\W", "_", name).upper()
        lines += [
            f"{variable}_API_KEY = '{text}'",
            f"client.messages.create(model='claude-2', max_tokens=1, messages=[], api_key='{text}')",
        ]
    (tmp_path / "app.py").write_text("\n".join(lines) + "\n")
    for form in FORMATS:
        ran = inside("check", str(tmp_path), "--format", form, "--show-low")
        for name, key in keys.items():
            assert key not in ran.said, (form, name)
            assert key[:-4] not in ran.said or len(key) < 15, (form, name)
