"""What an expression can be: evaluation over facts, across functions, classes and files, within bounds."""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from gonogo.facts.model import (
    Assign,
    Attr,
    Binary,
    Call,
    CallRef,
    Choice,
    Class,
    Compare,
    Comprehension,
    DictLit,
    Expr,
    Function,
    Import,
    Index,
    Lambda,
    Lit,
    Logical,
    Name,
    Opaque,
    Param,
    Seq,
    Spread,
    Template,
    Unary,
)
from gonogo.languages import GLOBAL, PACKAGE, language_of
from gonogo.lexical.ecma_imports import plain_specifier
from gonogo.link import builtin_calls, ecma_builtins, lists, texts
from gonogo.link.callers import CallerIndex, Edge
from gonogo.link.dicts import fold_dicts, hollow, overlay, updated, without
from gonogo.link.flow import END, At, is_prefix, reaching_assigns
from gonogo.link.functions import is_classmethod, is_property, is_static
from gonogo.link.module import DEFAULT, Binding, Module, is_call, tail_name
from gonogo.link.needs import needed
from gonogo.link.operators import fold_operator, is_clock
from gonogo.link.project import Project
from gonogo.link.values import (
    ANY_KEY,
    MAX_VALUES,
    CallSite,
    ClassV,
    Const,
    DictV,
    Env,
    Ext,
    Frame,
    FuncV,
    InstV,
    Made,
    Member,
    ModV,
    Numbers,
    ParamV,
    PipeV,
    SeqV,
    Site,
    TextV,
    Unknown,
    Value,
    Values,
    known,
    merge,
    vague,
    with_via,
)
from gonogo.link.walk import walk

MAX_DEPTH = 40
"""Nested evaluation steps; real chains in the measured repositories stay under 25."""
MAX_NESTED = 2
"""A function that calls itself is followed so often into itself: with arguments that grow, each time is a new one."""
SHARE = 4
"""One value of a mapping may take this part of the steps that are left."""
MAX_STEPS = 2_500
"""Evaluation steps for one question, so that one tangled module cannot stall a run. Over nine measured applications
no question that came clear took more than 2,000."""


class _Trial(NamedTuple):
    """What came of a question that was given up for want of steps, with how many of them and how deep it began."""

    steps: int
    depth: int
    found: Values


@dataclass(slots=True)
class Attempt:
    """`cut`: was what it tells of given up because a longer question took too many steps?"""

    cut: bool = False


