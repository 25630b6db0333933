"""The cost of answers: from prices and limits that are known, and from nothing else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gonogo.config.options import Options
from gonogo.engine import run
from gonogo.money import dollars
from gonogo.poll import CallRow, Poll
from gonogo.reports.calls import render
from gonogo.reports.console import Look

TODAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0"),
        (0.0000051, "$0.0000051"),
        (0.0064, "$0.0064"),
        (0.00641, "$0.0065"),
        (0.0307, "$0.031"),
        (0.3, "$0.30"),
        (0.099, "$0.099"),
        (0.0991, "$0.10"),
        (1.92, "$2.00"),
        (9.99, "$10"),
        (19.2, "$20"),
        (1_281.0, "$1,300"),
    ],
)
def test_an_amount_has_two_digits_and_is_never_rounded_down(amount: float, text: str) -> None:
    assert dollars(amount) == text


def poll_of(folder: Path, source: str) -> Poll:
    (folder / "app.py").write_text(source, encoding="utf-8")
    (folder / "requirements.txt").write_text("anthropic\n", encoding="utf-8")
    return run(folder, Options(history=False, today=TODAY))


def only(poll: Poll) -> CallRow:
    (row,) = poll.calls
    return row


CALL = """
from {package} import {client}
client = {client}()
def ask(text):
    return client.{method}(model={model}, {limit}messages=[{{"role": "user", "content": text}}])
"""


def asked(model: str, limit: str = "max_tokens=1000, ") -> str:
    return CALL.format(package="anthropic", client="Anthropic", method="messages.create", model=model, limit=limit)


@pytest.mark.parametrize(
    ("model", "limit", "cost"),
    [
        ('"claude-sonnet-4-6"', "max_tokens=1000, ", 0.015),
        # More than the model can write is not written.
        ('"claude-sonnet-4-5-20250929"', "max_tokens=1_000_000, ", 0.96),
        # The dearer of two.
        ('"claude-opus-4-6" if text else "claude-haiku-4-5"', "max_tokens=1000, ", 0.025),
        # The price after a long prompt, where there is another.
        ('"claude-haiku-5-5"', "max_tokens=1000, ", 0.0025),
        ('"claude-sonnet-4-6"', "max_tokens=len(text), ", None),
        ('"claude-sonnet-4-6" if text else text', "max_tokens=1000, ", None),
        ('"claude-unheard-of-9"', "max_tokens=1000, ", None),
    ],
)
def test_the_longest_answer(tmp_path: Path, model: str, limit: str, cost: float | None) -> None:
    assert only(poll_of(tmp_path, asked(model, limit))).answer_cost_usd == (
        None if cost is None else pytest.approx(cost)
    )


def test_without_a_limit_the_model_sets_one(tmp_path: Path) -> None:
    source = """
from langchain_anthropic import ChatAnthropic
model = ChatAnthropic(model="claude-sonnet-4-6", timeout=30)
def ask(text):
    return model.invoke(text)
"""
    poll = poll_of(tmp_path, source)
    assert only(poll).answer_cost_usd == pytest.approx(128_000 * 15 / 1e6)
    (finding,) = [f.finding for f in poll.findings if f.finding.rule == "max-tokens-missing"]
    assert finding.message.endswith("One request can cost up to $2.00 in output.")


LOOP = """
from anthropic import Anthropic
client = Anthropic()
def run(text, tools):
    messages = [{{"role": "user", "content": text}}]
    {loop}:
        reply = client.messages.create(model="claude-sonnet-4-6", max_tokens=1000, messages=messages, tools=tools)
        messages.append({{"role": "assistant", "content": reply.content}})
        if reply.stop_reason != "tool_use":
            return reply
        messages.append({{"role": "user", "content": [{{"type": "tool_result"}}]}})
"""


def test_a_run_costs_as_much_as_its_turns(tmp_path: Path) -> None:
    poll = poll_of(tmp_path, LOOP.format(loop="for _ in range(12)"))
    assert only(poll).run_cost_usd == pytest.approx(12 * 0.015)
    (finding,) = [f.finding for f in poll.findings if f.finding.rule == "no-agent-budget"]
    assert finding.message.endswith("one run of 12 turns can cost up to $0.18 in output alone")


def test_a_run_without_a_cap_has_no_cost_but_a_turn_has(tmp_path: Path) -> None:
    poll = poll_of(tmp_path, LOOP.format(loop="while True"))
    assert only(poll).run_cost_usd is None
    (finding,) = [f.finding for f in poll.findings if f.finding.rule == "unbounded-agent-loop"]
    assert finding.message.endswith("every turn can cost up to $0.015 in output")


def test_the_inventory_says_it_in_words(tmp_path: Path) -> None:
    source = LOOP.format(loop="for _ in range(12)").replace("Anthropic()", "Anthropic(timeout=read(), max_retries=4)")
    text = render(poll_of(tmp_path, source), Look(width=78, color=False))
    assert "output up to $0.015 a request" in text
    assert "output up to $0.18 a run of the loop" in text
    assert "timeout set at run time" in text
    assert "retries 4" in text
