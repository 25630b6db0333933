"""One run from a folder to a poll."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo import __version__
from gonogo.poll import Poll, Skipped, Stats
from gonogo.timing import watch

if TYPE_CHECKING:
    from gonogo.analysis import Analysis, Progress
    from gonogo.checklist.known import KnownFindings
    from gonogo.config.options import Options
    from gonogo.frontends.store import Store
    from gonogo.memory import Conclusion, Memory
    from gonogo.rules.base import AppFacts
    from gonogo.secrets.history import HistoryScan
    from gonogo.secrets.tree import TreeScan
    from gonogo.workspace.discover import Workspace
    from gonogo.workspace.export import Unpacked


def run(
    root: Path,
    options: Options,
    progress: Progress | None = None,
    known: KnownFindings | None = None,
    unpacked: Unpacked | None = None,
) -> Poll:
    """Poll the applications below `root`. Findings that are `known` are reported as such and do not count.

    `unpacked` holds the files where `root` is for what comes out of a repository; they need not be written yet.

    A repository whose history was asked for and cannot be read counts among the faults; the rest goes on.
    """
    from gonogo.counting import count
    from gonogo.registry.models import catalog
    from gonogo.workspace.discover import discover

    started = time.monotonic()
    memory = _memory(root, options, unpacked)
    with watch.stage("listing files"):
        workspace = discover(
            root,
            exclude=options.exclude,
            areas=dict(options.areas),
            roots=options.roots,
            unpacked=None if unpacked is None else unpacked.sizes,
        )
    history = _history(workspace, options, progress)
    found = None
    if memory is not None:
        with watch.stage("recalling"):
            found = memory.recall(workspace, history, None if unpacked is None else unpacked.write)
    if found is None:
        if unpacked is not None:
            unpacked.write()
        found = _conclude(workspace, history, options, progress, memory)
    counted = count(found.judgement, options, known)
    return Poll(
        tool_version=__version__,
        models_date=catalog().as_of.isoformat(),
        root=str(root),
        name=workspace.name,
        verdict=counted.verdict,
        items=counted.items,
        apps=counted.apps,
        findings=counted.findings,
        calls=found.calls,
        stats=Stats(
            files_seen=len(workspace.files),
            files_parsed=found.parsed,
            files_skipped=found.skipped,
            commits=history.commits if history is not None else 0,
            blobs=history.blobs if history is not None else 0,
            seconds=time.monotonic() - started,
        ),
        warnings=(*_age(options), *counted.warnings),
        faults=(*_history_faults(history), *found.faults),
        checklist=options.checklist,
        held_back=found.judgement.held_back,
    )


def _conclude(
    workspace: Workspace,
    history: HistoryScan | None,
    options: Options,
    progress: Progress | None,
    memory: Memory | None,
) -> Conclusion:
    """Read and judge everything."""
    from gonogo.analysis import analyse
    from gonogo.call_rows import rows
    from gonogo.judging import Judge
    from gonogo.memory import Conclusion

    store = _store(options)
    try:
        analysis = analyse(workspace, prefilter=options.prefilter, progress=progress, store=store, jobs=options.jobs)
        tree = _tree(workspace, progress, memory)
        apps = _applications(workspace, analysis, tree, history, options)
        with watch.stage("judging"):
            judgement = Judge(workspace, analysis, options).run(apps)
        found = Conclusion(
            judgement=judgement,
            calls=tuple(rows(analysis.calls, apps)),
            skipped=_skipped(workspace, analysis, tree, history),
            parsed=len(analysis.parsed),
            faults=(*tree.faults, *analysis.faults, *judgement.faults),
        )
        if memory is not None and not found.faults:
            with watch.stage("remembering"):
                memory.keep(workspace, analysis.index, tree, history, found)
        return found
    finally:
        if store is not None:
            store.close()


def _age(options: Options) -> tuple[str, ...]:
    """A warning if the model catalog is old."""
    from gonogo.registry.models import catalog

    models = catalog()
    if not models.stale(options.today):
        return ()
    age = (options.today - models.as_of).days
    return (f"the model catalog is {age} days old ({models.as_of.isoformat()}): update gonogo",)


def _memory(root: Path, options: Options, unpacked: Unpacked | None) -> Memory | None:
    if not options.cache:
        return None
    from gonogo.memory import Memory
    from gonogo.workspace.user_cache import cache_folder

    folder = cache_folder()
    if folder is None:
        return None
    project = os.path.realpath(root) if unpacked is None else unpacked.project
    return Memory(folder / "polls", project, options, None if unpacked is None else unpacked.blobs)


def _store(options: Options) -> Store | None:
    if not options.cache:
        return None
    from gonogo.frontends.store import Store
    from gonogo.workspace.user_cache import cache_folder

    folder = cache_folder()
    return None if folder is None else Store(folder / "facts", options.today.toordinal())


def _tree(workspace: Workspace, progress: Progress | None, memory: Memory | None) -> TreeScan:
    from gonogo.secrets.tree import scan_tree

    if progress is not None:
        progress("looking for keys", 0, len(workspace.files))
    with watch.stage("keys in files"):
        return scan_tree(workspace, memory.quiet(workspace) if memory is not None else ())


def _history(workspace: Workspace, options: Options, progress: Progress | None) -> HistoryScan | None:
    from gonogo.secrets.history import HistoryScan, scan_history

    if not options.history:
        return None
    if workspace.git_problem is not None:
        return HistoryScan(failed=workspace.git_problem)
    if workspace.git is None:
        return None
    if progress is not None:
        progress("reading the history", 0, 1)
    with watch.stage("keys in the history"):
        return scan_history(workspace.git, options.history_since, cached=options.cache)


def _history_faults(history: HistoryScan | None) -> tuple[str, ...]:
    """What kept the history from being searched at all."""
    if history is None or not history.failed:
        return ()
    return (f"the git history was not searched: {history.failed}",)


def _applications(
    workspace: Workspace, analysis: Analysis, tree: TreeScan, history: HistoryScan | None, options: Options
) -> list[AppFacts]:
    """The facts of each application that calls a model, and of the root, which answers for the repository's keys."""
    from gonogo.analysis import JUDGED_AREAS
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
