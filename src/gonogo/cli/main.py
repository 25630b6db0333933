"""The group of commands, and what happens when one of them fails."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import click

from gonogo import __version__

COMMANDS = (
    "check", "history", "calls", "items", "rules", "explain", "init", "attest", "baseline", "doctor", "schema",
)  # fmt: skip
"""Each is `command` in the module of that name."""


class LazyGroup(click.Group):
    """Imports a command when it is asked for, and knows what a misspelt one may have meant."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"gonogo.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from gonogo.config.nearest import did_you_mean
            from gonogo.workspace.names import display

            raise click.UsageError(f'there is no command "{display(name)}"{did_you_mean(name, COMMANDS)}', ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="gonogo", message="%(prog)s %(version)s")
def cli() -> None:
    """A go / no-go poll for applications that call Claude and other LLM APIs.

    Reads a repository and its git history without running anything in it.
    """


def run(args: Sequence[str]) -> int:
    """Run a command line and answer its exit code. Nothing but the exit code leaves this function, not even a bug."""
    try:
        result: Any = cli.main(list(args), prog_name="gonogo", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except Exception as error:
        from gonogo.cli.failure import report

        return report(error)
    return result if isinstance(result, int) else 0
