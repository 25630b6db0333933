"""One parsed file with its tables: what each scope binds, what each class assigns, which calls end in which name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from gonogo.facts.model import (
    Assign,
    Attr,
    Block,
    Call,
    CallRef,
    Choice,
    Class,
    DictLit,
    Exit,
    Expr,
    FileFacts,
    Function,
    Import,
    Index,
    Lambda,
    Lit,
    Logical,
    Name,
    Param,
    Seq,
)
from gonogo.languages import Language, language_of

if TYPE_CHECKING:
    from gonogo.link.uses import Uses

DEFAULT = "default"
"""Name under which a module of JavaScript holds what it exports by default."""

Binding: TypeAlias = "Import | Function | Class | Assign | Param"


@dataclass(eq=False, repr=False)
class Module:
    """Facts of one file, indexed for look-up. `area` and `app` come from the workspace."""

    facts: FileFacts
    area: str = "app"
    app: str = "."
    scopes: dict[int | None, dict[str, list[Binding]]] = field(default_factory=dict)
    class_bodies: dict[int, dict[str, list[Assign]]] = field(default_factory=dict)
    methods: dict[int, dict[str, Function]] = field(default_factory=dict)
    nested_classes: dict[int, dict[str, Class]] = field(default_factory=dict)
    self_assigns: dict[int, dict[str, list[Assign]]] = field(default_factory=dict)
    item_sets: dict[int | None, dict[str, list[Assign]]] = field(default_factory=dict)
    calls_by_tail: dict[str, list[Call]] = field(default_factory=dict)
    references: dict[str, list[Call]] = field(default_factory=dict)
    """Calls in whose arguments a name stands that could be a function."""
    method_calls: dict[tuple[int | None, str], list[Call]] = field(default_factory=dict)
    """Calls `name.method(...)` by (function, name): what happens to a local."""
    function_assigned: dict[str, list[Assign]] = field(default_factory=dict)
    """Names assigned inside functions, for lazily filled module globals."""
    placed: dict[str, list[Assign]] = field(default_factory=dict)
    """Assignments to attributes of names that are no object of a class here: maybe of another module (`state.llm`)."""
    deep_sets: dict[tuple[int | None, str], list[Assign]] = field(default_factory=dict)
    """Assignments into a mapping in a mapping (`options["config"]["limit"] = 5`), by (function, name)."""
    stars: list[Import] = field(default_factory=list)
    returns: dict[int, list[Exit]] = field(default_factory=dict)
    needs: dict[int, frozenset[str] | None] = field(default_factory=dict)
    """Parameters that what a function returns is made of (`gonogo.link.needs` finds them on first use)."""
    uses: Uses | None = None
    """Where values of the module are read (`gonogo.link.trail.uses_of` builds it on first use)."""

    aliases: dict[str, set[str]] = field(default_factory=dict)
    """Further names under which something at the top of a module of JavaScript can be imported."""

    @property
    def path(self) -> str:
        return self.facts.path

    @property
    def language(self) -> Language:
        return language_of(self.facts.path)

    def exported_as_default(self, name: str) -> bool:
        """True if a module of JavaScript hands out `name` without a name."""
        return name == DEFAULT or DEFAULT in self.aliases.get(name, ())

    def __repr__(self) -> str:
        return f"<module {self.path}>"

    _by_alias: dict[str, list[Import]] = field(default_factory=dict)
    _outer: set[int | None] = field(default_factory=set)

    def __post_init__(self) -> None:
        scopes: dict[int | None, dict[str, list[Binding]]] = defaultdict(lambda: defaultdict(list))
        self._index_declarations(scopes)
        self._index_assigns(scopes)
        self._index_calls()
        for exit_ in self.facts.exits:
            if exit_.kind == "return" and exit_.function is not None:
                self.returns.setdefault(exit_.function, []).append(exit_)
        self.scopes = {key: dict(table) for key, table in scopes.items()}

    def _index_declarations(self, scopes: dict[int | None, dict[str, list[Binding]]]) -> None:
        for item in self.facts.imports:
            self._by_alias.setdefault(item.alias, []).append(item)
            if item.name == "*":
                self.stars.append(item)
            else:
                scopes[item.function][item.alias].append(item)
        for function in self.facts.functions:
            for param in function.params:
                scopes[function.index][param.name].append(param)
            if function.class_index is not None:
                self.methods.setdefault(function.class_index, {})[function.name] = function
            elif function.name != "<lambda>" and function.declared:
                scopes[function.parent][function.name].append(function)
        for cls in self.facts.classes:
            if cls.parent is not None:
                self.nested_classes.setdefault(cls.parent, {})[cls.name] = cls
            else:
                scopes[cls.function][cls.name].append(cls)

    def _index_assigns(self, scopes: dict[int | None, dict[str, list[Binding]]]) -> None:
        for assign in self.facts.assigns:
            target = assign.target
            if isinstance(target, Name):
                if assign.class_index is not None:
                    self.class_bodies.setdefault(assign.class_index, {}).setdefault(target.id, []).append(assign)
                else:
                    scopes[assign.function][target.id].append(assign)
                    if assign.function is None and isinstance(assign.value, Name) and self.language == "ecma":
                        self.aliases.setdefault(assign.value.id, set()).add(target.id)
                    if assign.function is not None:
                        self.function_assigned.setdefault(target.id, []).append(assign)
            elif isinstance(target, Attr) and isinstance(target.base, Name):
                owner = self.self_class(assign.function, target.base.id)
                if owner is not None:
                    self.self_assigns.setdefault(owner, {}).setdefault(target.name, []).append(assign)
                elif assign.kind == "set":
                    self.placed.setdefault(target.name, []).append(assign)
            elif isinstance(target, Index) and isinstance(target.base, Name):
                self.item_sets.setdefault(assign.function, {}).setdefault(target.base.id, []).append(assign)
            elif isinstance(target, Index):
                root: Expr = target
                while isinstance(root, Index):
                    root = root.base
                if isinstance(root, Name):
                    self.deep_sets.setdefault((assign.function, root.id), []).append(assign)

    def _other_names(self) -> dict[str, set[str]]:
        """Names that a variable of JavaScript passes on (`const send = options.fetch ?? fetch`)."""
        found: dict[str, set[str]] = {}
        if self.language == "ecma":
            given = [(a.target.id, a.value) for a in self.facts.assigns if isinstance(a.target, Name)]
            given += [(p.name, p.default) for f in self.facts.functions for p in f.params if p.default is not None]
            for target, value in given:
                for part in (value.left, value.right) if isinstance(value, Logical) else (value,):
                    name = tail_name(part)
                    if name and name != target:
                        found.setdefault(target, set()).add(name)
        return found

    def _index_calls(self) -> None:
        others = self._other_names()
        for call in self.facts.calls:
            callee = call.callee
            if isinstance(callee, Name):
                for other in others.get(callee.id, ()):
                    self.calls_by_tail.setdefault(other, []).append(call)
                self.calls_by_tail.setdefault(self._real_name(callee.id, call.function), []).append(call)
            elif isinstance(callee, Attr):
                self.calls_by_tail.setdefault(callee.name, []).append(call)
                if isinstance(callee.base, Name):
                    self.method_calls.setdefault((call.function, callee.base.id), []).append(call)
            for arg in call.args:
                name = tail_name(arg.value)
                if name:
                    self.references.setdefault(self._real_name(name, call.function), []).append(call)
                # A function inside a mapping is an option of what is called in JavaScript, and data in Python.
                deep = lambdas_in(arg.value) if self.language == "ecma" or isinstance(arg.value, Lambda) else []
                for function in deep:
                    self.references.setdefault(f"<lambda>{function}", []).append(call)

    def _real_name(self, name: str, function: int | None) -> str:
        """Name under which an import alias is defined in its own module."""
        for item in self._by_alias.get(name, ()):
            if item.name is not None and item.name != name and item.function in (None, function):
                return item.name
            if item.name is None and self.language == "ecma":
                return DEFAULT
        return name

    def self_class(self, function: int | None, name: str) -> int | None:
        """Class whose instance `name` denotes in `function`, if it is that method's first parameter."""
        while function is not None:
            fact = self.facts.functions[function]
            if fact.class_index is not None:
                if fact.params and fact.params[0].name == name:
                    return fact.class_index
                return None
            if any(param.name == name for param in fact.params):
                return None
            function = fact.parent
        return None

    def has_inner(self, function: int) -> bool:
        """True if a function or class stands in `function`."""
        if not self._outer:
            self._outer.update(f.parent for f in self.facts.functions)
            self._outer.update(c.function for c in self.facts.classes)
        return function in self._outer

    def method_of(self, function: int | None) -> Function | None:
        """The method a function is, or stands in."""
        while function is not None:
            fact = self.facts.functions[function]
            if fact.class_index is not None:
                return fact
            function = fact.parent
        return None

    def enclosing(self, blocks: tuple[int, ...], kind: str) -> list[Block]:
        """Blocks of one kind around a place, innermost first."""
        return [self.facts.blocks[i] for i in reversed(blocks) if self.facts.blocks[i].kind == kind]


