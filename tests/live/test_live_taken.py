# SPDX-License-Identifier: BSD-2-Clause
"""Signals that somebody takes out of their queue without a delivery: sigtimedwait() and signalfds."""

import os
import shutil
import signal
import subprocess

import pytest

from harness import DEADLINE_S, FIXTURE, SIGTRACE, comm, proc_status, signal_number, wait_sigwait, wait_state

HOW = {"sigtimedwait": "sigtimedwait", "sigwaitinfo": "sigtimedwait", "signalfd-epoll": "signalfd",
       "signalfd-read": "signalfd"}
US = {"after.sender.kind": "user", "after.sender.tgid": os.getpid(), "after.sender.comm": comm(os.getpid())}


def wait_taker(pid, how, sig):
    if how.startswith("signalfd"):
        wait_state(pid, "S")
    else:
        wait_sigwait(pid, sig)


def take(fixture, how, sigs, **popen):
    """A process that does nothing but take signals, and waits for the next one."""
    fx = fixture(f"fork A [ take {how} {sigs} ] ready pause", **popen)
    pid = fx.line("taking")["host_pid"]
    wait_taker(pid, how, sigs.split(",")[0])
    return fx, pid


@pytest.mark.parametrize("sig", ["TERM", "RTMIN+3"])
@pytest.mark.parametrize("how", HOW)
def test_taken(fixture, trace, how, sig):
    _, pid = take(fixture, how, sig)
    t = trace("-p", pid)
    os.kill(pid, signal_number(sig))
    event = t.wait("taken", sig=sig, to=pid)
    generated = t.wait(sig=sig, to=pid)
    name = generated["signal"]["name"]
    event.check(US, **{
        "by": HOW[how], "signal.name": name, "process.tgid": pid, "process.comm": comm(pid), "after.signal": name,
        "after.became": None, "after.elapsed_ns": lambda ns: ns > 0, "cause": None})
    assert generated["boot_ns"] + event["after"]["elapsed_ns"] == event["boot_ns"]
    t.finish()
    assert [one["type"] for one in t.events.items] == ["generate", "taken", "summary"]


@pytest.mark.parametrize("how", HOW)
def test_again_and_again(fixture, trace, how):
    """One line for each that was sent; none is said twice, and none is missing."""
    fx, pid = take(fixture, how, "TERM,USR1,RTMIN+3")
    t = trace("-p", pid)
    sigs = ("TERM", "USR1", "RTMIN+3", "TERM", "USR1")
    for number, sig in enumerate(sigs, 1):
        start = t.mark()
        wait_taker(pid, how, sig)
        os.kill(pid, signal_number(sig))
        fx.lines.wait(lambda _, n=number: sum(line["kind"] == "took" for line in fx.lines.items) == n, what=f"{number} taken")
        t.wait("taken", sig=sig, to=pid, start=start)
    t.finish()
    assert [one["signal"]["number"] for one in t.all("taken")] == [signal_number(sig) for sig in sigs]
    assert {one.get("by") for one in t.all("taken")} == {HOW[how]}
    assert not t.all("deliver")


def test_taken_by_a_thread(fixture, trace):
    """Of the process's queue, while the main thread does something else; and of its own."""
    fx = fixture("fork A [ block TERM,USR1 thread T [ take sigwaitinfo TERM,USR1 ] ready pause ] ready pause")
    pid, tid = fx.ready("A"), fx.line("taking")["host_tid"]
    wait_sigwait(pid, "TERM", tid)
    t = trace("-p", pid)
    os.kill(pid, signal.SIGTERM)
    t.wait("taken", sig="TERM", to=pid).check({"by": "sigtimedwait"})
    wait_sigwait(pid, "USR1", tid)
    sender = fixture("ready serve {main}")
    sender.ready()
    sender.do("main", f"send tgkill USR1 {pid}:{tid}")
    t.wait("taken", sig="USR1", to=pid).check({"by": "sigtimedwait", "after.sender.tgid": sender.pid})
    t.finish()


