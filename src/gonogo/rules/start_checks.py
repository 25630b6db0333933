"""Whether a server looks for its key before it begins to serve."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Assign, Attr, CallRef, DictLit, Expr, FileFacts, Index, Lit, Name
from gonogo.findings import Evidence, Finding, Place, Related
from gonogo.link.lift import place_of, same_symbol, symbol
from gonogo.link.module import Module, tail_name
from gonogo.link.servers import option, server_data
from gonogo.link.values import Env
from gonogo.link.walk import walk
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, rule
from gonogo.workspace.read import SOURCE_LIMIT, Unreadable, decode

ITEM = "server-key"
_MAX_FILES = 200
_DEPLOYED = (".yml", ".yaml", ".sh")


def _lazy(app: AppFacts) -> Iterator[tuple[ModelCall, str, dict[str, Any]]]:
    """Calls of servers whose client takes a key from the environment and does not mind if there is none."""
    for call in app.calls:
        name = symbol(call.made.callee) if call.made is not None else ""
        spec = next((s for s in server_data()["start"] if any(same_symbol(name, one) for one in s["clients"])), None)
        if spec is None or not name or not _serves(call):
            continue
        site = call.made.call if call.made is not None else None
        if site is not None and any(option(app.evaluator, site, name) != () for name in spec["options"]):
            continue
        key = call.setting("key")
        if key.status == "absent":
            yield call, spec["variable"], spec
        elif key.status == "given":
            variables = {value.name for value in key.values if isinstance(value, Env)}
            if len(variables) == 1 and len(key.values) == 1:
                yield call, variables.pop(), spec


def _serves(call: ModelCall) -> bool:
    known = server_data()["start_checks"]["frameworks"]
    return any(entry.outside and entry.sure and entry.framework in known for entry in call.entries)


@rule("key-not-checked-at-start")
def key_not_checked_at_start(app: AppFacts) -> Iterable[Finding]:
    seen: set[object] = set()
    for call, variable, spec in _lazy(app):
        made = call.made.call if call.made is not None else None
        place = call.place if made is None else app.place(made.site)
        if place in seen:
            continue
        seen.add(place)
        if not _checked(app, variable) and not _elsewhere(app, variable, spec):
            related = () if place == call.place else (Related(call.place, "the first call that fails"),)
            text = f"nothing looks for {variable} before the server answers: without it every request fails"
            yield Finding("key-not-checked-at-start", place, text, related=related)


def _elsewhere(app: AppFacts, variable: str, spec: dict[str, Any]) -> bool:
    """True if a package checks the environment, another credential may be used, or the platform insists on the key."""
    own = {file.path for file in app.workspace.files if file.app == app.root and file.area == "app"}
    packages = frozenset(server_data()["start_checks"]["packages"])
    if any(app.index.imported_packages(path) & packages for path in own):
        return True
    if any(not own.isdisjoint(app.index.by_identifier(word)) for word in spec["instead"]):
        return True
    insists = re.compile(rf"\$\{{{re.escape(variable)}:\?|name:\s*[\"']?{re.escape(variable)}\b")
    deployed = [file.path for file in app.workspace.files if file.path.endswith(_DEPLOYED)]
    for path in deployed[:_MAX_FILES]:
        try:
            text = decode(app.workspace.read(path, SOURCE_LIMIT))
        except Unreadable:
            continue  # the scan of keys says that it could not be read
        if variable in text and insists.search(text):
            return True
    return False


def _checked(app: AppFacts, variable: str) -> Place | None:
    """Where the variable, or what it is kept in, is tested, listed or handed to a function that may look at it."""
    others: set[str] = set()
    for module in app.modules_with((variable,)):
        place = _in_module(module, variable)
        if place is not None:
            return place
        others |= _kept_as(module.facts, variable)
    for module in app.modules_with(others):
        for test in _tests(module.facts):
            if any(tail_name(part) in others for part in walk(test, module.facts)):
                return place_of(module, test.span)
    return None


def _in_module(module: Module, variable: str) -> Place | None:
    facts = module.facts
    for test in _tests(facts):
        if any(_reads(part, variable) for part in walk(test, facts)):
            return place_of(module, test.span)
    for call in facts.calls:
        for arg in call.args:
            if _reads(arg.value, variable) or _names(arg.value, facts, variable):
                return place_of(module, call.span)
    for block in facts.blocks:
        if block.iterable is not None and _names(block.iterable, facts, variable):
            return place_of(module, block.span)
    return next((place_of(module, a.span) for a in facts.assigns if _names(a.value, facts, variable)), None)


def _tests(facts: FileFacts) -> Iterator[Expr]:
    """Conditions, and what comes first where another value may take its place."""
    for block in facts.blocks:
        if block.test is not None:
            yield block.test
    roots: list[Expr] = [assign.value for assign in facts.assigns]
    roots += [arg.value for call in facts.calls for arg in call.args]
    for root in roots:
        for part in walk(root, facts):
            test = getattr(part, "test", None)
            if test is not None:
                yield test


def _reads(expr: Expr, variable: str) -> bool:
    """`process.env.NAME`, `process.env["NAME"]`"""
    if isinstance(expr, Attr):
        return expr.name == variable
    return isinstance(expr, Index) and isinstance(expr.key, Lit) and expr.key.value == variable


def _names(expr: Expr, facts: FileFacts, variable: str) -> bool:
    """True if the variable's name stands in an expression as a text: in a list of those that are wanted, or as a field
    of a schema. The key of a read, and of a mapping that only hands the value on, is none."""
    plain = set()
    for part in walk(expr, facts):
        if isinstance(part, Index):
            plain.add(part.key.span)
        elif isinstance(part, DictLit):
            plain |= {key.span for key, value in part.items if key is not None and not isinstance(value, CallRef)}
    return any(
        isinstance(part, Lit) and part.value == variable and part.span not in plain for part in walk(expr, facts)
    )


def _kept_as(facts: FileFacts, variable: str) -> set[str]:
    """Names of variables and fields that hold what the environment says."""
    found: set[str] = set()
    for assign in facts.assigns:
        if any(_reads(part, variable) for part in walk(assign.value, facts)):
            found |= _targets(assign, facts, variable)
    return found


def _targets(assign: Assign, facts: FileFacts, variable: str) -> set[str]:
    found = {tail_name(assign.target)} if isinstance(assign.target, (Name, Attr)) else set()
    for part in walk(assign.value, facts):
        if isinstance(part, DictLit):
            found |= {
                str(key.value)
                for key, value in part.items
                if isinstance(key, Lit) and any(_reads(inner, variable) for inner in walk(value, facts))
            }
    return found - {"", "default"}


def _evidence(app: AppFacts) -> Iterator[Evidence]:
    for variable in dict.fromkeys(variable for _, variable, _ in _lazy(app)):
        place = _checked(app, variable)
        if place is not None:
            yield Evidence(ITEM, place, f"{variable} is looked at here")


ITEMS[ITEM] = ItemJudge(lambda app: calls_a_model(app), _evidence)
