"""`python -m gonogo`, and the console script."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Run the command line; the answer is the exit code."""
    # Facts and syntax trees hold no cycles to speak of: looking for them at the usual rate takes a third of the time.
    gc.set_threshold(200_000, 30, 30)
    try:
        from gonogo.cli.main import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        # Ctrl-C before the command line was ready to handle it.
        return 130


def forget_working_folder() -> None:
    """`python -m` looks for modules in the working folder first, which may be a repository nobody vouches for."""
    import os  # imported when Python started, so that no file of that name can stand in for it

    try:
        here = os.getcwd()  # noqa: PTH109 - pathlib would be looked for in that very folder
    except OSError:
        return
    if sys.path and sys.path[0] in ("", here):
        del sys.path[0]


if __name__ == "__main__":
    forget_working_folder()
    sys.exit(main())
