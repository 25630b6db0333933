"""Hiding keys in text that a report is about to show.

More is hidden here than is ever reported: anything that begins like a key, or is assigned to a name like `api_key` and
is no word, loses its end, even when it is too short or too long to be one. A key cut in the middle is still a secret.
"""

from __future__ import annotations

import re
from functools import cache

from gonogo.secrets.detect import mask
from gonogo.secrets.encoded import encoded_beginnings, joined_pattern
from gonogo.secrets.formats import formats
from gonogo.secrets.placeholders import entropy, is_identifier, is_mixed

_ASSIGNED = re.compile(
    r"""(?i:key|token|secret|passwo?r?d|pwd|credential|dsn|authorization|bearer)[\w.-]{0,40}"""
    r"""\\?["'`]?[\])]{0,2}(?:\s{0,4}:\s{0,4}[A-Za-z_][\w.\[\]| ]{0,40}?)?"""
    r"""(?:\s{0,8}(?:=>|:=|==?|:|,|\|\||\?\?|\bor\b)\s{0,8}|\s{1,4}|,?\s{0,40}(?:-\s)?\\?["']?value\\?["']?\s{0,4}[:=]\s{0,4})"""
    r"""(?:[A-Za-z_][\w.]{0,40}\(\s{0,20})?(?:default\s?=\s?)?(?:(?i:bearer|basic|token)\s{1,4})?[rbuf]{0,2}\\?["'`]?"""
    r"""(?P<value>[A-Za-z0-9_\-+/=.~!@#%^&*:]{8,4096})"""
)
_URL_PASSWORD = re.compile(r"://[^\s:/@\"'<>]{0,64}:(?P<value>[^\s/@\"'<>]{3,256})@")
_JSON_WEB_TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{10,4096}\.eyJ[A-Za-z0-9_-]{10,8192}(?:\.[A-Za-z0-9_-]{0,1024})?")
_PRIVATE_KEY = re.compile(r"(PRIVATE KEY-----)(?:[A-Za-z0-9+/=\s\"',]|\\[nrt])+")
_SK = re.compile(r"(?<![A-Za-z0-9])(?P<prefix>sk[-_])(?P<tail>[A-Za-z0-9_-]{16,8192})")
_TAIL = r"(?P<tail>(?:[A-Za-z0-9_\-+/=~]|\.(?=[A-Za-z0-9_-])){8,8192})"

_RUN = re.compile(r"[A-Za-z0-9+/=]{16,}")
_PIECE = re.compile(r"""(["'`])([A-Za-z0-9_\-+/=.]{6,8192})\1""")

_SURE = 28
"""Characters behind a key's prefix from which on nothing is asked."""
_LEAST_VALUE = 16
_LEAST_ENTROPY = 2.5


def mask_value(value: str) -> str:
    """A value that may be a secret: at most its first ten characters, and never more than a third of it."""
    return mask(value)


def mask_text(text: str) -> str:
    """`text` with every key, or what looks like one, cut to its first characters."""
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub(lambda match: f"{match.group(1)}…", text)
    for needle, pattern in _inside():
        if needle in text:
            text = pattern.sub(_hide, text)
    if any(beginning in text for beginning in _encoded()):
        text = _RUN.sub(_hide_encoded, text)
    if _joined().search(text) is not None:
        text = _PIECE.sub(lambda match: f"{match[1]}{mask(match[2])}{match[1]}", text)
    text = _prefixed().sub(_hide_prefixed, text)
    text = _SK.sub(_hide_prefixed, text)
    text = _JSON_WEB_TOKEN.sub(_hide, text)
    if "://" in text:
        text = _URL_PASSWORD.sub(_hide_password, text)
    return _ASSIGNED.sub(_hide_assigned, text)


@cache
def _prefixed() -> re.Pattern[str]:
    """Whatever begins like one of the formats: one pass, however many there are."""
    prefixes = {needle.decode() for one in formats() if not (one.by_name or one.inside) for needle in one.needles}
    ordered = "|".join(re.escape(prefix) for prefix in sorted(prefixes, key=lambda prefix: (-len(prefix), prefix)))
    return re.compile(f"(?P<prefix>{ordered}){_TAIL}")


@cache
def _inside() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Formats that cannot be told by their beginning, without their boundaries."""
    return tuple(
        (needle.decode(), re.compile(one.core, re.ASCII)) for one in formats() if one.inside for needle in one.needles
    )


@cache
def _joined() -> re.Pattern[str]:
    return re.compile(joined_pattern())


@cache
def _encoded() -> tuple[str, ...]:
    return tuple(beginning.decode() for beginning in encoded_beginnings())


def _hide_encoded(match: re.Match[str]) -> str:
    return mask(match.group()) if any(beginning in match.group() for beginning in _encoded()) else match.group()


def _hide(match: re.Match[str]) -> str:
    return mask(match.group())


def _hide_prefixed(match: re.Match[str]) -> str:
    tail = match["tail"]
    # `hf_tokenizer_name` and `npm_config_cache` begin like keys too.
    if len(tail) < _SURE and tail.lower() == tail and not any(char.isdigit() for char in tail):
        return match.group()
    return mask(match.group())


def _hide_password(match: re.Match[str]) -> str:
    start, end = match.span("value")
    return match.string[match.start() : start] + "…" + match.string[end : match.end()]


def _hide_assigned(match: re.Match[str]) -> str:
    value = match["value"]
    # No word, number or dotted name. Placeholders are hidden as well: a real key may be stuck to one.
    if len(value) < _LEAST_VALUE or not is_mixed(value) or is_identifier(value) or entropy(value) < _LEAST_ENTROPY:
        return match.group()
    start = match.start("value")
    return match.string[match.start() : start] + mask(value)
