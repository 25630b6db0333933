"""Key formats as data (`rules/keys.toml`), compiled when first needed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from gonogo.registry.data import DataError, load_toml

DATA_FILE = "keys.toml"

KINDS = frozenset({"provider-key", "cloud-key", "tool-key", "other"})


@dataclass(frozen=True, slots=True)
class KeyFormat:
    """What a key looks like. `pattern` is the text of a regular expression over bytes; `needles` must occur first.

    `entropy` is the least Shannon entropy of the body, in bits a character. `by_name` formats are known only by the
    variable a value is assigned to; their needles are compared in lower case.
    """

    id: str
    provider: str
    title: str
    kind: str
    needles: tuple[bytes, ...]
    pattern: str
    entropy: float
    llm: bool = False
    check: str = ""
    by_name: bool = False
    inside: bool = False
    scattered: bool = False
    core: str = ""
    """The pattern without its boundaries."""
    throwaway: bool = False
    public_near: tuple[bytes, ...] = ()
    partner: str = ""
    """What stands beside a key of use, as a regular expression."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of `keys.toml` by section; all in lower case but for `browser_prefixes` and `client_classes`."""

    placeholder_words: tuple[str, ...]
    placeholder_short: tuple[str, ...]
    placeholder_whole: frozenset[str]
    references: tuple[str, ...]
    samples: frozenset[str]
    line_marks: tuple[bytes, ...]
    next_line_marks: tuple[bytes, ...]
    providers: tuple[str, ...]
    key_endings: frozenset[str]
    harmless_parts: frozenset[str]
    secret_parts: frozenset[str]
    browser_prefixes: tuple[str, ...]
    template_parts: frozenset[str]
    template_words: frozenset[str]
    loaders: tuple[str, ...]
    loader_needles: tuple[bytes, ...]
    browser_switches: tuple[BrowserSwitch, ...]
    client_modules: tuple[str, ...]
    client_classes: tuple[str, ...]
    image_names: tuple[str, ...]
    media_suffixes: tuple[str, ...]
    encoded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BrowserSwitch:
    """A sign in JavaScript that a client runs in the browser."""

    needle: bytes
    pattern: str
    text: str


# Behind an escape (`\n` in a string, `%3D` in an address) a key begins anew, though a letter or digit precedes it.
_AFTER_ESCAPE = r"|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2})|(?<=\\u00[0-9A-Fa-f]{2})"

# From a variable's name to its value: Python, JavaScript, dotenv, shell, YAML, JSON (also inside a JSON string),
# Kubernetes' `name:`/`value:` pairs, `getenv(NAME, value)`, `getenv(NAME) or value`, `SecretStr(value)`.
_TO_VALUE = (
    r"""\\?["'`]?\]?"""
    r"(?:"
    r"(?:\s{0,4}:\s{0,4}[A-Za-z_][\w.\[\]| ]{0,40}?)?\)?\s{0,8}(?:=>|:=|=|:|,|\bor\b|\|\||\?\?)\s{0,8}"
    r"""|,?\s{0,40}(?:-\s)?\\?["']?value\\?["']?\s{0,4}[:=]\s{0,4}"""
    r")"
    r"(?:[A-Za-z_][\w.]{0,40}\(\s{0,20})?(?:default\s?=\s?)?"
    r"""[rbuf]{0,2}\\?["'`]?"""
)


@cache
def formats() -> tuple[KeyFormat, ...]:
    """All formats, those with a look of their own first.

    Raises:
        DataError: `keys.toml` is missing or wrong.
    """
    data = load_toml(DATA_FILE)
    found = [_format(row) for row in _rows(data, "format")]
    found += [_by_name(row) for row in _rows(data, "by_name")]
    ids = [one.id for one in found]
    for one in found:
        if ids.count(one.id) > 1:
            raise DataError(f"{DATA_FILE}: two formats are called {one.id}")
        if one.kind not in KINDS:
            raise DataError(f"{DATA_FILE}: {one.id}: unknown kind {one.kind!r}")
    return tuple(found)


@cache
def format_by_id(format_id: str) -> KeyFormat:
    """The format with this id.

    Raises:
        KeyError: there is none.
    """
    for one in formats():
        if one.id == format_id:
            return one
    raise KeyError(format_id)


@cache
def compiled(format_id: str) -> re.Pattern[bytes]:
    """The pattern of a format. Its groups: `body` (the random part) and perhaps `secret`, `name`, `host`.

    Raises:
        DataError: it is no regular expression. They are compiled one by one, since most runs need a few at most.
    """
    try:
        return re.compile(format_by_id(format_id).pattern.encode())
    except re.error as error:
        raise DataError(f"{DATA_FILE}: {format_id}: {error}") from None


@dataclass(frozen=True, slots=True)
class _Needles:
    scattered: dict[bytes, tuple[KeyFormat, ...]] = field(default_factory=dict)
    exact: dict[bytes, tuple[KeyFormat, ...]] = field(default_factory=dict)
    lowered: dict[bytes, tuple[KeyFormat, ...]] = field(default_factory=dict)


