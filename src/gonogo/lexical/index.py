"""The index of every code file: read once, never parsed, contents not kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from gonogo.languages import ECMA_SUFFIXES, PACKAGE, PYTHON_SUFFIXES, language_of
from gonogo.lexical.dependencies import declared_packages
from gonogo.lexical.ecma_imports import DEFINITION as ECMA_DEFINITION
from gonogo.lexical.ecma_imports import ecma_imports, package_of, plain_specifier
from gonogo.lexical.ecma_imports import names as ecma_names
from gonogo.lexical.ecma_modules import EcmaModules
from gonogo.lexical.file import LexicalFile
from gonogo.lexical.imports import LexicalImport, notebook_text, python_imports
from gonogo.lexical.modules import ModuleMap
from gonogo.lexical.needles import NeedleFinder
from gonogo.lexical.resolver import Resolver
from gonogo.poll import Skipped
from gonogo.workspace.areas import HEAD_BYTES, area_of
from gonogo.workspace.discover import Workspace
from gonogo.workspace.files import SourceFile
from gonogo.workspace.read import Unreadable, decode, is_binary

SUFFIXES = (*PYTHON_SUFFIXES, *ECMA_SUFFIXES)
_LEFT_OUT = frozenset({"vendored"})
"""Areas nobody judges, and whose modules are packages from outside to those that are judged."""

# Everything that cannot stand in a word becomes a space; bytes above ASCII can be part of an identifier.
_WORD_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") | frozenset(
    range(0x80, 0x100)
)
_TO_WORDS = bytes(code if code in _WORD_BYTES else 0x20 for code in range(0x100))
_DIGITS = frozenset(b"0123456789")

# A line feed first: the regex engine leaps from one to the next.
_DEFINITION = re.compile(rb"\n[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+([\w\x80-\xff]+)")
_TOP_DEFINITION = re.compile(rb"\n(?:async[ \t]+)?(?:def|class)[ \t]+([\w\x80-\xff]+)")
_TOP_ASSIGNMENT = re.compile(rb"\n([A-Za-z_\x80-\xff][\w\x80-\xff]*)[ \t]*[:=]")

# From so many different names on, one pass that inverts everything is cheaper than a pass for each.
_INVERT_AFTER = 400


@dataclass(slots=True)
class Asked:
    """What was asked of the words of files, so that it can be told whether a change would have changed an answer."""

    words: set[str] = field(default_factory=set)
    definitions: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    """Files of which all words were asked for."""


class LexicalIndex:
    """All indexed files by path, and questions over them.

    `unread` holds paths as the workspace lists them, so that they can be looked up; show them through `display`.
    """

    def __init__(self, files: dict[str, LexicalFile], unread: list[Skipped], modules: Resolver) -> None:
        self.files = files
        self.unread = unread
        self.modules = modules
        self.asked = Asked()
        self._last_words: frozenset[str] = frozenset()
        self._holders: dict[str, tuple[str, ...]] = {}
        self._inverted: dict[str, list[str]] | None = None
        self._definitions: Counter[tuple[str, str]] | None = None
        self._imports: dict[str, tuple[str, ...]] = {}
        self._importers: dict[str, tuple[str, ...]] | None = None
        self._packages: dict[str, list[str]] | None = None

    def with_needles(self) -> Iterator[str]:
        """Paths of the files in which any needle occurs."""
        return (path for path, file in self.files.items() if file.needles)

    def needles(self, path: str) -> frozenset[bytes]:
        """The needles that occur in a file."""
        file = self.files.get(path)
        return frozenset() if file is None else file.needles

    def imported_packages(self, path: str) -> frozenset[str]:
        """First names of the modules a file imports, absolute imports only; packages of JavaScript with `npm:`."""
        file = self.files.get(path)
        if file is None:
            return frozenset()
        if language_of(path) == "ecma":
            modules = {plain_specifier(item.module) for item in file.imports if not item.level}
            return frozenset(PACKAGE + name for module in modules for name in (module, package_of(module)))
        return frozenset(item.module.split(".")[0] for item in file.imports if not item.level)

    def importing(self, package: str) -> tuple[str, ...]:
        """Paths of the JavaScript files that import a package (`npm:name`), in the order they were read."""
        if self._packages is None:
            self._packages = {}
            for path in self.files:
                for name in self.imported_packages(path) if language_of(path) == "ecma" else ():
                    self._packages.setdefault(name, []).append(path)
        return tuple(self._packages.get(package, ()))

    def identifiers(self, path: str) -> frozenset[str]:
        """All words of a file; none for a file that was not indexed."""
        self.asked.files.add(path)
        file = self.files.get(path)
        return frozenset() if file is None else file.identifiers

    def held(self, path: str, words: frozenset[str]) -> frozenset[str]:
        """Those of `words` that a file holds; none for a file that was not indexed."""
        if words is not self._last_words:
            self.asked.words |= words
            self._last_words = words
        file = self.files.get(path)
        return frozenset() if file is None else file.identifiers & words

    def by_identifier(self, name: str) -> tuple[str, ...]:
        """Paths of the files that hold the word `name`."""
        self.asked.words.add(name)
        if self._inverted is not None:
            return tuple(self._inverted.get(name, ()))
        if name not in self._holders:
            if len(self._holders) >= _INVERT_AFTER:
                self._inverted = self._invert()
                return tuple(self._inverted.get(name, ()))
            self._holders[name] = tuple(path for path, file in self.files.items() if name in file.identifiers)
        return self._holders[name]

    def definitions(self, name: str, path: str | None = None) -> int:
        """How many files define a function or class called `name`: those in the language of `path`, or all."""
        self.asked.definitions.add(name)
        if self._definitions is None:
            self._definitions = Counter(
                (language_of(file.path), defined) for file in self.files.values() for defined in file.defines
            )
        if path is None:
            return self._definitions["python", name] + self._definitions["ecma", name]
        return self._definitions[language_of(path), name]

    def imports_of(self, path: str) -> tuple[str, ...]:
        """Paths of the project's modules that a file imports, sorted."""
        if path not in self._imports:
            file = self.files.get(path)
            found = set() if file is None else set(self._imported(file))
            self._imports[path] = tuple(sorted(found - {path}))
        return self._imports[path]

    def importers(self, path: str) -> tuple[str, ...]:
        """Paths of the files that import a module of the project, sorted."""
        if self._importers is None:
            found: dict[str, list[str]] = {}
            for importer in self.files:
                for imported in self.imports_of(importer):
                    found.setdefault(imported, []).append(importer)
            self._importers = {imported: tuple(sorted(importers)) for imported, importers in found.items()}
        return self._importers.get(path, ())

    def _imported(self, file: LexicalFile) -> Iterator[str]:
        for item in file.imports:
            module = self.modules.resolve(item.module, item.level, file.path)
            if module is not None:
                yield module
            for name in item.names:
                target = self.modules.resolve_from(item.module, name, item.level, file.path)
                if target is not None:
                    yield target

    def _invert(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path, file in self.files.items():
            for name in file.identifiers:
                found.setdefault(name, []).append(path)
        return found


def build_index(workspace: Workspace, needles: Collection[bytes], externals: Iterable[str] = ()) -> LexicalIndex:
    """Index every code file of the workspace that is not vendored.

    `needles` are lower-case byte strings to look for. Those that could be module names, the packages that manifests
    declare and `externals` are taken for packages from outside. The areas of files whose content says more than their
    name (generated, or only called like a test) are corrected in the workspace.
    """
    reader = SurfaceReader(workspace, needles)
    files: dict[str, LexicalFile] = {}
    unread: list[Skipped] = []
    for source in workspace.files:
        if not is_indexed(source):
            continue
        try:
            files[source.path] = reader.read(source)
        except Unreadable as error:
            unread.append(Skipped(source.path, error.reason))
    foreign = {
        needle.decode("ascii") for needle in needles if needle.isascii() and needle.decode("ascii").isidentifier()
    }
    foreign |= declared_packages(workspace)
    foreign.update(externals)
    kept = [file for file in workspace.files if file.area not in _LEFT_OUT]
    python = {path: file for path, file in files.items() if language_of(path) == "python"}
    modules = Resolver(ModuleMap(kept, foreign, python), EcmaModules(workspace, kept))
    return LexicalIndex(files, unread, modules)


def is_indexed(source: SourceFile) -> bool:
    """Is this a file the index looks at?"""
    return source.path.endswith(SUFFIXES) and source.area not in _LEFT_OUT


class SurfaceReader:
    """Reads files one after the other; words are shared between them."""

    def __init__(self, workspace: Workspace, needles: Iterable[bytes]) -> None:
        self._workspace = workspace
        self._finder = NeedleFinder(needles)
        self._words: dict[bytes, str | None] = {}

    def read(self, source: SourceFile) -> LexicalFile:
        """What is known of a file without parsing it; its `area` is corrected.

        Raises:
            Unreadable: it is no text, or cannot be read.
        """
        content = self._workspace.skim(source.path)
        if is_binary(content):
            raise Unreadable("not a text file")
        source.area = area_of(source.path, content[:HEAD_BYTES], app=source.app, overrides=self._workspace.areas)
        data = content
        if b"\0" in data[:4] or data.startswith((b"\xff\xfe", b"\xfe\xff")):
            data = decode(data).encode("utf-8", "replace")
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        loc = data.count(b"\n") + (not data.endswith(b"\n")) if data else 0
        notebook = source.path.endswith(".ipynb")
        if notebook:
            data = notebook_text(data)
        data = b"\n" + data.removeprefix(b"\xef\xbb\xbf")
        words = set(data.translate(_TO_WORDS).split())
        ecma = source.name.endswith(ECMA_SUFFIXES)
        found = LexicalFile(
            path=source.path,
            hash=blake2b(content, digest_size=16).hexdigest(),
            loc=loc,
            imports=tuple(ecma_imports(data) if ecma else python_imports(data)),
            identifiers=self._identifiers(words),
            needles=self._finder.find(data, words),
            defines=ecma_names(ECMA_DEFINITION.findall(data)) if ecma else _names(_DEFINITION.findall(data)),
        )
        if source.name == "__init__.py":
            found = replace(found, exports=_exports(data, found.imports))
        return found

    def _identifiers(self, words: set[bytes]) -> frozenset[str]:
        known = self._words
        for word in words:
            if word not in known:
                name = len(word) > 1 and word[0] not in _DIGITS
                known[word] = word.decode("utf-8", "replace") if name else None
        return frozenset({text for word in words if (text := known[word]) is not None})


def _exports(data: bytes, imports: Iterable[LexicalImport]) -> frozenset[str]:
    names = _names(_TOP_DEFINITION.findall(data)) | _names(_TOP_ASSIGNMENT.findall(data))
    # `from . import part` binds the submodule; `from .part import thing` binds what may be called like one.
    return names | {name for item in imports if item.module for name in item.bound if name != "*" and item.names}


def _names(found: Iterable[bytes]) -> frozenset[str]:
    return frozenset(name.decode("utf-8", "replace") for name in found)
