"""The model catalog is sound, and the script that updates it merges and never overwrites what documentation said."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tomli

ROOT = Path(__file__).resolve().parents[1]
CATALOG = tomli.loads((ROOT / "rules" / "models.toml").read_text(encoding="utf-8"))
SECTIONS = {"anthropic", "bedrock", "vertex", "openai", "gemini", "claude_code", "not_an_id"}
ENTRIES = [(section, name) for section in sorted(SECTIONS) for name in CATALOG[section]]

DATES = ("launched", "deprecated", "retires", "retired", "retires_not_before")
TOKENS = (
    "context_window",
    "max_output_tokens",
    "max_output_tokens_batch",
    "min_cacheable_tokens",
    "long_prompt_threshold",
)
PRICES = (
    "price_input", "price_output", "price_cache_write_5m", "price_cache_write_1h", "price_cache_read",
    "price_input_long", "price_output_long",
)  # fmt: skip
TEXTS = ("provider", "kind", "status", "resolves_to", "replacement", "api_id", "source", "note")
REQUIRED = {"provider", "kind", "status", "source"}

every_entry = pytest.mark.parametrize(("section", "name"), ENTRIES, ids=lambda value: str(value))


# --- the catalog ------------------------------------------------------------------------------------------------------


def test_the_sections_are_the_known_ones() -> None:
    assert set(CATALOG) == {"meta", *SECTIONS}


def test_the_date_is_one() -> None:
    assert dt.date.fromisoformat(CATALOG["meta"]["as_of"]) <= dt.date(2100, 1, 1)


@every_entry
def test_fields_are_known_and_of_the_right_type(section: str, name: str) -> None:
    entry = CATALOG[section][name]
    assert set(entry) <= {*DATES, *TOKENS, *PRICES, *TEXTS, "pinnable"}
    assert set(entry) >= REQUIRED
    assert all(isinstance(entry[key], str) and entry[key] for key in TEXTS if key in entry)
    assert all(type(entry[key]) is int and entry[key] > 0 for key in TOKENS if key in entry)
    assert all(isinstance(entry[key], (int, float)) and 0 < entry[key] < 1000 for key in PRICES if key in entry)
    assert isinstance(entry.get("pinnable", True), bool)
    assert entry["kind"] in {"snapshot", "alias"}
    assert entry["status"] in {"active", "legacy", "deprecated", "retired", "limited", "unknown"}


@every_entry
def test_dates_parse_and_come_in_order(section: str, name: str) -> None:
    entry = CATALOG[section][name]
    when = {key: dt.date.fromisoformat(entry[key]) for key in DATES if key in entry}
    told = [when[key] for key in ("launched", "deprecated", "retires", "retired") if key in when]
    assert told == sorted(told)
    assert not {"retires", "retired"} <= set(when), "an end is coming or has come"


@every_entry
def test_dates_agree_with_the_status(section: str, name: str) -> None:
    entry, today = CATALOG[section][name], CATALOG["meta"]["as_of"]
    if "retired" in entry:
        assert entry["status"] == "retired"
        assert entry["retired"] <= today
    if "retires" in entry:
        assert entry["retires"] > today
    if entry["status"] == "deprecated":
        assert "retires" in entry


@every_entry
def test_ids_named_elsewhere_exist(section: str, name: str) -> None:
    entry = CATALOG[section][name]
    home = CATALOG["anthropic"] if section == "not_an_id" else CATALOG[section]
    for key in ("replacement", "resolves_to"):
        if key in entry:
            assert entry[key] in home
    if "replacement" in entry:
        assert home[entry["replacement"]]["status"] not in {"retired", "unknown"}
    if "api_id" in entry:
        assert entry["api_id"] in CATALOG["anthropic"]
    if "resolves_to" in entry:
        assert entry["kind"] == "alias"
        assert home[entry["resolves_to"]]["kind"] == "snapshot"


@pytest.mark.parametrize("name", sorted(CATALOG["anthropic"]))
def test_the_kind_of_a_claude_id_follows_from_its_shape(name: str) -> None:
    """The shape decides for ids the catalog does not hold; so it must decide rightly for those it does."""
    meta = CATALOG["meta"]
    patterns = (meta["claude_dateless_snapshot_pattern"], meta["claude_dated_snapshot_pattern"])
    by_shape = any(re.search(pattern, name) for pattern in patterns)
    irregular = re.match(r"claude-(\d\.\d|instant|mythos-preview|4-opus)", name)
    if not irregular:
        assert by_shape == (CATALOG["anthropic"][name]["kind"] == "snapshot")


def test_facts_that_rules_were_written_against() -> None:
    claude = CATALOG["anthropic"]
    assert claude["claude-sonnet-4-6"]["kind"] == "snapshot"
    assert claude["claude-sonnet-4-5"]["kind"] == "alias"
    assert claude["claude-sonnet-4-5-20250929"]["retires"] == "2026-11-30"
    assert claude["claude-3-5-sonnet-20241022"]["status"] == "retired"
    assert "retires" not in claude["claude-haiku-4-5-20251001"], "a promise not to retire before is no retirement"


# --- the script -------------------------------------------------------------------------------------------------------

SMALL = """\
# What stands above stays.
[meta]
as_of = "2026-01-01"
packages = ["anthropic 1.0.0"]
claude_dateless_snapshot_pattern = "^claude-[a-z]+-[5-9]$"
claude_dated_snapshot_pattern = "^claude-[a-z]+-\\\\d-\\\\d{8}$"

