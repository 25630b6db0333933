"""From generic facts to model calls: which calls reach a model, by which client, and what they are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gonogo.facts.lifted import ABSENT, ModelCall, Setting
from gonogo.facts.model import Attr, Call, CallRef, DictLit, Expr, Lit
from gonogo.facts.span import Span
from gonogo.findings import Place
from gonogo.languages import GLOBAL
from gonogo.link.evaluate import Evaluator
from gonogo.link.module import Module, tail_name
from gonogo.link.values import (
    CallSite,
    Const,
    DictV,
    Ext,
    FuncV,
    InstV,
    Made,
    Member,
    PipeV,
    SeqV,
    Site,
    TextV,
    Value,
    Values,
    merge,
)
from gonogo.registry.running import runs
from gonogo.registry.sdks import CallSpec, ClientSpec, Sdk

MAX_CHAIN = 24
"""Attributes and derivations followed from a call back to its client."""

IDENTIFYING = frozenset({"base_url"})
"""Settings without which it cannot be told whether a request goes to a model."""


@dataclass(frozen=True, eq=False, slots=True)
class Root:
    """What a callee starts from, and the names that lead from there to the call."""

    value: Value
    names: tuple[str, ...]
    derived: tuple[CallSite, ...]


def place_of(module: Module, span: Span) -> Place:
    """A place in a module; in notebooks the line counts within its cell."""
    cells = module.facts.cells
    if not cells:
        return Place(module.path, span)
    start, number = cells[0]
    for first_line, cell in cells:
        if first_line > span.line:
            break
        start, number = first_line, cell
    shift = start - 1
    return Place(module.path, Span(span.line - shift, span.column, span.end_line - shift, span.end_column), number)


def symbol(value: Value) -> str:
    """A value's name: full import name, `()` for a call, `.name` for an attribute; empty if it has none."""
    if isinstance(value, Ext):
        return value.name
    if isinstance(value, Member):
        base = symbol(value.base)
        return f"{base}.{value.name}" if base else ""
    if isinstance(value, Made):
        base = symbol(value.callee)
        return f"{base}()" if base else ""
    return ""


