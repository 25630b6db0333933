"""`gonogo: ignore[rule] -- reason`: findings that a comment in the code takes back."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from gonogo.config.nearest import did_you_mean, nearest
from gonogo.facts.model import Comment, FileFacts
from gonogo.findings import Finding
from gonogo.workspace.names import display

MARK = "gonogo:"
MAX_RULES = 50

_FORM = re.compile(r"gonogo:[ \t]*ignore[ \t]*\[([^\]\n]{0,2000})\][ \t]*(?:--[ \t]*(\S[^\n]{0,999})?)?")
_WORD = re.compile(r"gonogo:[ \t]*([A-Za-z-]{1,40})")
_COMMENT_STARTS = ("#", "//", "<!--", "/*", "*", ";", "--", "{#", "%")
_COMMENT_ENDS = ("-->", "*/", "#}")


@dataclass(frozen=True, slots=True)
class Marked:
    """The comments of one file. `cells` maps a notebook's joined source to cells, as `FileFacts.cells`."""

    path: str
    comments: tuple[Comment, ...]
    cells: tuple[tuple[int, int], ...] = ()


def marked(facts: FileFacts) -> Marked:
    """The marked comments of a parsed file."""
    return Marked(facts.path, tuple(facts.comments), facts.cells)


def comments_in(text: str) -> tuple[Comment, ...]:
    """The marks in a text no front end reads (YAML, `.env`, Dockerfile): whatever follows a comment sign."""
    if MARK not in text:
        return ()
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        at = line.find(MARK)
        if at < 0:
            continue
        before = line[:at].rstrip()
        sign = next((sign for sign in _COMMENT_STARTS if before.endswith(sign)), None)
        if sign is not None:
            found.append(Comment(line[at:].strip(), number, own_line=before.strip() == sign))
    return tuple(found)


@dataclass(slots=True)
class _Suppression:
    path: str
    cell: int | None
    line: int
    own_line: bool
    rules: tuple[str, ...]
    reason: str
    used: set[str] = field(default_factory=set)

    @property
    def where(self) -> str:
        path = display(self.path)
        return f"{path}:{self.line}" if self.cell is None else f"{path}:cell {self.cell}:line {self.line}"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """What the comments did: the reason per finding, by its index, and what the reader should know."""

    reasons: dict[int, str]
    warnings: tuple[str, ...]


def apply(
    findings: Sequence[Finding],
    files: Iterable[Marked],
    *,
    known: Collection[str],
    active: Collection[str] | None = None,
) -> Suppressed:
    """Match comments and findings.

    A comment holds for a finding if it stands on any line of the finding's span, or in the block of marked comment
    lines right above it. It needs a known rule and a reason. Findings in commits are out of its reach.

    Args:
        findings: all findings of the run.
        files: the comments of every file that was read.
        known: ids of every rule there is.
        active: ids of the rules that ran, if not all: for others, nobody can say whether a comment is unused.
    """
    warnings: list[str] = []
    found: dict[tuple[str, int | None], list[_Suppression]] = {}
    for file in files:
        for comment in file.comments:
            suppression = _read(file, comment, known, warnings)
            if suppression is not None:
                found.setdefault((suppression.path, suppression.cell), []).append(suppression)
    reasons: dict[int, str] = {}
    for index, finding in enumerate(findings):
        here = found.get((finding.place.path, finding.place.cell), ())
        if finding.commit is not None or not here:
            continue
        lines = _lines(finding, {s.line for s in here if s.own_line})
        for suppression in here:
            if finding.rule in suppression.rules and suppression.line in lines:
                suppression.used.add(finding.rule)
                reasons.setdefault(index, suppression.reason)
    ran = set(known if active is None else active)
    for suppressions in found.values():
        for suppression in suppressions:
            unused = [rule for rule in suppression.rules if rule not in suppression.used and rule in ran]
            if unused:
                warnings.append(f"{suppression.where}: unused suppression of {', '.join(unused)}; remove it")
    return Suppressed(reasons, tuple(warnings))


def _read(file: Marked, comment: Comment, known: Collection[str], warnings: list[str]) -> _Suppression | None:
    cell, line = _cell(file.cells, comment.line)
    suppression = _Suppression(file.path, cell, line, comment.own_line, (), "")
    form = _FORM.search(comment.text)
    if form is None:
        word = _WORD.search(comment.text)
        if word is not None and nearest(word[1], ("ignore",)):
            warnings.append(f'{suppression.where}: not understood; write "gonogo: ignore[rule] -- reason"')
        return None
    names = list(dict.fromkeys(name.strip() for name in form[1].split(",")[:MAX_RULES] if name.strip()))
    if not names:
        warnings.append(f'{suppression.where}: names no rule; write "gonogo: ignore[rule] -- reason"')
    warnings.extend(
        f'{suppression.where}: there is no rule "{display(name)}", nothing is suppressed for it'
        f"{did_you_mean(name, known)}"
        for name in names
        if name not in known
    )
    suppression.rules = tuple(name for name in names if name in known)
    suppression.reason = _reason(form[2])
    if suppression.rules and not suppression.reason:
        warnings.append(
            f"{suppression.where}: {', '.join(suppression.rules)} not suppressed: a reason is missing; "
            'add "-- reason" after the bracket'
        )
        return None
    return suppression if suppression.rules else None


def _reason(text: str | None) -> str:
    reason = (text or "").strip()
    for end in _COMMENT_ENDS:
        reason = reason.removesuffix(end).rstrip()
    return reason


def _cell(cells: tuple[tuple[int, int], ...], line: int) -> tuple[int | None, int]:
    """The cell of a line of a notebook's joined source, and the line in it."""
    cell, first = None, 1
    for start, number in cells:
        if start > line:
            break
        cell, first = number, start
    return cell, line - first + 1


def _lines(finding: Finding, own_lines: set[int]) -> range:
    span = finding.place.span
    last = span.end_line - 1 if span.end_column == 1 and span.end_line > span.line else span.end_line
    first = span.line
    while first - 1 in own_lines:
        first -= 1
    return range(first, max(last, span.line) + 1)
