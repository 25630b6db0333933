"""Under which paths routers of JavaScript stand: `app.use("/api", router)`, `app.route("/api", sub)`."""

from __future__ import annotations

from collections.abc import Iterable

from gonogo.link.entries import Entry, is_object
from gonogo.link.evaluate import Evaluator
from gonogo.link.module import Module
from gonogo.link.values import CallSite, Const, Made, Member, Value, Values
from gonogo.registry.frameworks import route_specs

MOUNTS = ("use", "route")
MAX_LEVELS = 4
_ANYTHING = frozenset(":*?(+[")

Key = tuple[str, int]


class Mounts:
    """The routers of one application, told apart by the calls that make them."""

    def __init__(self, evaluator: Evaluator, modules: Iterable[Module]) -> None:
        self._evaluator = evaluator
        self._above: dict[Key, list[tuple[Key | None, str]]] = {}
        objects = [name for spec in route_specs() if spec.kind == "http" for name in spec.objects]
        for module in modules:
            for call in (call for name in MOUNTS for call in module.calls_by_tail.get(name, ())):
                site = CallSite(evaluator.project.frame(module, call.function), call)
                positional, _ = evaluator.arguments(site)
                for value in (value for values in positional for value in values):
                    child = _made(value)
                    if child is not None and is_object(value, tuple(objects)):
                        self._above.setdefault(child, []).append((self._on(site), path_of(positional) or ""))

    def paths(self, entry: Entry) -> list[str] | None:
        """Every path an entry is served at, as far as they are known; `None` if that cannot be told."""
        if entry.registration is None:
            return None
        positional, _ = self._evaluator.arguments(entry.registration)
        path, router = path_of(positional), self._on(entry.registration)
        if path is None or router is None:
            return None
        before = self._before(router, 0)
        return None if before is None else [_joined(one, path) for one in before]

    def _before(self, router: Key, level: int) -> list[str] | None:
        """The paths that a router stands under; nothing but the root for one that is put into no other."""
        found: list[str] = []
        for parent, path in self._above.get(router, ()):
            above = self._before(parent, level + 1) if parent is not None and level < MAX_LEVELS else None
            if above is None:
                return None
            found += [_joined(one, path) for one in above]
        return found or [""]

    def _on(self, site: CallSite) -> Key | None:
        """The router (or application) a method is called on."""
        bases = [value.base for value in self._evaluator.callee(site) if isinstance(value, Member)]
        found = {_made(base) for base in bases}
        return found.pop() if len(found) == 1 else None


def path_of(positional: list[Values]) -> str | None:
    """The path in the first argument of a registration; `None` if it is none, or cannot be read."""
    values = positional[0] if positional else ()
    if len(values) == 1 and isinstance(values[0], Const) and isinstance(values[0].value, str):
        return values[0].value
    return None


def covers(path: str, paths: list[str] | None) -> bool:
    """False if what is registered under `path` surely is not run for any of `paths`."""
    path = path.removesuffix("*").rstrip("/")
    if paths is None or not path or _ANYTHING & set(path):
        return True
    return any(one == path or one.startswith(f"{path}/") or _ANYTHING & set(one[: len(path)]) for one in paths)


def _joined(before: str, path: str) -> str:
    rest = path.strip("/")
    return f"{before.rstrip('/')}/{rest}" if rest else before


def _made(value: Value) -> Key | None:
    """The call that made a value."""
    if isinstance(value, Made) and value.call is not None:
        return value.call.module.path, value.call.call.index
    return None
