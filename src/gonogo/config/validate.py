"""Checks a configuration table, finding all its mistakes at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gonogo.config.lines import numbered
from gonogo.config.nearest import did_you_mean
from gonogo.config.options import AUTO, FORMATS, Attestation, Revocation
from gonogo.findings import Severity
from gonogo.workspace.areas import AREAS
from gonogo.workspace.names import display

if TYPE_CHECKING:
    from gonogo.config.user_rules import UserRule

ATTEST_KEYS = ("by", "on", "expires", "evidence")
REVOKED_KEYS = ("fingerprint", "by", "on", "evidence")

MOST_PROBLEMS = 50
"""Mistakes that are told, and for which the right word is looked for: both take time."""
KEY_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
"""What reports call a leaked key."""


@dataclass(frozen=True, slots=True)
class Known:
    """The names a configuration may use."""

    rules: frozenset[str]
    items: frozenset[str]


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake: the chain of keys down to it, and a sentence that starts with the last of them."""

    path: tuple[str, ...]
    text: str


class Checker:
    """Reads values and collects problems; what it returns in place of a wrong value is of no use and harmless."""

    def __init__(self, known: Known, today: date) -> None:
        self.known = known
        self.today = today
        self.problems: list[Problem] = []

    def fail(self, path: tuple[str, ...], text: str) -> None:
        self.problems.append(Problem(path, f"{dotted(path)}: {text}"))

    def unknown(self, path: tuple[str, ...], known: Sequence[str]) -> None:
        parent = f" in [{dotted(path[:-1])}]" if len(path) > 1 else ""
        meant = did_you_mean(path[-1], known) if len(self.problems) < MOST_PROBLEMS else ""
        self.problems.append(Problem(path, f'unknown key "{display(path[-1])}"{parent}{meant}'))

    def table(self, value: object, path: tuple[str, ...]) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self.fail(path, f"must be a table, not {kind_of(value)}")
        return {}

    def boolean(self, value: object, path: tuple[str, ...]) -> bool:
        if isinstance(value, bool):
            return value
        self.fail(path, f"must be true or false, not {kind_of(value)}")
        return False

    def text(self, value: object, path: tuple[str, ...]) -> str:
        if not isinstance(value, str):
            self.fail(path, f"must be a text, not {kind_of(value)}")
        elif not value.strip():
            self.fail(path, "must not be empty")
        else:
            return value.strip()
        return ""

    def word(self, value: object, path: tuple[str, ...], known: Sequence[str]) -> str:
        word = self.text(value, path)
        if word and word not in known:
            hint = did_you_mean(word, known) or f"; known are {', '.join(known)}"
            self.fail(path, f'"{display(word)}" is not known{hint}')
        return word

    def texts(self, value: object, path: tuple[str, ...]) -> tuple[str, ...]:
        if not isinstance(value, list):
            self.fail(path, f"must be a list of texts, not {kind_of(value)}")
            return ()
        for entry in value:
            if not isinstance(entry, str):
                self.fail(path, f"must be a list of texts, but holds {kind_of(entry)}")
                return ()
        return tuple(value)

    def glob(self, pattern: str, path: tuple[str, ...]) -> bool:
        if not pattern.strip():
            self.fail(path, "an empty pattern matches nothing")
        elif "\\" in pattern:
            self.fail(path, f'"{display(pattern)}": write / between names, also on Windows')
        elif ".." in pattern.split("/"):
            self.fail(path, f'"{display(pattern)}" leaves the folder of the configuration')
        else:
            return True
        return False

    def date(self, value: object, path: tuple[str, ...]) -> date | None:
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        if isinstance(value, str):
            try:
                return date.fromisoformat(value.strip())
            except ValueError:
                self.fail(path, f'"{display(value)}" is no date; write it as 2026-11-03')
                return None
        self.fail(path, f"must be a date such as 2026-11-03, not {kind_of(value)}")
        return None


