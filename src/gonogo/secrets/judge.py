"""What the key scans mean for item 1: findings, evidence, and questions about what was not read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from gonogo.facts.span import NO_SPAN, Span
from gonogo.findings import Commit, Confidence, Evidence, Finding, Place, Question, Severity
from gonogo.secrets.detect import fingerprint
from gonogo.secrets.formats import format_by_id, is_media
from gonogo.secrets.history import HistoryEnv, HistoryKey, HistoryScan
from gonogo.secrets.tree import EnvFile, TreeKey, TreeScan
from gonogo.workspace.areas import area_of
from gonogo.workspace.names import display

ITEM = "secret-storage"

_GIT = ".git"
_ROOT = Place(".", NO_SPAN)
_AREA_WORDS = {
    "app": "source",
    "test": "a test",
    "example": "an example",
    "script": "a script",
    "docs": "documentation",
    "vendored": "vendored code",
    "generated": "generated code",
}
_THROWAWAY_AREAS = frozenset({"test", "example", "docs", "vendored"})
_NAMES_SHOWN = 3
_VIA = {"": "", "base64": ", encoded in base64", "gzip": ", compressed", "literals": ", put together from pieces"}


def findings_in_tree(scan: TreeScan) -> Iterable[Finding]:
    """What is wrong with the working tree, rule by rule."""
    yield from _hardcoded_keys(scan)
    yield from _configured_secrets(scan)
    yield from _committed_env_files(scan)
    yield from _env_files_not_ignored(scan)
    for bundle in scan.bundle_leaks:
        yield Finding("key-in-client-bundle", Place(bundle.path, bundle.span), bundle.text, bundle.subject)
    for image in scan.image_leaks:
        # That the code reads a file is no proof that it lies in the folder when the image is built.
        confidence = Confidence.HIGH if image.certain else Confidence.LOW
        yield Finding("key-in-image", Place(image.path, image.span), image.text, image.subject, confidence)


def findings_in_history(scan: HistoryScan, tree: TreeScan) -> Iterable[Finding]:
    """What was ever committed. `tree` knows the scanned root and which keys somebody allowed."""
    return (finding for _, finding in leaks_in_history(scan, tree))


def leaks_in_history(scan: HistoryScan, tree: TreeScan) -> Iterable[tuple[HistoryKey | HistoryEnv, Finding]]:
    """What was ever committed, beside what is said about it."""
    for key in scan.keys:
        if not (key.allowed or _allowed_by_list(key, tree)):
            yield key, _key_in_history(key, tree)
    for env in scan.env_files:
        if not tree.allow_list.reason(env.path, env.line, "", _commit_id(env)):
            yield env, _env_in_history(env, tree)


def evidence(tree: TreeScan, history: HistoryScan | None) -> Iterable[Evidence]:
    """What speaks for the item: an ignore rule, a clean tree, a clean history."""
    rule = tree.ignored.get(".env")
    if rule is not None and not rule.source.startswith(".."):
        span = Span(rule.line, 1, rule.line, len(rule.pattern) + 1)
        yield Evidence(ITEM, Place(rule.source, span), f".env is ignored ({display(rule.pattern)})")
    if tree.files and not (tree.keys or tree.configured):
        yield Evidence(ITEM, _ROOT, f"{_count(tree.files, 'file')} of the tree {_hold(tree.files)} no key")
    for mark, count in sorted(tree.allowed.items()):
        yield Evidence(ITEM, _ROOT, f"{_count(count, 'key')} allowed by {mark}")
    if history is not None and not (history.failed or history.doubts or _leaked(history)):
        text = f"{_count(history.blobs, 'version')} of files in {_count(history.commits, 'commit')} hold no key"
        if history.keys or history.env_files:
            text += " that a branch, tag, stash or reflog reaches"
        if history.since:
            text = f"since {display(history.since)}, {text}"
        media = [skipped for skipped in history.unread if is_media(skipped.path)]
        if media:
            text += f" ({_count(len(media), 'media file')} not searched)"
        if len(media) < len(history.unread):
            text += f" ({_count(len(history.unread) - len(media), 'submodule')} not searched)"
        yield Evidence(ITEM, _ROOT, text)


def _leaked(history: HistoryScan) -> bool:
    reaches = [key.reach for key in history.keys] + [env.reach for env in history.env_files]
    return any(reach != "unreachable" for reach in reaches)


def questions(tree: TreeScan, history: HistoryScan | None) -> Iterable[Question]:
    """What was not read, so that nobody can say the item is done."""
    unread = [skipped for skipped in tree.unread if not is_media(skipped.path)]
    if unread:
        first = unread[0]
        text = f"{_count(len(unread), 'file')} not searched for keys (first: {first.path}: {first.reason})"
        yield Question(ITEM, text)
    if history is None:
        return
    if history.failed:
        yield Question(ITEM, f"the git history was not searched: {history.failed}")
    for skipped in history.doubts:
        where = "" if skipped.path == _GIT else f"{skipped.path}: "
        yield Question(ITEM, f"the git history was not read in full: {where}{skipped.reason}")


# --- the tree ---------------------------------------------------------------------------------------------------------


def _hardcoded_keys(scan: TreeScan) -> Iterator[Finding]:
    for key in scan.keys:
        # A key in a dotenv file is where it belongs; whether the file is, is for the rules about such files.
        if key.allowed or _is_env_file(scan, key.path):
            continue
        yield Finding(
            "hardcoded-key",
            Place(key.path, key.span, key.cell),
            f"{key.hit.title} {key.hit.masked} in {_where(key)}{_VIA[key.hit.via]}",
            key.hit.fingerprint,
            _confidence(key.hit.format, key.area, public=key.hit.public, via=key.hit.via),
            keys=(key.hit.fingerprint,) if key.tracked else (),
        )


def _configured_secrets(scan: TreeScan) -> Iterator[Finding]:
    for one in scan.configured:
        if not one.allowed:
            yield Finding(
                "hardcoded-key",
                Place(one.path, one.span),
                f"{display(one.name)} is set to what looks like a secret, {one.masked} (detect-secrets: {one.kind})",
                one.fingerprint,
                Confidence.MEDIUM,
                Severity.WARNING,
                keys=(one.fingerprint,) if one.tracked else (),
            )


def _is_env_file(scan: TreeScan, path: str) -> bool:
    return any(
        env.path == path and (env.kind == "env" or (env.kind == "loose" and env.tracked)) for env in scan.env_files
    )


def _where(key: TreeKey) -> str:
    if key.output:
        return "the output of a notebook cell"
    name = key.path.rpartition("/")[2]
    if name.endswith((".py", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".ipynb")):
        return _AREA_WORDS.get(key.area, "source")
    return display(name)


def confidence_in(path: str, format_id: str, *, public: bool, via: str = "") -> Confidence:
    """How sure it is that a key of this format in a file of this name is a leak; no name stands for a message."""
    return _confidence(format_id, area_of(path, None) if path else "app", public=public, via=via)


def _confidence(format_id: str, area: str, *, public: bool, via: str = "") -> Confidence:
    key_format = format_by_id(format_id)
    # Tests take keys apart so that no scanner stumbles over those made for the purpose.
    if public or ((key_format.throwaway or via == "literals") and area in _THROWAWAY_AREAS):
        return Confidence.LOW
    return Confidence.MEDIUM if key_format.by_name or key_format.throwaway else Confidence.HIGH


def _committed_env_files(scan: TreeScan) -> Iterator[Finding]:
    for env in scan.env_files:
        if not env.tracked or not env.values:
            continue
        secret = [variable for variable in env.values if variable.secret]
        if env.kind == "template" or (env.kind == "loose" and not secret):
            continue
        telling = secret or [variable for variable in env.values if not variable.plain] or list(env.values)
        names = [variable.name for variable in telling]
        yield Finding(
            "committed-env-file",
            Place(env.path, telling[0].span),
            f"{display(env.path)} is tracked by git and holds {_values_of(names)}",
            fingerprint(",".join(sorted(names))),
            _env_confidence(env, bool(secret)),
            None if env.telling else Severity.NOTE,
            keys=tuple(dict.fromkeys(k.hit.fingerprint for k in scan.keys if k.path == env.path and not k.allowed)),
        )


def _env_confidence(env: EnvFile, secret: bool) -> Confidence:
    if env.area in _THROWAWAY_AREAS:
        return Confidence.LOW
    if secret:
        return Confidence.HIGH
    # `.env.development` with switches and local addresses is committed on purpose by some frameworks' conventions.
    return Confidence.MEDIUM if env.telling or env.path.endswith(".env") else Confidence.LOW


def _env_files_not_ignored(scan: TreeScan) -> Iterator[Finding]:
    if not scan.versioned:
        return
    reported = {env.path for env in scan.env_files if env.kind == "env" and env.tracked}
    for env in scan.env_files:
        if env.kind == "env" and not env.tracked and env.path not in scan.ignored:
            reported.add(env.path)
            if env.values and not env.telling and not env.path.endswith(".env"):
                continue  # `.env.development` with switches only, as some frameworks want it committed
            place = Place(env.path, Span(1, 1, 1, 1))
            yield Finding("env-file-not-ignored", place, f"no ignore rule covers {display(env.path)}", env.path)
    for load in scan.env_loads:
        # A rule for any place where the file may lie is enough; a file that is there was judged above.
        if any(target in scan.ignored or target in reported for target in load.targets):
            continue
        target = load.targets[0]
        reported.add(target)
        text = f"{display(target)} is read here, and no ignore rule covers it"
        yield Finding("env-file-not-ignored", Place(load.path, load.span), text, target)


# --- the history ------------------------------------------------------------------------------------------------------


def _allowed_by_list(key: HistoryKey, tree: TreeScan) -> bool:
    # A message has no path; the report shows its key in `.git`, line 1, and so it is listed.
    path, line = (key.path, key.span.line) if key.path else (_GIT, 1)
    return bool(tree.allow_list.reason(path, line, key.sha1, _commit_id(key)))


def _commit_id(found: HistoryKey | HistoryEnv) -> str:
    return found.introduction.commit if found.introduction is not None else ""


def _key_in_history(key: HistoryKey, tree: TreeScan) -> Finding:
    what = f"{key.title} {key.masked}{_VIA[key.via]}"
    if key.where == "file":
        place = Place(_relative(key.path, tree), key.span) if key.path else Place(_GIT, NO_SPAN)
        where = f"in {display(key.path)}" if key.path else "in a file"
    else:
        place = Place(_GIT, NO_SPAN)
        where = f"in the message of {key.where.partition(' ')[0]} {_commit_id(key)[:12]}"
    confidence = confidence_in(key.path, key.format, public=key.public, via=key.via)
    return Finding(
        "key-in-history",
        place,
        f"{what} {where}, {_standing(key)}",
        key.fingerprint,
        confidence,
        _severity(key),
        commit=_commit(key),
        keys=() if key.reach == "unreachable" else (key.fingerprint,),
    )


def _env_in_history(env: HistoryEnv, tree: TreeScan) -> Finding:
    area = area_of(env.path, None)
    return Finding(
        "key-in-history",
        Place(_relative(env.path, tree), Span(env.line, 1, env.line, 1)),
        f"{display(env.path)} was committed with {_values_of(env.secrets)}, {_standing(env)}",
        fingerprint(",".join(sorted(env.secrets))),
        Confidence.LOW if area in _THROWAWAY_AREAS else Confidence.MEDIUM,
        _severity(env),
        commit=_commit(env),
        keys=() if env.reach == "unreachable" else (env.fingerprint,),
    )


def _severity(found: HistoryKey | HistoryEnv) -> Severity | None:
    # Nothing says that such an object ever left this machine, or was committed at all: `git add` is enough to make one.
    return Severity.NOTE if found.reach == "unreachable" else None


def _standing(found: HistoryKey | HistoryEnv) -> str:
    if found.submodule:
        own = _standing(replace(found, submodule=""))
        return f"{own} of the submodule {display(found.submodule)}" if found.at_head else f"{own}, in a submodule"
    if found.at_head:
        return "and still there at HEAD"
    if found.reach == "unreachable":
        return "in an object that no branch, tag, stash or reflog reaches: perhaps it was never committed"
    if found.reach == "reflog":
        return "in a commit that only the reflog reaches"
    if isinstance(found, HistoryKey) and found.where != "file":
        return "which every clone carries"
    return "no longer there at HEAD, but in every clone"


def _commit(found: HistoryKey | HistoryEnv) -> Commit | None:
    one = found.introduction
    return None if one is None else Commit(one.commit, display(one.author), one.date, found.at_head)


def _relative(path: str, tree: TreeScan) -> str:
    if tree.root == tree.top:
        return path
    return os.path.relpath(tree.top / path, tree.root).replace(os.sep, "/")


def _values_of(names: Sequence[str]) -> str:
    shown = ", ".join(display(name) for name in names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    if len(names) == 1:
        return f"a value for {shown}"
    return f"values for {shown}" + (f" and {more} more" if more > 0 else "")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _hold(number: int) -> str:
    return "holds" if number == 1 else "hold"
