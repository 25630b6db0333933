"""What code of JavaScript may call without changing anything elsewhere (see `rules/libraries/ecma-quiet.toml`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from gonogo.languages import GLOBAL, PACKAGE
from gonogo.registry.data import load_toml

WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True, slots=True)
class Request:
    """A function that sends a request: its names, and the places of the HTTP method and the address."""

    names: frozenset[str]
    method: str
    url: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """Names of what changes nothing, or only what the application keeps itself."""

    globals: frozenset[str]
    below: tuple[str, ...]
    methods: frozenset[str]
    callbacks: frozenset[str]
    answers: frozenset[str]
    packages: frozenset[str]
    stores: frozenset[str]
    loud: tuple[str, ...]
    requests: tuple[Request, ...]
    reads: frozenset[str]
    http_methods: frozenset[str]
    read_names: frozenset[str]
    unless: frozenset[str]

    def is_quiet(self, name: str) -> bool:
        """True for a full name that surely changes nothing at another service."""
        if name.startswith(GLOBAL):
            plain = name.removeprefix(GLOBAL)
            return plain in self.globals or plain.startswith(self.below) or ("." in plain and self.says_it_reads(plain))
        if not name.startswith(PACKAGE):
            return False
        if name in self.reads:
            return True
        package = _package(name)
        if any(f".{part}" in name for part in self.loud):
            return False
        root = "/".join(package.split("/")[: 2 if package.startswith("@") else 1])
        return package in self.packages or bool({package, root} & self.stores) or self.says_it_reads(name)

    def says_it_reads(self, name: str) -> bool:
        """True if the last part of a name says that it reads (`getContent`), or that it makes an object."""
        last = name.rsplit(".", 1)[-1].removesuffix("()")
        words = [word.lower() for word in WORDS.findall(last)]
        if not words:
            return False
        if last[0].isupper() and not last.isupper():
            return True  # `new Client()`
        return (words[0] in self.read_names) and not set(words) & self.unless

    def request(self, name: str) -> Request | None:
        """The request a function sends unless an option says otherwise."""
        return next((request for request in self.requests if name in request.names), None)


def _package(name: str) -> str:
    """The package of a full name: it may hold dots itself (`npm:fuse.js.default`)."""
    rest = name.removeprefix(PACKAGE)
    start = rest.rfind("/", 0, (rest.find("(") + 1 or len(rest) + 1) - 1) + 1
    end = rest.find(".", start)
    if rest[end:].startswith(".js."):
        end += 3
    return rest if end < 0 else rest[:end]


@cache
def quiet() -> Quiet:
    """The tables of `ecma-quiet.toml`."""
    data = load_toml("libraries/ecma-quiet.toml")
    language, packages, requests, reads = data["language"], data["packages"], data["requests"], data["reads"]
    return Quiet(
        globals=frozenset(name for name in language["globals"] if not name.endswith(".")),
        below=tuple(name for name in language["globals"] if name.endswith(".")),
        methods=frozenset(language["methods"]),
        callbacks=frozenset(language["callbacks"]),
        answers=frozenset(language["answers"]),
        packages=frozenset(packages["quiet"]),
        stores=frozenset(packages["stores"]),
        loud=tuple(packages["loud"]),
        requests=tuple(Request(frozenset(r["names"]), r["method"], r["url"]) for r in requests["plain"]),
        reads=frozenset(requests["reads"]),
        http_methods=frozenset(requests["methods"]),
        read_names=frozenset(reads["names"]),
        unless=frozenset(reads["unless"]),
    )
