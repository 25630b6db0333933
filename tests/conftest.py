"""Makes the shared helpers under `tests/support` importable, whichever way pytest was started."""

import sys
from pathlib import Path

TESTS = str(Path(__file__).resolve().parent)
if TESTS not in sys.path:
    sys.path.insert(0, TESTS)
