"""The checklist's items and the rules behind them: texts and severities, read from `rules/items/`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gonogo.findings import Severity
from gonogo.registry.data import DataError, data_dir, load_toml

KINDS = ("always", "calls", "loops", "attested")
"""What an item applies to: every repository, one that calls a model, one with an agent loop; or a person's word."""

STATUSES = ("stable", "preview")

MAX_NUMBER = 18


@dataclass(frozen=True, slots=True)
class Rule:
    """One bad pattern. `why`, `detects`, `limits` and `fix` are paragraphs of plain text."""

    id: str
    item: str
    summary: str
    severity: Severity
    status: str
    languages: tuple[str, ...]
    why: str
    detects: str
    limits: str
    fix: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the checklist with its rules, by id. `summary` says what done means."""

    number: int
    id: str
    title: str
    group: str
    group_title: str
    summary: str
    kind: str
    rules: tuple[Rule, ...] = ()
    judged_by: tuple[str, ...] = ()
    """Items whose evidence and questions decide it; by default its own."""
    open_leaks: bool = False
    """Does a leaked key that nobody attested as revoked speak against it, whatever rule found it?"""

    @property
    def checked(self) -> bool:
        """Is there any rule that can judge it?"""
        return bool(self.rules)


_ITEM_KEYS = ("number", "id", "title", "group", "group_title", "summary", "kind")
_RULE_KEYS = (
    "id", "item", "summary", "severity", "status", "languages", "why", "detects", "limits", "fix", "sources",
)  # fmt: skip


class Table:
    """A data file read key by key; every mistake names file and key."""

    def __init__(self, name: str, table: dict[str, Any], keys: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
        self.name = name
        self.table = table
        for key in table:
            if key not in keys + optional:
                raise DataError(f"{name}: unknown key {key!r}; known are {', '.join(keys + optional)}")
        for key in keys:
            if key not in table:
                raise DataError(f"{name}: key {key!r} is missing")

    def text(self, key: str, among: tuple[str, ...] = ()) -> str:
        value = self.table[key]
        if not isinstance(value, str) or not value.strip():
            raise DataError(f"{self.name}: {key} must be a text that is not empty")
        if among and value not in among:
            raise DataError(f"{self.name}: {key} is {value!r}, but must be one of {', '.join(among)}")
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.table[key]
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise DataError(f"{self.name}: {key} must be a list of texts")
        return tuple(value)

    def flag(self, key: str) -> bool:
        """An optional switch, off by default."""
        value = self.table.get(key, False)
        if not isinstance(value, bool):
            raise DataError(f"{self.name}: {key} must be true or false")
        return value

    def same(self, key: str, expected: str) -> str:
        value = self.text(key)
        if value != expected:
            raise DataError(f"{self.name}: {key} is {value!r}, but the file stands for {expected!r}")
        return value


def read_rule(name: str, item: str, rule: str, base: Path) -> Rule:
    """The rule in the data file `name`, which stands for `item` and `rule`. Raises `DataError`."""
    table = Table(name, load_toml(name, base=base), _RULE_KEYS)
    return Rule(
        id=table.same("id", rule),
        item=table.same("item", item),
        summary=table.text("summary"),
        severity=Severity(table.text("severity", tuple(s.value for s in Severity))),
        status=table.text("status", STATUSES),
        languages=table.texts("languages"),
        why=table.text("why"),
        detects=table.text("detects"),
        limits=table.text("limits"),
        fix=table.text("fix"),
        sources=table.texts("sources"),
    )


def _read_item(folder: Path, base: Path) -> Item:
    name = f"items/{folder.name}/item.toml"
    table = Table(name, load_toml(name, base=base), _ITEM_KEYS, ("open_leaks",))
    number = table.table["number"]
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= MAX_NUMBER:
        raise DataError(f"{name}: number must be a whole number from 1 to {MAX_NUMBER}")
    rules = sorted(path.stem for path in folder.glob("*.toml") if path.name != "item.toml")
    return Item(
        number=number,
        id=table.same("id", folder.name),
        title=table.text("title"),
        group=table.text("group", ("A", "B", "C", "D", "E")),
        group_title=table.text("group_title"),
        summary=table.text("summary"),
        kind=table.text("kind", KINDS),
        open_leaks=table.flag("open_leaks"),
        rules=tuple(read_rule(f"items/{folder.name}/{rule}.toml", folder.name, rule, base) for rule in rules),
    )


def read_items(base: Path) -> tuple[Item, ...]:
    """The items under `base/items`, by number.

    Raises:
        DataError: a file is missing or wrong, or two items or rules share a number or an id.
    """
    folders = sorted(path for path in (base / "items").glob("*") if path.is_dir())
    items = tuple(sorted((_read_item(folder, base) for folder in folders), key=lambda item: item.number))
    numbers: dict[int, str] = {}
    names: dict[str, str] = {item.id: f"items/{item.id}/item.toml" for item in items}
    for item in items:
        if item.number in numbers:
            raise DataError(f"items/{item.id}/item.toml: number {item.number} is taken by {numbers[item.number]}")
        numbers[item.number] = item.id
        for rule in item.rules:
            where = f"items/{item.id}/{rule.id}.toml"
            if rule.id in names:
                raise DataError(f"{where}: id {rule.id!r} is taken by {names[rule.id]}")
            names[rule.id] = where
    return items


@cache
def all_items() -> tuple[Item, ...]:
    """Every item of the checklist, by number. Raises `DataError`."""
    return read_items(data_dir())


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by item number and id. Raises `DataError`."""
    return tuple(rule for item in all_items() for rule in item.rules)


@cache
def _rules_by_id() -> dict[str, Rule]:
    return {rule.id: rule for rule in all_rules()}


@cache
def _items_by_id() -> dict[str, Item]:
    return {item.id: item for item in all_items()}


def rule(id: str) -> Rule:  # noqa: A002 - the word the data and the reader use
    """The rule of that name. Raises `KeyError` if there is none."""
    return _rules_by_id()[id]


def item(id: str) -> Item:  # noqa: A002 - the word the data and the reader use
    """The item of that name. Raises `KeyError` if there is none."""
    return _items_by_id()[id]
