"""Tracing integrations that are switched on, and the model calls they cover."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Call, CallRef, Compare, Expr, Index, Lit, Name
from gonogo.facts.span import Span
from gonogo.findings import Place
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import known_text, place_of, symbol
from gonogo.link.module import DEFAULT, Module, tail_name
from gonogo.link.values import CallSite, Const, DictV, Ext, InstV, Made, SeqV, Value, Values
from gonogo.link.walk import walk
from gonogo.registry.observability import (
    Names,
    Tracer,
    callback_sdks,
    deployment,
    last_word,
    package,
    same_name,
    span_methods,
    tracers,
)

if TYPE_CHECKING:
    from gonogo.lexical.index import LexicalIndex
    from gonogo.link.reach import Step
    from gonogo.workspace.discover import Workspace

DEPLOY_LIMIT = 262_144
_CALLBACKS = frozenset({"callbacks"})
"""Bytes read of one deployment file."""


@dataclass(frozen=True, eq=False, slots=True)
class Covering:
    """An integration that covers a call, and the line that proves it. `sure` is false where it may be switched off."""

    title: str
    place: Place
    usage: bool
    sure: bool = True
    opt_in: bool = False
    """It is off unless a variable of the environment switches it on."""


@dataclass(frozen=True, eq=False, slots=True)
class _Switch:
    tracer: Tracer
    app: str
    place: Place
    client: CallSite | None = None
    """The constructor call of the one client it covers."""
    sure: bool = True
    opt_in: bool = False
    sdks: Names = ()
    """SDKs it covers, where these are fewer than the integration's."""