class Lifter:
    """Recognises model calls by the registry."""

    def __init__(self, evaluator: Evaluator, sdks: tuple[Sdk, ...]) -> None:
        self._evaluator = evaluator
        self.sdks = sdks
        self._attributes: dict[str, tuple[Values, Site]] = {}
        self._attributes_version = -1
        self._global_names = frozenset(
            name.rsplit(".", 1)[-1] for sdk in sdks for names in sdk.globals.values() for name in names
        )
        self._derive = frozenset(name for sdk in sdks for client in sdk.clients for name in client.derive)
        self._tails: dict[str, list[tuple[Sdk, CallSpec, tuple[str, ...]]]] = {}
        self._functions: dict[str, list[tuple[Sdk, CallSpec]]] = {}
        self._clients: dict[str, list[tuple[Sdk, ClientSpec]]] = {}
        for sdk in sdks:
            for spec in sdk.calls:
                for tail in spec.tails:
                    names = tuple(tail.split("."))
                    self._tails.setdefault(names[-1], []).append((sdk, spec, names))
                for name in spec.functions:
                    self._functions.setdefault(name.rsplit(".", 1)[-1], []).append((sdk, spec))
            for client in sdk.clients:
                for name in client.names:
                    self._clients.setdefault(name.rsplit(".", 1)[-1], []).append((sdk, client))

    @property
    def call_names(self) -> frozenset[str]:
        """Last names of everything that may be a model call."""
        return frozenset(self._tails) | frozenset(self._functions)

    def tail_words(self) -> list[tuple[Sdk, frozenset[str]]]:
        """For each kind of call, the identifiers a file must hold to make it through an object it was given."""
        found = {(sdk.key, frozenset(names)): sdk for entries in self._tails.values() for sdk, _, names in entries}
        return [(sdk, names) for (_, names), sdk in sorted(found.items(), key=lambda kv: (kv[0][0], sorted(kv[0][1])))]

    def calls(self, module: Module, frame_of: Evaluator, *, bare: bool = False) -> Iterator[ModelCall]:
        """Model calls of one module, in source order. `bare` ones have no settings, which take most of the work."""
        names = self.call_names
        found = [call for name in sorted(names & module.calls_by_tail.keys()) for call in module.calls_by_tail[name]]
        for call in sorted({id(c): c for c in found}.values(), key=lambda c: c.index):
            lifted = self._lift(module, call, frame_of, bare)
            if lifted is not None:
                yield lifted
        yield from self._handed_on(module, frame_of, bare)

    def _handed_on(self, module: Module, evaluator: Evaluator, bare: bool) -> Iterator[ModelCall]:
        """`to_thread(client.messages.create, model=...)`: the method is an argument and its arguments follow it."""
        for name in sorted(self.call_names & module.references.keys()):
            for call in module.references[name]:
                site = CallSite(evaluator.project.frame(module, call.function), call)
                if not _hands_on(evaluator.callee(site)):
                    continue
                for position, arg in enumerate(call.args):
                    for value in evaluator.values(arg.value, site.frame, evaluator.at(call)):
                        match = self._match(value)
                        if match is not None:
                            yield self._build(module, call, site, match, skip=position + 1, bare=bare)
                            break

    def _lift(self, module: Module, call: Call, evaluator: Evaluator, bare: bool) -> ModelCall | None:
        if call.decorator_of is not None:
            return None
        site = CallSite(evaluator.project.frame(module, call.function), call)
        for value in evaluator.callee(site):
            match = self._match(value)
            if match is not None:
                lifted = self._build(module, call, site, match, bare=bare)
                if self._generates(lifted):
                    return lifted
        return None

    def _generates(self, call: ModelCall) -> bool:
        """False for requests that reach no model: other endpoints, and calls that say so themselves."""
        if not self._takes(call):
            return False
        if _says_otherwise(call) or any(self._look_up(call.site, (path,), 0)[0] for path in call.spec.not_with):
            return False
        if not call.sdk.hosts:
            return True
        bases = [""]
        if call.client is not None and call.made is not None and call.made.call is not None:
            found = self._look_up(call.made.call, call.client.args.get("base_url", ()), 0)[0]
            bases += [text for text in map(known_text, found) if text]
        for text in map(known_text, call.setting("base_url").values):
            for base in bases:
                address = (
                    text if not base or "://" in (text or "") else f"{base.rstrip('/')}/{(text or '').lstrip('/')}"
                )
                if address and any(host in address for host in call.sdk.hosts):
                    return not any(other in address for other in call.sdk.not_hosts)
        return False

    def _takes(self, call: ModelCall) -> bool:
        """False if an argument that must come from certain constructors does not."""
        for path, allowed in call.spec.takes.items():
            values = self._look_up(call.site, (path,), 0)[0]
            names = {symbol(v.callee) for v in values if isinstance(v, Made)} - {""} or _written(call.site, path)
            if not any(
                same_symbol(name, known) or name == known.rsplit(".", 1)[-1] for name in names for known in allowed
            ):
                return False
        return True

    # --- recognition ---

    def roots(self, value: Value) -> list[Root]:
        """Where a callee starts: the client, or the external function itself."""
        names: list[str] = []
        derived: list[CallSite] = []
        for _ in range(MAX_CHAIN):
            if isinstance(value, Member):
                names.insert(0, value.name)
                value = value.base
            elif isinstance(value, Made) and isinstance(value.callee, Member) and value.callee.name in self._derive:
                if value.call is not None:
                    derived.append(value.call)
                value = value.callee.base
            else:
                break
        if isinstance(value, PipeV):
            found: list[Root] = []
            for part in value.parts:
                found.extend(Root(r.value, (*r.names, *names), (*derived, *r.derived)) for r in self.roots(part))
            return found
        return [Root(value, tuple(names), tuple(derived))]

    def client_of(self, value: Value) -> tuple[Sdk, ClientSpec] | None:
        """The client a value is, if its constructor is known."""
        if not isinstance(value, Made):
            return None
        name = symbol(value.callee)
        if not name:
            return None
        last = name.rsplit(".", 1)[-1]
        for sdk, client in self._clients.get(last, []):
            for candidate in client.names:
                if same_symbol(name, candidate) and self._when(client, value):
                    return sdk, client
        return None

    def _when(self, client: ClientSpec, made: Made) -> bool:
        if not client.when:
            return True
        if made.call is None:
            return False
        for path, allowed in client.when.items():
            found = self._look_up(made.call, (path,), 0)
            if any(isinstance(v, Const) and v.value in allowed for v in found[0]):
                return True
        return False

    def _match(
        self, value: Value
    ) -> tuple[Sdk, CallSpec, ClientSpec | None, Made | None, tuple[CallSite, ...], str] | None:
        name = symbol(value)
        known_functions = self._functions.get(name.rsplit(".", 1)[-1], []) if name else []
        for same in (str.__eq__, re_exported):
            for sdk, spec in known_functions:
                for function in spec.functions:
                    if same(name, function):
                        return sdk, spec, None, None, (), _method(function)
        for root in self.roots(value):
            if not root.names:
                continue
            known = self.client_of(root.value)
            if known is None:
                continue
            sdk, client = known
            names = tuple(n for n in root.names if n not in client.transparent)
            for other, spec, tail in self._tails.get(root.names[-1], []):
                if other is not sdk or tail != names or (spec.clients and client.kind not in spec.clients):
                    continue
                assert isinstance(root.value, Made)
                return sdk, spec, client, root.value, root.derived, ".".join(root.names)
        return None

    # --- settings ---

    def _build(
        self,
        module: Module,
        call: Call,
        site: CallSite,
        match: tuple[Sdk, CallSpec, ClientSpec | None, Made | None, tuple[CallSite, ...], str],
        skip: int = 0,
        bare: bool = False,
    ) -> ModelCall:
        sdk, spec, client, made, derived, method = match
        settings: dict[str, Setting] = {}
        names = set(spec.args) | (set(client.args) if client else set())
        bare = bare and sdk.language != "ecma"
        if bare:
            names &= IDENTIFYING
        for name in sorted(names):
            settings[name] = self._setting(name, spec, client, site, derived, made, skip)
        lifted = ModelCall(
            site=site, sdk=sdk, spec=spec, client=client, made=made, derived=derived, method=method,
            place=place_of(module, call.span), area=module.area, app=module.app, settings=settings,
            catalogs=(client.catalogs if client and client.catalogs else sdk.catalogs), skip=skip,
        )  # fmt: skip
        if bare:
            return lifted
        self._from_elsewhere(lifted)
        lifted.stream = _streams(lifted)
        return lifted

    def setting(self, name: str, call: ModelCall) -> Setting:
        """One setting of a call, read by this lifter's own evaluator."""
        return self._setting(name, call.spec, call.client, call.site, call.derived, call.made, call.skip)

    def _from_elsewhere(self, call: ModelCall) -> None:
        """Settings made neither at the call nor where the client is made: later on the client, or for the whole SDK."""
        for name, attributes in call.sdk.globals.items():
            if call.setting(name).status == "absent":
                for attribute in attributes:
                    found = self._module_attributes().get(attribute)
                    if found is not None:
                        call.settings[name] = Setting("given", found[0], found[1], "client")
        if call.client is None or call.made is None or call.made.call is None:
            return
        for method, paths in call.client.later.items():
            if call.setting("retries").status != "absent":
                break
            module = call.made.call.module
            for other in module.calls_by_tail.get(method, []):
                site = CallSite(self._evaluator.project.frame(module, other.function), other)
                mine = any(
                    isinstance(v, Member) and isinstance(v.base, Made) and v.base.call is not None
                    and v.base.call.call is call.made.call.call
                    for v in self._evaluator.callee(site)
                )  # fmt: skip
                values, where, _, _ = self._look_up(site, paths, 0) if mine else ((), None, False, False)
                if values:
                    call.settings["retries"] = Setting("given", values, where, "client")

    def _module_attributes(self) -> dict[str, tuple[Values, Site]]:
        """What the project assigns to attributes of foreign modules (`litellm.num_retries = 3`)."""
        project = self._evaluator.project
        if self._attributes_version != project.epoch:
            self._attributes_version = project.epoch
            self._attributes = {}
            for module in project.all():
                for assign in module.facts.assigns:
                    if not isinstance(assign.target, Attr) or assign.target.name not in self._global_names:
                        continue
                    frame = project.frame(module, assign.function)
                    for base in self._evaluator.values(assign.target.base, frame):
                        if isinstance(base, Ext):
                            values = self._evaluator.values(assign.value, frame)
                            name = f"{base.name}.{assign.target.name}"
                            self._attributes[name] = (values, Site(module.path, assign.span))
        return self._attributes

    def _setting(
        self,
        name: str,
        spec: CallSpec,
        client: ClientSpec | None,
        site: CallSite,
        derived: tuple[CallSite, ...],
        made: Made | None,
        skip: int,
    ) -> Setting:
        is_open = False
        maybe: Values = ()
        if name in spec.args:
            values, where, opened, sure = self._look_up(site, spec.args[name], skip)
            is_open = is_open or opened
            if values and sure:
                return Setting("given", values, where, "call")
            maybe = values
        if client is not None and name in client.args:
            for layer in derived:
                told = client.told.get(tail_name(layer.call.callee), client.args)
                values, where, opened, sure = self._look_up(layer, told.get(name, ()), 0)
                if values:
                    return Setting("given", merge([maybe, values]), where, "derived")
                is_open = is_open or opened
            if made is not None and made.call is not None:
                values, where, opened, sure = self._look_up(made.call, client.args[name], 0)
                if values:
                    return Setting("given" if sure else "open", merge([maybe, values]), where, "client")
                is_open = is_open or opened
            elif made is not None:
                is_open = True
        if maybe:
            return Setting("open", maybe)
        return Setting("open") if is_open else ABSENT

    def _look_up(self, site: CallSite, paths: tuple[str, ...], skip: int) -> tuple[Values, Site | None, bool, bool]:
        """Values at the first of `paths` that has any, where they are written, may more be set unseen, always set?"""
        # In JavaScript, files on the way to a setting are met by following the other arguments as well.
        heads = None if site.module.language == "ecma" else _heads(paths, skip)
        positional, named = self._evaluator.arguments(site, heads)
        positional = positional[skip:]
        opened = named.open
        for path in paths:
            steps = path.split(".")
            head = steps[0]
            sure = True
            if head.startswith("#"):
                index = int(head[1:])
                values = positional[index] if index < len(positional) else ()
                where: Site | None = None
                args = [a for a in site.call.args if a.name is None and not a.spread][skip:]
                if index < len(args):
                    where = Site(site.module.path, args[index].span)
                    part = _written_member(args[index].value, steps[1]) if len(steps) > 1 else None
                    if part is not None:
                        # Asked for alone, so that a long trail to one option does not hide the others.
                        values = self._evaluator.values(part, site.frame, self._evaluator.at(site.call))
                        where = Site(site.module.path, part.span)
                        steps = steps[1:]
            else:
                values = named.entries.get(head, ())
                where = named.sites.get(head)
                sure = head not in named.maybe
            for step in steps[1:]:
                if not values:
                    break
                values, inner, more, inner_sure = self._step(values, step)
                opened = opened or more
                where = inner or where
                sure = sure and inner_sure
            if values:
                return values, where, opened, sure
        return (), None, opened, True

    def _step(self, values: Values, step: str) -> tuple[Values, Site | None, bool, bool]:
        groups: list[Values] = []
        where: Site | None = None
        opened, sure = False, True
        if step.endswith("()"):
            return self._made_by(values, step.removesuffix("()"))
        for value in values:
            if step.startswith("#"):
                call = value.call if isinstance(value, Made) else value.made if isinstance(value, InstV) else None
                given = self._evaluator.arguments(call)[0] if call is not None else []
                groups.extend(given[int(step[1:]) : int(step[1:]) + 1])
                opened = opened or call is None
                continue
            if step == "*":
                if isinstance(value, SeqV):
                    groups.extend(value.items)
                    opened = opened or value.open
                else:
                    opened = opened or not isinstance(value, Const)
                continue
            mapping: DictV | None = None
            if isinstance(value, DictV):
                mapping = value
            elif isinstance(value, (Made, InstV)):
                call = value.call if isinstance(value, Made) else value.made
                mapping = self._evaluator.arguments(call)[1] if call is not None else None
            if mapping is None:
                opened = opened or not (isinstance(value, Const) and value.value is None)
                continue
            opened = opened or mapping.open
            found = mapping.entries.get(step, ())
            if found:
                where = where or mapping.sites.get(step)
                sure = sure and step not in mapping.maybe
            else:
                sure = False
            groups.append(found)
        return merge(groups), where, opened, sure

    def _made_by(self, values: Values, name: str) -> tuple[Values, Site | None, bool, bool]:
        """The first arguments of calls of `name` among `values`; of any call, or the values themselves, without one."""
        groups: list[Values] = []
        opened = False
        for value in values:
            if isinstance(value, SeqV):
                inner, _, more, _ = self._made_by(merge(list(value.items)), name)
                groups.append(inner)
                opened = opened or more or value.open
            elif isinstance(value, Made) and value.call is not None:
                if not name or symbol(value.callee).rsplit(".", 1)[-1] == name:
                    positional, _ = self._evaluator.arguments(value.call)
                    groups.append(positional[0] if positional else ())
            elif not name:
                groups.append((value,))
            else:
                opened = opened or not isinstance(value, (Const, FuncV))
        return merge(groups), None, opened, True