MAX_NESTED = 60
"""Functions looked for in one argument."""


def lambdas_in(expr: Expr) -> list[int]:
    """Functions written in an argument: the argument itself, or a value in a mapping or list that it is."""
    found: list[int] = []
    todo = [expr]
    seen = 0
    while todo and seen < MAX_NESTED:
        seen += 1
        current = todo.pop(0)
        if isinstance(current, Lambda):
            found.append(current.function)
        elif isinstance(current, DictLit):
            todo.extend(value for _, value in current.items)
        elif isinstance(current, Seq):
            todo.extend(current.items)
        elif isinstance(current, (Logical, Choice)):
            todo.extend(
                (current.left, current.right) if isinstance(current, Logical) else (current.body, current.orelse)
            )
    return found


def tail_name(expr: Expr) -> str:
    """Last identifier of a name or attribute chain, else empty."""
    if isinstance(expr, Name):
        return expr.id
    if isinstance(expr, Attr):
        return expr.name
    return ""


def chain(expr: Expr) -> tuple[str, ...]:
    """`a.b.c` as names; empty for anything else."""
    names: list[str] = []
    while isinstance(expr, Attr):
        names.append(expr.name)
        expr = expr.base
    if isinstance(expr, Name):
        names.append(expr.id)
        return tuple(reversed(names))
    return ()


def is_call(expr: Expr) -> bool:
    return isinstance(expr, CallRef)


def text_of(expr: Expr) -> str | None:
    """The text of a text literal."""
    if isinstance(expr, Lit) and isinstance(expr.value, str):
        return expr.value
    return None
