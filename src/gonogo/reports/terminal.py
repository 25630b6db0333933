"""The report for people: the poll, then every finding in full, then what was not seen."""

from __future__ import annotations

from collections.abc import Sequence

from gonogo.findings import Verdict
from gonogo.poll import Poll, ReportedFinding
from gonogo.reports.console import Look, Page
from gonogo.reports.finding_block import add_finding
from gonogo.reports.places import brief, ranked
from gonogo.reports.poll_table import STYLES, add_poll
from gonogo.reports.safe import clean
from gonogo.reports.summary import attested_until, counted, header, tally, verdict_line

SHOWN_SKIPPED = 10
"""Files that were not read and are named without `--verbose`."""


def render(poll: Poll, look: Look, *, verbose: bool = False, quiet: bool = False) -> str:
    """The whole report as text. `quiet` leaves the verdict and the faults; `verbose` adds evidence and suppressions."""
    page = Page(look)
    if not quiet:
        _add_polls(page, poll)
    _add_verdict(page, poll)
    if not quiet:
        _add_findings(page, poll, verbose)
        if verbose:
            _add_evidence(page, poll)
        _add_skipped(page, poll, verbose)
        _add_list(page, "Warnings", poll.warnings)
    _add_list(page, "Faults in gonogo itself", poll.faults)
    if not quiet and poll.findings:
        page.add("", _verdict_text(poll, f"{poll.verdict.value} · {tally(poll)}"))
    return page.text()


def _add_polls(page: Page, poll: Poll) -> None:
    from rich.text import Text

    page.add(Text(header(poll), style="bold"))
    findings = {finding.id: finding for finding in poll.findings}
    if len(poll.apps) > 1:
        for app in poll.apps:
            _add_rule(page, f"App {clean(app.root)}")
            add_poll(page, app.items, findings)
            page.add("", Text(f" {verdict_line(app.verdict, app.items)}", style=STYLES[app.verdict]))
        _add_rule(page, "All apps")
    add_poll(page, poll.items, findings)


def _add_verdict(page: Page, poll: Poll) -> None:
    if not page.empty:
        page.add("")
    page.add(_verdict_text(poll, f"{verdict_line(poll.verdict, poll.items)}"))


def _verdict_text(poll: Poll, line: str) -> object:
    from rich.padding import Padding
    from rich.text import Text

    text = Text(line)
    text.stylize(STYLES[poll.verdict] if poll.verdict is Verdict.NA else f"bold {STYLES[poll.verdict]}",
                 0, len(poll.verdict.value))  # fmt: skip
    return Padding(text, (0, 0, 0, 1), expand=False)


def _add_rule(page: Page, title: str) -> None:
    from rich.rule import Rule
    from rich.text import Text

    page.add("", Rule(Text(title, style="bold"), align="left", style="dim"))


def _add_findings(page: Page, poll: Poll, verbose: bool) -> None:
    findings = ranked(poll)
    counting = [finding for finding in findings if finding.suppressed is None and not finding.settled]
    if counting:
        _add_rule(page, "Findings")
        _add_blocks(page, counting)
    revoked = [finding for finding in findings if finding.suppressed is None and finding.settled]
    if revoked:
        _add_rule(page, "Leaked keys attested as revoked")
        for finding in revoked:
            add_finding(page, finding, texts=False)
    suppressed = [finding for finding in findings if finding.suppressed is not None]
    if suppressed and verbose:
        _add_rule(page, "Suppressed")
        for finding in suppressed:
            add_finding(page, finding, texts=False)


def _add_blocks(page: Page, findings: Sequence[ReportedFinding]) -> None:
    """The texts of a rule are given once: thirty times the same paragraph would hide the thirty places."""
    given: set[tuple[str, str, str]] = set()
    for finding in findings:
        texts = (finding.finding.rule, finding.why, finding.fix)
        add_finding(page, finding, texts=texts not in given)
        given.add(texts)


def _add_evidence(page: Page, poll: Poll) -> None:
    from rich.text import Text

    items = [item for item in poll.items if item.verdict is Verdict.GO and (item.evidence or item.attested)]
    if not items:
        return
    _add_rule(page, "Evidence")
    for item in items:
        page.add("", Text(f"{item.number:>3}  {clean(item.id)}", style="bold"))
        for entry in item.evidence:
            page.add_long(Text(f"     {brief(entry.place)}: {clean(entry.text)}"))
        if item.attested:
            page.add_long(Text(f"     {attested_until(item.attested)}: {clean(item.attested.evidence)}"))


def _add_skipped(page: Page, poll: Poll, verbose: bool) -> None:
    from rich.text import Text

    skipped = poll.stats.files_skipped
    if not skipped:
        return
    _add_rule(page, f"Not read: {counted(len(skipped), 'file')}")
    shown = skipped if verbose else skipped[:SHOWN_SKIPPED]
    for entry in shown:
        page.add_long(Text(f"  {clean(entry.path)}: {clean(entry.reason)}"))
    if len(shown) < len(skipped):
        page.add(Text(f"  and {len(skipped) - len(shown):,} more (--verbose names them)", style="dim"))


def _add_list(page: Page, title: str, lines: Sequence[str]) -> None:
    from rich.padding import Padding
    from rich.text import Text

    if not lines:
        return
    _add_rule(page, title)
    for line in lines:
        page.add(Padding(Text(clean(line)), (0, 0, 0, 2), expand=False))
