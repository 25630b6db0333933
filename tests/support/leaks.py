"""A line with a key, and a repository to bring it into."""

from __future__ import annotations

from pathlib import Path

from support.keys import make
from support.repos import Repository

KEY = make("anthropic-api")
LINE = f'client = Anthropic(api_key="{KEY}")\n'
CLEAN = "client = Anthropic()\n"


def clean_repository(folder: Path) -> Repository:
    """One commit with one file that holds no key."""
    repository = Repository(folder)
    repository.commit({"app.py": CLEAN})
    return repository
