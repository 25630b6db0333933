"""What is no file, what is not where it seems to be, and names made to mislead."""

from __future__ import annotations

import json
import os
import socket
import threading
from pathlib import Path

import pytest
from support.hostile import CALL, Run
from support.keys import make
from support.repos import Repository
from support.rights import needs_rights

KEY = make("anthropic-api", 8)


def calls_of(out: str) -> list[str]:
    return sorted(call["file"] for call in json.loads(out)["calls"])


def plant_special_files(root: Path, outside: Path) -> None:
    """Pipes, sockets, devices, loops, and links to everything outside."""
    outside.mkdir()
    (outside / "private.py").write_text(CALL + f'KEY = "{KEY}"\n')
    (outside / ".env").write_text(f"ANTHROPIC_API_KEY={KEY}\n")
    for name in ("pipe.py", "package.json", ".env", "Dockerfile", "requirements.txt", "data.ipynb", ".gitleaksignore"):
        os.mkfifo(root / name)
    for name, target in {
        "file.py": outside / "private.py",
        "folder": outside,
        "zero.py": "/dev/zero",
        "tty.ts": "/dev/tty",
        "up": "..",
        "loop.py": "loop.py",
        "ping.py": "pong.py",
        "pong.py": "ping.py",
        "root": "/",
        "proc.py": "/proc/self/environ",
        "self": ".",
        "broken.py": "nowhere.py",
        "prompts": "/proc",
        "tsconfig.json": "/dev/zero",
        ".secrets.baseline": "/dev/zero",
        "pyproject.toml": str(outside / "private.py"),
    }.items():
        (root / name).symlink_to(target)
    place = Path.cwd()
    os.chdir(root)  # The name of a socket may have 108 bytes only.
    try:
        server = socket.socket(socket.AF_UNIX)
        server.bind("socket.py")
        server.close()
    finally:
        os.chdir(place)


@pytest.mark.parametrize("versioned", [False, True])
def test_links_pipes_and_devices(gonogo: Run, tmp_path: Path, versioned: bool) -> None:
    root = tmp_path / "root"
    if versioned:
        Repository(root).commit({"app.py": CALL})
    else:
        root.mkdir()
        (root / "app.py").write_text(CALL)
    plant_special_files(root, tmp_path / "outside")
    (root / "pyproject.toml").unlink()
    for command in (["check", "--format", "json"], ["check", "--format", "json", "--no-prefilter"]):
        ran = gonogo(*command, str(root))
        assert calls_of(ran.out) == ["app.py"]
        assert "private.py" not in ran.out
        assert KEY[:10] not in ran.out
    for name in ("pipe.py", "socket.py", "zero.py", "pong.py"):
        ran = gonogo("check", str(root / name))
        assert ran.code == 3
        assert ran.err.count("\n") == 1


def test_settings_and_baseline_that_are_links(gonogo: Run, tmp_path: Path) -> None:
    """Nothing of what a link leads to is shown, not even in the complaint."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "private.toml").write_text(f'{KEY} = "x"\n[tool.gonogo\n')
    for name in ("gonogo.toml", "pyproject.toml", ".gonogo-baseline.json"):
        root = tmp_path / name.strip(".")
        root.mkdir()
        (root / "app.py").write_text(CALL)
        (root / name).symlink_to("../outside/private.toml")
        ran = gonogo("check", str(root))
        assert ran.code in (2, 3), name
        assert ran.err.count("\n") <= 2, name
        assert KEY[:10] not in ran.said
    written = tmp_path / "outside" / "target"
    written.write_text("precious")
    (tmp_path / "outside" / "report.json").symlink_to("target")
    root = tmp_path / "sound"
    root.mkdir()
    (root / "app.py").write_text(CALL)
    gonogo("check", str(root), "-o", str(tmp_path / "outside" / "report.json"))
    assert written.read_text() == "precious"


ODD_NAMES = [
    b"new\nline.py",
    b"esc\x1b[2Jape.py",
    b"bell\x07.py",
    b"\xff\xfe.py",
    b"rtl\xe2\x80\xaegnp.py",
    b"[bold red]x[/].py",
    b"[link=file:///etc]x.py",
    b"a`b`|c|.py",
    b"<script>alert(1)</script>.py",
    b"&lt;.py",
    b"%0A::error::x.py",
    b"::error file=x::y.py",
    b"'; rm -rf ~.py",
    b"$(touch x).py",
    b"-rf.py",
    b"--format=json.py",
    b" .py",
    b"a:1:2.py",
    b"]]>.py",
    b'"quoted".py',
    b"back\\slash.py",
    b"tab\there.py",
    b"\xe2\x80\xa8sep.py",
    b"caf\xc3\xa9.py",
    b"x" * 250 + b".py",
    b"cr\rback.py",
    b"\xed\xa0\x80.py",
    b"#hash.py",
    b"{{7*7}}.py",
    b"CON.py",
    b"a\xc2\x9b31mb.py",
]


@pytest.mark.parametrize("versioned", [False, True])
def test_odd_names(inside: Run, tmp_path: Path, versioned: bool) -> None:
    """Every file is read and every report shows its name, none of them raw."""
    root = tmp_path / "root"
    root.mkdir()
    for name in ODD_NAMES:
        place = root / os.fsdecode(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(CALL + f'K = "{KEY}"\n')
    deep = root
    for _ in range(12):
        deep = deep / ("d" * 200)
    deep.mkdir(parents=True)
    (deep / "deep.py").write_text(CALL)
    if versioned:
        Repository(root).commit()
    for form in ("rich", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "html"):
        ran = inside("check", str(root), "--format", form, "--verbose" if form == "rich" else "--strict")
        assert ran.code == 1
        assert KEY not in ran.out
        if form == "json":
            assert len(json.loads(ran.out)["calls"]) == len(ODD_NAMES) + 1
    ran = inside("calls", str(root))
    assert ran.code == 0
    if versioned:
        for form in ("rich", "concise", "json"):
            inside("history", str(root), "--format", form, "--show-low")


def test_files_that_change_and_vanish_while_they_are_read(gonogo: Run, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "app.py").write_text(CALL)
    names = [root / f"m{number}.py" for number in range(40)]
    done = threading.Event()

    def disturb() -> None:
        count = 0
        while not done.is_set():
            place = names[count % len(names)]
            count += 1
            try:
                if count % 3 == 0:
                    place.unlink(missing_ok=True)
                elif count % 3 == 1:
                    place.write_text(CALL * (count % 50))
                else:
                    place.unlink(missing_ok=True)
                    place.symlink_to("/dev/zero") if count % 2 else place.mkdir()
            except OSError:
                if place.is_dir() and not place.is_symlink():
                    place.rmdir()

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        for _ in range(4):
            ran = gonogo("check", str(root), "--format", "json")
            assert "app.py" in calls_of(ran.out)
    finally:
        done.set()
        thread.join()


@needs_rights
def test_unreadable_files_and_folders(gonogo: Run, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(CALL)
    (tmp_path / "shut.py").write_text(CALL)
    (tmp_path / "shut.py").chmod(0)
    (tmp_path / "closed").mkdir(mode=0)
    ran = gonogo("check", str(tmp_path), "--format", "json")
    assert calls_of(ran.out) == ["app.py"]
    reasons = {entry["path"]: entry["reason"] for entry in json.loads(ran.out)["stats"]["files_skipped"]}
    assert reasons["closed"] == "permission denied"
    assert "permission denied" in reasons["shut.py"]
