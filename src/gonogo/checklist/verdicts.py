"""The answer to an item, and to the whole poll. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from gonogo.config.options import Attestation
from gonogo.findings import Confidence, Evidence, Question, Severity, Verdict
from gonogo.poll import Attested, ItemResult, ReportedFinding
from gonogo.registry.rules import Item

NOT_CHECKED = "not checked yet"
NOT_ATTESTED = "nobody has attested it"
NOTHING_PROVES = "nothing found that proves it"

_ORDER = (Verdict.NO_GO, Verdict.HOLD, Verdict.GO, Verdict.NA)


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of them: NO-GO before HOLD before GO before N/A, which is also the answer for none."""
    found = set(verdicts)
    return next((verdict for verdict in _ORDER if verdict in found), Verdict.NA)


def decides(finding: ReportedFinding) -> bool:
    """Does this finding turn its item NO-GO?"""
    return (
        finding.suppressed is None
        and not finding.settled
        and finding.severity is not Severity.NOTE
        and finding.finding.confidence is not Confidence.LOW
    )


def attested(attestation: Attestation | None, today: date) -> Attested | None:
    """What reports show of an attestation. It holds through the day on which it expires."""
    if attestation is None:
        return None
    return Attested(
        by=attestation.by,
        on=attestation.on.isoformat(),
        expires=attestation.expires.isoformat(),
        evidence=attestation.evidence,
        expired=attestation.expires < today,
    )


def revocations(item: Item, findings: Iterable[ReportedFinding]) -> list[Evidence]:
    """The leaks of an item that are settled, as evidence: they happened, and somebody has dealt with them."""
    return [
        Evidence(
            item.id,
            reported.finding.place,
            f"a leaked key is attested as revoked by {word.by} on {word.on} (fingerprint {word.key}): {word.evidence}",
        )
        for reported in findings
        if reported.item == item.id and reported.settled and reported.suppressed is None
        for word in reported.revoked
    ]


def judge(
    item: Item,
    *,
    findings: Sequence[ReportedFinding] = (),
    evidence: Sequence[Evidence] = (),
    questions: Sequence[Question] = (),
    applicable: bool = True,
    reason: str = "",
    checked: bool | None = None,
    attested: Attested | None = None,
) -> ItemResult:
    """The answer to one item.

    Args:
        item: the item, with its rules.
        findings: all of the item's, suppressed ones and notes too.
        evidence: what proves it.
        questions: what it depends on and could not be seen.
        applicable: is there anything it applies to?
        reason: why it is not applicable, or, for an item that no other reason fits, why it is on hold.
        checked: could rules judge it in this run? By default, whether it has any.
        attested: a person's word for it. It turns HOLD into GO until it expires, and never touches NO-GO.
    """
    evidence = tuple(dict.fromkeys(evidence))
    verdict, why = _judge(
        item, findings, evidence, questions, applicable, reason, item.checked if checked is None else checked
    )
    if verdict is Verdict.HOLD and attested is not None:
        if attested.expired:
            why = f"{why}; the attestation by {attested.by} expired on {attested.expires}"
        else:
            verdict, why = Verdict.GO, f"attested by {attested.by} until {attested.expires}"
    elif verdict is Verdict.NO_GO and attested is not None:
        why = f"{why}; the attestation by {attested.by} does not outweigh that"
    return ItemResult(
        number=item.number,
        id=item.id,
        title=item.title,
        group=item.group,
        verdict=verdict,
        reason=why,
        findings=tuple(finding.id for finding in findings),
        evidence=evidence,
        attested=attested,
        group_title=item.group_title,
    )


def _judge(
    item: Item,
    findings: Sequence[ReportedFinding],
    evidence: Sequence[Evidence],
    questions: Sequence[Question],
    applicable: bool,
    reason: str,
    checked: bool,
) -> tuple[Verdict, str]:
    against = [finding for finding in findings if decides(finding)]
    if against:
        return Verdict.NO_GO, _complaint(item, against)
    by_nature = item.kind == "attested"
    if not checked and not by_nature:
        return Verdict.HOLD, NOT_CHECKED
    if not applicable:
        return Verdict.NA, reason or "nothing in the repository it applies to"
    if questions:
        return Verdict.HOLD, _first([question.text for question in questions], "open question")
    if evidence:
        return Verdict.GO, _first([entry.text for entry in evidence], "proof")
    return Verdict.HOLD, reason or (NOT_ATTESTED if by_nature else NOTHING_PROVES)


def _complaint(item: Item, against: Sequence[ReportedFinding]) -> str:
    """The rules that speak against it, the most severe first, with the number of places."""
    summaries = {rule.id: rule.summary for rule in item.rules}
    severities = tuple(Severity)
    counts: dict[str, int] = {}
    leaks = {key for reported in against if reported.item != item.id for key in _open_keys(reported)}
    if item.open_leaks and leaks:
        counts[f"{len(leaks)} leaked key{'s' if len(leaks) > 1 else ''} not attested as revoked"] = 1
        against = [reported for reported in against if reported.item == item.id]
    for reported in sorted(against, key=lambda finding: severities.index(finding.severity)):
        # A finding of another item's rule speaks for itself: a leaked key is also a matter of rotation.
        text = summaries.get(reported.finding.rule, reported.finding.message)
        counts[text] = counts.get(text, 0) + 1
    return "; ".join(text + (f" ({count} places)" if count > 1 else "") for text, count in counts.items())


def _open_keys(reported: ReportedFinding) -> set[str]:
    return set(reported.finding.keys) - {word.key for word in reported.revoked}


def _first(texts: Sequence[str], what: str) -> str:
    """The first text, and how many different ones it stands for."""
    rest = len(set(texts)) - 1
    if rest:
        return f"{texts[0]} (and {rest} more {what}{'s' if rest > 1 else ''})"
    return texts[0] + (f" ({len(texts)} places)" if len(texts) > 1 else "")


def sum_item(per_app: Sequence[tuple[str, ItemResult]]) -> ItemResult:
    """One item over several apps, each with its root: the worst verdict, and the reasons of the apps that have it.

    Raises:
        ValueError: no app is given.
    """
    if not per_app:
        raise ValueError("an item needs at least one app to be summed over")
    verdict = combine(result.verdict for _, result in per_app)
    reasons: dict[str, list[str]] = {}
    for root, result in per_app:
        if result.verdict is verdict:
            reasons.setdefault(result.reason, []).append(root)
    first = next(result for _, result in per_app if result.verdict is verdict)
    reason = first.reason
    if len(reasons) > 1 or (len(per_app) > 1 and verdict in (Verdict.NO_GO, Verdict.HOLD)):
        whole = len(reasons) == 1 and len(next(iter(reasons.values()))) == len(per_app)
        if not whole:
            reason = "; ".join(f"{', '.join(roots)}: {text}" for text, roots in reasons.items())
    return replace(
        first,
        reason=reason,
        findings=tuple(dict.fromkeys(finding for _, result in per_app for finding in result.findings)),
        evidence=tuple(dict.fromkeys(entry for _, result in per_app for entry in result.evidence)),
    )
