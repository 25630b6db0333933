"""Whether rights of files mean anything to whoever runs the tests: to root, as a rule, they do not."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest


def _closes() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shut"
        path.touch(mode=0)
        try:
            os.close(os.open(path, os.O_RDONLY))
        except PermissionError:
            return True
        return False


needs_rights = pytest.mark.skipif(not _closes(), reason="nothing is unreadable for this user")
