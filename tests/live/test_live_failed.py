# SPDX-License-Identifier: BSD-2-Clause
"""--failed: system calls that should have sent a signal, and why they did not."""

import os
import subprocess

import pytest

from harness import DEADLINE_S, SIGTRACE, ancestors, comm, pid_ns, wait_until

NOBODY = 65534
OTHER = 54321  # nobody's, and so is the next: nothing of theirs is pending anywhere


def user_ns(pid):
    return os.stat(f"/proc/{pid}/ns/user").st_ino


def start(fixture, sender="", target=""):
    """One sends, the other one should get it."""
    fx = fixture(f"fork T [ comm target {target} ready serve {{T}} ] fork S [ comm sender {sender} ready serve {{S}} ] ready pause")
    fx.ready()
    return fx, fx.ready("S"), fx.ready("T")


def send(fx, verbs):
    """Returns the errno."""
    return next(line for line in fx.do("S", verbs) if line["kind"] == "sent" and line["who"] == "S")["errno"]


def failed(t, pid, **facts):
    """The one line about that sender, with what every one has."""
    event = t.wait("send_failed", sender__tgid=pid, **facts)
    parents = ancestors(pid)[:8]
    return event.check({
        "sender.kind": "user", "sender.tid": pid, "sender.comm": comm(pid), "sender.pid_ns": pid_ns(pid),
        "sender.user_ns": user_ns(pid), "sender.ancestors": parents, "explanation": lambda text: text})


def only(t, count=1):
    t.finish()
    assert len(t.all("send_failed")) == count, t.all("send_failed")
    assert t.summary["events"] >= count


def words(event, *expected):
    for word in expected:
        assert word in event["explanation"], event["explanation"]


# --- EPERM ---


def test_other_user(fixture, trace):
    fx, sender, target = start(fixture, f"setuid {NOBODY}")
    t = trace("-p", target, "--failed")
    assert send(fx, f"send kill TERM {target}") == 1
    event = failed(t, sender).check({
        "syscall": "kill", "error": "EPERM", "cause": "eperm", "signal.number": 15, "signal.name": "SIGTERM",
        "sender.uid": NOBODY, "sender.euid": NOBODY, "target.argument": target, "target.tgid": target,
        "target.comm": "target", "target.uid": 0, "target.suid": 0, "target.pid_ns": pid_ns(target),
        "target.user_ns": user_ns(target)})
    words(event, str(NOBODY), "CAP_KILL", f"target[{target}]")
    only(t)
    assert not t.all("generate")


@pytest.mark.parametrize("direction", ["to", "from", "both", "all"])
def test_selection(fixture, trace, direction):
    """The target of what failed can be selected as well as its sender."""
    fx, sender, target = start(fixture, f"setuid {NOBODY}")
    select = {"to": ("-p", target, "--to"), "from": ("-p", sender, "--from"), "both": ("-p", f"{sender},{target}"),
              "all": ("-s", "USR1")}[direction]
    t = trace(*select, "--failed")
    send(fx, f"send kill USR1 {target}")
    failed(t, sender).check({"error": "EPERM", "target.tgid": target})
    t.finish()
    assert len([event for event in t.all("send_failed") if event["sender"]["tgid"] == sender]) == 1


def test_not_the_other_direction(fixture, trace):
    fx, sender, target = start(fixture, f"setuid {NOBODY}")
    t1 = trace("-p", target, "--from", "--failed")
    t2 = trace("-p", sender, "--to", "--failed")
    witness = trace("-p", sender, "--from", "--failed")
    send(fx, f"send kill USR1 {target}")
    failed(witness, sender)
    only(witness)
    for t in (t1, t2):
        t.finish()
        assert not t.all("send_failed")


def test_somebody_else(fixture, trace):
    fx, sender, target = start(fixture, f"setuid {NOBODY}")
    t = trace("-p", f"{fx.pid}", "--failed")
    send(fx, f"send kill USR1 {target}")
    send(fx, f"send kill USR1 {fx.pid}")
    failed(t, sender).check({"target.tgid": fx.pid})
    only(t)


