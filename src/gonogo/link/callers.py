"""Who calls a function: direct calls, constructor calls, and functions handed on as values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from gonogo.facts.model import Attr, Call, Class, Expr, Function, Lambda, Name
from gonogo.link.module import Module, lambdas_in, tail_name
from gonogo.link.route_tables import RouteTables
from gonogo.link.values import CallSite, ClassV, FuncV, Member, ParamV, Unknown, Value
from gonogo.registry.running import runs

if TYPE_CHECKING:
    from gonogo.link.evaluate import Evaluator
    from gonogo.link.project import Project

MAX_CANDIDATES = 60
"""Call sites looked at for one function; a name used more often is generic and only its exact edges would matter."""
MAX_BY_NAME = 2
"""A method name with at most this many definitions is linked by name where the receiver is unknown."""
SIDE_AREAS = frozenset({"test", "example", "docs", "vendored"})
"""Callers there say nothing about how the application calls."""


_Table: TypeAlias = "dict[tuple[str, str], list[tuple[Module, Call]]]"
"""Calls by language and name."""


@dataclass(frozen=True, eq=False, slots=True)
class Edge:
    """One way control reaches a function: the call, how many parameters are bound before its arguments (`offset`), how
    many arguments come before the function's own (`skip`), and how the call was linked."""

    site: CallSite
    offset: int
    how: Literal["call", "constructor", "passed", "override", "name", "deferred"]
    skip: int = 0


