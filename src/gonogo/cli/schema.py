"""`gonogo schema`"""

from __future__ import annotations

import click


@click.command("schema", short_help="Print the JSON Schema of the report.")
@click.option("--config", is_flag=True, help="The schema of the configuration instead.")
def command(config: bool) -> int:
    """Print the JSON Schema of `check --format json`, or of the configuration."""
    from gonogo.cli.output import emit

    if config:
        from gonogo.config.schema import schema_text
    else:
        from gonogo.reports.json import schema_text
    emit(schema_text())
    return 0
