#!/usr/bin/env python3
"""Write the golden reports: `fixtures/<item>/<rule>/golden.txt`, the report of each rule's first bad case.

scripts/update_goldens.py [RULE ...]

Without names, all of them. Read `git diff` afterwards: a golden that changed is a report that changed for users.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(HOUSE / "src"), str(HOUSE / "tests")]


def main(wanted: list[str]) -> int:
    """Writes the files and says which changed; the return value is the exit code."""
    from support.fixtures import cases, golden, golden_path

    known = sorted({case.rule for case in cases()})
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        print(f"no fixtures for {', '.join(unknown)}", file=sys.stderr)
        return 2
    changed = 0
    for rule in wanted or known:
        path = golden_path(rule)
        with tempfile.TemporaryDirectory() as folder:
            text = golden(rule, Path(folder))
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote {path.relative_to(HOUSE).as_posix()}")
            changed += 1
    print(f"{changed} of {len(wanted or known)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
