"""Secrets of no known format in configuration files: few, and only where two detectors agree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.keys import make

from gonogo.findings import Confidence, Severity
from gonogo.secrets.configured import is_configuration, secrets_in
from gonogo.secrets.judge import evidence, findings_in_tree
from gonogo.secrets.tree import TreeScan, scan_tree
from gonogo.workspace.discover import discover

VALUE = make("mistral", 51)
HEX = make("assemblyai", 51)


def found(text: str, path: str = "config.yaml") -> list[tuple[int, str]]:
    return [(one.span.line, one.name) for one in secrets_in(path, "app", text.encode(), set(), None)]


def scan(root: Path, files: dict[str, str]) -> TreeScan:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return scan_tree(discover(root))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("config.yaml", f"db_password: {VALUE}"),
        ("config.yaml", f'  "clientSecret": "{VALUE}"'),
        ("settings.toml", f'auth_token = "{VALUE}"'),
        ("app.ini", f"secret_key={HEX}"),
        ("app.properties", f"partner.api-key={HEX}"),
        ("appsettings.json", f'  "AccessKey": "{HEX}",'),
        ("main.tfvars", f'master_password = "{VALUE}"'),
    ],
)
def test_random_values_of_secrets(path: str, line: str) -> None:
    assert len(found(f"# settings\n{line}\n", path)) == 1


@pytest.mark.parametrize(
    "line",
    [
        f"cache_key: {HEX}",
        f"key: {HEX}",
        f"checksum: {HEX}",
        f"password_file: /run/secrets/{HEX}",
        f"public_key: {HEX}",
        f"# password: {VALUE}",
        "password: ${DB_PASSWORD}",
        "password: change-me-before-you-deploy",
        "api_key: your-api-key-goes-here",
        "secret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-x7Kq",
        "secretName: llm-gateway-credentials-v2",
        "password: correct-horse-battery-staple",
        "max_tokens: 1000000000000000000",
        "token: 0000000000000000000000",
    ],
)
def test_what_stands_for_something_else(line: str) -> None:
    assert found(line + "\n") == []


def test_only_configuration_that_somebody_wrote() -> None:
    for name in ("config.yaml", "settings.toml", "docker-compose.yml", "values.tfvars"):
        assert is_configuration(name)
    for name in ("package-lock.json", "app.py", "config.example.yaml", "poetry.lock", "jquery.min.json", "README"):
        assert not is_configuration(name)


def test_findings_are_warnings_and_no_value_is_shown(tmp_path: Path) -> None:
    tree = scan(tmp_path, {"config/production.yaml": f"a: 1\ndb_password: {VALUE}\n"})
    (finding,) = findings_in_tree(tree)
    assert (finding.rule, finding.place.path, finding.place.span.line) == ("hardcoded-key", "config/production.yaml", 2)
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.MEDIUM)
    assert VALUE not in repr((finding, tree))
    assert not any("hold no key" in one.text for one in evidence(tree, None))


@pytest.mark.parametrize("mark", ["# pragma: allowlist secret", "# gitleaks:allow", "# nosecret"])
def test_marks_of_other_scanners_are_honoured_and_counted(tmp_path: Path, mark: str) -> None:
    tree = scan(tmp_path, {"config.yaml": f"db_password: {VALUE}  {mark}\n"})
    assert list(findings_in_tree(tree)) == []
    assert any("1 key allowed by" in one.text for one in evidence(tree, None))


def test_a_baseline_of_detect_secrets_is_honoured(tmp_path: Path) -> None:
    (one,) = secrets_in("config.yaml", "app", f"db_password: {VALUE}\n".encode(), set(), None)
    baseline = {"results": {"config.yaml": [{"hashed_secret": one.sha1, "line_number": 1, "type": one.kind}]}}
    files = {"config.yaml": f"db_password: {VALUE}\n", ".secrets.baseline": json.dumps(baseline)}
    assert list(findings_in_tree(scan(tmp_path, files))) == []


def test_an_ignore_file_of_gitleaks_is_honoured(tmp_path: Path) -> None:
    files = {"config.yaml": f"db_password: {VALUE}\n", ".gitleaksignore": "config.yaml:generic-api-key:1\n"}
    assert list(findings_in_tree(scan(tmp_path, files))) == []


def test_keys_of_known_formats_are_reported_once(tmp_path: Path) -> None:
    tree = scan(tmp_path, {"config.yaml": f"groq_api_key: {make('groq')}\n"})
    assert [finding.message.partition(" in ")[0] for finding in findings_in_tree(tree)] == [
        f"Groq API key {make('groq')[:10]}…"
    ]
