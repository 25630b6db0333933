"""Following a value forwards: from where it comes into being to everything that reads it, through assignments, calls of
the project's functions, returns, attributes and containers, within bounds.

`Follower` knows how values move and nothing of what they mean; a `Visitor` says what a member is, and is told where a
value is tested or leaves the project. A value inside a container keeps its way in (`Trail.path`), so that
`{"usage": u, "text": t}` does not make the text a usage.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

from gonogo.facts.model import (
    Arg,
    Assign,
    Attr,
    Call,
    CallRef,
    Choice,
    Class,
    Compare,
    Comprehension,
    DictLit,
    Expr,
    Function,
    Index,
    Lit,
    Name,
    Seq,
    Unary,
)
from gonogo.link.callers import Edge
from gonogo.link.evaluate import Evaluator
from gonogo.link.functions import is_property, is_static
from gonogo.link.module import Module, tail_name
from gonogo.link.uses import Occurrence, Uses
from gonogo.link.values import CallSite, ClassV, DictV, FuncV, InstV, SeqV, Value

MAX_VISITS = 2_500
"""Reads looked at for one value."""
MAX_PATH = 4
MAX_ASKED = 30
"""Objects asked for their class to find the reads of one attribute."""
MAX_DOWN = 5
"""Functions entered on top of each other by way of arguments."""
MUTATORS = frozenset({"append", "extend", "update", "setdefault", "insert", "appendleft", "add", "add_row"})
"""Methods that put an argument into the object they are called on."""
EVENTS = frozenset({"on", "once"})
GIVES = EVENTS | {"then", "map", "forEach", "flatMap", "filter", "find", "some", "every"}
"""Methods of JavaScript that give what they are called on, or each part of it, to a function."""
KEEPS = frozenset({"filter", "find"})
"""Those of them that answer (a part of) the same."""
KEY_READS = frozenset({"get", "pop", "__getitem__"})


class Down(NamedTuple):
    """A call by which a value went down into a function: that is where what it returns comes out again."""

    path: str
    call: int
    into: str
    function: int


class Trail(NamedTuple):
    """What is being followed. `path` leads from the object read to the value (`#0` is a place in a tuple)."""

    role: str
    path: tuple[str, ...] = ()
    down: tuple[Down, ...] = ()
    detail: str = ""

    def into(self, key: str) -> Trail:
        """The value put into a container under `key`."""
        return self._replace(path=(key, *self.path)[:MAX_PATH])

    def out(self, key: str | None) -> Trail | None:
        """The value taken out of a container; `None` if something else is. An unknown key takes nothing apart."""
        if key is None or (key.lstrip("-").isdigit() and not self.path[0].startswith("#")):
            return self
        number = f"#{key}" if key.isdigit() else key
        return self._replace(path=self.path[1:]) if self.path[0] == number else None


class Visitor(Protocol):
    """What the follower asks and tells."""

    def member(self, trail: Trail, name: str, keyed: bool, module: Module, expr: Expr) -> Trail | None:
        """What `value.name` (or `value["name"]`, `keyed`) is; `None` to stop there. Only asked of bare values."""

    def tested(self, trail: Trail, module: Module, expr: Expr) -> None:
        """The value decides something: compared, matched, or a condition."""

    def handed(self, trail: Trail, module: Module, call: Call, arg: Arg, callees: tuple[Value, ...]) -> Trail | None:
        """The value goes into something outside the project; the answer is what the result holds of it."""


Held = Callable[[Module, Occurrence, Expr], bool]
"""Asked about every statement a value ends in, with the whole expression there: true ends the trail."""


class Follower:
    """Follows the values of one question. `near` are modules in which attributes of objects are looked for."""

    def __init__(
        self, evaluator: Evaluator, visitor: Visitor, near: Iterable[Module] = (), held: Held | None = None
    ) -> None:
        self._evaluator = evaluator
        self._asks = held
        self._visitor = visitor
        self._near = tuple({module.path: module for module in near}.values())
        self._todo: deque[tuple[Module, Occurrence, Trail]] = deque()
        self._seen: set[tuple[int, Trail]] = set()
        self._attribute_reads: dict[tuple[str, int, str], list[tuple[Module, Occurrence]]] = {}
        self._visits = 0
        self.lost: list[Trail] = []
        """What is returned by functions of which only the name is seen to be called: where it goes cannot be told."""

    @property
    def left(self) -> list[Trail]:
        """What was not followed to its end, because the bound was met."""
        return [trail for _, _, trail in self._todo]

    def result(self, module: Module, index: int, trail: Trail) -> None:
        """Follow the result of the call `module.facts.calls[index]`."""
        self._push(module, self._uses(module).results.get(index, ()), trail)

    def parameter(self, module: Module, function: Function, name: str, trail: Trail) -> None:
        """Follow a parameter into its function."""
        self._push(module, self._uses(module).of_binding(name, function.index, None), trail)

    def first_parameter(self, value: FuncV, trail: Trail) -> None:
        """Follow the first thing a function is given."""
        skip = int(value.function.class_index is not None and not is_static(value.function))
        params = [p.name for p in value.function.params if p.kind == "positional"][skip:]
        if params:
            self.parameter(value.module, value.function, params[0], trail)

    def binding(self, module: Module, assign: Assign, trail: Trail) -> None:
        """Follow what is bound by `assign` to a plain name (the error of a handler)."""
        if isinstance(assign.target, Name):
            self._push(module, self._uses(module).of_binding(assign.target.id, assign.function, assign), trail)

    def read(self, module: Module, expr: Expr, trail: Trail) -> None:
        """Follow what one expression reads, wherever in a statement it stands."""
        uses = self._uses(module)
        found: list[Occurrence] = []
        for table in (uses.names, uses.attributes, uses.results):
            for occurrence in (o for occurrences in table.values() for o in occurrences):
                around = (occurrence.expr, *occurrence.parents)
                at = next((i for i, part in enumerate(around) if part is expr), None)
                if at is None:
                    continue
                call = occurrence.holder.call
                if at == len(around) - 1 and occurrence.holder.kind == "callee" and call is not None:
                    self.result(module, call.index, trail)
                else:
                    found.append(Occurrence(expr, around[at + 1 :], occurrence.holder))
                break
        self._push(module, found[:1], trail)

    def run(self) -> None:
        """Follow everything given so far, and all it leads to."""
        while self._todo and self._visits < MAX_VISITS:
            self._visits += 1
            module, occurrence, trail = self._todo.popleft()
            self._visit(module, occurrence, trail)

    def _uses(self, module: Module) -> Uses:
        return uses_of(module)

    def _push(self, module: Module, occurrences: Iterable[Occurrence], trail: Trail) -> None:
        for occurrence in occurrences:
            key = (id(occurrence), trail)
            if key not in self._seen:
                self._seen.add(key)
                self._todo.append((module, occurrence, trail))

    # --- one read ---

    def _visit(self, module: Module, occurrence: Occurrence, trail: Trail) -> None:
        holder, child = occurrence.holder, occurrence.expr
        current: Trail | None = trail
        for position, parent in enumerate(occurrence.parents):
            outermost = position == len(occurrence.parents) - 1
            if outermost and holder.kind == "callee" and isinstance(parent, Attr) and holder.call is not None:
                self._method(module, holder.call, parent, current or trail)
                return
            current = self._through(module, parent, child, current or trail)
            if current is None:
                return
            child = parent
        self._held(module, occurrence, child, current or trail)

    def _through(self, module: Module, parent: Expr, child: Expr, trail: Trail) -> Trail | None:
        """What the expression around a value holds of it."""
        if isinstance(parent, Attr):
            return self._member(trail, parent.name, False, module, parent)
        if isinstance(parent, Index):
            if child is parent.key:
                self._visitor.tested(trail, module, parent)
                return None
            key = parent.key.value if isinstance(parent.key, Lit) else None
            return self._member(trail, str(key) if isinstance(key, (str, int)) else None, True, module, parent)
        if isinstance(parent, DictLit):
            return self._in_dict(parent, child, trail)
        if isinstance(parent, Seq):
            place = next((i for i, item in enumerate(parent.items) if item is child), 0)
            return trail.into(f"#{place}") if parent.kind == "tuple" else trail
        if isinstance(parent, Compare) or (isinstance(parent, Unary) and parent.op == "not"):
            self._visitor.tested(trail, module, parent)
            return None
        if isinstance(parent, Choice) and child is parent.test:
            self._visitor.tested(trail, module, parent)
            return None
        if isinstance(parent, Comprehension):
            return trail if child is parent.element or child is parent.key else None
        return trail

    @staticmethod
    def _in_dict(parent: DictLit, child: Expr, trail: Trail) -> Trail | None:
        for key, value in parent.items:
            if value is child:
                if key is None:
                    return trail
                return trail.into(str(key.value)) if isinstance(key, Lit) else trail
        return None

    def _member(self, trail: Trail, name: str | None, keyed: bool, module: Module, expr: Expr) -> Trail | None:
        if trail.path:
            return trail.out(name)
        if name is None or name.lstrip("-").isdigit():
            return trail
        return self._visitor.member(trail, name, keyed, module, expr)

    def _method(self, module: Module, call: Call, callee: Attr, trail: Trail) -> None:
        """A method called on the value."""
        first = call.args[0].value if call.args else None
        after: Trail | None = trail
        if module.language == "ecma" and callee.name in GIVES:
            self._given(module, call, trail)
            if callee.name not in KEEPS:
                return
        if callee.name in KEY_READS and isinstance(first, Lit) and isinstance(first.value, (str, int)):
            after = self._member(trail, str(first.value), True, module, callee)
        elif not trail.path:
            after = self._visitor.member(trail, callee.name, False, module, callee)
        if after is not None:
            self.result(module, call.index, after)

    def _given(self, module: Module, call: Call, trail: Trail) -> None:
        """The value itself, or each part of it, handed to a function: `answer.then((message) => ...)`."""
        frame = self._evaluator.project.frame(module, call.function)
        for arg in call.args[-1:] if tail_name(call.callee) in EVENTS else call.args[:1]:
            for value in self._evaluator.values(arg.value, frame, self._evaluator.at(call)):
                if isinstance(value, FuncV):
                    down = self._enter(trail, module, call, value)
                    if down is not None:
                        self.first_parameter(value, down)

    # --- where it goes from there ---

    def _held(self, module: Module, occurrence: Occurrence, child: Expr, trail: Trail) -> None:
        holder = occurrence.holder
        if self._asks is not None and self._asks(module, occurrence, child):
            return
        if holder.kind == "test":
            self._visitor.tested(trail, module, child)
        elif holder.kind in ("return", "yield") and holder.function is not None:
            self._returned(module, module.facts.functions[holder.function], trail)
        elif holder.kind == "value" and holder.assign is not None:
            self._assigned(module, holder.assign, trail)
        elif holder.kind == "arg" and holder.call is not None and holder.arg is not None:
            self._argument(module, holder.call, holder.arg, trail)
        elif holder.kind == "callee" and holder.call is not None:
            self.result(module, holder.call.index, trail)

    def _assigned(self, module: Module, assign: Assign, trail: Trail) -> None:
        moved: Trail | None = trail
        if assign.position is not None and trail.path and trail.path[0].startswith("#"):
            moved = trail.out(str(assign.position))
        elif assign.kind in ("for", "comprehension") and trail.path and trail.path[0].startswith("#"):
            moved = trail._replace(path=trail.path[1:])
        if moved is None or assign.kind in ("delete", "declare", "except"):
            return
        if isinstance(assign.target, Name):
            if assign.class_index is None and not self._elsewhere(module, assign):
                found = self._uses(module).of_binding(assign.target.id, assign.function, assign)
                self._push(module, found, moved)
            elif assign.class_index is None and assign.function is not None:
                outer = module.facts.functions[assign.function].parent
                self._stored(module, assign.target, outer, assign.order, moved)
            return
        self._stored(module, assign.target, assign.function, assign.order, moved)

    @staticmethod
    def _elsewhere(module: Module, assign: Assign) -> bool:
        """True for `total += value` on a name of an outer scope (`global`, `nonlocal`): nothing else binds it here."""
        if assign.kind != "augment" or assign.function is None or not isinstance(assign.target, Name):
            return False
        bindings = module.scopes.get(assign.function, {}).get(assign.target.id, [])
        return all(isinstance(b, Assign) and b.kind == "augment" for b in bindings)

    def _stored(self, module: Module, target: Expr, function: int | None, order: int, trail: Trail) -> None:
        """A value put into an attribute or item of something: whoever reads that something later can find it."""
        while isinstance(target, (Attr, Index)):
            if isinstance(target, Attr) and isinstance(target.base, Name):
                cls = module.self_class(function, target.base.id)
                if cls is not None:
                    self._attribute(module, module.facts.classes[cls], target.name, trail)
                    return
            if isinstance(target, Attr):
                trail = trail.into(target.name)
            elif isinstance(target.key, Lit):
                trail = trail.into(str(target.key.value)) if isinstance(target.key.value, str) else trail
            target = target.base
        if isinstance(target, Name):
            scope = self._scope(module, target.id, function)
            later = [
                occurrence
                for occurrence in self._uses(module).names.get(target.id, [])
                if self._scope(module, target.id, occurrence.holder.function) == scope
                and (occurrence.holder.function != function or occurrence.holder.at.order > order)
            ]
            self._push(module, later, trail)

    @staticmethod
    def _scope(module: Module, name: str, function: int | None) -> int | None:
        while function is not None and name not in module.scopes.get(function, {}):
            function = module.facts.functions[function].parent
        return function

    def _attribute(self, module: Module, cls: Class, name: str, trail: Trail) -> None:
        """An attribute of the instances of a class: read by its methods, and on its instances in modules nearby."""
        key = (module.path, cls.index, name)
        if key not in self._attribute_reads:
            self._attribute_reads[key] = list(self._reads_of(module, cls, name))
        for owner, occurrence in self._attribute_reads[key]:
            self._push(owner, [occurrence], trail._replace(down=()))

    def _reads_of(self, module: Module, cls: Class, name: str) -> Iterator[tuple[Module, Occurrence]]:
        asked = 0
        for owner in (module, *(m for m in self._near if m is not module)):
            for occurrence in self._uses(owner).attributes.get(name, []):
                expr = occurrence.expr
                if not isinstance(expr, Attr) or (occurrence.holder.kind == "target" and not occurrence.parents):
                    continue
                own = (
                    owner.self_class(occurrence.holder.function, expr.base.id) if isinstance(expr.base, Name) else None
                )
                if own is not None:
                    inst = InstV(owner, owner.facts.classes[own])
                    if (owner is module and own == cls.index) or self._derives(inst, module, cls):
                        yield owner, occurrence
                elif asked < MAX_ASKED:
                    asked += 1
                    frame = self._evaluator.project.frame(owner, occurrence.holder.function)
                    values = self._evaluator.values(expr.base, frame, occurrence.holder.at)
                    if any(isinstance(v, InstV) and self._derives(v, module, cls) for v in values):
                        yield owner, occurrence

    def _derives(self, value: InstV, module: Module, cls: Class) -> bool:
        lineage = self._evaluator.mro(value.module, value.cls)
        return any(m.path == module.path and c.index == cls.index for m, c in lineage)

    # --- returns ---

    def _returned(self, module: Module, function: Function, trail: Trail) -> None:
        if trail.down:
            last = trail.down[-1]
            if (last.into, last.function) == (module.path, function.index):
                above = self._evaluator.project.modules.get(last.path)
                if above is not None:
                    self.result(above, last.call, trail._replace(down=trail.down[:-1]))
                return
        if function.class_index is not None and is_property(function):
            self._attribute(module, module.facts.classes[function.class_index], function.name, trail)
        edges = list(self._evaluator.callers.of(module, function))
        for edge in edges:
            self._up(edge, trail)
        if not edges and any(m.calls_by_tail.get(function.name) for m in self._evaluator.project.all()):
            self.lost.append(trail)
        self._decorated(module, function, trail)

    def _up(self, edge: Edge, trail: Trail) -> None:
        above, call = edge.site.module, edge.site.call
        if edge.how != "passed":
            if edge.how != "constructor" and not self._is_parameter(above, call):
                self.result(above, call.index, trail)
            return
        inside = False
        for value in self._evaluator.callee(edge.site):
            if isinstance(value, FuncV) and edge.skip:
                name = self._receives(value, call, call.args[edge.skip - 1])
                inside = inside or (name is not None and self._called_within(value, name[0], edge.site, trail))
        if not inside:
            self.result(above, call.index, trail)

    def _called_within(self, value: FuncV, name: str, site: CallSite, trail: Trail) -> bool:
        """A function handed to a function of the project: its result is that of the calls of the parameter there."""
        down = self._enter(trail, site.module, site.call, value)
        if down is None:
            return False
        found = False
        for call in value.module.calls_by_tail.get(name, []):
            if isinstance(call.callee, Name) and _within(value.module, call.function, value.function.index):
                found = True
                self.result(value.module, call.index, down)
        for call in value.module.references.get(name, []):
            if _within(value.module, call.function, value.function.index):
                found = True
                self.result(value.module, call.index, down)
        return found

    @staticmethod
    def _is_parameter(module: Module, call: Call) -> bool:
        """True if the call calls a parameter: which function that is depends on who called."""
        function = call.function
        while isinstance(call.callee, Name) and function is not None:
            if any(param.name == call.callee.id for param in module.facts.functions[function].params):
                return True
            function = module.facts.functions[function].parent
        return False

    def _decorated(self, module: Module, function: Function, trail: Trail) -> None:
        """A decorator of the project around the function sees what it returns."""
        frame = self._evaluator.project.frame(module, function.parent)
        for decorator in function.decorators:
            expr = module.facts.calls[decorator.index].callee if isinstance(decorator, CallRef) else decorator
            for value in self._evaluator.values(expr, frame):
                if not isinstance(value, FuncV):
                    continue
                for name in _wrapped_names(value):
                    for call in value.module.calls_by_tail.get(name, []):
                        if _within(value.module, call.function, value.function.index):
                            self.result(value.module, call.index, trail._replace(down=()))

    # --- arguments ---

    def _argument(self, module: Module, call: Call, arg: Arg, trail: Trail) -> None:
        site = CallSite(self._evaluator.project.frame(module, call.function), call)
        callees = self._evaluator.callee(site)
        outside: list[Value] = []
        for value in callees:
            if isinstance(value, InstV):
                value = self._evaluator.method(value, "__call__") or value
            if isinstance(value, FuncV):
                self._into(value, module, call, arg, trail)
            elif isinstance(value, ClassV):
                self._constructed(value, module, call, arg, trail)
            else:
                outside.append(value)
        if callees and not outside:
            return
        if self._collected(site, arg, trail):
            return
        after = self._visitor.handed(trail, module, call, arg, tuple(outside))
        if after is not None:
            self.result(module, call.index, after)

    def _collected(self, site: CallSite, arg: Arg, trail: Trail) -> bool:
        """`items.append(value)`, `record.update(tokens=value)`: the value is in the container from there on."""
        callee, call = site.call.callee, site.call
        if not isinstance(callee, Attr) or callee.name not in MUTATORS:
            return False
        if callee.name in ("add", "update", "insert"):
            values = self._evaluator.values(callee.base, site.frame, self._evaluator.at(call))
            if not any(isinstance(v, (DictV, SeqV)) for v in values):
                return False
        if arg.name is not None:
            trail = trail.into(arg.name)
        elif callee.name == "setdefault" and isinstance(call.args[0].value, Lit):
            trail = trail.into(str(call.args[0].value.value))
        self._stored(site.module, callee.base, call.function, call.order, trail)
        return True

    def _into(self, value: FuncV, module: Module, call: Call, arg: Arg, trail: Trail) -> None:
        received = self._receives(value, call, arg, trail)
        down = self._enter(trail, module, call, value)
        if received is None or down is None:
            return
        name, path = received
        self.parameter(value.module, value.function, name, down._replace(path=path))

    @staticmethod
    def _enter(trail: Trail, module: Module, call: Call, value: FuncV) -> Trail | None:
        step = Down(module.path, call.index, value.module.path, value.function.index)
        if len(trail.down) >= MAX_DOWN or any(d.into == step.into and d.function == step.function for d in trail.down):
            return None
        return trail._replace(down=(*trail.down, step))

    @staticmethod
    def _receives(value: FuncV, call: Call, arg: Arg, trail: Trail | None = None) -> tuple[str, tuple[str, ...]] | None:
        """The parameter an argument arrives in, and where in it."""
        path = trail.path if trail is not None else ()
        function = value.function
        params = function.params
        if arg.spread == "**":
            if path and any(param.name == path[0] for param in params):
                return path[0], path[1:]
            varkw = next((param.name for param in params if param.kind == "varkw"), None)
            return None if varkw is None else (varkw, path)
        if arg.name is not None:
            if any(param.name == arg.name for param in params if param.kind in ("positional", "keyword")):
                return arg.name, path
            varkw = next((param.name for param in params if param.kind == "varkw"), None)
            return None if varkw is None else (varkw, (arg.name, *path)[:MAX_PATH])
        bound = function.class_index is not None and not is_static(function) and value.self_value is not None
        names = [param.name for param in params if param.kind == "positional"][1 if bound else 0 :]
        before = [a for a in call.args if a.name is None and a.spread != "**"]
        position = next((i for i, a in enumerate(before) if a is arg), 0)
        if position < len(names):
            return names[position], path
        varargs = next((param.name for param in params if param.kind == "varargs"), None)
        return None if varargs is None else (varargs, path)

    def _constructed(self, value: ClassV, module: Module, call: Call, arg: Arg, trail: Trail) -> None:
        """An argument of a constructor: an attribute of the object, and a parameter of `__init__`."""
        made = InstV(value.module, value.cls)
        init = self._evaluator.method(made, "__init__")
        name = arg.name
        if init is not None:
            received = self._receives(init, call, arg, trail)
            down = self._enter(trail, module, call, init)
            if received is not None and down is not None:
                self.parameter(init.module, init.function, received[0], down._replace(path=received[1]))
                name = received[0]
        elif name is None:
            fields = [
                field for m, c in reversed(self._evaluator.mro(value.module, value.cls))
                for field in m.class_bodies.get(c.index, {})
            ]  # fmt: skip
            position = next((i for i, a in enumerate(call.args) if a is arg), 0)
            name = fields[position] if position < len(fields) else None
        if arg.spread == "**":
            self.result(module, call.index, trail)
        elif name is not None:
            self.result(module, call.index, trail.into(name))


def _within(module: Module, function: int | None, outer: int) -> bool:
    while function is not None:
        if function == outer:
            return True
        function = module.facts.functions[function].parent
    return False


def _wrapped_names(decorator: FuncV) -> set[str]:
    """Names under which a decorator (or the function a decorator factory returns) knows what it decorates."""
    functions = [decorator.function] + [
        f
        for f in decorator.module.facts.functions
        if f.parent == decorator.function.index and any(tail_name(r) == f.name for r in decorator.function.returns)
    ]
    return {f.params[0].name for f in functions if f.params and f.params[0].kind == "positional"}


def uses_of(module: Module) -> Uses:
    """Occurrences of a module, built when they are first asked for."""
    if module.uses is None:
        module.uses = Uses(module)
    return module.uses
