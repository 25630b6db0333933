"""The rules: one module per checklist item. Importing this package registers them all."""

from gonogo.rules import agent_limits, max_tokens, pinned_models, retries, secret_storage, timeouts
from gonogo.rules.base import ITEMS, RULES, AppFacts

__all__ = [
    "ITEMS", "RULES", "AppFacts", "agent_limits", "max_tokens", "pinned_models", "retries", "secret_storage",
    "timeouts",
]  # fmt: skip
