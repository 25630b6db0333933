"""Item 18: every agent loop ends."""

from __future__ import annotations

from collections.abc import Iterable

from gonogo.facts.lifted import AgentLoop, ModelCall
from gonogo.findings import Evidence, Finding, Place, Question
from gonogo.money import dollars
from gonogo.rules.base import ITEMS, AppFacts, ItemJudge, number, rule
from gonogo.rules.costs import answer_cost, run_cost


def _loops(app: AppFacts) -> Iterable[tuple[ModelCall, AgentLoop]]:
    """Every agent loop once, with the first call in it."""
    seen: set[Place] = set()
    for call in app.calls:
        for loop in call.loops:
            if loop.place not in seen:
                seen.add(loop.place)
                yield call, loop


@rule("unbounded-agent-loop")
def unbounded_agent_loop(app: AppFacts) -> Iterable[Finding]:
    for call, loop in _loops(app):
        if loop.capped is not False or loop.disabled is not None:
            continue
        if loop.kind == "framework":
            message = f"{call.title} runs an agent loop without a cap. {loop.hint}".rstrip()
        elif loop.kind == "recursion":
            message = f"a function calls itself with the results of {call.title}, and no depth ends it"
        else:
            message = f"a loop feeds results back to {call.title} for as long as the model goes on"
        cost = answer_cost(app, call)
        if cost is not None:
            message = f"{message.removesuffix('.')}; every turn can cost up to {dollars(cost)} in output"
        yield Finding("unbounded-agent-loop", loop.place, message)


@rule("agent-limit-disabled")
def agent_limit_disabled(app: AppFacts) -> Iterable[Finding]:
    for call, loop in _loops(app):
        if loop.disabled is not None:
            what = "switched off" if loop.cap is None or loop.cap <= 0 else f"set to {number(loop.cap)}, which is none"
            yield Finding("agent-limit-disabled", loop.disabled, f"the cap on the turns of {call.title} is {what}")


@rule("no-agent-budget")
def no_agent_budget(app: AppFacts) -> Iterable[Finding]:
    for call, loop in _loops(app):
        if loop.capped and not loop.budget:
            message = f"the loop around {call.title} is capped in turns, not in tokens or cost"
            run = run_cost(app, call)
            if run is not None:
                message += f": one run of {number(run[0])} turns can cost up to {dollars(run[1])} in output alone"
            yield Finding("no-agent-budget", loop.place, message)


def _applies(app: AppFacts) -> str:
    if not app.calls:
        return "no model call found in application code"
    return "" if any(True for _ in _loops(app)) else "no agent loop found"


def _evidence(app: AppFacts) -> Iterable[Evidence]:
    for call, loop in _loops(app):
        if loop.capped:
            yield Evidence("agent-limits", loop.cap_place or loop.place, f"{call.title}: {loop.cap_text}")


def _questions(app: AppFacts) -> Iterable[Question]:
    for call, loop in _loops(app):
        if loop.capped is None:
            yield Question("agent-limits", f"whether the loop around {call.title} is capped cannot be told", loop.place)


ITEMS["agent-limits"] = ItemJudge(_applies, _evidence, _questions)
