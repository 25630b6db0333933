"""The SDK data: every file reads, and says nothing the engine would silently pass over."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli

from gonogo.registry.data import DataError, data_dir, load_toml
from gonogo.registry.sdks import SETTINGS, Sdk, all_sdks, read_sdk

FILES = sorted((data_dir() / "sdks").glob("*.toml"))


def file_of(sdk: Sdk) -> str:
    """SDKs for JavaScript and TypeScript say so in the names of their files."""
    return sdk.id if sdk.language == "python" else f"ecma-{sdk.id}"


def table(path: Path) -> dict[str, object]:
    return tomli.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_reads_and_is_named_after_its_sdk(path: Path) -> None:
    sdk = read_sdk(table(path), path.name)
    assert file_of(sdk) == path.stem
    assert sdk.title
    assert sdk.needles
    assert sdk.calls


def test_every_file_is_an_sdk_and_ids_are_unique() -> None:
    ids = [file_of(sdk) for sdk in all_sdks()]
    assert sorted(ids) == sorted({path.stem for path in FILES})
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_needles_are_lower_case_as_the_index_searches(path: Path) -> None:
    """The reader lowers them, so a capital here would be a mistake that looks like a distinction."""
    needles = table(path)["needles"]
    assert isinstance(needles, list)
    assert needles == [needle.lower() for needle in needles]
    assert len(needles) == len(set(needles))


@pytest.mark.parametrize("sdk", all_sdks(), ids=lambda sdk: sdk.key)
def test_settings_have_neutral_names(sdk: Sdk) -> None:
    for entry in (*sdk.clients, *sdk.calls):
        assert set(entry.args) <= set(SETTINGS)
        assert all(paths for paths in entry.args.values())
    for call in sdk.calls:
        assert {*call.requires, *call.unlimited_without, *call.unless} <= set(SETTINGS)
        assert set(call.requires) <= set(call.args), "a required setting that stands nowhere is always missing"
        assert set(call.streaming) <= set(call.tails)
        assert call.tails or call.functions
        if call.loop is not None and call.loop.needs:
            assert call.loop.needs in SETTINGS
    assert set(sdk.globals) <= set(SETTINGS)


@pytest.mark.parametrize("sdk", all_sdks(), ids=lambda sdk: sdk.key)
def test_calls_belong_to_clients_there_are(sdk: Sdk) -> None:
    kinds = {client.kind for client in sdk.clients}
    for call in sdk.calls:
        assert set(call.clients) <= kinds
        if call.tails:
            assert sdk.clients, "a tail follows a client"


@pytest.mark.parametrize("sdk", all_sdks(), ids=lambda sdk: sdk.key)
def test_times_and_counts_make_sense(sdk: Sdk) -> None:
    for entry in (*sdk.clients, *sdk.calls):
        assert entry.retries is None or (isinstance(entry.retries, int) and entry.retries >= 0)
        assert entry.timeout in (None, "none") or (isinstance(entry.timeout, (int, float)) and entry.timeout > 0)
        assert entry.unit > 0


@pytest.mark.parametrize("sdk", all_sdks(), ids=lambda sdk: sdk.key)
def test_catalogs_are_sections_of_the_model_catalog(sdk: Sdk) -> None:
    sections = set(load_toml("models.toml")) - {"meta"}
    used = {*sdk.catalogs, *(name for client in sdk.clients for name in client.catalogs)}
    assert used <= sections | {"deployment", "foreign"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"colour": "red"}, "colour"),
        ({"clients": [{"names": ["a.B"], "args": {"tokens": ["max"]}}]}, "tokens"),
        ({"clients": [{"names": ["a.B"], "retry": 2}]}, "retry"),
        ({"calls": [{"tails": [1]}]}, "tails"),
        ({"calls": [{"tails": ["x"], "limit": 1}]}, "limit"),
        ({"needles": 3}, "needles"),
    ],
)
def test_a_mistake_is_named_with_its_place(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(DataError, match=said) as caught:
        read_sdk({"id": "a", "title": "A", **wrong}, "a.toml")
    assert "a.toml" in str(caught.value)
