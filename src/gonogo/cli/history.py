"""`gonogo history`"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.analysis import OUTPUT, deliver
from gonogo.cli.output import COLORS

if TYPE_CHECKING:
    from gonogo.config.options import Options
    from gonogo.secrets.leaks import LeakReport
    from gonogo.workspace.git import Git

FORMS = ("auto", "rich", "concise", "json")


@click.command("history", short_help="Search the whole git history for keys.")
@click.argument("path", default=".")
@click.option("--staged", is_flag=True, help="Search only what is staged for the next commit, as a hook does.")
@click.option("--history-since", "--since", "since", metavar="REV", help="Search only from this revision on.")
@click.option(
    "--format", "form", type=click.Choice(FORMS), default="auto", help="For people, one line a leak, or JSON."
)
@click.option("--output", "-o", type=OUTPUT, metavar="FILE", help="Write it to FILE.")
@click.option("--no-cache", is_flag=True, help="Search objects anew that an earlier run has searched.")
@click.option("--strict", is_flag=True, help="Fail also if something could not be read.")
@click.option("--show-low", is_flag=True, help="List leaks of low confidence too.")
@click.option("--color", type=click.Choice(COLORS), default="auto", help="Colour: automatic by default.")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Take this configuration.")
@click.option("--isolated", is_flag=True, help="Take no configuration.")
def command(
    *,
    path: str,
    staged: bool,
    since: str | None,
    no_cache: bool,
    form: str,
    output: Path | None,
    strict: bool,
    show_low: bool,
    color: str,
    config: Path | None,
    isolated: bool,
) -> int:
    """Search every version of every file that the git repository at PATH (by default, here) has ever held for keys.

    Each key is reported once: its first commit, author, date and path, the last commit that had to do with it, whether
    it still stands at HEAD and for how long it has been exposed. No key is ever sent anywhere or shown whole.

    \b
    Exit codes:
      0    no open leak
      1    an open leak, or with --strict something unread
      2    wrong usage or configuration
      3    gonogo could not do its job
      130  interrupted
    """
    from gonogo.cli.output import look_for, look_for_file
    from gonogo.cli.target import target_of
    from gonogo.config.load import load

    if config is not None and isolated:
        raise click.UsageError("--config and --isolated exclude each other")
    if staged and since:
        raise click.UsageError("--staged and --history-since exclude each other")
    root = target_of((path,)).root
    git = _repository(root)
    started = time.monotonic()
    if staged:
        report = _staged(git, root)
    else:
        flags = {"history_since": since, "cache": False if no_cache else None}
        report = _history(git, root, load(root, config=config, isolated=isolated, flags=flags), color)
    report.seconds = time.monotonic() - started
    to_file = output is not None and str(output) != "-"
    look = look_for_file(color) if to_file else look_for(color, sys.stdout)
    if form == "auto":
        form = "json" if to_file and str(output).endswith(".json") else "rich" if sys.stdout.isatty() else "concise"
    from gonogo.reports import history as pages

    if form == "json":
        text = pages.render_json(report)
    elif form == "concise":
        text = pages.render_concise(report, show_low=show_low)
    else:
        text = pages.render(report, look, show_low=show_low)
    deliver(text, output, color=look.color)
    return int(any(leak.counts for leak in report.leaks) or (strict and not report.complete))


def _repository(root: Path) -> Git:
    from gonogo.cli.failure import FailureError
    from gonogo.workspace.git import Git
    from gonogo.workspace.names import display

    git = Git.find(root)
    if git is None:
        raise FailureError(f"{display(str(root))} is in no git repository, so there is no history to search")
    return git


def _staged(git: Git, root: Path) -> LeakReport:
    from gonogo.cli.failure import FailureError
    from gonogo.secrets.staged import scan_staged

    if git.bare:
        raise FailureError("a bare repository has no index, so nothing can be staged in it")
    return scan_staged(git.as_hook(os.environ), root)


def _history(git: Git, root: Path, options: Options, color: str) -> LeakReport:
    from gonogo.cli.failure import FailureError
    from gonogo.cli.progress import Progressing
    from gonogo.secrets.history import scan_history
    from gonogo.secrets.leaks import LeakReport, leaks_of

    with Progressing(color) as progress:
        progress("reading the history", 0, 0)
        scan = scan_history(git, options.history_since, cached=options.cache)
    if scan.failed:
        raise FailureError(f"the git history could not be searched: {scan.failed}")
    return LeakReport(
        name=git.top.name,
        commits=scan.commits,
        versions=scan.blobs,
        leaks=list(leaks_of(scan, git, root, options.revoked, options.today)),
        unread=scan.unread,
        complete=not scan.doubts,
        since=scan.since,
    )
