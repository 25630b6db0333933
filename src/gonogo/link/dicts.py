"""Mappings with known keys: alternatives folded, overlaid, updated."""

from __future__ import annotations

from gonogo.link.values import Const, DictV, SeqV, Site, Values, merge


def fold_dicts(values: Values) -> DictV:
    """One mapping that stands for several alternatives: keys not in all of them are `maybe`."""
    dicts = [v for v in values if isinstance(v, DictV)]
    others = [v for v in values if not isinstance(v, DictV) and not (isinstance(v, Const) and v.value is None)]
    if not dicts:
        return DictV({}, True)
    if len(dicts) == 1 and not others:
        return dicts[0]
    entries: dict[str, Values] = {}
    sites: dict[str, Site] = {}
    maybe: set[str] = set()
    for one in dicts:
        for key, found in one.entries.items():
            entries[key] = merge([entries.get(key, ()), found])
            if key in one.sites:
                sites.setdefault(key, one.sites[key])
        maybe |= one.maybe
    maybe |= {key for key in entries if any(key not in one.entries for one in dicts)}
    return DictV(entries, bool(others) or any(one.open for one in dicts), sites, frozenset(maybe))


def hollow(values: Values) -> bool:
    """True for defaults that only stand for "nothing given": `None`, an empty mapping, an empty list."""
    return bool(values) and all(
        (isinstance(v, Const) and v.value is None)
        or (isinstance(v, DictV) and not v.entries)
        or (isinstance(v, SeqV) and not v.items)
        for v in values
    )


def overlay(base: DictV, top: DictV) -> DictV:
    """`{**base, **top}`"""
    entries = dict(base.entries)
    maybe = set(base.maybe)
    for key, values in top.entries.items():
        if key in top.maybe:
            entries[key] = merge([entries.get(key, ()), values])
            if key not in base.entries:
                maybe.add(key)
        else:
            entries[key] = values
            maybe.discard(key)
    return DictV(entries, base.open or top.open, {**base.sites, **top.sites}, frozenset(maybe))


def updated(base: DictV, added: DictV, sure: bool, site: Site) -> DictV:
    """`base` after `base.update(added)`, which happens on every path if `sure`."""
    entries, sites, maybe = dict(base.entries), dict(base.sites), set(base.maybe)
    for key, found in added.entries.items():
        if sure and key not in added.maybe:
            entries[key] = found
            maybe.discard(key)
        else:
            if key not in entries:
                maybe.add(key)
            entries[key] = merge([entries.get(key, ()), found])
        sites[key] = added.sites.get(key, site)
    return DictV(entries, base.open or added.open, sites, frozenset(maybe))


def without(base: DictV, key: str) -> DictV:
    """`base` without a key."""
    return DictV({k: v for k, v in base.entries.items() if k != key}, base.open, base.sites, base.maybe - {key})
