"""Keys of every format, at every place where a repository can hold one, are found once and attributed rightly."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from support.keys import carrier, make, names
from support.repos import Repository

from gonogo.secrets.detect import find_keys, fingerprint
from gonogo.secrets.history import HistoryScan, scan_history
from gonogo.secrets.streams import OVERLAP, WINDOW, find_keys_in_stream
from gonogo.workspace.git import Git

Planted = tuple[str, str, str]
"""Path, commit and reach."""


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def scan(repository: Repository) -> HistoryScan:
    git = Git.find(repository.root)
    assert git is not None
    return scan_history(git)


def noise(seed: int) -> str:
    source = random.Random(seed)  # noqa: S311 - the same text on every run
    return "".join(f"value_{number} = {source.randrange(10**6)}\n" for number in range(30))


# --- places: each plants a text in a repository that has one commit, on the branch `main` -----------------------------


def standing(repo: Repository, path: str, text: str) -> Planted:
    return path, repo.commit({path: text}), "ref"


def deleted(repo: Repository, path: str, text: str) -> Planted:
    commit = repo.commit({path: text})
    repo.commit({path: text + noise(2)})
    repo.commit(delete=(path,))
    return path, commit, "ref"


def side_branch(repo: Repository, path: str, text: str) -> Planted:
    repo.git("checkout", "-q", "-b", f"side-{path.replace('/', '-')}")
    commit = repo.commit({path: text})
    repo.git("checkout", "-q", "main")
    return path, commit, "ref"


def merge_resolution(repo: Repository, path: str, text: str) -> Planted:
    repo.commit({path: "start\n"})
    branch = f"merged-{path.replace('/', '-')}"
    repo.git("checkout", "-q", "-b", branch)
    repo.commit({path: "theirs\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({path: "ours\n"})
    repo.git("merge", "-q", branch, check=False)
    commit = repo.commit({path: text})
    repo.commit({path: "clean\n"})
    return path, commit, "ref"


def amended(repo: Repository, path: str, text: str) -> Planted:
    commit = repo.commit({path: text})
    repo.write({path: "clean\n"})
    repo.git("commit", "-q", "-a", "--amend", "-m", "better")
    return path, commit, "reflog"


def stashed(repo: Repository, path: str, text: str) -> Planted:
    repo.commit({path: "clean\n"})
    repo.write({path: text})
    repo.git("stash", "-q")
    # Only the newest stash has a ref.
    return path, "", "ref or reflog"


PLACES: list[Callable[[Repository, str, str], Planted]] = [
    standing, deleted, side_branch, merge_resolution, amended, stashed,
]  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
def test_every_format_at_every_place(tmp_path: Path, packed: bool) -> None:
    repository = Repository(tmp_path / "repo")
    repository.commit({"readme.md": "hello\n"})
    planted: dict[str, Planted] = {}
    places = itertools.cycle(PLACES)
    for number, name in enumerate(names()):
        key = make(name, 7)
        text = noise(number) + carrier(name, key) + noise(number + 1)
        planted[name] = next(places)(repository, f"{name}/app.py", text)
    if packed:
        repository.git("repack", "-adq")
        repository.git("prune-packed")
    history = scan(repository)
    assert history.unread == []
    at = {(key.format, key.path): key for key in history.keys}
    assert len(at) == len(history.keys) == len(planted)
    for name, (path, commit, reach) in planted.items():
        found = at[name.removesuffix("-json"), path]
        assert found.introduction is not None
        assert found.introduction.commit == (commit or found.introduction.commit)
        assert found.reach in reach.split(" or ")
        assert found.span.line == 31 + (name == "private-key")
        assert found.introduction.author == "Ada Lovelace"


# --- what hides a key -------------------------------------------------------------------------------------------------

KEY = make("anthropic-api", 11)
OTHER = make("openai-project", 11)


def manifest(**values: str) -> str:
    rows = "".join(f"  {name}: {base64.b64encode(value.encode()).decode()}\n" for name, value in values.items())
    return f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: llm\ntype: Opaque\ndata:\n{rows}"


def notebook(text: str) -> str:
    output = {"output_type": "stream", "name": "stdout", "text": [text]}
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "outputs": [output], "source": ["print(key)"]}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def split(key: str, *cuts: int) -> list[str]:
    return [key[start:stop] for start, stop in itertools.pairwise((0, *cuts, len(key)))]


HIDDEN: dict[str, bytes] = {
    "UTF-16": f'key = "{KEY}"\n'.encode("utf-16"),
    "UTF-16 without a mark": f'key = "{KEY}"\n'.encode("utf-16-le"),
    "UTF-16, other order": b"\xfe\xff" + f'key = "{KEY}"\n'.encode("utf-16-be"),
    "UTF-32": f'key = "{KEY}"\n'.encode("utf-32"),
    "gzip": gzip.compress(f'key = "{KEY}"\n'.encode(), mtime=0),
    "gzip of UTF-16": gzip.compress(f'key = "{KEY}"\n'.encode("utf-16"), mtime=0),
    "Kubernetes": manifest(ANTHROPIC_API_KEY=KEY).encode(),
    "Kubernetes, quoted": manifest(K=KEY).replace("K: ", 'K: "').replace("\n", '"\n').encode(),
    "base64 of an assignment": base64.b64encode(f"export ANTHROPIC_API_KEY={KEY}".encode()),
    "base64 in JSON": json.dumps({"auth": base64.b64encode(f":{KEY}".encode()).decode()}).encode(),
    "output of a notebook": notebook(f"{KEY}\n").encode(),
    "between zero bytes": b"\0\x01\x02" + KEY.encode() + b"\0\xff",
    "adjacent literals": 'key = (\n    "{}"\n    "{}"\n)\n'.format(*split(KEY, 40)).encode(),
    "concatenation": "key = '{}' + '{}'\n".format(*split(KEY, 20)).encode(),
    "concatenation of three": 'const key = "{}" +\n  "{}" +\n  "{}";\n'.format(*split(KEY, 7, 60)).encode(),
    "continued lines": 'key = "{}" \\\n      "{}"\n'.format(*split(KEY, 50)).encode(),
    "PHP": "$key = '{}' . '{}';\n".format(*split(KEY, 30)).encode(),
    "one line of three million": b"x" * 3_000_000 + b'"' + KEY.encode() + b'"' + b"y" * 1_000,
}


@pytest.mark.parametrize("case", HIDDEN)
def test_hidden_keys_are_found_under_their_own_fingerprint(case: str) -> None:
    assert [hit.fingerprint for hit in find_keys(HIDDEN[case])] == [fingerprint(KEY)]


@pytest.mark.parametrize("name", [name for name in names() if not name.startswith("private-key")])
def test_every_value_of_a_kubernetes_secret_is_decoded(name: str) -> None:
    # A connection string is the value where a storage key alone would be none.
    text = "AccountKey=" + make(name) if name == "azure-storage" else make(name)
    variable = carrier(name, "").partition("=")[0].strip().partition("(")[0].upper()
    hits = find_keys(manifest(**{variable: text, "username": "service-account-name"}).encode())
    assert [(hit.format, hit.via) for hit in hits] == [(name, "base64")]


@pytest.mark.parametrize(
    "text",
    [
        manifest(ANTHROPIC_API_KEY="sk-" + "ant-api03-your-key-goes-here"),
        manifest(ANTHROPIC_API_KEY="${ANTHROPIC_API_KEY}"),
        manifest(note="nothing that anybody would want to hide in here"),
        'x = "sk-" + "learn is a library with a name that goes on and on"\n',
        'x = ["sk-alpha-beta-gamma-delta", "another-literal-of-some-length"]\n',
        base64.b64encode(bytes(range(256)) * 8).decode(),
    ],
)
def test_what_only_looks_hidden_is_no_key(text: str) -> None:
    assert find_keys(text.encode()) == []


def test_two_keys_in_one_encoded_text() -> None:
    text = base64.b64encode(f"A={KEY}\nB={OTHER}\n".encode())
    assert [hit.fingerprint for hit in find_keys(text)] == [fingerprint(KEY), fingerprint(OTHER)]


def test_hidden_keys_of_a_history(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repo")
    for number, (case, data) in enumerate(HIDDEN.items()):
        repository.commit({f"{number}.bin": data}, message=case)
    (key,) = scan(repository).keys
    assert (key.versions, key.path, key.at_head) == (len(HIDDEN), "0.bin", True)


# --- large files ------------------------------------------------------------------------------------------------------


def test_a_file_of_200_megabytes(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repo")
    repository.commit({"a.txt": "x\n"})
    row = b"1234567,some,row,of,a,table\n"
    half = row * (100_000_000 // len(row))
    line = f'key = "{KEY}"\n'.encode()
    repository.git("config", "core.bigFileThreshold", "1m")
    repository.git("config", "core.compression", "1")
    commit = repository.commit({"table.csv": half + line + half})
    (key,) = scan(repository).keys
    assert key.introduction is not None
    assert (key.path, key.introduction.commit) == ("table.csv", commit)
    assert (key.span.line, key.span.column) == (len(half) // len(row) + 1, 8)


@pytest.mark.parametrize("offset", [-200, -60, 0, 60, OVERLAP - 200, OVERLAP - 50, OVERLAP + 10])
def test_keys_where_two_windows_meet(offset: int) -> None:
    row = b"a row of some text\n"
    before = row * ((WINDOW - OVERLAP + offset) // len(row))
    data = before + f'key = "{KEY}"\n'.encode() + row * 100_000
    chunks = [data[at : at + 1_000_003] for at in range(0, len(data), 1_000_003)]
    (streamed,) = find_keys_in_stream(chunks, lambda _: True)
    (whole,) = find_keys(data)
    assert streamed == whole


def test_large_texts_in_other_encodings() -> None:
    text = "x = 1\n" * 1_500_000 + f'key = "{KEY}"\n'
    for data in (text.encode("utf-16"), gzip.compress(text.encode(), 1, mtime=0)):
        chunks = [data[at : at + 999_983] for at in range(0, len(data), 999_983)]
        assert [hit.span.line for hit in find_keys_in_stream(chunks, lambda _: True)] == [1_500_001]
