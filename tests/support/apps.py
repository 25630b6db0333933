"""Small applications that several tests start from."""

from __future__ import annotations

CLIENT = """\
from anthropic import Anthropic

client = Anthropic(max_retries=3, timeout=30)


def ask(text: str) -> str:
    message = client.messages.create(
        model="claude-sonnet-5-5", max_tokens=200, messages=[{"role": "user", "content": text}]
    )
    return message.content[0].text
"""
"""Calls a model with retries, a timeout and a limit."""
NO_RETRIES = CLIENT.replace("max_retries=3", "max_retries=0")
