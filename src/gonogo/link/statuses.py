"""Status codes of HTTP (RFC 9110, and 429 of RFC 6585) by what they tell a client."""

from __future__ import annotations

FAILED = 400
"""From here on something failed."""
REFUSED = frozenset({401, 403})
"""Whoever asks is not let in."""
TOO_MANY = 429
