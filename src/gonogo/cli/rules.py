"""`gonogo rules`"""

from __future__ import annotations

import sys

import click

from gonogo.cli.output import COLORS


@click.command("rules", short_help="List the rules behind the checklist.")
@click.option("--checklist", default="production", metavar="NAME", help="Another checklist than the 18 items.")
@click.option("--color", type=click.Choice(COLORS), default="auto", help="Colour: automatic by default.")
def command(checklist: str, color: str) -> int:
    """List the rules behind the items: severity, name and what each reports."""
    from gonogo.cli.checklists import checklist_named
    from gonogo.cli.output import emit, look_for
    from gonogo.reports.catalog import render_rules

    look = look_for(color, sys.stdout)
    emit(render_rules(checklist_named(checklist).items, look), color=look.color)
    return 0
