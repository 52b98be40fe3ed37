# SPDX-License-Identifier: BSD-2-Clause
"""Who sent it: every way to send, and what the kernel sends in whose context ever."""

import os
import pty
import signal
import fcntl
import termios

import pytest

from harness import pid_ns, signal_number

KERNEL = {"sender.kind": "kernel", "sender.tgid": None, "sender.comm": None}


@pytest.mark.parametrize("how, code, scope", [
    ("kill", "SI_USER", "process"),
    ("tkill", "SI_TKILL", "thread"),
    ("tgkill", "SI_TKILL", "thread"),
    ("sigqueue", "SI_QUEUE", "process"),
    ("tgsigqueue", "SI_QUEUE", "thread"),
    ("pidfd", "SI_USER", "process"),
])
def test_ways_to_send(fixture, trace, how, code, scope):
    fx = fixture("fork A [ catch USR1 ready pause ] fork B [ comm sender ready serve {B} ] ready pause")
    target, sender = fx.ready("A"), fx.ready("B")
    t = trace("-p", target)
    fx.do("B", f"send {how} USR1 {target}")
    t.wait(sig="USR1", to=target).check({
        "result": "delivered", "cause": "caught", "scope": scope, "code.name": code,
        "sender.kind": "user", "sender.tgid": sender, "sender.tid": sender, "sender.comm": "sender", "sender.uid": 0,
        "sender.ns_tgid": sender, "sender.pid_ns": pid_ns(), "target.ns_tgid": target, "target.pid_ns": pid_ns()})
    t.wait("deliver", sig="USR1", to=target).check({"cause": "caught", "code.name": code})
    t.finish()


def test_group_directed(fixture, trace):
    fx = fixture("fork A [ setpgid ignore USR1 ready pause ] ready pause")
    pid = fx.ready("A")
    t = trace("-p", pid)
    os.kill(-pid, signal.SIGUSR1)
    t.wait(sig="USR1", to=pid).check({"cause": "sig_ign", "scope": "process", "sender.tgid": os.getpid()})
    t.finish()


def test_a_thread_sends(fixture, trace):
    fx = fixture("ignore USR1 thread T [ ready serve {T} ] ready pause")
    pid, tid = fx.ready(), fx.tid("T")
    t = trace("-p", pid)
    fx.do("T", "send kill USR1 self")
    t.wait(sig="USR1", to=pid).check({"sender.tgid": pid, "sender.tid": tid, "target.tgid": pid, "target.tid": pid})
    t.finish()


def test_another_uid_sends(fixture, trace):
    fx = fixture("fork A [ setuid 65534 ignore USR1 ready serve {A} ] ready pause")
    pid = fx.ready("A")
    t = trace("-p", pid)
    fx.do("A", "send kill USR1 self")
    t.wait(sig="USR1", to=pid).check({"sender.uid": 65534, "sender.kind": "user"})
    t.finish()


@pytest.mark.parametrize("kind, sig, code, scope", [
    ("posix", "RTMIN+1", "SI_TIMER", "process"),
    ("posix-thread", "USR1", "SI_TIMER", "thread"),
    ("real", "ALRM", "SI_KERNEL", "process"),
    ("alarm", "ALRM", "SI_KERNEL", "process"),
])
def test_timer(fixture, trace, kind, sig, code, scope):
    fx = fixture(f"catch {sig} ready serve {{main}}")
    pid = fx.ready()
    t = trace("-p", pid)
    fx.start_do("main", f"timer {kind} {sig} 1")
    t.wait(sig=sig, to=pid).check(KERNEL, **{"result": "delivered", "cause": "caught", "code.name": code, "scope": scope})
    t.wait("deliver", sig=sig, to=pid).check(cause="caught")
    fx.line("caught", sig=signal_number(sig))
    t.finish()


def test_profiling_timer(fixture, trace):
    """The interrupted process is `current`, so a naive reader would say that it signals itself."""
    fx = fixture("catch PROF ready serve {main}")
    pid = fx.ready()
    t = trace("-p", pid)
    fx.do("main", "timer prof PROF 1 spin-until PROF")
    t.wait(sig="PROF", to=pid).check(KERNEL, cause="caught")
    t.finish()


def test_sigpipe(fixture, trace):
    fx = fixture("fork A [ ready serve {A} ] ready pause")
    pid = fx.ready("A")
    t = trace("-p", pid)
    fx.start_do("A", "sigpipe")
    t.wait(sig="PIPE", to=pid).check(KERNEL, **{"result": "delivered", "cause": "default_terminate"})
    t.finish(stop=None)


