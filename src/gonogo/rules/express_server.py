"""Servers of JavaScript in front of a model: bodies of requests, security headers, other origins."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from gonogo.facts.model import ORDERING, Attr, Call, Compare, Expr, FileFacts, Function, Lambda, Lit, Name
from gonogo.findings import Confidence, Evidence, Finding, Place, Severity
from gonogo.languages import language_of
from gonogo.link.lift import place_of, same_symbol, symbol
from gonogo.link.module import Module, tail_name
from gonogo.link.routes import is_route
from gonogo.link.servers import Registration, allows_any_origin, option, refuses, registrations, server_data
from gonogo.link.values import CallSite, Const, Env, Value
from gonogo.link.walk import walk
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, calls_a_model, rule

BODIES, ORIGINS = "request-bodies", "browser-safety"
_SIZE = re.compile(r"([-+]?\d{1,15}(?:\.\d{1,6})?) *(kb|mb|gb|tb|pb|b)?", re.IGNORECASE)
_UNITS = {"b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40, "pb": 2**50}
_DEFAULT = 100 * 2**10
_COLLECTS = frozenset({"push", "concat", "append", "write"})
_DEVELOPMENT = ("node_env", "dev", "prod", "local")


def _modules(app: AppFacts, words: tuple[str, ...] = ()) -> list[Module]:
    """Files in JavaScript and TypeScript that may belong to a server; no others are parsed for it."""
    own = {file.path for file in app.workspace.files if file.app == app.root and file.area == "app"}
    named = {path for word in (*server_data()["words"]["any"], *words) for path in app.index.by_identifier(word)} & own
    found = (app.evaluator.project.module(path) for path in sorted(named) if language_of(path) == "ecma")
    return [module for module in found if module is not None]


def _is_served(app: AppFacts) -> bool:
    """True if a route in JavaScript surely reaches a model."""
    return any(one.entry.kind == "http" and one.entry.module.language == "ecma" for one in app.guarded)


# --- bodies of requests ---


def _parsers(app: AppFacts) -> Iterator[tuple[Place, str, float | None]]:
    """Where a parser of bodies is made, how it is called, and its limit in bytes; `None` where that cannot be told."""
    known = server_data()["bodies"]["parsers"]
    for module in _modules(app):
        for call in module.facts.calls:
            if tail_name(call.callee) not in ("json", "raw", "text", "urlencoded"):
                continue
            site = CallSite(app.evaluator.project.frame(module, call.function), call)
            names = [name for value in app.evaluator.callee(site) if (name := symbol(value))]
            if any(same_symbol(name, parser) for name in names for parser in known):
                yield place_of(module, call.span), tail_name(call.callee), _limit(app, site)


def _limit(app: AppFacts, site: CallSite) -> float | None:
    given = option(app.evaluator, site, "limit")
    if given is None:
        return None
    # What an operator may put in place of the default is theirs to choose.
    sizes = [_bytes(value) for value in given if not (isinstance(value, Env) and value.has_default)]
    known = [size for size in sizes if size is not None]
    return (max(known) if known else _DEFAULT) if len(known) == len(sizes) else None


def _bytes(value: Value) -> float | None:
    """A limit as body-parser reads it: a text without a size in it sets none."""
    if symbol(value) in server_data()["bodies"]["endless"]:
        return math.inf
    if not isinstance(value, Const):
        return None
    if isinstance(value.value, (int, float)) and not isinstance(value.value, bool):
        return value.value
    if not isinstance(value.value, str) or not value.value:
        return _DEFAULT
    size = _SIZE.fullmatch(value.value)
    if size is not None:
        return float(size[1]) * _UNITS[(size[2] or "b").lower()]
    return math.inf if not value.value.strip()[:1].isdigit() else None


def _collected(app: AppFacts) -> Iterator[tuple[Module, Call, Function]]:
    """`request.on("data", chunk => body += chunk)` in a route: the listener, and the function that keeps the parts."""
    for module in _modules(app, ("createServer", "IncomingMessage")):
        facts = module.facts
        for call in facts.calls:
            if not (isinstance(call.callee, Attr) and call.callee.name == "on" and len(call.args) == 2):
                continue
            event, listener = call.args[0].value, call.args[1].value
            outer = None if call.function is None else facts.functions[call.function]
            if not (isinstance(event, Lit) and event.value == "data" and isinstance(listener, Lambda)):
                continue
            if outer is not None and _is_request(app, module, outer, call.callee.base):
                yield module, call, facts.functions[listener.function]


def _is_request(app: AppFacts, module: Module, function: Function, expr: Expr) -> bool:
    """True for the first parameter of a route handler around a place."""
    current: Function | None = function
    while current is not None and isinstance(expr, Name):
        if expr.id in [param.name for param in current.params]:
            return current.params[0].name == expr.id and is_route(app.evaluator, module, current)
        current = None if current.parent is None else module.facts.functions[current.parent]
    return False


def _keeps(facts: FileFacts, listener: Function) -> bool:
    parts = {param.name for param in listener.params}
    added = any(assign.kind == "augment" and assign.function == listener.index for assign in facts.assigns)
    return added or any(
        tail_name(call.callee) in _COLLECTS
        and any(isinstance(part, Name) and part.id in parts for arg in call.args for part in walk(arg.value, facts))
        for call in facts.calls
        if call.function == listener.index
    )


def _weighs(module: Module, call: Call) -> bool:
    """True if the function around a place, or one in it, holds a size against a limit or looks at the announced one."""
    facts = module.facts
    functions = {call.function}
    for inner in facts.functions:
        if inner.parent in functions:
            functions.add(inner.index)
    for block in facts.blocks:
        if block.function in functions and block.test is not None:
            for part in walk(block.test, facts):
                if isinstance(part, Compare) and ORDERING.intersection(part.ops):
                    return True
    return any(
        isinstance(part, Lit) and str(part.value).lower() == "content-length"
        for other in facts.calls
        if other.function in functions
        for arg in other.args
        for part in walk(arg.value, facts)
    )


@rule("json-body-unlimited")
def json_body_unlimited(app: AppFacts) -> Iterable[Finding]:
    if not _is_served(app):
        return
    largest = server_data()["bodies"]["largest"]
    for place, name, limit in _parsers(app):
        if limit is not None and math.isinf(limit):
            yield Finding("json-body-unlimited", place, f"{name}() takes bodies of any size")
        elif limit is not None and limit > largest:
            text = f"{name}() takes {limit / 2**20:.0f} MB, more than the {largest // 2**20} MB that Claude takes"
            yield Finding("json-body-unlimited", place, text, severity=Severity.NOTE)
    for module, call, listener in _collected(app):
        if _keeps(module.facts, listener) and not _weighs(module, call):
            place = place_of(module, call.span)
            text = "the body is put together by hand, however long it is"
            yield Finding("json-body-unlimited", place, text, confidence=Confidence.MEDIUM)


def _bounded(app: AppFacts) -> Iterator[Evidence]:
    for place, name, limit in _parsers(app):
        if limit is not None and math.isfinite(limit):
            yield Evidence(BODIES, place, f"{name}() takes at most {limit / 2**10:.0f} kB")


def _has_bodies(app: AppFacts) -> str:
    if calls_a_model(app) or not _is_served(app):
        return calls_a_model(app) or "no route in JavaScript reaches a model call"
    if any(True for _ in _parsers(app)) or any(True for _ in _collected(app)):
        return ""
    return "nothing reads bodies with Express or by hand; frameworks with limits of their own do"


# --- headers and other origins ---


def _registered(app: AppFacts) -> list[Registration]:
    return list(registrations(app.evaluator, _modules(app)))


def _headers_elsewhere(app: AppFacts) -> bool:
    own = {file.path for file in app.workspace.files if file.app == app.root and file.area == "app"}
    words, proxies = server_data()["headers"]["words"], server_data()["headers"]["proxies"]
    if any(not own.isdisjoint(app.index.by_identifier(word)) for word in words):
        return True
    return any(mark in file.name.lower() for file in app.workspace.files for mark in proxies)


def _page(app: AppFacts, module: Module) -> Place | None:
    """Where a file of a server answers with pages."""
    data = server_data()["headers"]
    for call in module.facts.calls:
        name = tail_name(call.callee)
        if name in data["page_methods"] and call.function is not None:
            if is_route(app.evaluator, module, module.facts.functions[call.function]):
                return place_of(module, call.span)
        elif name == "static":
            site = CallSite(app.evaluator.project.frame(module, call.function), call)
            names = [symbol(value) for value in app.evaluator.callee(site)]
            if any(same_symbol(name, known) for name in names if name for known in data["pages"]):
                return place_of(module, call.span)
    return None


@rule("security-headers-missing")
def security_headers_missing(app: AppFacts) -> Iterable[Finding]:
    if not _is_served(app) or _headers_elsewhere(app):
        return
    pages = [(module, _page(app, module)) for module in _modules(app)]
    place = next((place for _, place in pages if place is not None), None)
    if place is not None:
        text = "pages are served without security headers: nothing sets a content security policy, nosniff or HSTS"
        yield Finding("security-headers-missing", place, text, confidence=Confidence.MEDIUM)
        return
    first = next((one for one in _registered(app)), None)
    if first is not None and app.calls:
        where = place_of(first.site.module, first.site.call.span)
        text = "answers carry none of the security headers that helmet() sets"
        yield Finding("security-headers-missing", where, text, confidence=Confidence.MEDIUM, severity=Severity.NOTE)


def _in_development(registration: Registration) -> bool:
    """True if it is told so under a condition on where the program runs."""
    module = registration.site.module
    for block in module.enclosing(registration.site.call.blocks, "branch"):
        for test in (block.test, *block.negated):
            for part in walk(test, module.facts) if test is not None else ():
                if any(word in tail_name(part).lower() for word in _DEVELOPMENT):
                    return True
    return False


def _leads_on(app: AppFacts, registration: Registration) -> bool:
    """True unless what is registered is for paths under which no route that reaches a model is seen."""
    if registration.paths is None or "/" in registration.paths:
        return True
    mine = registration.site
    for one in app.guarded:
        entry = one.entry.registration
        if entry is None:
            continue
        if entry.call is mine.call:
            return True
        first = entry.call.args[0].value if entry.call.args else None
        path = first.value if isinstance(first, Lit) and isinstance(first.value, str) else ""
        if path and any(path.startswith(prefix.rstrip("*")) for prefix in registration.paths):
            return True
    return False


@rule("cors-wildcard")
def cors_wildcard(app: AppFacts) -> Iterable[Finding]:
    if not _is_served(app):
        return
    # Whoever must show a token of their own gains nothing from another site.
    known = all(one.guards.identity or one.guards.listed for one in app.guarded if one.entry.kind == "http")
    for registration in _registered(app):
        for values in registration.handlers:
            answers = [allows_any_origin(app.evaluator, value) for value in values]
            if answers and all(answers) and not _in_development(registration) and _leads_on(app, registration):
                place = place_of(registration.site.module, registration.site.call.span)
                severity = Severity.NOTE if known else None
                text = "any website may call these routes from its visitors' browsers and read the answers"
                yield Finding("cors-wildcard", place, text, severity=severity)
                break


@rule("cors-after-auth")
def cors_after_auth(app: AppFacts) -> Iterable[Finding]:
    if not _is_served(app):
        return
    guards: dict[object, list[Registration]] = {}
    answered: set[object] = set()
    for one in _registered(app):
        if one.method != "use":
            continue
        values = [value for group in one.handlers for value in group]
        if any(allows_any_origin(app.evaluator, value) is not None for value in values):
            earlier = [guard for guard in guards.get(one.server, []) if _same_paths(one, guard)]
            if earlier and one.server not in answered:
                place = place_of(one.site.module, one.site.call.span)
                line = earlier[0].site.call.span.line
                text = f"the check of line {line} turns away a browser's preflight request before this answers it"
                yield Finding("cors-after-auth", place, text, confidence=Confidence.MEDIUM)
            answered.add(one.server)
        elif any(refuses(value) for value in values):
            guards.setdefault(one.server, []).append(one)


def _same_paths(one: Registration, guard: Registration) -> bool:
    return one.paths is None or "/" in one.paths or one.paths == guard.paths


def _safe(app: AppFacts) -> Iterator[Evidence]:
    for module in app.modules_with(("helmet",)):
        for call in module.facts.calls:
            site = CallSite(app.evaluator.project.frame(module, call.function), call)
            if any(symbol(value) in server_data()["headers"]["sets"] for value in app.evaluator.callee(site)):
                yield Evidence(ORIGINS, place_of(module, call.span), "helmet() sets the security headers")
    for one in _registered(app):
        place = place_of(one.site.module, one.site.call.span)
        for value in (value for group in one.handlers for value in group):
            if allows_any_origin(app.evaluator, value) is False:
                yield Evidence(ORIGINS, place, "other origins are held against a list")


def _has_servers(app: AppFacts) -> str:
    if calls_a_model(app) or not _is_served(app):
        return calls_a_model(app) or "no route in JavaScript reaches a model call"
    return "" if _registered(app) else "no server of Express, Hono or Koa was found"


ITEMS[BODIES] = ItemJudge(_has_bodies, _bounded)
ITEMS[ORIGINS] = ItemJudge(_has_servers, _safe)
