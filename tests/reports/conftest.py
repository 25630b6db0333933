"""A poll with one of everything that reports must be able to show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gonogo.facts.span import Span
from gonogo.findings import Commit, Confidence, Evidence, Finding, Place, Related, Verdict
from gonogo.poll import AppResult, Attested, CallRow, ItemResult, Poll, ReportedFinding, Skipped, Stats
from gonogo.registry.rules import all_items, rule

ANSWERS: dict[int, tuple[Verdict, str]] = {
    1: (Verdict.NO_GO, "a provider key in the git history"),
    2: (Verdict.GO, "attested by Dana (platform) until 2027-02-03"),
    3: (Verdict.HOLD, "nobody has attested it; the attestation by Kim expired on 2026-01-31"),
    4: (Verdict.NO_GO, "retries switched off with nothing in their place (2 places)"),
    5: (Verdict.NO_GO, "a model call with no timeout of your choosing"),
    8: (Verdict.GO, "max_tokens is 1,024, sized per call (3 places)"),
    15: (Verdict.HOLD, "the model comes from the environment variable CHAT_MODEL, which has no default"),
    18: (Verdict.NA, "no agent loop found"),
}


WORDS = {
    2: Attested("Dana (platform)", "2026-11-03", "2027-02-03", "https://wiki.example.com/keys"),
    3: Attested("Kim", "2025-01-31", "2026-01-31", "ticket 77", expired=True),
}


def reported(
    id: str,  # noqa: A002 - the field's name
    finding: Finding,
    *,
    code: tuple[tuple[int, str], ...] = (),
    suppressed: str | None = None,
) -> ReportedFinding:
    about = rule(finding.rule)
    return ReportedFinding(
        id=id, finding=finding, item=about.item, severity=finding.severity or about.severity, why=about.why,
        fix=about.fix, fingerprint=f"{int(id[1:]):032x}", suppressed=suppressed, code=code,
    )  # fmt: skip


def _findings() -> tuple[ReportedFinding, ...]:
    return (
        reported(
            "f1",
            Finding(
                "key-in-history",
                Place("src/settings.py", Span(12, 5, 12, 31)),
                "an Anthropic key (sk-ant-api..., fingerprint 4be1) was committed here",
                commit=Commit("3f9c1e2a" + "0" * 32, "Dana Scully", "2026-02-03T10:11:12+01:00", at_head=False),
            ),
            code=((12, "API_KEY = ..."),),
        ),
        reported(
            "f2",
            Finding(
                "retries-disabled",
                Place("services/support/app/clients.py", Span(14, 5, 14, 18)),
                "this client does not retry, and nothing around its calls does",
                related=(Related(Place("services/support/app/chat.py", Span(88, 13, 92, 6)), "the call it serves"),),
            ),
            code=(
                (13, "    timeout=30.0,"),
                (14, "    max_retries=0,"),
                (15, ")"),
            ),
        ),
        reported(
            "f3",
            Finding(
                "retries-disabled",
                Place("notebooks/triage.ipynb", Span(3, 10, 6, 2), cell=4),
                "this client does not retry, and nothing around its calls does",
                confidence=Confidence.MEDIUM,
            ),
            code=(
                (2, ""),
                (3, "client = Anthropic("),
                (4, "    timeout=30.0,"),
                (6, ")"),
            ),
        ),
        reported(
            "f4",
            Finding(
                "no-timeout",
                Place("services/support/app/chat.py", Span(88, 13, 92, 6)),
                "neither the call nor its client sets a timeout; the SDK waits 600 s per attempt",
            ),
            code=(
                (87, "    try:"),
                (88, "    reply = client.messages.create("),
                (89, '        model="claude-sonnet-4-6", system=PROMPT, messages=history[-20:], stop_sequences=STOP'),
            ),
        ),
        reported(
            "f5",
            Finding("default-retries", Place("jobs/nightly.py", Span(7, 1, 7, 30)), "the default of two retries holds"),
            code=((7, "client = anthropic.Anthropic()"),),
        ),
        reported(
            "f6",
            Finding("no-timeout", Place("jobs/nightly.py", Span(9, 1, 9, 20)), "neither call nor client sets one"),
            code=((9, "client.messages.create(**options)"),),
            suppressed="the job runner kills it after 5 minutes",
        ),
    )  # fmt: skip


def _items(findings: tuple[ReportedFinding, ...]) -> tuple[ItemResult, ...]:
    items = []
    for item in all_items():
        verdict, reason = ANSWERS.get(item.number, (Verdict.HOLD, "not checked yet"))
        items.append(
            ItemResult(
                item.number, item.id, item.title, item.group, verdict, reason,
                tuple(f.id for f in findings if f.item == item.id),
                (Evidence(item.id, Place("app/chat.py", Span(90, 9, 90, 24)), "max_tokens is 1,024"),
                 Evidence(item.id, Place("jobs/nightly.py", Span(12, 9, 12, 24)), "max_tokens is 200"))
                if item.number == 8 else (),
                WORDS.get(item.number),
            )
        )  # fmt: skip
    return tuple(items)


def _skipped() -> list[Skipped]:
    return [Skipped(f"data/part-{number:02}.py", "larger than 1 MB") for number in range(13)]


def call_row(**changes: object) -> CallRow:
    row = CallRow(
        file="services/support/app/chat.py", line=88, sdk="anthropic", method="messages.create",
        model=("claude-sonnet-4-6",), model_from="constant", max_tokens=1024, retries="configured:4",
        timeout="configured:30", stream=False, usage_logged=True, stop_reason_checked=False, agent_loop="none",
        cache_control=True, large_static_system=False, route="services/support/app/main.py:21", user_rate_limited=False,
        client_side=False, area="app",
    )  # fmt: skip
    return replace(row, **changes)  # type: ignore[arg-type]  # a test names the fields it changes


@pytest.fixture
def make_poll() -> Callable[..., Poll]:
    """Builds the sample poll; keyword arguments replace fields."""

    def build(**changes: object) -> Poll:
        findings = _findings()
        items = _items(findings)
        poll = Poll(
            tool_version="0.1.0", models_date="2026-11-01", root="/srv/acme-support", name="acme-support",
            verdict=Verdict.NO_GO, items=items, apps=(AppResult(".", Verdict.NO_GO, items),), findings=findings,
            calls=(
                call_row(),
                call_row(file="notebooks/triage.ipynb", line=3, cell=4, model=None, model_from="dynamic",
                         max_tokens="missing", retries="disabled", timeout="none", route=None, stream=None,
                         user_rate_limited=None, agent_loop="unguarded", usage_logged=None),
            ),
            stats=Stats(412, 38, _skipped(), 1204, 9000, 2.13),
            warnings=("jobs/nightly.py:3: unused suppression of retries-disabled; remove it",),
            held_back=4,
        )  # fmt: skip
        return replace(poll, **changes)  # type: ignore[arg-type]  # a test names the fields it changes

    return build
