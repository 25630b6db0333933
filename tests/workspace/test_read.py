"""Reading one file, and telling text from the rest."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.rights import needs_rights

from gonogo.workspace.names import display
from gonogo.workspace.read import SOURCE_LIMIT, TEXT_LIMIT, Unreadable, decode, is_binary, limit_of, read_bytes


def test_limits(tmp_path: Path) -> None:
    """A file is read up to its limit and refused beyond; notebooks have the larger one."""
    (tmp_path / "a.py").write_bytes(b"x" * 10)
    assert read_bytes(tmp_path, "a.py", 10) == b"x" * 10
    with pytest.raises(Unreadable, match=r"^larger than 9e-06 MB$"):
        read_bytes(tmp_path, "a.py", 9)
    (tmp_path / "big.py").write_bytes(b"x" * (SOURCE_LIMIT + 1))
    with pytest.raises(Unreadable, match=r"^larger than 2 MB$"):
        read_bytes(tmp_path, "big.py")
    (tmp_path / "big.ipynb").write_bytes(b"x" * (SOURCE_LIMIT + 1))
    assert len(read_bytes(tmp_path, "big.ipynb")) == SOURCE_LIMIT + 1
    assert limit_of("a.ipynb") == TEXT_LIMIT


@pytest.mark.parametrize("path", ["../secret.py", "/etc/hostname", "a/../../secret.py", "sub/../../secret.py"])
def test_paths_that_lead_out(tmp_path: Path, path: str) -> None:
    """Only paths below the root are opened, whatever a report or a link says."""
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    (tmp_path / "secret.py").write_text("secret")
    with pytest.raises(Unreadable, match="outside"):
        read_bytes(root, path)


def test_what_is_no_plain_file(tmp_path: Path) -> None:
    """Folders, links, pipes and vanished files are refused with their reason."""
    (tmp_path / "real.py").write_text("x")
    (tmp_path / "link.py").symlink_to("real.py")
    (tmp_path / "folder").mkdir()
    (tmp_path / "way").symlink_to("folder")
    (tmp_path / "folder" / "in.py").write_text("x")
    for path, reason in {
        "link.py": "a link",
        "folder": "not a regular file",
        "gone.py": "vanished while it was looked at",
        "real.py/x": "vanished while it was looked at",
        "way/in.py": "reached through a link",
        "a\0b": "a name the system does not accept",
        "n" * 300: "file name too long",
    }.items():
        with pytest.raises(Unreadable) as caught:
            read_bytes(tmp_path, path)
        assert caught.value.reason == reason, path
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(Unreadable, match="not a regular file"):
            read_bytes(tmp_path, "pipe")


@needs_rights
def test_no_permission(tmp_path: Path) -> None:
    """The reason is named, not the number of the error."""
    (tmp_path / "a.py").write_text("x")
    (tmp_path / "a.py").chmod(0)
    with pytest.raises(Unreadable, match="permission denied"):
        read_bytes(tmp_path, "a.py")


def test_files_that_lie_about_their_size() -> None:
    """Files of the kernel say they are empty; the bound holds for what is really read."""
    if not Path("/proc/self/status").exists():
        pytest.skip("needs /proc")
    with pytest.raises(Unreadable, match="larger"):
        read_bytes("/proc", f"{os.getpid()}/status", 10)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_decode_by_mark(encoding: str) -> None:
    """Text with a byte order mark is read by it."""
    data = "größe = '✓'\n".encode(encoding)
    assert decode(data) == "größe = '✓'\n"
    assert not is_binary(data)


def test_decode_without_mark() -> None:
    """UTF-8 where it is, Latin-1 where it is not."""
    assert decode("ü".encode()) == "ü"
    assert decode("ü".encode("latin-1")) == "ü"
    assert decode(b"") == ""


def test_binary() -> None:
    """A zero byte near the beginning makes a file binary, one far away does not."""
    assert is_binary(b"\x89PNG\r\n\x1a\n\0\0")
    assert not is_binary(b"text" * 10_000 + b"\0")
    assert not is_binary(b"")


def test_display() -> None:
    """Nothing printed can move a cursor, turn the direction of text or break a line."""
    assert display("plain-ü.py") == "plain-ü.py"
    assert display("a\x1b[2J\r\n\t\x7f") == "a\\x1b[2J\\x0d\\x0a\\x09\\x7f"
    assert display("\u202e\u2028\ufeff\x85") == "\\u202e\\u2028\\ufeff\\x85"
    assert display(os.fsdecode(b"\xff\x80")) == "\\xff\\x80"
    assert display("\U000e0001") == "\\U000e0001"
    assert display("\ud800") == "\\ud800"
