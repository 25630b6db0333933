"""Releases of JavaScript packages, out of lock files and manifests."""

from __future__ import annotations

from pathlib import Path

import pytest

from gonogo.lexical.npm_versions import allowed_by
from gonogo.lexical.versions import Known, Versions
from gonogo.workspace.discover import discover

SDK = "npm:@anthropic-ai/sdk"
MANIFEST = '{\n  "name": "api",\n  "dependencies": {\n    "@anthropic-ai/sdk": "^0.27.3",\n    "ai": "*"\n  }\n}\n'
LOCKS = {
    "package-lock.json": (
        '{\n  "lockfileVersion": 3,\n  "packages": {\n    "node_modules/@anthropic-ai/sdk": {\n'
        '      "version": "0.27.3"\n    }\n  }\n}\n'
    ),
    "npm-shrinkwrap.json": '{"dependencies": {"@anthropic-ai/sdk": {"version": "0.27.3"}}}',
    "pnpm-lock.yaml": (
        "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      '@anthropic-ai/sdk':\n"
        "        specifier: ^0.27.3\n        version: 0.27.3(encoding@0.1.13)\n\npackages:\n\n"
        "  '@anthropic-ai/sdk@0.27.3':\n    resolution: {integrity: sha512-00}\n"
    ),
    "yarn.lock": (
        '# yarn lockfile v1\n\n"@anthropic-ai/sdk@^0.27.3":\n  version "0.27.3"\n  resolved "https://example.org/x.tgz"\n'
    ),
    "bun.lock": '{\n  "packages": {\n    "@anthropic-ai/sdk": ["@anthropic-ai/sdk@0.27.3", "", {}],\n  }\n}\n',
}
BERRY = '"@anthropic-ai/sdk@npm:^0.27.3":\n  version: 0.27.3\n  resolution: "@anthropic-ai/sdk@npm:0.27.3"\n'
OLD_PNPM = "lockfileVersion: 5.4\n\ndependencies:\n  '@anthropic-ai/sdk': 0.27.3\n"


def known(root: Path, files: dict[str, str], app: str = ".", package: str = SDK) -> Known | None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return Versions(discover(root)).known(app, package)


@pytest.mark.parametrize(
    ("path", "text"),
    [*LOCKS.items(), ("yarn.lock", BERRY), ("pnpm-lock.yaml", OLD_PNPM)],
    ids=[*LOCKS, "berry", "pnpm 5"],
)
def test_a_lock_file_names_the_release(path: str, text: str, tmp_path: Path) -> None:
    found = known(tmp_path, {path: text, "package.json": MANIFEST})
    assert found is not None
    assert (found.exact, found.path) == ("0.27.3", path)
    assert "0.27.3" in text.splitlines()[found.line - 1]
    assert found.below("0.55.0")
    assert not found.below("0.27.3")


def test_without_a_lock_the_manifest_says_what_may_be_installed(tmp_path: Path) -> None:
    found = known(tmp_path, {"package.json": MANIFEST})
    assert found is not None
    assert (found.exact, found.path, found.line) == ("", "package.json", 4)
    assert found.below("0.55.0")
    assert not found.below("0.27.5")


@pytest.mark.parametrize(
    ("asked", "below"),
    [
        (">=2.11 <3", False),
        ("~2.11.0", False),
        ("^2.11.0", False),
        (">0.31.2 <0.31.9", True),
        (">=0.30 <0.32.1", False),
    ],
)
def test_a_range_is_below_a_release_if_nothing_in_it_reaches_that(asked: str, below: bool, tmp_path: Path) -> None:
    found = known(tmp_path, {"package.json": f'{{"dependencies": {{"ai": "{asked}"}}}}'}, package="npm:ai")
    assert found is not None
    assert found.below("0.32.0") is below


def test_a_workspace_has_one_lock_file_for_all_its_packages(tmp_path: Path) -> None:
    lock = (
        "importers:\n\n  .:\n    dependencies:\n      '@anthropic-ai/sdk':\n        specifier: ^0.90.0\n"
        "        version: 0.90.0\n\n  apps/api:\n    dependencies:\n      '@anthropic-ai/sdk':\n"
        "        specifier: ^0.27.3\n        version: 0.27.3\n"
    )
    files = {"pnpm-lock.yaml": lock, "package.json": '{"name": "all"}', "apps/api/package.json": MANIFEST}
    found = known(tmp_path, files, app="apps/api")
    assert found is not None
    assert found.exact == "0.27.3"


def test_two_releases_side_by_side_are_no_answer(tmp_path: Path) -> None:
    lock = '"ai@^4.0.0":\n  version "4.3.1"\n\n"ai@^6.0.0":\n  version "6.0.1"\n'
    found = known(tmp_path, {"yarn.lock": lock, "package.json": MANIFEST}, package="npm:ai")
    assert found is not None
    assert not found.below("6.0.0")


@pytest.mark.parametrize(
    "text", ["{", "[1]", '{"dependencies": {"@anthropic-ai/sdk": "latest"}}', '{"dependencies": 3}']
)
def test_what_cannot_be_read_says_nothing(text: str, tmp_path: Path) -> None:
    assert known(tmp_path, {"package.json": text}) is None


@pytest.mark.parametrize(
    ("asked", "inside", "outside"),
    [
        ("^1.2.3", "1.9.0", "2.0.0"),
        ("^0.2.3", "0.2.9", "0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("~1.2.3", "1.2.9", "1.3.0"),
        ("1.x", "1.9.0", "2.0.0"),
        ("1.2", "1.2.9", "1.3.0"),
        (">=1.2.0 <2", "1.9.9", "2.0.0"),
        (">= 1.2.0", "7.0.0", "1.1.0"),
        ("1.2.3", "1.2.3", "1.2.4"),
    ],
)
def test_ranges(asked: str, inside: str, outside: str) -> None:
    allowed = allowed_by(asked)
    assert allowed is not None
    assert allowed.contains(inside)
    assert not allowed.contains(outside)


@pytest.mark.parametrize("asked", ["latest", "workspace:*", "catalog:", "^1 || ^2", "github:owner/name", "file:../sdk"])
def test_what_is_no_range_says_nothing(asked: str) -> None:
    assert allowed_by(asked) is None
