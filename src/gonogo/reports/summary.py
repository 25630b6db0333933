"""The lines that count: what was covered, the verdict, the tally of findings."""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.findings import Severity, Verdict
from gonogo.poll import DEFAULT_CHECKLIST, Attested, ItemResult, Poll, Revoked, Stats
from gonogo.reports.safe import clean


def counted(count: int, noun: str) -> str:
    """`1 file`, `1,204 files`"""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def seconds(value: float) -> str:
    """`0.4 s`, `2.1 s`, `3 min 20 s`"""
    if value < 59.95:  # what would be written as 60.0 s
        return f"{value:.1f} s"
    whole = round(value)
    return f"{whole // 60} min {whole % 60} s"


def header(poll: Poll) -> str:
    """`gonogo 0.1.0 · name · 412 files (38 parsed) · 1,204 commits · 2.1 s`"""
    stats: Stats = poll.stats
    parts = [f"gonogo {clean(poll.tool_version)}", clean(poll.name)]
    parts.append(f"{counted(stats.files_seen, 'file')} ({stats.files_parsed:,} parsed)")
    if stats.commits:
        parts.append(counted(stats.commits, "commit"))
    parts.append(seconds(stats.seconds))
    if poll.checklist != DEFAULT_CHECKLIST:
        parts.append(f"checklist {clean(poll.checklist)}")
    return " · ".join(parts)


def verdict_line(verdict: Verdict, items: Sequence[ItemResult]) -> str:
    """`NO-GO for launch: 4 of 18 items (1, 5, 12, 15) · 3 on HOLD · 9 GO · 2 N/A`"""
    total = counted(len(items), "item")
    numbers = {
        answer: [item.number for item in sorted(items, key=lambda item: item.number) if item.verdict is answer]
        for answer in Verdict
    }
    counts = {answer: len(found) for answer, found in numbers.items()}
    tail = [
        f"{counts[answer]} {label}"
        for answer, label in ((Verdict.HOLD, "on HOLD"), (Verdict.GO, "GO"), (Verdict.NA, "N/A"))
        if counts[answer] and answer is not verdict
    ]
    if verdict is Verdict.NA:
        first = "N/A: nothing here that the poll applies to"
    else:
        first = f"{verdict.value} for launch: {counts[verdict]} of {total}"
        if verdict is not Verdict.GO and numbers[verdict]:
            first += f" ({', '.join(map(str, numbers[verdict]))})"
    return " · ".join([first, *tail])


def attested_until(word: Attested) -> str:
    """`attested by Dana on 2026-11-03, until 2027-02-03`"""
    end = f"expired on {clean(word.expires)}" if word.expired else f"until {clean(word.expires)}"
    return f"attested by {clean(word.by)} on {clean(word.on)}, {end}"


def revoked_by(word: Revoked) -> str:
    """`by Dana on 2026-11-03`"""
    return f"by {clean(word.by)} on {clean(word.on)}"


def tally(poll: Poll) -> str:
    """`7 findings: 3 errors, 2 warnings, 2 notes · 1 suppressed · 4 of low confidence held back (--show-low)`"""
    counting = [finding for finding in poll.findings if finding.suppressed is None and not finding.settled]
    known = sum(1 for finding in poll.findings if finding.known)
    suppressed = sum(1 for finding in poll.findings if finding.suppressed is not None) - known
    revoked = len(poll.findings) - len(counting) - suppressed - known
    kinds = [
        counted(count, severity.value)
        for severity in Severity
        if (count := sum(1 for finding in counting if finding.severity is severity))
    ]
    parts = [f"{counted(len(counting), 'finding')}: {', '.join(kinds)}" if counting else "no findings"]
    if suppressed:
        parts.append(f"{suppressed} suppressed")
    if known:
        parts.append(f"{known} known before")
    if revoked:
        parts.append(f"{counted(revoked, 'leak')} attested as revoked")
    if poll.held_back:
        parts.append(f"{poll.held_back} of low confidence held back (--show-low)")
    return " · ".join(parts)
