# SPDX-License-Identifier: BSD-2-Clause
"""--handlers: when a handler returns, and how long it ran; nothing where it never returns."""

import os
import re
import signal
import subprocess

import pytest

from harness import DEADLINE_S, SIGTRACE, comm, signal_number, wait_state


def start(fixture, verbs="", tail="pause"):
    fx = fixture(f"fork A [ {verbs} ready {tail} ] ready wait A pause")
    fx.ready()
    return fx, fx.ready("A")


def traced(trace, pid, *args):
    return trace("-p", pid, "--handlers", *args)


def duration_of(t, event):
    """Every return leads back to the delivery that began it."""
    began = [one["boot_ns"] for one in t.all("deliver", sig=event["signal"]["number"], to=event["process"]["tgid"])]
    assert event["duration_ns"] > 0 and event["boot_ns"] - event["duration_ns"] in began, event
    return event["duration_ns"]


def test_a_handler_returns(fixture, trace):
    fx, pid = start(fixture, "catch USR1")
    t = traced(trace, pid)
    fx.kill("USR1", "A")
    event = t.wait("handler_return", sig="USR1", to=pid).check({
        "signal.name": "SIGUSR1", "process.tgid": pid, "process.tid": pid, "process.comm": comm(pid)})
    t.finish()
    [delivered] = t.all("deliver", sig="USR1")
    assert event["handler"] == delivered["process"]["handler"]
    duration_of(t, event)
    assert [one["type"] for one in t.events.items] == ["generate", "deliver", "handler_return", "summary"]


@pytest.mark.parametrize("how, onstack", [("plain", 0), ("own-stack", 1)])
def test_as_long_as_it_takes(fixture, trace, how, onstack):
    """The time between two moments of the test that the handler saw is a part of its own."""
    fx, pid = start(fixture, f"hold USR1 {{H}} {how}")
    t = traced(trace, pid)
    fx.kill("USR1", "A")
    assert fx.line("holding", sig=10)["onstack"] == onstack
    # Another process's events tell that time passed; its handler came and went inside this one's.
    fx2, other = start(fixture, "catch USR1")
    witness = traced(trace, other)
    fx2.kill("USR1", "A")
    inside = witness.wait("handler_return", sig="USR1", to=other)
    fx.start_do("H", "go")
    event = t.wait("handler_return", sig="USR1", to=pid)
    witness.finish()
    t.finish()
    assert event["boot_ns"] - duration_of(t, event) < inside["boot_ns"] - inside["duration_ns"]
    assert inside["boot_ns"] < event["boot_ns"]
    assert len(t.all("handler_return")) == 1


def test_nested(fixture, trace):
    fx, pid = start(fixture, "hold USR1 {H1} plain hold USR2 {H2} plain hold RTMIN+3 {H3} own-stack")
    t = traced(trace, pid)
    for sig in ("USR1", "USR2", "RTMIN+3"):
        fx.kill(sig, "A")
        fx.line("holding", sig=signal_number(sig))
    for sig, control in (("RTMIN+3", "H3"), ("USR2", "H2"), ("USR1", "H1")):
        fx.start_do(control, "go")
        t.wait("handler_return", sig=sig, to=pid)
    t.finish()
    inner, middle, outer = t.all("handler_return")
    assert [one["signal"]["number"] for one in (inner, middle, outer)] == [37, 12, 10]
    assert 0 < duration_of(t, inner) < duration_of(t, middle) < duration_of(t, outer)


def test_again_and_again(fixture, trace):
    """Frames at one address, one after the other."""
    fx, pid = start(fixture, "catch USR2")
    t = traced(trace, pid)
    for count in (1, 2, 3):
        wait_state(pid, "S")
        fx.kill("USR2", "A")
        fx.line("caught", sig=12, count=count)
    wait_state(pid, "S")
    t.finish()
    returns = t.all("handler_return", sig="USR2", to=pid)
    assert len(returns) == 3
    assert len({one["boot_ns"] - duration_of(t, one) for one in returns}) == 3


def test_in_another_thread(fixture, trace):
    """The main thread's handler is not what returns when another thread's does."""
    fx = fixture("fork A [ hold USR1 {H1} plain hold USR2 {H2} plain thread T [ ready pause ] ready pause ] ready pause")
    pid, tid = fx.ready("A"), fx.tid("T")
    t = traced(trace, pid)
    sender = fixture("ready serve {main}")
    sender.ready()
    sender.do("main", f"send tgkill USR1 {pid}:{pid}")
    fx.line("holding", sig=10)
    sender.do("main", f"send tgkill USR2 {pid}:{tid}")
    fx.line("holding", sig=12)
    fx.start_do("H1", "go")
    t.wait("handler_return", sig="USR1", to=pid).check({"process.tid": pid})
    fx.start_do("H2", "go")
    t.wait("handler_return", sig="USR2", to=pid).check({"process.tid": tid, "process.tgid": pid})
    t.finish()
    assert len(t.all("handler_return")) == 2


def test_in_a_namespace(fixture, trace):
    fx = fixture("init A [ catch TERM ready pause ] ready pause")
    init = fx.ready("A")
    t = traced(trace, init)
    fx.kill("TERM", "A")
    t.wait("handler_return", sig="TERM", to=init).check({"process.ns_tgid": 1, "process.tid": init})
    t.finish()


def jump(fixture, trace, *args):
    """SIGUSR1's handler is left by siglongjmp(), then SIGUSR2's returns from a frame at the same address."""
    fx = fixture("fork A [ jump-on USR1 USR2 ] ready pause")
    pid = fx.line("jump-ready")["host_pid"]
    wait_state(pid, "S")
    t = traced(trace, pid, *args)
    os.kill(pid, signal.SIGUSR1)
    fx.line("jumped")
    wait_state(pid, "S")
    os.kill(pid, signal.SIGUSR2)
    assert fx.line("frame", sig=12)["at"] == fx.line("frame", sig=10)["at"], "the depths differ: this would prove nothing"
    wait_state(pid, "S")
    return t, pid


