# SPDX-License-Identifier: BSD-2-Clause
"""Exits on the command line: which are shown, that they count, and that the one that ends a trace is never missed."""

import json
import os
import signal
import subprocess

import pytest

from conftest import DEADLINE_S, needs_root, program, run

pytestmark = needs_root

TERM_ITSELF = ["--", "sh", "-c", "kill -TERM $$"]


def events(text):
    """Everything but the summary, which must be the last line."""
    objects = [json.loads(line) for line in text.splitlines()]
    assert objects[-1]["type"] == "summary", text
    assert objects[-1]["lost"] == 0 and objects[-1]["corrupt"] == 0, text
    assert objects[-1]["events"] == len(objects) - 1, text
    return objects[:-1]


def exits(text):
    return [event for event in events(text) if event["type"] == "exit"]


def traced_while(act, *arguments):
    """What a trace of a process that only waits says, when `act` is done to it and it has ended."""
    with subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL) as target:
        tracer = subprocess.Popen([program(), "-o", "json", "-p", str(target.pid), *arguments], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            line = tracer.stderr.readline()
            assert line.startswith("sigtrace: tracing process"), line + tracer.stderr.read()
            act(target)
            target.wait(DEADLINE_S)
            output, errors = tracer.communicate(timeout=DEADLINE_S)
        finally:
            for process in (target, tracer):
                if process.poll() is None:
                    process.kill()
                    process.wait(DEADLINE_S)
    assert tracer.returncode == 0, errors
    return target.pid, output


@pytest.mark.parametrize("_", range(10))
def test_the_end_of_a_command_is_the_last_event(_):
    """The trace ends because the command did; its record may still be in the buffer then."""
    last = events(run("-o", "json", "--", "sh", "-c", "exit 3").stdout)[-1]
    assert last["type"] == "exit"
    assert last["process"]["comm"] == "sh"
    assert last["status"] == {"code": 3}
    assert "after" not in last


@pytest.mark.parametrize("_", range(10))
def test_the_end_of_a_selected_process_is_the_last_event(_):
    pid, output = traced_while(lambda target: target.send_signal(signal.SIGTERM))
    last = events(output)[-1]
    assert last["type"] == "exit"
    assert last["process"]["tgid"] == pid
    assert last["status"] == {"signal": "SIGTERM", "core_dumped": False}
    assert last["after"]["signal"] == "SIGTERM"
    assert last["after"]["caused"] is True
    assert last["after"]["sender"]["tgid"] == os.getpid()


def test_the_ends_of_followed_processes_are_shown():
    result = run("-o", "json", "-f", "--", "sh", "-c", "sh -c 'exit 4'; sh -c 'exit 5'; exit 6")
    assert [event["status"]["code"] for event in exits(result.stdout)] == [4, 5, 6]


def test_a_process_without_the_selected_signal():
    """It is selected, so its end is shown; nothing is known that came before."""
    _, output = traced_while(lambda target: target.kill(), "-s", "TERM")
    last = events(output)[-1]
    assert last["type"] == "exit"
    assert last["status"]["signal"] == "SIGKILL"
    assert "after" not in last


def test_a_process_that_got_a_signal_of_a_selected_sender():
    """With --from the target is not selected, and got a signal of this trace."""
    script = "sleep 1000 & kill -KILL $!; wait; exit 7"
    result = run("-o", "json", "--from", "-s", "KILL", "--", "sh", "-c", script)
    killed, own = exits(result.stdout)
    assert killed["status"]["signal"] == "SIGKILL"
    assert killed["after"]["sender"]["tgid"] == own["process"]["tgid"]
    assert killed["after"]["caused"] is True
    assert own["status"] == {"code": 7}


def test_problems_have_no_exits():
    assert not events(run("-o", "json", "-x", *TERM_ITSELF).stdout)
    assert not events(run("-o", "json", "-x", "-f", *TERM_ITSELF).stdout)


def test_an_exit_counts():
    """Sent, delivered, ended: with -n 2 there is no third."""
    types = [event["type"] for event in events(run("-o", "json", "-n", "2", *TERM_ITSELF).stdout)]
    assert types == ["generate", "deliver"]
    types = [event["type"] for event in events(run("-o", "json", "-n", "3", *TERM_ITSELF).stdout)]
    assert types == ["generate", "deliver", "exit"]


def test_text():
    result = run("-o", "text", *TERM_ITSELF)
    last = result.stdout.splitlines()[-1]
    assert " killed " in last and "ended by SIGTERM from itself, sent " in last, result
    result = run("-o", "text", "--", "sh", "-c", "exit 3")
    assert result.stdout.rstrip().endswith("exit code 3"), result


def test_one_line_of_ancestors_for_each_sender():
    script = "trap : USR1; for i in 1 2 3; do sh -c 'kill -USR1 $PPID; kill -USR1 $PPID'; done"
    result = run("-o", "text", "-s", "USR1", "--", "sh", "-c", script)
    lines = [line.strip() for line in result.stdout.splitlines() if line.strip().startswith("sender: ")]
    assert len(lines) == 3 == len(set(lines)), result
    for line in lines:
        assert f"[{os.getpid()}] -> sigtrace[" in line, line
