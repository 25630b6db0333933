"""Path patterns of the configuration."""

from __future__ import annotations

import pytest

from gonogo.workspace.globs import matches


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.py", "a.py"),
        ("*.py", "deep/down/a.py"),
        ("legacy", "src/legacy/a.py"),
        ("legacy/", "legacy/a/b.py"),
        ("src/legacy", "src/legacy/a.py"),
        ("src/*/a.py", "src/x/a.py"),
        ("src/**", "src/x/y/a.py"),
        ("src/**/a.py", "src/a.py"),
        ("src/**/a.py", "src/x/y/a.py"),
        ("**/gen/*.py", "gen/a.py"),
        ("**/gen/*.py", "x/y/gen/a.py"),
        ("**", "a.py"),
        ("/a.py", "a.py"),
        ("./src/a.py", "src/a.py"),
        ("a?c.py", "abc.py"),
        ("a*b*c", "axxbyyc"),
    ],
)
def test_match(pattern: str, path: str) -> None:
    """The pattern covers the path."""
    assert matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.py", "a.pyc"),
        ("/a.py", "sub/a.py"),
        ("src/*/a.py", "src/a.py"),
        ("src/*/a.py", "src/x/y/a.py"),
        ("src/*.py", "src/x/a.py"),
        ("legacy", "src/legacy2/a.py"),
        ("src/**/a.py", "lib/a.py"),
        ("a?c.py", "a/c.py"),
        ("", "a.py"),
        ("/", "a.py"),
        ("src/legacy", "src"),
    ],
)
def test_no_match(pattern: str, path: str) -> None:
    """The pattern leaves the path alone."""
    assert not matches(pattern, path)


def test_hostile_patterns_end() -> None:
    """Patterns on which a backtracking matcher would never return."""
    assert not matches("a*" * 100 + "b", "a" * 200)
    assert not matches("**/" * 100 + "x/y", "/".join("a" * 200))
