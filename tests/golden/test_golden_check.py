# SPDX-License-Identifier: BSD-2-Clause
"""What was observed of checks through the rules and every report format of check, byte for byte (golden.py)."""

import functools
import json
import re
import shutil
import subprocess
import unicodedata
import xml.etree.ElementTree as ElementTree

import pytest

import check_specs
import golden
from golden import HERE, compare, replay

NAMES = golden.names("check_*.spec")
VARIANTS = {
    "txt": ["text", "--check"],
    "width-80.txt": ["text", "--check", "--width", "80"],
    "color.txt": ["text", "--check", "--width", "100", "--color"],
    "json": ["json", "--check"],
    "junit.xml": ["junit", "--check"],
    "tap": ["tap", "--check"],
    "github": ["github", "--check"],
}
VERDICT_WORDS = {"pass": "PASS", "fail": "FAIL", "inconclusive": "INCONCLUSIVE"}


@functools.cache
def output(name, variant):
    return replay(name, VARIANTS[variant]).decode()


def documents(name):
    return [json.loads(line) for line in output(name, "json").splitlines()]


def every_document():
    return [document for name in NAMES for document in documents(name)]


def is_verdict(line):
    return line.startswith(tuple(f"{word} " for word in VERDICT_WORDS.values()))


@pytest.mark.parametrize("name", NAMES)
def test_recording_is_what_the_spec_says(name):
    golden.compare_recording(name, check_specs.compile_spec)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", NAMES)
def test_output(name, variant):
    compare(HERE / "expected" / f"{name}.{variant}", replay(name, VARIANTS[variant]))


def test_every_reason_mark_and_evidence_has_a_recording():
    reasons = set(check_specs.names_of_header(r'X\([A-Z_]+, +"(\w+)"\)'))
    assert {document["reason"] for document in every_document()} == reasons
    marks = {element["name"] for document in every_document() for element in document["timeline"] if element["type"] == "mark"}
    assert marks == set(golden.schema().schema["$defs"]["mark"]["properties"]["name"]["enum"])
    shape = golden.schema().schema["$defs"]["check"]["properties"]
    assert {document["evidence"] for document in every_document()} == set(shape["evidence"]["enum"])
    assert {document["verdict"] for document in every_document()} == set(shape["verdict"]["enum"])


def test_schema_knows_the_same_reasons():
    assert golden.schema().schema["$defs"]["check_reason"]["enum"] == check_specs.names_of_header(r'X\([A-Z_]+, +"(\w+)"\)')


def members(value, place=""):
    """Every member that occurs, but for those of events, which the tests of trace look at."""
    for key, member in value.items():
        yield f"{place}{key}"
        elements = member if isinstance(member, list) else [member]
        for element in elements:
            if isinstance(element, dict) and element.get("type", "mark") == "mark":
                yield from members(element, f"{place}{key}.")


def shape_of(schema, shape, place=""):
    for key, member in shape["properties"].items():
        yield f"{place}{key}"
        member = member.get("items", member)
        for one in member.get("oneOf", [member])[:1]:
            name = one.get("$ref", "").rpartition("/")[2]
            one = schema["$defs"].get(name, one)
            if "properties" in one:
                yield from shape_of(schema, one, f"{place}{key}.")


def test_every_member_has_a_recording():
    schema = golden.schema().schema
    wanted = set(shape_of(schema, schema["$defs"]["check"]))
    found = {member for document in every_document() for member in members(document)}
    assert len(wanted) > 40
    assert wanted - found == set()


@pytest.mark.parametrize("name", NAMES)
def test_json_is_valid_lines_of_ascii(name):
    text = output(name, "json")
    assert text.endswith("\n")
    assert [char for char in text if not " " <= char < "\x7f" and char != "\n"] == []
    for document in documents(name):
        golden.assert_valid(document)
        times = [element["boot_ns"] for element in document["timeline"]]
        assert times == sorted(times)


@pytest.mark.parametrize("path, value", [
    (("v",), 2), (("verdict",), "passed"), (("reason",), "because"), (("surprise",), 1), (("evidence",), "ptrace"), (("warnings",), None),
    (("subject", "kind"), "container"), (("subject", "name"), None), (("signal",), "SIGQUIT"), (("signal_from_image",), False),
    (("ready", "after_ms"), -1), (("grace_ms",), "10 s"), (("exit",), {"code": 0, "signal": "SIGTERM"}), (("exit",), {"code": 256}),
    (("init", "ns_tgid"), 2), (("init", "namespace_init"), None), (("timeline", 0, "name"), "begun"), (("timeline", 0, "time"), None),
    (("timeline", 0, "after_ms"), -0.5), (("timeline", 4, "sender"), None), (("timeline_dropped",), 0), (("survivors",), None),
    (("survivors",), [{"tgid": 0, "comm": "x"}]), (("survivors",), [{"tgid": 1, "comm": "x", "awaited": False}]),
    (("survivors",), [{"tgid": 1, "comm": "x", "asked": {"signal": "SIGTERM"}}]), (("explanation",), ""), (("lost",), 0),
])
def test_schema_is_strict(path, value):
    golden.assert_strict(documents("check_graceful")[0], path, value)


