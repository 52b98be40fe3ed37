# SPDX-License-Identifier: BSD-2-Clause
"""stdout: full disks, closed pipes, colours, and nothing on it that is not data."""

import errno
import json
import os
import signal
import subprocess
import threading

import pytest

from conftest import DEADLINE_S, needs_root, on_terminal, program, run

QUIET_COMMANDS = [
    ["--help"],
    ["--version"],
    ["features"],
    ["features", "-o", "json"],
    ["completion", "bash"],
    ["completion", "zsh"],
    ["completion", "fish"],
    ["help"],
    ["help", "completion"],
]
# A signal that has an effect: it ends the shell that sends it to itself.
SUICIDE = ["--", "sh", "-c", "kill -TERM $$"]
# One that has none, so that its line comes with an explanation.
IGNORED = ["-s", "USR1", "--", "sh", "-c", "trap '' USR1; kill -USR1 $$"]


def assert_full(result):
    assert result.code == 4, result
    complaints = [line for line in result.stderr.splitlines() if os.strerror(errno.ENOSPC) in line]
    assert len(complaints) == 1, result
    assert complaints[0].startswith("sigtrace: cannot write"), result


@pytest.mark.parametrize("arguments", QUIET_COMMANDS, ids=" ".join)
def test_full_disk(arguments):
    with open("/dev/full", "wb") as full:
        result = run(*arguments, stdout=full)
    assert_full(result)
    assert len(result.stderr.splitlines()) == 1, result


@pytest.mark.parametrize("arguments", QUIET_COMMANDS, ids=" ".join)
def test_closed_pipe(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = run(*arguments, stdout=writing)
    finally:
        os.close(writing)
    # features still says by its exit code whether trace can run.
    assert result.code in ((0, 3) if arguments[0] == "features" else (0,)), result
    assert result.stderr == "", result


@pytest.mark.parametrize("arguments", QUIET_COMMANDS, ids=" ".join)
def test_closed_stdout(arguments):
    """`sigtrace >&-`: the output has nowhere to go, and must not go into some other file."""
    result = run(*arguments, prefix=["sh", "-c", 'exec "$@" >&-', "sh"])
    assert result.code == 4, result
    assert os.strerror(errno.EBADF) in result.stderr, result


@needs_root
class TestTrace:
    @pytest.mark.parametrize("output", ["text", "json"])
    @pytest.mark.parametrize("what", [SUICIDE, IGNORED], ids=["suicide", "ignored"])
    def test_full_disk(self, output, what):
        with open("/dev/full", "wb") as full:
            assert_full(run("-o", output, *what, stdout=full))

    @pytest.mark.parametrize("output", ["text", "json"])
    def test_full_disk_ends_a_trace_without_a_program(self, output):
        with open("/dev/full", "wb") as full:
            code, errors = self.trace_own_signals(output, full)
        assert code == 4, errors
        assert errors.count(os.strerror(errno.ENOSPC)) == 1, errors

    def test_closed_stdout(self):
        """The descriptors that a trace opens must not take the place of stdout."""
        result = run("-o", "json", *IGNORED, prefix=["sh", "-c", 'exec "$@" >&-', "sh"])
        assert result.code == 4, result
        assert os.strerror(errno.EBADF) in result.stderr, result

    @pytest.mark.parametrize("output", ["text", "json"])
    def test_closed_pipe_ends_it_quietly(self, output):
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "wb") as pipe:
            code, errors = self.trace_own_signals(output, pipe)
        assert code == 0, errors
        assert os.strerror(errno.EPIPE) not in errors
        assert "cannot write" not in errors

    @staticmethod
    def trace_own_signals(output, stdout):
        """Traces the signals of this process, which sends itself some until the trace has ended."""
        before = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        child = subprocess.Popen(
            [program(), "-o", output, "-p", str(os.getpid()), "-s", "USR1"],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
        )
        ended = threading.Event()
        result = {}

        def wait():
            try:
                result["errors"] = child.communicate(timeout=DEADLINE_S)[1].decode()
            finally:
                ended.set()

        waiter = threading.Thread(target=wait)
        waiter.start()
        try:
            while not ended.wait(0.01):
                os.kill(os.getpid(), signal.SIGUSR1)
        finally:
            if child.poll() is None:
                child.kill()
            waiter.join()
            signal.signal(signal.SIGUSR1, before)
        return child.returncode, result["errors"]

    @pytest.mark.parametrize("what", [SUICIDE, IGNORED], ids=["suicide", "ignored"])
    def test_json_is_nothing_but_objects(self, what):
        result = run("-o", "json", *what)
        objects = [json.loads(line) for line in result.stdout.splitlines()]
        assert {o["type"] for o in objects} >= {"generate", "summary"}, result
        assert all(o["v"] == 1 for o in objects)
        assert objects[-1]["type"] == "summary"

    @pytest.mark.parametrize("what", [SUICIDE, IGNORED], ids=["suicide", "ignored"])
    def test_text_has_the_summary_on_stderr(self, what):
        result = run("-o", "text", *what)
        assert "SIG" in result.stdout
        assert "sigtrace:" not in result.stdout
        assert "lost" not in result.stdout
        assert "lost" in result.stderr or "event" in result.stderr, result

    def test_verbose_goes_to_stderr(self):
        result = run("-v", "-v", "-o", "json", *IGNORED)
        assert "libbpf: " in result.stderr
        for line in result.stdout.splitlines():
            json.loads(line)

    def test_libbpf_is_silent_by_default(self):
        assert "libbpf" not in run(*IGNORED).stderr


@needs_root
class TestColor:
    @staticmethod
    def on_terminal(*arguments, env=None):
        out = on_terminal(*arguments, env=env)
        assert "SIGUSR1" in out, out
        return out

    def test_auto_on_a_terminal(self):
        assert "\x1b[" in self.on_terminal(*IGNORED)
        assert "\x1b[" in self.on_terminal("--color", "auto", *IGNORED)

    def test_auto_elsewhere(self):
        result = run(*IGNORED)
        assert "SIGUSR1" in result.stdout
        assert "\x1b" not in result.stdout

    def test_never(self):
        assert "\x1b[" not in self.on_terminal("--color", "never", *IGNORED)

    def test_always(self):
        assert "\x1b[" in run("--color", "always", *IGNORED).stdout

    def test_no_color(self):
        assert "\x1b[" not in self.on_terminal(*IGNORED, env={"NO_COLOR": "1"})

    def test_empty_no_color_does_not_count(self):
        """https://no-color.org: present and not an empty string."""
        assert "\x1b[" in self.on_terminal(*IGNORED, env={"NO_COLOR": ""})

    def test_the_option_wins_over_no_color(self):
        assert "\x1b[" in run("--color", "always", *IGNORED, env={"NO_COLOR": "1"}).stdout

    @pytest.mark.parametrize("color", ["auto", "always"])
    def test_json_has_none(self, color):
        assert "\x1b" not in self.on_terminal("-o", "json", "--color", color, *IGNORED)
