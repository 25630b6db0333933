"""Which files a run looks at, on real folders and real repositories."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from gonogo.workspace.discover import Workspace, discover
from gonogo.workspace.read import Unreadable


def git(folder: Path, *args: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"]
    subprocess.run(["git", *identity, *args], cwd=folder, env=environment, check=True, capture_output=True)


def write(root: Path, *paths: str, text: str = "x = 1\n") -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def paths(workspace: Workspace) -> list[str]:
    return [file.path for file in workspace.files]


def reasons(workspace: Workspace) -> dict[str, str]:
    return {skipped.path: skipped.reason for skipped in workspace.skipped}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = tmp_path / "repo"
    top.mkdir()
    git(top, "init", "-q")
    return top


def test_git_decides(repository: Path) -> None:
    """Tracked files and new ones count, ignored and deleted ones do not."""
    write(repository, "kept.py", "deleted.py", "sub/inner.py")
    write(repository, ".gitignore", text="*.log\n/secret/\n.env\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "x")
    (repository / "deleted.py").unlink()
    write(repository, "new.py", "noise.log", "secret/a.py", ".env")
    workspace = discover(repository)
    assert paths(workspace) == [".gitignore", "kept.py", "new.py", "sub/inner.py"]
    assert {file.path: file.tracked for file in workspace.files}["new.py"] is False
    assert {file.path: file.tracked for file in workspace.files}["kept.py"] is True
    assert workspace.tracked == frozenset({".gitignore", "deleted.py", "kept.py", "sub/inner.py"})
    assert workspace.skipped == []
    assert workspace.name == "repo"


def test_the_readers_own_ignore_file_changes_nothing(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Results are the same on every machine, whatever its user ignores everywhere."""
    home = tmp_path / "home"
    write(home, ".config/git/ignore", text="*.py\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    write(repository, "app.py")
    assert paths(discover(repository)) == ["app.py"]


def test_files_in_a_conflict_are_listed_once(repository: Path) -> None:
    """An unmerged file stands in the index up to three times."""
    write(repository, "a.py", text="one\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "x")
    git(repository, "checkout", "-q", "-b", "other")
    write(repository, "a.py", text="two\n")
    git(repository, "commit", "-q", "-a", "-m", "y")
    git(repository, "checkout", "-q", "-")
    write(repository, "a.py", text="three\n")
    git(repository, "commit", "-q", "-a", "-m", "z")
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "merge", "other")
    assert paths(discover(repository)) == ["a.py"]


def test_subfolder_of_a_repository(repository: Path) -> None:
    """Only what lies below the root counts, with paths relative to it; ignore rules from above hold."""
    write(repository, "top.py", "svc/app.py", "svc/debug.log")
    write(repository, ".gitignore", text="*.log\n")
    git(repository, "add", ".")
    workspace = discover(repository / "svc")
    assert paths(workspace) == ["app.py"]
    assert workspace.git is not None
    assert workspace.git.top == repository.resolve()


def test_ignored_folder_is_read_without_git(repository: Path) -> None:
    """Someone who points at a folder that the repository around it ignores wants it read."""
    write(repository, ".gitignore", text="/build/\n")
    write(repository, "build/app.py", "other.py")
    workspace = discover(repository / "build")
    assert paths(workspace) == ["app.py"]
    assert workspace.git is None
    assert workspace.files[0].tracked is None


def test_submodule_and_nested_repository(repository: Path, tmp_path: Path) -> None:
    """Other repositories inside this one are named, not entered."""
    library = tmp_path / "library"
    library.mkdir()
    git(library, "init", "-q")
    write(library, "lib.py")
    git(library, "add", ".")
    git(library, "commit", "-q", "-m", "x")
    git(repository, "submodule", "add", "-q", str(library), "deps/library")
    write(repository, "app.py")
    (repository / "nested").mkdir()
    git(repository / "nested", "init", "-q")
    write(repository / "nested", "n.py")
    workspace = discover(repository)
    assert paths(workspace) == [".gitmodules", "app.py"]
    assert "submodule" in reasons(workspace)["deps/library"]
    assert "another git repository" in reasons(workspace)["nested/"]
    assert paths(discover(repository / "deps" / "library")) == ["lib.py"]


def test_walk_outside_git(tmp_path: Path) -> None:
    """Without git, machine-made folders are left out, those with code are named."""
    write(
        tmp_path, "app.py", "pkg/mod.py", ".env", ".hg/store.py", "node_modules/x/index.js", "__pycache__/a.pyc",
        "env/pyvenv.cfg", "env/lib/x.py", ".mypy_cache/a.json", "p.dist-info/top.py", "web/node_modules/y.js",
    )  # fmt: skip
    workspace = discover(tmp_path)
    assert paths(workspace) == [".env", "app.py", "pkg/mod.py"]
    assert list(reasons(workspace)) == ["env", "node_modules", "web/node_modules"]
    assert workspace.tracked is None
    assert all(file.tracked is None for file in workspace.files)


def test_untracked_packages_in_a_repository(repository: Path) -> None:
    """Installed packages are left out unless git tracks them; then they are vendored."""
    write(repository, "app.py", "node_modules/x/index.js", "myenv/pyvenv.cfg", "myenv/lib/y.py", ".next/server/z.js")
    workspace = discover(repository)
    assert paths(workspace) == ["app.py"]
    assert list(reasons(workspace)) == ["myenv", "node_modules"]
    git(repository, "add", "-f", "node_modules")
    assert {file.path: file.area for file in discover(repository).files} == {
        "app.py": "app",
        "node_modules/x/index.js": "vendored",
    }


@pytest.mark.parametrize("with_git", [True, False])
def test_links_are_not_followed(tmp_path: Path, with_git: bool) -> None:
    """Links lead neither out of the folder nor in circles; those within it are read under their real name."""
    outside = tmp_path / "outside"
    write(outside, "private.py")
    root = tmp_path / "root"
    write(root, "real.py", "pkg/mod.py")
    if with_git:
        git(root, "init", "-q")
    (root / "out.py").symlink_to(outside / "private.py")
    (root / "out").symlink_to(outside)
    (root / "in.py").symlink_to("real.py")
    (root / "again").symlink_to("pkg")
    (root / "loop.py").symlink_to("loop.py")
    (root / "pkg" / "up").symlink_to("..")
    (root / "dangling.py").symlink_to("nothing.py")
    if with_git:
        git(root, "add", ".")
    workspace = discover(root)
    assert paths(workspace) == ["pkg/mod.py", "real.py"]
    assert reasons(workspace) == {
        "dangling.py": "a link that leads nowhere",
        "loop.py": "a link that leads nowhere",
        "out": "a link that leads out of the folder",
        "out.py": "a link that leads out of the folder",
    }


def test_tracked_folder_replaced_by_a_link(repository: Path, tmp_path: Path) -> None:
    """Paths in the index do not help to read through a folder that has become a link."""
    write(repository, "conf/app.py")
    git(repository, "add", ".")
    write(tmp_path / "outside", "app.py")
    (repository / "conf" / "app.py").unlink()
    (repository / "conf").rmdir()
    (repository / "conf").symlink_to(tmp_path / "outside")
    workspace = discover(repository)
    assert paths(workspace) == []
    assert reasons(workspace)["conf/app.py"] == "reached through a link"
    with pytest.raises(Unreadable, match="through a link"):
        workspace.read("conf/app.py")


def test_root_may_be_a_link(tmp_path: Path) -> None:
    """The root itself is whatever the user points at."""
    write(tmp_path / "real", "app.py")
    (tmp_path / "link").symlink_to("real")
    workspace = discover(tmp_path / "link")
    assert paths(workspace) == ["app.py"]
    assert workspace.read("app.py") == b"x = 1\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_special_files_are_not_opened(tmp_path: Path) -> None:
    """A pipe would wait for ever, so would a socket."""
    write(tmp_path, "app.py")
    os.mkfifo(tmp_path / "pipe.py")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(tmp_path)  # the name of a socket must be short
        try:
            server.bind("sock.py")
        finally:
            os.chdir(here)
        workspace = discover(tmp_path)
    assert paths(workspace) == ["app.py"]
    assert reasons(workspace) == {"pipe.py": "not a regular file", "sock.py": "not a regular file"}


@pytest.mark.skipif(os.name == "nt", reason="such names cannot exist there")
@pytest.mark.parametrize("with_git", [True, False])
def test_odd_file_names(tmp_path: Path, with_git: bool) -> None:
    """Any bytes may make a name: each file can be read, and is shown without control characters."""
    names = {
        b"a\nb.py": "a\\x0ab.py",
        b"esc\x1b[31m.py": "esc\\x1b[31m.py",
        b"\xff\xfe.py": "\\xff\\xfe.py",
        "bidi\u202e.py".encode(): "bidi\\u202e.py",
        "grüße.py".encode(): "grüße.py",
        b" -leading.py": " -leading.py",
        b'quo"te\\.py': 'quo"te\\.py',
        b":(top)x.py": ":(top)x.py",
    }
    for name in names:
        (Path(os.fsencode(tmp_path).decode()) / os.fsdecode(name)).write_bytes(name)
    if with_git:
        git(tmp_path, "init", "-q")
        git(tmp_path, "add", ".")
    workspace = discover(tmp_path)
    assert {file.display for file in workspace.files} == set(names.values())
    for file in workspace.files:
        assert workspace.read(file.path) == os.fsencode(file.path)


def test_skipped_paths_may_be_printed(tmp_path: Path) -> None:
    """What was not read is named without control characters."""
    (tmp_path / "evil\x1b]0;x\x07.py").symlink_to("nowhere")
    assert [skipped.path for skipped in discover(tmp_path).skipped] == ["evil\\x1b]0;x\\x07.py"]


def test_exclude(tmp_path: Path) -> None:
    """Excluded files are counted, not listed."""
    write(tmp_path, "app.py", "gen/a.py", "gen/b.py", "web/gen/c.py")
    workspace = discover(tmp_path, exclude=["/gen/**"])
    assert paths(workspace) == ["app.py", "web/gen/c.py"]
    assert reasons(workspace) == {"/gen/**": "2 files excluded by the configuration"}


def test_areas_and_roots_from_the_configuration(tmp_path: Path) -> None:
    """Configured areas win; a configured root makes its files an application, wherever it lies."""
    write(tmp_path, "main.py", "examples/chat/main.py", "examples/chat/tests/test_a.py", "lab/x.py")
    workspace = discover(tmp_path, areas={"lab": "example"}, roots=["examples/chat/"])
    assert {file.path: (file.app, file.area) for file in workspace.files} == {
        "main.py": (".", "app"),
        "lab/x.py": (".", "example"),
        "examples/chat/main.py": ("examples/chat", "app"),
        "examples/chat/tests/test_a.py": ("examples/chat", "test"),
    }
    assert workspace.app_roots == (".", "examples/chat")


def test_inside_an_examples_folder(tmp_path: Path) -> None:
    """Paths count from the scanned root: a folder called examples is an application to someone who checks it."""
    write(tmp_path, "examples/bot.py")
    assert [file.area for file in discover(tmp_path / "examples").files] == ["app"]
    assert [file.area for file in discover(tmp_path).files] == ["example"]


def test_bad_roots(tmp_path: Path) -> None:
    """A root that is missing or no folder is refused with the reason."""
    write(tmp_path, "app.py")
    with pytest.raises(Unreadable, match="not found"):
        discover(tmp_path / "nowhere")
    with pytest.raises(Unreadable, match="not a folder"):
        discover(tmp_path / "app.py")


def test_deep_folders(tmp_path: Path) -> None:
    """Depth costs no recursion."""
    depth = 1_200
    here = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(depth):
            Path("d").mkdir()
            os.chdir("d")
        Path("x.py").write_text("")
        assert paths(discover(tmp_path)) == ["d/" * depth + "x.py"]
        # Taken away here, since Python's own removal of folders does recurse.
        Path("x.py").unlink()
        for _ in range(depth):
            os.chdir("..")
            Path("d").rmdir()
    finally:
        os.chdir(here)