[anthropic."claude-old-4-20250101"]
provider = "anthropic"
kind = "snapshot"
status = "active"
max_output_tokens = 1000
source = "docs model page"

[anthropic."claude-dated-4-20250202"]
provider = "anthropic"
kind = "snapshot"
status = "deprecated"
retires = "2026-12-24"
source = "docs deprecations page"

[anthropic."claude-machine-4-20250303"]
provider = "anthropic"
kind = "snapshot"
status = "deprecated"
retires = "2026-10-01"
source = "anthropic 1.0.0"
note = "read nowhere else"

[openai."gpt-9"]
provider = "openai"
kind = "alias"
status = "active"
source = "openai 3.0.0"

[vertex."claude-old-4@20250101"]
provider = "vertex"
kind = "snapshot"
status = "active"
source = "litellm 1.0.0"

[gemini]
"""


def install(folder: Path, name: str, version: str, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / name / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / name / path).write_text(text, encoding="utf-8")
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")


def install_anthropic(folder: Path, ids: list[str], dates: dict[str, str]) -> None:
    listed = "".join(f'        "{name}",\n' for name in ids)
    install(
        folder,
        "anthropic",
        "2.0.0",
        {
            "__init__.py": "raise SystemExit('a package was imported')\n",
            "types/model_param.py": f"ModelParam: TypeAlias = Union[\n    Literal[\n{listed}    ],\n    str,\n]\n",
            "resources/messages/messages.py": f"DEPRECATED_MODELS = {dates!r}\n",
        },
    )


def install_litellm(folder: Path, prices: dict[str, dict[str, Any]]) -> None:
    table = {"sample_spec": {"max_tokens": "a word"}, **prices}
    install(folder, "litellm", "1.1.0", {"model_prices_and_context_window_backup.json": json.dumps(table)})


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    path = tmp_path / "models.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    return folder


def update(catalog: Path, packages: Path, *more: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "scripts" / "update_models.py"
    command = [
        sys.executable, "-W", "error", str(script), "--catalog", str(catalog), "--site-packages", str(packages),
        "--as-of", "2026-11-21", *more,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def merged(catalog: Path, packages: Path) -> dict[str, Any]:
    done = update(catalog, packages)
    assert (done.returncode, done.stderr) == (0, "")
    return tomli.loads(catalog.read_text(encoding="utf-8"))


def test_new_ids_are_added_with_the_kind_their_shape_gives(catalog: Path, packages: Path) -> None:
    install_anthropic(packages, ["claude-new-6", "claude-old-4", "claude-old-4-20250101"], {})
    claude = merged(catalog, packages)["anthropic"]
    assert claude["claude-new-6"] == {
        "provider": "anthropic", "kind": "snapshot", "status": "active", "source": "anthropic 2.0.0",
    }  # fmt: skip
    assert claude["claude-old-4"]["kind"] == "alias"
    assert claude["claude-old-4"]["resolves_to"] == "claude-old-4-20250101"


def test_a_new_date_of_the_sdk_makes_a_model_deprecated(catalog: Path, packages: Path) -> None:
    install_anthropic(packages, ["claude-old-4-20250101"], {"claude-old-4-20250101": "January 2nd, 2027"})
    entry = merged(catalog, packages)["anthropic"]["claude-old-4-20250101"]
    assert (entry["status"], entry["retires"]) == ("deprecated", "2027-01-02")


def test_a_date_from_documentation_is_kept_and_the_difference_told(catalog: Path, packages: Path) -> None:
    name = "claude-dated-4-20250202"
    install_anthropic(packages, [name], {name: "December 1st, 2026"})
    install_litellm(packages, {name: {"litellm_provider": "anthropic", "deprecation_date": "2026-12-02"}})
    done = update(catalog, packages)
    assert tomli.loads(catalog.read_text())["anthropic"][name]["retires"] == "2026-12-24"
    assert f"= anthropic {name}: retires stays 2026-12-24, anthropic 2.0.0 says 2026-12-01" in done.stdout
    assert f"= anthropic {name}: retires stays 2026-12-24, litellm 1.1.0 says 2026-12-02" in done.stdout


def test_what_rests_on_a_package_alone_follows_that_package(catalog: Path, packages: Path) -> None:
    name = "claude-machine-4-20250303"
    install_anthropic(packages, [name], {name: "March 3rd, 2027"})
    entry = merged(catalog, packages)["anthropic"][name]
    assert (entry["retires"], entry["status"]) == ("2027-03-03", "deprecated")


def test_a_date_that_has_come_retires_the_model(catalog: Path, packages: Path) -> None:
    install_anthropic(packages, ["claude-new-6"], {})
    entry = merged(catalog, packages)["anthropic"]["claude-machine-4-20250303"]
    assert (entry["status"], entry["retired"]) == ("retired", "2026-10-01")
    assert "retires" not in entry
    assert list(entry)[-2:] == ["source", "note"]


def test_limits_and_prices_fill_gaps_only(catalog: Path, packages: Path) -> None:
    install_litellm(
        packages,
        {
            "claude-old-4-20250101": {
                "litellm_provider": "anthropic", "max_input_tokens": 200000, "max_output_tokens": 9999,
                "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05,
            },
        },
    )  # fmt: skip
    entry = merged(catalog, packages)["anthropic"]["claude-old-4-20250101"]
    assert (entry["context_window"], entry["price_input"], entry["price_output"]) == (200000, 3.0, 15.0)
    assert entry["max_output_tokens"] == 1000


def test_dates_of_a_partner_platform_are_not_believed(catalog: Path, packages: Path) -> None:
    install_litellm(
        packages,
        {
            "vertex_ai/claude-old-4@20250101": {
                "litellm_provider": "vertex_ai-anthropic_models", "max_output_tokens": 500,
                "deprecation_date": "2026-01-01",
            },
        },
    )  # fmt: skip
    entry = merged(catalog, packages)["vertex"]["claude-old-4@20250101"]
    assert entry == {
        "provider": "vertex", "kind": "snapshot", "status": "active", "max_output_tokens": 500,
        "source": "litellm 1.0.0",
    }  # fmt: skip


def test_ids_only_a_price_list_knows_are_left_out(catalog: Path, packages: Path) -> None:
    install_litellm(packages, {"claude-guess-4-20990101": {"litellm_provider": "anthropic", "max_output_tokens": 5}})
    assert "claude-guess-4-20990101" not in merged(catalog, packages)["anthropic"]


def test_shutdown_dates_are_read_from_the_text_below_openais_list(catalog: Path, packages: Path) -> None:
    text = (
        'ChatModel: TypeAlias = Literal[\n    "gpt-9",\n    "gpt-9-2026-05-05",\n    "gpt-8",\n]\n"""Some ids end:\n\n'
        '- "gpt-9", "gpt-8":\n  Announced shutdown date: 2027-04-01. See the page for\n  details.\n"""\n'
    )
    install(packages, "openai", "3.1.0", {"types/shared/chat_model.py": text})
    models = merged(catalog, packages)["openai"]
    assert {name: models[name].get("retires") for name in models} == {
        "gpt-9": "2027-04-01", "gpt-9-2026-05-05": None, "gpt-8": "2027-04-01",
    }  # fmt: skip
    assert models["gpt-9-2026-05-05"]["kind"] == "snapshot"
    assert models["gpt-8"]["pinnable"] is False


