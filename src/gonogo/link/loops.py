"""Agent loops: loops and recursions that feed results back to the model, and whether anything ends them.

A loop around a model call is most often something else: a retry, a batch, a chat that waits for a person, a poll. It is
an agent loop only if the conversation it sends grows inside it from something other than user input, or if it goes on
for as long as the model asks for tools.
"""

from __future__ import annotations

import re

from gonogo.facts.lifted import AgentLoop, ModelCall
from gonogo.facts.model import ORDERING, Assign, Attr, Block, Call, CallRef, Compare, Expr, Function, Index, Lit, Name
from gonogo.facts.span import Span
from gonogo.findings import Place
from gonogo.link.evaluate import Evaluator
from gonogo.link.flow import END, At
from gonogo.link.lift import place_of
from gonogo.link.module import Module, tail_name
from gonogo.link.reach import Cycle, Step
from gonogo.link.values import CallSite, Const, FuncV
from gonogo.link.walk import Inside, walk
from gonogo.registry.loops import loop_words
from gonogo.registry.running import deadlines
from gonogo.registry.sdks import Older

CLOCKS = frozenset({"time", "monotonic", "perf_counter", "now"})


def agent_loops(call: ModelCall, steps: list[Step], cycles: list[Cycle], evaluator: Evaluator) -> tuple[AgentLoop, ...]:
    """Every agent loop a model call stands in, the SDK's own included."""
    found: list[AgentLoop] = []
    framework = _framework(call, evaluator)
    if framework is not None:
        found.append(framework)
    talks = _conversation(call)
    for step in steps:
        names = talks | _argument_names(step.call, step.module)
        for block in step.loops():
            loop = _loop(step, block, names, evaluator)
            if loop is not None:
                found.append(loop)
    for cycle in cycles:
        recursion = _recursion(cycle)
        if recursion is not None:
            found.append(recursion)
    return tuple(_once(found))


def _once(loops: list[AgentLoop]) -> list[AgentLoop]:
    seen: set[Place] = set()
    result = []
    for loop in loops:
        if loop.place not in seen:
            seen.add(loop.place)
            result.append(loop)
    return result


# --- loops that an SDK runs ---


def older_default(older: Older | None, app: str, evaluator: Evaluator) -> tuple[int, str] | None:
    """The cap that an old release of the library sets by itself, and the file that names the release."""
    versions = evaluator.project.versions
    if older is None or versions is None:
        return None
    known = versions.known(app, older.package)
    return (older.default, known.path) if known is not None and known.below(older.below) else None


def _framework(call: ModelCall, evaluator: Evaluator) -> AgentLoop | None:
    spec = call.spec.loop
    if spec is None:
        return None
    if spec.needs and call.setting(spec.needs).status == "absent":
        return None
    cap, budget = call.setting("cap"), call.setting("budget")
    has_budget = budget.status == "given" and budget.none is None
    if cap.status == "open":
        return AgentLoop("framework", call.place, None, hint=spec.text)
    if cap.status == "given":
        number = cap.number
        where = cap.site
        place = Place(where.path, where.span) if where is not None else call.place
        if (cap.none is not None or (number is not None and (number <= 0 or number > spec.absurd))) and not has_budget:
            return AgentLoop(
                "framework", call.place, False, disabled=place, cap=number, budget=has_budget, hint=spec.text
            )
        if number is None and not cap.complete:
            return AgentLoop("framework", call.place, True, "a cap is passed", place, None, budget=has_budget)
        return AgentLoop(
            "framework",
            call.place,
            True,
            f"capped at {number:g} turns" if number else "a cap is passed",
            place,
            number,
            budget=has_budget,
        )
    if has_budget:
        return AgentLoop("framework", call.place, True, "ended by its budget", call.place, None, budget=True)
    default, said = spec.default, ""
    old = older_default(spec.older, call.app, evaluator)
    if old is not None:
        default, said = old[0], f" in the release that {old[1]} names"
    if default is not None:
        text = f"the library stops after {default} turns by default{said}"
        return AgentLoop("framework", call.place, True, text, call.place, float(default), budget=False, hint=spec.text)
    return AgentLoop("framework", call.place, False, hint=spec.text)


# --- loops written by hand ---


