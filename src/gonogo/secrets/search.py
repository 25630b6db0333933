"""What objects of a history hold, looked at one by one, and the sum of that over many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gonogo.secrets.detect import KeyHit, find_keys
from gonogo.secrets.env import env_kind
from gonogo.secrets.objects import GitObject
from gonogo.secrets.prefilter import Prefilter
from gonogo.secrets.runs import Seen
from gonogo.secrets.streams import find_keys_in_stream


@dataclass(slots=True)
class Found:
    """What objects hold, before it is known which commits brought them. `size` counts bytes."""

    commits: int = 0
    blobs: int = 0
    size: int = 0
    by_key: dict[str, dict[str, KeyHit]] = field(default_factory=dict)
    """Fingerprint to the blobs that hold the key; of several places in one blob the first."""
    messages: list[tuple[GitObject, KeyHit]] = field(default_factory=list)
    """Commits and tags with a key in their text."""
    env_names: dict[str, str] = field(default_factory=dict)
    """Blobs that some tree calls `.env` or the like, with that name."""
    hits: set[str] = field(default_factory=set)
    """Objects in which a key was found."""

    def add(self, other: Found) -> None:
        """Take over what another search found."""
        self.commits += other.commits
        self.blobs += other.blobs
        self.size += other.size
        for key, blobs in other.by_key.items():
            self.by_key.setdefault(key, {}).update(blobs)
        self.messages += other.messages
        self.env_names.update(other.env_names)
        self.hits |= other.hits


class Search:
    """Looks at objects; `found` is what they held so far.

    `seen` can be shared by searches that follow one another.
    """

    def __init__(self, perhaps: Prefilter, seen: Seen | None = None) -> None:
        self.found = Found()
        self._perhaps = perhaps
        self._seen = Seen() if seen is None else seen

    def look(self, name: str, kind: str, data: bytes) -> bool:
        """Search one object; was anything found in it?"""
        found = self.found
        found.size += len(data)
        if kind == "tree":
            return b".env" in data and self._in_tree(name, data)
        if kind == "blob":
            found.blobs += 1
        else:
            found.commits += kind == "commit"
        if not self._perhaps(data):
            return False
        hits = find_keys(data, self._seen)
        if kind == "blob":
            self._keep(name, hits)
        for hit in hits if kind != "blob" else ():
            found.hits.add(name)
            found.messages.append((GitObject(name, kind, data), hit))
        return bool(hits)

    def large(self, name: str, size: int, chunks: Iterable[bytes]) -> bool:
        """Search a blob that comes in pieces; did all of it come?"""
        come = 0

        def counted() -> Iterator[bytes]:
            nonlocal come
            for chunk in chunks:
                come += len(chunk)
                yield chunk

        self._keep(name, find_keys_in_stream(counted(), self._perhaps))
        self.found.blobs += 1
        self.found.size += come
        return come == size

    def _keep(self, name: str, hits: Iterable[KeyHit]) -> None:
        for hit in hits:
            self.found.hits.add(name)
            self.found.by_key.setdefault(hit.fingerprint, {}).setdefault(name, hit)

    def _in_tree(self, name: str, data: bytes) -> bool:
        entries = _env_entries(data, len(name) // 2)
        self.found.env_names.update(entries)
        return bool(entries)


def _env_entries(tree: bytes, width: int) -> dict[str, str]:
    """Files of a tree that are dotenv files and no templates: id to name. `width` is the size of an id in bytes."""
    found = {}
    at = 0
    while at < len(tree):
        zero = tree.find(b"\0", at)
        if zero < 0:
            break
        mode, _, name = tree[at:zero].partition(b" ")
        at = zero + 1 + width
        if name.find(b".env") >= 0 and mode.startswith(b"100"):
            text = name.decode("utf-8", "replace")
            if env_kind(text) in ("env", "loose"):
                found[tree[zero + 1 : at].hex()] = text
    return found
