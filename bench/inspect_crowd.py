# SPDX-License-Identifier: BSD-2-Clause
"""How fast `inspect -t` is on a node full of processes, with BPF and with /proc alone, and how much memory it takes."""

import json
import statistics
import subprocess
import sys
import time

from started import DEADLINE_S, Trouble, read_until

PROCESSES, THREADS = 5_000, 50_000
START_S = 120  # for all of them to begin, or to end, on a busy machine
ROUNDS, ROUNDS_SLOW = 5, 2
TARGET_MS, TARGET_MIB = 2000, 64
MIB = 1024 * 1024

# What a script would do: the masks and dispositions of every thread, undecoded.
READ_STATUS = """
import glob
for name in glob.iglob("/proc/[0-9]*/task/[0-9]*/status"):
    try:
        with open(name, "rb") as file:
            file.read()
    except OSError:
        pass
"""


class Crowd:
    """Processes that are there and do nothing."""

    def __init__(self, build, processes, threads):
        # It ends all that it has started when this end of its stdin is gone, however that came about.
        self.process = subprocess.Popen(
            [build / "bench" / "crowd", str(processes), str(threads)], bufsize=0, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE)
        try:
            match = read_until(self.process.stdout, rb"ready (\d+) (\d+) (\d+)\n", "crowd", START_S)
        except BaseException:
            self.close()
            raise
        self.pid, self.processes, self.threads = (int(match[i]) for i in (1, 2, 3))

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(START_S)
        except subprocess.TimeoutExpired:
            self.process.kill()  # its children go with it
            self.process.wait()


class Measure:
    """Runs a command again and again; medians of what it took."""

    def __init__(self, bench, command, with_bpf=True):
        self.output = bench.scratch / "output"
        self.command = [bench.build / "bench" / "timed", *([] if with_bpf else ["-b"]), self.output, *command]
        self.runs = []
        self.size = 0
        self.said = ""

    def run(self):
        done = subprocess.run(self.command, capture_output=True, text=True, timeout=2 * DEADLINE_S, check=False)
        self.said = done.stderr.strip()
        words = done.stdout.split()
        # 1 is a finding: signals that would have no effect.
        if done.returncode or len(words) != 4 or words[0] not in ("0", "1"):
            raise Trouble(f"{self.said.partition(chr(10))[0] or 'failed without a word'}")
        self.runs.append(tuple(int(word) for word in words[1:]))
        self.size = self.output.stat().st_size

    def median(self, column):
        return statistics.median(run[column] for run in self.runs)

    clock_ms = property(lambda self: self.median(0) / 1e6)
    cpu_ms = property(lambda self: self.median(1) / 1e6)
    peak_mib = property(lambda self: self.median(2) / 1024)


class Inspection(Measure):
    def __init__(self, bench, crowd, form, with_bpf):
        super().__init__(bench, [bench.sigtrace, "inspect", "-t", "-p", str(crowd.pid), "-o", form], with_bpf)
        self.crowd = crowd
        self.evidence = "bpf" if with_bpf else "procfs"
        self.form = form

    def run(self):
        super().run()
        if len(self.runs) > 1:
            return
        if ("reading /proc only" in self.said) != (self.evidence == "procfs"):
            raise Trouble(f"not read from {self.evidence}: {self.said}")
        if self.form == "json":
            document = json.loads(self.output.read_bytes())
            if document["evidence"] != self.evidence or len(document["processes"]) != self.crowd.processes:
                raise Trouble(f"{len(document['processes'])} processes from {document['evidence']}")


def measure(bench, crowd):
    python = [sys.executable, "-S", "-E", "-c", READ_STATUS]
    rows = {
        "text": Inspection(bench, crowd, "text", True),
        "JSON": Inspection(bench, crowd, "json", True),
        "text, /proc": Inspection(bench, crowd, "text", False),
        "JSON, /proc": Inspection(bench, crowd, "json", False),
        "Python": Measure(bench, python),
    }
    slow = ("text, /proc", "JSON, /proc", "Python")
    troubles = {}
    for number in range(ROUNDS):
        for name, row in rows.items():
            if name in troubles or name in slow and number >= ROUNDS_SLOW:
                continue
            try:
                row.run()
            except (Trouble, subprocess.TimeoutExpired, OSError, ValueError, KeyError) as why:
                troubles[name] = str(why).partition("\n")[0]
    print(f"{'':14}{'clock ms':>9}{'CPU ms':>9}{'peak MiB':>10}{'output MiB':>12}{'runs':>6}   target")
    for name, row in rows.items():
        if name in troubles:
            print(f"{name:14}  not measured: {troubles[name]}")
            continue
        verdicts = ""
        if name not in slow:
            verdicts = f"<= {TARGET_MS} ms: {bench.verdict(row.clock_ms <= TARGET_MS)}" \
                       f", <= {TARGET_MIB} MiB: {bench.verdict(row.peak_mib <= TARGET_MIB)}"
        elif name == "Python":
            verdicts = "(only reads /proc/*/task/*/status)"
        print(f"{name:14}{row.clock_ms:9.0f}{row.cpu_ms:9.0f}{row.peak_mib:10.1f}{row.size / MIB:12.1f}"
              f"{len(row.runs):6}   {verdicts}")
    text = rows["text"]
    if text.runs and text.clock_ms > 2 * text.cpu_ms:
        print("(the clock counts what others do on this machine, too: run it again when that is quiet)")
    # What was not measured has not met its target.
    bench.missed += sum(name in troubles for name in rows if name not in slow)


def inspect_crowd(bench, processes=PROCESSES, threads=THREADS):
    started = time.monotonic()
    crowd = Crowd(bench.build, processes, threads)
    try:
        print(f"\ninspect -t of {crowd.processes} processes with {crowd.threads} threads, started in "
              f"{time.monotonic() - started:.1f} s: medians")
        if crowd.threads < threads:
            print(f"(not {threads} threads: there is no room for more under kernel.pid_max and kernel.threads-max)")
        measure(bench, crowd)
    finally:
        crowd.close()
