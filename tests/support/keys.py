"""Keys of valid form, made from pieces at run time, so that no scanner finds one in this repository.

They are random but the same on every run. `expand` fills the markers `{{key:NAME}}` and `{{key:NAME:SEED}}` that
fixtures hold in place of keys.
"""

from __future__ import annotations

import base64
import random
import re
import string
import zlib
from collections.abc import Callable

_ALNUM = string.ascii_letters + string.digits
_WORD = _ALNUM + "-_"
_BASE64 = _ALNUM + "+/"
_HEX = "0123456789abcdef"
_UPPER = string.ascii_uppercase + "234567"
_LOWER = string.ascii_lowercase + string.digits
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase

_MARKER = re.compile(r"\{\{key:([a-z0-9-]+)(?::(\d+))?\}\}")


class _Source:
    """A source of random characters."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same keys on every run

    def take(self, alphabet: str, count: int) -> str:
        # Neighbours differ, so that no run ever looks like a placeholder.
        text = ""
        while len(text) < count:
            char = self._random.choice(alphabet)
            if not text or char != text[-1]:
                text += char
        return text

    def uuid(self) -> str:
        return "-".join(self.take(_HEX, size) for size in (8, 4, 4, 4, 12))

    def data(self, size: int) -> bytes:
        return self._random.randbytes(size)


def _checked(prefix: str, source: _Source) -> str:
    body = source.take(_ALNUM, 30)
    value, digits = zlib.crc32(body.encode()), ""
    while value:
        value, digit = divmod(value, 62)
        digits = _BASE62[digit] + digits
    return prefix + body + digits.rjust(6, "0")


def _marked(prefix: str, half: int, source: _Source) -> str:
    marker = base64.b64encode(b"OpenAI").decode()[:8]
    return f"sk-{prefix}" + source.take(_ALNUM, half) + marker + source.take(_ALNUM, half)


def _pem(source: _Source, *, label: str = "RSA ", line: str = "\n") -> str:
    text = base64.b64encode(b"\x30\x82\x04\xa4\x02\x01\x00\x02\x82\x01\x01\x00" + source.data(600)).decode()
    rows = [text[i : i + 64] for i in range(0, len(text), 64)]
    dashes = "-" * 5
    return line.join(
        [f"{dashes}BEGIN {label}PRIVATE " + f"KEY{dashes}", *rows, f"{dashes}END {label}PRIVATE KEY{dashes}"]
    )


def _bedrock(source: _Source) -> str:
    return "AB" + "SK" + base64.b64encode(b"BedrockAPIKey-" + source.data(80)).decode()


_MAKERS: dict[str, Callable[[_Source], str]] = {
    "anthropic-api": lambda s: "sk-" + "ant-api03-" + s.take(_WORD[:-2], 1) + s.take(_WORD, 92) + "AA",
    "anthropic-admin": lambda s: "sk-" + "ant-admin01-" + s.take(_ALNUM, 1) + s.take(_WORD, 92) + "AA",
    "anthropic-oauth": lambda s: "sk-" + "ant-oat01-" + s.take(_ALNUM, 1) + s.take(_WORD, 92) + "AA",
    "anthropic-other": lambda s: "sk-" + "ant-sid01-" + s.take(_ALNUM, 1) + s.take(_WORD, 92) + "AA",
    "openai-project": lambda s: _marked("proj-", 74, s),
    "openai-legacy": lambda s: _marked("", 20, s),
    "google-api": lambda s: "AI" + "za" + s.take(_ALNUM, 35),
    "google-gemini": lambda s: "AQ" + ".Ab8" + "RN6" + s.take(_ALNUM, 44),
    "google-oauth-secret": lambda s: "GOC" + "SPX-" + s.take(_ALNUM, 28),
    "google-oauth-token": lambda s: "ya" + "29." + s.take(_WORD, 120) + "Q",
    "aws-key-id": lambda s: "AK" + "IA" + s.take(_UPPER, 15) + "7",
    "bedrock-api-key": _bedrock,
    "bedrock-short-term": lambda s: (
        "bedrock-" + "api-key-" + base64.b64encode(b"bedrock.amazonaws.com").decode() + s.take(_ALNUM, 60)
    ),
    "azure-key": lambda s: s.take(_ALNUM, 52) + "JQ" + "QJ99" + s.take(_ALNUM, 26),
    "azure-client-secret": lambda s: s.take(_ALNUM, 3) + "8" + "Q~" + s.take(_ALNUM, 34),
    "azure-storage": lambda s: s.take(_BASE64, 86) + "==",
    "openrouter": lambda s: "sk-" + "or-v1-" + s.take(_HEX, 64),
    "groq": lambda s: "gs" + "k_" + s.take(_ALNUM, 52),
    "xai": lambda s: "xa" + "i-" + s.take(_ALNUM, 80),
    "huggingface": lambda s: "h" + "f_" + s.take(_ALNUM, 34),
    "replicate": lambda s: "r" + "8_" + s.take(_ALNUM, 37),
    "nvidia": lambda s: "nv" + "api-" + s.take(_ALNUM, 64),
    "perplexity": lambda s: "pp" + "lx-" + s.take(_ALNUM, 48),
    "cerebras": lambda s: "cs" + "k-" + s.take(_LOWER, 48),
    "together": lambda s: "tgp" + "_v1_" + s.take(_ALNUM, 43),
    "vercel-gateway": lambda s: "vc" + "k_" + s.take(_ALNUM, 56),
    "minimax": lambda s: "sk-" + "api-" + s.take(_ALNUM, 119),
    "langsmith": lambda s: "lsv2" + "_pt_" + s.take(_HEX, 32) + "_" + s.take(_HEX, 10),
    "langfuse": lambda s: "sk-" + "lf-" + s.uuid(),
    "pinecone": lambda s: "pc" + "sk_" + s.take(_ALNUM, 6) + "_" + s.take(_ALNUM, 63),
    "wandb": lambda s: "wandb" + "_v1_" + s.take(_ALNUM, 77),
    "tavily": lambda s: "tv" + "ly-dev-" + s.take(_ALNUM, 32),
    "github": lambda s: _checked("gh" + "p_", s),
    "github-fine-grained": lambda s: "github" + "_pat_" + s.take(_ALNUM, 22) + "_" + s.take(_ALNUM, 59),
    "npm": lambda s: _checked("np" + "m_", s),
    "pypi": lambda s: "py" + "pi-" + "AgEIcHlwaS5vcmc" + s.take(_ALNUM, 140),
    "gitlab": lambda s: "gl" + "pat-" + s.take(_ALNUM, 20),
    "slack": lambda s: (
        "xo" + "xb-" + s.take("123456789", 12) + "-" + s.take("123456789", 12) + "-" + s.take(_ALNUM, 24)
    ),
    "slack-app": lambda s: (
        "xa" + "pp-1-A0" + s.take(_UPPER, 9) + "-" + s.take("123456789", 13) + "-" + s.take(_HEX, 64)
    ),
    "slack-webhook": lambda s: (
        "hooks.slack" + ".com/services/T" + s.take(_UPPER, 9) + "/B" + s.take(_UPPER, 9) + "/" + s.take(_ALNUM, 24)
    ),
    "stripe-live": lambda s: "sk" + "_live_" + s.take(_ALNUM, 24),
    "sendgrid": lambda s: "S" + "G." + s.take(_ALNUM, 22) + "." + s.take(_ALNUM, 43),
    "telegram": lambda s: s.take("123456789", 10) + ":" + "AA" + s.take(_ALNUM, 33),
    "supabase-secret": lambda s: "sb" + "_secret_" + s.take(_ALNUM, 31),
    "supabase-token": lambda s: "sb" + "p_" + s.take(_HEX, 40),
    "private-key": _pem,
    "private-key-json": lambda s: _pem(s, label="", line="\\n"),
    "database-url": lambda s: "postgres" + "ql://svc:" + s.take(_ALNUM, 20) + "@db.prod-cluster.net",
    "mistral": lambda s: s.take(_ALNUM, 31) + "7",
    "cohere": lambda s: s.take(_ALNUM, 39) + "7",
    "deepseek": lambda s: "sk-" + s.take(_HEX, 32),
    "moonshot": lambda s: "sk-" + s.take(_ALNUM, 48),
    "stability": lambda s: "sk-" + s.take(_ALNUM, 48),
    "azure-openai": lambda s: s.take(_HEX, 32),
    "aws-secret": lambda s: s.take(_BASE64, 39) + "7",
    "together-legacy": lambda s: s.take(_HEX, 64),
    "fireworks": lambda s: "fw" + "_" + s.take(_ALNUM, 24),
    "zai": lambda s: s.take(_HEX, 32) + "." + s.take(_ALNUM, 16),
    "ollama": lambda s: s.take(_HEX, 32) + "." + s.take(_ALNUM, 24),
    "fal": lambda s: s.uuid() + ":" + s.take(_HEX, 32),
    "voyage": lambda s: "pa" + "-" + s.take(_ALNUM, 43),
    "elevenlabs": lambda s: "sk" + "_" + s.take(_HEX, 48),
    "deepgram": lambda s: s.take(_HEX, 40),
    "assemblyai": lambda s: s.take(_HEX, 32),
    "pinecone-legacy": lambda s: s.uuid(),
    "wandb-legacy": lambda s: s.take(_HEX, 40),
    "discord": lambda s: s.take(_ALNUM, 26) + "." + s.take(_ALNUM, 6) + "." + s.take(_ALNUM, 38),
}


def names() -> list[str]:
    """Every kind of key that can be made; most are called like their format."""
    return sorted(_MAKERS)


def make(name: str, seed: int = 0) -> str:
    """A key of the kind `name`; another one for every `seed`.

    Raises:
        KeyError: there is no such kind.
    """
    return _MAKERS[name](_Source(f"{name}:{seed}"))


_CARRIERS = {
    "aws-secret": 'AWS_SECRET_ACCESS_KEY = "{}"\n',
    "azure-openai": 'AZURE_OPENAI_API_KEY = "{}"\n',
    "azure-storage": 'connect("AccountName=data;AccountKey={}")\n',
    "discord": 'DISCORD_TOKEN = "{}"\n',
    "private-key": 'CERTIFICATE = """\n{}\n"""\n',
}


def carrier(name: str, key: str) -> str:
    """A line of code, or several, in which a key of the kind `name` is known for what it is."""
    variable = name.replace("-legacy", "").replace("-", "_").upper()
    return _CARRIERS.get(name, f'{variable}_API_KEY = "{{}}"\n').format(key)


def expand(text: str) -> str:
    """`text` with its markers replaced by keys.

    Raises:
        KeyError: a marker names a kind that does not exist.
    """
    return _MARKER.sub(lambda match: make(match[1], int(match[2] or 0)), text)
