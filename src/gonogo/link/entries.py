"""Which functions are entries: by decorator, by registration, by the class they stand in, or by their parameters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gonogo.facts.model import Attr, Call, CallRef, Expr, Function, Lit, Name
from gonogo.findings import Place
from gonogo.link.ecma_entries import exported_entry, wrapped
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import place_of, same_symbol, symbol
from gonogo.link.module import Module, tail_name
from gonogo.link.reach import Step
from gonogo.link.values import CallSite, InstV, Made, Member, Value
from gonogo.registry.frameworks import EntryKind, Routes, handler_names, handler_specs, route_specs
from gonogo.registry.running import runs

VERBS = frozenset({"get", "post", "put", "patch", "delete", "route", "api_route", "websocket"})
"""Decorators that make a route of whatever they are given together with a path."""
EVENTS = frozenset({"event", "on_message"})


@dataclass(frozen=True, eq=False, slots=True)
class Entry:
    """One function that something outside sets off; `function` is `None` for a file that is run as a page.

    `steps` lead from it to a model call, the entry's own first; `registration` is the call that made it an entry, if
    it was made one by a call.
    """

    module: Module
    function: Function | None
    kind: EntryKind
    framework: str
    place: Place
    steps: tuple[Step, ...] = ()
    registration: CallSite | None = None

    @property
    def path(self) -> str:
        """The file in which the application takes it in: where it is registered, else where it stands."""
        return self.registration.module.path if self.registration is not None else self.module.path

    @property
    def name(self) -> str:
        """How reports name it."""
        if self.function is None:
            return self.module.path
        return "a lambda" if self.function.name == "<lambda>" else self.function.name

    @property
    def sure(self) -> bool:
        """Is it certain that the way down leads to the call?"""
        return all(step.sure for step in self.steps)

    @property
    def outside(self) -> bool:
        """True if people outside can set it off; queues and clocks are no people."""
        return self.kind != "job"


def entry_of(evaluator: Evaluator, module: Module, function: Function) -> Entry | None:
    """The entry a function is, if it is one."""
    if function.name == "<lambda>":
        return (
            _exported(module, function)
            or _registered(evaluator, module, function)
            or _tabled(evaluator, module, function)
        )
    return (
        _decorated(evaluator, module, function)
        or _in_class(evaluator, module, function)
        or _by_parameters(module, function)
        or _exported(module, function)
        or _registered(evaluator, module, function)
        or _tabled(evaluator, module, function)
    )


def entries_of(evaluator: Evaluator, steps: Iterable[Step]) -> list[Entry]:
    """Every entry above a model call, jobs included, nearest first."""
    found: list[Entry] = []
    seen: set[tuple[str, int | None]] = set()
    for step in steps:
        entry = _above(evaluator, step)
        if entry is None:
            continue
        key = (entry.module.path, None if entry.function is None else entry.function.index)
        if key not in seen:
            seen.add(key)
            found.append(replace(entry, steps=_down(step)))
    return found


def _above(evaluator: Evaluator, step: Step) -> Entry | None:
    function = step.function
    if function is None:
        return _page(step)
    while function is not None:
        entry = entry_of(evaluator, step.module, function)
        if entry is not None:
            return entry
        function = None if function.parent is None else step.module.facts.functions[function.parent]
    return None


def _down(step: Step) -> tuple[Step, ...]:
    way: list[Step] = []
    current: Step | None = step
    while current is not None:
        way.append(current)
        current = current.below
    return tuple(way)


def _make(kind: EntryKind, framework: str, module: Module, function: Function, at: CallSite | None = None) -> Entry:
    span = function.name_span if function.name_span.line > 1 else function.span
    return Entry(module, function, kind, framework, place_of(module, span), (), at)


# --- by decorator ---


def _decorated(evaluator: Evaluator, module: Module, function: Function) -> Entry | None:
    frame = evaluator.project.frame(module, function.parent)
    for decorator in function.decorators:
        call = module.facts.calls[decorator.index] if isinstance(decorator, CallRef) else None
        expr: Expr = decorator if call is None else call.callee
        values = evaluator.values(expr, frame)
        for spec in route_specs():
            if any(_decorates(value, spec) for value in values):
                return _make(spec.kind, spec.framework, module, function)
        if isinstance(expr, Attr) and not any(isinstance(value, Made) for value in values):
            if function.is_async and expr.name in EVENTS:
                return _make("bot", "", module, function)
            if call is not None and expr.name in VERBS and _path_first(call):
                return _make("http", "", module, function)
    return None


def _path_first(call: Call) -> bool:
    """True if the first argument is the path of a route, as `"/chat"`."""
    first = call.args[0].value if call.args and call.args[0].name is None else None
    return isinstance(first, Lit) and isinstance(first.value, str) and first.value.startswith("/")


def _decorates(value: Value, spec: Routes) -> bool:
    name = symbol(value)
    if name and any(same_symbol(name, known) for known in spec.decorators):
        return True
    return _method_of(value, spec.objects, spec.methods)


def _method_of(value: Value, objects: tuple[str, ...], methods: frozenset[str]) -> bool:
    """True for a method (`message`, `message.register`) of one of the objects."""
    names: list[str] = []
    while isinstance(value, Member):
        names.insert(0, value.name)
        value = value.base
        if ".".join(names) in methods and isinstance(value, (Made, InstV)) and is_object(value, objects):
            return True
    return False


def is_object(value: Value, objects: tuple[str, ...]) -> bool:
    """True if a value was made by one of `objects`; `package.*` stands for anything of a package."""
    name = symbol(value).removesuffix("()")
    return bool(name) and any(
        name.startswith(known[:-1]) if known.endswith(".*") else same_symbol(name, known) for known in objects
    )


# --- by class, by parameters ---


def _in_class(evaluator: Evaluator, module: Module, function: Function) -> Entry | None:
    if function.class_index is None or function.name not in handler_names():
        return None
    cls = module.facts.classes[function.class_index]
    imported = {item.module.partition(".")[0] for item in module.facts.imports if not item.level}
    bases = [base.name for base in evaluator.external_bases(module, cls)] if cls.bases else []
    for spec in route_specs():
        if function.name in spec.named and imported & spec.packages:
            return _make(spec.kind, spec.framework, module, function)
        if function.name in spec.handlers and any(same_symbol(b, known) for b in bases for known in spec.bases):
            return _make(spec.kind, spec.framework, module, function)
    return None


def _by_parameters(module: Module, function: Function) -> Entry | None:
    if function.parent is not None or function.class_index is not None:
        return None
    names = tuple(param.name.lstrip("_") for param in function.params)
    for spec in handler_specs():
        if names == spec.params:
            held = _words_in(module, function)
            kind: EntryKind = "http" if held & spec.reads and not held & spec.queued else "job"
            return _make(kind, spec.framework, module, function)
    return None


def _words_in(module: Module, function: Function) -> set[str]:
    """Texts that stand alone in a function's code: keys it reads and writes."""
    from gonogo.link.walk import walk

    roots: list[Expr] = [a.value for a in module.facts.assigns if a.function == function.index]
    roots += [e.value for e in module.facts.exits if e.function == function.index and e.value is not None]
    for call in module.facts.calls:
        if call.function == function.index:
            roots += [call.callee, *(arg.value for arg in call.args)]
    roots += [b.test for b in module.facts.blocks if b.function == function.index and b.test is not None]
    return {
        part.value
        for root in roots
        for part in walk(root, module.facts)
        if isinstance(part, Lit) and isinstance(part.value, str)
    }