def test_only_selected_signals(fixture, trace):
    fx, sender, target = start(fixture, f"setuid {NOBODY}")
    t = trace("-p", target, "--failed", "-s", "USR2")
    send(fx, f"send kill USR1 {target}")
    send(fx, f"send kill USR2 {target}")
    failed(t, sender).check({"signal.name": "SIGUSR2"})
    only(t)


def test_root_without_cap_kill(fixture, trace):
    """What a container's root is without the capability."""
    fx, sender, target = start(fixture, "drop-cap-kill", f"setuid {NOBODY}")
    t = trace("-p", target, "--failed")
    assert send(fx, f"send kill TERM {target}") == 1
    event = failed(t, sender).check({
        "error": "EPERM", "cause": "eperm", "sender.uid": 0, "sender.euid": 0, "target.uid": NOBODY, "target.suid": NOBODY,
        "remedy": lambda text: "CAP_KILL" in text})
    words(event, "CAP_KILL", str(NOBODY))
    only(t)


def test_root_of_another_user_namespace(fixture, trace):
    """All capabilities, but not here."""
    fx, sender, target = start(fixture, "user-ns", f"setuid {NOBODY}")
    assert user_ns(sender) != user_ns(target)
    t = trace("-p", target, "--failed")
    assert send(fx, f"send kill TERM {target}") == 1
    event = failed(t, sender).check({"error": "EPERM", "cause": "eperm", "target.user_ns": user_ns(target)})
    words(event, "user namespace")
    only(t)


@pytest.mark.parametrize("verb", ["refuse-kill", "landlock"])
@pytest.mark.parametrize("whose", ["", f"setuid {NOBODY}"], ids=["same-user", "capability"])
def test_security_module_or_seccomp(fixture, trace, verb, whose):
    """The credentials would have allowed it: something else did not."""
    fx, sender, target = start(fixture, verb, whose)
    if verb == "landlock" and fx.line("landlock")["errno"]:
        pytest.skip("this kernel has no Landlock that scopes signals (6.12)")
    t = trace("-p", target, "--failed")
    assert send(fx, f"send kill TERM {target}") == 1
    event = failed(t, sender).check({"error": "EPERM", "cause": "eperm", "target.tgid": target, "sender.uid": 0})
    words(event, "security module", "CAP_KILL" if whose else "allow")
    if verb == "refuse-kill":
        words(event, "seccomp")
    assert "lacks" not in event["explanation"], event["explanation"]
    only(t)


@pytest.mark.parametrize("code", [0, -6])
@pytest.mark.parametrize("how", ["sigqueue", "tgsigqueue"])
def test_forged_siginfo(fixture, trace, how, code):
    """Only the kernel, kill() and tkill() may say so."""
    fx, sender, target = start(fixture)
    t = trace("-p", target, "--failed")
    assert send(fx, f"forge {code} {how} USR1 {target}") == 1
    failed(t, sender).check({
        "syscall": f"rt_{how}info", "error": "EPERM", "cause": "eperm", "code.value": code,
        "explanation": lambda text: "si_code" in text or "siginfo" in text})
    only(t)


# --- ESRCH, EINVAL, EAGAIN ---


def test_nobody_there(fixture, trace):
    fx, sender, _ = start(fixture)
    t = trace("-p", sender, "--failed", "--from")
    fx.do("S", "fork G [ exit 0 ] wait G")
    gone = fx.line("child", child="G")["child_pid"]
    for syscall, verbs in {"kill": f"kill TERM {gone}", "tkill": f"tkill TERM {gone}", "tgkill": f"tgkill TERM {gone}:{gone}",
                           "rt_sigqueueinfo": f"sigqueue TERM {gone}",
                           "rt_tgsigqueueinfo": f"tgsigqueue TERM {gone}:{gone}"}.items():
        assert send(fx, f"send {verbs}") == 3
        failed(t, sender, syscall=syscall).check({
            "error": "ESRCH", "cause": "esrch", "target.argument": gone, "target.tgid": None, "target.comm": None,
            "target.uid": None})
    only(t, 5)


