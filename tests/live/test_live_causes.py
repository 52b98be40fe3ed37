# SPDX-License-Identifier: BSD-2-Clause
"""What stands in the way of a signal and what comes next: the causes that are not about a PID namespace's init."""

import json
import os
import pathlib
import signal

import pytest

import inspection
from harness import proc_status, wait_sigwait, wait_state, wait_until


def start(fixture, verbs="", tail="pause"):
    fx = fixture(f"fork A [ {verbs} ready {tail} ] ready pause")
    fx.ready()
    return fx, fx.ready("A")


def test_sig_ign(fixture, trace):
    fx, pid = start(fixture, "ignore HUP")
    t = trace("-p", pid)
    fx.kill("HUP", "A")
    t.wait(sig="HUP", to=pid).check({
        "result": "ignored", "cause": "sig_ign", "scope": "process", "target.disposition": "ignored", "target.handler": None,
        "target.namespace_init": False, "target.blocked": False, "signal.name": "SIGHUP", "signal.number": 1})
    t.finish()


@pytest.mark.parametrize("sig", ["CHLD", "URG", "WINCH", "CONT"])
def test_sig_dfl_ignore(fixture, trace, sig):
    fx, pid = start(fixture)
    t = trace("-p", pid, "-s", sig)
    fx.kill(sig, "A")
    t.wait(sig=sig, to=pid).check({
        "result": "ignored", "cause": "sig_dfl_ignore", "target.disposition": "default",
        "explanation": lambda text: "resum" not in text})
    t.finish()


def test_sigcont_that_resumes_says_so(fixture, trace):
    fx, pid = start(fixture)
    fx.kill("STOP", "A")
    wait_state(pid, "T")
    t = trace("-p", pid, "-s", "CONT")
    fx.kill("CONT", "A")
    t.wait(sig="CONT", to=pid).check({
        "result": "ignored", "cause": "sig_dfl_ignore", "explanation": lambda text: "resum" in text})
    wait_state(pid, "S")
    t.finish()


def test_blocked_in_all_threads(fixture, trace):
    fx = fixture("fork A [ block TERM thread T1 [ ready pause ] thread T2 [ ready pause ] ready pause ] ready pause")
    pid = fx.ready("A")
    fx.ready("T1"), fx.ready("T2")
    t = trace("-p", pid)
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=pid).check({"result": "delivered", "cause": "blocked", "scope": "process", "target.blocked": True})
    t.finish()
    assert proc_status(pid)["State"][0] == "S"


def test_blocked_in_the_leader_only(fixture, trace):
    fx = fixture("fork A [ exit-on TERM=3 thread T [ ready pause ] block TERM ready pause ] ready pause")
    pid, tid = fx.ready("A"), fx.tid("T")
    t = trace("-p", pid, "-s", "TERM")
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=pid).check({"result": "delivered", "cause": "caught", "target.tid": pid})
    t.wait("deliver", sig="TERM", to=pid).check({"cause": "caught", "process.tid": tid})
    t.finish(stop=None)


def test_blocked_in_another_thread_only(fixture, trace):
    fx = fixture("fork A [ thread T [ block TERM ready pause ] await T ready pause ] ready pause")
    pid = fx.ready("A")
    t = trace("-p", pid, "-s", "TERM")
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=pid).check({"result": "delivered", "cause": "default_terminate", "target.blocked": False})
    t.finish(stop=None)


def test_thread_directed_and_blocked(fixture, trace):
    fx = fixture("fork A [ thread T [ block USR1 ready pause ] await T ready serve {A} ] ready pause")
    pid, tid = fx.ready("A"), fx.tid("T")
    t = trace("-p", pid)
    fx.do("A", "send tgkill USR1 @T")
    t.wait(sig="USR1", to=pid).check({
        "result": "delivered", "cause": "blocked", "scope": "thread", "target.tid": tid, "target.blocked": True,
        "code.name": "SI_TKILL"})
    t.finish()


def test_thread_directed_and_open_although_the_leader_blocks(fixture, trace):
    fx = fixture("fork A [ catch USR1 thread T [ ready pause ] block USR1 ready serve {A} ] ready pause")
    pid, tid = fx.ready("A"), fx.tid("T")
    t = trace("-p", pid)
    fx.do("A", "send tgkill USR1 @T")
    t.wait(sig="USR1", to=pid).check({"cause": "caught", "scope": "thread", "target.tid": tid, "target.blocked": False})
    t.wait("deliver", sig="USR1", to=pid).check({"cause": "caught", "process.tid": tid})
    t.finish()


