# SPDX-License-Identifier: BSD-2-Clause
"""What all golden tests do: play a recording, compare bytes, validate.

SIGTRACE_GOLDEN_UPDATE=1 writes recordings and expectations anew; read the difference before committing it.
REPLAY names the program that `make build/tests/replay` builds.
"""

import copy
import functools
import json
import os
import pathlib
import subprocess
import unicodedata

import jsonschema

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parent.parent
REPLAY = pathlib.Path(os.environ.get("REPLAY", TREE / "build" / "tests" / "replay")).resolve()
UPDATE = os.environ.get("SIGTRACE_GOLDEN_UPDATE") == "1"


def names(pattern):
    return [spec.stem for spec in sorted((HERE / "specs").glob(pattern))]


def compare(path, actual):
    if UPDATE:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(actual)
    assert path.exists(), f"{path} is missing: run with SIGTRACE_GOLDEN_UPDATE=1 and read it"
    expected = path.read_bytes()
    assert actual.decode("utf-8", "backslashreplace") == expected.decode("utf-8", "backslashreplace"), path.name
    assert actual == expected, path.name


def compare_recording(name, compile_spec):
    text = (HERE / "specs" / f"{name}.spec").read_text()
    compare(HERE / "recordings" / f"{name}.hex", compile_spec(text).encode())


def replay(name, arguments):
    recording = (HERE / "recordings" / f"{name}.hex").read_bytes()
    done = subprocess.run([REPLAY, *arguments], input=recording, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


@functools.cache
def schema():
    document = json.loads((TREE / "docs" / "json-schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(document)
    return jsonschema.Draft202012Validator(document)


def of_type(document):
    """The schema of documents of this type alone: its errors say what is wrong, those of all types together do not."""
    whole = schema().schema
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{document['type']}", "$defs": whole["$defs"]})


def assert_valid(document):
    errors = [f"{error.json_path}: {error.message}" for error in of_type(document).iter_errors(document)]
    assert errors == []
    assert schema().is_valid(document)


def assert_strict(document, path, value):
    """A valid document is not valid any more with another value at this path, or without one (None)."""
    document = copy.deepcopy(document)
    assert_valid(document)
    at = document
    for key in path[:-1]:
        at = at[key]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    assert not schema().is_valid(document)


def columns(line):
    """As wide as a terminal shows it."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)
