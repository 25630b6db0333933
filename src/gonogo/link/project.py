"""The parsed part of a project: modules by path, read on demand, and what an import leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from gonogo.facts.model import FileFacts
from gonogo.link.module import Module
from gonogo.link.values import Frame


class ModuleResolver(Protocol):
    """Finds the file of a module (see `gonogo.lexical.modules.ModuleMap`)."""

    def resolve(self, module: str, level: int, importer: str) -> str | None: ...

    def resolve_from(self, module: str, name: str, level: int, importer: str) -> str | None: ...


class InstalledPackage(Protocol):
    """What is known of the release of a package (see `gonogo.lexical.versions.Known`)."""

    @property
    def path(self) -> str: ...

    def below(self, limit: str) -> bool: ...


class Versions(Protocol):
    """Finds the release of a package that an application runs with."""

    def known(self, app: str, package: str) -> InstalledPackage | None: ...


class Project:
    """Modules read so far. `load` parses a file of the project, or answers `None` if it cannot be read."""

    def __init__(
        self,
        resolver: ModuleResolver,
        load: Callable[[str], FileFacts | None],
        places: Callable[[str], tuple[str, str]],
        versions: Versions | None = None,
        prepare: Callable[[Iterable[str]], None] | None = None,
    ) -> None:
        self.resolver = resolver
        self.versions = versions
        self.modules: dict[str, Module] = {}
        self._load = load
        self._places = places
        self._prepare = prepare
        self._failed: set[str] = set()
        self._frames: dict[tuple[str, int | None], Frame] = {}
        self.version = 0
        """Grows with every module read."""
        self.epoch = 0
        """The version up to which questions over all modules (who calls this?) are answered. It moves only when told
        to: reading a module on the way to an answer must not make every earlier answer stale."""

    def settle(self) -> bool:
        """Take in the modules read since the last time; false if there were none."""
        moved = self.epoch != self.version
        self.epoch = self.version
        return moved

    def prepare(self, paths: Iterable[str]) -> None:
        """Announce modules that will be asked for, so that they can be read side by side."""
        if self._prepare is not None:
            self._prepare(path for path in paths if path not in self.modules and path not in self._failed)

    def module(self, path: str) -> Module | None:
        """The module at `path`, parsed now if it was not yet."""
        found = self.modules.get(path)
        if found is not None or path in self._failed:
            return found
        facts = self._load(path)
        if facts is None:
            self._failed.add(path)
            return None
        area, app = self._places(path)
        module = Module(facts, area, app)
        self.modules[path] = module
        self.version += 1
        return module

    def frame(self, module: Module, function: int | None) -> Frame:
        """The one frame in which a function is read for all of its callers."""
        key = (module.path, function)
        frame = self._frames.get(key)
        if frame is None:
            frame = Frame(module, function)
            self._frames[key] = frame
        return frame

    def all(self) -> list[Module]:
        """Modules read so far, by path, so that results do not depend on the order of reading."""
        return [self.modules[path] for path in sorted(self.modules)]