def test_queued_for_a_thread_that_then_ignores_it(fixture, trace):
    """The leader blocks it, so the kernel queues even a signal that the process ignores; another thread drops it."""
    fx = fixture("fork A [ ignore HUP thread T [ ready pause ] block HUP,URG ready pause ] ready pause")
    pid, tid = fx.ready("A"), fx.tid("T")
    t = trace("-p", pid, "-s", "HUP,URG")
    fx.kill("HUP", "A")
    t.wait(sig="HUP", to=pid).check({"result": "delivered", "cause": "sig_ign"})
    t.wait("deliver", sig="HUP", to=pid).check({"cause": "sig_ign", "process.tid": tid})
    fx.kill("URG", "A")
    t.wait(sig="URG", to=pid).check({"result": "delivered", "cause": "sig_dfl_ignore"})
    t.wait("deliver", sig="URG", to=pid).check(cause="sig_dfl_ignore")
    t.finish()


def test_default_continue(fixture, trace):
    """Only a queued SIGCONT can have its default action "continue": one that the leader blocks."""
    fx = fixture("fork A [ thread T [ ready pause ] block CONT ready pause ] ready pause")
    pid = fx.ready("A")
    fx.ready("T")
    fx.kill("STOP", "A")
    wait_state(pid, "T")
    t = trace("-p", pid, "-s", "CONT")
    fx.kill("CONT", "A")
    t.wait(sig="CONT", to=pid).check({"result": "delivered", "cause": "default_continue"})
    wait_state(pid, "S")
    t.finish()


def test_sigwait(fixture, trace):
    fx, pid = start(fixture, tail="sigwait TERM,USR1 pause")
    wait_sigwait(pid, "TERM")
    t = trace("-p", pid)
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=pid).check({"result": "delivered", "cause": "sigwait"})
    fx.line("sigwait-got", sig=15)
    t.finish()
    assert not t.all("deliver", sig="TERM"), "sigtimedwait takes a signal without a delivery"


def test_sigwait_in_a_thread(fixture, trace):
    fx = fixture("fork A [ block TERM thread T [ sigwait TERM pause ] ready pause ] ready pause")
    pid = fx.ready("A")
    tid = fx.line("sigwait", who="T")["host_tid"]
    wait_sigwait(pid, "TERM", tid)
    t = trace("-p", pid)
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=pid).check({"result": "delivered", "cause": "sigwait"})
    fx.line("sigwait-got", sig=15)
    t.finish()


def test_signalfd_polled(fixture, trace):
    fx, pid = start(fixture, "signalfd TERM")
    wait_state(pid, "S")
    t = trace("-p", pid)
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=pid).check({
        "result": "delivered", "cause": "blocked", "explanation": lambda text: "signalfd" in text})
    fx.line("signalfd-got", sig=15)
    t.finish()


def test_stopped(fixture, trace):
    fx, pid = start(fixture)
    t = trace("-p", pid, "-s", "STOP,TERM,CONT")
    fx.kill("STOP", "A")
    t.wait(sig="STOP", to=pid).check({"result": "delivered", "cause": "default_stop"})
    t.wait("deliver", sig="STOP", to=pid).check(cause="default_stop")
    wait_state(pid, "T")
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=pid).check({"result": "delivered", "cause": "stopped", "target.state": "T"})
    fx.kill("CONT", "A")
    t.wait("deliver", sig="TERM", to=pid).check(cause="default_terminate")
    t.finish(stop=None)


def test_stopped_does_not_stop_sigkill(fixture, trace):
    fx, pid = start(fixture)
    fx.kill("STOP", "A")
    wait_state(pid, "T")
    t = trace("-p", pid, "-s", "KILL")
    fx.kill("KILL", "A")
    t.wait(sig="KILL", to=pid).check({"result": "delivered", "cause": "default_terminate"})
    t.finish(stop=None)


@pytest.mark.parametrize("sig", ["TERM", "KILL", "USR1"])
def test_frozen_by_cgroup_v1(fixture, trace, freezer, sig):
    """Docker pause on cgroup v1: even SIGKILL waits for the thaw."""
    fx, pid = start(fixture, "catch USR1")
    freezer(1, pid)
    t = trace("-p", pid, "-s", "TERM,KILL,USR1")
    fx.kill(sig, "A")
    t.wait(sig=sig, to=pid).check({"result": "delivered", "cause": "frozen", "target.frozen": True})
    t.finish()


def test_frozen_by_cgroup_v2(fixture, trace, freezer):
    fx, pid = start(fixture, "catch USR1")
    freezer(2, pid)
    t = trace("-p", pid, "-s", "USR1,TERM")
    fx.kill("USR1", "A")
    t.wait(sig="USR1", to=pid).check({"result": "delivered", "cause": "frozen", "target.frozen": True})
    t.finish()
    assert not t.all("deliver", sig="USR1")


