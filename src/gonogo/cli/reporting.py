"""What `check` writes where: standard output, files, and the summary of a job."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gonogo.poll import Poll

SUMMARY_LIMIT = 1_000_000
"""Bytes. GitHub drops a step's summary over 1 MiB."""


def report(
    poll: Poll, form: str, files: tuple[Path, ...], *, explicit: bool, color: str, verbose: bool, quiet: bool
) -> None:
    """Write every report that was asked for.

    A file's suffix names its format; where it says nothing, `form` does. Standard output gets `form`, unless reports
    go to files only: then it stays empty and the verdict goes to stderr. `explicit`: was `form` chosen on the command
    line?

    Raises:
        FailureError: a file cannot be written.
    """
    from gonogo.cli.analysis import deliver
    from gonogo.cli.output import emit, look_for, look_for_file
    from gonogo.config.options import AUTO
    from gonogo.reports.formats import by_environment, by_suffix, render

    plain = by_environment(os.environ, terminal=sys.stdout.isatty()) if form == AUTO else form
    names = [path for path in files if str(path) != "-"]
    forms = [by_suffix(path) or ("rich" if form == AUTO else form) for path in names]
    look = look_for_file(color)
    for path, chosen in zip(names, forms, strict=True):
        deliver(render(poll, chosen, look, verbose=verbose, quiet=quiet), path, color=False)
    to_stdout = not names or len(names) < len(files) or (explicit and plain not in forms)
    if to_stdout:
        look = look_for(color, sys.stdout)
        shown = "rich" if quiet and plain == "concise" else plain
        emit(render(poll, shown, look, verbose=verbose, quiet=quiet), color=look.color)
        if plain == "github":
            _summarise(poll)
    elif not quiet:
        from gonogo.reports.summary import verdict_line

        emit(verdict_line(poll.verdict, poll.items).replace("\u00b7", "-") + "\n", err=True)


def _summarise(poll: Poll) -> None:
    """Append the poll to the job's summary, where GitHub Actions names a file for it."""
    name = os.environ.get("GITHUB_STEP_SUMMARY")
    if not name:
        return
    from gonogo.cli.output import emit
    from gonogo.reports.console import Look
    from gonogo.reports.formats import render

    text = render(poll, "markdown", Look(80)).encode("utf-8", "backslashreplace")[:SUMMARY_LIMIT]
    try:
        with Path(name).open("ab") as file:
            file.write(text)
    except OSError as error:
        emit(f"gonogo: the job's summary could not be written: {error.strerror}\n", err=True)
