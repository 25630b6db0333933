"""Mutate real sources and see that nothing falls over: front ends, key search, settings, whole checks, reports.

Every round takes a file of `fixtures/` (or of the folders given), changes it by bytes, lines or tokens, and hands it to
one target. A target fails if it raises, if a run reports an internal fault, if a report is malformed, shows a control
character or a whole key, or if a round takes longer than `SECONDS`. Rounds run in child processes, so that a crash of
the interpreter is one more failure; the inputs of all failures are written to `--save`.

    python scripts/fuzz.py --minutes 20 --seed 7
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 30
"""CPU time of a round; one of a small application takes about one. The bound only catches what hangs."""
WAITING = 10 * SECONDS
"""Seconds a round may take on the clock, however busy the machine is."""
BATCH = 200
"""Rounds of one child process."""
MEMORY = 4_000_000_000
"""Bytes of address space a child may use."""
MAX_SEED = 60_000
"""Larger files are left out of the corpus: a round should be short."""

SUFFIXES = (
    ".py", ".ipynb", ".js", ".ts", ".tsx", ".jsx", ".mjs", ".vue", ".svelte", ".toml", ".json", ".yml", ".yaml", ".env",
    ".txt", ".md", ".tf", ".cfg",
)  # fmt: skip
CODE = (".py", ".ipynb", ".js", ".ts", ".tsx", ".jsx", ".mjs", ".vue", ".svelte")
NAMES = ("Dockerfile", ".env", ".gitignore", ".gitleaksignore", ".secrets.baseline", ".dockerignore")
ODD = (
    b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\x1b[2J", b"\r", b"\x0c", b"\xe2\x80\xae", b"\xf0\x9f\x92\xa9",
    b"'", b'"', b"'''", b'"""', b"`", b"\\", b"{", b"}", b"(", b")", b"[", b"]", b"${", b"#", b"/*", b"*/", b"<!--",
    b"<script>", b"</script>", b"f'{", b"%%sql\n", b"# -*- coding: rot13 -*-\n", b"::error::", b"]]>", b"&amp;",
    b"9" * 5_000, b"1e999", b"-1", b"0x", b"NaN", b"None", b"lambda: ", b"await ", b"yield ", b"*", b"**", b":=", b"=>",
    b"class A(A): pass\n", b"from . import *\n", b"import anthropic\n", b"match x:\n case ", b"async ", b"\\N{",
    b"\\x", b"&a [*a, *a]", b"<<: *a", b"!!python/object:os.system ", b"\n", b"\n\n", b" " * 80, b"\t", b";",
)  # fmt: skip
_TOKEN = re.compile(rb"\w+|\s+|[^\w\s]")
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

Mutation = Callable[[random.Random, bytes, list[bytes]], bytes]


# --- mutations --------------------------------------------------------------------------------------------------------


def _bytes(rng: random.Random, data: bytes, _pool: list[bytes]) -> bytes:
    at = rng.randrange(len(data) + 1)
    size = rng.choice((1, 1, 2, 8, 64, 400))
    kind = rng.randrange(5)
    if kind == 0:
        return data[:at] + data[at + size :]
    if kind == 1:
        return data[:at] + rng.choice(ODD) + data[at:]
    if kind == 2:
        return data[:at] + rng.randbytes(min(size, 8)) + data[at + size :]
    if kind == 3:
        return data[:at] + data[at : at + size] * rng.choice((2, 3, 40)) + data[at + size :]
    return data[:at]


