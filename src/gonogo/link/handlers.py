"""Error handlers between a model call and its entry points, and what they do with its errors.

`Handlers.ways(call)` is the one entry. A `Way` leads from the call to one entry; on it stand, nearest first, the
handlers that an error of the call meets (`Caught`), each with what comes out of it: another error, an answer, or the
rest of the function. An error is followed as what it has become: the SDK's own, one of the project, an HTTP error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gonogo.facts.lifted import ModelCall
from gonogo.facts.model import Block, Call, CallRef, Exit, Expr, Function, Name
from gonogo.facts.span import Span
from gonogo.link.evaluate import Evaluator
from gonogo.link.lift import place_of, same_symbol, symbol
from gonogo.link.module import Module, tail_name
from gonogo.link.problems import API, Caught, Handler, Outcome, Problem, Way, distinct, flat, matches
from gonogo.link.reach import Step
from gonogo.link.routes import is_route
from gonogo.link.surfacing import Surfacing
from gonogo.link.values import CallSite, ClassV, Ext, FuncV, InstV, Made, Member, Value
from gonogo.link.walk import Inside, walk
from gonogo.registry.errors import error_data
from gonogo.registry.observability import package

MAX_WAYS = 60
"""Ways followed from one call; those of widely used helpers repeat each other."""
MAX_PROBLEMS = 4
LEAVES = frozenset({"sys.exit", "builtins.exit", "builtins.quit", "os._exit", "os.abort"})


class Handlers:
    """Answers which handlers stand around calls. One instance serves a whole run."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._surfacing = Surfacing(evaluator)
        self._handlers: dict[tuple[str, int], Handler] = {}
        self._routes: dict[tuple[str, int], bool] = {}
        self._ways: dict[int, tuple[ModelCall, tuple[Way, ...]]] = {}

    # --- ways ---

    def ways(self, call: ModelCall) -> tuple[Way, ...]:
        """Every way from `call` to an entry, at most `MAX_WAYS`."""
        if id(call) not in self._ways:
            self._ways[id(call)] = (call, self._find(call))
        return self._ways[id(call)][1]

    def _find(self, call: ModelCall) -> tuple[Way, ...]:
        above: dict[tuple[str, int], list[Step]] = {}
        for step in call.steps:
            if step.below is not None and step.below.call.function is not None:
                above.setdefault((step.below.module.path, step.below.call.function), []).append(step)
        found: list[Way] = []
        start: list[tuple[tuple[Step, ...], tuple[Problem, ...], tuple[Caught, ...], bool]] = [
            ((step,), (API,), (), True) for step in call.steps[:1]
        ]
        while start and len(found) < MAX_WAYS:
            steps, problems, caught, sure = start.pop()
            step = steps[-1]
            blocks, clear = self._surfacing.blocks(steps, call)
            met, problems = self._through(step, blocks, problems)
            caught = (*caught, *met)
            sure = sure and clear and step.sure
            function = step.function
            nested = step.module.language == "ecma"
            top = self._route(step.module, function, outward=not nested)
            if top is not None:
                found.append(Way(steps, "route", top, caught, problems, sure))
                continue
            if function is None:
                found.append(Way(steps, "script", None, caught, problems, sure))
                continue
            met, problems = self._decorators(step.module, function, problems)
            caught = (*caught, *met)
            seen = {(s.module.path, s.call.function) for s in steps}
            nexts = [
                s for s in above.get((step.module.path, function.index), ())
                if (s.module.path, s.call.function) not in seen
            ]  # fmt: skip
            if not nexts:
                # A function written in a handler of JavaScript is mostly handed to something that calls it there.
                top = self._route(step.module, function, outward=True) if nested else None
                if top is not None:
                    found.append(Way(steps, "route", top, caught, problems, False))
                else:
                    found.append(Way(steps, "open", function, caught, problems, sure))
            start.extend(((*steps, s), problems, caught, sure) for s in nexts)
        return tuple(found)

    def _route(self, module: Module, function: Function | None, *, outward: bool) -> Function | None:
        """The route handler a function is, or (`outward`) stands in."""
        while function is not None:
            key = (module.path, function.index)
            if key not in self._routes:
                self._routes[key] = is_route(self._evaluator, module, function)
            if self._routes[key]:
                return function
            function = None if function.parent is None or not outward else module.facts.functions[function.parent]
        return None

    # --- handlers of one function ---

    def _through(
        self, step: Step, blocks: tuple[int, ...] | None, problems: tuple[Problem, ...]
    ) -> tuple[list[Caught], tuple[Problem, ...]]:
        if blocks is None:
            return [], problems
        met, left = self.meet(step.module, blocks, problems)
        return [replace(caught, step=step) for caught in met], left

    def meet(
        self, module: Module, blocks: tuple[int, ...], problems: tuple[Problem, ...]
    ) -> tuple[list[Caught], tuple[Problem, ...]]:
        """What errors that come up inside `blocks` meet in their function, and what leaves it."""
        facts = module.facts
        met: list[Caught] = []
        for index in reversed(blocks):
            block = facts.blocks[index]
            handlers = self._suppressed(module, block) if block.kind == "with" else []
            if block.kind == "try":
                handlers = [self.handler(module, b) for b in facts.blocks if b.kind == "handler" and b.owner == index]
            left: list[Problem] = []
            for problem in problems:
                rest = problem
                for handler in handlers:
                    match = matches(handler, problem)
                    if match == "no":
                        continue
                    outcomes = self.outcomes(handler, problem)
                    met.append(Caught(handler, problem, match != "all", outcomes))
                    left.extend(o.problem for o in outcomes if o.problem is not None)
                    if match == "all":
                        break
                else:
                    left.append(rest)
            problems = tuple(distinct(left))[:MAX_PROBLEMS]
            if not problems:
                break
        return met, problems

    def _decorators(
        self, module: Module, function: Function, problems: tuple[Problem, ...]
    ) -> tuple[list[Caught], tuple[Problem, ...]]:
        """Decorators of the project around a function, innermost first."""
        met: list[Caught] = []
        frame = self._evaluator.project.frame(module, function.parent)
        for decorator in reversed(function.decorators):
            expr: Expr = decorator
            if isinstance(decorator, CallRef):
                expr = module.facts.calls[decorator.index].callee
            for value in self._evaluator.values(expr, frame):
                if not isinstance(value, FuncV):
                    continue
                inner = inner_call(value)
                if inner is not None:
                    more, problems = self.meet(value.module, inner.blocks, problems)
                    met.extend(more)
                break
        return met, problems

    def handler(self, module: Module, block: Block) -> Handler:
        """The facts of one `except` clause."""
        key = (module.path, block.index)
        if key not in self._handlers:
            frame = self._evaluator.project.frame(module, block.function)
            types: list[Value] = []
            for expr in block.types:
                for value in self._evaluator.values(expr, frame):
                    types.extend(flat(value))
            excepts = [a for a in module.facts.assigns if a.kind == "except" and a.blocks]
            binding = next((a for a in excepts if a.blocks[-1] == block.index), None)
            span = Span(block.span.line, block.span.column, block.span.line, block.span.column + 6)
            inside = Inside(module.facts, block)
            self._handlers[key] = Handler(
                module, block, place_of(module, span), tuple(types), not block.types, binding,
                tuple(place_of(module, c.span) for c in inside.calls() if self.reports(module, c)),
                _is_silent(inside),
            )  # fmt: skip
        return self._handlers[key]

    def _suppressed(self, module: Module, block: Block) -> list[Handler]:
        """`with suppress(...)`: a handler that drops."""
        frame = self._evaluator.project.frame(module, block.function)
        for item in block.items:
            if not isinstance(item, CallRef):
                continue
            call = module.facts.calls[item.index]
            site = CallSite(frame, call)
            if any(symbol(v) in error_data().suppress for v in self._evaluator.callee(site)):
                positional, _ = self._evaluator.arguments(site)
                types = tuple(f for values in positional for v in values for f in flat(v))
                return [Handler(module, block, place_of(module, call.span), types, False, None, (), True)]
        return []

    def reports(self, module: Module, call: Call) -> bool:
        """True for calls that tell somebody of an error: logs, error trackers, metrics, events."""
        from gonogo.registry.recorders import recorders, words_of

        data, known = error_data(), recorders()
        tail = tail_name(call.callee)
        if tail in data.report_methods or known.methods.get(tail) in ("log", "metric", "trace"):
            return True
        site = CallSite(self._evaluator.project.frame(module, call.function), call)
        names = [symbol(v) for v in self._evaluator.callee(site)]
        if any(known.functions.get(n) == "log" or n in data.report_functions for n in names):
            return True
        return bool(known.words & set(words_of(tail)))

    # --- what a handler does ---

    def outcomes(self, handler: Handler, problem: Problem) -> tuple[Outcome, ...]:
        """What comes out of a handler that caught `problem`."""
        module, block = handler.module, handler.block
        if block.kind != "handler":
            return (Outcome("rest"),)
        inside = Inside(module.facts, block)
        found: list[Outcome] = []
        ends = False
        for exit_ in inside.exits():
            always = exit_.blocks[-1] == block.index
            if exit_.kind == "raise":
                found.append(self._raised(handler, exit_, problem))
                ends = ends or always
            elif exit_.kind == "return":
                found.append(Outcome("return", None, exit_.value))
                ends = ends or always
        for call in inside.calls():
            if call.blocks[-1] != block.index or call.use != "expression":
                continue
            if self._leaves(module, call):
                found.append(Outcome("exit"))
                ends = True
            elif self._always_raises(module, call):
                found.append(Outcome("raise", problem))
                ends = True
        if not ends:
            found.extend(self._afterwards(handler, problem))
        return tuple(found)

    def _raised(self, handler: Handler, exit_: Exit, problem: Problem) -> Outcome:
        module, name = handler.module, handler.block.name
        if exit_.value is None:
            return Outcome("raise", problem)
        kept = {name} | {
            tail_name(a.target)
            for a in module.facts.assigns
            if handler.block.index in a.blocks and name and any(_is(part, name) for part in walk(a.value, module.facts))
        }
        parts = list(walk(exit_.value, module.facts))
        if isinstance(exit_.value, Name) and exit_.value.id in kept:
            return Outcome("raise", problem)
        raw = problem.raw and any(isinstance(p, Name) and p.id in kept for p in parts if name)
        frame = self._evaluator.project.frame(module, exit_.function)
        for value in self._evaluator.values(exit_.value, frame):
            made = value.callee if isinstance(value, Made) else value
            if any(same_symbol(symbol(made), known) for known in error_data().http):
                return Outcome("raise", Problem("http", raw, made))
            if isinstance(made, (Ext, Member)) and package(symbol(made)) in error_data().packages:
                return Outcome("raise", Problem("api", raw))
            if isinstance(value, InstV):
                made = ClassV(value.module, value.cls)
            if isinstance(made, ClassV) and self._is_http(made):
                return Outcome("raise", Problem("http", raw, made))
            return Outcome("raise", Problem("own", raw, made))
        return Outcome("raise", Problem("own", raw))

    def _is_http(self, value: ClassV) -> bool:
        """True for the project's own subclasses of an HTTP error."""
        for module, cls in self._evaluator.mro(value.module, value.cls):
            frame = self._evaluator.project.frame(module, cls.function)
            for base in cls.bases:
                for found in self._evaluator.values(base, frame):
                    if any(same_symbol(symbol(found), known) for known in error_data().http):
                        return True
        return False

    def _afterwards(self, handler: Handler, problem: Problem) -> Iterator[Outcome]:
        """The function goes on after the `try`: does it raise in the end, or return?"""
        module, block = handler.module, handler.block
        facts = module.facts
        ancestors: set[int] = set()
        parent = block.parent
        while parent is not None:
            ancestors.add(parent)
            parent = facts.blocks[parent].parent
        kept = {
            tail_name(a.target)
            for a in facts.assigns
            if block.index in a.blocks and a.kind != "except" and block.name
            and any(_is(part, block.name) for part in walk(a.value, facts))
        } - {""}  # fmt: skip
        later = [e for e in facts.exits if e.function == block.function and e.span.line > block.span.end_line]
        for exit_ in sorted(later, key=lambda e: e.order):
            straight = set(exit_.blocks) <= ancestors and not self._tries(facts.blocks, exit_)
            if exit_.kind == "raise":
                names = (
                    {p.id for p in walk(exit_.value, facts) if isinstance(p, Name)}
                    if exit_.value is not None
                    else set()
                )
                if names & kept:
                    yield Outcome("raise", problem)
                    if straight or all(facts.blocks[i].kind == "branch" for i in set(exit_.blocks) - ancestors):
                        return
                elif straight:
                    yield self._raised(handler, exit_, replace(problem, raw=False))
                    return
            elif exit_.kind == "return" and straight:
                yield Outcome("rest", None, exit_.value)
                return
        yield Outcome("rest")

    @staticmethod
    def _tries(blocks: list[Block], exit_: Exit) -> bool:
        """True if an exit stands in the body of a `try`, which may catch what it raises or never reach it."""
        return bool(exit_.blocks) and blocks[exit_.blocks[-1]].kind == "try" and exit_.kind == "return"

    def _leaves(self, module: Module, call: Call) -> bool:
        site = CallSite(self._evaluator.project.frame(module, call.function), call)
        return any(symbol(v) in LEAVES for v in self._evaluator.callee(site))

    def _always_raises(self, module: Module, call: Call) -> bool:
        """True for calls of project functions that end in a raise on every path."""
        site = CallSite(self._evaluator.project.frame(module, call.function), call)
        for value in self._evaluator.callee(site):
            if isinstance(value, FuncV):
                return any(
                    e.kind == "raise" and not e.blocks and e.function == value.function.index
                    for e in value.module.facts.exits
                )
        return False


def inner_call(decorator: FuncV) -> Call | None:
    """The call of the decorated function inside a decorator of the project."""
    module, top = decorator.module, decorator.function.index
    for call in module.facts.calls:
        if not isinstance(call.callee, Name):
            continue
        function, inside, param = call.function, False, False
        while function is not None:
            fact = module.facts.functions[function]
            param = param or any(p.name == call.callee.id and p.kind == "positional" for p in fact.params)
            if function == top:
                inside = True
                break
            function = fact.parent
        if inside and param and call.function != top:
            return call
    return None


def _is(expr: Expr, name: str) -> bool:
    return isinstance(expr, Name) and expr.id == name


def _is_silent(inside: Inside) -> bool:
    """True if a handler does nothing that anybody could notice but the missing answer."""
    from gonogo.link.emptiness import is_empty

    if any(not is_empty(CallRef(c.index), inside.facts) for c in inside.calls()):
        return False
    for assign in inside.assigns():
        if assign.kind != "except" and not is_empty(assign.value, inside.facts):
            return False
    return all(
        exit_.kind in ("continue", "break") or (exit_.kind == "return" and is_empty(exit_.value, inside.facts))
        for exit_ in inside.exits()
    )
