"""YAML as plain nodes with lines. Nothing is constructed, and neither aliases nor depth make it more than it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

from gonogo.facts.span import Span

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 500_000
MAX_DEPTH = 40
MAX_EVENTS = 60_000
MAX_ALIASES = 500
MAX_VISITS = 30_000
"""Nodes a walk looks at: with aliases a small text can stand for billions."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number or the like, as written."""

    text: str
    span: Span


@dataclass(eq=False, slots=True)
class Sequence:
    """A list."""

    items: list[Node]
    span: Span


@dataclass(eq=False, slots=True)
class Mapping:
    """A table, without the entries whose key is no scalar; `<<` is an entry like any other."""

    items: list[tuple[Scalar, Node]]
    span: Span

    def get(self, key: str) -> Node | None:
        """The first value under `key`, also from what is merged in."""
        for name, value in self.items:
            if name.text == key:
                return value
        for name, value in self.items:
            if name.text == "<<":
                merged = value.items if isinstance(value, Sequence) else [value]
                for one in merged:
                    found = next((v for n, v in one.items if n.text == key), None) if isinstance(one, Mapping) else None
                    if found is not None:
                        return found
        return None

    def table(self, key: str) -> Mapping | None:
        """The table under `key`, if it is one."""
        value = self.get(key)
        return value if isinstance(value, Mapping) else None

    def text(self, key: str) -> str:
        """The scalar under `key`, or nothing."""
        value = self.get(key)
        return value.text if isinstance(value, Scalar) else ""


Node = Union[Scalar, Sequence, Mapping]


class NotReadError(ValueError):
    """The text is no YAML, or more of it than anybody writes by hand."""


def read_documents(text: str) -> list[Node]:
    """The documents of a YAML text.

    Raises:
        NotReadError: see there.
    """
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    if len(text) > MAX_BYTES:
        raise NotReadError("larger than configuration is")
    try:
        _measure(yaml.parse(text, Loader=loader))
        return [_node(document, {}) for document in yaml.compose_all(text, Loader=loader) if document is not None]
    except yaml.YAMLError:
        raise NotReadError("no YAML") from None
    except (RecursionError, ValueError) as error:
        raise NotReadError(str(error)) from None


def _measure(events: Any) -> None:
    """Looks at the text before anything is built from it."""
    depth = aliases = 0
    for count, event in enumerate(events):
        kind = type(event).__name__
        if kind.endswith(("MappingStartEvent", "SequenceStartEvent")):
            depth += 1
        elif kind.endswith(("MappingEndEvent", "SequenceEndEvent")):
            depth -= 1
        elif kind == "AliasEvent":
            aliases += 1
        if depth > MAX_DEPTH or aliases > MAX_ALIASES or count > MAX_EVENTS:
            raise NotReadError("nested or repeated more than configuration is")


def _node(node: yaml.Node, seen: dict[int, Node]) -> Node:
    import yaml

    known = seen.get(id(node))
    if known is not None:
        return known
    start, end = node.start_mark, node.end_mark
    span = Span(start.line + 1, start.column + 1, end.line + 1, end.column + 1)
    if isinstance(node, yaml.ScalarNode):
        found: Node = Scalar(str(node.value), span)
    elif isinstance(node, yaml.SequenceNode):
        found = seen[id(node)] = Sequence([], span)
        found.items += [_node(item, seen) for item in node.value]
    else:
        found = seen[id(node)] = Mapping([], span)
        for key, value in node.value:
            name = _node(key, seen)
            if isinstance(name, Scalar):
                found.items.append((name, _node(value, seen)))
    seen[id(node)] = found
    return found


def scalars(node: Node) -> Iterator[tuple[tuple[str, ...], Scalar]]:
    """Every scalar below `node` with the keys that lead to it (list entries add none), up to `MAX_VISITS` nodes."""
    todo: list[tuple[tuple[str, ...], Node]] = [((), node)]
    visits = 0
    while todo and visits < MAX_VISITS:
        visits += 1
        path, one = todo.pop()
        if len(path) > MAX_DEPTH:
            continue
        if isinstance(one, Scalar):
            yield path, one
        elif isinstance(one, Sequence):
            todo += [(path, item) for item in reversed(one.items)]
        else:
            todo += [(path if key.text == "<<" else (*path, key.text), value) for key, value in reversed(one.items)]
