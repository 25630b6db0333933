"""Item 15: models are named by exact ids that are alive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gonogo.facts.lifted import ModelCall
from gonogo.findings import Confidence, Evidence, Finding, Place, Question, Related
from gonogo.link.values import Const, Env, Unknown
from gonogo.registry.models import Judged
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, rule
from gonogo.rules.vendors import catalogs_of


def _ids(app: AppFacts) -> Iterator[tuple[ModelCall, Const, Judged]]:
    """Every model id written in the application, once per place, with what the catalog says of it."""
    seen: set[tuple[Place, str]] = set()
    for call in app.calls:
        sections = catalogs_of(call)
        for value in call.setting("model").constants:
            if not isinstance(value.value, str) or not value.value.strip():
                continue
            module = app.evaluator.project.modules.get(value.site.path)
            if module is not None and module.area != "app":
                continue  # What a script of the developers asks for is not what the application does.
            key = (app.place(value.site), value.value)
            if key in seen:
                continue
            seen.add(key)
            yield call, value, app.catalog.judge(value.value, sections, app.today)


def _replacement(judged: Judged) -> str:
    model = judged.model
    if model is None:
        return ""
    name = model.replacement or (model.resolves_to if judged.verdict == "alias" else None)
    return f"; {name} replaces it" if name and judged.verdict != "alias" else (f" (now {name})" if name else "")


def _related(call: ModelCall, place: Place) -> tuple[Related, ...]:
    if call.place.path == place.path and call.place.span.line == place.span.line:
        return ()
    return (Related(call.place, "used by this call"),)


@rule("unpinned-model")
def unpinned_model(app: AppFacts) -> Iterable[Finding]:
    for call, value, judged in _ids(app):
        if judged.verdict == "alias":
            place = app.place(value.site)
            yield Finding(
                "unpinned-model",
                place,
                f"{value.value} is an alias that moves to newer models{_replacement(judged)}",
                related=_related(call, place),
            )


@rule("retired-model")
def retired_model(app: AppFacts) -> Iterable[Finding]:
    for call, value, judged in _ids(app):
        if judged.verdict == "retired" and judged.model is not None:
            date = judged.model.retired or judged.model.retires
            when = f" since {date.isoformat()}" if date else ""
            place = app.place(value.site)
            yield Finding(
                "retired-model",
                place,
                f"{value.value} is retired{when}: requests fail{_replacement(judged)}",
                related=_related(call, place),
            )


@rule("deprecated-model")
def deprecated_model(app: AppFacts) -> Iterable[Finding]:
    for call, value, judged in _ids(app):
        if judged.verdict == "deprecated" and judged.model is not None:
            date = judged.model.retires
            when = f" and stops on {date.isoformat()}" if date else ""
            place = app.place(value.site)
            yield Finding(
                "deprecated-model",
                place,
                f"{value.value} is deprecated{when}{_replacement(judged)}",
                related=_related(call, place),
            )


@rule("unknown-model")
def unknown_model(app: AppFacts) -> Iterable[Finding]:
    for call, value, judged in _ids(app):
        if judged.verdict == "unknown":
            place = app.place(value.site)
            hint = judged.model.replacement if judged.model is not None else None
            yield Finding(
                "unknown-model",
                place,
                f"{value.value} is in no catalog of {app.catalog.as_of.isoformat()}"
                + (f"; did you mean {hint}?" if hint else ""),
                related=_related(call, place),
                # A model newer than the catalog looks the same as a typo once the catalog has aged.
                confidence=Confidence.MEDIUM if not app.catalog.stale(app.today) else Confidence.LOW,
            )


@rule("model-scattered")
def model_scattered(app: AppFacts) -> Iterable[Finding]:
    places: dict[str, list[Place]] = {}
    for _, value, judged in _ids(app):
        if judged.verdict != "foreign":
            places.setdefault(str(value.value), []).append(app.place(value.site))
    for name, found in places.items():
        files = {place.path for place in found}
        if len(files) < 2:
            continue
        ordered = sorted(found, key=lambda p: (p.path, p.span))
        others = tuple(Related(place, "also here") for place in (ordered[0], *ordered[2:6]))
        yield Finding("model-scattered", ordered[1], f"{name} is written in {len(files)} files", related=others)


def _evidence(app: AppFacts) -> Iterable[Evidence]:
    for _, value, judged in _ids(app):
        if judged.verdict == "pinned":
            model = judged.model
            text = f"{value.value} is an exact id"
            if model is not None and model.kind == "alias":
                text = f"{value.value}: its provider publishes no dated id to pin"
            yield Evidence("pinned-models", app.place(value.site), text)


def _questions(app: AppFacts) -> Iterable[Question]:
    for call in app.calls:
        setting = call.setting("model")
        if setting.constants:
            continue
        env = next((v for v in setting.values if isinstance(v, Env)), None)
        why = next((v.why for v in setting.values if isinstance(v, Unknown)), "")
        if env is not None:
            text = f"the model of {call.title} comes from {env.name}, which has no default here"
        else:
            text = f"the model of {call.title} cannot be read" + (f": {why}" if why else "")
        yield Question("pinned-models", text, call.place)


ITEMS["pinned-models"] = ItemJudge(calls_a_model, _evidence, _questions)
