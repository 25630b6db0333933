"""Item 2: every environment has a key of its own. A repository can only show the opposite."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from gonogo.findings import Finding, Question, Related
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, rule

if TYPE_CHECKING:
    from gonogo.secrets.environments import KeyUse


@rule("shared-key-across-environments")
def shared_key(app: AppFacts) -> Iterable[Finding]:
    from gonogo.workspace.names import display

    for uses in _shared(app)[0]:
        *others, last = uses
        names = " and ".join(sorted(use.environment for use in uses))
        yield Finding(
            "shared-key-across-environments",
            last.place,
            f"{names} take the same key, {display(last.shown)}",
            " ".join(last.reference),
            related=tuple(Related(use.place, f"{use.environment} takes it here") for use in others),
        )


def _questions(app: AppFacts) -> Iterable[Question]:
    for uses in _shared(app)[1]:
        names = " and ".join(sorted(use.environment for use in uses))
        text = f"{names} both take {uses[-1].shown} from their host; nobody has attested that the keys differ"
        yield Question("key-per-environment", text, uses[-1].place)


def _shared(app: AppFacts) -> tuple[list[list[KeyUse]], list[list[KeyUse]]]:
    if app.tree is None:
        return [], []
    from gonogo.secrets.environments import shared_keys

    return shared_keys(app.workspace, app.tree.keys)


# Different references may still lead to the same key: nothing in a repository proves the item.
ITEMS["key-per-environment"] = ItemJudge(lambda _: "", lambda _: (), _questions)
