"""`python -m gonogo`, and the console script."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; the answer is the exit code."""
    try:
        from gonogo.cli.main import run

        return run(sys.argv[1:])
    except KeyboardInterrupt:
        # Ctrl-C before the command line was ready to handle it.
        return 130


if __name__ == "__main__":
    sys.exit(main())
