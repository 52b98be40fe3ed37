# SPDX-License-Identifier: BSD-2-Clause
"""Processes that the tests of inspect look at, and what it says of them."""

import contextlib
import json
import pathlib
import subprocess
import sys

from conftest import DEADLINE_S, NOBODY, ROOT, run

sys.path.insert(0, str(ROOT / "tests"))

from waiting import wait_until  # noqa: E402

# Root without what BPF needs: the same answers come from /proc, on any kernel.
WITHOUT_BPF = ["setpriv", "--bounding-set=-bpf,-perfmon,-sys_admin", "--"]
# Of a process of user nobody in root's group that user could not read everything.
AS_NOBODY = {"user": NOBODY, "group": NOBODY, "extra_groups": []}


@contextlib.contextmanager
def process(*command, **keywords):
    """Runs the command until the end of the block; it is there, and has become the command, at its beginning."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **keywords)
    try:
        yield child.pid
    finally:
        child.kill()
        child.wait()


@contextlib.contextmanager
def ready(*command, **keywords):
    """The same for a command that says so, by a line, when it is ready; yields the pid and the words of the line."""
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **keywords)
    try:
        words = child.stdout.readline().split()
        assert words, command
        wait_until(lambda: state(child.pid) == "S", f"{command} to wait", DEADLINE_S)
        yield child.pid, words
    finally:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()


def state(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@contextlib.contextmanager
def sleeper(**keywords):
    """One that has come to sleep: on its way there it may be in state D for a moment, where signals wait."""
    with process("sleep", "1000", **keywords) as pid:
        wait_until(lambda: state(pid) == "S", f"{pid} to sleep", DEADLINE_S)
        yield pid


def ignoring(*signals):
    """A process that ignores these signals."""
    lines = "".join(f"trap '' {sig}\n" for sig in signals)
    return ready("sh", "-c", f"{lines}echo ready\nread line")


def ended_pid():
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


def document(*arguments, code=None, **keywords):
    """The JSON document, and the lines on stderr."""
    result = run("inspect", "-o", "json", *arguments, **keywords)
    assert code is None or result.code == code, result
    assert result.stdout.count("\n") == 1, result
    return json.loads(result.stdout), result.stderr.splitlines()


def tgids(doc):
    return [p["tgid"] for p in doc["processes"]]


def evidence_line(lines):
    """The line that says that the facts are from /proc; it must be one."""
    [line] = [line for line in lines if "/proc" in line]
    return line
