"""From files to facts of applications: index, selection, parsing, linking, lifting."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gonogo.facts.lifted import ABSENT, ModelCall
from gonogo.facts.model import Compare, FileFacts, Name
from gonogo.languages import ECMA_SUFFIXES, PYTHON_SUFFIXES
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import Lifter
from gonogo.link.project import Project
from gonogo.poll import Skipped
from gonogo.registry.sdks import all_sdks
from gonogo.timing import watch

if TYPE_CHECKING:
    from gonogo.frontends.reader import Reader
    from gonogo.frontends.store import Store
    from gonogo.lexical.index import LexicalIndex
    from gonogo.link.metering import Metering
    from gonogo.link.tracing import Tracing
    from gonogo.workspace.discover import Workspace

Progress = Callable[[str, int, int], None]
CODE_SUFFIXES = (*PYTHON_SUFFIXES, *ECMA_SUFFIXES)
JUDGED_AREAS = frozenset({"app"})
READ_AREAS = frozenset({"app", "script", "example"})
"""Areas whose calls are listed; only those of `JUDGED_AREAS` are judged."""


@dataclass(eq=False)
class Analysis:
    """What reading the code of a workspace gave."""

    evaluator: Evaluator
    index: LexicalIndex
    calls: list[ModelCall]
    parsed: dict[str, FileFacts]
    skipped: list[Skipped] = field(default_factory=list)
    relevant_unread: list[Skipped] = field(default_factory=list)
    """Unread files that name an SDK: the items that depend on calls cannot be GO over them."""
    faults: list[str] = field(default_factory=list)


class _Loading:
    """Takes in files, and keeps account of those that could not be."""

    def __init__(self, reader: Reader, files: Container[str], indexed: int, progress: Progress | None) -> None:
        self._reader = reader
        self._files = files
        self._indexed = indexed
        self._progress = progress
        self.parsed: dict[str, FileFacts] = {}
        self.failures: dict[str, str] = {}
        self.faults: list[str] = []

    def prepare(self, paths: Iterable[str]) -> None:
        """Files that will be asked for."""
        with watch.stage("parsing"):
            self._reader.prepare(path for path in paths if path in self._files and path.endswith(CODE_SUFFIXES))

    def load(self, path: str) -> FileFacts | None:
        """The facts of one file; `None` if it is no code, or cannot be read."""
        from gonogo.workspace.read import Unreadable

        if path not in self._files or not path.endswith(CODE_SUFFIXES):
            return None
        if self._progress is not None:
            self._progress("reading code", len(self.parsed), self._indexed)
        try:
            with watch.stage("parsing"):
                facts = self._reader.load(path)
        except Unreadable as error:
            self.failures[path] = str(error)
            return None
        except Exception as error:  # one broken file must not end the run; it is counted as a fault
            self.faults.append(f"{path}: internal error while reading it: {type(error).__name__}")
            self.failures[path] = "internal error"
            return None
        if facts is None:
            return None
        if facts.status != "parsed":
            self.failures[path] = facts.reason
        if facts.status == "failed":
            return None
        self.parsed[path] = facts
        return facts


def needles() -> tuple[bytes, ...]:
    """What to look for in a file to see whether it can have to do with a model."""
    return tuple(sorted({needle for sdk in all_sdks() for needle in sdk.needles}))


def analyse(
    workspace: Workspace,
    *,
    prefilter: bool = True,
    progress: Progress | None = None,
    store: Store | None = None,
    jobs: int = 0,
) -> Analysis:
    """Find every model call of the workspace and everything the rules ask about it.

    `store` keeps the facts of files for later runs; `jobs` is the greatest number of processes, 0 for one a core.
    """
    from gonogo.frontends.reader import Reader
    from gonogo.lexical.index import build_index
    from gonogo.lexical.versions import Versions
    from gonogo.link.metering import Metering
    from gonogo.link.select import Selector
    from gonogo.link.tracing import Tracing

    sdks = all_sdks()
    with watch.stage("indexing words"):
        index = build_index(workspace, needles())
    files = {file.path: file for file in workspace.files}
    skipped = list(index.unread)
    reader = Reader(workspace.read, store, jobs)
    loading = _Loading(reader, files, len(index.files), progress)
    failures, faults = loading.failures, loading.faults
    project = Project(
        index.modules,
        loading.load,
        lambda path: (files[path].area, files[path].app),
        Versions(workspace),
        loading.prepare,
    )
    evaluator = Evaluator(project)
    lifter = Lifter(evaluator, sdks)

    def wanted(path: str) -> bool:
        return path in files and files[path].area in READ_AREAS

    holders: set[str] | None = None
    if prefilter:
        selector = Selector(project, evaluator, lifter, index)
        with watch.stage("selecting"):
            selector.run(wanted)
        holders = selector.holders
    else:
        project.prepare(path for path in sorted(index.files) if wanted(path))
        for path in sorted(index.files):
            if wanted(path):
                project.module(path)
    tracing, metering = Tracing(evaluator, index, workspace), Metering(evaluator, index, workspace)
    with watch.stage("following calls"):
        calls = _lift(project, evaluator, lifter, holders, progress, faults, tracing, metering)
    for path in sorted(failures):
        skipped.append(Skipped(path, failures[path]))
    relevant = [
        Skipped(path, failures[path])
        for path in sorted(failures)
        if path in index.files and index.files[path].needles and files[path].area in JUDGED_AREAS
    ]
    relevant += [
        s
        for s in index.unread
        if s.path in files and files[s.path].area in JUDGED_AREAS and s.path.endswith(CODE_SUFFIXES)
    ]
    return Analysis(evaluator, index, calls, loading.parsed, skipped, relevant, faults)


def _lift(
    project: Project,
    evaluator: Evaluator,
    lifter: Lifter,
    holders: set[str] | None,
    progress: Progress | None,
    faults: list[str],
    tracing: Tracing,
    metering: Metering,
) -> list[ModelCall]:
    from gonogo.link.deadlines import deadline
    from gonogo.link.entries import entries_of
    from gonogo.link.graphs import Graph, graph_loops
    from gonogo.link.loops import agent_loops
    from gonogo.link.reach import Reach
    from gonogo.link.responses import response_uses
    from gonogo.link.retrying import derived_retries, own_retries
    from gonogo.link.signals import raced, signal_deadline

    reach = Reach(evaluator)
    graphs: list[Graph] = []
    calls: list[ModelCall] = []
    while True:
        # Evaluation may read further files; a call in them counts as well.
        project.settle()
        modules = [module for module in project.all() if holders is None or module.path in holders]
        calls = [call for module in modules for call in lifter.calls(module, evaluator)]
        graphs = graph_loops(project.all(), evaluator)
        if project.version == project.epoch:
            break
    _set_trials_apart(calls)
    for number, call in enumerate(calls):
        if progress is not None:
            progress("following calls", number, len(calls))
        try:
            ways, cycles = reach.up(call.site, deferred=True)
            steps = [step for step in ways if not step.later]
            call.steps = tuple(steps)
            call.own_retries = (*derived_retries(call), *own_retries(steps, evaluator))
            # Handlers are functions handed on in JavaScript: there each way says whether it is sure.
            handed = call.sdk.language == "python"
            call.handed_on = handed and any(step.how == "passed" and not step.call.awaited for step in steps)
            through = {(step.module.path, step.call.function) for step in steps}
            drawn = [graph.loop for graph in graphs if graph.loop is not None and graph.functions & through]
            call.loops = (*agent_loops(call, steps, cycles, evaluator), *drawn)
            call.deadline = deadline(steps, evaluator)
            if call.deadline.status == "absent" and call.sdk.language == "ecma":
                call.deadline = signal_deadline(call.setting("signal"), evaluator) or raced(steps, evaluator) or ABSENT
            call.entries = tuple(entries_of(evaluator, ways))
            call.route = next((entry.place for entry in call.entries if entry.outside), None)
            call.answer = response_uses(evaluator, call)
            call.tracing = tuple(tracing.covering(call))
            call.meters = tuple(metering.around(call))
            call.usage_logged = _usage_logged(call)
            call.stop_reason_checked = call.answer.stop_checked
        except Exception as error:  # one call that cannot be followed is a fault, not the end
            faults.append(f"{call.place}: internal error while following the call: {type(error).__name__}: {error}")
    return sorted(calls, key=lambda c: (c.place.path, c.site.call.span, c.site.call.index))


def _usage_logged(call: ModelCall) -> bool | None:
    """Whether the call's tokens are recorded as the code stands, by the application or by an integration that covers
    it: what is off unless somebody switches it on records nothing."""
    if any(covering.usage and covering.sure for covering in call.tracing):
        return True
    own = None if call.answer is None else call.answer.usage_logged
    unsure = any(covering.usage and not covering.opt_in for covering in call.tracing)
    return None if own is False and unsure else own


def _set_trials_apart(calls: list[ModelCall]) -> None:
    """Calls right under `if __name__ == "__main__":` are trial runs, unless the application has no other."""
    real = {call.app for call in calls if call.area in JUDGED_AREAS and not _under_main(call)}
    for call in calls:
        if call.app in real and call.area in JUDGED_AREAS and _under_main(call):
            call.area = "script"


def _under_main(call: ModelCall) -> bool:
    if call.site.call.function is not None:
        return False
    tests = [block.test for block in call.site.module.enclosing(call.site.call.blocks, "branch")]
    return any(isinstance(t, Compare) and isinstance(t.left, Name) and t.left.id == "__name__" for t in tests)
