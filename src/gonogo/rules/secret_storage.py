"""Item 1: keys come from the environment or a secret manager, and none was ever committed.

The scans of tree and history find; these functions only say which finding is which rule's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gonogo.findings import Evidence, Finding, Place, Question
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, rule

IN_TREE = ("committed-env-file", "env-file-not-ignored", "key-in-image")


def _in_tree(app: AppFacts, name: str) -> Iterable[Finding]:
    if app.tree is None:
        return []
    from gonogo.secrets.judge import findings_in_tree

    return (finding for finding in findings_in_tree(app.tree) if finding.rule == name)


def _register(name: str) -> Callable[[AppFacts], Iterable[Finding]]:
    @rule(name)
    def judge(app: AppFacts) -> Iterable[Finding]:
        return _in_tree(app, name)

    return judge


for _name in IN_TREE:
    _register(_name)


@rule("hardcoded-key")
def hardcoded_key(app: AppFacts) -> Iterable[Finding]:
    found = list(_in_tree(app, "hardcoded-key"))
    yield from found
    yield from _literal_keys(app, {(f.place.path, f.place.span.line) for f in found})


def _literal_keys(app: AppFacts, known: set[tuple[str, int]]) -> Iterable[Finding]:
    """Clients constructed with a literal key of a form no list knows."""
    from gonogo.secrets.masking import mask_value
    from gonogo.secrets.placeholders import looks_random

    seen: set[Place] = set()
    for call in app.calls:
        for value in call.setting("key").constants:
            place = app.place(value.site)
            if not isinstance(value.value, str) or place in seen or "env-default" in value.via:
                continue
            seen.add(place)
            if (place.path, place.span.line) in known or not looks_random(value.value):
                continue
            yield Finding(
                "hardcoded-key", place, f"{call.sdk.title} gets its key from a literal, {mask_value(value.value)}"
            )


@rule("key-in-history")
def key_in_history(app: AppFacts) -> Iterable[Finding]:
    if app.history is None or app.tree is None:
        return []
    from gonogo.secrets.judge import findings_in_history

    return findings_in_history(app.history, app.tree)


def _evidence(app: AppFacts) -> Iterable[Evidence]:
    from gonogo.secrets.judge import evidence

    if app.tree is not None:
        yield from evidence(app.tree, app.history)


def _questions(app: AppFacts) -> Iterable[Question]:
    from gonogo.secrets.judge import questions

    if app.tree is not None:
        yield from questions(app.tree, app.history)


ITEMS["secret-storage"] = ItemJudge(lambda _: "", _evidence, _questions)