def test_empty_group(fixture, trace):
    fx, sender, target = start(fixture)
    t = trace("-p", sender, "--failed")
    assert send(fx, f"send kill TERM -{target}") == 3
    event = failed(t, sender).check({"error": "ESRCH", "cause": "esrch", "target.argument": -target, "target.tgid": None})
    words(event, "group", str(target))
    only(t)


def test_thread_of_another_process(fixture, trace):
    fx, sender, target = start(fixture)
    t = trace("-p", sender, "--failed")
    assert send(fx, f"send tgkill USR1 {target}:{fx.pid}") == 3
    event = failed(t, sender).check({
        "syscall": "tgkill", "error": "ESRCH", "cause": "esrch", "target.argument": target, "target.argument_tid": fx.pid})
    words(event, str(target), str(fx.pid))
    only(t)


@pytest.mark.parametrize("verbs, syscall, number", [
    ("send kill 65 {}", "kill", 65), ("send tgkill 100 {}", "tgkill", 100), ("send sigqueue 65 {}", "rt_sigqueueinfo", 65)])
def test_no_such_signal(fixture, trace, verbs, syscall, number):
    fx, sender, target = start(fixture)
    t = trace("-p", target, "--failed")
    assert send(fx, verbs.format(target)) == 22
    event = failed(t, sender).check({
        "syscall": syscall, "error": "EINVAL", "cause": "einval", "signal.number": number, "signal.name": None,
        "target.tgid": target})
    words(event, str(number))
    only(t)


@pytest.mark.parametrize("flags, sig", [(1 << 30, 15), (0, 65)])
def test_pidfd(fixture, trace, flags, sig):
    """Whose descriptor it is is not followed up: the sender is known, and what it named."""
    fx, sender, target = start(fixture)
    t = trace("-p", sender, "--failed")
    fx.do("S", f"pidfd-flags {flags} {sig} {target}")
    sent = fx.line("sent")
    assert sent["errno"] == 22
    failed(t, sender).check({
        "syscall": "pidfd_send_signal", "error": "EINVAL", "cause": "einval", "signal.number": sig,
        "signal.name": "SIGTERM" if sig == 15 else None, "target.argument": sent["fd"], "target.tgid": None})
    only(t)


def test_queue_is_full(fixture, trace):
    fx, sender, target = start(fixture, f"setuid {OTHER}", f"setuid {OTHER} rlimit sigpending 1 block RTMIN+1")
    t = trace("-p", target, "--failed")
    assert send(fx, f"send sigqueue RTMIN+1 {target}") == 0
    assert send(fx, f"send sigqueue RTMIN+1 {target}") == 11
    event = failed(t, sender).check({
        "syscall": "rt_sigqueueinfo", "error": "EAGAIN", "cause": "eagain", "signal.number": 35, "target.tgid": target})
    words(event, "RLIMIT_SIGPENDING")
    only(t)
    # The kernel has an event for this one: what it says is the same.
    assert [one["cause"] for one in t.all("generate", sig="RTMIN+1")][1:] == ["eagain"]


def test_queue_of_its_own_is_full(fixture, trace):
    fx = fixture(f"setuid {OTHER + 1} rlimit sigpending 3 ready serve {{main}}")
    pid = fx.ready()
    t = trace("-p", pid, "--failed")
    filled = next(line for line in fx.do("main", "fill RTMIN+2") if line["kind"] == "fill")
    assert filled["errno"] == 11 and filled["queued"] == 3
    t.wait("send_failed", sender__tgid=pid).check({"error": "EAGAIN", "target.tgid": pid, "target.uid": OTHER + 1})
    only(t)


# --- Signal 0 ---


def test_probes_are_hidden(fixture, trace):
    fx, sender, target = start(fixture, f"setuid {NOBODY}")
    t = trace("-p", sender, "--failed")
    before = [send(fx, f"send kill 0 {target}"), send(fx, f"send pidfd 0 {target}")]
    assert before == [1, 1]
    send(fx, f"send kill TERM {target}")
    failed(t, sender).check({"signal.name": "SIGTERM"})
    only(t)
    assert t.summary["hidden"] == 2


