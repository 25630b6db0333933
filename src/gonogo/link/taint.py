"""What a value was made of: backwards through assignments, texts, containers, calls and returns of the project.

The walk is bounded and says what it could not follow. It keeps apart the parts of containers (`d["a"]` is not made of
`d["b"]`), and a result is made of the arguments of the very call that asked for it.
"""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from gonogo.facts.flow import Origin, Path
from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import (
    Assign,
    Attr,
    Binary,
    Call,
    CallRef,
    Choice,
    Class,
    Comprehension,
    DictLit,
    Expr,
    Function,
    Import,
    Index,
    Lit,
    Logical,
    Name,
    Param,
    Seq,
    Spread,
    Template,
)
from gonogo.languages import GLOBAL, PACKAGE
from gonogo.link.allowed import Allowed, held
from gonogo.link.arguments import keyword, parameter_sources
from gonogo.link.builtin_calls import is_settings
from gonogo.link.cursor import Cursor, Purpose, added, adders, item_set, placeholder, record, rest_of
from gonogo.link.ecma_flow import handed, of_method
from gonogo.link.evaluate import Evaluator
from gonogo.link.flow import END, At, reaching_assigns
from gonogo.link.functions import is_property
from gonogo.link.messages import CONTENTS, ROLE_CLASSES, ROLES, USER_PART, is_said, role_owner, role_tested
from gonogo.link.module import Module, chain, tail_name, text_of
from gonogo.link.names import plain_name
from gonogo.link.schemas import is_schema, lets_text_through
from gonogo.link.sources import Sources
from gonogo.link.values import CallSite, ClassV, Const, Ext, Frame, FuncV, InstV, Made, Member, ModV, Site, Value
from gonogo.registry.flows import ecma, through
from gonogo.registry.values import ecma_values, members, python_values

MAX_WALK = 900
"""Expressions looked at for one question."""
MAX_ORIGINS = 24
MAX_CALLS = 5
"""Calls entered one inside the other."""
STDLIB = sys.stdlib_module_names
NUMBERS = frozenset({"int", "float", "round", "abs", "sum", "Decimal"})
CLEANS = re.compile(r"escape|saniti[sz]e|strip_tags|clean_html", re.I)
"""Functions of the project that make a text harmless; their own way of doing it is not judged."""


Next = Iterable["Cursor | Origin"]


