# SPDX-License-Identifier: BSD-2-Clause
"""--deadline: processes that were asked to end and have not, and what holds them."""

import os
import re
import signal
import subprocess

import pytest

from harness import DEADLINE_S, FIXTURE, SIGTRACE, Event, Lines, _parse_fixture_line, comm, wait_state
from inspection import needs

DEADLINE_NS = 500_000_000
TICK_NS = 10_000_000
ASKED = ("--deadline", "500ms")
SENDER = {"after.sender.kind": "user", "after.sender.tgid": os.getpid(), "after.sender.comm": comm(os.getpid())}


def start(fixture, verbs="", tail="pause", how="fork"):
    fx = fixture(f"{how} A [ comm app {verbs} ready {tail} ] ready wait A pause")
    fx.ready()
    return fx, fx.ready("A")


def findings(event):
    """What holds it, by rule."""
    return {finding["rule"]: Event(finding) for finding in event["stuck"]["findings"]}


def alive(t, sig, pid, became, start=0):
    """The line of the first deadline, with what every one has."""
    event = t.wait("still_alive", to=pid, start=start)
    sent = t.wait(sig=sig, to=pid)
    event.check(SENDER, **{
        "process.tgid": pid, "process.comm": comm(pid), "after.signal": sent["signal"]["name"], "after.became": became,
        "after.elapsed_ns": lambda ns: ns >= DEADLINE_NS, "stuck.explanation": lambda text: text, "signal": None,
        "cause": None})
    assert sent["boot_ns"] + event["after"]["elapsed_ns"] == event["boot_ns"]
    assert findings(event), event
    return event


def only(t, count=1):
    t.finish()
    assert len(t.all("still_alive")) == count


@pytest.mark.parametrize("sig", ["TERM", "INT", "QUIT", "HUP"])
def test_a_handler_that_does_not_end_it(fixture, trace, sig):
    fx, pid = start(fixture, f"catch {sig}")
    t = trace("-p", pid, *ASKED)
    fx.kill(sig, "A")
    event = alive(t, sig, pid, "handled")
    sleeps = findings(event)["sleeping"]["explanation"]
    assert "poll" in sleeps
    # The handler interrupted its sleep: it cannot have slept longer than since then, but for the tick that clocks have.
    # The kernel forgets it when it moves the sleeper to another CPU (6.12 and later): then nothing is said.
    asleep = re.search(r" for ([0-9.]+) (ms|s)$", sleeps)
    asleep_ns = float(asleep[1]) * (1_000_000 if asleep[2] == "ms" else 1_000_000_000) if asleep else 0
    assert asleep_ns <= event["after"]["elapsed_ns"] + 2 * TICK_NS, event
    assert asleep or " for " not in sleeps
    only(t)


@pytest.mark.parametrize("sig", ["USR1", "RTMIN+3"])
def test_the_selected_signal(fixture, trace, sig):
    """STOPSIGNAL of an image: if that is what was asked for."""
    fx, pid = start(fixture, f"catch {sig}")
    t = trace("-p", pid, *ASKED, "-s", sig)
    fx.kill(sig, "A")
    alive(t, sig, pid, "handled")
    only(t)


def test_ignored(fixture, trace):
    fx, pid = start(fixture, "ignore TERM")
    t = trace("-p", pid, *ASKED)
    fx.kill("TERM", "A")
    alive(t, "TERM", pid, "ignored")
    only(t)


def test_namespace_init_without_a_handler(fixture, trace):
    fx, pid = start(fixture, how="init")
    t = trace("-p", pid, *ASKED)
    fx.kill("TERM", "A")
    alive(t, "TERM", pid, "ignored").check({"process.ns_tgid": 1})
    only(t)


def test_blocked(fixture, trace):
    fx, pid = start(fixture, "block TERM")
    t = trace("-p", pid, *ASKED)
    fx.kill("TERM", "A")
    event = alive(t, "TERM", pid, "pending").check({"stuck.reason": "pending"})
    assert "SIGTERM" in findings(event)["blocked"]["explanation"]
    only(t)


@pytest.mark.parametrize("how", ["sigwaitinfo", "signalfd-epoll"])
def test_taken(fixture, trace, how):
    """Taken without a delivery: it is not pending any more, and nobody may say so."""
    fx = fixture(f"fork A [ take {how} TERM ] ready pause")
    pid = fx.line("taking")["host_pid"]
    wait_state(pid, "S")
    t = trace("-p", pid, *ASKED)
    os.kill(pid, signal.SIGTERM)
    t.wait("taken", sig="TERM", to=pid)
    t.wait("still_alive", to=pid).check(SENDER, **{"after.signal": "SIGTERM", "after.became": None})
    only(t)