def _loop(step: Step, block: Block, names: frozenset[str], evaluator: Evaluator) -> AgentLoop | None:
    facts = step.module.facts
    inside = Inside(facts, block)
    if _waits_for_user(inside):
        return None
    tools = _asks_for_tools(inside, block)
    feeds = _feeds(inside, names)
    counted = block.loop == "for"
    # A loop over data is a batch, unless it feeds tool results back on its way.
    if counted and not is_counter(block, step.module) and not (tools and feeds):
        return None
    if not feeds and not (tools and block.loop == "while" and _test_is_about_tools(block, inside)):
        return None
    if feeds and not tools and not _answers_feed(inside, names, step):
        return None
    capped, text, cap = _capped(step, block, inside, evaluator)
    return AgentLoop(
        "loop",
        place_of(step.module, _header(block)),
        capped,
        text,
        place_of(step.module, _header(block)),
        cap,
        budget=_has_budget(inside, step, evaluator),
    )


def _header(block: Block) -> Span:
    span = block.span
    return Span(
        span.line,
        span.column,
        span.line,
        max(span.column + 1, span.end_column if span.end_line == span.line else span.column + 5),
    )


def _waits_for_user(inside: Inside) -> bool:
    for call in inside.calls():
        if tail_name(call.callee) in loop_words().asks and innermost(inside, call) == inside.block.index:
            return True
    iterable = inside.block.iterable
    return (
        inside.block.is_async and inside.block.loop == "for" and iterable is not None and not isinstance(iterable, Lit)
    )


def innermost(inside: Inside, item: Call | Assign) -> int | None:
    """Nearest loop around something."""
    for index in reversed(item.blocks):
        if inside.facts.blocks[index].kind == "loop":
            return index
    return None


def _mentions_tools(expr: Expr, inside: Inside) -> bool:
    for part in walk(expr, inside.facts):
        if isinstance(part, Attr) and part.name in loop_words().tools:
            return True
        if isinstance(part, Lit) and isinstance(part.value, str) and part.value in loop_words().tools:
            return True
    return False


def _mentions_stop(expr: Expr, inside: Inside) -> bool:
    return any(isinstance(part, Attr) and part.name in loop_words().stops for part in walk(expr, inside.facts))


def _asks_for_tools(inside: Inside, block: Block) -> bool:
    tests = [b.test for b in inside.blocks() if b.test is not None]
    tests += [b.iterable for b in inside.blocks() if b.iterable is not None]
    tests += [a.value for a in inside.assigns()]
    if block.test is not None:
        tests.append(block.test)
    if any(_mentions_tools(test, inside) or _mentions_stop(test, inside) for test in tests):
        return True
    return any(_mentions_tools(arg.value, inside) for call in inside.calls() for arg in call.args)


def _test_is_about_tools(block: Block, inside: Inside) -> bool:
    tests = [block.test] if block.test is not None else []
    for nested in inside.blocks():
        if (
            nested.kind == "branch"
            and nested.test is not None
            and any(nested.index in e.blocks and inside.leaves(e) for e in inside.exits())
        ):
            tests.append(nested.test)
    return any(_mentions_tools(test, inside) or _mentions_stop(test, inside) for test in tests)


def _conversation(call: ModelCall) -> frozenset[str]:
    """Names of what the call sends as its messages."""
    facts = call.site.module.facts
    heads = {path.split(".")[0] for path in call.spec.args.get("messages", ())}
    names: set[str] = set()
    for position, arg in enumerate(call.site.call.args):
        if arg.name in heads or (arg.name is None and f"#{position}" in heads) or arg.spread:
            for part in walk(arg.value, facts):
                if tail_name(part):
                    names.add(tail_name(part))
    return frozenset(names)


def _argument_names(call: Call, module: Module) -> frozenset[str]:
    names: set[str] = set()
    for arg in call.args:
        for part in walk(arg.value, module.facts):
            if tail_name(part):
                names.add(tail_name(part))
    return frozenset(names)


def _feeds(inside: Inside, names: frozenset[str]) -> bool:
    """True if something sent to the model grows in the loop."""
    return bool(_growth(inside, names))


