# SPDX-License-Identifier: BSD-2-Clause
"""Init of a PID namespace: what reaches it, from where, and what a tracer changes."""

import os
import subprocess

import pytest

from harness import DEADLINE_S, pid_ns, proc_status, wait_state, wait_until

HARD = "HUP,INT,QUIT,KILL,TERM,STOP,TSTP,USR1,USR2,CONT"
GLOBAL_PID_NS = 4026531836  # PROC_PID_INIT_INO, include/linux/proc_ns.h

DROPPED = {
    "result": "ignored",
    "cause": "unkillable_sig_dfl",
    "target.namespace_init": True,
    "target.ns_tgid": 1,
    "target.disposition": "default",
    "target.blocked": False,
    "target.signal_flags": lambda flags: "SIGNAL_UNKILLABLE" in flags,
}


def start_init(fixture, verbs="", tail="pause"):
    fx = fixture(f"init A [ {verbs} ready {tail} ] ready pause")
    fx.ready()
    return fx, fx.ready("A")


@pytest.mark.parametrize("sig", ["TERM", "INT", "USR1", "QUIT", "RTMIN+3"])
def test_no_handler_from_outside(fixture, trace, sig):
    fx, init = start_init(fixture)
    t = trace("-p", init)
    fx.kill(sig, "A")
    event = t.wait(sig=sig, to=init)
    event.check(DROPPED, scope="process", **{
        "code.name": "SI_USER",
        "sender.kind": "user",
        "sender.tgid": os.getpid(),
        "sender.tid": os.getpid(),
        "sender.uid": 0,
        "sender.pid_ns": pid_ns(),
        "target.tgid": init,
        "target.tid": init,
        "target.pid_ns": pid_ns(init),
        "target.ptraced": False,
        "explanation": lambda text: text,
        "remedy": lambda text: text,
    })
    t.finish()
    assert proc_status(init)["State"][0] == "S"
    assert not t.all("deliver")


def test_with_handler_from_outside(fixture, trace):
    fx, init = start_init(fixture, "flags RESTART exit-on TERM=3")
    t = trace("-p", init, "-s", "TERM")
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=init).check({
        "result": "delivered", "cause": "caught", "target.namespace_init": True, "target.disposition": "caught"})
    t.wait("deliver", sig="TERM", to=init).check({"cause": "caught", "process.namespace_init": True, "process.ns_tgid": 1})
    t.finish(stop=None)


def test_sig_ign_from_outside(fixture, trace):
    fx, init = start_init(fixture, "ignore TERM")
    t = trace("-p", init)
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=init).check({"result": "ignored", "cause": "sig_ign", "target.disposition": "ignored",
                                       "target.namespace_init": True})
    t.finish()


def test_kill_1_from_inside(fixture, trace):
    fx = fixture("init A [ fork B [ ready serve {B} ] ready pause ] ready pause")
    init, child = fx.ready("A"), fx.ready("B")
    t = trace("-p", init)
    for sig in ("KILL", "STOP", "TERM"):
        fx.do("B", f"send kill {sig} 1")
        t.wait(sig=sig, to=init).check(DROPPED, **{
            "sender.tgid": child, "sender.ns_tgid": 2, "sender.pid_ns": pid_ns(init), "sender.kind": "user"})
    t.finish()
    assert proc_status(init)["State"][0] == "S"


def test_sigkill_to_itself(fixture, trace):
    fx = fixture("init A [ ready serve {A} ] ready pause")
    init = fx.ready("A")
    t = trace("-p", init)
    fx.do("A", "send kill KILL self")
    t.wait(sig="KILL", to=init).check(DROPPED, **{"sender.tgid": init, "sender.ns_tgid": 1})
    t.finish()


