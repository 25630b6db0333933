"""Calls whose result the language or its usual settings libraries define: environment reads, copies, JSON, fields.

Names of packages are data (`rules/libraries/values.toml`); those of the language itself stand here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gonogo.link.dicts import fold_dicts, overlay
from gonogo.link.texts import formatted, joined, replaced
from gonogo.link.values import (
    CallSite,
    ClassV,
    Const,
    DictV,
    Env,
    Ext,
    FuncV,
    InstV,
    Made,
    Member,
    SeqV,
    Site,
    TextV,
    Unknown,
    Value,
    Values,
    merge,
    with_via,
)
from gonogo.registry.observability import client_wrappers, same_name
from gonogo.registry.values import python_values

if TYPE_CHECKING:
    from gonogo.link.evaluate import Evaluator

CASTS = frozenset({"typing.cast"})
TEXT_METHODS = frozenset({"format", "format_map", "join", "replace"})


def evaluate(evaluator: Evaluator, callee: Ext | Member, site: CallSite) -> Values | None:
    """The result of a call the language defines, or `None` if it is none of these."""
    if isinstance(callee, Member):
        return _method(evaluator, callee, site)
    name = callee.name
    if name in python_values().environment:
        return _environment(evaluator, site)
    if name in python_values().same:
        positional, _ = evaluator.arguments(site)
        if not positional:
            return None
        return tuple(_cast(value, name, site.site) for value in positional[0])
    if name in CASTS:
        positional, _ = evaluator.arguments(site)
        return positional[1] if len(positional) > 1 else None
    if name.rsplit(".", 1)[-1] in client_wrappers():
        return _wrapped(evaluator, name, site)
    if name == "builtins.dict":
        positional, named = evaluator.arguments(site)
        return (overlay(fold_dicts(positional[0]) if positional else DictV({}, False), named),)
    if name == "builtins.getattr":
        return _getattr(evaluator, site)
    if name in ("builtins.min", "builtins.max"):
        return _extreme(evaluator, name, site)
    if name == "functools.partial":
        return _partial(evaluator, site)
    if name in ("os.environ.copy", "builtins.super"):
        return (Unknown("not followed", site.site),)
    return None


def _wrapped(evaluator: Evaluator, name: str, site: CallSite) -> Values | None:
    """A client that a tracing library records is the client it was given."""
    if not any(same_name(name, known) for known in client_wrappers()[name.rsplit(".", 1)[-1]]):
        return None
    positional, named = evaluator.arguments(site)
    return (positional[0] if positional else named.entries.get("client")) or None


def _environment(evaluator: Evaluator, site: CallSite) -> Values:
    positional, named = evaluator.arguments(site)
    names = positional[0] if positional else named.entries.get("key", ())
    name = next((v.value for v in names if isinstance(v, Const) and isinstance(v.value, str)), "")
    default = positional[1] if len(positional) > 1 else named.entries.get("default", ())
    return merge([with_via(default, "env-default"), (Env(name, site.site, (), bool(default)),)])


def _cast(value: Value, name: str, site: Site) -> Value:
    if not isinstance(value, Const):
        return value
    try:
        if name == "builtins.int" and isinstance(value.value, (str, float)):
            return Const(int(value.value), value.site, value.via)
        if name == "builtins.float" and isinstance(value.value, (str, int)):
            return Const(float(value.value), value.site, value.via)
    except (ValueError, OverflowError):
        return Unknown("a text that is no number", site)
    if name == "builtins.str" and isinstance(value.value, (int, float)):
        return Const(str(value.value), value.site, value.via)
    return value


def _getattr(evaluator: Evaluator, site: CallSite) -> Values | None:
    positional, _ = evaluator.arguments(site)
    if len(positional) < 2:
        return None
    groups: list[Values] = []
    for attribute in positional[1]:
        if isinstance(attribute, Const) and isinstance(attribute.value, str):
            groups.extend(evaluator.attribute(base, attribute.value, site.site) for base in positional[0])
    if len(positional) > 2:
        groups.append(positional[2])
    return merge(groups) or (Unknown("an attribute named at run time", site.site),)


def _extreme(evaluator: Evaluator, name: str, site: CallSite) -> Values | None:
    positional, _ = evaluator.arguments(site)
    numbers: list[float] = []
    for values in positional:
        if len(values) != 1 or not isinstance(values[0], Const) or not isinstance(values[0].value, (int, float)):
            return None
        numbers.append(values[0].value)
    if len(numbers) < 2:
        return None
    return (Const(min(numbers) if name.endswith("min") else max(numbers), site.site),)


def _partial(evaluator: Evaluator, site: CallSite) -> Values | None:
    positional, _ = evaluator.arguments(site)
    if not positional or not any(isinstance(v, FuncV) for v in positional[0]):
        return None
    return positional[0]


def _method(evaluator: Evaluator, callee: Member, site: CallSite) -> Values | None:
    base, name = callee.base, callee.name
    if name == "get" and not _is_http(base):
        positional, named = evaluator.arguments(site)
        if not positional:
            return None
        key = next((v.value for v in positional[0] if isinstance(v, Const) and isinstance(v.value, str)), None)
        default = positional[1] if len(positional) > 1 else named.entries.get("default", ())
        if isinstance(base, DictV):
            if key is not None and key in base.entries:
                found = base.entries[key]
                return merge([found, default]) if key in base.maybe else found
            if key is None:
                return merge([evaluator.item(base, None, site.site), default])
            return merge([default, (Unknown("a key set elsewhere", site.site),) if base.open else ()])
        if key is not None and len(site.call.args) <= 2:
            return merge([with_via(default, "config"), (Member(base, f"[{key}]", site.site),)])
        return None
    if name in python_values().same_methods and isinstance(base, (Const, TextV, DictV)):
        if name == "strip" and isinstance(base, Const) and isinstance(base.value, str) and not site.call.args:
            return (Const(base.value.strip(), base.site, base.via, base.length),)
        if name == "lower" and isinstance(base, Const) and isinstance(base.value, str):
            return (Const(base.value.lower(), base.site, base.via, base.length),)
        return (base,)
    if name in TEXT_METHODS and isinstance(base, (Const, TextV)):
        return (_text(evaluator, base, name, site),)
    if name in ("items", "values", "keys") and isinstance(base, DictV):
        if name == "values":
            return (SeqV(tuple(base.entries.values()), base.open),)
        return (SeqV((), True),)
    if isinstance(base, (DictV, SeqV)) and name in ("append", "extend", "update", "pop", "setdefault"):
        return (Unknown("a changed collection", site.site),)
    return None


def _text(evaluator: Evaluator, base: Const | TextV, name: str, site: CallSite) -> Value:
    """A method that puts texts together."""
    if not evaluator.thorough:
        return TextV((None,), site.site, ((base,),))
    positional, named = evaluator.arguments(site)
    if name == "format":
        return formatted(base, positional, named, site.site)
    if name == "format_map":
        return formatted(base, [], fold_dicts(positional[0]) if positional else named, site.site)
    if name == "join":
        return joined(base, positional[0] if positional else (), site.site)
    return replaced(base, positional, site.site)


def _is_http(base: Value) -> bool:
    """True if `.get` on `base` is more likely a request than a look-up."""
    while isinstance(base, Member):
        base = base.base
    return isinstance(base, Made) and not (
        isinstance(base.callee, Ext) and base.callee.name.split(".")[0] in python_values().mappings
    )


def _call_of(value: Value, names: frozenset[str]) -> CallSite | None:
    """The call that made a value, if it was one of `names`."""
    if isinstance(value, Made) and isinstance(value.callee, Ext) and value.callee.name in names:
        return value.call
    return None


def injected(evaluator: Evaluator, values: Values) -> Values:
    """What a dependency marker (`Depends(get_client)`) puts in its place; empty if `values` holds none."""
    groups: list[Values] = []
    for value in values:
        site = _call_of(value, python_values().injectors)
        if site is None:
            continue
        positional, named = evaluator.arguments(site)
        for provider in positional[0] if positional else named.entries.get("dependency", ()):
            if isinstance(provider, FuncV):
                groups.append(evaluator.returned(provider))
            elif isinstance(provider, ClassV):
                groups.append((InstV(provider.module, provider.cls),))
    return merge(groups)


def is_settings(bases: list[Ext]) -> bool:
    """True for classes whose fields come from the environment."""
    return any(base.name in python_values().settings for base in bases)


def field_default(evaluator: Evaluator, values: Values, name: str, settings: bool) -> Values:
    """The default of a declared field: its value, or what `Field(...)`, `field(...)` say."""
    groups: list[Values] = []
    for value in values:
        site = _call_of(value, python_values().fields)
        if site is None:
            groups.append((value,))
            continue
        positional, named = evaluator.arguments(site)
        if positional or "default" in named.entries:
            groups.append(_told(positional, named))
        elif "default_factory" in named.entries:
            for factory in named.entries["default_factory"]:
                if isinstance(factory, FuncV):
                    groups.append(evaluator.returned(factory))
        elif not settings:
            groups.append((Unknown(f"{name} is set when it is built", site.site),))
    return merge(groups)


def option_default(evaluator: Evaluator, values: Values) -> Values:
    """Defaults of parameters, with what `typer.Option(...)` says in place of the option."""
    groups: list[Values] = []
    for value in values:
        site = _call_of(value, python_values().options)
        if site is None:
            groups.append((value,))
            continue
        groups.append(_told(*evaluator.arguments(site)))
    return merge(groups)


def _told(positional: list[Values], named: DictV) -> Values:
    """The default that such a call is given, by place or by name."""
    given = positional[0] if positional else named.entries.get("default", ())
    return tuple(v for v in given if not _is_ellipsis(v))


def is_bounded(evaluator: Evaluator, values: Values) -> bool:
    """True if a field declares an upper bound (`Field(le=...)`)."""
    for value in values:
        site = _call_of(value, python_values().fields)
        if site is not None and evaluator.arguments(site)[1].entries.keys() & {"le", "lt"}:
            return True
    return False


def _is_ellipsis(value: Value) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, Ext) and value.name == "builtins.Ellipsis")
