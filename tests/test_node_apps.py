"""The fixture applications in JavaScript and TypeScript, polled as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.fixtures import found, options, place_app

from gonogo.engine import run
from gonogo.findings import Verdict
from gonogo.poll import Poll
from gonogo.registry.checklists import DEFAULT

NODE = "node-express"
OWN_RULES = (
    "sdk-below-floor",
    "key-not-checked-at-start",
    "json-body-unlimited",
    "security-headers-missing",
    "cors-wildcard",
    "cors-after-auth",
    "health-check-generates",
    "stream-disconnect-unhandled",
    "stream-chunk-unguarded",
)


def polled(name: str, folder: Path, checklist: str = DEFAULT) -> Poll:
    root = folder / name
    place_app(name, root)
    result = run(root, options(checklist=checklist))
    assert result.faults == ()
    assert not result.stats.files_skipped
    return result


def verdicts(result: Poll) -> dict[str, Verdict]:
    return {item.id: item.verdict for item in result.items}


@pytest.mark.parametrize("checklist", [DEFAULT, NODE])
@pytest.mark.parametrize("name", ["express-api-good", "ai-sdk-agent", "claude-agent"])
def test_a_good_application_has_nothing_against_it(name: str, checklist: str, tmp_path: Path) -> None:
    result = polled(name, tmp_path, checklist)
    # The AI SDK has no budget of its own; that its loop is capped in turns alone is a note.
    assert {entry.finding.rule for entry in result.findings} <= {"no-agent-budget"}
    assert Verdict.NO_GO not in verdicts(result).values()
    assert result.verdict in (Verdict.GO, Verdict.HOLD)


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("express-api-good", "secret-storage"),
        ("express-api-good", "retries"),
        ("express-api-good", "timeouts"),
        ("express-api-good", "max-tokens"),
        ("express-api-good", "user-rate-limits"),
        ("express-api-good", "pinned-models"),
        ("ai-sdk-agent", "retries"),
        ("ai-sdk-agent", "timeouts"),
        ("ai-sdk-agent", "agent-limits"),
        ("claude-agent", "retries"),
        ("claude-agent", "timeouts"),
        ("claude-agent", "agent-limits"),
        ("claude-agent", "pinned-models"),
    ],
)
def test_what_is_done_is_proved(name: str, item: str, tmp_path: Path) -> None:
    answer = next(entry for entry in polled(name, tmp_path).items if entry.id == item)
    assert answer.verdict is Verdict.GO
    assert answer.evidence


def test_the_good_server_is_go_on_every_item_of_the_list_for_servers(tmp_path: Path) -> None:
    result = polled("express-api-good", tmp_path, NODE)
    assert set(verdicts(result).values()) == {Verdict.GO}
    assert result.verdict is Verdict.GO


def test_the_bad_server_breaks_every_rule_of_the_list_for_servers(tmp_path: Path) -> None:
    result = polled("express-api-bad", tmp_path, NODE)
    for name in OWN_RULES:
        assert found(result, name), name
    # That a release has known faults is advice.
    assert {item for item, verdict in verdicts(result).items() if verdict is not Verdict.NO_GO} == {"sdk-release"}


def test_the_bad_server_is_no_go_on_what_applies(tmp_path: Path) -> None:
    result = polled("express-api-bad", tmp_path)
    assert {
        "secret-storage", "key-rotation", "timeouts", "max-tokens", "user-rate-limits", "pinned-models", "agent-limits",
    } <= {item for item, verdict in verdicts(result).items() if verdict is Verdict.NO_GO}  # fmt: skip


def test_the_leak_of_the_chat_is_found_wherever_it_shows(tmp_path: Path) -> None:
    result = polled("next-chat-leaky", tmp_path)
    leaks = {
        (entry.finding.place.path, entry.finding.place.span.line) for entry in found(result, "key-in-client-bundle")
    }
    assert leaks == {("Dockerfile", 3), ("lib/claude.ts", 4), ("lib/claude.ts", 5), ("next.config.ts", 5)}
    assert verdicts(result)["secret-storage"] is Verdict.NO_GO