def test_taken_much_later(fixture, trace):
    """Blocked first, and somebody asks for it when he has time."""
    fx = fixture("fork A [ block TERM ready serve {A} ] ready pause")
    pid = fx.ready("A")
    _, other = take(fixture, "sigwaitinfo", "TERM")
    t = trace("-p", f"{pid},{other}")
    fx.kill("TERM", "A")
    os.kill(other, signal.SIGTERM)
    t.wait("taken", sig="TERM", to=other)
    assert not [one for one in list(t.events.items) if one["type"] == "taken" and one.process["tgid"] == pid]
    fx.do("A", "sigwait TERM")
    taken = t.wait("taken", sig="TERM", to=pid)
    t.finish()
    [first] = t.all("taken", to=other)
    assert taken["boot_ns"] > first["boot_ns"]
    assert len(t.all("taken")) == 2


def test_namespace_init(fixture, trace):
    fx = fixture("init A [ take sigtimedwait TERM ] ready pause")
    init = fx.line("taking")["host_pid"]
    wait_sigwait(init, "TERM")
    t = trace("-p", init)
    os.kill(init, signal.SIGTERM)
    t.wait("taken", sig="TERM", to=init).check({"by": "sigtimedwait", "process.ns_tgid": 1})
    t.finish()


# --- What is not taken ---


class Clock:
    """Time as the trace sees it: another process's signals that are taken one after the other."""

    def __init__(self, fixture):
        self.fx, self.pid = take(fixture, "sigwaitinfo", "USR1")

    def passes(self, t, ns):
        """Until so much time has passed in events; the trace looked at everything that was due meanwhile."""
        first = None
        while True:
            wait_sigwait(self.pid, "USR1")
            start = t.mark()
            os.kill(self.pid, signal.SIGUSR1)
            event = t.wait("taken", sig="USR1", to=self.pid, start=start)
            first = first or event["boot_ns"]
            if event["boot_ns"] - first >= ns:
                return


MOMENT_NS = 300_000_000


def test_nobody_takes_it(fixture, trace):
    fx = fixture("fork A [ block TERM,RTMIN+1 ready serve {A} ] ready pause")
    pid = fx.ready("A")
    clock = Clock(fixture)
    t = trace("-p", f"{pid},{clock.pid}")
    fx.kill("TERM", "A")
    fx.kill("RTMIN+1", "A")
    clock.passes(t, MOMENT_NS)
    fx.start_do("A", "exit 0")
    t.wait("exit", to=pid)
    clock.passes(t, MOMENT_NS)
    t.finish()
    assert not t.all("taken", to=pid)


def test_unblocked_later(fixture, trace):
    fx = fixture("fork A [ catch TERM,USR2 block TERM,USR2 ready serve {A} ] ready pause")
    pid = fx.ready("A")
    clock = Clock(fixture)
    t = trace("-p", f"{pid},{clock.pid}")
    fx.kill("TERM", "A")
    fx.kill("USR2", "A")
    clock.passes(t, MOMENT_NS)
    fx.do("A", "unblock TERM,USR2")
    t.wait("deliver", sig="TERM", to=pid)
    t.wait("deliver", sig="USR2", to=pid)
    clock.passes(t, MOMENT_NS)
    t.finish()
    assert not t.all("taken", to=pid)


def test_ignored_while_pending(fixture, trace):
    """sigaction() throws it away; nobody took it."""
    fx = fixture("fork A [ block TERM ready serve {A} ] ready pause")
    pid = fx.ready("A")
    clock = Clock(fixture)
    t = trace("-p", f"{pid},{clock.pid}")
    fx.kill("TERM", "A")
    clock.passes(t, MOMENT_NS)
    fx.do("A", "ignore TERM")
    clock.passes(t, 2 * MOMENT_NS)
    t.finish()
    assert proc_status(pid)["ShdPnd"].strip("0") == ""
    assert not t.all("taken", to=pid)


@pytest.mark.parametrize("first, then", [("TSTP", "CONT"), ("CONT", "TSTP")])
def test_job_control(fixture, trace, first, then):
    """A stop signal and SIGCONT throw each other out of the queue."""
    fx = fixture("fork A [ catch TSTP,CONT block TSTP,CONT ready serve {A} ] ready pause")
    pid = fx.ready("A")
    clock = Clock(fixture)
    t = trace("-p", f"{pid},{clock.pid}", "-s", "TSTP,CONT,USR1")
    fx.kill(first, "A")
    clock.passes(t, MOMENT_NS)
    fx.kill(then, "A")
    clock.passes(t, MOMENT_NS)
    t.finish()
    assert int(proc_status(pid)["ShdPnd"], 16) == 1 << (signal_number(then) - 1)
    assert not t.all("taken", to=pid)


