"""The checklists one can be polled on: the 18 items, and further lists over the same rules and a few of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from gonogo.poll import DEFAULT_CHECKLIST
from gonogo.registry.data import DataError, data_dir, load_toml
from gonogo.registry.rules import KINDS, Item, Rule, Table, all_items, all_rules, read_rule

DEFAULT = DEFAULT_CHECKLIST
"""The checklist of the 18 items."""

_KEYS = ("id", "title", "summary", "item")
_ITEM_KEYS = ("id", "title", "group", "group_title", "summary", "kind")
_SOURCES = ("items", "rules", "proof")


@dataclass(frozen=True, slots=True)
class Checklist:
    """A list of items, numbered from 1. Each rule counts for the first item that lists it, and for the others too."""

    id: str
    title: str
    summary: str
    items: tuple[Item, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Its rules, each once."""
        return tuple({rule.id: rule for item in self.items for rule in item.rules}.values())


@cache
def names() -> tuple[str, ...]:
    """The checklists there are, the default one first."""
    return (DEFAULT, *sorted(path.stem for path in (data_dir() / "checklists").glob("*.toml")))


@cache
def checklist(name: str) -> Checklist:
    """The checklist `name`.

    Raises:
        KeyError: there is none.
        DataError: its data is wrong.
    """
    if name == DEFAULT:
        return Checklist(DEFAULT, "Production", "Eighteen items between a prototype and production.", all_items())
    if name not in names():
        raise KeyError(name)
    return read_checklist(data_dir(), name)


@cache
def every_checklist() -> tuple[Checklist, ...]:
    """All of them, the default one first."""
    return tuple(checklist(name) for name in names())


@cache
def every_rule() -> tuple[Rule, ...]:
    """The rules of all checklists, each once; those of the 18 items first."""
    return tuple({rule.id: rule for one in every_checklist() for rule in one.rules}.values())


@cache
def every_item() -> tuple[Item, ...]:
    """The items of all checklists; their ids differ."""
    return tuple(item for one in every_checklist() for item in one.items)


def read_checklist(base: Path, name: str) -> Checklist:
    """The checklist in `base/checklists/<name>.toml`, with rules of its own from `base/further/<item>/`.

    Raises:
        DataError: a key is missing or unknown, or names an item or rule that is not there.
    """
    where = f"checklists/{name}.toml"
    table = Table(where, load_toml(where, base=base), _KEYS)
    entries = table.table["item"]
    if not isinstance(entries, list) or not entries:
        raise DataError(f"{where}: item must be a list of tables")
    items = []
    for number, entry in enumerate(entries, start=1):
        items.append(_item(Table(f"{where}: item {number}", entry, _ITEM_KEYS, _SOURCES), number, base))
    taken = {item.id for item in all_items()} | {rule.id for rule in all_rules()}
    for item in items:
        if item.id in taken:
            raise DataError(f"{where}: the id {item.id!r} is taken")
        taken.add(item.id)
    return Checklist(table.same("id", name), table.text("title"), table.text("summary"), tuple(items))


def _item(table: Table, number: int, base: Path) -> Item:
    name = table.text("id")
    known = {item.id: item for item in all_items()}
    rules = {rule.id: rule for rule in all_rules()}
    whole, picked, proof = (table.texts(key) if key in table.table else () for key in _SOURCES)
    for unknown in [*(i for i in (*whole, *proof) if i not in known), *(r for r in picked if r not in rules)]:
        raise DataError(f"{table.name}: there is no {unknown!r}")
    own = [read_rule(f"further/{name}/{path.stem}.toml", name, path.stem, base) for path in _files(base, name)]
    found = [*own, *(rule for item in whole for rule in known[item].rules), *(rules[rule] for rule in picked)]
    judged_by = (*((name,) if own or not (whole or proof) else ()), *whole, *proof)
    return replace(
        Item(
            number=number,
            id=name,
            title=table.text("title"),
            group=table.text("group"),
            group_title=table.text("group_title"),
            summary=table.text("summary"),
            kind=table.text("kind", KINDS),
        ),
        rules=tuple({rule.id: rule for rule in found}.values()),
        judged_by=judged_by,
    )


def _files(base: Path, item: str) -> list[Path]:
    return sorted((base / "further" / item).glob("*.toml"))
