"""Write the sample report in README.md, made by running gonogo on the application that does everything wrong.

The pages below docs/reference are written along with it (see update_docs.py). `--check` only compares, and fails if the
README no longer shows what gonogo prints.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APP = "fixtures/apps/support-bot-bad"
BEGIN, END = "<!-- report: begin -->", "<!-- report: end -->"
SHOWN = "max-tokens-from-user"
"""The rule whose finding stands in full for the others."""


def report() -> str:
    """The poll and one finding, 80 columns wide, without what changes from run to run."""
    sys.path.insert(0, str(ROOT / "tests"))
    from support.fixtures import options, plain

    from gonogo.engine import run
    from gonogo.reports import terminal

    poll = run(ROOT / APP, options(history=False))
    text = plain(terminal.render, poll)
    poll_part, _, findings = text.partition("Findings ")
    blocks = re.split(r"\n(?=(?:error|warning|note)\[)", findings)
    chosen = next(block for block in blocks if block.startswith(f"error[{SHOWN}]"))
    return f"{poll_part.rstrip()}\n\n{chosen.rstrip()}"


def main() -> int:
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    block = f"{BEGIN}\n```text\n$ gonogo check {APP}\n{report()}\n...\n```\n{END}"
    updated = re.sub(f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: block, text, flags=re.DOTALL)
    if "--check" in sys.argv[1:]:
        if updated != text:
            print("README.md does not show what gonogo prints; run scripts/update_readme.py")
        return int(updated != text)
    readme.write_text(updated, encoding="utf-8")
    import update_docs

    return update_docs.main()


if __name__ == "__main__":
    sys.exit(main())
