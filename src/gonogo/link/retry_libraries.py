"""What a retry library was told, read by the data in `rules/libraries/retry.toml`."""

from __future__ import annotations

import math
from functools import cache
from typing import Any, Literal

from gonogo.facts.lifted import OwnRetry, Wait
from gonogo.facts.model import Lit
from gonogo.findings import Place
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import same_symbol, symbol
from gonogo.link.module import tail_name
from gonogo.link.values import CallSite, Const, FuncV, Made, Member, PipeV, SeqV, Value, Values
from gonogo.link.walk import walk
from gonogo.registry.data import load_toml


@cache
def data() -> dict[str, Any]:
    """The tables of `retry.toml`."""
    return load_toml("libraries/retry.toml")


@cache
def broad_errors() -> frozenset[str]:
    """Last names of error classes that include client errors."""
    table = data()["broad"]
    return frozenset([*table["python"], *table["api"]])


@cache
def random_roots() -> tuple[str, ...]:
    """Beginnings of the full names of what makes random numbers."""
    return tuple(data()["random"]["roots"])


def _entry(kind: str, value: Value) -> dict[str, Any] | None:
    name = symbol(value)
    if not name:
        return None
    found = (entry for entry in data()[kind] if any(same_symbol(name, known) for known in entry["names"]))
    return next(found, None)


def read_library(
    value: Value, place: Place, kind: Literal["decorator", "library"], evaluator: Evaluator
) -> OwnRetry | None:
    """The retry a value stands for: a decorator (bare or called), a retrier object; `None` if it is something else."""
    found = _retrier(value)
    if found is None:
        return None
    callee, entry, site = found
    positional: list[Values] = []
    named: dict[str, Values] = {}
    if site is not None:
        positional, mapping = evaluator.arguments(site)
        named = mapping.entries
    reader = _Reader(entry, positional, named, evaluator)
    wait, jitter, after = reader.wait()
    return OwnRetry(
        kind, place, wait, jitter, reader.everything(), place, reader.attempts(), tail_name_of(callee), after
    )


def _retrier(value: Value) -> tuple[Value, dict[str, Any], CallSite | None] | None:
    """The retrier a value is or comes from (`Retrying(...)(f)`, `caller.call(f)`), and the call that configured it."""
    site: CallSite | None = None
    for _ in range(6):
        entry = _entry("retriers", value)
        if entry is not None:
            return value, entry, site
        if isinstance(value, Made):
            site = value.call
            value = value.callee
        elif isinstance(value, Member):
            value = value.base
        else:
            return None
    return None


def tail_name_of(value: Value) -> str:
    """Last part of a value's name."""
    return symbol(value).rsplit(".", 1)[-1]


