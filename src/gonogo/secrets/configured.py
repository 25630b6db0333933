"""Secrets of no known format in configuration files: a value that looks random, assigned to the name of a secret.

A second opinion counts here: what our own tests take for a secret is one only if detect-secrets says so, too. It is
asked about single lines, never about whole trees, because it reads a megabyte in two seconds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from gonogo.facts.span import Span
from gonogo.secrets.detect import allowing_mark, fingerprint, mask
from gonogo.secrets.formats import vocabulary
from gonogo.secrets.names import is_secret, name_parts
from gonogo.secrets.placeholders import looks_random
from gonogo.workspace.read import decode

if TYPE_CHECKING:
    from detect_secrets.plugins.base import BasePlugin

SUFFIXES = frozenset(
    {".yml", ".yaml", ".toml", ".ini", ".cfg", ".conf", ".properties", ".json", ".tf", ".tfvars", ".xml", ".config"}
)
_LIMIT = 1_000_000
"""Bytes of a file that are looked at: configuration is written by hand."""
_LONGEST_LINE = 2_000
_ENTROPY = 3.0
"""Bits a character that detect-secrets' tests for randomness ask for; a key of 32 hexadecimal digits has 3.7."""

_ASSIGNMENT = re.compile(
    r"""["']?(?P<name>[A-Za-z_][\w.-]{1,80})["']?[ \t]{0,20}(?:=>|:=|[:=])[ \t]{0,20}"""
    r"""(?P<quote>["']?)(?P<value>[A-Za-z0-9_\-+/=.~!@#%^&*]{16,512})(?P=quote)(?=[\s,;}\]]|$)"""
)
_GENERATED = re.compile(r"(?:^|[-_.])(?:lock|min)\.\w+$|\.lock$")
# A key is a secret only if something says what it opens; alone it is the name of an entry.
_KEY_PARTS = frozenset({"key", "keys"})
_OPENING_PARTS = frozenset({
    "access", "account", "admin", "api", "app", "auth", "client", "encryption", "jwt", "master", "private", "secret",
    "service", "session", "sign", "signing", "ssh",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ConfiguredSecret:
    """A value in a configuration file that two detectors take for a secret. `kind` is detect-secrets' name for it."""

    path: str
    area: str
    span: Span
    name: str
    masked: str
    fingerprint: str
    kind: str
    allowed: str = ""
    tracked: bool | None = None
    sha1: str = field(default="", repr=False)
    """As detect-secrets writes it into baselines."""


def is_configuration(name: str) -> bool:
    """Is a file, by its name, configuration that somebody wrote, and no template of it?"""
    lowered = name.lower()
    suffix = lowered[lowered.rfind(".") :] if "." in lowered else ""
    if suffix not in SUFFIXES or _GENERATED.search(lowered) is not None:
        return False
    return vocabulary().template_words.isdisjoint(re.split(r"[._-]", lowered))


def secrets_in(path: str, area: str, data: bytes, known: set[int], tracked: bool | None) -> Iterator[ConfiguredSecret]:
    """The secrets of a configuration file, one a line; lines in `known` hold a key that was found by its format."""
    if len(data) > _LIMIT:
        return
    offset = 0
    for number, line in enumerate(data.split(b"\n"), start=1):
        start, offset = offset, offset + len(line) + 1
        if number in known or not 20 <= len(line) <= _LONGEST_LINE:
            continue
        text = decode(line)
        match = _candidate(text)
        kind = _second_opinion(path, match["name"], match["value"]) if match is not None else ""
        if match is None or not kind:
            continue
        value = match["value"]
        yield ConfiguredSecret(
            path=path,
            area=area,
            span=Span(number, match.start("value") + 1, number, match.end("value") + 1),
            name=match["name"],
            masked=mask(value),
            fingerprint=fingerprint(value),
            kind=kind,
            allowed=allowing_mark(data, start, start + len(line)),
            tracked=tracked,
            sha1=hashlib.sha1(value.encode(), usedforsecurity=False).hexdigest(),
        )


def _candidate(line: str) -> re.Match[str] | None:
    if line.lstrip().startswith(("#", "//", ";", "<!--")):
        return None
    for match in _ASSIGNMENT.finditer(line):
        if _names_a_secret(match["name"]) and looks_random(match["value"]):
            return match
    return None


def _names_a_secret(name: str) -> bool:
    if not is_secret(name):
        return False
    parts = set(name_parts(name))
    others = parts & (vocabulary().secret_parts - _KEY_PARTS)
    return bool(others) or not parts.isdisjoint(_OPENING_PARTS)


def _second_opinion(path: str, name: str, value: str) -> str:
    """What detect-secrets takes the value for; nothing if it sees no secret."""
    # Some of its detectors know quoted values only.
    line = f'{name} = "{value}"'
    for plugin in _plugins():
        for found in plugin.analyze_line(filename=path, line=line, line_number=1):
            if found.secret_value is not None and value in found.secret_value:
                return str(found.type)
    return ""


@cache
def _plugins() -> tuple[BasePlugin, ...]:
    """Its detectors for what our formats do not cover."""
    from detect_secrets.plugins.artifactory import ArtifactoryDetector
    from detect_secrets.plugins.cloudant import CloudantDetector
    from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString
    from detect_secrets.plugins.ibm_cloud_iam import IbmCloudIamDetector
    from detect_secrets.plugins.jwt import JwtTokenDetector
    from detect_secrets.plugins.keyword import KeywordDetector
    from detect_secrets.plugins.mailchimp import MailchimpDetector
    from detect_secrets.plugins.square_oauth import SquareOAuthDetector
    from detect_secrets.plugins.twilio import TwilioKeyDetector

    return (
        ArtifactoryDetector(), CloudantDetector(), IbmCloudIamDetector(), JwtTokenDetector(), MailchimpDetector(),
        SquareOAuthDetector(), TwilioKeyDetector(), KeywordDetector(), HexHighEntropyString(limit=_ENTROPY),
        Base64HighEntropyString(limit=_ENTROPY),
    )  # fmt: skip
