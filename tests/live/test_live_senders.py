# SPDX-License-Identifier: BSD-2-Clause
"""Who sent it: every way to send; what the kernel sends is in test_live_origin.py."""

import os
import signal

import pytest

from harness import pid_ns


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


@pytest.mark.parametrize("verbs, result, cause", [
    ("", "ignored", "sig_dfl_ignore"), ("catch CHLD", "delivered", "caught"), ("block CHLD", "delivered", "blocked")])
def test_sigchld(fixture, trace, verbs, result, cause):
    fx = fixture(f"{verbs} fork A [ comm child ready serve {{A}} ] ready pause")
    parent, child = fx.ready(), fx.ready("A")
    t = trace("-p", parent, "-s", "CHLD")
    fx.start_do("A", "exit 0")
    t.wait(sig="CHLD", to=parent).check({
        "result": result, "cause": cause, "code.name": "CLD_EXITED",
        "sender.kind": "user", "sender.tgid": child, "sender.comm": "child", "sender.origin": "child"})
    t.finish()


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
