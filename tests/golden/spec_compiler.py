# SPDX-License-Identifier: BSD-2-Clause
"""What the compilers of whole stories share: lines of a verb and words, with those of events and snapshots among them."""

import shlex

import records
import snapshots


def boot_ns(word):
    """A time of a spec, in ms since its first start."""
    return records.FIRST_BOOT_NS + round(float(word) * 10**6)


def words_of(line):
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    lexer.escape = ""
    return list(lexer)


class Compiler:
    """Of one spec. What is its own: read(verb, words), which begins with close()."""

    def __init__(self):
        self.lines = []
        self.tasks = {}
        self.event = None
        self.snapshot = None  # the line that is due after its lines, and these

    def close(self):
        if self.event:
            self.lines += self.event.lines(None)
            self.event = None
        if self.snapshot:
            line, seen = self.snapshot
            self.lines += [f"| {record}" for record in snapshots.compile_spec("\n".join(seen)).splitlines()]
            self.lines += [*self.before_snapshot(), line]
            self.snapshot = None

    def before_snapshot(self):
        """Lines between a snapshot's records and the line that takes them."""
        return []

    def see(self, line):
        """A line of a snapshot."""
        self.snapshot[1].append(line)

    def begin_event(self, ms):
        self.event = records.Event("", 0)
        self.event.read("set", [f"boot_ns={boot_ns(ms)}"])

    def read_event(self, verb, words):
        if verb in ("sender", "target") and len(words) == 1:
            words = self.tasks[words[0]]
        self.event.read(verb, list(words))

    def read_line(self, line):
        if line.startswith("| "):
            self.see(line[2:])
        elif line.startswith("> "):
            verb, *words = words_of(line[2:])
            self.read_event(verb, words)
        else:
            verb, *words = words_of(line)
            self.read(verb, words)

    def compile(self, text):
        """The recording that a spec describes."""
        records.check_sizes()
        for at, line in enumerate(text.splitlines(), 1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            try:
                self.read_line(line)
            except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
                raise ValueError(f"line {at}: {line}: {error!r}") from error
        self.close()
        return "\n".join(self.lines) + "\n"