def test_sigkill_from_outside_kills_and_takes_the_namespace_along(fixture, trace):
    fx = fixture("init A [ fork B [ ready pause ] ready pause ] await A ready wait A ready")
    init, child = fx.ready("A"), fx.ready("B")
    t = trace("-p", f"{init},{child}")
    fx.kill("KILL", "A")
    t.wait(sig="KILL", to=init).check({"result": "delivered", "cause": "default_terminate",
                                       "target.namespace_init": True, "sender.tgid": os.getpid()})
    t.wait("deliver", sig="KILL", to=init)
    # zap_pid_ns_processes(): the exiting init is `current`, but the kernel decided.
    t.wait(sig="KILL", to=child).check({"sender.kind": "kernel", "target.ns_tgid": 2, "target.namespace_init": False})
    t.finish(stop=None)


def test_sigstop_from_outside_stops(fixture, trace):
    fx, init = start_init(fixture)
    t = trace("-p", init, "-s", "STOP,CONT")
    fx.kill("STOP", "A")
    t.wait(sig="STOP", to=init).check({"result": "delivered", "cause": "default_stop"})
    t.wait("deliver", sig="STOP", to=init).check(cause="default_stop")
    wait_state(init, "T")
    fx.kill("CONT", "A")
    wait_state(init, "S")
    t.finish()


def test_another_process_of_the_namespace_is_no_init(fixture, trace):
    fx = fixture("init A [ fork B [ ready pause ] ready pause ] ready pause")
    fx.ready("A")
    child = fx.ready("B")
    t = trace("-p", child)
    fx.kill("TERM", "B")
    t.wait(sig="TERM", to=child).check({"result": "delivered", "cause": "default_terminate", "target.ns_tgid": 2,
                                        "target.namespace_init": False})
    t.finish(stop=None)


def test_blocked_then_dropped(fixture, trace):
    """Queued because blocked; dropped when the mask opens: the kernel shows a delivery that has no effect."""
    fx = fixture("init A [ block TERM ready serve {A} ] ready pause")
    init = fx.ready("A")
    t = trace("-p", init)
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=init).check({"result": "delivered", "cause": "blocked", "target.blocked": True})
    fx.do("A", "unblock TERM")
    t.wait("deliver", sig="TERM", to=init).check({"cause": "unkillable_sig_dfl", "process.namespace_init": True,
                                                  "latency_ns": lambda ns: ns > 0})
    t.finish()
    assert proc_status(init)["State"][0] == "S"


def check_paradox(fixture_process, trace, init, tracer_pid, tracer_comm):
    t = trace("-p", init, "-s", "TERM")
    fixture_process.kill("TERM", "A")
    t.wait(sig="TERM", to=init).check({
        "result": "delivered", "cause": "ptraced", "target.ptraced": True, "target.namespace_init": True,
        "explanation": lambda text: tracer_comm in text and str(tracer_pid) in text})
    t.wait("deliver", sig="TERM", to=init).check({"cause": "unkillable_sig_dfl", "process.disposition": "default"})
    t.finish()
    assert proc_status(init)["State"][0] in "St"


def test_paradox_with_strace(fixture, trace, tmp_path):
    if not os.access("/usr/bin/strace", os.X_OK):
        pytest.skip("strace is not installed")
    fx, init = start_init(fixture)
    with subprocess.Popen(["/usr/bin/strace", "-o", tmp_path / "out", "-p", str(init)], stderr=subprocess.DEVNULL) as strace:
        try:
            wait_until(lambda: proc_status(init)["TracerPid"].strip() == str(strace.pid), "strace to attach")
            check_paradox(fx, trace, init, strace.pid, "strace")
            wait_until(lambda: "SIGTERM" in (tmp_path / "out").read_text(), "strace to claim the signal")
        finally:
            strace.kill()
            strace.wait(DEADLINE_S)


def test_paradox_with_own_tracer(fixture, trace):
    fx, init = start_init(fixture)
    tracer = fixture(f"trace {init} pass")
    tracer.line("tracing")
    check_paradox(fx, trace, init, tracer.pid, "fixture-trace")


