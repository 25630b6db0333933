"""The walk over a libcst tree that collects the facts of one file, in evaluation order."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import libcst as cst

from gonogo.facts.model import (
    MAX_TEXT,
    Arg,
    Assign,
    AssignKind,
    Attr,
    Binary,
    Block,
    Call,
    CallRef,
    Choice,
    Class,
    Comment,
    Compare,
    Comprehension,
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
    Opaque,
    Param,
    Seq,
    Spread,
    Template,
    Unary,
)
from gonogo.facts.span import NO_SPAN, Span
from gonogo.frontends.positions import spans_of
from gonogo.frontends.scan import comments

MARKS = ("gonogo:", "pragma:", "gitleaks:")
BINARY = {
    cst.Add: "+", cst.Subtract: "-", cst.Multiply: "*", cst.Divide: "/", cst.FloorDivide: "//", cst.Modulo: "%",
    cst.Power: "**", cst.BitOr: "|", cst.BitAnd: "&", cst.BitXor: "^", cst.LeftShift: "<<", cst.RightShift: ">>",
    cst.MatrixMultiply: "@",
}  # fmt: skip
COMPARE = {
    cst.LessThan: "<", cst.GreaterThan: ">", cst.LessThanEqual: "<=", cst.GreaterThanEqual: ">=", cst.Equal: "==",
    cst.NotEqual: "!=", cst.In: "in", cst.NotIn: "not in", cst.Is: "is", cst.IsNot: "is not",
}  # fmt: skip
UNARY = {cst.Minus: "-", cst.Plus: "+", cst.Not: "not", cst.BitInvert: "~"}
MAX_DIGITS = 400
"""Longer numbers are no setting of anything."""
MAX_CHAIN = 400
"""Terms of one chain of operators that are kept."""


class Walker:
    """Collects the facts of one module into `facts`."""

    def __init__(self, module: cst.Module, facts: FileFacts, source: bytes) -> None:
        self._module = module
        self._source = source
        self._facts = facts
        self._spans = spans_of(module)
        self._order = 0
        self._function: int | None = None
        self._class: int | None = None
        self._owner_class: int | None = None
        self._blocks: tuple[int, ...] = ()
        self._qualifier: tuple[str, ...] = ()
        self._yields: dict[int, list[Expr]] = {}
        self._generators: set[int] = set()

    def run(self) -> None:
        """Walk the whole module."""
        self._comments()
        self._body(self._module.body)

    # --- small things ---

    def _span(self, node: cst.CSTNode) -> Span:
        return self._spans.get(id(node), NO_SPAN)

    def _next(self) -> int:
        self._order += 1
        return self._order

    def _comments(self) -> None:
        if not any(mark.encode() in self._source for mark in MARKS):
            return
        for line, comment, alone in comments(self._source):
            text = comment.decode("utf-8", "replace")
            if any(mark in text for mark in MARKS):
                self._facts.comments.append(Comment(text, line, alone))

    # --- statements ---

    def _body(self, statements: Sequence[Any]) -> None:
        for statement in statements:
            if isinstance(statement, cst.SimpleStatementLine):
                for small in statement.body:
                    self._small(small)
            else:
                self._compound(statement)

    def _suite(self, suite: cst.BaseSuite) -> None:
        if isinstance(suite, cst.IndentedBlock):
            self._body(suite.body)
        elif isinstance(suite, cst.SimpleStatementSuite):
            for small in suite.body:
                self._small(small)

    def _small(self, node: cst.BaseSmallStatement) -> None:  # noqa: C901 - one arm per kind of statement
        span = self._span(node)
        if isinstance(node, cst.Expr):
            self._expr(node.value, "expression")
        elif isinstance(node, cst.Assign):
            value = self._expr(node.value, "assigned")
            for target in node.targets:
                self._bind(target.target, value, "set", span)
        elif isinstance(node, cst.AnnAssign):
            self._annotated(node, span)
        elif isinstance(node, cst.AugAssign):
            value = self._expr(node.value, "assigned")
            op = type(node.operator).__name__.removesuffix("Assign")
            self._assign(self._expr(node.target), value, "augment", span, op=AUGMENT.get(op, op))
        elif isinstance(node, cst.Return):
            value_or_none = self._expr(node.value, "returned") if node.value is not None else None
            self._exit("return", value_or_none, span)
        elif isinstance(node, cst.Raise):
            self._exit("raise", self._expr(node.exc) if node.exc is not None else None, span)
        elif isinstance(node, (cst.Break, cst.Continue)):
            self._exit("break" if isinstance(node, cst.Break) else "continue", None, span)
        elif isinstance(node, cst.Import):
            self._import(node, span)
        elif isinstance(node, cst.ImportFrom):
            self._import_from(node, span)
        elif isinstance(node, cst.Del):
            targets = node.target.elements if isinstance(node.target, cst.Tuple) else (node.target,)
            for element in targets:
                target_node = element.value if isinstance(element, (cst.Element, cst.StarredElement)) else element
                if not isinstance(target_node, cst.BaseExpression):
                    continue
                self._assign(self._expr(target_node), Opaque("deleted", span), "delete", span)
        elif isinstance(node, cst.Assert):
            self._expr(node.test, "condition")
            if node.msg is not None:
                self._expr(node.msg)

    def _exit(self, kind: Any, value: Expr | None, span: Span) -> None:
        self._facts.exits.append(Exit(kind, value, self._function, self._blocks, self._next(), span))

    def _annotated(self, node: cst.AnnAssign, span: Span) -> None:
        annotation = self._annotation(node.annotation)
        if node.value is None:
            self._assign(self._expr(node.target), Opaque("declared", span), "declare", span, annotation=annotation)
        else:
            value = self._expr(node.value, "assigned")
            self._assign(self._expr(node.target), value, "set", span, annotation=annotation)

    def _assign(
        self,
        target: Expr,
        value: Expr,
        kind: AssignKind,
        span: Span,
        *,
        op: str = "",
        annotation: Expr | None = None,
        position: int | None = None,
    ) -> None:
        self._facts.assigns.append(
            Assign(
                target,
                value,
                kind,
                self._function,
                self._class,
                self._blocks,
                self._next(),
                span,
                op,
                annotation,
                position,
            )
        )

    def _bind(self, target: cst.BaseExpression, value: Expr, kind: AssignKind, span: Span) -> None:
        if isinstance(target, (cst.Tuple, cst.List)):
            for position, element in enumerate(target.elements):
                inner = element.value
                place = position if isinstance(element, cst.Element) else None
                if isinstance(inner, (cst.Tuple, cst.List)):
                    self._bind(inner, Opaque("nested unpacking", span), kind, span)
                    continue
                unpack: AssignKind = "unpack" if kind == "set" else kind
                self._assign(self._expr(inner), value, unpack, span, position=place)
            return
        self._assign(self._expr(target), value, kind, span)

    def _import(self, node: cst.Import, span: Span) -> None:
        for alias in node.names:
            name = dotted(alias.name)
            if not name:
                continue
            bound = alias.asname.name.value if alias.asname and isinstance(alias.asname.name, cst.Name) else ""
            self._facts.imports.append(
                Import(name, None, bound or name.split(".")[0], 0, self._scope(), span, self._type_only(), bool(bound))
            )

    def _import_from(self, node: cst.ImportFrom, span: Span) -> None:
        module = dotted(node.module) if node.module is not None else ""
        level = len(node.relative)
        if isinstance(node.names, cst.ImportStar):
            self._facts.imports.append(Import(module, "*", "*", level, self._scope(), span, self._type_only()))
            return
        for alias in node.names:
            if not isinstance(alias.name, cst.Name):
                continue
            name = alias.name.value
            bound = alias.asname.name.value if alias.asname and isinstance(alias.asname.name, cst.Name) else ""
            self._facts.imports.append(
                Import(module, name, bound or name, level, self._scope(), span, self._type_only(), bool(bound))
            )

    def _scope(self) -> int | None:
        return self._function

    def _type_only(self) -> bool:
        for index in self._blocks:
            test = self._facts.blocks[index].test
            if isinstance(test, Name) and test.id == "TYPE_CHECKING":
                return True
            if isinstance(test, Attr) and test.name == "TYPE_CHECKING":
                return True
        return False

    # --- compound statements ---

    def _compound(self, node: cst.BaseCompoundStatement) -> None:
        if isinstance(node, cst.FunctionDef):
            self._def(node)
        elif isinstance(node, cst.ClassDef):
            self._classdef(node)
        elif isinstance(node, cst.If):
            self._if(node)
        elif isinstance(node, cst.While):
            self._while(node)
        elif isinstance(node, cst.For):
            self._for(node)
        elif isinstance(node, cst.With):
            self._with(node)
        elif isinstance(node, (cst.Try, cst.TryStar)):
            self._try(node)
        elif isinstance(node, cst.Match):
            self._match(node)

    def _block(self, kind: Any, span: Span, **details: Any) -> int:
        index = len(self._facts.blocks)
        parent = self._blocks[-1] if self._blocks else None
        self._facts.blocks.append(Block(index, kind, parent, self._function, span, **details))
        return index

    def _within(self, index: int, suite: cst.BaseSuite) -> None:
        outer = self._blocks
        self._blocks = (*outer, index)
        self._suite(suite)
        self._blocks = outer

    def _if(self, node: cst.If) -> None:
        negated: tuple[Expr, ...] = ()
        current: cst.If | cst.Else | None = node
        while isinstance(current, cst.If):
            test = self._expr(current.test, "condition")
            index = self._block("branch", self._span(current), test=test, negated=negated)
            self._within(index, current.body)
            negated = (*negated, test)[:MAX_CHAIN]
            current = current.orelse
        if current is not None:
            self._within(self._block("branch", self._span(current), negated=negated), current.body)

    def _while(self, node: cst.While) -> None:
        span = self._span(node)
        index = self._block("loop", span, loop="while")
        outer = self._blocks
        self._blocks = (*outer, index)
        test = self._expr(node.test, "condition")
        parent = outer[-1] if outer else None
        self._facts.blocks[index] = Block(index, "loop", parent, self._function, span, "while", test)
        self._suite(node.body)
        self._blocks = outer
        if node.orelse is not None:
            self._within(self._block("else", self._span(node.orelse), owner=index), node.orelse.body)

    def _for(self, node: cst.For) -> None:
        iterable = self._expr(node.iter, "iterated")
        index = self._block(
            "loop", self._span(node), loop="for", iterable=iterable, target=self._expr(node.target),
            is_async=node.asynchronous is not None,
        )  # fmt: skip
        outer = self._blocks
        self._blocks = (*outer, index)
        self._bind(node.target, iterable, "for", self._span(node.target))
        self._suite(node.body)
        self._blocks = outer
        if node.orelse is not None:
            self._within(self._block("else", self._span(node.orelse), owner=index), node.orelse.body)

    def _with(self, node: cst.With) -> None:
        items = [self._expr(item.item, "context") for item in node.items]
        is_async = node.asynchronous is not None
        index = self._block("with", self._span(node), items=tuple(items), is_async=is_async)
        outer = self._blocks
        self._blocks = (*outer, index)
        for item, value in zip(node.items, items, strict=True):
            if item.asname is not None:
                self._bind(item.asname.name, value, "with", self._span(item.asname.name))
        self._suite(node.body)
        self._blocks = outer

    def _try(self, node: cst.Try | cst.TryStar) -> None:
        index = self._block("try", self._span(node))
        self._within(index, node.body)
        for handler in node.handlers:
            caught = self._expr(handler.type) if handler.type is not None else None
            types = () if caught is None else caught.items if isinstance(caught, Seq) else (caught,)
            name = ""
            if handler.name is not None and isinstance(handler.name.name, cst.Name):
                name = handler.name.name.value
            span = self._span(handler)
            position = self._block("handler", span, types=types, name=name, owner=index)
            outer = self._blocks
            self._blocks = (*outer, position)
            if name:
                self._assign(Name(name, span), caught or Opaque("any error", span), "except", span)
            self._suite(handler.body)
            self._blocks = outer
        if node.orelse is not None:
            self._within(self._block("else", self._span(node.orelse), owner=index), node.orelse.body)
        if node.finalbody is not None:
            self._within(self._block("finally", self._span(node.finalbody), owner=index), node.finalbody.body)

    def _match(self, node: cst.Match) -> None:
        subject = self._expr(node.subject)
        negated: tuple[Expr, ...] = ()
        for case in node.cases:
            span = self._span(case)
            test = self._pattern(case.pattern, subject, span)
            index = self._block("branch", span, test=test, negated=negated)
            outer = self._blocks
            self._blocks = (*outer, index)
            if case.guard is not None:
                self._expr(case.guard, "condition")
            self._suite(case.body)
            self._blocks = outer
            negated = (*negated, test)[:MAX_CHAIN]

    def _pattern(self, pattern: cst.MatchPattern, subject: Expr, span: Span) -> Expr:
        if isinstance(pattern, cst.MatchValue):
            return Compare(subject, ("==",), (self._expr(pattern.value),), span)
        if isinstance(pattern, cst.MatchOr):
            values = [self._expr(p.pattern.value) for p in pattern.patterns if isinstance(p.pattern, cst.MatchValue)]
            return Compare(subject, ("in",), (Seq("tuple", tuple(values), span),), span)
        return Opaque("pattern", span)

    # --- functions and classes ---

    def _def(self, node: cst.FunctionDef) -> None:
        before = len(self._facts.calls)
        decorators = tuple(self._expr(d.decorator) for d in node.decorators)
        index = self._declare(node.name.value, node.params, decorators, node.asynchronous is not None)
        for call in self._facts.calls[before:]:
            if any(isinstance(d, CallRef) and d.index == call.index for d in decorators):
                self._facts.calls[call.index] = replace_call(call, index)
        annotation = self._annotation(node.returns) if node.returns is not None else None
        state = (self._function, self._class, self._blocks, self._qualifier)
        self._function, self._class, self._blocks = index, None, ()
        self._qualifier = (*self._qualifier, node.name.value, "<locals>")
        first_exit = len(self._facts.exits)
        self._suite(node.body)
        self._function, self._class, self._blocks, self._qualifier = state
        returned = tuple(
            e.value
            for e in self._facts.exits[first_exit:]
            if e.kind == "return" and e.function == index and e.value is not None
        )
        self._finish(index, returned, self._whole(node), self._span(node.name), annotation)

    def _whole(self, node: cst.FunctionDef | cst.ClassDef) -> Span:
        span = self._span(node)
        if node.decorators:
            first = self._span(node.decorators[0])
            return Span(first.line, first.column, span.end_line, span.end_column)
        return span

    def _declare(self, name: str, params: cst.Parameters, decorators: tuple[Expr, ...], is_async: bool) -> int:
        facts = [self._param(param, "positional") for param in (*params.posonly_params, *params.params)]
        if isinstance(params.star_arg, cst.Param):
            facts.append(self._param(params.star_arg, "varargs"))
        facts.extend(self._param(param, "keyword") for param in params.kwonly_params)
        if params.star_kwarg is not None:
            facts.append(self._param(params.star_kwarg, "varkw"))
        index = len(self._facts.functions)
        qualname = ".".join((*self._qualifier, name))
        self._facts.functions.append(
            Function(
                index,
                name,
                qualname,
                tuple(facts),
                decorators,
                (),
                is_async,
                False,
                self._class,
                self._function,
                NO_SPAN,
            )
        )
        return index

    def _param(self, param: cst.Param, kind: Any) -> Param:
        default = self._expr(param.default) if param.default is not None else None
        annotation = self._annotation(param.annotation) if param.annotation is not None else None
        return Param(param.name.value, kind, default, annotation, self._span(param.name))

    def _finish(
        self, index: int, returned: tuple[Expr, ...], span: Span, name_span: Span, annotation: Expr | None
    ) -> None:
        f = self._facts.functions[index]
        self._facts.functions[index] = Function(
            f.index, f.name, f.qualname, f.params, f.decorators, returned, f.is_async, index in self._generators,
            f.class_index, f.parent, span, name_span, annotation, tuple(self._yields.pop(index, ())),
        )  # fmt: skip

    def _classdef(self, node: cst.ClassDef) -> None:
        decorators = tuple(self._expr(d.decorator) for d in node.decorators)
        bases = tuple(self._expr(arg.value) for arg in node.bases)
        keywords = tuple((arg.keyword.value, self._expr(arg.value)) for arg in node.keywords if arg.keyword is not None)
        index = len(self._facts.classes)
        name = node.name.value
        qualname = ".".join((*self._qualifier, name))
        cls = Class(
            index, name, qualname, bases, keywords, decorators, self._function, self._class, self._whole(node)
        )  # fmt: skip
        self._facts.classes.append(cls)
        state = (self._class, self._blocks, self._qualifier)
        self._class, self._blocks = index, ()
        self._qualifier = (*self._qualifier, name)
        self._suite(node.body)
        self._class, self._blocks, self._qualifier = state

    def _annotation(self, node: cst.Annotation) -> Expr:
        value = node.annotation
        if isinstance(value, (cst.SimpleString, cst.ConcatenatedString)):
            text = _evaluated(value)
            if isinstance(text, str) and len(text) < 500 and text.count("[") < 20:
                try:
                    parsed = cst.parse_expression(text)
                except (cst.ParserSyntaxError, RecursionError):
                    return self._expr(value)
                return self._expr(parsed)
        return self._expr(value)

    # --- expressions ---

    def _expr(self, node: cst.BaseExpression, use: str = "other", awaited: bool = False) -> Expr:
        if isinstance(node, cst.Call):
            return self._call(node, use, awaited)
        if isinstance(node, cst.Await):
            return self._expr(node.expression, use, True)
        if isinstance(node, cst.IfExp):
            return self._choice(node, use)
        handler = HANDLERS.get(type(node))
        if handler is None:
            return Opaque(type(node).__name__, self._span(node))
        result: Expr = handler(self, node)
        return result

    def _name(self, node: cst.Name) -> Expr:
        span = self._span(node)
        if node.value in CONSTANTS:
            return Lit(CONSTANTS[node.value], span)
        return Name(node.value, span)

    def _attribute(self, node: cst.Attribute) -> Expr:
        # A chain of attributes and calls nests to the left; it is as long as people chain methods.
        return Attr(self._expr(node.value), node.attr.value, self._span(node))

    def _call(self, node: cst.Call, use: str, awaited: bool) -> Expr:
        callee = self._expr(node.func)
        args = []
        for arg in node.args:
            value = self._expr(arg.value, "argument")
            name = arg.keyword.value if arg.keyword is not None else None
            star: Any = arg.star
            args.append(Arg(name, star, value, self._arg_span(arg)))
        span = self._span(node)
        index = len(self._facts.calls)
        self._facts.calls.append(
            Call(
                index, callee, tuple(args), self._function, self._class, self._blocks, awaited, use, self._next(), span
            )
        )
        return CallRef(index, span)

    def _arg_span(self, arg: cst.Arg) -> Span:
        end = self._span(arg.value)
        start = self._span(arg.keyword) if arg.keyword is not None else end
        return Span(start.line, start.column, end.end_line, end.end_column)

    def _string(self, node: cst.SimpleString) -> Expr:
        value = _evaluated(node)
        span = self._span(node)
        return Opaque("a text with a broken escape", span) if value is None else self._text(value, span)

    def _text(self, value: str | bytes, span: Span) -> Lit:
        text = value.decode("latin-1") if isinstance(value, bytes) else value
        return Lit(text[:MAX_TEXT], span, len(text))

    def _concatenated(self, node: cst.ConcatenatedString) -> Expr:
        span = self._span(node)
        parts: list[Expr] = []
        current: cst.BaseExpression = node
        while isinstance(current, cst.ConcatenatedString):
            parts.append(self._expr(current.left))
            current = current.right
        parts.append(self._expr(current))
        return joined(parts, span)

    def _formatted(self, node: cst.FormattedString) -> Expr:
        parts: list[Expr] = []
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                parts.append(Lit(part.value[:MAX_TEXT], self._span(part), len(part.value)))
            elif isinstance(part, cst.FormattedStringExpression):
                hole = self._expr(part.expression)
                shaped = frozenset({0}) if part.format_spec else frozenset()
                parts.append(Template((hole,), hole.span, shaped) if shaped else hole)
        span = self._span(node)
        return joined(parts, span) if parts else Lit("", span, 0)

    def _integer(self, node: cst.Integer) -> Expr:
        span = self._span(node)
        if len(node.value) > MAX_DIGITS:
            return Opaque("a very long number", span)
        return Lit(int(node.value.replace("_", ""), 0) if not _old_octal(node.value) else 0, span)

    def _float(self, node: cst.Float) -> Expr:
        span = self._span(node)
        return (
            Lit(float(node.value.replace("_", "")), span) if len(node.value) <= MAX_DIGITS else Opaque("number", span)
        )

    def _dict(self, node: cst.Dict) -> Expr:
        items: list[tuple[Expr | None, Expr]] = []
        for element in node.elements:
            key = self._expr(element.key) if isinstance(element, cst.DictElement) else None
            items.append((key, self._expr(element.value)))
        return DictLit(tuple(items), self._span(node))

    def _sequence(self, node: cst.List | cst.Tuple | cst.Set) -> Expr:
        items: list[Expr] = []
        for element in node.elements:
            value = self._expr(element.value)
            items.append(Spread(value, self._span(element)) if isinstance(element, cst.StarredElement) else value)
        kind: Any = type(node).__name__.lower()
        return Seq(kind, tuple(items), self._span(node))

    def _binary(self, node: cst.BinaryOperation) -> Expr:
        # Left-deep chains (`a + b + ...`) are unrolled, so that a prompt of a thousand pieces does not recurse.
        chain: list[cst.BinaryOperation] = []
        current: cst.BaseExpression = node
        while isinstance(current, cst.BinaryOperation):
            chain.append(current)
            current = current.left
        result = self._expr(current)
        for operation in reversed(chain):
            right = self._expr(operation.right)
            if len(chain) > MAX_CHAIN:
                continue
            result = Binary(BINARY.get(type(operation.operator), "?"), result, right, self._span(operation))
        return Opaque("a very long chain", self._span(node)) if len(chain) > MAX_CHAIN else result

    def _boolean(self, node: cst.BooleanOperation) -> Expr:
        chain: list[cst.BooleanOperation] = []
        current: cst.BaseExpression = node
        while isinstance(current, cst.BooleanOperation):
            chain.append(current)
            current = current.left
        result = self._expr(current)
        for operation in reversed(chain):
            right = self._expr(operation.right)
            result = Logical(
                "and" if isinstance(operation.operator, cst.And) else "or", result, right, self._span(operation)
            )
        return result if len(chain) <= MAX_CHAIN else Opaque("a very long chain", self._span(node))

    def _unary(self, node: cst.UnaryOperation) -> Expr:
        operand = self._expr(node.expression)
        span = self._span(node)
        negative = isinstance(node.operator, cst.Minus) and isinstance(operand, Lit)
        if negative and isinstance(operand, Lit) and type(operand.value) in (int, float):
            return Lit(-operand.value, span)  # type: ignore[operator] # a number, as just tested
        return Unary(UNARY.get(type(node.operator), "?"), operand, span)

    def _comparison(self, node: cst.Comparison) -> Expr:
        left = self._expr(node.left)
        ops = tuple(COMPARE.get(type(c.operator), "?") for c in node.comparisons)
        rights = tuple(self._expr(c.comparator) for c in node.comparisons)
        return Compare(left, ops, rights, self._span(node))

    def _choice(self, node: cst.IfExp, use: str) -> Expr:
        test = self._expr(node.test, "condition")
        return Choice(test, self._expr(node.body, use), self._expr(node.orelse, use), self._span(node))

    def _subscript(self, node: cst.Subscript) -> Expr:
        base = self._expr(node.value)
        keys: list[Expr] = []
        for element in node.slice:
            if isinstance(element.slice, cst.Index):
                keys.append(self._expr(element.slice.value))
            else:
                keys.append(self._slice(element.slice, self._span(element)))
        key = keys[0] if len(keys) == 1 else Seq("tuple", tuple(keys), self._span(node))
        return Index(base, key, self._span(node))

    def _slice(self, node: cst.BaseSlice, span: Span) -> Expr:
        bounds = [node.lower, node.upper] if isinstance(node, cst.Slice) else []
        read = [self._expr(bound) for bound in bounds if bound is not None]
        if len(read) == 1 and isinstance(node, cst.Slice) and node.upper is not None:
            return Opaque("slice", span, read[0])
        return Opaque("slice", span)

    def _lambda(self, node: cst.Lambda) -> Expr:
        index = self._declare("<lambda>", node.params, (), False)
        f = self._facts.functions[index]
        self._facts.functions[index] = Function(
            f.index, f.name, f.qualname, f.params, (), (), False, False, None, f.parent, NO_SPAN
        )
        state = (self._function, self._class, self._blocks)
        self._function, self._class, self._blocks = index, None, ()
        body = self._expr(node.body, "returned")
        self._function, self._class, self._blocks = state
        span = self._span(node)
        self._finish(index, (body,), span, span, None)
        return Lambda(index, span)

    def _comprehension(self, node: Any) -> Expr:
        span = self._span(node)
        loop: cst.CompFor | None = node.for_in
        assert loop is not None
        first = self._expr(loop.iter, "iterated")
        index = self._block("comprehension", span, iterable=first, is_async=loop.asynchronous is not None)
        outer = self._blocks
        self._blocks = (*outer, index)
        sources: list[Expr] = []
        while loop is not None:
            source = first if not sources else self._expr(loop.iter, "iterated")
            sources.append(source)
            self._bind(loop.target, source, "comprehension", self._span(loop.target))
            for condition in loop.ifs:
                test = self._expr(condition.test, "condition")
                if self._facts.blocks[index].test is None:
                    self._facts.blocks[index] = replace(self._facts.blocks[index], test=test)
            loop = loop.inner_for_in
        key: Expr | None = None
        if isinstance(node, cst.DictComp):
            key, element = self._expr(node.key), self._expr(node.value)
        else:
            element = self._expr(node.elt)
        self._blocks = outer
        return Comprehension(element, tuple(sources), key, span)

    def _walrus(self, node: cst.NamedExpr) -> Expr:
        value = self._expr(node.value, "assigned")
        self._assign(self._expr(node.target), value, "walrus", self._span(node))
        return value

    def _yield(self, node: cst.Yield) -> Expr:
        value: Expr | None = None
        if isinstance(node.value, cst.From):
            value = self._expr(node.value.item, "yielded")
        elif node.value is not None:
            value = self._expr(node.value, "yielded")
        if self._function is not None:
            self._generators.add(self._function)
            if value is not None:
                self._yields.setdefault(self._function, []).append(value)
        return Opaque("yield", self._span(node))


CONSTANTS = {"True": True, "False": False, "None": None}
AUGMENT = {
    "Add": "+=", "Subtract": "-=", "Multiply": "*=", "Divide": "/=", "FloorDivide": "//=", "Modulo": "%=",
    "Power": "**=", "BitOr": "|=", "BitAnd": "&=", "BitXor": "^=", "LeftShift": "<<=", "RightShift": ">>=",
    "MatrixMultiply": "@=",
}  # fmt: skip
HANDLERS: dict[type[cst.CSTNode], Any] = {
    cst.Name: Walker._name,
    cst.Attribute: Walker._attribute,
    cst.SimpleString: Walker._string,
    cst.ConcatenatedString: Walker._concatenated,
    cst.FormattedString: Walker._formatted,
    cst.Integer: Walker._integer,
    cst.Float: Walker._float,
    cst.Dict: Walker._dict,
    cst.List: Walker._sequence,
    cst.Tuple: Walker._sequence,
    cst.Set: Walker._sequence,
    cst.BinaryOperation: Walker._binary,
    cst.BooleanOperation: Walker._boolean,
    cst.UnaryOperation: Walker._unary,
    cst.Comparison: Walker._comparison,
    cst.Subscript: Walker._subscript,
    cst.Lambda: Walker._lambda,
    cst.ListComp: Walker._comprehension,
    cst.SetComp: Walker._comprehension,
    cst.DictComp: Walker._comprehension,
    cst.GeneratorExp: Walker._comprehension,
    cst.NamedExpr: Walker._walrus,
    cst.Yield: Walker._yield,
}


def dotted(node: cst.BaseExpression | None) -> str:
    """`a.b.c` of an import; empty for anything else."""
    names: list[str] = []
    while isinstance(node, cst.Attribute):
        names.append(node.attr.value)
        node = node.value
    if isinstance(node, cst.Name):
        names.append(node.value)
        return ".".join(reversed(names))
    return ""


def joined(parts: list[Expr], span: Span) -> Expr:
    """Adjacent texts as one literal, or a template if there are holes."""
    flat: list[Expr] = []
    shaped: set[int] = set()
    for part in parts:
        for position, piece in enumerate(part.parts if isinstance(part, Template) else (part,)):
            if isinstance(part, Template) and position in part.shaped:
                shaped.add(len(flat))
            last = flat[-1] if flat else None
            if isinstance(piece, Lit) and isinstance(last, Lit):
                text = f"{last.value}{piece.value}"
                flat[-1] = Lit(text[:MAX_TEXT], last.span, last.length + piece.length)
            else:
                flat.append(piece)
    if len(flat) == 1 and isinstance(flat[0], Lit):
        return Lit(flat[0].value, span, flat[0].length)
    return Template(tuple(flat), span, frozenset(shaped))


def replace_call(call: Call, function: int) -> Call:
    """`call` as the decorator of a function."""
    return Call(
        call.index, call.callee, call.args, call.function, call.class_index, call.blocks, call.awaited, call.use,
        call.order, call.span, function,
    )  # fmt: skip


def _old_octal(text: str) -> bool:
    return len(text) > 1 and text[0] == "0" and text[1] in "0123456789"


def _evaluated(node: cst.SimpleString | cst.ConcatenatedString) -> str | bytes | None:
    """What a string says; `None` if its escapes are no Python, or it is more than plain text."""
    # Doubtful escapes of the code that is read must not become warnings about gonogo.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return node.evaluated_value
        except (SyntaxError, ValueError):
            return None
