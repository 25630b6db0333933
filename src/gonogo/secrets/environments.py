"""Where configuration of different environments visibly takes the same key.

Only what names one secret wherever it stands is held against anybody: a literal key, an address in a secret manager, a
repository's secret taken by jobs that have no environment of their own, or one variable of one host given to two
services. `${ANTHROPIC_API_KEY}` in two compose files is not: each host has its own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from gonogo.facts.span import Span
from gonogo.findings import Place
from gonogo.frontends.yaml import Mapping, Node, NotReadError, Scalar, Sequence, read_documents, scalars
from gonogo.registry.data import load_toml
from gonogo.secrets.formats import format_by_id
from gonogo.secrets.names import is_provider_key, mentions_provider, name_parts
from gonogo.secrets.tree import TreeKey
from gonogo.workspace.discover import Workspace
from gonogo.workspace.files import SourceFile
from gonogo.workspace.read import Unreadable, decode

_CONFIG = re.compile(
    r".*\.(?:ya?ml|json|toml|tfvars|tf|properties|conf|ini|hcl)|(?:.*/)?\.env[\w.-]*|.*\.env", re.IGNORECASE
)
_COMPOSE = re.compile(r"(?:.*/)?(?:docker-)?compose[\w.-]*\.ya?ml", re.IGNORECASE)
_WORKFLOW = re.compile(r"(?:.*/)?\.github/workflows/[^/]+\.ya?ml")
_AREAS = ("app", "script", "generated")
_LIMIT = 300_000
_EACH_HOST = "each host"
_MAX_LINE = 2_000
_GITHUB_SECRET = re.compile(r"\$\{\{\s{0,4}secrets\.(?P<name>\w{1,100})\s{0,4}\}\}")
_HOST_VARIABLE = re.compile(r"\$\{(?P<braced>\w{1,100})(?:(?::?[-?+])[^}]{0,200})?\}|\$(?P<bare>\w{1,100})")
_COMMENT = re.compile(r"\s*(?:#|//|;)")


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One environment takes a key. `reference` is equal for the same key only; `shown` is how a reader knows it."""

    environment: str
    reference: tuple[str, ...]
    shown: str
    place: Place


@dataclass(frozen=True, slots=True)
class _Data:
    environments: dict[str, str]
    settings: frozenset[str]
    absolute: tuple[tuple[str, re.Pattern[str]], ...]
    within_file: tuple[tuple[frozenset[str], str, re.Pattern[str]], ...]


def shared_keys(workspace: Workspace, keys: Iterable[TreeKey]) -> tuple[list[list[KeyUse]], list[list[KeyUse]]]:
    """The uses of each key that two or more environments take, by place, one use an environment.

    The second list holds those where it depends on the host: the same variable in the compose files of both.
    """
    groups: dict[tuple[str, ...], dict[str, KeyUse]] = defaultdict(dict)
    uses = [*_literal(keys)]
    for file in workspace.files:
        if file.area in _AREAS and _CONFIG.fullmatch(file.path):
            uses += _in_file(workspace, file)
    for use in sorted(uses, key=lambda use: (use.place.path, use.place.span)):
        groups[use.reference].setdefault(use.environment, use)
    shared = [(reference, list(group.values())) for reference, group in groups.items() if len(group) > 1]
    sure = [uses for reference, uses in shared if reference[0] != _EACH_HOST]
    return sure, [uses for reference, uses in shared if reference[0] == _EACH_HOST]


def environment_of(name: str) -> str:
    """The environment that the words of a name tell; nothing if they tell none, or several."""
    found = {_data().environments[part] for part in name_parts(name) if part in _data().environments}
    return found.pop() if len(found) == 1 else ""


def environment_of_path(path: str) -> str:
    """The environment a file is for: its own name says it, or else the nearest folder that does."""
    return next((found for part in reversed(path.split("/")) if (found := environment_of(part))), "")


@cache
def _data() -> _Data:
    table = load_toml("libraries/environments.toml")
    return _Data(
        {word: name for name, words in table["environments"].items() for word in words},
        frozenset(table["settings"]["names"]),
        tuple((entry["what"], re.compile(entry["pattern"])) for entry in table["absolute"]),
        tuple(
            (frozenset(entry["files"]), entry["what"], re.compile(entry["pattern"])) for entry in table["within_file"]
        ),
    )


