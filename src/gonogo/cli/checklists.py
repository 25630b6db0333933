"""Checklists by name, for the commands that list them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gonogo.registry.checklists import Checklist


def checklist_named(name: str) -> Checklist:
    """The checklist of that name. Raises `click.UsageError`."""
    from gonogo.config.validate import unknown_checklist
    from gonogo.registry.checklists import checklist

    complaint = unknown_checklist(name)
    if complaint is not None:
        raise click.UsageError(f"--checklist: {complaint}")
    return checklist(name)


def others(name: str) -> list[tuple[str, str]]:
    """(name, what it is) of the other checklists."""
    from gonogo.registry.checklists import every_checklist

    return [(one.id, one.summary) for one in every_checklist() if one.id != name]
