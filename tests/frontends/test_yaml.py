"""YAML from strangers: read with its lines, and never more of it than it is."""

from __future__ import annotations

import pytest

from gonogo.frontends.yaml import MAX_VISITS, Mapping, NotReadError, read_documents, scalars


def test_scalars_carry_their_keys_and_lines() -> None:
    [document] = read_documents("a:\n  b: [1, {c: x}]\n  !tag d: 'text'\n")
    found = [(keys, scalar.text, scalar.span.line) for keys, scalar in scalars(document)]
    assert found == [(("a", "b"), "1", 2), (("a", "b", "c"), "x", 2), (("a", "d"), "text", 3)]


def test_merged_entries_are_found_behind_own_ones() -> None:
    [document] = read_documents("base: &base {x: 1, y: 2}\nuse:\n  <<: *base\n  y: 3\nmany:\n  <<: [*base]\n")
    assert isinstance(document, Mapping)
    use, many = document.table("use"), document.table("many")
    assert use is not None
    assert many is not None
    assert (use.text("x"), use.text("y"), many.text("x"), many.text("z")) == ("1", "3", "1", "")


def test_nothing_is_constructed() -> None:
    [document] = read_documents("a: !!python/object/apply:os.system ['exit 1']\n")
    assert [scalar.text for _, scalar in scalars(document)] == ["exit 1"]


def test_aliases_do_not_explode() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    [document] = read_documents("\n".join(lines))
    assert sum(1 for _ in scalars(document)) <= MAX_VISITS


def test_a_loop_of_aliases_ends() -> None:
    [document] = read_documents("a: &a\n  b: *a\n  c: 1\n")
    assert sum(1 for _ in scalars(document)) <= MAX_VISITS


@pytest.mark.parametrize(
    "text",
    [
        "a: [" * 5_000,
        "a: " + "[" * 200_000,
        "[" * 60 + "]" * 60,
        "a: &a [1]\nb: [" + "*a, " * 600 + "]",
        "- x\n" * 70_000,
        "x" * 600_000,
        "a: b: c",
        "{{- if .Values.x }}\na: 1\n{{- end }}",
        "a: \x00",
    ],
)
def test_what_nobody_writes_is_not_read(text: str) -> None:
    with pytest.raises(NotReadError):
        read_documents(text)
