# SPDX-License-Identifier: BSD-2-Clause
"""Ring-buffer records from readable text: tests/golden/specs/*.spec to tests/golden/recordings/*.hex.

A spec is a list of events. Every line is a verb and words; COMM takes Python's backslash escapes.

  == TITLE                              starts an event; the title becomes a comment of the recording
  generate SIGNAL RESULT [key=value…]   SIGNAL: SIGTERM, SIGRTMIN+3 or a number; RESULT as in event.h, lower case
  deliver SIGNAL [key=value…]
  exit [key=value…]
  return SIGNAL duration=NS [key=value…]
  failed SYSCALL SIGNAL ERROR [key=value…]  SYSCALL and ERROR: a name or a number; SIGNAL may be any number
  sender COMM TGID [key=value…]         generate: who was `current`; failed: who called; the keys are members of struct
                                        event_task, and cgroup
  ancestor COMM TGID                    generate and failed: a process above the sender, the parent first
  target COMM TGID [key=value…]         deliver, exit and return: the process itself; failed: only if it is known
  facts NAME…                           EVENT_FACT_ bits; failed: EVENT_FAILED_ bits, of which a target adds TARGET_KNOWN
  set key=value…                        any other member
  symbol RUNTIME TEXT                   generate, deliver and return: the handler's name; RUNTIME as the enum has it, or -
  container sender|target RUNTIME key=value…  id name image pod namespace pod_uid container_name, and the word sandbox; RUNTIME: or -
  mangle size=N | length=N | byte=OFFSET:VALUE | raw=HEX
                                        makes a record corrupt; size and length with a sign are relative to the right ones

And what is no event:
  absent SIGNALS WAITED_NS WHAT         SIGNALS: names, separated by commas

What is left out has an everyday value. Numbers may be decimal or 0x…; `latency=NS` and `stack=FUNCTION,…` (of the kernel, the
innermost first; - is not known) stay outside the record, in its line.

No record is there for what is found by looking again later; these events are about the last generation for that process:
  taken TGID sigwait|signalfd|- ELAPSED_NS
  handler TGID MISSING_NS ELAPSED_NS AGE_NS
  alive TGID ELAPSED_NS                 and what was seen then, if anything was: lines of a snapshot (snapshots.py) after "| "
"""

import errno
import pathlib
import re
import shlex
import signal
import struct

HERE = pathlib.Path(__file__).resolve().parent
EVENT_H = HERE.parent.parent / "include" / "event.h"

KINDS = {"generate": 1, "deliver": 2, "exit": 3, "return": 4, "failed": 5}
LATER = ("taken", "handler", "alive")
SYSCALLS = ["kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"]
SIGNALS_MAX = 64
RESULTS = ["delivered", "ignored", "already_pending", "overflow_fail", "lose_info"]
CODES = {"SI_USER": 0, "SI_KERNEL": 128, "SI_QUEUE": -1, "SI_TIMER": -2, "SI_TKILL": -6, "CLD_EXITED": 1, "SEGV_MAPERR": 1}
FIRST_BOOT_NS = 3600 * 10**9
STEP_NS = 1_001_001_001
HOST_PID_NS = 4026531836

HEAD = struct.Struct("<QHBBiII")
TASK = struct.Struct("<QIIII16s")
GENERATE = struct.Struct("<QQQQIIIIHHIiIIIIHBB16siI")
ANCESTOR = struct.Struct("<I16s")
ANCESTORS_MAX = 8
DELIVER = struct.Struct("<QQQQIIIiiIII")
EXIT = struct.Struct("<iIII")
RETURN = struct.Struct("<QQII")
FAILED = struct.Struct("<iiiiIIIIIIIIBB6x")


def check_sizes():
    """Says so, instead of making records that do not decode, when event.h has changed."""
    text = EVENT_H.read_text()
    generate = HEAD.size + 2 * TASK.size + GENERATE.size
    for name, size in {
            "head": HEAD.size, "task": TASK.size, "generate": generate,
            "generate_by": generate + ANCESTORS_MAX * ANCESTOR.size,
            "deliver": HEAD.size + TASK.size + DELIVER.size, "exit": HEAD.size + TASK.size + EXIT.size,
            "return": HEAD.size + TASK.size + RETURN.size,
            "failed": HEAD.size + 2 * TASK.size + FAILED.size + ANCESTORS_MAX * ANCESTOR.size,
    }.items():
        asserted = re.search(rf"sizeof\(struct event_{name}\) == (\d+)", text)
        assert asserted and int(asserted[1]) == size, f"struct event_{name} has changed: adapt {__file__}"


