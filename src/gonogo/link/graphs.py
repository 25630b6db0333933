"""Agent loops drawn as graphs: nodes that call a model, edges that lead back to them, and the limit on the steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, TypeAlias

from gonogo.facts.lifted import AgentLoop
from gonogo.facts.model import ORDERING, Compare, Lit
from gonogo.findings import Place
from gonogo.link.dicts import fold_dicts
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import place_of, same_symbol, symbol
from gonogo.link.loops import older_default
from gonogo.link.module import Module, tail_name
from gonogo.link.values import CallSite, Const, DictV, Ext, FuncV, Made, Member, SeqV, Value, Values
from gonogo.link.walk import walk
from gonogo.registry.data import load_toml
from gonogo.registry.loops import loop_words
from gonogo.registry.sdks import Older

Limit: TypeAlias = "tuple[float, Place] | Literal['unknown'] | None"


@cache
def specs() -> tuple[dict[str, Any], ...]:
    """The `[[graphs]]` tables."""
    return tuple(load_toml("libraries/graphs.toml")["graphs"])


@dataclass(slots=True)
class Graph:
    """What is known of one graph: functions of its nodes, and which node leads to which."""

    functions: set[tuple[str, int]] = field(default_factory=set)
    steers: set[tuple[str, int]] = field(default_factory=set)
    """Functions that only say which node comes next."""
    edges: dict[str, set[str]] = field(default_factory=dict)
    loop: AgentLoop | None = None

    def cyclic(self) -> bool:
        """True if some node can be reached from itself."""
        for start in self.edges:
            todo, seen = list(self.edges[start]), set()
            while todo:
                node = todo.pop()
                if node == start:
                    return True
                if node not in seen:
                    seen.add(node)
                    todo.extend(self.edges.get(node, ()))
        return False


def graph_loops(modules: list[Module], evaluator: Evaluator) -> list[Graph]:
    """Every run of a cyclic graph."""
    found: list[Graph] = []
    for module in modules:
        for spec in specs():
            for name in spec["runs"]:
                for call in module.calls_by_tail.get(name, []):
                    site = CallSite(evaluator.project.frame(module, call.function), call)
                    for value in evaluator.callee(site):
                        graph = _run(value, site, spec, evaluator)
                        if graph is not None:
                            found.append(graph)
                            break
    return found


def _run(value: Value, site: CallSite, spec: dict[str, Any], evaluator: Evaluator) -> Graph | None:
    if not isinstance(value, Member):
        return None
    base: Value = value.base
    settings: list[CallSite] = []
    while isinstance(base, Made) and isinstance(base.callee, Member) and base.callee.name in spec["configure"]:
        if base.call is not None:
            settings.append(base.call)
        base = base.callee.base
    if not (isinstance(base, Made) and isinstance(base.callee, Member) and base.callee.name == spec["compile"]):
        return None
    builder = base.callee.base
    while isinstance(builder, Made) and isinstance(builder.callee, Member):
        builder = builder.callee.base  # `StateGraph(...).add_node(...).compile()`
    if not isinstance(builder, Made) or not any(same_symbol(symbol(builder.callee), n) for n in spec["builders"]):
        return None
    if builder.call is None:
        return None
    graph = _read(builder.call, spec, evaluator)
    if not graph.cyclic():
        return None
    place = place_of(site.module, site.call.span)
    limit = _limit([site, *settings], spec, evaluator)
    older = Older(**spec["older"]) if "older" in spec else None
    old = older_default(older, site.module.app, evaluator) if limit is None else None
    if old is not None:
        text = f"at most {old[0]} steps by default in the release that {old[1]} names"
        graph.loop = AgentLoop("framework", place, True, text, place, float(old[0]))
    elif limit is None or limit == "unknown":
        counted = _counted(graph, evaluator)
        capped = True if counted is not None else False if limit is None else None
        text = "a count in what the nodes pass on is held against a limit"
        graph.loop = AgentLoop("framework", place, capped, text, counted, None, hint=spec["text"])
    else:
        number, where = limit
        if number > spec["absurd"]:
            graph.loop = AgentLoop("framework", place, False, disabled=where, cap=number, hint=spec["text"])
        else:
            graph.loop = AgentLoop("framework", place, True, f"at most {number:g} steps", where, number)
    return graph


def _limit(sites: list[CallSite], spec: dict[str, Any], evaluator: Evaluator) -> Limit:
    """The limit on steps and where it stands; `unknown` if it cannot be read, `None` if none is given."""
    for site in sites:
        positional, named = evaluator.arguments(site)
        config = named.entries.get("config", positional[1] if len(positional) > 1 else ())
        tables = [named, *([fold_dicts(config)] if config else [])]
        if site is not sites[0] and positional:
            tables.append(fold_dicts(positional[0]))
        for table in tables:
            values = table.entries.get(spec["limit"], ())
            for value in values:
                if isinstance(value, Const) and isinstance(value.value, (int, float)):
                    where = table.sites.get(spec["limit"], site.site)
                    return float(value.value), Place(where.path, where.span)
            if values or (config and table.open):
                return "unknown"
    return None


def _read(builder: CallSite, spec: dict[str, Any], evaluator: Evaluator) -> Graph:
    graph = Graph()
    module = builder.module
    for kind in ("node", "edge", "branch"):
        for call in module.calls_by_tail.get(spec[kind], []):
            site = CallSite(evaluator.project.frame(module, call.function), call)
            if not any(_on(value, builder) for value in evaluator.callee(site)):
                continue
            positional, named = evaluator.arguments(site)
            if kind == "node":
                _node(graph, positional)
                _jumps(graph, positional, spec, evaluator)
            elif kind == "edge" and len(positional) > 1:
                for start in _names(positional[0]):
                    graph.edges.setdefault(start, set()).update(_names(positional[1]))
            elif kind == "branch" and len(positional) > 1:
                targets = named.entries.get(spec["ends"], positional[2] if len(positional) > 2 else ())
                for start in _names(positional[0]):
                    ends = _targets(positional[1], targets, spec, evaluator)
                    graph.steers |= {(v.module.path, v.function.index) for v in positional[1] if isinstance(v, FuncV)}
                    graph.edges.setdefault(start, set()).update(ends)
    return graph


def _on(value: Value, builder: CallSite) -> bool:
    """True for a method of the very object `builder` made, chained calls included."""
    while isinstance(value, Member):
        value = value.base
        if isinstance(value, Made) and isinstance(value.callee, Member):
            value = value.callee
    return isinstance(value, Made) and value.call is not None and value.call.call is builder.call


def _node(graph: Graph, positional: list[Values]) -> None:
    for values in positional:
        for value in values:
            if isinstance(value, FuncV):
                graph.functions.add((value.module.path, value.function.index))


def _jumps(graph: Graph, positional: list[Values], spec: dict[str, Any], evaluator: Evaluator) -> None:
    """Nodes that say themselves which node comes next: `return Command(goto="plan")`."""
    starts = _names(positional[0]) if positional else set()
    for value in (value for values in positional for value in values):
        if not isinstance(value, FuncV):
            continue
        for call in value.module.calls_by_tail.get(spec["jump"].rsplit(".", 1)[-1], []):
            if call.function != value.function.index:
                continue
            site = CallSite(evaluator.project.frame(value.module, call.function), call)
            if any(same_symbol(symbol(callee), spec["jump"]) for callee in evaluator.callee(site)):
                ends = _names(evaluator.arguments(site)[1].entries.get(spec["to"], ()))
                for start in starts:
                    graph.edges.setdefault(start, set()).update(ends)


def _counted(graph: Graph, evaluator: Evaluator) -> Place | None:
    """Where a node, or what says which node is next, holds a count against a limit: `state["steps"] >= MAX`."""
    for path, index in sorted(graph.functions | graph.steers):
        module = evaluator.project.modules.get(path)
        if module is None:
            continue
        facts = module.facts
        roots = [b.test for b in facts.blocks if b.function == index and b.test is not None]
        roots += [a.value for a in facts.assigns if a.function == index]
        roots += [e.value for e in facts.exits if e.function == index and e.value is not None]
        for part in (part for root in roots for part in walk(root, facts)):
            if isinstance(part, Compare) and ORDERING & set(part.ops) and _is_count(part, module):
                return place_of(module, part.span)
    return None


def _is_count(test: Compare, module: Module) -> bool:
    """True if what is compared is named after a count, not after the length of a text."""
    for side in (test.left, *test.rights):
        for part in walk(side, module.facts):
            word = part.value if isinstance(part, Lit) else tail_name(part)
            if isinstance(word, str) and loop_words().counted.search(word):
                return True
    return False


def _names(values: Values) -> set[str]:
    """Names of nodes: texts, and the functions that nodes are named after."""
    found = set()
    for value in values:
        if isinstance(value, Const) and isinstance(value.value, str):
            found.add(value.value)
        elif isinstance(value, FuncV):
            found.add(value.function.name)
        elif isinstance(value, SeqV):
            for item in value.items:
                found |= _names(item)
    return found


def _targets(condition: Values, mapping: Values, spec: dict[str, Any], evaluator: Evaluator) -> set[str]:
    found: set[str] = set()
    for value in mapping:
        if isinstance(value, DictV):
            for values in value.entries.values():
                found |= _names(values)
        elif isinstance(value, SeqV):
            found |= _names((value,))
    for value in condition if not found else ():
        if isinstance(value, Ext):
            known = (ends for name, ends in spec["conditions"].items() if same_symbol(value.name, name))
            found |= set(next(known, ()))
        elif isinstance(value, FuncV):
            found |= _names(evaluator.returned(value))
    return found
