"""From an import to a file of the project, by the language of the importing file."""

from __future__ import annotations

from gonogo.languages import language_of
from gonogo.lexical.ecma_modules import EcmaModules
from gonogo.lexical.modules import ModuleMap


class Resolver:
    """Asks the resolver of the importer's language."""

    def __init__(self, python: ModuleMap, ecma: EcmaModules) -> None:
        self._python = python
        self._ecma = ecma

    def resolve(self, module: str, level: int, importer: str) -> str | None:
        """The file of a module (see `ModuleMap.resolve`; a module of JavaScript keeps its leading dots)."""
        if language_of(importer) == "ecma":
            return self._ecma.resolve(module, importer)
        return self._python.resolve(module, level, importer)

    def resolve_from(self, module: str, name: str, level: int, importer: str) -> str | None:
        """The file that holds `name` of `module`, or that is it."""
        if language_of(importer) == "ecma":
            return self._ecma.resolve(module, importer)
        return self._python.resolve_from(module, name, level, importer)
