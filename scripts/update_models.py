#!/usr/bin/env python3
"""Merge what installed SDK packages say about models into `rules/models.toml`.

    scripts/update_models.py --site-packages DIR [--site-packages DIR ...] [--check]

Nothing is imported from the packages: their files are parsed as text. Read are the ids and retirement dates of
`anthropic`, the ids and shutdown dates of `openai`, and limits and prices of `litellm`. A package that is not there is
named and left out.

The catalog also holds what only documentation says. So the merge adds: new ids the provider's own SDK lists, and fields
that are missing. It replaces a value only where the entry rests on that same package alone; every other difference is
printed and kept. Dates of litellm fill gaps of the Claude API and OpenAI only: elsewhere they are often a promise not
to retire before, and no retirement.

Exit codes: 0 done, or nothing to change; 1 with `--check`, if the catalog would change; 2 nothing could be read.
"""

from __future__ import annotations

import argparse
import ast
import datetime as dt
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import tomlkit

CATALOG = Path(__file__).resolve().parent.parent / "rules" / "models.toml"
MAX_BYTES = 32_000_000
PER_MILLION = 1_000_000

LITELLM_SECTIONS = {
    "anthropic": ("anthropic", ""),
    "openai": ("openai", ""),
    "bedrock": ("bedrock", ""),
    "bedrock_converse": ("bedrock", ""),
    "vertex_ai-anthropic_models": ("vertex", "vertex_ai/"),
    "gemini": ("gemini", "gemini/"),
}
"""`litellm_provider` → section of the catalog, and the prefix its keys carry."""

LITELLM_LIMITS = {"max_input_tokens": "context_window", "max_output_tokens": "max_output_tokens"}
LITELLM_PRICES = {
    "input_cost_per_token": "price_input",
    "output_cost_per_token": "price_output",
    "cache_creation_input_token_cost": "price_cache_write_5m",
    "cache_creation_input_token_cost_above_1hr": "price_cache_write_1h",
    "cache_read_input_token_cost": "price_cache_read",
}
PRICED = ("anthropic", "openai", "gemini")
"""Sections that carry prices. On Bedrock and Google Cloud they depend on the region."""
DATED_BY_LITELLM = ("anthropic", "openai")
OPENAI_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")


class UnreadableError(Exception):
    """A package's file is missing or not in the form this script knows; the text says which and why."""


@dataclass
class Said:
    """What one package says of the ids of a section: id → field → value. `lists` are its own provider's ids."""

    package: str
    section: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)

    def add(self, section: str, name: str, **values: Any) -> None:
        self.section.setdefault(section, {}).setdefault(name, {}).update(values)


@dataclass
class Report:
    """What the merge did, one line each, and what it saw and left."""

    changed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


