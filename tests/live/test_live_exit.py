# SPDX-License-Identifier: BSD-2-Clause
"""The end of a process: the kernel shows SIGKILL to every thread, whatever began it."""

import pytest

from harness import wait_state


def start_threads(fixture, count=3, verbs=""):
    fx = fixture(f"fork A [ {verbs} threads {count} thread T [ ready serve {{T}} ] ready serve {{A}} ] ready pause")
    fx.ready("T")
    return fx, fx.ready("A")


@pytest.mark.parametrize("sig", ["TERM", "KILL", "RTMIN+5"])
def test_group_exit_by_signal(fixture, trace, sig):
    fx, pid = start_threads(fixture)
    t = trace("-p", pid)
    fx.kill(sig, "A")
    generated = t.wait(sig=sig, to=pid).check({"result": "delivered", "cause": "default_terminate"})
    t.finish(stop=None)
    delivered = t.all("deliver", sig="KILL", to=pid)
    for event in delivered:
        event.check({"cause": "group_exit", "group_exit.signal": generated["signal"]["name"]})
    assert len({event["process"]["tid"] for event in delivered}) == len(delivered) == 5, "one for each thread"
    if sig != "KILL":
        assert not t.all("deliver", sig=sig)


def test_group_exit_by_core_signal(fixture, trace):
    fx, pid = start_threads(fixture, verbs="rlimit core 0")
    t = trace("-p", pid)
    fx.start_do("A", "crash")
    t.finish(stop=None)
    [event] = t.all("deliver", sig="SEGV", to=pid)
    event.check({"cause": "default_core", "process.tid": pid})
    others = t.all("deliver", sig="KILL", to=pid)
    for event in others:
        event.check({"cause": "group_exit", "group_exit.signal": "SIGSEGV"})
    assert len(others) == 4


@pytest.mark.parametrize("code", [0, 7])
def test_group_exit_by_exit_group(fixture, trace, code):
    fx, pid = start_threads(fixture)
    t = trace("-p", pid)
    fx.start_do("A", f"exit {code}")
    t.finish(stop=None)
    delivered = t.all("deliver", sig="KILL", to=pid)
    for event in delivered:
        event.check({"cause": "group_exit", "group_exit.code": code, "group_exit.signal": None, "latency_ns": None})
    assert len(delivered) == 4, "one for each thread but the one that called exit_group()"


def test_exec_by_a_thread(fixture, trace):
    fx, pid = start_threads(fixture)
    t = trace("-p", pid)
    fx.start_do("T", "exec [ say executed ready pause ]")
    fx.line("said", text="executed")
    t.finish()
    delivered = t.all("deliver", sig="KILL", to=pid)
    for event in delivered:
        event.check({"cause": "group_exit", "group_exit.exec": True, "group_exit.signal": None, "group_exit.code": None})
    assert len(delivered) == 4


def test_signals_still_belong_to_the_process_after_exec(fixture, trace):
    """exec keeps SIG_IGN and the mask and resets handlers."""
    fx = fixture("fork A [ ignore HUP catch USR1 block USR2 ready serve {A} ] ready pause")
    pid = fx.ready("A")
    t = trace("-p", pid)
    at = len(fx.lines.items)
    fx.start_do("A", "exec [ ready pause ]")
    fx.line("ready", start=at, pid=pid)
    fx.kill("HUP", "A")
    fx.kill("USR2", "A")
    t.wait(sig="HUP", to=pid).check(cause="sig_ign")
    t.wait(sig="USR2", to=pid).check(cause="blocked")
    fx.kill("USR1", "A")
    t.wait(sig="USR1", to=pid).check(cause="default_terminate")
    t.finish(stop=None)


def test_sigkill_after_sigterm_finds_it_dying_or_dead(fixture, trace):
    """Two senders: the second comes while the first one's effect is under way (a zombie here)."""
    fx = fixture("fork A [ ready pause ] ready pause")
    pid = fx.ready("A")
    t = trace("-p", f"{pid},{fx.pid}", "-s", "TERM,KILL")
    fx.kill("TERM", "A")
    wait_state(pid, "Z")
    fx.kill("KILL", "A")
    t.wait(sig="KILL", to=pid).check({"result": "ignored", "cause": "exiting"})
    t.finish()
