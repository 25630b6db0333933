"""Routes that answer with a page, and what of it a model wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gonogo.facts.flow import Origin
from gonogo.facts.model import CallRef, Function
from gonogo.link.acting import is_text
from gonogo.link.flow import At
from gonogo.link.lift import symbol
from gonogo.link.module import Module, tail_name
from gonogo.link.values import Site
from gonogo.registry.frameworks import python_answers
from gonogo.registry.observability import package

if TYPE_CHECKING:
    from gonogo.link.flows import Flows


@dataclass(frozen=True, eq=False, slots=True)
class Page:
    """A returned page and what of it a model wrote."""

    site: Site
    origin: Origin


def pages(flows: Flows) -> Iterator[Page]:
    """Texts with tags that routes in reach answer as HTML, with something in them that a model wrote."""
    for module, index in flows.below.functions:
        function = None if index is None else module.facts.functions[index]
        if function is None or not function.decorators or not _answers_html(flows, module, function):
            continue
        frame = flows.evaluator.project.frame(module, function.index)
        for exit_ in module.returns.get(function.index, []):
            if exit_.value is None:
                continue
            for origin in flows.tracer.origins(exit_.value, frame, At(exit_.order, exit_.blocks)):
                tags = any(h.kind == "composed" and "<" in "".join(h.around) for h in origin.hops())
                if origin.kind == "model" and tags and is_text(origin):
                    yield Page(Site(module.path, exit_.span), origin)
                    break


def _answers_html(flows: Flows, module: Module, function: Function) -> bool:
    if not flows.sources.is_entry(module, function):
        return False
    frame = flows.evaluator.project.frame(module, function.parent)
    for decorator in function.decorators:
        if not isinstance(decorator, CallRef):
            continue
        call = module.facts.calls[decorator.index]
        if any(
            arg.name == "response_class" and tail_name(arg.value) in python_answers().html_classes for arg in call.args
        ):
            return True
        if any(
            package(symbol(v)) in python_answers().html_packages for v in flows.evaluator.values(call.callee, frame)
        ):
            return True
    return False
