"""Times gonogo against its peers in one run, and prints medians and ratios as a Markdown table.

    python benchmarks/check.py [REPOSITORY...] [--repeat 5] [--lines 1000000]

Peers are those found on PATH. Every repository given is measured cold (an empty cache), warm (nothing changed) and for
five of its files; without any, and always last, an application made by `generate.py` is. Times are of the wall clock,
so the machine should be quiet; memory is the largest of any process. Last, five files are changed, put back afterwards:
such that call a model, and such that do not.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from generate import write

PEERS: dict[str, Callable[[Path, Sequence[str]], list[str]]] = {
    "ruff": lambda _, paths: ["ruff", "check", "--no-cache", "--isolated", "-q", "--exit-zero", *paths],
    "bandit": lambda _, paths: ["bandit", "-q", "-r", *paths],
    "detect-secrets": lambda root, paths: ["detect-secrets", "-C", str(root), "scan", *paths],
    "semgrep": lambda _, paths: [
        "semgrep",
        "scan",
        "--quiet",
        "--disable-version-check",
        "--metrics=off",
        "--config",
        RULES,
        *paths,
    ],
}
RULES = str(Path(__file__).parent / "semgrep.yml")
"""Three rules of our own in Semgrep's language, so that no registry is asked: its engine is measured, not its rules."""


class Measure:
    """Runs commands and keeps the median of their times, in seconds."""

    def __init__(self, repeat: int) -> None:
        self.repeat = repeat

    def __call__(self, command: list[str], root: Path, before: Callable[[], None] | None = None) -> float:
        """Median seconds of `command` in `root`; `before` each run, uncounted."""
        taken = []
        for _ in range(self.repeat):
            if before is not None:
                before()
            started = time.perf_counter()
            subprocess.run(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            taken.append(time.perf_counter() - started)
        return statistics.median(taken)


def row(what: str, ours: float, theirs: dict[str, float]) -> str:
    """A line of the table: seconds of gonogo, and by how many times each peer took longer."""
    peers = ", ".join(f"{name} {seconds:.2f} s ({seconds / ours:.1f}x)" for name, seconds in theirs.items())
    return f"| {what} | {ours:.2f} s | {peers or 'none on PATH'} |"


def of_repository(root: Path, name: str, measure: Measure, cache: Path) -> None:
    """Cold, warm and for five files."""
    gonogo = ["gonogo", "check", "--no-history", "--exit-zero", "-q"]

    def cold() -> None:
        shutil.rmtree(cache, ignore_errors=True)

    found = {peer: command for peer, command in PEERS.items() if shutil.which(peer)}
    print(
        row(
            f"{name}, cold",
            measure([*gonogo, "."], root, cold),
            {p: measure(c(root, ["."]), root) for p, c in found.items()},
        )
    )
    subprocess.run([*gonogo, "."], cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    print(row(f"{name}, warm", measure([*gonogo, "."], root), {}))
    five = [str(path.relative_to(root)) for path in sorted(root.rglob("*.py"))[:5]]
    print(
        row(
            f"{name}, five files, warm",
            measure([*gonogo, *five], root),
            {p: measure(c(root, five), root) for p, c in found.items()},
        )
    )
    for what, sample in (("that call a model", _calling), ("that do not", _plain)):
        chosen = sample(root)
        if chosen:
            with _Edits(chosen, lambda: subprocess.run([*gonogo, "."], cwd=root, check=False)) as edits:
                seconds = measure([*gonogo, "."], root, edits.make)
            print(row(f"{name}, five files changed {what}", seconds, {}))
    sys.stdout.flush()


class _Edits:
    """Changes files, again and again, each time after a run over what they were."""

    def __init__(self, paths: list[Path], run: Callable[[], object]) -> None:
        self._texts = {path: path.read_bytes() for path in paths}
        self._run = run

    def __enter__(self) -> _Edits:
        return self

    def make(self) -> None:
        """Put the old files back, run, and add a function to each."""
        self.__exit__()
        self._run()
        for path, text in self._texts.items():
            path.write_bytes(text + b"\n\ndef added_by_a_benchmark(value):\n    return value\n")

    def __exit__(self, *_: object) -> None:
        for path, text in self._texts.items():
            path.write_bytes(text)


def _calling(root: Path) -> list[Path]:
    return [path for path in _sources(root) if b"anthropic" in path.read_bytes() or b"openai" in path.read_bytes()][:5]


def _plain(root: Path) -> list[Path]:
    left = [path for path in _sources(root) if not re.search(rb"anthropic|openai|client", path.read_bytes())]
    return left[:: max(1, len(left) // 5)][:5]


def _sources(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*.py")) if path.name != "__init__.py"]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("repositories", nargs="*", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--lines", type=int, default=1_000_000, help="of the generated application; 0 for none")
    given = parser.parse_args()
    measure = Measure(given.repeat)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        os.environ["XDG_CACHE_HOME"] = str(cache)
        print("| what | gonogo | peers |\n| --- | --- | --- |")
        versions = {peer: measure([peer, "--version"], Path(folder)) for peer in PEERS if shutil.which(peer)}
        print(row("start-up (`--version`)", measure(["gonogo", "--version"], Path(folder)), versions))
        for repository in given.repositories:
            of_repository(repository.resolve(), repository.name, measure, cache)
        if given.lines:
            for share in (0.2, 0.01):
                made = Path(folder) / f"made-{share}"
                lines = write(made, given.lines, share)
                of_repository(made, f"{lines:,} generated lines, {share:.0%} with calls", measure, cache)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // (1024 if sys.platform == "linux" else 1 << 20)
    print(f"\nLargest process: {memory:,} MB. Python {sys.version.split()[0]}, {os.cpu_count()} cores, {sys.platform}.")


if __name__ == "__main__":
    main()
