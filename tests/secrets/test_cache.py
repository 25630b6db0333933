"""A second run reads only what is new, says the same as the first, and leaves nothing of the repository behind."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from support.keys import make
from support.leaks import KEY, LINE
from support.repos import Repository

from gonogo.secrets import cache
from gonogo.secrets.history import HistoryScan, scan_history
from gonogo.workspace.git import Git

ENV = "DB_PASSWORD=q8Zk2LmP0rTxVb7N\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "repo")
    repository.commit({"app.py": "x = 1\n"})
    return repository


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments of every git that is started."""
    commands: list[list[str]] = []
    popen = Git.popen

    def recorded(self: Git, args: list[str], **more: object) -> object:
        commands.append(list(args))
        return popen(self, args, **more)  # type: ignore[arg-type] # passed through as it came

    monkeypatch.setattr(Git, "popen", recorded)
    return commands


def git_of(repository: Repository) -> Git:
    git = Git.find(repository.root)
    assert git is not None
    return git


def scan(repository: Repository, *, cached: bool = True) -> HistoryScan:
    return scan_history(git_of(repository), cached=cached)


def files(home: Path) -> list[Path]:
    """What the cache holds."""
    return [path for path in home.rglob("*") if path.is_file()]


def branch_off(repo: Repository) -> None:
    """A branch with a key, beside main."""
    repo.git("checkout", "-q", "-b", "side")
    repo.commit({"side.py": LINE})
    repo.git("checkout", "-q", "main")


def drop_branch(repo: Repository) -> None:
    """Nothing leads to the branch any more."""
    repo.git("branch", "-q", "-D", "side")
    repo.git("reflog", "expire", "--expire=now", "--all")


def busy(repository: Repository) -> None:
    """Everything a find can be: in files, dotenv files, messages, on a branch, in the reflog, in no commit at all."""
    repository.commit({"a.py": LINE, "deploy/.env": ENV})
    repository.commit({"b.py": LINE}, delete=("a.py",))
    repository.commit(message=f"with {make('groq')}")
    repository.git("tag", "-a", "v1", "-m", f"release {make('openrouter')}")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit({"side.py": f'k = "{make("xai")}"\n'})
    repository.git("checkout", "-q", "main")
    repository.commit({"lost.py": f'k = "{make("replicate")}"\n'})
    repository.git("reset", "-q", "--hard", "HEAD~1")
    repository.git("hash-object", "-w", "--stdin", stdin=f'k = "{make("nvidia")}"\n'.encode())


@pytest.mark.usefixtures("home")
def test_three_runs_say_the_same_as_one_without_a_cache(repo: Repository) -> None:
    busy(repo)
    plain = scan(repo, cached=False)
    assert len(plain.keys) == 6
    assert len(plain.env_files) == 1
    for _ in range(3):
        assert dataclasses.asdict(scan(repo)) == dataclasses.asdict(plain)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("packed", [False, True])
def test_what_is_new_is_found_beside_what_was_known(repo: Repository, packed: bool) -> None:
    busy(repo)
    scan(repo)
    if packed:
        repo.git("gc", "-q")
    repo.commit({"new.py": f'k = "{make("huggingface")}"\n', "web/.env": ENV.replace("q8", "w4")})
    assert dataclasses.asdict(scan(repo)) == dataclasses.asdict(scan(repo, cached=False))
    assert "huggingface" in {key.format for key in scan(repo).keys}


@pytest.mark.usefixtures("home")
def test_a_ref_that_is_gone_is_noticed(repo: Repository) -> None:
    branch_off(repo)
    assert [key.reach for key in scan(repo).keys] == ["ref"]
    drop_branch(repo)
    assert [key.reach for key in scan(repo).keys] == ["unreachable"]


@pytest.mark.usefixtures("home")
def test_a_second_run_reads_nothing_that_was_searched(repo: Repository, asked: list[list[str]]) -> None:
    repo.commit({"app.py": LINE})
    repo.commit({"app.py": "x = 2\n"})
    scan(repo)
    asked.clear()
    assert len(scan(repo).keys) == 1
    assert not any("--batch-all-objects" in args or "--all" in args for args in asked)


