"""Finds the configuration of a folder and turns it into `Options`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from gonogo.config.lines import line_of
from gonogo.config.options import Options
from gonogo.config.rebase import rebase_folder, rebase_glob, rebase_rule
from gonogo.config.validate import MOST_PROBLEMS, Known, Problem, unknown_checklist, unknown_name, validate
from gonogo.workspace.names import display

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
    known = known or known_names()
    options = Options() if today is None else Options(today=today)
    root = root.resolve()
    if config is not None:
        options = _read(config.resolve(), root, known, options, explicit=True)
    elif not isolated:
        found = find(root)
        if found is not None:
            options = _read(found, root, known, options)
    given = {key: value for key, value in (flags or {}).items() if value is not None}
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
    if complaints:
        raise ConfigError(*complaints)
    return replace(options, **given)


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
    text = _text(path)
    if "gonogo" not in text:
        # Whatever else is wrong with the file is not for us to say.
        return False
    tool = _parse(path, text).get("tool")
    return isinstance(tool, dict) and "gonogo" in tool


def _text(path: Path) -> str:
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


def _parse(path: Path, text: str) -> dict[str, Any]:
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


def _read(path: Path, root: Path, known: Known, options: Options, *, explicit: bool = False) -> Options:
    text = _text(path)
    table = _parse(path, text)
    prefix: tuple[str, ...] = ()
    if path.name == SHARED_NAME:
        prefix = ("tool", "gonogo")
        tool = table.get("tool")
        table = tool.get("gonogo", {}) if isinstance(tool, dict) else {}
        if not isinstance(table, dict):
            raise ConfigError(f"{path.name}:{line_of(text, prefix)}: tool.gonogo: must be a table")
    values, problems = validate(table, known, options.today)
    base = path.parent if root.is_relative_to(path.parent) or not explicit else root
    problems += [problem for name in values.get("roots", ()) if (problem := _missing_root(name, base))]
    if problems:
        shown = problems[:MOST_PROBLEMS]
        lines = sorted((line_of(text, prefix + problem.path), problem.text) for problem in shown)
        more = [f"and {len(problems) - len(shown):,} more"] if len(problems) > len(shown) else []
        raise ConfigError(*(f"{display(path.name)}:{line}: {complaint}" for line, complaint in lines), *more)
    return replace(options, config_path=path, **_rebased(values, root.relative_to(base).parts))


def _missing_root(name: str, base: Path) -> Problem | None:
    try:
        folder = (base / name).resolve()
    except (ValueError, OSError, RuntimeError):
        return Problem(("roots",), f'roots: "{display(name)}" is no path')
    if not folder.is_relative_to(base.resolve()):
        return Problem(("roots",), f'roots: "{display(name)}" leads out of the folder of the configuration')
    if not folder.is_dir():
        return Problem(("roots",), f'roots: there is no folder "{display(name)}"')
    return None


def _rebased(values: dict[str, Any], prefix: tuple[str, ...]) -> dict[str, Any]:
    """The same settings for paths below `prefix`."""
    if not prefix:
        return values
    values = dict(values)
    if "exclude" in values:
        values["exclude"] = tuple(new for old in values["exclude"] for new in rebase_glob(old, prefix))
    for key in ("areas", "per_path_ignores"):
        if key in values:
            values[key] = tuple((new, what) for old, what in values[key] for new in rebase_glob(old, prefix))
    if "rule" in values:
        values["rule"] = tuple(rebase_rule(rule, prefix) for rule in values["rule"])
    if "roots" in values:
        folders = (rebase_folder(root, prefix) for root in values["roots"])
        values["roots"] = tuple(dict.fromkeys(folder for folder in folders if folder is not None))
    return values
