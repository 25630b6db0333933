"""Repositories whose git configuration, hooks, attributes and environment would run or redirect something.

Every trap leaves a mark in one folder. The folder stays empty, whatever command of gonogo looks at the repository, and
the traps are real: git itself falls into some of them at the end.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from pathlib import Path

import pytest
from support.hostile import CALL, Run
from support.keys import make
from support.repos import Repository

KEY = make("anthropic-api", 3)
COMMANDS: dict[str, list[str]] = {
    "check": ["check", "--format", "json"],
    "since": ["check", "--history-since", "main~1", "--no-cache"],
    "diff": ["check", "--diff", "main~1"],
    "verbose": ["check", "--verbose", "--no-prefilter"],
    "history": ["history", "--format", "json"],
    "staged": ["history", "--staged"],
    "baseline": ["baseline", "--dry-run"],
    "calls": ["calls"],
    "items": ["items"],
}
HOOKS = (
    "post-index-change",
    "post-checkout",
    "fsmonitor-watchman",
    "reference-transaction",
    "pre-commit",
    "pre-auto-gc",
    "post-merge",
    "post-rewrite",
    "pre-receive",
    "update",
    "sendemail-validate",
    "proc-receive",
    "push-to-checkout",
)


def paths_of(leaks: list[dict[str, str]]) -> list[str]:
    """Where the leaks that a commit brought are."""
    return [leak["path"] for leak in leaks if leak["path"]]


class Traps:
    """A repository full of them, and the folder that shows which were sprung."""

    def __init__(self, folder: Path) -> None:
        self.marks = folder / "marks"
        self.marks.mkdir()
        self.outside = folder / "outside"
        self.outside.mkdir()
        (self.outside / "private.py").write_text(f'KEY = "{make("openai-project", 9)}"\n')
        self.repository = Repository(folder / "repo")
        self.root = self.repository.root
        self.repository.commit({"app.py": CALL, "data.x": "one\n", "old.py": f'KEY = "{KEY}"\n'})
        self.repository.commit({"data.x": "two\n"}, delete=("old.py",))
        self.repository.write({"staged.py": f'KEY = "{make("anthropic-api", 4)}"\n'})
        self.repository.git("add", "staged.py")

    def script(self, name: str) -> Path:
        """A program that leaves the mark `name`."""
        path = self.outside / f"{name}.sh"
        path.write_text(f"#!/bin/sh\necho \"$0 $@\" >> '{self.marks / name}'\nexit 1\n")
        path.chmod(0o755)
        return path

    def configure(self, settings: dict[str, str], file: str = "") -> None:
        for key, value in settings.items():
            self.repository.git("config", *(["--file", file] if file else []), key, value)

    def assert_untouched(self) -> None:
        sprung = {path.name: path.read_text() for path in self.marks.iterdir()}
        assert sprung == {}


@pytest.fixture
def traps(tmp_path: Path) -> Traps:
    return Traps(tmp_path)


def plant_everything(traps: Traps) -> None:
    run = traps.script("config")
    (traps.outside / "included").write_text("")
    traps.configure(
        {"core.fsmonitor": str(traps.script("included")), "diff.external": str(run)}, str(traps.outside / "included")
    )
    hooks = traps.root / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in HOOKS:
        (hooks / hook).write_text(traps.script(f"hook-{hook}").read_text())
        (hooks / hook).chmod(0o755)
    traps.repository.write(
        {
            ".gitattributes": "* diff=evil filter=evil merge=evil\n*.py working-tree-encoding=UTF-16 ident\n",
            ".lfsconfig": "[lfs]\n\turl = https://example.invalid\n",
            ".mailmap": "Evil <ada@example.org>\n",
            ".gitmodules": f'[submodule "a"]\n\tpath = a\n\turl = ext::{run}\n\tupdate = !{run}\n',
        }
    )
    traps.repository.git("add", ".gitattributes", ".gitmodules")
    traps.configure(
        {
            "core.fsmonitor": str(run),
            "core.hooksPath": str(hooks),
            "core.pager": str(run),
            "pager.log": str(run),
            "pager.cat-file": str(run),
            "core.sshCommand": str(run),
            "core.gitProxy": str(run),
            "core.editor": str(run),
            "sequence.editor": str(run),
            "core.askPass": str(run),
            "core.alternateRefsCommand": str(run),
            "credential.helper": f"!{run}",
            "credential.https://example.invalid.helper": f"!{run}",
            "diff.external": str(run),
            "diff.evil.textconv": str(run),
            "diff.evil.command": str(run),
            "diff.evil.cachetextconv": "true",
            "diff.guitool": "x",
            "difftool.x.cmd": str(run),
            "filter.evil.clean": str(run),
            "filter.evil.smudge": str(run),
            "filter.evil.process": str(run),
            "filter.evil.required": "true",
            "merge.evil.driver": str(run),
            "merge.tool": "x",
            "mergetool.x.cmd": str(run),
            "gpg.program": str(run),
            "gpg.ssh.program": str(run),
            "gpg.ssh.defaultKeyCommand": str(run),
            "gpg.format": "ssh",
            "log.showSignature": "true",
            "commit.gpgSign": "true",
            "alias.ls-files": f"!{run}",
            "alias.log": f"!{run}",
            "alias.rev-parse": f"!{run}",
            "alias.cat-file": f"!{run}",
            "protocol.ext.allow": "always",
            "protocol.allow": "always",
            "remote.origin.url": f"ext::{run}",
            "remote.origin.promisor": "true",
            "remote.origin.uploadpack": str(run),
            "remote.origin.vcs": "evil",
            "remote.origin.proxy": "http://localhost:1",
            "uploadpack.packObjectsHook": str(run),
            "uploadpack.allowAnySHA1InWant": "true",
            f"url.ext::{run}.insteadOf": "https://",
            "extensions.partialClone": "origin",
            "core.repositoryFormatVersion": "1",
            "include.path": str(traps.outside / "included"),
            "includeIf.gitdir:/.path": str(traps.outside / "included"),
            "trace2.eventTarget": str(traps.marks / "trace2"),
            "trace2.normalTarget": str(traps.marks / "trace2n"),
            "interactive.diffFilter": str(run),
            "man.x.cmd": str(run),
            "browser.x.cmd": str(run),
            "instaweb.httpd": str(run),
            "sendemail.smtpServer": str(run),
            "gc.auto": "1",
            "gc.autoDetach": "false",
            "maintenance.auto": "true",
            "fetch.recurseSubmodules": "true",
            "submodule.a.url": f"ext::{run}",
            "submodule.a.update": f"!{run}",
            "submodule.recurse": "true",
            "submodule.active": ".",
            "index.recordOffsetTable": "true",
            "core.untrackedCache": "true",
            "core.splitIndex": "true",
            "trailer.x.command": str(run),
            "trailer.x.cmd": str(run),
            "notes.displayRef": "*",
            "core.worktree": str(traps.outside),
            "core.excludesFile": str(traps.outside / "none"),
            "core.attributesFile": str(traps.outside / "none"),
            "diff.orderFile": "/dev/zero",
            "mailmap.file": "/dev/zero",
            "blame.ignoreRevsFile": "/dev/zero",
            "log.showRoot": "false",
            "log.mailmap": "true",
            "log.follow": "true",
            "log.date": "format:%n:%n",
            "log.diffMerges": "off",
            "color.ui": "always",
            "color.diff": "always",
            "diff.relative": "true",
            "diff.noprefix": "true",
            "diff.renames": "copies",
            "format.pretty": "evil %x00",
            "core.quotePath": "true",
            "core.abbrev": "4",
            "diff.submodule": "log",
            "diff.ignoreSubmodules": "all",
            "status.submoduleSummary": "true",
            "log.decorate": "full",
            "log.graphColors": "red",
        }
    )


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_nothing_that_the_repository_names_is_run(gonogo: Run, traps: Traps, command: list[str]) -> None:
    plant_everything(traps)
    signed = (
        "tree {0}\nparent {1}\n"
        "author T <t@example.com> 1700000000 +0000\ncommitter T <t@example.com> 1700000000 +0000\n"
        "gpgsig -----BEGIN SSH SIGNATURE-----\n \n iQ==\n -----END SSH SIGNATURE-----\n\nsigned\n"
    )
    git_dir = traps.root / ".git"
    quiet = [
        "git",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.hooksPath=/dev/null",
        "--no-pager",
        f"--git-dir={git_dir}",
    ]
    head = subprocess.run(
        [*quiet, "rev-parse", "main^{tree}", "main"],
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    text = signed.format(*head.stdout.split()).encode()
    made = subprocess.run(
        [*quiet, "hash-object", "-t", "commit", "-w", "--stdin"], input=text, capture_output=True, check=True
    )
    (git_dir / "refs" / "heads" / "main").write_bytes(made.stdout)
    for mark in traps.marks.iterdir():
        mark.unlink()
    ran = gonogo(*command, str(traps.root)) if command != ["items"] else gonogo(*command, cwd=traps.root)
    traps.assert_untouched()
    assert KEY not in ran.said
    assert "private.py" not in ran.said
    if command[0] == "history" and "--staged" not in command:
        leaks = json.loads(ran.out)["leaks"]
        assert paths_of(leaks) == ["old.py"]
        assert leaks[0]["first"]["author"] == "Ada Lovelace"
    if command[0] == "check":
        assert ran.code == 1, ran
    # The traps are real.
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(
            ["git", "status"], cwd=traps.root, check=False, capture_output=True, stdin=subprocess.DEVNULL, timeout=5
        )
    assert list(traps.marks.iterdir())


def test_the_environment_leads_nowhere(gonogo: Run, traps: Traps, tmp_path: Path) -> None:
    """What a hook, a shell or another tool left in the environment counts for nothing."""
    run = str(traps.script("environment"))
    other = Repository(tmp_path / "other")
    other.commit({"elsewhere.py": CALL})
    programs = traps.root / "bin"
    programs.mkdir()
    (programs / "git").write_text(Path(run).read_text())
    (programs / "git").chmod(0o755)
    lib = traps.root / "exec"
    lib.mkdir()
    for name in ("git", "git-log", "git-cat-file", "git-rev-parse", "git-ls-files"):
        (lib / name).write_text(Path(run).read_text())
        (lib / name).chmod(0o755)
    environment = {
        "PATH": os.pathsep.join([str(programs), ".", "bin", "", os.environ["PATH"]]),
        "GIT_DIR": str(other.root / ".git"),
        "GIT_WORK_TREE": str(other.root),
        "GIT_INDEX_FILE": "/dev/zero",
        "GIT_OBJECT_DIRECTORY": str(other.root / ".git" / "objects"),
        "GIT_COMMON_DIR": str(other.root / ".git"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(other.root / ".git" / "objects"),
        "GIT_NAMESPACE": "evil",
        "GIT_EXTERNAL_DIFF": run,
        "GIT_PAGER": run,
        "PAGER": run,
        "GIT_EDITOR": run,
        "EDITOR": run,
        "VISUAL": run,
        "GIT_SSH": run,
        "GIT_SSH_COMMAND": run,
        "GIT_ASKPASS": run,
        "SSH_ASKPASS": run,
        "GIT_PROXY_COMMAND": run,
        "GIT_EXEC_PATH": str(lib),
        "GIT_TEMPLATE_DIR": str(other.root),
        "GIT_CONFIG_GLOBAL": "/dev/zero",
        "GIT_CONFIG_SYSTEM": "/dev/zero",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": run,
        "GIT_CONFIG_PARAMETERS": f"'core.fsmonitor={run}'",
        "GIT_TRACE": str(traps.marks / "trace"),
        "GIT_TRACE2_EVENT": str(traps.marks / "trace2"),
        "GIT_TRACE_SETUP": "2",
        "GIT_CURL_VERBOSE": "1",
        "GIT_LITERAL_PATHSPECS": "0",
        "GIT_GLOB_PATHSPECS": "1",
        "GIT_REPLACE_REF_BASE": "refs/heads/",
        "GIT_CEILING_DIRECTORIES": str(traps.root.parent),
        "GIT_DISCOVERY_ACROSS_FILESYSTEM": "1",
        "GIT_ALLOW_PROTOCOL": "ext",
        "GIT_DEFAULT_HASH": "sha256",
        "GIT_FLUSH": "0",
        "GIT_REDIRECT_STDOUT": str(traps.marks / "out"),
    }
    for command in COMMANDS.values():
        ran = gonogo(*command, env=environment, cwd=traps.root)
        assert ran.code != 3, ran
        assert "elsewhere.py" not in ran.said
    traps.assert_untouched()


def test_modules_of_the_repository_are_not_imported(gonogo: Run, traps: Traps) -> None:
    """`python -m gonogo` in the repository: Python looks for modules there first, and finds none."""
    for name in (
        "click",
        "libcst",
        "rich",
        "yaml",
        "tomli",
        "json",
        "git",
        "pygments",
        "sitecustomize",
        "usercustomize",
        "tree_sitter",
        "typing",
        "dataclasses",
        "detect_secrets",
        "packaging",
    ):
        (traps.root / f"{name}.py").write_text(f"open({str(traps.marks / name)!r}, 'w')\n")
    (traps.root / "pytest.ini").write_text("[pytest]\naddopts = --x\n")
    for command in ("check", "history", "baseline", "calls", "rules"):
        gonogo(command, cwd=traps.root)
        traps.assert_untouched()


def test_replaced_objects_count_as_they_were(gonogo: Run, traps: Traps) -> None:
    """A replace ref makes git show another commit; the one with the key is still there."""
    first = traps.repository.git("rev-list", "--max-parents=0", "HEAD")
    blob = traps.repository.git("rev-parse", f"{first}:old.py")
    harmless = traps.repository.git("hash-object", "-w", "--stdin", stdin=b"nothing\n")
    traps.repository.git("replace", blob, harmless)
    assert "sk-" not in traps.repository.git("cat-file", "-p", blob)
    leaks = json.loads(gonogo("history", "--format", "json", str(traps.root)).out)["leaks"]
    assert paths_of(leaks) == ["old.py"]


def test_borrowed_objects_count_only_where_the_repository_refers_to_them(
    gonogo: Run, traps: Traps, tmp_path: Path
) -> None:
    """Alternates may name any folder of the machine; what lies there and is not part of this history stays unseen."""
    other = Repository(tmp_path / "other")
    other.commit({"private.py": f'K = "{make("openai-project", 5)}"\n'})
    (traps.root / ".git" / "objects" / "info").mkdir(exist_ok=True)
    (traps.root / ".git" / "objects" / "info" / "alternates").write_text(f"{other.root}/.git/objects\n")
    leaks = json.loads(gonogo("history", "--format", "json", str(traps.root)).out)["leaks"]
    assert paths_of(leaks) == ["old.py"]
    clone = tmp_path / "clone"
    other.git("clone", "-q", "--shared", str(other.root), str(clone))
    leaks = json.loads(gonogo("history", "--format", "json", str(clone)).out)["leaks"]
    assert [leak["path"] for leak in leaks] == ["private.py"]


def test_a_git_file_or_link_to_a_repository_that_does_not_know_of_it(gonogo: Run, tmp_path: Path) -> None:
    """A `.git` file may name any folder of the machine; only a worktree or submodule is known there."""
    private = Repository(tmp_path / "private")
    private.commit({"private.py": f'K = "{make("openai-project", 5)}"\n'})
    for number, plant in enumerate(
        (
            lambda mark: mark.write_text(f"gitdir: {private.root}/.git\n"),
            lambda mark: mark.symlink_to(private.root / ".git"),
        )
    ):
        stranger = tmp_path / f"stranger{number}"
        stranger.mkdir()
        (stranger / "app.py").write_text(CALL)
        plant(stranger / ".git")
        ran = gonogo("check", str(stranger), "--format", "json")
        report = json.loads(ran.out)
        assert "private.py" not in ran.out
        assert [call["file"] for call in report["calls"]] == ["app.py"]
        history = gonogo("history", str(stranger))
        assert history.code == 3
        assert history.err.count("\n") == 1


def test_worktrees_and_submodules_are_known(gonogo: Run, traps: Traps, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    traps.repository.git("worktree", "add", "-q", str(linked), "-b", "other")
    leaks = json.loads(gonogo("history", "--format", "json", str(linked)).out)["leaks"]
    assert paths_of(leaks) == ["old.py"]
    above = Repository(tmp_path / "above")
    above.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(traps.root), "part")
    above.commit({"app.py": CALL})
    ran = gonogo("check", str(above.root), "--format", "json")
    assert {entry["path"] for entry in json.loads(ran.out)["stats"]["files_skipped"]} == {"part"}
    leaks = json.loads(gonogo("history", "--format", "json", str(above.root / "part")).out)["leaks"]
    assert paths_of(leaks) == ["old.py"]