def test_no_secret_and_no_text_is_kept(repo: Repository, home: Path) -> None:
    busy(repo)
    scan(repo)
    (file,) = files(home)
    data = file.read_bytes()
    for text in (KEY, KEY[:12], "q8Zk2L", "DB_PASSWORD", "deploy", "app.py", "Ada", "side", str(repo.root)):
        assert text.encode() not in data
    assert file.stat().st_mode & 0o777 & ~0o644 == 0


@pytest.mark.parametrize("damage", [b"", b"gonogo-history-cache/1\n", b"garbage" * 100])
def test_a_damaged_file_counts_as_none(repo: Repository, home: Path, damage: bytes) -> None:
    busy(repo)
    first = scan(repo)
    (file,) = files(home)
    for data in (damage, file.read_bytes()[:-1] + b"\0"):
        file.write_bytes(data)
        assert dataclasses.asdict(scan(repo)) == dataclasses.asdict(first)


@pytest.mark.usefixtures("home")
def test_a_gap_is_said_on_every_run(repo: Repository) -> None:
    repo.commit({"gone.py": "y = 1\n"})
    scan(repo)
    repo.object_file(repo.git("rev-parse", "HEAD:gone.py")).unlink()
    for _ in range(2):
        assert [entry.path for entry in scan(repo).doubts] == ["gone.py"]


@pytest.mark.usefixtures("home")
def test_a_branch_that_cannot_be_read_does_not_end_the_search(repo: Repository) -> None:
    repo.commit({"app.py": LINE})
    repo.git("checkout", "-q", "-b", "side")
    commit = repo.commit({"side.py": "x = 1\n"})
    repo.git("checkout", "-q", "main")
    repo.object_file(commit).unlink()
    for cached in (True, True, False):
        found = scan(repo, cached=cached)
        assert [key.path for key in found.keys] == ["app.py"]
        assert found.doubts


def test_only_so_many_repositories_are_remembered(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_FILES", 2)
    for number in range(4):
        repository = Repository(tmp_path / str(number))
        repository.commit({"app.py": "x = 1\n"})
        scan(repository)
    assert len(files(home)) == 2


def test_a_folder_that_cannot_be_written_is_no_failure(
    repo: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    repo.commit({"app.py": LINE})
    assert len(scan(repo).keys) == 1


@pytest.mark.usefixtures("home")
def test_a_grown_history_is_walked_from_where_it_was(repo: Repository, asked: list[list[str]]) -> None:
    pytest.importorskip("dulwich")  # git's own reader tells no new packs from old ones
    repo.commit({"app.py": LINE})
    repo.git("repack", "-adq")
    scan(repo)
    repo.commit({"app.py": "x = 2\n", "new.py": f'k = "{make("groq")}"\n'})
    expected = scan(repo, cached=False)
    asked.clear()
    assert dataclasses.asdict(scan(repo)) == dataclasses.asdict(expected)
    (old,) = [one for args in asked for one in args if args[0] == "log" and one.startswith("^")]
    assert old == f"^{repo.git('rev-parse', 'HEAD~1')}"
    assert not any("--batch-all-objects" in args for args in asked)


@pytest.mark.usefixtures("home")
def test_a_branch_that_is_gone_beside_new_commits(repo: Repository) -> None:
    branch_off(repo)
    scan(repo)
    drop_branch(repo)
    repo.commit({"new.py": f'k = "{make("groq")}"\n'})
    assert sorted((key.format, key.reach) for key in scan(repo).keys) == [
        ("anthropic-api", "unreachable"),
        ("groq", "ref"),
    ]


def test_ids_are_kept_in_order_and_once() -> None:
    text = b"".join(bytes([number]) * 20 for number in range(0, 200, 2))
    ids = cache.Ids(text)
    assert bytes([4]) * 20 in ids
    assert bytes([5]) * 20 not in ids
    for more in ([5, 4, 199], range(100)):
        ids.update(bytes([number]) * 20 for number in more)
    assert ids.sorted() == (b"".join(sorted(ids.as_set())), 20)
    few = cache.Ids(b"".join(number.to_bytes(20, "big") for number in range(0, 2_000, 2)))
    few.update([number.to_bytes(20, "big") for number in (1, 2, 7, 3_000)])
    assert few.sorted() == (b"".join(sorted(few.as_set())), 20)
