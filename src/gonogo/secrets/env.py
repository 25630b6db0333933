"""dotenv files: which file is one, and which of its variables hold what. Values are judged here and not kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gonogo.facts.span import Span
from gonogo.secrets.detect import find_keys
from gonogo.secrets.formats import vocabulary
from gonogo.secrets.names import browser_prefix, is_secret
from gonogo.secrets.placeholders import is_identifier, is_mixed, is_placeholder, is_reference, is_template
from gonogo.workspace.read import decode

EnvKind = Literal["", "env", "loose", "template"]
State = Literal["empty", "placeholder", "value"]

MAX_VARIABLES = 2_000
_MAX_LINES_OF_VALUE = 200
_SHORTEST_SECRET = 6

_ASSIGNMENT = re.compile(r"[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.]{0,200})[ \t]*=[ \t]*(?P<value>[^\n]*)")
_HARMLESS_VALUE = re.compile(
    r"true|false|yes|no|on|off|[\d.,_-]+\w{0,3}|[a-z][a-z-]{0,19}|[A-Z]{1,12}"
    r"|(?:\w+://)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|host\.docker\.internal)(?::\d+)?(?:/[\w./-]*)?"
    r"|\.{0,2}/[\w./-]*",
    re.IGNORECASE,
)
_URL_PASSWORD = re.compile(r"://[^\s:/@]{0,64}:([^\s/@]{3,256})@([^\s/:?]+)")
_LOCAL = re.compile(r"localhost|127\.[\d.]+|0\.0\.0\.0|host\.docker\.internal|[a-z0-9_-]+")
_ENCRYPTED_HEADS = (b"\0GITCRYPT", b"#/-------------------[DOTENV_PUBLIC_KEY]")


@dataclass(frozen=True, slots=True)
class EnvVariable:
    """One assignment.

    `secret`: its value must not be seen; `strong`: nor is it a word such as a default password; `plain`: it is a
    switch, a number, a word or a local address.
    """

    name: str
    line: int
    span: Span
    state: State
    secret: bool = False
    strong: bool = False
    plain: bool = False


def env_kind(path: str) -> EnvKind:
    """What kind of dotenv file the name promises.

    `env`: `.env` or `.env.production`; `template`: `.env.example` and the like; `loose`: another name that ends in
    `.env`, as `prod.env`, which may also be something else entirely.
    """
    name = path.rpartition("/")[2].lower()
    parts = name.split(".")
    if "env" not in parts:
        return ""
    words = vocabulary()
    if not (words.template_parts.isdisjoint(parts) and words.template_words.isdisjoint(re.split(r"[._-]", name))):
        return "template"
    if name == ".env" or name.startswith(".env."):
        return "env"
    return "loose" if name.endswith(".env") else ""


def variables(data: bytes) -> list[EnvVariable]:
    """The assignments of a dotenv file, at most `MAX_VARIABLES`."""
    if data.startswith(_ENCRYPTED_HEADS):
        return []
    found = []
    for name, value, line, span in _assignments(decode(data)):
        found.append(_judge(name, value, line, span))
        if len(found) >= MAX_VARIABLES:
            break
    return found


def state_of(value: str) -> State:
    """Is there a value, or only what stands in for one?"""
    value = value.strip()
    if not value:
        return "empty"
    return "placeholder" if is_reference(value) or is_placeholder(value) else "value"


def _judge(name: str, value: str, line: int, span: Span) -> EnvVariable:
    state = state_of(value)
    if state == "placeholder" and not is_secret(name) and not is_template(value):
        # Words stand in for a key, but for a model's name or a switch they are the value.
        state = "value"
    secret = state == "value" and _is_secret_value(name, value)
    plain = not secret and (bool(browser_prefix(name)) or _HARMLESS_VALUE.fullmatch(value) is not None)
    strong = secret and is_mixed(value) and not is_identifier(value)
    return EnvVariable(name, line, span, state, secret, strong, plain)


def _is_secret_value(name: str, value: str) -> bool:
    password = _URL_PASSWORD.search(value)
    if password is not None:
        return not is_placeholder(password[1]) and _LOCAL.fullmatch(password[2]) is None
    if is_secret(name):
        word = value.isalpha() or value.lower() in ("true", "false") or value.replace(".", "").isdigit()
        return len(value) >= _SHORTEST_SECRET and not (word and len(value) < 16) and "://" not in value
    return bool(find_keys(value.encode("utf-8", "replace")))


def _assignments(text: str) -> Iterator[tuple[str, str, int, Span]]:
    lines = text.replace("\r\n", "\n").split("\n")
    i = 0
    while i < len(lines):
        first = i
        i += 1
        match = _ASSIGNMENT.fullmatch(lines[first])
        if match is None:
            continue
        value = match["value"]
        if value[:1] in ("'", '"', "`"):
            value, i = _quoted(lines, first, match.start("value"))
        else:
            value = re.split(r"(?:^|[ \t])#", value, maxsplit=1)[0]
        start = match.start("name") + 1
        span = Span(first + 1, start, first + 1, start + len(match["name"]))
        yield match["name"], value.strip(), first + 1, span


def _quoted(lines: list[str], first: int, start: int) -> tuple[str, int]:
    """The quoted value that begins on a line, and the number of the next line to read."""
    quote = lines[first][start]
    pieces = [lines[first][start + 1 :]]
    for number in range(first, min(len(lines), first + _MAX_LINES_OF_VALUE)):
        piece = pieces[-1] if number == first else lines[number]
        end = _closing(piece, quote)
        if end >= 0:
            return "\n".join([*pieces[: number - first], piece[:end]]), number + 1
        if number > first:
            pieces.append(piece)
    # Never closed: the rest of the first line is the value.
    return pieces[0], first + 1


def _closing(text: str, quote: str) -> int:
    at = text.find(quote)
    while at > 0 and text[at - 1] == "\\" and quote == '"':
        at = text.find(quote, at + 1)
    return at
