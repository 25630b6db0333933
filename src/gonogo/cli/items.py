"""`gonogo items`"""

from __future__ import annotations

import sys

import click

from gonogo.cli.output import COLORS


@click.command("items", short_help="List the checklist.")
@click.option("--color", type=click.Choice(COLORS), default="auto", help="Colour: automatic by default.")
def command(color: str) -> int:
    """List the items of the checklist: what done means, and how many rules judge it."""
    from gonogo.cli.output import emit, look_for
    from gonogo.registry.rules import all_items
    from gonogo.reports.catalog import render_items

    look = look_for(color, sys.stdout)
    emit(render_items(all_items(), look), color=look.color)
    return 0
