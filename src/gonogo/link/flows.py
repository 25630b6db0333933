"""What flows where in one application: into prompts, out of answers, and through which functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from gonogo.facts.flow import Origin, Path
from gonogo.link.below import SIDE, below
from gonogo.link.evaluate import Evaluator
from gonogo.link.module import Module
from gonogo.link.sources import Sources
from gonogo.link.taint import Tracer
from gonogo.link.tools import Tools
from gonogo.link.values import CallSite, FuncV

if TYPE_CHECKING:
    from gonogo.facts.lifted import ModelCall
    from gonogo.facts.model import Expr

Identifiers: TypeAlias = "Callable[[str], frozenset[str]]"
"""The identifiers a file holds, by its path."""


class Flows:
    """Flow facts of one application's calls."""

    def __init__(self, evaluator: Evaluator, calls: list[ModelCall], identifiers: Identifiers) -> None:
        self.evaluator = evaluator
        tools = Tools(evaluator)
        given = list(tools.of_calls(calls))
        first = below(evaluator, calls, given)
        near = self._near(first.modules(), calls, tools.words, identifiers)
        registered = [value for module in near for value in tools.of_module(module)]
        self.below = below(evaluator, calls, [*given, *registered])
        evaluator.project.settle()
        self.handlers = {(v.module.path, v.function.index): v.function.name for v in (*given, *registered)}
        self.tools: tuple[FuncV, ...] = (*given, *registered)
        self.sources = Sources(evaluator)
        self.tracer = Tracer(evaluator, calls, self.sources, self.handlers, self.below.dispatched)

    def _near(
        self, modules: list[Module], calls: list[ModelCall], words: frozenset[str], identifiers: Identifiers
    ) -> list[Module]:
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
                if target is None or target in found or not words & identifiers(target):
                    continue
                other = project.module(target)
                if other is not None and other.area not in SIDE:
                    found[target] = other
        return [found[path] for path in sorted(found)]

    def made_of(self, expr: Expr, site: CallSite, path: Path = ()) -> list[Origin]:
        """What an argument of a call is made of."""
        return self.tracer.origins(expr, site.frame, Evaluator.at(site.call), path)
