"""What binds or checks the form of an answer: structured output asked for, a schema applied to what was parsed."""

from __future__ import annotations

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import CallRef, Expr, Name
from gonogo.findings import Place
from gonogo.link.dicts import fold_dicts
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import place_of
from gonogo.link.module import tail_name
from gonogo.link.values import CallSite, ClassV, Const, DictV, Made, Values
from gonogo.link.walk import walk
from gonogo.registry.sinks import ecma_output, output


def form_bound(call: ModelCall, evaluator: Evaluator) -> bool:
    """True if the call asks the API for an answer of a given form (JSON mode, a schema)."""
    facts = ecma_output() if call.sdk.language == "ecma" else output()
    if call.method.rsplit(".", 1)[-1] in facts.bound_tails:
        return True
    layers = [call.site, *call.derived]
    if call.made is not None and call.made.call is not None:
        layers.append(call.made.call)
    for site in layers:
        if tail_name(site.call.callee) in facts.bound_tails:
            return True
        positional, named = evaluator.arguments(site)
        if site.module.language == "ecma":
            # Arguments are entries of an object.
            named = fold_dicts(tuple(v for values in positional for v in values if isinstance(v, DictV)))
        if facts.bound & _given(named):
            return True
        if any(facts.bound & _inside(named.entries.get(name, ()), evaluator) for name in facts.inside):
            return True
    return False


def _given(named: DictV) -> set[str]:
    """Names given a value that is not `None`."""
    return {
        name
        for name, values in named.entries.items()
        if not all(isinstance(v, Const) and v.value is None for v in values)
        and not (name in output().holding and not any(isinstance(v, DictV) and "format" in v.entries for v in values))
    }


def _inside(values: Values, evaluator: Evaluator) -> set[str]:
    found: set[str] = set()
    for value in values:
        if isinstance(value, DictV):
            found |= _given(value)
        elif isinstance(value, Made) and value.call is not None:
            found |= _given(evaluator.arguments(value.call)[1])
    return found


def checked_by(site: CallSite, evaluator: Evaluator) -> Place | None:
    """Where the result of a call is made into an object of the project, or held against a schema."""
    facts = site.module.facts
    index = site.call.index
    names = _kept_as(site)
    for call in facts.calls:
        if call.function != site.call.function or call.index == index or call.order < site.call.order - 4:
            continue
        if not any(_holds(arg.value, index, site) or _names(arg.value, names, site) for arg in call.args):
            continue
        if tail_name(call.callee) in (ecma_output() if site.module.language == "ecma" else output()).checks:
            return place_of(site.module, call.span)
        inner = CallSite(site.frame, call)
        if any(isinstance(v, ClassV) for v in evaluator.callee(inner)):
            return place_of(site.module, call.span)
    return None


def looked_at(site: CallSite) -> bool:
    """True if a branch of the function asks something of the result of a call."""
    names = _kept_as(site)
    blocks = (block for block in site.module.facts.blocks if block.function == site.call.function)
    return any(block.test is not None and _names(block.test, names, site) for block in blocks)


def _kept_as(site: CallSite) -> set[str]:
    """Names that hold the result of a call."""
    return {
        assign.target.id
        for assign in site.module.facts.assigns
        if assign.function == site.call.function
        and isinstance(assign.target, Name)
        and _holds(assign.value, site.call.index, site)
    }


def _holds(expr: Expr, index: int, site: CallSite) -> bool:
    return any(isinstance(part, CallRef) and part.index == index for part in walk(expr, site.module.facts))


def _names(expr: Expr, names: set[str], site: CallSite) -> bool:
    return any(isinstance(part, Name) and part.id in names for part in walk(expr, site.module.facts))
