"""Amounts of money as people read them."""

from __future__ import annotations

import math


def dollars(amount: float) -> str:
    """An amount in US dollars with two digits that count, rounded up: `$0.0064`, `$0.31`, `$19`, `$1,300`."""
    if amount <= 0:
        return "$0"
    step = 10.0 ** (math.floor(math.log10(amount)) - 1)
    # The little that binary fractions are off must not count as more.
    rounded = math.ceil(amount / step - 1e-9) * step
    if rounded >= 10:
        return f"${rounded:,.0f}"
    digits = max(2, -math.floor(math.log10(rounded)) + 1)
    return f"${rounded:.{digits}f}"
