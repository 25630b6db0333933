"""One line per finding; the inventory of calls; lists and explanations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gonogo.facts.span import Span
from gonogo.findings import Severity, Verdict
from gonogo.poll import Poll
from gonogo.registry.rules import Rule, all_items, all_rules, item, rule
from gonogo.reports import calls, concise
from gonogo.reports.catalog import explain_item, explain_rule, render_items, render_rules
from gonogo.reports.console import Look
from gonogo.reports.examples import examples
from gonogo.reports.snippet import MAX_LINES, excerpt
from gonogo.reports.summary import header, seconds, verdict_line

Build = Callable[..., Poll]


def test_concise_is_one_line_per_finding_then_the_rest_then_the_verdict(make_poll: Build) -> None:
    lines = concise.render(make_poll(faults=("went wrong",))).splitlines()
    assert lines[0] == (
        "src/settings.py:12:5: error key-in-history an Anthropic key (sk-ant-api..., fingerprint 4be1) was committed "
        "here (commit 3f9c1e2)"
    )
    assert [line.split(" this ")[0].split(" neither ")[0] for line in lines[1:4]] == [
        "services/support/app/clients.py:14:5: error retries-disabled",
        "notebooks/triage.ipynb:cell 4:3:10: error retries-disabled",
        "services/support/app/chat.py:88:13: warning no-timeout",
    ]
    assert lines[4] == "jobs/nightly.py:7:1: note default-retries the default of two retries holds"
    assert lines[5] == "data/part-00.py: not read: larger than 1 MB"
    word = "attested by Dana (platform) on 2026-11-03, until 2027-02-03"
    assert lines[-5:] == [
        "gonogo: warning: jobs/nightly.py:3: unused suppression of retries-disabled; remove it",
        "gonogo: fault: went wrong",
        f"gonogo: key-per-environment: {word}: https://wiki.example.com/keys",
        "gonogo: key-rotation: attested by Kim on 2025-01-31, expired on 2026-01-31: ticket 77",
        "NO-GO for launch: 3 of 18 items (1, 4, 5) · 12 on HOLD · 2 GO · 1 N/A",
    ]


def test_calls_at_80_columns_are_paragraphs(make_poll: Build) -> None:
    assert (
        calls.render(make_poll(), Look(80)).partition("\n\n")[2]
        == """\
notebooks/triage.ipynb:cell 4:3  anthropic messages.create
    model unknown (dynamic) · max_tokens missing
    retries disabled · timeout none
    cached prefix · unguarded agent loop · area app

services/support/app/chat.py:88  anthropic messages.create
    model claude-sonnet-4-6 (constant) · max_tokens 1,024
    retries 4 · timeout 30 s
    usage logged · cached prefix · route services/support/app/main.py:21 (not
    limited per user) · area app

 2 calls in 2 files
