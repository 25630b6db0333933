"""Entries of JavaScript by where they are exported: files that a framework finds by their place, and directives."""

from __future__ import annotations

from collections.abc import Iterator

from gonogo.facts.model import Assign, CallRef, DictLit, Expr, Function, Lambda, Lit, Name
from gonogo.link.evaluate import Evaluator
from gonogo.link.module import Module
from gonogo.link.values import CallSite
from gonogo.link.walk import walk
from gonogo.registry.frameworks import RouteFiles, route_files
from gonogo.workspace.globs import matches

MAX_WRAPPERS = 4


def exported_entry(module: Module, function: Function) -> RouteFiles | None:
    """What makes a function an entry by its file, its export or a directive."""
    names: set[str] | None = None
    for spec in route_files():
        if spec.directives & {*function.directives}:
            return spec
        whole_file = bool(spec.directives & {*module.facts.directives})
        if function.parent is not None or (spec.directives and not whole_file):
            continue
        if spec.paths and not any(matches(pattern, module.path) for pattern in spec.paths):
            continue
        if names is None:
            names = set(_exports(module, function))
        if whole_file and names:
            return spec
        if any(_named(name, names) for name in spec.names):
            return spec
    return None


def _named(pattern: str, names: set[str]) -> bool:
    head, star, _ = pattern.partition("*")
    return any(name.startswith(head) for name in names) if star else pattern in names


def _exports(module: Module, function: Function) -> Iterator[str]:
    """Names under which a function at the top of a module can be imported."""
    if function.class_index is not None:
        return
    if function.declared and function.name != "<lambda>":
        yield function.name
        yield from module.aliases.get(function.name, ())
    for assign in module.facts.assigns:
        if assign.function is None and assign.class_index is None and isinstance(assign.target, Name):
            yield from _within(module, assign, function)


def _within(module: Module, assign: Assign, function: Function) -> Iterator[str]:
    """Names by which a function in the value of a variable is known: that of the variable, or a path in a mapping."""
    assert isinstance(assign.target, Name)
    name = assign.target.id
    if isinstance(assign.value, DictLit):
        for key, value in assign.value.items:
            if isinstance(key, Lit) and _holds(module, value, function):
                yield f"{name}.{key.value}"
    elif _holds(module, assign.value, function):
        # `export const POST = withAuth(async (request) => ...)`
        yield name


def _holds(module: Module, expr: Expr, function: Function) -> bool:
    if function.declared and function.name != "<lambda>":
        return any(isinstance(part, Name) and part.id == function.name for part in _values(module, expr))
    return any(isinstance(part, Lambda) and part.function == function.index for part in walk(expr, module.facts))


def _values(module: Module, expr: Expr) -> list[Expr]:
    """An expression and the arguments of the call that it is."""
    if isinstance(expr, CallRef):
        return [arg.value for arg in module.facts.calls[expr.index].args]
    return [expr]


def wrapped(evaluator: Evaluator, site: CallSite) -> list[CallSite]:
    """Calls of JavaScript that the result of a call is handed to: `router.post("/", guard(handler))`."""
    module = site.module
    found: list[CallSite] = []
    current = site.call
    for _ in range(MAX_WRAPPERS if module.language == "ecma" else 0):
        outer = next(
            (
                call
                for call in module.facts.calls
                if call.function == current.function
                and any(isinstance(arg.value, CallRef) and arg.value.index == current.index for arg in call.args)
            ),
            None,
        )
        if outer is None:
            break
        found.append(CallSite(evaluator.project.frame(module, outer.function), outer))
        current = outer
    return found
