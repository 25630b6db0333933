"""Model SDKs as data: which constructors make a client, which calls reach a model, and where their settings stand.

One TOML file per SDK under `rules/sdks/`. Settings have neutral names (`SETTINGS`), so that a rule asks a call for its
`timeout` and never for an SDK's own word for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from gonogo.languages import Language
from gonogo.registry.data import DataError, load_all

SETTINGS = (
    "model", "max_tokens", "messages", "system", "tools", "timeout", "retries", "stream", "key", "header_key",
    "base_url", "cap", "budget", "cache", "signal", "goes_on",
)  # fmt: skip
"""Neutral names of what a call or client can be told. `signal` ends a call from outside, maybe after a time;
`goes_on` is what makes a single call a loop; `header_key` is the key in a header of a plain request."""


@dataclass(frozen=True, slots=True)
class Older:
    """Releases of `package` before `below` stopped a loop after `default` turns when nothing was said."""

    package: str
    below: str
    default: int


@dataclass(frozen=True, slots=True)
class Loop:
    """A call that runs an agent loop of its own. `default` is its cap in turns when none is given, `None` no cap."""

    cap: tuple[str, ...] = ()
    default: int | None = None
    needs: str = ""
    """Setting without which there is no loop (`tools`)."""
    absurd: int = 1_000
    """A cap above this is none."""
    text: str = ""
    """What the SDK does without a cap, for messages."""
    older: Older | None = None


@dataclass(frozen=True, slots=True)
class CallSpec:
    """Calls that reach a model. `tails` are what follows the client; `functions` are full names of functions.

    `args` lists, per setting, the places to look in: dotted paths into the named arguments; `#0` is the first
    positional one (also of the call that made a value: `#0.model.#0`). A step `name()` is the first argument of a call
    of `name`, and `()` that of any call, or the value itself if no call made it.
    """

    tails: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    args: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stream: bool | None = None
    """Whether the call always (or never) streams, whatever its arguments say."""
    streaming: tuple[str, ...] = ()
    """Tails among `tails` that stream."""
    requires: tuple[str, ...] = ()
    """Settings without which the request fails."""
    unlimited_without: tuple[str, ...] = ()
    """Settings that may be left out, with the model's ceiling as the result."""
    unless: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Setting → texts; a call whose setting contains one of them does not generate (embeddings)."""
    not_with: tuple[str, ...] = ()
    """Places of arguments that only requests for something other than text carry (images, embeddings)."""
    loop: Loop | None = None
    retries: int | None = None
    """The SDK's own default for functions without a client."""
    timeout: float | str | None = None
    unit: float = 1.0
    batch: bool = False
    """It sends many requests that nobody waits for."""
    result: str = "response"
    has_max_tokens: bool = True
    clients: tuple[str, ...] = ()
    """Kinds of client the call belongs to; empty for all of the file."""
    takes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Argument → symbols one of which must have made it (`client.send(new ConverseCommand(...))`)."""


@dataclass(frozen=True, slots=True)
class ClientSpec:
    """A client (or model object): how it is made and what it is told. Times are seconds after `unit` is applied."""

    names: tuple[str, ...]
    kind: str = ""
    catalogs: tuple[str, ...] = ()
    args: dict[str, tuple[str, ...]] = field(default_factory=dict)
    when: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Argument path → values one of which must be given (`boto3.client("bedrock-runtime")`)."""
    derive: frozenset[str] = frozenset()
    """Methods that answer a changed copy of the client; their arguments are settings."""
    told: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    """Method that derives a client → places of settings in its arguments, where they are not those of `args`."""
    transparent: frozenset[str] = frozenset()
    """Attributes on the way to a call that change nothing (`beta`, `with_raw_response`)."""
    retries: int | None = None
    """The SDK's default number of retries; 0 means that it never retries unless told."""
    timeout: float | str | None = None
    """The SDK's default timeout in seconds, or `none`."""
    unit: float = 1.0
    retry_with: frozenset[str] = frozenset()
    """Derivations that add retries with backoff (`with_retry`)."""
    fallback_with: frozenset[str] = frozenset()
    retries_off: tuple[float, ...] = (0,)
    max_tokens_note: str = ""
    """What happens without a limit, where it differs from the rest of the SDK."""
    later: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Method called on the client afterwards → places of its retries (`session.mount(..., HTTPAdapter(...))`)."""


@dataclass(frozen=True, slots=True)
class ResponseSpec:
    """Names of the members of an answer, by what they tell."""

    usage: frozenset[str] = frozenset()
    stop: frozenset[str] = frozenset()
    text: frozenset[str] = frozenset()
    id: frozenset[str] = frozenset()
    usage_functions: tuple[str, ...] = ()
    """Functions that make the cost or usage of an answer out of it."""
    keys_only: bool = False
    """The object's attributes are not the answer's: only keys of what it holds are."""
    whole: bool = True
    """Printing the answer prints its usage."""
    later: tuple[str, ...] = ()
    """Methods of the same client that hand out the answer."""
    handlers: frozenset[str] = frozenset()
    """Methods of callback objects that are given the answer."""
    callbacks: tuple[str, ...] = ()
    """Options of a call, and events of what it answers, whose functions are given the answer as their first."""
    errors_inside: bool = False
    """Errors of a streamed call are parts of its stream: nothing is raised."""
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Member of the parts of a stream → its fields that only some parts have: on any other a read of one fails."""
    blocks: frozenset[str] = frozenset()
    """Members among `text` that are lists or objects: only what they hold under `text` is text itself."""