class Tracer:
    """Answers what values were made of. `models` are the model calls of the run; `handlers` the functions whose
    arguments a model chooses."""

    def __init__(
        self,
        evaluator: Evaluator,
        models: Iterable[ModelCall],
        sources: Sources,
        defined: Callable[[str], bool],
        handlers: Mapping[tuple[str, int], str] | None = None,
        dispatched: Mapping[tuple[str, int], list[tuple[CallSite, int]]] | None = None,
    ) -> None:
        self._evaluator = evaluator
        self._models = {id(call.site.call): call for call in models}
        self._sources = sources
        self.handlers = dict(handlers or {})
        self.dispatched = dict(dispatched or {})
        self._through = through()
        self._allowed = Allowed()
        self._defined = defined
        self._asked: dict[object, tuple[Value, ...]] = {}
        self._callees: dict[int, tuple[Value, ...]] = {}
        self._memo: dict[object, list[Origin]] = {}

    def is_model(self, call: Call) -> bool:
        """True for a call that reaches a model."""
        return id(call) in self._models

    def origins(self, expr: Expr, frame: Frame, at: At, path: Path = (), purpose: Purpose = "text") -> list[Origin]:
        """What `expr` is made of, as it stands at `at`; `path` asks for one part of it only.

        Text does not survive arithmetic, but a decision does: for a "decision", sums and conversions are followed.
        For "instructions", contents of messages that have the role of a user are left out.
        """
        key = (id(expr), frame.module.path, frame.function, at.order, path, purpose)
        done = self._memo.get(key)
        if done is None:
            done = self._walk(Cursor(expr, frame.module, frame.function, at, path, purpose=purpose))
            self._memo[key] = done
        return done

    def _walk(self, start: Cursor) -> list[Origin]:
        todo: deque[Cursor] = deque([start])
        seen: set[object] = set()
        found: dict[object, Origin] = {}
        while todo and len(seen) < MAX_WALK and len(found) < MAX_ORIGINS:
            cursor = todo.popleft()
            key = (id(cursor.expr), cursor.at.order, cursor.path, tuple(id(c.call) for c in cursor.calls))
            if key in seen:
                continue
            seen.add(key)
            for item in self._next(cursor):
                if isinstance(item, Cursor):
                    todo.append(item)
                    continue
                written = [hop.site for hop in item.hops() if hop.kind == "composed"]
                found.setdefault((item.kind, item.site, item.text, *written[-1:]), item)
        if todo and len(found) < MAX_ORIGINS:
            found[None] = Origin("unseen", start.site(), "a trail that is too long to follow")
        return list(found.values())

    def _next(self, cursor: Cursor) -> list[Cursor | Origin]:
        """One step; where messages of a role are asked for, only what leads to such messages."""
        items = list(self._step(cursor))
        if not ROLES.keys() & set(cursor.path) or any(isinstance(i, Origin) and i.kind == "role" for i in items):
            return items
        return [item for item in items if isinstance(item, Cursor) and ROLES.keys() & set(item.path)]

    # --- one step ---

    def _step(self, cursor: Cursor) -> Next:
        expr = cursor.expr
        if isinstance(expr, Name):
            return self._name(expr, cursor)
        if isinstance(expr, Attr):
            return self._attribute(expr, cursor)
        if isinstance(expr, CallRef):
            return self._call(expr, cursor)
        if isinstance(expr, Index):
            return self._index(expr, cursor)
        if isinstance(expr, Template):
            return self._template(expr, cursor)
        if isinstance(expr, Binary):
            return self._binary(expr, cursor)
        if isinstance(expr, DictLit):
            return self._mapping(expr, cursor)
        if isinstance(expr, Seq):
            return self._sequence(expr, cursor)
        if isinstance(expr, Logical):
            return [cursor.go(expr.left), cursor.go(expr.right)]
        if isinstance(expr, Choice):
            # `KINDS.includes(kind) ? kind : "plain"`
            arms = (arm for arm in (expr.body, expr.orelse) if not held(expr.test, arm, cursor.module))
            return [cursor.go(arm) for arm in arms]
        if isinstance(expr, Spread):
            return [cursor.go(expr.value)]
        if isinstance(expr, Comprehension):
            inside = [b.index for b in cursor.module.facts.blocks if b.kind == "comprehension" and b.span == expr.span]
            at = At(cursor.at.order, (*cursor.at.blocks, *inside[:1]))
            return [replace(cursor, at=at).go(expr.element, rest_of(cursor.path))]
        return []

    def _index(self, expr: Index, cursor: Cursor) -> Next:
        key = text_of(expr.key)
        if key is None and isinstance(expr.key, Lit):
            key = str(expr.key.value)
        role = role_tested(expr.base, cursor.module, cursor.at.blocks) if key in CONTENTS else ""
        if role:
            return [cursor.go(expr.base, (role, *cursor.path))]
        slices = not isinstance(expr.key, Lit) and tail_name(expr.key) == "" and not isinstance(expr.key, CallRef)
        path = cursor.path if slices else ("*" if key is None else key, *cursor.path)
        return [cursor.go(expr.base, path)]

    def _template(self, expr: Template, cursor: Cursor) -> Next:
        found: list[Cursor] = []
        texts = [self._constant(part, cursor) for part in expr.parts]
        fixed = sum(len(text) for text in texts)
        for position, part in enumerate(expr.parts):
            if isinstance(part, Lit):
                continue
            around = (texts[position - 1] if position else "", "".join(texts[position + 1 : position + 2]))
            found.append(cursor.go(part, ()).note("composed", around, fixed))
        return found

    def _binary(self, expr: Binary, cursor: Cursor) -> Next:
        if expr.op == "%":
            # `"... %s" % value`; of numbers there is nothing to follow.
            if isinstance(expr.left, Lit) and not isinstance(expr.left.value, str):
                return []
            return [cursor.go(expr.left), cursor.go(expr.right, ()).note("composed")]
        if expr.op == "|":
            return [cursor.go(expr.left), cursor.go(expr.right)]
        if expr.op != "+":
            return [cursor.go(expr.left), cursor.go(expr.right)] if cursor.purpose == "decision" else []
        if cursor.path:
            return [cursor.go(expr.left), cursor.go(expr.right)]
        left, right = self._constant(expr.left, cursor), self._constant(expr.right, cursor)
        return [
            cursor.go(expr.left).note("composed", ("", right), len(right)),
            cursor.go(expr.right).note("composed", (left, ""), len(left)),
        ]

    def _mapping(self, expr: DictLit, cursor: Cursor) -> Next:
        path = cursor.path
        if path and path[0] in ROLES:
            return self._message(expr, cursor)
        while path and path[0].endswith("()"):
            path = path[2:] if path[0] == "items()" and path[1:2] == ("*",) else path[1:]
            if path[:1] == ("0",):
                return []
            path = path[1:] if path[:1] == ("1",) else path
        found: list[Cursor] = []
        if cursor.purpose == "instructions" and path and path[0] in CONTENTS and is_said(expr):
            return []
        for key, value in _lasting(expr, path):
            name = None if key is None else text_of(key)
            if key is None:
                found.append(cursor.go(value, path))
            elif not path:
                found.append(cursor.go(value, ()))
            elif name is None or path[0] in (name, "*"):
                found.append(cursor.go(value, path[1:]))
        return found

    def _message(self, expr: DictLit, cursor: Cursor) -> Next:
        """The content of a message if it is one of instructions."""
        items = {text_of(key): value for key, value in expr.items if key is not None}
        role = items.get("role")
        content = items.get("content", items.get("text"))
        if role is None or content is None:
            return []
        owner = role_owner(role)
        if owner is not None:
            # `{"role": m.role, "content": m.content}`: as much an instruction as `m` is.
            return [cursor.go(owner)]
        values = self._values(role, cursor)
        if not values or not all(isinstance(v, Const) and v.value in ROLES[cursor.path[0]] for v in values):
            return []
        return self._role(content, cursor)

    def _role(self, content: Expr, cursor: Cursor) -> Next:
        """The content of a message that has the role asked for."""
        found = Origin("role", cursor.site(content), "a message with a role of its own", (), cursor.hop)
        return [found, cursor.go(content, cursor.path[1:])]

    def _sequence(self, expr: Seq, cursor: Cursor) -> Next:
        path = cursor.path
        if path and path[0] in ROLES:
            if len(expr.items) == 2 and text_of(expr.items[0]) in ROLES[path[0]]:
                return self._role(expr.items[1], cursor)
            return []
        spread = any(isinstance(item, Spread) for item in expr.items)
        if path and path[0].isdigit() and not spread:
            index = int(path[0])
            return [cursor.go(expr.items[index], path[1:])] if index < len(expr.items) else []
        return [
            cursor.go(item, path if isinstance(item, Spread) else rest_of(path))
            for item in expr.items
            if not isinstance(item, Lit)
        ]

    # --- names ---

    def _values(self, expr: Expr, cursor: Cursor) -> tuple[Value, ...]:
        """What an expression can be, asked once: a question that was cut short is dear to ask again."""
        key = (id(expr), cursor.module.path, cursor.function, cursor.at.order)
        if key not in self._asked:
            self._asked[key] = self._evaluator.values(expr, self._frame(cursor), cursor.at)
        return self._asked[key]

    def _frame(self, cursor: Cursor) -> Frame:
        return self._evaluator.project.frame(cursor.module, cursor.function)

    def _name(self, expr: Name, cursor: Cursor) -> Next:
        if self._allowed.checks(expr, cursor.module, cursor.function):
            return []
        scope, point, calls = cursor.function, cursor.at, cursor.calls
        while scope is not None:
            table = cursor.module.scopes.get(scope, {})
            if expr.id in table:
                return self._bound(expr.id, replace(cursor, function=scope, at=point, calls=calls))
            scope, point = cursor.module.facts.functions[scope].parent, END
            calls = self._reading(calls, cursor.module, scope)
        at = cursor.at if cursor.function is None else END
        return self._global(expr.id, replace(cursor, function=None, at=at, calls=()))

    def _global(self, name: str, cursor: Cursor) -> Next:
        if name in cursor.module.scopes.get(None, {}):
            return self._bound(name, cursor)
        values = self._evaluator.global_name(cursor.module, name, END, cursor.site())
        return [] if values else [self._unseen(cursor, name)]

    def _bound(self, name: str, cursor: Cursor) -> Next:
        module, scope = cursor.module, cursor.function
        bindings = module.scopes[scope][name]
        assigns = [b for b in bindings if isinstance(b, Assign)]
        reaching, definite = reaching_assigns(assigns, cursor.at, module)
        if assigns and not reaching and len(bindings) == len(assigns):
            reaching = assigns  # Set later in the same loop.
        found: list[Cursor | Origin] = []
        for assign in reaching:
            found.extend(self._assigned(assign, cursor))
        if not definite:
            for binding in bindings:
                if isinstance(binding, Param) and scope is not None:
                    found.extend(self._parameter(binding, module.facts.functions[scope], cursor))
                elif isinstance(binding, Import):
                    found.extend(self._imported(binding, cursor))
        first = min((a.order for a in reaching), default=0) if definite else 0
        found.extend(self._put_into(name, cursor, first))
        return found

    def _assigned(self, assign: Assign, cursor: Cursor) -> Next:
        here = replace(cursor, at=At(assign.order, assign.blocks), function=assign.function)
        path = cursor.path
        place = () if assign.position is None else (str(assign.position),)
        if assign.kind in ("set", "walrus", "with", "augment"):
            value = here.go(assign.value)
            if assign.kind == "augment" and assign.op.rstrip("=") == "+" and not path:
                return [value.note("composed")]
            return [value] if assign.kind != "augment" or assign.op.rstrip("=") in ("+", "|") else []
        if assign.kind == "unpack":
            return [here.go(assign.value, (*(place or ("*",)), *path))]
        if assign.kind in ("for", "comprehension"):
            return [here.go(assign.value, ("*", *place, *path))]
        return []

    def _put_into(self, name: str, cursor: Cursor, since: int) -> Next:
        """What methods and item assignments put into a local or global container before the point of use."""
        module, scope, at = cursor.module, cursor.function, cursor.at
        loops = {i for i in at.blocks if module.facts.blocks[i].kind == "loop"}
        for call in module.method_calls.get((scope, name), []):
            if tail_name(call.callee) in adders(module.language) and (
                since < call.order < at.order or loops & set(call.blocks)
            ):
                here = replace(cursor, at=At(call.order, call.blocks))
                yield from added(call, here)
        for assign in module.item_sets.get(scope, {}).get(name, []):
            if since < assign.order < at.order or loops & set(assign.blocks):
                yield from item_set(assign, cursor)

    def _imported(self, item: Import, cursor: Cursor) -> Next:
        if item.name is None:
            return []
        resolver, project = self._evaluator.project.resolver, self._evaluator.project
        path = resolver.resolve_from(item.module, item.name, item.level, cursor.module.path)
        if path is None or path != resolver.resolve(item.module, item.level, cursor.module.path):
            return []
        other = project.module(path)
        if other is None or item.name not in other.scopes.get(None, {}):
            return []
        return [replace(cursor, expr=Name(item.name), module=other, function=None, at=END, calls=())]

    # --- parameters ---

    def _parameter(self, param: Param, function: Function, cursor: Cursor) -> Next:
        module = cursor.module
        if cursor.calls:
            site = cursor.calls[-1]
            offset = self._offset(site, module, function)
            if offset is not None:
                return self._arguments(param, function, site, offset, 0, replace(cursor, calls=cursor.calls[:-1]))
        if module.self_class(function.index, param.name) is not None:
            return [self._unseen(cursor, f"{param.name}.{cursor.path[0]}")] if cursor.path else []
        key = (module.path, function.index)
        if key in self.handlers:
            # A parameter that is taken apart at once has no name: its part has one.
            names = [name for name in (param.name, *cursor.path[:1]) if name.isidentifier()]
            text = " ".join(["the argument", *names[:1], "a model chose for", self.handlers[key]])
            return [Origin("model", Site(module.path, param.span), text, cursor.path, cursor.hop)]
        origin = self._sources.parameter(module, function, param, cursor.path)
        if origin is not None:
            return [replace(origin, hop=cursor.hop)]
        if self._sources.is_own(module, function, param, cursor.path):
            return []
        return list(self._from_callers(param, function, cursor))

    def _from_callers(self, param: Param, function: Function, cursor: Cursor) -> Next:
        module = cursor.module
        edges = [(e.site, e.offset, e.skip) for e in self._evaluator.callers.of(module, function)]
        known = {id(site.call) for site, _, _ in edges}
        for site, offset in self.dispatched.get((module.path, function.index), []):
            if id(site.call) not in known:
                edges.append((site, offset, 0))
        bare = replace(cursor, calls=())
        if not edges and not self._sources.is_injected(module, function, param):
            yield self._unseen(bare, f"the parameter {param.name} of {function.name}")
        for site, offset, skip in edges:
            if skip and module.language == "ecma":
                calls = self._reading(cursor.calls, site.module, site.call.function)
                yield from self._handed_on(param, function, site, replace(cursor, calls=calls))
            else:
                yield from self._arguments(param, function, site, offset, skip, bare)

    def _handed_on(self, param: Param, function: Function, site: CallSite, cursor: Cursor) -> Next:
        """What a function of JavaScript gets from the call it is handed to."""
        given = handed(param, function, site, cursor.path)
        if given is None:
            yield self._unseen(cursor, f"what {tail_name(site.call.callee) or 'a call'} hands to a function")
        here = replace(cursor, module=site.module, function=site.call.function, at=Evaluator.at(site.call))
        for expr, path in given or ():
            yield here.go(expr, path)

    def _offset(self, site: CallSite, module: Module, function: Function) -> int | None:
        """How many parameters are bound before the arguments, if the call leads to `function`."""
        for value in self._callee(site):
            if isinstance(value, FuncV) and value.function is function and value.module is module:
                return 0 if value.self_value is None else 1
            if isinstance(value, ClassV) and function.name == "__init__":
                return 1
        return None

    def _arguments(
        self, param: Param, function: Function, site: CallSite, offset: int, skip: int, cursor: Cursor
    ) -> Next:
        for expr, path in parameter_sources(param, function, site.call, offset, skip, cursor.path):
            here = replace(cursor, module=site.module, function=site.call.function, at=Evaluator.at(site.call))
            yield here.go(expr, path).note("passed")

    # --- attributes ---

    def _attribute(self, expr: Attr, cursor: Cursor) -> Next:
        if self._allowed.checks(expr, cursor.module, cursor.function):
            return []
        origin = self._sources.attribute(expr, self._frame(cursor), cursor.at, cursor.path)
        if origin is not None:
            return [replace(origin, hop=cursor.hop)]
        role = role_tested(expr.base, cursor.module, cursor.at.blocks) if expr.name in CONTENTS else ""
        if role:
            return [cursor.go(expr.base, (role, *cursor.path))]
        values = self._called_on(expr.base, cursor) or self._values(expr.base, cursor)
        found: list[Cursor | Origin] = []
        beyond = not values
        for value in values:
            if isinstance(value, InstV) and value.origin is None:
                members = list(self._member(value, expr.name, cursor))
                found.extend(members)
                beyond = beyond or not members
            elif isinstance(value, ModV):
                other = self._evaluator.project.module(value.path)
                if other is not None and expr.name in other.scopes.get(None, {}):
                    there = replace(cursor, expr=Name(expr.name), module=other, function=None, at=END, calls=())
                    found.append(there)
            elif not isinstance(value, (ClassV, Const, Ext)):
                beyond = True
        if beyond:
            found.append(cursor.go(expr.base, (expr.name, *cursor.path)))
        return found

    def _called_on(self, base: Expr, cursor: Cursor) -> tuple[Value, ...]:
        """For `self` in a method that is read for one call: the very objects that call is made on, if they are known.

        Without this, what one object of a class holds would be in all of them.
        """
        if not cursor.calls or not isinstance(base, Name) or cursor.function is None:
            return ()
        site, method = cursor.calls[-1], cursor.module.facts.functions[cursor.function]
        if cursor.module.self_class(cursor.function, base.id) is None or not isinstance(site.call.callee, Attr):
            return ()
        if not any(isinstance(value, FuncV) and value.function is method for value in self._callee(site)):
            return ()
        found = self._evaluator.values(site.call.callee.base, site.frame, Evaluator.at(site.call))
        return found if all(isinstance(value, InstV) and value.made is not None for value in found) else ()

    def _member(self, inst: InstV, name: str, cursor: Cursor) -> Next:
        """What an attribute of an object of the project holds."""
        lineage = self._evaluator.mro(inst.module, inst.cls)
        found: list[Cursor | Origin] = []
        for module, cls in lineage:
            method = module.methods.get(cls.index, {}).get(name)
            if method is not None:
                return self._results(module, method, replace(cursor, calls=())) if is_property(method) else []
            for assign in module.self_assigns.get(cls.index, {}).get(name, []):
                at = At(assign.order, assign.blocks)
                owner = module.method_of(assign.function)
                calls = (inst.made,) if inst.made is not None and owner is not None and owner.name == "__init__" else ()
                here = replace(cursor, module=module, function=assign.function, at=at, calls=calls)
                found.extend(c.note("kept") for c in self._assigned(assign, here) if isinstance(c, Cursor))
            found.extend(self._put_into_attribute(module, cls, name, cursor))
        return found or self._field(inst, lineage, name, cursor)

    def _put_into_attribute(self, module: Module, cls: Class, name: str, cursor: Cursor) -> list[Cursor | Origin]:
        found: list[Cursor | Origin] = []
        for tail in sorted(adders(module.language) & module.calls_by_tail.keys()):
            for call in module.calls_by_tail[tail]:
                base = call.callee.base if isinstance(call.callee, Attr) else None
                if not isinstance(base, Attr) or base.name != name or not isinstance(base.base, Name):
                    continue
                if module.self_class(call.function, base.base.id) != cls.index:
                    continue
                if tail == "set":
                    # A map that outlives the call: what is asked for may have been kept for anybody.
                    found.append(self._unseen(cursor, f"what {name} keeps"))
                    continue
                here = replace(cursor, module=module, function=call.function, at=Evaluator.at(call), calls=())
                found.extend(added(call, here))
        return found

    def _field(self, inst: InstV, lineage: list[tuple[Module, Class]], name: str, cursor: Cursor) -> Next:
        """A declared field: what constructors are given for it."""
        if not any(name in module.class_bodies.get(cls.index, {}) for module, cls in lineage):
            return []
        if inst.made is not None:
            sites = [inst.made]
        else:
            sites = [edge.site for edge in self._evaluator.callers.of_class(inst.module, inst.cls)]
        fields = [n for module, cls in reversed(lineage) for n in module.class_bodies.get(cls.index, {})]
        found: list[Cursor] = []
        for site in sites:
            at = Evaluator.at(site.call)
            here = replace(cursor, module=site.module, function=site.call.function, at=at, calls=())
            position = fields.index(name) if name in fields else None
            for expr, path in keyword(site.call, name, position, cursor.path):
                found.append(here.go(expr, path).note("passed"))
        if any(is_settings(self._evaluator.external_bases(module, cls)) for module, cls in lineage):
            return found
        # Fields can be set from anywhere that holds the object.
        return [*found, self._unseen(cursor, f"the field {name} of {inst.cls.name}")]

    # --- calls ---

    def _call(self, expr: CallRef, cursor: Cursor) -> Next:
        call = cursor.module.facts.calls[expr.index]
        model = self._models.get(id(call))
        if model is not None:
            text = f"the output of {model.title}"
            return [Origin("model", cursor.site(), text, cursor.path, cursor.hop, model)]
        site = CallSite(self._frame(cursor), call)
        values = self._callee(site)
        origin = self._sources.call(values, site, cursor.path)
        if origin is not None:
            return [replace(origin, hop=cursor.hop)]
        found: list[Cursor | Origin] = []
        for value in values:
            found.extend(self._called(value, site, cursor))
        if all(not isinstance(v, (FuncV, ClassV, Ext, Made, Member, InstV)) for v in values):
            found.extend(self._foreign("", site, cursor))
        return found

    def _callee(self, site: CallSite) -> tuple[Value, ...]:
        """What a call calls, asked once, and not at all for methods of names that say enough."""
        call = site.call
        key = id(call)
        if key not in self._callees:
            tail = tail_name(call.callee)
            known = tail in self._through.words or tail in self._sources.words or tail[:1].isupper()
            known = known or _is_imported(chain(call.callee)[:1], site.module, call.function)
            if isinstance(call.callee, Attr) and tail and not known and not self._defined(tail):
                self._callees[key] = ()
            else:
                self._callees[key] = self._evaluator.callee(site)
        return self._callees[key]

    def _called(self, value: Value, site: CallSite, cursor: Cursor) -> Next:
        if isinstance(value, FuncV):
            if CLEANS.search(value.function.name):
                return []
            if len(cursor.calls) >= MAX_CALLS or any(c.call is site.call for c in cursor.calls):
                return [self._unseen(cursor, f"what {value.function.name} returns")]
            return self._results(value.module, value.function, replace(cursor, calls=(*cursor.calls, site)))
        if isinstance(value, ClassV):
            return self._made(value, site, cursor)
        if isinstance(value, InstV):
            method = self._evaluator.method(value, "__call__")
            return self._called(method, site, cursor) if method is not None else []
        if isinstance(value, (Ext, Made, Member)):
            return self._foreign(plain_name(value), site, cursor)
        return []

    def _results(self, module: Module, function: Function, cursor: Cursor) -> Next:
        """What a function returns (or yields), read for the call on top of `cursor.calls`."""
        inner = replace(cursor, module=module, function=function.index)
        if function.name == "<lambda>":
            return [replace(inner, expr=expr, at=END) for expr in function.returns]
        if function.is_generator:
            path = rest_of(cursor.path)
            return [replace(inner, expr=expr, at=END, path=path).note("returned") for expr in function.yields]
        return [
            replace(inner, expr=exit_.value, at=At(exit_.order, exit_.blocks)).note("returned")
            for exit_ in module.returns.get(function.index, [])
            if exit_.value is not None and not isinstance(exit_.value, Lit)
        ]

    def _made(self, value: ClassV, site: CallSite, cursor: Cursor) -> Next:
        """An object of the project: one part of it if the path names one, else all it was given."""
        while cursor.path and cursor.path[0] in members().fields:
            cursor = cursor.go(cursor.expr, cursor.path[1:])
        if cursor.path and cursor.path[0] in ROLES:
            return self._own_message(value, site, cursor)
        if cursor.path and not cursor.path[0].endswith("()"):
            role = next((text_of(arg.value) for arg in site.call.args if arg.name == "role"), None)
            if cursor.purpose == "instructions" and cursor.path[0] in CONTENTS and role in ROLES[USER_PART]:
                return []
            inst = InstV(value.module, value.cls, site)
            return self._member(inst, cursor.path[0], replace(cursor, path=cursor.path[1:]))
        return [cursor.go(arg.value, ()) for arg in site.call.args if not isinstance(arg.value, Lit)]

    def _own_message(self, value: ClassV, site: CallSite, cursor: Cursor) -> Next:
        """The content of a message of a class of the project, if it has the role asked for."""
        wanted = cursor.path[0]
        role = next((text_of(expr) for expr, _ in keyword(site.call, "role", None, ())), None)
        if role not in ROLES[wanted] and value.cls.name not in ROLE_CLASSES[wanted]:
            return []
        given = [expr for name in sorted(CONTENTS) for expr, path in keyword(site.call, name, None, ()) if not path]
        return [item for content in given for item in self._role(content, cursor)]

    def _foreign(self, name: str, site: CallSite, cursor: Cursor) -> Next:
        """The result of something outside the project."""
        call, callee = site.call, site.call.callee
        tail = tail_name(callee.base if isinstance(callee, Index) else callee)  # `Agent[Context](...)`
        rules = self._through
        if cursor.purpose == "decision" and tail in NUMBERS:
            return [cursor.go(arg.value, ()) for arg in call.args if not isinstance(arg.value, Lit)]
        if name in rules.functions:
            return self._of_arguments(tail, call, cursor)
        if self._says_nothing(tail, name, cursor) or name in python_values().environment or name == "builtins.open":
            return []
        if name in rules.runs:
            return self._run(site, cursor)
        if name in rules.waits:
            return [
                cursor.go(arg.value, rest_of(cursor.path) if tail == "gather" else None)
                for arg in call.args
                if arg.name is None
            ]
        if tail[:1].isupper() and (name or isinstance(callee, Name)):
            if cursor.path and cursor.path[0] in ROLES:
                wanted = tail in ROLE_CLASSES[cursor.path[0]]
                given = keyword(call, "content", 0, ()) if wanted else ()
                return [item for content, _ in given for item in self._role(content, cursor)]
            if name == GLOBAL + "Map" and cursor.function is None:
                return [self._unseen(cursor, "what a map keeps")]
            if name.startswith(PACKAGE) and any(step.endswith("()") for step in cursor.path):
                return [self._unseen(cursor, f"what {tail} answers"), *record(call, cursor)]
            return record(call, cursor)
        own = name.startswith(GLOBAL) and "()" not in name
        if isinstance(callee, Attr) and not own and not self._is_module(callee.base, cursor):
            return self._of_method(tail, call, callee, cursor)
        if name.split(".")[0] in STDLIB and name.split(".")[0] != "builtins":
            return []
        return [self._unseen(cursor, f"what {name or tail or 'a call'} returns")]

    def _says_nothing(self, tail: str, name: str, cursor: Cursor) -> bool:
        """True for a call whose result carries no text; `find` of JavaScript answers an element, of Python a number."""
        known = tail in self._through.nothing and not (cursor.module.language == "ecma" and tail in ecma().picks)
        return known or name in self._through.nothing

    def _is_module(self, base: Expr, cursor: Cursor) -> bool:
        names = chain(base)
        if not _is_imported(names[:1], cursor.module, cursor.function):
            return False
        values = self._values(base, cursor)
        return bool(values) and all(isinstance(v, Ext) for v in values)

    def _of_arguments(self, tail: str, call: Call, cursor: Cursor) -> Next:
        path = cursor.path
        if tail == "enumerate":
            if path[:2] == ("*", "0"):
                return []
            path = ("*", *path[2:]) if path[:2] == ("*", "1") else path
        if tail == "entries" and path[:1] == ("*",):
            if path[1:2] == ("0",):
                return []
            path = ("*", *path[2:])
        if tail == "zip" and len(path) > 1 and path[0] == "*" and path[1].isdigit():
            chosen = call.args[int(path[1]) : int(path[1]) + 1]
            return [cursor.go(arg.value, ("*", *path[2:])) for arg in chosen]
        if tail in ("next", "anext"):
            path = ("*", *path)
        if tail in ("loads", "safe_load", "load", "parse"):
            path = ("loads()", *path)
        if tail in ("dumps", "stringify") and path[:1] == ("loads()",):
            path = path[1:]
        return [cursor.go(arg.value, path) for arg in call.args if not isinstance(arg.value, Lit)]

    def _run(self, site: CallSite, cursor: Cursor) -> Next:
        """`to_thread(f, x)`: what `f` returns; its arguments are found through its callers."""
        for arg in site.call.args[:2]:
            if isinstance(arg.value, CallRef):
                yield cursor.go(arg.value)
                return
            for value in self._evaluator.values(arg.value, site.frame, Evaluator.at(site.call)):
                if isinstance(value, FuncV):
                    yield from self._results(value.module, value.function, replace(cursor, calls=()))
                    return

    def _of_method(self, tail: str, call: Call, callee: Attr, cursor: Cursor) -> Next:
        """A method: made of its object, and of its arguments where it puts them into a text."""
        path = cursor.path
        if cursor.module.language == "ecma":
            special = self._of_ecma_method(tail, call, callee, cursor)
            if special is not None:
                return special
        if tail in ("get", "pop", "setdefault", "getlist") and call.args:
            key = text_of(call.args[0].value)
            inner = ("*" if key is None else key, *path)
            defaults = [cursor.go(arg.value) for arg in call.args[1:] if not isinstance(arg.value, Lit)]
            return [cursor.go(callee.base, inner), *defaults]
        if tail == "join" and call.args:
            return [cursor.go(call.args[0].value, ("*",)).note("composed")]
        owners = self._values(callee.base, cursor)
        if any(isinstance(owner, ClassV) for owner in owners):
            # `Model.model_validate(data)`: an object made of its arguments.
            return [cursor.go(arg.value) for arg in call.args if not isinstance(arg.value, Lit)]
        found = [cursor.go(callee.base, (f"{tail}()", *path))]
        if tail in self._through.methods:
            text = self._fixed_text(callee.base, cursor) if tail.startswith("format") else ""
            for position, arg in enumerate(call.args):
                if not isinstance(arg.value, Lit):
                    around = placeholder(text, arg.name or str(position), position)
                    found.append(cursor.go(arg.value, ()).note("composed", around, len(text)))
        return found

    def _of_ecma_method(self, tail: str, call: Call, callee: Attr, cursor: Cursor) -> Next | None:
        if tail in ecma_values().schema_reads and call.args:
            owners = self._values(callee.base, cursor)
            if any(is_schema(owner) for owner in owners):
                return self._let_through(owners, tail, call, cursor)
        return of_method(tail, call, callee, cursor, self._values, self._of_function)

    def _of_function(self, value: FuncV, cursor: Cursor) -> Next:
        """What a function returns that is called where it is written: what stands around it is read as it was."""
        calls = self._reading(cursor.calls, value.module, value.function.parent)
        return self._results(value.module, value.function, replace(cursor, calls=calls))

    def _reading(self, calls: tuple[CallSite, ...], module: Module, function: int | None) -> tuple[CallSite, ...]:
        """`calls` if the last of them is the one `function` is read for, else none."""
        if not calls or function is None:
            return ()
        return calls if self._offset(calls[-1], module, module.facts.functions[function]) is not None else ()

    def _let_through(self, owners: tuple[Value, ...], tail: str, call: Call, cursor: Cursor) -> Next:
        """What a schema lets through of what it is given."""
        path = cursor.path
        if tail.startswith("safe"):
            path = path[1:] if path[:1] == ("data",) else ()
        answers = {lets_text_through(self._evaluator, owner, path) for owner in owners}
        if True in answers:
            return [cursor.go(call.args[0].value, path)]
        return [self._unseen(cursor, f"what {tail} lets through")] if None in answers else []

    def _constant(self, expr: Expr, cursor: Cursor) -> str:
        """A text written out in place or under a name of its own; empty for anything else."""
        if isinstance(expr, Name):
            return self._named_text(expr.id, cursor.module, cursor.function)
        return text_of(expr) or ""

    def _named_text(self, name: str, module: Module, function: int | None, hops: int = 0) -> str:
        bindings = module.scopes.get(function, {}).get(name) or module.scopes.get(None, {}).get(name, [])
        if len(bindings) != 1 or hops > 2:
            return ""
        binding = bindings[0]
        if isinstance(binding, Assign):
            return text_of(binding.value) or "" if binding.kind == "set" else ""
        if isinstance(binding, Import) and binding.name is not None:
            resolver, project = self._evaluator.project.resolver, self._evaluator.project
            path = resolver.resolve_from(binding.module, binding.name, binding.level, module.path)
            other = None if path is None else project.module(path)
            return "" if other is None else self._named_text(binding.name, other, None, hops + 1)
        return ""

    def _fixed_text(self, expr: Expr, cursor: Cursor) -> str:
        values = self._values(expr, cursor)
        texts = [v.value for v in values if isinstance(v, Const) and isinstance(v.value, str)]
        return texts[0] if len(texts) == len(values) == 1 else ""

    def _unseen(self, cursor: Cursor, text: str) -> Origin:
        return Origin("unseen", cursor.site(), text, cursor.path, cursor.hop)


def _lasting(expr: DictLit, path: Path) -> tuple[tuple[Expr | None, Expr], ...]:
    """The entries of a mapping that last: what is written out for the key asked for replaces all before it."""
    written = [i for i, (key, _) in enumerate(expr.items) if key is not None and path and text_of(key) == path[0]]
    return expr.items[written[-1] :] if written else expr.items


def _is_imported(names: tuple[str, ...], module: Module, function: int | None) -> bool:
    """True if the first of `names` is bound by an import."""
    tables = [module.scopes.get(scope, {}) for scope in {function, None}]
    return any(isinstance(binding, Import) for name in names for table in tables for binding in table.get(name, []))
