"""Patterns said again for a folder below."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonogo.config.rebase import rebase_folder, rebase_glob
from gonogo.workspace.globs import matches


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a/b/c/*.py", ("/c/*.py",)),
        ("a/*/c", ("/c",)),
        ("**/c", ("/**/c",)),
        ("a", ("**",)),
        ("a/b", ("**",)),
        ("x/**", ()),
        ("*.lock", ("*.lock",)),
        ("/a/b/x.py", ("/x.py",)),
    ],
)
def test_rebased_patterns(pattern: str, expected: tuple[str, ...]) -> None:
    assert rebase_glob(pattern, ("a", "b")) == expected


NAMES = st.sampled_from(["a", "b", "ab", "c.py"])
PATTERNS = st.lists(st.sampled_from(["a", "b", "*", "**", "a*", "?", "c.py"]), min_size=1, max_size=5)


@given(PATTERNS, st.lists(NAMES, min_size=1, max_size=3), st.lists(NAMES, min_size=1, max_size=3), st.booleans())
def test_a_rebased_pattern_matches_the_same_paths(
    parts: list[str], prefix: list[str], rest: list[str], anchored: bool
) -> None:
    """Whatever matches from the top matches from below, and nothing else."""
    pattern = ("/" if anchored else "") + "/".join(parts)
    whole = matches(pattern, "/".join([*prefix, *rest]))
    assert whole == any(matches(new, "/".join(rest)) for new in rebase_glob(pattern, prefix))


@pytest.mark.parametrize(("folder", "expected"), [("a/b/c", "c"), ("a/b", "."), ("a", "."), ("x", None), (".", ".")])
def test_rebased_folders(folder: str, expected: str | None) -> None:
    assert rebase_folder(folder, ("a", "b")) == expected
