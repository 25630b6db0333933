"""What the name of a variable says: does it hold a model provider's key, another secret, or something harmless?"""

from __future__ import annotations

import re
from functools import cache

from gonogo.secrets.formats import vocabulary


def name_parts(name: str) -> list[str]:
    """The words of a variable's name, in lower case: `MISTRAL_API_KEY`, `mistralApiKey`, `mistral-api-key`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return [part for part in re.split(r"[^a-z0-9]+", spaced.lower()) if part]


def is_harmless(name: str) -> bool:
    """Does some word say that the variable is no secret (`PUBLIC_KEY`, `CACHE_KEY`, `MAX_TOKEN`)?"""
    return not vocabulary().harmless_parts.isdisjoint(name_parts(name))


def is_provider_key(name: str) -> bool:
    """Is this the name of a variable for a model provider's key (`OPENAI_API_KEY`, `claudeToken`)?"""
    return _is_key_of(name, _providers())


def mentions_provider(text: str) -> bool:
    """Is a model provider named somewhere in a text, as a word or a part of a name?"""
    return _mention().search(text) is not None


def is_image_key(name: str) -> bool:
    """As `is_provider_key`, with the other services whose keys end up in container images."""
    return _is_key_of(name, _providers()) or _is_key_of(name, _image_names())


def is_secret(name: str) -> bool:
    """Does the name promise a secret of any kind?"""
    return not is_harmless(name) and not vocabulary().secret_parts.isdisjoint(name_parts(name))


def browser_prefix(name: str) -> str:
    """The prefix with which a bundler hands this variable to the browser, or nothing."""
    return next((prefix for prefix in vocabulary().browser_prefixes if name.startswith(prefix)), "")


def is_public_provider_key(name: str) -> bool:
    """A provider's key under a name that bundlers hand to the browser (`VITE_OPENAI_API_KEY`)."""
    prefix = browser_prefix(name)
    return bool(prefix) and is_provider_key(name[len(prefix) :])


def _is_key_of(name: str, owners: re.Pattern[str]) -> bool:
    parts = name_parts(name)
    if not parts or parts[-1] not in vocabulary().key_endings or is_harmless(name):
        return False
    return owners.search("_".join(parts)) is not None


@cache
def _providers() -> re.Pattern[str]:
    return _any_of(vocabulary().providers)


@cache
def _mention() -> re.Pattern[str]:
    names = "|".join(re.escape(name).replace("_", "[_-]?") for name in vocabulary().providers)
    return re.compile(rf"(?<![A-Za-z])(?i:{names})(?![a-z])")


@cache
def _image_names() -> re.Pattern[str]:
    return _any_of(vocabulary().image_names)


def _any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:^|_)(?:{'|'.join(map(re.escape, names))})(?:_|$)")
