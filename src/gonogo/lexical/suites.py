"""Eval suites of a repository, found without parsing: tools' configuration files, and code that scores answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING

from gonogo.facts.span import Span
from gonogo.findings import Place
from gonogo.frontends.builds import MAX_BYTES, Build, read_build
from gonogo.registry.evals import Suite, builds, by_hand, suites
from gonogo.registry.observability import last_word, package
from gonogo.registry.recorders import words_of
from gonogo.workspace.files import SourceFile
from gonogo.workspace.read import Unreadable, decode

if TYPE_CHECKING:
    from gonogo.lexical.index import LexicalIndex
    from gonogo.workspace.discover import Workspace

LEFT_OUT = frozenset({"vendored", "generated", "docs"})


@dataclass(frozen=True, slots=True)
class Ways:
    """What a file uses that asks the application's model: functions by name, and the files they stand in."""

    names: frozenset[str]
    paths: frozenset[str]

    def used_by(self, path: str, index: LexicalIndex) -> bool:
        """True if a file names an SDK, imports a way to a model call, or uses one by name."""
        return bool(
            index.needles(path) or self.paths.intersection(index.imports_of(path)) or index.held(path, self.names)
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A suite and the line that shows it."""

    title: str
    place: Place


def eval_suites(workspace: Workspace, index: LexicalIndex, app: str, ways: Ways) -> list[Found]:
    """Suites that score answers of the application `app`, in order of path.

    A suite written by hand has to use one of the `ways` to its model calls, or an SDK.
    """
    found: list[Found] = []
    for file in workspace.files:
        if file.area in LEFT_OUT or not _near(file, app) or _hidden(file.path):
            continue
        tool = next((suite.title for suite in suites() if file.name in suite.files), "")
        if tool:
            found.append(Found(tool, Place(file.path, Span(1, 1, 1, 1))))
        elif file.path in index.files:
            found.extend(_in_code(workspace, index, file, ways))
    return found


def live_tests(workspace: Workspace, index: LexicalIndex, app: str, ways: Ways) -> list[Place]:
    """Tests that seem to ask the real model, of which it cannot be told whether they score what it answers."""
    hand = by_hand()
    found = []
    for file in workspace.files:
        if file.area != "test" or file.app != app or file.path not in index.files:
            continue
        words = index.held(file.path, _wanted(ways))
        telling = set(words_of(file.path)) & hand.live
        if telling and not words & hand.mocks and ways.used_by(file.path, index):
            found.append(Place(file.path, Span(1, 1, 1, 1)))
    return found


def build_files(workspace: Workspace) -> tuple[list[Build], list[str]]:
    """What the build systems of the repository run, and the files that could not be read."""
    read: list[Build] = []
    unread: list[str] = []
    for file in workspace.files:
        if not any(fnmatchcase(file.path, pattern) for pattern in builds().files):
            continue
        try:
            build = read_build(file.path, decode(workspace.read(file.path, MAX_BYTES)))
        except Unreadable:
            build = None
        if build is None:
            unread.append(file.path)
        else:
            read.append(build)
    return read, unread


def runs_evals(build: Build, suites_found: list[Found]) -> bool:
    """True if a build runs one of the suites: by its tool, by its name, or with all tests."""
    known = builds()
    if any(action.startswith(name) for action in build.actions for name in known.actions):
        return True
    tests = any(_is_test(found.place.path) for found in suites_found)
    for command in build.commands:
        words = set(words_of(command))
        if any(name in command for name in known.commands) or words & known.words:
            return True
        if tests and _runs_tests(command):
            return True
    return False


def _runs_tests(command: str) -> bool:
    """True if a command runs all tests: by a runner's name, or by a script of `package.json` (`npm test`)."""
    said = f" {' '.join(words_of(command))} "
    return any(f" {' '.join(words_of(runner))} " in said for runner in builds().runners)


def _is_test(path: str) -> bool:
    """True for files that run with all tests: `test_answers.py`, `answers.test.ts`."""
    name = path.rpartition("/")[2]
    return name.startswith("test") or ".test." in name or ".spec." in name


def gates(build: Build) -> bool:
    """True if the build runs before a change is merged or when it is."""
    return not build.triggers or bool(build.triggers & builds().gates)


def _near(file: SourceFile, app: str) -> bool:
    """True for files of the application, of projects inside it, and of folders above it; a neighbour's do not count."""
    return (
        app == "."
        or file.app == "."
        or file.app == app
        or file.app.startswith(f"{app}/")
        or app.startswith(f"{file.app}/")
    )


def _hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split("/")[:-1])


def _in_code(workspace: Workspace, index: LexicalIndex, file: SourceFile, ways: Ways) -> Iterator[Found]:
    words = index.held(file.path, _wanted(ways))
    packages = index.imported_packages(file.path)
    for suite in suites():
        word = _used(suite, words, packages)
        if word:
            yield Found(suite.title, _line(workspace, file, word))
            return
    hand = by_hand()
    folders = set(file.path.lower().split("/")[:-1])
    stem = set(words_of(file.name.rpartition(".")[0]))
    marked = "pytest" in packages and "mark" in words and words & hand.markers
    placed = folders & hand.folders or marked or (stem & hand.folders and file.area != "app")
    if placed and words & hand.scores and ways.used_by(file.path, index):
        said = sorted(words & ways.names) or sorted(words & hand.scores)
        yield Found("an own suite", _line(workspace, file, said[0]))


@lru_cache(maxsize=8)
def _wanted(ways: Ways) -> frozenset[str]:
    """All words by which a suite is known."""
    hand = by_hand()
    functions = frozenset(last_word(name) for suite in suites() for name in suite.functions)
    return functions | hand.scores | hand.markers | hand.mocks | ways.names | {"mark"}


def _used(suite: Suite, words: frozenset[str], packages: frozenset[str]) -> str:
    for name in suite.functions:
        if package(name) in packages and last_word(name) in words:
            return last_word(name)
    return ""


def _line(workspace: Workspace, file: SourceFile, word: str) -> Place:
    """The first line after the imports that holds a word."""
    try:
        lines = decode(workspace.read(file.path)).splitlines()
    except Unreadable:
        lines = []
    for number, line in enumerate(lines, 1):
        plain = line.lstrip()
        if word in line and not plain.startswith(("import ", "from ", "#")):
            return Place(file.path, Span(number, 1, number, 1))
    return Place(file.path, Span(1, 1, 1, 1))