def test_segv(fixture, trace):
    fx = fixture("fork A [ rlimit core 0 ready serve {A} ] ready pause")
    pid = fx.ready("A")
    t = trace("-p", pid)
    fx.start_do("A", "crash")
    t.wait(sig="SEGV", to=pid).check(KERNEL, **{
        "result": "delivered", "cause": "default_core", "code.name": "SEGV_MAPERR", "scope": "thread"})
    t.wait("deliver", sig="SEGV", to=pid).check(cause="default_core")
    t.finish(stop=None)


@pytest.mark.parametrize("verbs, result, cause", [
    ("", "ignored", "sig_dfl_ignore"), ("catch CHLD", "delivered", "caught"), ("block CHLD", "delivered", "blocked")])
def test_sigchld(fixture, trace, verbs, result, cause):
    fx = fixture(f"{verbs} fork A [ comm child ready serve {{A}} ] ready pause")
    parent, child = fx.ready(), fx.ready("A")
    t = trace("-p", parent, "-s", "CHLD")
    fx.start_do("A", "exit 0")
    t.wait(sig="CHLD", to=parent).check({
        "result": result, "cause": cause, "code.name": "CLD_EXITED",
        "sender.kind": "user", "sender.tgid": child, "sender.comm": "child"})
    t.finish()


def test_parent_death_signal(fixture, trace):
    """The fixture's children ask for SIGKILL at their parent's end: the dying parent is the one to name."""
    fx = fixture("fork A [ fork B [ ready pause ] ready serve {A} ] ready pause")
    parent, pid = fx.ready("A"), fx.ready("B")
    t = trace("-p", pid)
    fx.start_do("A", "exit 0")
    t.wait(sig="KILL", to=pid).check({"cause": "default_terminate", "sender.tgid": parent})
    t.finish(stop=None)


def test_cgroup_kill(fixture, trace, cgroup):
    """Kernel code sends it, but whoever wrote to cgroup.kill is the one to name."""
    fx = fixture("fork A [ ready pause ] ready pause")
    pid = fx.ready("A")
    group = cgroup("v2", pid)
    if not (group / "cgroup.kill").exists():
        pytest.skip("this kernel has no cgroup.kill (5.14)")
    t = trace("-p", pid)
    (group / "cgroup.kill").write_text("1")
    t.wait(sig="KILL", to=pid).check({"cause": "default_terminate", "sender.tgid": os.getpid()})
    t.finish(stop=None)


def test_oom_killer(fixture, trace, cgroup):
    fx = fixture("fork A [ ready serve {A} ] ready pause")
    pid = fx.ready("A")
    group = cgroup("memory", pid)
    (group / "memory.limit_in_bytes").write_text("4194304")
    if (group / "memory.memsw.limit_in_bytes").exists():
        (group / "memory.memsw.limit_in_bytes").write_text("4194304")
    (group / "memory.swappiness").write_text("0")
    t = trace("-p", pid, "-s", "KILL")
    fx.start_do("A", "eat 16")
    t.wait(sig="KILL", to=pid).check(KERNEL, cause="default_terminate")
    t.finish(stop=None)


def test_ctrl_c(fixture, trace):
    master, slave = pty.openpty()

    def own_terminal():
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    try:
        fx = fixture("comm editor exit-on INT=4 ready pause", preexec_fn=own_terminal, stdin=slave)
        pid = fx.ready()
        t = trace("-p", pid)
        os.write(master, b"\x03")
        t.wait(sig="INT", to=pid).check(KERNEL, **{
            "result": "delivered", "cause": "caught", "scope": "process", "code.name": "SI_KERNEL"})
        t.finish(stop=None)
        assert fx.wait() == 4
    finally:
        os.close(slave)
        os.close(master)


def test_terminal_hangup(fixture, trace):
    master, slave = pty.openpty()

    def own_terminal():
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    fx = fixture("ready pause", preexec_fn=own_terminal, stdin=slave)
    os.close(slave)
    pid = fx.ready()
    t = trace("-p", pid, "-s", "HUP")
    os.close(master)
    t.wait(sig="HUP", to=pid).check(KERNEL, cause="default_terminate")
    t.finish(stop=None)


def test_hostile_comm(fixture, trace):
    """ESC ]0; ESC [31m, invalid UTF-8 and a quote in a process name."""
    fx = fixture("comm-hex 1b5b33316dff22c28061 ignore USR1 ready pause")
    pid = fx.ready()
    t = trace("-p", pid)
    os.kill(pid, signal.SIGUSR1)
    event = t.wait(sig="USR1", to=pid)
    assert "[31m" in event["target"]["comm"] and '"' in event["target"]["comm"]
    text = event.raw.decode("utf-8")
    assert text.rstrip("\n").isprintable(), "control characters must be escaped"
    t.finish()
