"""What a project starts with: a configuration made from what is seen in it, a hook, a workflow."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from gonogo.workspace.names import display

HOOK = ".pre-commit-config.yaml"
WORKFLOW = ".github/workflows/gonogo.yml"
ENV_RULES = (".env", ".env.*", "!.env.example")
MOST = 10
"""Folders or applications that are named; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a project holds. `calls` counts model calls by the root of their application, `aside` by their area."""

    files: int
    calls: dict[str, int] = field(default_factory=dict)
    sdks: tuple[str, ...] = ()
    aside: dict[str, list[str]] = field(default_factory=dict)
    """Files with calls that are not judged, by area."""

    def told(self) -> str:
        """One sentence."""
        from gonogo.reports.summary import counted

        total = sum(self.calls.values())
        if not total:
            return f"{counted(self.files, 'file')}, and no model call in application code"
        where = ", ".join(display(root) for root in list(self.calls)[:MOST])
        places = "" if list(self.calls) == ["."] else f" below {where}"
        return f"{counted(self.files, 'file')}, {counted(total, 'model call')} ({', '.join(self.sdks)}){places}"


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that `gonogo init` can write. `there` names the file that stands in its place already, or is empty."""

    kind: str
    path: str
    text: str
    there: str = ""

    def write(self, root: Path) -> None:
        """Write it; never over a file.

        Raises:
            OSError: it cannot be written, or leads out of the project.
        """
        target = root / self.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.parent.resolve().is_relative_to(root.resolve()):
            raise OSError(0, "a link leads out of the project")
        # `x` fails where anything stands, a link that leads nowhere included.
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(self.text)


def look(root: Path) -> Seen:
    """Find the model calls of a project.

    Raises:
        Unreadable: the folder cannot be read.
    """
    from gonogo.analysis import JUDGED_AREAS, analyse
    from gonogo.workspace.discover import discover

    workspace = discover(root)
    calls = analyse(workspace).calls
    judged = Counter(call.app for call in calls if call.area in JUDGED_AREAS)
    aside: dict[str, list[str]] = {}
    for call in calls:
        if call.area not in JUDGED_AREAS and call.place.path not in aside.setdefault(call.area, []):
            aside[call.area].append(call.place.path)
    sdks = tuple(sorted({call.sdk.id for call in calls if call.area in JUDGED_AREAS}))
    return Seen(len(workspace.files), dict(sorted(judged.items())), sdks, aside)


def offers(root: Path, seen: Seen) -> list[Offer]:
    """Everything that can be written, the configuration first."""
    from gonogo.config.load import find

    config = find(root)
    return [
        Offer("config", "gonogo.toml", config_text(seen), os.path.relpath(config, root) if config is not None else ""),
        Offer("hook", HOOK, hook_text(), HOOK if os.path.lexists(root / HOOK) else ""),
        Offer("workflow", WORKFLOW, workflow_text(), WORKFLOW if os.path.lexists(root / WORKFLOW) else ""),
    ]


def config_text(seen: Seen) -> str:
    """A configuration in which every line is a comment until somebody wants it."""
    lines = [
        "# Settings of gonogo. All are optional; a line counts once its `#` is gone.",
        f"# Seen here: {seen.told()}.",
    ]
    if len(seen.calls) > 1:
        lines += ["#", "# Each of these is judged by itself:"]
        lines += [f"#   {display(root)} ({count} calls)" for root, count in list(seen.calls.items())[:MOST]]
        lines += [f"#   and {len(seen.calls) - MOST} more"] * (len(seen.calls) > MOST)
    lines += [
        "",
        "# Also fail while an item is on HOLD.",
        "# strict = true",
        "",
        "# Files that are not looked at at all.",
        '# exclude = ["vendor/**"]',
        "",
        "# Rules or items to leave out; `gonogo rules` lists them.",
        '# ignore = ["default-retries"]',
        "",
        "# What files are for, where gonogo guesses wrong. Only `app` is judged.",
        "# [areas]",
    ]
    named = [(path, area) for area, paths in sorted(seen.aside.items()) for path in paths]
    if named:
        lines.append("# These call a model and are not judged:")
        lines += [f"# {json.dumps(display(path))} = {json.dumps('app')}  # now: {area}" for path, area in named[:MOST]]
        lines += [f"# and {len(named) - MOST} more"] * (len(named) > MOST)
    else:
        lines.append('# "tools/**" = "script"')
    lines += ["", "# What no code can show, a person says, with proof and a last day. `gonogo attest ITEM` writes it:"]
    lines += [f"# gonogo attest {name} --by NAME --until 2027-01-31 --evidence WHERE" for name in _attested()]
    return "\n".join(lines) + "\n"


def _attested() -> list[str]:
    from gonogo.registry.rules import all_items

    return [item.id for item in all_items() if item.kind == "attested" or item.id in ("key-rotation", "spend-alerts")]


def hook_text() -> str:
    """A configuration of pre-commit that uses the gonogo of the project's own environment."""
    return """\
repos:
  - repo: local
    hooks:
      - id: gonogo-keys
        name: gonogo (keys in what is staged)
        entry: gonogo history --staged
        language: system
        pass_filenames: false
      - id: gonogo
        name: gonogo (poll of what is staged)
        entry: gonogo check --staged
        language: system
        pass_filenames: false
"""


def workflow_text() -> str:
    """A workflow for GitHub Actions."""
    return """\
name: gonogo
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  poll:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0 # the history is searched for keys, and pull requests are compared with their base
      # Put here what pip is to install: gonogo from your package index, or from its repository.
      - run: python3 -m pip install gonogo
      - if: github.event_name == 'pull_request'
        run: gonogo check . --diff "origin/$GITHUB_BASE_REF"
      - if: github.event_name != 'pull_request'
        run: gonogo check .
"""


def ignore_lines(root: Path) -> list[str]:
    """The rules that are missing for `.env` files to stay out of commits."""
    from gonogo.secrets.ignores import ignored_by_git
    from gonogo.workspace.discover import discover

    return [] if ignored_by_git(discover(root), [".env"]) else list(ENV_RULES)