def _literal(keys: Iterable[TreeKey]) -> Iterator[KeyUse]:
    for key in keys:
        environment = environment_of_path(key.path)
        if environment and not key.allowed and key.area in _AREAS and format_by_id(key.hit.format).llm:
            shown = f"the {key.hit.title} {key.hit.masked}"
            yield KeyUse(environment, ("key", key.hit.fingerprint), shown, Place(key.path, key.span, key.cell))


def _in_file(workspace: Workspace, file: SourceFile) -> list[KeyUse]:
    structured = file.path.lower().endswith((".yml", ".yaml"))
    environment = environment_of_path(file.path)
    if not (structured or environment):
        return []
    try:
        text = decode(workspace.read(file.path, _LIMIT))
    except Unreadable:
        return []
    found = list(_absolute(file.path, text, environment)) if environment else []
    readers = _readers(file.path, text) if structured and mentions_provider(text) else []
    if readers:
        try:
            documents = read_documents(text)
        except NotReadError:
            return found  # a template of Helm or the like
        found += (use for reader in readers for use in reader(file.path, documents))
    return found


def _readers(path: str, text: str) -> list[Callable[[str, list[Node]], Iterator[KeyUse]]]:
    """What may be found in a YAML file; parsing costs, and most files hold nothing of the kind."""
    if _WORKFLOW.fullmatch(path):
        return [_in_workflow] if "secrets." in text else []
    if _COMPOSE.fullmatch(path):
        return [_in_compose]
    readers: list[Callable[[str, list[Node]], Iterator[KeyUse]]] = []
    if any(pattern.search(text) for _, pattern, _ in _addresses(path)):
        readers.append(_in_stages)
    if "secretKeyRef" in text:
        readers.append(_in_cluster)
    return readers


def _addresses(path: str) -> list[tuple[str, re.Pattern[str], tuple[str, ...]]]:
    """(what, pattern, scope) of the references that count in a file; the scope is part of what they are equal by."""
    name = path.rpartition("/")[2]
    found: list[tuple[str, re.Pattern[str], tuple[str, ...]]] = [(what, one, ()) for what, one in _data().absolute]
    return found + [(what, one, (path,)) for files, what, one in _data().within_file if name in files]


def _absolute(path: str, text: str, environment: str) -> Iterator[KeyUse]:
    """Addresses of secrets, in a file that is for one environment."""
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > _MAX_LINE or _COMMENT.match(line) or not mentions_provider(line):
            continue
        for what, pattern in _data().absolute:
            for match in pattern.finditer(line):
                if line[match.end() : match.end() + 1] not in ("$", "{"):
                    span = Span(number, match.start() + 1, number, match.end() + 1)
                    yield KeyUse(environment, (what, match[0]), f"the {what} {match[0]}", Place(path, span))


# --- workflows --------------------------------------------------------------------------------------------------------


def _in_workflow(path: str, documents: list[Node]) -> Iterator[KeyUse]:
    """Repository secrets in jobs. A job with an environment may get another secret of the same name from there."""
    for document in documents:
        jobs = document.table("jobs") if isinstance(document, Mapping) else None
        for name, job in jobs.items if jobs is not None else ():
            if not isinstance(job, Mapping) or job.get("environment") is not None:
                continue
            environment = environment_of(name.text) or environment_of(job.text("name")) or _told(job)
            if not environment:
                continue
            for keys, scalar in scalars(job):
                match = _GITHUB_SECRET.fullmatch(scalar.text.strip())
                if match is not None and (is_provider_key(match["name"]) or (keys and is_provider_key(keys[-1]))):
                    shown = f"the repository's secret {match['name']}"
                    yield KeyUse(environment, ("secret", match["name"]), shown, Place(path, scalar.span))


