"""`gonogo attest` over real repositories, and what a person's word does to the poll."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import tomli
from jsonschema import Draft202012Validator
from support.keys import make
from support.repos import Repository

from gonogo.reports.json import schema_text
from gonogo.secrets.detect import fingerprint

Run = Callable[..., "subprocess.CompletedProcess[str]"]
TODAY = date.today()
SOON = (TODAY + timedelta(days=60)).isoformat()
WORD = ("--by", "Dana (platform)", "--evidence", "https://wiki.example.com/budget")
SCHEMA: dict[str, Any] = json.loads(schema_text())
KEY = make("anthropic-api")


def poll(gonogo: Run, *args: str) -> dict[str, Any]:
    done = gonogo("check", "--format", "json", *args)
    assert done.returncode in (0, 1), done.stderr
    table: dict[str, Any] = json.loads(done.stdout)
    Draft202012Validator(SCHEMA).validate(table)
    return table


def item(table: dict[str, Any], name: str) -> dict[str, Any]:
    return next(entry for entry in table["items"] if entry["id"] == name)


@pytest.fixture
def repo(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path)
    repository.commit({"app.py": "print('hello')\n", ".gitignore": ".env\n"})
    return repository


def test_a_word_turns_hold_into_go_and_shows(gonogo: Run, repo: Repository) -> None:
    done = gonogo("attest", "key-rotation", *WORD, "--until", SOON)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"gonogo.toml: key-rotation is attested by Dana (platform) until {SOON}\n"
    table = tomli.loads((repo.root / "gonogo.toml").read_text())
    assert table["attest"]["key-rotation"]["on"] == TODAY
    answer = item(poll(gonogo), "key-rotation")
    assert answer["verdict"] == "GO"
    assert answer["attested"] == {
        "by": "Dana (platform)", "on": TODAY.isoformat(), "expires": SOON,
        "evidence": "https://wiki.example.com/budget", "expired": False,
    }  # fmt: skip
    people = gonogo("check", "--format", "rich").stdout
    assert f"attested by Dana (platform) until {SOON}" in " ".join(people.split())
    assert f"gonogo: key-rotation: attested by Dana (platform) on {TODAY}, until {SOON}: https://" in (
        gonogo("check", "--format", "concise").stdout
    )


def test_items_have_numbers_too(gonogo: Run, repo: Repository) -> None:
    assert gonogo("attest", "9", *WORD, "--until", SOON).returncode == 0
    assert "[attest.spend-alerts]" in (repo.root / "gonogo.toml").read_text()


def test_the_project_file_is_extended_where_it_is_the_configuration(gonogo: Run, repo: Repository) -> None:
    text = (
        '[project]\r\nname = "x"  # us\r\n\r\n[tool.gonogo]\r\nstrict = true\r\n\r\n[tool.ruff]\r\nline-length = 99\r\n'
    )
    (repo.root / "pyproject.toml").write_bytes(text.encode())
    (repo.root / "pyproject.toml").chmod(0o640)
    (repo.root / "deep").mkdir()
    assert gonogo("attest", "evals", *WORD, "--until", SOON, cwd=repo.root / "deep").returncode == 0
    new = (repo.root / "pyproject.toml").read_bytes().decode()
    head, tail = text.split("[tool.ruff]")
    assert new.startswith(head + "[tool.gonogo.attest.evals]\r\n")
    assert new.endswith("\r\n\r\n[tool.ruff]" + tail)
    assert stat.S_IMODE((repo.root / "pyproject.toml").stat().st_mode) == 0o640
    assert not (repo.root / "gonogo.toml").exists()
    assert not (repo.root / "deep" / "gonogo.toml").exists()


def test_a_word_that_holds_is_not_replaced_by_accident(gonogo: Run, repo: Repository) -> None:
    assert gonogo("attest", "evals", *WORD, "--until", SOON).returncode == 0
    before = (repo.root / "gonogo.toml").read_bytes()
    again = gonogo("attest", "evals", "--by", "Ada", "--evidence", "x", "--until", SOON)
    assert again.returncode == 2
    assert f"attested already, by Dana (platform) until {SOON}; --force replaces that" in again.stderr
    assert (repo.root / "gonogo.toml").read_bytes() == before
    assert gonogo("attest", "evals", "--by", "Ada", "--evidence", "x", "--until", SOON, "--force").returncode == 0
    assert tomli.loads((repo.root / "gonogo.toml").read_text())["attest"]["evals"]["by"] == "Ada"


def test_a_word_that_ended_is_said_and_may_be_replaced(gonogo: Run, repo: Repository) -> None:
    entry = '[attest.evals]  # spring\nby = "Ada"\non = 2025-01-01\nexpires = 2025-06-01\nevidence = "x"\n'
    (repo.root / "gonogo.toml").write_text(entry)
    table = poll(gonogo)
    assert item(table, "evals")["attested"]["expired"] is True
    assert item(table, "evals")["verdict"] != "GO"
    assert "the attestation of evals by Ada expired on 2025-06-01" in table["warnings"]
    assert gonogo("attest", "evals", *WORD, "--until", SOON).returncode == 0
    assert "# spring" in (repo.root / "gonogo.toml").read_text()
    assert poll(gonogo)["warnings"] == []


def test_a_word_about_to_end_is_announced(gonogo: Run, repo: Repository) -> None:
    near = (TODAY + timedelta(days=10)).isoformat()
    assert gonogo("attest", "evals", *WORD, "--until", near).returncode == 0
    assert poll(gonogo)["warnings"] == [f"the attestation of evals by Dana (platform) expires on {near}"]
    assert repo.root.is_dir()


def test_a_dry_run_writes_nothing(gonogo: Run, repo: Repository) -> None:
    done = gonogo("attest", "evals", *WORD, "--until", SOON, "--dry-run")
    assert done.returncode == 0
    assert "+[attest.evals]\n" in done.stdout
    assert not (repo.root / "gonogo.toml").exists()


@pytest.mark.usefixtures("repo")
@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (("spend-alrts", *WORD, "--until", SOON), 'no item "spend-alrts"; did you mean "spend-alerts"?'),
        (("evals", *WORD, "--until", TODAY.isoformat()), "must lie in the future"),
        (("evals", *WORD, "--until", "2199-01-01"), "a year at most"),
        (("evals", *WORD, "--until", "soon"), "write a date as 2027-02-03"),
        (("evals", *WORD), "--until DATE is missing"),
        (("evals", "--by", " ", "--evidence", "x", "--until", SOON), "--by must not be empty"),
        (("evals", "--by", "x", "--evidence", "a\nb", "--until", SOON), "one line"),
        (("evals", "--by", "x", "--evidence", f"it was {KEY}", "--until", SOON), "--evidence holds a key"),
        (("evals", *WORD, "--revoked", "0" * 16), "--revoked goes with secret-storage"),
        (("secret-storage", *WORD, "--revoked", "0" * 32), "16 hexadecimal digits"),
        (("secret-storage", *WORD, "--revoked", "0" * 16, "--until", SOON), "takes no --until"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_word_is_misuse(gonogo: Run, tmp_path: Path, args: tuple[str, ...], complaint: str) -> None:
    done = gonogo("attest", *args)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert KEY not in done.stderr + done.stdout
    assert not (tmp_path / "gonogo.toml").exists()


def test_a_file_that_cannot_be_extended_is_left_alone(gonogo: Run, repo: Repository) -> None:
    (repo.root / "gonogo.toml").write_text("strict = true\nattest.evals.by = 'x'\n")
    broken = gonogo("attest", "metrics", *WORD, "--until", SOON)
    assert broken.returncode == 2
    assert "gonogo.toml:2: attest.evals: on, expires, evidence are missing" in broken.stderr
    keys = {"by": "'x'", "on": "2025-01-01", "expires": "2025-06-01", "evidence": "'x'"}
    text = "".join(f"attest.evals.{key} = {value}\n" for key, value in keys.items())
    (repo.root / "gonogo.toml").write_text(text)
    done = gonogo("attest", "metrics", *WORD, "--until", SOON)
    assert done.returncode == 3
    assert "[attest.metrics]" in done.stderr
    assert "cannot be changed safely" in done.stderr
    assert (repo.root / "gonogo.toml").read_text() == text


def test_findings_outweigh_a_word(gonogo: Run, repo: Repository) -> None:
    """An attestation answers what the code cannot show; it never takes back what the code shows."""
    repo.commit({"settings.py": f'ANTHROPIC_API_KEY = "{KEY}"\n'})
    for name in ("secret-storage", "key-rotation"):
        assert gonogo("attest", name, *WORD, "--until", SOON).returncode == 0
    table = poll(gonogo)
    for name in ("secret-storage", "key-rotation"):
        answer = item(table, name)
        assert answer["verdict"] == "NO-GO"
        assert answer["reason"].endswith("the attestation by Dana (platform) does not outweigh that")


def test_a_leaked_key_stays_a_finding_until_it_is_revoked(gonogo: Run, repo: Repository) -> None:
    repo.commit({"settings.py": f'ANTHROPIC_API_KEY = "{KEY}"\n'})
    repo.commit({"settings.py": "import os\n"})
    table = poll(gonogo)
    assert item(table, "secret-storage")["verdict"] == "NO-GO"
    rotation = item(table, "key-rotation")
    assert (rotation["verdict"], rotation["reason"]) == ("NO-GO", "1 leaked key not attested as revoked")
    [finding] = [f for f in table["findings"] if f["rule"] == "key-in-history"]
    assert (finding["keys"], finding["revoked"]) == ([fingerprint(KEY)], [])
    assert f"fingerprint {fingerprint(KEY)}" in gonogo("check", "--format", "rich").stdout
    assert f"(fingerprint {fingerprint(KEY)})" in gonogo("check", "--format", "concise").stdout

    done = gonogo("attest", "secret-storage", "--revoked", fingerprint(KEY), *WORD)
    assert done.stdout == f"gonogo.toml: the key {fingerprint(KEY)} is attested as revoked by Dana (platform)\n"
    table = poll(gonogo)
    storage = item(table, "secret-storage")
    assert (storage["verdict"], item(table, "key-rotation")["verdict"]) == ("GO", "HOLD")
    assert storage["reason"].startswith("a leaked key is attested as revoked by Dana (platform)")
    [finding] = [f for f in table["findings"] if f["rule"] == "key-in-history"]
    assert [word["key"] for word in finding["revoked"]] == [fingerprint(KEY)]
    people = gonogo("check", "--format", "rich").stdout
    assert "revoked[key-in-history]: " in people
    assert "error[key-in-history]" not in people
    assert "1 leak attested as revoked" in " ".join(people.split())
    concise = gonogo("check", "--format", "concise").stdout
    assert f"leak {fingerprint(KEY)} attested as revoked by Dana (platform) on {TODAY}" in concise
    again = gonogo("attest", "secret-storage", "--revoked", fingerprint(KEY), *WORD)
    assert again.returncode == 2
    assert "revoked already" in again.stderr


def test_a_revoked_key_must_still_leave_the_tree(gonogo: Run, repo: Repository) -> None:
    repo.commit({"settings.py": f'ANTHROPIC_API_KEY = "{KEY}"\n'})
    assert gonogo("attest", "secret-storage", "--revoked", fingerprint(KEY), *WORD).returncode == 0
    table = poll(gonogo)
    assert item(table, "secret-storage")["verdict"] == "NO-GO"
    assert item(table, "secret-storage")["reason"] == "a provider key written into a file"
    assert item(table, "key-rotation")["verdict"] == "HOLD"


def test_revoking_one_key_says_nothing_of_another(gonogo: Run, repo: Repository) -> None:
    other = make("anthropic-api", 1)
    repo.commit({"settings.py": f'A = "{KEY}"\nB = "{other}"\n'})
    repo.commit({"settings.py": "import os\n"})
    assert gonogo("attest", "secret-storage", "--revoked", fingerprint(KEY), *WORD).returncode == 0
    table = poll(gonogo)
    assert item(table, "secret-storage")["verdict"] == "NO-GO"
    assert item(table, "key-rotation")["reason"] == "1 leaked key not attested as revoked"


def test_a_dotenv_file_of_the_past_can_be_settled_too(gonogo: Run, repo: Repository) -> None:
    """Its values have no published form; the fingerprint names the committed versions."""
    repo.commit({".env": f"DB_PASSWORD={make('mistral')[-14:]}\n"})
    repo.commit(delete=(".env",))
    [leak] = [f for f in poll(gonogo)["findings"] if f["rule"] == "key-in-history"]
    assert gonogo("attest", "secret-storage", "--revoked", leak["keys"][0], *WORD).returncode == 0
    assert item(poll(gonogo), "secret-storage")["verdict"] == "GO"
    repo.commit({".env": f"DB_PASSWORD={make('mistral', 1)[-14:]}\n"})
    repo.commit(delete=(".env",))
    assert item(poll(gonogo), "secret-storage")["verdict"] == "NO-GO"


def test_a_key_that_git_does_not_know_has_not_leaked(gonogo: Run, repo: Repository) -> None:
    repo.write({"settings.py": f'ANTHROPIC_API_KEY = "{KEY}"\n'})
    table = poll(gonogo)
    assert item(table, "secret-storage")["verdict"] == "NO-GO"
    assert item(table, "key-rotation")["verdict"] == "HOLD"


def test_a_revocation_of_no_key_is_said(gonogo: Run, repo: Repository) -> None:
    assert gonogo("attest", "secret-storage", "--revoked", "0" * 16, *WORD).returncode == 0
    assert poll(gonogo)["warnings"] == [f"revoked: no leaked key here has the fingerprint {'0' * 16}"]
    assert poll(gonogo, "--no-history")["warnings"] == []
    assert repo.root.is_dir()


def test_a_link_out_of_the_repository_is_not_written_through(gonogo: Run, repo: Repository) -> None:
    outside = repo.root.parent / f"{repo.root.name}-outside.toml"
    outside.write_text("strict = true\n")
    (repo.root / "gonogo.toml").symlink_to(outside)
    done = gonogo("attest", "evals", *WORD, "--until", SOON)
    assert done.returncode == 2
    assert "is a link that leads out of its folder" in done.stderr
    assert outside.read_text() == "strict = true\n"
