"""The formats of other tools: each renders the sample poll and an empty one, well-formed and without surprises."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path, PurePath
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft4Validator
from markdown_it import MarkdownIt

from gonogo.config.options import FORMATS
from gonogo.findings import Severity, Verdict
from gonogo.poll import AppResult, Poll, Stats
from gonogo.reports.console import Look
from gonogo.reports.formats import by_environment, by_suffix, render
from gonogo.reports.github import PER_STEP
from gonogo.reports.markdown import LIMIT

Build = Callable[..., Poll]


def text(poll: Poll, form: str) -> str:
    return render(poll, form, Look(80))


@pytest.fixture
def empty(make_poll: Build) -> Poll:
    return make_poll(
        findings=(), calls=(), items=(), apps=(), warnings=(), stats=Stats(), verdict=Verdict.NA, held_back=0
    )


NASTY = "a\x1b[31m\n::error::b\r\n##[error]c ]]> </script><img src=x onerror=alert(1)> | `d` **e** @f \ud800 \x00"


@pytest.fixture
def hostile(make_poll: Build) -> Poll:
    """Every text that can come from a repository tries to be something else."""
    poll = make_poll()
    findings = tuple(
        replace(
            found,
            finding=replace(
                found.finding,
                message=NASTY,
                place=replace(found.finding.place, path=f"dir/{NASTY}.py"),
                commit=found.finding.commit and replace(found.finding.commit, author=NASTY),
                related=tuple(replace(other, label=NASTY) for other in found.finding.related),
            ),
            suppressed=found.suppressed and NASTY,
            code=tuple((number, NASTY) for number, _ in found.code),
        )
        for found in poll.findings
    )
    items = tuple(replace(item, reason=NASTY) for item in poll.items)
    return replace(
        poll, name=NASTY, root=NASTY, findings=findings, items=items, warnings=(NASTY,), faults=(NASTY,),
        apps=(AppResult(".", poll.verdict, items),),
        calls=tuple(replace(row, file=NASTY, method=NASTY) for row in poll.calls),
    )  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", ["sample", "empty", "hostile"])
def test_every_format_renders_every_poll(form: str, kind: str, make_poll: Build, empty: Poll, hostile: Poll) -> None:
    written = text({"sample": make_poll(), "empty": empty, "hostile": hostile}[kind], form)
    assert written.endswith("\n")
    assert "\x1b" not in written
    assert "\x00" not in written
    written.encode("utf-8")


def test_suffixes_choose_formats() -> None:
    chosen = {name: by_suffix(PurePath(name)) for name in ("a.sarif", "A.SARIF.json", "r.json", "q.gl.json", "r.xml")}
    assert chosen == {
        "a.sarif": "sarif",
        "A.SARIF.json": "sarif",
        "r.json": "json",
        "q.gl.json": "gitlab",
        "r.xml": "junit",
    }
    assert [by_suffix(PurePath(name)) for name in ("x.md", "x.html", "x.txt", "x")] == ["markdown", "html", None, None]


def test_the_environment_chooses_where_nobody_did() -> None:
    assert by_environment({}, terminal=True) == "rich"
    assert by_environment({}, terminal=False) == "concise"
    assert by_environment({"GITHUB_ACTIONS": "true"}, terminal=False) == "github"


# --- SARIF ---


@pytest.mark.parametrize("kind", ["sample", "empty", "hostile"])
def test_sarif_is_valid(kind: str, make_poll: Build, empty: Poll, hostile: Poll) -> None:
    written = text({"sample": make_poll(), "empty": empty, "hostile": hostile}[kind], "sarif")
    schema = json.loads((Path(__file__).parent / "data" / "sarif-schema-2.1.0.json").read_text("utf-8"))
    Draft4Validator(schema).validate(json.loads(written))


def address(result: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = result["locations"][0]["physicalLocation"]["artifactLocation"]
    return found


def test_sarif_results_name_rule_place_and_fingerprint(make_poll: Build) -> None:
    poll = make_poll()
    run = json.loads(text(poll, "sarif"))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert len(run["results"]) == len(poll.findings)
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in rules)
    first = run["results"][0]
    assert first["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "src/settings.py",
        "uriBaseId": "ROOT",
    }
    assert first["partialFingerprints"] == {"gonogo/v1": f"{1:032x}"}
    suppressed = [result for result in run["results"] if "suppressions" in result]
    assert [entry["suppressions"][0]["kind"] for entry in suppressed] == ["inSource"]
    notebook = next(r for r in run["results"] if "ipynb" in str(r["locations"]))
    assert "region" not in notebook["locations"][0]["physicalLocation"]
    assert "(cell 4, line 3)" in notebook["message"]["text"]


def test_sarif_addresses_are_relative_and_escaped(make_poll: Build) -> None:
    poll = make_poll()
    found = poll.findings[1]
    place = replace(found.finding.place, path="a b/ü#?%.py")
    poll = replace(poll, findings=(replace(found, finding=replace(found.finding, place=place)),))
    uri = json.loads(text(poll, "sarif"))["runs"][0]["results"][0]["locations"][0]["physicalLocation"][
        "artifactLocation"
    ]
    assert uri["uri"] == "a%20b/%C3%BC%23%3F%25.py"


# --- GitHub ---


def test_github_annotations_stand_on_their_lines(make_poll: Build) -> None:
    lines = text(make_poll(), "github").splitlines()
    assert lines[0].startswith(
        "::error file=src/settings.py,line=12,endLine=12,col=5,endColumn=31,title=gonogo%3A key-in-history::"
    )
    kinds = [line.split(" ")[0] for line in lines if line.startswith("::")]
    assert kinds == ["::error", "::error", "::error", "::warning", "::notice", "::warning"]
    assert "col=" not in next(line for line in lines if "chat.py,line=88" in line)
    assert lines[-1].startswith("NO-GO for launch: ")


def test_github_says_what_it_cannot_show(make_poll: Build) -> None:
    poll = make_poll()
    many = tuple(replace(poll.findings[1], id=f"f{n}") for n in range(PER_STEP + 5))
    lines = text(replace(poll, findings=many), "github").splitlines()
    assert sum(line.startswith("::error ") for line in lines) == PER_STEP
    assert any(line.endswith("; 5 more:") for line in lines)
    assert sum("error retries-disabled" in line for line in lines if not line.startswith("::")) == 5


def test_no_text_becomes_a_workflow_command(hostile: Poll) -> None:
    commands = [line for line in text(hostile, "github").splitlines() if "::" in line or "##[" in line]
    assert all(re.match(r"::(error|warning|notice) (file=[^:]*|title=gonogo)::", line) for line in commands)


# --- GitLab ---


def test_gitlab_issues_have_what_gitlab_asks_for(make_poll: Build) -> None:
    issues = json.loads(text(make_poll(), "gitlab"))
    assert [issue["severity"] for issue in issues] == ["critical", "critical", "critical", "major", "info"]
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    for issue in issues:
        assert issue["description"]
        assert issue["check_name"]
        assert issue["location"]["lines"]["begin"] >= 1


# --- JUnit ---


def test_junit_has_a_case_per_item(make_poll: Build) -> None:
    poll = make_poll()
    root = ElementTree.fromstring(text(poll, "junit"))  # noqa: S314 - our own output
    cases = root.findall(".//testcase")
    assert len(cases) == len(poll.items)
    failed = [case.get("name") for case in cases if case.find("failure") is not None]
    assert failed == ["01 secret-storage", "04 retries", "05 timeouts"]
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("18", "3", "13")


def test_junit_has_a_suite_per_application_and_shows_faults(make_poll: Build) -> None:
    poll = make_poll()
    apps = (AppResult("api", Verdict.NO_GO, poll.items), AppResult("worker", Verdict.GO, poll.items))
    root = ElementTree.fromstring(text(replace(poll, apps=apps, faults=("broke",)), "junit"))  # noqa: S314 - our own output
    assert [suite.get("name") for suite in root] == ["acme-support/api", "acme-support/worker", "gonogo itself"]
    assert root.get("errors") == "1"


@pytest.mark.parametrize("kind", ["empty", "hostile"])
def test_junit_is_well_formed(kind: str, empty: Poll, hostile: Poll) -> None:
    ElementTree.fromstring(text({"empty": empty, "hostile": hostile}[kind], "junit"))  # noqa: S314 - our own output


# --- Markdown ---


def test_markdown_shows_the_poll_as_a_table(make_poll: Build) -> None:
    poll = make_poll()
    page = MarkdownIt("commonmark").enable("table").render(text(poll, "markdown"))
    assert page.count("<tr>") == 1 + len(poll.items) + len({item.group for item in poll.items})
    assert "<h2>" in page
    assert "src/settings.py @ 3f9c1e2" in page


def test_nothing_in_markdown_is_live(hostile: Poll) -> None:
    written = text(hostile, "markdown")
    page = MarkdownIt("commonmark").enable("table").render(written)
    assert "<img" not in page
    assert "<script" not in page
    assert "<strong>e</strong>" not in page
    assert "@f" not in re.sub(r"<code>.*?</code>", "", page, flags=re.DOTALL)
    rows = [line for line in written.splitlines() if line.startswith("| ")]
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 6 for row in rows)


def test_markdown_fits_into_a_comment(make_poll: Build) -> None:
    poll = make_poll()
    long = tuple(replace(found, fix="word " * 5_000) for found in poll.findings)
    written = text(replace(poll, findings=long), "markdown")
    assert len(written) < LIMIT + 200
    assert "The rest is left out" in written
    assert written.count("<details>") == written.count("</details>")


# --- what counts ---


@pytest.mark.parametrize("form", ["github", "gitlab", "markdown"])
def test_suppressed_findings_are_not_reported_as_open(form: str, make_poll: Build) -> None:
    poll = make_poll()
    only = tuple(found for found in poll.findings if found.suppressed is not None)
    assert only
    written = text(replace(poll, findings=only), form)
    assert only[0].finding.message not in written
    assert Severity.WARNING.value + " no-timeout" not in written


# --- HTML ---


class Page(HTMLParser):
    """What a page holds, tag by tag."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.unbalanced: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "rect"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)


