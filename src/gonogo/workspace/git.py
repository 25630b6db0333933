"""The one place that runs git, and only in ways in which the repository cannot make it run anything else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from gonogo.workspace.names import display
from gonogo.workspace.read import Unreadable, read_bytes

DEFAULT_TIMEOUT = 120.0
"""Seconds a command may take: a walk over 55,000 commits took about 3."""

DEFAULT_MAX_BYTES = 256 * 1024 * 1024
"""Bytes of output that are kept in memory at most."""

_STDERR_KEPT = 4_096
_SMALL = 1_000_000
_MOST_ENTRIES = 500_000
_LIVE = frozenset({"fsmonitor--daemon.ipc"})
"""Sockets of git's own helpers, which none of our commands opens."""
_WORKTREE = re.compile(r"^[ \t]*worktree[ \t]*=[ \t]*\"?([^\"\n]+?)\"?[ \t]*$", re.MULTILINE)
_CHUNK = 1 << 20

# Commands that read objects, refs or the index. None of them compares file contents with the index, which would run
# the clean filters a repository configures (as `status`, `diff` and `add` do).
_COMMANDS = frozenset({
    "cat-file", "check-ignore", "count-objects", "diff-index", "diff-tree", "for-each-ref", "log", "ls-files",
    "ls-tree", "merge-base", "name-rev", "reflog", "rev-list", "rev-parse", "show-ref", "symbolic-ref", "version",
})  # fmt: skip

# Options by which a command above would run a filter, a converter or a signature program after all.
_REFUSED_OPTIONS = frozenset({
    "--textconv", "--ext-diff", "--filters", "--show-signature", "--modified", "-m", "--upload-pack", "--exec",
})  # fmt: skip
# `log -m` means something harmless: show merges.
_REFUSED_ONLY_FOR = {"-m": "ls-files"}
_DIFFING = frozenset({"diff-index", "diff-tree", "log"})

_SETTINGS = (
    ("core.fsmonitor", "false"),
    ("core.hooksPath", os.devnull),
    ("core.pager", "cat"),
    ("core.askPass", ""),
    ("core.editor", "true"),
    ("core.sshCommand", "false"),
    ("core.alternateRefsCommand", "true"),
    # Files anywhere on the machine, read as long as they last.
    ("diff.orderFile", os.devnull),
    ("log.mailmap", "false"),
    ("mailmap.file", ""),
    ("mailmap.blob", ""),
    # The reader's own ignore and attribute files would make results differ from one machine to the next.
    ("core.excludesFile", os.devnull),
    ("core.attributesFile", os.devnull),
    ("core.quotePath", "false"),
    ("credential.helper", ""),
    ("diff.external", ""),
    ("gc.auto", "0"),
    ("gpg.program", os.devnull),
    ("gpg.openpgp.program", os.devnull),
    ("gpg.ssh.program", os.devnull),
    ("gpg.x509.program", os.devnull),
    ("log.showSignature", "false"),
    ("maintenance.auto", "false"),
    ("protocol.allow", "never"),
)

_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


class GitError(Exception):
    """A git command failed, ran too long or printed too much; the text is one sentence for the reader."""


class GitUnavailable(GitError):  # noqa: N818 - reads as what it says: git is unavailable
    """There is a repository, but git is not installed or cannot read it."""


