"""The checklist of a run: gonogo's items, and the rules the reader adds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gonogo.config.user_rules import UserRule
from gonogo.registry.rules import Item, Rule

if TYPE_CHECKING:
    from gonogo.config.options import Options

CUSTOM = "custom"
"""The item of user rules that name none."""


def items_of(options: Options) -> tuple[Item, ...]:
    """The items of the checklist that is asked for, with the reader's own rules."""
    from gonogo.registry.checklists import checklist

    return with_user_rules(checklist(options.checklist).items, options.rule)


def with_user_rules(items: Sequence[Item], rules: Sequence[UserRule]) -> tuple[Item, ...]:
    """`items` with each user rule in the item it names; for those that name none, or one that is not in the list, an
    item of their own at the end, so that they count in the verdict as everything else does.
    """
    known = {item.id for item in items}
    added: dict[str, list[Rule]] = {}
    for rule in rules:
        name = rule.item if rule.item in known else CUSTOM
        added.setdefault(name, []).append(_as_rule(rule, name))
    found = [replace(item, rules=(*item.rules, *added.get(item.id, ()))) for item in items]
    if CUSTOM in added:
        found.append(
            Item(
                number=max((item.number for item in items), default=0) + 1,
                id=CUSTOM,
                title="Rules of your own",
                group=chr(ord(max((item.group for item in items), default="@")) + 1),
                group_title="Rules of your own",
                summary="No model call goes against the rules in the configuration.",
                kind="calls",
                rules=tuple(added[CUSTOM]),
            )
        )
    return tuple(found)


def _as_rule(rule: UserRule, item: str) -> Rule:
    return Rule(
        id=rule.id,
        item=item,
        summary=rule.message,
        severity=rule.severity,
        status="own",
        languages=(),
        why=rule.why,
        detects="",
        limits="",
        fix=rule.fix,
        sources=(),
    )