@pytest.mark.parametrize("sig", ["TERM", "KILL"])
def test_frozen_by_cgroup_v2_lets_fatal_signals_pass(fixture, trace, freezer, sig):
    fx, pid = start(fixture)
    freezer(2, pid)
    t = trace("-p", pid, "-s", "TERM,KILL")
    fx.kill(sig, "A")
    t.wait(sig=sig, to=pid).check({"result": "delivered", "cause": "default_terminate", "target.frozen": True})
    t.finish(stop=None)


def predicted(pid, sig="TERM"):
    document = json.loads(inspection.run("-p", pid, "-s", sig, "-o", "json").stdout)
    return document["processes"][0]["signals"][0]["if_sent"]["outside"]


def test_sigwait_frozen_by_cgroup_v1(fixture, trace, cgroup):
    """The thread stays in its wait, and takes nothing before the thaw."""
    fx, pid = start(fixture, tail="sigwait TERM,USR1 pause")
    wait_sigwait(pid, "TERM")
    group = cgroup("freezer", pid)
    (group / "freezer.state").write_text("FROZEN")
    wait_until(lambda: (group / "freezer.state").read_text().strip() == "FROZEN", "frozen")
    assert predicted(pid)["cause"] == "frozen"
    t = trace("-p", pid, "-s", "TERM")
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=pid).check({
        "result": "delivered", "cause": "frozen", "explanation": lambda text: "sigwait()" in text,
        "remedy": lambda text: "THAWED" in text})
    (group / "freezer.state").write_text("THAWED")
    fx.line("sigwait-got", sig=15)
    t.finish()


def hold_stopped(pid, _):
    os.kill(pid, signal.SIGSTOP)
    wait_state(pid, "T")


@pytest.mark.parametrize("hold, explanation, remedy", [
    (hold_stopped, "stopped (job control), and it blocks SIGTERM", "kill -CONT"),
    (lambda pid, freezer: freezer(2, pid), "frozen by its cgroup, and it blocks SIGTERM", "cgroup.freeze"),
])
@pytest.mark.parametrize("wait", ["sigwait TERM", "signalfd TERM"])
def test_blocked_and_held(fixture, trace, freezer, wait, hold, explanation, remedy):
    """Out of its wait, it has the mask of before: what it does with the signal shows afterwards."""
    fx, pid = start(fixture, tail=f"block TERM {wait} pause")
    if wait.startswith("signalfd"):
        wait_until(lambda: "anon_inode:[signalfd]" in map(os.readlink, pathlib.Path(f"/proc/{pid}/fd").iterdir()), "a signalfd")
        wait_state(pid, "S")
    else:
        wait_sigwait(pid, "TERM")
    hold(pid, freezer)
    wait_until(lambda: int(proc_status(pid)["SigBlk"], 16) & 1 << 14, "the mask of before")
    t = trace("-p", pid, "-s", "TERM")
    for answer in (predicted(pid), fx.kill("TERM", "A") or t.wait(sig="TERM", to=pid)):
        assert answer["cause"] == "blocked" and explanation in answer["explanation"], answer
        assert answer["remedy"].startswith(remedy) or remedy in answer["remedy"], answer
    t.finish()


def test_uninterruptible(fixture, trace):
    """A parent in vfork() sleeps in D state until its child executes or ends."""
    fx = fixture("fork A [ catch USR1 vfork B [ ready serve {B} ] ready pause ] ready pause")
    fx.ready("B")
    pid = fx.line("child", child="A")["child_pid"]
    wait_state(pid, "D")
    t = trace("-p", pid, "-s", "USR1")
    os.kill(pid, signal.SIGUSR1)
    t.wait(sig="USR1", to=pid).check({"result": "delivered", "cause": "uninterruptible", "target.state": "D"})
    fx.start_do("B", "exit 0")
    t.wait("deliver", sig="USR1", to=pid).check({"cause": "caught", "latency_ns": lambda ns: ns > 0})
    t.finish()


def test_killable_sleep_does_not_hold_a_fatal_signal(fixture, trace):
    """D state in vfork() is TASK_KILLABLE: what ends the process by default wakes it at once."""
    fx = fixture("fork A [ vfork B [ ready pause ] pause ] ready pause")
    fx.ready("B")
    pid = fx.line("child", child="A")["child_pid"]
    wait_state(pid, "D")
    t = trace("-p", pid, "-s", "TERM")
    os.kill(pid, signal.SIGTERM)
    t.wait(sig="TERM", to=pid).check({"result": "delivered", "cause": "default_terminate"})
    t.finish(stop=None)


def test_caught(fixture, trace):
    fx, pid = start(fixture, "flags RESTART,SIGINFO,NODEFER catch USR1")
    handler = fx.line("catch")["handler"]
    t = trace("-p", pid)
    fx.kill("USR1", "A")
    facts = {"disposition": "caught", "handler": handler,
             "sa_flags": lambda flags: set(flags) - {"SA_RESTORER"} == {"SA_RESTART", "SA_SIGINFO", "SA_NODEFER"}}
    t.wait(sig="USR1", to=pid).check({"result": "delivered", "cause": "caught"},
                                     **{f"target.{key}": value for key, value in facts.items()})
    t.wait("deliver", sig="USR1", to=pid).check({"cause": "caught", "latency_ns": lambda ns: ns > 0},
                                                **{f"process.{key}": value for key, value in facts.items()})
    t.finish()