def test_stopped(fixture, trace):
    fx, pid = start(fixture)
    os.kill(pid, signal.SIGSTOP)
    wait_state(pid, "T")
    t = trace("-p", pid, *ASKED)
    fx.kill("TERM", "A")
    event = t.wait("still_alive", to=pid).check(SENDER, **{"after.signal": "SIGTERM"})
    assert "CONT" in findings(event)["stopped"]["remedy"]
    fx.kill("CONT", "A")
    t.wait("exit", to=pid).check({"status.signal": "SIGTERM"})
    t.finish(stop=None)
    assert len(t.all("still_alive")) == 1


def test_traced(fixture, trace):
    fx, pid = start(fixture)
    tracer = fixture(f"trace {pid} hold")
    tracer.line("held")
    t = trace("-p", pid, *ASKED)
    fx.kill("TERM", "A")
    event = t.wait("still_alive", to=pid).check(SENDER)
    findings(event)["traced"].check({"other.tgid": tracer.pid, "other.comm": "fixture-trace"})
    only(t)


@pytest.mark.parametrize("version", [1, 2])
def test_frozen(fixture, trace, freezer, version):
    fx, pid = start(fixture, "catch TERM")
    freezer(version, pid)
    t = trace("-p", pid, *ASKED)
    fx.kill("TERM", "A")
    event = t.wait("still_alive", to=pid).check(SENDER, **{"after.signal": "SIGTERM"})
    assert ("freezer.state" if version == 1 else "cgroup.freeze") in findings(event)["frozen"]["remedy"]
    only(t)


def test_even_sigkill(fixture, trace):
    """Held in its exit by a tracer: the last word was said, and still it is there."""
    fx, pid = start(fixture)
    tracer = fixture(f"trace {pid} hold-exit")
    tracer.line("tracing")
    t = trace("-p", pid, *ASKED)
    fx.kill("KILL", "A")
    tracer.line("held")
    event = t.wait("still_alive", to=pid).check(SENDER, **{"after.signal": "SIGKILL", "stuck.reason": "dying"})
    findings(event)["traced"].check({"other.tgid": tracer.pid})
    only(t)


def test_a_zombie_has_ended(fixture, trace):
    """Its parent does not reap it: that is another story."""
    fx = fixture("fork A [ ready pause ] fork B [ comm app catch TERM ready pause ] ready serve {main}")
    pid, other = fx.ready("A"), fx.ready("B")
    fx.ready()
    t = trace("-p", f"{pid},{other}", *ASKED)
    fx.kill("TERM", "A")
    wait_state(pid, "Z")
    fx.kill("TERM", "B")
    alive(t, "TERM", other, "handled")
    only(t)


def test_ends_in_time(fixture, trace):
    """Each of its own accord; one that is late shows that their time was over, too."""
    fx = fixture("fork A [ exit-on TERM=0 ready pause ] fork B [ ready pause ] fork C [ ignore TERM ready serve {C} ]"
                 " fork D [ comm app catch TERM ready pause ] ready wait A wait B wait C pause")
    pids = [fx.ready(who) for who in "ABCD"]
    t = trace("-p", ",".join(map(str, pids)), *ASKED)
    for who in "ABC":
        fx.kill("TERM", who)
    fx.start_do("C", "exit 0")
    fx.line("waited", child="C")
    fx.kill("TERM", "D")
    alive(t, "TERM", pids[3], "handled")
    only(t)


def test_signals_that_end_nothing(fixture, trace):
    fx = fixture("fork A [ catch USR1,CONT,WINCH,CHLD ready pause ] fork B [ comm app catch TERM ready pause ] ready pause")
    pid, other = fx.ready("A"), fx.ready("B")
    t = trace("-p", f"{pid},{other}", "-s", "1-64", *ASKED)
    for sig in ("USR1", "CONT", "WINCH", "CHLD"):
        fx.kill(sig, "A")
    fx.kill("TERM", "B")
    alive(t, "TERM", other, "handled")
    only(t)


def test_no_deadline(fixture, trace):
    fx, pid = start(fixture, "catch TERM")
    t = trace("-p", pid, "--deadline", "none")
    asked = trace("-p", pid, *ASKED)
    fx.kill("TERM", "A")
    alive(asked, "TERM", pid, "handled")
    asked.finish()
    fx.kill("KILL", "A")
    t.finish(stop=None)
    assert not t.all("still_alive")


