"""Both readers, and the search with and without its first test, give the same answers on every kind of repository."""

from __future__ import annotations

import dataclasses
import random
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.keys import carrier, make, names
from support.repos import Repository

from gonogo.secrets import packs, prefilter
from gonogo.secrets.detect import find_keys
from gonogo.secrets.history import HistoryScan, scan_history
from gonogo.secrets.objects import Unread
from gonogo.secrets.reading import Settings, search_objects
from gonogo.workspace.git import Git

SETTINGS = {
    "direct": Settings(workers=1),
    "direct without engine": Settings(workers=1, engine=False),
    "git": Settings(direct=False),
    "git without engine": Settings(direct=False, engine=False),
}
KEY = make("anthropic-api")
LINE = f'client = Anthropic(api_key="{KEY}")\n'


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def git_of(root: Path) -> Git:
    git = Git.find(root)
    assert git is not None
    return git


def answers(root: Path) -> HistoryScan:
    """The one answer of all ways to read."""
    first, *others = (scan_history(git_of(root), settings=settings) for settings in SETTINGS.values())
    for other in others:
        assert dataclasses.asdict(other) == dataclasses.asdict(first)
    return first


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of key; versions that make long chains of deltas; keys in messages; binary and empty files."""
    repository = Repository(tmp_path_factory.mktemp("template"))
    source = random.Random(4)  # noqa: S311 - the same repository on every run
    lines = [f"value_{number} = {source.random()}\n" for number in range(800)]
    repository.commit({"empty": "", "data.bin": bytes(range(256)) * 50, "deep/er/app.py": "".join(lines)})
    for number, name in enumerate(names()):
        lines[source.randrange(len(lines))] = f"changed_{number} = {source.random()}\n"
        key = make(name)
        files = {"deep/er/app.py": "".join(lines), f"config/{name}.py": carrier(name, key), "all.txt": "x" * number}
        repository.commit(files, delete=("empty",) if number == 0 else ())
    repository.commit({"deep/er/app.py": "".join([*lines[:400], LINE, *lines[400:]]), ".env": f"TOKEN={make('zai')}\n"})
    repository.commit(message=f"use {make('groq')}")
    repository.git("tag", "-a", "v1", "-m", f"with {make('openrouter')}")
    return repository.root


@pytest.fixture
def repo(template: Path, tmp_path: Path) -> Repository:
    shutil.copytree(template, tmp_path / "repo")
    return Repository(tmp_path / "repo")


ARRANGEMENTS: dict[str, Callable[[Repository], object]] = {
    "loose": lambda _: None,
    "packed": lambda repo: repo.git("gc", "-q", "--aggressive"),
    "packed by names": lambda repo: repo.git("-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq"),
    "packed in part": lambda repo: (repo.git("repack", "-dq"), repo.commit({"late.py": "x = 1\n"})),
    "twice": lambda repo: repo.git("repack", "-q"),
    "several packs": lambda repo: repo.git("-c", "pack.packSizeLimit=1m", "repack", "-adfq"),
    "old index": lambda repo: repo.git("-c", "pack.indexVersion=1", "repack", "-adfq"),
    "uncompressed": lambda repo: repo.git("-c", "pack.compression=0", "repack", "-adfFq"),
}


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_all_ways_say_the_same(repo: Repository, arrangement: str) -> None:
    ARRANGEMENTS[arrangement](repo)
    found = answers(repo.root)
    assert len({key.format for key in found.keys}) > 50
    assert found.unread == []


def test_several_processes_say_the_same(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.git("gc", "-q")
    repo.commit({"late.py": f'k = "{make("xai", 3)}"\n'})
    one = scan_history(git_of(repo.root), settings=Settings(workers=1))
    monkeypatch.setattr("gonogo.secrets.reading._FEW", 10)
    many = scan_history(git_of(repo.root), settings=Settings(workers=2))
    assert dataclasses.asdict(many) == dataclasses.asdict(one)


def test_ids_of_another_kind(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "other")
    repository.git("init", "-q", "--object-format=sha256", str(tmp_path / "sha256"))
    wide = Repository(tmp_path / "sha256")
    commit = wide.commit({"app.py": LINE})
    (key,) = answers(wide.root).keys
    assert key.introduction is not None
    assert (len(commit), key.introduction.commit) == (64, commit)


def test_borrowed_objects(repo: Repository, tmp_path: Path) -> None:
    repo.git("clone", "-q", "--shared", str(repo.root), str(tmp_path / "borrower"))
    assert KEY[:10] in {key.masked[:10] for key in answers(tmp_path / "borrower").keys}


def packed(repository: Repository) -> Path:
    repository.git("repack", "-adfq")
    repository.git("prune")
    (pack,) = (repository.root / ".git" / "objects" / "pack").glob("*.pack")
    pack.chmod(0o600)
    return pack


def places(size: int) -> Iterator[int]:
    yield from (13, size // 4, size // 2, size - 30, size - 5)


def test_damage_hides_no_more_from_one_reader_than_from_the_other(repo: Repository) -> None:
    pack = packed(repo)
    whole = pack.read_bytes()
    for at in places(len(whole)):
        pack.write_bytes(whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :])
        answers(repo.root)
    pack.write_bytes(whole[: len(whole) // 2])
    assert answers(repo.root).doubts


def test_a_pack_that_is_gone_is_said(repo: Repository) -> None:
    packed(repo).unlink()
    assert answers(repo.root).doubts


def test_no_object_is_unpacked_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonogo.secrets.objects.OBJECT_LIMIT", 100_000)
    monkeypatch.setattr("gonogo.secrets.objects.STREAM_LIMIT", 200_000)
    repository = Repository(tmp_path / "bomb")
    repository.commit({"zeros": b"\0" * 5_000_000, "app.py": LINE})
    repository.commit({"zeros": b"\0" * 5_000_001})
    for arrange in (lambda: None, lambda: packed(repository)):
        arrange()
        found = answers(repository.root)
        assert len(found.keys) == 1
        assert {skipped.path for skipped in found.unread} == {"zeros"}


def test_a_loose_object_that_lies_about_its_size(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "liar")
    repository.commit({"app.py": LINE})
    path = repository.object_file(repository.git("rev-parse", "HEAD:app.py"))
    path.chmod(0o600)
    path.write_bytes(zlib.compress(b"blob 20\0" + b"x" * 3_000_000))
    assert answers(repository.root).doubts


def test_the_reader_of_packs_is_the_one_that_reads(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("dulwich")
    packed(repo)
    asked: list[str] = []
    popen = Git.popen

    def recorded(self: Git, args: list[str], **more: object) -> object:
        asked.append(args[0])
        return popen(self, args, **more)  # type: ignore[arg-type] # passed through as it came

    monkeypatch.setattr(Git, "popen", recorded)
    found = search_objects(git_of(repo.root), Unread(), settings=Settings(workers=1))
    assert len(found.by_key) > 50
    assert "cat-file" not in asked


def test_the_first_test_passes_every_key() -> None:
    perhaps = prefilter.load(prefilter.serialized(None))
    found = set()
    for name in names():
        for seed in range(5):
            line = carrier(name, make(name, seed)).encode()
            hits = find_keys(line)
            found |= {hit.format for hit in hits}
            assert perhaps(line) or not hits
    assert len(found) > 55


def test_a_cut_file_of_compiled_patterns_is_compiled_anew(tmp_path: Path) -> None:
    pytest.importorskip("hyperscan")
    first = prefilter.serialized(tmp_path)
    assert first is not None
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:-100])
    assert prefilter.serialized(tmp_path, compile_anew=False) is None
    assert prefilter.load(prefilter.serialized(tmp_path))(LINE.encode())
    assert prefilter.serialized(tmp_path, compile_anew=False) is not None


def test_deltas_that_lie_are_refused() -> None:
    pytest.importorskip("dulwich")
    apply = packs._delta_applier()
    for delta in (b"\x05\x05\x90\xff", b"\x05\x7f\x03abc", b"\x05", b"\x05\x05\x00"):
        with pytest.raises((packs.UnusualError, IndexError, ValueError)):
            apply(b"12345", delta)


def test_no_more_is_read_than_the_limit_on_all_objects(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    packed(repo)
    monkeypatch.setattr("gonogo.secrets.objects.TOTAL_LIMIT", 200_000)
    found = answers(repo.root)
    assert found.size <= 200_000
    assert any("beyond the limit" in skipped.reason for skipped in found.doubts)