class Evaluator:
    """Answers what expressions can be. One instance serves a whole run; results are kept per frame and expression.

    A `thorough` one also follows how texts are put together and lists grow. That is what prompts are made of, but it
    takes many more steps, and on the way to a client or a setting it would use up the bound for nothing.
    """

    def __init__(self, project: Project, *, thorough_of: Evaluator | None = None) -> None:
        self.project = project
        self.thorough = thorough_of is not None
        self.callers: CallerIndex = CallerIndex(project, self) if thorough_of is None else thorough_of.callers
        self._memo: dict[tuple[int, int, int], Values] = {}
        self._seen_so_far: dict[tuple[int, int, int], Values] = {}
        self._tried: dict[tuple[int, int, int], _Trial] = {}
        self._frames: dict[object, Frame] = {}
        self._active: dict[int, int] = {}
        self._numbers = Numbers()
        self._keep: list[object] = []
        self._busy: set[tuple[int, int, int]] = set()
        self._depth = 0
        self._steps = 0
        self._cut = False
        self._by_callers = False
        self._limit = MAX_STEPS
        self._version = -1

    # --- entry points ---

    def values(self, expr: Expr, frame: Frame, at: At = END) -> Values:
        """All values `expr` can take at `at` in `frame`."""
        if isinstance(expr, Lit):
            return (Const(expr.value, Site(frame.module.path, expr.span), (), expr.length),)
        if self._depth == 0:
            self._steps, self._cut, self._by_callers = 0, False, False
            if self._version != self.project.epoch:
                # Modules taken in since may add callers: what was concluded without them no longer holds.
                self._seen_so_far.clear()
                self._tried.clear()
                self._version = self.project.epoch
        self._steps += 1
        if self._depth > MAX_DEPTH or self._steps > self._limit:
            self._cut = True
            return (Unknown("the trail is too long to follow", Site(frame.module.path, expr.span)),)
        key = (id(expr), id(frame), at.order)
        done = self._memo.get(key)
        if done is not None:
            return done
        done = self._seen_so_far.get(key)
        if done is not None:
            self._by_callers = True
            return done
        if key in self._busy:
            return ()
        left = self._limit - self._steps
        tried = self._tried.get(key)
        if tried is not None and tried.steps >= left and tried.depth <= self._depth:
            self._cut = self._by_callers = True
            return tried.found
        before = self._cut, self._by_callers
        self._cut = self._by_callers = False
        self._busy.add(key)
        self._depth += 1
        try:
            result = self._evaluate(expr, frame, at)
        finally:
            self._depth -= 1
            self._busy.discard(key)
        self._keep.append(frame)
        if not self._cut or (self._depth == 0 and self._limit == MAX_STEPS):
            # What one long trail did not reach may be near for the next.
            memo = self._seen_so_far if self._by_callers or self._cut else self._memo
            memo[key] = result
        else:
            self._tried[key] = _Trial(left, self._depth, result)
        self._cut, self._by_callers = self._cut or before[0], self._by_callers or before[1]
        return result

    def more_thorough(self) -> Evaluator:
        """An evaluator of the same project that follows texts and lists as well."""
        return Evaluator(self.project, thorough_of=self)

    @contextmanager
    def within(self, steps: int) -> Iterator[None]:
        """Answer questions in at most `steps` steps each: for walks that ask very many and need no hard ones."""
        before, self._limit = self._limit, steps
        try:
            yield
        finally:
            self._limit = before

    @contextmanager
    def attempt(self) -> Iterator[Attempt]:
        """Tells whether what is asked within a longer question had to be given up with it."""
        before, self._cut = self._cut, False
        attempt = Attempt()
        try:
            yield attempt
        finally:
            attempt.cut = self._depth > 0 and self._cut
            self._cut = self._cut or before

    def callee(self, site: CallSite) -> Values:
        """What a call calls."""
        return self.values(site.call.callee, site.frame, self.at(site.call))

    @staticmethod
    def at(call: Call) -> At:
        return At(call.order, call.blocks)

    def arguments(self, site: CallSite, heads: Container[str] | None = None) -> tuple[list[Values], DictV]:
        """Positional values, and named ones (spreads folded in) of a call.

        `heads` names those that are asked for (`model`, `#0`); the others, of which each may be a long trail, are left
        without values.
        """
        positional: list[Values] = []
        entries: dict[str, Values] = {}
        sites: dict[str, Site] = {}
        maybe: set[str] = set()
        is_open = False
        at = self.at(site.call)
        path = site.frame.module.path
        for arg in site.call.args:
            asked = heads is None or arg.spread or (arg.name or f"#{len(positional)}") in heads
            values = self.values(arg.value, site.frame, at) if asked else ()
            if arg.spread == "*":
                for value in values[:1]:
                    if isinstance(value, SeqV):
                        positional.extend(value.items)
                        continue
                    positional.append((Unknown("spread argument"),))
            elif arg.spread == "**":
                folded = fold_dicts(values)
                is_open = is_open or folded.open
                for name, found in folded.entries.items():
                    entries[name] = found
                    sites[name] = folded.sites.get(name, Site(path, arg.span))
                maybe |= folded.maybe
            elif arg.name is not None:
                entries[arg.name] = values
                sites[arg.name] = Site(path, arg.span)
                maybe.discard(arg.name)
            else:
                positional.append(values)
        return positional, DictV(entries, is_open, sites, frozenset(maybe))

    # --- expressions ---

    def _evaluate(self, expr: Expr, frame: Frame, at: At) -> Values:  # noqa: C901 - one arm per kind of expression
        site = Site(frame.module.path, expr.span)
        if isinstance(expr, Lit):
            return (Const(expr.value, site, (), expr.length),)
        if isinstance(expr, Name):
            return self._name(expr.id, frame, at, site)
        if isinstance(expr, Attr):
            return self._attr(expr, frame, at)
        if isinstance(expr, CallRef):
            return self._call(CallSite(frame, frame.module.facts.calls[expr.index]))
        if isinstance(expr, DictLit):
            return (self._dict(expr, frame, at),)
        if isinstance(expr, Seq):
            return (self._seq(expr, frame, at),)
        if isinstance(expr, Template):
            return self._template(expr, frame, at, site)
        if isinstance(expr, Logical):
            return self._logical(expr, frame, at)
        if isinstance(expr, Choice):
            return merge([self.values(expr.body, frame, at), self.values(expr.orelse, frame, at)])
        if isinstance(expr, Binary):
            return self._binary(expr, frame, at, site)
        if isinstance(expr, Unary):
            return self._unary(expr, frame, at, site)
        if isinstance(expr, Index):
            return self._index(expr, frame, at, site)
        if isinstance(expr, Lambda):
            return (FuncV(frame.module, frame.module.facts.functions[expr.function], None, frame),)
        if isinstance(expr, Comprehension):
            if expr.key is not None:
                return (DictV({}, True),)
            return (SeqV((self.values(expr.element, frame, at),), True),)
        if isinstance(expr, Spread):
            return self.values(expr.value, frame, at)
        if isinstance(expr, Compare):
            return (Unknown("a comparison", site),)
        if isinstance(expr, Opaque) and expr.what == "declared":
            return ()
        return (Unknown("syntax that is not followed", site),)

    def _dict(self, expr: DictLit, frame: Frame, at: At) -> DictV:
        entries: dict[str, Values] = {}
        sites: dict[str, Site] = {}
        maybe: set[str] = set()
        is_open = False
        for key, value in expr.items:
            if key is None:
                folded = fold_dicts(self.values(value, frame, at))
                entries.update(folded.entries)
                sites.update(folded.sites)
                maybe |= folded.maybe
                is_open = is_open or folded.open
                continue
            name = self._key(key, frame, at)
            if name is None:
                is_open = True
                continue
            entries[name] = self._option(value, frame, at)
            sites[name] = Site(frame.module.path, value.span)
            maybe.discard(name)
        return DictV(entries, is_open, sites, frozenset(maybe))

    def _option(self, expr: Expr, frame: Frame, at: At) -> Values:
        """One value of a mapping. In JavaScript a mapping holds arguments: none may use up the steps of the others."""
        if frame.module.language != "ecma":
            return self.values(expr, frame, at)
        before = self._limit
        self._limit = min(before, self._steps + (before - self._steps) // SHARE)
        try:
            return self.values(expr, frame, at)
        finally:
            self._limit = before

    def _key(self, key: Expr, frame: Frame, at: At) -> str | None:
        if isinstance(key, Lit):
            # No question is asked: a mapping keeps its keys even where the trail of its values is too long.
            return str(key.value) if isinstance(key.value, (str, int)) else None
        found = self.values(key, frame, at)
        if len(found) == 1 and isinstance(found[0], Const) and isinstance(found[0].value, (str, int)):
            return str(found[0].value)
        return None

    def _seq(self, expr: Seq, frame: Frame, at: At) -> SeqV:
        items: list[Values] = []
        is_open = False
        for item in expr.items:
            values = self.values(item, frame, at)
            if isinstance(item, Spread):
                is_open = True
                for value in values:
                    if isinstance(value, SeqV):
                        items.extend(value.items)
                continue
            items.append(values)
        return SeqV(tuple(items), is_open)

    def _template(self, expr: Template, frame: Frame, at: At, site: Site) -> Values:
        parts: list[tuple[str | None, Values]] = []
        for position, part in enumerate(expr.parts):
            found = self.values(part, frame, at)
            if frame.module.language == "ecma" and any(isinstance(v, Env) and v.has_default for v in found):
                # An address with a default for its host is written for that host.
                found = tuple(v for v in found if not isinstance(v, Env))
            if len(found) == 1 and isinstance(found[0], Const):
                parts.append((str(found[0].value), ()))
            elif position in expr.shaped:
                parts.append((None, (Unknown("written in a format of its own", site),)))
            else:
                parts.append((None, found))
        return (texts.assembled(parts, site),)

    def _logical(self, expr: Logical, frame: Frame, at: At) -> Values:
        left = self.values(expr.left, frame, at)
        right = self.values(expr.right, frame, at)
        if expr.op == "and":
            return merge([right, tuple(v for v in left if isinstance(v, Const) and not v.value)])
        kept = tuple(v for v in left if not (isinstance(v, Const) and not v.value))
        if known(left) and kept and len(kept) == len(left):
            return left
        if any(isinstance(v, Env) for v in kept):
            right = with_via(right, "env-default")
            kept = tuple(Env(v.name, v.site, v.via, True) if isinstance(v, Env) else v for v in kept)
        return merge([kept, right])

    def _binary(self, expr: Binary, frame: Frame, at: At, site: Site) -> Values:
        left = self.values(expr.left, frame, at)
        right = self.values(expr.right, frame, at)
        if expr.op == "|":
            dicts = [v for v in (*left, *right) if isinstance(v, DictV)]
            if dicts and len(dicts) == len(left) + len(right):
                return (overlay(fold_dicts(left), fold_dicts(right)),)
            return (PipeV((*left, *right)),)
        if expr.op == "+" and any(isinstance(v, SeqV) for v in (*left, *right)):
            items = [item for v in (*left, *right) if isinstance(v, SeqV) for item in v.items]
            return (SeqV(tuple(items), True),)
        if left and right and len(left) * len(right) <= MAX_VALUES:
            folded = [fold_operator(expr.op, a, b, site) for a in left for b in right]
            known_ones = tuple(value for value in folded if value is not None)
            if len(known_ones) == len(folded):
                return merge([known_ones])
        if any(isinstance(v, (Made, Member, FuncV, InstV)) for v in right) and expr.op in (">>", "+"):
            return (PipeV((*left, *right)),)
        if expr.op == "-" and known(left) and any(is_clock(tail_name(p)) for p in walk(expr.right, frame.module.facts)):
            return with_via(left, "time-left")  # At most what there was when time began to pass.
        return (Unknown("a computed value", site),)

    def _unary(self, expr: Unary, frame: Frame, at: At, site: Site) -> Values:
        found = self.values(expr.operand, frame, at)
        if expr.op == "-" and len(found) == 1 and isinstance(found[0], Const):
            number = found[0].value
            if isinstance(number, (int, float)) and not isinstance(number, bool):
                return (Const(-number, site),)
        return (Unknown("a computed value", site),)

    def _index(self, expr: Index, frame: Frame, at: At, site: Site) -> Values:
        if tail_name(expr.base) == "Annotated":
            # A dependency under a name (`Client = Annotated[...]`) is the annotation it stands for.
            return self._annotated(expr, frame)
        key = self._key(expr.key, frame, at)
        groups: list[Values] = []
        for base in self.values(expr.base, frame, at):
            groups.append(self.item(base, key, site))
        return merge(groups)

    def item(self, base: Value, key: str | None, site: Site) -> Values:
        """`base[key]`; a `None` key is an unknown one."""
        if isinstance(base, DictV):
            if key is None:
                return (
                    *merge(list(base.entries.values())),
                    *((Unknown("unknown key", site),) if base.open else ()),
                )
            if key in base.entries:
                return base.entries[key]
            unseen = (Unknown(f"the key {key!r} is set elsewhere", site),) if base.open else ()
            return (*base.entries.get(ANY_KEY, ()), *unseen)
        if isinstance(base, SeqV):
            if key is not None and key.isdigit() and int(key) < len(base.items):
                return base.items[int(key)]
            return merge(list(base.items)) or (Unknown("an element of a list", site),)
        if isinstance(base, Ext) and key is not None:
            variable = Env(key, site) if base.name == "os.environ" else ecma_builtins.read_environment(base, key, site)
            if variable is not None:
                return (variable,)
        if isinstance(base, (Ext, Made, Member)):
            return (Member(base, f"[{key or ''}]", site),)
        if isinstance(base, Const) and isinstance(base.value, str):
            return (TextV((None,), site),)
        return (Unknown("an element of something unknown", site),)

    # --- names ---

    def _name(self, name: str, frame: Frame, at: At, site: Site) -> Values:
        current: Frame | None = frame
        point = at
        while current is not None and current.function is not None:
            table = current.module.scopes.get(current.function, {})
            if name in table:
                found = self._bound(name, table[name], current, point)
                if current.module.language == "ecma" and all(isinstance(v, Const) and not v.value for v in found):
                    found = merge([self._filled_inside(name, current), found])
                if found:
                    return found
                if current.module.language == "ecma":
                    return (Unknown("nothing that can be followed is assigned", site),)
            parent = current.module.facts.functions[current.function].parent
            point = END
            if current.outer is not None and current.outer.function == parent and parent is not None:
                current = current.outer
            elif parent is None:
                current = None
            else:
                current = self.project.frame(current.module, parent)
        if name == "this" and frame.module.language == "ecma":
            method = frame.module.method_of(frame.function)
            if method is not None and method.class_index is not None and is_static(method):
                return (ClassV(frame.module, frame.module.facts.classes[method.class_index]),)
        if frame.class_index is not None:
            body = frame.module.class_bodies.get(frame.class_index, {})
            if name in body:
                return merge([self.values(a.value, frame, END) for a in body[name]])
        return self.global_name(frame.module, name, at if frame.function is None else END, site)

    def global_name(self, module: Module, name: str, at: At, site: Site) -> Values:
        """What `name` means at the top of `module`."""
        table = module.scopes.get(None, {})
        frame = self.project.frame(module, None)
        if name in table:
            found = self._bound(name, table[name], frame, at)
            if name in module.function_assigned and all(isinstance(v, Const) and not v.value for v in found):
                # A module global that functions fill on first use (`global _client`).
                lazily = [
                    self.values(a.value, self.project.frame(module, a.function), At(a.order, a.blocks))
                    for a in module.function_assigned[name]
                    if a.kind == "set"
                ]
                return merge([*lazily, found])
            return self._filled(name, found, module)
        for star in module.stars:
            path = self.project.resolver.resolve(star.module, star.level, module.path)
            other = self.project.module(path) if path else None
            if other is not None and other is not module and name in other.scopes.get(None, {}):
                return self.global_name(other, name, END, site)
        if module.language == "ecma":
            return (Unknown("an object that is not known", site),) if name == "this" else (Ext(GLOBAL + name, site),)
        return (Ext(f"builtins.{name}", site),)

    def _filled_inside(self, name: str, frame: Frame) -> Values:
        """What functions inside of a function assign to a variable of it (`let c; const get = () => (c ??= f())`)."""
        groups = []
        for assign in frame.module.function_assigned.get(name, []):
            function = assign.function
            while function is not None and function != frame.function:
                function = frame.module.facts.functions[function].parent
            if function is not None and assign.function != frame.function and assign.kind == "set":
                inner = self.project.frame(frame.module, assign.function)
                groups.append(self.values(assign.value, inner, At(assign.order, assign.blocks)))
        return merge(groups)

    def _filled(self, name: str, values: Values, module: Module) -> Values:
        """A mapping at the top of a module, with what functions put into it (`_clients[name] = ...`)."""
        events = [
            event
            for function, table in module.item_sets.items()
            if function is not None and name not in module.scopes.get(function, {})
            for event in table.get(name, [])
            if event.kind == "set" and isinstance(event.target, Index)
        ]
        if not events or not any(isinstance(v, DictV) for v in values):
            return values
        current = fold_dicts(values)
        for event in events:
            assert isinstance(event.target, Index)
            frame, at = self.project.frame(module, event.function), At(event.order, event.blocks)
            key = self._key(event.target.key, frame, at)
            site = Site(module.path, event.span)
            name_of_it = ANY_KEY if key is None else key
            added = DictV({name_of_it: self.values(event.value, frame, at)}, key is None, {name_of_it: site})
            current = updated(current, added, False, site)
        return (current,)

    def _bound(self, name: str, bindings: list[Binding], frame: Frame, at: At) -> Values:
        assigns = [b for b in bindings if isinstance(b, Assign)]
        others = [b for b in bindings if not isinstance(b, Assign)]
        groups: list[Values] = []
        reaching, definite = reaching_assigns(assigns, at, frame.module)
        if not definite:
            for binding in others:
                groups.append(self._binding(binding, frame))
        if self.thorough and any(assign.kind == "augment" for assign in reaching):
            groups = [self._added_up(name, reaching, merge(groups), frame, at)]
        else:
            groups.extend(self._assigned(name, assign, frame, at) for assign in reaching)
        if assigns and not groups and at is not END:
            groups.extend(self._assigned(name, assign, frame, at) for assign in assigns)
        result = merge(groups)
        if frame.function is None:
            result = with_via(result, "constant")
        return result

    def _binding(self, binding: Binding, frame: Frame) -> Values:
        module = frame.module
        if isinstance(binding, Import):
            return self._import(binding, module)
        if isinstance(binding, Function):
            closure = frame if frame.bindings is not None else None
            return (FuncV(module, binding, None, closure),)
        if isinstance(binding, Class):
            return (ClassV(module, binding),)
        if isinstance(binding, Param) and frame.function is not None:
            return self._param(binding, frame)
        return ()

    def _import(self, item: Import, module: Module) -> Values:
        site = Site(module.path, item.span)
        if module.language == "ecma":
            return self._import_ecma(item, module, site)
        resolver = self.project.resolver
        if item.name is None:
            if item.has_as or "." not in item.module:
                path = resolver.resolve(item.module, item.level, module.path)
                return (ModV(path),) if path else (Ext(item.module, site),)
            root = item.module.split(".")[0]
            path = resolver.resolve(root, 0, module.path)
            return (ModV(path),) if path else (Ext(root, site),)
        path = resolver.resolve_from(item.module, item.name, item.level, module.path)
        if path is None:
            if item.level:
                return (Unknown("a relative import that leads nowhere", site),)
            return (Ext(f"{item.module}.{item.name}", site),)
        base = resolver.resolve(item.module, item.level, module.path)
        if base is not None and path == base:
            other = self.project.module(path)
            if other is None:
                return (Unknown(f"{path} could not be read", site),)
            return self.global_name(other, item.name, END, site)
        return (ModV(path),)

    def module_named(self, names: Values, site: CallSite) -> Values | None:
        """The module that `import(name)` reads, where the name can be known."""
        if len(names) != 1 or not isinstance(names[0], Const) or not isinstance(names[0].value, str):
            return None
        module = names[0].value
        path = self.project.resolver.resolve(module, int(module.startswith(".")), site.module.path)
        return (ModV(path),) if path else (Ext(PACKAGE + plain_specifier(module), site.site),)

    def _import_ecma(self, item: Import, module: Module, site: Site) -> Values:
        path = self.project.resolver.resolve(item.module, item.level, module.path)
        if path is None:
            if item.level:
                return (Unknown("a relative import that leads nowhere", site),)
            name = PACKAGE + plain_specifier(item.module)
            return (ecma_builtins.imported(name if item.name is None else f"{name}.{item.name}", site),)
        return (ModV(path),) if item.name is None else self._exported(path, item.name, site)

    def _exported(self, path: str, name: str, site: Site) -> Values:
        """What a module of JavaScript hands out under a name."""
        module = self.project.module(path)
        if module is None:
            return (Unknown(f"{path} could not be read", site),)
        table = module.scopes.get(None, {})
        if name in table:
            return self.global_name(module, name, END, site)
        if module.stars:
            found = self.global_name(module, name, END, site)
            if not any(isinstance(v, Ext) and v.name == GLOBAL + name for v in found):
                return found
        if name == DEFAULT:
            return (ModV(path),)  # A module that exports by name, imported as a whole.
        if DEFAULT in table:
            return merge([self.attribute(v, name, site) for v in self.global_name(module, DEFAULT, END, site)])
        return (Unknown(f"{path} exports no {name}", site),)

    def _assigned(self, name: str, assign: Assign, frame: Frame, at: At) -> Values:
        point = At(assign.order, assign.blocks)
        site = Site(frame.module.path, assign.span)
        if assign.kind in ("set", "walrus"):
            values = self.values(assign.value, frame, point)
            if any(isinstance(v, DictV) for v in values):
                values = self._mutated(name, assign, values, frame, at)
            if self.thorough and any(isinstance(v, SeqV) for v in values):
                values = lists.grown(self, name, assign, values, frame, at)
            if assign.annotation is not None and vague(values):
                typed = self._annotated(assign.annotation, frame)
                values = merge([tuple(v for v in values if not isinstance(v, Unknown)), typed]) if typed else values
            return values
        if assign.kind == "declare" and assign.annotation is not None:
            return self._annotated(assign.annotation, frame)
        if assign.kind == "with":
            return tuple(self._entered(v) for v in self.values(assign.value, frame, point))
        if assign.kind == "unpack":
            groups = [
                self.item(v, None if assign.position is None else str(assign.position), site)
                for v in self.values(assign.value, frame, point)
            ]
            return merge(groups)
        if assign.kind in ("for", "comprehension"):
            return merge([self.item(v, None, site) for v in self.values(assign.value, frame, point)])
        if assign.kind == "augment":
            return (Unknown("changed step by step", site),)
        if assign.kind == "delete":
            return ()
        return (Unknown("bound by a construct that is not followed", site),)

    def _added_up(self, name: str, reaching: list[Assign], before: Values, frame: Frame, at: At) -> Values:
        """A name that `+=` adds to: texts and lists grow, of anything else it is not known how far it got."""
        current = before
        for assign in reaching:
            sure = is_prefix(assign.blocks, at.blocks)
            if assign.kind != "augment":
                found = self._assigned(name, assign, frame, at)
                current = found if sure else merge([current, found])
                continue
            point, site = At(assign.order, assign.blocks), Site(frame.module.path, assign.span)
            repeated = any(frame.module.facts.blocks[b].kind == "loop" and b not in at.blocks for b in assign.blocks)
            more = self.values(assign.value, frame, point) if assign.op.rstrip("=") == "+" else ()
            longer = texts.lengthened(current, more, repeated, site)
            if longer is None:
                current = merge([current, self._assigned(name, assign, frame, at)])
            else:
                current = longer if sure or len(current) >= texts.MAX_ALTERNATIVES else merge([current, longer])
        return current

    def _entered(self, value: Value) -> Value:
        if isinstance(value, InstV):
            enter = self.method(value, "__aenter__") or self.method(value, "__enter__")
            if enter is not None:
                returned = self._returned(enter, self._activation(enter.module, enter.function.index, {}, value))
                return returned[0] if len(returned) == 1 else value
        return value

    def _mutated(self, name: str, assign: Assign, values: Values, frame: Frame, at: At) -> Values:
        """Fold `d["k"] = v`, `d.update(...)`, `d.setdefault(...)` and `d.pop(...)` after `assign` into a mapping."""
        module = frame.module
        current = fold_dicts(values)
        events: list[tuple[int, Assign | Call]] = [
            (other.order, other)
            for other in (
                *module.item_sets.get(frame.function, {}).get(name, []),
                *module.deep_sets.get((frame.function, name), []),
            )
            if assign.order < other.order < at.order
        ]
        events.extend(
            (call.order, call)
            for call in module.method_calls.get((frame.function, name), [])
            if assign.order < call.order < at.order and tail_name(call.callee) in ("update", "setdefault", "pop")
        )
        for _, event in sorted(events, key=lambda pair: pair[0]):
            sure = is_prefix(event.blocks, at.blocks) or is_prefix(event.blocks, assign.blocks)
            if isinstance(event, Assign):
                current = self._item_set(event, frame, current, sure)
            else:
                current = self._method_on_dict(event, frame, current, sure)
        return (current,)

    def _item_set(self, event: Assign, frame: Frame, current: DictV, sure: bool) -> DictV:
        """`d[key] = value`, `d[key][inner] = value` and `del d[key]`."""
        at = At(event.order, event.blocks)
        target: Expr = event.target
        keys: list[str | None] = []
        while isinstance(target, Index):
            keys.insert(0, self._key(target.key, frame, at))
            target = target.base
        return self._put(current, keys, event, frame, sure) if keys else current

    def _put(self, current: DictV, keys: list[str | None], event: Assign, frame: Frame, sure: bool) -> DictV:
        key = keys[0]
        if key is None:
            return DictV(current.entries, True, current.sites, current.maybe)
        site = Site(frame.module.path, event.span)
        if len(keys) > 1:
            inner = fold_dicts(current.entries.get(key, ()))
            put = self._put(inner, keys[1:], event, frame, sure)
            return updated(current, DictV({key: (put,)}, False, {key: current.sites.get(key, site)}), True, site)
        if event.kind == "delete":
            return without(current, key)
        added = DictV({key: self.values(event.value, frame, At(event.order, event.blocks))}, False, {key: site})
        return updated(current, added, sure, site)

    def _method_on_dict(self, event: Call, frame: Frame, current: DictV, sure: bool) -> DictV:
        """`d.update(...)`, `d.setdefault(key, value)`, `d.pop(key)`."""
        positional, named = self.arguments(CallSite(frame, event))
        site = Site(frame.module.path, event.span)
        tail = tail_name(event.callee)
        if tail == "update":
            added = overlay(fold_dicts(positional[0]) if positional else DictV({}, False), named)
            return updated(current, added, sure, site)
        key = self._const_text(positional[0]) if positional else None
        if key is None or (tail == "setdefault" and key in current.entries and key not in current.maybe):
            return current
        if tail == "pop":
            return without(current, key)
        return updated(current, DictV({key: positional[1] if len(positional) > 1 else ()}, False), sure, site)

    @staticmethod
    def _const_text(values: Values) -> str | None:
        if len(values) == 1 and isinstance(values[0], Const) and isinstance(values[0].value, str):
            return values[0].value
        return None

    # --- parameters ---

    def _param(self, param: Param, frame: Frame) -> Values:
        module = frame.module
        assert frame.function is not None
        function = module.facts.functions[frame.function]
        if function.class_index is not None and function.params and function.params[0].name == param.name:
            if is_static(function):
                pass
            elif is_classmethod(function):
                return (ClassV(module, module.facts.classes[function.class_index]),)
            else:
                return (frame.self_value or InstV(module, module.facts.classes[function.class_index]),)
        if frame.bindings is not None:
            if param.name in frame.bindings:
                return frame.bindings[param.name]
            missing: Values = (Const(None, Site(module.path, param.span)),) if module.language == "ecma" else ()
            return self._default(param, frame) or missing
        if param.kind == "varkw":
            return self._forwarded(function, frame)
        groups: list[Values] = []
        open_default = False
        self._by_callers = True
        for edge in self.callers.of(module, function):
            bound = self.bind(function, edge.site, edge.offset, edge.skip, wanted=frozenset((param.name,)))
            if edge.how == "passed" and module.language == "ecma":
                given = self._handed_over(param, function, edge)
                open_default = open_default or not given
                groups.append(given)
            elif param.name in bound:
                groups.append(bound[param.name])
            else:
                open_default = True
        if not groups or open_default:
            groups.append(self._default(param, frame))
        if not self.callers.of(module, function) and (function.decorators or hollow(merge(groups))):
            # Somebody calls it that is not seen: whoever a decorator registers it with, or who fills an empty default.
            groups.append((ParamV(module, function, param.name),))
        result = merge(groups)
        typed = self._annotated(param.annotation, frame) if param.annotation is not None else ()
        if typed and all(
            isinstance(v, (Unknown, ParamV)) or (isinstance(v, Const) and v.value is None) for v in result
        ):
            origin = ParamV(module, function, param.name)
            return tuple(InstV(v.module, v.cls, v.made, origin) if isinstance(v, InstV) else v for v in typed)
        if typed and vague(result):
            return merge([result, typed])
        return result or typed or (ParamV(module, function, param.name),)

    def _handed_over(self, param: Param, function: Function, edge: Edge) -> Values:
        """What a function that JavaScript's own methods call gets as its first argument."""
        first = next((p.name for p in function.params if p.name != "this"), "")
        if param.name != first:
            return ()
        return ecma_builtins.callback_argument(self, edge.site, edge.skip - 1)

    def _forwarded(self, function: Function, frame: Frame) -> Values:
        """`**kwargs` of a function: what its callers pass beyond the named parameters."""
        names = {p.name for p in function.params}
        self._by_callers = True
        edges = self.callers.of(frame.module, function)
        if not edges:
            return (DictV({}, True),)
        entries: dict[str, Values] = {}
        maybe: set[str] = set()
        is_open = False
        for edge in edges:
            _, named = self.arguments(edge.site)
            is_open = is_open or named.open
            extra = {k: v for k, v in named.entries.items() if k not in names}
            maybe |= (set(extra) ^ set(entries)) if entries or len(edges) > 1 else set()
            for key, value in extra.items():
                entries[key] = merge([entries.get(key, ()), value])
        if len(edges) == 1:
            maybe = set()
        return (DictV(entries, is_open, {}, frozenset(maybe)),)

    def _default(self, param: Param, frame: Frame) -> Values:
        if param.default is None:
            return ()
        definition = self.project.frame(frame.module, frame.module.facts.functions[frame.function or 0].parent)
        values = builtin_calls.option_default(self, self.values(param.default, definition, END))
        injected = builtin_calls.injected(self, values)
        if injected:
            return injected
        return with_via(values, "default-argument")

    def bind(
        self,
        function: Function,
        site: CallSite,
        offset: int,
        skip: int = 0,
        wanted: frozenset[str] | None = None,
    ) -> dict[str, Values]:
        """Values of `function`'s parameters for one call, or of the `wanted` among them. `offset` parameters are
        bound; `skip` arguments belong to the caller of the caller (`to_thread(f, a)`)."""
        heads = None
        gathers = any(p.name in wanted for p in function.params if p.kind in ("varargs", "varkw")) if wanted else False
        if wanted is not None and not gathers and site.module.language != "ecma":
            places = [p.name for p in function.params if p.kind == "positional"][offset:]
            heads = wanted | {f"#{skip + i}" for i, name in enumerate(places) if name in wanted}
        positional, named = self.arguments(site, heads)
        positional = positional[skip:]
        if site.module.language == "ecma" and named.entries:
            positional = [(named,)]  # The attributes of an element are one object to its component.
        params = [p for p in function.params if p.kind == "positional"][offset:]
        bound: dict[str, Values] = {}
        for param, values in zip(params, positional, strict=False):
            bound[param.name] = values
        names = {p.name for p in function.params}
        for name, values in named.entries.items():
            if name in names:
                bound[name] = values
        extra = {k: v for k, v in named.entries.items() if k not in names}
        for param in function.params:
            if param.kind == "varkw":
                sites = {k: v for k, v in named.sites.items() if k in extra}
                bound[param.name] = (DictV(extra, named.open, sites, named.maybe & frozenset(extra)),)
            elif param.kind == "varargs":
                bound[param.name] = (SeqV(tuple(positional[len(params) :]), False),)
            elif param.name not in bound and named.open and param.default is None:
                bound[param.name] = (Unknown("passed in a mapping", site.site),)
        if heads is not None and wanted is not None:
            return {name: values for name, values in bound.items() if name in wanted}
        return bound

    def _annotated(self, annotation: Expr, frame: Frame) -> Values:
        """An instance of an annotated type: classes of the project and of packages, `Optional`, unions, `Annotated`."""
        if isinstance(annotation, (Lit, Opaque)):
            return ()
        if isinstance(annotation, Binary) and annotation.op == "|":
            return merge([self._annotated(annotation.left, frame), self._annotated(annotation.right, frame)])
        if isinstance(annotation, Index):
            head = tail_name(annotation.base)
            parts = annotation.key.items if isinstance(annotation.key, Seq) else (annotation.key,)
            if head == "Annotated":
                module_frame = self.project.frame(frame.module, None)
                for part in parts[1:]:
                    injected = builtin_calls.injected(self, self.values(part, module_frame, END))
                    if injected:
                        return injected
                return self._annotated(parts[0], frame) if parts else ()
            if head in ("Optional", "Union", "ClassVar", "Final"):
                return merge([self._annotated(part, frame) for part in parts])
            return ()
        if not isinstance(annotation, (Name, Attr)):
            return ()
        result: list[Value] = []
        for value in self.values(annotation, self.project.frame(frame.module, None), END):
            if isinstance(value, ClassV):
                result.append(InstV(value.module, value.cls))
            elif isinstance(value, Ext) and not value.name.startswith(("builtins.", "typing.", GLOBAL)):
                result.append(Made(value, None))
            elif isinstance(value, (Made, InstV)):
                result.append(value)
        return tuple(result)

    # --- attributes ---

    def _attr(self, expr: Attr, frame: Frame, at: At) -> Values:
        site = Site(frame.module.path, expr.span)
        if is_call(expr.base) and isinstance(expr.base, CallRef):
            call = frame.module.facts.calls[expr.base.index]
            if isinstance(call.callee, Name) and call.callee.id == "super":
                return self._super(expr.name, frame, site)
        if isinstance(expr.base, Name) and expr.base.id == "super" and frame.module.language == "ecma":
            return self._super(expr.name, frame, site)
        # `import a.b` binds `a`: the project module `a.b` is reached through it.
        groups = [self.attribute(base, expr.name, site) for base in self.values(expr.base, frame, at)]
        result = merge(groups)
        if not result and groups:
            return (Unknown(f"nothing assigns .{expr.name}", site),)
        return result

    def _super(self, name: str, frame: Frame, site: Site) -> Values:
        method = frame.module.method_of(frame.function)
        if method is None or method.class_index is None:
            return (Unknown("super() outside a class", site),)
        cls = frame.module.facts.classes[method.class_index]
        own = frame.self_value if isinstance(frame.self_value, InstV) else InstV(frame.module, cls)
        for module, base in self.mro(frame.module, cls)[1:]:
            found = module.methods.get(base.index, {}).get(name)
            if found is not None:
                return (FuncV(module, found, own),)
        for external in self.external_bases(frame.module, cls):
            return (Member(external, name, site),)
        return (Unknown("an inherited method that is not in the project", site),)

    def attribute(self, base: Value, name: str, site: Site) -> Values:
        """`base.name`"""
        if language_of(site.path) == "ecma":
            found = ecma_builtins.attribute(self, base, name, site)
            if found is not None:
                return found
        if isinstance(base, Ext):
            # A folder without __init__ is a package too: `import a.b` may lead into the project after all.
            path = self.project.resolver.resolve(f"{base.name}.{name}", 0, site.path) if site.path else None
            return (ModV(path),) if path else (Ext(f"{base.name}.{name}", site),)
        if isinstance(base, ModV):
            return self._module_attribute(base, name, site)
        if isinstance(base, InstV):
            return self._instance_attribute(base, name, site)
        if isinstance(base, ClassV):
            return self._class_attribute(base, name, site)
        if isinstance(base, Const):
            if base.value is None:
                return ()  # Code that reads an attribute has made sure that there is one.
            return (base,) if name == "value" else (Member(base, name, site),)
        if isinstance(base, Unknown):
            return (base,)
        return (Member(base, name, site),)

    def _module_attribute(self, base: ModV, name: str, site: Site) -> Values:
        module = self.project.module(base.path)
        if module is None:
            return (Unknown(f"{base.path} could not be read", site),)
        if module.language == "ecma":
            return self._exported(base.path, name, site)
        if name in module.scopes.get(None, {}) or module.stars:
            found = self.global_name(module, name, END, site)
            if all(isinstance(value, Const) and value.value is None for value in found):
                found = merge([self._placed(base, name), found])
            if not (len(found) == 1 and isinstance(found[0], Ext) and found[0].name == f"builtins.{name}"):
                return found
        path = self.project.resolver.resolve(name, 1, base.path) if base.path.endswith("/__init__.py") else None
        if path and path != base.path:
            return (ModV(path),)
        return (Unknown(f"{base.path} defines no {name}", site),)

    def _placed(self, base: ModV, name: str) -> Values:
        """What other modules put into an empty global of a module (`state.client = Anthropic()`)."""
        groups = []
        for module in self.project.all():
            for assign in module.placed.get(name, []):
                assert isinstance(assign.target, Attr)
                frame, at = self.project.frame(module, assign.function), At(assign.order, assign.blocks)
                owners = self.values(assign.target.base, frame, at)
                if any(isinstance(owner, ModV) and owner.path == base.path for owner in owners):
                    groups.append(self.values(assign.value, frame, at))
        return merge(groups)

    def _class_attribute(self, base: ClassV, name: str, site: Site) -> Values:
        for module, cls in self.mro(base.module, base.cls):
            method = module.methods.get(cls.index, {}).get(name)
            if method is not None:
                bound: Value | None = ClassV(base.module, base.cls) if is_classmethod(method) else None
                return (FuncV(module, method, bound),)
            if name in module.nested_classes.get(cls.index, {}):
                return (ClassV(module, module.nested_classes[cls.index][name]),)
            body = module.class_bodies.get(cls.index, {}).get(name)
            if body:
                frame = self._class_frame(module, cls)
                return with_via(merge([self.values(a.value, frame, END) for a in body]), "constant")
            assigned = [a for a in module.function_assigned.get(name, []) if a.class_index == cls.index]
            if assigned:
                return merge([self.values(a.value, self.project.frame(module, a.function)) for a in assigned])
        externals = self.external_bases(base.module, base.cls)
        if externals:
            return (Member(externals[0], name, site),)
        return ()

    def _class_frame(self, module: Module, cls: Class) -> Frame:
        frame = Frame(module, cls.function, class_index=cls.index)
        self._keep.append(frame)
        return frame

    def mro(self, module: Module, cls: Class) -> list[tuple[Module, Class]]:
        """The class and its bases within the project, nearest first (depth first; enough for look-up)."""
        result: list[tuple[Module, Class]] = []
        todo = [(module, cls)]
        while todo and len(result) < 20:
            current = todo.pop(0)
            if any(c.index == current[1].index and m.path == current[0].path for m, c in result):
                continue
            result.append(current)
            for base in current[1].bases:
                for value in self.values(base, self.project.frame(current[0], current[1].function)):
                    if isinstance(value, ClassV):
                        todo.append((value.module, value.cls))
        return result

    def external_bases(self, module: Module, cls: Class) -> list[Ext]:
        """Bases from outside the project, of the class and of its project bases."""
        found: list[Ext] = []
        for owner, current in self.mro(module, cls):
            for base in current.bases:
                expr = base.base if isinstance(base, Index) else base
                for value in self.values(expr, self.project.frame(owner, current.function)):
                    if isinstance(value, Ext):
                        found.append(value)
        return found

    def method(self, inst: InstV, name: str) -> FuncV | None:
        """The method `name` of an instance, bound to it."""
        for module, cls in self.mro(inst.module, inst.cls):
            found = module.methods.get(cls.index, {}).get(name)
            if found is not None:
                return FuncV(module, found, None if is_static(found) else inst)
        return None

    def _instance_attribute(self, inst: InstV, name: str, site: Site) -> Values:
        lineage = self.mro(inst.module, inst.cls)
        for module, cls in lineage:
            method = module.methods.get(cls.index, {}).get(name)
            if method is None:
                continue
            if is_property(method):
                return self._returned(FuncV(module, method, inst), self._activation(module, method.index, {}, inst))
            return (FuncV(module, method, None if is_static(method) else inst),)
        groups: list[Values] = []
        for module, cls in lineage:
            for assign in module.self_assigns.get(cls.index, {}).get(name, []):
                groups.append(self._self_assigned(inst, module, assign))
        assigned = merge(groups)
        if assigned and not all(isinstance(v, Const) and v.value is None for v in assigned):
            return assigned
        fields = self._field(inst, lineage, name)
        if fields:
            return merge([fields, assigned])
        if assigned:
            return assigned
        externals = self.external_bases(inst.module, inst.cls)
        if externals:
            return (Member(Made(externals[0], inst.made), name, site),)
        return ()

    def _self_assigned(self, inst: InstV, module: Module, assign: Assign) -> Values:
        method = module.method_of(assign.function)
        frame = self.project.frame(module, assign.function)
        if method is not None and method.name == "__init__" and assign.function == method.index:
            above = self._super_call(inst, module, method)
            if above is not None:
                frame = self._activation(module, method.index, self.bind(method, above, 1), inst)
        if (
            inst.made is not None
            and self._own_constructor(inst, module, method)
            and method is not None
            and method.name == "__init__"
            and assign.function == method.index
        ):
            frame = self._activation(module, method.index, self.bind(method, inst.made, 1), inst)
        point = At(assign.order, assign.blocks)
        if assign.kind == "with":
            return tuple(self._entered(v) for v in self.values(assign.value, frame, point))
        if assign.kind == "unpack":
            key = None if assign.position is None else str(assign.position)
            place = Site(module.path, assign.span)
            return merge([self.item(v, key, place) for v in self.values(assign.value, frame, point)])
        if assign.kind == "declare" and assign.annotation is not None:
            return self._annotated(assign.annotation, frame)
        if assign.kind == "augment":
            return (Unknown("changed step by step", Site(module.path, assign.span)),)
        values = self.values(assign.value, frame, point)
        if assign.annotation is not None and all(isinstance(v, Const) and v.value is None for v in values):
            return merge([self._annotated(assign.annotation, frame), values])
        return values

    def _own_constructor(self, inst: InstV, module: Module, method: Function | None) -> bool:
        """True if `method` is the constructor that making `inst` calls."""
        first = self.method(inst, "__init__")
        return first is not None and method is not None and first.module is module and first.function is method

    def _super_call(self, inst: InstV, module: Module, method: Function) -> CallSite | None:
        """`super().__init__(...)` by which the constructor of `inst` calls the base's constructor `method`."""
        first = self.method(inst, "__init__")
        if first is None or (first.module is module and first.function is method):
            return None
        for call in first.module.calls_by_tail.get("__init__", []):
            if call.function != first.function.index or not isinstance(call.callee, Attr):
                continue
            frame = self.project.frame(first.module, call.function)
            if inst.made is not None:
                frame = self._activation(first.module, call.function, self.bind(first.function, inst.made, 1), inst)
            site = CallSite(frame, call)
            if any(isinstance(v, FuncV) and v.function is method and v.module is module for v in self.callee(site)):
                return site
        return None

    def _field(self, inst: InstV, lineage: list[tuple[Module, Class]], name: str) -> Values:
        """A declared field: constructor argument, default, environment (settings classes), or its annotated type."""
        for module, cls in lineage:
            body = module.class_bodies.get(cls.index, {}).get(name)
            if not body:
                continue
            assign = body[-1]
            frame = self._class_frame(module, cls)
            groups: list[Values] = []
            passed_always = False
            self._by_callers = self._by_callers or inst.made is None
            if not any(m.methods.get(c.index, {}).get("__init__") for m, c in lineage):
                sites = [inst.made] if inst.made else [e.site for e in self.callers.of_class(inst.module, inst.cls)]
                given = [self.arguments(s)[1].entries.get(name) for s in sites]
                groups.extend(v for v in given if v is not None)
                passed_always = bool(given) and all(v is not None for v in given)
            settings = builtin_calls.is_settings(self.external_bases(module, cls))
            if not passed_always and assign.kind != "declare":
                default = builtin_calls.field_default(self, self.values(assign.value, frame, END), name, settings)
                groups.append(with_via(default, "config") if settings else default)
            if settings:
                groups.append((Env(name.upper(), Site(module.path, assign.span), ("config",), any(groups)),))
            found = merge(groups)
            typed = self._annotated(assign.annotation, frame) if assign.annotation is not None and not found else ()
            if inst.origin is not None and not settings and not typed:
                declared = self.values(assign.value, frame, END)
                if not builtin_calls.is_bounded(self, declared):
                    found = merge([found, (Member(inst.origin, name, Site(module.path, assign.span)),)])
            if (
                not found or all(isinstance(v, Const) and v.value is None for v in found)
            ) and assign.annotation is not None:
                found = merge([self._annotated(assign.annotation, frame), found])
            if found:
                return found
            return (Unknown(f"{cls.name}.{name} is set when it is built", Site(module.path, assign.span)),)
        return ()

    # --- calls ---

    def _call(self, site: CallSite) -> Values:
        callee_values = self.callee(site)
        groups: list[Values] = []
        for value in callee_values:
            groups.append(self._called(value, site))
        return merge(groups) or (Unknown("the result of an unknown call", site.site),)

    def _called(self, value: Value, site: CallSite) -> Values:
        if isinstance(value, ClassV):
            return (InstV(value.module, value.cls, site),)
        if isinstance(value, FuncV):
            offset = 0 if value.self_value is None else 1
            bindings = self.bind(value.function, site, offset, wanted=needed(value.module, value.function))
            return self.returned(value, bindings)
        if isinstance(value, InstV):
            call_method = self.method(value, "__call__")
            if call_method is not None:
                return self._called(call_method, site)
            return (Unknown("an object that is called", site.site),)
        if isinstance(value, (Ext, Member)):
            ecma = site.module.language == "ecma"
            special = (ecma_builtins.call if ecma else builtin_calls.evaluate)(self, value, site)
            return special if special is not None else (Made(value, site),)
        if isinstance(value, (Made, PipeV)):
            return (Made(value, site),)
        if isinstance(value, ModV) and site.module.language == "ecma":
            made = self._exported(value.path, DEFAULT, site.site)
            return merge([self._called(v, site) for v in made if not isinstance(v, ModV)])
        return (Unknown("the result of an unknown call", site.site),)

    def returned(self, value: FuncV, bindings: dict[str, Values] | None = None) -> Values:
        """What a function returns when it is called with these arguments."""
        frame = self._activation(value.module, value.function.index, bindings or {}, value.self_value, value.closure)
        return self._returned(value, frame)

    def _activation(
        self,
        module: Module,
        function: int | None,
        bindings: dict[str, Values],
        self_value: Value | None,
        closure: Frame | None = None,
    ) -> Frame:
        """The frame of a call; calls with the same arguments share it, and with it what was found out."""
        numbers = self._numbers
        given = tuple((name, numbers.all(values)) for name, values in bindings.items())
        key = (module.path, function, given, self_value and numbers.one(self_value), id(closure))
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frames[key] = Frame(module, function, bindings, self_value, closure)
        return frame

    def _returned(self, value: FuncV, frame: Frame) -> Values:
        function, module = value.function, value.module
        if self._depth > MAX_DEPTH - 8:
            self._cut = True
            return (Unknown("the trail is too long to follow"),)
        active = self._active.get(id(function), 0)
        if active >= MAX_NESTED:
            return (Unknown("a function that calls itself", Site(module.path, function.span)),)
        self._active[id(function)] = active + 1
        try:
            return self._result(value, frame)
        finally:
            self._active[id(function)] = active

    def _result(self, value: FuncV, frame: Frame) -> Values:
        function, module = value.function, value.module
        if function.name == "<lambda>" and function.index not in module.returns:
            return merge([self.values(expr, frame, END) for expr in function.returns])
        if function.is_generator:
            return merge([self.values(expr, frame, END) for expr in function.yields])
        groups = [
            self.values(exit_.value, frame, At(exit_.order, exit_.blocks))
            for exit_ in module.returns.get(function.index, [])
            if exit_.value is not None
        ]
        found = merge(groups)
        if function.returns_annotation is not None and vague(found):
            typed = self._annotated(function.returns_annotation, frame)
            return merge([tuple(v for v in found if not isinstance(v, Unknown)), typed]) if typed else found
        return found
