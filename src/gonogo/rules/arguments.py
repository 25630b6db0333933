"""Arguments of a call by their own names, for what has no neutral one."""

from __future__ import annotations

from gonogo.facts.lifted import ModelCall, Setting
from gonogo.link.values import CallSite, Const, DictV, SeqV, Values
from gonogo.rules.base import AppFacts


def argument(app: AppFacts, site: CallSite, name: str) -> Setting:
    """The argument `name` of a call; dots lead into tables (`extra_body.container`)."""
    _, named = app.evaluator.arguments(site)
    first, *rest = name.split(".")
    place = named.sites.get(first)
    table = named
    values: Values = ()
    for step in (first, *rest):
        if step not in table.entries:
            return Setting("open" if table.open else "absent")
        if step in table.maybe:
            return Setting("open")
        values = table.entries[step]
        inner = values[0] if len(values) == 1 else None
        table = inner if isinstance(inner, DictV) else DictV({}, True, {}, frozenset())
    return Setting("given", values, place, "call")


def runs_code(call: ModelCall) -> bool:
    """Is the code execution tool among the tools of a call?"""
    for value in call.setting("tools").values:
        for item in value.items if isinstance(value, SeqV) else ():
            for tool in item:
                kind = tool.entries.get("type", ()) if isinstance(tool, DictV) else ()
                if any(isinstance(v, Const) and str(v.value).startswith("code_execution") for v in kind):
                    return True
    return False
