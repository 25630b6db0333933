"""Tests of a matched key beyond its pattern: checksums and structure. Named in `keys.toml` under `check`."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable

from gonogo.secrets.placeholders import entropy, is_identifier, is_mixed

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM_LENGTH = 6

_LOCAL_HOST = re.compile(
    r"(?:.*\.)?localhost|127\.[\d.]+|0\.0\.0\.0|10\.[\d.]+|192\.168\.[\d.]+|host\.docker\.internal"
    r"|(?:.*\.)?example(?:\.\w+)?|.*\.(?:local|test|invalid|example|svc|cluster\.local)",
    re.IGNORECASE,
)


def crc32_base62(groups: dict[str, str]) -> bool:
    """The last six characters are the CRC-32 of those before, in base 62 (GitHub and npm tokens)."""
    body = groups["body"]
    value = zlib.crc32(body[:-_CHECKSUM_LENGTH].encode())
    digits = ""
    while value:
        value, digit = divmod(value, 62)
        digits = _BASE62[digit] + digits
    return digits.rjust(_CHECKSUM_LENGTH, "0") == body[-_CHECKSUM_LENGTH:]


def has_digit(groups: dict[str, str]) -> bool:
    """Some character is a digit."""
    return any(char.isdigit() for char in groups["body"])


def bedrock(groups: dict[str, str]) -> bool:
    """The base64 text begins with the name that Amazon puts into long-lived keys."""
    head = groups["body"][:32]
    try:
        return base64.b64decode(head).startswith(b"BedrockAPIKey-")
    except (binascii.Error, ValueError):
        return False


def pem(groups: dict[str, str]) -> bool:
    """An unencrypted private key: base64 of an ASN.1 sequence or of OpenSSH's own form."""
    letters = re.sub(r"\\[nrt]|[\s\"',]", "", groups["body"])
    if len(letters) < 60 or entropy(letters) < 4.5:
        return False
    try:
        head = base64.b64decode(letters[:24])
    except (binascii.Error, ValueError):
        return False
    return head.startswith((b"\x30", b"openssh-key-v1"))


def remote_host(groups: dict[str, str]) -> bool:
    """The address leads to another machine by a full name, and the password is no word."""
    host, password = groups["host"].rstrip("."), groups["body"]
    if "." not in host or _LOCAL_HOST.fullmatch(host):
        return False
    return is_mixed(password) and not is_identifier(password)


CHECKS: dict[str, Callable[[dict[str, str]], bool]] = {
    "crc32-base62": crc32_base62,
    "has-digit": has_digit,
    "bedrock": bedrock,
    "pem": pem,
    "remote-host": remote_host,
}
