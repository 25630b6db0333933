"""`gonogo init`"""

from __future__ import annotations

from pathlib import Path

import click


@click.command("init", short_help="Write a first configuration for a project.")
@click.argument("path", default=".")
@click.option("--hook", is_flag=True, help="Write .pre-commit-config.yaml too.")
@click.option("--workflow", is_flag=True, help="Write .github/workflows/gonogo.yml too.")
@click.option("--gitignore", is_flag=True, help="Add the lines to .gitignore that keep .env files out of commits.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
def command(*, path: str, hook: bool, workflow: bool, gitignore: bool, dry_run: bool) -> int:
    """Look at the project at PATH (by default, here) and write a commented gonogo.toml for it.

    A file that is there already is never changed: what would go into it is shown instead, to be put there by hand. Only
    lines of .gitignore are added to the file.
    """
    from gonogo.cli.failure import FailureError
    from gonogo.cli.output import emit
    from gonogo.cli.target import target_of
    from gonogo.reports.safe import clean_code
    from gonogo.starting import ignore_lines, look, offers
    from gonogo.workspace.names import display

    root = target_of((path,)).root
    if not Path(path).is_dir():
        raise click.UsageError("init takes a folder")
    seen = look(root)
    emit(seen.told() + "\n")
    wanted = {"hook": hook, "workflow": workflow, "config": True}
    for offer in offers(root, seen):
        if not wanted[offer.kind]:
            emit(f"{offer.path}: with --{offer.kind}\n" if not offer.there else f"{offer.path}: there already\n")
            continue
        text = "".join(f"    {clean_code(line)}\n" if line else "\n" for line in offer.text.splitlines())
        if offer.there:
            emit(f"{offer.there}: there already, left as it is" + (f"; it could say\n\n{text}\n" if dry_run else "\n"))
        elif dry_run:
            emit(f"{offer.path}: would be written\n\n{text}\n")
        else:
            try:
                offer.write(root)
            except OSError as error:
                raise FailureError(f"{display(offer.path)}: {error.strerror or 'cannot be written'}") from None
            emit(f"{offer.path}: written\n")
    missing = ignore_lines(root)
    if missing and gitignore and not dry_run:
        _append(root / ".gitignore", missing)
        emit(f".gitignore: {', '.join(missing)} added\n")
    elif missing:
        emit(f".gitignore: {', '.join(missing)} would keep keys out of commits (--gitignore adds it)\n")
    emit("Next: `gonogo check`, and `gonogo baseline` if what it finds has to wait.\n")
    return 0


def _append(path: Path, lines: list[str]) -> None:
    """Add lines at the end of a file that is no link.

    Raises:
        FailureError: that cannot be done.
    """
    from gonogo.cli.failure import FailureError
    from gonogo.workspace.write import replace_file

    try:
        old = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        gap = b"\n" if old and not old.endswith(b"\n") else b""
        replace_file(path, old + gap + "".join(f"{line}\n" for line in lines).encode())
    except OSError as error:
        raise FailureError(f"{path.name}: {error.strerror or 'cannot be written'}") from None
