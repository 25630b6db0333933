"""Item 9: spending has a limit and an alarm. Mostly a setting in a console; sometimes a repository shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from gonogo.facts.model import ORDERING, Attr, Binary, Call, Compare, Expr, FileFacts, Index, Lit, Name, Template
from gonogo.facts.span import Span
from gonogo.findings import Evidence, Place
from gonogo.registry.data import load_toml
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model
from gonogo.rules.vendors import catalogs_of

ITEM = "spend-alerts"
_AREAS = ("app", "script")
_LIMIT = 300_000
_CLOUDS = frozenset({"bedrock", "vertex", "deployment"})


@dataclass(frozen=True, slots=True)
class _Budget:
    what: str
    vendors: frozenset[str]
    place: Place


def _evidence(app: AppFacts) -> Iterator[Evidence]:
    """Given only if every call of the application goes to a vendor whose bill is watched."""
    vendors = [_billed_by(set(catalogs_of(call))) for call in app.calls]
    budgets = [*_infrastructure(app), *_polled(app)]
    watched = {vendor for budget in budgets for vendor in budget.vendors}
    if vendors and all(found & watched for found in vendors):
        for budget in budgets:
            if any(found & budget.vendors for found in vendors):
                yield Evidence(ITEM, budget.place, budget.what)


def _billed_by(catalogs: set[str]) -> set[str]:
    """Claude bought from a cloud stands on that cloud's bill."""
    return catalogs & _CLOUDS or catalogs


# --- infrastructure ---------------------------------------------------------------------------------------------------


def _infrastructure(app: AppFacts) -> Iterator[_Budget]:
    from gonogo.workspace.read import Unreadable, decode

    for file in app.workspace.files:
        terraform = file.path.endswith(".tf")
        if file.area not in _AREAS or not (terraform or file.path.endswith((".yml", ".yaml", ".template"))):
            continue
        try:
            text = decode(app.workspace.read(file.path, _LIMIT))
        except Unreadable:
            continue
        yield from _in_terraform(file.path, text) if terraform else _in_template(file.path, text)


def _in_terraform(path: str, text: str) -> Iterator[_Budget]:
    for entry in _data()["terraform"]:
        start = re.compile(rf'^[ \t]*resource[ \t]+"{re.escape(entry["resource"])}"[^\n{{]{{0,200}}\{{', re.MULTILINE)
        for match in start.finditer(text):
            body = _block(text, match.end())
            if all(re.search(rf"^[ \t]*{re.escape(need)}\b", body, re.MULTILINE) for need in entry["needs"]):
                yield _Budget(entry["what"], frozenset(entry["vendors"]), _at(path, text, match.start()))


def _block(text: str, start: int) -> str:
    """The text from `start` to the brace that closes it; braces in texts are balanced in practice (`${...}`)."""
    depth = 1
    for match in re.compile(r"[{}]").finditer(text, start):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return text[start : match.start()]
    return text[start:]


def _in_template(path: str, text: str) -> Iterator[_Budget]:
    for entry in _data()["cloudformation"]:
        where = text.find(entry["type"])
        if where >= 0 and all(need in text for need in entry["needs"]):
            yield _Budget(entry["what"], frozenset(entry["vendors"]), _at(path, text, where))


def _at(path: str, text: str, offset: int) -> Place:
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    return Place(path, Span(line, column, line, column + 1))


# --- usage APIs -------------------------------------------------------------------------------------------------------


def _polled(app: AppFacts) -> Iterator[_Budget]:
    from gonogo.frontends import read_source
    from gonogo.workspace.read import Unreadable, decode

    areas = {file.path: file.area for file in app.workspace.files if file.app == app.root or file.area == "script"}
    for entry in _data()["usage_api"]:
        paths = {path for word in entry["words"] for path in app.index.by_identifier(word)}
        for path in sorted(paths):
            if areas.get(path) not in _AREAS:
                continue
            try:
                data = app.workspace.read(path)
            except Unreadable:
                continue
            if not any(part in decode(data) for part in entry["paths"]):
                continue
            facts = read_source(path, data)
            if facts is not None and facts.status != "failed":
                yield from _in_code(facts, entry["what"], frozenset(entry["vendors"]), tuple(entry["paths"]))


def _in_code(facts: FileFacts, what: str, vendors: frozenset[str], parts: tuple[str, ...]) -> Iterator[_Budget]:
    """An address of the API, and in the same file a threshold behind which something happens."""
    called = any(_holds(argument.value, parts) for call in facts.calls for argument in call.args)
    named = any(_holds(assign.value, parts) for assign in facts.assigns)
    if not (called or named):
        return
    for block in facts.blocks:
        if block.kind != "branch" or not isinstance(block.test, Compare) or not _is_threshold(block.test):
            continue
        acts = any(block.index in call.blocks for call in facts.calls if _alerts(call))
        acts = acts or any(leave.kind == "raise" and block.index in leave.blocks for leave in facts.exits)
        if acts:
            yield _Budget(f"the {what} is polled and held against a threshold", vendors, Place(facts.path, block.span))
            return


def _holds(value: Expr, parts: tuple[str, ...]) -> bool:
    if isinstance(value, Lit):
        return isinstance(value.value, str) and any(part in value.value for part in parts)
    if isinstance(value, Template):
        return any(_holds(part, parts) for part in value.parts)
    if isinstance(value, Binary):
        return _holds(value.left, parts) or _holds(value.right, parts)
    return False


def _is_threshold(test: Compare) -> bool:
    if not ORDERING.issuperset(test.ops):
        return False
    sides = (test.left, *test.rights)
    return any(_named_threshold(side) or _is_amount(side) for side in sides)


def _is_amount(side: Expr) -> bool:
    number = side.value if isinstance(side, Lit) else None
    return isinstance(number, (int, float)) and not isinstance(number, bool) and number >= 1


def _named_threshold(side: Expr) -> bool:
    from gonogo.secrets.names import name_parts

    if isinstance(side, Binary):
        return _named_threshold(side.left) or _named_threshold(side.right)
    name = side.id if isinstance(side, Name) else side.name if isinstance(side, Attr) else ""
    if isinstance(side, Index) and isinstance(side.key, Lit):
        name = str(side.key.value)
    return not _data()["threshold_words"].isdisjoint(name_parts(name))


def _alerts(call: Call) -> bool:
    """Something that may reach a person: not a mere print or a conversion."""
    name = call.callee.name if isinstance(call.callee, Attr) else getattr(call.callee, "id", "")
    return name not in ("print", "len", "str", "float", "int", "append", "get", "format", "round", "debug", "info")


@cache
def _data() -> dict[str, Any]:
    table = load_toml("libraries/budgets.toml")
    return {**table, "threshold_words": frozenset(table["thresholds"]["words"])}


ITEMS[ITEM] = ItemJudge(calls_a_model, _evidence)
