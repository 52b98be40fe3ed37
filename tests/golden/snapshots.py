# SPDX-License-Identifier: BSD-2-Clause
"""A snapshot of processes from readable text: tests/golden/specs/inspect_*.spec to recordings/inspect_*.hex.

Every line is a verb and words; COMM takes Python's backslash escapes. SIGNALS are names, separated by commas.

  == TITLE                              a comment of the recording
  process TGID COMM [key=value…]        parent ns pid_ns level pgid sid uid start signal_flags group_exit_code threads pdeath
  facts NAME…                           of the process or thread above: SNAPSHOT_PROCESS_ or SNAPSHOT_THREAD_ bits
  pending SIGNALS                       the shared set of the process, or the own set of the thread above
  ignores SIGNALS
  catches SIGNAL HANDLER [FLAGS [SIGNALS]]
  thread TID COMM [key=value…]          ns state ptrace tracer jobctl flags exit_code asleep blocked waits_for
                                        (blocked and waits_for are SIGNALS; a process without one gets its leader)
What no record has, and user space adds after reading them:
  symbol HANDLER RUNTIME TEXT           RUNTIME as the enum has it, in lower case, or -
  container RUNTIME key=value…          of the process above, as in records.py
  place SYSCALL WCHAN [ARGUMENT]        of the thread above; SYSCALL: a number, user, or - for not known; WCHAN: or -
  signalfd SIGNALS
  asked SIGNALS                         -s; without it the default signals and what is pending
  gone NUMBER…
  procfs                                the snapshot is from /proc: what that does not tell is not known, but for the freezer

A process is selected unless it has the fact OTHER.
"""

import dataclasses
import pathlib
import re
import shlex
import struct

import records

HERE = pathlib.Path(__file__).resolve().parent
SNAPSHOT_H = HERE.parent.parent / "include" / "snapshot.h"

PROCESS_KIND, ACTIONS_KIND, THREAD_KIND = 1, 2, 3
HEAD = struct.Struct("<HB5x")
PROCESS = struct.Struct("<QQQQIIIIIIIIIIiIII16s")
ACTIONS = struct.Struct("<II")
ACTION = struct.Struct("<QQQ")
THREAD = struct.Struct("<QQQQQIIIIIIIIiI16s")
SIGNALS_MAX = 64
SELECTED, NAMESPACE_INIT, ACTIONS_KNOWN = "SELECTED", "NAMESPACE_INIT", "ACTIONS_KNOWN"


def check_sizes():
    """Says so, instead of making records that do not decode, when snapshot.h has changed."""
    text = SNAPSHOT_H.read_text()
    for name, size in {
            "head": HEAD.size, "process": HEAD.size + PROCESS.size, "thread": HEAD.size + THREAD.size,
            "actions": HEAD.size + ACTIONS.size + SIGNALS_MAX * ACTION.size,
    }.items():
        asserted = re.search(rf"sizeof\(struct snapshot_{name}\) == (\d+)", text)
        assert asserted and int(asserted[1]) == size, f"struct snapshot_{name} has changed: adapt {__file__}"


def fact_bits(of):
    found = re.findall(rf"#define SNAPSHOT_{of}_(\w+)\s+\(1U << (\d+)\)", SNAPSHOT_H.read_text())
    assert found, f"no SNAPSHOT_{of}_ in {SNAPSHOT_H}"
    return {name: 1 << int(bit) for name, bit in found}


def signal_number(name):
    return int(name) if name.isdigit() else records.signal_number(f"SIG{name}")


def signal_set(word):
    mask = 0
    for name in filter(None, word.split(",")):
        mask |= 2**64 - 1 if name == "all" else 1 << signal_number(name) - 1
    return mask


def record(kind, body):
    return (HEAD.pack(HEAD.size + len(body), kind) + body).hex()


@dataclasses.dataclass
class Thread:
    tgid: int
    tid: int
    comm: bytes
    members: dict
    facts: set = dataclasses.field(default_factory=set)
    pending: int = 0
    extra: list = dataclasses.field(default_factory=list)

    def number(self, name, default=0):
        return int(self.members.get(name, str(default)), 0)

    def lines(self, bits):
        blocked = signal_set(self.members.get("blocked", ""))
        waits_for = signal_set(self.members.get("waits_for", ""))
        tracer = self.number("tracer")
        facts = self.facts | ({"PTRACED"} if tracer else set()) | ({"ASLEEP_KNOWN"} if "asleep" in self.members else set())
        return [record(THREAD_KIND, THREAD.pack(
            blocked, blocked | waits_for if waits_for else 0, self.pending, self.number("jobctl"), self.number("asleep"),
            self.tgid, self.tid, self.number("ns", self.tid), self.number("flags"), self.number("state", 1),
            self.number("ptrace", 1 if tracer else 0), tracer, sum(bits[name] for name in facts),
            self.number("exit_code"), 0, self.comm)), *self.extra]


