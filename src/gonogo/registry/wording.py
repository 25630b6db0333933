"""What the names of variables say about the text they hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from gonogo.registry.data import load_toml
from gonogo.registry.recorders import words_of


@dataclass(frozen=True, slots=True)
class Wording:
    """Last words of names that hold what people say to a model, and words that say otherwise."""

    texts: frozenset[str]
    never: frozenset[str]
    preview: int
    """Characters up to which the beginning of a text is a preview."""
    quiet: frozenset[str]
    """Log methods that are off in production by default."""

    def is_text(self, name: str) -> bool:
        """True if a name promises a message, a prompt or a conversation."""
        words = words_of(name)
        return bool(words) and words[-1] in self.texts and not self.never & set(words)


@cache
def wording() -> Wording:
    """The table `libraries/wording.toml`."""
    table = load_toml("libraries/wording.toml")
    return Wording(
        frozenset(table["texts"]["words"]),
        frozenset(table["texts"]["never"]),
        int(table["texts"]["preview"]),
        frozenset(table["logs"]["quiet"]),
    )
