"""Reading configuration from real files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from gonogo.config.load import ConfigError, find, load
from gonogo.config.options import Attestation, Options
from gonogo.config.validate import Known
from gonogo.findings import Severity

KNOWN = Known(
    rules=frozenset({"no-timeout", "retries-disabled", "hardcoded-key"}),
    items=frozenset({"timeouts", "retries", "secret-storage", "spend-alerts"}),
)
TODAY = date(2026, 11, 21)


def read(root: Path, **more: object) -> Options:
    return load(root, known=KNOWN, today=TODAY, **more)  # type: ignore[arg-type]  # a test names what it passes


def problems(root: Path, **more: object) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(root, **more)
    return list(caught.value.problems)


def test_no_configuration_gives_the_defaults(tmp_path: Path) -> None:
    assert Options(today=TODAY) == read(tmp_path)


def test_every_key_arrives(tmp_path: Path) -> None:
    (tmp_path / "services/api").mkdir(parents=True)
    (tmp_path / "gonogo.toml").write_text(
        """
exclude = ["legacy/**", "*.min.js"]
roots = ["services/api/"]
select = ["timeouts", "no-timeout"]
ignore = ["hardcoded-key"]
strict = true
history = false
format = "json"

[areas]
"tools/**" = "script"

[severity]
no-timeout = "error"

[attest.spend-alerts]
by = "Dana (platform)"
on = 2026-11-03
expires = "2027-02-03"
evidence = "https://wiki.example.com/budget"

[per-path-ignores]
"jobs/**" = ["no-timeout", "retries"]
"""
    )
    expected = Options(
        exclude=("legacy/**", "*.min.js"),
        roots=("services/api",),
        select=("timeouts", "no-timeout"),
        ignore=("hardcoded-key",),
        strict=True,
        history=False,
        format="json",
        areas=(("tools/**", "script"),),
        severity={"no-timeout": Severity.ERROR},
        attest={
            "spend-alerts": Attestation(
                "spend-alerts",
                "Dana (platform)",
                date(2026, 11, 3),
                date(2027, 2, 3),
                "https://wiki.example.com/budget",
            )
        },
        per_path_ignores=(("jobs/**", ("no-timeout", "retries")),),
        config_path=tmp_path / "gonogo.toml",
        today=TODAY,
    )
    assert expected == read(tmp_path)


def test_all_mistakes_are_told_at_once_with_line_and_suggestion(tmp_path: Path) -> None:
    (tmp_path / "gonogo.toml").write_text(
        """exlude = ["a"]
strict = "yes"
ignore = [
  "no-timeot",
]
format = "jsn"
exclude = ["a", 3]
roots = ["missing"]

[severity]
retries-disable = "warn"

[attest.timeouts]
by = ""
on = 2027-11-03
expire = 2026-01-01

