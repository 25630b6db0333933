"""What can be told of a Python source without parsing it: how deeply it nests, and its comments.

libcst's parser recurses on the process's stack, and takes time in the square of a chain's length: `1+1+...` of 8,000
terms ends the process. So the nesting is counted first, from above, by one pass over the source that builds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_DEPTH = 500
"""Sources above are refused. The parser ends the process between 2,000 and 8,000 levels on a stack of 8 MiB."""
MAX_TOKENS = 400_000
"""Sources with more are refused: each costs up to 0.1 ms and 3 kB. Code people write has 60,000 to 125,000 a MB."""
RECURSION_LIMIT = 6_000
"""Python frames the walk may need: up to ten for a level of nesting."""

_TOKEN = re.compile(
    rb"""
    ( [rRbBuUfFtT]{0,2} (?: \"\"\" [^"\\]* (?: (?: \\. | "(?!"") ) [^"\\]* )* \"\"\"
                          | ''' [^'\\]* (?: (?: \\. | '(?!'') ) [^'\\]* )* '''
                          | " [^"\\\n]* (?: \\. [^"\\\n]* )* "
                          | ' [^'\\\n]* (?: \\. [^'\\\n]* )* ' ) )
  | ( \#[^\n]* | \\\r?\n )
  | ( [(\[{] )
  | ( [)\]}] )
  | ( [,;] )
  | ( \n [ \t\f]* (?:elif\b|else\b)? )
  | ( [-+*/%@&|^~.] | \b(?:and|or|not|if|else|for|lambda|await)\b )
    """,
    re.VERBOSE | re.DOTALL,
)
_TEXT, _SKIP, _OPEN, _CLOSE, _SEPARATOR, _NEWLINE = 1, 2, 3, 4, 5, 6
_CODE = re.compile(rb"[-+*/%@&|^~.(\[{]|\b(?:and|or|not|if|else|for|lambda|await)\b")
_HOLE = re.compile(rb"\{[^{}]*\}")


def refusal(source: bytes) -> str:
    """Why a source is not handed to the parser: it nests too deeply or is too much; empty if it can be read."""
    counter = _Counter()
    count = 0
    for count, match in enumerate(_TOKEN.finditer(source), 1):
        counter.take(match.lastindex or 0, match[0])
        if counter.deepest > MAX_DEPTH:
            return "nested too deeply"
        if count > MAX_TOKENS:
            break
    return f"more than {MAX_TOKENS:,} tokens" if count > MAX_TOKENS else ""


def comments(source: bytes) -> Iterator[tuple[int, bytes, bool]]:
    """Every comment with its line, from 1, and whether nothing else stands on that line."""
    line, counted = 1, 0
    for match in _TOKEN.finditer(source):
        if match.lastindex == _SKIP and match[0].startswith(b"#"):
            line += source.count(b"\n", counted, match.start())
            counted = match.start()
            start = source.rfind(b"\n", 0, counted) + 1
            yield line, match[0].rstrip(), not source[start:counted].strip()


class _Counter:
    """One level for each bracket, operator and `elif` that something to its right or left is nested in."""

    def __init__(self) -> None:
        self.deepest = 0
        self._levels = 0
        """Operators since the last comma, in every open bracket together."""
        self._open: list[int] = []
        """Operators before each open bracket."""
        self._here = 0
        self._blocks: list[list[int]] = [[0, 0]]
        """[indentation, `elif`s so far] of each enclosing block."""
        self._chained = 0
        self._texts_are_code = False

    def take(self, kind: int, token: bytes) -> None:
        """Count one token."""
        if kind == _SEPARATOR:
            self._here = 0
            return
        if kind == _NEWLINE:
            if not self._open:
                self._here = 0
                self._line(token)
            return
        if kind == _SKIP:
            return
        if kind == _CLOSE:
            if self._open:
                self._here = self._open.pop()
                self._levels -= self._here
            return
        self._here += 1
        if kind == _TEXT:
            self._text(token)
        elif kind == _OPEN:
            self._open.append(self._here)
            self._levels += self._here
            self._here = 0
        depth = self._levels + self._here + self._chained
        if depth > self.deepest:
            self.deepest = depth

    def _text(self, token: bytes) -> None:
        prefix = token[: min(token.find(b'"') % 8, token.find(b"'") % 8)].lower()
        formatted = b"f" in prefix or b"t" in prefix
        if formatted:
            token = token.replace(b"{{", b"").replace(b"}}", b"")
            # Quotes inside of a hole: from here on, what looks like a text may be code.
            self._texts_are_code |= token.count(b"{") != token.count(b"}")
        if self._texts_are_code:
            self._here += len(_CODE.findall(token))
        elif formatted:
            self._here += max((len(_CODE.findall(hole)) for hole in _HOLE.findall(token)), default=0)

    def _line(self, token: bytes) -> None:
        """A statement begins: `elif` hangs below the one before it, everything else stands beside."""
        text = token.lstrip(b"\n")
        word = text.lstrip(b" \t\f")
        indent = len(text) - len(word)
        while len(self._blocks) > 1 and self._blocks[-1][0] > indent:
            self._chained -= self._blocks.pop()[1] + 1
        if self._blocks[-1][0] != indent:
            self._blocks.append([indent, 0])
            self._chained += 1
        if word == b"elif":
            self._blocks[-1][1] += 1
            self._chained += 1
        elif not word:
            self._chained -= self._blocks[-1][1]
            self._blocks[-1][1] = 0
        if self._chained > self.deepest:
            self.deepest = self._chained