class _Reader:
    """Reads the arguments of one retrier."""

    def __init__(
        self, entry: dict[str, Any], positional: list[Values], named: dict[str, Values], evaluator: Evaluator
    ) -> None:
        self._entry = entry
        self._positional = positional
        self._named = named
        self._evaluator = evaluator

    def _get(self, key: str, entry: dict[str, Any] | None = None, site: CallSite | None = None) -> Values:
        positional, named = self._positional, self._named
        if site is not None:
            positional, mapping = self._evaluator.arguments(site)
            named = mapping.entries
        for path in (entry or self._entry).get(key, ()):
            if path.startswith("#"):
                index = int(path[1:])
                if index < len(positional):
                    return positional[index]
            elif path in named:
                return named[path]
        return ()

    # --- how long it waits ---

    def wait(self) -> tuple[Wait, bool | None, bool]:
        """(kind of wait, jitter, is Retry-After read)"""
        found = self._get("wait")
        jitter = self._jitter()
        if "wait_is" in self._entry:
            if found:
                return self._entry["wait_is"], jitter, False
            kind: Wait = "constant" if self._get("wait_constant") else self._entry["wait_absent"]
            return kind, jitter, False
        if not found:
            return self._entry["wait_absent"], jitter, False
        kind, own, after = self._waits(found)
        return kind, (own or jitter) if jitter is not None else None, after

    def _jitter(self) -> bool | None:
        given = self._get("jitter")
        absent: bool = self._entry.get("jitter_absent", False)
        if not given:
            return absent
        return not all(isinstance(v, Const) and not v.value for v in given)

    def _waits(self, values: Values) -> tuple[Wait, bool, bool]:
        kinds: list[Wait] = []
        jitter = after = False
        for value in values:
            if isinstance(value, PipeV):
                kind, own, reads = self._waits(value.parts)
            else:
                kind, own, reads = self._one_wait(value)
            kinds.append(kind)
            jitter, after = jitter or own, after or reads
        order: tuple[Wait, ...] = ("growing", "unknown", "constant", "none")
        return next(k for k in order if k in kinds), jitter, after

    def _one_wait(self, value: Value) -> tuple[Wait, bool, bool]:
        entry = _entry("waits", value.callee if isinstance(value, Made) else value)
        if entry is None:
            return (
                ("unknown", True, _mentions_retry_after(value))
                if isinstance(value, FuncV)
                else ("unknown", True, False)
            )
        if entry["kind"] == "combined" and isinstance(value, Made) and value.call is not None:
            positional, _ = self._evaluator.arguments(value.call)
            return self._waits(tuple(v for values in positional for v in values))
        kind: Wait = entry["kind"] if entry["kind"] != "combined" else "unknown"
        return kind, bool(entry.get("jitter")), bool(entry.get("reads_retry_after"))

    # --- what it retries ---

    def everything(self) -> bool:
        """True if client errors are retried as well."""
        if self._get("picks"):
            return False
        found = self._get("on")
        if not found:
            return bool(self._entry["on_absent"] == "everything")
        return any(self._covers_all(value) for value in found)

    def _covers_all(self, value: Value) -> bool:
        if isinstance(value, SeqV):
            return any(self._covers_all(inner) for item in value.items for inner in item)
        if isinstance(value, PipeV):
            return any(self._covers_all(part) for part in value.parts)
        entry = _entry("predicates", value.callee if isinstance(value, Made) else value)
        if entry is not None:
            if entry.get("opaque") or not isinstance(value, Made) or value.call is None:
                return False
            classes = self._get("classes", entry, value.call)
            return not classes or any(self._covers_all(v) for v in classes)
        return tail_name_of(value) in broad_errors()

    # --- how often ---

    def attempts(self) -> float | None:
        """Number of tries in all; `inf` without end, `None` if unknown."""
        found = self._get("attempts")
        if not found:
            absent = self._entry["attempts_absent"]
            return math.inf if absent == "forever" else float(absent)
        for value in found:
            if isinstance(value, Const) and isinstance(value.value, (int, float)):
                return float(value.value)
            entry = _entry("stops", value.callee) if isinstance(value, Made) else None
            if entry is not None and isinstance(value, Made) and value.call is not None:
                for inner in self._get("attempts", entry, value.call):
                    if isinstance(inner, Const) and isinstance(inner.value, (int, float)):
                        return float(inner.value)
        return None


def _mentions_retry_after(value: Value) -> bool:
    """True if a function of the project looks at the server's Retry-After."""
    if not isinstance(value, FuncV):
        return False
    facts = value.module.facts
    exprs = [c.callee for c in facts.calls if c.function == value.function.index]
    exprs += [a.value for c in facts.calls if c.function == value.function.index for a in c.args]
    exprs += [b.test for b in facts.blocks if b.function == value.function.index and b.test is not None]
    exprs += list(value.function.returns)
    for expr in exprs:
        for part in walk(expr, facts):
            text = str(part.value) if isinstance(part, Lit) else tail_name(part)
            if "retry-after" in text.lower() or "retry_after" in text.lower():
                return True
    return False
