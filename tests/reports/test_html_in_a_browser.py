"""The HTML report in a real browser, where one is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gonogo.poll import Poll
from gonogo.reports.console import Look
from gonogo.reports.formats import render

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here")


def dom(page: Path, folder: Path, fragment: str = "") -> str:
    """The page after its script ran."""
    command = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", f"--user-data-dir={folder}",
        "--dump-dom", page.as_uri() + fragment,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=True).stdout


def test_the_script_runs_under_the_policy_and_opens_what_the_address_names(
    make_poll: Callable[..., Poll], tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    page.write_text(render(make_poll(), "html", Look(80)), encoding="utf-8")
    shown = dom(page, tmp_path / "profile", "#item-metrics")
    assert ">18 of 18 items shown</output>" in shown
    assert re.search(r'<form id="filter"(?! hidden)', shown)
    assert re.search(r'<details class="item" id="item-metrics"[^>]* open="">', shown)
    assert re.search(r'<details class="item" id="item-evals"[^>]* data-verdict="HOLD">', shown)
