"""How work is spread over processes."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext


def cores() -> int:
    """How many cores this process may use."""
    affinity: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def context() -> BaseContext:
    """How processes are started: forked ones start at once, but not out of a process with threads."""
    import multiprocessing

    forks = sys.platform == "linux" and threading.active_count() == 1
    return multiprocessing.get_context("fork" if forks else "spawn")


def leave_interrupts() -> None:
    """For a process of a pool: Ctrl-C reaches the whole group, and the process that started this one deals with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
