# SPDX-License-Identifier: BSD-2-Clause
"""Recorded events through decode, explain and the renderers of trace: every byte of the output is pinned (golden.py)."""

import functools
import json
import re

import pytest

import golden
import records
import snapshots
from golden import HERE, TREE, compare, replay

NAMES = [name for name in golden.names("*.spec") if not name.startswith(("inspect_", "check_", "chain_"))]
VARIANTS = {
    "txt": ["text"],
    "width-100.txt": ["text", "--width", "100"],
    "width-80.txt": ["text", "--width", "80"],
    "color.txt": ["text", "--width", "120", "--color"],
    "json": ["json"],
}


@functools.cache
def json_text(name):
    return replay(name, ["json"])


def json_lines(name):
    return [json.loads(line) for line in json_text(name).splitlines()]


@pytest.fixture(name="schema")
def fixture_schema():
    return golden.schema()


@pytest.mark.parametrize("name", NAMES)
def test_recording_is_what_the_spec_says(name):
    golden.compare_recording(name, functools.partial(records.compile_spec, compile_snapshot=snapshots.compile_spec))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", NAMES)
def test_output(name, variant):
    compare(HERE / "expected" / f"{name}.{variant}", replay(name, VARIANTS[variant]))


@pytest.mark.parametrize("name", NAMES)
def test_json_validates(name):
    documents = json_lines(name)
    assert documents[-1]["type"] == "summary"
    for document in documents:
        golden.assert_valid(document)


@pytest.mark.parametrize("name", NAMES)
def test_every_record_is_shown_or_counted(name):
    recording = (HERE / "recordings" / f"{name}.hex").read_text().splitlines()
    sent = sum(1 for line in recording if not line.startswith(("#", "|", "!")))
    *events, summary = [document for document in json_lines(name) if document["type"] != "absent"]
    assert summary["events"] == len(events)
    assert summary["events"] + summary["corrupt"] == sent


@pytest.mark.parametrize("width", [60, 72, 80, 100, 120, 140])
@pytest.mark.parametrize("name", NAMES)
def test_lines_keep_the_width(name, width):
    lines = replay(name, ["text", "--width", str(width)]).decode().splitlines()
    # The summary belongs to stderr and is left to the terminal.
    assert [line for line in lines if len(line) > width and not line.startswith("sigtrace: ")] == []


@pytest.mark.parametrize("name", NAMES)
def test_color_adds_only_escapes(name):
    plain = replay(name, ["text", "--width", "120"])
    assert re.sub(rb"\x1b\[[0-9;]*m", b"", replay(name, VARIANTS["color.txt"])) == plain
    assert b"\x1b" not in plain


def causes_of_header():
    header = (TREE / "src" / "core" / "explain.h").read_text()
    causes = set(re.findall(r"X\([A-Z_]+, +\"(\w+)\"\)", header))
    assert len(causes) > 20
    return causes


def origins_of_header():
    header = (TREE / "src" / "core" / "origin.h").read_text()
    origins = set(re.findall(r"X\([A-Z_]+, +\"(\w+)\"\)", header))
    assert len(origins) > 10
    return origins


def earlier_signals():
    """Every "after" and "escalation"."""
    return [document[key] for name in NAMES for document in json_lines(name) for key in ("after", "escalation") if key in document]


def test_every_cause_has_a_recording():
    seen = {document.get("cause") for name in NAMES for document in json_lines(name)}
    assert seen == {None, *causes_of_header()}


def test_unexplained_only_where_it_is_meant():
    found = {name for name in NAMES for document in json_lines(name) if document.get("cause") == "unexplained"}
    assert found == {"unexplained"}


def test_schema_knows_the_same_causes(schema):
    assert set(schema.schema["$defs"]["cause"]["enum"]) == causes_of_header()


def test_every_fate_has_a_recording(schema):
    assert {earlier.get("became") for earlier in earlier_signals()} == {None, *schema.schema["$defs"]["became"]["enum"]}