def dotted(path: Sequence[str]) -> str:
    """A chain of keys as a reader would write it."""
    text = ""
    for key in path:
        if re.fullmatch(r"\[\d+\]", key):
            text += key
            continue
        plain = key.replace("-", "").replace("_", "").isalnum()
        text += ("." if text else "") + (key if plain else f'"{display(key)}"')
    return text


def kind_of(value: object) -> str:
    """What a TOML value is, in words."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    return names.get(type(value), "a date or time")


def _globs(check: Checker, value: object, path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(pattern for pattern in check.texts(value, path) if check.glob(pattern, path))


def _roots(check: Checker, value: object, path: tuple[str, ...]) -> tuple[str, ...]:
    roots = []
    for root in check.texts(value, path):
        if root.startswith("/") or ":" in root:
            check.fail(path, f'"{display(root)}" must be relative to the folder of the configuration')
        elif check.glob(root, path):
            roots.append("/".join(part for part in root.split("/") if part not in ("", ".")) or ".")
    return tuple(roots)


def _names(check: Checker, value: object, path: tuple[str, ...]) -> tuple[str, ...]:
    names = check.texts(value, path)
    for name in names:
        if len(check.problems) >= MOST_PROBLEMS:
            break
        complaint = unknown_name(name, check.known)
        if complaint:
            check.fail(path, complaint)
    return names


def unknown_name(name: str, known: Known) -> str | None:
    """The complaint about a name that is neither a rule's nor an item's."""
    if name in known.rules or name in known.items:
        return None
    return f'"{display(name)}" is neither a rule nor an item{did_you_mean(name, known.rules | known.items)}'


def unknown_checklist(name: str) -> str | None:
    """The complaint about a name that is no checklist's."""
    from gonogo.registry.checklists import names

    if name in names():
        return None
    return (
        f'there is no checklist "{display(name)}"{did_you_mean(name, names()) or "; there are " + ", ".join(names())}'
    )


def _areas(check: Checker, value: object, path: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (pattern, check.word(area, (*path, pattern), AREAS))
        for pattern, area in check.table(value, path).items()
        if check.glob(pattern, (*path, pattern))
    )


def _rules(check: Checker, value: object, path: tuple[str, ...]) -> tuple[UserRule, ...]:
    from gonogo.config.user_rules import read_rules

    return read_rules(check, value, path)


def _severity(check: Checker, value: object, path: tuple[str, ...]) -> dict[str, Severity]:
    levels = tuple(level.value for level in Severity)
    found = {}
    for rule, level in check.table(value, path).items():
        if rule not in check.known.rules:
            check.fail((*path, rule), f"there is no such rule{did_you_mean(rule, check.known.rules)}")
        word = check.word(level, (*path, rule), levels)
        if word in levels:
            found[rule] = Severity(word)
    return found


def _per_path(check: Checker, value: object, path: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (pattern, _names(check, names, (*path, pattern)))
        for pattern, names in check.table(value, path).items()
        if check.glob(pattern, (*path, pattern))
    )


def _attest(check: Checker, value: object, path: tuple[str, ...]) -> dict[str, Attestation]:
    found = {}
    for item, table in check.table(value, path).items():
        here = (*path, item)
        if item not in check.known.items:
            check.fail(here, f"there is no such item{did_you_mean(item, check.known.items)}")
        attestation = _attestation(check, item, check.table(table, here), here)
        if attestation is not None:
            found[item] = attestation
    return found


def _attestation(check: Checker, item: str, table: dict[str, Any], path: tuple[str, ...]) -> Attestation | None:
    before = len(check.problems)
    only_keys(check, table, ATTEST_KEYS, path)
    by, evidence, on = _word_of(check, table, path)
    expires = check.date(table["expires"], (*path, "expires")) if "expires" in table else None
    if on is not None and expires is not None and expires <= on:
        check.fail((*path, "expires"), f"{expires} is not after {on}, the day it was given")
    if on is None or expires is None or len(check.problems) > before:
        return None
    return Attestation(item, by, on, expires, evidence)


