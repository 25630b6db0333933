"""What flows where in one application: into prompts, out of answers, and through which functions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from gonogo.facts.flow import Origin, Path
from gonogo.link.below import SIDE, Below
from gonogo.link.cursor import Purpose
from gonogo.link.evaluate import Evaluator
from gonogo.link.module import Module
from gonogo.link.sources import Sources
from gonogo.link.taint import Tracer
from gonogo.link.tools import Tools
from gonogo.link.values import CallSite, FuncV

if TYPE_CHECKING:
    from gonogo.facts.lifted import ModelCall
    from gonogo.facts.model import Expr
    from gonogo.link.acting import Act
    from gonogo.link.effects import Effected
    from gonogo.link.project import Project
    from gonogo.link.quiet import QuietTools

STEPS = 500
"""Steps of evaluation for one of the many questions a walk asks; most take fewer than fifty."""


class Index(Protocol):
    """What flows need of the lexical index."""

    def held(self, path: str, words: frozenset[str]) -> frozenset[str]: ...

    def definitions(self, name: str) -> int: ...


class Flows:
    """Flow facts of one application's calls."""

    def __init__(self, evaluator: Evaluator, calls: list[ModelCall], index: Index) -> None:
        self.evaluator = evaluator
        tools = Tools(evaluator)

        methods = _Methods(evaluator.project)

        def defined(name: str) -> bool:
            return index.definitions(name) > 0 or methods.has(name)

        self.defined = defined
        """Says whether the project defines a function or class of a name."""
        with evaluator.within(STEPS):
            given = list(tools.of_calls(calls))
            self.below = Below(evaluator, defined)
            self.below.add_functions(given)
            self.below.add_calls(calls)
            near = self._near(self.below.modules(), calls, tools.words, index)
            registered = [value for module in near for value in tools.of_module(module)]
            self.below.add_functions(registered)
        evaluator.project.settle()
        self.handlers = {(v.module.path, v.function.index): v.function.name for v in (*given, *registered)}
        self.tools: tuple[FuncV, ...] = (*given, *registered)
        self.sources = Sources(evaluator)
        self.tracer = Tracer(evaluator, calls, self.sources, defined, self.handlers, self.below.dispatched)

    @cached_property
    def acts(self) -> tuple[Act, ...]:
        """Every call in reach that acts on what a model wrote."""
        from gonogo.link.acting import acts

        with self.evaluator.within(STEPS):
            return tuple(acts(self))

    @cached_property
    def effects(self) -> tuple[Effected, ...]:
        """Everything a model sets off at other services."""
        from gonogo.link.effects import effected

        with self.evaluator.within(STEPS):
            return tuple(effected(self))

    @cached_property
    def quiet_tools(self) -> QuietTools:
        """Which tools of JavaScript are known to change nothing at other services."""
        from gonogo.link.quiet import QuietTools

        return QuietTools(self)

    def _near(self, modules: list[Module], calls: list[ModelCall], words: frozenset[str], index: Index) -> list[Module]:
        """Files that may say which functions are tools: those on the way to calls, those that make the clients and
        settings of calls, and what all of these import, if it holds one of `words`."""
        project = self.evaluator.project
        found = {module.path: module for module in modules}
        for call in calls:
            sites = [setting.site.path for setting in call.settings.values() if setting.site is not None]
            if call.made is not None and call.made.call is not None:
                sites.append(call.made.call.module.path)
            for path in sites:
                module = project.module(path)
                if module is not None:
                    found[path] = module
        for module in [found[path] for path in sorted(found)]:
            for item in module.facts.imports:
                target = project.resolver.resolve_from(item.module, item.name or "", item.level, module.path)
                if target is None or target in found or not index.held(target, words):
                    continue
                other = project.module(target)
                if other is not None and other.area not in SIDE:
                    found[target] = other
        return [found[path] for path in sorted(found)]

    def made_of(self, expr: Expr, site: CallSite, path: Path = (), purpose: Purpose = "text") -> list[Origin]:
        """What an argument of a call is made of (see `Tracer.origins`)."""
        with self.evaluator.within(STEPS):
            return self.tracer.origins(expr, site.frame, Evaluator.at(site.call), path, purpose)


class _Methods:
    """Names of the functions in the files of JavaScript read so far: the index knows methods of Python only."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._version = -1
        self._names: set[str] = set()

    def has(self, name: str) -> bool:
        if self._version != self._project.version:
            self._version = self._project.version
            modules = (m for m in self._project.all() if m.language == "ecma")
            self._names = {function.name for module in modules for function in module.facts.functions}
        return name in self._names