def test_longjmp_is_no_return(fixture, trace):
    t, pid = jump(fixture, trace)
    t.wait("handler_return", sig="USR2", to=pid)
    t.finish()
    [event] = t.all("handler_return")
    duration_of(t, event)


def test_longjmp_and_the_return_of_a_signal_that_is_not_selected(fixture, trace):
    """The frame of a handler that never returned is not ended by the next one in its place."""
    t, pid = jump(fixture, trace, "-s", "USR1")
    t.wait("deliver", sig="USR1", to=pid)
    t.finish()
    assert not t.all("handler_return")


def test_longjmp_and_the_same_signal_again(fixture, trace):
    fx = fixture("fork A [ jump-on USR1 USR2 ] ready pause")
    pid = fx.line("jump-ready")["host_pid"]
    t = traced(trace, pid)
    for number in (1, 2, 3):
        wait_state(pid, "S")
        os.kill(pid, signal.SIGUSR1)
        fx.lines.wait(lambda _, n=number: sum(one["kind"] == "jumped" for one in fx.lines.items) == n, what=f"{number} jumps")
    wait_state(pid, "S")
    os.kill(pid, signal.SIGUSR2)
    t.wait("handler_return", sig="USR2", to=pid)
    t.finish()
    assert len(t.all("deliver", sig="USR1")) == 3 and len(t.all("handler_return")) == 1


def test_a_handler_that_exits(fixture, trace):
    fx, pid = start(fixture, "exit-on TERM=143")
    t = traced(trace, pid)
    fx.kill("TERM", "A")
    t.wait("exit", to=pid).check({
        "status.code": 143, "after.signal": "SIGTERM", "after.became": "handled", "after.caused": False})
    t.finish(stop=None)
    assert [one["type"] for one in t.events.items] == ["generate", "deliver", "exit", "summary"]


def test_killed_in_its_handler(fixture, trace):
    fx, pid = start(fixture, "hold TERM {H} plain")
    t = traced(trace, pid)
    fx.kill("TERM", "A")
    fx.line("holding")
    fx.kill("KILL", "A")
    t.wait("exit", to=pid).check({"status.signal": "SIGKILL"})
    t.finish(stop=None)
    assert not t.all("handler_return")


def test_exec_in_between(fixture, trace):
    """Another program with another stack and handlers of its own."""
    fx, pid = start(fixture, "exit-on TERM=0 catch USR1", "serve {A}")
    t = traced(trace, pid)
    fx.kill("USR1", "A")
    t.wait("handler_return", sig="USR1", to=pid)
    fx.start_do("A", "exec [ catch USR2 say again pause ]")
    fx.line("said")
    fx.kill("USR2", "A")
    t.wait("handler_return", sig="USR2", to=pid)
    t.finish()
    for event in t.all("handler_return"):
        duration_of(t, event)
    assert len(t.all("handler_return")) == 2


def test_began_before_the_trace(fixture, trace):
    """Nobody saw it begin: no line, and no wrong time."""
    fx, pid = start(fixture, "hold USR1 {H} plain catch USR2")
    fx.kill("USR1", "A")
    fx.line("holding")
    t = traced(trace, pid)
    fx.kill("USR2", "A")
    t.wait("handler_return", sig="USR2", to=pid)
    fx.start_do("H", "go")
    fx.line("released")
    fx.kill("USR2", "A")
    fx.line("caught", count=2)
    wait_state(pid, "S")
    t.finish()
    assert [one["signal"]["number"] for one in t.all("handler_return")] == [12, 12]


def test_only_selected_signals(fixture, trace):
    fx, pid = start(fixture, "catch USR1,USR2")
    t = traced(trace, pid, "-s", "USR2")
    fx.kill("USR1", "A")
    fx.line("caught", sig=10)
    fx.kill("USR2", "A")
    t.wait("handler_return", sig="USR2", to=pid)
    t.finish()
    assert len(t.all("handler_return")) == 1


def test_only_when_asked_for(fixture, trace):
    fx, pid = start(fixture, "catch USR1,USR2")
    t = trace("-p", pid)
    asked = traced(trace, pid)
    fx.kill("USR1", "A")
    asked.wait("handler_return", sig="USR1", to=pid)
    fx.kill("USR2", "A")
    t.wait("deliver", sig="USR2", to=pid)
    asked.finish()
    t.finish()
    assert not t.all("handler_return")


def test_text(fixture):
    """For people, who see milliseconds."""
    fx, pid = start(fixture, "comm app catch USR1 exit-on TERM=0")
    process = subprocess.Popen([SIGTRACE, "-p", str(pid), "--handlers"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if line.startswith("sigtrace: tracing"):
                break
        fx.kill("USR1", "A")
        fx.line("caught")
        wait_state(pid, "S")
        fx.kill("TERM", "A")
        out, err = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0, err
    finally:
        process.kill()
    [line] = [line for line in out.splitlines() if "returned" in line]
    words = line.split()
    assert words[1:6] == ["SIGUSR1", "-", f"app[{pid}]", "->", "returned"], out
    assert re.search(r"handler .* returned after [0-9.]+ [mu]s$", line), out


def test_not_with_problems_only():
    done = subprocess.run([SIGTRACE, "--handlers", "-x"], capture_output=True, text=True, check=False, timeout=DEADLINE_S)
    assert done.returncode == 2 and "--handlers" in done.stderr
