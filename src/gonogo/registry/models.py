"""The model catalog: which ids are snapshots, aliases, deprecated or retired, and what they can do."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from gonogo.registry.data import load_toml
from gonogo.registry.vendors import vendors

STALE_AFTER_DAYS = 90
"""Model catalogs age: past this the report says so."""


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the catalog. Dates as published; prices in USD per million tokens; `None` where not known."""

    id: str
    section: str
    kind: Literal["snapshot", "alias"]
    status: str
    retires: dt.date | None
    retired: dt.date | None
    replacement: str | None
    resolves_to: str | None
    pinnable: bool
    max_output_tokens: int | None
    price_output: float | None
    min_cacheable_tokens: int | None
    api_id: str | None = None
    """The Claude API id behind a Bedrock or Google Cloud one."""
    price_output_long: float | None = None
    """The price of output after a long prompt, where it differs."""

    @property
    def highest_price_output(self) -> float | None:
        """The most a million output tokens can cost, in US dollars; `None` if not known."""
        return None if self.price_output is None else max(self.price_output, self.price_output_long or 0.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the catalog says of an id: `pinned`, `alias`, `deprecated`, `retired`, `unknown` (has the shape of an id of
    a known provider, but is none), or `foreign` (another vendor's, a deployment, an ARN: nothing can be said)."""

    verdict: Literal["pinned", "alias", "deprecated", "retired", "unknown", "foreign"]
    model: Model | None = None


def _date(value: Any) -> dt.date | None:
    if isinstance(value, dt.date):
        return value
    return dt.date.fromisoformat(value) if isinstance(value, str) else None


class Catalog:
    """Look-up over `rules/models.toml`."""

    def __init__(self, table: dict[str, Any]) -> None:
        meta = table["meta"]
        self.as_of = dt.date.fromisoformat(str(meta["as_of"]))
        self._geo = tuple(meta["bedrock_geo_prefixes"])
        self._dateless = re.compile(meta["claude_dateless_snapshot_pattern"])
        self._dated = re.compile(meta["claude_dated_snapshot_pattern"])
        self._sections: dict[str, dict[str, Model]] = {}
        for section, entries in table.items():
            if section != "meta":
                self._sections[section] = {name: _model(name, section, entry) for name, entry in entries.items()}

    def stale(self, today: dt.date) -> bool:
        """True if the catalog is too old to be trusted without a word."""
        return (today - self.as_of).days > STALE_AFTER_DAYS

    def find(self, text: str, sections: tuple[str, ...]) -> Model | None:
        """The entry of an id, provider prefixes and geographic prefixes taken off."""
        name, wanted = self._split(text, sections)
        for section in wanted:
            found = self._sections.get(section, {})
            if name in found:
                return found[name]
            if section == "bedrock":
                for prefix in self._geo:
                    if name.startswith(prefix) and name[len(prefix) :] in found:
                        return found[name[len(prefix) :]]
        return None

    def cheapest(self, section: str, today: dt.date) -> Model | None:
        """The active model of a section whose answers cost least."""
        priced = [
            model
            for model in self._sections.get(section, {}).values()
            if model.price_output
            and model.kind == "snapshot"
            and model.status == "active"
            and (model.retires is None or model.retires > today)
        ]
        return min(priced, key=lambda model: (model.price_output or 0.0, model.id), default=None)

    def cacheable_from(self, text: str, sections: tuple[str, ...]) -> int | None:
        """The fewest tokens of a prefix that the model of an id caches; `None` if not known."""
        model = self.find(text, sections)
        for _ in range(3):
            if model is None or model.min_cacheable_tokens is not None:
                break
            behind = model.resolves_to or model.api_id
            section = model.section if model.resolves_to else "anthropic"
            model = self._sections.get(section, {}).get(behind) if behind else None
        return None if model is None else model.min_cacheable_tokens

    def _split(self, text: str, sections: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        name = text.strip()
        for _ in range(2):
            for mark in ("/", ":"):
                head, found, rest = name.partition(mark)
                if found and head in vendors().gateways:
                    section = vendors().gateways[head]
                    name, sections = rest, (section, *(("anthropic",) if section in ("bedrock", "vertex") else ()))
                    break
        return name, sections

    def judge(self, text: str, sections: tuple[str, ...], today: dt.date) -> Judged:
        """The verdict on an id used with clients of the given sections."""
        if "deployment" in sections and not vendors().claude.match(text):
            return Judged("foreign")
        model = self.find(text, sections)
        if model is None:
            return Judged(self._by_shape(text, sections))
        if (
            model.status == "retired"
            or (model.retires is not None and model.retires <= today)
            or (model.retired is not None and model.retired <= today)
        ):
            return Judged("retired", model)
        if model.status == "deprecated" or model.retires is not None:
            return Judged("deprecated", model)
        if model.section == "not_an_id" or model.status == "unknown":
            return Judged("unknown", model)
        if model.kind == "alias":
            return Judged("alias" if model.pinnable else "pinned", model)
        return Judged("pinned", model)

    def _by_shape(self, text: str, sections: tuple[str, ...]) -> Literal["unknown", "foreign", "alias"]:
        name, wanted = self._split(text, sections)
        if name in self._sections.get("not_an_id", {}):
            return "unknown"
        if vendors().foreign.search(name):
            return "foreign"
        if "anthropic" in wanted and vendors().claude.match(name):
            return "alias" if name.endswith("-latest") else "unknown"
        if "openai" in wanted and vendors().openai.match(name) and "anthropic" not in wanted[:1]:
            return "unknown"
        return "foreign"


def _model(name: str, section: str, entry: dict[str, Any]) -> Model:
    return Model(
        id=name,
        section=section,
        kind=entry["kind"],
        status=entry["status"],
        retires=_date(entry.get("retires")),
        retired=_date(entry.get("retired")),
        replacement=entry.get("replacement"),
        resolves_to=entry.get("resolves_to"),
        pinnable=bool(entry.get("pinnable", True)),
        max_output_tokens=entry.get("max_output_tokens"),
        price_output=entry.get("price_output"),
        min_cacheable_tokens=entry.get("min_cacheable_tokens"),
        api_id=entry.get("api_id"),
        price_output_long=entry.get("price_output_long"),
    )


@cache
def catalog() -> Catalog:
    """The shipped catalog."""
    return Catalog(load_toml("models.toml"))