@pytest.mark.parametrize("signals, names", [("0", [None]), ("0,TERM", [None, "SIGTERM"])])
def test_probes_that_are_asked_for(fixture, trace, signals, names):
    fx, sender, target = start(fixture, f"setuid {NOBODY}")
    t = trace("-p", sender, "--failed", "-s", signals)
    for sig in (0, "TERM", "USR1"):
        send(fx, f"send kill {sig} {target}")
    wait_until(lambda: len([one for one in list(t.events.items) if one["type"] == "send_failed"]) >= len(names), "the lines")
    t.finish()
    events = t.all("send_failed")
    assert [event["signal"].get("name") for event in events] == names
    events[0].check({"signal.number": 0, "error": "EPERM", "cause": "eperm"})
    assert t.summary["hidden"] == 0


def test_probes_need_the_option():
    done = subprocess.run([SIGTRACE, "-s", "0"], capture_output=True, text=True, check=False, timeout=DEADLINE_S)
    assert done.returncode == 2 and "--failed" in done.stderr


# --- What is no failure ---


def test_only_when_asked_for(fixture, trace):
    fx, sender, target = start(fixture, f"setuid {NOBODY}")
    t = trace("-p", target)
    asked = trace("-p", target, "--failed")
    send(fx, f"send kill TERM {target}")
    failed(asked, sender)
    fx.kill("TERM", "T")
    t.wait("exit", to=target)
    asked.finish(stop=None)
    t.finish(stop=None)
    assert not t.all("send_failed")


def test_success_is_no_failure(fixture, trace):
    fx, sender, target = start(fixture, "", "catch USR1")
    t = trace("-p", target, "--failed")
    for how in ("kill", "tkill", "tgkill", "sigqueue", "tgsigqueue", "pidfd"):
        assert send(fx, f"send {how} USR1 {target}") == 0
    t.finish()
    assert len(t.all("generate", sig="USR1")) == 6 and not t.all("send_failed")


def test_problems_only_shows_them(fixture, trace):
    fx, sender, target = start(fixture, f"setuid {NOBODY}")
    t = trace("-p", target, "--failed", "-x")
    send(fx, f"send kill TERM {target}")
    failed(t, sender).check({"cause": "eperm"})
    only(t)


def test_they_count(fixture, trace):
    fx, sender, target = start(fixture, f"setuid {NOBODY}")
    t = trace("-p", target, "--failed", "-n", 2)
    send(fx, f"send kill TERM {target}")
    send(fx, f"send kill INT {target}")
    t.finish(stop=None)
    assert [one["type"] for one in t.events.items] == ["send_failed", "send_failed", "summary"]


def test_from_inside_a_namespace(fixture, trace):
    """The number is the namespace's; who that is on the host is told."""
    fx = fixture(f"init I [ fork S [ comm sender setuid {NOBODY} ready serve {{S}} ] comm boss ready pause ] ready pause")
    init, sender = fx.ready("I"), fx.ready("S")
    t = trace("-p", init, "--failed")
    assert send(fx, "send kill TERM 1") == 1
    failed(t, sender).check({
        "error": "EPERM", "sender.ns_tgid": 2, "target.argument": 1, "target.tgid": init, "target.ns_tgid": 1,
        "target.comm": "boss"})
    only(t)


# --- For people ---


def test_text(fixture):
    fx, sender, target = start(fixture, f"setuid {NOBODY}")
    process = subprocess.Popen([SIGTRACE, "-p", str(sender), "--failed", "-n", "2"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if line.startswith("sigtrace: tracing"):
                break
        fx.do("S", "fork G [ exit 0 ] wait G")
        gone = fx.line("child", child="G")["child_pid"]
        send(fx, f"send kill TERM {target}")
        send(fx, f"send kill TERM {gone}")
        out, err = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0, err
    finally:
        process.kill()
    lines = [line.split() for line in out.splitlines()]
    assert [line[1:5] for line in lines if "EPERM" in line] == [
        ["SIGTERM", f"sender[{sender}]", f"target[{target}]", "EPERM"]], out
    [esrch] = [line for line in out.splitlines() if "ESRCH" in line]
    assert esrch.split()[1:3] == ["SIGTERM", f"sender[{sender}]"] and str(gone) in esrch, out
