"""Facts about model calls: what the rules read. Made by `gonogo.link` from generic facts and the SDK registry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from gonogo.findings import Place
from gonogo.link.values import CallSite, Const, Env, Made, Site, Values
from gonogo.registry.sdks import CallSpec, ClientSpec, Sdk

if TYPE_CHECKING:
    from gonogo.link.entries import Entry
    from gonogo.link.metering import Meter
    from gonogo.link.reach import Step
    from gonogo.link.responses import ResponseUses
    from gonogo.link.tracing import Covering


@dataclass(frozen=True, eq=False, slots=True)
class Setting:
    """What a call was told under one neutral name.

    status: `given`; `absent` (surely not given); `open` (may be given by something that cannot be read).
    `layer` says where it was found: on the call, on a derived client, or where the client is made.
    """

    status: Literal["given", "absent", "open"]
    values: Values = ()
    site: Site | None = None
    layer: Literal["", "call", "derived", "client"] = ""

    @property
    def constants(self) -> tuple[Const, ...]:
        """The known values."""
        return tuple(v for v in self.values if isinstance(v, Const))

    @property
    def complete(self) -> bool:
        """True if every value is known, apart from what an environment variable may put in place of a default."""
        known = all(isinstance(v, Const) or (isinstance(v, Env) and v.has_default) for v in self.values)
        return self.status == "given" and bool(self.constants) and known

    @property
    def number(self) -> float | None:
        """The value, if it is one known number."""
        numbers = {
            v.value for v in self.constants if isinstance(v.value, (int, float)) and not isinstance(v.value, bool)
        }
        if self.complete and len(numbers) == 1 and len(self.constants) >= 1:
            return numbers.pop()
        return None

    @property
    def none(self) -> Const | None:
        """The value, if it is `None` and nothing else."""
        if self.complete and all(v.value is None for v in self.constants):
            return self.constants[0]
        return None


ABSENT = Setting("absent")
OPEN = Setting("open")


Wait = Literal["none", "constant", "growing", "unknown"]


@dataclass(frozen=True, eq=False, slots=True)
class OwnRetry:
    """Retrying that the application does itself around a call.

    wait: `none`, `constant`, `growing`, or `unknown`; `everything`: client errors are retried as well;
    `attempts`: total number of tries, `None` if unknown, `inf` for ever.
    """

    kind: Literal["decorator", "loop", "library"]
    place: Place
    wait: Wait
    jitter: bool | None
    everything: bool
    everything_place: Place | None = None
    attempts: float | None = None
    name: str = ""
    reads_retry_after: bool = False
    sure: bool = True
    """False if it is not certain that the call is always made through it."""


@dataclass(frozen=True, eq=False, slots=True)
class AgentLoop:
    """A loop or recursion that feeds results back to the model. `capped` is `None` where it cannot be told."""

    kind: Literal["loop", "recursion", "framework"]
    place: Place
    capped: bool | None
    cap_text: str = ""
    cap_place: Place | None = None
    cap: float | None = None
    disabled: Place | None = None
    """Where a cap is switched off or set absurdly high."""
    budget: bool = False
    hint: str = ""


@dataclass(eq=False, slots=True)
class ModelCall:
    """One place that reaches a model."""

    site: CallSite
    sdk: Sdk
    spec: CallSpec
    client: ClientSpec | None
    made: Made | None
    """The constructor call of the client."""
    derived: tuple[CallSite, ...]
    method: str
    place: Place
    area: str
    app: str
    settings: dict[str, Setting] = field(default_factory=dict)
    own_retries: tuple[OwnRetry, ...] = ()
    loops: tuple[AgentLoop, ...] = ()
    deadline: Setting = ABSENT
    """A deadline set around the call (`asyncio.wait_for`), in seconds."""
    steps: tuple[Step, ...] = ()
    """Every function on a way to the call, nearest first; the first is the one that holds it."""
    entries: tuple[Entry, ...] = ()
    """What sets the call off, nearest first; queues are looked through."""
    route: Place | None = None
    """The nearest entry that people outside can set off."""
    confidence: Literal["high", "medium"] = "high"
    answer: ResponseUses | None = None
    """What happens to the answer; `None` until it has been followed."""
    tracing: tuple[Covering, ...] = ()
    """Tracing integrations and spans that cover the call."""
    meters: tuple[Meter, ...] = ()
    """Metrics observed around the call."""
    usage_logged: bool | None = None
    stop_reason_checked: bool | None = None
    catalogs: tuple[str, ...] = ()
    skip: int = 0
    """Positional arguments of the call that are not the model's (`to_thread(client.messages.create, ...)`)."""
    handed_on: bool = False
    """The function around the call is handed on as a value: what stands around it then is not all seen."""
    stream: bool | None = False

    def setting(self, name: str) -> Setting:
        """The setting `name`, absent if nothing gives it."""
        return self.settings.get(name, ABSENT)

    @property
    def waited_for(self) -> bool:
        """True if somebody outside waits for the answer: an entry leads here, and not through a queue."""
        return any(entry.outside and not entry.steps[0].later for entry in self.entries)

    @property
    def max_tokens_note(self) -> str:
        """What happens when no limit on the answer is set."""
        return (self.client.max_tokens_note if self.client is not None else "") or self.sdk.max_tokens_note

    @property
    def retried_by(self) -> tuple[OwnRetry, ...]:
        """The application's own retries that surely stand around the call."""
        return tuple(own for own in self.own_retries if own.sure)

    @property
    def title(self) -> str:
        """How reports name the call: `messages.create`."""
        return self.method

    @property
    def line(self) -> int:
        return self.place.span.line


def first(items: Iterable[Const]) -> Const | None:
    """The first constant, if any."""
    return next(iter(items), None)
