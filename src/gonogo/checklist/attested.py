"""What a run says about people's words: those about to end, those that ended, those that speak of nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from gonogo.config.options import Options
from gonogo.secrets.history import HistoryScan
from gonogo.secrets.tree import TreeScan

NOTICE = timedelta(days=14)
"""How long before its last day a word is said to end."""


def about_words(
    options: Options, items: Iterable[str], tree: TreeScan | None, history: HistoryScan | None
) -> Iterator[str]:
    """A sentence for each attestation that ended or soon will, and for each revocation of a key that is not there.

    A key may be missing because nobody looked: nothing is said about those unless the whole history was read.
    """
    for name in items:
        word = options.attest.get(name)
        if word is None or word.expires - NOTICE > options.today:
            continue
        ended = word.expires < options.today
        what = "expired" if ended else "expires"
        yield f"the attestation of {name} by {word.by} {what} on {word.expires.isoformat()}"
    if tree is None or history is None or history.failed or history.doubts:
        return
    known = {key.hit.fingerprint for key in tree.keys} | {key.fingerprint for key in history.keys}
    known |= {env.fingerprint for env in history.env_files}
    for fingerprint in options.revoked:
        if fingerprint not in known:
            yield f"revoked: no leaked key here has the fingerprint {fingerprint}"
