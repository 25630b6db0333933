"""Operators on known values: arithmetic and texts put together."""

from __future__ import annotations

import re

from gonogo.link.texts import added, percent
from gonogo.link.values import Const, Env, Made, Member, PathV, Site, TextV, Value

_CLOCKS = re.compile(r"elapsed|^now$|monotonic|perf_counter|^hrtime$", re.I)


def is_clock(name: str) -> bool:
    """True for the name of something that tells the time, or how much of it has passed."""
    return _CLOCKS.search(name) is not None


def fold_operator(op: str, left: Value, right: Value, site: Site) -> Value | None:
    """Arithmetic on two constants, texts put together, and folders with what is in them."""
    if isinstance(left, Env) and isinstance(right, Const) and op != "%":
        return left  # Still whatever the environment says, in another unit.
    if op == "+":
        text = added(left, right, site)
    elif op == "%":
        text = percent(left, right, site)
    elif op == "/" and isinstance(left, (Made, Member, PathV)) and isinstance(right, (Const, TextV, PathV)):
        text = PathV(left, right)
    else:
        text = None
    if text is not None:
        return text
    if not (isinstance(left, Const) and isinstance(right, Const)):
        return None
    number = _arithmetic(op, left.value, right.value)
    return None if number is None else Const(number, site, left.via)


def _arithmetic(op: str, a: object, b: object) -> int | float | None:
    if isinstance(a, bool) or isinstance(b, bool) or not isinstance(a, (int, float)) or not isinstance(b, (int, float)):
        return None
    try:
        if op == "+":
            return a + b
        if op == "-":
            return a - b
        if op == "*" and abs(a) < 1e12 and abs(b) < 1e12:
            return a * b
        if op == "/":
            return a / b
        if op == "//":
            return a // b
        if op == "**" and abs(a) <= 1e4 and 0 <= b <= 16:
            result = a**b
            return result if isinstance(result, (int, float)) else None
    except (ZeroDivisionError, OverflowError):
        return None
    return None
