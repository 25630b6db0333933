"""Texts that the application reads from files of its own repository, found without running it.

A path is worked out from the values that make it (`Path(__file__).parent / "prompts" / "answer.md"`); only files the
workspace lists are read, through its bounded reading, and only such as hold prompts.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gonogo.link.evaluate import Evaluator
from gonogo.link.names import plain_name
from gonogo.link.texts import pieces
from gonogo.link.values import CallSite, Const, Ext, Made, Member, PathV, TextV, Value, Values
from gonogo.registry.prompts import file_reading

if TYPE_CHECKING:
    from gonogo.frontends.yaml import Node
    from gonogo.workspace.discover import Workspace

MAX_BYTES = 500_000
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Location:
    """A path of the repository; `fixed` unless it counts from wherever the program is started."""

    path: str
    fixed: bool

    def below(self, other: str) -> Location:
        """The place `other` leads to from here."""
        return Location(posixpath.normpath(posixpath.join(self.path, other)), self.fixed)


class TextFiles:
    """Files of the repository that hold texts."""

    def __init__(self, evaluator: Evaluator, workspace: Workspace) -> None:
        self._evaluator = evaluator
        self._workspace = workspace
        self._texts: dict[str, str | None] = {}
        self._documents: dict[str, Node | None] = {}

    @cached_property
    def _apps(self) -> dict[str, str]:
        suffixes = file_reading().suffixes
        return {file.path: file.app for file in self._workspace.files if file.path.lower().endswith(suffixes)}

    # --- what a value reads ---

    def read(self, value: Value, importer: str) -> str | None:
        """The text of the file a value is the content of; `None` if it is not that, or cannot be told."""
        keys, source = self._keys(value)
        target = self._target(source, keys is not None)
        if target is None:
            return None
        path = self._found(target, importer)
        if path is None:
            return None
        if keys is None:
            return self._text(path)
        return self._entry(path, keys)

    def reads(self, value: Value) -> bool:
        """True for the whole content of some file, whether or not it can be found."""
        keys, source = self._keys(value)
        return keys is None and self._target(source, False) is not None

    def template(self, name: str, importer: str) -> str | None:
        """The text of the one file a template loader can mean by `name`."""
        plain = posixpath.normpath(name)
        if plain.startswith(".."):
            return None
        app = self._app_of(importer)
        found = [p for p, a in self._apps.items() if a == app and (p == plain or p.endswith(f"/{plain}"))]
        return self._text(found[0]) if len(found) == 1 else None

    @staticmethod
    def _keys(value: Value) -> tuple[list[str] | None, Value]:
        """The entries asked for of a parsed file (`load(f)["a"]["b"]`), and the call that parses it."""
        keys: list[str] = []
        while isinstance(value, Member) and value.name.startswith("[") and len(keys) < MAX_DEPTH:
            keys.insert(0, value.name[1:-1])
            value = value.base
        parses = isinstance(value, Made) and plain_name(value.callee) in file_reading().parsers
        return (keys if parses else None), value

    def _target(self, value: Value, parsed: bool) -> Value | None:
        """The path that a reading call reads."""
        if not isinstance(value, Made):
            return None
        data = file_reading()
        if parsed:
            given = self._first(value.call)
            if given is None:
                return None
            return self._opened(given) or self._target(given, False)
        callee = value.callee
        if plain_name(callee) in data.whole:
            return self._first(value.call)
        if isinstance(callee, Member) and callee.name in data.readers:
            return callee.base
        if isinstance(callee, Member) and callee.name in data.handles:
            return self._opened(callee.base)
        return None

    def _opens(self, value: Value) -> bool:
        return isinstance(value, Made) and plain_name(value.callee) in file_reading().openers

    def _opened(self, handle: Value) -> Value | None:
        """The path behind an open file."""
        if self._opens(handle) and isinstance(handle, Made):
            return self._first(handle.call)
        if isinstance(handle, Made) and isinstance(handle.callee, Member) and handle.callee.name == "open":
            return handle.callee.base
        return None

    def _first(self, site: CallSite | None) -> Value | None:
        positional, named = self._evaluator.arguments(site) if site is not None else ([], None)
        if not positional:
            found: Values = () if named is None else next(iter(named.entries.values()), ())
        else:
            found = positional[0]
        return found[0] if len(found) == 1 else None

    # --- where that is ---

    def location(self, value: Value, depth: int = 0) -> Location | None:
        """The path a value is, as far as the repository knows it."""
        if depth > MAX_DEPTH:
            return None
        if isinstance(value, (Const, TextV)):
            return self._written(value, depth)
        if isinstance(value, Ext):
            return _own(value)
        if isinstance(value, PathV):
            return self._below(value.base, [(value.name,)], depth)
        if isinstance(value, Member):
            return self._part(value, depth)
        return self._made(value, depth) if isinstance(value, Made) else None

    def _written(self, value: Const | TextV, depth: int) -> Location | None:
        parts = pieces(value)
        start: Location | None = Location("", False)
        if parts and parts[0][0] is None:
            hole = parts.pop(0)[1]
            start = self.location(hole[0], depth + 1) if len(hole) == 1 else None
            if start is not None and parts and not (parts[0][0] or "").startswith("/"):
                return None
        if start is None or any(text is None for text, _ in parts):
            return None
        text = "".join(text or "" for text, _ in parts)
        if start.path or start.fixed:
            return start.below(text.lstrip("/"))
        return None if not text or text.startswith(("/", "~")) or ":" in text[:12] else start.below(text)

    def _part(self, value: Member, depth: int) -> Location | None:
        if value.name == "parent":
            base = self.location(value.base, depth + 1)
            return None if base is None else Location(posixpath.dirname(base.path), base.fixed)
        if value.name.startswith("[") and isinstance(value.base, Member) and value.base.name == "parents":
            base = self.location(value.base.base, depth + 1)
            level = value.name[1:-1]
            if base is None or not level.isdecimal():
                return None
            path = base.path
            for _ in range(min(int(level) + 1, MAX_DEPTH)):
                path = posixpath.dirname(path)
            return Location(path, base.fixed)
        return None

    def _made(self, value: Made, depth: int) -> Location | None:
        data = file_reading()
        callee = value.callee
        if value.call is None:
            return None
        positional, _ = self._evaluator.arguments(value.call)
        if isinstance(callee, Member):
            if callee.name in data.same:
                return self.location(callee.base, depth + 1)
            if callee.name == "joinpath":
                return self._below(callee.base, positional, depth)
            if callee.name == "with_name":
                return self._below(Member(callee.base, "parent", value.call.site), positional, depth)
        name = plain_name(callee)
        if name in data.here:
            return Location("", False)
        if name in data.packages:
            return self._package(positional, value.call)
        if not positional or len(positional[0]) != 1:
            return None
        if name in data.folder_of:
            base = self.location(positional[0][0], depth + 1)
            return None if base is None else Location(posixpath.dirname(base.path), base.fixed)
        if name in data.addresses:
            return self._beside(positional, depth)
        if name in data.joins:
            return self._below(positional[0][0], positional[1:], depth)
        return None

    def _below(self, base: Value, names: list[Values], depth: int) -> Location | None:
        place = self.location(base, depth + 1)
        for name in names:
            if place is None or len(name) != 1:
                return None
            inner = self.location(name[0], depth + 1)
            if inner is None or inner.fixed:
                return None
            place = place.below(inner.path)
        return place

    def _beside(self, positional: list[Values], depth: int) -> Location | None:
        """`new URL("./name", import.meta.url)`: a path that counts from the folder of a file."""
        if len(positional) < 2 or len(positional[1]) != 1:
            return None
        file, name = self.location(positional[1][0], depth + 1), self.location(positional[0][0], depth + 1)
        if file is None or name is None or not file.fixed or name.fixed:
            return None
        return Location(posixpath.dirname(file.path), True).below(name.path)

    def _package(self, positional: list[Values], call: CallSite) -> Location | None:
        """The folder of a package (`importlib.resources.files("app.prompts")`)."""
        given = positional[0] if positional else ()
        if len(given) != 1:
            return None
        if isinstance(given[0], Ext) and given[0].name in ("builtins.__name__", "builtins.__package__"):
            return Location(posixpath.dirname(call.module.path), True)
        if not isinstance(given[0], Const) or not isinstance(given[0].value, str):
            return None
        path = self._evaluator.project.resolver.resolve(given[0].value, 0, call.module.path)
        return None if path is None else Location(posixpath.dirname(path), True)

    # --- the file itself ---

    def _app_of(self, importer: str) -> str:
        module = self._evaluator.project.modules.get(importer)
        return "." if module is None else module.app

    def _found(self, target: Value, importer: str) -> str | None:
        place = self.location(target)
        if place is None or place.path.startswith(".."):
            return None
        return next((path for path in self._candidates(place, importer) if path in self._apps), None)

    def _candidates(self, place: Location, importer: str) -> Iterator[str]:
        yield place.path
        if place.fixed:
            return
        # Programs are started at the top of the application, more rarely in a folder on the way to the file.
        app = self._app_of(importer)
        yield posixpath.normpath(posixpath.join(app, place.path))
        folder = posixpath.dirname(importer)
        while folder:
            yield posixpath.normpath(posixpath.join(folder, place.path))
            folder = posixpath.dirname(folder)

    def _text(self, path: str) -> str | None:
        from gonogo.workspace.read import Unreadable, decode, is_binary

        if path not in self._texts:
            try:
                data = self._workspace.read(path, MAX_BYTES)
                self._texts[path] = None if is_binary(data) else decode(data)
            except Unreadable:
                self._texts[path] = None
        return self._texts[path]

    def _entry(self, path: str, keys: list[str]) -> str | None:
        """The text under `keys` of a YAML or JSON file (which is YAML too)."""
        from gonogo.frontends.yaml import Mapping, NotReadError, Scalar, read_documents

        if path not in self._documents:
            text = self._text(path)
            try:
                documents = [] if text is None else read_documents(text)
            except NotReadError:
                documents = []
            self._documents[path] = documents[0] if len(documents) == 1 else None
        node = self._documents[path]
        for key in keys:
            node = node.get(key) if isinstance(node, Mapping) else None
        return node.text if isinstance(node, Scalar) else None


def _own(value: Ext) -> Location | None:
    """The file that is read, or its folder, by the name that stands for it."""
    data = file_reading()
    if value.name in data.own_file:
        return Location(value.site.path, True)
    return Location(posixpath.dirname(value.site.path), True) if value.name in data.own_folder else None
