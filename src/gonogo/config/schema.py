"""The published JSON Schema of the configuration."""

from __future__ import annotations

from pathlib import Path


def schema_text() -> str:
    """The schema, as shipped; a test holds it to the keys that are accepted."""
    return Path(__file__).with_name("config.schema.json").read_text("utf-8")