def _heads(paths: tuple[str, ...], skip: int) -> set[str]:
    """The arguments that paths begin with."""
    heads = {path.partition(".")[0] for path in paths}
    return {f"#{int(head[1:]) + skip}" if head.startswith("#") else head for head in heads}


def same_symbol(name: str, known: str) -> bool:
    """True if two names mean the same symbol: equal, or equal in package and last name (packages re-export)."""
    if name == known:
        return True
    if "(" in name or "(" in known:
        return False
    return name.split(".")[0] == known.split(".")[0] and name.rsplit(".", 1)[-1] == known.rsplit(".", 1)[-1]


def re_exported(name: str, known: str) -> bool:
    """True if one name is the other with modules left out: `openai.files.create` is no `openai.completions.create`."""
    longer, shorter = sorted((name.split("."), known.split(".")), key=len, reverse=True)
    rest = iter(longer)
    return same_symbol(name, known) and all(part in rest for part in shorter)


def _method(function: str) -> str:
    """A function's name without its package."""
    function = function.removeprefix(GLOBAL)
    return function.split(".", 1)[-1].removeprefix("default.") if "." in function else function


def _written_member(expr: Expr, key: str) -> Expr | None:
    """The value that stands under a key of a mapping literal, if nothing after it can replace it."""
    if not isinstance(expr, DictLit):
        return None
    for name, value in reversed(expr.items):
        if not isinstance(name, Lit):
            return None
        if name.value == key:
            return value
    return None