@cache
def _needles() -> _Needles:
    found = _Needles()
    for one in formats():
        table = found.scattered if one.scattered else found.lowered if one.by_name else found.exact
        for needle in one.needles:
            table[needle] = (*table.get(needle, ()), one)
    return found


_NAME_ENDS = (b"key", b"token", b"secret")


def candidates(data: bytes) -> list[KeyFormat]:
    """The formats whose needles occur in `data`: the cheap test before any regular expression."""
    table = _needles()
    found: dict[str, KeyFormat] = {}
    for needle, owners in table.exact.items():
        if needle in data:
            found.update((one.id, one) for one in owners)
    lowered = data.lower()
    if any(end in lowered for end in _NAME_ENDS):
        for needle, owners in table.lowered.items():
            if needle in lowered:
                found.update((one.id, one) for one in owners)
    return list(found.values())


def scattered_candidates(data: bytes) -> list[KeyFormat]:
    """Those of the candidates whose keys may lack a long run of letters and digits."""
    return [one for needle, owners in _needles().scattered.items() if needle in data for one in owners]


@cache
def vocabulary() -> Vocabulary:
    """The words of `keys.toml`.

    Raises:
        DataError: `keys.toml` is missing or wrong.
    """
    data = load_toml(DATA_FILE)
    try:
        words, marks, names, env = data["placeholders"], data["marks"], data["names"], data["env"]
        browser = data["browser"]
        return Vocabulary(
            placeholder_words=tuple(words["words"]),
            placeholder_short=tuple(words["short"]),
            placeholder_whole=frozenset(words["whole"]),
            references=tuple(words["references"]),
            samples=frozenset(words["samples"]),
            line_marks=tuple(mark.encode() for mark in marks["line"]),
            next_line_marks=tuple(mark.encode() for mark in marks["next_line"]),
            providers=tuple(names["providers"]),
            key_endings=frozenset(names["endings"]),
            harmless_parts=frozenset(names["harmless"]),
            secret_parts=frozenset(names["secrets"]),
            browser_prefixes=tuple(names["browser_prefixes"]),
            template_parts=frozenset(env["templates"]),
            template_words=frozenset(env["template_words"]),
            loaders=tuple(env["loaders"]),
            loader_needles=tuple(needle.encode() for needle in env["loader_needles"]),
            browser_switches=tuple(
                BrowserSwitch(row["needle"].encode(), row["pattern"], row["text"]) for row in browser["switches"]
            ),
            client_modules=tuple(browser["client_modules"]),
            client_classes=tuple(browser["client_classes"]),
            image_names=tuple(names["image"]),
            media_suffixes=tuple(data["media"]["suffixes"]),
            encoded=tuple(data["encoded"]["beginnings"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{DATA_FILE}: missing or of the wrong type: {error}") from None


def is_media(path: str) -> bool:
    """Is the file, by its name, a picture, sound, video, font or model?"""
    return path.lower().endswith(vocabulary().media_suffixes)


def _rows(data: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = data.get(name)
    if not isinstance(rows, list) or not rows:
        raise DataError(f"{DATA_FILE}: no [[{name}]]")
    return rows


def _format(row: dict[str, Any]) -> KeyFormat:
    try:
        starts, ends = row.get("starts", ""), row["ends"]
        before = f"(?:(?<![{starts}]){_AFTER_ESCAPE})" if starts else ""
        after = f"(?![{ends}])" if ends else ""
        return _common(
            row,
            tuple(needle.encode() for needle in row["needles"]),
            before + row["pattern"] + after,
            core=row["pattern"],
        )
    except KeyError as error:
        raise DataError(f"{DATA_FILE}: {row.get('id', 'a format')} lacks {error}") from None


def _by_name(row: dict[str, Any]) -> KeyFormat:
    try:
        names = "|".join(re.escape(name) for name in row["names"])
        tail = r"\w{0,20}" if row.get("complete") else r"[\w.-]{0,40}?(?:key|token|secret)\w{0,20}"
        pattern = (
            rf"(?P<name>(?i:(?:{names}){tail})){_TO_VALUE}"
            rf"(?P<secret>(?P<body>{row['value']}))(?![{row.get('ends', 'A-Za-z0-9_-')}])"
        )
        return _common(row, tuple(name.encode() for name in row["names"]), pattern)
    except KeyError as error:
        raise DataError(f"{DATA_FILE}: {row.get('id', 'a format')} lacks {error}") from None


def _common(row: dict[str, Any], needles: tuple[bytes, ...], pattern: str, core: str = "") -> KeyFormat:
    return KeyFormat(
        id=row["id"],
        provider=row["provider"],
        title=row["title"],
        kind=row["kind"],
        needles=needles,
        pattern=pattern,
        entropy=float(row["entropy"]),
        llm=bool(row.get("llm")),
        check=row.get("check", ""),
        by_name=not core,
        inside=bool(row.get("inside")),
        scattered=bool(row.get("scattered")),
        core=core,
        throwaway=bool(row.get("throwaway")),
        public_near=tuple(text.encode() for text in row.get("public_near", ())),
        partner=row.get("partner", ""),
    )