def test_problems_only(fixture, trace):
    """-x knows nothing of what came before."""
    fx, pid = start(fixture, "ignore TERM")
    t = trace("-p", pid, "-x", *ASKED)
    asked = trace("-p", pid, *ASKED)
    fx.kill("TERM", "A")
    alive(asked, "TERM", pid, "ignored")
    asked.finish()
    fx.kill("KILL", "A")
    t.finish(stop=None)
    assert not t.all("still_alive")


@pytest.mark.parametrize("word", ["0", "none"])
def test_words_for_none(fixture, trace, word):
    fx, pid = start(fixture)
    t = trace("-p", pid, "--deadline", word)
    fx.kill("TERM", "A")
    t.finish(stop=None)


def test_bad_words():
    for word in ("", "5", "-5s", "soon"):
        done = subprocess.run([SIGTRACE, "--deadline", word], capture_output=True, text=True, check=False, timeout=DEADLINE_S)
        assert done.returncode == 2 and "--deadline" in done.stderr, word


def test_twice(fixture, trace):
    """The second deadline is at 30 s, which is why all that has to be seen there is seen by one test."""
    fx = fixture("deadline 120 fork A [ deadline 120 comm app catch TERM ready pause ]"
                 " fork B [ deadline 120 ignore TERM ready serve {B} ] fork C [ deadline 120 catch TERM ready pause ] ready pause")
    a, b, c = (fx.ready(who) for who in "ABC")
    t = trace("-p", f"{a},{b},{c}", *ASKED)
    for who in "ABC":
        fx.kill("TERM", who)
    for pid in (a, b, c):
        t.wait("still_alive", to=pid)
    fx.start_do("B", "exit 0")
    t.wait("exit", to=b)
    # SIGKILL is the last word, and it ends it.
    fx.kill("KILL", "C")
    t.wait("exit", to=c)
    start_at = t.events.items.index(t.wait("still_alive", to=a)) + 1
    t.events.wait(t._match("still_alive", None, a, {}), start_at, "the second deadline", deadline_s=30 + DEADLINE_S)
    only(t, 4)
    first, second = t.all("still_alive", to=a)
    assert second["after"]["elapsed_ns"] >= 30_000_000_000 > first["after"]["elapsed_ns"] >= DEADLINE_NS
    for key in ("signal", "sender", "became"):
        assert first["after"][key] == second["after"][key]
    assert len(t.all("still_alive", to=b)) == len(t.all("still_alive", to=c)) == 1


# --- Shells ---


@needs("bash")
def test_bash_defers_its_trap(trace):
    """moby#15402: the handler ran, and the trap runs when the foreground child has ended, not before."""
    argv = ("bash", "-c", f"trap 'exit 0' TERM; {FIXTURE} comm the-job ready pause; true")
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as bash:
        lines = Lines(bash.stdout, _parse_fixture_line)
        try:
            child = lines.items[lines.wait(lambda line: line["kind"] == "ready", what="the job")]["host_pid"]
            wait_state(bash.pid, "S")
            t = trace("-p", bash.pid, *ASKED, "--handlers")
            os.kill(bash.pid, signal.SIGTERM)
            delivered = t.wait("deliver", sig="TERM", to=bash.pid).check({"cause": "caught", "process.comm": "bash"})
            symbol = delivered["process"].get("handler_symbol")
            if symbol is not None:
                assert symbol.startswith("bash!"), symbol
            t.wait("handler_return", sig="TERM", to=bash.pid)
            event = alive(t, "TERM", bash.pid, "handled")
            findings(event)["waits_for_child"].check({"other.tgid": child, "other.comm": "the-job"})
            os.kill(child, signal.SIGKILL)
            t.wait("exit", to=bash.pid).check({"status.code": 0, "after.signal": "SIGTERM", "after.became": "handled"})
            t.finish(stop=None)
        finally:
            bash.kill()
            bash.wait(DEADLINE_S)
            lines.wait_end()


# --- For people ---


def test_text(fixture):
    fx = fixture("fork A [ comm app catch TERM ready pause ] fork B [ comm runc ready serve {B} ] ready pause")
    pid, sender = fx.ready("A"), fx.ready("B")
    process = subprocess.Popen([SIGTRACE, "-p", str(pid), *ASKED, "-n", "3"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if line.startswith("sigtrace: tracing"):
                break
        fx.do("B", f"send kill TERM {pid}")
        out, err = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0, err
    finally:
        process.kill()
    [line] = [line for line in out.splitlines() if "still alive" in line]
    assert line.split()[1:4] == ["-", "-", f"app[{pid}]"], out
    assert re.search(rf"after SIGTERM from runc\[{sender}\].*handled", line), out
    assert "sleeps in" in line and "poll" in line, out
