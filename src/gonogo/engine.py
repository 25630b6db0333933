"""One run from a folder to a poll."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo import __version__
from gonogo.analysis import JUDGED_AREAS, Analysis, Progress, analyse
from gonogo.poll import Poll, Skipped, Stats
from gonogo.timing import watch

if TYPE_CHECKING:
    from gonogo.checklist.known import KnownFindings
    from gonogo.config.options import Options
    from gonogo.frontends.store import Store
    from gonogo.rules.base import AppFacts
    from gonogo.secrets.history import HistoryScan
    from gonogo.secrets.tree import TreeScan
    from gonogo.workspace.discover import Workspace


def run(
    root: Path,
    options: Options,
    progress: Progress | None = None,
    known: KnownFindings | None = None,
    unpacked: Sequence[str] | None = None,
) -> Poll:
    """Poll the applications below `root`. Findings that are `known` are reported as such and do not count.

    `unpacked` lists the files where `root` holds what was unpacked from a repository.

    A repository whose history was asked for and cannot be read counts among the faults; the rest goes on.
    """
    store = _store(options)
    try:
        return _run(root, options, progress, known, store, unpacked)
    finally:
        if store is not None:
            store.close()


def _run(
    root: Path,
    options: Options,
    progress: Progress | None,
    known: KnownFindings | None,
    store: Store | None,
    unpacked: Sequence[str] | None,
) -> Poll:
    from gonogo.counting import count
    from gonogo.judging import Judge
    from gonogo.registry.models import catalog
    from gonogo.workspace.discover import discover

    started = time.monotonic()
    with watch.stage("listing files"):
        workspace = discover(
            root, exclude=options.exclude, areas=dict(options.areas), roots=options.roots, unpacked=unpacked
        )
    analysis = analyse(workspace, prefilter=options.prefilter, progress=progress, store=store, jobs=options.jobs)
    tree, history = _scan_keys(workspace, options, progress)
    apps = _applications(workspace, analysis, tree, history, options)
    with watch.stage("judging"):
        judgement = Judge(workspace, analysis, options).run(apps)
    counted = count(judgement, options, known)
    stats = Stats(
        files_seen=len(workspace.files),
        files_parsed=len(analysis.parsed),
        files_skipped=_skipped(workspace, analysis, tree, history),
        commits=history.commits if history is not None else 0,
        blobs=history.blobs if history is not None else 0,
        seconds=time.monotonic() - started,
    )
    models = catalog()
    warnings = list(counted.warnings)
    if models.stale(options.today):
        age = (options.today - models.as_of).days
        warnings.insert(0, f"the model catalog is {age} days old ({models.as_of.isoformat()}): update gonogo")
    from gonogo.call_rows import rows

    return Poll(
        tool_version=__version__,
        models_date=models.as_of.isoformat(),
        root=str(root),
        name=workspace.name,
        verdict=counted.verdict,
        items=counted.items,
        apps=counted.apps,
        findings=counted.findings,
        calls=tuple(rows(analysis.calls, apps)),
        stats=stats,
        warnings=tuple(warnings),
        faults=(*_history_faults(history), *tree.faults, *analysis.faults, *judgement.faults),
        checklist=options.checklist,
        held_back=judgement.held_back,
    )


def _store(options: Options) -> Store | None:
    if not options.cache:
        return None
    from gonogo.frontends.store import Store
    from gonogo.workspace.user_cache import cache_folder

    folder = cache_folder()
    return None if folder is None else Store(folder / "facts", options.today.toordinal())


def _scan_keys(
    workspace: Workspace, options: Options, progress: Progress | None
) -> tuple[TreeScan, HistoryScan | None]:
    from gonogo.secrets.history import HistoryScan, scan_history
    from gonogo.secrets.tree import scan_tree

    if progress is not None:
        progress("looking for keys", 0, len(workspace.files))
    with watch.stage("keys in files"):
        tree = scan_tree(workspace)
    if options.history and workspace.git_problem is not None:
        return tree, HistoryScan(failed=workspace.git_problem)
    if not options.history or workspace.git is None:
        return tree, None
    if progress is not None:
        progress("reading the history", 0, 1)
    with watch.stage("keys in the history"):
        return tree, scan_history(workspace.git, options.history_since, cached=options.cache)


def _history_faults(history: HistoryScan | None) -> tuple[str, ...]:
    """What kept the history from being searched at all."""
    if history is None or not history.failed:
        return ()
    return (f"the git history was not searched: {history.failed}",)


def _applications(
    workspace: Workspace, analysis: Analysis, tree: TreeScan, history: HistoryScan | None, options: Options
) -> list[AppFacts]:
    """The facts of each application that calls a model, and of the root, which answers for the repository's keys."""
    from gonogo.registry.models import catalog
    from gonogo.rules.base import AppFacts

    calls = defaultdict(list)
    for call in analysis.calls:
        if call.area in JUDGED_AREAS:
            calls[call.app].append(call)
    roots = sorted({".", *calls}, key=lambda root: (root != ".", root))
    return [
        AppFacts(
            root=root,
            calls=calls.get(root, []),
            evaluator=analysis.evaluator,
            workspace=workspace,
            index=analysis.index,
            catalog=catalog(),
            today=options.today,
            tree=tree if root == "." else None,
            history=history if root == "." else None,
        )
        for root in roots
    ]


def _skipped(workspace: Workspace, analysis: Analysis, tree: TreeScan, history: HistoryScan | None) -> list[Skipped]:
    """Everything that was not read, once per path and reason."""
    found = [*workspace.skipped, *analysis.skipped, *tree.unread]
    if workspace.git_problem is not None:
        found.append(Skipped(".git", workspace.git_problem))
    if history is not None:
        found.extend(history.unread)
    return sorted(dict.fromkeys(found), key=lambda s: (s.path, s.reason))
