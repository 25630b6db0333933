"""`gonogo items`"""

from __future__ import annotations

import sys

import click

from gonogo.cli.output import COLORS


@click.command("items", short_help="List the checklist.")
@click.option("--checklist", default="production", metavar="NAME", help="Another checklist than the 18 items.")
@click.option("--color", type=click.Choice(COLORS), default="auto", help="Colour: automatic by default.")
def command(checklist: str, color: str) -> int:
    """List the items of the checklist: what done means, and how many rules judge it."""
    from gonogo.cli.checklists import checklist_named, others
    from gonogo.cli.output import emit, look_for
    from gonogo.reports.catalog import render_items

    look = look_for(color, sys.stdout)
    emit(render_items(checklist_named(checklist).items, look, further=others(checklist)), color=look.color)
    return 0