class Tracing:
    """Finds what is switched on, once per run."""

    def __init__(self, evaluator: Evaluator, index: LexicalIndex, workspace: Workspace) -> None:
        self._evaluator = evaluator
        self._index = index
        self._workspace = workspace
        self._files = {file.path: file for file in workspace.files}
        self._off: set[tuple[str, str]] = set()
        self._switches: list[_Switch] | None = None

    def covering(self, call: ModelCall) -> list[Covering]:
        """The integrations that cover `call`, nearest first."""
        found = list(self._by_itself(call))
        for step in call.steps:
            found.extend(self._around(step.module, step.call.function, step.call.blocks))
            if step.module.language == "ecma":
                found.extend(self._handed(step))
                found.extend(self._opened(step))
        found.extend(self._flagged(call))
        for switch in self._on():
            tracer = switch.tracer
            sdks = switch.sdks or tracer.sdks
            if switch.app != call.app or (sdks and call.sdk.id not in sdks):
                continue
            if call.sdk.hosts and not sdks:
                continue  # A plain HTTP request is nothing an integration for SDKs knows about.
            if switch.client is not None and not _made_by(call, switch.client):
                continue
            found.append(Covering(tracer.title, switch.place, tracer.usage, switch.sure, switch.opt_in))
        return found

    # --- at the call ---

    def _by_itself(self, call: ModelCall) -> Iterator[Covering]:
        """Clients that record, proxies, callbacks handed over, and SDKs that record unless told not to."""
        made = symbol(call.made.callee) if call.made is not None else ""
        address = [text for text in map(known_text, call.setting("base_url").values) if text]
        callbacks = list(self._callbacks(call))
        handed = [symbol(value).removesuffix("()") for value in callbacks]
        for value in callbacks:
            if isinstance(value, InstV) and any(self._evaluator.method(value, n) for n in call.sdk.response.handlers):
                yield Covering(f"the handler {value.cls.name}", call.place, True, sure=False)
        for tracer in tracers():
            proxied = any(host in text for host in tracer.hosts for text in address)
            if proxied or any(made.startswith(prefix) for prefix in tracer.clients):
                yield Covering(tracer.title, self._made_at(call), tracer.usage)
            elif any(same_name(name, known) for name in handed for known in tracer.callbacks):
                yield Covering(tracer.title, call.place, tracer.usage)
            elif call.sdk.id in tracer.default:
                self._on()
                if (tracer.id, call.app) not in self._off:
                    yield Covering(f"{tracer.title} (on by default)", call.place, tracer.usage)

    def _made_at(self, call: ModelCall) -> Place:
        if call.made is None or call.made.call is None:
            return call.place
        return place_of(call.made.call.module, call.made.call.call.span)

    def _callbacks(self, call: ModelCall) -> Iterator[Value]:
        sites = [call.site, *call.derived, *([call.made.call] if call.made is not None and call.made.call else [])]
        for site in sites:
            positional, named = self._evaluator.arguments(site)
            groups: list[Values] = [named.entries.get("callbacks", ())]
            first = 0 if site.module.language == "ecma" else 1
            for value in (*named.entries.get("config", ()), *(v for values in positional[first:2] for v in values)):
                if isinstance(value, DictV):
                    groups.append(value.entries.get("callbacks", ()))
            for value in (v for group in groups for v in group):
                if isinstance(value, SeqV):
                    yield from (item for items in value.items for item in items)
                else:
                    yield value

    def _around(self, module: Module, function: int | None, blocks: tuple[int, ...]) -> Iterator[Covering]:
        """Decorators of the function and its outer ones, and context managers around the call."""
        frame = self._evaluator.project.frame(module, function)
        for block in module.enclosing(blocks, "with"):
            for item in block.items:
                known = list(self._named(module, item, self._evaluator.values(item, frame), "contexts"))
                yield from known
                if not known and isinstance(item, CallRef):
                    name = tail_name(module.facts.calls[item.index].callee)
                    if name in span_methods():
                        yield Covering(f"the span of {name}", place_of(module, item.span), False, sure=False)
        while function is not None:
            fact = module.facts.functions[function]
            outer = self._evaluator.project.frame(module, fact.parent)
            for decorator in fact.decorators:
                yield from self._named(module, decorator, self._evaluator.values(decorator, outer), "decorators")
            function = fact.parent

    def _handed(self, step: Step) -> Iterator[Covering]:
        """The function around the call, handed to what covers it: `traceable(async () => ...)`."""
        if step.how == "passed":
            values = self._evaluator.callee(
                CallSite(self._evaluator.project.frame(step.module, step.call.function), step.call)
            )
            for kind in ("contexts", "decorators"):
                yield from self._named(step.module, CallRef(step.call.index, step.call.span), values, kind)

    def _opened(self, step: Step) -> Iterator[Covering]:
        """A span that the function begins and ends itself."""
        for word in _openers():
            for call in step.module.calls_by_tail.get(word, ()):
                if call.function == step.call.function:
                    site = CallSite(self._evaluator.project.frame(step.module, call.function), call)
                    values = self._evaluator.callee(site)
                    yield from self._named(step.module, CallRef(call.index, call.span), values, "opens")

    def _flagged(self, call: ModelCall) -> Iterator[Covering]:
        """A record the call asks for in its options; it goes nowhere unless something receives it."""
        for tracer in tracers():
            if tracer.flags and call.sdk.id in tracer.sdks and self._asks(call, tracer.flags):
                received = any(module.app == call.app for module, _ in self._calls(tracer.receivers))
                yield Covering(tracer.title, call.place, tracer.usage, received)

    def _asks(self, call: ModelCall, flags: Names) -> bool:
        positional, _ = self._evaluator.arguments(call.site)
        for flag in flags:
            values = positional[0] if positional else ()
            for name in flag.split("."):
                values = tuple(v for o in values if isinstance(o, DictV) for v in o.entries.get(name, ()))
            if values and not all(isinstance(v, Const) and not v.value for v in values):
                return True
        return False

    @staticmethod
    def _named(module: Module, expr: Expr, values: Values, kind: str) -> Iterator[Covering]:
        names = {symbol(value).removesuffix("()") for value in values} - {""}
        for tracer in tracers() if names else ():
            known: Names = getattr(tracer, kind)
            if any(same_name(name, other) for name in names for other in known):
                yield Covering(tracer.title, place_of(module, expr.span), tracer.usage)

    # --- anywhere in the application ---

    def _on(self) -> list[_Switch]:
        if self._switches is None:
            self._switches = []
            for tracer in tracers():
                self._switches.extend(self._by_imports(tracer))
                self._switches.extend(self._by_calls(tracer))
                self._switches.extend(self._by_settings(tracer))
                self._switches.extend(self._by_callbacks(tracer))
                self._find_off(tracer)
            self._switches.extend(self._by_environment())
        return self._switches

    def _modules(self, names: Names) -> Iterator[Module]:
        """Application modules that import the package of one of `names` and hold its last word."""
        packages = {package(name) for name in names}
        words = {last_word(name) for name in names} - {DEFAULT}
        for word in sorted(words):
            for path in sorted(self._index.by_identifier(word)):
                file = self._files.get(path)
                if file is None or file.area != "app" or not packages & self._index.imported_packages(path):
                    continue
                module = self._evaluator.project.module(path)
                if module is not None:
                    yield module

    def _calls(self, names: Names) -> Iterator[tuple[Module, CallSite]]:
        seen: set[tuple[str, int]] = set()
        for module in self._modules(names):
            for word in sorted({last_word(name) for name in names}):
                for call in module.calls_by_tail.get(word, []):
                    if (module.path, call.index) in seen or call.decorator_of is not None:
                        continue
                    seen.add((module.path, call.index))
                    site = CallSite(self._evaluator.project.frame(module, call.function), call)
                    values = self._evaluator.callee(site)
                    if any(same_name(symbol(value), name) for value in values for name in names):
                        yield module, site

    def _by_imports(self, tracer: Tracer) -> Iterator[_Switch]:
        for name in tracer.imports:
            for path in sorted(self._index.importing(name)):
                file = self._files.get(path)
                if file is not None and file.area == "app":
                    yield _Switch(tracer, file.app, Place(path, Span(1, 1, 1, 1)))

    def _by_calls(self, tracer: Tracer) -> Iterator[_Switch]:
        for module, site in self._calls(tracer.switch) if tracer.switch else ():
            if not tracer.arguments or self._given(site, tracer.arguments):
                yield _Switch(tracer, module.app, place_of(module, site.call.span), sure=tracer.sure)
        for module, site in self._calls(tracer.wrappers) if tracer.wrappers else ():
            positional, named = self._evaluator.arguments(site)
            values = positional[0] if positional else named.entries.get("client", ())
            for value in values:
                if isinstance(value, Made) and value.call is not None:
                    opt_in = _opt_in(module, site.call)
                    place = place_of(module, site.call.span)
                    yield _Switch(tracer, module.app, place, value.call, not opt_in, opt_in)

    def _by_callbacks(self, tracer: Tracer) -> Iterator[_Switch]:
        """A handler made where callbacks are handed over: chains and graphs pass it on to the models inside them."""
        for module, site in self._calls(tracer.callbacks) if tracer.callbacks else ():
            if self._index.held(module.path, _CALLBACKS):
                place = place_of(module, site.call.span)
                yield _Switch(tracer, module.app, place, sdks=callback_sdks())

    def _given(self, site: CallSite, arguments: Names) -> bool:
        positional, named = self._evaluator.arguments(site)
        options = [named]
        if site.module.language == "ecma":
            options = [value for values in positional for value in values if isinstance(value, DictV)]
        for given in options:
            for name in arguments:
                values = given.entries.get(name, ())
                if values and not all(isinstance(v, Const) and not v.value for v in values):
                    return True
        return any(given.open for given in options)

    def _find_off(self, tracer: Tracer) -> None:
        for module, site in self._calls(tracer.off) if tracer.off else ():
            positional, _ = self._evaluator.arguments(site)
            if not positional or any(isinstance(v, Const) and v.value for v in positional[0]):
                self._off.add((tracer.id, module.app))

    def _by_settings(self, tracer: Tracer) -> Iterator[_Switch]:
        for module in self._modules(tracer.settings) if tracer.settings else ():
            for assign in module.facts.assigns:
                name = getattr(assign.target, "name", "")
                if name not in {last_word(setting) for setting in tracer.settings}:
                    continue
                frame = self._evaluator.project.frame(module, assign.function)
                bases = self._evaluator.values(getattr(assign.target, "base", assign.target), frame)
                values = self._evaluator.values(assign.value, frame)
                empty = all(isinstance(v, SeqV) and not v.items for v in values)
                if any(isinstance(b, Ext) and f"{b.name}.{name}" in tracer.settings for b in bases) and not empty:
                    yield _Switch(tracer, module.app, place_of(module, assign.span))

    # --- the environment ---

    def _by_environment(self) -> Iterator[_Switch]:
        deployed = deployment()
        with_env = [tracer for tracer in tracers() if tracer.env or tracer.commands]
        for tracer in with_env:
            yield from self._set_in_code(tracer)
        for file in self._workspace.files:
            sample = deployed.samples.fullmatch(file.path) is not None
            if (not sample and deployed.files.fullmatch(file.path) is None) or file.area in (
                "vendored",
                "test",
                "docs",
            ):
                continue
            text = self._text(file.path)
            for tracer in with_env if text else ():
                line = _switched(text, tracer)
                if line:
                    yield _Switch(tracer, file.app, Place(file.path, Span(line, 1, line, 1)), None, not sample)

    def _text(self, path: str) -> str:
        from gonogo.workspace.read import Unreadable, decode

        try:
            return decode(self._workspace.read(path, DEPLOY_LIMIT))
        except Unreadable:
            return ""

    def _set_in_code(self, tracer: Tracer) -> Iterator[_Switch]:
        """`os.environ["NAME"] = "true"`, and `os.environ.setdefault("NAME", "true")`."""
        for name in tracer.env:
            for path in sorted(self._index.by_identifier(name)):
                file = self._files.get(path)
                module = self._evaluator.project.module(path) if file is not None and file.area == "app" else None
                if module is None:
                    continue
                place = self._assigned(module, name) or self._defaulted(module, name)
                yield _Switch(
                    tracer, module.app, place or Place(path, Span(1, 1, 1, 1)), None, sure=place is not None
                )  # fmt: skip

    def _assigned(self, module: Module, name: str) -> Place | None:
        for assign in module.facts.assigns:
            if not isinstance(assign.target, Index):
                continue
            frame = self._evaluator.project.frame(module, assign.function)
            keys = self._evaluator.values(assign.target.key, frame)
            if any(isinstance(k, Const) and k.value == name for k in keys):
                values = self._evaluator.values(assign.value, frame)
                said = any(isinstance(v, Const) and str(v.value).lower() in ("true", "1") for v in values)
                if said and not module.enclosing(assign.blocks, "branch"):
                    return place_of(module, assign.span)
        return None

    def _defaulted(self, module: Module, name: str) -> Place | None:
        for call in module.calls_by_tail.get("setdefault", []):
            site = CallSite(self._evaluator.project.frame(module, call.function), call)
            positional, _ = self._evaluator.arguments(site)
            said = [{str(v.value).lower() for v in values if isinstance(v, Const)} for values in positional[:2]]
            if len(said) == 2 and name.lower() in said[0] and said[1] & {"true", "1"}:
                return place_of(module, call.span)
        return None


