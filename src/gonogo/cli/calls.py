"""`gonogo calls`"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from gonogo.cli.analysis import OUTPUT, analyse, deliver, options_for, shared_options


@click.command("calls", short_help="List every place that calls a model.")
@click.argument("path", default=".")
@click.option(
    "--format", "format_", type=click.Choice(("rich", "json")), default="rich", help="For people, or as JSON."
)
@click.option("--output", "-o", type=OUTPUT, metavar="FILE", help="Write it to FILE.")
@shared_options
def command(
    *, path: str, format_: str, color: str, output: Path | None, config: Path | None, isolated: bool, no_prefilter: bool
) -> int:
    """List the calls that reach a model in the project at PATH (by default, here), with their settings."""
    from gonogo.cli.output import look_for, look_for_file
    from gonogo.cli.target import target_of

    target = target_of((path,))
    # Calls do not depend on the history, which costs most of the time.
    flags = {"history": False, "prefilter": False if no_prefilter else None}
    poll = analyse(target, options_for(target, config, isolated, flags), color=color)
    to_file = output is not None and str(output) != "-"
    look = look_for_file(color) if to_file else look_for(color, sys.stdout)
    if format_ == "json":
        from gonogo.reports.json import render_calls

        text = render_calls(poll)
    else:
        from gonogo.reports.calls import render

        text = render(poll, look)
    deliver(text, output, color=look.color)
    return 3 if poll.faults else 0
