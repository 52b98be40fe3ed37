# SPDX-License-Identifier: BSD-2-Clause
"""sigtrace -- CMD: traced from the first instruction, its exit status passed on."""

import os
import signal
import subprocess

import pytest

from harness import DEADLINE_S, FIXTURE, SIGTRACE, _parse_fixture_line, _parse_json_line


def run(*command, options=("-o", "json", "-s", "1-64"), **keywords):
    """stdout carries sigtrace's lines and the command's; sorts them apart."""
    done = subprocess.run([SIGTRACE, *options, "--", *map(str, command)], capture_output=True, timeout=DEADLINE_S,
                          stdin=subprocess.DEVNULL, check=False, **keywords)
    done.events, done.lines = [], []
    for raw in done.stdout.splitlines():
        if raw.startswith(b"{"):
            done.events.append(_parse_json_line(raw))
        else:
            done.lines.append(_parse_fixture_line(raw))
    for event in done.events:
        assert event.get("cause") != "unexplained", event
    return done


@pytest.mark.parametrize("code", [0, 7, 255])
def test_exit_status(code):
    done = run(FIXTURE, "exit", code)
    assert done.returncode == code, done.stderr
    assert done.events[-1]["type"] == "summary"


@pytest.mark.parametrize("sig", ["TERM", "KILL", "USR1", "RTMIN+1"])
def test_dies_by_the_same_signal(sig):
    number = 35 if sig == "RTMIN+1" else int(getattr(signal, "SIG" + sig))
    done = run(FIXTURE, "send", "kill", sig, "self")
    assert done.returncode == -number, done.stderr
    generated = [event for event in done.events if event["type"] == "generate" and event["signal"]["number"] == number]
    assert len(generated) == 1
    generated[0].check({"cause": "default_terminate", "sender.kind": "user"})
    assert done.events[-1]["type"] == "summary"


def test_core_signal_leaves_no_core_of_sigtrace(tmp_path):
    done = run(FIXTURE, "rlimit", "core", "0", "send", "kill", "QUIT", "self", cwd=tmp_path)
    assert done.returncode == -signal.SIGQUIT, done.stderr
    assert not list(tmp_path.iterdir())


def test_first_instruction():
    """No signal of the command is missed, however early."""
    for _ in range(5):
        done = run(FIXTURE, "ignore", "USR1", "send", "kill", "USR1", "self", "exit", "0")
        [event] = [event for event in done.events if event.at("signal.name") == "SIGUSR1"]
        event.check({"cause": "sig_ign"})
        assert event["sender"]["tgid"] == event["target"]["tgid"]


def test_children_of_the_command_with_follow():
    script = "fork A [ ignore USR1 ready pause ] await A send kill USR1 @A exit 0".split()
    done = run(FIXTURE, *script, options=("-o", "json", "-f", "-s", "USR1"))
    assert done.returncode == 0
    [event] = [event for event in done.events if event["type"] == "generate"]
    event.check(cause="sig_ign")


def test_starts_with_a_clean_signal_state():
    """sigtrace started by nohup, or with signals blocked: its child must not inherit that."""
    def dirty():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGINT, signal.SIGTERM, 40})

    done = run(FIXTURE, "show", preexec_fn=dirty)
    assert done.returncode == 0, done.stderr
    [state] = [line for line in done.lines if line["kind"] == "state"]
    assert (state["blocked"], state["ignored"], state["caught"]) == ("0x0", "0x0", "0x0")


def test_not_found():
    done = run("/nonexistent/command")
    assert done.returncode == 127 and b"/nonexistent/command" in done.stderr


def test_not_found_in_path():
    done = run("sigtrace-no-such-command")
    assert done.returncode == 127 and b"sigtrace-no-such-command" in done.stderr


def test_not_executable(tmp_path):
    path = tmp_path / "data"
    path.write_text("x")
    done = run(path)
    assert done.returncode == 126 and b"data" in done.stderr


def test_searched_in_path():
    assert run("sh", "-c", "exit 5").returncode == 5


def test_arguments_are_not_ours():
    """Options after CMD belong to CMD."""
    done = run("sh", "-c", "printf '%s\\n' \"$0\"", "-p")
    assert done.returncode == 0 and [line["kind"] for line in done.lines] == ["-p"]


def test_interrupt_reaches_the_command(fixture):
    """Ctrl-C goes to both; sigtrace waits for its child and reports how it ended."""
    argv = [SIGTRACE, "-o", "json", "--", FIXTURE, "exit-on", "INT=9", "ready", "pause"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                          start_new_session=True) as process:
        try:
            lines = []
            while not lines or lines[-1]["kind"] != "ready":
                raw = process.stdout.readline()
                assert raw, "ended early"
                if not raw.startswith(b"{"):
                    lines.append(_parse_fixture_line(raw))
            os.killpg(process.pid, signal.SIGINT)
            rest, _ = process.communicate(timeout=DEADLINE_S)
            assert process.returncode == 9
            assert b'"SIGINT"' in rest and b'"summary"' in rest
        finally:
            if process.poll() is None:
                process.kill()


def test_sigterm_is_passed_on():
    """Whoever stops sigtrace means the command, too: it is not left behind."""
    argv = [SIGTRACE, "-o", "json", "--", FIXTURE, "ready", "pause"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as process:
        try:
            line = process.stdout.readline()
            while line.startswith(b"{"):
                line = process.stdout.readline()
            child = _parse_fixture_line(line)["host_pid"]
            process.send_signal(signal.SIGTERM)
            rest, _ = process.communicate(timeout=DEADLINE_S)
            assert process.returncode == -signal.SIGTERM
            assert b'"SIGTERM"' in rest and b'"summary"' in rest
            assert not os.path.exists(f"/proc/{child}")
        finally:
            if process.poll() is None:
                process.kill()
