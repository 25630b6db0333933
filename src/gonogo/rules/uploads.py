"""The checklist on code execution: files that users send have a greatest size, and are looked into."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from gonogo.facts.model import ORDERING, Attr, Call, CallRef, Compare, Expr, FileFacts, Function, Lit, Name
from gonogo.findings import Confidence, Evidence, Finding, Place
from gonogo.link.lift import place_of, same_symbol, symbol
from gonogo.link.module import Module, chain, tail_name
from gonogo.link.routes import is_route
from gonogo.link.walk import walk
from gonogo.registry.data import load_toml
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, rule

_SUFFIXES = frozenset({"splitext", "suffix", "rsplit", "endswith", "partition", "rpartition", "split"})
_MAX_FILES = 200


@dataclass(frozen=True, eq=False, slots=True)
class Upload:
    """A handler that gets a file; `taken` is the place where all of it is read or stored, if it is."""

    module: Module
    function: Function
    names: frozenset[str]
    taken: Place | None
    bounded: bool


@cache
def _data() -> dict[str, Any]:
    return load_toml("libraries/uploads.toml")


def uploads(app: AppFacts) -> list[Upload]:
    """The handlers of an application that get files."""
    words = {name.rsplit(".", 1)[-1] for entry in _data()["parameters"] for name in entry["types"]}
    words |= {entry["member"] for entry in _data()["requests"]}
    files = {file.path for file in app.workspace.files if file.app == app.root and file.area == "app"}
    paths = sorted({path for word in words for path in app.index.by_identifier(word)} & files)
    found = []
    for path in paths[:_MAX_FILES]:
        module = app.evaluator.project.module(path)
        if module is not None:
            found += [*_by_parameter(app, module), *_by_request(app, module)]
    return found


def _by_parameter(app: AppFacts, module: Module) -> Iterator[Upload]:
    for function in module.facts.functions:
        for entry in _data()["parameters"]:
            frame = app.evaluator.project.frame(module, function.parent)
            names = frozenset(
                param.name
                for param in function.params
                if param.annotation is not None
                and any(
                    same_symbol(symbol(value), known)
                    for part in walk(param.annotation, module.facts)
                    if isinstance(part, (Name, Attr))
                    for value in app.evaluator.values(part, frame)
                    for known in entry["types"]
                )
            )
            if names and is_route(app.evaluator, module, function):
                names |= _copies(module.facts, function, names)
                yield _upload(module, function, names, frozenset(entry["whole"]))


def _by_request(app: AppFacts, module: Module) -> Iterator[Upload]:
    for function in module.facts.functions:
        if not function.decorators:
            continue
        frame = app.evaluator.project.frame(module, function.index)
        for entry in _data()["requests"]:
            names: set[str] = set()
            for assign in module.facts.assigns:
                if assign.function == function.index and isinstance(assign.target, Name):
                    for part in walk(assign.value, module.facts):
                        if isinstance(part, Attr) and part.name == entry["member"]:
                            owners = app.evaluator.values(part.base, frame)
                            if any(same_symbol(symbol(owner), name) for owner in owners for name in entry["objects"]):
                                names.add(assign.target.id)
            if names and is_route(app.evaluator, module, function):
                yield _upload(module, function, frozenset(names), frozenset(entry["whole"]))


def _copies(facts: FileFacts, function: Function, names: frozenset[str]) -> frozenset[str]:
    """`for file in files` and `data = file`: further names of the same upload."""
    return frozenset(
        assign.target.id
        for assign in facts.assigns
        if assign.function == function.index
        and isinstance(assign.target, Name)
        and isinstance(assign.value, Name)
        and assign.value.id in names
    )


def _upload(module: Module, function: Function, names: frozenset[str], whole: frozenset[str]) -> Upload:
    facts = module.facts
    taken = None
    bounded = False
    for call in facts.calls:
        if call.function != function.index:
            continue
        if isinstance(call.callee, Attr) and call.callee.name in whole and _of(call.callee.base, names):
            if call.callee.name == "read" and call.args:
                bounded = True  # a part at a time
            elif taken is None:
                taken = place_of(module, call.span)
        elif tail_name(call.callee) in ("copyfileobj",) and any(_of(arg.value, names) for arg in call.args):
            taken = taken or place_of(module, call.span)
    bounded = bounded or any(_weighs(test, facts) for test in _tests(facts, function))
    return Upload(module, function, names, taken, bounded)


def _of(expr: Expr, names: frozenset[str]) -> bool:
    links = chain(expr)
    return bool(links) and links[0] in names


def _tests(facts: FileFacts, function: Function) -> Iterator[Expr]:
    for block in facts.blocks:
        if block.function == function.index and block.test is not None:
            yield block.test


def _weighs(test: Expr, facts: FileFacts) -> bool:
    """A size held against something."""
    for part in walk(test, facts):
        if isinstance(part, Compare) and ORDERING.intersection(part.ops):
            for side in (part.left, *part.rights):
                for inner in walk(side, facts):
                    name = tail_name(inner).lower()
                    if isinstance(inner, CallRef):
                        name = tail_name(facts.calls[inner.index].callee).lower()
                    if name == "len" or any(word in name for word in ("size", "length", "max", "limit", "bytes")):
                        return True
    return False


def _bounded_elsewhere(app: AppFacts, upload: Upload) -> bool:
    """A middleware or setting of the application, a dependency or decorator of the route, or a proxy, may bound it."""
    files = {file.path for file in app.workspace.files if file.app == app.root and file.area == "app"}
    if any(not files.isdisjoint(app.index.by_identifier(word)) for word in _data()["words"]["bounds"]):
        return True
    proxies = tuple(_data()["words"]["proxies"])
    if any(mark in file.name.lower() for file in app.workspace.files for mark in proxies):
        return True
    guards = [word for expr in upload.function.decorators for part in walk(expr, upload.module.facts)
              if (word := tail_name(part).lower())]  # fmt: skip
    guards += [
        tail_name(part).lower()
        for param in upload.function.params
        if param.default is not None
        for part in walk(param.default, upload.module.facts)
    ]
    return any(word for word in guards if any(mark in word for mark in ("size", "limit", "max")))


@rule("upload-unbounded")
def unbounded(app: AppFacts) -> Iterable[Finding]:
    for upload in uploads(app):
        if upload.taken is not None and not upload.bounded and not _bounded_elsewhere(app, upload):
            yield Finding(
                "upload-unbounded",
                upload.taken,
                f"{upload.function.name} takes a file of any size",
                confidence=Confidence.MEDIUM,
            )


@rule("upload-type-by-extension")
def type_by_extension(app: AppFacts) -> Iterable[Finding]:
    files = {file.path for file in app.workspace.files if file.app == app.root and file.area == "app"}
    if any(not files.isdisjoint(app.index.by_identifier(word)) for word in _data()["words"]["content"]):
        return
    for upload in uploads(app):
        call = next((call for call in upload.module.facts.calls if _by_name(call, upload)), None)
        if call is not None:
            yield Finding(
                "upload-type-by-extension",
                place_of(upload.module, call.span),
                f"{upload.function.name} tells what a file is by the end of its name",
                confidence=Confidence.MEDIUM,
            )


def _by_name(call: Call, upload: Upload) -> bool:
    """`os.path.splitext(file.filename)`, `file.filename.endswith(...)`, `Path(file.filename)...`, in a test or not."""
    if call.function != upload.function.index:
        return False
    facts = upload.module.facts
    named = any(
        isinstance(part, Attr) and part.name == "filename" and _of(part.base, upload.names)
        for source in (call.callee, *(arg.value for arg in call.args))
        for part in walk(source, facts)
    )
    if not named:
        return False
    if tail_name(call.callee) == "Path":
        return any(
            isinstance(part, Attr) and part.name == "suffix" and isinstance(part.base, CallRef)
            and part.base.index == call.index
            for expr in _expressions(facts, upload.function)
            for part in walk(expr, facts)
        )  # fmt: skip
    return tail_name(call.callee) in _SUFFIXES and _about_extensions(call, facts)


def _about_extensions(call: Call, facts: FileFacts) -> bool:
    if tail_name(call.callee) == "splitext":
        return True
    texts = [
        part.value
        for arg in call.args
        for part in walk(arg.value, facts)
        if isinstance(part, Lit) and isinstance(part.value, str)
    ]
    named = any("ext" in tail_name(arg.value).lower() for arg in call.args)
    return named or any(text.startswith(".") for text in texts)


def _expressions(facts: FileFacts, function: Function) -> Iterator[Expr]:
    yield from _tests(facts, function)
    for assign in facts.assigns:
        if assign.function == function.index:
            yield assign.value
    for call in facts.calls:
        if call.function == function.index:
            yield call.callee
            yield from (arg.value for arg in call.args)


def _applies(app: AppFacts) -> str:
    return "" if uploads(app) else "no handler that takes a file was found"


def _evidence(app: AppFacts) -> Iterator[Evidence]:
    for upload in uploads(app):
        if upload.bounded:
            place = place_of(upload.module, upload.function.name_span)
            yield Evidence("uploads", place, f"{upload.function.name} looks at the size of a file")


ITEMS["uploads"] = ItemJudge(_applies, _evidence)
