"""Where the TOML data lies, and reading it."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Names = TypeVar("Names", bound=DataclassInstance)


class DataError(Exception):
    """A data file is missing or wrong. The text names the file and, where there is one, the key."""


@cache
def data_dir() -> Path:
    """The folder of gonogo's data: inside the package when installed, `rules/` of the repository in a checkout.

    Raises:
        DataError: neither is there.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_data", package.parent.parent / "rules"):
        if folder.is_dir():
            return folder
    raise DataError(f"gonogo's data files are missing from {package}; the installation is incomplete")


def load_toml(relative: str, *, base: Path | None = None) -> dict[str, Any]:
    """One data file as a table, read once. `relative` uses `/`; the table is shared, so leave it unchanged.

    Raises:
        DataError: it is missing, unreadable or no TOML.
    """
    return _load(base or data_dir(), relative)


@cache
def _load(base: Path, relative: str) -> dict[str, Any]:
    import tomli

    try:
        with (base / relative).open("rb") as stream:
            return tomli.load(stream)
    except OSError as error:
        raise DataError(f"{relative}: {error.strerror or error}") from None
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{relative}: {error}") from None


def load_all(folder: str, *, base: Path | None = None) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Every TOML file directly in a data folder, as (relative name, table), by name. A missing folder is empty.

    Raises:
        DataError: a file is unreadable or no TOML.
    """
    top = base or data_dir()
    names = sorted(f"{folder}/{path.name}" for path in (top / folder).glob("*.toml"))
    return tuple((name, load_toml(name, base=base)) for name in names)


def read_names(kind: type[Names], relative: str, name: str) -> Names:
    """One table of a data file that holds nothing but lists of texts, as a dataclass with a field for each.

    Raises:
        DataError: the table lacks a key, has another, or holds anything but texts.
    """
    table = load_toml(relative).get(name)
    wanted = {field.name: field.type for field in fields(kind)}
    if not isinstance(table, dict) or set(table) != set(wanted):
        raise DataError(f"{relative}: [{name}] must have exactly the keys {', '.join(sorted(wanted))}")
    for key, value in table.items():
        if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
            raise DataError(f"{relative}: {name}.{key} must be a list of texts")
    return kind(
        **{key: frozenset(table[key]) if "frozenset" in str(of) else tuple(table[key]) for key, of in wanted.items()}
    )