def test_check_changes_nothing_and_fails_if_something_would_change(catalog: Path, packages: Path) -> None:
    install_anthropic(packages, ["claude-new-6"], {})
    before = catalog.read_bytes()
    assert update(catalog, packages, "--check").returncode == 1
    assert catalog.read_bytes() == before
    assert update(catalog, packages).returncode == 0
    assert update(catalog, packages, "--check").returncode == 0


def test_a_second_run_changes_nothing_and_comments_survive(catalog: Path, packages: Path) -> None:
    install_anthropic(packages, ["claude-new-6"], {})
    update(catalog, packages)
    once = catalog.read_text(encoding="utf-8")
    update(catalog, packages)
    assert catalog.read_text(encoding="utf-8") == once
    assert once.startswith("# What stands above stays.\n")
    assert tomli.loads(once)["meta"]["as_of"] == "2026-11-21"
    assert tomli.loads(once)["meta"]["packages"] == ["anthropic 2.0.0"]


def test_missing_and_broken_packages_are_named_and_the_rest_goes_on(catalog: Path, packages: Path) -> None:
    install_anthropic(packages, ["claude-new-6"], {})
    install(packages, "litellm", "1.1.0", {"model_prices_and_context_window_backup.json": "{not json"})
    done = update(catalog, packages)
    assert done.returncode == 0
    assert "skipped: openai: not installed in " in done.stdout
    assert "skipped: litellm: the price list is not JSON: " in done.stdout
    assert "+ anthropic claude-new-6: new snapshot, listed by anthropic 2.0.0" in done.stdout


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        ({"types/model_param.py": "def ("}, "model_param.py cannot be parsed"),
        ({"types/model_param.py": "ModelParam = str\n"}, "model_param.py holds no list of model ids"),
        ({"resources/messages/messages.py": "x = 1\n"}, "messages.py holds no dictionary DEPRECATED_MODELS"),
        ({"resources/messages/messages.py": "DEPRECATED_MODELS = {f(): 1}\n"}, "DEPRECATED_MODELS is not plain data"),
        ({"resources/messages/messages.py": "DEPRECATED_MODELS = {'claude-x': 1}\n"}, "a date of an unknown form: 1"),
        (
            {"resources/messages/messages.py": "DEPRECATED_MODELS = {'claude-x': 'soon'}\n"},
            "a date of an unknown form: 'soon'",
        ),
    ],
)
def test_a_package_of_another_form_is_refused_in_one_sentence(
    catalog: Path, packages: Path, broken: dict[str, str], complaint: str
) -> None:
    install_anthropic(packages, ["claude-new-6"], {})
    for path, text in broken.items():
        (packages / "anthropic" / path).write_text(text, encoding="utf-8")
    before = catalog.read_bytes()
    done = update(catalog, packages)
    assert done.returncode == 2
    assert complaint in done.stdout
    assert done.stderr == "nothing could be read\n"
    assert catalog.read_bytes() == before