@dataclass(frozen=True, slots=True)
class Git:
    """Access to one repository.

    `top` is the top of the working tree (the repository itself if it is bare), `git_dir` its own git folder, and
    `common_dir` the one that holds the objects, which differs from `git_dir` in a linked worktree.
    """

    top: Path
    git_dir: Path
    common_dir: Path
    bare: bool
    executable: str
    index: Path | None = None
    """Another index than the repository's own."""

    @property
    def borrows(self) -> bool:
        """Does it take objects from another repository, as `git clone --shared` sets it up?"""
        return os.path.lexists(self.common_dir / "objects" / "info" / "alternates")

    @classmethod
    def find(cls, root: Path) -> Git | None:
        """The repository that `root` lies in, or `None` outside of any.

        The search is done here rather than by git: with the folder given, git neither looks at who owns it (which
        stops it in most CI containers) nor lets the repository's `core.worktree` move the working tree.

        Raises:
            GitUnavailable: a repository is there, but it cannot be used.
        """
        root = root.resolve()
        found = _search(root)
        if found is None:
            return None
        top, git_dir, bare = found
        _require_plain(git_dir)
        executable = _find_executable(top)
        if executable is None:
            raise GitUnavailable(f"{display(str(top))} is a git repository, but no git program was found")
        probe = cls(top, git_dir, git_dir, bare, executable)
        try:
            answer = probe.run(["rev-parse", "--git-common-dir"], timeout=30)
        except GitError as error:
            raise GitUnavailable(f"git cannot read the repository at {display(str(top))}: {error}") from None
        common = (top / os.fsdecode(answer.rstrip(b"\r\n"))).resolve()
        return cls(top, git_dir, common, bare, executable)

    def as_hook(self, environment: Mapping[str, str]) -> Git:
        """The same repository with the index that a hook is to look at.

        `git commit -a` and `git commit FILE` put the next commit together in an index of their own and name it to
        their hooks. Only one that lies in the repository's git folder is taken.
        """
        name = environment.get("GIT_INDEX_FILE", "")
        if not name or self.bare:
            return self
        index = (self.top / name).resolve()
        return replace(self, index=index) if index.is_file() and index.is_relative_to(self.git_dir) else self

    def run(
        self,
        args: Sequence[str],
        stdin: bytes | None = None,
        *,
        cwd: Path | None = None,
        max_bytes: int = DEFAULT_MAX_BYTES,
        timeout: float = DEFAULT_TIMEOUT,
        ok_codes: Sequence[int] = (0,),
    ) -> bytes:
        """What a command prints. `cwd` is the top unless given; `timeout` counts seconds.

        Raises:
            GitError: it ended with another code than `ok_codes`, took too long, or printed more than `max_bytes`.
            ValueError: the command or an option is not among those that cannot run foreign code.
        """
        process = self.popen(
            args, cwd=cwd, stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE, stderr=subprocess.PIPE
        )
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(timeout, stop)
        complaint: list[bytes] = []
        output = None
        assert process.stdout is not None
        assert process.stderr is not None
        helpers = [threading.Thread(target=_drain, args=(process.stderr, complaint), daemon=True)]
        if stdin is not None:
            helpers.append(threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True))
        try:
            timer.start()
            for helper in helpers:
                helper.start()
            output = _collect(process.stdout, max_bytes)
        finally:
            if output is None:
                process.kill()
            process.wait()
            timer.cancel()
            for helper in helpers:
                helper.join()
            process.stdout.close()
            process.stderr.close()
        if late.is_set():
            raise GitError(f"git {args[0]} took longer than {timeout:g} s and was stopped")
        if output is None:
            raise GitError(f"git {args[0]} printed more than {max_bytes / 1_000_000:g} MB")
        if process.returncode not in ok_codes:
            raise GitError(f"git {args[0]} failed: {_first_line(complaint)}")
        return output

    def popen(
        self,
        args: Sequence[str],
        *,
        cwd: Path | None = None,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        """A running command whose output is read as it comes; the caller ends and closes it (use `with`).

        Raises:
            GitUnavailable: git could not be started.
            ValueError: the command or an option is not among those that cannot run foreign code.
        """
        command = self._command(args)
        try:
            return subprocess.Popen(  # noqa: S603 - a list, no shell; command and options are checked above
                command,
                cwd=cwd or self.top,
                env=_environment() | ({"GIT_INDEX_FILE": str(self.index)} if self.index is not None else {}),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
            )
        except OSError as error:
            raise GitUnavailable(f"git could not be started: {error.strerror or error}") from None

    def _command(self, args: Sequence[str]) -> list[str]:
        verb, *rest = args
        if verb not in _COMMANDS:
            raise ValueError(f"git {verb} is not among the commands that are safe on a foreign repository")
        for option in rest:
            if option in ("--", "--end-of-options"):
                break
            name = option.partition("=")[0]
            if name in _REFUSED_OPTIONS and _REFUSED_ONLY_FOR.get(name, verb) == verb:
                raise ValueError(f"git {verb} {name} could run programs the repository names")
        if verb == "diff-index" and "--cached" not in rest:
            raise ValueError("git diff-index without --cached compares file contents, which runs filters")
        command = [self.executable, "--no-pager", "--no-optional-locks"]
        if verb != "check-ignore":  # which refuses to run with it
            command.append("--literal-pathspecs")
        for key, value in _SETTINGS:
            command += ["-c", f"{key}={value}"]
        command.append(f"--git-dir={self.git_dir}")
        if not self.bare:
            command.append(f"--work-tree={self.top}")
        command.append(verb)
        if verb in _DIFFING:
            command += ["--no-ext-diff", "--no-textconv"]
        return command + rest


def _search(root: Path) -> tuple[Path, Path, bool] | None:
    for folder in (root, *root.parents):
        mark = folder / ".git"
        if mark.is_dir() and not mark.is_symlink():
            return folder, mark.resolve(), False
        if mark.is_dir() or mark.is_file():
            git_dir = mark.resolve() if mark.is_dir() else _linked_git_dir(mark)
            if not _belongs(git_dir, mark):
                raise GitUnavailable(
                    f"{display(str(mark))} leads to a git folder elsewhere that names neither this folder as a worktree"
                    " of its own nor as its core.worktree, so it is left alone"
                )
            return folder, git_dir, False
    if (root / "HEAD").is_file() and (root / "objects").is_dir() and (root / "refs").is_dir():
        return root, root, True
    return None


def _linked_git_dir(mark: Path) -> Path:
    """The folder that a `.git` file (of a worktree or submodule) names."""
    try:
        with mark.open("rb") as stream:
            text = stream.read(8_192)
    except OSError as error:
        raise GitUnavailable(f"{display(str(mark))} cannot be read: {error.strerror}") from None
    key, _, value = text.partition(b":")
    target = os.fsdecode(value.strip())
    if key != b"gitdir" or not target or "\0" in target:
        raise GitUnavailable(f"{display(str(mark))} does not name a git folder")
    return (mark.parent / target).resolve()


def _belongs(git_dir: Path, mark: Path) -> bool:
    """Does a git folder elsewhere know the folder that `mark` stands in?

    Whoever wrote `mark` may have named any repository of the machine.
    """
    folder = mark.parent.resolve()
    if any(git_dir.is_relative_to(above / ".git") for above in (folder, *folder.parents)):
        return True
    back = _small(git_dir / "gitdir").strip()
    if back and (git_dir / back).resolve() == mark.absolute():
        return True
    worktree = _WORKTREE.search(_small(git_dir / "config"))
    return worktree is not None and (git_dir / worktree[1]).resolve() == folder


def _small(path: Path) -> str:
    """The text of a small file of git's; nothing if there is none."""
    try:
        return os.fsdecode(read_bytes(path.parent, path.name, _SMALL))
    except Unreadable:
        return ""


def _require_plain(git_dir: Path) -> None:
    """A pipe or device where git expects a file would keep it waiting for ever.

    Raises:
        GitUnavailable: there is one.
    """
    pending = [str(git_dir)]
    seen = 0
    while pending and seen < _MOST_ENTRIES:
        folder = pending.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    seen += 1
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    elif _would_block(entry) and entry.name not in _LIVE:
                        raise GitUnavailable(f"{display(entry.path)} is no regular file")
        except OSError:
            # git will say what it cannot read.
            continue


def _would_block(entry: os.DirEntry[str]) -> bool:
    """A pipe, a device or a socket, or a link to one."""
    if entry.is_file() or entry.is_dir():
        return False
    return not entry.is_symlink() or Path(entry.path).exists()


def _find_executable(top: Path) -> str | None:
    """git on the search path, but never a program that the repository brings along."""
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    folders = [entry for entry in entries if Path(entry).is_absolute() and not _inside(Path(entry), top)]
    found = shutil.which("git", path=os.pathsep.join(folders)) if folders else None
    # On Windows the current folder is searched whatever the path says.
    if found is None or not Path(found).is_absolute() or _inside(Path(found), top):
        return None
    return found


def _inside(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder)
    except (OSError, RuntimeError):
        return True


def _environment() -> dict[str, str]:
    """The caller's environment without any word to git: GIT_DIR and its like are set inside hooks."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return {**kept, **_ENVIRONMENT}


def _collect(pipe: IO[bytes], max_bytes: int) -> bytes | None:
    """All that comes, or `None` as soon as it is more than `max_bytes`."""
    chunks: list[bytes] = []
    left = max_bytes
    while True:
        chunk = pipe.read(min(_CHUNK, left + 1))
        if not chunk:
            return b"".join(chunks)
        if len(chunk) > left:
            return None
        chunks.append(chunk)
        left -= len(chunk)


def _drain(pipe: IO[bytes], kept: list[bytes]) -> None:
    room = _STDERR_KEPT
    while chunk := pipe.read(_STDERR_KEPT):
        if room > 0:
            kept.append(chunk[:room])
            room -= len(chunk)


def _feed(pipe: IO[bytes], data: bytes) -> None:
    # A command that has heard enough closes its end; its exit code says whether that was an error.
    try:
        with pipe:
            pipe.write(data)
    except OSError:
        return


def _first_line(complaint: list[bytes]) -> str:
    for line in b"".join(complaint).decode("utf-8", "replace").splitlines():
        if line.strip():
            return display(line.strip()[:300])
    return "no reason was given"
