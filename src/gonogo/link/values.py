"""The values an expression can take, as far as reading the project shows them.

A value keeps how it was reached (`via`) so that a report can say "from an environment variable, with a default".
Whatever cannot be known is a value too (`Unknown`, `ParamV`, `Env`) and never turns into a fact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, Union

from gonogo.facts.model import Call, Class, Function
from gonogo.facts.span import Span

if TYPE_CHECKING:
    from gonogo.link.module import Module


class Site(NamedTuple):
    """Where a value is written."""

    path: str
    span: Span


@dataclass(eq=False, slots=True)
class Frame:
    """A function (or module) in which expressions are read, with what is known of this one activation."""

    module: Module
    function: int | None = None
    bindings: dict[str, tuple[Value, ...]] | None = None
    """Parameters bound by a known call; `None` when the function is looked at for all its callers."""
    self_value: Value | None = None
    outer: Frame | None = None
    """Frame of the enclosing function, for closures made in a known activation."""
    class_index: int | None = None

    def __repr__(self) -> str:
        return f"<frame of {self.module.path}, function {self.function}>"


@dataclass(frozen=True, eq=False, slots=True)
class CallSite:
    """A call and the frame its arguments are read in."""

    frame: Frame
    call: Call

    @property
    def module(self) -> Module:
        return self.frame.module

    @property
    def site(self) -> Site:
        return Site(self.frame.module.path, self.call.span)


@dataclass(frozen=True, eq=False, slots=True)
class Const:
    """A known constant."""

    value: str | int | float | bool | None
    site: Site
    via: tuple[str, ...] = ()
    length: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Env:
    """Whatever the environment variable `name` holds at run time."""

    name: str
    site: Site
    via: tuple[str, ...] = ()
    has_default: bool = False
    """The read names a value for when the variable is not set."""


@dataclass(frozen=True, eq=False, slots=True)
class Ext:
    """A symbol of a package outside the project, by its full name."""

    name: str
    site: Site


@dataclass(frozen=True, eq=False, slots=True)
class Made:
    """What a call of something outside the project returned. `call` is `None` when only the type is known."""

    callee: Value
    call: CallSite | None
    via: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Member:
    """An attribute of something outside the project."""

    base: Value
    name: str
    site: Site


@dataclass(frozen=True, eq=False, slots=True)
class FuncV:
    """A function of the project; `self_value` is set for bound methods, `closure` for functions made in a frame."""

    module: Module
    function: Function
    self_value: Value | None = None
    closure: Frame | None = None


@dataclass(frozen=True, eq=False, slots=True)
class ClassV:
    """A class of the project."""

    module: Module
    cls: Class


@dataclass(frozen=True, eq=False, slots=True)
class InstV:
    """An instance of a project class; `made` is the constructor call when it is known, `origin` the parameter whose
    annotation says so when nothing in the project passes it."""

    module: Module
    cls: Class
    made: CallSite | None = None
    origin: ParamV | None = None


@dataclass(frozen=True, eq=False, slots=True)
class ModV:
    """A module of the project."""

    path: str


ANY_KEY = "*"
"""Entry of a mapping that holds what is put into it under keys that cannot be read."""


@dataclass(frozen=True, eq=False, slots=True)
class DictV:
    """A mapping with text keys. `open` means that it may hold further keys or other values."""

    entries: dict[str, tuple[Value, ...]]
    open: bool
    sites: dict[str, Site] = field(default_factory=dict)
    maybe: frozenset[str] = frozenset()
    """Keys set on some paths only."""


@dataclass(frozen=True, eq=False, slots=True)
class SeqV:
    """A list, tuple or set."""

    items: tuple[tuple[Value, ...], ...]
    open: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class TextV:
    """A text with unknown holes (`None`). `holes` says, in order, what each can be; empty if nothing is known."""

    parts: tuple[str | None, ...]
    site: Site
    holes: tuple[Values, ...] = ()

    @property
    def prefix(self) -> str:
        """The known beginning."""
        first = self.parts[0] if self.parts else None
        return first or ""


@dataclass(frozen=True, eq=False, slots=True)
class PathV:
    """`base / name`: a file or folder below another."""

    base: Value
    name: Value


@dataclass(frozen=True, eq=False, slots=True)
class PipeV:
    """Values joined by `|`: a chain of runnables, or a union."""

    parts: tuple[Value, ...]


@dataclass(frozen=True, eq=False, slots=True)
class ParamV:
    """A parameter for which no caller in the project was found."""

    module: Module
    function: Function
    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Unknown:
    """Not to be known by reading, and why."""

    why: str
    site: Site | None = None


Value: TypeAlias = Union[
    "Const", "Env", "Ext", "Made", "Member", "FuncV", "ClassV", "InstV", "ModV", "DictV", "SeqV", "TextV", "PathV",
    "PipeV", "ParamV", "Unknown",
]  # fmt: skip
Values: TypeAlias = "tuple[Value, ...]"

MAX_VALUES = 12
"""More alternatives than this are cut, and the rest is `Unknown`."""


def merge(groups: Sequence[Values]) -> Values:
    """All values of `groups` in order, equal constants and equal symbols once."""
    filled = [group for group in groups if group]
    if not filled:
        return ()
    if len(filled) == 1 and len(filled[0]) == 1:
        return filled[0]
    seen: set[object] = set()
    result: list[Value] = []
    for group in filled:
        for value in group:
            key = _key(value)
            if key in seen:
                continue
            seen.add(key)
            result.append(value)
    if len(result) > MAX_VALUES:
        return (*result[:MAX_VALUES], Unknown("too many alternatives"))
    return tuple(result)


def _key(value: Value) -> object:
    if isinstance(value, Const):
        return ("const", type(value.value), value.value, value.site)
    if isinstance(value, Ext):
        return ("ext", value.name)
    if isinstance(value, Env):
        return ("env", value.name)
    if isinstance(value, FuncV):
        return ("func", value.module.path, value.function.index, id(value.self_value), id(value.closure))
    if isinstance(value, ClassV):
        return ("class", value.module.path, value.cls.index)
    if isinstance(value, InstV):
        return (
            "inst",
            value.module.path,
            value.cls.index,
            value.made and id(value.made.call),
            _frame_key(value.made),
        )
    if isinstance(value, Made) and value.call is not None:
        return ("made", id(value.call.call), _frame_key(value.call), _key(value.callee))
    if isinstance(value, Made):
        return ("made", _key(value.callee))
    if isinstance(value, Member):
        return ("member", value.name, _key(value.base))
    if isinstance(value, ModV):
        return ("mod", value.path)
    if isinstance(value, ParamV):
        return ("param", value.module.path, value.function.index, value.name)
    if isinstance(value, Unknown):
        return ("unknown", value.why)
    return id(value)


def _frame_key(site: CallSite | None) -> object:
    if site is None or site.frame.bindings is None:
        return None
    return id(site.frame)


def with_via(values: Values, step: str) -> Values:
    """`values` with one more step on the way they were reached."""
    result: list[Value] = []
    for value in values:
        if isinstance(value, Const) and step not in value.via:
            result.append(Const(value.value, value.site, (*value.via, step), value.length))
        elif isinstance(value, Env) and step not in value.via:
            result.append(Env(value.name, value.site, (*value.via, step), value.has_default))
        else:
            result.append(value)
    return tuple(result)


def known(values: Values) -> bool:
    """True if `values` holds constants only, at least one."""
    return bool(values) and all(isinstance(value, Const) for value in values)


def vague(values: Values) -> bool:
    """True if `values` names no thing of which more is known than where it came from."""
    return all(isinstance(value, (Unknown, ParamV, Member)) for value in values)


class Numbers:
    """Gives every value a number; values that nothing tells apart, the way to them included, have the same one."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[int, Value]] = {}  # with the value, so that no other comes to have its id
        self._known: dict[object, int] = {}

    def clear(self) -> None:
        self._of.clear()
        self._known.clear()

    def all(self, values: Values) -> tuple[int, ...]:
        return tuple(map(self.one, values))

    def one(self, value: Value) -> int:
        found = self._of.get(id(value))
        if found is None:
            number = self._known.setdefault(self._key(value), len(self._known))
            found = self._of[id(value)] = (number, value)
        return found[0]

    def _key(self, value: Value) -> object:
        if isinstance(value, Const):
            return (Const, type(value.value), value.value, value.site, value.via, value.length)
        if isinstance(value, Env):
            return (Env, value.name, value.site, value.via, value.has_default)
        if isinstance(value, Ext):
            return (Ext, value.name, value.site)
        if isinstance(value, Unknown):
            return (Unknown, value.why, value.site)
        if isinstance(value, Made):
            return (Made, self.one(value.callee), _place(value.call), value.via)
        if isinstance(value, Member):
            return (Member, value.name, value.site, self.one(value.base))
        if isinstance(value, InstV):
            origin = None if value.origin is None else self.one(value.origin)
            return (InstV, value.module.path, value.cls.index, _place(value.made), origin)
        if isinstance(value, FuncV):
            owner = None if value.self_value is None else self.one(value.self_value)
            return (FuncV, value.module.path, value.function.index, owner, id(value.closure))
        if isinstance(value, (SeqV, TextV)):
            parts = value.items if isinstance(value, SeqV) else value.holes
            rest = value.open if isinstance(value, SeqV) else (value.parts, value.site)
            return (type(value), rest, tuple(map(self.all, parts)))
        if isinstance(value, DictV):
            entries = tuple((name, self.all(found), value.sites.get(name)) for name, found in value.entries.items())
            return (DictV, value.open, value.maybe, entries)
        if isinstance(value, PipeV):
            return (PipeV, self.all(value.parts))
        if isinstance(value, PathV):
            return (PathV, self.one(value.base), self.one(value.name))
        return _key(value)


def _place(call: CallSite | None) -> object:
    return None if call is None else (id(call.call), id(call.frame))
