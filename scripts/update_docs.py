"""Write docs/reference: a page for each item with its rules, out of the rules' metadata and their fixtures.

The list of pages in docs/README.md is written as well, so that no page is forgotten.

`--check` only compares, and fails if a page is missing, stale or left over.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"
INDEX = ROOT / "docs" / "README.md"
BEGIN, END = "<!-- pages: begin -->", "<!-- pages: end -->"
sys.path.insert(0, str(ROOT / "src"))

from gonogo.registry.checklists import every_checklist  # noqa: E402 - the package of this checkout
from gonogo.registry.rules import Item, Rule  # noqa: E402
from gonogo.reports.catalog import APPLIES  # noqa: E402
from gonogo.reports.examples import examples  # noqa: E402

NOTE = "<!-- Made by scripts/update_docs.py; change the files below rules/ instead. -->"
RESERVED = str.maketrans({"<": "&lt;", "*": r"\*", "_": r"\_"})


def pages() -> dict[str, str]:
    """Every page by its name."""
    items = {item.id: item for checklist in every_checklist() for item in checklist.items}
    homes = {rule.id: rule.item for item in items.values() for rule in item.rules}
    found = {"README.md": _index(homes)}
    known: dict[str, list[Rule]] = {}
    for item in items.values():
        for rule in item.rules:
            if rule not in known.setdefault(rule.item, []):
                known[rule.item].append(rule)
    homeless = sorted(known.keys() - items.keys())
    if homeless:
        raise SystemExit(f"rules of {', '.join(homeless)}, which no checklist has")
    for item in items.values():
        found[f"{item.id}.md"] = _page(item, known.get(item.id, []), homes)
    return found


def _index(homes: dict[str, str]) -> str:
    lines = [NOTE, "", "# Items and rules", ""]
    for checklist in every_checklist():
        lines += [f"## Checklist {checklist.id}", "", _prose(checklist.summary), ""]
        lines += ["| | item | asks | rules |", "|---|---|---|---|"]
        for item in checklist.items:
            rules = ", ".join(f"[{rule.id}]({homes[rule.id]}.md#{rule.id})" for rule in item.rules)
            lines.append(
                f"| {item.number} | [{item.id}]({item.id}.md) | {_prose(item.title)} | {rules or 'a person'} |"
            )
        lines.append("")
    return "\n".join(lines)


def _page(item: Item, rules: Sequence[Rule], homes: dict[str, str]) -> str:
    lines = [NOTE, "", f"# {item.id}", "", f"**{_prose(item.title)}.** {_prose(item.summary)}", ""]
    lines += [_prose(APPLIES[item.kind]), ""]
    others = [rule for rule in item.rules if homes[rule.id] != item.id]
    if others:
        lines += [
            "Rules of other items judge it: " + ", ".join(f"[{r.id}]({homes[r.id]}.md#{r.id})" for r in others) + ".",
            "",
        ]
    if not item.rules:
        lines += [f"No rule can show it. A person attests it: `gonogo attest {item.id}`.", ""]
    for rule in rules:
        lines += _rule(rule)
    return "\n".join(lines)


def _rule(rule: Rule) -> list[str]:
    status = "" if rule.status == "stable" else f", {rule.status}"
    lines = [f"## {rule.id}", "", f"*{rule.severity.value}{status}* · {_prose(rule.summary)}", ""]
    for title, text in (
        ("Why it matters", rule.why),
        ("What is reported", rule.detects),
        ("What it cannot see", rule.limits),
        ("How to fix it", rule.fix),
    ):
        lines += [f"**{title}.** {_prose(text)}", ""]
    for example in examples(rule):
        lines += [
            f"{'Fine' if example.good else 'Reported'}, {example.name}:",
            "",
            "```python",
            example.code,
            "```",
            "",
        ]
    if rule.sources:
        lines += [
            "Sources:",
            "",
            *(f"- {f'<{source}>' if source.startswith('http') else _prose(source)}" for source in rule.sources),
            "",
        ]
    return lines


def _prose(text: str) -> str:
    """Text with what Markdown would read as marks escaped, except inside code."""
    parts = " ".join(text.split()).split("`")
    return "`".join(part if number % 2 else part.translate(RESERVED) for number, part in enumerate(parts))


def index() -> str:
    """docs/README.md with a line for each page that its text does not name already."""
    text = INDEX.read_text(encoding="utf-8")
    head, _, rest = text.partition(f"{BEGIN}\n")
    tail = rest.partition(END)[2]
    lines = []
    for path in sorted(INDEX.parent.glob("*.md")):
        if path != INDEX and f"]({path.name})" not in head + tail:
            title = path.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
            lines.append(f"- [{title}]({path.name})\n")
    return f"{head}{BEGIN}\n{''.join(lines)}{END}{tail}"


def main() -> int:
    wanted = pages()
    listed = index()
    there = {path.name: path for path in FOLDER.glob("*.md")}
    stale = [name for name, text in wanted.items() if name not in there or there[name].read_text("utf-8") != text]
    left = sorted(there.keys() - wanted.keys())
    if "--check" in sys.argv[1:]:
        if INDEX.read_text(encoding="utf-8") != listed:
            left.append("../README.md")
        for name in (*stale, *left):
            print(f"docs/reference/{name} is stale; run scripts/update_docs.py")
        return int(bool(stale or left))
    INDEX.write_text(listed, encoding="utf-8", newline="\n")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (FOLDER / name).write_text(wanted[name], encoding="utf-8", newline="\n")
    for name in left:
        there[name].unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
