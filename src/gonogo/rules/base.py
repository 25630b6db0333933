"""How rules are written: pure functions from the facts of one application to findings, registered under their id."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from gonogo.facts.lifted import ModelCall, Setting
from gonogo.findings import Evidence, Finding, Place, Question, Related
from gonogo.link.lift import place_of
from gonogo.link.values import Const, Made, SeqV, Site, Value, Values
from gonogo.registry.models import Catalog

if TYPE_CHECKING:
    from gonogo.lexical.index import LexicalIndex
    from gonogo.link.caching import Prompts
    from gonogo.link.entry_guards import GuardedEntry
    from gonogo.link.evaluate import Evaluator
    from gonogo.link.fallbacks import Fallbacks
    from gonogo.link.flows import Flows
    from gonogo.link.handlers import Handlers
    from gonogo.link.module import Module
    from gonogo.link.problems import Way
    from gonogo.secrets.history import HistoryScan
    from gonogo.secrets.tree import TreeScan
    from gonogo.workspace.discover import Workspace


@dataclass(eq=False)
class AppFacts:
    """What rules see of one application. `calls` are those of application code, in order of file and line.

    `workspace` and `index` show every file of the repository: filter by `app` for what belongs to this one.
    `tree` and `history` are the key scans of the repository, given to one application only (a key is nobody's alone).
    """

    root: str
    calls: list[ModelCall]
    evaluator: Evaluator
    workspace: Workspace
    index: LexicalIndex
    catalog: Catalog
    today: dt.date
    tree: TreeScan | None = None
    history: HistoryScan | None = None

    @cached_property
    def flows(self) -> Flows:
        """What flows into prompts and out of answers."""
        from gonogo.link.flows import Flows

        return Flows(self.evaluator, self.calls, self.index)

    @cached_property
    def handlers(self) -> Handlers:
        """Error handlers around calls."""
        from gonogo.link.handlers import Handlers

        return Handlers(self.evaluator)

    @cached_property
    def fallbacks(self) -> Fallbacks:
        """What is served in place of a call that fails."""
        from gonogo.link.fallbacks import Fallbacks

        return Fallbacks(self.evaluator, self.calls)

    @cached_property
    def packages(self) -> frozenset[str]:
        """First names of everything that the code of this application imports."""
        own = (f.path for f in self.workspace.files if f.app == self.root and f.area == "app")
        return frozenset(name for path in own for name in self.index.imported_packages(path))

    def modules_with(self, words: Iterable[str]) -> list[Module]:
        """Modules of this application's own code that hold one of `words`, by path; they are parsed if need be."""
        own = {f.path for f in self.workspace.files if f.app == self.root and f.area == "app"}
        paths = {path for word in words for path in self.index.by_identifier(word)} & own
        self.evaluator.project.prepare(sorted(paths))
        found = (self.evaluator.project.module(path) for path in sorted(paths))
        return [module for module in found if module is not None]

    def modules_importing(self, packages: Iterable[str], words: Iterable[str]) -> list[Module]:
        """Modules of JavaScript of this application's own code that import one of `packages` (`npm:name`) and hold one
        of `words`, by path."""
        own = {f.path for f in self.workspace.files if f.app == self.root and f.area == "app"}
        importing = {path for package in packages for path in self.index.importing(package)}
        holding = {path for word in words for path in self.index.by_identifier(word)}
        found = (self.evaluator.project.module(path) for path in sorted(own & importing & holding))
        return [module for module in found if module is not None]

    @cached_property
    def guarded(self) -> list[GuardedEntry]:
        """The entries that lead to a model call, with what guards them."""
        from gonogo.link.entry_guards import guarded_entries
        from gonogo.link.routes import on_own_key

        # Whoever brings the key pays: no limit protects anybody.
        return guarded_entries((call for call in self.calls if not on_own_key(self.evaluator, call)), self.evaluator)

    @cached_property
    def prompts(self) -> Prompts:
        """How long prompts are, and how they are cached."""
        from gonogo.link.caching import Prompts

        return Prompts(self.evaluator, self.workspace, self.index)

    def place(self, site: Site) -> Place:
        """The place of a site, with the notebook cell where there is one."""
        module = self.evaluator.project.modules.get(site.path)
        return place_of(module, site.span) if module is not None else Place(site.path, site.span)

    def at(self, setting: Setting, call: ModelCall) -> Place:
        """Where a setting is written, else the call."""
        return self.place(setting.site) if setting.site is not None else call.place


ENDS_SHOWN = 3


def ends(ways: Iterable[Way], label: str) -> tuple[Related, ...]:
    """The first places where ways from a call end, each once and under one label."""
    places = dict.fromkeys(way.place for way in ways if way.place is not None)
    return tuple(Related(place, label) for place in list(places)[:ENDS_SHOWN])


RuleFunction = Callable[[AppFacts], Iterable[Finding]]
RULES: dict[str, RuleFunction] = {}


def rule(name: str) -> Callable[[RuleFunction], RuleFunction]:
    """Registers a rule under its id."""

    def register(function: RuleFunction) -> RuleFunction:
        if name in RULES:
            raise ValueError(f"two functions for the rule {name}")
        RULES[name] = function
        return function

    return register


@dataclass(frozen=True)
class ItemJudge:
    """What an item needs besides its findings: whether it applies, what proves it, what could not be seen."""

    applies: Callable[[AppFacts], str]
    """Empty if the item applies, else the reason why not."""
    evidence: Callable[[AppFacts], Iterable[Evidence]]
    questions: Callable[[AppFacts], Iterable[Question]] = field(default=lambda _: ())


ITEMS: dict[str, ItemJudge] = {}


def calls_a_model(app: AppFacts) -> str:
    """Reason why items on model calls do not apply."""
    return "" if app.calls else "no model call found in application code"


def seconds(app: AppFacts, call: ModelCall, setting: Setting) -> float | None:
    """A timeout setting in seconds: a number, a `Timeout` object, a (connect, read) pair, a `timedelta`."""
    unit = call.client.unit if call.client is not None and setting.layer != "call" else call.spec.unit
    if call.client is not None and call.client.unit != 1.0:
        unit = call.client.unit
    if not setting.values:
        return None
    found = {_seconds(app, value) for value in setting.values}
    if len(found) == 1:
        number = found.pop()
        return None if number is None else number * unit
    return None


def _seconds(app: AppFacts, value: Value) -> float | None:
    if isinstance(value, Const):
        ok = isinstance(value.value, (int, float)) and not isinstance(value.value, bool)
        return float(value.value) if ok and isinstance(value.value, (int, float)) else None
    if isinstance(value, SeqV) and value.items:
        numbers = [_seconds(app, v[0]) for v in value.items if len(v) == 1]
        known = [n for n in numbers if n is not None]
        return max(known) if known and len(known) == len(value.items) else None
    if isinstance(value, Made) and value.call is not None:
        positional, named = app.evaluator.arguments(value.call)
        if [_is_none(v) for v in positional] == [True] and not named.entries:
            return math.inf
        for name in ("total", "timeout", "read", "seconds"):
            if name in named.entries and len(named.entries[name]) == 1:
                return _seconds(app, named.entries[name][0])
        if positional and len(positional[0]) == 1:
            return _seconds(app, positional[0][0])
        if "minutes" in named.entries and len(named.entries["minutes"]) == 1:
            minutes = _seconds(app, named.entries["minutes"][0])
            return None if minutes is None else minutes * 60
    return None


def _is_none(values: Values) -> bool:
    return len(values) == 1 and isinstance(values[0], Const) and values[0].value is None


def number(value: float) -> str:
    """A number as people write it: no trailing zeros."""
    return f"{value:g}" if value < 1e6 else f"{value:,.0f}"