@dataclass(frozen=True, slots=True)
class Sdk:
    """All that is known of one SDK."""

    id: str
    title: str
    needles: tuple[bytes, ...]
    clients: tuple[ClientSpec, ...]
    calls: tuple[CallSpec, ...]
    catalogs: tuple[str, ...]
    max_tokens_note: str = ""
    """What happens without a limit on the answer."""
    retries_fix: str = ""
    timeout_fix: str = ""
    max_tokens_fix: str = ""
    """How this SDK is told, as sentences; empty where the fix of the rule says it."""
    batches: tuple[str, ...] = ()
    """Sections of the catalog whose own API, asked through this SDK, takes batches; Claude on the clouds does not."""
    hosts: tuple[str, ...] = ()
    """Pieces of addresses that only generating endpoints have; an SDK with hosts is plain HTTP."""
    not_hosts: tuple[str, ...] = ()
    """Pieces of addresses next to those that generate nothing."""
    globals: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Setting → module attributes that set it for all calls (`litellm.num_retries`)."""
    response: ResponseSpec = ResponseSpec()
    language: Language = "python"
    """Language of the programs that use it."""

    @property
    def key(self) -> str:
        """The SDK in its language: two SDKs of one vendor can have the same id."""
        return f"{self.id}/{self.language}"

    @property
    def packages(self) -> frozenset[str]:
        """Import names without which no file makes a client or calls a function of the SDK."""
        names = [name for client in self.clients for name in client.names]
        names += [name for call in self.calls for name in call.functions]
        return frozenset(name.split(".")[0] for name in names)


def _texts(table: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise DataError(f"{where}: {key} must be a list of texts")
    return tuple(value)


def _paths(table: dict[str, Any], key: str, where: str) -> dict[str, tuple[str, ...]]:
    found = table.get(key, {})
    return {name: _texts(found, name, f"{where}.{key}") for name in found}


def _settings(table: dict[str, Any], where: str, key: str = "args") -> dict[str, tuple[str, ...]]:
    paths = _paths(table, key, where)
    for name in paths:
        if name not in SETTINGS:
            raise DataError(f"{where}: {name!r} is no setting; known are {', '.join(SETTINGS)}")
    return paths


CLIENT_KEYS = {
    "names", "kind", "catalogs", "args", "when", "derive", "transparent", "retries", "timeout", "unit", "retry_with",
    "fallback_with", "retries_off", "max_tokens_note", "later", "told",
}  # fmt: skip
CALL_KEYS = {
    "tails", "functions", "args", "stream", "streaming", "requires", "unlimited_without", "unless", "not_with", "loop",
    "retries", "timeout", "unit", "batch", "result", "has_max_tokens", "clients", "takes",
}  # fmt: skip
SDK_KEYS = {
    "id", "title", "language", "needles", "clients", "calls", "catalogs", "max_tokens_note", "retries_fix",
    "timeout_fix", "max_tokens_fix", "batches", "hosts", "not_hosts", "globals", "response",
}  # fmt: skip
RESPONSE_KEYS = {
    "usage", "stop", "text", "id", "usage_functions", "keys_only", "whole", "later", "handlers", "blocks", "callbacks",
    "errors_inside", "parts",
}  # fmt: skip


def _check(table: dict[str, Any], allowed: set[str], where: str) -> None:
    for key in table:
        if key not in allowed:
            raise DataError(f"{where}: unknown key {key!r}")


def _client(table: dict[str, Any], where: str) -> ClientSpec:
    _check(table, CLIENT_KEYS, where)
    return ClientSpec(
        names=_texts(table, "names", where),
        kind=table.get("kind", ""),
        catalogs=_texts(table, "catalogs", where),
        args=_settings(table, where),
        when=_paths(table, "when", where),
        derive=frozenset(_texts(table, "derive", where)),
        told={method: _settings(table["told"], where, method) for method in table.get("told", {})},
        transparent=frozenset(_texts(table, "transparent", where)),
        retries=table.get("retries"),
        timeout=table.get("timeout"),
        unit=float(table.get("unit", 1.0)),
        retry_with=frozenset(_texts(table, "retry_with", where)),
        fallback_with=frozenset(_texts(table, "fallback_with", where)),
        retries_off=tuple(table.get("retries_off", (0,))),
        max_tokens_note=table.get("max_tokens_note", ""),
        later=_paths(table, "later", where),
    )


def _call(table: dict[str, Any], where: str) -> CallSpec:
    _check(table, CALL_KEYS, where)
    loop = table.get("loop")
    return CallSpec(
        tails=_texts(table, "tails", where),
        functions=_texts(table, "functions", where),
        args=_settings(table, where),
        stream=table.get("stream"),
        streaming=_texts(table, "streaming", where),
        requires=_texts(table, "requires", where),
        unlimited_without=_texts(table, "unlimited_without", where),
        unless=_paths(table, "unless", where),
        not_with=_texts(table, "not_with", where),
        loop=None
        if loop is None
        else Loop(
            cap=_texts(loop, "cap", where),
            default=loop.get("default"),
            needs=loop.get("needs", ""),
            absurd=int(loop.get("absurd", 1_000)),
            text=loop.get("text", ""),
            older=Older(**loop["older"]) if "older" in loop else None,
        ),
        retries=table.get("retries"),
        timeout=table.get("timeout"),
        unit=float(table.get("unit", 1.0)),
        batch=bool(table.get("batch", False)),
        result=table.get("result", "response"),
        has_max_tokens=bool(table.get("has_max_tokens", True)),
        clients=_texts(table, "clients", where),
        takes=_paths(table, "takes", where),
    )


def _response(table: dict[str, Any], where: str) -> ResponseSpec:
    _check(table, RESPONSE_KEYS, where)
    return ResponseSpec(
        usage=frozenset(_texts(table, "usage", where)),
        stop=frozenset(_texts(table, "stop", where)),
        text=frozenset(_texts(table, "text", where)),
        id=frozenset(_texts(table, "id", where)),
        usage_functions=_texts(table, "usage_functions", where),
        keys_only=bool(table.get("keys_only", False)),
        whole=bool(table.get("whole", True)),
        later=_texts(table, "later", where),
        handlers=frozenset(_texts(table, "handlers", where)),
        callbacks=_texts(table, "callbacks", where),
        errors_inside=bool(table.get("errors_inside", False)),
        blocks=frozenset(_texts(table, "blocks", where)),
        parts=_paths(table, "parts", where),
    )


def _language(table: dict[str, Any], where: str) -> Language:
    language = table.get("language", "python")
    if language not in ("python", "ecma"):
        raise DataError(f"{where}: language is python or ecma, not {language!r}")
    found: Language = language
    return found


def read_sdk(table: dict[str, Any], where: str) -> Sdk:
    """One SDK from its TOML table. Raises `DataError` naming the place of a mistake."""
    _check(table, SDK_KEYS, where)
    clients = tuple(_client(c, f"{where}: clients[{i}]") for i, c in enumerate(table.get("clients", [])))
    calls = tuple(_call(c, f"{where}: calls[{i}]") for i, c in enumerate(table.get("calls", [])))
    return Sdk(
        id=table["id"],
        title=table["title"],
        needles=tuple(n.lower().encode() for n in _texts(table, "needles", where)),
        clients=clients,
        calls=calls,
        catalogs=_texts(table, "catalogs", where),
        max_tokens_note=table.get("max_tokens_note", ""),
        retries_fix=table.get("retries_fix", ""),
        timeout_fix=table.get("timeout_fix", ""),
        max_tokens_fix=table.get("max_tokens_fix", ""),
        batches=_texts(table, "batches", where),
        hosts=_texts(table, "hosts", where),
        not_hosts=_texts(table, "not_hosts", where),
        globals=_paths(table, "globals", where),
        response=_response(table.get("response", {}), f"{where}: response"),
        language=_language(table, where),
    )


@cache
def all_sdks() -> tuple[Sdk, ...]:
    """Every SDK under `rules/sdks/`, by id."""
    return tuple(sorted((read_sdk(table, name) for name, table in load_all("sdks")), key=lambda sdk: sdk.key))