def test_tracer_swallows(fixture, trace):
    """No delivery at all: the tracer took the signal away."""
    fx = fixture("fork A [ ready pause ] ready pause")
    pid = fx.ready("A")
    tracer = fixture(f"trace {pid} swallow")
    tracer.line("tracing")
    t = trace("-p", pid)
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=pid).check({"result": "delivered", "cause": "ptraced"})
    tracer.line("trace-stop", sig=15)
    t.finish()
    assert not t.all("deliver", sig="TERM")


def test_tracer_and_sig_ign(fixture, trace):
    """A tracer gets to see even an ignored signal; afterwards it is ignored."""
    fx = fixture("fork A [ ignore TERM ready pause ] ready pause")
    pid = fx.ready("A")
    tracer = fixture(f"trace {pid} pass")
    tracer.line("tracing")
    t = trace("-p", pid)
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=pid).check({"result": "delivered", "cause": "ptraced", "target.disposition": "ignored"})
    t.wait("deliver", sig="TERM", to=pid).check(cause="sig_ign")
    t.finish()


def test_pid_namespace_of_an_unprivileged_user(fixture, trace):
    # In /tmp of an unprivileged user the fixture must be readable: it is run before the change of the uid.
    fx = fixture("setuid 65534 user-init A [ fork B [ ready serve {B} ] ready pause ] ready pause")
    fx.lines.wait(lambda line: line["kind"] in ("child", "fork-failed"), what="the namespace")
    if any(line["kind"] == "fork-failed" for line in fx.lines.items):
        pytest.skip("this kernel does not let an unprivileged user create a user and PID namespace")
    init, child = fx.ready("A"), fx.ready("B")
    t = trace("-p", init)
    fx.do("B", "send kill TERM 1")
    t.wait(sig="TERM", to=init, sender__tgid=child).check(DROPPED, **{"sender.uid": 65534, "sender.ns_tgid": 2})
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=init, sender__tgid=os.getpid()).check(DROPPED, **{"sender.uid": 0})
    t.finish()


def test_nested_namespaces(fixture, trace):
    """An init below an init: numbers are those of the innermost namespace; every ancestor may kill it."""
    fx = fixture("init A [ fork M [ ready serve {M} ] init B [ fork C [ ready serve {C} ] ready pause ] ready pause ]"
                 " ready pause")
    middle, inner, child = fx.ready("M"), fx.ready("B"), fx.ready("C")
    seen_from_the_middle = fx.line("child", child="B")["child_pid"]
    t = trace("-p", f"{inner},{child}")
    fx.do("C", "send kill KILL 1")
    t.wait(sig="KILL", to=inner, sender__tgid=child).check(DROPPED, **{
        "sender.ns_tgid": 2, "sender.pid_ns": pid_ns(inner), "target.pid_ns": pid_ns(inner)})
    fx.do("M", f"send kill TERM {seen_from_the_middle}")
    t.wait(sig="TERM", to=inner).check(DROPPED, **{"sender.tgid": middle, "sender.ns_tgid": 2, "sender.pid_ns": pid_ns(middle)})
    fx.do("M", f"send kill KILL {seen_from_the_middle}")
    t.wait(sig="KILL", to=inner, sender__tgid=middle).check({"result": "delivered", "cause": "default_terminate"})
    t.wait(sig="KILL", to=child).check({"sender.kind": "kernel"})
    t.finish(stop=None)


def test_global_init(trace):
    """SIGSTOP, because the kernel keeps it from the global init whoever sends it (sig_task_ignored)."""
    if os.environ.get("SIGTRACE_TEST_GLOBAL_INIT") != "1":
        pytest.skip("sends SIGSTOP to PID 1 of this machine: only with SIGTRACE_TEST_GLOBAL_INIT=1; the VM tests do it")
    if pid_ns() != GLOBAL_PID_NS:
        pytest.skip("PID 1 here is not the global init")
    if proc_status(1)["TracerPid"].strip() != "0":
        pytest.skip("the global init is traced: SIGSTOP would stop it")
    t = trace("-p", 1, "-s", "STOP")
    os.kill(1, 19)
    t.wait(sig="STOP", to=1).check({"result": "ignored", "cause": "global_init", "target.namespace_init": True})
    t.finish()
