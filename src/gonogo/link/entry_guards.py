"""What stands between an entry and the model call it leads to: limits per user, and checks of who is asking."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import (
    Assign,
    Attr,
    Block,
    Call,
    CallRef,
    Expr,
    Function,
    Import,
    Index,
    Lit,
    Name,
    Unary,
)
from gonogo.findings import Place
from gonogo.link.entries import Entry
from gonogo.link.evaluate import Evaluator
from gonogo.link.guard_words import (
    any_word,
    counts_addresses,
    is_empty_list,
    is_in_memory,
    is_nobody_else,
    keys_in,
    lists_people,
    names_in,
    refusal_codes,
)
from gonogo.link.lift import place_of, same_symbol, symbol
from gonogo.link.module import Module, chain, tail_name
from gonogo.link.mounts import Mounts, covers, path_of
from gonogo.link.statuses import REFUSED, TOO_MANY
from gonogo.link.values import CallSite, ClassV, DictV, FuncV, Made, Member, Value, Values
from gonogo.link.walk import walk
from gonogo.registry.frameworks import ecma_answers
from gonogo.registry.guards import LimiterSpec, default_limiters, limiters, surroundings, words

MAX_CALLEES = 60
"""Functions looked into below the functions on the way."""
MAX_ALIASES = 3
"""Names followed from a parameter to the dependency that its type stands for."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit on how often the model is reached. `per_user` and `in_memory` are `None` where that cannot be told."""

    place: Place
    text: str
    per_user: bool | None = None
    in_memory: bool | None = None


@dataclass(frozen=True, slots=True)
class Guards:
    """What guards one entry. `listed`: where only known people are let in; `identity`: where it is asked who comes."""

    limit: Limit | None = None
    identity: Place | None = None
    listed: Place | None = None


@dataclass(frozen=True, eq=False, slots=True)
class GuardedEntry:
    """One entry with its guards and the model call it leads to."""

    entry: Entry
    guards: Guards
    call: ModelCall


def guarded_entries(calls: Iterable[ModelCall], evaluator: Evaluator) -> list[GuardedEntry]:
    """Every entry of application code that surely leads to one of the calls, once, by place."""
    around: dict[str, _Reader] = {}
    found: dict[Place, GuardedEntry] = {}
    mounts: dict[str, Mounts] = {}
    for call in calls:
        for entry in call.entries:
            if not (entry.outside and entry.sure) or entry.module.area != "app" or entry.place in found:
                continue
            app = entry.module.app
            if app not in around:
                around[app] = _Reader(evaluator)
                for module in evaluator.project.all():
                    if module.app == app and module.area == "app":
                        around[app].setup(module)
                mounts[app] = Mounts(evaluator, (m for m in evaluator.project.all() if m.app == app))
            paths = mounts[app].paths(entry) if around[app].mounted else None
            found[entry.place] = GuardedEntry(entry, _guards(entry, around[app], paths, evaluator), call)
    return sorted(found.values(), key=lambda one: (one.entry.place.path, one.entry.place.span))


def _guards(entry: Entry, around: _Reader, paths: list[str] | None, evaluator: Evaluator) -> Guards:
    own = _Reader(evaluator)
    own.entry(entry)
    readers = [own, around, *(reader for path, reader in around.mounted if covers(path, paths))]
    limits = sorted((limit for one in readers for limit in one.limits), key=lambda limit: limit.per_user is False)
    identities = [place for one in readers for place in one.identities]
    return Guards(
        limits[0] if limits else None,
        identities[0] if identities else None,
        own.listings[0] if own.listings else None,
    )