def _growth(inside: Inside, names: frozenset[str]) -> list[Expr]:
    grown: list[Expr] = []
    kwargs = _kwargs_behind(names, inside)
    wanted = names | kwargs
    for call in inside.calls():
        callee = call.callee
        if isinstance(callee, Attr) and callee.name in loop_words().grows and _base_name(callee.base) in wanted:
            grown.extend(arg.value for arg in call.args)
    for assign in inside.assigns():
        target = assign.target
        name = _base_name(target)
        if name not in wanted:
            continue
        if assign.kind == "augment" and assign.op.startswith("+"):
            grown.append(assign.value)
        if assign.kind == "set" and any(_base_name(part) == name for part in walk(assign.value, inside.facts)):
            grown.append(assign.value)
    return grown


def _kwargs_behind(names: frozenset[str], inside: Inside) -> frozenset[str]:
    """Names put into mappings that are sent (`kwargs["messages"] = history`)."""
    found: set[str] = set()
    for assign in inside.facts.assigns:
        if assign.function != inside.block.function:
            continue
        base = assign.target.base if isinstance(assign.target, Index) else assign.target
        if _base_name(base) in names and (
            not isinstance(assign.value, CallRef) or inside.block.index in assign.blocks  # built anew each turn
        ):
            for part in walk(assign.value, inside.facts):
                if isinstance(part, (Name, Attr)):
                    found.add(tail_name(part))
    return frozenset(found)


def _base_name(expr: Expr) -> str:
    if isinstance(expr, Index):
        return _base_name(expr.base)
    return tail_name(expr)


def _answers_feed(inside: Inside, names: frozenset[str], step: Step) -> bool:
    """True if what grows comes from the answer (or the error it gave), not from data the loop walks over."""
    answers = _answer_names(inside, step)
    for grown in _growth(inside, names):
        for part in walk(grown, inside.facts):
            if tail_name(part) in answers:
                return True
    return False


def _answer_names(inside: Inside, step: Step) -> frozenset[str]:
    """Names in the loop that hold the answer or something computed from it."""
    answers: set[str] = set()
    assigns = inside.assigns()
    for _ in range(4):
        before = len(answers)
        for assign in assigns:
            parts = list(walk(assign.value, inside.facts))
            from_call = any(isinstance(p, CallRef) and p.index == step.call.index for p in parts)
            if from_call or any(tail_name(p) in answers for p in parts):
                answers.add(_base_name(assign.target))
        if len(answers) == before:
            break
    for block in inside.blocks():
        if block.kind == "handler" and block.name:
            answers.add(block.name)
    return frozenset(answers)


# --- what ends a loop ---


def is_counter(block: Block, module: Module) -> bool:
    """True for loops over a count (`range(n)`, `count()`), false for loops over data."""
    iterable = block.iterable
    if iterable is None:
        return True
    if isinstance(iterable, CallRef):
        name = tail_name(module.facts.calls[iterable.index].callee)
        return name in ("range", "trange", "count", "cycle", "repeat") or (
            name in ("enumerate", "tqdm")
            and any(
                isinstance(a.value, CallRef)
                and tail_name(module.facts.calls[a.value.index].callee) in ("range", "count")
                for a in module.facts.calls[iterable.index].args
            )
        )
    return False


def _capped(step: Step, block: Block, inside: Inside, evaluator: Evaluator) -> tuple[bool | None, str, float | None]:
    """Whether the loop surely ends: (yes, no, cannot tell), how, and after how many turns if that is known."""
    if block.loop == "for":
        counts, cap = _counts_itself(step, block, evaluator)
        if counts:
            return True, f"at most {cap:g} turns" if cap else "a counted loop", cap
    changed = _changed(inside)
    if block.test is not None:
        for part in walk(block.test, inside.facts):
            if isinstance(part, Compare) and ORDERING & set(part.ops):
                return True, "its condition counts", None
            if isinstance(part, (Name, Attr)) and loop_words().limit.search(tail_name(part)):
                return None, "", None
            if isinstance(part, Name) and part.id in changed["augment"]:
                return True, "its condition counts", None
    doubt = False
    for nested, test in _leaving(inside):
        if _counts(test, inside, changed):
            return True, f"a counter ends it (line {nested.span.line})", None
        limit = next((f for m, f in _asked(test, step, inside, evaluator) if _bounds(m, f)), None)
        if limit is not None:
            return True, f"{limit.name}() ends it (line {nested.span.line})", None
        doubt = doubt or _might_limit(test, inside)
    if _under_deadline(step):
        return True, "a deadline ends it", None
    if doubt:
        return None, "", None
    return False, "", None


