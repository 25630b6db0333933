"""Dockerfiles: instructions that put a key, or a file with keys, into an image."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gonogo.facts.span import Span
from gonogo.secrets.detect import find_keys
from gonogo.secrets.env import env_kind, state_of
from gonogo.secrets.names import is_image_key
from gonogo.secrets.placeholders import looks_random

_FILE_NAME = re.compile(r"(?:docker|container)file(?:[.-][\w.-]+)?|[\w.-]+\.(?:docker|container)file", re.IGNORECASE)
_NO_DOCKERFILE = re.compile(
    r".*\.(?:dockerignore|md|txt|py|[cm]?[jt]sx?|go|rs|sh|ya?ml|json|j2|tmpl|template)", re.IGNORECASE
)
_ESCAPE = re.compile(r"#[ \t]*escape[ \t]*=[ \t]*(\\|`)[ \t]*", re.IGNORECASE)
_DIRECTIVE = re.compile(r"#[ \t]*\w+[ \t]*=.*")
_INSTRUCTION = re.compile(r"[ \t]*([A-Za-z]+)[ \t]+(.*)", re.DOTALL)
_HEREDOC = re.compile(r"<<-?[ \t]*([\"']?)([A-Za-z_]\w{0,60})\1")
_WORDS = re.compile(r"""((?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+)""", re.DOTALL)
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)(?::?[-+?][^}]*)?\}?")
_MAX_INSTRUCTIONS = 5_000


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, continuation lines joined. `lines` holds the file's lines it came from, with their numbers."""

    keyword: str
    text: str
    lines: tuple[tuple[int, str], ...]

    def span_of(self, piece: str) -> Span:
        """Where `piece` stands in the instruction; its first line if it cannot be found."""
        for number, line in self.lines:
            column = line.find(piece)
            if column >= 0:
                return Span(number, column + 1, number, column + 1 + len(piece))
        number, line = self.lines[0]
        return Span(number, 1, number, len(line) + 1)


@dataclass(frozen=True, slots=True)
class BakedKey:
    """An ENV or ARG that gives a key a value. `how` says where the value comes from, as the end of a sentence."""

    name: str
    span: Span
    how: str


@dataclass(frozen=True, slots=True)
class Copied:
    """The source of a COPY or ADD, relative to the build context; `.` for all of it."""

    source: str
    span: Span


@dataclass(slots=True)
class Dockerfile:
    """What matters of a Dockerfile."""

    baked: list[BakedKey] = field(default_factory=list)
    copied: list[Copied] = field(default_factory=list)
    variables: list[tuple[str, Span]] = field(default_factory=list)
    """Every variable that ENV or ARG declares."""


def is_dockerfile(path: str) -> bool:
    """By its name: `Dockerfile`, `Dockerfile.web`, `web.Dockerfile`, `Containerfile`."""
    name = path.rpartition("/")[2]
    return _FILE_NAME.fullmatch(name) is not None and _NO_DOCKERFILE.fullmatch(name) is None


def read_dockerfile(text: str) -> Dockerfile:
    """Look through the instructions. Each build stage has its own arguments; files of other stages do not count."""
    found = Dockerfile()
    arguments: set[str] = set()
    for instruction in instructions(text):
        if instruction.keyword == "FROM":
            arguments = set()
        elif instruction.keyword in ("ENV", "ARG"):
            for name, value in _assignments(instruction):
                found.variables.append((name, instruction.span_of(name)))
                if instruction.keyword == "ARG":
                    arguments.add(name)
                how = _how_baked(name, value, arguments if instruction.keyword == "ENV" else set())
                if how:
                    found.baked.append(BakedKey(name, instruction.span_of(name), how))
        elif instruction.keyword in ("COPY", "ADD"):
            found.copied += [Copied(clean(s), instruction.span_of(s)) for s in _sources(instruction.text)]
    return found


def clean(source: str) -> str:
    """A source path without `./`, a leading `/` (Docker takes it as the context) and a trailing one."""
    parts = [part for part in source.split("/") if part not in ("", ".")]
    return "/".join(parts) or "."


def is_env_source(source: str) -> bool:
    """Does this source name a dotenv file with values, `.env` or a pattern like `.env*`?"""
    name = source.rpartition("/")[2]
    return name in (".env*", ".env?", ".env.*") or ("*" not in name and env_kind(name) == "env")


def instructions(text: str) -> Iterator[Instruction]:
    """The instructions of a Dockerfile, at most a few thousand."""
    lines = text.replace("\r\n", "\n").split("\n")
    escape = _escape_character(lines)
    count = i = 0
    while i < len(lines) and count < _MAX_INSTRUCTIONS:
        if not lines[i].strip() or lines[i].lstrip().startswith("#"):
            i += 1
            continue
        own: list[tuple[int, str]] = []
        joined = ""
        while i < len(lines):
            line = lines[i]
            i += 1
            # Comments and empty lines within an instruction are dropped, as Docker does.
            if own and (not line.strip() or line.lstrip().startswith("#")):
                continue
            own.append((i, line))
            stripped = line.rstrip()
            if not stripped.endswith(escape):
                joined += stripped
                break
            joined += stripped[:-1] + " "
        match = _INSTRUCTION.fullmatch(joined)
        if match is None:
            continue
        keyword = match[1].upper()
        if keyword in ("RUN", "COPY", "ADD"):
            i = _after_heredocs(match[2], lines, i)
        if keyword == "ONBUILD":
            match = _INSTRUCTION.fullmatch(match[2]) or match
            keyword = match[1].upper()
        count += 1
        yield Instruction(keyword, match[2], tuple(own))


def _escape_character(lines: list[str]) -> str:
    for line in lines:
        match = _ESCAPE.fullmatch(line.strip())
        if match is not None:
            return match[1]
        if _DIRECTIVE.fullmatch(line.strip()) is None:
            break
    return "\\"


def _after_heredocs(text: str, lines: list[str], i: int) -> int:
    for _, word in _HEREDOC.findall(text):
        end = next((n for n in range(i, len(lines)) if lines[n].strip("\t") == word), None)
        if end is None:
            return i
        i = end + 1
    return i


def _assignments(instruction: Instruction) -> Iterator[tuple[str, str]]:
    words = _WORDS.findall(instruction.text)
    if not words:
        return
    if instruction.keyword == "ENV" and "=" not in words[0]:
        # The old form: one name, and the rest of the line is its value.
        yield words[0], _unquote(instruction.text.strip()[len(words[0]) :].strip())
        return
    for word in words:
        name, _, value = word.partition("=")
        if re.fullmatch(r"[A-Za-z_][\w.]*", name):
            yield name, _unquote(value)


def _unquote(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _how_baked(name: str, value: str, arguments: set[str]) -> str:
    if find_keys(f"{name}={value}".encode("utf-8", "replace")):
        return "with its value"
    if not is_image_key(name):
        return ""
    variable = _VARIABLE.fullmatch(value)
    if variable is not None:
        return f"from the build argument {variable[1]}" if variable[1] in arguments else ""
    return "with its value" if state_of(value) == "value" and looks_random(value) else ""


def _sources(text: str) -> list[str]:
    words = text.split()
    while words and words[0].startswith("--"):
        if words.pop(0).startswith("--from"):
            return []
    rest = " ".join(words)
    if rest.startswith("["):
        try:
            listed = json.loads(rest)
        except ValueError:
            return []
        words = [word for word in listed if isinstance(word, str)]
    return [word.strip("\"'") for word in words[:-1] if not word.startswith("<<") and "://" not in word]
