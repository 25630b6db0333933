"""The one gate through which text from a scanned repository reaches a reader."""

from __future__ import annotations

from functools import lru_cache

from gonogo.workspace.names import display


@lru_cache(maxsize=8_192)
def clean(text: str) -> str:
    r"""`text` on one line, with secrets masked and whatever could steer a terminal shown as `\x1b` and the like."""
    return display(" ".join(masked(text).split("\n")).replace("\t", " "))


@lru_cache(maxsize=8_192)
def clean_code(text: str) -> str:
    """A source line, masked and harmless; a tab becomes one space, so that columns keep their count."""
    return display(masked(text.rstrip("\r\n")).replace("\t", " "))


def machine(text: str) -> str:
    r"""`text` for a machine: masked, and bytes that are no UTF-8 shown as `\xff`. The format escapes the rest."""
    hidden = masked(text)
    return "".join(display(char) if "\ud800" <= char <= "\udfff" else char for char in hidden)


def masked(text: str) -> str:
    """`text` without whole secrets."""
    from gonogo.secrets.masking import mask_text

    return mask_text(text)
