"""`--jobs`, `--no-cache` and `--timings` change how long a run takes and nothing of what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]

APP = """\
from anthropic import Anthropic

client = Anthropic(max_retries=0)


def ask(text):
    messages = [{"role": "user", "content": text}]
    return client.messages.create(model="claude-sonnet-4-6", max_tokens=200, messages=messages)
"""


def poll(done: Any) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(done.stdout)
    del table["stats"]["seconds"]
    return table


def test_a_warm_run_says_what_a_cold_one_says(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    ways = ([], [], ["--no-cache"], ["--jobs", "1"], ["--jobs", "3"])
    polls = [poll(gonogo("check", "--format", "json", *way)) for way in ways]
    assert polls[0]["calls"]
    assert all(one == polls[0] for one in polls)


def test_timings_are_told_apart_from_the_report(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    done = gonogo("check", "--format", "json", "--timings")
    assert poll(done)["calls"]
    assert "parsing" in done.stderr
    assert done.stderr.rstrip().endswith("in all")


def test_processes_change_nothing(gonogo: Run, tmp_path: Path) -> None:
    """There is so much to parse that it is spread over processes, where more than one may be used."""
    from gonogo.frontends.reader import ENOUGH

    body = "".join(f"\n\ndef part_{number}(text):\n    return ask(text + '{number}' * 40)\n" for number in range(400))
    files = ENOUGH // len(APP + body) + 2
    for number in range(files):
        (tmp_path / f"app_{number}.py").write_text(APP + body)
    polls = [poll(gonogo("check", "--format", "json", "--no-cache", "--jobs", jobs)) for jobs in ("1", "2", "5")]
    assert len(polls[0]["calls"]) == files
    assert polls[0] == polls[1] == polls[2]