[areas]
"x/**" = "tests"
"""
    )
    assert problems(tmp_path) == [
        'gonogo.toml:1: unknown key "exlude"; did you mean "exclude"?',
        "gonogo.toml:2: strict: must be true or false, not a text",
        'gonogo.toml:3: ignore: "no-timeot" is neither a rule nor an item; did you mean "no-timeout"?',
        'gonogo.toml:6: format: "jsn" is not known; did you mean "json"?',
        "gonogo.toml:7: exclude: must be a list of texts, but holds a number",
        'gonogo.toml:8: roots: there is no folder "missing"',
        'gonogo.toml:11: severity.retries-disable: "warn" is not known; did you mean "warning"?',
        'gonogo.toml:11: severity.retries-disable: there is no such rule; did you mean "retries-disabled"?',
        "gonogo.toml:13: attest.timeouts: expires, evidence are missing",
        "gonogo.toml:14: attest.timeouts.by: must not be empty",
        "gonogo.toml:15: attest.timeouts.on: 2027-11-03 lies in the future",
        'gonogo.toml:16: unknown key "expire" in [attest.timeouts]; did you mean "expires"?',
        'gonogo.toml:19: areas."x/**": "tests" is not known; did you mean "test"?',
    ]


def test_mistakes_in_pyproject_have_its_line(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nstrict = 1\n\n[tool.gonogo]\nstrict = 1\n')
    assert problems(tmp_path) == ["pyproject.toml:6: strict: must be true or false, not a number"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("strict = = 1\n", "gonogo.toml:1: no valid TOML: Invalid value"),
        ("a = 1\nb = [\n", "gonogo.toml:3: no valid TOML: "),
        ("a = " + "[" * 5_000, "gonogo.toml: nested too deeply"),
        ("expires" * 200_000, "gonogo.toml: larger than 1,000,000 bytes"),
    ],
)
def test_a_broken_file_is_one_clear_line(tmp_path: Path, text: str, expected: str) -> None:
    (tmp_path / "gonogo.toml").write_text(text)
    (line,) = problems(tmp_path)
    assert line.startswith(expected)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gonogo.toml").write_bytes(b"strict = true\nformat = '\xff'\n")
    assert problems(tmp_path) == ["gonogo.toml:2: is not UTF-8 text"]


def test_control_characters_in_keys_are_shown_escaped(tmp_path: Path) -> None:
    (tmp_path / "gonogo.toml").write_text('"\\u001b[31m" = 1\n')
    assert problems(tmp_path) == ['gonogo.toml:1: unknown key "\\x1b[31m"']


def test_the_nearest_file_up_to_the_repository_wins(tmp_path: Path) -> None:
    repository = tmp_path / "repo"
    inner = repository / "services" / "api"
    (inner / "src").mkdir(parents=True)
    (repository / ".git").mkdir()
    (tmp_path / "gonogo.toml").write_text("not looked at")
    assert find(inner / "src") is None
    (repository / "gonogo.toml").write_text("strict = true\n")
    assert find(inner / "src") == repository / "gonogo.toml"
    (inner / "pyproject.toml").write_text("[tool.other]\n")
    assert find(inner / "src") == repository / "gonogo.toml"
    (inner / "pyproject.toml").write_text("[tool.gonogo]\nhistory = false\n")
    assert find(inner / "src") == inner / "pyproject.toml"
    (inner / "gonogo.toml").write_text("")
    assert find(inner / "src") == inner / "gonogo.toml"


def test_without_a_repository_folders_above_are_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "gonogo.toml").write_text("strict = true\n")
    assert find(tmp_path / "inner") is None
    assert find(tmp_path) == tmp_path / "gonogo.toml"


def test_a_broken_pyproject_of_others_is_not_our_business(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\n")
    assert find(tmp_path) is None


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.toml").write_text("strict = true\n")
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo/gonogo.toml").symlink_to("../outside.toml")
    assert problems(tmp_path / "repo") == ["gonogo.toml: is a link that leads out of its folder; it is not followed"]


def test_flags_beat_configuration(tmp_path: Path) -> None:
    (tmp_path / "gonogo.toml").write_text('history = true\nformat = "json"\nselect = ["timeouts"]\n')
    options = read(tmp_path, flags={"history": False, "format": None, "select": ("retries",), "strict": None})
    assert (options.history, options.format, options.select, options.strict) == (False, "json", ("retries",), False)


def test_flags_are_checked_too(tmp_path: Path) -> None:
    assert problems(tmp_path, flags={"select": ("timeout",), "ignore": ("x",)}) == [
        '--select: "timeout" is neither a rule nor an item; did you mean "timeouts"?',
        '--ignore: "x" is neither a rule nor an item',
    ]


def test_isolated_ignores_the_file_and_config_names_one(tmp_path: Path) -> None:
    (tmp_path / "gonogo.toml").write_text("strict = true\n")
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "ci.toml").write_text('exclude = ["data/**"]\n')
    assert not read(tmp_path, isolated=True).strict
    options = read(tmp_path, config=other / "ci.toml")
    assert (options.strict, options.exclude) == (False, ("data/**",))
    assert problems(tmp_path, config=other / "no.toml") == [f"{other / 'no.toml'}: No such file or directory"]


def test_patterns_from_above_speak_of_paths_below_the_scanned_folder(tmp_path: Path) -> None:
    scanned = tmp_path / "services" / "api"
    (scanned / "chat").mkdir(parents=True)
    (tmp_path / "web").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "gonogo.toml").write_text(
        """
exclude = ["services/*/old/**", "web/**", "*.lock"]
roots = ["services/api/chat", "web"]
[areas]
"services/api" = "example"
"""
    )
    options = read(scanned)
    assert options.exclude == ("/old/**", "*.lock")
    assert options.roots == ("chat",)
    assert options.areas == (("**", "example"),)


def test_select_and_ignore_decide_rule_by_rule() -> None:
    assert Options().selects("no-timeout", "timeouts")
    assert not Options(select=("retries",)).selects("no-timeout", "timeouts")
    assert Options(select=("timeouts",)).selects("no-timeout", "timeouts")
    assert not Options(select=("timeouts",), ignore=("no-timeout",)).selects("no-timeout", "timeouts")
    assert Options(select=("no-timeout",), ignore=("timeouts",)).selects("no-timeout", "timeouts")
    assert not Options(ignore=("timeouts",)).selects("no-timeout", "timeouts")


def test_per_path_ignores_name_the_pattern() -> None:
    options = Options(per_path_ignores=(("jobs/**", ("timeouts",)),))
    assert options.ignores("no-timeout", "timeouts", "jobs/a.py") == "jobs/**"
    assert options.ignores("no-timeout", "timeouts", "app/a.py") is None
    assert options.ignores("retries-disabled", "retries", "jobs/a.py") is None


def test_only_covers_files_and_folders() -> None:
    options = Options(only=("app", "jobs/a.py"))
    assert [options.covers(path) for path in ("app/x.py", "jobs/a.py", "application.py", "jobs/b.py")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert Options().covers("anything")
    assert Options(only=(".",)).covers("anything")
