"""The leaks of a history for people, for grep and for machines."""

from __future__ import annotations

from gonogo import __version__
from gonogo.findings import Confidence
from gonogo.reports.console import Look, Page
from gonogo.reports.json import Json, dump
from gonogo.reports.safe import clean, machine
from gonogo.reports.summary import counted, seconds
from gonogo.secrets.attribution import Introduction
from gonogo.secrets.leaks import Leak, LeakReport

SCHEMA = "gonogo-history/1"

_SHORT = 12

_REVOKE = (
    "Revoke the key in the provider's console, and put a new one into the secret store. Nothing else ends the leak:"
    " whoever cloned, forked or cached the repository keeps what was deleted from it."
)
_CLEAN = (
    "If you wish, take it out of the history once it is revoked, in a fresh clone:"
    " `git filter-repo --replace-text keys.txt` (each line of keys.txt reads KEY==>REMOVED) or, for a whole file,"
    " `git filter-repo --invert-paths --path FILE`; then `git push --force --all` and `git push --force --tags`,"
    " and everybody clones anew."
)
_RECORD = (
    "Put the revocation on record: `gonogo attest secret-storage --revoked FINGERPRINT --by NAME --evidence WHERE`."
    " Until then the leak counts as open."
)
WHAT_TO_DO = (_REVOKE, _CLEAN, _RECORD)
UNSTAGE = "Take the key out of the file and stage it again; the commit has not been made, so nothing has leaked yet."


def render(report: LeakReport, look: Look, *, show_low: bool = False) -> str:
    """A paragraph per leak, what to do about them, what was not read, and the outcome."""
    from rich.padding import Padding
    from rich.text import Text

    page = Page(look)
    page.add(Text(f"gonogo {__version__} · {clean(report.name)} · {_covered(report)}", style="bold"), "")
    for leak in _shown(report, show_low):
        style = "bold red" if leak.counts else "bold"
        page.add_long(Text.assemble((f" {clean(leak.title)} {clean(leak.masked)}", style), f"  {_place(leak)}"))
        for line in _details(leak):
            page.add(Padding(Text(line), (0, 0, 0, 4), expand=False))
        page.add("")
    if any(leak.counts for leak in report.leaks):
        steps = [UNSTAGE] if report.staged else [f"{number}. {text}" for number, text in enumerate(WHAT_TO_DO, 1)]
        page.add(Text(" What to do", style="bold"))
        for step in steps:
            page.add(Padding(Text(step), (0, 0, 0, 4), expand=False))
        page.add("")
    for entry in report.unread:
        page.add(Text(f" not read: {clean(entry.path)}: {clean(entry.reason)}"))
    page.add(Text(f" {outcome(report, show_low=show_low)}", style="bold"))
    return page.text()


def render_concise(report: LeakReport, *, show_low: bool = False) -> str:
    """`path:line: severity message (commit) (fingerprint)` per leak, then what went unread, then the outcome."""
    lines = []
    for leak in _shown(report, show_low):
        more = f" (commit {leak.first.commit[:_SHORT]}, {leak.first.date[:10]})" if leak.first else ""
        more += f" (revoked: {clean(leak.revoked)})" if leak.revoked else f" (fingerprint {leak.fingerprint})"
        lines.append(f"{_place(leak)}: {leak.severity.value} {clean(leak.message)}{more}")
    lines += [f"{clean(entry.path)}: not read: {clean(entry.reason)}" for entry in report.unread]
    lines.append(outcome(report, show_low=show_low))
    return "\n".join(lines) + "\n"


def render_json(report: LeakReport) -> str:
    """Everything, as ASCII-only JSON; dates are ISO 8601, `exposed_days` counts to today."""
    return dump({
        "schema": SCHEMA,
        "tool": {"name": "gonogo", "version": __version__},
        "repository": machine(report.name),
        "staged": report.staged,
        "since": machine(report.since) or None,
        "commits": report.commits,
        "versions": report.versions,
        "complete": report.complete,
        "seconds": round(report.seconds, 3),
        "leaks": [_leak(leak) for leak in report.leaks],
        "unread": [{"path": machine(entry.path), "reason": machine(entry.reason)} for entry in report.unread],
    })  # fmt: skip


def outcome(report: LeakReport, *, show_low: bool = False) -> str:
    """The last line: how many leaks, or that there is none in what was read."""
    count = sum(leak.counts for leak in report.leaks)
    hidden = 0 if show_low else len(report.leaks) - len(_shown(report, show_low))
    parts = [counted(count, "open leak") if count else f"no open leak in {_read(report)}"]
    if not report.complete:
        parts.append("not everything could be read, so this is no all-clear")
    if hidden:
        parts.append(f"{hidden} of low confidence not shown (--show-low)")
    return " · ".join(parts)


def _covered(report: LeakReport) -> str:
    since = f" since {clean(report.since)}" if report.since else ""
    return f"{_read(report)}{since} · {seconds(report.seconds)}"


def _read(report: LeakReport) -> str:
    if report.staged:
        return counted(report.versions, "staged file")
    return f"{counted(report.versions, 'version')} of files in {counted(report.commits, 'commit')}"


def _shown(report: LeakReport, show_low: bool) -> list[Leak]:
    return [leak for leak in report.leaks if show_low or leak.confidence is not Confidence.LOW]


def _place(leak: Leak) -> str:
    return f"{clean(leak.path)}:{leak.line}" if leak.path else clean(leak.where)


def _details(leak: Leak) -> list[str]:
    if leak.reach == "index":
        return [f"fingerprint {leak.fingerprint}"]
    lines = []
    if leak.first is not None:
        lines.append(f"first  {_commit(leak.first)}")
    if leak.at_head:
        lines.append("last   still there at HEAD")
    elif leak.last is not None:
        lines.append(f"last   {'taken away by' if leak.last.gone else 'changed by'} {_commit(leak.last)}")
    standing = {"reflog": "only the reflog reaches it", "unreachable": "no branch, tag or reflog reaches it"}
    exposed = [f"exposed for {counted(leak.days, 'day')}"] if leak.days is not None and not leak.revoked else []
    lines.append(" · ".join([*exposed, counted(leak.versions, "version"), *filter(None, [standing.get(leak.reach)])]))
    state = f"revoked according to {clean(leak.revoked)}" if leak.revoked else leak.severity.value
    lines.append(f"fingerprint {leak.fingerprint} · {state}, {leak.confidence.value} confidence")
    return lines


def _commit(one: Introduction) -> str:
    return f"{one.commit[:_SHORT]}  {clean(one.date[:10])}  {clean(one.author)}"


def _leak(leak: Leak) -> Json:
    return {
        "title": machine(leak.title),
        "masked": machine(leak.masked),
        "fingerprint": leak.fingerprint,
        "path": machine(leak.path) or None,
        "line": leak.line,
        "where": leak.where,
        "reach": leak.reach,
        "message": machine(leak.message),
        "severity": leak.severity.value,
        "confidence": leak.confidence.value,
        "counts": leak.counts,
        "first": _event(leak.first),
        "last": _event(leak.last),
        "at_head": leak.at_head,
        "versions": leak.versions,
        "exposed_days": leak.days,
        "revoked": machine(leak.revoked) or None,
    }


def _event(one: Introduction | None) -> Json | None:
    if one is None:
        return None
    return {
        "commit": one.commit,
        "author": machine(one.author),
        "date": one.date,
        "path": machine(one.path) or None,
        "removed": one.gone,
    }