def test_every_origin_has_a_recording():
    seen = {document["sender"].get("origin") for name in NAMES for document in json_lines(name) if "sender" in document}
    assert seen == {None, *origins_of_header()}


def test_schema_knows_the_same_origins(schema):
    assert set(schema.schema["$defs"]["origin"]["enum"]) == origins_of_header()


def documents(kind):
    return [document for name in NAMES for document in json_lines(name) if document["type"] == kind]


def test_every_type_has_a_recording(schema):
    elsewhere = {"lost", "features", "inspect", "check", "chain"}
    assert {kind["$ref"].rpartition("/")[2] for kind in schema.schema["oneOf"]} - elsewhere == {
        document["type"] for name in NAMES for document in json_lines(name)}


def test_every_failed_system_call_has_a_recording(schema):
    names = schema.schema["$defs"]["send_failed"]["properties"]["syscall"]["enum"]
    assert {document["syscall"] for document in documents("send_failed")} == set(names) == set(records.SYSCALLS)


def containers():
    """Of everybody who has one, by their places in the documents."""
    found = {}

    def look(value, place):
        for key, member in value.items() if isinstance(value, dict) else ():
            if key == "container":
                found.setdefault(place, []).append(member)
            look(member, f"{place}.{key}")

    for name in NAMES:
        for document in json_lines(name):
            look(document, document["type"])
    return found


def test_containers_of_everybody_have_a_recording():
    assert set(containers()) == {
        "generate.sender", "generate.sender.origin_by", "generate.target", "exit.process", "exit.after.sender",
        "handler_return.process", "send_failed.sender", "send_failed.target"}


def test_every_member_of_a_container_has_a_recording(schema):
    shape = schema.schema["$defs"]["container"]["properties"]
    every = [container for place in containers().values() for container in place]
    assert {member for container in every for member in container} == set(shape)
    assert {container.get("runtime") for container in every} == {None, *shape["runtime"]["enum"]}


@pytest.mark.parametrize("change", [
    {"id": None}, {"id": ""}, {"id": 1}, {"runtime": "lxc"}, {"name": ""}, {"pod": "w" * 254}, {"sandbox": False}, {"surprise": 1},
])
@pytest.mark.parametrize("key", ["sender", "target"])
def test_schema_is_strict_about_containers(schema, key, change):
    document = next(document for document in json_lines("containers") if all(
        "container" in document.get(key, {}) for key in ("sender", "target")))
    container = {member: value for member, value in {**document[key]["container"], **change}.items() if value is not None}
    assert schema.is_valid(document)
    assert not schema.is_valid({**document, key: {**document[key], "container": container}})


@pytest.mark.parametrize("change", [{"signals": ["TERM"]}, {"selection": ""}, {"waited_ns": -1}, {"surprise": 1}, {"time": "x"}])
def test_schema_is_strict_about_what_is_absent(schema, change):
    document = documents("absent")[0]
    assert schema.is_valid(document)
    assert not schema.is_valid({**document, **change})


def test_containers_where_there_is_room():
    compare(HERE / "expected" / "containers.width-140.txt", replay("containers", ["text", "--width", "140"]))


def test_everybody_who_takes_has_a_recording(schema):
    names = schema.schema["$defs"]["taken"]["properties"]["by"]["enum"]
    assert {document.get("by") for document in documents("taken")} == {None, *names}


def test_every_origin_with_somebody_behind_it_names_them():
    by_kernel = [document["sender"] for document in documents("generate") if document["sender"].get("origin") == "pid_namespace_teardown"]
    assert by_kernel
    assert all(sender["origin_by"]["tgid"] > 0 for sender in by_kernel)


