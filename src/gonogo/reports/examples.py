"""Bad and good code for a rule, taken from the fixtures of a source checkout."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from gonogo.registry.data import data_dir
from gonogo.registry.rules import Rule

MAX_LINES = 40
_MARK = re.compile(r"[ \t]*(?:#|//)[ \t]*(?:expect|quiet|gap):[^\n]{0,200}")


@dataclass(frozen=True, slots=True)
class Example:
    """A short program. `good` says on which side it stands, `name` what it shows."""

    good: bool
    name: str
    code: str


def examples(rule: Rule, fixtures: Path | None = None) -> tuple[Example, ...]:
    """The shortest bad and the shortest good fixture; none where the fixtures are not at hand, as once installed."""
    folder = (fixtures or data_dir().parent / "fixtures") / rule.item / rule.id
    found = (_shortest(folder, "bad"), _shortest(folder, "good"))
    return tuple(example for example in found if example is not None)


def _shortest(folder: Path, side: str) -> Example | None:
    candidates = [
        Example(side == "good", path.stem.partition("_")[2].replace("_", " "), _without_marks(path))
        for path in sorted(folder.glob(f"{side}_*.py"))
    ]
    short = [example for example in candidates if example.code.count("\n") < MAX_LINES]
    return min(short, key=lambda example: len(example.code), default=None)


def _without_marks(path: Path) -> str:
    return _MARK.sub("", path.read_text("utf-8")).strip("\n")
