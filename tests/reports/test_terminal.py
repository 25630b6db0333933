"""The report for people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gonogo.facts.span import Span
from gonogo.findings import Finding, Place, Related, Verdict
from gonogo.poll import AppResult, Poll, ReportedFinding, Skipped, Stats
from gonogo.reports.console import Look
from gonogo.reports.terminal import render

Build = Callable[..., Poll]


def test_the_poll_reads_well_at_80_columns(make_poll: Build) -> None:
    """The whole first page is the assertion."""
    page = render(make_poll(), Look(80)).partition("\nFindings")[0]
    assert (
        page
        == """\
gonogo 0.1.0 · acme-support · 412 files (38 parsed) · 1,204 commits · 2.1 s

 A  Authentication and key management
  1  secret-storage       NO-GO  a provider key in the git history
                                 src/settings.py @ 3f9c1e2
  2  key-per-environment  GO     attested by Dana (platform) until 2027-02-03
                                 https://wiki.example.com/keys
  3  key-rotation         HOLD   nobody has attested it; the attestation by Kim
                                 expired on 2026-01-31

 B  Resilience
  4  retries              NO-GO  retries switched off with nothing in their
                                 place (2 places)
                                 services/support/app/clients.py:14,
                                 notebooks/triage.ipynb:cell 4:3
  5  timeouts             NO-GO  a model call with no timeout of your choosing
                                 services/support/app/chat.py:88
  6  circuit-breaker      HOLD   not checked yet
  7  idempotency          HOLD   not checked yet

 C  Cost guardrails
  8  max-tokens           GO     max_tokens is 1,024, sized per call (3 places)
                                 app/chat.py:90, jobs/nightly.py:12
  9  spend-alerts         HOLD   not checked yet
 10  prompt-caching       HOLD   not checked yet
 11  user-rate-limits     HOLD   not checked yet

 D  Observability
 12  request-logging      HOLD   not checked yet
 13  metrics              HOLD   not checked yet
 14  error-handling       HOLD   not checked yet

 E  Model and prompt safety
 15  pinned-models        HOLD   the model comes from the environment variable
                                 CHAT_MODEL, which has no default
 16  evals                HOLD   not checked yet
 17  untrusted-input      HOLD   not checked yet
 18  agent-limits         N/A    no agent loop found

 NO-GO for launch: 3 of 18 items (1, 4, 5) · 12 on HOLD · 2 GO · 1 N/A
"""
    )


def test_places_have_a_column_at_120(make_poll: Build) -> None:
    lines = render(make_poll(), Look(120)).splitlines()
    line = next(line for line in lines if "  5  timeouts" in line)
    assert line.startswith("  5  timeouts             NO-GO  a model call with no timeout of your choosing  ")
    assert line.endswith("services/support/app/chat.py:88")


@pytest.mark.parametrize("width", [40, 80, 120, 500])
def test_wrapped_text_keeps_within_the_width(make_poll: Build, width: int) -> None:
    """Only places, which editors open, and code frames may stick out."""
    for line in render(make_poll(), Look(width), verbose=True).splitlines():
        if "-->" not in line and " = " not in line and not line.startswith(("  data/", "     ")):
            assert len(line) <= min(width, 120), line


def test_findings_are_shown_like_compiler_errors(make_poll: Build) -> None:
    report = render(make_poll(), Look(80))
    assert (
        """
error[retries-disabled]: this client does not retry, and nothing around its
calls does
  --> services/support/app/clients.py:14:5
   |
13 |     timeout=30.0,
14 |     max_retries=0,
   |     ^^^^^^^^^^^^^
15 | )
   |
   = services/support/app/chat.py:88:13: the call it serves
   why: Rate limits (429)"""
        in report
    )
    assert (
        """
error[retries-disabled]: this client does not retry, and nothing around its
calls does
 --> notebooks/triage.ipynb:cell 4:3:10
  |
3 | client = Anthropic(
  |          ^^^^^^^^^^
4 |     timeout=30.0,
...
6 | )
  |
  = medium confidence · gonogo explain retries-disabled