def _counts_itself(step: Step, block: Block, evaluator: Evaluator) -> tuple[bool, float | None]:
    """True if a `for` loop ends by what stands in its head, and after how many turns if that is known."""
    iterable = block.iterable
    if iterable is None:
        return isinstance(block.test, Compare), counted(block, step.module, evaluator)
    name = tail_name(step.module.facts.calls[iterable.index].callee) if isinstance(iterable, CallRef) else ""
    return name not in loop_words().unbounded, _range_size(step, block, evaluator)


def _changed(inside: Inside) -> dict[str, frozenset[str]]:
    augmented = {_base_name(a.target) for a in inside.assigns() if a.kind == "augment"}
    assigned = {_base_name(a.target) for a in inside.assigns() if a.kind == "set"}
    return {"augment": frozenset(augmented), "set": frozenset(assigned)}


def _counts(test: Expr, inside: Inside, changed: dict[str, frozenset[str]]) -> bool:
    """True if `test` compares something that moves with every turn to a bound."""
    for part in walk(test, inside.facts):
        if not isinstance(part, Compare):
            continue
        sides = [part.left, *part.rights]
        names = {tail_name(p) for side in sides for p in walk(side, inside.facts)} - {""}
        if names & changed["augment"]:
            return True
        if not ORDERING & set(part.ops):
            continue
        if any(isinstance(side, Lit) and side.value in (0, 1) for side in sides):
            continue
        if any(loop_words().counted.search(name) for name in names):
            return True
        if names & {"len", *CLOCKS}:
            return True
    return False


def _leaving(inside: Inside) -> list[tuple[Block, Expr]]:
    """Branches of a loop in which it is left, with their tests."""
    return [
        (nested, nested.test)
        for nested in inside.blocks()
        if nested.kind == "branch" and nested.test is not None
        if any(nested.index in e.blocks and inside.leaves(e) for e in inside.exits())
    ]


def _asked(test: Expr, step: Step, inside: Inside, evaluator: Evaluator) -> list[tuple[Module, Function]]:
    """Functions of the project whose answers a test looks at: `if (budget.check()) break`, `const wall =
    budget.check(); if (wall) break`."""
    parts = list(walk(test, inside.facts))
    names = {tail_name(part) for part in parts} - {""}
    kept = [a.value for a in inside.assigns() if isinstance(a.target, Name) and a.target.id in names]
    found = []
    for ref in (*parts, *kept):
        if isinstance(ref, CallRef):
            call = inside.facts.calls[ref.index]
            site = CallSite(evaluator.project.frame(step.module, call.function), call)
            found += [(v.module, v.function) for v in evaluator.callee(site) if isinstance(v, FuncV)]
    return found


def _bounds(module: Module, function: Function, about: re.Pattern[str] | None = None) -> bool:
    """True if a function answers by comparing what its file adds to, or the time, with a bound (that is `about` it)."""
    facts = module.facts
    tests = [b.test for b in facts.blocks if b.function == function.index and b.kind == "branch" and b.test is not None]
    grown = {tail_name(a.target) for a in facts.assigns if a.kind == "augment" and a.op.startswith("+")}
    for expr in (*tests, *function.returns):
        for part in walk(expr, facts):
            if not isinstance(part, Compare) or not ORDERING & set(part.ops):
                continue
            names = {tail_name(p) for side in (part.left, *part.rights) for p in walk(side, facts)} - {""}
            if about is not None and not any(about.search(name) for name in names):
                continue
            if len(names) > 1 and (names & grown or names & CLOCKS):
                return True
    return False


def _might_limit(test: Expr, inside: Inside) -> bool:
    return any(loop_words().limit.search(tail_name(part)) for part in walk(test, inside.facts) if tail_name(part))


def _under_deadline(step: Step) -> bool:
    current: Step | None = step
    while current is not None:
        for block in current.module.enclosing(current.call.blocks, "with"):
            for item in block.items:
                if isinstance(item, CallRef):
                    name = tail_name(current.module.facts.calls[item.index].callee)
                    if name in deadlines().within_names:
                        return True
        current = current.below
    return False


