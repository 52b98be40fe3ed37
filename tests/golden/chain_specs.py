# SPDX-License-Identifier: BSD-2-Clause
"""Trees and what was seen of them from readable text: tests/golden/specs/chain_*.spec to recordings/chain_*.hex.

Every line is a verb and words; WORD and COMM take Python's backslash escapes. A time is MS since the first start of a spec.

  tree ROOT [key=value…]                begins the next tree: sig (TERM) to (process) up (0: the root is the top; or default);
                                        then its processes: lines of snapshots.py after "| "
  crowd TGID COUNT FIRST                so many processes more like that one, their numbers from FIRST on
  deep TGID COUNT FIRST                 the same, each below the one before
  run TGID FILE|- WORD…                 what it was started as; -: its file could not be read; without it nothing could
  tty TGID NAME|- [foreground]
  set key=NUMBER…                       lost interrupted edges_dropped group
  watch MS [SIGNALS] [sent]             from here on it is watched, with a deadline of 5 s; SIGNALS begin the story
  task NAME COMM TGID [key=value…]      a process that events name; a process of the tree has its number as its name
  event MS                              an event: lines of records.py after "> ", where sender and target may be a task's NAME
  gone TGID MS                          it was seen to be gone
  added                                 a later snapshot: lines of snapshots.py after "| "
  conclude MS
"""

import pathlib
import re

import records
import snapshots
import spec_compiler
from spec_compiler import boot_ns, words_of

CHAIN_H = pathlib.Path(__file__).resolve().parents[2] / "src" / "core" / "chain.h"
UP_DEFAULT = 2**32 - 1
DEADLINE_NS = 5 * 10**9


def hexadecimal(word):
    return records.comm_bytes(word).hex()


class Compiler(spec_compiler.Compiler):
    def __init__(self):
        super().__init__()
        self.copies = []  # of processes of the snapshot

    def before_snapshot(self):
        copies, self.copies = self.copies, []
        return copies

    def see(self, line):
        """Its processes can be named by events."""
        super().see(line)
        verb, *words = words_of(line)
        if verb == "process":
            comm, *members = words[1:]
            keys = {"ns": "ns_tgid", "pid_ns": "pid_ns"}
            self.tasks[words[0]] = [comm, words[0], *(f"{keys[key]}={value}" for key, value in records.pairs(members).items() if key in keys)]

    def begin(self, root, words):
        given = {"sig": "TERM", "to": "process", "up": "0", **records.pairs(words)}
        up = UP_DEFAULT if given["up"] == "default" else int(given["up"])
        self.lines.append(f"# tree {root}")
        self.tasks = {}
        self.snapshot = (f"%tree {root} {snapshots.signal_number(given['sig'])} {given['to']} {up}", [])

    def read(self, verb, words):
        if verb in ("crowd", "deep"):
            self.copies.append(f"%copy {' '.join(words)} {int(verb == 'deep')}")
            return
        self.close()
        if verb == "tree":
            self.begin(words[0], words[1:])
        elif verb == "run":
            self.lines.append(" ".join(("%run", words[0], *(hexadecimal(word) for word in words[1:]))))
        elif verb == "tty":
            self.lines.append(f"%tty {int(words[0])} {hexadecimal(words[1])} {int('foreground' in words[2:])}")
        elif verb == "set":
            self.lines += [f"%set {key} {int(value, 0)}" for key, value in records.pairs(words).items()]
        elif verb == "watch":
            signals = [word for word in words[1:] if word != "sent"] or ["HUP,INT,QUIT,TERM"]
            self.lines.append(f"%watch {boot_ns(words[0])} {DEADLINE_NS} {snapshots.signal_set(signals[0]):#x}")
            if "sent" in words:
                self.lines.append("%set sent 1")
        elif verb == "task":
            self.tasks[words[0]] = words[1:]
        elif verb == "event":
            self.begin_event(words[0])
        elif verb == "gone":
            self.lines.append(f"%gone {int(words[0])} {boot_ns(words[1])}")
        elif verb == "added":
            self.snapshot = ("%added", [])
        elif verb == "conclude":
            self.lines.append(f"%conclude {boot_ns(words[0])}")
        else:
            raise ValueError(f"unknown verb {verb!r}")


def compile_spec(text):
    return Compiler().compile(text)


def names_of_list(name):
    """The stable names of one X-macro list of chain.h."""
    text = CHAIN_H.read_text()
    part = re.search(rf"#define CHAIN_{name}_LIST\(X\)(.*?[^\\])\n", text, re.DOTALL)[1]
    found = re.findall(r'X\([A-Z_0-9]+,\s*(?:\\\s*)?"(\w+)"\)', part)
    assert len(found) > 5
    return found


def names_of_programs():
    """The stable names of program.h."""
    found = re.findall(r'X\(\w+, +"([\w-]+)"\)', CHAIN_H.with_name("program.h").read_text())
    assert len(found) > 5
    return found