"""
        in report
    )


def test_findings_come_most_severe_first(make_poll: Build) -> None:
    lines = render(make_poll(), Look(80)).splitlines()
    heads = [line.partition("]")[0] for line in lines if line.startswith(("error[", "warning[", "note["))]
    assert heads == [
        "error[key-in-history", "error[retries-disabled", "error[retries-disabled", "warning[no-timeout",
        "note[default-retries",
    ]  # fmt: skip


def test_the_texts_of_a_rule_are_given_once(make_poll: Build) -> None:
    report = render(make_poll(), Look(80))
    assert report.count("Rate limits (429) and overload") == 1
    assert report.count("gonogo explain retries-disabled") == 2


def test_a_commit_is_named_with_date_author_and_presence(make_poll: Build) -> None:
    expected = "--> src/settings.py:12:5 @ 3f9c1e2 (2026-02-03, Dana Scully; no longer at HEAD)"
    assert expected in render(make_poll(), Look(80))


def test_suppressed_findings_are_counted_and_shown_on_request(make_poll: Build) -> None:
    assert "the job runner kills it" not in render(make_poll(), Look(80))
    assert "1 suppressed" in render(make_poll(), Look(80))
    assert "suppressed: the job runner kills it after 5 minutes" in render(make_poll(), Look(80), verbose=True)


def test_evidence_is_shown_on_request(make_poll: Build) -> None:
    expected = "  8  max-tokens\n     app/chat.py:90: max_tokens is 1,024\n     jobs/nightly.py:12: max_tokens is 200\n"
    assert expected not in render(make_poll(), Look(80))
    assert expected in render(make_poll(), Look(80), verbose=True)


def test_what_was_not_read_is_said(make_poll: Build) -> None:
    report = render(make_poll(), Look(80))
    assert "Not read: 13 files" in report
    assert "  data/part-09.py: larger than 1 MB\n  and 3 more (--verbose names them)\n" in report
    assert "  data/part-12.py: larger than 1 MB\n" in render(make_poll(), Look(80), verbose=True)


def test_warnings_faults_and_tally_end_the_report(make_poll: Build) -> None:
    report = render(make_poll(faults=("rule no-timeout: internal error: KeyError: 'x'",)), Look(120))
    warnings, faults, end = (
        report.index("unused suppression of retries-disabled"),
        report.index("rule no-timeout: internal error"),
        report.index(" NO-GO · 5 findings: 3 errors, 1 warning, 1 note · 1 suppressed · 4 of low confidence held back"),
    )
    assert warnings < faults < end


def test_quiet_is_the_verdict_and_faults(make_poll: Build) -> None:
    line = " NO-GO for launch: 3 of 18 items (1, 4, 5) · 12 on HOLD · 2 GO · 1 N/A\n"
    assert render(make_poll(), Look(80), quiet=True) == line
    assert "went wrong" in render(make_poll(faults=("went wrong",)), Look(80), quiet=True)


def test_every_app_has_its_poll_and_then_all_together(make_poll: Build) -> None:
    poll = make_poll()
    apps = (AppResult("services/a", Verdict.NO_GO, poll.items), AppResult("services/b", Verdict.HOLD, poll.items[6:7]))
    report = render(make_poll(apps=apps), Look(80))
    first, second, whole = (report.index(text) for text in ("App services/a", "App services/b", "All apps"))
    assert first < second < whole
    assert " HOLD for launch: 1 of 1 item (7)" in report[second:whole]


def test_an_empty_run_is_clear() -> None:
    poll = Poll("0.1.0", "2026-11-01", "/x", "x", Verdict.NA, (), (), (), (), Stats(seconds=0.04))
    assert render(poll, Look(80)) == (
        "gonogo 0.1.0 · x · 0 files (0 parsed) · 0.0 s\n\n N/A: nothing here that the poll applies to\n"
    )


def test_without_colour_there_is_not_one_escape(make_poll: Build) -> None:
    assert "\x1b" not in render(make_poll(), Look(80), verbose=True)


def test_colour_adds_nothing_but_colour(make_poll: Build) -> None:
    import re

    coloured = render(make_poll(), Look(80, color=True), verbose=True)
    assert "\x1b[1;31mNO-GO" in coloured
    assert "\x1b[32mGO" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == render(make_poll(), Look(80), verbose=True).splitlines()


def test_ascii_streams_get_ascii_signs(make_poll: Build) -> None:
    report = render(make_poll(), Look(80, ascii=True), verbose=True)
    assert report.isascii()
    assert "gonogo 0.1.0 - acme-support - 412 files" in report


def one(finding: Finding, *code: tuple[int, str]) -> ReportedFinding:
    from gonogo.findings import Severity

    return ReportedFinding("f1", finding, "timeouts", Severity.ERROR, "", "", "0" * 32, code=code)


def shown(make_poll: Build, finding: ReportedFinding, width: int = 80) -> str:
    poll = make_poll(findings=(finding,), items=(), apps=(), warnings=(), stats=Stats(), held_back=0)
    return render(poll, Look(width)).partition("Findings")[2]


HOSTILE = "[bold red]x[/] \x1b]8;;http://evil\x07 \u202e :smile: \udcff"


def test_text_from_the_repository_steers_nothing(make_poll: Build) -> None:
    """Markup, escapes, direction marks and stray bytes are shown, not obeyed."""
    place = Place(HOSTILE, Span(1, 1, 1, 3))
    finding = Finding("no-timeout", place, HOSTILE, related=(Related(place, HOSTILE),))
    poll = make_poll(
        name=HOSTILE, warnings=(HOSTILE,), faults=(HOSTILE,), stats=Stats(files_skipped=[Skipped(HOSTILE, HOSTILE)]),
        findings=(replace(one(finding, (1, HOSTILE)), why=HOSTILE, fix=HOSTILE),),
    )  # fmt: skip
    report = render(poll, Look(120), verbose=True)
    assert all(char.isprintable() or char == "\n" for char in report)
    assert report.count("[bold red]x[/] \\x1b]8;;http://evil\\x07 \\u202e :smile: \\xff") >= 8


def test_a_key_is_never_shown_whole(make_poll: Build) -> None:
    key = "sk-ant-" + "api03-" + "a1B2c3D4e5" * 9 + "-AA"
    finding = Finding("hardcoded-key", Place(f"{key}.py", Span(1, 1, 1, 3)), f"found {key}")
    poll = make_poll(
        name=key, warnings=(key,), faults=(key,), stats=Stats(files_skipped=[Skipped(key, key)]),
        findings=(replace(one(finding, (1, f'KEY = "{key}"')), why=key, fix=key),),
    )  # fmt: skip
    report = render(poll, Look(500), verbose=True)
    assert key[:24] not in "".join(report.split())
    assert key[:10] in report


def test_long_lines_show_the_marked_part(make_poll: Build) -> None:
    code = "x" * 3_000 + "create()" + "y" * 3_000
    report = shown(make_poll, one(Finding("no-timeout", Place("a.js", Span(1, 3001, 1, 3009)), "m"), (1, code)))
    line, carets = report.splitlines()[5:7]
    assert len(line) <= 80
    assert line.startswith("1 | …")
    assert line.endswith("…")
    assert line[carets.index("^") :].startswith("create()")
    assert carets.count("^") == len("create()")


def test_a_long_line_is_shown_up_to_its_end(make_poll: Build) -> None:
    code = "client = Anthropic(" + "x" * 100 + ", timeout=None)"
    report = shown(make_poll, one(Finding("no-timeout", Place("a.py", Span(1, 122, 1, 134)), "m"), (1, code)))
    line, carets = report.splitlines()[5:7]
    assert line.startswith("1 | …xxx")
    assert 70 < len(line) <= 80
    assert line.endswith("x, timeout=None)")
    assert line[carets.index("^") : carets.rindex("^") + 1] == "timeout=None"


def test_carets_stand_under_wide_characters(make_poll: Build) -> None:
    report = shown(
        make_poll, one(Finding("no-timeout", Place("a.py", Span(1, 8, 1, 14)), "m"), (1, 'a("日本") create()'))
    )
    assert '\n1 | a("日本") create()\n  |          ^^^^^^\n' in report


@pytest.mark.parametrize("span", [Span(1, 500, 1, 600), Span(1, 3, 1, 3), Span(7, 1, 7, 4), Span(1, 2, 9, 1)])
def test_spans_beyond_the_code_do_no_harm(make_poll: Build, span: Span) -> None:
    report = shown(make_poll, one(Finding("no-timeout", Place("a.py", span), "m"), (1, "call()"), (2, "")))
    assert "1 | call()\n" in report
