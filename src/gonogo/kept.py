"""Plain data that an earlier run kept, read back so that nothing but such data can come of it."""

from __future__ import annotations

import io
import pickle
import zlib
from collections.abc import Callable
from typing import Any

MAX_UNPACKED = 256_000_000
"""Bytes of an entry once it is unpacked."""


def unpack(body: bytes, known: Callable[[str, str], Any]) -> object:
    """What `body`, a packed pickle, holds; `None` if it is not whole.

    `known` gives the class for a module and a name, or `None` where it is not among those that may be made.
    """
    try:
        data = zlib.decompressobj().decompress(body, MAX_UNPACKED)
        return _Unpickler(data, known).load()
    except Exception:  # whatever broken bytes may raise, they are no data
        return None


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, known: Callable[[str, str], Any]) -> None:
        super().__init__(io.BytesIO(data))
        self._known = known

    def find_class(self, module: str, name: str) -> Any:
        found = self._known(module, name)
        if found is None:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return found