@pytest.mark.parametrize("kind, change", [
    ("handler_return", {"duration_ns": -1}), ("handler_return", {"handler": 4198710}), ("handler_return", {"handler_symbol": ""}),
    ("handler_return", {"process": {"tgid": 1}}), ("handler_return", {"signal": {"number": 65, "name": "SIG65"}}),
    ("send_failed", {"error": "1"}), ("send_failed", {"syscall": "sigqueue"}), ("send_failed", {"signal": {"name": "SIGTERM"}}),
    ("send_failed", {"sender": {"kind": "kernel"}}), ("send_failed", {"target": {}}), ("send_failed", {"target": {"argument": 1, "tgid": 1}}),
    ("send_failed", {"facts": {"facts": "0x0"}}),
    ("taken", {"by": "sigwait"}), ("taken", {"cause": "sigwait"}),
    ("handler_installed", {"missing_ns": -1}), ("handler_installed", {"age_ns": "0"}),
    ("still_alive", {"stuck": {}}), ("still_alive", {"stuck": {"reason": "dying"}}), ("still_alive", {"signal": {"number": 15, "name": "SIGTERM"}}),
])
def test_schema_is_strict_about_what_followed(schema, kind, change):
    document = documents(kind)[0]
    assert schema.is_valid(document)
    assert not schema.is_valid({**document, **change})


@pytest.mark.parametrize("kind", ["taken", "handler_installed", "still_alive"])
@pytest.mark.parametrize("member", ["signal", "elapsed_ns", "sender"])
def test_schema_requires_of_the_signal_before(schema, kind, member):
    document = documents(kind)[0]
    del document["after"][member]
    assert not schema.is_valid(document)


@pytest.mark.parametrize("change", [
    {"v": 2}, {"type": "generat"}, {"cause": "because"}, {"result": "DELIVERED"}, {"surprise": 1}, {"boot_ns": -1},
    {"time": "2026-01-02 03:00:00"}, {"sender": {"kind": "kernel", "tgid": 1}}, {"explanation": ""},
    {"signal": {"number": 0, "name": "SIG0"}},
])
def test_schema_is_strict(schema, change):
    document = json_lines("stories")[0]
    assert schema.is_valid(document)
    assert not schema.is_valid({**document, **change})


@pytest.mark.parametrize("member", ["v", "time", "signal", "code", "scope", "result", "cause", "explanation", "sender", "target"])
def test_schema_requires(schema, member):
    document = json_lines("stories")[0]
    del document[member]
    assert not schema.is_valid(document)


def first(name, member):
    return next(document for document in json_lines(name) if member in document)


@pytest.mark.parametrize("member", ["signal", "elapsed_ns", "caused", "sender"])
def test_schema_requires_of_an_earlier_signal(schema, member):
    document = first("outcome", "after")
    assert schema.is_valid(document)
    del document["after"][member]
    assert not schema.is_valid(document)


@pytest.mark.parametrize("change", [
    {"became": "not_known"}, {"surprise": 1}, {"elapsed_ns": -1}, {"signal": "TERM"}, {"sender": {"kind": "kernel", "tgid": 1}},
    {"sender": {"kind": "user"}},
])
@pytest.mark.parametrize("key", ["after", "escalation"])
def test_schema_is_strict_about_an_earlier_signal(schema, key, change):
    document = first("outcome", key)
    assert not schema.is_valid({**document, key: {**document[key], **change}})


def test_schema_ties_facts_together(schema):
    killed = first("outcome", "after")
    assert killed["after"]["caused"]
    assert not schema.is_valid({**killed, "status": {"code": 9}})
    escalation = first("outcome", "escalation")
    assert not schema.is_valid({**escalation, "signal": {"number": 15, "name": "SIGTERM"}})
    sender = first("ancestors", "sender")["sender"]
    assert sender["ancestors"]
    for wrong in [{"ancestors": []}, {"ancestors": sender["ancestors"] * 9}, {"origin_detail": "a guess"}, {"origin": "kernel"}]:
        assert not schema.is_valid({**first("ancestors", "sender"), "sender": {**sender, **wrong}})
