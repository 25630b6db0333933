"""Item 1: keys that a build, a setting or an import hands to the browser."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gonogo.findings import Confidence, Finding, Place, Related, Severity
from gonogo.rules.base import AppFacts, rule

RULE = "key-in-client-bundle"


@rule(RULE)
def key_in_client_bundle(app: AppFacts) -> Iterable[Finding]:
    if app.tree is not None:
        from gonogo.secrets.judge import findings_in_tree

        found = [finding for finding in findings_in_tree(app.tree) if finding.rule == RULE]
        yield from (_weighed(app, finding) for finding in found if not _read_by_a_server(app, finding))
        said = {(finding.place.path, finding.place.span.line) for finding in found}
        yield from (one for one in _settings(app) if (one.place.path, one.place.span.line) not in said)
    yield from _reached(app)


def _weighed(app: AppFacts, finding: Finding) -> Finding:
    """A client that is told to run in a browser, with a key that it is handed, is a risk only to whoever brings it."""
    from gonogo.link.browser_keys import is_handed_its_key

    named = finding.subject != finding.message
    module = None if named else app.evaluator.project.module(finding.place.path)
    if module is None or not is_handed_its_key(app.evaluator, module, finding.place.span.line):
        return finding
    text = f"{finding.message} with a key that it is handed: right only if visitors bring their own"
    return replace(finding, message=text, severity=Severity.NOTE)


def _read_by_a_server(app: AppFacts, finding: Finding) -> bool:
    """True for a variable for the bundler that a file of a server takes from its own environment: what no page reads is
    in no bundle."""
    from gonogo.link.browser_keys import is_server_file
    from gonogo.workspace.read import Unreadable, decode

    if not finding.subject.startswith("VITE_") or not is_server_file(finding.place.path, app.index):
        return False
    try:
        text = decode(app.workspace.read(finding.place.path))
    except Unreadable:
        return False
    return "import.meta" not in text


def _settings(app: AppFacts) -> Iterable[Finding]:
    """Configuration files of build tools, in the whole repository: what builds a page need not call a model itself."""
    from gonogo.link.browser_settings import has_settings, published
    from gonogo.secrets.names import is_provider_key

    for file in app.workspace.files:
        if file.area not in ("app", "script") or not has_settings(file.name):
            continue
        module = app.evaluator.project.module(file.path)
        if module is not None:
            for one in published(module, app.index.identifiers(file.path), is_provider_key):
                place = Place(file.path, one.span)
                yield Finding(RULE, place, f"{one.name} {one.text}", one.name, Confidence.MEDIUM)


def _reached(app: AppFacts) -> Iterable[Finding]:
    """Clients with a key of the application's own, in code that runs in the browser."""
    calls = [call for call in app.calls if call.sdk.language == "ecma" and call.made is not None]
    if not calls:
        return
    from gonogo.link.browser_reach import BrowserReach

    reach = BrowserReach(app.evaluator, app.workspace, app.index)
    seen: set[Place] = set()
    for call in calls:
        made = call.made.call if call.made is not None else None
        place = call.place if made is None else app.place(made.site)
        if place in seen:
            continue
        seen.add(place)
        how = "" if _said_already(app, place.path) else reach.how(call)
        if how:
            related = () if place == call.place else (Related(call.place, "the call"),)
            yield Finding(RULE, place, f"the client runs in the browser, {how}", "", Confidence.MEDIUM, related=related)


def _said_already(app: AppFacts, path: str) -> bool:
    """True if the text of a file shows that its client runs in the browser."""
    from gonogo.secrets.browser import leaks_in_script
    from gonogo.workspace.read import Unreadable, decode

    try:
        text = decode(app.workspace.read(path))
    except Unreadable:
        return False
    return any(True for _ in leaks_in_script(text))
