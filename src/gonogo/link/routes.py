"""Functions that somebody outside can reach, and values that such a somebody sent."""

from __future__ import annotations

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Function
from gonogo.link.entries import entry_of
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import same_symbol, symbol
from gonogo.link.module import Module
from gonogo.link.values import Ext, Made, Member, ParamV, TextV, Value, Values, merge
from gonogo.registry.flows import given
from gonogo.registry.frameworks import message_names, request_names


def is_route(evaluator: Evaluator, module: Module, function: Function) -> bool:
    """True if somebody outside can set the function off: a handler of a web, bot or page framework."""
    entry = entry_of(evaluator, module, function)
    return entry is not None and entry.outside


def user_sent(evaluator: Evaluator, value: Value) -> bool:
    """True if a client of the application sent a value: a parameter of a route handler, or part of a request."""
    while True:
        if isinstance(value, Member):
            if value.name == "env":
                return False  # `c.env` of workers: the application's own settings.
            value = value.base
        elif isinstance(value, Made) and isinstance(value.callee, Member):
            value = value.callee.base
        else:
            break
    if isinstance(value, ParamV):
        return is_route(evaluator, value.module, value.function)
    if isinstance(value, Made) and value.call is None:
        return any(same_symbol(symbol(value.callee), name) for name in (*request_names(), *message_names()))
    root = value.callee if isinstance(value, Made) else value
    if isinstance(root, Ext):
        return any(root.name == name or root.name.startswith(name + ".") for name in request_names())
    return False


def on_own_key(evaluator: Evaluator, call: ModelCall) -> bool:
    """True if whoever asks also brings the key the call is made with, and so pays for it."""
    setting = call.setting("key")
    if setting.status != "given":
        setting = call.setting("header_key")
    if setting.status != "given" or not setting.values:
        return False
    return all(any(user_sent(evaluator, part) or _typed_in(part) for part in _parts(value)) for value in setting.values)


def _parts(value: Value) -> Values:
    """A value, or what stands in the holes of a text (`Bearer ${key}`)."""
    return merge(list(value.holes)) if isinstance(value, TextV) and value.holes else (value,)


def _typed_in(value: Value) -> bool:
    return isinstance(value, Made) and any(same_symbol(symbol(value.callee), name) for name in given().calls)
