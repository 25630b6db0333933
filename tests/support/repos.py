"""Real git repositories for tests, built without the reader's own git configuration."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

_DATE = 1_760_000_000


class Repository:
    """A repository in a temporary folder. Every commit is a day later than the one before."""

    def __init__(self, root: Path, *, bare: bool = False) -> None:
        self.root = root
        self._commits = 0
        root.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *(["--bare"] if bare else []))

    def git(self, *args: str, stdin: bytes | None = None, check: bool = True) -> str:
        """Run git in the repository; what it prints, without the last line end."""
        date = f"{_DATE + 86_400 * self._commits} +0000"
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        environment |= {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada Lovelace",
            "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_COMMITTER_NAME": "Ada Lovelace",
            "GIT_COMMITTER_EMAIL": "ada@example.org",
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_DATE": date,
        }
        done = subprocess.run(
            ["git", "-c", "gc.auto=0", *args],
            cwd=self.root,
            env=environment,
            input=stdin,
            capture_output=True,
            check=check,
        )
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Put files into the working tree."""
        for path, content in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(
        self, files: Mapping[str, str | bytes] | None = None, *, delete: tuple[str, ...] = (), message: str = "a change"
    ) -> str:
        """Write, delete and commit; the commit's id."""
        self.write(files or {})
        for path in delete:
            (self.root / path).unlink()
        self.git("add", "-A", "-f")
        self._commits += 1
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def object_file(self, name: str) -> Path:
        """Where a loose object lies."""
        return self.root / ".git" / "objects" / name[:2] / name[2:]