# --- reading packages ------------------------------------------------------------------------------------


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableError(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableError(f"{path.name} cannot be read: {error}") from error


def _tree(path: Path) -> ast.Module:
    try:
        return ast.parse(_text(path))
    except (SyntaxError, ValueError, RecursionError) as error:
        raise UnreadableError(f"{path.name} cannot be parsed: {error}") from error


def _literals(tree: ast.Module, name: str) -> Iterator[str]:
    """Texts inside `Literal[...]` in the assignment of `name`."""
    for node in tree.body:
        if not isinstance(node, (ast.Assign, ast.AnnAssign)):
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if not (isinstance(target, ast.Name) and target.id == name):
            continue
        for part in ast.walk(node.value) if node.value is not None else ():
            if isinstance(part, ast.Subscript) and getattr(part.value, "id", "") == "Literal":
                for text in ast.walk(part.slice):
                    if isinstance(text, ast.Constant) and isinstance(text.value, str):
                        yield text.value


def _english_date(text: str) -> str:
    """`November 30th, 2026` as an ISO date."""
    plain = re.sub(r"(\d)(?:st|nd|rd|th)\b", r"\1", text)
    return dt.datetime.strptime(plain, "%B %d, %Y").date().isoformat()


def read_anthropic(folder: Path, package: str) -> Said:
    """Ids of `types/model_param.py`, and dates of `DEPRECATED_MODELS`."""
    said = Said(package)
    said.lists["anthropic"] = list(_literals(_tree(folder / "types" / "model_param.py"), "ModelParam"))
    if not said.lists["anthropic"]:
        raise UnreadableError("model_param.py holds no list of model ids")
    dates = next(
        (
            node.value
            for node in _tree(folder / "resources" / "messages" / "messages.py").body
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DEPRECATED_MODELS"
        ),
        None,
    )
    if not isinstance(dates, ast.Dict):
        raise UnreadableError("messages.py holds no dictionary DEPRECATED_MODELS")
    try:
        table = ast.literal_eval(dates)
    except ValueError as error:
        raise UnreadableError(f"DEPRECATED_MODELS is not plain data: {error}") from error
    for name, date in table.items():
        try:
            said.add("anthropic", name, ends=_english_date(date))
        except (TypeError, ValueError):
            raise UnreadableError(f"DEPRECATED_MODELS gives {name} a date of an unknown form: {date!r}") from None
    return said


def read_openai(folder: Path, package: str) -> Said:
    """Ids of `ChatModel`, and the shutdown dates told in the text below it (openai 3 and later)."""
    path = folder / "types" / "shared" / "chat_model.py"
    said = Said(package)
    said.lists["openai"] = list(_literals(_tree(path), "ChatModel"))
    if not said.lists["openai"]:
        raise UnreadableError("chat_model.py holds no list of model ids")
    text = re.sub(r"\s+", " ", _text(path))
    for part in re.finditer(r'((?:"[\w.-]{1,80}",? ?){1,40}): Announced shutdown date: (\d{4}-\d\d-\d\d)', text):
        for name in re.findall(r'"([^"]+)"', part[1]):
            said.add("openai", name, ends=part[2])
    return said


def read_litellm(folder: Path, package: str) -> Said:
    """Limits and prices of the price list, and retirement dates where they are such."""
    try:
        table = json.loads(_text(folder / "model_prices_and_context_window_backup.json"))
    except (json.JSONDecodeError, RecursionError) as error:
        raise UnreadableError(f"the price list is not JSON: {error}") from error
    if not isinstance(table, dict):
        raise UnreadableError("the price list is not a JSON object")
    said = Said(package)
    for key, entry in table.items():
        if not isinstance(entry, dict) or entry.get("litellm_provider") not in LITELLM_SECTIONS:
            continue
        section, prefix = LITELLM_SECTIONS[entry["litellm_provider"]]
        values: dict[str, Any] = {}
        for theirs, ours in LITELLM_LIMITS.items():
            if isinstance(entry.get(theirs), int) and entry[theirs] > 0:
                values[ours] = entry[theirs]
        for theirs, ours in LITELLM_PRICES.items() if section in PRICED else ():
            if section != "anthropic" and theirs.startswith("cache_creation"):
                continue  # Only Claude prices writes by the entry's time to live.
            if isinstance(entry.get(theirs), (int, float)) and entry[theirs] > 0:
                values[ours] = round(entry[theirs] * PER_MILLION, 6)
        date = entry.get("deprecation_date")
        if section in DATED_BY_LITELLM and isinstance(date, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", date):
            values["ends"] = date
        said.add(section, key.removeprefix(prefix), **values)
    return said


READERS = {"anthropic": read_anthropic, "openai": read_openai, "litellm": read_litellm}
"""In order of weight: for the same field the first package that says anything is heard."""


def read_packages(folders: list[Path]) -> tuple[list[Said], list[str]]:
    """What the packages found below `folders` say, and a sentence on each that was left out."""
    versions = {
        (dist.metadata["Name"] or "").lower(): dist.version
        for dist in distributions(path=[str(folder) for folder in folders])
    }
    heard: list[Said] = []
    skipped: list[str] = []
    for name, reader in READERS.items():
        folder = next((root / name for root in folders if (root / name).is_dir()), None)
        if folder is None:
            skipped.append(f"{name}: not installed in {', '.join(map(str, folders))}")
            continue
        try:
            heard.append(reader(folder, f"{name} {versions.get(name, 'of unknown version')}"))
        except UnreadableError as error:
            skipped.append(f"{name}: {error}")
    return heard, skipped


# --- merging ---------------------------------------------------------------------------------------------


def _kind(section: str, name: str, meta: dict[str, Any]) -> str:
    if section == "openai":
        return "snapshot" if OPENAI_DATED.search(name) else "alias"
    patterns = (meta["claude_dateless_snapshot_pattern"], meta["claude_dated_snapshot_pattern"])
    return "snapshot" if any(re.search(pattern, name) for pattern in patterns) else "alias"


def _rests_on(entry: dict[str, Any], package: str) -> bool:
    """True if the entry's whole source is that package, whatever its version."""
    name = package.split()[0]
    return all(part.strip().split(" ")[0] == name for part in str(entry["source"]).split(";"))


class Merge:
    """Applies what packages say to the parsed catalog, in place."""

    def __init__(self, catalog: Any, today: str) -> None:
        self.catalog = catalog
        self.today = today
        self.report = Report()

    def run(self, heard: list[Said]) -> Report:
        for said in heard:
            for section, names in said.lists.items():
                for name in names:
                    if name not in self.catalog[section]:
                        self._new(section, name, names, said.package)
            for section, entries in said.section.items():
                for name, values in entries.items():
                    if name in self.catalog[section]:
                        self._known(section, name, values, said.package)
        for section, entries in self.catalog.items():
            if section != "meta":
                for name, entry in entries.items():
                    self._pass_time(section, name, entry)
        self._packages(heard)
        return self.report

    def _new(self, section: str, name: str, names: list[str], package: str) -> None:
        entry = tomlkit.table()
        kind = _kind(section, name, self.catalog["meta"])
        entry.update({"provider": section, "kind": kind, "status": "active"})
        if kind == "alias":
            dated = re.compile(re.escape(name) + r"-(\d{8}|\d{4}-\d\d-\d\d)$")
            targets = sorted(other for other in names if dated.match(other))
            entry["pinnable"] = bool(targets) or section == "anthropic"
            if targets and section == "anthropic":
                entry["resolves_to"] = targets[-1]
        entry["source"] = package
        self.catalog[section].append(name, entry)
        self.report.changed.append(f"+ {section} {name}: new {kind}, listed by {package}")

    def _known(self, section: str, name: str, values: dict[str, Any], package: str) -> None:
        entry = self.catalog[section][name]
        if entry["status"] == "retired":
            values = {key: value for key, value in values.items() if key == "ends"}
        for key, value in values.items():
            if key == "ends":
                self._ends(section, name, entry, value, package)
            elif key not in entry:
                self._set(entry, key, value)
                self.report.changed.append(f"~ {section} {name}: {key} = {value} ({package})")
            elif entry[key] != value:
                self._differs(section, name, entry, key, value, package)

    def _differs(self, section: str, name: str, entry: Any, key: str, value: Any, package: str) -> None:
        if _rests_on(entry, package):
            self.report.changed.append(f"~ {section} {name}: {key} = {value}, was {entry[key]} ({package})")
            entry[key] = value
        else:
            self.report.kept.append(f"= {section} {name}: {key} stays {entry[key]}, {package} says {value}")

    def _ends(self, section: str, name: str, entry: Any, date: str, package: str) -> None:
        for key in ("retired", "retires"):
            if key in entry:
                if entry[key] != date:
                    self._differs(section, name, entry, key, date, package)
                return
        if entry["status"] in ("retired", "deprecated"):
            self.report.kept.append(f"= {section} {name}: {entry['status']} without a date, {package} says {date}")
            return
        self._set(entry, "retires", date)
        entry["status"] = "deprecated"
        self.report.changed.append(f"~ {section} {name}: deprecated, retires = {date} ({package})")

    def _pass_time(self, section: str, name: str, entry: Any) -> None:
        """An announced date that has come makes the model retired."""
        if "retires" in entry and str(entry["retires"]) <= self.today:
            date = str(entry["retires"])
            del entry["retires"]
            self._set(entry, "retired", date)
            entry["status"] = "retired"
            self.report.changed.append(f"~ {section} {name}: retired, its date {date} has come")

    def _packages(self, heard: list[Said]) -> None:
        ours = self.catalog["meta"]["packages"]
        for said in heard:
            name = said.package.split()[0]
            at = next((i for i, text in enumerate(ours) if text.split()[0] == name), None)
            if at is None:
                ours.append(said.package)
            elif ours[at] != said.package:
                self.report.changed.append(f"~ meta: {said.package}, was {ours[at].split()[-1]}")
                ours[at] = said.package

    @staticmethod
    def _set(entry: Any, key: str, value: Any) -> None:
        """Adds a field before `source`, which with `note` closes every entry; a blank line stays at its end."""
        tail = [(name, entry.pop(name)) for name in ("source", "note") if name in entry]
        entry[key] = value
        for name, old in tail:
            entry[name] = str(old)


# --- the command -----------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; the return value is its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--site-packages", type=Path, action="append", required=True, metavar="DIR")
    parser.add_argument("--catalog", type=Path, default=CATALOG, metavar="FILE")
    parser.add_argument("--as-of", type=dt.date.fromisoformat, default=dt.date.today(), metavar="YYYY-MM-DD")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if something would change")
    given = parser.parse_args(arguments)

    heard, skipped = read_packages(given.site_packages)
    for line in skipped:
        print(f"skipped: {line}")
    if not heard:
        print("nothing could be read", file=sys.stderr)
        return 2
    catalog = tomlkit.parse(given.catalog.read_text(encoding="utf-8"))
    report = Merge(catalog, given.as_of.isoformat()).run(heard)
    for line in [*report.changed, *report.kept]:
        print(line)
    packages = ", ".join(said.package for said in heard)
    print(f"{len(report.changed)} changed, {len(report.kept)} differences kept, from {packages}")
    if given.check:
        return 1 if report.changed else 0
    catalog["meta"]["as_of"] = given.as_of.isoformat()
    given.catalog.write_text(tomlkit.dumps(catalog), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
