"""Operators on known values: arithmetic and texts put together."""

from __future__ import annotations

from gonogo.link.values import Const, Env, Site, TextV, Value


def fold_operator(op: str, left: Value, right: Value, site: Site) -> Value | None:
    """Arithmetic on two constants, and concatenation of texts."""
    if op == "+" and isinstance(left, (Const, TextV)) and isinstance(right, (Const, TextV)):
        parts = [*text_parts(left), *text_parts(right)]
        if parts and all(isinstance(p, str) for p in parts) and isinstance(left, Const) and isinstance(left.value, str):
            return Const("".join(p for p in parts if p), site)
        if any(isinstance(v, TextV) or isinstance(v.value, str) for v in (left, right)):
            return TextV(tuple(parts), site)
    if isinstance(left, Env) and isinstance(right, Const):
        return left  # Still whatever the environment says, in another unit.
    if not (isinstance(left, Const) and isinstance(right, Const)):
        return None
    a, b = left.value, right.value
    if isinstance(a, bool) or isinstance(b, bool) or not isinstance(a, (int, float)) or not isinstance(b, (int, float)):
        return None
    try:
        if op == "+":
            return Const(a + b, site, left.via)
        if op == "-":
            return Const(a - b, site, left.via)
        if op == "*" and abs(a) < 1e12 and abs(b) < 1e12:
            return Const(a * b, site, left.via)
        if op == "/":
            return Const(a / b, site, left.via)
        if op == "//":
            return Const(a // b, site, left.via)
        if op == "**" and abs(a) <= 1e4 and 0 <= b <= 16:
            return Const(a**b, site, left.via)
    except (ZeroDivisionError, OverflowError):
        return None
    return None


def text_parts(value: Const | TextV) -> list[str | None]:
    """Known texts and holes of a text value; anything but text is a hole."""
    if isinstance(value, TextV):
        return list(value.parts)
    return [value.value] if isinstance(value.value, str) else [None]
