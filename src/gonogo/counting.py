"""From what the rules said to verdicts: what is known or was not asked for is set aside, every item is answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gonogo.findings import Verdict
from gonogo.poll import AppResult, ItemResult, ReportedFinding

if TYPE_CHECKING:
    from gonogo.checklist.known import KnownFindings
    from gonogo.config.options import Options
    from gonogo.judging import AppAnswers, Judgement
    from gonogo.registry.rules import Item


@dataclass(frozen=True, slots=True)
class Count:
    """What counting gave."""

    verdict: Verdict
    items: tuple[ItemResult, ...]
    apps: tuple[AppResult, ...]
    findings: tuple[ReportedFinding, ...]
    warnings: tuple[str, ...]


def count(judgement: Judgement, options: Options, known: KnownFindings | None = None) -> Count:
    """The poll of the applications, and of the repository as a whole."""
    from gonogo.checklist.assemble import items_of
    from gonogo.checklist.verdicts import combine, sum_item

    items = items_of(options)
    findings = list(_counted(judgement, options, known))
    per_app: dict[str, list[ReportedFinding]] = defaultdict(list)
    for root, finding in findings:
        per_app[root].append(finding)
    results: list[AppResult] = []
    for app in judgement.apps:
        answers = tuple(_item(item, app, per_app[app.root], options, judgement.judges) for item in items)
        results.append(AppResult(app.root, combine(answer.verdict for answer in answers), answers))
    total = tuple(sum_item([(app.root, app.items[i]) for app in results]) for i in range(len(items)))
    shown = tuple(result for result, app in zip(results, judgement.apps, strict=True) if app.calls)
    return Count(
        verdict=combine(item.verdict for item in total),
        items=total,
        apps=shown or tuple(results[:1]),
        findings=tuple(finding for _, finding in findings),
        warnings=(*judgement.warnings, *_stale(options, known), *judgement.words),
    )


def _counted(
    judgement: Judgement, options: Options, known: KnownFindings | None
) -> Iterable[tuple[str, ReportedFinding]]:
    shown = 0
    for root, one in judgement.findings:
        if not options.covers(one.finding.place.path):
            continue
        shown += 1
        reason = known.reason(one.finding, one.fingerprint) if known is not None else None
        if one.suppressed is None and reason is not None:
            yield root, replace(one, id=f"f{shown}", suppressed=reason, known=True)
        else:
            yield root, replace(one, id=f"f{shown}")


def _stale(options: Options, known: KnownFindings | None) -> tuple[str, ...]:
    if known is None or options.only or not (stale := known.stale()):
        return ()
    names = ", ".join(dict.fromkeys(f"{entry.rule} in {entry.path}" for entry in stale[:3]))
    text = f"{len(stale)} of the baseline's entries match nothing any more ({names}{', ...' * (len(stale) > 3)})"
    return (f"{text}: `gonogo baseline --prune` drops them",)


def _item(
    item: Item, app: AppAnswers, findings: list[ReportedFinding], options: Options, judges: frozenset[str]
) -> ItemResult:
    from gonogo.checklist.verdicts import attested, judge, revocations

    names = item.judged_by or (item.id,)
    reasons = [app.reasons[name] for name in names if name in app.reasons]
    if reasons:
        applies = "" if "" in reasons else reasons[0]
    else:
        quiet = item.kind in ("calls", "loops") and not app.calls
        applies = "no model call found in application code" if quiet else ""
    rules = {rule.id for rule in item.rules}
    evidence = [replace(one, item=item.id) for name in names for one in app.evidence.get(name, [])]
    word = next((found for name in (item.id, *names) if (found := options.attest.get(name))), None)
    return judge(
        item,
        findings=[f for f in findings if f.finding.rule in rules or (item.open_leaks and f.open_leak)],
        evidence=[*revocations(item, findings), *evidence],
        questions=[question for name in names for question in app.questions.get(name, [])],
        applicable=not applies,
        reason=applies,
        checked=all(name in judges or name in app.reasons for name in names),
        attested=attested(word, options.today),
    )
