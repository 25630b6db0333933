"""What `check` and `calls` share: options, the run, and its exit code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gonogo.cli.output import COLORS

if TYPE_CHECKING:
    from gonogo.checklist.known import KnownFindings
    from gonogo.cli.target import Target
    from gonogo.config.options import Options
    from gonogo.poll import Poll
    from gonogo.workspace.export import Unpacked

Command = TypeVar("Command", bound=Callable[..., Any])

_SHARED = (
    click.option("--color", type=click.Choice(COLORS), default="auto", help="Colour: automatic by default."),
    click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Take this configuration."),
    click.option("--isolated", is_flag=True, help="Take no configuration."),
    click.option("--no-prefilter", is_flag=True, hidden=True, help="Parse every file."),
)  # fmt: skip

OUTPUT = click.Path(path_type=Path, allow_dash=True)
"""Type of `--output`."""


def shared_options(command: Command) -> Command:
    """The options that every command with an analysis has."""
    for option in reversed(_SHARED):
        command = option(command)
    return command


def options_for(target: Target, config: Path | None, isolated: bool, flags: Mapping[str, Any]) -> Options:
    """Flags over configuration over defaults. Raises `ConfigError` and `click.UsageError`."""
    if config is not None and isolated:
        raise click.UsageError("--config and --isolated exclude each other")
    from gonogo.config.load import load

    return load(target.root, config=config, isolated=isolated, flags={**flags, "only": target.only})


def analyse(
    target: Target,
    options: Options,
    *,
    color: str,
    quiet: bool = False,
    known: KnownFindings | None = None,
    unpacked: Unpacked | None = None,
) -> Poll:
    """Run the engine, with a progress line if that takes long."""
    from gonogo import engine
    from gonogo.cli.progress import Progressing

    with Progressing(color, enabled=not quiet) as progress:
        return engine.run(target.root, options, progress=progress, known=known, unpacked=unpacked)


def deliver(text: str, output: Path | None, *, color: bool) -> None:
    """Write a report to stdout, or to the file of `--output`.

    Raises:
        FailureError: the file cannot be written.
    """
    from gonogo.cli.failure import FailureError
    from gonogo.cli.output import emit, write_file
    from gonogo.workspace.names import display

    if output is None or str(output) == "-":
        emit(text, color=color)
        return
    try:
        write_file(output, text)
    except OSError as error:
        raise FailureError(f"{display(str(output))}: {error.strerror or 'cannot be written'}") from None


def exit_code(poll: Poll, *, strict: bool = False, exit_zero: bool = False) -> int:
    """0 GO (or HOLD), 1 NO-GO (or, with `strict`, HOLD), 3 if gonogo failed at something and nothing is NO-GO."""
    from gonogo.findings import Verdict

    if poll.verdict is Verdict.NO_GO and not exit_zero:
        return 1
    if poll.faults:
        return 3
    return 1 if strict and poll.verdict is Verdict.HOLD and not exit_zero else 0
