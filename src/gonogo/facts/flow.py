"""Facts about where a value comes from: its origins, and the steps from the value back to each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from gonogo.link.values import Site

if TYPE_CHECKING:
    from gonogo.facts.lifted import ModelCall

Path: TypeAlias = "tuple[str, ...]"
"""Which part of a value: attribute names, keys, indexes, `*` for some element, `name()` for the result of a method."""


@dataclass(frozen=True, eq=False, slots=True)
class Hop:
    """One step of a trail, `before` the one nearer to the value that was asked about.

    composed: put into a longer text, between the fixed texts `around`; that text has `fixed` characters of its own.
    passed: an argument; returned: a result; kept: stored in an attribute.
    """

    kind: Literal["composed", "passed", "returned", "kept"]
    site: Site
    before: Hop | None = None
    around: tuple[str, str] = ("", "")
    fixed: int = 0

    def back(self) -> Iterator[Hop]:
        """This step and those before it, ending at the value that was asked about."""
        hop: Hop | None = self
        while hop is not None:
            yield hop
            hop = hop.before


@dataclass(frozen=True, eq=False, slots=True)
class Origin:
    """What a value was made of.

    user: sent by a client of the application; fetched: text of a page or service of somebody else; model: output of
    `call`, or the arguments a model chose for a tool; role: a message of instructions, whatever its text; unseen:
    something that cannot be followed.
    """

    kind: Literal["user", "fetched", "model", "role", "unseen"]
    site: Site
    text: str
    """How messages name it: "the parameter text of ask", "the output of messages.create"."""
    path: Path = ()
    hop: Hop | None = None
    call: ModelCall | None = None

    def hops(self) -> list[Hop]:
        """Steps from the origin to the value that was asked about."""
        return list(self.hop.back()) if self.hop is not None else []
