"""Generic facts of one source file.

Front ends (one per language) produce these; nothing here or in a front end knows an SDK. Linking and the rules read
nothing else, so a rule never sees syntax. Lines and columns are 1-based, columns count code points, ends are exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Union

from gonogo.facts.span import NO_SPAN, Span

# --- expressions ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lit:
    """A constant: text, number, boolean or null. Texts over `MAX_TEXT` are cut; `length` is the full length."""

    value: str | int | float | bool | None
    span: Span = NO_SPAN
    length: int = 0


MAX_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Name:
    """A plain identifier read in its scope."""

    id: str
    span: Span = NO_SPAN


@dataclass(frozen=True, slots=True)
class Attr:
    """`base.name`"""

    base: Expr
    name: str
    span: Span = NO_SPAN


@dataclass(frozen=True, slots=True)
class CallRef:
    """The result of the call `FileFacts.calls[index]`."""

    index: int
    span: Span = NO_SPAN


@dataclass(frozen=True, slots=True)
class DictLit:
    """A mapping literal; a `None` key spreads the value (`**value`, `...value`)."""

    items: tuple[tuple[Expr | None, Expr], ...]
    span: Span = NO_SPAN


@dataclass(frozen=True, slots=True)
class Seq:
    """A list, tuple or set literal; spread elements are `Spread`."""

    kind: Literal["list", "tuple", "set"]
    items: tuple[Expr, ...]
    span: Span = NO_SPAN


@dataclass(frozen=True, slots=True)
class Spread:
    """`*value` inside a sequence literal."""

    value: Expr
    span: Span = NO_SPAN


@dataclass(frozen=True, slots=True)
class Template:
    """A text with holes (f-string, template literal): constant texts are `Lit`, holes any other expression.

    `shaped` holds positions of parts that a format of their own reshapes (`{now:%Y}`)."""

    parts: tuple[Expr, ...]
    span: Span = NO_SPAN
    shaped: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Binary:
    """`left op right`, op as written: `+ - * / // % ** | & ^ << >> @`."""

    op: str
    left: Expr
    right: Expr
    span: Span = NO_SPAN


@dataclass(frozen=True, slots=True)
class Unary:
    """`op operand`, op one of `- + ~ not`."""

    op: str
    operand: Expr
    span: Span = NO_SPAN


@dataclass(frozen=True, slots=True)
class Logical:
    """`left and/or right` (also `??` as `or`)."""

    op: Literal["and", "or"]
    left: Expr
    right: Expr
    span: Span = NO_SPAN


@dataclass(frozen=True, slots=True)
class Compare:
    """`left ops[0] rights[0] ops[1] ...`; ops as written, among them `in`, `not in`, `is`, `is not`, `instanceof`
    (`===` and `!==` are `==` and `!=`)."""

    left: Expr
    ops: tuple[str, ...]
    rights: tuple[Expr, ...]
    span: Span = NO_SPAN


ORDERING = frozenset({"<", "<=", ">", ">="})
"""Operators of `Compare` that ask which of two is the larger."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`body if test else orelse`"""

    test: Expr
    body: Expr
    orelse: Expr
    span: Span = NO_SPAN


@dataclass(frozen=True, slots=True)
class Index:
    """`base[key]`; a slice has an `Opaque` key."""

    base: Expr
    key: Expr
    span: Span = NO_SPAN


@dataclass(frozen=True, slots=True)
class Lambda:
    """An anonymous function, `FileFacts.functions[function]`."""

    function: int
    span: Span = NO_SPAN


@dataclass(frozen=True, slots=True)
class Comprehension:
    """`[element for ... in source ...]`; for a mapping, `key` is set."""

    element: Expr
    sources: tuple[Expr, ...]
    key: Expr | None = None
    span: Span = NO_SPAN


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something the model does not represent; `what` names the kind of syntax. `upto` is the end of a slice from the
    beginning (`text[:100]`)."""

    what: str
    span: Span = NO_SPAN
    upto: Expr | None = None


Expr = Union[
    Lit, Name, Attr, CallRef, DictLit, Seq, Spread, Template, Binary, Unary, Logical, Compare, Choice, Index, Lambda,
    Comprehension, Opaque,
]  # fmt: skip

# --- declarations and statements -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Import:
    """`import module as alias`, or `from module import name as alias`.

    `level` counts leading dots of a relative import; `name` is `None` for a module import and `*` for a star import.
    `alias` is the name bound in the scope: for `import a.b` without `as` it is `a` and `module` is `a.b`.
    """

    module: str
    name: str | None
    alias: str
    level: int
    function: int | None
    span: Span
    type_only: bool = False
    has_as: bool = False


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a function. Annotations keep their expression; texts are parsed where they are expressions."""

    name: str
    kind: Literal["positional", "keyword", "varargs", "varkw"]
    default: Expr | None = None
    annotation: Expr | None = None
    span: Span = NO_SPAN


