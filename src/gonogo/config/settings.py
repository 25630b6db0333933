"""Reads one configuration file: its values, for the folder that is scanned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from gonogo.config.lines import line_of
from gonogo.config.load import SHARED_NAME, ConfigError, parse, text_of
from gonogo.config.options import Options
from gonogo.config.rebase import rebase_folder, rebase_glob, rebase_rule
from gonogo.config.validate import MOST_PROBLEMS, Known, Problem, validate
from gonogo.workspace.names import display


def read(path: Path, root: Path, known: Known, options: Options, *, explicit: bool = False) -> Options:
    """`options` with what the file at `path` says of `root`; an `explicit` one may lie anywhere.

    Raises:
        ConfigError: with every mistake found.
    """
    text = text_of(path)
    table = parse(path, text)
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
