"""What the tests of the hostile suite share: a call to be seen, and what a run said."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
TELLING = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "GONOGO_DEBUG", "PYTHONIOENCODING", "TERM", "GITHUB_ACTIONS")
GUARD = 300
"""Seconds after which a run counts as hanging. It measures nothing: a busy machine may need many."""

STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
CALL = (
    "import anthropic\n\nclient = anthropic.Anthropic()\n"
    'client.messages.create(model="claude-opus-4-8", max_tokens=9, messages=[])\n'
)
"""A model call that any run must go on to see."""


@dataclass(frozen=True)
class Ran:
    """What a run said, in text that any bytes can be read as."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Both streams."""
        return self.out + self.err


Run = Callable[..., Ran]
