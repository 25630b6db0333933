"""Expressions of JavaScript and TypeScript as facts. Types, casts and assertions are dropped."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from gonogo.facts.model import (
    MAX_TEXT,
    Arg,
    Assign,
    AssignKind,
    Attr,
    Binary,
    Block,
    BlockKind,
    Call,
    CallRef,
    Choice,
    Compare,
    DictLit,
    Expr,
    FileFacts,
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
from gonogo.facts.span import Span
from gonogo.frontends.ecma_text import Places, number_of, text_of, unescape

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 250
"""Levels of nesting that are walked; what is deeper is noted and left out."""
MAX_CHAIN = 400
"""Terms of one chain of operators that are kept."""
Role = Literal["", "static", "property"]
LAMBDA = "<lambda>"
CONSTRUCTOR = "__init__"
"""Name of a class's constructor in facts, whatever the language calls it."""
THIS = "this"
WRAPPERS = frozenset({
    "parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression", "type_assertion",
    "instantiation_expression",
})  # fmt: skip
FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function", "function"})
LOGICAL = {"&&": "and", "||": "or", "??": "or"}
COMPARE = {"===": "==", "!==": "!=", "==": "==", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "in": "in",
           "instanceof": "instanceof"}  # fmt: skip
COMMENTS = frozenset({"comment", "html_comment"})


def children(node: Node) -> list[Node]:
    """Named children, comments left out."""
    return [child for child in node.named_children if child.type not in COMMENTS]


def token(node: Node, word: str) -> bool:
    """True if the word `word` (`async`, `static`, `default`) stands directly in a node."""
    return any(child.type == word for child in node.children)


def unwrapped(node: Node) -> Node:
    """A node without parentheses, casts and assertions around it."""
    while node.type in WRAPPERS:
        inner = children(node)
        if not inner:
            return node
        # `<T>value` has its type first.
        node = inner[-1] if node.type == "type_assertion" else inner[0]
    return node


