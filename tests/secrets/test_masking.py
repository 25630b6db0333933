"""No text that passes through `mask_text` shows a whole key, or sixteen characters of one in a row."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.keys import make, names

from gonogo.secrets.formats import formats
from gonogo.secrets.masking import mask_text, mask_value

BY_NAME = {one.id for one in formats() if one.by_name}
OWN_LOOK = [name for name in names() if name not in BY_NAME]


def shows(text: str, key: str, length: int = 16) -> bool:
    return any(key[i : i + length] in text for i in range(len(key) - length + 1))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(OWN_LOOK),
    st.integers(0, 50),
    st.text(max_size=30),
    st.text(max_size=30),
)
def test_keys_with_a_look_of_their_own_are_hidden_in_any_text(name: str, seed: int, before: str, after: str) -> None:
    key = make(name, seed)
    separator = "AccountKey=" if name == "azure-storage" else ""
    text = mask_text(f"{before}{separator}{key}{after}")
    if name.startswith("private-key"):
        rows = key.replace("\\n", "\n").splitlines()[1:-1]
        assert not any(row in text for row in rows)
    else:
        # What identifies the owner (a host, a user, a workspace) may stay; the random rest may not.
        assert not shows(text, key[-34:], 20)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(BY_NAME)),
    st.integers(0, 50),
    st.sampled_from(['{} = "{}"', "{}={}", '"{}": "{}"', '{}: str = "{}"', 'getenv("{}", "{}")', "--{} {}"]),
    st.sampled_from(["API_KEY", "apiToken", "client_secret", "KEY"]),
)
def test_values_of_variables_named_like_keys_are_hidden(name: str, seed: int, form: str, variable: str) -> None:
    key = make(name, seed)
    assert not shows(mask_text(form.format(variable, key)), key)


@pytest.mark.parametrize("cut", [24, 40, 60, 90])
def test_the_first_part_of_a_key_is_hidden_too(cut: int) -> None:
    key = make("anthropic-api")
    assert not shows(mask_text(f'client = Anthropic("{key[:cut]}'), key)


@pytest.mark.parametrize(
    "text",
    [
        'client = Anthropic(api_key=os.environ["ANTHROPIC_API_KEY"])',
        "const apiKey = process.env.OPENAI_API_KEY;",
        "max_tokens=1024, token_count = compute_tokens_for(messages2)",
        "self.secret_manager = SecretManagerServiceClient()",
        'path = hf_hub_download(repo_id="org/model")',
        "tokens = response.usage.input_tokens",
        "task-management-system-for-2024",
        "def test_sk_is_masked():",
        "https://docs.example.org/guides/api-keys",
        "",
    ],
)
def test_ordinary_code_stays_as_it_is(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgres://app:s3cr3t-pw@db.internal/app", "s3cr3t-pw"),
        ("Authorization: Bearer " + make("mistral"), make("mistral")),
        ("curl --api-key " + make("cohere"), make("cohere")),
        ("eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + make("mistral"), make("mistral")),
    ],
)
def test_other_secrets(text: str, secret: str) -> None:
    masked = mask_text(text)
    assert secret not in masked
    assert masked[:8] == text[:8]


def test_masking_twice_changes_nothing() -> None:
    text = mask_text("\n".join(f'{name}_key = "{make(name)}"' for name in names()))
    assert mask_text(text) == text


def test_a_single_value_keeps_a_third_and_at_most_ten_characters() -> None:
    key = make("anthropic-api")
    assert mask_value(key) == key[:10] + "…"
    assert mask_value("hunter2hunter") == "hunt…"
    assert mask_value("ab") == "…"


def test_keys_put_together_from_literals_are_hidden() -> None:
    key = make("anthropic-api", 41)
    for text in (f'key = "{key[:7]}" + "{key[7:]}"', f"key = ('{key[:40]}'\n  '{key[40:80]}'\n  '{key[80:]}')"):
        shown = mask_text(text)
        assert not any(key[at : at + 12] in shown for at in range(len(key) - 12))


def test_keys_in_base64_are_hidden() -> None:
    text = base64.b64encode(f"ANTHROPIC_API_KEY={make('anthropic-api', 42)}".encode()).decode()
    assert text[12:] not in mask_text(f"auth {text} end")
    assert mask_text(f"auth {text} end").endswith("… end")
