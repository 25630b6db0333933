"""Rules a team writes into its configuration: which calls, and what to say about them. No code, so none is run."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gonogo.config.lines import numbered
from gonogo.config.nearest import did_you_mean
from gonogo.findings import Severity
from gonogo.workspace.areas import AREAS
from gonogo.workspace.names import display

if TYPE_CHECKING:
    from gonogo.config.validate import Checker

RULE_KEYS = ("id", "message", "severity", "item", "why", "fix", "where")
WHERE_KEYS = ("sdk", "method", "model", "path", "area", "route", "arguments")
REQUIRED = ("id", "message", "where")

MAX_RULES = 200
MAX_TEXT = 1_000

_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")
_CONDITION = re.compile(
    r"\s*(?P<name>[A-Za-z_][\w.]{0,100})\s*(?:(?P<op>>=|<=|==|!=|>|<)\s*(?P<value>.{1,200})|(?P<word>\w+))\s*"
)
_SURE = 0.85
"""From this likeness on an argument's name is taken for a slip: any name may be an argument of some SDK."""

Path = tuple[str, ...]
Op = Literal[">", ">=", "<", "<=", "==", "!=", "given", "missing"]
Constant = str | float | bool


@dataclass(frozen=True, slots=True)
class Condition:
    """`max_tokens > 8000`, `temperature given`, `timeout missing`. Times are in seconds."""

    name: str
    op: Op
    value: Constant | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """Which calls. `None` for what is not asked; of several texts one must fit, of the conditions all."""

    sdk: tuple[str, ...] | None = None
    method: tuple[str, ...] | None = None
    model: tuple[str, ...] | None = None
    path: tuple[str, ...] | None = None
    area: tuple[str, ...] = ("app",)
    route: bool | None = None
    arguments: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class UserRule:
    """One rule. `item` is empty where the rule stands for itself."""

    id: str
    message: str
    severity: Severity
    where: Where
    item: str = ""
    why: str = ""
    fix: str = ""


def ids_of(table: Mapping[str, Any]) -> frozenset[str]:
    """The ids that `[[rule]]` tables claim, checked or not."""
    rules = table.get("rule")
    found = (rule.get("id") for rule in rules if isinstance(rule, dict)) if isinstance(rules, list) else ()
    return frozenset(name for name in found if isinstance(name, str))


def read_rules(check: Checker, value: object, path: Path) -> tuple[UserRule, ...]:
    """The rules of a configuration; mistakes go to `check`."""
    from gonogo.config.validate import dotted, kind_of

    if not isinstance(value, list):
        check.fail(path, f"must be a list of tables, written [[{dotted(path)}]], not {kind_of(value)}")
        return ()
    if len(value) > MAX_RULES:
        check.fail(path, f"has {len(value)} entries; {MAX_RULES} are the most")
        return ()
    found: dict[str, UserRule] = {}
    for number, entry in enumerate(value, start=1):
        here = (*path, numbered(number))
        rule = _rule(check, check.table(entry, here), here)
        if rule.id in found:
            check.fail((*here, "id"), f'"{display(rule.id)}" is there twice')
        found[rule.id] = rule
    return tuple(found.values())


