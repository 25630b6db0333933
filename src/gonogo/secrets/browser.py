"""Keys on their way into a browser: public variables named after a provider, and clients told to run there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from gonogo.facts.span import Span
from gonogo.secrets.formats import BrowserSwitch, vocabulary
from gonogo.secrets.names import is_public_provider_key

_TOKEN_STARTS = re.compile(r"""//|/\*|<!--|["'`]""")
_COMMENT_ENDS = {"//": "\n", "/*": "*/", "<!--": "-->"}
_STRING_BODIES = {
    '"': re.compile(r'(?:\\.|[^"\\\n])*', re.DOTALL),
    "'": re.compile(r"(?:\\.|[^'\\\n])*", re.DOTALL),
    "`": re.compile(r"(?:\\.|[^`\\])*", re.DOTALL),
}
_USE_CLIENT = re.compile(r"""\A\s*(?:["']use strict["'];?\s*)?["']use client["']""")
_READ_BEFORE = re.compile(r"(?:\benv\s*\??\.\s*|\benv\s*\[\s*[\"'`])\Z")
_TAKEN_OUT = re.compile(r"[^{}=;]{0,300}\}\s{0,20}=\s{0,20}(?:process|import\.meta)\s{0,5}\.env\b")


@dataclass(frozen=True, slots=True)
class BrowserLeak:
    """A place that hands a key to the browser; `name` is the variable where there is one, `text` says what is wrong."""

    span: Span
    text: str
    name: str = ""


def leaks_in_script(text: str) -> Iterator[BrowserLeak]:
    """Leaks in JavaScript, TypeScript or the script of a component; comments do not count."""
    words = vocabulary()
    raw = text.encode("utf-8", "replace")
    switches = [switch for switch in words.browser_switches if switch.needle in raw]
    public = any(prefix in text for prefix in words.browser_prefixes)
    client = "use client" in text
    if not (switches or public or client):
        return
    code = blank_comments(text)
    for switch in switches:
        for match in _switch(switch).finditer(code):
            yield BrowserLeak(_span(code, match.start(), match.end()), switch.text)
    if public:
        yield from _variables_read(code)
    if client and _USE_CLIENT.match(code) and any(f'"{m}"' in code or f"'{m}'" in code for m in words.client_modules):
        for match in _new_client().finditer(code):
            yield BrowserLeak(
                _span(code, match.start(), match.end() - 1), 'the client is built in a "use client" module'
            )


def public_names(text: str) -> Iterator[tuple[str, int, int]]:
    """Every name of a provider's key under a public prefix, with its beginning and end."""
    for match in _public_name().finditer(text):
        if is_public_provider_key(match.group()):
            yield match.group(), match.start(), match.end()


def blank_comments(text: str) -> str:
    """`text` with spaces for comments; positions stay the same. Regular expressions are not recognised as such."""
    pieces = []
    at = kept = 0
    while (match := _TOKEN_STARTS.search(text, at)) is not None:
        token = match.group()
        body = _STRING_BODIES.get(token)
        if body is not None:
            inside = body.match(text, match.end())
            at = (inside.end() if inside is not None else match.end()) + 1
            continue
        end = text.find(_COMMENT_ENDS[token], match.end())
        # A comment that nothing closes reaches to the end.
        at = len(text) if end < 0 else end + len(_COMMENT_ENDS[token].strip())
        pieces += [text[kept : match.start()], re.sub(r"[^\n]", " ", text[match.start() : at])]
        kept = at
    return "".join([*pieces, text[kept:]])


def _variables_read(code: str) -> Iterator[BrowserLeak]:
    seen = set()
    svelte = "$env/" in code
    for name, start, end in public_names(code):
        if name in seen or not (svelte or _is_read(code, start, end)):
            continue
        seen.add(name)
        yield BrowserLeak(
            _span(code, start, end), f"{name} is read under a name that bundlers hand to the browser", name
        )


def _is_read(code: str, start: int, end: int) -> bool:
    """`process.env.NAME`, `import.meta.env["NAME"]`, `const { NAME } = process.env`"""
    if _READ_BEFORE.search(code[max(0, start - 20) : start]):
        return True
    return _TAKEN_OUT.match(code[end : end + 400]) is not None


@cache
def _new_client() -> re.Pattern[str]:
    return re.compile(rf"\bnew\s+(?:{'|'.join(map(re.escape, vocabulary().client_classes))})\s*\(")


@cache
def _public_name() -> re.Pattern[str]:
    prefixes = "|".join(map(re.escape, vocabulary().browser_prefixes))
    return re.compile(rf"(?<![A-Za-z0-9_])(?:{prefixes})[A-Z0-9_]{{3,80}}(?![A-Za-z0-9_])")


@cache
def _switch(switch: BrowserSwitch) -> re.Pattern[str]:
    return re.compile(switch.pattern)


def _span(text: str, start: int, end: int) -> Span:
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    return Span(line, column, line, column + end - start)