class _Reader:
    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self.limits: list[Limit] = []
        self.identities: list[Place] = []
        self.listings: list[Place] = []
        self.mounted: list[tuple[str, _Reader]] = []
        """What an application runs before the routes under a path."""
        self._seen: set[tuple[str, int]] = set()

    def entry(self, entry: Entry) -> None:
        """Read an entry and the functions on the way down."""
        if entry.function is not None:
            self._declared(entry.module, entry.function)
        if entry.registration is not None:
            place = place_of(entry.registration.module, entry.registration.call.span)
            for arg in entry.registration.call.args:
                for name in names_in(arg.value, entry.registration.module):
                    self._by_name(name, place)
            if entry.module.language == "ecma":
                # `app.post("/chat", requireUser, limiter, handler)`: what stands before the handler is run before it.
                self._handlers(entry.registration)
                self._router(entry.registration)
        for step in entry.steps:
            if step.function is not None:
                self._body(step.module, step.function, step.call.order, deep=True, way=step.call.blocks)
                self._outside(step.module, step.function)

    def _outside(self, module: Module, inner: Function) -> None:
        """What the functions around an inner one do before they define it."""
        while inner.parent is not None:
            outer = module.facts.functions[inner.parent]
            begin = inner.span.line
            calls = [c.order for c in module.facts.calls if c.function == outer.index and c.span.line < begin]
            exits = [e.order for e in module.facts.exits if e.function == outer.index and e.span.line < begin]
            self._body(module, outer, max([*calls, *exits], default=-1) + 1, deep=True)
            inner = outer

    def setup(self, module: Module) -> None:
        """Read what a file declares for the whole application: middleware, routers, hooks before requests."""
        data = surroundings()
        for tail in (*data.middleware, *data.depending, *data.hooks, *default_limiters()):
            for call in module.calls_by_tail.get(tail, []):
                self._surrounding(module, call, tail)
        for function in module.facts.functions:
            if any(_is_hook(module, decorator) for decorator in function.decorators):
                self._body(module, function, None, deep=True)
        if module.language == "ecma":
            for tail in data.ecma:
                for call in module.calls_by_tail.get(tail, []):
                    site = CallSite(self._evaluator.project.frame(module, call.function), call)
                    self._plugin(site)
                    if not self._on_router(site):
                        self._mount(site)

    # --- middleware of JavaScript ---

    def _mount(self, site: CallSite) -> None:
        """`app.use(limiter)`, `app.use("/admin", limiter)`"""
        path = path_of(self._evaluator.arguments(site)[0])
        if path is None or not path.startswith("/"):
            self._handlers(site)
            return
        inner = _Reader(self._evaluator)
        inner._handlers(site)
        self.mounted.append((path, inner))

    def _plugin(self, site: CallSite) -> None:
        """`fastify.register(rateLimit, options)`, `ThrottlerModule.forRoot(options)`"""
        place = place_of(site.module, site.call.span)
        given = [value for arg in site.call.args for value in self._evaluator.values(arg.value, site.frame)]
        for value in (*self._evaluator.callee(site), *given):
            for spec in limiters():
                if any(same_symbol(symbol(value), known) for known in spec.middleware):
                    self.limits.append(Limit(place, f"{spec.name} limits every route", None, None))

    def _on_router(self, site: CallSite) -> bool:
        """True for `router.use(...)`, which says nothing about routes that are not the router's."""
        names = [symbol(value) for value in self._evaluator.callee(site)]
        return any(name.endswith(("Router().use", "Router.use")) for name in names)

    def _router(self, site: CallSite) -> None:
        """What the router of a route runs before it."""
        module, name = site.module, chain(site.call.callee)[:-1]
        for call in module.calls_by_tail.get("use", []):
            if call.function == site.call.function and call.order < site.call.order and chain(call.callee)[:-1] == name:
                self._handlers(CallSite(self._evaluator.project.frame(module, call.function), call))

    def _handlers(self, site: CallSite) -> None:
        """Limiters and checks among the functions that a server is told to run."""
        place = place_of(site.module, site.call.span)
        for arg in site.call.args:
            for value in self._evaluator.values(arg.value, site.frame, self._evaluator.at(site.call)):
                if isinstance(value, FuncV):
                    self._body(value.module, value.function, None, deep=True)
                    self._answers(value, place)
                elif isinstance(value, Made):
                    for spec in limiters():
                        if any(same_symbol(symbol(value.callee), known) for known in spec.functions):
                            self.limits.append(self._limit(spec, place, None, value.call))

    def _answers(self, value: FuncV, place: Place) -> None:
        """`res.status(401)`, `reply.code(429)`"""
        for call in value.module.facts.calls:
            if call.function == value.function.index and tail_name(call.callee) in ecma_answers().statuses:
                codes = {part.value for arg in call.args for part in (arg.value,) if isinstance(part, Lit)}
                if TOO_MANY in codes:
                    self.limits.append(Limit(place, "answers 429 above a limit of its own"))
                elif codes & REFUSED:
                    self.identities.append(place)

    # --- what is declared on the entry ---

    def _declared(self, module: Module, function: Function) -> None:
        for decorator in function.decorators:
            self._decorator(module, function, decorator)
        for param in function.params:
            for part in (param.default, param.annotation):
                if part is not None:
                    self._dependency(module, function.parent, part)
        if function.class_index is not None:
            for name in (*surroundings().throttles, *surroundings().checks):
                for assign in module.class_bodies.get(function.class_index, {}).get(name, []):
                    self._listing(module, assign.value, name)

    def _decorator(self, module: Module, function: Function, decorator: Expr) -> None:
        call = module.facts.calls[decorator.index] if isinstance(decorator, CallRef) else None
        callee = call.callee if call is not None else decorator
        place = place_of(module, decorator.span)
        frame = self._evaluator.project.frame(module, function.parent)
        use = None if call is None else CallSite(frame, call)
        known_limits = len(self.limits)
        for value in self._evaluator.values(callee, frame):
            for spec in limiters():
                if any(same_symbol(symbol(value), known) for known in spec.functions):
                    self.limits.append(self._limit(spec, place, use, None))
                elif isinstance(value, Member) and value.name in spec.decorators and _is_made(value.base, spec.objects):
                    made = value.base.call if isinstance(value.base, Made) else None
                    self.limits.append(self._limit(spec, place, use, made))
        if len(self.limits) == known_limits:
            self._by_name(tail_name(callee), place)
        if call is not None:
            for arg in call.args:
                if arg.name == "dependencies" or arg.name is None:
                    self._dependency(module, function.parent, arg.value)

    def _dependency(self, module: Module, function: int | None, expr: Expr, hops: int = 0) -> None:
        """`Depends(x)`, `Security(x)`, `Annotated[T, Depends(x)]`, and names that stand for those."""
        frame = self._evaluator.project.frame(module, function)
        for part in walk(expr, module.facts):
            place = place_of(module, expr.span)
            if isinstance(part, (Name, Attr)):
                self._by_name(tail_name(part), place)
            if isinstance(part, Name) and hops < MAX_ALIASES:
                self._alias(module, part.id, hops + 1)
            if not isinstance(part, CallRef):
                continue
            call = module.facts.calls[part.index]
            for spec in limiters():
                for value in self._evaluator.values(call.callee, frame):
                    if any(same_symbol(symbol(value), known) for known in spec.dependencies):
                        self.limits.append(self._limit(spec, place, CallSite(frame, call), None))
            for arg in call.args:
                for value in self._evaluator.values(arg.value, frame):
                    if isinstance(value, FuncV):
                        self._body(value.module, value.function, None, deep=True)

    def _alias(self, module: Module, name: str, hops: int) -> None:
        """A name for `Annotated[T, Depends(x)]`, given here or in the module that it is imported from."""
        for binding in module.scopes.get(None, {}).get(name, []):
            if isinstance(binding, Assign):
                if isinstance(binding.value, Index):
                    self._dependency(module, None, binding.value, hops)
            elif isinstance(binding, Import) and binding.name and hops < MAX_ALIASES:
                project = self._evaluator.project
                path = project.resolver.resolve_from(binding.module, binding.name, binding.level, module.path)
                other = None if path is None else project.module(path)
                if other is not None and other is not module:
                    self._alias(other, binding.name, hops + 1)

    def _listing(self, module: Module, expr: Expr, name: str) -> None:
        place = place_of(module, expr.span)
        if name not in surroundings().throttles:
            named = (part for part in walk(expr, module.facts) if isinstance(part, (Name, Attr)))
            if any(tail_name(part) not in surroundings().open for part in named):
                self.identities.append(place)
            return
        frame = self._evaluator.project.frame(module, None)
        for part in walk(expr, module.facts):
            if not isinstance(part, (Name, Attr)):
                continue
            for value in self._evaluator.values(part, frame):
                if isinstance(value, ClassV):
                    names = [base.name for base in self._evaluator.external_bases(value.module, value.cls)]
                else:
                    names = [symbol(value)]
                for spec in limiters():
                    if any(same_symbol(found, known) for found in names for known in spec.classes):
                        self.limits.append(Limit(place, f"{spec.name} throttles it", True, False))

    # --- what is declared around it: routers, applications, middleware ---

    def _surrounding(self, module: Module, call: Call, tail: str) -> None:
        site = CallSite(self._evaluator.project.frame(module, call.function), call)
        if tail in surroundings().middleware:
            self._middleware(site)
        elif tail in default_limiters():
            self._default_limits(site)
        else:
            for arg in call.args:
                if arg.name == "dependencies":
                    self._dependency(module, call.function, arg.value)
                elif tail in surroundings().hooks:
                    self._by_name(tail_name(arg.value), place_of(module, call.span))

    def _middleware(self, site: CallSite) -> None:
        """The class that is added, and functions it is handed (`dispatch=limiter.dispatch`)."""
        place = place_of(site.module, site.call.span)
        for arg in site.call.args:
            for name in names_in(arg.value, site.module):
                self._by_name(name, place)
            for value in self._evaluator.values(arg.value, site.frame, self._evaluator.at(site.call)):
                for spec in limiters():
                    if any(same_symbol(symbol(value), known) for known in spec.middleware):
                        self.limits.append(Limit(place, f"{spec.name} limits every route", None, None))
                if isinstance(value, ClassV):
                    for method in value.module.methods.get(value.cls.index, {}).values():
                        self._body(value.module, method, None, deep=False)
                elif isinstance(value, FuncV):
                    self._body(value.module, value.function, None, deep=True)

    def _default_limits(self, site: CallSite) -> None:
        """A limiter that limits every route by itself."""
        for value in self._evaluator.callee(site):
            for spec in limiters():
                if spec.defaults and any(same_symbol(symbol(value), known) for known in spec.objects):
                    _, named = self._evaluator.arguments(site)
                    if named.entries.get(spec.defaults):
                        self.limits.append(self._limit(spec, place_of(site.module, site.call.span), None, site))

    # --- what happens on the way ---

    def _body(
        self, module: Module, function: Function, until: int | None, *, deep: bool, way: tuple[int, ...] = ()
    ) -> None:
        """Limits and checks in a function, up to the order of the call that leads on from the blocks `way`."""
        key = (module.path, function.index)
        if key in self._seen or len(self._seen) > MAX_CALLEES:
            return
        self._seen.add(key)
        self._refusals(module, function, until)
        self._conditions(module, function, until)
        for call in module.facts.calls:
            if call.function != function.index or (until is not None and call.order >= until):
                continue
            name = tail_name(call.callee)
            self._by_name(name, place_of(module, call.span), called=True)
            frame = self._evaluator.project.frame(module, call.function)
            site = CallSite(frame, call)
            for value in self._evaluator.callee(site):
                if isinstance(value, Member):
                    for spec in limiters():
                        if value.name in spec.hits and _is_made(value.base, spec.objects):
                            self.limits.append(Limit(place_of(module, call.span), f"{spec.name} counts it", True, None))
                if deep and isinstance(value, FuncV) and not _turns_off(module, call, way):
                    self._body(value.module, value.function, None, deep=False)

    def _refusals(self, module: Module, function: Function, until: int | None) -> None:
        """Answers of 429, 401 and 403."""
        for exit_ in module.facts.exits:
            if exit_.function != function.index or exit_.value is None:
                continue
            if until is not None and exit_.order >= until:
                continue
            for code in refusal_codes(exit_.value, module):
                place = place_of(module, exit_.span)
                if code == TOO_MANY:
                    self.limits.append(Limit(place, "answers 429 above a limit of its own"))
                elif code in REFUSED:
                    self.identities.append(place)

    def _conditions(self, module: Module, function: Function, until: int | None) -> None:
        """Early ends under a condition about a limit, a stored answer of the day, or a list of known people."""
        for exit_ in module.facts.exits:
            if exit_.function != function.index or exit_.kind not in ("return", "raise", "continue"):
                continue
            if until is not None and exit_.order >= until:
                continue
            for block in module.enclosing(exit_.blocks, "branch"):
                if block.test is not None and not is_empty_list(block.test):
                    self._condition(module, function, block, exit_.kind)

    def _condition(self, module: Module, function: Function, block: Block, kind: str) -> None:
        assert block.test is not None
        names = [*names_in(block.test, module), *keys_in(block.test, module)]
        place = place_of(module, block.test.span)
        if any_word(names, words().limit):
            self.limits.append(Limit(place, "ends early above a limit of its own"))
        elif lists_people(names) or any(is_nobody_else(part, module) for part in walk(block.test, module.facts)):
            self.listings.append(place)
        elif kind == "return" and not (isinstance(block.test, Unary) and block.test.op == "not"):
            for assign in module.facts.assigns:
                target = assign.target
                if assign.function != function.index or not isinstance(target, Name) or target.id not in names:
                    continue
                if any(name in words().period for name in names_in(assign.value, module)):
                    self.limits.append(Limit(place, "answers from what is stored for the period"))
                    break

    def _by_name(self, name: str, place: Place, *, called: bool = False) -> None:
        lowered = name.lower()
        if not lowered:
            return
        if any_word([lowered], words().limit):
            self.limits.append(Limit(place, f"{name} limits it"))
        if any_word([lowered], words().identity) and not (called and lowered.startswith(("get_user", "user_id"))):
            self.identities.append(place)
        if any_word([lowered], words().allow):
            self.listings.append(place)

    # --- settings of a limiter ---

    def _limit(self, spec: LimiterSpec, place: Place, use: CallSite | None, made: CallSite | None) -> Limit:
        per_user, in_memory = spec.per_user, spec.in_memory
        for site in (made, use):  # what stands on the route decides over what stands on the limiter
            if site is None:
                continue
            positional, named = self._evaluator.arguments(site)
            if site.module.language == "ecma" and positional:
                # Options are one mapping.
                named = next((value for value in positional[0] if isinstance(value, DictV)), named)
            for path in spec.key:
                index = int(path[1:]) if path.startswith("#") else -1
                values: Values = named.entries.get(path, ())
                if site is made and 0 <= index < len(positional):
                    values = positional[index]
                if values:
                    per_user = not any(counts_addresses(value) for value in values)
            for path in spec.storage:
                if named.entries.get(path):
                    in_memory = all(is_in_memory(value) for value in named.entries[path])
        return Limit(place, f"{spec.name} limits it", per_user, in_memory)


def _turns_off(module: Module, call: Call, way: tuple[int, ...]) -> bool:
    """True for a call in a branch that ends the function: whoever gets there (a command of its own) asks no model."""
    own = {index for index in call.blocks if index not in way and module.facts.blocks[index].kind == "branch"}
    return any(e.kind in ("return", "raise") and e.blocks and e.blocks[-1] in own for e in module.facts.exits)


def _is_made(value: Value, objects: tuple[str, ...]) -> bool:
    if not isinstance(value, Made):
        return False
    return any(same_symbol(symbol(value.callee), known) for known in objects)


def _is_hook(module: Module, decorator: Expr) -> bool:
    """True for decorators that put a function before every route."""
    callee = module.facts.calls[decorator.index].callee if isinstance(decorator, CallRef) else decorator
    return tail_name(callee) in surroundings().hook_decorators
