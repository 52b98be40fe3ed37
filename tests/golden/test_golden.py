# SPDX-License-Identifier: BSD-2-Clause
"""Recorded events through decode, explain and the renderers: every byte of the output is pinned.

SIGTRACE_GOLDEN_UPDATE=1 writes recordings and expectations anew; read the difference before committing it.
REPLAY names the program that `make build/tests/replay` builds.
"""

import json
import os
import pathlib
import re
import subprocess

import jsonschema
import pytest

import records

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parent.parent
REPLAY = pathlib.Path(os.environ.get("REPLAY", TREE / "build" / "tests" / "replay")).resolve()
UPDATE = os.environ.get("SIGTRACE_GOLDEN_UPDATE") == "1"

SPECS = sorted((HERE / "specs").glob("*.spec"))
NAMES = [spec.stem for spec in SPECS]
VARIANTS = {
    "txt": ["text"],
    "width-100.txt": ["text", "--width", "100"],
    "width-80.txt": ["text", "--width", "80"],
    "color.txt": ["text", "--width", "120", "--color"],
    "json": ["json"],
}
# Causes that only failed system calls can show; no signal is generated then.
NOT_GENERATED = {"eperm", "esrch", "einval"}


def compare(path, actual):
    if UPDATE:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(actual)
    assert path.exists(), f"{path} is missing: run with SIGTRACE_GOLDEN_UPDATE=1 and read it"
    expected = path.read_bytes()
    assert actual.decode("utf-8", "backslashreplace") == expected.decode("utf-8", "backslashreplace"), path.name
    assert actual == expected, path.name


def replay(name, arguments):
    recording = (HERE / "recordings" / f"{name}.hex").read_bytes()
    done = subprocess.run([REPLAY, *arguments], input=recording, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


def json_lines(name):
    return [json.loads(line) for line in replay(name, ["json"]).splitlines()]


@pytest.fixture(scope="session")
def schema():
    document = json.loads((TREE / "docs" / "json-schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


@pytest.mark.parametrize("name", NAMES)
def test_recording_is_what_the_spec_says(name):
    text = (HERE / "specs" / f"{name}.spec").read_text()
    compare(HERE / "recordings" / f"{name}.hex", records.compile_spec(text).encode())


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", NAMES)
def test_output(name, variant):
    compare(HERE / "expected" / f"{name}.{variant}", replay(name, VARIANTS[variant]))


@pytest.mark.parametrize("name", NAMES)
def test_json_validates(name, schema):
    documents = json_lines(name)
    assert documents[-1]["type"] == "summary"
    for document in documents:
        errors = [f"{error.json_path}: {error.message}" for error in schema.iter_errors(document)]
        assert errors == [], document


@pytest.mark.parametrize("name", NAMES)
def test_every_record_is_shown_or_counted(name):
    recording = (HERE / "recordings" / f"{name}.hex").read_text().splitlines()
    sent = sum(1 for line in recording if not line.startswith("#"))
    *events, summary = json_lines(name)
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


def test_every_cause_has_a_recording():
    seen = {document.get("cause") for name in NAMES for document in json_lines(name)}
    assert causes_of_header() - seen == NOT_GENERATED


def test_unexplained_only_where_it_is_meant():
    found = {name for name in NAMES for document in json_lines(name) if document.get("cause") == "unexplained"}
    assert found == {"unexplained"}


def test_schema_knows_the_same_causes(schema):
    assert set(schema.schema["$defs"]["cause"]["enum"]) == causes_of_header()


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
