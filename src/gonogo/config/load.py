"""Finds the configuration of a folder and turns it into `Options`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo.config.options import Options
from gonogo.workspace.names import display

if TYPE_CHECKING:
    from gonogo.config.validate import Known

OWN_NAME = "gonogo.toml"
SHARED_NAME = "pyproject.toml"

MAX_BYTES = 1_000_000
"""Largest configuration file that is read: lock files aside, nothing written by hand comes near it."""


class ConfigError(Exception):
    """The configuration, or a flag that goes into it, is wrong. `problems` holds one line per mistake."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def known_names() -> Known:
    """Every rule and item. Raises `gonogo.registry.data.DataError`."""
    from gonogo.config.validate import Known
    from gonogo.registry.checklists import every_item, every_rule

    return Known(frozenset(rule.id for rule in every_rule()), frozenset(item.id for item in every_item()))


def load(
    root: Path,
    *,
    config: Path | None = None,
    isolated: bool = False,
    flags: Mapping[str, Any] | None = None,
    known: Known | None = None,
    today: date | None = None,
) -> Options:
    """The options of a run over `root`.

    `config` names the file to take instead of searching; `isolated` takes none. `flags` are fields of `Options` that
    were given on the command line; `None` stands for not given.

    Raises:
        ConfigError: with every mistake found.
    """
    options = Options() if today is None else Options(today=today)
    root = root.resolve()
    found = config.resolve() if config is not None else None if isolated else find(root)
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    if found is not None:
        from gonogo.config.settings import read

        known = known or known_names()
        options = read(found, root, known, options, explicit=config is not None)
    complaints = _complaints(given, options, known)
    if complaints:
        raise ConfigError(*complaints)
    return replace(options, **given)


def _complaints(given: Mapping[str, Any], options: Options, known: Known | None) -> list[str]:
    """What is wrong with flags. Without any that names something there is nothing to be known."""
    if not any(given.get(key) for key in ("select", "ignore", "checklist")):
        return []
    from gonogo.config.validate import unknown_checklist, unknown_name

    known = known or known_names()
    known = replace(known, rules=known.rules | {rule.id for rule in options.rule})
    complaints = [
        f"--{key}: {complaint}"
        for key in ("select", "ignore")
        for name in given.get(key, ())
        if (complaint := unknown_name(name, known))
    ]
    wanted = given.get("checklist")
    if wanted is not None and (complaint := unknown_checklist(wanted)):
        complaints.append(f"--checklist: {complaint}")
    return complaints


def find(root: Path) -> Path | None:
    """The nearest configuration from `root` upwards, as far as the top of its git repository.

    In one folder `gonogo.toml` goes before `pyproject.toml`, which counts only if it has a `[tool.gonogo]` table.
    Without a repository only `root` itself is looked at: who knows who writes to the folders above.

    Raises:
        ConfigError: a file that may be the configuration cannot be read.
    """
    for folder in _folders(root):
        own = folder / OWN_NAME
        if own.is_file():
            return own
        shared = folder / SHARED_NAME
        if shared.is_file() and _has_table(shared):
            return shared
    return None


def _folders(root: Path) -> Iterator[Path]:
    folders = [root, *root.parents]
    for count, folder in enumerate(folders, start=1):
        if (folder / ".git").exists():
            return iter(folders[:count])
    return iter(folders[:1])


def _has_table(path: Path) -> bool:
    text = text_of(path)
    if "gonogo" not in text:
        # Whatever else is wrong with the file is not for us to say.
        return False
    tool = parse(path, text).get("tool")
    return isinstance(tool, dict) and "gonogo" in tool


def text_of(path: Path) -> str:
    """The text of a configuration file.

    Raises:
        ConfigError: it cannot be read.
    """
    if path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve()):
        raise ConfigError(f"{display(path.name)}: is a link that leads out of its folder; it is not followed")
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{display(str(path))}: {error.strerror or 'cannot be read'}") from None
    if len(data) > MAX_BYTES:
        raise ConfigError(f"{display(path.name)}: larger than {MAX_BYTES:,} bytes")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{display(path.name)}:{line}: is not UTF-8 text") from None


def parse(path: Path, text: str) -> dict[str, Any]:
    """The tables of a configuration file.

    Raises:
        ConfigError: it is no TOML.
    """
    import tomli

    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        reason, _, place = str(error).partition(" (at ")
        line = next((word.rstrip(",)") for word in place.split() if word.rstrip(",)").isdigit()), None)
        where = line or str(text.count("\n") + 1)
        raise ConfigError(f"{display(path.name)}:{where}: no valid TOML: {display(reason)}") from None
    except RecursionError:
        raise ConfigError(f"{display(path.name)}: nested too deeply") from None
    except ValueError:
        raise ConfigError(f"{display(path.name)}: no valid TOML: a number with too many digits") from None
