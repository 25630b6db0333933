"""Names of symbols as data files write them."""

from __future__ import annotations

from gonogo.languages import PACKAGE
from gonogo.link.lift import symbol
from gonogo.link.values import Value


def plain_name(value: Value) -> str:
    """The name of a symbol; of a package of JavaScript without `node:` and `default`."""
    name = symbol(value)
    if not name.startswith(PACKAGE):
        return name
    return name.replace(PACKAGE + "node:", PACKAGE, 1).replace(".default", "", 1)