def _range_size(step: Step, block: Block, evaluator: Evaluator) -> float | None:
    if not isinstance(block.iterable, CallRef):
        return None
    call = step.module.facts.calls[block.iterable.index]
    if tail_name(call.callee) != "range" or not call.args:
        return None
    position = 0 if len(call.args) == 1 else 1
    frame = evaluator.project.frame(step.module, call.function)
    numbers: list[float] = []
    for index in range(min(position + 1, len(call.args))):
        values = evaluator.values(call.args[index].value, frame, evaluator.at(call))
        if len(values) != 1 or not isinstance(values[0], Const) or not isinstance(values[0].value, int):
            return None
        numbers.append(float(values[0].value))
    return numbers[-1] - (numbers[0] if len(numbers) > 1 else 0)


def counted(block: Block, module: Module, evaluator: Evaluator) -> float | None:
    """The number of turns of `for (let i = 0; i < n; i++)`, if it can be known."""
    test = block.test
    if not isinstance(test, Compare) or not isinstance(test.left, Name) or test.ops[0] not in ("<", "<="):
        return None
    frame = evaluator.project.frame(module, block.function)
    first = [
        a.value
        for a in module.facts.assigns
        if a.kind == "set"
        and a.function == block.function
        and isinstance(a.target, Name)
        and a.target.id == test.left.id
        and (a.span.line, a.span.column) >= (block.span.line, block.span.column)
    ]  # fmt: skip
    at = At(max((a.order for a in module.facts.assigns if block.index in a.blocks), default=END.order), ())
    last = evaluator.values(test.rights[0], frame, at)
    start = first[0] if first else None
    if not isinstance(start, Lit) or not isinstance(start.value, int) or len(last) != 1:
        return None
    if not isinstance(last[0], Const) or not isinstance(last[0].value, (int, float)):
        return None
    return float(last[0].value - start.value + (test.ops[0] == "<="))


def _has_budget(inside: Inside, step: Step, evaluator: Evaluator) -> bool:
    """True if the loop is also left when tokens or money run out."""
    spending = loop_words().spending
    for nested in inside.blocks():
        if nested.kind != "handler" or not any(nested.index in e.blocks and inside.leaves(e) for e in inside.exits()):
            continue
        if any(spending.search(tail_name(p)) for t in nested.types for p in walk(t, inside.facts)):
            return True
    for _, test in _leaving(inside):
        names = " ".join(tail_name(p) for p in walk(test, inside.facts))
        asked = _asked(test, step, inside, evaluator)
        if loop_words().spending.search(names) or any(_bounds(m, f, loop_words().spending) for m, f in asked):
            return True
    own = inside.block.test
    return own is not None and bool(
        loop_words().spending.search(" ".join(tail_name(p) for p in walk(own, inside.facts)))
    )


# --- recursion ---


def _recursion(cycle: Cycle) -> AgentLoop | None:
    module, function = cycle.module, cycle.function
    facts = module.facts
    if any(facts.blocks[i].kind == "handler" for i in cycle.call.blocks):
        return None  # A retry by recursion.
    exprs: list[Expr] = [b.test for b in facts.blocks if b.function == function.index and b.test is not None]
    exprs += [b.iterable for b in facts.blocks if b.function == function.index and b.iterable is not None]
    exprs += [a.value for a in facts.assigns if a.function == function.index]
    asks = False
    for expr in exprs:
        for part in walk(expr, facts):
            if (isinstance(part, Attr) and part.name in loop_words().tools) or (
                isinstance(part, Lit) and part.value in loop_words().tools
            ):
                asks = True
    if not asks:
        return None
    params = {p.name for p in function.params}
    place = place_of(module, _name_line(function))
    for arg in cycle.call.args:
        for part in walk(arg.value, facts):
            if tail_name(part) in params and loop_words().counted.search(tail_name(part)):
                return AgentLoop("recursion", place, True, "a depth is passed on", place)
    for expr in exprs:
        for part in walk(expr, facts):
            if isinstance(part, Compare) and ORDERING & set(part.ops):
                names = {tail_name(p) for side in (part.left, *part.rights) for p in walk(side, facts)}
                if any(loop_words().counted.search(name) for name in names if name):
                    return AgentLoop("recursion", place, True, "a depth is compared", place)
    return AgentLoop("recursion", place, False)


def _name_line(function: Function) -> Span:
    return function.name_span if function.name_span.line > 1 or function.name_span.column > 1 else function.span
