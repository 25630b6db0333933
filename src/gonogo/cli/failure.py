"""What a reader learns when gonogo cannot go on."""

from __future__ import annotations

import os
import traceback

import click

from gonogo import __version__

MISUSE = 2
FAILED = 3


class FailureError(Exception):
    """gonogo could not do its job; the text is one sentence for the reader."""


def report(error: Exception) -> int:
    """Say what went wrong on stderr, with secrets masked, and answer the exit code."""
    from gonogo.config.load import ConfigError
    from gonogo.registry.data import DataError
    from gonogo.secrets.objects import UnknownRevision
    from gonogo.workspace.git import GitError

    if isinstance(error, BrokenPipeError):
        from gonogo.cli.output import forget_stdout

        forget_stdout()
        return FAILED
    if isinstance(error, ConfigError):
        _say(*_config_lines(error.problems))
        return MISUSE
    if isinstance(error, UnknownRevision):
        _say(f"gonogo: {_clean(str(error))}")
        return MISUSE
    if isinstance(error, (FailureError, DataError, GitError)):
        _say(f"gonogo: {_clean(str(error))}")
    elif isinstance(error, OSError):
        where = f"{_clean(os.fsdecode(error.filename))}: " if isinstance(error.filename, (str, bytes)) else ""
        _say(f"gonogo: {where}{_clean(error.strerror or type(error).__name__)}")
    else:
        _say(
            f"gonogo {__version__} has run into a bug of its own: {type(error).__name__}: {_clean(str(error))[:500]}",
            "Nothing can be said about the code. Run the same command with GONOGO_DEBUG=1 and report the traceback,"
            " in which secrets are masked.",
        )
    if os.environ.get("GONOGO_DEBUG") == "1":
        lines = "".join(traceback.format_exception(error)).splitlines()
        _say(*(_clean(line) for line in lines))
    return FAILED


def _config_lines(problems: tuple[str, ...]) -> list[str]:
    count = "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
    return [f"gonogo: {count} in the settings", *(f"  {_clean(problem)}" for problem in problems)]


def _say(*lines: str) -> None:
    for line in lines:
        click.echo(line, err=True)


def _clean(text: str) -> str:
    """Masked and harmless. If the masking is what is broken, the text is withheld."""
    try:
        from gonogo.reports.safe import clean

        return clean(text)
    except Exception:
        return "(text withheld: secrets in it could not be masked)"
