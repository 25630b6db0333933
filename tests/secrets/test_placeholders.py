"""What stands in for a key is not taken for one, and random text is not taken for a stand-in."""

from __future__ import annotations

import random
import string

import pytest
from support.keys import make

from gonogo.secrets.detect import find_keys
from gonogo.secrets.placeholders import is_placeholder, is_reference, looks_random


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sk-ant-...",
        "sk-ant-…",
        "your-key-here",
        "your_api_key",
        "sk-ant-YOUR_KEY",
        "<KEY>",
        "<your key>",
        "xxxx",
        "XXXXXXXXXXXX",
        "****",
        "${ANTHROPIC_API_KEY}",
        "$ANTHROPIC_API_KEY",
        "{{ api_key }}",
        "${{ secrets.KEY }}",
        "%API_KEY%",
        "@API_KEY@",
        "changeme",
        "replace-me",
        "aaaaaaaaaaaaaaaaaaaa",
        "1234567890abcdef",
        "abcdefghijklmnopqrstuvwxyz",
        "a1b2c3d4e5f6g7h8i9",
        "fedcba9876543210",
        "abc123abc123abc123abc123",
        "AKIAIOSFODNN7EXAMPLE",
        "test-key-4711",
        "fake_token_0815",
        "dummy",
        "this-is-not-a-real-key-at-all",
        "none",
        "null",
    ],
)
def test_stand_ins(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("alphabet", ["0123456789abcdef", string.ascii_letters + string.digits + "-_"])
def test_random_texts_are_hardly_ever_taken_for_stand_ins(alphabet: str) -> None:
    source = random.Random(7)  # noqa: S311 - the same texts on every run
    texts = ["".join(source.choices(alphabet, k=48)) for _ in range(3_000)]
    assert sum(map(is_placeholder, texts)) <= 6


@pytest.mark.parametrize(
    "text",
    [
        "op://vault/item/field",
        "arn:aws:secretsmanager:eu-west-1:1:secret:x",
        "projects/p/secrets/k/versions/1",
        "encrypted:BDq0",
    ],
)
def test_references_to_a_secret_elsewhere(text: str) -> None:
    assert is_reference(text)


@pytest.mark.parametrize(
    "text",
    [
        "not-needed",
        "EMPTY",
        "lm-studio",
        "sk-no-key-required",
        "ollama",
        "my-local-key-2024",
        "DEMO_KEY",
        "some words with spaces 123",
        "https://api.example.org/v1/abc123",
        "settings.llm.provider.key2",
        "process.env.OPENAI_API_KEY",
        "getAnthropicClientOptions",
        "11111111111111111111",
    ],
)
def test_literals_that_are_no_key(text: str) -> None:
    assert not looks_random(text)


@pytest.mark.parametrize(
    "name", ["mistral", "cohere", "azure-openai", "together-legacy", "pinecone-legacy", "anthropic-api"]
)
def test_literals_that_may_be_a_key(name: str) -> None:
    assert all(looks_random(make(name, seed)) for seed in range(20))


@pytest.mark.parametrize(
    "body",
    [
        "x" * 95,
        "A" * 93 + "AA",
        "0123456789" * 9 + "01234",
        "abcdefghijklmnopqrstuvwxyz" * 3 + "abcdefghijklmnopq",
        "your-api-key-goes-here-" * 4 + "abc",
        ("this-is-a-fake-key-for-the-unit-tests-of-the-client-" * 2)[:95],
        "REPLACE_ME" + "q7Zk" * 22,
    ],
)
def test_full_length_stand_ins_are_no_keys(body: str) -> None:
    assert find_keys(("sk-" + "ant-api03-" + body).encode()) == []
