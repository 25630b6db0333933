"""Which file of the project an import means."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping

from gonogo.lexical.file import LexicalFile
from gonogo.workspace.files import SourceFile
from gonogo.workspace.roots import from_the_top, python_roots

_SUFFIXES = (".py", ".pyw")


# A module called like a package from outside is no rarity, two of them imported by their neighbours are.
_PROOF_AGAINST_PACKAGE = 2


class ModuleMap:
    """Resolves Python modules to files of the project.

    Nothing is run or installed, so the search path is guessed, and the guess prefers what Python would do: the folder
    a package stands in, or the script's own folder; then the roots of the importer's application; then other folders
    that are on the path as far as imports show; at last packages of other applications.

    The danger is a module `stripe.py` in a folder `integrations` taken for the package from outside. `externals` are
    names known to come from outside. Besides, a folder whose modules are imported through it, `integrations.stripe`,
    is a package, with or without `__init__`, and no place to start from, unless its modules import several neighbours
    by bare name. `indexed` holds the imports, and the names that the `__init__` of a package binds: for these
    `from package import name` means the package, not a submodule.
    """

    def __init__(
        self,
        files: Iterable[SourceFile],
        externals: Collection[str] = (),
        indexed: Mapping[str, LexicalFile] | None = None,
    ) -> None:
        files = list(files)
        self._indexed = indexed or {}
        self._externals = frozenset(externals)
        self._apps = {file.path: file.app for file in files}
        self._app_roots = set(self._apps.values())
        modules = [file for file in files if file.name.endswith(_SUFFIXES)]
        self._files = {file.path for file in modules}
        self._packages = {file.folder for file in modules if file.name == "__init__.py"}
        # What stands in each folder by the name it is imported under: nothing else can be the start of a module.
        self._heads: dict[str, set[str]] = {}
        for file in modules:
            self._add_heads(file.path)
        self._tops = set().union(*self._heads.values()) if self._heads else set()
        self._declared = {root for root in python_roots(files) if root in self._heads}
        within = self._packages | self._imported_through()
        proofs = self._neighbours_imported()
        self._inner = {folder for folder in within if proofs.get(folder, 0) < _PROOF_AGAINST_PACKAGE}
        self._inner -= self._declared
        holders = {_parent(folder) for folder in self._packages if folder}
        started = {file.folder for file in modules if file.area in ("app", "script") and file.folder in proofs}
        self._roots = from_the_top(self._declared) + from_the_top((holders | started) - self._inner - self._declared)
        self._root_apps = {root: self._app_of(root) for root in self._roots}
        self._searched: dict[tuple[str, str], tuple[str, ...]] = {}
        self._known: dict[tuple[str, str, str], str | None] = {}

    def resolve(self, module: str, level: int, importer: str) -> str | None:
        """The file of `module` (without its leading dots, which `level` counts) as `importer` would import it.

        `None` if it is no file of the project: a package from outside, or a folder without `__init__`.
        """
        if level:
            base = _above(importer, level)
            if base is None:
                return None
            return self._file(_join(base, module.replace(".", "/")) if module else base)
        top = module.partition(".")[0]
        if top not in self._tops or (top == module and top in sys.stdlib_module_names):
            return None
        folder = _parent(importer)
        key = (folder, self._apps.get(importer, "."), module)
        if key not in self._known:
            self._known[key] = self._search(module, top, folder, key[1], "")
        found = self._known[key]
        # `import openai` in a module called openai.py does not mean itself.
        return found if found != importer else self._search(module, top, folder, key[1], importer)

    def resolve_from(self, module: str, name: str, level: int, importer: str) -> str | None:
        """The file that `from module import name` reads: that of the submodule `name`, else that of `module`."""
        package = self.resolve(module, level, importer)
        if package is not None:
            surface = self._indexed.get(package)
            if name == "*" or not _is_init(package):
                return package
            if surface is not None and name in surface.exports:
                return package
        submodule = self.resolve(f"{module}.{name}" if module else name, level, importer)
        return submodule or package

    def _search(self, module: str, top: str, folder: str, app: str, skip: str) -> str | None:
        path = module.replace(".", "/")
        for base in self._bases(folder, app):
            if top not in self._heads.get(base, ()):
                continue
            package = _join(base, top) in self._packages
            if top in self._externals and not (package and base in self._declared):
                continue
            if self._root_apps.get(base, app) != app and not package:
                continue
            found = self._file(_join(base, path))
            if found is not None and found != skip:
                return found
        return None

    def _file(self, path: str) -> str | None:
        package = _join(path, "__init__.py")
        if package in self._files:
            return package
        for suffix in _SUFFIXES:
            if path + suffix in self._files:
                return path + suffix
        return None

    def _bases(self, folder: str, app: str) -> tuple[str, ...]:
        """Folders to look in for absolute imports of a file in `folder`, best first."""
        key = (folder, app)
        if key not in self._searched:
            top = "" if app == "." else app
            start = folder
            while start in self._inner:
                start = _parent(start)
            bases = [start, *(root for root in (top, _join(top, "src")) if root in self._heads)]
            above = _parent(start)
            while start and above != top and above:
                bases.append(above)
                above = _parent(above)
            own = [root for root in self._roots if self._root_apps[root] == app]
            bases += sorted(own, key=lambda root: -_shared(root, folder))
            bases += [root for root in self._roots if self._root_apps[root] != app]
            self._searched[key] = tuple(base for base in dict.fromkeys(bases) if base not in self._inner)
        return self._searched[key]

    def _add_heads(self, path: str) -> None:
        folder, _, name = path.rpartition("/")
        head = name.rpartition(".")[0]
        while True:
            heads = self._heads.setdefault(folder, set())
            if head in heads:
                return
            heads.add(head)
            if not folder:
                return
            folder, _, head = folder.rpartition("/")

    def _app_of(self, folder: str) -> str:
        while folder and folder not in self._app_roots:
            folder = _parent(folder)
        return folder or "."

    def _imported_through(self) -> set[str]:
        """Folders that imports name on their way to something below."""
        found: set[str] = set()
        seen: set[tuple[str, str]] = set()
        for path, surface in self._indexed.items():
            for item in surface.imports:
                base = _above(path, item.level) if item.level else ""
                if base is None or (base, item.module) in seen:
                    continue
                seen.add((base, item.module))
                for start in (base,) if item.level else self._declared:
                    if item.level:
                        found.add(start)
                    folder = start
                    for name in item.module.split("."):
                        folder = _join(folder, name)
                        if folder not in self._heads:
                            break
                        found.add(folder)
        return found - {""}

    def _neighbours_imported(self) -> dict[str, int]:
        """By folder: how many of its modules are imported by bare name from within it."""
        found: dict[str, set[str]] = {}
        for path, surface in self._indexed.items():
            folder = _parent(path)
            heads = self._heads.get(folder, set())
            for item in surface.imports:
                top = item.module.partition(".")[0]
                if item.level or top not in heads or top in self._externals or top in sys.stdlib_module_names:
                    continue
                if self._file(_join(folder, top)) not in (path, None):
                    found.setdefault(folder, set()).add(top)
        return {folder: len(names) for folder, names in found.items()}


def _above(path: str, level: int) -> str | None:
    """The folder that `level` dots mean in a module; `None` if they lead out of the project."""
    folder = _parent(path)
    for _ in range(level - 1):
        if not folder:
            return None
        folder = _parent(folder)
    return folder


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _is_init(path: str) -> bool:
    return path.rpartition("/")[2] == "__init__.py"


def _shared(one: str, other: str) -> int:
    """Length of the common beginning of two folders, in names."""
    count = 0
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right:
            break
        count += 1
    return count