def _written(site: CallSite, path: str) -> set[str]:
    """The name of what makes an argument, as it is written: all there is where the name cannot be followed."""
    index = int(path.removeprefix("#"))
    value = site.call.args[index].value if index < len(site.call.args) else None
    return {tail_name(site.module.facts.calls[value.index].callee)} if isinstance(value, CallRef) else set()


def _hands_on(values: Values) -> bool:
    """True for functions that call their argument: thread helpers, executors, partials, retry helpers."""
    return any(isinstance(v, (Ext, Member)) and v.name.rsplit(".", 1)[-1] in runs().hands_on for v in values)


def _says_otherwise(call: ModelCall) -> bool:
    """True for calls whose arguments show that no text is generated (embeddings through a generic method)."""
    for name, words in call.spec.unless.items():
        for value in call.setting(name).values:
            text = value.value if isinstance(value, Const) else value.prefix if isinstance(value, TextV) else None
            if isinstance(text, str) and any(word in text.lower() for word in words):
                return True
    return False


def known_text(value: Value) -> str | None:
    """A text with `*` for what is not known of it."""
    if isinstance(value, TextV):
        return "".join(part if part is not None else "*" for part in value.parts)
    return value.value if isinstance(value, Const) and isinstance(value.value, str) else None


def _streams(call: ModelCall) -> bool | None:
    if call.spec.stream is not None:
        return call.spec.stream
    if any(call.method.endswith(tail) for tail in call.spec.streaming):
        return True
    setting = call.setting("stream")
    if setting.status == "absent":
        return False
    values = {v.value for v in setting.constants}
    if setting.complete and len(values) == 1:
        return bool(values.pop())
    return None
