# SPDX-License-Identifier: BSD-2-Clause
"""What was observed of checks from readable text: tests/golden/specs/check_*.spec to recordings/check_*.hex.

Every line is a verb and words; NAME, TEXT and COMM take Python's backslash escapes. A time is MS since the first start of a
spec, a number may be one (with "ms" behind it), too.

  image NAME | command NAME             begins the next check
  text key=TEXT…                        engine container failure evidence_why ready_wait comm
  set key=NUMBER…                       numbers of struct check_run and check_limits; sig and status also take a signal's name
  flags NAME…                           bools of both
  evidence bpf|procfs|engine
  expect CODE…                          --expect-exit
  init COMM TGID                        PID 1 of a PID namespace
  mark NAME MS
  look MS | before | after              what a snapshot says then: lines of snapshots.py after "| "
  task NAME COMM TGID [key=value…]      a process that events name
  event MS                              an event: lines of records.py after "> ", where sender and target may be a task's NAME
  crowd COUNT MS                        that many processes of the init's namespace are killed by its end

Left out, there is an everyday value: SIGTERM, 10 s, BPF.
"""

import pathlib
import re

import records
import spec_compiler
from spec_compiler import boot_ns

PID_NS = 4026532201
CHECK_H = pathlib.Path(__file__).resolve().parents[2] / "src" / "core" / "check.h"


def number(key, word):
    if key in ("sig", "status"):
        return records.signal_number(word)
    if word.endswith("ms"):
        return boot_ns(word[:-2]) if key in ("began_ns", "handler_missing_ns") else round(float(word[:-2]) * 10**6)
    return int(word, 0)


class Compiler(spec_compiler.Compiler):
    init = None

    def say(self, text):
        self.lines.append(f"%{text}")

    def begin(self, verb, name):
        self.tasks = {}
        self.lines.append(f"# {verb} {name}")
        self.say(f"{verb} {records.comm_bytes(name).hex()}")
        self.say(f"set sig {records.signal_number('SIGTERM')}")
        self.say("set grace_ns 10000000000")
        self.say("set ready_timeout_ns 30000000000")
        self.say(f"set began_ns {records.FIRST_BOOT_NS - 40 * 10**6}")
        self.say("set elapsed_ns 1250000000")
        self.say(f"text ready_wait {b'settle'.hex()}")

    def set_init(self, comm, tgid):
        self.init = (comm, int(tgid))
        self.tasks["init"] = [comm, tgid, "ns_tgid=1", f"pid_ns={PID_NS}"]
        self.say(f"set init_tgid {tgid}")
        self.say(f"set init_start_boot_ns {1800 * 10**9 + int(tgid) * 10**6}")
        self.say(f"set pid_ns {PID_NS}")
        self.say("set is_namespace_init 1")
        self.say(f"text comm {records.comm_bytes(comm).hex()}")

    def crowd(self, count, at):
        for index in range(int(count)):
            event = records.Event("", 0)
            event.read("generate", ["SIGKILL", "delivered", "code=SI_KERNEL", "stack=send_signal_locked,zap_pid_ns_processes"])
            event.read("sender", self.tasks["init"])
            event.read("target", ["worker", str(5000 + index), f"ns_tgid={2 + index}", f"pid_ns={PID_NS}"])
            event.read("facts", ["PROCESS_DIRECTED", "INFO_PRIV"])
            event.read("set", [f"boot_ns={boot_ns(at) + index}"])
            self.lines += event.lines(None)

    def read(self, verb, words):
        self.close()
        if verb in ("image", "command"):
            self.begin(verb, words[0])
        elif verb == "text":
            for key, value in records.pairs(words).items():
                self.say(f"text {key} {records.comm_bytes(value).hex()}")
        elif verb == "set":
            for key, value in records.pairs(words).items():
                self.say(f"set {key} {number(key, value)}")
        elif verb == "flags":
            self.lines += [f"%set {name} 1" for name in words]
        elif verb == "evidence":
            self.say(f"evidence {words[0]}")
        elif verb == "expect":
            self.say("set expects 1")
            self.lines += [f"%set expect {int(code)}" for code in words]
        elif verb == "init":
            self.set_init(*words)
        elif verb == "mark":
            self.say(f"mark {words[0]} {boot_ns(words[1])}")
        elif verb in ("look", "before", "after"):
            self.snapshot = (f"%snapshot {verb} {boot_ns(words[0]) if words else 0}", [])
        elif verb == "task":
            self.tasks[words[0]] = words[1:]
        elif verb == "event":
            self.begin_event(words[0])
        elif verb == "crowd":
            self.crowd(*words)
        else:
            raise ValueError(f"unknown verb {verb!r}")


def compile_spec(text):
    return Compiler().compile(text)


def names_of_header(macro):
    """The stable names of check.h."""
    found = re.findall(macro, CHECK_H.read_text())
    assert len(found) > 5
    return found
