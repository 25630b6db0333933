"""`gonogo attest`"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gonogo.checklist.attest import Change
    from gonogo.config.options import Options


@click.command("attest", short_help="Put a person's word for an item on record.")
@click.argument("item")
@click.argument("path", default=".")
@click.option("--by", required=True, metavar="NAME", help="Who gives the word.")
@click.option("--until", metavar="DATE", help="The last day on which it holds, as 2027-02-03.")
@click.option("--evidence", required=True, metavar="TEXT", help="Where the proof is.")
@click.option("--revoked", metavar="FINGERPRINT", help="With secret-storage: this leaked key no longer works.")
@click.option("--force", is_flag=True, help="Replace an attestation that still holds.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Write into this configuration.")
def command(
    *,
    item: str,
    path: str,
    by: str,
    until: str | None,
    evidence: str,
    revoked: str | None,
    force: bool,
    dry_run: bool,
    config: Path | None,
) -> int:
    """Attest ITEM, by name or number, for the project at PATH (by default, here).

    What no code can show (a limit set in a console, a rotation, a drill) somebody has to say. The word is written into
    the configuration that applies, or into a new gonogo.toml, shows in every report and expires. It turns HOLD into GO
    and never outweighs a finding.
    """
    from gonogo.checklist.attest import AttestError, Word, attestation, item_named, key_item, revocation, write
    from gonogo.cli.failure import FailureError
    from gonogo.cli.output import emit
    from gonogo.cli.target import target_of
    from gonogo.config.edit import CannotEditError
    from gonogo.config.load import load
    from gonogo.workspace.names import display

    root = target_of((path,)).root
    options = load(root, config=config)
    word = Word(by.strip(), evidence.strip())
    try:
        name = item_named(item, _items())
        if revoked is not None:
            if not key_item(name):
                raise AttestError(f"--revoked goes with secret-storage, not with {name}")
            if until is not None:
                raise AttestError("--revoked takes no --until: a revoked key stays revoked")
            change = revocation(root, options, revoked, word, force=force)
        else:
            change = attestation(root, options, name, word, _date(until), force=force)
        if not dry_run:
            write(change)
    except AttestError as error:
        raise click.UsageError(str(error)) from None
    except CannotEditError as error:
        emit(error.snippet, err=True)
        where = display(_config_name(options))
        raise FailureError(f"{where}: cannot be changed safely; put the lines above into it by hand") from None
    emit(_difference(change) if dry_run else f"{display(change.path.name)}: {change.done}\n")
    return 0


def _items() -> dict[str, str]:
    from gonogo.registry.checklists import every_item
    from gonogo.registry.rules import all_items

    numbers = {str(entry.number): entry.id for entry in all_items()}
    return numbers | {entry.id: entry.id for entry in every_item()}


def _date(text: str | None) -> date:
    from gonogo.checklist.attest import AttestError
    from gonogo.workspace.names import display

    if text is None:
        raise AttestError("--until DATE is missing: until which day does the word hold?")
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise AttestError(f'--until "{display(text)}": write a date as 2027-02-03') from None


def _config_name(options: Options) -> str:
    return options.config_path.name if options.config_path is not None else "gonogo.toml"


def _difference(change: Change) -> str:
    """The change as `diff -u` shows it, harmless to a terminal."""
    import difflib

    from gonogo.reports.safe import clean_code
    from gonogo.workspace.names import display

    old = (change.old or b"").decode("utf-8-sig").splitlines()
    new = change.new.decode("utf-8-sig").splitlines()
    name = display(change.path.name)
    lines = difflib.unified_diff(old, new, f"a/{name}" if change.old is not None else "/dev/null", f"b/{name}")
    return "".join(f"{clean_code(line)}\n" for line in lines)
