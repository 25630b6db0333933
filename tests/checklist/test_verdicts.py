"""What makes an item GO, NO-GO, HOLD or N/A."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from gonogo.checklist.verdicts import attested, combine, decides, judge, sum_item
from gonogo.config.options import Attestation
from gonogo.facts.span import Span
from gonogo.findings import Confidence, Evidence, Finding, Place, Question, Severity, Verdict
from gonogo.poll import Attested, ItemResult, ReportedFinding
from gonogo.registry.rules import Item, Rule

PLACE = Place("app.py", Span(1, 1, 1, 5))


def rule(name: str, severity: Severity, summary: str) -> Rule:
    return Rule(name, "timeouts", summary, severity, "stable", ("python",), "w", "d", "l", "f", ())


ITEM = Item(
    5, "timeouts", "Timeouts", "B", "Resilience", "done", "calls",
    (rule("no-timeout", Severity.WARNING, "no timeout"), rule("timeout-off", Severity.ERROR, "a timeout switched off")),
)  # fmt: skip
UNCHECKED = Item(6, "breaker", "Breaker", "B", "Resilience", "done", "calls")
ATTESTED_ITEM = Item(9, "spend-alerts", "Spend", "C", "Cost", "done", "attested")
WORD = Attested("Dana", "2026-01-01", "2027-01-01", "wiki")
OLD_WORD = Attested("Kim", "2025-01-01", "2026-01-01", "wiki", expired=True)
PROOF = (Evidence("timeouts", PLACE, "timeout=30"),)


def finding(
    severity: Severity = Severity.WARNING,
    confidence: Confidence = Confidence.HIGH,
    suppressed: str | None = None,
    name: str = "no-timeout",
    id: str = "f1",  # noqa: A002 - the field's name
) -> ReportedFinding:
    found = Finding(name, PLACE, "message of the finding", confidence=confidence)
    return ReportedFinding(id, found, "timeouts", severity, "w", "f", "0" * 32, suppressed)


@pytest.mark.parametrize("severity", [Severity.ERROR, Severity.WARNING])
@pytest.mark.parametrize("confidence", [Confidence.HIGH, Confidence.MEDIUM])
def test_an_error_or_warning_is_no_go(severity: Severity, confidence: Confidence) -> None:
    result = judge(ITEM, findings=[finding(severity, confidence)], evidence=PROOF)
    assert (result.verdict, result.reason, result.findings) == (Verdict.NO_GO, "no timeout", ("f1",))
    attested = judge(ITEM, findings=[finding(severity, confidence)], evidence=PROOF, attested=WORD)
    assert (attested.verdict, attested.attested) == (Verdict.NO_GO, WORD)
    assert attested.reason == "no timeout; the attestation by Dana does not outweigh that"


@pytest.mark.parametrize(
    "harmless",
    [finding(Severity.NOTE), finding(confidence=Confidence.LOW), finding(suppressed="the queue limits it")],
)
def test_notes_low_confidence_and_suppressed_findings_decide_nothing(harmless: ReportedFinding) -> None:
    assert not decides(harmless)
    result = judge(ITEM, findings=[harmless], evidence=PROOF)
    assert (result.verdict, result.findings) == (Verdict.GO, ("f1",))


def test_a_suppressed_finding_is_no_proof() -> None:
    result = judge(ITEM, findings=[finding(suppressed="the queue limits it")])
    assert (result.verdict, result.reason) == (Verdict.HOLD, "nothing found that proves it")


def test_the_reason_names_the_worst_first_and_counts_places() -> None:
    found = [
        finding(),
        finding(id="f2"),
        finding(Severity.ERROR, name="timeout-off", id="f3"),
        finding(name="of-another-item", id="f4"),
    ]
    assert judge(ITEM, findings=found).reason == "a timeout switched off; no timeout (2 places); message of the finding"


def test_an_item_without_rules_is_never_go() -> None:
    result = judge(UNCHECKED, evidence=PROOF)
    assert (result.verdict, result.reason) == (Verdict.HOLD, "not checked yet")
    assert judge(UNCHECKED, applicable=False, reason="no call").verdict is Verdict.HOLD
    assert judge(ITEM, evidence=PROOF, checked=False).verdict is Verdict.HOLD


def test_a_finding_against_an_item_without_rules_counts() -> None:
    assert judge(UNCHECKED, findings=[finding()]).verdict is Verdict.NO_GO


def test_not_applicable_says_why() -> None:
    result = judge(ITEM, applicable=False, reason="no model call found")
    assert (result.verdict, result.reason) == (Verdict.NA, "no model call found")


def test_an_open_question_holds_whatever_is_proved() -> None:
    questions = [Question("timeouts", "a.py could not be parsed"), Question("timeouts", "b.py could not be parsed")]
    result = judge(ITEM, evidence=PROOF, questions=questions)
    assert (result.verdict, result.reason) == (
        Verdict.HOLD,
        "a.py could not be parsed (and 1 more open question)",
    )


def test_nothing_seen_is_hold_not_go() -> None:
    assert judge(ITEM).verdict is Verdict.HOLD
    assert judge(ATTESTED_ITEM).reason == "nobody has attested it"


def test_evidence_is_go_and_is_summed_up() -> None:
    other = Evidence("timeouts", Place("b.py", Span(3, 1, 3, 5)), "timeout=30")
    assert judge(ITEM, evidence=PROOF).reason == "timeout=30"
    assert judge(ITEM, evidence=PROOF * 3).reason == "timeout=30"
    assert judge(ITEM, evidence=(*PROOF, other)).reason == "timeout=30 (2 places)"
    third = Evidence("timeouts", PLACE, "deadline of 5 s")
    assert judge(ITEM, evidence=(*PROOF, third)).reason == "timeout=30 (and 1 more proof)"


@pytest.mark.parametrize("item", [ITEM, UNCHECKED, ATTESTED_ITEM])
def test_a_persons_word_turns_hold_into_go(item: Item) -> None:
    result = judge(item, attested=WORD)
    assert (result.verdict, result.reason) == (Verdict.GO, "attested by Dana until 2027-01-01")
    assert result.attested == WORD


def test_an_expired_word_holds_and_says_so() -> None:
    result = judge(ATTESTED_ITEM, attested=OLD_WORD)
    assert result.verdict is Verdict.HOLD
    assert result.reason == "nobody has attested it; the attestation by Kim expired on 2026-01-01"


def test_a_word_never_overrides_no_go_or_not_applicable() -> None:
    assert judge(ITEM, findings=[finding()], attested=WORD).verdict is Verdict.NO_GO
    assert judge(ITEM, applicable=False, attested=WORD).verdict is Verdict.NA


@pytest.mark.parametrize(("today", "expired"), [(date(2027, 2, 3), False), (date(2027, 2, 4), True)])
def test_an_attestation_holds_through_its_last_day(today: date, expired: bool) -> None:
    word = attested(Attestation("x", "Dana", date(2026, 11, 3), date(2027, 2, 3), "wiki"), today)
    assert word == Attested("Dana", "2026-11-03", "2027-02-03", "wiki", expired)
    assert attested(None, today) is None


def test_combining_takes_the_worst() -> None:
    order = [Verdict.NO_GO, Verdict.HOLD, Verdict.GO, Verdict.NA]
    assert combine([]) is Verdict.NA
    for size in range(1, 5):
        for chosen in itertools.permutations(order, size):
            assert combine(chosen) is min(chosen, key=order.index)


def result(verdict: Verdict, reason: str, findings: tuple[str, ...] = ()) -> ItemResult:
    return ItemResult(5, "timeouts", "Timeouts", "B", verdict, reason, findings)


def test_a_sum_names_the_apps_behind_the_verdict() -> None:
    summed = sum_item(
        [
            (".", result(Verdict.NA, "no call")),
            ("api", result(Verdict.NO_GO, "no timeout", ("f1",))),
            ("jobs", result(Verdict.GO, "timeout=30")),
        ]
    )
    assert (summed.verdict, summed.reason, summed.findings) == (Verdict.NO_GO, "api: no timeout", ("f1",))


def test_a_sum_of_equals_is_said_once() -> None:
    held = result(Verdict.HOLD, "nobody has attested it", ("f1",))
    assert sum_item([("a", held), ("b", held)]) == held
    assert sum_item([("a", held)]) == held


def test_a_sum_lists_different_reasons() -> None:
    summed = sum_item(
        [("a", result(Verdict.HOLD, "x")), ("b", result(Verdict.HOLD, "y")), ("c", result(Verdict.HOLD, "x"))]
    )
    assert summed.reason == "a, c: x; b: y"


def test_a_sum_over_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one app"):
        sum_item([])
