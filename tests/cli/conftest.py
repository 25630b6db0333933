"""The real command line in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
TELLING = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "GONOGO_DEBUG", "PYTHONIOENCODING", "TERM")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(**more: str) -> dict[str, str]:
    """The caller's, without what changes output."""
    kept = {key: value for key, value in os.environ.items() if key not in TELLING}
    return {**kept, "PYTHONPATH": str(SOURCE), "PYTHONUTF8": "1", **more}


@pytest.fixture
def gonogo(tmp_path: Path) -> Run:
    """Runs `python -m gonogo` in the test's folder; keyword arguments are environment variables."""

    def run(*args: str, cwd: Path = tmp_path, **env: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "error", "-m", "gonogo", *args]
        return subprocess.run(
            command, cwd=cwd, env=environment(**env), capture_output=True, text=True, encoding="utf-8", timeout=120,
            check=False,
        )  # fmt: skip

    return run
