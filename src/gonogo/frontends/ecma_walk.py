"""The walk over a syntax tree of JavaScript or TypeScript that collects the facts of one file, in evaluation order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from gonogo.facts.model import (
    AssignKind,
    Attr,
    CallRef,
    Class,
    Comment,
    Compare,
    DictLit,
    Exit,
    Expr,
    Index,
    Lit,
    Logical,
    Name,
    Opaque,
)
from gonogo.facts.span import Span
from gonogo.frontends.ecma_expr import (
    CONSTRUCTOR,
    FUNCTIONS,
    LAMBDA,
    MAX_CHAIN,
    MAX_DEPTH,
    THIS,
    Expressions,
    Role,
    children,
    token,
    unwrapped,
)
from gonogo.frontends.ecma_text import text_of

if TYPE_CHECKING:
    from tree_sitter import Node

MARKS = ("gonogo:", "pragma:", "gitleaks:")
OPENINGS = ("//", "/*", "<!--", "#")
DEFAULT = "default"
"""Name under which a module holds what it exports by default, or is (`module.exports = ...`)."""
SWITCH = -1
"""In the stack of what `break` leaves, anything that is no loop."""


class Walker(Expressions):
    """Collects the facts of one module into its `FileFacts`."""

    def run(self, root: Node) -> None:
        """Walk the whole module."""
        self._breakable: list[int] = []
        self._labels: dict[str, int] = {}
        self._comments()
        self._facts.directives = directives(root)
        for child in children(root):
            self._statement(child)

    def _directives(self, body: Node | None) -> tuple[str, ...]:
        return directives(body) if body is not None and body.type == "statement_block" else ()

    def _comments(self) -> None:
        if not any(mark.encode() in self._source for mark in MARKS):
            return
        for number, line in enumerate(self._source.decode("utf-8", "replace").split("\n"), 1):
            at = min((line.find(mark) for mark in MARKS if mark in line), default=-1)
            start = max((line.rfind(opening, 0, at) for opening in OPENINGS), default=-1) if at >= 0 else -1
            if start >= 0:
                before = line[:start].strip().removesuffix("{")
                text = line[start:].strip().removesuffix("}").removesuffix("*/").removesuffix("-->").strip()
                self._facts.comments.append(Comment(text, number, not before))

    # --- statements ---

    def _statement(self, node: Node) -> None:
        if self._depth > MAX_DEPTH:
            self._too_deep(node)
            return
        handler = self.STATEMENTS.get(node.type)
        self._depth += 1
        try:
            if handler is not None:
                handler(self, node)
            elif node.type not in SILENT:
                self._expr(node, "expression")
        finally:
            self._depth -= 1

    def _statements(self, node: Node) -> None:
        for child in children(node):
            self._statement(child)

    def _broken(self, node: Node) -> None:
        """What the parser could not make sense of: the pieces it did recognise are read."""
        for child in children(node):
            self._statement(child)

    def _expression(self, node: Node) -> None:
        for child in children(node):
            inner = unwrapped(child)
            if inner.type == "assignment_expression" and self._exported(inner):
                continue
            if inner.type in ("internal_module", "module"):
                self._namespace(inner)
                continue
            self._expr(child, "expression")

    def _namespace(self, node: Node) -> None:
        body = node.child_by_field_name("body")
        if body is not None:
            self._statements(body)

    def _body(self, body: Node | None) -> None:
        if body is None:
            return
        state = (self._breakable, self._labels)
        self._breakable, self._labels = [], {}
        if body.type == "statement_block":
            self._statements(body)
        else:
            value = self._expr(body, "returned")
            self._exit("return", value, self._span(body))
        self._breakable, self._labels = state

    def _exit(self, kind: str, value: Expr | None, span: Span, blocks: tuple[int, ...] | None = None) -> None:
        at = self._blocks if blocks is None else blocks
        self._facts.exits.append(Exit(kind, value, self._function, at, self._next(), span))  # type: ignore[arg-type] # one of the four kinds

    def _return(self, node: Node) -> None:
        inner = children(node)
        self._exit("return", self._value(inner[0], LAMBDA, "returned") if inner else None, self._span(node))

    def _throw(self, node: Node) -> None:
        inner = children(node)
        self._exit("raise", self._expr(inner[0]) if inner else None, self._span(node))

    def _break(self, node: Node) -> None:
        kind = "break" if node.type == "break_statement" else "continue"
        label = node.child_by_field_name("label")
        if label is not None:
            loop = self._labels.get(text_of(label))
            if loop is not None and loop in self._blocks:
                self._exit(kind, None, self._span(node), self._blocks[: self._blocks.index(loop) + 1])
            return
        if kind == "break" and self._breakable and self._breakable[-1] == SWITCH:
            return
        self._exit(kind, None, self._span(node))

    # --- declarations ---

    def _variables(self, node: Node) -> None:
        for child in children(node):
            if child.type == "variable_declarator":
                self._variable(child)

    def _variable(self, node: Node) -> None:
        name, given = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None:
            return
        span = self._span(node)
        annotation = self._type(node.child_by_field_name("type"))
        if given is None:
            if name.type == "identifier":
                self._assign(Name(text_of(name), self._span(name)), Lit(None, span), span, annotation=annotation)
            return
        inner = unwrapped(given)
        if name.type == "identifier" and inner.type in FUNCTIONS:
            self._function_node(inner, text_of(name), whole=node)
            return
        if name.type == "identifier" and inner.type == "class":
            self._class_node(inner, text_of(name))
            return
        if self._requires(name, inner, span):
            return
        self._bind(name, self._value(given, LAMBDA), span, annotation=annotation)

    def _requires(self, name: Node, value: Node, span: Span) -> bool:
        """`const x = require("m")` and `const {a, b: c} = await import("m")` are imports."""
        if value.type == "await_expression" and children(value):
            value = unwrapped(children(value)[0])
        if value.type != "call_expression":
            return False
        function = value.child_by_field_name("function")
        if function is None or function.type not in ("import", "identifier"):
            return False
        module = self._required(function, value.child_by_field_name("arguments"))
        if module is None:
            return False
        if name.type == "identifier":
            self._import(module, None, text_of(name), span)
            return True
        if name.type != "object_pattern":
            return False
        for child in children(name):
            if child.type == "shorthand_property_identifier_pattern":
                self._import(module, text_of(child), text_of(child), span)
                continue
            key, target = child.child_by_field_name("key"), child.child_by_field_name("value")
            if child.type == "pair_pattern" and key is not None and target is not None and target.type == "identifier":
                self._import(module, text_of(key), text_of(target), span)
            else:
                self._bind_member(child, self._import_value(module, span), span)
        return True

    def _bind(
        self, pattern: Node, value: Expr, span: Span, kind: AssignKind = "set", annotation: Expr | None = None
    ) -> None:
        if self._depth > MAX_DEPTH:
            self._too_deep(pattern)
            return
        if kind != "set" and pattern.type in ("object_pattern", "array_pattern"):
            each = Name(f"<item {pattern.start_byte}>", self._span(pattern))
            self._assign(each, value, span, kind)
            value, kind = each, "set"
        self._depth += 1
        if pattern.type == "object_pattern":
            for child in children(pattern):
                self._bind_member(child, value, span)
        elif pattern.type == "array_pattern":
            self._bind_elements(pattern, value, span)
        elif pattern.type in ("assignment_pattern", "object_assignment_pattern"):
            self._bind_default(pattern, value, span)
        elif pattern.type == "rest_pattern":
            for child in children(pattern):
                self._bind(child, value, span)
        else:
            self._assign(self._expr(pattern), value, span, kind, annotation=annotation)
        self._depth -= 1

    def _bind_default(self, pattern: Node, value: Expr, span: Span) -> None:
        left, default = pattern.child_by_field_name("left"), pattern.child_by_field_name("right")
        if left is not None:
            self._bind(left, Logical("or", value, self._value(default, LAMBDA), span), span)

    def _bind_member(self, child: Node, value: Expr, span: Span) -> None:
        """One member of an object pattern."""
        place = self._span(child)
        if child.type == "shorthand_property_identifier_pattern":
            self._assign(Name(text_of(child), place), Attr(value, text_of(child), place), span)
        elif child.type == "object_assignment_pattern":
            left = child.child_by_field_name("left")
            if left is not None:
                self._bind_default(child, Attr(value, text_of(left), place), span)
        elif child.type == "pair_pattern":
            key, target = self._key(child.child_by_field_name("key")), child.child_by_field_name("value")
            constant = isinstance(key, Lit) and isinstance(key.value, str)
            part = Attr(value, str(key.value), place) if isinstance(key, Lit) and constant else Index(value, key, place)
            if target is not None:
                self._bind(target, part, span)
        elif child.type == "rest_pattern":
            self._bind(child, value, span)

    def _bind_elements(self, pattern: Node, value: Expr, span: Span) -> None:
        position = 0
        for child in pattern.children:
            if child.type == ",":
                position += 1
            elif child.is_named and child.type == "rest_pattern":
                self._bind(child, Opaque("the rest of a list", span), span)
            elif child.is_named and child.type != "comment":
                place = self._span(child)
                self._bind(child, Index(value, Lit(position, place), place), span)

    def _function_statement(self, node: Node) -> None:
        named = node.child_by_field_name("name")
        self._function_node(node, text_of(named) if named is not None else DEFAULT)

    # --- imports and exports ---

    def _import_statement(self, node: Node) -> None:
        source = node.child_by_field_name("source")
        span = self._span(node)
        type_only = token(node, "type") or token(node, "typeof")
        for clause in children(node):
            if clause.type == "import_require_clause":
                parts = children(clause)
                target = clause.child_by_field_name("source")
                if parts and target is not None:
                    self._import(self._text(target), None, text_of(parts[0]), span)
            elif clause.type == "import_clause" and source is not None:
                for part in children(clause):
                    self._import_part(part, self._text(source), span, type_only)
        if source is not None and not any(clause.type == "import_clause" for clause in children(node)):
            self._import(self._text(source), None, "", span)

    def _import_part(self, part: Node, module: str, span: Span, type_only: bool) -> None:
        if part.type == "identifier":
            self._import(module, DEFAULT, text_of(part), span, type_only=type_only)
        elif part.type == "namespace_import":
            inner = children(part)
            if inner:
                self._import(module, None, text_of(inner[0]), span, type_only=type_only)
        elif part.type == "named_imports":
            for item in children(part):
                name, alias = item.child_by_field_name("name"), item.child_by_field_name("alias")
                if name is not None:
                    own = type_only or token(item, "type")
                    self._import(module, self._text(name), text_of(alias or name), self._span(item), type_only=own)

    def _text(self, node: Node) -> str:
        found = self._expr(node) if node.type == "string" else None
        return str(found.value) if isinstance(found, Lit) else text_of(node)

    def _export(self, node: Node) -> None:
        source = node.child_by_field_name("source")
        declaration = node.child_by_field_name("declaration")
        value = node.child_by_field_name("value")
        span = self._span(node)
        decorators = [child for child in children(node) if child.type == "decorator"]
        if declaration is not None:
            if declaration.type in ("class_declaration", "abstract_class_declaration"):
                self._class_statement(declaration, decorators)
            else:
                self._statement(declaration)
            named = declaration.child_by_field_name("name")
            if token(node, DEFAULT) and named is not None:
                self._assign(Name(DEFAULT, span), Name(text_of(named), span), span)
        elif value is not None:
            self._default_export(value, span)
        elif source is not None:
            self._reexport(node, self._text(source), span)
        else:
            for clause in children(node):
                for item in children(clause) if clause.type == "export_clause" else []:
                    name, alias = item.child_by_field_name("name"), item.child_by_field_name("alias")
                    if name is not None and alias is not None and text_of(alias) != text_of(name):
                        at = self._span(item)
                        self._assign(Name(self._text(alias), at), Name(text_of(name), at), at)

    def _default_export(self, value: Node, span: Span) -> None:
        inner = unwrapped(value)
        if inner.type in FUNCTIONS:
            self._function_node(inner, DEFAULT)
        else:
            self._assign(Name(DEFAULT, span), self._value(value, DEFAULT), span)

    def _reexport(self, node: Node, module: str, span: Span) -> None:
        plain = True
        for clause in children(node):
            if clause.type == "namespace_export":
                plain = False
                inner = children(clause)
                if inner:
                    self._import(module, None, self._text(inner[0]), span)
            elif clause.type == "export_clause":
                plain = False
                for item in children(clause):
                    name, alias = item.child_by_field_name("name"), item.child_by_field_name("alias")
                    if name is not None:
                        self._import(module, self._text(name), self._text(alias or name), self._span(item))
        if plain:
            self._import(module, "*", "*", span)

    def _exported(self, node: Node) -> bool:
        """`module.exports = ...` and `exports.name = ...` bind names of the module."""
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None or left.type != "member_expression" or self._function is not None:
            return False
        path = text_of(left)
        span = self._span(node)
        if path == "module.exports":
            self._exports_object(right, span)
            return True
        name = path.removeprefix("module.").removeprefix("exports.")
        if not path.startswith(("module.exports.", "exports.")) or not name.isidentifier():
            return False
        inner = unwrapped(right)
        if inner.type in FUNCTIONS:
            self._function_node(inner, name, whole=node)
        elif not (inner.type == "identifier" and text_of(inner) == name):
            self._assign(Name(name, span), self._value(right, name), span)
        return True

    def _exports_object(self, right: Node, span: Span) -> None:
        inner = unwrapped(right)
        if inner.type in FUNCTIONS:
            self._function_node(inner, DEFAULT)
            return
        value = self._value(right, DEFAULT)
        self._assign(Name(DEFAULT, span), value, span)
        for key, item in value.items if isinstance(value, DictLit) else ():
            if isinstance(key, Lit) and not (isinstance(item, Name) and item.id == key.value):
                self._assign(Name(str(key.value), key.span), item, key.span)

    # --- control flow ---

    def _within(self, index: int, body: Node | None) -> None:
        outer = self._blocks
        self._blocks = (*outer, index)
        if body is not None:
            self._statement(body)
        self._blocks = outer

    def _if(self, node: Node) -> None:
        negated: tuple[Expr, ...] = ()
        current: Node | None = node
        while current is not None and current.type == "if_statement":
            test = self._expr(current.child_by_field_name("condition"), "condition")
            index = self._block("branch", current, test=test, negated=negated)
            self._within(index, current.child_by_field_name("consequence"))
            negated = (*negated, test)[:MAX_CHAIN]
            other = current.child_by_field_name("alternative")
            inner = children(other) if other is not None else []
            current = inner[0] if inner else None
        if current is not None:
            self._within(self._block("branch", current, negated=negated), current)

    def _loop(self, index: int, body: Node | None) -> None:
        self._breakable.append(index)
        self._within(index, body)
        self._breakable.pop()

    def _while(self, node: Node) -> None:
        index = self._block("loop", node, loop="while")
        self._label(node, index)
        outer = self._blocks
        self._blocks = (*outer, index)
        if node.type == "do_statement":
            self._blocks = outer
            self._loop(index, node.child_by_field_name("body"))
            self._blocks = (*outer, index)
        test = self._expr(node.child_by_field_name("condition"), "condition")
        self._facts.blocks[index] = replace(self._facts.blocks[index], test=test)
        self._blocks = outer
        if node.type != "do_statement":
            self._loop(index, node.child_by_field_name("body"))

    def _label(self, node: Node, index: int) -> None:
        parent = node.parent
        if parent is not None and parent.type == "labeled_statement":
            label = parent.child_by_field_name("label")
            if label is not None:
                self._labels[text_of(label)] = index

    def _labeled(self, node: Node) -> None:
        body = node.child_by_field_name("body")
        if body is not None:
            self._statement(body)

    def _for(self, node: Node) -> None:
        first = node.child_by_field_name("initializer")
        if first is not None and first.type != "empty_statement":
            self._statement(first)
        index = self._block("loop", node, loop="for")
        self._label(node, index)
        outer = self._blocks
        self._blocks = (*outer, index)
        condition = node.child_by_field_name("condition")
        if condition is not None and condition.is_named and condition.type != "empty_statement":
            test = self._expr(condition, "condition")
        else:
            test = Lit(True, self._span(node))
        self._facts.blocks[index] = replace(self._facts.blocks[index], test=test)
        self._blocks = outer
        self._loop(index, node.child_by_field_name("body"))
        self._blocks = (*outer, index)
        step = node.child_by_field_name("increment")
        if step is not None:
            self._expr(step, "expression")
        self._blocks = outer

    def _for_in(self, node: Node) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = node.child_by_field_name("operator")
        iterable = self._expr(right, "iterated")
        if operator is not None and text_of(operator) == "in":
            iterable = Opaque("the keys of an object", self._span(node))
        index = self._block("loop", node, loop="for", iterable=iterable, is_async=token(node, "await"))
        self._label(node, index)
        outer = self._blocks
        self._blocks = (*outer, index)
        if left is not None:
            target = left
            if left.type == "lexical_declaration":
                target = next((c for c in children(left) if c.type == "variable_declarator"), left)
            if target.type not in ("object_pattern", "array_pattern"):
                self._facts.blocks[index] = replace(self._facts.blocks[index], target=self._expr(target))
            self._bind(target, iterable, self._span(target), "for")
        self._blocks = outer
        self._loop(index, node.child_by_field_name("body"))

    def _try(self, node: Node) -> None:
        index = self._block("try", node)
        self._within(index, node.child_by_field_name("body"))
        handler, final = node.child_by_field_name("handler"), node.child_by_field_name("finalizer")
        if handler is not None:
            caught = handler.child_by_field_name("parameter")
            name = text_of(caught) if caught is not None and caught.type == "identifier" else ""
            position = self._block("handler", handler, name=name, owner=index)
            outer = self._blocks
            self._blocks = (*outer, position)
            if caught is not None:
                self._bind(caught, Opaque("any error", self._span(caught)), self._span(caught), "except")
            self._blocks = outer
            self._within(position, handler.child_by_field_name("body"))
        if final is not None:
            self._within(self._block("finally", final, owner=index), final.child_by_field_name("body"))

    def _switch(self, node: Node) -> None:
        subject = self._expr(node.child_by_field_name("value"))
        body = node.child_by_field_name("body")
        negated: tuple[Expr, ...] = ()
        pending: list[Expr] = []
        shared = 0
        for case in children(body) if body is not None else []:
            test: Expr | None = None
            if case.type == "switch_case":
                value = self._expr(case.child_by_field_name("value"))
                test = Compare(subject, ("==",), (value,), self._span(case))
                for earlier in pending:
                    test = Logical("or", earlier, test, self._span(case))
                shared += 1
                if shared > MAX_CHAIN:
                    test = Opaque("a very long chain", self._span(case))
            statements = case.children_by_field_name("body")
            if not statements and test is not None:
                pending = [test]
                continue
            pending, shared = [], 0
            index = self._block("branch", case, test=test, negated=negated)
            outer = self._blocks
            self._blocks = (*outer, index)
            self._breakable.append(SWITCH)
            for statement in statements:
                self._statement(statement)
            self._breakable.pop()
            self._blocks = outer
            negated = (*negated, test)[:MAX_CHAIN] if test is not None else negated

    # --- classes ---

    def _class_statement(self, node: Node, decorators: list[Node] | None = None) -> None:
        named = node.child_by_field_name("name")
        self._class_node(node, text_of(named) if named is not None else DEFAULT, decorators)

    def _class_node(self, node: Node, name: str, decorators: list[Node] | None = None) -> str:
        own = [child for child in children(node) if child.type == "decorator"]
        marks = tuple(self._decorator(child) for child in [*(decorators or []), *own])
        index = len(self._facts.classes)
        qualname = ".".join((*self._qualifier, name))
        bases = tuple(self._bases(node))
        self._facts.classes.append(
            Class(index, name, qualname, bases, (), marks, self._function, None, self._span(node))
        )
        state = (self._class, self._blocks, self._qualifier, self._breakable)
        self._class, self._blocks, self._breakable = index, (), []
        self._qualifier = (*self._qualifier, name)
        body = node.child_by_field_name("body")
        if body is not None:
            self._members(body, index)
        self._class, self._blocks, self._qualifier, self._breakable = state
        return name

    def _decorator(self, node: Node) -> Expr:
        inner = children(node)
        return self._expr(inner[0] if inner else None)

    def _bases(self, node: Node) -> list[Expr]:
        found: list[Expr] = []
        for heritage in children(node):
            if heritage.type != "class_heritage":
                continue
            for part in children(heritage):
                if part.type == "extends_clause":
                    found.append(self._expr(part.child_by_field_name("value")))
                elif part.type != "implements_clause":
                    found.append(self._expr(part))
        return found

    def _members(self, body: Node, index: int) -> None:
        fields: list[Node] = []
        methods: list[tuple[Node, list[Node]]] = []
        decorators: list[Node] = []
        for member in children(body):
            if member.type == "decorator":
                decorators.append(member)
                continue
            own = [child for child in children(member) if child.type == "decorator"]
            if member.type == "method_definition":
                methods.append((member, [*decorators, *own]))
            elif member.type in ("public_field_definition", "field_definition"):
                fields.append(member)
            elif member.type == "class_static_block":
                self._namespace(member)
            decorators = []
        # What a field is given when an object is made is done by the constructor, where there is one.
        built = any(self._member_name(method) == "constructor" for method, _ in methods)
        late = []
        for field in fields:
            value = field.child_by_field_name("value")
            if value is not None and unwrapped(value).type in FUNCTIONS:
                role: Role = "static" if token(field, "static") else ""
                self._function_node(
                    unwrapped(value), self._member_name(field), class_index=index, role=role, whole=field
                )
            elif built and value is not None and not token(field, "static"):
                late.append(field)
            else:
                self._field(field)
        for method, marks in methods:
            self._method(method, index, marks, late)

    def _member_name(self, node: Node) -> str:
        named = node.child_by_field_name("name") or node.child_by_field_name("property")
        return "" if named is None else text_of(named).strip("\"'")

    def _field(self, field: Node) -> None:
        name = self._member_name(field)
        span = self._span(field)
        value = field.child_by_field_name("value")
        annotation = self._type(field.child_by_field_name("type"))
        if value is not None:
            self._assign(Name(name, span), self._value(value, name), span, annotation=annotation)
        else:
            self._assign(Name(name, span), Opaque("declared", span), span, "declare", annotation=annotation)

    def _method(self, node: Node, index: int, decorators: list[Node], late: list[Node]) -> None:
        name = self._member_name(node)
        before = len(self._facts.calls)
        marks = tuple(self._decorator(mark) for mark in decorators)
        after = len(self._facts.calls)
        role: Role = "static" if token(node, "static") else "property" if token(node, "get") else ""
        if token(node, "set"):
            name = f"set {name}"
        constructor = name == "constructor" and not role

        def fill() -> None:
            self._properties(node)
            for field in late:
                value = field.child_by_field_name("value")
                named, span = self._member_name(field), self._span(field)
                target = Attr(Name(THIS, span), named, span)
                self._assign(target, self._value(value, named), span)

        function = self._function_node(
            node, CONSTRUCTOR if constructor else name, class_index=index, role=role, decorators=marks,
            first=fill if constructor else None,
        )  # fmt: skip
        for call in self._facts.calls[before:after]:
            if any(isinstance(mark, CallRef) and mark.index == call.index for mark in marks):
                self._facts.calls[call.index] = replace(call, decorator_of=function)

    def _properties(self, node: Node) -> None:
        """Parameters of a constructor that are fields at the same time (`private readonly client: Client`)."""
        listed = node.child_by_field_name("parameters")
        for child in children(listed) if listed is not None else []:
            pattern = child.child_by_field_name("pattern")
            fielded = any(part.type == "accessibility_modifier" for part in child.children) or token(child, "readonly")
            if fielded and pattern is not None and pattern.type == "identifier":
                span = self._span(child)
                annotation = self._type(child.child_by_field_name("type"))
                name = text_of(pattern)
                self._assign(Attr(Name(THIS, span), name, span), Name(name, span), span, annotation=annotation)

    def _enum(self, node: Node) -> None:
        named, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if named is None or body is None:
            return
        index = len(self._facts.classes)
        name = text_of(named)
        qualname = ".".join((*self._qualifier, name))
        self._facts.classes.append(Class(index, name, qualname, (), (), (), self._function, None, self._span(node)))
        state = (self._class, self._blocks)
        self._class, self._blocks = index, ()
        for position, member in enumerate(children(body)):
            span = self._span(member)
            if member.type == "enum_assignment":
                key, value = member.child_by_field_name("name"), member.child_by_field_name("value")
                if key is not None:
                    self._assign(Name(text_of(key).strip("\"'"), span), self._expr(value), span)
            else:
                self._assign(Name(text_of(member).strip("\"'"), span), Lit(position, span), span)
        self._class, self._blocks = state

    STATEMENTS: ClassVar[dict[str, Callable[[Walker, Node], None]]] = {}


def directives(body: Node) -> tuple[str, ...]:
    """The texts that stand alone at the beginning of a module or function."""
    found: list[str] = []
    for statement in children(body):
        inner = children(statement) if statement.type == "expression_statement" else []
        if len(inner) != 1 or inner[0].type != "string":
            break
        found.append("".join(text_of(piece) for piece in inner[0].named_children))
    return tuple(found)


SILENT = frozenset({
    "interface_declaration", "type_alias_declaration", "function_signature", "ambient_declaration", "empty_statement",
    "debugger_statement", "import_alias", "hash_bang_line", "method_signature", "abstract_method_signature",
})  # fmt: skip
Walker.STATEMENTS = {
    "expression_statement": Walker._expression,
    "lexical_declaration": Walker._variables,
    "variable_declaration": Walker._variables,
    "function_declaration": Walker._function_statement,
    "generator_function_declaration": Walker._function_statement,
    "class_declaration": Walker._class_statement,
    "abstract_class_declaration": Walker._class_statement,
    "enum_declaration": Walker._enum,
    "import_statement": Walker._import_statement,
    "export_statement": Walker._export,
    "statement_block": Walker._statements,
    "internal_module": Walker._namespace,
    "module": Walker._namespace,
    "if_statement": Walker._if,
    "while_statement": Walker._while,
    "do_statement": Walker._while,
    "for_statement": Walker._for,
    "for_in_statement": Walker._for_in,
    "labeled_statement": Walker._labeled,
    "try_statement": Walker._try,
    "switch_statement": Walker._switch,
    "return_statement": Walker._return,
    "throw_statement": Walker._throw,
    "break_statement": Walker._break,
    "continue_statement": Walker._break,
    "ERROR": Walker._broken,
    "else_clause": Walker._statements,
}
