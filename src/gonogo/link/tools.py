"""Tools: functions of the project that a model may call, with arguments of its own choice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import CallRef, Expr
from gonogo.languages import PACKAGE
from gonogo.link.ecma_builtins import EACH
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import same_symbol, symbol
from gonogo.link.module import Module
from gonogo.link.values import CallSite, ClassV, Const, DictV, FuncV, InstV, Made, Member, SeqV, Value, Values
from gonogo.registry.data import load_toml

MAX_NESTED = 5
"""Levels of a table of tools: a list of servers of tools made by functions."""
CHOSEN = frozenset({"input", "arguments", "args"})
"""Parts of a tool call that hold what the model chose."""


@cache
def data() -> dict[str, Any]:
    """The tables of `tools.toml`."""
    return load_toml("libraries/tools.toml")


def is_type(tool: DictV, key: str) -> bool:
    """True for a tool whose `type` begins like one of `hosted_types` or `remote_types`."""
    types = [v.value for v in tool.entries.get("type", ()) if isinstance(v, Const)]
    return bool(types) and all(str(one).startswith(tuple(data()[f"{key}_types"])) for one in types)


class Tools:
    """Finds the functions a model may call."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        entries = [*data()["wrappers"], *data()["lists"]]
        names = [*data()["decorators"], *data()["bases"], *(name for entry in entries for name in entry["names"])]
        self.words = frozenset(name.rsplit(".", 1)[-1] for name in names)
        """Identifiers one of which stands in any file that makes a tool."""

    def of_calls(self, calls: Iterable[ModelCall]) -> Iterator[FuncV]:
        """Tools handed to model calls themselves."""
        for call in calls:
            if call.sdk.language == "ecma":
                yield from self.all_of(call)[0]
            else:
                yield from self._functions(call.setting("tools").values)

    def all_of(self, call: ModelCall) -> tuple[list[FuncV], bool]:
        """Functions behind the tools of a call of JavaScript, and whether these are all of them."""
        values = call.setting("tools").values
        found = [self._handlers(value) for value in values]
        return [f for functions, _ in found for f in functions], bool(found) and all(whole for _, whole in found)

    def _handlers(self, value: Value, depth: int = 0) -> tuple[list[FuncV], bool]:
        """Functions behind a tool or a table of tools, and whether all is known: a tool without a function may be
        carried out anywhere."""
        if isinstance(value, Const) and not value.value:
            return [], True
        if depth > MAX_NESTED:
            return [], False
        named: dict[str, Values] = {}
        parts: list[Value] = []
        whole = True
        if isinstance(value, FuncV):
            return [value], True
        if isinstance(value, Made) and value.call is not None:
            name = symbol(value.callee)
            if name.rsplit(".", 1)[-1] in data()["hosted"]:
                return [], True
            if not name.startswith(PACKAGE) or (isinstance(value.callee, Member) and value.callee.name in EACH):
                return [], False
            positional, _ = self._evaluator.arguments(value.call)
            given = [v for values in positional for v in values]
            parts = [v for v in given if isinstance(v, FuncV)] or [v for v in given if isinstance(v, DictV)]
        elif isinstance(value, DictV):
            named = value.entries
            if is_type(value, "hosted"):
                return [], True
            if not set(data()["handlers"]) & named.keys():
                parts, whole = [v for values in named.values() for v in values], not value.open and bool(named)
        elif isinstance(value, SeqV):
            parts, whole = [v for values in value.items for v in values], not value.open
        else:
            return [], False
        parts += [v for key in data()["handlers"] for v in named.get(key, ())]
        found = [self._handlers(part, depth + 1) for part in parts]
        functions = [f for inner, _ in found for f in inner]
        return functions, whole and bool(functions) and all(known for _, known in found)

    def of_module(self, module: Module) -> Iterator[FuncV]:
        """Tools by decorator, by base class, and by a call that makes or takes them."""
        for function in module.facts.functions:
            if function.decorators and self._decorated(module, function.parent, function.decorators):
                yield FuncV(module, function)
        for cls in module.facts.classes:
            if cls.bases and self._derives(module, cls.index):
                for name in data()["methods"]:
                    method = module.methods.get(cls.index, {}).get(name)
                    if method is not None:
                        yield FuncV(module, method, InstV(module, cls))
        for kind, key in (("wrappers", "function"), ("lists", "functions")):
            for entry in data()[kind]:
                yield from self._registered(module, entry["names"], entry[key])

    def _decorated(self, module: Module, parent: int | None, decorators: tuple[Expr, ...]) -> bool:
        frame = self._evaluator.project.frame(module, parent)
        for decorator in decorators:
            expr = module.facts.calls[decorator.index].callee if isinstance(decorator, CallRef) else decorator
            for value in self._evaluator.values(expr, frame):
                name = symbol(value)
                if name and any(name == known or same_symbol(name, known) for known in data()["decorators"]):
                    return True
        return False

    def _derives(self, module: Module, index: int) -> bool:
        bases = self._evaluator.external_bases(module, module.facts.classes[index])
        return any(same_symbol(base.name, known) for base in bases for known in data()["bases"])

    def _registered(self, module: Module, names: list[str], places: list[str]) -> Iterator[FuncV]:
        for tail in sorted({name.rsplit(".", 1)[-1] for name in names} & module.calls_by_tail.keys()):
            for call in module.calls_by_tail[tail]:
                site = CallSite(self._evaluator.project.frame(module, call.function), call)
                if not any(same_symbol(symbol(v), known) for v in self._evaluator.callee(site) for known in names):
                    continue
                positional, named = self._evaluator.arguments(site)
                for place in places:
                    at = int(place[1:]) if place.startswith("#") else -1
                    found = positional[at] if 0 <= at < len(positional) else named.entries.get(place, ())
                    yield from self._functions(found)

    def _functions(self, values: Values, depth: int = 0) -> Iterator[FuncV]:
        for value in values:
            yield from self._function(value, depth)

    def _function(self, value: Value, depth: int) -> Iterator[FuncV]:
        if depth > 4:
            return
        if isinstance(value, FuncV):
            yield value
        elif isinstance(value, SeqV):
            for item in value.items:
                yield from self._functions(item, depth + 1)
        elif isinstance(value, (InstV, ClassV)):
            for name in data()["methods"]:
                method = value.module.methods.get(value.cls.index, {}).get(name)
                if method is not None:
                    yield FuncV(value.module, method, value if isinstance(value, InstV) else None)
        elif isinstance(value, DictV):
            for entry in ("func", "function", "handler", "callable"):
                yield from self._functions(value.entries.get(entry, ()), depth + 1)
        elif isinstance(value, Made) and value.call is not None and depth < 4:
            positional, named = self._evaluator.arguments(value.call)
            for found in (*positional, *(named.entries.get(k, ()) for k in ("func", "fn", "function", "coroutine"))):
                yield from (v for v in found if isinstance(v, FuncV))
