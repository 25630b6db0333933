"""File names as people may see them."""

from __future__ import annotations


def display(text: str) -> str:
    r"""`text` without anything that could steer a terminal: other characters become `\x1b`, `\u202e` and the like.

    Bytes of a file name that are no UTF-8 (kept by Python as lone surrogates) are shown as the byte, `\xff`.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(ord(char)) for char in text)


def _escape(code: int) -> str:
    if 0xDC80 <= code <= 0xDCFF:  # os.fsdecode keeps an undecodable byte B as U+DC00 + B
        code -= 0xDC00
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