def fact_bits(prefix):
    """The bits of event.h by name, so that a spec cannot drift from the header."""
    found = re.findall(rf"#define EVENT_{prefix}_(\w+)\s+\(1U << (\d+)\)", EVENT_H.read_text())
    assert found, f"no EVENT_{prefix}_ in {EVENT_H}"
    return {name: 1 << int(bit) for name, bit in found}


def signal_number(word):
    if word.startswith("SIGRTMIN+"):
        return 34 + int(word[len("SIGRTMIN+"):])
    if word.startswith("SIGRTMAX-"):
        return 64 - int(word[len("SIGRTMAX-"):])
    if word.startswith("SIG"):
        return {"SIGRTMIN": 34, "SIGRTMAX": 64}.get(word) or int(signal.Signals[word])
    return int(word, 0)


def comm_bytes(word):
    return word.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("latin-1")


def pairs(words):
    values = {}
    for word in words:
        key, _, value = word.partition("=")
        values[key] = value
    return values


def container_word(runtime, *members):
    """A container as one word of a recording: it stays outside the record, which has the number of its cgroup."""
    return ",".join((runtime, *(f"{key}:{comm_bytes(value).hex()}" for key, value in pairs(members).items())))


class Event:
    def __init__(self, title, index):
        self.title = title
        self.members = {"boot_ns": FIRST_BOOT_NS + index * STEP_NS, "state": 1, "threads": 1, "facts": 0, "stack_id": -1}
        self.tasks = {}
        self.ancestors = []
        self.mangle = {}
        self.extra = {}  # what stays outside the record
        self.later = None
        self.seen = []

    def set(self, words):
        for key, value in pairs(words).items():
            if key in ("latency", "stack"):
                self.extra[key] = value
            elif key == "code":
                self.members[key] = CODES[value] if value in CODES else int(value, 0)
            elif key == "tracer_comm":
                self.members[key] = comm_bytes(value)
            else:
                self.members[key] = int(value, 0)

    def read(self, verb, words):
        if verb == "failed":
            self.read_failed(*words)
        elif verb in KINDS:
            self.members["kind"] = KINDS[verb]
            if verb != "exit":
                self.members["sig"] = signal_number(words.pop(0))
            if verb == "generate":
                self.members["result"] = RESULTS.index(words.pop(0))
            self.set(words)
        elif verb in LATER:
            self.later = " ".join((f"@{verb}", *words))
        elif verb == "symbol":
            self.extra["symbol"] = f"{words[0]},{comm_bytes(words[1]).hex()}"
        elif verb == "container":
            self.extra[f"{words[0]}_in"] = container_word(*words[1:])
        elif verb == "absent":
            mask = sum(1 << signal_number(name) - 1 for name in words[0].split(","))
            self.later = f"!absent {mask:#x} {int(words[1])} {comm_bytes(words[2]).hex()}"
        elif verb in ("sender", "target"):
            task = {"comm": comm_bytes(words[0]), "tgid": int(words[1], 0)}
            task.update({key: int(value, 0) for key, value in pairs(words[2:]).items()})
            self.tasks[verb] = task
        elif verb == "ancestor":
            self.ancestors.append(ANCESTOR.pack(int(words[1], 0), comm_bytes(words[0])))
        elif verb == "facts":
            bits = fact_bits("FAILED" if self.members["kind"] == KINDS["failed"] else "FACT")
            for word in words:
                self.members["facts"] |= bits[word]
        elif verb == "set":
            self.set(words)
        elif verb == "mangle":
            self.mangle.update(pairs(words))
        else:
            raise ValueError(f"unknown verb {verb!r}")

    def read_failed(self, syscall, sig, error, *words):
        given = signal_number(sig)
        self.members |= {
            "kind": KINDS["failed"], "sig": given if 0 < given <= SIGNALS_MAX else 0, "given_sig": given,
            "syscall": SYSCALLS.index(syscall) if syscall in SYSCALLS else int(syscall, 0),
            "error": getattr(errno, error) if error.startswith("E") else int(error, 0),
        }
        self.set(words)

    def task(self, which):
        task = self.tasks.get(which)
        if task is None:
            return bytes(TASK.size)
        tgid = task["tgid"]
        return TASK.pack(task.get("start_boot_ns", 1800 * 10**9 + tgid * 10**6), tgid, task.get("tid", tgid),
                         task.get("ns_tgid", tgid), task.get("pid_ns", HOST_PID_NS), task["comm"])

    def cgroup(self, which):
        return self.tasks.get(which, {}).get("cgroup", 0)

    def numbers(self, *names):
        return [self.members.get(name, 0) for name in names]

    def packed_ancestors(self):
        return b"".join(self.ancestors).ljust(ANCESTORS_MAX * ANCESTOR.size, b"\0")

    def generate_body(self):
        target = self.tasks["target"]
        self.members.setdefault("receiver_tid", target.get("tid", target["tgid"]))
        self.members.setdefault("ancestors", len(self.ancestors))
        return self.task("sender") + self.task("target") + GENERATE.pack(
            *self.numbers("handler", "value", "pending_process", "pending_thread", "facts", "sa_flags"),
            self.cgroup("sender"),
            *self.numbers("state", "signal_flags", "group_exit_code", "sender_uid", "si_pid", "si_uid", "sender_nr",
                          "receiver_tid", "tracer_tgid", "threads", "result", "ancestors"), self.members.get("tracer_comm", b""),
            *self.numbers("stack_id", "image")) + (self.packed_ancestors() if self.ancestors else b"")

    def failed_body(self):
        if "target" in self.tasks:
            self.members["facts"] |= fact_bits("FAILED")["TARGET_KNOWN"]
        self.members.setdefault("ancestors", len(self.ancestors))
        self.members.setdefault("sender_euid", self.members.get("sender_uid", 0))
        self.members.setdefault("target_suid", self.members.get("target_uid", 0))
        return self.task("sender") + self.task("target") + FAILED.pack(
            *self.numbers("given_sig", "target_nr", "target_tid", "error", "facts", "sender_uid", "sender_euid", "sender_user_ns",
                          "target_uid", "target_suid", "target_user_ns"),
            self.cgroup("sender"), *self.numbers("syscall", "ancestors")) + self.packed_ancestors()

    def body(self):
        kind = self.members["kind"]
        if kind == KINDS["generate"]:
            return self.generate_body()
        if kind == KINDS["failed"]:
            return self.failed_body()
        if kind == KINDS["deliver"]:
            return self.task("target") + DELIVER.pack(
                *self.numbers("handler", "value", "pending_process", "pending_thread", "facts", "sa_flags", "signal_flags",
                              "group_exit_code", "si_pid", "si_uid", "image", "pad"))
        if kind == KINDS["return"]:
            began = self.members["boot_ns"] - self.members.get("duration", 0)
            return self.task("target") + RETURN.pack(began, *self.numbers("handler", "image", "pad"))
        return self.task("target") + EXIT.pack(*self.numbers("exit_code", "facts", "signal_flags", "pad"))

    def mangled(self, key, right):
        word = self.mangle.get(key, "+0")
        return right + int(word, 0) if word[0] in "+-" else int(word, 0)

    def record(self):
        if "raw" in self.mangle:
            return bytes.fromhex(self.mangle["raw"])
        body = self.body()
        right = HEAD.size + len(body)
        size = self.mangled("size", right)
        record = HEAD.pack(self.members["boot_ns"], size, self.members["kind"],
                           *self.numbers("sig", "code", "lost"), self.cgroup("target")) + body
        if "byte" in self.mangle:
            offset, value = (int(number, 0) for number in self.mangle["byte"].split(":"))
            record = record[:offset] + bytes([value]) + record[offset + 1:]
        length = self.mangled("length", right)
        return (record + bytes(max(0, length - right)))[:length]


    def lines(self, compile_snapshot):
        """What stands in the recording."""
        if self.later:
            seen = compile_snapshot("\n".join(self.seen)).splitlines() if self.seen else []
            return [*(f"| {line}" for line in seen), self.later]
        return [" ".join((self.record().hex(), *(f"{key}={value}" for key, value in self.extra.items())))]


def compile_spec(text, compile_snapshot=None):
    """The recording (text of hexadecimal lines) that a spec describes."""
    check_sizes()
    events = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("== "):
            events.append(Event(line[3:], len(events)))
            continue
        if line.startswith("| "):
            events[-1].seen.append(line[2:])
            continue
        lexer = shlex.shlex(line, posix=True)
        lexer.whitespace_split = True
        lexer.commenters = ""
        lexer.escape = ""
        verb, *words = lexer
        try:
            events[-1].read(verb, words)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
            raise ValueError(f"line {number}: {line}: {error!r}") from error
    lines = []
    for event in events:
        lines += [f"# {event.title}", *event.lines(compile_snapshot)]
    return "\n".join(lines) + "\n"
