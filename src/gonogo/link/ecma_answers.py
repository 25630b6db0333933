"""How code of JavaScript answers a request through what its handler was given: `res.status(500).json(...)`."""

from __future__ import annotations

from typing import Literal

from gonogo.facts.model import Attr, Call, CallRef, Compare, DictLit, Expr, Index, Lit, Name
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import symbol
from gonogo.link.module import Module, tail_name
from gonogo.link.statuses import FAILED
from gonogo.link.values import ClassV
from gonogo.link.walk import walk
from gonogo.registry.errors import error_data
from gonogo.registry.frameworks import ecma_answers

MAX_CHAIN = 8


def answers(module: Module, call: Call) -> Literal["", "response", "stream"]:
    """Whether a call writes a response, or a piece of one, to whoever waits for it."""
    if module.language != "ecma" or not isinstance(call.callee, Attr):
        return ""
    data = ecma_answers()
    root, name = _root(module, call.callee.base), call.callee.name
    if name in data.bodies and root in data.responders and _is_parameter(module, call.function, root):
        return "response"
    # Any stream can be written to: it is an answer for sure only if it is the handler's own.
    known = data.responders | data.writers if name in data.pieces else data.responders
    if (name == "write" or name in data.pieces) and root in known and _is_parameter(module, call.function, root):
        return "stream"
    return ""


def is_body(module: Module, target: Expr) -> bool:
    """True for `ctx.body` of Koa, which is assigned to."""
    return (
        module.language == "ecma"
        and isinstance(target, Index)
        and isinstance(target.key, Lit)
        and target.key.value == "body"
        and isinstance(target.base, Name)
        and target.base.id in ecma_answers().contexts
    )


def fails(module: Module, call: Call) -> bool:
    """True if a response tells of a failure by its status: `res.status(500)`, `c.json({}, 502)`. A status that is not
    written out is that of an error, where an error is answered."""
    expr: Expr = CallRef(call.index)
    for _ in range(MAX_CHAIN):
        if isinstance(expr, CallRef):
            inner = module.facts.calls[expr.index]
            if tail_name(inner.callee) in ecma_answers().statuses and inner.args and _failed(inner.args[0].value):
                return True
            expr = inner.callee
        elif isinstance(expr, Attr):
            expr = expr.base
        else:
            break
    return any(_failed(part) for arg in call.args[1:2] for part in _status_in(arg.value))


def _status_in(expr: Expr) -> list[Expr]:
    if isinstance(expr, DictLit):
        return [value for key, value in expr.items if isinstance(key, Lit) and key.value == "status"]
    return [expr] if isinstance(expr, Lit) else []


def _failed(expr: Expr) -> bool:
    if not isinstance(expr, Lit):
        return True
    return isinstance(expr.value, int) and not isinstance(expr.value, bool) and expr.value >= FAILED


def other_error(evaluator: Evaluator, module: Module, blocks: tuple[int, ...]) -> bool:
    """True in a branch for errors that are none of a model's: `if (error instanceof ZodError)`."""
    for index in blocks:
        block = module.facts.blocks[index]
        if block.kind != "branch" or block.test is None:
            continue
        for part in walk(block.test, module.facts):
            if isinstance(part, Compare) and _another(evaluator, module, part, block.function):
                return True
    return False


def _another(evaluator: Evaluator, module: Module, test: Compare, function: int | None) -> bool:
    data = error_data()
    if test.ops == ("instanceof",):
        frame = evaluator.project.frame(module, function)
        values = evaluator.values(test.rights[0], frame)
        if values and all(isinstance(value, ClassV) for value in values):
            return True
        names = [symbol(value) for value in values]
        known = any(name == "js:Error" or name.split(".")[0] in data.packages for name in names)
        return not known and tail_name(test.rights[0]) not in data.names | {"Error"}
    told = isinstance(test.left, Attr) and test.left.name in ("name", "code", "constructor")
    said = test.rights[0]
    return (
        told
        and test.ops == ("==",)
        and isinstance(said, Lit)
        and isinstance(said.value, str)
        and said.value not in data.names
    )


def _root(module: Module, expr: Expr) -> str:
    for _ in range(MAX_CHAIN):
        if isinstance(expr, CallRef):
            expr = module.facts.calls[expr.index].callee
        elif isinstance(expr, Attr):
            expr = expr.base
        else:
            break
    return expr.id if isinstance(expr, Name) else ""


def _is_parameter(module: Module, function: int | None, name: str) -> bool:
    while function is not None:
        fact = module.facts.functions[function]
        if any(param.name == name for param in fact.params):
            return True
        function = fact.parent
    return False
