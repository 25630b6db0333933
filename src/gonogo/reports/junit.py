"""JUnit XML: every item of the poll is a test case, so that any CI shows the poll among its test results."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from gonogo.findings import Verdict
from gonogo.poll import AppResult, ItemResult, Poll, ReportedFinding
from gonogo.reports.places import brief, exact
from gonogo.reports.safe import clean

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(poll: Poll) -> str:
    """One suite per application, or one for the repository. HOLD and N/A count as skipped, faults as an error."""
    suites = ElementTree.Element("testsuites", {"name": "gonogo"})
    findings = {found.id: found for found in poll.findings}
    several = len(poll.apps) > 1
    for app in poll.apps if several else (AppResult(".", poll.verdict, poll.items),):
        _suite(suites, app, poll, findings)
    if poll.faults:
        suite = ElementTree.SubElement(suites, "testsuite", {"name": "gonogo itself", "tests": "1", "errors": "1"})
        case = ElementTree.SubElement(suite, "testcase", {"classname": "gonogo", "name": "no internal faults"})
        error = ElementTree.SubElement(case, "error", {"message": f"{len(poll.faults)} internal faults"})
        error.text = _text("\n".join(poll.faults))
    for name, values in (("tests", "tests"), ("failures", "failures"), ("errors", "errors"), ("skipped", "skipped")):
        suites.set(name, str(sum(int(suite.get(values, "0")) for suite in suites)))
    ElementTree.indent(suites)
    body = ElementTree.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _suite(suites: ElementTree.Element, app: AppResult, poll: Poll, findings: dict[str, ReportedFinding]) -> None:
    name = poll.name if app.root == "." else f"{poll.name}/{app.root}"
    verdicts = [item.verdict for item in app.items]
    suite = ElementTree.SubElement(
        suites,
        "testsuite",
        {
            "name": _text(name),
            "tests": str(len(verdicts)),
            "failures": str(verdicts.count(Verdict.NO_GO)),
            "errors": "0",
            "skipped": str(verdicts.count(Verdict.HOLD) + verdicts.count(Verdict.NA)),
            "time": f"{poll.stats.seconds:.3f}",
        },
    )
    for item in sorted(app.items, key=lambda item: item.number):
        _case(suite, item, name, findings)


def _case(suite: ElementTree.Element, item: ItemResult, name: str, findings: dict[str, ReportedFinding]) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", {"classname": _text(f"{name}.{item.group}"), "name": f"{item.number:02} {_text(item.id)}"}
    )
    if item.verdict is Verdict.NO_GO:
        failure = ElementTree.SubElement(case, "failure", {"message": _text(item.reason), "type": "NO-GO"})
        failure.text = _text("\n".join(_lines(item, findings)))
    elif item.verdict is not Verdict.GO:
        ElementTree.SubElement(case, "skipped", {"message": _text(f"{item.verdict.value}: {item.reason}")})
    elif item.evidence:
        out = ElementTree.SubElement(case, "system-out")
        out.text = _text("\n".join(f"{brief(proof.place)}: {clean(proof.text)}" for proof in item.evidence))


def _lines(item: ItemResult, findings: dict[str, ReportedFinding]) -> list[str]:
    found = [findings[key] for key in item.findings if key in findings]
    return [
        f"{exact(one.finding.place)}: {one.severity.value} {one.finding.rule}: {clean(one.finding.message)}"
        for one in found
        if one.suppressed is None and not one.settled
    ]


def _text(text: str) -> str:
    """`text` line by line without secrets and without what XML cannot hold."""
    return _NOT_IN_XML.sub("\ufffd", "\n".join(clean(line) for line in text.split("\n")))
