"""Reading files of a folder nobody vouches for: bounded, never through a link, never anything but a plain file."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

SOURCE_LIMIT = 2_000_000
"""Bytes of a source file. Hand-written files stay far below; what is larger is data or machine-made."""

TEXT_LIMIT = 20_000_000
"""Bytes of any other text that is searched for keys, and of a notebook, whose outputs count too."""

_BINARY_WINDOW = 8_192
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
# UTF-32 first: its little-endian mark begins with that of UTF-16.
_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


class Unreadable(Exception):  # noqa: N818 - reads as what it says: a file is unreadable
    """A file that was not read; `reason` is one clause for the reader of the report."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def limit_of(path: str) -> int:
    """Bytes that are read of a source file; notebooks carry their outputs and may be larger."""
    return TEXT_LIMIT if path.endswith(".ipynb") else SOURCE_LIMIT


def read_bytes(root: Path | str, path: str, limit: int | None = None) -> bytes:
    """The content of the regular file `path` (relative to `root`, with `/`), at most `limit` bytes (`limit_of`).

    Raises:
        Unreadable: it is missing, larger than `limit`, no regular file, reached through a link, or not permitted.
    """
    if limit is None:
        limit = limit_of(path)
    full = locate(root, path)
    try:
        _require_regular(os.lstat(full), limit)
        descriptor = os.open(full, _FLAGS)
    except (OSError, ValueError) as error:
        raise Unreadable(reason_of(error)) from None
    try:
        # Looked at again: the name may have been given to something else in between.
        _require_regular(os.fstat(descriptor), limit)
        return _read(descriptor, limit)
    except OSError as error:
        raise Unreadable(reason_of(error)) from None
    finally:
        os.close(descriptor)


def locate(root: Path | str, path: str) -> str:
    """The place of `path` on disk.

    Raises:
        Unreadable: the path is not below `root`, or one of its folders is a link.
    """
    parts = path.split("/")
    if path.startswith("/") or ".." in parts:
        raise Unreadable("outside the folder that is checked")
    real_root = os.path.realpath(root)
    if len(parts) > 1 and not is_real_folder(real_root, path.rpartition("/")[0]):
        raise Unreadable("reached through a link")
    return on_disk(real_root, path)


def on_disk(real_root: str, path: str) -> str:
    """The full name of `path` (relative, with `/`, which Windows takes too; empty for the root itself)."""
    return f"{real_root.rstrip(os.sep)}/{path}"


def is_real_folder(real_root: str, folder: str) -> bool:
    """Does no component of `folder` (relative to the resolved `real_root`) lead anywhere else?"""
    expected = on_disk(real_root, folder)
    try:
        return os.path.normcase(os.path.realpath(expected)) == os.path.normcase(expected)
    except (OSError, ValueError):
        return False


def _require_regular(status: os.stat_result, limit: int) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise Unreadable("a link")
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable("not a regular file")
    if status.st_size > limit:
        raise Unreadable(_too_large(limit))


def _read(descriptor: int, limit: int) -> bytes:
    chunks: list[bytes] = []
    left = limit + 1
    while left:
        chunk = os.read(descriptor, min(left, 1 << 20))
        if not chunk:
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)
        chunks.append(chunk)
        left -= len(chunk)
    raise Unreadable(_too_large(limit))


def _too_large(limit: int) -> str:
    return f"larger than {limit / 1_000_000:g} MB"


def reason_of(error: OSError | ValueError) -> str:
    """Why the system refused, as one clause without the path (which the caller names)."""
    if isinstance(error, OSError):
        if error.errno in (errno.EACCES, errno.EPERM):
            return "permission denied"
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            return "vanished while it was looked at"
        if error.errno == errno.ELOOP:
            return "a link"
        return (error.strerror or type(error).__name__).lower()
    return "a name the system does not accept"


def is_binary(data: bytes) -> bool:
    """A zero byte near the beginning, as git decides, unless a byte order mark says UTF-16 or UTF-32."""
    return b"\0" in data[:_BINARY_WINDOW] and _bom_encoding(data) is None


def decode(data: bytes) -> str:
    """Text of any bytes: by its byte order mark, else UTF-8, else Latin-1, which reads everything."""
    encoding = _bom_encoding(data)
    if encoding is not None:
        return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _bom_encoding(data: bytes) -> str | None:
    return next((encoding for mark, encoding in _BOMS if data.startswith(mark)), None)
