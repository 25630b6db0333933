"""`gonogo: ignore[rule] -- reason`"""

from __future__ import annotations

import pytest

from gonogo.checklist.suppress import Marked, apply, comments_in, marked
from gonogo.facts.model import Comment, FileFacts
from gonogo.facts.span import Span
from gonogo.findings import Commit, Finding, Place

KNOWN = ("no-timeout", "retries-disabled")


SPAN = Span(5, 1, 7, 10)


def finding(rule: str = "no-timeout", span: Span = SPAN, cell: int | None = None) -> Finding:
    return Finding(rule, Place("app.py", span, cell), "message")


def outcome(text: str, *findings: Finding) -> tuple[dict[int, str], tuple[str, ...]]:
    result = apply(findings, [Marked("app.py", comments_in(text))], known=KNOWN)
    return result.reasons, result.warnings


def on_line(number: int, text: str) -> str:
    return "\n" * (number - 1) + text + "\n"


GOOD = "gonogo: ignore[no-timeout] -- the queue limits it"


@pytest.mark.parametrize("line", [5, 6, 7])
def test_a_comment_holds_on_any_line_of_the_span(line: int) -> None:
    assert outcome(on_line(line, f"call(  # {GOOD}"), finding()) == ({0: "the queue limits it"}, ())


def test_a_comment_holds_on_a_line_of_its_own_above() -> None:
    assert outcome(on_line(4, f"    # {GOOD}"), finding()) == ({0: "the queue limits it"}, ())


def test_several_comment_lines_above_hold_together() -> None:
    text = on_line(3, f"# {GOOD}\n# gonogo: ignore[retries-disabled] -- replayed by hand")
    reasons, warnings = outcome(text, finding(), finding("retries-disabled"))
    assert reasons == {0: "the queue limits it", 1: "replayed by hand"}
    assert warnings == ()


@pytest.mark.parametrize(("line", "text"), [(4, "other()  # " + GOOD), (8, "# " + GOOD), (3, "# " + GOOD)])
def test_elsewhere_it_does_not_hold_and_is_unused(line: int, text: str) -> None:
    reasons, warnings = outcome(on_line(line, text), finding())
    assert reasons == {}
    assert warnings == (f"app.py:{line}: unused suppression of no-timeout; remove it",)


def test_a_span_that_ends_at_the_start_of_a_line_does_not_reach_it() -> None:
    reasons, _ = outcome(on_line(8, f"after()  # {GOOD}"), finding(span=Span(5, 1, 8, 1)))
    assert reasons == {}


def test_a_reason_is_required() -> None:
    for text in (
        "# gonogo: ignore[no-timeout]",
        "# gonogo: ignore[no-timeout] --  ",
        "# gonogo: ignore[no-timeout] why",
    ):
        reasons, warnings = outcome(on_line(5, text), finding())
        assert reasons == {}
        assert warnings == (
            'app.py:5: no-timeout not suppressed: a reason is missing; add "-- reason" after the bracket',
        )


def test_an_unknown_rule_warns_and_suppresses_nothing() -> None:
    reasons, warnings = outcome(on_line(5, "# gonogo: ignore[no-timeot] -- x"), finding())
    assert reasons == {}
    assert warnings == (
        'app.py:5: there is no rule "no-timeot", nothing is suppressed for it; did you mean "no-timeout"?',
    )


def test_known_rules_beside_an_unknown_one_hold() -> None:
    reasons, warnings = outcome(on_line(5, "# gonogo: ignore[nonsense, no-timeout] -- x"), finding())
    assert reasons == {0: "x"}
    assert len(warnings) == 1


def test_each_unused_rule_of_a_list_is_named() -> None:
    reasons, warnings = outcome(on_line(5, "# gonogo: ignore[no-timeout, retries-disabled] -- x"), finding())
    assert reasons == {0: "x"}
    assert warnings == ("app.py:5: unused suppression of retries-disabled; remove it",)


def test_rules_that_did_not_run_are_not_called_unused() -> None:
    file = Marked("app.py", comments_in(on_line(5, f"# {GOOD}")))
    assert apply([], [file], known=KNOWN, active=["retries-disabled"]).warnings == ()


@pytest.mark.parametrize(
    "text", ["# gonogo: ignore", "# gonogo: ingore[no-timeout] -- x", "# gonogo: ignore no-timeout"]
)
def test_a_slip_is_not_silent(text: str) -> None:
    _, warnings = outcome(on_line(5, text), finding())
    assert warnings == ('app.py:5: not understood; write "gonogo: ignore[rule] -- reason"',)


def test_an_empty_list_is_not_silent() -> None:
    _, warnings = outcome(on_line(5, "# gonogo: ignore[ ] -- x"), finding())
    assert warnings == ('app.py:5: names no rule; write "gonogo: ignore[rule] -- reason"',)


def test_other_talk_of_gonogo_is_left_alone() -> None:
    assert outcome(on_line(5, "# gonogo: see docs/launch.md"), finding()) == ({}, ())


@pytest.mark.parametrize(
    "line",
    [f"x // {GOOD}", f"KEY=1  # {GOOD}", f"<!-- {GOOD} -->", f"/* {GOOD} */", f"; {GOOD}", f"-- {GOOD}"],
)
def test_every_comment_sign_is_understood(line: str) -> None:
    assert outcome(on_line(5, line), finding())[0] == {0: "the queue limits it"}


def test_a_text_that_is_no_comment_suppresses_nothing() -> None:
    assert comments_in(f'text = "{GOOD}"') == ()


def test_a_finding_in_a_commit_is_out_of_reach() -> None:
    old = Finding(
        "no-timeout", Place("app.py", Span(5, 1, 5, 9)), "m", commit=Commit("a" * 40, "D", "2026-01-01", False)
    )
    reasons, warnings = outcome(on_line(5, f"# {GOOD}"), old)
    assert (reasons, len(warnings)) == ({}, 1)


def test_comments_in_notebooks_belong_to_their_cell() -> None:
    facts = FileFacts(
        "app.py", "python", "parsed",
        comments=[Comment("# " + GOOD, 12, own_line=False)], cells=((1, 1), (8, 3)),
    )  # fmt: skip
    same, other = finding(span=Span(5, 1, 5, 9), cell=3), finding(span=Span(5, 1, 5, 9), cell=1)
    assert apply([same, other], [marked(facts)], known=KNOWN).reasons == {0: "the queue limits it"}
    unused = apply([], [marked(facts)], known=KNOWN).warnings
    assert unused == ("app.py:cell 3:line 5: unused suppression of no-timeout; remove it",)


def test_hostile_comments_are_harmless() -> None:
    text = on_line(5, "# gonogo: ignore[" + "a," * 5_000 + "] -- " + "x" * 100_000 + "\x1b[31m")
    _, warnings = outcome(text, finding())
    assert all("\x1b" not in line for line in warnings)
    text = on_line(5, "# gonogo: ignore[\x1b[31m] -- x")
    assert all("\x1b" not in line for line in outcome(text, finding())[1])