"""
    )


def test_calls_at_120_columns_are_a_table(make_poll: Build) -> None:
    lines = calls.render(make_poll(), Look(120)).splitlines()
    assert lines[2].split() == ["Call", "Model", "Settings", "More"]
    assert all(len(line) <= 120 for line in lines)


def test_no_calls_is_said(make_poll: Build) -> None:
    assert "No call to a model was found." in calls.render(make_poll(calls=()), Look(80))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, "0.0 s"), (2.13, "2.1 s"), (59.94, "59.9 s"), (59.97, "1 min 0 s"), (200.4, "3 min 20 s")],
)
def test_seconds(value: float, expected: str) -> None:
    assert seconds(value) == expected


def test_header_counts_in_singular_too(make_poll: Build) -> None:
    poll = make_poll()
    poll.stats.files_seen, poll.stats.commits = 1, 0
    assert header(poll) == "gonogo 0.1.0 · acme-support · 1 file (38 parsed) · 2.1 s"


def test_verdict_lines(make_poll: Build) -> None:
    items = make_poll().items
    going = [entry for entry in items if entry.verdict is Verdict.GO]
    assert verdict_line(Verdict.GO, [*going, items[17]]) == "GO for launch: 2 of 3 items · 1 N/A"
    assert verdict_line(Verdict.HOLD, [*going, items[5]]) == "HOLD for launch: 1 of 3 items (6) · 2 GO"
    assert verdict_line(Verdict.NA, [items[17]]) == "N/A: nothing here that the poll applies to"


def test_the_lists_name_everything() -> None:
    listed = render_items(all_items(), Look(80)), render_rules(all_items(), Look(80))
    assert all(f"{entry.number:>3}  {entry.id} (" in listed[0] for entry in all_items())
    assert all(entry.id in listed[1] for entry in all_rules())
    assert all(len(line) <= 80 for text in listed for line in text.splitlines())


def test_an_explained_rule_has_all_its_texts() -> None:
    about = rule("retries-disabled")
    text = explain_rule(about, (), Look(80))
    flat = " ".join(text.split())
    for part in (about.summary, about.why, about.detects, about.limits, about.fix, *about.sources):
        assert " ".join(part.split()) in flat
    assert "\n    # gonogo: ignore[retries-disabled] -- the reason\n" in text


def test_an_explained_item_lists_its_rules() -> None:
    text = explain_item(item("retries"), Look(80))
    assert text.startswith("4 retries: ")
    assert all(one.id in text for one in item("retries").rules)


def test_an_explained_item_without_rules_says_so() -> None:
    assert "until somebody attests it" in explain_item(item("spend-alerts"), Look(80))


RULE = Rule("no-timeout", "timeouts", "s", Severity.ERROR, "stable", ("python",), "w", "d", "l", "f", ())


def test_examples_are_the_shortest_fixtures_without_marks(tmp_path: Path) -> None:
    folder = tmp_path / "timeouts" / "no-timeout"
    folder.mkdir(parents=True)
    (folder / "bad_long_one.py").write_text("x = 1\n" * 20)
    (folder / "bad_plain_call.py").write_text("call()  # expect: no-timeout\n")
    (folder / "good_two.py").write_text("call(timeout=3)\n")
    found = examples(RULE, tmp_path)
    assert [(e.good, e.name, e.code) for e in found] == [
        (False, "plain call", "call()"), (True, "two", "call(timeout=3)"),
    ]  # fmt: skip
    text = explain_rule(RULE, found, Look(80))
    assert "Reported: plain call\n    call()\n\nFine: two\n    call(timeout=3)\n" in text


def test_without_fixtures_there_are_no_examples(tmp_path: Path) -> None:
    assert examples(RULE, tmp_path) == ()


LINES = ["a", "\tb", "c", "", "e", "f"]


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span(2, 1, 2, 2), ((1, "a"), (2, " b"), (3, "c"))),
        (Span(1, 1, 1, 2), ((1, "a"), (2, " b"))),
        (Span(3, 1, 3, 2), ((2, " b"), (3, "c"), (4, ""))),
        (Span(5, 1, 6, 2), ((4, ""), (5, "e"), (6, "f"))),
        (Span(2, 1, 3, 1), ((1, "a"), (2, " b"), (3, "c"))),
        (Span(9, 1, 9, 2), ()),
    ],
)
def test_excerpts_have_a_line_of_context(span: Span, expected: tuple[tuple[int, str], ...]) -> None:
    assert excerpt(LINES, span) == expected


def test_excerpts_of_long_spans_and_lines_are_bounded() -> None:
    shown = excerpt(["x" * 1_000_000] * 100, Span(1, 1, 100, 1))
    assert len(shown) == MAX_LINES
    assert all(len(text) <= 2_000 for _, text in shown)


def test_a_key_at_the_cut_of_a_long_line_is_masked_first() -> None:
    key = "sk-ant-" + "api03-" + "a1B2c3D4e5" * 9 + "-AA"
    ((_, text),) = excerpt(["x" * 1_950 + f' "{key}"'], Span(1, 1, 1, 2))
    assert key[:24] not in text
