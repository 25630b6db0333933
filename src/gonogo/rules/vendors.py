"""Whose models a call uses: an OpenAI client with another vendor's address speaks to that vendor."""

from __future__ import annotations

from gonogo.facts.lifted import ModelCall
from gonogo.link.values import Const, TextV
from gonogo.registry.vendors import vendors


def catalogs_of(call: ModelCall) -> tuple[str, ...]:
    """Sections of the model catalog that can judge the model ids of a call."""
    setting = call.setting("base_url")
    if setting.status == "absent" or setting.none is not None:
        return call.catalogs
    found: set[str] = set()
    for value in setting.values:
        text = value.value if isinstance(value, Const) else None
        if isinstance(value, TextV):
            text = "".join(part or "*" for part in value.parts)
        if not isinstance(text, str) or not text:
            continue
        matched = next((sections for host, sections in vendors().hosts.items() if host in text), None)
        if matched is None:
            return ("foreign",)
        found.update(matched)
    # An address that cannot be read may belong to anyone.
    return tuple(sorted(found)) if found else ("foreign",)