@pytest.mark.parametrize("name", NAMES)
def test_text_ends_each_result_in_its_verdict(name):
    results = output(name, "txt").split("\n\n")
    assert len(results) == len(documents(name))
    for text, document in zip(results, documents(name)):
        lines = text.strip("\n").split("\n")
        assert [line for line in lines if is_verdict(line)] == lines[-1:]
        assert lines[-1].startswith(f"{VERDICT_WORDS[document['verdict']]} ")
        assert lines[-1].endswith(f": {document['reason']}: {document['explanation']}")
        for told in (document, *document["warnings"]):
            assert told["explanation"] in text and told.get("remedy", "") in text


@pytest.mark.parametrize("name", NAMES)
def test_list_is_short(name):
    for text in output(name, "txt").split("\n\n"):
        lines = [line for line in text.split("\n") if re.match(r"  [A-Z! ]  .{7,}", line) and not re.match(r"  0\.000 s +\d", line)]
        assert len(lines) <= 12


@pytest.mark.parametrize("width", [60, 80, 100, 140])
@pytest.mark.parametrize("name", NAMES)
def test_lines_keep_the_width(name, width):
    lines = replay(name, ["text", "--check", "--width", str(width)]).decode().splitlines()
    assert [line for line in lines if golden.columns(line) > width and not is_verdict(line)] == []
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("width", [0, 60, 80, 100, 200])
@pytest.mark.parametrize("name", NAMES)
def test_the_bar_has_every_mark_in_order(name, width):
    letters = {"started": "S", "handler": "H", "ready": "R", "sent": "!", "grace_over": "G", "killed": "K", "exited": "E"}
    arguments = ["text", "--check", "--width", str(width)]
    results = replay(name, arguments).decode().split("\n\n")
    for text, document in zip(results, documents(name)):
        marks = [element["name"] for element in document["timeline"] if element["type"] == "mark"]
        if "killed" in marks:
            marks.remove("exited")
        bars = re.findall(r"^  ([A-Z!.=-]+)$", text, re.MULTILINE)
        assert [re.sub("[.=-]", "", bar) for bar in bars] == (["".join(letters[mark] for mark in marks)] if len(marks) > 1 else [])
        assert all(len(bar) <= 98 for bar in bars)


def test_the_bar_is_to_scale():
    """started 0, handler 401 ms, ready 912, sent 913, exited 930: in 98 columns."""
    bar = next(line for line in output("check_exits", "txt").split("\n") if re.match(r"  S\.+H\.+R", line))
    assert bar.index("H") - 2 == round(401 / 930 * 97)
    assert (bar.index("R") - 2, bar.index("!") - 2) == (95, 96) and len(bar) == 100


@pytest.mark.parametrize("name", NAMES)
def test_color_adds_only_escapes(name):
    plain = replay(name, ["text", "--check", "--width", "100"])
    assert re.sub(rb"\x1b\[[0-9;]*m", b"", replay(name, VARIANTS["color.txt"])) == plain
    assert b"\x1b" not in plain


@pytest.mark.parametrize("variant", ["txt", "junit.xml", "tap", "github"])
@pytest.mark.parametrize("name", NAMES)
def test_no_control_character(name, variant):
    assert [char for char in output(name, variant) if unicodedata.category(char) == "Cc" and char != "\n"] == []


# JUnit.


