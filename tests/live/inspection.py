# SPDX-License-Identifier: BSD-2-Clause
"""Runs `sigtrace inspect -o json` and reads its document."""

import json
import os
import shutil
import subprocess

import pytest

import harness
from harness import DEADLINE_S, SIGTRACE, Event

# What the programs of trace and inspect need; without them inspect reads /proc.
NO_BPF = ("setpriv", "--bounding-set=-bpf,-perfmon,-sys_admin", "--")
ALL = tuple(range(1, 65))


def needs(tool):
    return pytest.mark.skipif(not shutil.which(tool), reason=f"{tool} is not installed")


def run(*args, evidence="bpf", prefix=(), timeout=3 * DEADLINE_S, **keywords):
    """`sigtrace inspect ARGS…`; the caller judges the result."""
    if evidence == "procfs" and not prefix:
        if not shutil.which("setpriv"):
            pytest.skip("setpriv is not installed")
        prefix = NO_BPF
    keywords.setdefault("stdin", None if "input" in keywords else subprocess.DEVNULL)
    return subprocess.run(
        [*prefix, SIGTRACE, "inspect", *(str(arg) for arg in args)], capture_output=True, text=True, timeout=timeout,
        check=False, **{key: value for key, value in keywords.items() if key != "stdin" or value is not None})


def _walk(value):
    yield value
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _walk(member)


def _validate(document):
    """Against docs/json-schema.json; says where the first errors are, not the whole document."""
    found = sorted(harness.schema_errors(document), key=lambda error: len(error.path))[:5]
    assert not found, "\n".join(f"{error.json_path}: {error.message[:200]}" for error in found)


class Document(Event):
    """The one document of a run."""

    exit_code = 0
    stderr = ""

    def process(self, pid):
        [found] = [process for process in self["processes"] if process["tgid"] == pid]
        return Event(found)

    def signal(self, pid, sig):
        """What is said about one signal, with the process as `of`."""
        process = self.process(pid)
        number = harness.signal_number(sig)
        [found] = [signal for signal in process["signals"] if signal["number"] == number]
        return Event(found)

    def thread(self, pid, tid):
        [found] = [thread for thread in self.process(pid)["threads"] if thread["tid"] == tid]
        return Event(found)

    def findings(self, pid):
        """The stuck report's findings by rule."""
        stuck = self.process(pid).get("stuck", {})
        return {finding["rule"]: Event(finding) for finding in stuck.get("findings", ())}


def inspect(*args, code=None, evidence="bpf", **keywords):
    """
    Runs it, checks what every run must satisfy, and returns the document. code: the exit status; None: 0 or 1, as the
    document itself says.
    """
    done = run("-o", "json", *args, evidence=evidence, **keywords)
    assert done.returncode in ((0, 1) if code is None else (code,)), \
        f"exit status {done.returncode}, expected {code}; stderr:\n{done.stderr}\nstdout:\n{done.stdout[:2000]}"
    document = Document(json.loads(done.stdout))
    document.exit_code = done.returncode
    document.stderr = done.stderr
    assert document["v"] == 1 and document["type"] == "inspect"
    assert document["evidence"] == evidence, done.stderr
    assert done.stdout.isascii() and done.stdout[:-1].isprintable() and done.stdout[-1] == "\n"
    _validate(document)
    for value in _walk(dict(document)):
        if isinstance(value, dict):
            assert value.get("cause") != "unexplained", json.dumps(value, indent=1)
            for key in ("explanation", "remedy"):
                text = value.get(key, "x")
                assert text and "{" not in text and not text.endswith("."), json.dumps(value, indent=1)
    pids = [process["tgid"] for process in document["processes"]]
    assert len(set(pids)) == len(pids), f"a process is there twice: {pids}"
    for process in document["processes"]:
        numbers = [signal["number"] for signal in process["signals"]]
        assert numbers == sorted(set(numbers)), numbers
        tids = [thread["tid"] for thread in process.get("threads", ())]
        assert len(set(tids)) == len(tids), tids
    return document


def signal_set(names):
    """The numbers of a list of names as inspect prints them."""
    by_name = {name: number for number in ALL for name in harness.signal_names(number) if name}
    by_name["SIGPOLL"] = 29
    for number in range(50, 64):
        by_name[f"SIGRTMAX-{64 - number}"] = number
    return {by_name[name] for name in names}


def mask_set(mask):
    """The numbers of a mask: an int, or hexadecimal digits as in /proc."""
    value = mask if isinstance(mask, int) else int(mask, 16)
    return {number for number in ALL if value >> (number - 1) & 1}


def allow_to_nobody(path):
    """Whether a process of user nobody may reach a program."""
    return all(os.stat(parent).st_mode & 0o001 for parent in [path, *path.parents])
