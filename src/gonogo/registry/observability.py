"""Tracing integrations and metrics libraries as data (`rules/libraries/tracers.toml`, `metrics.toml`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from gonogo.registry.data import DataError, load_toml, read_names

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tracer:
    """One integration and everything that switches it on; fields as described in the data file."""

    id: str
    title: str
    sdks: Names = ()
    switch: Names = ()
    arguments: Names = ()
    wrappers: Names = ()
    decorators: Names = ()
    contexts: Names = ()
    callbacks: Names = ()
    settings: Names = ()
    env: Names = ()
    commands: Names = ()
    clients: Names = ()
    hosts: Names = ()
    default: Names = ()
    off: Names = ()
    opens: Names = ()
    imports: Names = ()
    flags: Names = ()
    receivers: Names = ()
    usage: bool = True
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Metric:
    """One metrics library; fields as described in the data file."""

    id: str
    title: str
    objects: Names = ()
    methods: Names = ()
    functions: Names = ()
    decorators: Names = ()
    middleware: Names = ()


def _entry(table: dict[str, Any], allowed: frozenset[str], where: str) -> dict[str, Any]:
    for key in table:
        if key not in allowed:
            raise DataError(f"{where}: unknown key {key!r}")
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


@dataclass(frozen=True, slots=True)
class Deployment:
    """Patterns for paths of files that an application is deployed with, and of samples of such files."""

    files: re.Pattern[str]
    samples: re.Pattern[str]


@cache
def deployment() -> Deployment:
    """The table `[deployment]`."""
    table = load_toml("libraries/tracers.toml")["deployment"]
    files, samples = (re.compile(r"(?:.*/)?(?:" + "|".join(table[key]) + ")") for key in ("files", "samples"))
    return Deployment(files, samples)


@dataclass(frozen=True, slots=True)
class OwnMetrics:
    """Words of names that say that something which cannot be resolved is a metric, or a helper that observes one."""

    objects: frozenset[str]
    helpers: frozenset[str]


@cache
def own_metrics() -> OwnMetrics:
    """The table `[own]` of `metrics.toml`."""
    return read_names(OwnMetrics, "libraries/metrics.toml", "own")


@cache
def tracers() -> tuple[Tracer, ...]:
    """Every integration."""
    allowed = frozenset(Tracer.__slots__)
    return tuple(
        Tracer(**_entry(table, allowed, where))
        for where in ("libraries/tracers.toml", "libraries/ecma-tracers.toml")
        for table in load_toml(where)["tracers"]
    )


@cache
def callback_sdks() -> Names:
    """SDKs whose objects take callback handlers and pass them on."""
    return tuple(load_toml("libraries/tracers.toml")["callback_sdks"])


@cache
def span_methods() -> frozenset[str]:
    """Last names of calls that open a span on something that cannot be resolved."""
    return frozenset(load_toml("libraries/tracers.toml")["span_methods"])


@cache
def metrics() -> tuple[Metric, ...]:
    """Every metrics library."""
    allowed = frozenset(Metric.__slots__)
    return tuple(
        Metric(**_entry(table, allowed, where))
        for where in ("libraries/metrics.toml", "libraries/ecma-metrics.toml")
        for table in load_toml(where)["metrics"]
    )


@cache
def client_wrappers() -> dict[str, Names]:
    """Functions that answer the client they are given, recorded: last name → full names."""
    found: dict[str, Names] = {}
    for tracer in tracers():
        for name in tracer.wrappers:
            last = name.rsplit(".", 1)[-1]
            found[last] = (*found.get(last, ()), name)
    return found


def same_name(name: str, known: str) -> bool:
    """True if two names mean the same thing. Packages re-export: what matters is the package and the last name of the
    first symbol, and all that follows a call (`package.Thing().method`) as it is."""
    parts, others = name.split("()"), known.split("()")
    if not name or len(parts) != len(others) or parts[1:] != others[1:]:
        return False
    first, other = parts[0], others[0]
    if first == other:
        return True
    return first.split(".")[0] == other.split(".")[0] and first.rsplit(".", 1)[-1] == other.rsplit(".", 1)[-1]


def last_word(name: str) -> str:
    """The identifier a file must hold to use the name: the last one."""
    return name.replace("()", "").rsplit(".", 1)[-1]


def package(name: str) -> str:
    """The import package of a name."""
    return name.split(".")[0].removesuffix("()")