def _revoked(check: Checker, value: object, path: tuple[str, ...]) -> dict[str, Revocation]:
    if not isinstance(value, list):
        check.fail(path, f"must be a list of tables, written [[{dotted(path)}]], not {kind_of(value)}")
        return {}
    found: dict[str, Revocation] = {}
    for number, table in enumerate(value, start=1):
        here = (*path, numbered(number))
        revocation = _revocation(check, check.table(table, here), here)
        if revocation is not None and revocation.key in found:
            check.fail(here, f"{revocation.key} is there twice")
        elif revocation is not None:
            found[revocation.key] = revocation
    return found


def _revocation(check: Checker, table: dict[str, Any], path: tuple[str, ...]) -> Revocation | None:
    before = len(check.problems)
    only_keys(check, table, REVOKED_KEYS, path)
    by, evidence, on = _word_of(check, table, path)
    here = (*path, "fingerprint")
    key = check.text(table["fingerprint"], here).lower() if "fingerprint" in table else ""
    if key and not KEY_FINGERPRINT.fullmatch(key):
        check.fail(here, f'"{display(key[:40])}" is no fingerprint of a key: reports show 16 hexadecimal digits')
    if on is None or len(check.problems) > before:
        return None
    return Revocation(key, by, on, evidence)


def only_keys(check: Checker, table: dict[str, Any], keys: tuple[str, ...], path: tuple[str, ...]) -> None:
    """All of the keys and no others."""
    for key in table:
        if key not in keys:
            check.unknown((*path, key), keys)
    missing = [key for key in keys if key not in table]
    if missing:
        check.fail(path, f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")


def _word_of(check: Checker, table: dict[str, Any], path: tuple[str, ...]) -> tuple[str, str, date | None]:
    """Who says it, with which proof, and when."""
    by = check.text(table["by"], (*path, "by")) if "by" in table else ""
    evidence = check.text(table["evidence"], (*path, "evidence")) if "evidence" in table else ""
    on = check.date(table["on"], (*path, "on")) if "on" in table else None
    # A day's grace: somewhere on earth it is tomorrow already.
    if on is not None and on > check.today + timedelta(days=1):
        check.fail((*path, "on"), f"{on} lies in the future")
    return by, evidence, on


def _boolean(check: Checker, value: object, path: tuple[str, ...]) -> bool:
    return check.boolean(value, path)


def _checklist(check: Checker, value: object, path: tuple[str, ...]) -> str:
    from gonogo.registry.checklists import names

    return check.word(value, path, names())


def _format(check: Checker, value: object, path: tuple[str, ...]) -> str:
    return check.word(value, path, (AUTO, *FORMATS))


READERS: Mapping[str, Callable[[Checker, object, tuple[str, ...]], Any]] = {
    "exclude": _globs,
    "roots": _roots,
    "checklist": _checklist,
    "select": _names,
    "ignore": _names,
    "strict": _boolean,
    "history": _boolean,
    "format": _format,
    "areas": _areas,
    "severity": _severity,
    "attest": _attest,
    "revoked": _revoked,
    "rule": _rules,
    "per-path-ignores": _per_path,
}
"""Every key of the configuration; the field of `Options` has the same name with `_`."""


def validate(table: Mapping[str, Any], known: Known, today: date) -> tuple[dict[str, Any], list[Problem]]:
    """The fields of `Options` that `table` sets, and every mistake in it."""
    from gonogo.config.user_rules import ids_of

    # Other keys may name the rules that this table brings.
    check = Checker(replace(known, rules=known.rules | ids_of(table)), today)
    values: dict[str, Any] = {}
    for key, value in table.items():
        reader = READERS.get(key)
        if reader is None:
            check.unknown((key,), tuple(READERS))
        else:
            values[key.replace("-", "_")] = reader(check, value, (key,))
    return values, check.problems