def _lines(rng: random.Random, data: bytes, pool: list[bytes]) -> bytes:
    lines = data.split(b"\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(6)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, lines[other])
    elif kind == 2:
        lines[at], lines[other] = lines[other], lines[at]
    elif kind == 3:
        lines[at] = rng.choice((b"    ", b"\t", b" ")) + lines[at] if rng.random() < 0.5 else lines[at].lstrip()
    elif kind == 4:
        foreign = rng.choice(pool).split(b"\n")
        start = rng.randrange(len(foreign))
        lines[at:at] = foreign[start : start + rng.randrange(1, 12)]
    else:
        lines[at : at + 2] = [b"".join(lines[at : at + 2])]
    return b"\n".join(lines)


def _tokens(rng: random.Random, data: bytes, pool: list[bytes]) -> bytes:
    tokens = _TOKEN.findall(data)
    if not tokens:
        return rng.choice(ODD)
    at, other = rng.randrange(len(tokens)), rng.randrange(len(tokens))
    kind = rng.randrange(6)
    if kind == 0:
        tokens[at] = tokens[other]
    elif kind == 1:
        tokens[at] = rng.choice(_TOKEN.findall(rng.choice(pool)) or [b"x"])
    elif kind == 2:
        tokens[at] = tokens[at] * rng.choice((2, 30, 600))
    elif kind == 3:
        tokens.insert(at, rng.choice(ODD))
    elif kind == 4:
        count = rng.choice((1, 5, 60, 700))
        left, right = rng.choice(((b"(", b")"), (b"[", b"]"), (b"{", b"}"), (b"f(", b")"), (b"not ", b""), (b"-", b"")))
        tokens[at] = left * count + tokens[at] + right * count
    else:
        del tokens[at]
    return b"".join(tokens)


MUTATIONS: tuple[Mutation, ...] = (_bytes, _lines, _tokens, _tokens)


def mutate(rng: random.Random, data: bytes, pool: list[bytes]) -> bytes:
    """`data` after one to six changes; `pool` lends lines and tokens."""
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        data = rng.choice(MUTATIONS)(rng, data, pool)
        if len(data) > 4 * MAX_SEED:
            data = data[: 4 * MAX_SEED]
    return data


# --- targets ----------------------------------------------------------------------------------------------------------


class Failed(Exception):  # noqa: N818 - it names what a round did
    """A round went wrong without an exception."""


def front_end(path: str, data: bytes, _rng: random.Random) -> None:
    """Facts of one file."""
    from gonogo.frontends import read_source

    facts = read_source(path, data)
    if facts is not None and facts.status != "parsed" and not facts.reason:
        raise Failed("a file that was not read gives no reason")


def keys(_path: str, data: bytes, rng: random.Random) -> None:
    """The search for keys and their masking. A key put into the text may not survive it."""
    from support.keys import make

    from gonogo.secrets.detect import find_keys
    from gonogo.secrets.masking import mask_text
    from gonogo.workspace.read import decode

    find_keys(data)
    key = make("anthropic-api", rng.randrange(5))
    at = rng.randrange(len(data) + 1)
    text = decode(data[:at] + b' "' + key.encode() + b'" ' + data[at:])
    if key in mask_text(text):
        raise Failed("a whole key survives the masking")


def settings(_path: str, data: bytes, _rng: random.Random) -> None:
    """Configuration, baseline and files of other tools."""
    from gonogo.checklist.baseline import BaselineError, read
    from gonogo.config.load import ConfigError, load

    with tempfile.TemporaryDirectory(prefix="gonogo-fuzz-") as folder:
        root = Path(folder)
        (root / "gonogo.toml").write_bytes(data)
        (root / "base.json").write_bytes(data)
        with contextlib.suppress(ConfigError):
            load(root)
        with contextlib.suppress(BaselineError):
            read(root, "base.json")


def whole(path: str, data: bytes, rng: random.Random) -> None:
    """The check of a small application that holds the file, and a report of it in every format."""
    from gonogo import engine
    from gonogo.config.options import FORMATS, Options
    from gonogo.reports.console import Look
    from gonogo.reports.formats import render

    with tempfile.TemporaryDirectory(prefix="gonogo-fuzz-") as folder:
        root = Path(folder) / "app"
        shutil.copytree(_app(rng), root)
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        poll = engine.run(root, Options(history=False, show_low=True, prefilter=rng.random() < 0.5))
        if poll.faults:
            raise Failed(poll.faults[0])
        for form in FORMATS:
            check_report(form, render(poll, form, Look(80), verbose=True))


def check_report(form: str, text: str) -> None:
    """Raises `Failed` if the report is not what its format promises, or could steer a terminal."""
    if found := _STEERING.search(text):
        raise Failed(f"{form}: a control character {found[0]!r}")
    if form in ("json", "sarif", "gitlab"):
        json.loads(text)
    elif form == "junit":
        ElementTree.fromstring(text)  # noqa: S314 - our own report
    text.encode("utf-8")


TARGETS: dict[str, Callable[[str, bytes, random.Random], None]] = {
    "front-end": front_end,
    "keys": keys,
    "settings": settings,
    "whole": whole,
}
WEIGHTS = (6, 2, 1, 3)


# --- rounds -----------------------------------------------------------------------------------------------------------


def _app(rng: random.Random) -> Path:
    return rng.choice(sorted(path for path in (ROOT / "fixtures" / "apps").iterdir() if path.is_dir()))


def corpus(folders: list[Path]) -> list[tuple[str, bytes]]:
    """(name inside of an application, content) of every seed."""
    found: list[tuple[str, bytes]] = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.name.endswith(SUFFIXES) or path.name in NAMES:
                with contextlib.suppress(OSError):
                    if path.is_file() and not path.is_symlink() and path.stat().st_size <= MAX_SEED:
                        found.append((_name(path), path.read_bytes()))
    return found


def _name(path: Path) -> str:
    if path.name in NAMES or path.suffix not in CODE:
        return path.name
    return f"app/{path.name}"


def rounds(seed: int, seeds: list[tuple[str, bytes]]) -> Iterator[tuple[str, str, bytes, random.Random]]:
    """Endless (target, name, content, randomness): the same for the same seed and corpus."""
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    settings_seeds = [entry for entry in seeds if entry[0].endswith((".toml", ".json", ".secrets.baseline"))]
    while True:
        target = rng.choices(list(TARGETS), WEIGHTS)[0]
        own = settings_seeds if target == "settings" and rng.random() < 0.9 else seeds
        name, data = rng.choice(own or seeds)
        alike = [other for kind, other in (rng.choice(seeds) for _ in range(4)) if kind] or [data]
        yield target, name, mutate(rng, data, alike), random.Random(rng.random())  # noqa: S311 - as above


def _stop(_signal: int, _frame: Any) -> None:
    raise Failed(f"not done after {SECONDS} s")


def _watch(seconds: int) -> None:
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.alarm(WAITING if seconds else 0)


def _child(seed: int, seeds: list[tuple[str, bytes]], save: Path, until: float) -> int:
    """One batch; the number of failures. The input of the round under way is always on disk."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _stop)
    signal.signal(signal.SIGPROF, _stop)
    failures = 0
    for number, (target, name, data, rng) in enumerate(rounds(seed, seeds)):
        if number == BATCH or time.monotonic() > until:
            break
        current = save / f"current-{seed}"
        current.write_bytes(f"{target} {name}\n".encode() + data)
        _watch(SECONDS)
        try:
            TARGETS[target](name, data, rng)
        except Exception:
            _watch(0)
            failures += 1
            kept = save / f"{target}-{seed}-{number}-{Path(name).name}"
            kept.write_bytes(data)
            trace = traceback.format_exc().splitlines()
            print(f"FAILED {kept.name}\n  " + "\n  ".join(trace[-9:]), flush=True)
        finally:
            _watch(0)
        current.unlink()
        (save / f"count-{seed}").write_text(str(number + 1))
    return failures


def fuzz(minutes: float, seed: int, save: Path, seeds: list[tuple[str, bytes]], batches: int = 0) -> dict[str, int]:
    """Run batches until the time is up, or `batches` of them. Counts of rounds, failures and crashes."""
    until = time.monotonic() + minutes * 60
    counts = {"rounds": 0, "failures": 0, "crashes": 0}
    save.mkdir(parents=True, exist_ok=True)
    done = 0
    while time.monotonic() < until and (not batches or done < batches):
        pid = os.fork()
        if pid == 0:
            try:
                code = min(100, _child(seed, seeds, save, until))
            except BaseException:
                traceback.print_exc()
                code = 101
            sys.stdout.flush()
            os._exit(code)
        _, status = os.waitpid(pid, 0)
        failures = os.waitstatus_to_exitcode(status)
        if failures < 0 or failures == 101:
            counts["crashes"] += 1
            print(f"CRASHED with {failures}: see {save / f'current-{seed}'}", flush=True)
        else:
            counts["failures"] += failures
        count = save / f"count-{seed}"
        if count.exists():
            counts["rounds"] += int(count.read_text())
            count.unlink()
        seed += 1
        done += 1
    return counts


def main(arguments: list[str] | None = None) -> int:
    """Fuzz as long as asked for; 1 if something failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", type=Path, default=Path(tempfile.gettempdir()) / "gonogo-fuzz")
    parser.add_argument("folders", nargs="*", type=Path, help="further sources to start from")
    given = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOT / "tests"))
    seeds = corpus([ROOT / "fixtures", *given.folders])
    print(f"{len(seeds)} seeds, from seed number {given.seed} on")
    started = time.monotonic()
    counts = fuzz(given.minutes, given.seed, given.save, seeds)
    spent = (time.monotonic() - started) / 60
    print(f"{spent:.1f} minutes, " + ", ".join(f"{count:,} {what}" for what, count in counts.items()))
    return int(bool(counts["failures"] or counts["crashes"]))


if __name__ == "__main__":
    sys.exit(main())
