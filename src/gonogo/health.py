"""What surrounds a run: versions, git, configuration, files, caches; and what all that means for one file."""

from __future__ import annotations

import os
import platform
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo import __version__
from gonogo.workspace.names import display

if TYPE_CHECKING:
    from gonogo.config.options import Options
    from gonogo.workspace.discover import Workspace
    from gonogo.workspace.git import Git


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was looked at. `state`: ok, note (good to know) or bad (something cannot be seen)."""

    state: str
    name: str
    text: str


def examine(root: Path, options: Options) -> list[Fact]:
    """Everything there is to say about a run over `root`."""
    from gonogo.workspace.discover import discover

    workspace = discover(root, exclude=options.exclude, areas=dict(options.areas), roots=options.roots)
    return [
        _gonogo(options),
        _git(workspace),
        _config(root, options),
        *_files(workspace),
        _baseline(root),
        *_caches(options),
    ]


def about_file(root: Path, name: str, options: Options) -> list[Fact]:
    """What one file is for a run over `root`, and why each rule that does not judge it does not.

    Raises:
        FailureError: no such file is looked at.
    """
    from gonogo.cli.failure import FailureError
    from gonogo.registry.checklists import checklist
    from gonogo.workspace.discover import discover

    workspace = discover(root, exclude=options.exclude, areas=dict(options.areas), roots=options.roots)
    path = Path(os.path.normpath(name)).as_posix()
    file = next((one for one in workspace.files if one.path == path), None)
    if file is None:
        reason = next((one.reason for one in workspace.skipped if one.path == display(path)), "no file of the project")
        raise FailureError(f"{display(name)}: {reason}")
    judged = "judged by the rules" if file.area == "app" else "searched for keys, judged by no other rule"
    facts = [
        Fact("ok", "file", f"{display(path)}, {file.size:,} bytes, of the application {display(file.app)}"),
        Fact("ok" if file.area == "app" else "note", "area", f"{file.area}: {judged}"),
    ]
    off: dict[str, list[str]] = {}
    total = 0
    for item in checklist(options.checklist).items:
        for rule in item.rules:
            total += 1
            pattern = options.ignores(rule.id, rule.item, path)
            if pattern is not None:
                off.setdefault(f"per-path-ignores: {pattern}", []).append(rule.id)
            elif not options.selects(rule.id, rule.item, item.id):
                why = "ignore" if rule.id in options.ignore or item.id in options.ignore else "not in select"
                off.setdefault(why, []).append(rule.id)
    count = sum(map(len, off.values()))
    facts.append(Fact("ok", "rules", f"{total - count} of {total} of the checklist {options.checklist} hold here"))
    facts += [Fact("note", f"off by {display(why)}", ", ".join(rules)) for why, rules in off.items()]
    return facts


def _gonogo(options: Options) -> Fact:
    from gonogo.registry.models import catalog

    models = catalog()
    stale = models.stale(options.today)
    text = (
        f"{__version__} on Python {platform.python_version()} ({sys.executable}), models of {models.as_of.isoformat()}"
    )
    return Fact("bad" if stale else "ok", "gonogo", text + (": too old, update gonogo" if stale else ""))


def _git(workspace: Workspace) -> Fact:
    if workspace.git_problem is not None:
        return Fact("bad", "git", workspace.git_problem)
    git = workspace.git
    if git is None:
        return Fact("note", "git", "no repository here: there is no history to search, and nothing to compare with")
    if (git.common_dir / "shallow").exists():
        return Fact("bad", "git", f"{_version(git)}; the clone is shallow: older commits are not searched for keys "
                    "(`git fetch --unshallow`, in CI a fetch depth of 0)")  # fmt: skip
    return Fact("ok", "git", f"{_version(git)}, repository {display(str(git.top))}")


def _version(git: Git) -> str:
    from gonogo.workspace.git import GitError

    try:
        told = git.run(["version"], timeout=30).decode("utf-8", "replace").strip()
    except GitError:
        told = "git"
    return f"{display(told)} at {display(git.executable)}"


def _config(root: Path, options: Options) -> Fact:
    if options.config_path is None:
        return Fact("ok", "configuration", "none; the defaults hold (`gonogo init` writes one)")
    name = os.path.relpath(options.config_path, root)
    words = [f"attested: {', '.join(options.attest)}"] if options.attest else []
    words += [f"left out: {', '.join(options.ignore)}"] if options.ignore else []
    words += [f"only: {', '.join(options.select)}"] if options.select else []
    words += [f"{len(options.rule)} rules of your own"] if options.rule else []
    return Fact("ok", "configuration", "; ".join([display(name), f"checklist {options.checklist}", *words]))


def _files(workspace: Workspace) -> list[Fact]:
    from gonogo.reports.summary import counted

    areas = Counter(file.area for file in workspace.files)
    parts = ", ".join(f"{count:,} {area}" for area, count in areas.most_common())
    facts = [
        Fact(
            "ok" if areas else "bad", "files", f"{counted(len(workspace.files), 'file')}: {parts or 'nothing to read'}"
        )
    ]
    if len(workspace.app_roots) > 1:
        facts.append(Fact("ok", "applications", ", ".join(display(root) for root in workspace.app_roots)))
    if workspace.skipped:
        shown = "; ".join(f"{one.path} ({one.reason})" for one in workspace.skipped[:5])
        more = f"; and {len(workspace.skipped) - 5} more" if len(workspace.skipped) > 5 else ""
        facts.append(Fact("note", "not read", shown + more))
    return facts


def _baseline(root: Path) -> Fact:
    from gonogo.checklist.baseline import FILE_NAME, BaselineError, read

    if not (root / FILE_NAME).is_file():
        return Fact("ok", "baseline", "none")
    try:
        return Fact("ok", "baseline", f"{FILE_NAME}, {len(read(root, FILE_NAME))} known findings")
    except BaselineError as error:
        return Fact("bad", "baseline", str(error))


def _caches(options: Options) -> list[Fact]:
    from gonogo.workspace.user_cache import cache_folder

    if not options.cache:
        return [Fact("note", "cache", "switched off: every run parses every file and searches the whole history")]
    own = cache_folder()
    if own is None:
        return [Fact("note", "cache", "no home folder: nothing is remembered between runs")]
    facts = []
    kinds = {"facts": "files", "polls": "polls", "history": "histories"}
    for name, what in kinds.items():
        folder = own / name
        if not folder.is_dir():
            facts.append(Fact("ok", f"cache of {what}", f"{display(str(folder))}: empty"))
            continue
        sizes = [one.stat().st_size for one in folder.iterdir() if one.is_file()]
        able = os.access(folder, os.W_OK)
        text = f"{display(str(folder))}: {len(sizes)} files, {sum(sizes) / 1e6:.1f} MB"
        facts.append(Fact("ok" if able else "note", f"cache of {what}", text + ("" if able else ", cannot be written")))
    return facts
