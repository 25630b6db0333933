"""`gonogo baseline`"""

from __future__ import annotations

from pathlib import Path

import click

from gonogo.cli.analysis import options_for


@click.command("baseline", short_help="Write down the findings that are known and may wait.")
@click.argument("path", default=".")
@click.option("--file", "name", metavar="FILE", help="Another file than .gonogo-baseline.json, below PATH.")
@click.option("--reason", default="", metavar="TEXT", help="Why the new entries may wait.")
@click.option("--prune", is_flag=True, help="Only drop entries that match nothing any more.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and write nothing.")
@click.option("--no-history", is_flag=True, help="Do not search the git history.")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Take this configuration.")
@click.option("--isolated", is_flag=True, help="Take no configuration.")
def command(
    *,
    path: str,
    name: str | None,
    reason: str,
    prune: bool,
    dry_run: bool,
    no_history: bool,
    config: Path | None,
    isolated: bool,
) -> int:
    """Write every open finding of the project at PATH (by default, here) into its baseline.

    `gonogo check` then reports these as known and lets only new ones count. The file is sorted and keyed by content, so
    moved lines do not matter; entries of an older baseline keep their reasons.
    """
    from gonogo.checklist.baseline import FILE_NAME, BaselineError, read, updated, write
    from gonogo.checklist.known import KnownFindings
    from gonogo.cli.failure import FailureError
    from gonogo.cli.output import emit, write_file
    from gonogo.cli.target import target_of

    target = target_of((path,))
    options = options_for(target, config, isolated, {"history": False if no_history else None})
    chosen = name or FILE_NAME
    try:
        old = read(target.root, chosen) if (target.root / chosen).is_file() else {}
    except BaselineError as error:
        raise FailureError(str(error)) from None
    from gonogo import engine

    poll = engine.run(target.root, options, known=KnownFindings(old))
    entries, added, dropped = updated(old, poll.findings, reason=reason, prune_only=prune)
    if not dry_run:
        try:
            write_file(target.root / chosen, write(entries))
        except OSError as error:
            raise FailureError(f"{chosen}: {error.strerror or 'cannot be written'}") from None
    verb = "would hold" if dry_run else "holds"
    emit(f"{chosen} {verb} {len(entries)} known findings: {added} new, {dropped} dropped\n")
    return 3 if poll.faults else 0
