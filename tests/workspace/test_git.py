"""Git is read without letting the repository run anything."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gonogo.workspace.discover import discover
from gonogo.workspace.git import Git, GitError, GitUnavailable


def git(folder: Path, *args: str) -> str:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *identity, *args], cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = tmp_path / "repo"
    top.mkdir()
    git(top, "init", "-q", "-b", "main")
    (top / "app.py").write_text("import anthropic\n")
    (top / "data.x").write_text("one\n")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "first")
    (top / "data.x").write_text("two\n")
    git(top, "commit", "-q", "-a", "-m", "second")
    return top


def test_no_repository(tmp_path: Path) -> None:
    """Outside of any repository there is nothing to find."""
    assert Git.find(tmp_path) is None


def test_finds_the_top_from_below(repository: Path) -> None:
    """A folder of the working tree leads to its repository."""
    below = repository / "a" / "b"
    below.mkdir(parents=True)
    found = Git.find(below)
    assert found is not None
    assert found.top == repository.resolve()
    assert found.git_dir == found.common_dir == repository.resolve() / ".git"
    assert not found.bare


def test_bare_repository(repository: Path, tmp_path: Path) -> None:
    """A bare repository has a history and no files."""
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", str(repository), str(bare))
    found = Git.find(bare)
    assert found is not None
    assert found.bare
    assert len(found.run(["rev-list", "--all"]).split()) == 2
    workspace = discover(bare)
    assert workspace.files == []
    assert [skipped.path for skipped in workspace.skipped] == ["."]


def test_linked_worktree(repository: Path, tmp_path: Path) -> None:
    """A linked worktree has a git folder of its own and shares the objects."""
    linked = tmp_path / "linked"
    git(repository, "worktree", "add", "-q", str(linked))
    found = Git.find(linked)
    assert found is not None
    assert found.top == linked.resolve()
    assert found.git_dir != found.common_dir == repository.resolve() / ".git"
    assert [file.path for file in discover(linked).files] == ["app.py", "data.x"]


SAFE_COMMANDS = [
    ["ls-files", "-z", "-s"],
    ["ls-files", "-z", "-o", "--exclude-standard"],
    ["log", "--all", "--raw", "--no-abbrev", "-z", "--format=%H%x00%G?"],
    ["log", "-p", "--all"],
    ["rev-list", "--objects", "--all"],
    ["diff-tree", "-p", "-r", "HEAD~1", "HEAD"],
    ["diff-index", "--cached", "-p", "HEAD"],
    ["cat-file", "-p", "HEAD:data.x"],
    ["for-each-ref"],
    ["ls-tree", "-r", "HEAD"],
]


def test_hostile_configuration_runs_nothing(repository: Path, tmp_path: Path) -> None:
    """Nothing that the repository's own configuration names is started by any command we use."""
    canary = tmp_path / "canary"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\necho \"$0 $@\" >> '{canary}'\ncat\n")
    script.chmod(0o755)
    hooks = repository / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-index-change", "post-checkout", "fsmonitor-watchman", "reference-transaction"):
        (hooks / hook).write_text(script.read_text())
        (hooks / hook).chmod(0o755)
    (repository / ".gitattributes").write_text("*.x diff=evil filter=evil\n*.py diff=evil filter=evil\n")
    git(repository, "add", ".gitattributes")
    git(repository, "commit", "-q", "-m", "attributes")
    for key, value in {
        "core.fsmonitor": str(script),
        "core.hooksPath": str(hooks),
        "core.pager": str(script),
        "pager.log": str(script),
        "core.sshCommand": str(script),
        "core.editor": str(script),
        "core.askPass": str(script),
        "core.alternateRefsCommand": str(script),
        "credential.helper": f"!{script}",
        "diff.external": str(script),
        "diff.evil.textconv": str(script),
        "diff.evil.command": str(script),
        "filter.evil.clean": str(script),
        "filter.evil.smudge": str(script),
        "filter.evil.process": str(script),
        "gpg.program": str(script),
        "gpg.ssh.program": str(script),
        "log.showSignature": "true",
        "alias.ls-files": f"!{script}",
        "alias.log": f"!{script}",
        "protocol.ext.allow": "always",
        "remote.origin.url": f"ext::{script}",
        "remote.origin.promisor": "true",
        "extensions.partialClone": "origin",
        "core.repositoryFormatVersion": "1",
        "trace2.eventTarget": str(canary),
    }.items():
        git(repository, "config", key, value)
    # A commit that claims to be signed makes `log` look for a program to verify it.
    tree, parent = git(repository, "rev-parse", "HEAD^{tree}"), git(repository, "rev-parse", "HEAD")
    signed = (
        f"tree {tree}\nparent {parent}\nauthor T <t@example.com> 1700000000 +0000\n"
        "committer T <t@example.com> 1700000000 +0000\n"
        "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ==\n -----END PGP SIGNATURE-----\n\nsigned\n"
    )
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        cwd=repository, input=signed, check=True, capture_output=True, text=True,
    )  # fmt: skip
    # The head is moved by hand: git itself would run the hooks this test plants.
    (repository / ".git" / "refs" / "heads" / "main").write_text(made.stdout)
    (repository / "data.x").write_text("three\n")
    if canary.exists():
        canary.unlink()

    found = Git.find(repository)
    assert found is not None
    for command in SAFE_COMMANDS:
        found.run(command)
    # An object that only the hostile remote could give.
    with pytest.raises(GitError):
        found.run(["cat-file", "-p", "1" * 40])
    assert [file.path for file in discover(repository).files] == [".gitattributes", "app.py", "data.x"]
    assert not canary.exists(), canary.read_text()

    # The traps are real: git without our care falls into them.
    subprocess.run(["git", "log", "-p", "-1"], cwd=repository, check=False, capture_output=True)
    subprocess.run(["git", "status"], cwd=repository, check=False, capture_output=True)
    assert canary.exists()


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["diff"],
        ["fetch"],
        ["config", "--list"],
        ["diff-index", "HEAD"],
        ["ls-files", "-m"],
        ["log", "--show-signature"],
        ["log", "--textconv"],
        ["log", "--ext-diff"],
        ["cat-file", "--textconv", "HEAD:data.x"],
        ["cat-file", "--filters", "HEAD:data.x"],
    ],
)
def test_commands_that_could_run_programs_are_refused(repository: Path, command: list[str]) -> None:
    """What would start filters, converters or connections is an error of the caller."""
    found = Git.find(repository)
    assert found is not None
    with pytest.raises(ValueError, match="git"):
        found.run(command)


