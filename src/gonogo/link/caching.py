"""How a call has its prompt cached: how long the fixed part is, where a breakpoint stands, what varies before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from gonogo.facts.lifted import ModelCall
from gonogo.facts.prompts import Extent, Mark, PromptFacts, Varying
from gonogo.link.evaluate import Evaluator
from gonogo.link.extents import UNSEEN, Extents, braced, chained
from gonogo.link.instructions import Instructions, Sent, instructions, is_nothing, system_content
from gonogo.link.lift import Lifter, same_symbol, symbol
from gonogo.link.text_files import TextFiles
from gonogo.link.values import Const, DictV, FuncV, InstV, Made, SeqV, Site, TextV, Value, Values
from gonogo.link.varying import Freshness
from gonogo.registry.prompts import marks as mark_data
from gonogo.registry.sdks import all_sdks

if TYPE_CHECKING:
    from gonogo.lexical.index import LexicalIndex
    from gonogo.workspace.discover import Workspace

STEPS = 3_000
"""Steps of evaluation for one question about a prompt. What took more did not come clear with ten times as many."""
OWN_TOOLS = ("custom", "function")
"""Types of tools that the application describes in full."""
MAX_DEPTH = 8
MAX_VALUES = 2_000


class Prompts:
    """Facts about prompts, made for each call when they are first asked for."""

    def __init__(self, evaluator: Evaluator, workspace: Workspace, index: LexicalIndex) -> None:
        self._evaluator = evaluator.more_thorough()
        self._lifter = Lifter(self._evaluator, all_sdks())
        self._index = index
        self._extents = Extents(self._evaluator, TextFiles(self._evaluator, workspace))
        self._freshness = Freshness(self._evaluator)
        self._facts: dict[int, PromptFacts] = {}

    def of(self, call: ModelCall) -> PromptFacts:
        """What `call` sends again and again."""
        found = self._facts.get(id(call))
        if found is None:
            with self._evaluator.within(STEPS):
                found = self._facts[id(call)] = self._read(call)
        return found

    def _read(self, call: ModelCall) -> PromptFacts:
        sent = Sent(*(self._lifter.setting(name, call) for name in ("system", "messages", "tools", "cache")))
        told = instructions(call, sent, self._evaluator)
        system = self._system(call, told)
        tools = self._tools(call, sent)
        marks, all_seen = self._marks(sent, told)
        marked: bool | None = bool(marks)
        if not marks and not all_seen and self._marks_nearby(call, sent):
            marked = None
        return PromptFacts(
            system=system,
            tools=tools,
            marked=marked,
            marks=tuple(marks),
            varying=tuple(self._varying(call, marks, told, tools)),
            cached=self._cached(call, marks, told, tools),
        )

    # --- sizes ---

    def _system(self, call: ModelCall, told: Instructions) -> tuple[Extent, ...]:
        found = [self._one(value, call) for value in told.values]
        return tuple(found if told.complete else [*found, UNSEEN])

    def _one(self, value: Value, call: ModelCall) -> Extent:
        pair = isinstance(value, SeqV) and len(value.items) == 2 and system_content(value, self._evaluator) is not None
        if pair and isinstance(value, SeqV):
            # ("system", "... {name} ...") of a prompt template.
            text = next((v.value for v in value.items[1] if isinstance(v, Const) and isinstance(v.value, str)), None)
            if text is not None and len(value.items[1]) == 1:
                return braced(text)
            return chained(self._extents.of(v, call.site.module.path) for v in value.items[1][:1])
        return self._extents.of(value, call.site.module.path)

    def _tools(self, call: ModelCall, sent: Sent) -> tuple[Extent, ...]:
        setting = sent.tools
        if setting.status == "absent":
            return ()
        values = [v for v in setting.values if not is_nothing(v)]
        found = [self._listed(value, call.site.module.path) for value in values]
        # An argument that is given on some paths only: what it then is was seen.
        complete = setting.status == "given" or bool(setting.values)
        return tuple(found if complete else [*found, UNSEEN])

    def _listed(self, value: Value, importer: str) -> Extent:
        """The extent of a tool list; what the provider puts in place of a tool it hosts is fixed, and not known."""
        extent = self._extents.as_json(value, importer)
        tools = [v for item in value.items for v in item] if isinstance(value, SeqV) else []
        kinds = (v for tool in tools if isinstance(tool, DictV) for v in tool.entries.get("type", ()))
        hosted = any(isinstance(v, Const) and v.value not in OWN_TOOLS for v in kinds)
        return replace(extent, sure=False, most=None, short=extent.sure or extent.short) if hosted else extent

    # --- marks ---

    def _marks(self, sent: Sent, told: Instructions) -> tuple[list[Mark], bool]:
        """Marks of the call, and whether everything that could carry one was seen."""
        found: list[Mark] = []
        setting = sent.cache
        seen = setting.status != "open"
        for value in setting.values:
            if not isinstance(value, Const) or value.value:
                marked = list(self._in_value(value))
                # A list of middleware, of which only some cache.
                if not isinstance(value, (SeqV, Made)) or marked:
                    found.append(Mark("request", setting.site))
        for value in told.values:
            found.extend(self._in_system(value))
        parts: list[tuple[Literal["tools", "messages"], Values, bool]] = [
            ("tools", sent.tools.values, sent.tools.status != "open"),
            ("messages", sent.messages.values, sent.messages.status != "open"),
        ]
        for part, values, complete in parts:
            seen = seen and complete
            for value in values:
                if isinstance(value, SeqV) and part == "messages":
                    items = [v for item in value.items for v in item if system_content(v, self._evaluator) is None]
                    found.extend(Mark(part, site) for v in items for site in self._in_value(v))
                else:
                    found.extend(Mark(part, site) for site in self._in_value(value))
        return found, seen and told.complete and self._settled(sent, told)

    def _settled(self, sent: Sent, told: Instructions) -> bool:
        """True if no value is unknown in which a mark could be hidden."""
        values = [*told.values, *sent.tools.values, *sent.messages.values]
        for count, value in enumerate(_inside(values, self._evaluator)):
            if count > MAX_VALUES or not isinstance(value, (Const, TextV, DictV, SeqV, FuncV)):
                return False
            if isinstance(value, (DictV, SeqV)) and value.open:
                return False
        return True

    def _in_system(self, value: Value) -> Iterator[Mark]:
        content = system_content(value, self._evaluator)
        blocks = content if content is not None else (value,)
        for block in blocks:
            if isinstance(block, SeqV) and not (content is None and len(blocks) > 1):
                for number, item in enumerate(block.items):
                    for one in item:
                        for site in self._in_value(one):
                            yield Mark("system", site, number)
            else:
                for site in self._in_value(block):
                    yield Mark("system", site)
        if content is not None:
            # On the message itself.
            for site in self._own_marks(value):
                yield Mark("system", site)
            mapping = _mapping(value, self._evaluator)
            held = [v for key in mark_data().holders for v in mapping.entries.get(key, ())] if mapping else []
            for site in (site for inner in held for site in self._in_value(inner)):
                yield Mark("system", site)

    def _in_value(self, value: Value) -> Iterator[Site | None]:
        for count, one in enumerate(_inside([value], self._evaluator)):
            if count > MAX_VALUES:
                return
            yield from self._own_marks(one)

    def _own_marks(self, value: Value) -> Iterator[Site | None]:
        data = mark_data()
        named = symbol(value.callee) if isinstance(value, Made) else ""
        if isinstance(value, Made) and value.call and any(same_symbol(named, name) for name in data.objects):
            yield value.call.site
        mapping = _mapping(value, self._evaluator)
        for key in data.keys if mapping is not None else ():
            given = mapping.entries.get(key, ()) if mapping is not None else ()
            if any(not (isinstance(v, Const) and not v.value) for v in given) and mapping is not None:
                yield mapping.sites.get(key)

    def _marks_nearby(self, call: ModelCall, sent: Sent) -> bool:
        """True if a file on the way to the call, or one that it imports, speaks of such marks."""
        holders = {path for word in mark_data().words for path in self._index.by_identifier(word)}
        if not holders:
            return False
        project = self._evaluator.project
        modules = {step.module.path: step.module for step in call.steps} or {call.site.module.path: call.site.module}
        for setting in (sent.system, sent.messages, sent.tools):
            module = project.modules.get(setting.site.path) if setting.site is not None else None
            if module is not None:
                modules[module.path] = module
        for module in modules.values():
            if module.path in holders:
                return True
            for item in module.facts.imports:
                if project.resolver.resolve_from(item.module, item.name or "", item.level, module.path) in holders:
                    return True
        return False

    # --- what stands in front of a breakpoint ---

    def _cached(
        self, call: ModelCall, marks: list[Mark], told: Instructions, tools: tuple[Extent, ...]
    ) -> Extent | None:
        """What a call has cached, if all marks are in tools and system prompt and every part of it is known."""
        if not marks or any(mark.part in ("messages", "request") for mark in marks):
            return None
        parts: list[Extent] = list(tools)
        in_system = [mark for mark in marks if mark.part == "system"]
        if in_system and len(told.values) != 1:
            return None
        if in_system:
            parts.append(self._up_to(told.values[0], in_system, call))
        return chained(parts) if len(tools) <= 1 and told.complete else None

    def _up_to(self, value: Value, marks: list[Mark], call: ModelCall) -> Extent:
        """The system prompt up to its last marked block."""
        last = max((mark.block for mark in marks if mark.block is not None), default=None)
        if last is None or not isinstance(value, SeqV):
            return self._one(value, call)
        kept = SeqV(value.items[: last + 1], False)
        return self._extents.of(kept, call.site.module.path)

    def _varying(
        self, call: ModelCall, marks: list[Mark], told: Instructions, tools: tuple[Extent, ...]
    ) -> Iterator[Varying]:
        """What is new in every request and stands before the last breakpoint."""
        if not marks or call.loops:
            return  # Within an agent loop a prefix made once is sent many times.
        beyond = any(mark.part in ("messages", "request") for mark in marks)
        in_system = [mark for mark in marks if mark.part == "system"]
        extents = list(tools)
        for value in told.values:
            if beyond:
                extents.append(self._one(value, call))
            elif in_system:
                extents.append(self._up_to(value, in_system, call))
        seen: set[object] = set()
        for extent in extents:
            for hole in extent.holes:
                found = self._freshness.of(hole, call)
                if found is not None and found.place not in seen:
                    seen.add(found.place)
                    yield found


def _mapping(value: Value, evaluator: Evaluator) -> DictV | None:
    """The entries of a mapping, or of an object made with named arguments."""
    if isinstance(value, DictV):
        return value
    call = value.call if isinstance(value, Made) else value.made if isinstance(value, InstV) else None
    return None if call is None else evaluator.arguments(call)[1]


def _inside(values: list[Value] | Values, evaluator: Evaluator) -> Iterator[Value]:
    """Values and everything in them, as far as it is known."""
    todo = [(value, 0) for value in reversed(list(values))]
    while todo:
        value, depth = todo.pop()
        yield value
        if depth >= MAX_DEPTH:
            continue
        inner: list[Values] = []
        if isinstance(value, SeqV):
            inner = list(value.items)
        elif isinstance(value, DictV):
            inner = list(value.entries.values())
        elif isinstance(value, (Made, InstV)):
            call = value.call if isinstance(value, Made) else value.made
            if call is not None:
                positional, named = evaluator.arguments(call)
                inner = [*positional, *named.entries.values()]
        todo.extend((one, depth + 1) for found in reversed(inner) for one in reversed(found))
