"""Where the time of a run goes: seconds per stage and per rule, each counted where it was really spent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Adds up wall-clock seconds by name. A stage inside another is taken out of the outer one."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inner: list[float] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens inside under `name`."""
        started = time.perf_counter()
        self._inner.append(0.0)
        try:
            yield
        finally:
            spent = time.perf_counter() - started
            inner = self._inner.pop()
            self.seconds[name] = self.seconds.get(name, 0.0) + spent - inner
            if self._inner:
                self._inner[-1] += spent

    def report(self) -> str:
        """A line for each name, most seconds first; what took less than a millisecond is left out."""
        entries = sorted(self.seconds.items(), key=lambda entry: (-entry[1], entry[0]))
        lines = [f"{seconds:8.3f} s  {name}" for name, seconds in entries if seconds >= 0.001]
        return "\n".join([*lines, f"{sum(self.seconds.values()):8.3f} s  in all", ""])


watch = Stopwatch()
"""That of this process; a run of the command line is one run."""