def test_resethand(fixture, trace):
    fx, pid = start(fixture, "flags RESETHAND catch USR1")
    t = trace("-p", pid)
    fx.kill("USR1", "A")
    t.wait("deliver", sig="USR1", to=pid).check(cause="caught")
    fx.line("caught", sig=10)
    fx.kill("USR1", "A")
    t.wait(sig="USR1", to=pid, cause="default_terminate")
    t.finish(stop=None)


def test_default_terminate(fixture, trace):
    fx, pid = start(fixture)
    t = trace("-p", pid)
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=pid).check({"result": "delivered", "cause": "default_terminate", "target.disposition": "default"})
    t.finish(stop=None)


def test_default_core(fixture, trace):
    fx, pid = start(fixture, "rlimit core 0")
    t = trace("-p", pid)
    fx.kill("QUIT", "A")
    t.wait(sig="QUIT", to=pid).check({"result": "delivered", "cause": "default_core"})
    t.wait("deliver", sig="QUIT", to=pid).check(cause="default_core")
    t.finish(stop=None)


def test_already_pending(fixture, trace):
    fx, pid = start(fixture, "block USR1")
    t = trace("-p", pid)
    fx.kill("USR1", "A")
    t.wait(sig="USR1", to=pid, result="delivered").check(cause="blocked")
    fx.kill("USR1", "A")
    t.wait(sig="USR1", to=pid, result="already_pending").check({"cause": "blocked", "target.blocked": True})
    t.finish()


def test_zombie(fixture, trace):
    fx = fixture("fork A [ ready serve {A} ] ready pause")
    pid = fx.ready("A")
    fx.start_do("A", "exit 0")
    wait_state(pid, "Z")
    t = trace("-p", f"{pid},{fx.pid}", "-s", "TERM")
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=pid).check({"result": "ignored", "cause": "exiting"})
    t.finish()


def test_dying(fixture, trace):
    """A tracer holds the target in its exit; a frozen one would do as well."""
    fx = fixture("fork A [ catch USR1 ready serve {A} ] ready pause")
    pid = fx.ready("A")
    tracer = fixture(f"trace {pid} hold-exit")
    tracer.line("tracing")
    t = trace("-p", f"{pid},{fx.pid}", "-s", "USR1")
    fx.start_do("A", "exit 0")
    tracer.line("held")
    fx.kill("USR1", "A")
    t.wait(sig="USR1", to=pid).check({"result": "ignored", "cause": "exiting"})
    t.finish()


def test_dying_but_frozen(fixture, trace, freezer):
    fx, pid = start(fixture)
    freezer(1, pid)
    t = trace("-p", pid, "-s", "KILL,INT")
    fx.kill("KILL", "A")
    t.wait(sig="KILL", to=pid).check(cause="frozen")
    fx.kill("INT", "A")
    t.wait(sig="INT", to=pid).check({"result": "ignored", "cause": "exiting"})
    t.finish()


def test_leader_is_gone_but_the_process_lives(fixture, trace):
    """A leader that called pthread_exit() is a zombie; its threads still take the process's signals."""
    fx = fixture("fork A [ catch USR1 thread T [ ready pause ] ready exit-thread ] ready pause")
    pid, tid = fx.ready("A"), fx.tid("T")
    wait_state(pid, "Z")
    t = trace("-p", pid)
    fx.kill("USR1", "A")
    t.wait(sig="USR1", to=pid).check({"result": "delivered", "cause": "caught"})
    t.wait("deliver", sig="USR1", to=pid).check({"cause": "caught", "process.tid": tid})
    t.finish()


def test_kernel_thread_that_ignores(trace):
    """kthreadd called ignore_signals(): every disposition is SIG_IGN."""
    if not os.path.exists("/proc/2/comm") or pathlib.Path("/proc/2/comm").read_text() != "kthreadd\n":
        pytest.skip("kthreadd is not visible in this PID namespace")
    t = trace("-p", 2, "-s", "TERM")
    os.kill(2, signal.SIGTERM)
    t.wait(sig="TERM", to=2).check({
        "result": "ignored", "cause": "sig_ign", "target.comm": "kthreadd", "target.namespace_init": False,
        "sender.tgid": os.getpid()})
    t.finish()


def test_kernel_thread_that_takes_kernel_signals_only():
    pytest.skip("needs a kernel thread that called allow_kernel_signal(): tests/vm has one (kernel_thread_kill)")
