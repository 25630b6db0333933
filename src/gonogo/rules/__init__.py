"""The rules: one module per checklist item. Importing this package registers them all."""

from importlib import import_module
from pkgutil import iter_modules

from gonogo.rules.base import ITEMS, RULES, AppFacts

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["ITEMS", "RULES", "AppFacts"]
