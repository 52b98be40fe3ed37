# SPDX-License-Identifier: BSD-2-Clause
"""Runs `sigtrace check -o json -- CMD`, reads its document, and sees to it that nothing is left behind."""

import json
import os
import pathlib
import subprocess
import uuid

import pytest

import harness
from harness import DEADLINE_S, FIXTURE, SIGTRACE, Event, Lines, proc_status
from inspection import NO_BPF, allow_to_nobody
from waiting import wait_until

NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")
EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": 5}
# What a run may take besides the time to be ready and the grace.
SLACK_MS = 5000
# The fixture says so when it is set up.
UP = ("-r", "log:^ready who=main ")
GRACE = ("-g", "1s")
# The end of the grace is waited for in no test that has this.
LONG = ("-g", "20s")
CGROUPS = pathlib.Path("/sys/fs/cgroup")


def fixture_command(script):
    return [FIXTURE, *script.split()]


def need_nobody():
    for program in (SIGTRACE, FIXTURE):
        if not allow_to_nobody(pathlib.Path(program)):
            pytest.skip(f"{program} cannot be reached by user nobody")


def _environ(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def processes():
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


class Run:
    """
    One `sigtrace check`. It, its janitor and all that it starts are known by a mark in their environment. evidence:
    "procfs" takes the privilege for BPF away.
    """

    def __init__(self, command, *options, output="json", evidence="bpf", prefix=(), env=None, **popen):
        if evidence == "procfs" and not prefix:
            prefix = NO_BPF
        self._mark = f"SIGTRACE_CHECK={uuid.uuid4()}"
        command = fixture_command(command) if isinstance(command, str) else command
        arguments = [*prefix, SIGTRACE, "check", "-o", output, *options, *(["--"] if command else []), *command]
        popen.setdefault("stdin", subprocess.DEVNULL)
        popen.setdefault("stdout", subprocess.PIPE)
        popen.setdefault("stderr", subprocess.PIPE)
        self.process = subprocess.Popen([str(argument) for argument in arguments],
                                        env=os.environ | (env or {}) | dict([self._mark.split("=")]), **popen)
        self.pid = self.process.pid
        self.messages = Lines(self.process.stderr, lambda raw: raw.decode("utf-8", "replace").rstrip("\n"),
                              start=False) if self.process.stderr else None
        self._init = None

    def alive(self):
        """All that live, but for sigtrace itself."""
        mark = self._mark.encode()
        return [pid for pid in processes() if pid != self.pid and mark in _environ(pid)]

    def find_init(self, held=False):
        """Waits until PID 1 is there, and runs the command. held: before that; None: one of the two."""
        def find():
            for pid in self.alive():
                status = proc_status(pid)
                if status.get("NSpid", "").split()[-1:] == ["1"] and held in (None, status["Name"] == "sigtrace"):
                    return pid
            return None

        if not self._init:
            self._init = wait_until(lambda: find() if self.process.poll() is None else -1, "the init")
        assert self._init > 0, "sigtrace ended"
        return self._init

    def wait_output(self, text):
        """Waits for a line of the program's output, which is on stderr; call read_output() before."""
        return self.messages.wait(lambda line: text in line, what=text)

    def read_output(self):
        self.messages.start()
        return self

    def finish(self, deadline_s=3 * DEADLINE_S):
        """Waits until it ends by itself; returns (exit status, stdout, stderr)."""
        if self.messages and self.messages._thread.ident:
            stdout = self.process.stdout.read()
            self.messages.wait_end(deadline_s)
            stderr = "\n".join(self.messages.items)
            self.process.wait(deadline_s)
        else:
            stdout, stderr = self.process.communicate(timeout=deadline_s)
            stderr = (stderr or b"").decode("utf-8", "replace")
        return self.process.returncode, (stdout or b"").decode("utf-8"), stderr

    def check_nothing_left(self, deadline_s=0):
        """At once after it has ended by itself; after its SIGKILL it takes others a moment."""
        if deadline_s:
            wait_until(lambda: not self.alive(), "the end of all that it started", deadline_s)
        left = [(pid, proc_status(pid).get("Name")) for pid in self.alive()]
        assert not left, f"left behind: {left}"

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE_S)
        for pid in self.alive():
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass
        if self.messages and self.messages._thread.ident:
            self.messages.wait_end()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()


