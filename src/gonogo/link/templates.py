"""Templates of the project that print a value without escaping it, and what of that a model wrote."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from gonogo.facts.model import DictLit, Expr
from gonogo.link.acting import is_text
from gonogo.link.module import tail_name, text_of
from gonogo.link.pages import Page
from gonogo.link.values import CallSite
from gonogo.registry.frameworks import python_answers

if TYPE_CHECKING:
    from gonogo.link.flows import Flows

SAFE = re.compile(r"\{\{-?\s{0,9}([A-Za-z_]\w{0,80})[^{}|]{0,200}\|[^{}]{0,200}?\bsafe\b")
"""`{{ answer | safe }}`, also after other filters."""

ReadTemplate = Callable[[str], str]
"""The text of the template of a name; empty if the project has none."""


def unescaped_pages(flows: Flows, read: ReadTemplate) -> Iterator[Page]:
    """Calls in reach that hand what a model wrote to a template which prints it as it is."""
    for site in flows.below.calls():
        if tail_name(site.call.callee) not in python_answers().renders:
            continue
        name = next((t for t in (text_of(arg.value) for arg in site.call.args) if t and "." in t), "")
        printed = set(SAFE.findall(read(name))) if name else set()
        for key, expr in _given(site):
            if key not in printed:
                continue
            for origin in flows.made_of(expr, site):
                if origin.kind == "model" and is_text(origin):
                    yield Page(site.site, origin)
                    break


def _given(site: CallSite) -> Iterator[tuple[str, Expr]]:
    """What a template is given, by name: named arguments, and entries of a mapping that is written out."""
    for arg in site.call.args:
        if arg.name is not None:
            yield arg.name, arg.value
        if isinstance(arg.value, DictLit):
            for key, value in arg.value.items:
                name = None if key is None else text_of(key)
                if name is not None:
                    yield name, value
