"""Releases of SDKs: known faults that the code of an application meets (`libraries/floors.toml`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from gonogo.facts.lifted import ModelCall
from gonogo.facts.span import Span
from gonogo.findings import Evidence, Finding, Place, Question
from gonogo.languages import PACKAGE
from gonogo.lexical.versions import Known, Versions
from gonogo.link.lift import symbol
from gonogo.registry.data import load_toml
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, rule

ITEM = "sdk-release"


@dataclass(frozen=True, slots=True)
class Floor:
    """The first release of a package without a fault. See `libraries/floors.toml` for the fields."""

    package: str
    sdk: str
    release: str
    fault: str
    needs: str
    word: str


@cache
def floors() -> tuple[Floor, ...]:
    """Every `[[floors]]` table, lowest release first for each package."""
    return tuple(
        Floor(e["package"], e["sdk"], e["release"], e["fault"], e.get("needs", ""), e.get("word", ""))
        for e in load_toml("libraries/floors.toml")["floors"]
    )


def _used(app: AppFacts) -> dict[str, list[Floor]]:
    """The packages an application calls models through, with the floors that bear on what it does."""
    found: dict[str, list[Floor]] = {}
    for floor in floors():
        calls = [call for call in app.calls if call.sdk.id == floor.sdk and _speaks(call, floor.package)]
        if calls:
            met = found.setdefault(floor.package, [])
            if _has_word(app, floor.word) and any(_does(call, floor.needs) for call in calls):
                met.append(floor)
    return found


def _speaks(call: ModelCall, package: str) -> bool:
    """True if the call goes through a package: the SDK's clients for other clouds come in packages of their own."""
    name = symbol(call.made.callee) if call.made is not None else ""
    if call.sdk.language == "ecma":
        return (package.startswith(PACKAGE) and name.startswith((f"{package}.", f"{package}/"))) or name == package
    return not package.startswith(PACKAGE) and name.partition(".")[0] == package


def _does(call: ModelCall, needs: str) -> bool:
    if needs == "stream":
        return call.stream is True
    if needs == "abort":
        return call.setting("signal").status == "given"
    if needs == "async":
        return call.made is not None and "Async" in symbol(call.made.callee)
    if needs == "derived":
        return bool(call.derived)
    if needs == "client-timeout":
        return call.setting("timeout").layer == "client" and call.setting("timeout").status == "given"
    return True


def _has_word(app: AppFacts, word: str) -> bool:
    own = {file.path for file in app.workspace.files if file.app == app.root and file.area == "app"}
    return not word or not own.isdisjoint(app.index.by_identifier(word))


def _place(known: Known) -> Place:
    return Place(known.path, Span(known.line, 1, known.line, 1))


def _release(known: Known) -> str:
    return known.exact or f"({known.allowed})"


@rule("sdk-below-floor")
def below_floor(app: AppFacts) -> Iterable[Finding]:
    versions = Versions(app.workspace)
    for package, met in _used(app).items():
        known = versions.known(app.root, package)
        below = [floor for floor in met if known is not None and known.below(floor.release)]
        if known is None or not below:
            continue
        name = package.removeprefix(PACKAGE)
        faults = "; ".join(f"releases before {floor.release} {floor.fault}" for floor in below)
        yield Finding("sdk-below-floor", _place(known), f"{name} {_release(known)}: {faults}", name)


def _evidence(app: AppFacts) -> Iterator[Evidence]:
    versions = Versions(app.workspace)
    for package, met in _used(app).items():
        known = versions.known(app.root, package)
        if known is not None and known.exact and not any(known.below(floor.release) for floor in met):
            text = f"{package.removeprefix(PACKAGE)} {known.exact} has no known fault that this code meets"
            yield Evidence(ITEM, _place(known), text)


def _questions(app: AppFacts) -> Iterator[Question]:
    versions = Versions(app.workspace)
    for package in _used(app):
        known = versions.known(app.root, package)
        if known is None or not known.exact:
            yield Question(ITEM, f"no lock file says which release of {package.removeprefix(PACKAGE)} is installed")


def _applies(app: AppFacts) -> str:
    reason = calls_a_model(app)
    return reason or ("" if _used(app) else "no call through an SDK whose faults are known")


ITEMS[ITEM] = ItemJudge(_applies, _evidence, _questions)
