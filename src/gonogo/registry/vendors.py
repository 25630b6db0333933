"""Whose models ids and addresses name, as data (`rules/libraries/vendors.toml`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from gonogo.registry.data import load_toml


@dataclass(frozen=True, slots=True)
class Vendors:
    """Sections of the model catalog by what stands before an id (`gateways`) and by part of an address (`hosts`), and
    the shapes of ids."""

    gateways: dict[str, str]
    hosts: dict[str, tuple[str, ...]]
    claude: re.Pattern[str]
    openai: re.Pattern[str]
    foreign: re.Pattern[str]


@cache
def vendors() -> Vendors:
    """Read once."""
    table = load_toml("libraries/vendors.toml")
    shapes = table["shapes"]
    return Vendors(
        dict(table["gateways"]),
        {host: tuple(sections) for host, sections in table["hosts"].items()},
        re.compile(shapes["claude"]),
        re.compile(shapes["openai"]),
        re.compile(shapes["foreign"]),
    )
