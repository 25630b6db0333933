"""Where foreign text enters: parameters of routes and bot handlers, request objects, pages fetched from elsewhere."""

from __future__ import annotations

from gonogo.facts.flow import Origin, Path
from gonogo.facts.model import Attr, CallRef, DictLit, Expr, Function, Index, Lit, Name, Param, Seq
from gonogo.link.entries import entry_of
from gonogo.link.evaluate import Evaluator
from gonogo.link.flow import END, At
from gonogo.link.lift import known_text, same_symbol, symbol
from gonogo.link.module import Module, chain, tail_name, text_of
from gonogo.link.routes import is_route
from gonogo.link.values import CallSite, ClassV, Ext, Frame, Member, Site, Value, Values
from gonogo.link.walk import walk
from gonogo.registry.flows import ecma, given
from gonogo.registry.frameworks import request_names
from gonogo.registry.values import python_values

WRAPPERS = frozenset({"Optional", "Union", "List", "list", "Sequence", "Iterable", "Annotated", "Set", "set", "tuple"})


class Sources:
    """Recognises foreign text. One instance serves a whole run."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._given = given()
        names = [*self._given.calls, *self._given.pages, *(n for entry, _ in self._given.fetches for n in entry)]
        self.words = frozenset(name.rsplit(".", 1)[-1] for name in names)
        """Last names of the calls that answer foreign text."""
        self._routes: dict[tuple[str, int], bool] = {}

    # --- parameters ---

    def parameter(self, module: Module, function: Function, param: Param, path: Path) -> Origin | None:
        """What a parameter brings if somebody outside calls the function."""
        if not self.is_entry(module, function) or self.is_injected(module, function, param):
            return None
        if not self._holds_text(module, function, param, path):
            return None
        # A parameter that is taken apart at once has no name.
        parts = (param.name, *(step for step in path[:1] if step.isidentifier()))
        what = ".".join(part for part in parts if not part.startswith("<")) or "the request"
        site = Site(module.path, param.span)
        whose = "" if function.name == "<lambda>" else f" of {function.name}"
        return Origin("user", site, f"{what}, which the client{whose} sends", path)

    def is_entry(self, module: Module, function: Function) -> bool:
        """True if a client of the application reaches the function directly."""
        key = (module.path, function.index)
        if key not in self._routes:
            self._routes[key] = is_route(self._evaluator, module, function)
        return self._routes[key]

    def is_injected(self, module: Module, function: Function, param: Param) -> bool:
        """True if the framework fills a parameter by calling something of the application (`Depends(...)`)."""
        frame = self._evaluator.project.frame(module, function.parent)
        exprs: list[Expr] = [] if param.default is None else [param.default]
        annotation = param.annotation
        if isinstance(annotation, Name):
            alias = module.scopes.get(None, {}).get(annotation.id, [])
            annotation = next((b.value for b in alias if hasattr(b, "value")), annotation)
        if isinstance(annotation, Index) and tail_name(annotation.base) == "Annotated":
            exprs += annotation.key.items[1:] if isinstance(annotation.key, Seq) else ()
        for expr in exprs:
            if isinstance(expr, CallRef):
                callee = module.facts.calls[expr.index].callee
                if any(symbol(v) in python_values().injectors for v in self._evaluator.values(callee, frame)):
                    return True
        return False

    def is_own(self, module: Module, function: Function, param: Param, path: Path) -> bool:
        """True for what a framework of JavaScript hands to an entry that is the application's own (`c.env`, `env`)."""
        own = module.language == "ecma" and bool(ecma().own & {param.name, *path[:1]})
        return own and self.is_entry(module, function)

    def _sent(self, module: Module, function: Function, path: Path) -> bool:
        """True if a part of what an entry of JavaScript gets is what the client sent, with nothing to look at it."""
        if not ecma().request & _plain(path[:3]) and not self._is_action(module, function):
            return False
        entry = entry_of(self._evaluator, module, function)
        if entry is None or entry.registration is None:
            return True
        names = _words_of(entry.registration)
        return not any(piece in name for name in names for piece in ecma().checked)

    @staticmethod
    def _is_action(module: Module, function: Function) -> bool:
        """True for a function that pages call as if it were their own: its arguments are what the client sends."""
        return "use server" in (*function.directives, *module.facts.directives)

    def _holds_text(self, module: Module, function: Function, param: Param, path: Path) -> bool:
        if module.language == "ecma":
            plain = param.annotation is not None and tail_name(param.annotation) in self._given.plain
            return not plain and self._sent(module, function, path)
        if param.annotation is None:
            if param.name == "request":
                return bool(self._given.request & _plain(path))
            if param.name in self._given.handler_objects:
                return bool(self._given.message & _plain(path))
            return param.default is None or not isinstance(param.default, Lit) or isinstance(param.default.value, str)
        return self._text_type(param.annotation, module, path)

    def _text_type(self, annotation: Expr, module: Module, path: Path, depth: int = 0) -> bool:
        """True if a value of an annotated type, or the part of it that `path` names, can be any text."""
        if depth > 5:
            return False
        if isinstance(annotation, Index):
            parts = annotation.key.items if isinstance(annotation.key, Seq) else (annotation.key,)
            head = tail_name(annotation.base)
            if head == "Annotated":
                return self._text_type(parts[0], module, path, depth + 1) and not self._has_pattern(parts[1:], module)
            if head in WRAPPERS:
                inner = path[1:] if head not in ("Optional", "Union") and path else path
                return any(self._text_type(part, module, inner, depth + 1) for part in parts)
            return head in ("dict", "Dict", "Mapping")
        if tail_name(annotation) in self._given.plain or isinstance(annotation, (Lit, CallRef)):
            return False
        if not isinstance(annotation, (Name, Attr)):
            sides = [getattr(annotation, side, None) for side in ("left", "right")]
            return any(self._text_type(side, module, path, depth + 1) for side in sides if side is not None)
        frame = self._evaluator.project.frame(module, None)
        return any(self._text_value(v, path, depth) for v in self._evaluator.values(annotation, frame, END))

    def _text_value(self, value: Value, path: Path, depth: int) -> bool:
        if isinstance(value, ClassV):
            return self._text_field(value, path, depth)
        name = symbol(value)
        if name in ("builtins.str", "builtins.dict", "builtins.list", "typing.Any", "builtins.bytes"):
            return True
        if any(same_symbol(name, known) for known in request_names()):
            return bool(self._given.request & _plain(path))
        if any(same_symbol(name, known) for known in self._given.uploads):
            return bool({"read", "file"} & _plain(path))
        return isinstance(value, Ext) and bool(self._given.message & _plain(path))

    def _text_field(self, value: ClassV, path: Path, depth: int) -> bool:
        """A class of the project: a body model. The whole of it is text of the client, a field is if its type is."""
        if any(base.name.startswith("enum.") for base in self._evaluator.external_bases(value.module, value.cls)):
            return False
        if not path or path[0].endswith("()"):
            return True
        for module, cls in self._evaluator.mro(value.module, value.cls):
            body = module.class_bodies.get(cls.index, {}).get(path[0])
            if not body:
                continue
            annotation = body[-1].annotation
            if annotation is None:
                return False
            given_by = (body[-1].value,)
            return self._text_type(annotation, module, path[1:], depth + 1) and not self._has_pattern(given_by, module)
        return False

    def _has_pattern(self, exprs: tuple[Expr, ...], module: Module) -> bool:
        """True if a field says by a pattern or a list what it may hold (`Field(pattern=...)`)."""
        for expr in exprs:
            if isinstance(expr, CallRef):
                call = module.facts.calls[expr.index]
                if any(arg.name in ("pattern", "regex", "choices", "enum") for arg in call.args):
                    return True
        return False

    # --- objects and calls ---

    def attribute(self, expr: Attr, frame: Frame, at: At, path: Path) -> Origin | None:
        """A part of a request object that a framework keeps for the whole process (`flask.request.json`)."""
        if expr.name not in self._given.request:
            return None
        for value in self._evaluator.values(expr.base, frame, at):
            if isinstance(value, Ext) and value.name in request_names():
                text = f"{tail_name(expr.base) or 'request'}.{expr.name}, which the client sends"
                return Origin("user", Site(frame.module.path, expr.span), text, path)
        return None

    def call(self, values: Values, site: CallSite, path: Path) -> Origin | None:
        """The result of a call that answers foreign text."""
        for value in values:
            if not isinstance(value, (Ext, Member)):
                continue
            name = symbol(value)
            if any(same_symbol(name, known) for known in self._given.calls):
                return Origin("user", site.site, f"what a visitor types into {tail_name(site.call.callee)}", path)
            if any(same_symbol(name, known) or name == known for known in self._given.pages):
                return Origin("fetched", site.site, f"what {tail_name(site.call.callee)} fetches", path)
            for names, url in self._given.fetches:
                if any(name == known for known in names) and self._foreign_address(site, url):
                    return Origin("fetched", site.site, "text fetched from another service", path)
        return None

    def _foreign_address(self, site: CallSite, places: tuple[str, ...]) -> bool:
        """True if an address is written out and is not the application's own."""
        positional, named = self._evaluator.arguments(site)
        for place in places:
            index = int(place[1:]) if place.startswith("#") else -1
            found = positional[index] if 0 <= index < len(positional) else named.entries.get(place, ())
            for value in found:
                text = known_text(value) or ""
                if text.startswith(("http://", "https://")) and not text.split("://")[1].startswith("*"):
                    return not any(own in text for own in self._given.own)
        return False


def _words_of(site: CallSite) -> set[str]:
    """What the names in the arguments of a registration are, in small letters."""
    found: set[str] = set()
    for arg in site.call.args:
        for part in walk(arg.value, site.module.facts):
            found |= {name.lower() for name in chain(part)}
            if isinstance(part, DictLit):
                found |= {(text_of(key) or "").lower() for key, _ in part.items if key is not None}
    return found


def _plain(path: Path) -> frozenset[str]:
    return frozenset(step.removesuffix("()") for step in path)
