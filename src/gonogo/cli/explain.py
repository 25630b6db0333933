"""`gonogo explain`"""

from __future__ import annotations

import sys

import click

from gonogo.cli.output import COLORS


@click.command("explain", short_help="Explain a rule or an item.")
@click.argument("name")
@click.option("--color", type=click.Choice(COLORS), default="auto", help="Colour: automatic by default.")
def command(name: str, color: str) -> int:
    """Explain a rule, or an item by its name or number."""
    from gonogo.cli.output import emit, look_for
    from gonogo.registry.checklists import every_item, every_rule
    from gonogo.registry.rules import all_items
    from gonogo.reports.catalog import explain_item, explain_rule
    from gonogo.reports.examples import examples

    look = look_for(color, sys.stdout)
    rules = {rule.id: rule for rule in every_rule()}
    items = {item.id: item for item in every_item()} | {str(item.number): item for item in all_items()}
    word = name.strip().lower()
    if word in rules:
        text = explain_rule(rules[word], examples(rules[word]), look)
    elif word in items:
        text = explain_item(items[word], look)
    else:
        from gonogo.config.nearest import did_you_mean
        from gonogo.workspace.names import display

        raise click.UsageError(
            f'"{display(name)}" is neither a rule nor an item{did_you_mean(word, {*rules, *items})} '
            "`gonogo rules` and `gonogo items` list them."
        )
    emit(text, color=look.color)
    return 0
