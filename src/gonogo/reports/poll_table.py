"""The poll itself: one line per item, grouped, with verdict, reason and place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from gonogo.findings import Verdict
from gonogo.poll import ItemResult, ReportedFinding
from gonogo.reports.places import brief, brief_finding, some
from gonogo.reports.safe import clean

if TYPE_CHECKING:
    from rich.console import RenderableType

    from gonogo.reports.console import Page

WIDE = 100
"""Columns from which on places have a column of their own."""

STYLES = {Verdict.GO: "green", Verdict.NO_GO: "bold red", Verdict.HOLD: "yellow", Verdict.NA: "dim"}


def add_poll(page: Page, items: Sequence[ItemResult], findings: Mapping[str, ReportedFinding]) -> None:
    """Write the poll of an app, or of the whole repository."""
    from rich.table import Table
    from rich.text import Text

    ordered = sorted(items, key=lambda item: (item.group, item.number))
    name_width = max((len(clean(item.id)) for item in ordered), default=0)
    wide = page.width >= WIDE
    for group, members in groupby(ordered, key=lambda item: item.group):
        rows = list(members)
        page.add("", Text(f" {clean(group)}  {clean(group_title(rows[0]))}", style="bold"))
        table = Table.grid(padding=(0, 2, 0, 0), expand=True)
        table.add_column(justify="right", width=3, no_wrap=True)
        table.add_column(width=name_width, no_wrap=True)
        table.add_column(width=5, no_wrap=True)
        table.add_column(ratio=5, overflow="fold")
        if wide:
            table.add_column(ratio=4, overflow="fold", style="dim")
        for item in rows:
            reason = Text(clean(item.reason), style="dim" if item.verdict is Verdict.NA else "")
            place = Text(item_place(item, findings))
            row: list[RenderableType] = [
                str(item.number),
                Text(clean(item.id)),
                Text(item.verdict.value, style=STYLES[item.verdict]),
            ]
            if wide:
                row += [reason, place]
            else:
                place.stylize("dim")
                row.append(Text("\n").join([reason, place] if place else [reason]))
            table.add_row(*row)
        page.add(table)


def group_title(item: ItemResult) -> str:
    """The title of the group of an item."""
    if item.group_title:
        return item.group_title
    from gonogo.registry.rules import all_items

    return next((known.group_title for known in all_items() if known.group == item.group), "")


def item_place(item: ItemResult, findings: Mapping[str, ReportedFinding]) -> str:
    """Where to look for what decided the item."""
    if item.verdict is Verdict.NO_GO:
        from gonogo.checklist.verdicts import decides

        against = [findings[key] for key in item.findings if key in findings and decides(findings[key])]
        return some(brief_finding(finding.finding) for finding in against)
    if item.verdict is Verdict.GO:
        if item.evidence:
            return some(brief(entry.place) for entry in item.evidence if entry.place.path != ".")
        return clean(item.attested.evidence) if item.attested else ""
    return ""
