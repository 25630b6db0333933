"""Whether code that calls a model ends up in a browser: below a client component, or in the bundle of a single page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Import
from gonogo.link.browser_settings import browser_data
from gonogo.link.evaluate import Evaluator
from gonogo.link.module import DEFAULT, Module
from gonogo.link.reach import Step
from gonogo.link.values import Const, Env
from gonogo.workspace.read import TEXT_LIMIT, Unreadable, decode

if TYPE_CHECKING:
    from gonogo.lexical.index import LexicalIndex
    from gonogo.workspace.discover import Workspace

MAX_MODULES = 400
"""Modules looked at on the way from a call up to an entry."""

_SCRIPT = re.compile(r"""<script\b[^>]{0,300}?\bsrc\s{0,3}=\s{0,3}["']([^"'\s]{1,200})["']""", re.IGNORECASE)
_CLIENT, _SERVER = "use client", "use server"


class BrowserReach:
    """Answers for the model calls of one repository."""

    def __init__(self, evaluator: Evaluator, workspace: Workspace, index: LexicalIndex) -> None:
        self._evaluator = evaluator
        self._workspace = workspace
        self._index = index

    def how(self, call: ModelCall) -> str:
        """How a call gets into a browser, as the end of a sentence; empty if nothing shows that it does."""
        if call.sdk.language != "ecma" or not _own_key(call):
            return ""
        component = next((step for step in call.steps if _is_client(step.module) and not _remote(step)), None)
        if component is not None:
            return f'below {component.module.path}, a "use client" module'
        entry = self._entry_above(call.site.module)
        return f"in the bundle that {entry} starts" if entry else ""

    # --- single pages ---

    def _entry_above(self, module: Module) -> str:
        """The browser's entry point that imports a module, through others or at once."""
        entries = self._entries
        todo, seen = [module], {module.path}
        while todo and entries and len(seen) < MAX_MODULES:
            current = todo.pop(0)
            if _stays_on_server(current):
                continue
            if current.path in entries:
                return current.path
            for path in self._index.importers(current.path):
                above = None if path in seen else self._evaluator.project.module(path)
                if above is not None and above.area == "app" and self._imports(above, current):
                    seen.add(path)
                    todo.append(above)
        return ""

    def _imports(self, importer: Module, imported: Module) -> bool:
        """True if a module takes more than types from another."""
        return any(
            not item.type_only
            and self._index.modules.resolve(item.module, item.level, importer.path) == imported.path
            and _is_value(item, imported)
            for item in importer.facts.imports
        )

    @cached_property
    def _entries(self) -> frozenset[str]:
        """Source files that a page's HTML loads, or that a tool takes as the page's beginning."""
        return frozenset(self._found())

    def _found(self) -> Iterator[str]:
        known = self._index.files
        for file in self._workspace.files:
            if file.area != "app" or not file.name.endswith((".html", "package.json")):
                continue
            try:
                text = decode(self._workspace.read(file.path, TEXT_LIMIT))
            except Unreadable:
                continue  # the scan of keys says that it could not be read
            if file.name.endswith(".html"):
                named = [source.removeprefix("./").lstrip("/") for source in _SCRIPT.findall(text)]
            else:
                packages = browser_data()["entries"]["packages"]
                named = [path for package, paths in packages.items() if f'"{package}"' in text for path in paths]
            for name in named:
                path = f"{file.folder}/{name}" if file.folder else name
                if path in known:
                    yield path


def _own_key(call: ModelCall) -> bool:
    """True unless a key is passed that visitors may bring themselves."""
    key = call.setting("key")
    return key.status == "absent" or (
        key.status == "given" and all(isinstance(value, (Const, Env)) for value in key.values)
    )


def _is_client(module: Module) -> bool:
    return _CLIENT in module.facts.directives


def _stays_on_server(module: Module) -> bool:
    """A module of server functions, or one that says that it must not be bundled."""
    guards = browser_data()["entries"]["guards"]
    return _SERVER in module.facts.directives or any(item.module in guards for item in module.facts.imports)


def _remote(step: Step) -> bool:
    """True if a step above leads to the call over the network: through a function marked for the server."""
    current: Step | None = step
    while current is not None:
        function = current.function
        while function is not None:
            if _SERVER in function.directives:
                return True
            function = None if function.parent is None else current.module.facts.functions[function.parent]
        if _stays_on_server(current.module) or not current.sure:
            return True
        current = current.below
    return False


def _is_value(item: Import, module: Module) -> bool:
    """True unless a name is imported that the module holds as a type only; star and plain imports take all of it."""
    if item.name in (None, "*", DEFAULT):
        return True
    bound = module.scopes.get(None, {})
    passed_on = any(one.name == "*" for one in module.facts.imports)
    return passed_on or item.name in bound or any(item.name in names for names in module.aliases.values())