def validate(path):
    xmllint = shutil.which("xmllint")
    if not xmllint:
        pytest.skip("no xmllint")
    return subprocess.run([xmllint, "--nonet", "--noout", "--schema", HERE / "junit.xsd", path],
                          capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", NAMES)
def test_junit_is_valid(name, tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(output(name, "junit.xml"))
    done = validate(report)
    assert (done.returncode, done.stderr) == (0, f"{report} validates\n")


@pytest.mark.parametrize("old, new", [
    ('<testcase name="', '<testcase names="'), ("<system-out>", "<failure>"), ('time="', 'time="-'), ("<testsuites>", "<testsuites><x/>"),
])
def test_the_xsd_is_strict(old, new, tmp_path):
    report = tmp_path / "report.xml"
    text = output("check_dropped", "junit.xml")
    assert old in text
    report.write_text(text.replace(old, new, 1))
    assert validate(report).returncode != 0


@pytest.mark.parametrize("name", NAMES)
def test_junit_says_what_json_says(name):
    suites = ElementTree.fromstring(output(name, "junit.xml"))
    (suite,) = suites
    verdicts = [document["verdict"] for document in documents(name)]
    assert [int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")] == [
        len(verdicts), verdicts.count("fail"), verdicts.count("inconclusive"), 0]
    texts = replay(name, ["text", "--check", "--width", "100"]).decode().split("\n\n")
    for case, document, text in zip(suite, documents(name), texts):
        assert case.get("classname") == "sigtrace.check"
        assert float(case.get("time")) == pytest.approx(document["elapsed_ms"] / 1000, abs=0.001)
        results = [child for child in case if child.tag != "system-out"]
        assert [child.tag for child in results] == {"pass": [], "fail": ["failure"], "inconclusive": ["error"]}[document["verdict"]]
        for result in results:
            assert (result.get("type"), result.get("message")) == (document["reason"], document["explanation"])
            assert document.get("remedy", "") in result.text
        assert case.findtext("system-out").strip("\n") == text.strip("\n")


# TAP.

PARSER = """
use TAP::Parser;
my $parser = TAP::Parser->new({tap => join '', <STDIN>});
while (my $result = $parser->next) {
    print join("\\x01", $result->number, $result->is_ok ? 1 : 0, $result->directive, $result->description), "\\n" if $result->is_test;
    print "yaml\\x01$_\\x01", $result->data->{$_}, "\\n" for $result->is_yaml ? grep { !ref $result->data->{$_} } sort keys %{$result->data} : ();
    print "unknown\\x01", $result->raw, "\\n" if $result->is_unknown;
}
print "end\\x01", $parser->is_good_plan ? 1 : 0, "\\x01", join(";", $parser->parse_errors), "\\n";
"""


@functools.cache
def perl():
    found = shutil.which("perl")
    if found and subprocess.run([found, "-MTAP::Parser", "-e", "1"], capture_output=True, timeout=60, check=False).returncode == 0:
        return found
    return None


@pytest.mark.parametrize("name", NAMES)
def test_tap_is_read_by_a_consumer(name):
    if not perl():
        pytest.skip("no TAP::Parser of perl")
    done = subprocess.run([perl(), "-e", PARSER], input=output(name, "tap").encode(), capture_output=True, timeout=60, check=True)
    lines = [line.split("\x01") for line in done.stdout.decode().split("\n")[:-1]]
    assert lines.pop() == ["end", "1", ""]
    tests = [line for line in lines if line[0].isdigit()]
    assert [(int(number), ok, directive) for number, ok, directive, _ in tests] == [
        (number, "1" if document["verdict"] == "pass" else "0", "") for number, document in enumerate(documents(name), 1)]
    for key in ("verdict", "reason", "evidence"):
        assert [value for _, name_, value in (line for line in lines if line[0] == "yaml") if name_ == key] == [
            document[key] for document in documents(name)]
    messages = [line[2] for line in lines if line[:2] == ["yaml", "message"]]
    assert messages == [document["explanation"] for document in documents(name)]
    assert [line for line in lines if line[0] == "unknown"] == []


# GitHub.


def unescape(text, escapes):
    for escaped, char in escapes.items():
        text = text.replace(escaped, char)
    return text.replace("%25", "%")


@pytest.mark.parametrize("name", NAMES)
def test_github_has_one_annotation_for_each_result_and_warning(name):
    levels = {"pass": "notice", "fail": "error", "inconclusive": "error"}
    wanted = []
    for document in documents(name):
        wanted.append((levels[document["verdict"]], document))
        wanted += [("warning", warning) for warning in document["warnings"]]
    lines = output(name, "github").splitlines()
    assert len(lines) == len(wanted)
    for line, (level, told) in zip(lines, wanted):
        found = re.fullmatch(r"::(\w+) title=([^:,]*)::(.*)", line)
        message = unescape(found[3], {"%0A": "\n", "%0D": "\r"})
        assert found[1] == level
        assert unescape(found[2], {"%3A": ":", "%2C": ","}).startswith("sigtrace check ")
        assert f"{told['reason']}: {told['explanation']}" in message
        assert message.endswith(f"\nremedy: {told['remedy']}") if "remedy" in told else "\n" not in message
