# SPDX-License-Identifier: BSD-2-Clause
"""Runs the fixture and sigtrace for the live tests. Everything is waited for, with a deadline; nothing sleeps blindly."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from waiting import wait_until  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
if not BUILD.is_absolute():
    BUILD = ROOT / BUILD
SIGTRACE = os.environ.get("SIGTRACE", str(BUILD / "sigtrace"))
FIXTURE = os.environ.get("FIXTURE", str(BUILD / "tests" / "fixture"))
SCHEMA = ROOT / "docs" / "json-schema.json"

# Generous: only a broken program or a very loaded machine comes near it.
DEADLINE_S = 20

# Floods are validated against the schema in part only, or they would take minutes.
VALIDATED_LINES = 400

_ABSENT = object()

# A shell that starts the tests with & ignores SIGINT, and what is started here would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def signal_number(name):
    """A number from a number, "TERM" or "RTMIN+3" (glibc's RTMIN, 34)."""
    if isinstance(name, int):
        return int(name)
    if name.startswith("RTMIN"):
        return 34 + int(name[5:] or 0)
    return int(getattr(signal, "SIG" + name))


def proc_status(pid, tid=None):
    """/proc/PID/status as a dict, {} if it is gone."""
    path = f"/proc/{pid}/status" if tid is None else f"/proc/{pid}/task/{tid}/status"
    try:
        text = pathlib.Path(path).read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def comm(pid):
    return pathlib.Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").removesuffix("\n")


def ancestors(pid):
    """Its ancestors as /proc shows them now, the parent first: the real ones, whoever traces."""
    found = []
    while (pid := int(proc_status(pid)["PPid"])) != 0:
        found.append({"tgid": pid, "comm": comm(pid)})
    return found


def wait_state(pid, letters, tid=None):
    wait_until(lambda: proc_status(pid, tid).get("State", "?")[0] in letters, f"{pid} in state {letters}")


def wait_sigwait(pid, sig, tid=None):
    """sigtimedwait() takes the signals it waits for out of the blocked mask while it sleeps."""
    bit = 1 << (signal_number(sig) - 1)

    def asleep():
        status = proc_status(pid, tid)
        return status and not int(status["SigBlk"], 16) & bit and status["State"][0] == "S"

    wait_until(asleep, f"{pid} in sigtimedwait")


def pid_ns(pid="self"):
    return os.stat(f"/proc/{pid}/ns/pid").st_ino


class Lines:
    """Collects the lines of a pipe in a thread, so that nobody blocks on a full pipe."""

    def __init__(self, stream, parse, start=True):
        self.items = []
        self.ended = False
        self._stream = stream
        self._parse = parse
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        if start:
            self.start()

    def start(self):
        self._thread.start()

    def _read(self):
        for raw in self._stream:
            item = self._parse(raw)
            with self._changed:
                self.items.append(item)
                self._changed.notify_all()
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def wait(self, match, start=0, what="line", deadline_s=DEADLINE_S):
        """The index of the first item from `start` that matches."""
        end = time.monotonic() + deadline_s
        at = start
        with self._changed:
            while True:
                while at < len(self.items):
                    if match(self.items[at]):
                        return at
                    at += 1
                left = end - time.monotonic()
                if self.ended or left <= 0:
                    why = "the output ended" if self.ended else f"not within {deadline_s} s"
                    seen = "\n  ".join(str(item) for item in self.items[-30:])
                    raise AssertionError(f"{why}: {what}; seen:\n  {seen}")
                self._changed.wait(left)

    def wait_end(self, deadline_s=DEADLINE_S):
        self._thread.join(deadline_s)
        assert not self._thread.is_alive(), "the output did not end"


def _parse_fixture_line(raw):
    words = raw.decode("utf-8", "replace").split()
    line = {"kind": words[0] if words else ""}
    for word in words[1:]:
        key, _, value = word.partition("=")
        line[key] = int(value) if value.lstrip("-").isdigit() else value
    return line


class Fixture:
    """
    One fixture process. In the script "{NAME}" stands for the descriptor that the process or thread NAME serves, so that
    do("NAME", "verbs…") runs verbs there and returns when they are done. `program`: a copy of the fixture, or a command
    that runs one.
    """

    def __init__(self, script, stdin=subprocess.DEVNULL, program=(FIXTURE,), **popen):
        self._control = {}
        self._read_ends = []
        self._mark = f"SIGTRACE_FIXTURE={uuid.uuid4()}"
        popen.setdefault("env", os.environ | dict([self._mark.split("=")]))
        words = [self._word(word) for word in script.split()]
        self.process = subprocess.Popen(
            [*program, *words], stdin=stdin, stdout=subprocess.PIPE, pass_fds=self._read_ends, **popen)
        for fd in self._read_ends:
            os.close(fd)
        self.lines = Lines(self.process.stdout, _parse_fixture_line)
        self.pid = self.process.pid

    def _word(self, word):
        if not (word.startswith("{") and word.endswith("}")):
            return word
        read_end, write_end = os.pipe()
        os.set_inheritable(read_end, True)
        self._control[word[1:-1]] = write_end
        self._read_ends.append(read_end)
        return str(read_end)

    def line(self, kind, start=0, **keys):
        """Waits for a line of this kind with these values and returns it as a dict."""
        def match(line):
            return line["kind"] == kind and all(line.get(key) == value for key, value in keys.items())
        return self.lines.items[self.lines.wait(match, start, what=f"fixture: {kind} {keys}")]

    def ready(self, who="main"):
        """Waits until WHO is ready and returns its pid as the host sees it."""
        return self.line("ready", who=who)["host_pid"]

    def tid(self, who):
        return self.line("ready", who=who)["host_tid"]

    def do(self, who, verbs):
        """Runs verbs in WHO; returns the lines printed meanwhile, by anyone."""
        at = len(self.lines.items)
        self.start_do(who, verbs)
        end = self.lines.wait(lambda line: line["kind"] == "done" and line["who"] == who, at, f"{who}: {verbs}")
        return self.lines.items[at:end]

    def start_do(self, who, verbs):
        os.write(self._control[who], verbs.encode() + b"\n")

    def kill(self, sig, who="main"):
        os.kill(self.ready(who), signal_number(sig))

    def wait(self):
        return self.process.wait(DEADLINE_S)

    def _is_mine(self, pid):
        """By its environment: the program may be a copy, gone, or in a mount namespace of its own."""
        return self._mark.encode() in pathlib.Path(f"/proc/{pid}/environ").read_bytes()

    def close(self):
        """Ends the process and what it started, by pid, if the pid is still the fixture's."""
        for fd in self._control.values():
            os.close(fd)
        pids = {line[key] for line in self.lines.items for key in ("host_pid", "child_pid") if key in line}
        if self.process.poll() is None:
            self.process.kill()
        for pid in pids - {self.pid}:
            try:
                if self._is_mine(pid):
                    os.kill(pid, signal.SIGKILL)
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                pass
        self.process.wait(DEADLINE_S)
        self.lines.wait_end()
        self.process.stdout.close()


class Event(dict):
    """One JSON line; `raw` is it as printed. at("a.b") reaches into nested objects."""

    raw = b""

    def at(self, path):
        value = self
        for key in path.split("."):
            if not isinstance(value, dict) or key not in value:
                return _ABSENT
            value = dict.__getitem__(value, key)
        return value

    @property
    def process(self):
        """Whom it happened to: "target" or "process"."""
        return self.get("target") or self.get("process") or {}

    def check(self, facts=None, **plain):
        """Asserts facts by dotted path; None means that it must be absent. Shows the whole event if one differs."""
        wrong = []
        for path, expected in {**(facts or {}), **plain}.items():
            value = self.at(path)
            if expected is None:
                right = value is _ABSENT
            elif callable(expected):
                right = value is not _ABSENT and expected(value)
            else:
                right = value == expected and isinstance(value, bool) == isinstance(expected, bool)
            if not right:
                shown = "absent" if value is _ABSENT else repr(value)
                wrong.append(f"{path}: expected {expected!r}, is {shown}")
        assert not wrong, "\n".join(wrong) + "\nin " + json.dumps(self, indent=1)
        return self


def _parse_json_line(raw):
    try:
        value = json.loads(raw)
    except ValueError:
        value = None
    event = Event(value if isinstance(value, dict) else {"type": "invalid"})
    event.raw = raw
    return event


class Trace:
    """sigtrace -o json ARGS…, attached when the constructor returns."""

    def __init__(self, *args, attach=True, **popen):
        argv = [SIGTRACE, "-o", "json", *(str(arg) for arg in args)]
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **popen)
        self.events = Lines(self.process.stdout, _parse_json_line)
        self.messages = Lines(self.process.stderr, lambda raw: raw.decode("utf-8", "replace").rstrip("\n"))
        self.finished = False
        if attach:
            self.messages.wait(lambda line: line.startswith("sigtrace: tracing"), what="sigtrace to attach")

    @staticmethod
    def _match(type_, sig, to, facts):
        number = signal_number(sig) if sig is not None else None

        def match(event):
            return ((type_ is None or event.get("type") == type_) and
                    (number is None or event.at("signal.number") == number) and
                    (to is None or event.process.get("tgid") == to) and
                    all(event.at(path.replace("__", ".")) == value for path, value in facts.items()))
        return match

    def wait(self, type_="generate", sig=None, to=None, start=0, **facts):
        """Waits for the first event that matches; facts by path with "__" for a dot."""
        what = f"{type_} {sig} to {to} {facts or ''}"
        event = self.events.items[self.events.wait(self._match(type_, sig, to, facts), start, what)]
        return event

    def all(self, type_="generate", sig=None, to=None, **facts):
        """All that have arrived; call it after finish()."""
        match = self._match(type_, sig, to, facts)
        return [event for event in list(self.events.items) if match(event)]

    def mark(self):
        return len(self.events.items)

    def finish(self, code=0, stop=signal.SIGINT, lossless=True):
        """Ends sigtrace (stop=None: waits until it ends by itself) and checks what every run must satisfy."""
        if stop is not None:
            self.process.send_signal(stop)
        status = self.process.wait(DEADLINE_S)
        self.events.wait_end()
        self.messages.wait_end()
        self.finished = True
        stderr = "\n".join(self.messages.items)
        assert status == code, f"exit status {status}, expected {code}; stderr:\n{stderr}"
        self._check_lines(lossless)
        return self

    def _check_lines(self, lossless):
        events = self.events.items
        assert events, "no output at all"
        for event in events:
            assert event.get("type") != "invalid", f"not a JSON object: {event.raw!r}"
            assert event.get("v") == 1, event
            assert event.get("cause") != "unexplained", json.dumps(event, indent=1)
        summaries = [event for event in events if event["type"] == "summary"]
        assert len(summaries) == 1 and events[-1] is summaries[0], "the summary is not the one last line"
        self.summary = summaries[0]
        shown = [event for event in events if event["type"] not in ("summary", "lost", "absent")]
        assert self.summary["events"] == len(shown), f"{len(shown)} lines, {self.summary}"
        lost = sum(event["count"] for event in events if event["type"] == "lost")
        assert self.summary["lost"] == lost, f"lost lines say {lost}, {self.summary}"
        if lossless:
            assert self.summary["lost"] == 0, self.summary
        self._check_latencies(shown)
        self._check_exits(shown)
        self._check_returns(shown)
        if "-x" not in self.process.args:
            self._check_earlier(shown)
        validate(events)

    @staticmethod
    def _check_latencies(shown):
        """A latency must lead back to the very instant of a generation of that signal for that process."""
        sent = {(event["signal"]["number"], event["target"]["tgid"], event["boot_ns"])
                for event in shown if event["type"] == "generate"}
        numbers = {number for number, _, _ in sent}
        for event in shown:
            if event["type"] != "deliver" or "latency_ns" not in event:
                continue
            assert event["latency_ns"] > 0, event
            origin = event["boot_ns"] - event["latency_ns"]
            possible = [event["signal"]["number"]]
            began = event.at("group_exit.signal")
            if isinstance(began, str):
                possible += [number for number in numbers if began in signal_names(number)]
            assert any((number, event["process"]["tgid"], origin) in sent for number in possible), \
                f"latency does not lead to a generation: {event}"

    @staticmethod
    def _check_returns(shown):
        """A handler returns once, to the very instant of a delivery to that thread, whose handler it is."""
        began = {(event["process"]["tid"], event["signal"]["number"], event["boot_ns"]): event["process"].get("handler")
                 for event in shown if event["type"] == "deliver"}
        for event in shown:
            if event["type"] == "handler_return":
                key = (event["process"]["tid"], event["signal"]["number"], event["boot_ns"] - event["duration_ns"])
                assert event["duration_ns"] > 0 and began.pop(key, None) == event["handler"], \
                    f"no delivery that it returns from: {event}"

    @staticmethod
    def _check_exits(shown):
        """A process ends once, of a code or a signal, and is the victim of a signal only if it died of it."""
        ended = set()
        for event in shown:
            if event["type"] != "exit":
                continue
            # No test lasts long enough for a pid to come back, but for the one that makes it: its second owner lives on.
            assert event["process"]["tgid"] not in ended, f"ended twice: {event}"
            ended.add(event["process"]["tgid"])
            assert ("code" in event["status"]) != ("signal" in event["status"]), event
            if event.at("after.caused") is True:
                assert event["after"]["signal"] == event.at("status.signal"), event

    @staticmethod
    def _check_earlier(shown):
        """What an exit follows, or a SIGKILL escalates, is a signal that was shown for the same process."""
        sent = {(event["target"]["tgid"], event["boot_ns"]): event for event in shown if event["type"] == "generate"}
        for event in shown:
            earlier = event.get("after") or event.get("escalation")
            if earlier is None:
                continue
            origin = sent.get((event.process["tgid"], event["boot_ns"] - earlier["elapsed_ns"]))
            assert origin, f"elapsed_ns does not lead to a generation: {event}"
            assert origin["signal"]["name"] == earlier["signal"], event
            if "sender" in earlier:
                for key, value in earlier["sender"].items():
                    assert origin["sender"].get(key) == value, (origin, event)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE_S)
        self.events.wait_end()
        self.messages.wait_end()
        self.process.stdout.close()
        self.process.stderr.close()


