# SPDX-License-Identifier: BSD-2-Clause
"""Which of the two objects is loaded: the one whose programs call bpf_rdonly_cast(), where the kernel takes it."""

import os
import re
import signal
import subprocess

import pytest

from harness import DEADLINE_S, SIGTRACE, Event, _parse_json_line
from inspection import needs

RELEASE = tuple(int(number) for number in re.match(r"(\d+)\.(\d+)", os.uname().release).groups())

pytestmark = pytest.mark.skipif(RELEASE < (6, 2), reason="this kernel has no bpf_rdonly_cast()")


def test_cast_is_used():
    done = subprocess.run([SIGTRACE, "-v", "-v", "-p", "1", "-d", "10ms"], capture_output=True, text=True, check=True,
                          timeout=DEADLINE_S)
    assert re.search(r"'bpf_rdonly_cast': resolved to", done.stderr)
    assert "do not load" not in done.stderr and "failed to load" not in done.stderr


@needs("strace")
def test_without_the_cast(fixture, tmp_path):
    """A kernel that refuses the call, as one without the JIT does, gets the other object, and the user hears nothing of it."""
    target = fixture("ignore USR1 ready pause").ready()
    calls = tmp_path / "calls"
    command = [SIGTRACE, "-p", target, "-s", "USR1", "-o", "json"]
    subprocess.run(["strace", "-f", "-e", "trace=bpf", "-o", calls, *map(str, command), "-d", "10ms"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=DEADLINE_S)
    [load] = [at for at, line in enumerate(calls.read_text().splitlines(), 1) if 'prog_name="on_signal_gener' in line]
    # libbpf tries again for the verifier's words.
    refuse = ("-e", "trace=bpf", "-e", f"inject=bpf:error=EOPNOTSUPP:when={load}..{load + 1}", "-o", calls)
    with subprocess.Popen(["strace", "-f", *refuse, *map(str, command), "-n", "1"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        try:
            first = process.stderr.readline()
            assert b"tracing process" in first, first + process.stderr.read()
            os.kill(target, signal.SIGUSR1)
            stdout, stderr = process.communicate(timeout=DEADLINE_S)
        finally:
            process.kill()
    assert calls.read_text().count("(INJECTED)") == 2 and process.returncode == 0, stderr
    event = Event(_parse_json_line(stdout.splitlines()[0]))
    event.check({"result": "ignored", "cause": "sig_ign", "target.tgid": target, "sender.tgid": os.getpid()})
    assert b"libbpf" not in stderr, stderr
