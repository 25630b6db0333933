"""Which files to parse: those that can reach a model call, and those that can reach them.

Seeds name an SDK or a provider's host. From every function that holds a call, files that mention the function's name
are parsed and asked whether they call it, and so on upwards. Downwards nothing is chosen: the evaluator reads a file
when it needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from gonogo.facts.model import Function
from gonogo.languages import language_of
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import Lifter
from gonogo.link.module import DEFAULT, Module
from gonogo.link.project import Project
from gonogo.link.routes import is_route

GENERIC = 6
"""A name with more definitions than this says little: only files that import their way to it are asked."""
IMPORT_HOPS = 3
SET_UP_HOPS = 2
"""From a router to the file that collects routers, and on to the one that makes the application."""
MAX_ROUNDS = 20


class Index(Protocol):
    """What selection needs of the lexical index."""

    def with_needles(self) -> Iterable[str]: ...

    def imported_packages(self, path: str) -> frozenset[str]: ...

    def needles(self, path: str) -> frozenset[bytes]: ...

    def by_identifier(self, name: str) -> Iterable[str]: ...

    def definitions(self, name: str, path: str) -> int: ...

    def importers(self, path: str) -> Iterable[str]: ...

    def imports_of(self, path: str) -> Iterable[str]: ...

    def held(self, path: str, words: frozenset[str]) -> frozenset[str]: ...


class Selector:
    """Grows the parsed part of a project until no file outside it can matter."""

    def __init__(self, project: Project, evaluator: Evaluator, lifter: Lifter, index: Index) -> None:
        self._project = project
        self._evaluator = evaluator
        self._lifter = lifter
        self._index = index
        self._near_cache: dict[str, set[str]] = {}
        self.holders: set[str] = set()
        """Files that may hold a model call."""

    def run(self, wanted: Callable[[str], bool]) -> None:
        """Parse everything that matters among the `wanted` files."""
        seeds = {path: self._sdks_in(path) for path in sorted(self._index.with_needles()) if wanted(path)}
        for path, sdks in seeds.items():
            if sdks:
                self.holders.add(path)
        self.holders |= {path for path in self._through_factories(seeds) if wanted(path)}
        self._read(self.holders)
        done: set[tuple[str, int]] = set()
        for _ in range(MAX_ROUNDS):
            self._project.settle()
            named: set[str] = set()
            for module, function in self._tainted():
                key = (module.path, function.index)
                if key not in done:
                    done.add(key)
                    named |= self._mentions(module, function) | self._set_up(module, function)
            self._read({path for path in named if wanted(path)})
            if self._project.epoch == self._project.version:
                break

    def _read(self, paths: set[str]) -> None:
        self._project.prepare(sorted(paths))
        for path in sorted(paths):
            self._project.module(path)

    def _sdks_in(self, path: str) -> frozenset[str]:
        """SDKs a file uses: it imports one of the packages, and names what is particular to the SDK."""
        needles, packages = self._index.needles(path), self._index.imported_packages(path)
        language = language_of(path)
        return frozenset(
            sdk.key
            for sdk in self._lifter.sdks
            if sdk.language == language and needles & set(sdk.needles) and (sdk.hosts or packages & sdk.packages)
        )

    def _through_factories(self, seeds: dict[str, frozenset[str]]) -> set[str]:
        """Files that get a client from somewhere: they hold all words of a call, and import their way to a seed or are
        imported by one, which hands them its client."""
        found: set[str] = set()
        near: dict[tuple[str, int], set[str]] = {}
        for sdk, names in self._lifter.tail_words():
            # One word (`run`, `post`) says little: only who imports the object directly is asked.
            hops = IMPORT_HOPS if len(names) > 1 else 1
            if (sdk.key, hops) not in near:
                own = [path for path, sdks in seeds.items() if sdk.key in sdks]
                near[(sdk.key, hops)] = self._importers(own, hops)
                if hops > 1:
                    near[(sdk.key, hops)].update(used for path in own for used in self._index.imports_of(path))
            reached = (path for path in near[(sdk.key, hops)] if language_of(path) == sdk.language)
            found.update(path for path in reached if names == self._index.held(path, names))
        return found

    def _near(self, path: str) -> set[str]:
        """Files that import their way to one file."""
        if path not in self._near_cache:
            self._near_cache[path] = self._importers([path], IMPORT_HOPS)
        return self._near_cache[path]

    def _importers(self, paths: Iterable[str], hops: int) -> set[str]:
        frontier, seen = set(paths), set(paths)
        for _ in range(hops):
            frontier = {importer for path in frontier for importer in self._index.importers(path)} - seen
            seen |= frontier
        return seen

    def _tainted(self) -> list[tuple[Module, Function]]:
        """Functions on a way to a model call, as far as the files read so far show."""
        from gonogo.link.reach import Reach

        reach = Reach(self._evaluator)
        found: dict[tuple[str, int], tuple[Module, Function]] = {}
        for module in self._project.all():
            if module.path not in self.holders:
                continue
            for call in self._lifter.calls(module, self._evaluator, bare=True):
                for step in reach.up(call.site, deferred=True)[0]:
                    if step.function is not None:
                        found[(step.module.path, step.function.index)] = (step.module, step.function)
        return [found[key] for key in sorted(found)]

    def _set_up(self, module: Module, function: Function) -> set[str]:
        """For an entry, the files that put it into an application, where its middleware is named."""
        return self._importers([module.path], SET_UP_HOPS) if is_route(self._evaluator, module, function) else set()

    def _mentions(self, module: Module, function: Function) -> set[str]:
        names = set()
        anywhere: set[str] = set()
        current: Function | None = function
        while current is not None:
            if current.name not in ("<lambda>", "__init__", "__call__", DEFAULT):
                names.add(current.name)
            if current.parent is None and module.exported_as_default(current.name):
                # Whoever imports it calls it as it likes.
                anywhere.update(self._index.importers(module.path))
            if current.class_index is not None:
                names.add(module.facts.classes[current.class_index].name)
            current = None if current.parent is None else module.facts.functions[current.parent]
        found = anywhere
        for name in names:
            holders = {p for p in self._index.by_identifier(name) if language_of(p) == language_of(module.path)}
            if self._index.definitions(name, module.path) > GENERIC:
                holders &= {near for path in self._declared_in(module, function) for near in self._near(path)}
            found |= holders
        return found

    def _declared_in(self, module: Module, function: Function) -> set[str]:
        """Files through whose classes a function can be called: its own, and those of the classes it overrides."""
        if function.class_index is None:
            return {module.path}
        lineage = self._evaluator.mro(module, module.facts.classes[function.class_index])
        return {module.path} | {m.path for m, c in lineage[1:] if function.name in m.methods.get(c.index, {})}
