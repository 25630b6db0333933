"""Which report formats there are, which file names ask for them, and which one the environment asks for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gonogo.poll import Poll
    from gonogo.reports.console import Look

_SUFFIXES = {
    ".sarif": "sarif",
    ".sarif.json": "sarif",
    ".gl.json": "gitlab",
    ".codequality.json": "gitlab",
    ".json": "json",
    ".xml": "junit",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
}


def by_suffix(path: PurePath) -> str | None:
    """The format that a file's name asks for; `None` if its name says nothing."""
    name = path.name.lower()
    fitting = [suffix for suffix in _SUFFIXES if name.endswith(suffix)]
    return _SUFFIXES[max(fitting, key=len)] if fitting else None


def by_environment(environment: Mapping[str, str], *, terminal: bool) -> str:
    """The format for standard output when nobody chose one: annotations on GitHub, lines in a pipe, else for people."""
    if environment.get("GITHUB_ACTIONS") == "true":
        return "github"
    return "rich" if terminal else "concise"


def render(poll: Poll, form: str, look: Look, *, verbose: bool = False, quiet: bool = False) -> str:
    """The report in one of `gonogo.config.options.FORMATS`. `look`, `verbose` and `quiet` matter to `rich` only."""
    if form == "rich":
        from gonogo.reports import terminal

        return terminal.render(poll, look, verbose=verbose, quiet=quiet)
    from importlib import import_module

    text: str = import_module(f"gonogo.reports.{form}").render(poll)
    return text
