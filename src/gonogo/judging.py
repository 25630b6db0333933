"""From facts to verdicts: run the rules, apply the reader's choices, answer every item for every application."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gonogo.findings import Confidence, Evidence, Finding, Place, Question, Severity
from gonogo.languages import language_of
from gonogo.poll import ReportedFinding, Revoked
from gonogo.timing import watch

if TYPE_CHECKING:
    from gonogo.analysis import Analysis
    from gonogo.checklist.suppress import Marked
    from gonogo.config.options import Options
    from gonogo.registry.rules import Item
    from gonogo.rules.base import AppFacts
    from gonogo.workspace.discover import Workspace

ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


@dataclass(slots=True)
class AppAnswers:
    """What the rules and items said of one application. `calls` tells whether it calls a model."""

    root: str
    calls: bool
    evidence: dict[str, list[Evidence]]
    questions: dict[str, list[Question]]
    reasons: dict[str, str]


@dataclass(slots=True)
class Judgement:
    """Everything the rules said, in plain data. What the reader knows already, or asked for, has not been looked at.

    `findings` come with the root of their application, the worst first; they have no ids yet. `judges` are the names
    of the items that can be proved; `words` speak of what people attested.
    """

    apps: list[AppAnswers]
    findings: list[tuple[str, ReportedFinding]]
    judges: frozenset[str] = frozenset()
    warnings: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    held_back: int = 0


@dataclass(slots=True)
class _AppJudgement:
    """Raw answers of one application."""

    app: AppFacts
    findings: list[Finding] = field(default_factory=list)
    evidence: dict[str, list[Evidence]] = field(default_factory=lambda: defaultdict(list))
    questions: dict[str, list[Question]] = field(default_factory=lambda: defaultdict(list))
    reasons: dict[str, str] = field(default_factory=dict)


def is_read(languages: tuple[str, ...], path: str) -> bool:
    """True if a rule for `languages` (none for a rule of the reader's own) is one for the file at `path`."""
    if language_of(path) != "ecma" or not languages:
        return True
    return "typescript" in languages or "text" in languages


class Judge:
    """Judges every application of one run."""

    def __init__(self, workspace: Workspace, analysis: Analysis, options: Options) -> None:
        from gonogo.checklist.assemble import items_of

        self._workspace = workspace
        self._analysis = analysis
        self._options = options
        self._items = items_of(options)
        self._rules = {rule.id: rule for item in self._items for rule in item.rules}
        self._item_of = {rule.id: item for item in reversed(self._items) for rule in item.rules}
        """The item a rule's findings are listed under: the first that has it."""
        self._faults: list[str] = []
        self._held_back = 0

    def run(self, apps: list[AppFacts]) -> Judgement:
        """What the rules say of `apps`, and of the repository as a whole."""
        from gonogo.checklist.attested import about_words
        from gonogo.rules import ITEMS

        judgements = [self._app(app) for app in apps]
        reported, warnings = self._report([(j.app.root, f) for j in judgements for f in j.findings])
        keeper = next((app for app in apps if app.tree is not None), None)
        words: list[str] = []
        if keeper is not None:
            words += about_words(self._options, [item.id for item in self._items], keeper.tree, keeper.history)
        answers = [
            AppAnswers(j.app.root, bool(j.app.calls), dict(j.evidence), dict(j.questions), j.reasons)
            for j in judgements
        ]
        judges = frozenset(name for item in self._items for name in item.judged_by or (item.id,) if name in ITEMS)
        return Judgement(answers, reported, judges, warnings, words, self._faults, self._held_back)

    # --- rules ---

    def _app(self, app: AppFacts) -> _AppJudgement:
        from gonogo.rules import RULES

        result = _AppJudgement(app)
        for name, function in RULES.items():
            if name not in self._rules or not self._selects(name):
                continue
            try:
                with watch.stage(f"rule {name}"):
                    found = list(function(app))
            except Exception as error:  # a broken rule names itself and hides no other
                self._faults.append(f"rule {name}: internal error: {type(error).__name__}: {error}")
                for item in self._items:
                    if any(one.id == name for one in item.rules):
                        self._ask(result, item, f"the rule {name} failed")
                continue
            languages = self._rules[name].languages
            result.findings.extend(f for f in found if is_read(languages, f.place.path))
        self._own_rules(app, result)
        self._prove(app, result)
        self._languages(app, result)
        for unread in self._analysis.relevant_unread:
            if self._root_of(unread.path) == app.root:
                for item in self._items:
                    if item.kind in ("calls", "loops"):
                        self._ask(result, item, f"{unread.path} was not read: {unread.reason}")
        return result

    def _prove(self, app: AppFacts, result: _AppJudgement) -> None:
        """Whether the items apply, what proves them and what could not be seen."""
        from gonogo.rules import ITEMS

        for name in {judge: None for item in self._items for judge in item.judged_by or (item.id,)}:
            judge = ITEMS.get(name)
            if judge is None:
                continue
            try:
                with watch.stage(f"item {name}"):
                    result.reasons[name] = judge.applies(app)
                    for evidence in judge.evidence(app):
                        result.evidence[name].append(evidence)
                    for question in judge.questions(app):
                        result.questions[name].append(question)
            except Exception as error:  # as above
                self._faults.append(f"item {name}: internal error: {type(error).__name__}: {error}")
                result.questions[name].append(Question(name, "judging it failed"))

    @staticmethod
    def _ask(result: _AppJudgement, item: Item, text: str) -> None:
        result.questions[item.judged_by[0] if item.judged_by else item.id].append(Question(item.id, text))

    def _languages(self, app: AppFacts, result: _AppJudgement) -> None:
        """An item whose rules do not read the language of a call says nothing about it, and is not GO over it."""
        call = next((call for call in app.calls if call.sdk.language == "ecma"), None)
        if call is None:
            return
        for item in self._items:
            known = [rule.languages for rule in item.rules if rule.languages]
            if known and not any(is_read(languages, call.place.path) for languages in known):
                judges = item.judged_by or (item.id,)
                for name in judges:
                    result.reasons.pop(name, None)
                text = "its rules do not read JavaScript and TypeScript yet"
                result.questions[judges[0]] = [Question(item.id, text, call.place)]

    def _own_rules(self, app: AppFacts, result: _AppJudgement) -> None:
        """Rules of the reader's own, over calls of every area they ask for."""
        if not self._options.rule:
            return
        from gonogo.analysis import JUDGED_AREAS
        from gonogo.checklist.assemble import CUSTOM
        from gonogo.rules.user_rules import findings

        # Calls of scripts whose application has no calls of its own go to the top.
        roots = {call.app for call in self._analysis.calls if call.area in JUDGED_AREAS} - {"."}
        calls = [c for c in self._analysis.calls if (c.app if c.app in roots else ".") == app.root]
        active = [rule for rule in self._options.rule if self._selects(rule.id)]
        for rule in active:
            result.findings.extend(findings(app, rule, calls))
        result.reasons[CUSTOM] = "" if calls else "no model call found"
        if active and calls:
            place = Place(calls[0].place.path, calls[0].place.span, calls[0].place.cell)
            text = f"no call goes against {_of_your_own(sum(1 for r in active if self._rules[r.id].item == CUSTOM))}"
            result.evidence[CUSTOM].append(Evidence(CUSTOM, place, text))

    def _root_of(self, path: str) -> str:
        return next((file.app for file in self._workspace.files if file.path == path), ".")

    # --- findings ---

    def _report(self, findings: list[tuple[str, Finding]]) -> tuple[list[tuple[str, ReportedFinding]], list[str]]:
        from gonogo.checklist.fingerprint import fingerprints
        from gonogo.checklist.suppress import apply

        sources = _Sources(self._workspace)
        kept: list[tuple[str, Finding]] = []
        for root, finding in findings:
            if finding.confidence is Confidence.LOW and not self._options.show_low:
                self._held_back += 1
                continue
            if self._options.ignores(finding.rule, self._rules[finding.rule].item, finding.place.path):
                continue
            # What identifies a finding is the code it stands on, wherever that moves.
            kept.append((root, finding if finding.subject else replace(finding, subject=sources.text(finding))))
        kept.sort(key=lambda pair: self._rank(pair[1]))
        plain = [finding for _, finding in kept]
        active = [name for name in self._rules if self._selects(name)]
        suppressed = apply(plain, self._marks(sources, plain), known=self._rules, active=active)
        prints = fingerprints(plain)
        result = []
        for number, (root, finding) in enumerate(kept):
            rule = self._rules[finding.rule]
            reported = ReportedFinding(
                id="",
                finding=finding,
                item=self._item_of[rule.id].id,
                severity=self._severity(finding),
                why=rule.why,
                fix=f"{finding.fix} {rule.fix}".lstrip(),
                fingerprint=prints[number],
                suppressed=suppressed.reasons.get(number),
                code=sources.lines(finding),
                own=rule.status == "own",
                revoked=self._revoked(finding),
            )
            result.append((root, reported))
        return result, list(suppressed.warnings)

    def _selects(self, rule: str) -> bool:
        """Is the rule wanted, by its name, by its item's, or by that of an item of the checklist?"""
        items = [item.id for item in self._items if any(one.id == rule for one in item.rules)]
        return self._options.selects(rule, self._rules[rule].item, *items)

    def _revoked(self, finding: Finding) -> tuple[Revoked, ...]:
        words = (self._options.revoked[key] for key in finding.keys if key in self._options.revoked)
        return tuple(Revoked(word.key, word.by, word.on.isoformat(), word.evidence) for word in words)

    def _marks(self, sources: _Sources, findings: list[Finding]) -> list[Marked]:
        """Suppression comments: those of parsed code, and of the other files findings stand in."""
        from gonogo.checklist.suppress import Marked, comments_in, marked

        parsed = self._analysis.parsed
        marks = [marked(parsed[path]) for path in sorted(parsed)]
        others = sorted({f.place.path for f in findings if f.commit is None} - parsed.keys())
        marks.extend(Marked(path, comments_in(sources.whole(path))) for path in others)
        return marks

    def _severity(self, finding: Finding) -> Severity:
        chosen = self._options.severity.get(finding.rule)
        return chosen if chosen is not None else finding.severity or self._rules[finding.rule].severity

    def _rank(self, finding: Finding) -> tuple[object, ...]:
        item = self._item_of[finding.rule].number
        place = finding.place
        return (ORDER[self._severity(finding)], item, place.path, place.cell or 0, place.span, finding.rule)


def _of_your_own(count: int) -> str:
    return f"the {count} rules of your own" if count > 1 else "the rule of your own"


class _Sources:
    """Source lines of findings, each file read once and only if a finding stands in it."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._cache: dict[str, list[str]] = {}

    def whole(self, path: str) -> str:
        """The text of a file, empty if it cannot be read."""
        return "\n".join(self._file(path))

    def _file(self, path: str) -> list[str]:
        from gonogo.workspace.read import Unreadable, decode

        if path not in self._cache:
            try:
                self._cache[path] = [] if path.endswith(".ipynb") else decode(self._workspace.read(path)).splitlines()
            except Unreadable:
                self._cache[path] = []
        return self._cache[path]

    def lines(self, finding: Finding) -> tuple[tuple[int, str], ...]:
        """The lines to show: the first lines of the span and one before."""
        from gonogo.reports.safe import clean
        from gonogo.secrets.masking import mask_text

        if finding.commit is not None:
            return ()
        lines = self._file(finding.place.path)
        first = finding.place.span.line
        last = min(finding.place.span.end_line, first + 3, len(lines))
        return tuple(
            (number, mask_text(clean(lines[number - 1]))[:300]) for number in range(max(1, first - 1), last + 1)
            if number <= len(lines)
        )  # fmt: skip

    def text(self, finding: Finding) -> str:
        """The line a finding stands on, for its fingerprint."""
        lines = self._file(finding.place.path)
        first = finding.place.span.line
        return lines[first - 1] if 0 < first <= len(lines) else finding.message
