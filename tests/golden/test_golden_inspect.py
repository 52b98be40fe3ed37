# SPDX-License-Identifier: BSD-2-Clause
"""Recorded snapshots through decode, predict, stuck and the renderers of inspect, byte for byte (golden.py)."""

import json
import re
import signal

import pytest

import golden
import snapshots
from golden import HERE, TREE, compare, replay

NAMES = golden.names("inspect_*.spec")
VARIANTS = {
    "txt": ["text", "--inspect", "--threads"],
    "width-100.txt": ["text", "--inspect", "--width", "100"],
    "width-80.txt": ["text", "--inspect", "--width", "80", "--threads"],
    "color.txt": ["text", "--inspect", "--width", "120", "--color", "--threads"],
    "json": ["json", "--inspect"],
}


def document(name):
    return json.loads(replay(name, VARIANTS["json"]))


def any_signal(text):
    names = "|".join(number.name[3:] for number in signal.Signals)
    return re.sub(rf"\b(SIG\d+|(SIG)?({names})([+-]\d+)?)\b", "*", text)


def names_of_header(name, macro):
    header = (TREE / "src" / "core" / name).read_text()
    found = set(re.findall(macro, header))
    assert len(found) > 5
    return found


@pytest.mark.parametrize("name", NAMES)
def test_recording_is_what_the_spec_says(name):
    golden.compare_recording(name, snapshots.compile_spec)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", NAMES)
def test_output(name, variant):
    compare(HERE / "expected" / f"{name}.{variant}", replay(name, VARIANTS[variant]))


@pytest.mark.parametrize("name", NAMES)
def test_json_is_one_valid_line_of_ascii(name):
    text = replay(name, VARIANTS["json"])
    assert text.count(b"\n") == 1 and text.endswith(b"\n")
    assert [byte for byte in text[:-1] if not 0x20 <= byte < 0x7f] == []
    golden.assert_valid(json.loads(text))


@pytest.mark.parametrize("width", [60, 69, 70, 80, 100, 120, 140])
@pytest.mark.parametrize("name", NAMES)
def test_lines_keep_the_width(name, width):
    lines = replay(name, ["text", "--inspect", "--threads", "--width", str(width)]).decode().splitlines()
    assert [line for line in lines if golden.columns(line) > width] == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_ends_in_blanks(name):
    for width in (0, 60, 80, 100):
        lines = replay(name, ["text", "--inspect", "--threads", "--width", str(width)]).decode().splitlines()
        assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("name", NAMES)
def test_color_adds_only_escapes(name):
    plain = replay(name, ["text", "--inspect", "--width", "120", "--threads"])
    assert re.sub(rb"\x1b\[[0-9;]*m", b"", replay(name, VARIANTS["color.txt"])) == plain
    assert b"\x1b" not in plain


@pytest.mark.parametrize("name", NAMES)
def test_text_and_json_say_the_same(name):
    """What is unwrapped has every explanation and remedy of the document, and every process."""
    text = replay(name, VARIANTS["txt"]).decode()
    for process in document(name)["processes"]:
        for shown in process["signals"]:
            for answer in shown["if_sent"].values():
                assert (answer.get("explanation") or answer["missing"]) in text
                # Once for all signals that it is the same for.
                assert any_signal(answer.get("remedy", "")) in any_signal(text)
        for finding in process.get("stuck", {}).get("findings", []):
            assert finding["explanation"] in text and finding.get("remedy", "") in text


def test_schema_knows_the_same_rules():
    found = golden.schema().schema["$defs"]["inspect_stuck"]["properties"]["findings"]["items"]["properties"]["rule"]["enum"]
    assert set(found) == names_of_header("stuck.h", r"X\([A-Z_]+, +\"(\w+)\"\)")


def test_a_process_that_is_not_selected_is_not_shown():
    assert [process["tgid"] for process in document("inspect_containers")["processes"]] == [4242, 4311, 5100]
    assert document("inspect_containers")["gone"] == [777, 778]


PROCESS = ("processes", 1)
SIGNAL = (*PROCESS, "signals", 1)
ANSWER = (*SIGNAL, "if_sent", "outside")
THREAD = (*PROCESS, "threads", 0)


def test_schema_takes_it_as_it_is():
    golden.assert_valid(document("inspect_containers"))
    assert document("inspect_containers")["processes"][1]["signals"][1]["disposition"] == "caught"


@pytest.mark.parametrize("path, value", [
    (("v",), 2), (("evidence",), "guess"), (("gone",), ["1"]), (("surprise",), 1), (("gone",), None), (("processes",), None),
    ((*PROCESS, "tgid"), None), ((*PROCESS, "comm"), None), ((*PROCESS, "surprise"), 1), ((*PROCESS, "state"), "sleeping"),
    ((*PROCESS, "container"), {}), ((*PROCESS, "container", "runtime"), "lxc"), ((*PROCESS, "container", "id"), None),
    ((*PROCESS, "caught"), [15]), ((*PROCESS, "kernel_thread"), False), ((*PROCESS, "group_exit"), {"signal": "SIGTERM", "code": 0}),
    ((*SIGNAL, "pending"), True), ((*SIGNAL, "disposition"), "default"), ((*SIGNAL, "sa_mask"), None), ((*SIGNAL, "if_sent"), {}),
    ((*SIGNAL, "provenance"), {"rule": "because", "explanation": "x"}), ((*SIGNAL, "runtime"), "perl"),
    ((*ANSWER, "cause"), "because"), ((*ANSWER, "missing"), "both"), ((*ANSWER, "explanation"), ""), ((*ANSWER, "effect"), "maybe"),
    ((*THREAD, "tid"), 0), ((*THREAD, "in_syscall"), True), ((*THREAD, "syscall"), {"name": "futex"}), ((*THREAD, "wchan"), ""),
])
def test_schema_is_strict(path, value):
    golden.assert_strict(document("inspect_containers"), path, value)
