"""A line on stderr that says how far a long run has come."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from gonogo.cli.output import use_color

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

DELAY = 1.0
"""Seconds before anything is shown: short runs need no line that flashes by."""


class Progressing:
    """Takes the engine's reports, `(stage, done, total)`, a total of 0 being unknown; ends with its `with`."""

    def __init__(self, color: str = "auto", *, enabled: bool = True) -> None:
        self._color = color
        self._enabled = enabled and sys.stderr.isatty()
        self._begin = time.monotonic()
        self._shown: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Progressing:
        return self

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show a stage and how much of it is done."""
        if not self._enabled or (self._shown is None and time.monotonic() - self._begin < DELAY):
            return
        progress = self._shown or self._start()
        if self._task is None:
            self._task = progress.add_task(stage)
        progress.update(self._task, description=stage, completed=done, total=total or None)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown is not None:
            self._shown.stop()

    def _start(self) -> Progress:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        color = use_color(self._color, sys.stderr)
        console = Console(stderr=True, no_color=not color, markup=False, highlight=False, emoji=False)
        self._shown = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(bar_width=30), MofNCompleteColumn(),
            console=console, transient=True,
        )  # fmt: skip
        self._shown.start()
        return self._shown