def signal_names(number):
    if 34 <= number <= 64:
        return {f"SIGRTMIN+{number - 34}", "SIGRTMIN" if number == 34 else "", "SIGRTMAX" if number == 64 else ""}
    try:
        return {signal.Signals(number).name}
    except ValueError:
        return {f"SIG{number}"}


_validators = {}


def _validator(type_):
    """Against the definition of that type alone: "not valid under any of the schemas" would help nobody."""
    if type_ not in _validators:
        import jsonschema
        schema = json.loads(SCHEMA.read_text())
        if type_ in schema.get("$defs", {}):
            schema.pop("oneOf", None)
            schema["$ref"] = f"#/$defs/{type_}"
        _validators[type_] = jsonschema.validators.validator_for(schema)(schema)
    return _validators[type_]


def schema_errors(event):
    return _validator(event.get("type")).iter_errors(dict(event))


def validate(events):
    """Against docs/json-schema.json, where that is in the tree."""
    if not SCHEMA.exists():
        return
    half = VALIDATED_LINES // 2
    some = events if len(events) <= VALIDATED_LINES else events[:half] + events[-half:]
    for event in some:
        errors = [f"{'.'.join(map(str, error.path))}: {error.message}"
                  for error in schema_errors(event)]
        assert not errors, "\n".join(errors) + "\nin " + json.dumps(event)
