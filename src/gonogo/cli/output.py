"""Where text goes, and how it may look there."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from gonogo.reports.console import Look

COLORS = ("auto", "always", "never")

FILE_WIDTH = 100
"""Columns of a report that is written to a file."""

_SIGNS = "\u00b7\u2026\u2500"


def use_color(choice: str, stream: TextIO) -> bool:
    """Colour or not: the flag, then NO_COLOR, then FORCE_COLOR, then whether a capable terminal listens."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") != "0":
        return True
    return os.environ.get("TERM") not in ("dumb", "unknown") and stream.isatty()


def look_for(choice: str, stream: TextIO) -> Look:
    """How a report on `stream` may look."""
    from gonogo.reports.console import Look

    return Look(shutil.get_terminal_size().columns, use_color(choice, stream), ascii=not _can_write(stream, _SIGNS))


def look_for_file(choice: str) -> Look:
    """How a report in a file may look."""
    from gonogo.reports.console import Look

    return Look(FILE_WIDTH, color=choice == "always")


def emit(text: str, *, color: bool = False, err: bool = False) -> None:
    """Write to stdout (or stderr). What its encoding lacks is written as escapes; a reader who has left is let go."""
    stream = sys.stderr if err else sys.stdout
    encoding = stream.encoding or "utf-8"
    try:
        click.echo(text.encode(encoding, "backslashreplace").decode(encoding), nl=False, err=err, color=color)
        stream.flush()
    except BrokenPipeError:
        if not err:
            forget_stdout()


def forget_stdout() -> None:
    """Send the rest of stdout nowhere, so that the interpreter's last flush does not complain about a closed pipe."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def write_file(path: Path, text: str) -> None:
    """Write a report to a file, whole or not at all.

    A link is replaced, never followed: in a scanned repository it may point anywhere. Devices and pipes are written to.

    Raises:
        OSError: it cannot be written.
    """
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_text(text, encoding="utf-8")
        return
    from gonogo.workspace.write import replace_file

    replace_file(path, text.encode("utf-8", "backslashreplace"))


def _can_write(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