def _exported(module: Module, function: Function) -> Entry | None:
    spec = exported_entry(module, function) if module.language == "ecma" else None
    return None if spec is None else _make(spec.kind, spec.framework, module, function)


def _tabled(evaluator: Evaluator, module: Module, function: Function) -> Entry | None:
    return _make("http", "", module, function) if evaluator.callers.in_route_table(module, function) else None


# --- by a call ---


def _registered(evaluator: Evaluator, module: Module, function: Function) -> Entry | None:
    for edge in evaluator.callers.of(module, function):
        if edge.how != "passed":
            continue
        for site in (edge.site, *wrapped(evaluator, edge.site)):
            spec = _taken_by(evaluator, site)
            if spec is not None:
                return _make(spec.kind, spec.framework, module, function, site)
    return None


def _taken_by(evaluator: Evaluator, site: CallSite, depth: int = 0) -> Routes | None:
    """The framework whose registration a call is, also if the call only wraps the function for it."""
    for value in evaluator.callee(site):
        name = symbol(value)
        for spec in route_specs():
            if name and any(same_symbol(name, known) for known in spec.functions):
                return spec
            if _method_of(value, spec.objects, spec.adders):
                return spec
            if isinstance(value, Member) and value.name in spec.adders and symbol(value.base) in spec.adders_of:
                return spec
            if depth and _decorates(value, spec):
                return spec
    if depth > 2 or tail_name(site.call.callee) not in runs().wraps:
        return _taken_as_decorator(evaluator, site)
    for call in site.module.facts.calls:
        if any(isinstance(arg.value, CallRef) and arg.value.index == site.call.index for arg in call.args):
            outer = CallSite(evaluator.project.frame(site.module, call.function), call)
            spec_found = _taken_by(evaluator, outer, depth + 1)
            if spec_found is not None:
                return spec_found
    return None


def _taken_as_decorator(evaluator: Evaluator, site: CallSite) -> Routes | None:
    """`app.message("hi")(handler)`: a route decorator applied by hand."""
    callee = site.call.callee
    if not isinstance(callee, CallRef):
        return None
    for value in evaluator.values(site.module.facts.calls[callee.index].callee, site.frame):
        for spec in route_specs():
            if _decorates(value, spec):
                return spec
    return None


# --- files that are pages ---


def _page(step: Step) -> Entry | None:
    """A file run from top to bottom for whoever opens the page."""
    module = step.module
    imported = {item.module.partition(".")[0] for item in module.facts.imports if not item.level}
    for spec in route_specs():
        if not (spec.pages and imported & spec.packages):
            continue
        for call in module.facts.calls:
            callee = call.callee
            if isinstance(callee, Attr) and callee.name in spec.pages and isinstance(_root(callee), Name):
                return Entry(module, None, spec.kind, spec.framework, place_of(module, step.call.span))
    return None


def _root(expr: Expr) -> Expr:
    while isinstance(expr, Attr):
        expr = expr.base
    return expr
