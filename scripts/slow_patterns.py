"""Looks for regular expressions of gonogo's own that hostile text can make slow.

    python scripts/slow_patterns.py [--seconds 1]

Every compiled pattern of the package is searched for in long runs of what it is made of: its own letters, white space,
quotes and signs, with and without an end that does not match. What takes longer than it should is listed with the text
that did it. A pattern that is only ever given short text may be listed without being a fault.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import pkgutil
import re
import signal
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

LENGTH = 4_000
"""Characters of a text, as long as a path can be: the square of it is still quick, its cube is not."""
UNITS = (
    "a",
    "0",
    " ",
    "\t",
    "\n",
    "/",
    ".",
    "-",
    "_",
    '"',
    "'",
    "\\",
    "(",
    "[",
    "{",
    "<",
    "=",
    ":",
    ",",
    "a.",
    "a ",
    "a=",
    "\n ",
    " \n",
    "a_",
    "A",
)
ENDS = ("", "!", "\x00")


class TooSlowError(Exception):
    """The alarm rang."""


def ring(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError


def patterns() -> list[re.Pattern[Any]]:
    """Those of every module, and those made from the data."""
    import gonogo

    for module in pkgutil.walk_packages(gonogo.__path__, "gonogo."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    from gonogo.registry.checklists import every_rule
    from gonogo.registry.sdks import all_sdks
    from gonogo.secrets.formats import vocabulary

    every_rule(), all_sdks(), vocabulary()
    ours = {one for one in gc.get_objects() if isinstance(one, re.Pattern)}
    return sorted(ours, key=lambda one: (str(one.pattern), one.flags))


def texts(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str]]:
    """Hostile texts, each with what it is called."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    words = [word for word in re.findall(r"[\w.:/@-]{2,}", source) if "\\" not in word][:12]
    for unit in (
        *UNITS,
        *words,
        *(f"{word} " for word in words),
        *(f"{word}{sign}" for word in words[:4] for sign in "=\"'(["),
    ):
        for end in ENDS:
            yield f"{unit!r} over and over, then {end!r}", unit * (LENGTH // len(unit)) + end
    for word in words[:6]:
        for unit in ("a", " ", "0", "\n", '"', "\\"):
            yield f"{word!r}, then {unit!r} over and over", word + unit * LENGTH + "\x00"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1.0, help="what counts as slow")
    limit = parser.parse_args().seconds
    signal.signal(signal.SIGALRM, ring)
    found = 0
    checked = patterns()
    for pattern in checked:
        for name, text in texts(pattern):
            subject: Any = text if isinstance(pattern.pattern, str) else text.encode("latin-1")
            started = time.perf_counter()
            signal.setitimer(signal.ITIMER_REAL, limit)
            try:
                for _ in pattern.finditer(subject):
                    pass
            except TooSlowError:
                found += 1
                print(f"{str(pattern.pattern)[:160]!r}: {name}: more than {limit} s")
                break
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            if time.perf_counter() - started > limit:
                found += 1
                print(f"{str(pattern.pattern)[:160]!r}: {name}: {time.perf_counter() - started:.1f} s")
                break
    print(f"{len(checked)} patterns, {found} slow")


if __name__ == "__main__":
    main()
