"""Makes the shared helpers under `tests/support` importable, and keeps the tests out of the user's own cache."""

import os
import sys
import tempfile
from pathlib import Path

TESTS = str(Path(__file__).resolve().parent)
if TESTS not in sys.path:
    sys.path.insert(0, TESTS)

_CACHE = tempfile.TemporaryDirectory(prefix="gonogo-tests-")
os.environ["XDG_CACHE_HOME"] = _CACHE.name


def pytest_unconfigure() -> None:
    _CACHE.cleanup()
