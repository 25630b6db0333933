#!/usr/bin/env python3
"""Time `gonogo history` against other scanners of git histories, in one run on the same repositories.

benchmarks/history.py [--rounds N] REPOSITORY ...

The other scanners are those of gitleaks, betterleaks and kingfisher that are found on PATH; none may send anything
anywhere (kingfisher's validation and update check are switched off). The scanners take turns, so that a busy moment of
the machine meets all of them, and the medians are printed as a table in Markdown: seconds, processor seconds (children
included), megabytes of the largest process, and the ratio of seconds to those of gonogo's first run.

`gonogo, first run` begins without any cache but that of the compiled patterns; `gonogo, nothing new` is the run after
it, and `gonogo, new commit` one after a commit was added to a copy of the repository.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 900
"""Seconds after which a scanner is given up."""


@dataclass(frozen=True)
class Run:
    """What one run cost. Memory is that of the largest process."""

    seconds: float
    cpu: float
    megabytes: float


PEERS: dict[str, Callable[[str, str], list[str]]] = {
    "gitleaks": lambda out, repo: [
        "gitleaks", "git", "--no-banner", "-f", "json", "-r", out, "--exit-code", "0", repo,
    ],
    "betterleaks": lambda out, repo: ["betterleaks", "git", "-s", "-o", out, "--exit-code", "0", repo],
    "kingfisher": lambda out, repo: [
        "kingfisher", "scan", "--no-validate", "--no-update-check", "-f", "json", "-o", out, repo,
    ],
    "kingfisher --turbo": lambda out, repo: [
        "kingfisher", "scan", "--no-validate", "--no-update-check", "--turbo", "-f", "json", "-o", out, repo,
    ],
}  # fmt: skip
FIRST, WARM, GROWN = "gonogo, first run", "gonogo, nothing new", "gonogo, new commit"


def measure(command: list[str], environment: Mapping[str, str], good: tuple[int, ...]) -> Run:
    """Run a command to its end, its output thrown away."""
    # A small process of its own waits for it, so that its memory is told from that of earlier ones.
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        start = time.monotonic()
        done = subprocess.run(
            command, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=TIMEOUT
        )
        seconds = time.monotonic() - start
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        # Linux counts kilobytes, macOS bytes.
        megabytes = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
        os.write(write, f"{done.returncode} {seconds} {used.ru_utime + used.ru_stime} {megabytes}".encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as stream:
        answer = stream.read().split()
    os.waitpid(child, 0)
    if not answer or int(answer[0]) not in good:
        raise SystemExit(f"{' '.join(command)} failed")
    return Run(float(answer[1]), float(answer[2]), float(answer[3]))


class Subject:
    """A repository, with a copy that can grow."""

    def __init__(self, path: Path, scratch: Path) -> None:
        self.path = path
        self.copy = scratch / "copy" / path.name
        self._scratch = scratch
        subprocess.run(["git", "clone", "-q", "--bare", f"file://{path.resolve()}", str(self.copy)], check=True)
        self._count = 0

    def grow(self) -> None:
        """One more commit with one more file."""
        self._count += 1
        blob = self._git("hash-object", "-w", "--stdin", text=f"value = {self._count}\n{time.time_ns()}\n")
        head = self._git("rev-parse", "HEAD")
        listing = self._git("ls-tree", head) + f"\n100644 blob {blob}\tbenchmark-{self._count}.txt\n"
        tree = self._git("mktree", text=listing)
        commit = self._git("commit-tree", tree, "-p", head, "-m", "one more")
        self._git("update-ref", "HEAD", commit)

    def _git(self, *args: str, text: str = "") -> str:
        identity = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@example.org"]
        command = ["git", f"--git-dir={self.copy}", *identity, *args]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout.strip()

    def round(self, peers: list[str]) -> dict[str, Run]:
        """Every scanner once."""
        found = {}
        environment = {**os.environ, "XDG_CACHE_HOME": str(self._scratch / "cache")}
        gonogo = [sys.executable, "-m", "gonogo", "history", "--format", "json"]
        shutil.rmtree(self._scratch / "cache" / "gonogo" / "history", ignore_errors=True)
        for name in (FIRST, WARM):
            found[name] = measure([*gonogo, str(self.path)], environment, (0, 1))
        measure([*gonogo, str(self.copy)], environment, (0, 1))
        self.grow()
        found[GROWN] = measure([*gonogo, str(self.copy)], environment, (0, 1))
        for name in peers:
            out = str(self._scratch / "out.json")
            Path(out).unlink(missing_ok=True)
            # kingfisher says with its exit code that it found something.
            found[name] = measure(PEERS[name](out, str(self.path)), os.environ, (0, 200, 205))
        return found


def table(title: str, rounds: list[dict[str, Run]]) -> str:
    """The medians of the rounds."""
    rows = [f"### {title}", "", "| | seconds | processor s | MB | ratio |", "|---|---|---|---|---|"]
    first = statistics.median(one[FIRST].seconds for one in rounds)
    for name in rounds[0]:
        wall = statistics.median(one[name].seconds for one in rounds)
        cpu = statistics.median(one[name].cpu for one in rounds)
        memory = statistics.median(one[name].megabytes for one in rounds)
        rows.append(f"| {name} | {wall:.2f} | {cpu:.2f} | {memory:.0f} | {wall / first:.1f} |")
    return "\n".join(rows) + "\n"


def main() -> int:
    """Measure and print; the answer is the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("repositories", nargs="+", type=Path, metavar="REPOSITORY")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    peers = [name for name in PEERS if shutil.which(name.partition(" ")[0])]
    missing = sorted({name.partition(" ")[0] for name in PEERS} - {name.partition(" ")[0] for name in peers})
    if missing:
        print(f"not on PATH: {', '.join(missing)}", file=sys.stderr)
    for path in options.repositories:
        with tempfile.TemporaryDirectory() as scratch:
            subject = Subject(path, Path(scratch))
            # The patterns are compiled once in the life of an installation.
            environment = {**os.environ, "XDG_CACHE_HOME": str(Path(scratch) / "cache")}
            measure([sys.executable, "-m", "gonogo", "history", str(path)], environment, (0, 1))
            rounds = [subject.round(peers) for _ in range(options.rounds)]
            count = subject._git("rev-list", "--count", "--all")
            print(table(f"{path.name} ({int(count):,} commits)", rounds), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