def _told(node: Mapping) -> str:
    """The environment that a setting of a job or service names."""
    settings = _data().settings
    found = {
        environment_of(scalar.text)
        for keys, scalar in scalars(node)
        if keys and keys[-1].lower() in settings and len(scalar.text) < 40
    }
    found.discard("")
    return found.pop() if len(found) == 1 else ""


# --- compose files ----------------------------------------------------------------------------------------------------


def _in_compose(path: str, documents: list[Node]) -> Iterator[KeyUse]:
    """One variable of the host, given to services of different environments in one file."""
    for document in documents:
        services = document.table("services") if isinstance(document, Mapping) else None
        for name, service in services.items if services is not None else ():
            if not isinstance(service, Mapping):
                continue
            own = environment_of(name.text)
            environment = own or environment_of_path(path)
            if not environment:
                continue
            for variable, given, scalar in _variables(service.get("environment")):
                source = _host_variable(variable, given)
                if source and is_provider_key(variable):
                    reference = ("host", path, source) if own else (_EACH_HOST, source)
                    yield KeyUse(environment, reference, f"${{{source}}}", Place(path, scalar.span))


def _variables(node: Node | None) -> Iterator[tuple[str, str, Scalar]]:
    """(name, value, place) of the variables of a service, in either way of writing them."""
    if isinstance(node, Mapping):
        for key, value in node.items:
            if isinstance(value, Scalar):
                yield key.text, value.text, key
            elif key.text == "<<":
                yield from _variables(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            if isinstance(item, Scalar):
                name, _, given = item.text.partition("=")
                yield name.strip(), given.strip(), item


def _host_variable(variable: str, value: str) -> str:
    if not value:
        return variable
    match = _HOST_VARIABLE.fullmatch(value)
    return "" if match is None else match["braced"] or match["bare"]


# --- stages and clusters ----------------------------------------------------------------------------------------------


def _in_stages(path: str, documents: list[Node]) -> Iterator[KeyUse]:
    """A table for each stage in one file (`production:` beside `staging:`), with the same address in two of them."""
    patterns = _addresses(path)
    for document in documents:
        if isinstance(document, Mapping) and _own_accounts(document):
            patterns = [entry for entry in patterns if not entry[2]]
        for keys, scalar in scalars(document):
            environment = next((found for key in keys if (found := _exact(key))), "")
            if not environment or not (mentions_provider(scalar.text) or is_provider_key(keys[-1])):
                continue
            for what, pattern, scope in patterns:
                match = pattern.search(scalar.text)
                if match is not None:
                    shown = f"the {what} {match[0]}"
                    yield KeyUse(environment, (what, *scope, match[0]), shown, Place(path, scalar.span))


def _exact(key: str) -> str:
    return _data().environments.get(key.lower(), "")


def _own_accounts(document: Mapping) -> bool:
    """Does each stage deploy to an account of its own?"""
    provider = document.table("provider")
    return provider is not None and any("${" in provider.text(key) for key in ("profile", "deploymentRole", "role"))


def _in_cluster(path: str, documents: list[Node]) -> Iterator[KeyUse]:
    """One Kubernetes secret, used by workloads of different environments in one file and namespace."""
    for document in documents:
        metadata = document.table("metadata") if isinstance(document, Mapping) else None
        if metadata is None:
            continue
        environment = environment_of(metadata.text("name"))
        if not environment:
            continue
        for variable, reference in _secret_references(document):
            name, key = reference.text("name"), reference.text("key")
            if name and key and is_provider_key(variable):
                where = metadata.text("namespace")
                shown = f"the Kubernetes secret {name}/{key}"
                yield KeyUse(environment, ("cluster", path, where, name, key), shown, Place(path, reference.span))


def _secret_references(node: Node) -> Iterator[tuple[str, Mapping]]:
    """(variable, secretKeyRef) of every container."""
    todo, visits = [node], 0
    while todo and visits < 5_000:
        visits += 1
        one = todo.pop()
        if isinstance(one, Sequence):
            todo += one.items
        elif isinstance(one, Mapping):
            source = one.table("valueFrom")
            reference = source.table("secretKeyRef") if source is not None else None
            if reference is not None:
                yield one.text("name"), reference
            else:
                todo += [value for _, value in one.items]
