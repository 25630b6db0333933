"""Keys anywhere in a git repository's history, and what is said about a history that cannot be read in full."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from support.keys import make
from support.leaks import CLEAN, KEY, LINE, clean_repository
from support.repos import Repository

from gonogo.findings import Confidence, Severity
from gonogo.secrets.attribution import introductions
from gonogo.secrets.history import HistoryScan, scan_history
from gonogo.secrets.judge import evidence, findings_in_history, questions
from gonogo.secrets.tree import scan_tree
from gonogo.workspace.discover import discover
from gonogo.workspace.git import Git


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    return clean_repository(tmp_path / "repo")


def scan(repository: Repository) -> HistoryScan:
    git = Git.find(repository.root)
    assert git is not None
    return scan_history(git)


def judged(repository: Repository) -> list[tuple[str, str]]:
    """Message and severity of every finding."""
    found = findings_in_history(scan(repository), scan_tree(discover(repository.root)))
    return [(finding.message, (finding.severity or Severity.ERROR).value) for finding in found]


def test_a_clean_history_is_evidence(repo: Repository) -> None:
    history, tree = scan(repo), scan_tree(discover(repo.root))
    assert (history.commits, history.blobs, history.keys, history.unread, history.failed) == (1, 1, [], [], "")
    assert "1 version of files in 1 commit hold no key" in [one.text for one in evidence(tree, history)]
    assert list(questions(tree, history)) == []


def test_a_deleted_key_is_found_with_its_first_commit(repo: Repository) -> None:
    commit = repo.commit({"app.py": LINE})
    repo.commit({"app.py": LINE + "# more\n"})
    repo.commit({"app.py": CLEAN})
    (key,) = scan(repo).keys
    assert key.introduction is not None
    assert (key.introduction.commit, key.introduction.author, key.path) == (commit, "Ada Lovelace", "app.py")
    assert key.introduction.date.startswith("2025-10-1")
    assert (key.reach, key.at_head, key.versions, key.span.line) == ("ref", False, 2, 1)
    (finding,) = findings_in_history(scan(repo), scan_tree(discover(repo.root)))
    assert finding.commit is not None
    assert (finding.rule, finding.commit.id, finding.commit.at_head) == ("key-in-history", commit, False)
    assert finding.message == "Anthropic API key sk-ant-api… in app.py, no longer there at HEAD, but in every clone"
    assert finding.subject == key.fingerprint
    assert KEY not in repr((finding, key))


def test_a_key_that_still_stands(repo: Repository) -> None:
    repo.commit({"app.py": LINE})
    (finding,) = findings_in_history(scan(repo), scan_tree(discover(repo.root)))
    assert finding.commit is not None
    assert finding.commit.at_head
    assert finding.message.endswith("and still there at HEAD")


def test_the_first_commit_of_all_counts(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repo")
    commit = repository.commit({"app.py": LINE})
    repository.git("config", "log.showRoot", "false")
    (key,) = scan(repository).keys
    assert key.introduction is not None
    assert key.introduction.commit == commit


def test_branch(repo: Repository) -> None:
    repo.git("checkout", "-q", "-b", "feature")
    repo.commit({"feature.py": LINE})
    repo.git("checkout", "-q", "main")
    assert [(key.path, key.reach) for key in scan(repo).keys] == [("feature.py", "ref")]


def test_remote_branch_and_note(repo: Repository) -> None:
    repo.commit({"app.py": LINE})
    repo.git("update-ref", "refs/remotes/origin/old", "HEAD")
    repo.git("reset", "-q", "--hard", "HEAD~1")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("notes", "add", "-m", f"key {make('groq')}")
    assert sorted((key.format, key.reach) for key in scan(repo).keys) == [("anthropic-api", "ref"), ("groq", "ref")]


def test_stash(repo: Repository) -> None:
    repo.write({"app.py": LINE})
    repo.git("stash", "-q")
    assert [(key.path, key.reach) for key in scan(repo).keys] == [("app.py", "ref")]


def test_older_stash_is_kept_by_the_reflog(repo: Repository) -> None:
    repo.write({"app.py": LINE})
    repo.git("stash", "-q")
    repo.write({"app.py": CLEAN + "# x\n"})
    repo.git("stash", "-q")
    assert [(key.path, key.reach) for key in scan(repo).keys] == [("app.py", "reflog")]


def test_reflog_only(repo: Repository) -> None:
    repo.commit({"app.py": LINE})
    repo.git("reset", "-q", "--hard", "HEAD~1")
    (key,) = scan(repo).keys
    assert (key.reach, key.path) == ("reflog", "app.py")
    assert key.introduction is not None
    ((message, severity),) = judged(repo)
    assert message.endswith("in a commit that only the reflog reaches")
    assert severity == "error"


def test_unreachable_objects_are_noted_and_decide_nothing(repo: Repository) -> None:
    repo.git("hash-object", "-w", "--stdin", stdin=LINE.encode())
    history, tree = scan(repo), scan_tree(discover(repo.root))
    (key,) = history.keys
    assert (key.reach, key.introduction) == ("unreachable", None)
    (finding,) = findings_in_history(history, tree)
    assert "in an object that no branch, tag, stash or reflog reaches" in finding.message
    assert (finding.severity, finding.keys) == (Severity.NOTE, ())
    texts = [one.text for one in evidence(tree, history)]
    assert "2 versions of files in 1 commit hold no key that a branch, tag, stash or reflog reaches" in texts


def test_merge_resolution(repo: Repository) -> None:
    repo.git("checkout", "-q", "-b", "side")
    repo.commit({"app.py": "side = 1\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"app.py": "main = 1\n"})
    repo.git("merge", "-q", "side", check=False)
    merge = repo.commit({"app.py": LINE})
    repo.commit({"app.py": CLEAN})
    (key,) = scan(repo).keys
    assert key.introduction is not None
    assert (key.introduction.commit, key.path) == (merge, "app.py")


def test_annotated_tag_and_commit_messages(repo: Repository) -> None:
    repo.git("tag", "-a", "v1", "-m", f"release with {KEY}")
    commit = repo.commit(message=f"use {make('groq')} for now")
    messages = dict(zip(("anthropic", "groq"), sorted(message for message, _ in judged(repo)), strict=True))
    assert "in the message of tag" in messages["anthropic"]
    assert f"in the message of commit {commit[:12]}" in messages["groq"]


def test_a_tag_on_a_blob_alone(repo: Repository) -> None:
    blob = repo.git("hash-object", "-w", "--stdin", stdin=LINE.encode())
    repo.git("tag", "thing", blob)
    assert [(key.reach, key.path) for key in scan(repo).keys] == [("ref", "")]
    assert judged(repo)[0][1] == "error"


@pytest.mark.parametrize(
    "path",
    ["node_modules/x/index.js", "venv/lib/x.py", "package-lock.json", "logo.svg", "a b/ü.txt", "tests/test_a.py"],
)
def test_no_path_is_left_out(repo: Repository, path: str) -> None:
    repo.commit({path: LINE})
    assert [key.path for key in scan(repo).keys] == [path]


@pytest.mark.parametrize(
    "content", [LINE.encode("utf-16"), b"\0\0\1binary\0" + LINE.encode(), b"x" * 3_000_000 + LINE.encode()]
)
def test_no_content_is_left_out(repo: Repository, content: bytes) -> None:
    repo.commit({"data.bin": content})
    assert [key.path for key in scan(repo).keys] == ["data.bin"]


def test_attributes_hide_nothing(repo: Repository) -> None:
    repo.commit({".gitattributes": "* -diff binary\n", "app.py": LINE})
    assert len(scan(repo).keys) == 1


def test_replacements_hide_nothing(repo: Repository) -> None:
    repo.commit({"app.py": LINE})
    leaked = repo.git("rev-parse", "HEAD:app.py")
    clean = repo.git("rev-parse", "HEAD~1:app.py")
    repo.git("replace", leaked, clean)
    assert [(key.path, key.reach) for key in scan(repo).keys] == [("app.py", "ref")]


def test_packed_objects(repo: Repository) -> None:
    repo.commit({"app.py": LINE})
    repo.commit({"app.py": CLEAN})
    repo.git("gc", "-q")
    assert [key.versions for key in scan(repo).keys] == [1]


def test_a_bare_repository(repo: Repository, tmp_path: Path) -> None:
    repo.commit({"app.py": LINE})
    repo.git("clone", "-q", "--bare", str(repo.root), str(tmp_path / "bare"))
    git = Git.find(tmp_path / "bare")
    assert git is not None
    assert len(scan_history(git).keys) == 1


def test_a_linked_worktree(repo: Repository, tmp_path: Path) -> None:
    repo.commit({"app.py": LINE})
    repo.git("worktree", "add", "-q", str(tmp_path / "other"))
    git = Git.find(tmp_path / "other")
    assert git is not None
    assert len(scan_history(git).keys) == 1


def test_before_the_first_commit(tmp_path: Path) -> None:
    history = scan(Repository(tmp_path / "repo"))
    assert (history.commits, history.keys, history.unread, history.failed) == (0, [], [], "")


def test_the_same_key_in_two_files_is_one_finding(repo: Repository) -> None:
    first = repo.commit({"b.py": LINE})
    repo.commit({"a.py": "\n" + LINE})
    (key,) = scan(repo).keys
    assert key.introduction is not None
    assert (key.path, key.introduction.commit, key.versions) == ("b.py", first, 2)


def test_stand_ins_and_marked_lines_are_no_findings(repo: Repository) -> None:
    repo.commit({"app.py": 'key = "sk-ant-' + 'api03-your-key-here"\n', "b.py": LINE.rstrip() + "  # gitleaks:allow\n"})
    assert judged(repo) == []
    assert [key.allowed for key in scan(repo).keys] == ["gitleaks:allow"]


@pytest.mark.parametrize("digits", [40, 8])
def test_gitleaks_ignore_names_commit_and_line(repo: Repository, digits: int) -> None:
    code = repo.commit({"app.py": LINE})[:digits]
    env = repo.commit({".env": f"DB_PASSWORD={make('mistral')}\n"})[:digits]
    message = repo.commit(message=f"use {make('groq')}")[:digits]
    assert len(judged(repo)) == 3
    lines = [f"{code}:app.py:generic-api-key:1", f"{env}:.env:password:1", f"{message}:.git:key-in-history:1"]
    repo.commit({".gitleaksignore": "# revoked\n" + "\n".join(lines)})
    assert judged(repo) == []


def test_gitleaks_ignore_without_a_commit_holds_for_all(repo: Repository) -> None:
    repo.commit({"app.py": LINE, ".gitleaksignore": "app.py:generic-api-key:1\n"})
    assert judged(repo) == []


def test_private_keys_of_tests_are_held_back(repo: Repository) -> None:
    repo.commit({"tests/cert.pem": make("private-key"), "server.pem": make("private-key", 1)})
    found = findings_in_history(scan(repo), scan_tree(discover(repo.root)))
    assert {finding.place.path: finding.confidence for finding in found} == {
        "tests/cert.pem": Confidence.LOW,
        "server.pem": Confidence.MEDIUM,
    }


# --- dotenv files -----------------------------------------------------------------------------------------------------


def test_a_dotenv_file_with_secrets(repo: Repository) -> None:
    commit = repo.commit({"deploy/.env": f"PORT=1\nDB_PASSWORD={make('mistral')}\n"})
    repo.commit(delete=("deploy/.env",))
    (env,) = scan(repo).env_files
    assert env.introduction is not None
    assert (env.path, env.line, env.secrets, env.at_head) == ("deploy/.env", 2, ("DB_PASSWORD",), False)
    assert env.introduction.commit == commit
    ((message, severity),) = judged(repo)
    assert message.startswith("deploy/.env was committed with a value for DB_PASSWORD, no longer there at HEAD")
    assert severity == "error"


def test_keys_of_known_form_in_a_dotenv_file_are_reported_once(repo: Repository) -> None:
    repo.commit({".env": f"ANTHROPIC_API_KEY={KEY}\n"})
    history = scan(repo)
    assert (len(history.keys), history.env_files) == (1, [])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".env", "PORT=8000\nDEBUG=true\nMODEL=claude-sonnet-4-5\n"),
        (".env", "API_KEY=\nTOKEN=your-token-here\n"),
        (".env.example", "API_KEY=q8Zk2LmP0rTxVb7N\n"),
        (".env.single-bucket-example", "API_KEY=q8Zk2LmP0rTxVb7N\n"),
        (".env.prod_sample", "API_KEY=q8Zk2LmP0rTxVb7N\n"),
        ("deploy/.env-template.staging", "API_KEY=q8Zk2LmP0rTxVb7N\n"),
        ("types.env", "LEVEL=info\n"),
        ("environment.py", "API_KEY='q8Zk2LmP0rTxVb7N'\n"),
        (".env", "POSTGRES_PASSWORD=infra_stack_local\n"),
    ],
)
def test_dotenv_files_that_are_no_leak(repo: Repository, name: str, content: str) -> None:
    repo.commit({name: content})
    assert judged(repo) == []


# --- what cannot be read ----------------------------------------------------------------------------------------------


def reasons(history: HistoryScan) -> str:
    return " | ".join(f"{skipped.path}: {skipped.reason}" for skipped in history.unread)


def test_a_shallow_clone_is_not_clean(repo: Repository, tmp_path: Path) -> None:
    repo.commit({"app.py": LINE})
    repo.commit({"app.py": CLEAN})
    repo.git("clone", "-q", "--depth=1", f"file://{repo.root}", str(tmp_path / "shallow"))
    git = Git.find(tmp_path / "shallow")
    assert git is not None
    history = scan_history(git)
    assert history.keys == []
    assert "shallow clone" in reasons(history)
    tree = scan_tree(discover(tmp_path / "shallow"))
    assert not any("commit" in one.text for one in evidence(tree, history))
    assert any("shallow clone" in question.text for question in questions(tree, history))


def test_a_partial_clone_is_not_clean_and_fetches_nothing(repo: Repository, tmp_path: Path) -> None:
    repo.commit({"secret.py": LINE})
    repo.commit({"app.py": CLEAN}, delete=("secret.py",))
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "-q", "--filter=blob:none", f"file://{repo.root}", str(tmp_path / "partial"))
    git = Git.find(tmp_path / "partial")
    assert git is not None
    history = scan_history(git)
    assert history.keys == []
    assert "secret.py: a version of it is missing" in reasons(history)
    assert history.doubts


def test_submodules_that_are_not_here_are_said(repo: Repository) -> None:
    repo.commit({".gitmodules": '[submodule "lib"]\n\tpath = vendor/lib\n\turl = https://example.org/lib\n'})
    history, tree = scan(repo), scan_tree(discover(repo.root))
    assert reasons(history) == "vendor/lib: a submodule, whose own history was not searched: it is not here"
    assert history.doubts == []
    assert any("(1 submodule not searched)" in one.text for one in evidence(tree, history))


def with_submodule(repo: Repository, folder: Path) -> Repository:
    """`repo` with a submodule `parts/lib`, in whose history a key stands."""
    library = Repository(folder / "library")
    library.commit({"old/secret.py": LINE})
    library.commit({"code.py": CLEAN}, delete=("old/secret.py",))
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library.root), "parts/lib")
    repo.commit()
    return library


def test_the_history_of_a_submodule_is_searched(repo: Repository, tmp_path: Path) -> None:
    library = with_submodule(repo, tmp_path)
    for cached in (False, True, True):
        git = Git.find(repo.root)
        assert git is not None
        history = scan_history(git, cached=cached)
        (key,) = history.keys
        assert (key.path, key.submodule) == ("parts/lib/old/secret.py", "parts/lib")
        assert key.introduction is not None
        assert key.introduction.commit == library.git("rev-parse", "HEAD~1").strip()
        assert reasons(history) == ""
        assert history.commits == 2 + int(repo.git("rev-list", "--count", "HEAD"))


def test_a_key_in_both_is_told_once(repo: Repository, tmp_path: Path) -> None:
    with_submodule(repo, tmp_path)
    repo.commit({"own.py": LINE})
    (key,) = scan(repo).keys
    assert key.path == "own.py"


def test_submodules_elsewhere_are_left_alone(repo: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.commit({"secret.py": LINE})
    (repo.root / "link").symlink_to(other.root)
    modules = "".join(
        f'[submodule "{number}"]\n\tpath = {path}\n'
        for number, path in enumerate(["../other", str(other.root), "link", ".", "", "missing"])
    )
    repo.commit({".gitmodules": modules})
    history = scan(repo)
    assert history.keys == []
    assert len(history.unread) == 5  # all but the empty one
    assert all("it is not here" in one.reason for one in history.unread)


def test_a_submodule_is_not_searched_since_a_revision(repo: Repository, tmp_path: Path) -> None:
    with_submodule(repo, tmp_path)
    git = Git.find(repo.root)
    assert git is not None
    history = scan_history(git, "HEAD~1")
    assert history.keys == []
    assert "parts/lib: a submodule" in reasons(history)


def test_missing_pictures_are_said_but_leave_no_doubt(repo: Repository) -> None:
    repo.commit({"logo.png": b"\x89PNG\r\n" + bytes(range(256))})
    name = repo.git("rev-parse", "HEAD:logo.png")
    repo.object_file(name).unlink()
    history = scan(repo)
    assert [(skipped.path) for skipped in history.unread] == ["logo.png"]
    assert history.doubts == []


@pytest.mark.parametrize("damage", [b"garbage", None])
def test_a_damaged_object_is_said_and_the_rest_is_read(repo: Repository, damage: bytes | None) -> None:
    repo.commit({"broken.py": "x = 1\n" * 400, "app.py": LINE})
    file = repo.object_file(repo.git("rev-parse", "HEAD:broken.py"))
    whole = file.read_bytes()
    file.chmod(stat.S_IWUSR | stat.S_IRUSR)
    # Cut short, its header is still good: git then ends in the middle of its answer.
    file.write_bytes(damage or whole[:16])
    history = scan(repo)
    assert [key.path for key in history.keys] == ["app.py"]
    assert "broken.py: a version of it is missing from the repository or damaged" in reasons(history)
    assert history.doubts


def test_a_missing_tree_is_said(repo: Repository) -> None:
    repo.commit({"deep/app.py": LINE})
    repo.object_file(repo.git("rev-parse", "HEAD:deep")).unlink()
    history = scan(repo)
    assert history.doubts
    assert [key.fingerprint for key in history.keys] != []


def test_oversized_objects_are_said(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonogo.secrets.objects.OBJECT_LIMIT", 1_000)
    monkeypatch.setattr("gonogo.secrets.objects.STREAM_LIMIT", 2_000)
    repo.commit({"big.csv": "1,2,3\n" * 1_000})
    history = scan(repo)
    assert "big.csv: a version of 0 MB is above the limit" in reasons(history)
    assert history.doubts


def test_a_repository_that_git_cannot_read(repo: Repository) -> None:
    git = Git.find(repo.root)
    assert git is not None
    (repo.root / ".git" / "HEAD").unlink()
    history = scan_history(git)
    assert history.failed
    tree = scan_tree(discover(repo.root))
    assert any("was not searched" in question.text for question in questions(tree, history))


# --- hostile repositories ---------------------------------------------------------------------------------------------


def test_nothing_that_the_configuration_names_is_run(repo: Repository, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    script = tmp_path / "run.sh"
    script.write_text(f"#!/bin/sh\ntouch {canary}\n")
    script.chmod(0o755)
    repo.commit({"app.py": LINE, ".gitattributes": "* diff=evil filter=evil\n"})
    for name, value in {
        "diff.evil.textconv": str(script),
        "diff.external": str(script),
        "filter.evil.smudge": str(script),
        "filter.evil.clean": str(script),
        "core.fsmonitor": str(script),
        "core.pager": str(script),
        "pager.log": str(script),
        "core.hooksPath": str(tmp_path),
        "gpg.program": str(script),
        "log.showSignature": "true",
        "core.alternateRefsCommand": str(script),
        "protocol.ext.allow": "always",
        "remote.origin.url": f"ext::{script}",
        "remote.origin.promisor": "true",
        "extensions.partialClone": "origin",
        "core.repositoryFormatVersion": "1",
        "alias.log": f"!{script}",
        "diff.orderFile": "/nonexistent",
        "format.pretty": "oneline",
        "color.ui": "always",
    }.items():
        repo.git("config", name, value)
    repo.object_file(repo.git("rev-parse", "HEAD~1:app.py")).unlink()
    history = scan(repo)
    assert [key.path for key in history.keys] == ["app.py"]
    assert not canary.exists()


def test_strange_names_and_authors(repo: Repository) -> None:
    path = "a\tb\n:c\x1b[31m.py"
    repo.write({path: LINE})
    repo.git("add", "-A")
    repo.git("-c", "user.name=Eve :x", "commit", "-q", "--author", "Eve\x1b[31m : <e@example.org>", "-m", "x")
    (key,) = scan(repo).keys
    assert key.path == path
    message = judged(repo)[0][0]
    assert "\x1b" not in message
    assert "\n" not in message


def test_names_that_are_no_text(repo: Repository) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    repo.commit({name: LINE})
    assert [key.path for key in scan(repo).keys] == [name]
    assert "caf\\xe9.py" in judged(repo)[0][0]


def test_paths_are_relative_to_the_scanned_folder(repo: Repository) -> None:
    repo.commit({"backend/app.py": LINE, "web/app.ts": f'const key = "{make("groq")}";\n'})
    tree = scan_tree(discover(repo.root / "backend"))
    places = {finding.place.path for finding in findings_in_history(scan(repo), tree)}
    assert places == {"app.py", "../web/app.ts"}


def test_introductions_of_many_objects_at_once(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gonogo.secrets.attribution._AT_ONCE", 2)
    blobs = {}
    for number in range(5):
        commit = repo.commit({f"{number}.txt": str(number)})
        blobs[repo.git("rev-parse", f"HEAD:{number}.txt")] = commit
    git = Git.find(repo.root)
    assert git is not None
    found = introductions(git, set(blobs), reflog=False)
    assert {blob: [one.commit for one in where] for blob, where in found.items()} == {
        blob: [commit] for blob, commit in blobs.items()
    }
