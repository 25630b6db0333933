"""Facts about what a call sends each time: how long the fixed part of its prompt is, and how that is cached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gonogo.findings import Place
from gonogo.link.values import Site, Value

CHARACTERS_PER_TOKEN = 4
"""English text before Claude 4.7 (Claude docs, Token counting); later models count some 30 % more tokens for the same
text, other languages more still. A size in tokens by this figure is therefore rather too small."""
FEWEST_CHARACTERS_PER_TOKEN = 2
"""No more tokens than this in text of ASCII characters: the docs give 2.5 characters per token for models since 4.7."""

FEW = 4
"""Up to so many texts for one place are variants of one; more are those of different callers."""


@dataclass(frozen=True, eq=False, slots=True)
class Extent:
    """How long a text, or a list of tools, is.

    `fixed` counts characters that are the same in every request, `prefix` those of them before the first that may
    differ. `sure`: nothing fixed is left out of the count; `short`: what may be left out is fixed, too. `most` is what
    the whole can count at most in tokens, `None` if it cannot be told. `holes` are what stands in the places that
    differ. `usual` counts as `fixed` does, but where many texts may stand in a place it
    takes the shortest: what hands on the texts of many callers has none of its own.
    """

    fixed: int = 0
    prefix: int = 0
    sure: bool = True
    most: int | None = 0
    holes: tuple[Value, ...] = ()
    short: bool = False
    usual: int = 0

    @property
    def whole(self) -> bool:
        """True if nothing in it can differ."""
        return self.fixed == self.prefix and (self.sure or self.short) and not self.holes


@dataclass(frozen=True, eq=False, slots=True)
class Mark:
    """Where a call asks for its prefix to be cached. `part` says after which part of the prompt the prefix ends;
    `block` is the number of the system block that carries it."""

    part: Literal["tools", "system", "messages", "request"]
    site: Site | None
    block: int | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Varying:
    """Something in front of a breakpoint that is new in every request."""

    kind: Literal["clock", "id", "user"]
    place: Place
    text: str


@dataclass(frozen=True, eq=False, slots=True)
class PromptFacts:
    """What one call sends again and again.

    `system` and `tools` hold one entry for each of the ways the call can be made. `marked` is `None` where it cannot be
    told.
    """

    system: tuple[Extent, ...]
    tools: tuple[Extent, ...]
    marked: bool | None
    marks: tuple[Mark, ...] = ()
    varying: tuple[Varying, ...] = ()
    cached: Extent | None = None
    """Everything up to the last mark, if that is all known."""

    @property
    def fixed(self) -> int:
        """Characters of the longest fixed system prompt and of the longest tool list."""
        return max((e.fixed for e in self.system), default=0) + max((e.fixed for e in self.tools), default=0)

    @property
    def usual(self) -> int:
        """Fixed characters of the system prompt and the tools that a call usually sends."""
        return sum(usual([extent.usual for extent in found]) for found in (self.system, self.tools))

    @property
    def together(self) -> bool:
        """True if the longest system prompt surely goes with the longest tool list."""
        return len(self.system) <= 1 or len(self.tools) <= 1

    @property
    def sure(self) -> bool:
        """True if nothing fixed is left out of the count."""
        return all(extent.sure for extent in (*self.system, *self.tools))


def tokens(characters: int) -> int:
    """A cautious estimate of the tokens in a fixed text."""
    return characters // CHARACTERS_PER_TOKEN


def usual(lengths: list[int]) -> int:
    """The length of a text that can be one of several: of a few the longest, of many the shortest."""
    return min(lengths) if len(lengths) > FEW else max(lengths, default=0)