@pytest.mark.parametrize("kind", ["sample", "empty", "hostile"])
def test_html_is_balanced_and_only_our_script_can_run(kind: str, make_poll: Build, empty: Poll, hostile: Poll) -> None:
    source = text({"sample": make_poll(), "empty": empty, "hostile": hostile}[kind], "html")
    page = Page(source)
    assert page.unbalanced == []
    assert page.open == []
    names = [tag for tag, _ in page.tags]
    assert names.count("script") == 1
    assert not {"img", "iframe", "object", "embed", "link", "base"} & set(names)
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "style")]
        assert (attributes.get("href") or "#").startswith("#")


def test_html_allows_exactly_its_own_style_and_script(make_poll: Build) -> None:
    source = text(make_poll(), "html")
    policy = next(a["content"] for _, a in Page(source).tags if a.get("http-equiv")) or ""
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        content = re.search(f"<{tag}>(.*?)</{tag}>", source, re.DOTALL)
        assert content is not None
        digest = base64.b64encode(hashlib.sha256(content[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_html_shows_every_item_and_finding(make_poll: Build) -> None:
    poll = make_poll()
    page = Page(text(poll, "html"))
    targets = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    assert links <= {f"#{target}" for target in targets}
    assert len(links) == 1 + len(poll.items)
    assert sum(tag == "article" for tag, _ in page.tags) == len(poll.findings)
    assert sum(tag == "svg" for tag, _ in page.tags) == 1


def test_the_span_of_a_finding_is_marked(make_poll: Build) -> None:
    source = text(make_poll(), "html")
    marked = [re.sub("<[^>]*>", "", piece) for piece in re.findall("<mark>.*?</mark>", source)]
    assert "".join(marked).startswith("API_KEY = ..."[4:])
    assert "max_retries=0" in "".join(marked)
