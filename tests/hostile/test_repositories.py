"""Repositories that are broken, cut short, or hardly there: what can be read is read, and what cannot is said."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from support.hostile import CALL, Ran, Run
from support.keys import make
from support.repos import Repository

KEY = make("anthropic-api", 6)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repo")
    made.commit({"app.py": CALL, "old.py": f'KEY = "{KEY}"\n'})
    made.commit({"b.py": "x = 1\n"}, delete=("old.py",))
    return made


def sees_the_application(gonogo: Run, root: Path) -> Ran:
    """Whatever is wrong with the history, the files are checked."""
    ran = gonogo("check", str(root), "--format", "json")
    assert [call["file"] for call in json.loads(ran.out)["calls"]] == ["app.py"]
    assert KEY not in ran.said
    return ran


def one_sentence(ran: Ran) -> None:
    assert ran.code in (2, 3)
    assert ran.out == ""
    assert ran.err.count("\n") == 1
    assert ran.err.startswith("gonogo: ")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "no HEAD": lambda git: (git / "HEAD").unlink(),
    "empty HEAD": lambda git: (git / "HEAD").write_bytes(b""),
    "odd HEAD": lambda git: (git / "HEAD").write_bytes(b"ref: refs/heads/\x1b[2J\n"),
    "HEAD to nowhere": lambda git: (git / "HEAD").write_text("0" * 40),
    "endless HEAD": lambda git: ((git / "HEAD").unlink(), (git / "HEAD").symlink_to("/dev/zero")),
    "ref loop": lambda git: (git / "refs" / "heads" / "main").write_text("ref: refs/heads/main\n"),
    "odd ref": lambda git: (git / "refs" / "heads" / "main").write_bytes(b"\xff\0zz"),
    "odd config": lambda git: (git / "config").write_bytes(b"[core\n\x1b]0;title\x07"),
    "no config": lambda git: (git / "config").unlink(),
    "future format": lambda git: (git / "config").write_text("[core]\n\trepositoryFormatVersion = 99\n"),
    "odd number": lambda git: (git / "config").write_text(
        "[core]\n\tbigFileThreshold = x\n[diff]\n\trenameLimit = x\n"
    ),
    "bare in config": lambda git: (git / "config").write_text("[core]\n\tbare = true\n\tworktree = /\n"),
    "no objects": lambda git: shutil.rmtree(git / "objects"),
    "objects is a file": lambda git: (shutil.rmtree(git / "objects"), (git / "objects").write_text("x")),
    "no refs": lambda git: shutil.rmtree(git / "refs"),
    "odd index": lambda git: (git / "index").write_bytes(b"DIRC\xff\xff\xff\xff" + bytes(100)),
    "half an index": lambda git: (git / "index").write_bytes((git / "index").read_bytes()[:40]),
    "no index": lambda git: (git / "index").unlink(),
    "odd packed refs": lambda git: (git / "packed-refs").write_bytes(b"\0" * 1_000),
    "odd shallow": lambda git: (git / "shallow").write_bytes(b"x\n" * 100),
    "odd grafts": lambda git: ((git / "info").mkdir(exist_ok=True), (git / "info" / "grafts").write_bytes(b"x\n")),
    "odd graph": lambda git: (
        (git / "objects" / "info").mkdir(exist_ok=True),
        (git / "objects" / "info" / "commit-graph").write_bytes(b"CGPH\x01\x01\x03\0" + bytes(200)),
    ),
    "odd alternates": lambda git: (
        (git / "objects" / "info").mkdir(exist_ok=True),
        (git / "objects" / "info" / "alternates").write_bytes(b"/dev/zero\n/\n\xff\n../objects\n"),
    ),
    "pipe for an object": lambda git: os.mkfifo(next((git / "objects").glob("??")) / ("a" * 38)),
    "pipe for a ref": lambda git: os.mkfifo(git / "refs" / "heads" / "pipe"),
    "pipe for the exclude file": lambda git: (
        shutil.rmtree(git / "info", ignore_errors=True),
        (git / "info").mkdir(),
        os.mkfifo(git / "info" / "exclude"),
    ),
    "endless exclude file": lambda git: (
        shutil.rmtree(git / "info", ignore_errors=True),
        (git / "info").mkdir(),
        (git / "info" / "exclude").symlink_to("/dev/zero"),
    ),
    "empty": lambda git: (shutil.rmtree(git), git.mkdir()),
    "a file": lambda git: (shutil.rmtree(git), git.write_bytes(b"gitdir: \x1b[2J\n")),
    "an odd file": lambda git: (shutil.rmtree(git), git.write_bytes(b"\xff" * 100)),
    "an empty file": lambda git: (shutil.rmtree(git), git.write_bytes(b"")),
    "a file that names itself": lambda git: (shutil.rmtree(git), git.write_bytes(b"gitdir: .git\n")),
    "a link to itself": lambda git: (shutil.rmtree(git), git.symlink_to(".git")),
    "a pipe": lambda git: (shutil.rmtree(git), os.mkfifo(git)),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damaged_repositories(inside: Run, repository: Repository, damage: Callable[[Path], object]) -> None:
    damage(repository.root / ".git")
    sees_the_application(inside, repository.root)
    for command in (["history"], ["history", "--staged"], ["check", "--diff", "main~1"]):
        ran = inside(*command, str(repository.root))
        if ran.code in (2, 3) and not ran.out:
            one_sentence(ran)


def test_damaged_objects_cost_themselves_only(inside: Run, repository: Repository) -> None:
    """Each object in turn is cut, emptied, overwritten: the run ends, and never says that all is well."""
    rng = random.Random(1)  # noqa: S311 - repeatable
    objects = repository.root / ".git" / "objects"
    for number, path in enumerate(sorted(path for path in objects.glob("??/*"))):
        data = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes((data[: len(data) // 2], b"", rng.randbytes(len(data)), data + b"x" * 50)[number % 4])
        sees_the_application(inside, repository.root)
        ran = inside("history", str(repository.root), "--strict", "--no-cache")
        assert ran.code in (1, 3), path
        path.write_bytes(data)


def test_commits_made_by_hand(inside: Run, repository: Repository) -> None:
    """Without a time, with one beyond all calendars, with steering characters in every field."""
    tree = repository.git("rev-parse", "main~1^{tree}")
    odd = [
        b"author \x1b[2J <a> \ncommitter x <y>\n\nno time\n",
        b"author A <a@b> 99999999999999999999 +9999\ncommitter A <a@b> 99999999999999999999 +9999\n\nlate\n",
        b"author A <a@b> -5 -0000\ncommitter A <a@b> -5 x\n\nearly\n",
        b"author  <> 1 +0000\ncommitter  <> 1 +0000\n\n",
        (
            b"author \xff\xfe\xe2\x80\xae <a@b> 1 +0000\n"
            b"committer [bold]::error::%0A <a@b> 1 +0000\nencoding \x1b\n\n\x1b]0;x\x07\n"
        ),
        b"committer A\n\n",
        b"\n" + b"x" * 100_000,
    ]
    for number, text in enumerate(odd):
        raw = b"tree " + tree.encode() + b"\n" + text
        name = repository.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=raw)
        (repository.root / ".git" / "refs" / "heads" / f"odd{number}").write_text(name + "\n")
    sees_the_application(inside, repository.root)
    for form in ("rich", "concise", "json"):
        ran = inside("history", str(repository.root), "--format", form, "--show-low")
        assert ran.code == 1
        assert "old.py" in ran.out
        assert KEY not in ran.out


def test_trees_made_by_hand(inside: Run, repository: Repository) -> None:
    """Names that lead out of the folder, name what exists twice, or are too long never reach the disk."""
    blob = repository.git("hash-object", "-w", "--stdin", stdin=CALL.encode())
    raw = bytes.fromhex(blob)
    link = bytes.fromhex(repository.git("hash-object", "-w", "--stdin", stdin=b"/etc"))
    names = [
        b"..",
        b".",
        b".git",
        b"../evil.py",
        b"/evil.py",
        b"a\nb.py",
        b"\x1b[2J.py",
        b"x" * 5_000,
        b"a",
        b"a",
        b"app.py",
    ]
    tree = b"".join(b"100644 " + name + b"\0" + raw for name in names) + b"120000 l\0" + link + b"120000 l\0" + link
    sub = repository.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=tree)
    top = (
        b"40000 a\0"
        + bytes.fromhex(sub)
        + b"40000 ..\0"
        + bytes.fromhex(sub)
        + b"40000 l\0"
        + bytes.fromhex(sub)
        + tree
    )
    made = repository.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=top)
    commit = repository.git("commit-tree", made, "-p", "main", "-m", "odd")
    repository.git("update-ref", "refs/heads/odd", commit)
    after = repository.git("commit-tree", repository.git("rev-parse", "main^{tree}"), "-p", commit, "-m", "after")
    repository.git("update-ref", "refs/heads/main", after)
    sees_the_application(inside, repository.root)
    ran = inside("check", str(repository.root), "--diff", "odd", "--format", "json")
    assert ran.code in (0, 1, 3)
    assert inside("history", str(repository.root)).code == 1
    assert not list(repository.root.parent.rglob("evil.py"))


def test_shallow_partial_empty_and_bare(gonogo: Run, repository: Repository, tmp_path: Path) -> None:
    source = repository.root
    repository.git("config", "uploadpack.allowFilter", "true")
    repository.git("clone", "-q", "--depth", "1", f"file://{source}", str(tmp_path / "shallow"))
    shallow = json.loads(sees_the_application(gonogo, tmp_path / "shallow").out)
    assert any("shallow" in entry["reason"] for entry in shallow["stats"]["files_skipped"])
    repository.git("clone", "-q", "--filter=blob:none", f"file://{source}", str(tmp_path / "partial"))
    shutil.move(source, tmp_path / "gone")
    partial = gonogo("history", str(tmp_path / "partial"), "--strict")
    assert partial.code == 1
    Repository(tmp_path / "empty").write({"app.py": CALL})
    sees_the_application(gonogo, tmp_path / "empty")
    assert gonogo("history", str(tmp_path / "empty")).code == 0
    subprocess.run(["git", "clone", "-q", "--bare", str(tmp_path / "gone"), str(tmp_path / "bare")], check=True)
    assert gonogo("history", str(tmp_path / "bare")).code == 1
    one_sentence(gonogo("history", "--staged", str(tmp_path / "bare")))
    assert gonogo("check", str(tmp_path / "bare")).code in (0, 1)


def test_without_git(gonogo: Run, repository: Repository, tmp_path: Path) -> None:
    for place in ("", str(tmp_path / "nothing"), "relative"):
        ran = gonogo("check", str(repository.root), "--format", "json", env={"PATH": place})
        assert [call["file"] for call in json.loads(ran.out)["calls"]] == ["app.py"]
        one_sentence(gonogo("history", str(repository.root), env={"PATH": place}))
    fake = tmp_path / "fake"
    fake.mkdir()
    (fake / "git").write_text("no program")
    (fake / "git").chmod(0o755)
    one_sentence(gonogo("history", str(repository.root), env={"PATH": str(fake)}))


@pytest.mark.parametrize(
    "revision", ["--upload-pack=touch x", "-x", "nowhere", "main:app.py", "main..", "", "\x1b[2J", "@{-9}"]
)
def test_odd_revisions(inside: Run, repository: Repository, revision: str) -> None:
    for flag in (
        ["check", f"--diff={revision}"],
        ["check", f"--history-since={revision}"],
        ["history", f"--since={revision}"],
    ):
        ran = inside(*flag, str(repository.root))
        if revision:
            one_sentence(ran)
