# SPDX-License-Identifier: BSD-2-Clause
"""Test results as JUnit XML, written and read: what the runners leave and scripts/test sums up."""

import dataclasses
import re
import xml.etree.ElementTree as ElementTree

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    verdict: str
    text: str = ""  # why it failed or was skipped


def write(path, suite, cases):
    root = ElementTree.Element(
        "testsuite",
        name=suite,
        tests=str(len(cases)),
        failures=str(sum(case.verdict == FAILED for case in cases)),
        skipped=str(sum(case.verdict == SKIPPED for case in cases)),
        errors="0",
    )
    for case in cases:
        element = ElementTree.SubElement(root, "testcase", classname=suite, name=case.name)
        if case.verdict == FAILED:
            text = _printable(case.text)
            ElementTree.SubElement(element, "failure", message=text.partition("\n")[0]).text = text
        elif case.verdict == SKIPPED:
            ElementTree.SubElement(element, "skipped", message=_printable(case.text))
    path.parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def read(path):
    """The cases of one file, of any runner. Raises ElementTree.ParseError and OSError."""
    return [_case(element) for element in ElementTree.parse(path).iter("testcase")]


def _case(element):
    name = ".".join(filter(None, (element.get("classname"), element.get("name"))))
    for tag, verdict in (("failure", FAILED), ("error", FAILED), ("skipped", SKIPPED)):
        found = element.find(tag)
        if found is not None:
            message, detail = found.get("message") or "", (found.text or "").strip()
            text = (detail if detail.startswith(message) else f"{message}\n{detail}") or "no reason given"
            return Case(name, verdict, text)
    return Case(name, PASSED)


def _printable(text):
    """XML has no way to write most control characters."""
    return re.sub(r"[^\t\n\x20-\ud7ff\ue000-\ufffd]", "?", text)
