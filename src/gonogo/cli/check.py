"""`gonogo check`"""

from __future__ import annotations

from pathlib import Path

import click

from gonogo.cli.analysis import OUTPUT, analyse, exit_code, options_for, shared_options
from gonogo.config.options import FORMATS
from gonogo.timing import watch


@click.command("check", short_help="Take the poll of a repository.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option(
    "--format",
    "format_",
    type=click.Choice(("auto", *FORMATS)),
    help="How to report on standard output; by default as the environment asks.",
)
@click.option(
    "--output",
    "-o",
    type=OUTPUT,
    multiple=True,
    metavar="FILE",
    help="Write a report to FILE, in the format of its suffix (.sarif, .html, .json, .xml, .md). Repeatable.",
)
@click.option("--checklist", metavar="NAME", help="Poll on this checklist; `gonogo items` names them.")
@click.option("--strict", is_flag=True, help="Fail also if the poll is on HOLD.")
@click.option("--no-history", is_flag=True, help="Do not search the git history.")
@click.option("--diff", "base", metavar="REV", help="Count only what is new since HEAD left this branch or commit.")
@click.option("--staged", is_flag=True, help="Poll what is staged; count only what is new since HEAD, as a hook does.")
@click.option(
    "--baseline", metavar="FILE", help="Take this baseline; by default .gonogo-baseline.json, if there is one."
)
@click.option("--no-baseline", is_flag=True, help="Take no baseline.")
@click.option("--history-since", metavar="REV", help="Search the history only from this revision on.")
@click.option("--no-cache", is_flag=True, help="Read and search everything anew that an earlier run has.")
@click.option("--jobs", "-j", type=click.IntRange(1, 64), help="Use so many processes at most; by default one a core.")
@click.option("--timings", is_flag=True, help="Say on standard error where the time went.")
@click.option("--select", multiple=True, metavar="NAME", help="Judge by these rules or items only. Repeatable, or a,b.")
@click.option("--ignore", multiple=True, metavar="NAME", help="Leave these rules or items out. Repeatable, or a,b.")
@click.option("--show-low", is_flag=True, help="List findings of low confidence too.")
@click.option("--verbose", "-v", is_flag=True, help="Show evidence, suppressed findings and every unread file.")
@click.option("--quiet", "-q", is_flag=True, help="Show the verdict only.")
@click.option("--exit-zero", is_flag=True, help="End with 0 also if the poll is NO-GO.")
@shared_options
def command(
    *,
    paths: tuple[str, ...],
    format_: str | None,
    checklist: str | None,
    strict: bool,
    no_history: bool,
    base: str | None,
    staged: bool,
    baseline: str | None,
    no_baseline: bool,
    history_since: str | None,
    no_cache: bool,
    jobs: int | None,
    timings: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    show_low: bool,
    verbose: bool,
    quiet: bool,
    exit_zero: bool,
    color: str,
    output: tuple[Path, ...],
    config: Path | None,
    isolated: bool,
    no_prefilter: bool,
) -> int:
    """Take the poll of the project at PATH (by default, here).

    A folder is analysed as a whole. Given files, or several paths, gonogo analyses the project around them and
    counts the findings in them.

    \b
    Exit codes:
      0    GO, or HOLD without --strict
      1    NO-GO, or HOLD with --strict
      2    wrong usage or configuration
      3    gonogo could not do its job
      130  interrupted
    """
    from gonogo.cli.target import target_of

    if verbose and quiet:
        raise click.UsageError("--verbose and --quiet exclude each other")
    if baseline and no_baseline:
        raise click.UsageError("--baseline and --no-baseline exclude each other")
    if no_history and history_since:
        raise click.UsageError("--no-history and --history-since exclude each other")
    if staged and (base is not None or history_since):
        raise click.UsageError("--staged excludes --diff and --history-since")
    target = target_of(paths)
    flags = {
        "format": format_,
        "checklist": checklist,
        "strict": strict or None,
        "history": False if no_history else None,
        "history_since": history_since,
        "cache": False if no_cache else None,
        "jobs": jobs,
        "select": _names(select),
        "ignore": _names(ignore),
        "show_low": show_low or None,
        "prefilter": False if no_prefilter else None,
    }
    options = options_for(target, config, isolated, flags)
    baseline = "" if no_baseline else baseline
    if staged:
        from gonogo.cli.staging import poll_staged

        poll = poll_staged(target, options, baseline=baseline, color=color, quiet=quiet)
    else:
        from gonogo.cli.knowing import known_findings

        known = known_findings(target.root, options, baseline, base)
        poll = analyse(target, options, color=color, quiet=quiet, known=known)

    from gonogo.cli.reporting import report

    with watch.stage("reporting"):
        report(poll, options.format, output, explicit=format_ is not None, color=color, verbose=verbose, quiet=quiet)
    if timings:
        click.echo(watch.report(), err=True, nl=False)
    return exit_code(poll, strict=options.strict, exit_zero=exit_zero)


def _names(given: tuple[str, ...]) -> tuple[str, ...] | None:
    """Names given one by one or with commas; `None` if none was given."""
    names = tuple(name.strip() for entry in given for name in entry.split(",") if name.strip())
    return names or None