class Expressions(ABC):
    """Turns expression nodes into facts, and keeps the state of the walk."""

    def __init__(self, facts: FileFacts, source: bytes) -> None:
        self._facts = facts
        self._source = source
        self._places = Places(source)
        self._order = 0
        self._function: int | None = None
        self._class: int | None = None
        self._blocks: tuple[int, ...] = ()
        self._qualifier: tuple[str, ...] = ()
        self._yields: dict[int, list[Expr]] = {}
        self._generators: set[int] = set()
        self._depth = 0

    # --- what statements add (see `ecma_walk`) ---

    @abstractmethod
    def _body(self, body: Node | None) -> None:
        """Walk the body of a function."""

    @abstractmethod
    def _directives(self, body: Node | None) -> tuple[str, ...]:
        """What a function says of itself in its first lines."""

    @abstractmethod
    def _bind(
        self, pattern: Node, value: Expr, span: Span, kind: AssignKind = "set", annotation: Expr | None = None
    ) -> None:
        """Bind the names of a pattern."""

    @abstractmethod
    def _class_node(self, node: Node, name: str) -> str:
        """Declare a class; answers the name it is found under."""

    # --- small things ---

    def _span(self, node: Node) -> Span:
        return self._places.span(node)

    def _next(self) -> int:
        self._order += 1
        return self._order

    def _assign(
        self,
        target: Expr,
        value: Expr,
        span: Span,
        kind: AssignKind = "set",
        *,
        op: str = "",
        annotation: Expr | None = None,
    ) -> None:
        self._facts.assigns.append(
            Assign(target, value, kind, self._function, self._class, self._blocks, self._next(), span, op, annotation)
        )

    def _block(self, kind: BlockKind, node: Node, **details: object) -> int:
        index = len(self._facts.blocks)
        parent = self._blocks[-1] if self._blocks else None
        self._facts.blocks.append(Block(index, kind, parent, self._function, self._span(node), **details))  # type: ignore[arg-type] # each caller passes fields of Block
        return index

    def _too_deep(self, node: Node) -> Opaque:
        self._facts.status = "partial"
        self._facts.reason = f"nested too deeply in line {node.start_point.row + 1}"
        return Opaque("nested too deeply", self._span(node))

    # --- expressions ---

    def _expr(self, node: Node | None, use: str = "other", awaited: bool = False) -> Expr:
        if node is None:
            return Opaque("missing")
        if self._depth > MAX_DEPTH:
            return self._too_deep(node)
        self._depth += 1
        try:
            return self._dispatch(unwrapped(node), use, awaited)
        finally:
            self._depth -= 1

    def _dispatch(self, node: Node, use: str, awaited: bool) -> Expr:
        kind = node.type
        if kind in ("call_expression", "new_expression"):
            return self._call(node, use, awaited)
        if kind == "await_expression":
            inner = children(node)
            return self._expr(inner[0] if inner else None, use, True)
        if kind == "ternary_expression":
            test = self._expr(node.child_by_field_name("condition"), "condition")
            body = self._expr(node.child_by_field_name("consequence"), use)
            return Choice(test, body, self._expr(node.child_by_field_name("alternative"), use), self._span(node))
        if kind == "binary_expression":
            return self._binary(node, use)
        handler = self.HANDLERS.get(kind)
        if handler is not None:
            return handler(self, node)
        return self._inside(node)

    def _inside(self, node: Node) -> Expr:
        """Something without facts of its own: what it holds is walked all the same."""
        for child in children(node):
            self._expr(child)
        return Opaque(node.type, self._span(node))

    def _nothing(self, node: Node) -> Expr:
        return Opaque(node.type, self._span(node))

    def _name(self, node: Node) -> Expr:
        name = text_of(node)
        span = self._span(node)
        return Lit(None, span) if name == "undefined" else Name(name, span)

    def _constant(self, node: Node) -> Expr:
        value = {"true": True, "false": False}.get(node.type)
        return Lit(value, self._span(node))

    def _number(self, node: Node) -> Expr:
        value = number_of(text_of(node))
        span = self._span(node)
        return Opaque("a very long number", span) if value is None else Lit(value, span)

    def _string(self, node: Node) -> Expr:
        text = "".join(self._fragment(child) for child in node.named_children)
        return Lit(text[:MAX_TEXT], self._span(node), len(text))

    @staticmethod
    def _fragment(node: Node) -> str:
        return unescape(text_of(node)) if node.type == "escape_sequence" else text_of(node)

    def _template(self, node: Node) -> Expr:
        parts: list[Expr] = []
        text, start = "", node
        for child in node.named_children:
            if child.type == "template_substitution":
                if text:
                    parts.append(Lit(text[:MAX_TEXT], self._span(start), len(text)))
                text = ""
                inner = children(child)
                parts.append(self._expr(inner[0] if inner else None))
                continue
            start = child if not text else start
            text += self._fragment(child)
        span = self._span(node)
        if not parts:
            return Lit(text[:MAX_TEXT], span, len(text))
        if text:
            parts.append(Lit(text[:MAX_TEXT], self._span(start), len(text)))
        return Template(tuple(parts), span)

    def _member(self, node: Node) -> Expr:
        name = node.child_by_field_name("property")
        base = self._expr(node.child_by_field_name("object"))
        return Attr(base, "" if name is None else text_of(name), self._span(node))

    def _subscript(self, node: Node) -> Expr:
        base = self._expr(node.child_by_field_name("object"))
        return Index(base, self._expr(node.child_by_field_name("index")), self._span(node))

    def _array(self, node: Node) -> Expr:
        return Seq("list", tuple(self._expr(child, "other") for child in children(node)), self._span(node))

    def _spread(self, node: Node) -> Expr:
        inner = children(node)
        return Spread(self._expr(inner[0] if inner else None), self._span(node))

    def _object(self, node: Node) -> Expr:
        items: list[tuple[Expr | None, Expr]] = []
        for child in children(node):
            if child.type == "pair":
                key = self._key(child.child_by_field_name("key"))
                hint = str(key.value) if isinstance(key, Lit) else LAMBDA
                items.append((key, self._value(child.child_by_field_name("value"), hint)))
            elif child.type == "shorthand_property_identifier":
                items.append((Lit(text_of(child), self._span(child)), self._name(child)))
            elif child.type == "spread_element":
                inner = children(child)
                items.append((None, self._expr(inner[0] if inner else None)))
            elif child.type == "method_definition":
                key = self._key(child.child_by_field_name("name"))
                hint = str(key.value) if isinstance(key, Lit) else LAMBDA
                items.append((key, self._lambda(child, hint)))
            else:
                self._inside(child)
        return DictLit(tuple(items), self._span(node))

    def _key(self, node: Node | None) -> Expr:
        """The name of a property."""
        if node is None:
            return Opaque("missing")
        if node.type == "computed_property_name":
            inner = children(node)
            return self._expr(inner[0] if inner else None)
        if node.type in ("string", "number"):
            found = self._expr(node)
            return Lit(str(found.value), found.span) if isinstance(found, Lit) else found
        return Lit(text_of(node), self._span(node))

    def _value(self, node: Node | None, hint: str, use: str = "assigned") -> Expr:
        """A value that gets a name: functions are called by it."""
        if node is not None:
            inner = unwrapped(node)
            if inner.type in FUNCTIONS:
                return self._lambda(inner, hint)
            if inner.type == "class":
                return Name(self._class_node(inner, hint), self._span(inner))
        return self._expr(node, use)

    def _binary(self, node: Node, use: str) -> Expr:
        # Left-deep chains (`a + b + ...`) are unrolled, so that a text of a thousand pieces does not recurse.
        chain: list[Node] = []
        current = node
        while current.type == "binary_expression":
            chain.append(current)
            left = current.child_by_field_name("left")
            if left is None:
                break
            current = unwrapped(left)
        # Only the chain's own operands are evaluated for their value: `a && b()` hands on what `b()` gives.
        result = self._expr(current)
        for operation in reversed(chain):
            op = operation.child_by_field_name("operator")
            sign = "" if op is None else text_of(op)
            right = self._expr(operation.child_by_field_name("right"), use if sign in LOGICAL else "other")
            if len(chain) <= MAX_CHAIN:
                result = self._operation(sign, result, right, self._span(operation))
        return Opaque("a very long chain", self._span(node)) if len(chain) > MAX_CHAIN else result

    @staticmethod
    def _operation(op: str, left: Expr, right: Expr, span: Span) -> Expr:
        if op in LOGICAL:
            return Logical("and" if op == "&&" else "or", left, right, span)
        if op in COMPARE:
            return Compare(left, (COMPARE[op],), (right,), span)
        return Binary(op, left, right, span)

    def _unary(self, node: Node) -> Expr:
        sign = node.child_by_field_name("operator")
        argument = node.child_by_field_name("argument")
        op = "" if sign is None else text_of(sign)
        span = self._span(node)
        if op == "void":
            return self._expr(argument, "expression")
        operand = self._expr(argument)
        if op == "-" and isinstance(operand, Lit) and type(operand.value) in (int, float):
            return Lit(-operand.value, span)  # type: ignore[operator] # a number, as just tested
        if op == "delete" and isinstance(operand, (Attr, Index)):
            self._assign(as_item(operand), Opaque("deleted", span), span, "delete")
            return Lit(True, span)
        return Unary("not" if op == "!" else op, operand, span)

    def _update(self, node: Node) -> Expr:
        target = self._expr(node.child_by_field_name("argument"))
        sign = node.child_by_field_name("operator")
        op = "-=" if sign is not None and text_of(sign) == "--" else "+="
        self._assign(as_item(target), Lit(1), self._span(node), "augment", op=op)
        return target

    def _assignment(self, node: Node) -> Expr:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None:
            return self._inside(node)
        left = unwrapped(left)
        hint = text_of(left.child_by_field_name("property") or left) if left.type != "object_pattern" else LAMBDA
        value = self._value(right, hint)
        if left.type in ("object_pattern", "array_pattern"):
            self._bind(left, value, self._span(node))
        else:
            self._assign(as_item(self._expr(left)), value, self._span(node))
        return value

    def _augmented(self, node: Node) -> Expr:
        left, sign = node.child_by_field_name("left"), node.child_by_field_name("operator")
        target = self._expr(left)
        op = "" if sign is None else text_of(sign)
        value = self._value(node.child_by_field_name("right"), LAMBDA)
        span = self._span(node)
        if op.removesuffix("=") in LOGICAL:
            value = Logical("and" if op == "&&=" else "or", target, value, span)
            self._assign(as_item(target), value, span)
        else:
            self._assign(as_item(target), value, span, "augment", op=op)
        return value

    def _sequence(self, node: Node) -> Expr:
        found: Expr = Opaque("nothing")
        for child in children(node):
            found = self._expr(child)
        return found

    def _class_value(self, node: Node) -> Expr:
        named = node.child_by_field_name("name")
        name = f"<class {len(self._facts.classes)}>" if named is None else text_of(named)
        return Name(self._class_node(node, name), self._span(node))

    def _yield(self, node: Node) -> Expr:
        inner = children(node)
        value = self._expr(inner[0], "yielded") if inner else None
        if self._function is not None:
            self._generators.add(self._function)
            if value is not None:
                self._yields.setdefault(self._function, []).append(value)
        return Opaque("yield", self._span(node))

    def _meta(self, node: Node) -> Expr:
        return Name(text_of(node), self._span(node))

    # --- calls ---

    def _call(self, node: Node, use: str, awaited: bool) -> Expr:
        function = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        given = node.child_by_field_name("arguments")
        span = self._span(node)
        if function is not None and function.type in ("import", "identifier"):
            module = self._required(function, given)
            if module is not None:
                return self._import_value(module, span)
        if function is not None and function.type == "import":
            callee: Expr = Name("import", self._span(function))
        elif function is not None and function.type == "super":
            callee = Attr(Name("super", self._span(function)), CONSTRUCTOR, self._span(function))
        else:
            callee = self._expr(function)
        args = self._arguments(given)
        index = len(self._facts.calls)
        self._facts.calls.append(
            Call(index, callee, args, self._function, self._class, self._blocks, awaited, use, self._next(), span)
        )
        return CallRef(index, span)

    def _arguments(self, given: Node | None) -> tuple[Arg, ...]:
        if given is None:
            return ()
        if given.type == "template_string":
            return (Arg(None, "", self._template(given), self._span(given)),)
        args: list[Arg] = []
        for child in children(given):
            if child.type == "spread_element":
                inner = children(child)
                args.append(Arg(None, "*", self._expr(inner[0] if inner else None, "argument"), self._span(child)))
            else:
                args.append(Arg(None, "", self._value(child, LAMBDA, "argument"), self._span(child)))
        return tuple(args)

    @staticmethod
    def _required(function: Node, given: Node | None) -> str | None:
        """The module of `require("x")` and `import("x")`."""
        if function.type != "import" and text_of(function) != "require":
            return None
        args = children(given) if given is not None and given.type == "arguments" else []
        if not args or args[0].type not in ("string", "template_string"):
            return None
        pieces = args[0].named_children
        if any(piece.type != "string_fragment" for piece in pieces):
            return None
        return "".join(text_of(piece) for piece in pieces)

    def _import_value(self, module: str, span: Span) -> Expr:
        """A module as a value: an import under a name that no code can use."""
        alias = f"<module {module}>"
        if not any(item.alias == alias for item in self._facts.imports):
            self._import(module, None, alias, span, at_top=True)
        return Name(alias, span)

    def _import(
        self, module: str, name: str | None, alias: str, span: Span, *, type_only: bool = False, at_top: bool = False
    ) -> None:
        self._facts.imports.append(
            Import(
                module,
                name,
                alias,
                int(module.startswith(".")),
                None if at_top else self._function,
                span,
                type_only,
                True,
            )
        )

    # --- functions ---

    def _lambda(self, node: Node, name: str = LAMBDA) -> Expr:
        index = self._function_node(node, name, declared=False)
        return Lambda(index, self._span(node))

    def _function_node(
        self,
        node: Node,
        name: str,
        *,
        declared: bool = True,
        class_index: int | None = None,
        role: Role = "",
        decorators: tuple[Expr, ...] = (),
        whole: Node | None = None,
        first: Callable[[], None] | None = None,
    ) -> int:
        """Declare a function and walk its body. `first` runs at the start of the body."""
        index = len(self._facts.functions)
        qualname = ".".join((*self._qualifier, name))
        named = node.child_by_field_name("name")
        is_async = token(node, "async")
        span = self._span(whole or node)
        function = Function(
            index, name, qualname, (), decorators, (), is_async, False, class_index, self._function, span,
            self._span(named) if named is not None else self._span(node), None, (), declared, role,
        )  # fmt: skip
        self._facts.functions.append(function)
        params, patterns = self._params(node)
        if class_index is not None and role != "static":
            params.insert(0, Param(THIS, "positional"))
        returns = node.child_by_field_name("return_type")
        annotation = self._type(returns)
        function = self._facts.functions[index] = replace(function, params=tuple(params), returns_annotation=annotation)
        state = (self._function, self._class, self._blocks, self._qualifier)
        self._function, self._class, self._blocks = index, None, ()
        self._qualifier = (*self._qualifier, name, "<locals>")
        first_exit = len(self._facts.exits)
        for synthetic, pattern, at in patterns:
            self._bind(pattern, Name(synthetic, at), at)
        if first is not None:
            first()
        body = node.child_by_field_name("body")
        self._body(body)
        self._function, self._class, self._blocks, self._qualifier = state
        returned = tuple(
            e.value
            for e in self._facts.exits[first_exit:]
            if e.kind == "return" and e.function == index and e.value is not None
        )
        self._facts.functions[index] = replace(
            function,
            returns=returned,
            is_generator=index in self._generators,
            yields=tuple(self._yields.pop(index, ())),
            directives=self._directives(body),
        )
        return index

    def _params(self, node: Node) -> tuple[list[Param], list[tuple[str, Node, Span]]]:
        """Parameters, and the patterns that take some of them apart, under the names those get."""
        single = node.child_by_field_name("parameter")
        if single is not None:
            return [Param(text_of(single), "positional", None, None, self._span(single))], []
        listed = node.child_by_field_name("parameters")
        params: list[Param] = []
        patterns: list[tuple[str, Node, Span]] = []
        for child in children(listed) if listed is not None else []:
            pattern: Node | None = child.child_by_field_name("pattern") or child
            default = child.child_by_field_name("value") or child.child_by_field_name("right")
            if child.type == "assignment_pattern":
                pattern = child.child_by_field_name("left")
            if pattern is None or pattern.type in (THIS, "decorator"):
                continue
            span = self._span(pattern)
            given = None if default is None else self._value(default, LAMBDA, "other")
            annotation = self._type(child.child_by_field_name("type"))
            rest = pattern.type == "rest_pattern"
            inner = children(pattern) if rest else []
            pattern = inner[0] if inner else pattern
            name = text_of(pattern)
            if pattern.type in ("object_pattern", "array_pattern"):
                name = f"<parameter {len(params)}>"
                patterns.append((name, pattern, span))
            params.append(Param(name, "varargs" if rest else "positional", given, annotation, span))
        return params, patterns

    # --- types ---

    def _type(self, node: Node | None) -> Expr | None:
        """A type annotation as far as it can name a class."""
        if node is None:
            return None
        if node.type in ("type_annotation", "parenthesized_type", "readonly_type"):
            inner = children(node)
            return self._type(inner[0]) if inner else None
        span = self._span(node)
        if node.type in ("type_identifier", "identifier"):
            return Name(text_of(node), span)
        if node.type in ("nested_type_identifier", "nested_identifier", "member_expression"):
            parts = children(node)
            base = self._type(parts[0]) if len(parts) == 2 else None
            return None if base is None else Attr(base, text_of(parts[1]), span)
        if node.type == "union_type":
            sides = [side for side in map(self._type, children(node)) if side is not None]
            return None if not sides else sides[0] if len(sides) == 1 else Binary("|", sides[0], sides[1], span)
        if node.type == "generic_type":
            name, arguments = node.child_by_field_name("name"), children(node)
            if name is not None and text_of(name) in ("Promise", "Readonly", "Partial", "Required", "NonNullable"):
                inner = children(arguments[-1])
                return self._type(inner[0]) if inner else None
            return self._type(name)
        return None

    # --- elements ---

    def _jsx(self, node: Node) -> Expr:
        """An element: of a component, a call of it with named arguments."""
        opening = node.child_by_field_name("open_tag") or node
        name = opening.child_by_field_name("name")
        args: list[Arg] = []
        for child in children(opening):
            if child.type == "jsx_attribute":
                args.append(self._jsx_attribute(child))
            elif child.type == "jsx_expression":
                self._inside(child)
        for child in children(node):
            if child.type in ("jsx_expression", "jsx_element", "jsx_self_closing_element"):
                self._expr(child)
        span = self._span(node)
        if name is None or (name.type == "identifier" and not text_of(name)[:1].isupper()):
            return Opaque("an element", span)
        callee = self._expr(name)
        index = len(self._facts.calls)
        self._facts.calls.append(
            Call(
                index,
                callee,
                tuple(args),
                self._function,
                self._class,
                self._blocks,
                False,
                "other",
                self._next(),
                span,
            )
        )
        return CallRef(index, span)

    def _jsx_attribute(self, node: Node) -> Arg:
        parts = children(node)
        value: Expr = Lit(True, self._span(node))
        if len(parts) > 1:
            inner = children(parts[1]) if parts[1].type == "jsx_expression" else [parts[1]]
            value = self._value(inner[0], LAMBDA, "argument") if inner else value
        return Arg(text_of(parts[0]) if parts else None, "", value, self._span(node))

    HANDLERS: ClassVar[dict[str, Callable[[Expressions, Node], Expr]]] = {}


