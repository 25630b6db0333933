"""The real command line on folders made to hurt it, and what must hold whatever they hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.hostile import GUARD, SOURCE, STEERING, TELLING, Ran, Run


@pytest.fixture
def gonogo(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs `python -m gonogo` with a home of its own, and holds it to what no input may change.

    It ends by itself with a documented code, without a traceback or a bug of its own, and prints nothing that could
    steer a terminal.
    """
    home = tmp_path_factory.mktemp("home")

    def run(*args: str, cwd: Path | None = None, env: dict[str, str] | None = None, **more: Any) -> Ran:
        kept = {key: value for key, value in os.environ.items() if key not in TELLING}
        environment = {**kept, "PYTHONPATH": str(SOURCE), "PYTHONUTF8": "1", "HOME": str(home), **(env or {})}
        environment.setdefault("XDG_CACHE_HOME", str(home / "cache"))
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "gonogo", *args],
            cwd=cwd or home, env=environment, capture_output=True, timeout=GUARD, check=False,
            stdin=subprocess.DEVNULL, **more,
        )  # fmt: skip
        return held(
            Ran(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
        )

    return run


@pytest.fixture
def inside(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Run:
    """The same command line in this process, for long lists of cases."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    for name in TELLING:
        monkeypatch.delenv(name, raising=False)

    def run(*args: str) -> Ran:
        from gonogo.cli.main import run as command_line

        capfdbinary.readouterr()
        code = command_line(args)
        out, err = capfdbinary.readouterr()
        return held(Ran(code, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")))

    return run


def held(ran: Ran) -> Ran:
    """The run, held to what no input may change."""
    assert ran.code in (0, 1, 2, 3), ran
    assert "Traceback" not in ran.said, ran.said
    assert "a bug of its own" not in ran.said, ran.said
    assert "internal error" not in ran.said, ran.said
    assert STEERING.search(ran.said) is None, repr(STEERING.search(ran.said))
    return ran
