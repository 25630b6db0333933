"""The checklist and its rules, listed and explained from their metadata."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from gonogo.registry.rules import Item, Rule
from gonogo.reports.console import Look, Page
from gonogo.reports.examples import Example
from gonogo.reports.finding_block import STYLES
from gonogo.reports.safe import clean, clean_code
from gonogo.reports.summary import counted

if TYPE_CHECKING:
    from rich.console import RenderableType

APPLIES = {
    "always": "Applies to every repository.",
    "calls": "Applies where the application calls a model.",
    "loops": "Applies where there is an agent loop.",
    "attested": "No repository can show it: it stays on HOLD until somebody attests it in the configuration.",
}


def render_items(items: Sequence[Item], look: Look, further: Sequence[tuple[str, str]] = ()) -> str:
    """The checklist by groups; `further` are name and summary of other checklists."""
    from rich.text import Text

    page = Page(look)
    ordered = sorted(items, key=lambda item: (item.group, item.number))
    for group, members in groupby(ordered, key=lambda item: (item.group, item.group_title)):
        page.add(*_gap(page), Text(f" {group[0]}  {group[1]}", style="bold"))
        for item in members:
            page.add(Text(f"{item.number:>3}  {item.id} ({_how(item)})"), _indented(item.summary, 5, "dim"))
    if further:
        page.add(*_gap(page), Text(" Other checklists (--checklist NAME)", style="bold"))
        for name, summary in further:
            page.add(Text(f"     {name}"), _indented(summary, 7, "dim"))
    return page.text()


def render_rules(items: Sequence[Item], look: Look) -> str:
    """The rules of every item."""
    from rich.table import Table
    from rich.text import Text

    page = Page(look)
    width = max((len(rule.id) for item in items for rule in item.rules), default=0)
    for item in items:
        if not item.rules:
            continue
        page.add(*_gap(page), Text(f"{item.number:>3}  {item.id}", style="bold"))
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=3)
        table.add_column(width=width, no_wrap=True)
        table.add_column(width=7, no_wrap=True)
        table.add_column(overflow="fold")
        for rule in item.rules:
            summary = clean(rule.summary) + (" (preview)" if rule.status == "preview" else "")
            table.add_row("", rule.id, Text(rule.severity.value, style=STYLES[rule.severity]), Text(summary))
        page.add(table)
    missing = [item.id for item in items if not item.rules and item.kind != "attested"]
    if missing:
        page.add("", Text(f"Not checked yet: {', '.join(missing)}", style="dim"))
    return page.text()


def explain_item(item: Item, look: Look) -> str:
    """What an item asks for and which rules judge it."""
    from rich.text import Text

    page = Page(look)
    page.add(Text(f"{item.number} {item.id}: {clean(item.title)}", style="bold"))
    page.add(Text(f"{item.group}  {item.group_title}", style="dim"), "", Text(clean(item.summary)))
    page.add(Text(APPLIES[item.kind]))
    if item.rules:
        page.add("", Text("Rules", style="bold"))
        for rule in item.rules:
            page.add(Text.assemble("  ", (rule.severity.value, STYLES[rule.severity]), f" {rule.id}"))
            page.add(_indented(rule.summary, 4, "dim"))
        page.add("", Text("gonogo explain RULE tells more about each.", style="dim"))
    elif item.kind != "attested":
        page.add("", Text("No rule judges it yet: it stays on HOLD until somebody attests it."))
    return page.text()


def explain_rule(rule: Rule, examples: Sequence[Example], look: Look) -> str:
    """Everything a rule's metadata says, with code if there is any."""
    from rich.text import Text

    page = Page(look)
    page.add(Text.assemble((f"{rule.severity.value}[{rule.id}]", STYLES[rule.severity]), (": ", "bold"),
                           (clean(rule.summary), "bold")))  # fmt: skip
    status = "" if rule.status == "stable" else f" · {rule.status}"
    page.add(Text(f"item {rule.item} · {', '.join(rule.languages)}{status}", style="dim"))
    for title, text in (
        ("Why it matters", rule.why),
        ("What is reported", rule.detects),
        ("What it cannot see", rule.limits),
        ("How to fix it", rule.fix),
    ):
        page.add("", Text(title, style="bold"), _indented(text, 2))
    for example in examples:
        page.add("", Text(f"{'Fine' if example.good else 'Reported'}: {clean(example.name)}", style="bold"))
        for line in example.code.split("\n"):
            page.add_long(Text(f"    {clean_code(line)}", style="green" if example.good else "red"))
    page.add("", Text("Taking a finding back", style="bold"))
    page.add(_indented("Write this comment on the line, or on the line above; the reason is required.", 2))
    page.add_long(Text(f"    # gonogo: ignore[{rule.id}] -- the reason"))
    if rule.sources:
        page.add("", Text("Sources", style="bold"))
        for source in rule.sources:
            page.add(_indented(source, 2))
    return page.text()


def _how(item: Item) -> str:
    if item.rules:
        return counted(len(item.rules), "rule")
    return "attested" if item.kind == "attested" else "not checked yet"


def _gap(page: Page) -> tuple[str, ...]:
    return () if page.empty else ("",)


def _indented(text: str, columns: int, style: str = "") -> RenderableType:
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(clean(text), style=style), (0, 0, 0, columns), expand=False)