Expressions.HANDLERS = {
    "identifier": Expressions._name,
    "this": Expressions._name,
    "super": Expressions._name,
    "undefined": Expressions._name,
    "property_identifier": Expressions._name,
    "shorthand_property_identifier": Expressions._name,
    "shorthand_property_identifier_pattern": Expressions._name,
    "true": Expressions._constant,
    "false": Expressions._constant,
    "null": Expressions._constant,
    "number": Expressions._number,
    "string": Expressions._string,
    "template_string": Expressions._template,
    "member_expression": Expressions._member,
    "subscript_expression": Expressions._subscript,
    "array": Expressions._array,
    "spread_element": Expressions._spread,
    "object": Expressions._object,
    "unary_expression": Expressions._unary,
    "update_expression": Expressions._update,
    "assignment_expression": Expressions._assignment,
    "augmented_assignment_expression": Expressions._augmented,
    "sequence_expression": Expressions._sequence,
    "yield_expression": Expressions._yield,
    "meta_property": Expressions._meta,
    "arrow_function": Expressions._lambda,
    "function_expression": Expressions._lambda,
    "generator_function": Expressions._lambda,
    "class": Expressions._class_value,
    "jsx_element": Expressions._jsx,
    "jsx_self_closing_element": Expressions._jsx,
    "regex": Expressions._nothing,
    "type_arguments": Expressions._nothing,
}


def as_item(target: Expr) -> Expr:
    """What an assignment writes to: a property of anything but `this` is an item of a mapping."""
    if isinstance(target, Attr) and not (isinstance(target.base, Name) and target.base.id == THIS):
        return Index(target.base, Lit(target.name, target.span), target.span)
    return target