def test_the_thread_it_was_for_ends(fixture, trace):
    fx = fixture("fork A [ block USR2 thread T [ ready serve {T} ] ready pause ] ready pause")
    pid, tid = fx.ready("A"), fx.tid("T")
    clock = Clock(fixture)
    t = trace("-p", f"{pid},{clock.pid}")
    sender = fixture("ready serve {main}")
    sender.ready()
    sender.do("main", f"send tgkill USR2 {pid}:{tid}")
    clock.passes(t, MOMENT_NS)
    fx.start_do("T", "exit-thread")
    clock.passes(t, 2 * MOMENT_NS)
    t.finish()
    assert not os.path.exists(f"/proc/{pid}/task/{tid}")
    assert not t.all("taken", to=pid)


def test_swallowed_by_a_tracer(fixture, trace):
    fx = fixture("fork A [ ready pause ] ready pause")
    pid = fx.ready("A")
    clock = Clock(fixture)
    tracer = fixture(f"trace {pid} swallow")
    tracer.line("tracing")
    t = trace("-p", f"{pid},{clock.pid}")
    fx.kill("TERM", "A")
    tracer.line("trace-stop")
    clock.passes(t, MOMENT_NS)
    t.finish()
    assert not t.all("taken", to=pid)


def test_delivered_is_not_taken(fixture, trace):
    """A flood of what is caught, blocked and unblocked: every one has its delivery."""
    fx = fixture("fork A [ quiet catch USR2,RTMIN+2 ready serve {A} ] ready pause")
    pid = fx.ready("A")
    clock = Clock(fixture)
    t = trace("-p", f"{pid},{clock.pid}")
    for _ in range(20):
        fx.do("A", "block USR2,RTMIN+2 send kill USR2 self send sigqueue RTMIN+2 self unblock USR2,RTMIN+2")
    clock.passes(t, MOMENT_NS)
    t.finish()
    assert len(t.all("deliver", to=pid)) == 40 and not t.all("taken", to=pid)


# --- Small inits ---


@pytest.mark.parametrize("init", ["tini", "dumb-init"])
def test_init_that_forwards(fixture, trace, init):
    """lfn-cnti#2326 called this a failure: the init takes the wish without a handler and passes it on."""
    if not shutil.which(init):
        pytest.skip(f"{init} is not installed")
    fx = fixture("comm app catch TERM ready serve {main}",
                 program=("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", init, "--", FIXTURE))
    # With its own /proc the fixture knows its number in there only.
    fx.line("ready")
    wrapper = fx.pid
    [pid] = children(wrapper)
    [app] = children(pid)
    assert comm(pid) == init and comm(app) == "app"
    wait_sigwait(pid, "TERM")
    t = trace("-p", f"{pid},{app}")
    os.kill(pid, signal.SIGTERM)
    t.wait(sig="TERM", to=pid).check({"target.namespace_init": True, "result": "delivered"})
    t.wait("taken", sig="TERM", to=pid).check(US, **{
        "by": "sigtimedwait", "process.comm": init, "process.ns_tgid": 1, "after.signal": "SIGTERM"})
    t.wait(sig="TERM", to=app).check({"sender.tgid": pid, "sender.comm": init, "cause": "caught"})
    # One that ends at once leaves nobody who could be asked what became of the signal.
    fx.start_do("main", "exit 5")
    t.wait("exit", to=app).check({"status.code": 5, "after.sender.comm": init, "after.became": "handled"})
    t.wait("exit", to=pid).check({"status.code": 5})
    t.finish(stop=None)
    assert fx.wait() == 5
    assert not t.all("deliver", sig="TERM", to=pid) and not t.all("taken", to=app)


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


# --- For people ---


@pytest.mark.parametrize("how, words", [("sigwaitinfo", "sigtimedwait()"), ("signalfd-epoll", "signalfd")])
def test_text(fixture, how, words):
    fx, pid = take(fixture, how, "TERM")
    process = subprocess.Popen([SIGTRACE, "-p", str(pid), "-n", "2"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if line.startswith("sigtrace: tracing"):
                break
        os.kill(pid, signal.SIGTERM)
        fx.line("took")
        out, err = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0, err
    finally:
        process.kill()
    [line] = [line for line in out.splitlines() if "taken" in line]
    assert line.split()[1] == "SIGTERM" and f"[{pid}] -> taken" in " ".join(line.split()), out
    assert words in " ".join(out.split()) and "within" in out, out