@dataclass(frozen=True, slots=True)
class Function:
    """A function, method or lambda. `returns` holds every returned expression (a lambda's body)."""

    index: int
    name: str
    qualname: str
    params: tuple[Param, ...]
    decorators: tuple[Expr, ...]
    returns: tuple[Expr, ...]
    is_async: bool
    is_generator: bool
    class_index: int | None
    """Class whose body holds the function directly."""
    parent: int | None
    """Enclosing function."""
    span: Span
    """From the first decorator or `def` to the end of the body."""
    name_span: Span = NO_SPAN
    returns_annotation: Expr | None = None
    yields: tuple[Expr, ...] = ()
    declared: bool = True
    """False for a function that only has a name because it is the value of one (`{ask: () => ...}`)."""
    role: Literal["", "static", "property"] = ""
    """A method that gets no object, or that is read like an attribute (Python says so by decorators)."""
    directives: tuple[str, ...] = ()
    """What a function of JavaScript says of itself in its first lines (`"use server"`)."""


@dataclass(frozen=True, slots=True)
class Class:
    """A class. Its body's assignments are the `Assign` facts with its `class_index` and no function."""

    index: int
    name: str
    qualname: str
    bases: tuple[Expr, ...]
    keywords: tuple[tuple[str, Expr], ...]
    decorators: tuple[Expr, ...]
    function: int | None
    parent: int | None
    """Enclosing class."""
    span: Span


AssignKind = Literal[
    "set", "augment", "for", "with", "except", "unpack", "walrus", "delete", "declare", "comprehension"
]


@dataclass(frozen=True, slots=True)
class Assign:
    """Something bound to a name, attribute or item.

    kind: `set` (also annotated), `augment` (`op` says which), `for` (value is the iterable), `with` (value is the
    context manager), `unpack` (value is the whole right side, `position` the place in it), `declare` (an annotation
    without a value: value is Opaque("declared")), `delete`, `except` (value is the class), `walrus`, `comprehension`.
    """

    target: Expr
    value: Expr
    kind: AssignKind
    function: int | None
    class_index: int | None
    blocks: tuple[int, ...]
    order: int
    span: Span
    op: str = ""
    annotation: Expr | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Arg:
    """One argument: positional (`name` None), named, or spread (`*` or `**`)."""

    name: str | None
    spread: Literal["", "*", "**"]
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """One call expression. `blocks` lists the enclosing blocks, outermost first, within its function.

    `use` says what becomes of the result: `expression` (dropped), `assigned`, `returned`, `argument`, `condition`,
    `context` (a `with` item), `iterated` (the iterable of a `for`), `yielded`, `other`.
    """

    index: int
    callee: Expr
    args: tuple[Arg, ...]
    function: int | None
    class_index: int | None
    blocks: tuple[int, ...]
    awaited: bool
    use: str
    order: int
    span: Span
    decorator_of: int | None = None
    """Function the call decorates, if it stands in a decorator."""


BlockKind = Literal["loop", "try", "handler", "else", "finally", "with", "branch", "comprehension"]


@dataclass(frozen=True, slots=True)
class Block:
    """A nested stretch of control flow inside a function (or module).

    loop: `loop` is `while` or `for`, with `test`, or `target` and `iterable`; infinite loops keep their constant test.
    A `for` loop with a `test` (or neither) is one that counts: `for (let i = 0; i < 3; i++)`.
    try: the guarded body. handler: `types` caught (empty: everything), `name` bound. else/finally: of try or loop.
    with: `items` are the context managers. branch: one arm of if/elif/else/match/case; `test` is its own condition
    (`None` for a plain else), `negated` lists the conditions of the arms before it.
    comprehension: of list, set, dict or generator; `iterable` is its first source, `test` its first condition.
    """

    index: int
    kind: BlockKind
    parent: int | None
    function: int | None
    span: Span
    loop: Literal["", "while", "for"] = ""
    test: Expr | None = None
    negated: tuple[Expr, ...] = ()
    target: Expr | None = None
    iterable: Expr | None = None
    types: tuple[Expr, ...] = ()
    name: str = ""
    items: tuple[Expr, ...] = ()
    owner: int | None = None
    """For handler, else and finally: the `try` (or `loop`) block they belong to."""
    is_async: bool = False


@dataclass(frozen=True, slots=True)
class Exit:
    """`break`, `continue`, `return`, `raise` (with its value)."""

    kind: Literal["break", "continue", "return", "raise"]
    value: Expr | None
    function: int | None
    blocks: tuple[int, ...]
    order: int
    span: Span


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that holds a tool's mark (`gonogo:`, `pragma:`, `gitleaks:`)."""

    text: str
    line: int
    own_line: bool
    """Nothing but the comment stands on the line."""


@dataclass(slots=True)
class FileFacts:
    """All that is known of one file."""

    path: str
    language: str
    status: Literal["parsed", "partial", "failed"]
    reason: str = ""
    """Why the file, or a part, could not be read."""
    lines: int = 0
    imports: list[Import] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    classes: list[Class] = field(default_factory=list)
    assigns: list[Assign] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    exits: list[Exit] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    directives: tuple[str, ...] = ()
    """What a module of JavaScript says of itself in its first lines (`"use server"`)."""
    cells: tuple[tuple[int, int], ...] = ()
    """Notebooks: (first line of the cell in the joined source, number of the cell from 1), ascending."""