@dataclasses.dataclass
class Process:
    tgid: int
    comm: bytes
    members: dict
    facts: set = dataclasses.field(default_factory=lambda: {SELECTED, ACTIONS_KNOWN})
    pending: int = 0
    ignored: int = 0
    actions: dict = dataclasses.field(default_factory=dict)
    threads: list = dataclasses.field(default_factory=list)
    extra: list = dataclasses.field(default_factory=list)

    def number(self, name, default=0):
        return int(self.members.get(name, str(default)), 0)

    def add_leader(self):
        self.threads.append(Thread(self.tgid, self.tgid, self.comm, {"ns": str(self.number("ns", self.tgid))}))
        return self.threads[-1]

    def lines(self, bits, thread_bits):
        ns = self.number("ns", self.tgid)
        facts = self.facts | ({NAMESPACE_INIT} if ns == 1 else set())
        if SELECTED in facts and not self.threads:
            self.add_leader()
        caught = sum(1 << sig - 1 for sig in self.actions)
        lines = [record(PROCESS_KIND, PROCESS.pack(
            self.number("start", 1800 * 10**9 + self.tgid * 10**6), self.ignored, caught, self.pending, self.tgid,
            self.number("parent"), ns, self.number("pid_ns", records.HOST_PID_NS), self.number("level"),
            self.number("pgid", self.tgid), self.number("sid", self.tgid), self.number("uid"),
            sum(bits[name] for name in facts), self.number("signal_flags"), self.number("group_exit_code"),
            self.number("threads", len(self.threads) or 1),
            self.number("pdeath"), 0, self.comm))]
        if {SELECTED, ACTIONS_KNOWN} <= facts:
            lines.append(record(ACTIONS_KIND, ACTIONS.pack(self.tgid, 0) + b"".join(
                ACTION.pack(*self.actions.get(sig, (self.ignored >> sig - 1 & 1, 0, 0)))
                for sig in range(1, SIGNALS_MAX + 1))))
        return lines + [line for thread in self.threads for line in thread.lines(thread_bits)] + self.extra


class Snapshot:
    def __init__(self):
        self.title = None
        self.processes = []
        self.last = None  # the process or thread that was named last
        self.asked = None
        self.orders = []

    def read(self, verb, words):
        if verb == "process":
            self.last = Process(int(words[0]), records.comm_bytes(words[1]), records.pairs(words[2:]))
            self.processes.append(self.last)
        elif verb == "thread":
            process = self.processes[-1]
            self.last = Thread(process.tgid, int(words[0]), records.comm_bytes(words[1]), records.pairs(words[2:]))
            process.threads.append(self.last)
        elif verb == "facts":
            self.last.facts |= set(words)
            if "OTHER" in words:
                self.last.facts -= {"OTHER", SELECTED}
            if "RELEASED" in words:
                self.last.facts -= {"RELEASED", ACTIONS_KNOWN}
        elif verb == "pending":
            self.last.pending |= signal_set(words[0])
        elif verb == "ignores":
            self.processes[-1].ignored |= signal_set(words[0])
        elif verb == "catches":
            name, handler, *rest = words
            flags = rest[0] if rest else "0"
            mask = rest[1] if len(rest) > 1 else ""
            self.processes[-1].actions[signal_number(name)] = (int(handler, 0), int(flags, 0), signal_set(mask))
        elif verb == "symbol":
            text = records.comm_bytes(words[2]).hex()
            self.processes[-1].extra.append(f"@symbol {self.processes[-1].tgid} {int(words[0], 0):#x} {words[1]} {text}")
        elif verb == "container":
            self.processes[-1].extra.append(f"@container {self.processes[-1].tgid} {records.container_word(*words)}")
        elif verb == "place":
            if self.last is self.processes[-1]:
                self.last = self.last.add_leader()
            syscall, wchan, argument = words[0], records.comm_bytes(words[1]).hex(), int((words[2:] or ["0"])[0], 0) % 2**64
            self.last.extra.append(f"@place {self.last.tgid} {self.last.tid} {syscall} {argument:#x} {wchan}")
        elif verb == "signalfd":
            self.processes[-1].extra.append(f"@signalfd {self.processes[-1].tgid} {signal_set(words[0]):#x}")
        elif verb == "asked":
            self.orders.append(f"@asked {signal_set(words[0]):#x}")
        elif verb == "gone":
            self.orders += [f"@gone {int(word)}" for word in words]
        elif verb == "procfs":
            self.orders.append("@procfs")
        else:
            raise ValueError(f"unknown verb {verb!r}")


def compile_spec(text):
    """The recording that a spec describes: records in hexadecimal, and lines with @ for what no record has."""
    check_sizes()
    snapshot = Snapshot()
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if line.startswith("== "):
            lines.append(f"# {line[3:]}")
        elif line and not line.startswith("#"):
            lexer = shlex.shlex(line, posix=True)
            lexer.whitespace_split = True
            lexer.commenters = ""
            lexer.escape = ""
            verb, *words = lexer
            try:
                snapshot.read(verb, words)
            except (KeyError, IndexError, ValueError) as error:
                raise ValueError(f"line {number}: {line}: {error!r}") from error
    bits, thread_bits = fact_bits("PROCESS"), fact_bits("THREAD")
    said = [line for process in snapshot.processes for line in process.lines(bits, thread_bits)]
    said += snapshot.orders
    return "\n".join(lines + sorted(said, key=lambda line: (line.startswith("@"), line.startswith("@") and line != "@procfs"))) + "\n"
