"""Finding many short texts at once."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from gonogo.lexical.needles import NeedleFinder

ALPHABET = st.sampled_from(list("abAB_1./@- \n"))


@given(
    st.lists(st.text(ALPHABET, min_size=1, max_size=4).map(str.lower), max_size=8),
    st.lists(st.text(ALPHABET, max_size=40), min_size=1, max_size=4),
)
def test_equal_to_a_plain_search(needles: list[str], texts: list[str]) -> None:
    """In every file, what the finder reports is what a search for each needle finds."""
    wanted = [needle.encode() for needle in needles]
    finder = NeedleFinder(wanted)
    for text in texts:
        data = text.encode()
        words = set(re.findall(rb"\w+", data))
        assert finder.find(data, words) == {needle for needle in wanted if needle in data.lower()}


def test_needles_that_share_a_word() -> None:
    """A host and the SDK's name have their longest word in common and are still told apart."""
    finder = NeedleFinder([b"anthropic", b"api.anthropic.com", b"@anthropic-ai/sdk"])
    data = b"from Anthropic import AnthropicBedrock\n"
    assert finder.find(data, set(re.findall(rb"\w+", data))) == {b"anthropic"}
    data = b'URL = "https://API.anthropic.com/v1"\n'
    assert finder.find(data, set(re.findall(rb"\w+", data))) == {b"anthropic", b"api.anthropic.com"}
