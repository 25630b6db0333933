"""`gonogo doctor`"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gonogo.cli.output import COLORS

SIGNS = {"ok": "green", "note": "yellow", "bad": "red"}


@click.command("doctor", short_help="Show what gonogo finds here, what applies and what is missing.")
@click.argument("path", default=".")
@click.option("--for", "file", metavar="FILE", help="Say for one file below PATH what it is and which rules judge it.")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Take this configuration.")
@click.option("--color", type=click.Choice(COLORS), default="auto", help="Colour: automatic by default.")
def command(*, path: str, file: str | None, config: Path | None, color: str) -> int:
    """Look at the surroundings of a run over PATH (by default, here): versions, git, configuration, files, caches.

    \b
    Exit codes:
      0    all is well
      1    something is missing: gonogo runs, but cannot see everything
      2    wrong usage or configuration
      3    gonogo could not do its job
    """
    from gonogo.cli.output import emit, look_for
    from gonogo.cli.target import target_of
    from gonogo.config.load import load
    from gonogo.health import about_file, examine
    from gonogo.reports.console import Page
    from gonogo.reports.safe import clean

    root = target_of((path,)).root
    options = load(root, config=config)
    look = look_for(color, sys.stdout)
    page = Page(look)
    from rich.padding import Padding
    from rich.text import Text

    facts = about_file(root, file, options) if file is not None else examine(root, options)
    for fact in facts:
        page.add(Text.assemble((f"{fact.state:<4}", SIGNS[fact.state]), f"  {fact.name}", style="bold"))
        page.add(Padding(Text(clean(fact.text)), (0, 0, 0, 6), expand=False))
    emit(page.text(), color=look.color)
    return int(any(fact.state == "bad" for fact in facts))
