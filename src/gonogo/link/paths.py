"""The path under which people reach an entry, as far as it stands beside it."""

from __future__ import annotations

import re

from gonogo.facts.model import Call, CallRef, Lit
from gonogo.link.entries import Entry
from gonogo.link.module import tail_name

_ROUTE_FILE = re.compile(r"(?:^|.*/)(?:pages|app|routes)/(.*?)(?:/(?:route|index|\+server))?\.[cm]?[jt]sx?")
READS = frozenset({"get", "all", "route", "use", "head", "api_route"})
"""Methods that register what answers GET, too."""


def path_of(entry: Entry) -> str:
    """Path of an entry that answers GET: from its registration, its decorator or its file; empty if it has none."""
    if entry.registration is not None:
        return _first(entry.registration.call)
    if entry.function is None:
        return ""
    for decorator in entry.function.decorators:
        if isinstance(decorator, CallRef):
            return _first(entry.module.facts.calls[decorator.index])
    found = _ROUTE_FILE.fullmatch(entry.module.path)
    return "/" + found[1] if found is not None and entry.function.name in ("GET", "handler", "default") else ""


def _first(call: Call) -> str:
    if tail_name(call.callee) not in READS or not call.args:
        return ""
    path = call.args[0].value
    return path.value if isinstance(path, Lit) and isinstance(path.value, str) else ""
