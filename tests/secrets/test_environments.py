"""Names of environments, and what keeps two of them apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.fixtures import options
from support.repos import Repository

from gonogo.engine import run
from gonogo.findings import Verdict
from gonogo.secrets.environments import environment_of, environment_of_path, shared_keys
from gonogo.workspace.discover import discover

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:anthropic-Ab12Cd"


@pytest.mark.parametrize(
    ("name", "environment"),
    [
        ("deploy-production", "production"),
        ("deployProd", "production"),
        ("api_staging", "staging"),
        ("dev", "development"),
        ("product", ""),
        ("developer-docs", ""),
        ("promote-staging-to-production", ""),
        ("test", ""),
    ],
)
def test_names_tell_an_environment_by_whole_words(name: str, environment: str) -> None:
    assert environment_of(name) == environment


def test_a_file_beats_its_folder() -> None:
    assert environment_of_path("deploy/prod/values-dev.yaml") == "development"
    assert environment_of_path("overlays/prod/values.yaml") == "production"
    assert environment_of_path("src/app.yaml") == ""


def shared(tmp_path: Path, files: dict[str, str]) -> list[list[str]]:
    repository = Repository(tmp_path / "repo")
    repository.commit(files)
    found, _ = shared_keys(discover(repository.root), [])
    return [[str(use.place) for use in uses] for uses in found]


def test_an_address_in_a_comment_is_none(tmp_path: Path) -> None:
    files = {"prod.tfvars": f'anthropic = "{ARN}"\n', "dev.tfvars": f'# anthropic = "{ARN}"\n'}
    assert shared(tmp_path, files) == []


def test_an_address_that_goes_on_with_a_variable_is_another(tmp_path: Path) -> None:
    line = 'anthropic = "arn:aws:ssm:eu-west-1:123456789012:parameter/anthropic/${var.env}"\n'
    assert shared(tmp_path, {"prod.tfvars": line, "dev.tfvars": line}) == []


def test_other_secrets_may_be_shared(tmp_path: Path) -> None:
    line = "registry_password = op://Shared/registry/password\n"
    assert shared(tmp_path, {"prod.conf": line, "dev.conf": line}) == []


def test_three_environments_are_one_finding(tmp_path: Path) -> None:
    line = f"anthropic_key: {ARN}\n"
    files = {f"config/{name}.yaml": line for name in ("production", "staging", "development")}
    assert shared(tmp_path, files) == [
        ["config/development.yaml:1", "config/production.yaml:1", "config/staging.yaml:1"]
    ]


def test_stages_in_one_file(tmp_path: Path) -> None:
    text = f"production:\n  anthropic_key: {ARN}\nstaging:\n  anthropic_key: {ARN}\n"
    assert shared(tmp_path, {"config/secrets.yml": text}) == [["config/secrets.yml:2", "config/secrets.yml:4"]]


def test_tests_and_examples_are_not_deployed(tmp_path: Path) -> None:
    line = f"anthropic_key: {ARN}\n"
    assert shared(tmp_path, {"examples/prod.yaml": line, "tests/dev.yaml": line}) == []


def test_a_variable_in_the_compose_files_of_both_is_a_question(tmp_path: Path) -> None:
    """Each host may give it another value; only people know."""
    text = "services:\n  bot:\n    environment:\n      ANTHROPIC_API_KEY: ${ANTHROPIC_API_KEY}\n"
    repository = Repository(tmp_path / "repo")
    repository.commit({"compose.prod.yml": text, "compose.dev.yml": text})
    result = run(repository.root, options(history=False))
    item = next(entry for entry in result.items if entry.id == "key-per-environment")
    assert (item.verdict, item.findings) == (Verdict.HOLD, ())
    assert item.reason == (
        "development and production both take ${ANTHROPIC_API_KEY} from their host; nobody has attested that the keys "
        "differ"
    )