class CallerIndex:
    """Callers of functions and classes among the modules read so far."""

    def __init__(self, project: Project, evaluator: Evaluator) -> None:
        self._project = project
        self._evaluator = evaluator
        self._version = -1
        self._tails: _Table = {}
        self._references: _Table = {}
        self._definitions: dict[tuple[str, str], int] = {}
        self._children: dict[str, list[tuple[Module, Class]]] = {}
        self._indexed: set[str] = set()
        self._edges: dict[tuple[str, int], list[Edge]] = {}
        self._class_edges: dict[tuple[str, int], list[Edge]] = {}
        self._busy: set[tuple[str, int]] = set()
        self._busy_classes: set[tuple[str, int]] = set()
        self._routes = RouteTables()

    def _refresh(self) -> None:
        if self._version == self._project.epoch:
            return
        self._version = self._project.epoch
        self._edges.clear()
        self._class_edges.clear()
        for path in sorted(self._project.modules.keys() - self._indexed):
            self._indexed.add(path)
            module = self._project.modules[path]
            language = module.language
            for table, calls_by_name in ((self._tails, module.calls_by_tail), (self._references, module.references)):
                for name, calls in calls_by_name.items():
                    table.setdefault((language, name), []).extend((module, call) for call in calls)
            for function in module.facts.functions:
                key = (language, function.name)
                self._definitions[key] = self._definitions.get(key, 0) + 1
            self._routes.take_in(module)
            for cls in module.facts.classes:
                for base in cls.bases:
                    self._children.setdefault(tail_name(base), []).append((module, cls))

    def of(self, module: Module, function: Function) -> list[Edge]:
        """Edges into `function`, in order of path and place."""
        self._refresh()
        key = (module.path, function.index)
        done = self._edges.get(key)
        if done is not None:
            return done
        if key in self._busy:
            return []
        self._busy.add(key)
        version = self._project.epoch
        try:
            with self._evaluator.attempt() as attempt:
                edges = self._find(module, function)
        finally:
            self._busy.discard(key)
        if version == self._project.epoch and not self._busy and not attempt.cut:
            self._edges[key] = edges
        return edges

    def _find(self, module: Module, function: Function) -> list[Edge]:
        edges: list[Edge] = []
        if function.name == "<lambda>" or not function.declared:
            written = [(module, c) for c in module.references.get(f"<lambda>{function.index}", [])]
            edges = self._passed(module, function, written)
            if function.name == "<lambda>":
                return edges
        if function.name == "__init__" and function.class_index is not None:
            edges.extend(self.of_class(module, module.facts.classes[function.class_index]))
        for owner, call in self._named(self._tails, module, function.name):
            site = CallSite(self._project.frame(owner, call.function), call)
            edge = self._match(site, module, function)
            if edge is not None:
                edges.append(edge)
        edges.extend(self._passed(module, function, self._named(self._references, module, function.name)))
        return edges

    def in_route_table(self, module: Module, function: Function) -> bool:
        """True if a server that the application wrote itself finds the function in a table of routes."""
        self._refresh()
        return self._routes.holds(self._evaluator, module, function)

    def deferred(self, module: Module, function: Function) -> Iterator[Edge]:
        """Where a task is handed to a queue or another machine: `answer.delay(text)`, `answer.remote.aio(text)`.

        Control does not pass there: what waits, retries or catches around it does nothing for the task.
        """
        if not function.decorators:
            return
        self._refresh()
        named = [
            (owner, call)
            for word in runs().deferred
            for owner, call in self._tails.get((module.language, word), [])
            if tail_name(_task(call)) == function.name and (owner.area not in SIDE_AREAS or owner.area == module.area)
        ]
        for owner, call in sorted(named, key=lambda pair: (pair[0].path, pair[1].index))[:MAX_CANDIDATES]:
            site = CallSite(self._project.frame(owner, call.function), call)
            for value in self._evaluator.values(_task(call), site.frame, self._evaluator.at(call)):
                if isinstance(value, FuncV) and value.function is function:
                    yield Edge(site, 0 if value.self_value is None else 1, "deferred")
                    break

    def _named(self, table: _Table, module: Module, name: str) -> list[tuple[Module, Call]]:
        """Calls of something by its name, or by a name it is exported under."""
        found = self._candidates(table, name, module)
        for alias in sorted(module.aliases.get(name, ())):
            found = [*found, *self._candidates(table, alias, module)]
        return found

    def _candidates(self, table: _Table, name: str, home: Module) -> list[tuple[Module, Call]]:
        found = [
            (owner, call)
            for owner, call in table.get((home.language, name), [])
            if owner.area not in SIDE_AREAS or home.area == owner.area
        ]
        # The order of reading must not show in what is found.
        found.sort(key=lambda pair: (pair[0].path, pair[1].index))
        if len(found) > MAX_CANDIDATES:
            near = [(owner, call) for owner, call in found if owner is home or owner.app == home.app]
            return near[:MAX_CANDIDATES]
        return found

    def _match(self, site: CallSite, module: Module, function: Function) -> Edge | None:
        values = self._evaluator.callee(site)
        for value in values:
            if isinstance(value, FuncV) and value.function.index == function.index and value.module.path == module.path:
                return Edge(site, 0 if value.self_value is None else 1, "call")
            if (
                isinstance(value, FuncV)
                and not function.name.startswith("__")
                and self._overrides(value, module, function)
            ):
                return Edge(site, 1, "override")
        if function.class_index is None or not values:
            return None
        # Unknown receivers are linked by name only where the name says enough.
        if self._definitions.get((module.language, function.name), 0) > MAX_BY_NAME or function.name.startswith("__"):
            return None
        if all(isinstance(v, Unknown) or _root_unknown(v) for v in values):
            return Edge(site, 1, "name")
        return None

    def _overrides(self, value: FuncV, module: Module, function: Function) -> bool:
        """True if `function` overrides the method found, so that the call may reach it too."""
        if function.class_index is None or value.function.class_index is None or value.function.name != function.name:
            return False
        lineage = self._evaluator.mro(module, module.facts.classes[function.class_index])
        return any(c.index == value.function.class_index and m.path == value.module.path for m, c in lineage[1:])

    def of_class(self, module: Module, cls: Class) -> list[Edge]:
        """Constructor calls of a class, and of subclasses that do not define a constructor of their own."""
        self._refresh()
        key = (module.path, cls.index)
        done = self._class_edges.get(key)
        if done is not None:
            return done
        if key in self._busy_classes:
            return []
        self._busy_classes.add(key)
        version = self._project.epoch
        try:
            with self._evaluator.attempt() as attempt:
                edges = list(self._of_class(module, cls))
        finally:
            self._busy_classes.discard(key)
        if version == self._project.epoch and not self._busy_classes and not attempt.cut:
            self._class_edges[key] = edges
        return edges

    def _of_class(self, module: Module, cls: Class) -> Iterator[Edge]:
        for owner, call in self._named(self._tails, module, cls.name):
            site = CallSite(self._project.frame(owner, call.function), call)
            for value in self._evaluator.callee(site):
                if isinstance(value, ClassV) and value.cls.index == cls.index and value.module.path == module.path:
                    yield Edge(site, 1, "constructor")
                    break
        for other, sub in self._subclasses(module, cls):
            if "__init__" not in other.methods.get(sub.index, {}):
                yield from self.of_class(other, sub)

    def _subclasses(self, module: Module, cls: Class) -> list[tuple[Module, Class]]:
        found = []
        for other, candidate in sorted(
            self._children.get(cls.name, []), key=lambda pair: (pair[0].path, pair[1].index)
        ):
            lineage = self._evaluator.mro(other, candidate)
            if any(c.index == cls.index and m.path == module.path for m, c in lineage[1:]):
                found.append((other, candidate))
        return found

    def _passed(self, module: Module, function: Function, calls: list[tuple[Module, Call]]) -> list[Edge]:
        """Edges where the function is an argument: `to_thread(f, x)`, `retry(f)`, `helper(lambda: ...)`."""
        edges: list[Edge] = []
        for owner, call in calls:
            site = CallSite(self._project.frame(owner, call.function), call)
            position = self._position(site, module, function)
            if position is None:
                continue
            edges.append(Edge(site, 0 if function.class_index is None else 1, "passed", skip=position + 1))
            for value in self._evaluator.callee(site):
                name = _parameter(value, site, position)
                if isinstance(value, FuncV) and name:
                    edges.extend(self._called_inside(value, name))
                    edges.extend(self._kept(value, name, module, function))
        return edges

    def _position(self, site: CallSite, module: Module, function: Function) -> int | None:
        names = {function.name, *module.aliases.get(function.name, ())}
        for position, arg in enumerate(site.call.args):
            if module.language == "ecma" and site.module is module and function.index in lambdas_in(arg.value):
                return position
            if isinstance(arg.value, Lambda):
                if function.name == "<lambda>" and arg.value.function == function.index:
                    return position
                continue
            # Only what is called like it is worth asking about: other arguments may lie at the end of long trails.
            if tail_name(arg.value) not in names:
                continue
            for value in self._evaluator.values(arg.value, site.frame, self._evaluator.at(site.call)):
                if (
                    isinstance(value, FuncV)
                    and value.function.index == function.index
                    and value.module.path == module.path
                ):
                    return position
        return None

    def _called_inside(self, value: FuncV, name: str) -> list[Edge]:
        """Calls of the parameter that received the function, inside the project function it was handed to."""
        inner = []
        for call in value.module.calls_by_tail.get(name, []):
            if call.function is not None and _inside(value.module, call.function, value.function.index):
                inner.append(Edge(CallSite(self._project.frame(value.module, call.function), call), 0, "call"))
        for call in value.module.references.get(name, []):
            if call.function is not None and _inside(value.module, call.function, value.function.index):
                inner.append(Edge(CallSite(self._project.frame(value.module, call.function), call), 0, "passed"))
        return inner

    def _kept(self, value: FuncV, name: str, module: Module, function: Function) -> list[Edge]:
        """Calls through the attribute in which a method keeps the function it was handed (`self.on_done = f`)."""
        edges = []
        for assign in value.module.facts.assigns:
            target = assign.target
            if assign.function != value.function.index or not isinstance(target, Attr):
                continue
            if not (isinstance(assign.value, Name) and assign.value.id == name):
                continue
            for owner, call in self._candidates(self._tails, target.name, module):
                site = CallSite(self._project.frame(owner, call.function), call)
                for callee in self._evaluator.callee(site):
                    if isinstance(callee, FuncV) and callee.function is function:
                        edges.append(Edge(site, 0 if function.class_index is None else 1, "call"))
                        break
        return edges


def _task(call: Call) -> Expr:
    """What a method that defers a task is called on: `answer` in `answer.delay()` and `answer.remote.aio()`."""
    base = call.callee.base if isinstance(call.callee, Attr) else call.callee
    return base.base if isinstance(base, Attr) and base.name in runs().deferred else base


def _parameter(value: Value, site: CallSite, position: int) -> str:
    """The parameter of a project function that an argument of a call arrives in; empty if it cannot be told."""
    if not isinstance(value, FuncV):
        return ""
    offset = 0 if value.self_value is None else 1
    params = [p for p in value.function.params if p.kind == "positional"][offset:]
    arg = site.call.args[position]
    if arg.name is not None:
        return arg.name
    return params[position].name if position < len(params) else ""


def _inside(module: Module, function: int | None, outer: int) -> bool:
    while function is not None:
        if function == outer:
            return True
        function = module.facts.functions[function].parent
    return False


def _root_unknown(value: Value) -> bool:
    """True if a member chain starts at something unknown (a parameter without callers, an unknown result)."""
    while isinstance(value, Member):
        value = value.base
    return isinstance(value, (Unknown, ParamV))