def _rule(check: Checker, table: dict[str, Any], path: Path) -> UserRule:
    for key in table:
        if key not in RULE_KEYS:
            check.unknown((*path, key), RULE_KEYS)
    missing = [key for key in REQUIRED if key not in table]
    if missing:
        check.fail(path, f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    texts = {
        key: _text(check, table[key], (*path, key)) for key in ("id", "message", "item", "why", "fix") if key in table
    }
    name, item = texts.get("id", ""), texts.get("item", "")
    if name:
        _check_id(check, name, (*path, "id"))
    if item and item not in check.known.items:
        check.fail((*path, "item"), f'there is no item "{display(item)}"{did_you_mean(item, check.known.items)}')
    severity = "warning"
    if "severity" in table:
        severity = check.word(table["severity"], (*path, "severity"), tuple(level.value for level in Severity))
    where = Where()
    if "where" in table:
        where = _where(check, check.table(table["where"], (*path, "where")), (*path, "where"))
    return UserRule(
        id=name,
        message=texts.get("message", ""),
        severity=Severity(severity) if severity in Severity._value2member_map_ else Severity.WARNING,
        where=where,
        item=item,
        why=texts.get("why", ""),
        fix=texts.get("fix", ""),
    )


def _check_id(check: Checker, name: str, path: Path) -> None:
    from gonogo.registry.checklists import every_item, every_rule

    if not _ID.fullmatch(name):
        check.fail(path, f'"{display(name)}" must be words in lower case joined by hyphens, as no-opus-on-requests')
    elif name in {rule.id for rule in every_rule()} | {item.id for item in every_item()}:
        check.fail(path, f'"{name}" is the name of one of gonogo\'s own; choose another')


def _text(check: Checker, value: object, path: Path) -> str:
    text = check.text(value, path)
    if len(text) > MAX_TEXT:
        check.fail(path, f"is longer than {MAX_TEXT} characters")
    return text


def _where(check: Checker, table: dict[str, Any], path: Path) -> Where:
    for key in table:
        if key not in WHERE_KEYS:
            check.unknown((*path, key), WHERE_KEYS)
    if not table:
        check.fail(path, f"says nothing; it may hold {', '.join(WHERE_KEYS)}")
    found = {key: _texts(check, table[key], (*path, key)) for key in WHERE_KEYS if key in table and key != "route"}
    if "sdk" in found:
        from gonogo.registry.sdks import all_sdks

        known = tuple(sdk.id for sdk in all_sdks())
        for name in found["sdk"]:
            check.word(name, (*path, "sdk"), known)
    for name in found.get("area", ()):
        check.word(name, (*path, "area"), AREAS)
    for pattern in found.get("path", ()):
        check.glob(pattern, (*path, "path"))
    conditions = [_condition(check, text, (*path, "arguments")) for text in found.get("arguments", ())]
    return Where(
        sdk=found.get("sdk"),
        method=found.get("method"),
        model=found.get("model"),
        path=found.get("path"),
        area=found.get("area", ("app",)),
        route=check.boolean(table["route"], (*path, "route")) if "route" in table else None,
        arguments=tuple(condition for condition in conditions if condition is not None),
    )


def _texts(check: Checker, value: object, path: Path) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    texts = check.texts(value, path)
    if not texts and isinstance(value, list):
        check.fail(path, "is an empty list, which no call fits")
    return tuple(_text(check, text, path) for text in texts)


def _condition(check: Checker, text: str, path: Path) -> Condition | None:
    from gonogo.registry.sdks import SETTINGS

    match = _CONDITION.fullmatch(text)
    if match is None or (match["word"] and match["word"] not in ("given", "missing")):
        check.fail(
            path, f'"{display(text)}" must be like "max_tokens > 8000", "temperature given" or "timeout missing"'
        )
        return None
    name = match["name"]
    if name not in SETTINGS:
        likely = difflib.get_close_matches(name, SETTINGS, n=1, cutoff=_SURE)
        if likely:
            check.fail(path, f'"{display(name)}" is no argument that is known; did you mean "{likely[0]}"?')
            return None
    if match["word"]:
        return Condition(name, "given" if match["word"] == "given" else "missing")
    value = _constant(match["value"].strip())
    op: Any = match["op"]
    if op in (">", ">=", "<", "<=") and (isinstance(value, (str, bool))):
        check.fail(path, f'"{display(text)}": {op} needs a number')
        return None
    return Condition(name, op, value)


def _constant(text: str) -> Constant:
    if text in ("true", "false"):
        return text == "true"
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    try:
        return float(text.replace("_", ""))
    except ValueError:
        return text
