"""Where nodes stand: one code generation pass over a libcst tree, without its metadata machinery.

libcst's own `PositionProvider` makes a copy of the tree and a context manager for every node, at eight times the
cost. The pass here rests on the private `_codegen` and `CodegenState` of libcst; the minor version is pinned, and a
test holds the positions to those of libcst's provider.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

import libcst as cst
from libcst._nodes.internal import CodegenState

from gonogo.facts.span import Span


class _Recorder(CodegenState):
    """Counts lines and columns while code is generated and keeps the extent of every node that asks for it."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.line = 1
        self.column = 1
        self.spans: dict[int, Span] = {}
        self.starts: list[tuple[int, int]] = []

    def add_indent_tokens(self) -> None:
        self.column += sum(map(len, self.indent_tokens))

    def add_token(self, value: str) -> None:
        if "\n" in value or "\r" in value:
            lines = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
            self.line += len(lines) - 1
            self.column = len(lines[-1]) + 1
        else:
            self.column += len(value)

    def pop_trailing_newline(self) -> None:
        """Tokens are not kept, so there is none to take back."""

    def before_codegen(self, node: cst.CSTNode) -> None:  # noqa: ARG002 - the signature is libcst's
        self.starts.append((self.line, self.column))

    def after_codegen(self, node: cst.CSTNode) -> None:
        line, column = self.starts.pop()
        if id(node) not in self.spans:
            self.spans[id(node)] = Span(line, column, self.line, self.column)

    def record_syntactic_position(  # type: ignore[override] # a cheaper context manager than a generator
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> _Extent:
        return _Extent(self, node, start_node, end_node)


class _Extent:
    """Records the stretch of text generated inside a `with` block."""

    __slots__ = ("column", "end_node", "line", "node", "recorder", "start_node")

    def __init__(
        self, recorder: _Recorder, node: cst.CSTNode, start_node: cst.CSTNode | None, end_node: cst.CSTNode | None
    ) -> None:
        self.recorder = recorder
        self.node = node
        self.start_node = start_node
        self.end_node = end_node

    def __enter__(self) -> None:
        self.line = self.recorder.line
        self.column = self.recorder.column

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        recorder, line, column = self.recorder, self.line, self.column
        end_line, end_column = recorder.line, recorder.column
        if self.start_node is not None:
            line, column = recorder.spans[id(self.start_node)][:2]
        if self.end_node is not None:
            end_line, end_column = recorder.spans[id(self.end_node)][2:]
        recorder.spans[id(self.node)] = Span(line, column, end_line, end_column)


def spans_of(module: cst.Module) -> dict[int, Span]:
    """The extent of every node by `id`, without surrounding white space, as libcst's syntactic positions define it.

    The tree must be kept for as long as the result is used.
    """
    recorder = _Recorder(module)
    generate: Any = module._codegen
    generate(recorder)
    return recorder.spans