class Document(Event):
    """The document of a run."""

    exit_code = 0
    stderr = ""

    def marks(self):
        return {mark["name"]: mark["boot_ns"] for mark in self["timeline"] if mark["type"] == "mark"}

    def events(self, type_, sig=None):
        """Those of the init."""
        return [Event(event) for event in self["timeline"]
                if event["type"] == type_ and Event(event).process.get("tgid") == self["init"]["tgid"] and
                (sig is None or event["signal"]["number"] == harness.signal_number(sig))]

    def warnings(self):
        return [warning["reason"] for warning in self["warnings"]]


def _check_sentences(document):
    for part in (document, *document["warnings"]):
        for key in ("explanation", "remedy"):
            text = part.get(key, "x")
            assert text and not text.endswith(".") and "%" not in text, json.dumps(document, indent=1)


def _check_timeline(document):
    times = [entry["boot_ns"] for entry in document["timeline"]]
    assert times == sorted(times)
    marks = document.marks()
    order = [marks[name] for name in ("started", "ready", "sent", "grace_over", "killed") if name in marks]
    assert order == sorted(order), marks
    assert not {"killed", "exited"} <= set(marks), marks
    if document["verdict"] != "inconclusive":
        assert {"started", "ready", "sent"} <= set(marks), marks
        assert ("exited" in marks) != ("grace_over" in marks), marks
        assert ("exited" in marks) == ("exit" in document) == ("answer_ms" in document), marks
        assert ("grace_over" in marks) == ("killed" in marks), marks
    assert ("handler_after_ms" in document) == ("handler" in marks), marks


def _check_no_cgroups(document):
    """Those of this check bear the number of its init."""
    name = f"sigtrace-{document['init']['tgid']}-*" if "init" in document else None
    left = [path for root in (CGROUPS, CGROUPS / "pids", CGROUPS / "unified") for path in (root.glob(name) if name else ())]
    assert not left, left


def _check_namespace_gone(document):
    """Its inode may be another one's by now: but of that nothing can be older than the end."""
    inode = Event(document).at("init.pid_ns")
    marks = document.marks()
    end_ns = marks.get("exited", marks.get("killed", 0))
    for pid in processes():
        try:
            is_there = os.stat(f"/proc/{pid}/ns/pid").st_ino == inode
            start_ns = int(pathlib.Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19]) * 10_000_000
        except OSError:
            continue  # it has ended, or is not ours to look at
        assert not is_there or start_ns > end_ns, f"{pid} is left in the namespace"


def read(run, evidence="bpf", **finish):
    """Waits for the end of a run and checks what every run must satisfy. evidence: None: any."""
    code, stdout, stderr = run.finish(**finish)
    run.check_nothing_left()
    assert code in EXIT_CODES.values(), f"exit status {code}; stderr:\n{stderr}\nstdout:\n{stdout[:2000]}"
    assert stdout.isascii() and stdout.endswith("\n") and stdout[:-1].isprintable(), stdout
    document = Document(json.loads(stdout))
    document.exit_code, document.stderr = code, stderr
    harness.validate([document])
    assert document["type"] == "check" and document["v"] == 1
    assert code == EXIT_CODES[document["verdict"]], (code, document["verdict"])
    assert evidence is None or document["evidence"] == evidence, document
    assert evidence is None or ("evidence_why" in document) == (evidence != "bpf"), document
    assert "lost" not in document, document["lost"]
    assert document["elapsed_ms"] <= document["ready"]["timeout_ms"] + document["grace_ms"] + SLACK_MS
    _check_sentences(document)
    _check_timeline(document)
    _check_no_cgroups(document)
    _check_namespace_gone(document)
    return document


def check(command, *options, expect=None, evidence="bpf", warnings=(), **keywords):
    """Runs it and returns the document. command: a script of the fixture, or a list of words. expect: "VERDICT REASON"."""
    run = Run(command, *options, evidence=evidence, **keywords)
    try:
        document = read(run, evidence)
    finally:
        run.close()
    if expect:
        expected(document, expect, warnings)
    return document


def expected(document, expect, warnings=()):
    found = f"{document['verdict']} {document['reason']}"
    assert found == expect, f"{found}, expected {expect}\n{document['explanation']}\n{document.stderr}\n" + \
        json.dumps(document, indent=1)
    assert document.warnings() == list(warnings), json.dumps(document["warnings"], indent=1)