def test_working_tree_is_not_moved_by_the_configuration(repository: Path, tmp_path: Path) -> None:
    """`core.worktree` cannot make another folder look like the repository's."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "private.py").write_text("")
    git(repository, "config", "core.worktree", str(tmp_path / "elsewhere"))
    assert [file.path for file in discover(repository).files] == ["app.py", "data.x"]


def test_inherited_variables_do_not_lead_elsewhere(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside a git hook GIT_DIR and GIT_INDEX_FILE are set, perhaps for another repository."""
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_WORK_TREE", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    found = Git.find(repository)
    assert found is not None
    assert found.run(["ls-files", "-z"]) == b"app.py\0data.x\0"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
def test_repository_of_another_user(repository: Path) -> None:
    """CI containers check out as one user and run as another; git alone would refuse."""
    for folder, _, names in os.walk(repository):
        for path in (Path(folder), *(Path(folder) / name for name in names)):
            os.chown(path, 12345, 12345)
    refused = subprocess.run(
        ["git", "log"],
        cwd=repository,
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull},
        check=False,
        capture_output=True,
        text=True,
    )
    assert "dubious ownership" in refused.stderr
    found = Git.find(repository)
    assert found is not None
    assert len(found.run(["rev-list", "HEAD"]).split()) == 2
    workspace = discover(repository)
    assert workspace.git_problem is None
    assert [file.path for file in workspace.files] == ["app.py", "data.x"]


def test_broken_repository_is_said_and_read_without_git(tmp_path: Path) -> None:
    """A git folder that git cannot use is an error for history, and no obstacle to reading the files."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "app.py").write_text("x = 1\n")
    with pytest.raises(GitUnavailable, match="cannot read the repository"):
        Git.find(tmp_path)
    workspace = discover(tmp_path)
    assert workspace.git is None
    assert workspace.git_problem is not None
    assert [file.path for file in workspace.files] == ["app.py"]


@pytest.mark.parametrize("content", [b"", b"gitdir:", b"nonsense\n", b"gitdir: a\0b\n", b"gitdir: ./nowhere\n"])
def test_broken_link_to_a_repository(tmp_path: Path, content: bytes) -> None:
    """A `.git` file that names no git folder is reported."""
    (tmp_path / ".git").write_bytes(content)
    with pytest.raises(GitUnavailable):
        Git.find(tmp_path)


def test_git_is_not_installed(repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a git program the sentence says so."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitUnavailable, match="no git program"):
        Git.find(repository)


def test_a_git_program_in_the_repository_is_not_run(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A search path that leads into the scanned folder, or is relative, does not make us run its `git`."""
    canary = tmp_path / "canary"
    (repository / "bin").mkdir()
    fake = repository / "bin" / "git"
    fake.write_text(f"#!/bin/sh\ntouch '{canary}'\n")
    fake.chmod(0o755)
    monkeypatch.chdir(repository / "bin")
    monkeypatch.setenv("PATH", os.pathsep.join([str(repository / "bin"), ".", "", os.environ["PATH"]]))
    found = Git.find(repository)
    assert found is not None
    assert found.executable != str(fake)
    assert not canary.exists()


def test_bounds(repository: Path) -> None:
    """Too much output and failing commands are one sentence each."""
    found = Git.find(repository)
    assert found is not None
    with pytest.raises(GitError, match="printed more than"):
        found.run(["ls-files", "-z"], max_bytes=5)
    assert found.run(["ls-files", "-z"], max_bytes=14) == b"app.py\0data.x\0"
    with pytest.raises(GitError, match="git rev-parse failed: fatal: Needed a single revision"):
        found.run(["rev-parse", "--verify", "no-such"])
    with pytest.raises(GitError, match="took longer"):
        found.run(["cat-file", "--batch"], b"HEAD\n" * 2_000_000, timeout=0.05)


def test_input_and_accepted_codes(repository: Path) -> None:
    """A command can be fed, and may end with a code that is an answer rather than a failure."""
    found = Git.find(repository)
    assert found is not None
    (repository / ".gitignore").write_text("*.log\n")
    assert found.run(["check-ignore", "-z", "--stdin"], b"a.log\0b.txt\0") == b"a.log\0"
    assert found.run(["check-ignore", "-z", "--stdin"], b"b.txt\0", ok_codes=(0, 1)) == b""
    with pytest.raises(GitError):
        found.run(["check-ignore", "-z", "--stdin"], b"b.txt\0")


def test_streaming(repository: Path) -> None:
    """Output can be read as it comes."""
    found = Git.find(repository)
    assert found is not None
    with found.popen(["cat-file", "--batch-check"], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"HEAD:app.py\n")
        process.stdin.close()
        assert process.stdout.read().split()[1:] == [b"blob", b"17"]