def _opt_in(module: Module, call: Call) -> bool:
    """True in a branch for those who switched it on: `if (process.env.TRACING === "true")`."""
    for block in module.enclosing(call.blocks, "branch"):
        tests = [block.test] if block.test is not None else []
        if isinstance(block.test, Name):
            name = block.test.id
            tests += [a.value for a in module.facts.assigns if isinstance(a.target, Name) and a.target.id == name]
        for test in tests:
            for part in walk(test, module.facts):
                if isinstance(part, Compare) and any(
                    isinstance(r, Lit) and r.value in ("true", "1") for r in part.rights
                ):
                    return True
    return False


@cache
def _openers() -> frozenset[str]:
    return frozenset(last_word(name) for tracer in tracers() for name in tracer.opens)


def _switched(text: str, tracer: Tracer) -> int:
    """Line on which a deployment file switches the integration on; 0 if none does."""
    patterns = [
        rf"(?m)^[^\n#]*?\b{re.escape(name)}[\"']?[ \t]*[:= \t][ \t]*[\"']?(?:true|True|TRUE|1)\b" for name in tracer.env
    ]
    patterns += [
        rf"(?m)\bname:[ \t]*{re.escape(name)}[ \t]*\n[ \t]*value:[ \t]*[\"']?(?:true|1)" for name in tracer.env
    ]
    patterns += [rf"(?m)^[^\n#]*?\b{re.escape(command)}\b" for command in tracer.commands]
    for pattern in patterns:
        match = re.search(pattern, text)
        if match is not None:
            return text.count("\n", 0, match.start()) + 1
    return 0


def _made_by(call: ModelCall, site: CallSite) -> bool:
    return call.made is not None and call.made.call is not None and call.made.call.call is site.call
