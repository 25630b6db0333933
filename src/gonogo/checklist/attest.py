"""Putting a person's word on record: an item attested, or a leaked key revoked, written into the configuration."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from gonogo.config.nearest import did_you_mean
from gonogo.workspace.names import display

if TYPE_CHECKING:
    from gonogo.config.options import Options

LONGEST = timedelta(days=366)
"""An attestation for longer than a year would outlive the people who could answer for it."""

_LONGEST_TEXT = 500
_KEY_ITEM = "secret-storage"


class AttestError(ValueError):
    """The word is not one that can be put on record; the text is a sentence for the one who gave it."""


@dataclass(frozen=True, slots=True)
class Word:
    """Who says it, and where the proof is."""

    by: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written: the whole new text of `path`, which `old` was before (`None` for a new file)."""

    path: Path
    old: bytes | None
    new: bytes
    done: str
    """What it says, in a sentence."""


def item_named(name: str, items: Mapping[str, str]) -> str:
    """The id of an item given by its id or its number; `items` maps both to ids.

    Raises:
        AttestError: there is none.
    """
    word = name.strip().lower()
    if word not in items:
        hint = did_you_mean(word, [key for key in items if not key.isdigit()])
        raise AttestError(f'there is no item "{display(name)}"{hint or "; `gonogo items` lists them"}')
    return items[word]


def attestation(root: Path, options: Options, item: str, word: Word, until: date, *, force: bool) -> Change:
    """The change that attests `item` until `until`, for a run over `root` with `options`.

    Raises:
        AttestError: a date or text is wrong, or the item is attested already.
        gonogo.config.edit.CannotEditError: the file has a form that cannot be extended safely.
        OSError: the file cannot be read.
    """
    from gonogo.config.edit import set_table

    _check(word)
    today = options.today
    if until <= today:
        raise AttestError(f"--until {until}: must lie in the future, and today is {today}")
    if until > today + LONGEST:
        raise AttestError(f"--until {until}: a word is good for a year at most, until {today + LONGEST}")
    known = options.attest.get(item)
    if known is not None and known.expires >= today and not force:
        raise AttestError(
            f"{item} is attested already, by {display(known.by)} until {known.expires}; --force replaces that"
        )
    path, old, text = _configuration(root, options)
    entry: dict[str, str | date] = {"by": word.by, "on": today, "expires": until, "evidence": word.evidence}
    new = set_table(text, (*_prefix(path), "attest", item), entry)
    return Change(path, old, _bytes(old, new), f"{item} is attested by {display(word.by)} until {until}")


def revocation(root: Path, options: Options, key: str, word: Word, *, force: bool) -> Change:
    """The change that attests the key with the fingerprint `key` as revoked.

    Raises:
        as `attestation`.
    """
    from gonogo.config.edit import append_table
    from gonogo.config.validate import KEY_FINGERPRINT

    _check(word)
    key = key.strip().lower()
    if not KEY_FINGERPRINT.fullmatch(key):
        raise AttestError(
            f'--revoked "{display(key[:40])}": a key is named by the 16 hexadecimal digits that `gonogo check` shows '
            "as its fingerprint"
        )
    if key in options.revoked and not force:
        raise AttestError(f"{key} is attested as revoked already, by {display(options.revoked[key].by)}")
    path, old, text = _configuration(root, options)
    entry: dict[str, str | date] = {"fingerprint": key, "by": word.by, "on": options.today, "evidence": word.evidence}
    new = append_table(text, (*_prefix(path), "revoked"), entry, unique="fingerprint")
    done = f"the key {key} is attested as revoked by {display(word.by)}"
    return Change(path, old, _bytes(old, new), done)


def key_item(item: str) -> bool:
    """Is this the item under which keys are attested as revoked?"""
    return item == _KEY_ITEM


def write(change: Change) -> None:
    """Carry it out, unless somebody else has changed the file in the meantime.

    Raises:
        AttestError: somebody has.
        OSError: it cannot be written; what was there is untouched.
    """
    from gonogo.workspace.write import replace_file

    now = change.path.read_bytes() if change.path.exists() else None
    if now != change.old:
        raise AttestError(f"{display(change.path.name)} was changed by somebody else just now; run it again")
    replace_file(change.path, change.new)


def _check(word: Word) -> None:
    from gonogo.secrets.detect import find_keys

    for flag, text in (("--by", word.by), ("--evidence", word.evidence)):
        if not text:
            raise AttestError(f"{flag} must not be empty")
        if not text.isprintable():
            raise AttestError(f"{flag} must be one line without control characters")
        if len(text) > _LONGEST_TEXT:
            raise AttestError(f"{flag} is longer than {_LONGEST_TEXT} characters; name the place where the proof is")
        if find_keys(text.encode("utf-8", "replace")):
            raise AttestError(f"{flag} holds a key; name the place where the proof is, not the secret")


def _configuration(root: Path, options: Options) -> tuple[Path, bytes | None, str]:
    """The file that applies, its bytes and its text; a new `gonogo.toml` at the top of the repository if none does."""
    if options.config_path is None:
        from gonogo.config.load import OWN_NAME

        top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
        return top / OWN_NAME, None, ""
    # A link within its folder was followed when the file was read; it is the file behind it that changes.
    path = options.config_path.resolve()
    old = path.read_bytes()
    return path, old, old.removeprefix(codecs.BOM_UTF8).decode("utf-8")


def _prefix(path: Path) -> tuple[str, ...]:
    from gonogo.config.load import SHARED_NAME

    return ("tool", "gonogo") if path.name == SHARED_NAME else ()


def _bytes(old: bytes | None, new: str) -> bytes:
    mark = codecs.BOM_UTF8 if old is not None and old.startswith(codecs.BOM_UTF8) else b""
    return mark + new.encode("utf-8")
