# SPDX-License-Identifier: BSD-2-Clause
"""A signal that came before its handler: ignored, and never sent again."""

import os
import signal
import subprocess
import time

import pytest

from harness import DEADLINE_S, FIXTURE, SIGTRACE, Lines, _parse_fixture_line, comm, wait_state, wait_until

SENDER = {"after.sender.kind": "user", "after.sender.tgid": os.getpid(), "after.sender.comm": comm(os.getpid())}


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


def installed(t, sig, pid, before_ns, not_before_ns, **facts):
    """
    The line, with what every one has: the signal came after `before_ns`, and the handler after `not_before_ns`.
    """
    event = t.wait("handler_installed", sig=sig, to=pid)
    ignored = t.wait(sig=sig, to=pid)
    event.check(SENDER, **{
        "after.signal": ignored["signal"]["name"], "after.became": None, "process.tgid": pid, "cause": None,
        "missing_ns": lambda ns: 0 <= ns <= event["after"]["elapsed_ns"], **facts})
    assert ignored["boot_ns"] + event["after"]["elapsed_ns"] == event["boot_ns"]
    assert before_ns < ignored["boot_ns"] < not_before_ns < event["boot_ns"]
    return event


def boot_ns():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


@pytest.mark.parametrize("sig", ["TERM", "HUP", "RTMIN+3"])
@pytest.mark.parametrize("how, verbs, cause", [
    ("init", "", "unkillable_sig_dfl"), ("fork", "ignore {}", "sig_ign")])
def test_a_handler_comes_too_late(fixture, trace, how, verbs, cause, sig):
    fx = fixture(f"{how} A [ {verbs.format(sig)} ready serve {{A}} ] ready pause")
    pid = fx.ready("A")
    t = trace("-p", pid)
    before = boot_ns()
    fx.kill(sig, "A")
    t.wait(sig=sig, to=pid).check({"result": "ignored", "cause": cause})
    after = boot_ns()
    fx.do("A", f"catch {sig}")
    done = boot_ns()
    event = installed(t, sig, pid, before, after, **{"process.comm": comm(pid)})
    assert event["missing_ns"] < done - before
    assert 0 < event["age_ns"] < after - start_ns(pid)
    t.finish()
    assert len(t.all("handler_installed")) == 1
    assert not t.all("deliver")


def test_ignored_by_default(fixture, trace):
    """SIGWINCH asks some servers to stop: before they have a handler, nothing tells the sender."""
    fx = fixture("fork A [ ready serve {A} ] ready pause")
    pid = fx.ready("A")
    t = trace("-p", pid, "-s", "WINCH")
    before = boot_ns()
    fx.kill("WINCH", "A")
    t.wait(sig="WINCH", to=pid).check({"result": "ignored", "cause": "sig_dfl_ignore"})
    after = boot_ns()
    fx.do("A", "catch WINCH")
    installed(t, "WINCH", pid, before, after)
    t.finish()


def start_ns(pid):
    """The beginning of the tick in which it started."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        ticks = int(file.read().rsplit(") ", 1)[1].split()[19])
    return ticks * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def test_an_exec_in_between(fixture, trace):
    """The entrypoint got it, and the application would have known what to do."""
    fx = fixture("init A [ comm entrypoint ready serve {A} ] ready pause")
    init = fx.ready("A")
    t = trace("-p", init)
    before = boot_ns()
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=init).check({"target.comm": "entrypoint", "cause": "unkillable_sig_dfl"})
    after = boot_ns()
    fx.start_do("A", "exec [ comm application catch TERM say up pause ]")
    fx.line("said")
    installed(t, "TERM", init, before, after, **{"process.ns_tgid": 1})
    t.finish()
    assert len(t.all("handler_installed")) == 1


def test_a_shell_that_execs(trace):
    """sh is the init of a container before it executes the application."""
    argv = ("unshare", "--pid", "--fork", "--kill-child", "sh", "-c", f"read line; exec {FIXTURE} catch TERM say up pause")
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        lines = Lines(process.stdout, _parse_fixture_line)
        try:
            wait_state(process.pid, "S")
            [init] = wait_children(process.pid)
            wait_state(init, "S")
            t = trace("-p", init)
            before = boot_ns()
            os.kill(init, signal.SIGTERM)
            t.wait(sig="TERM", to=init).check({"target.comm": "sh", "result": "ignored", "target.namespace_init": True})
            after = boot_ns()
            process.stdin.write(b"go\n")
            process.stdin.flush()
            lines.wait(lambda line: line["kind"] == "said", what="the application")
            installed(t, "TERM", init, before, after, **{
                "process.comm": os.path.basename(FIXTURE), "process.ns_tgid": 1, "age_ns": lambda ns: ns > 0})
            t.finish()
        finally:
            process.kill()
            process.wait(DEADLINE_S)
            lines.wait_end()


def wait_children(pid):
    return wait_until(lambda: [child for child in children(pid) if comm(child) == "sh"], "the init")


def test_the_next_signal_proves_it(fixture, trace):
    """Sent again, it is caught, and the line is there before that."""
    fx = fixture("init A [ ready serve {A} ] ready pause")
    init = fx.ready("A")
    t = trace("-p", init)
    fx.kill("TERM", "A")
    fx.do("A", "catch TERM")
    fx.kill("TERM", "A")
    fx.line("caught")
    t.wait("deliver", sig="TERM", to=init)
    t.finish()
    assert [one["type"] for one in t.events.items if one["type"] != "deliver"] == [
        "generate", "handler_installed", "generate", "summary"]


def test_which_signal_is_told(fixture, trace):
    """The last one before the handler, and each signal for itself."""
    fx = fixture("init A [ ready serve {A} ] ready pause")
    init = fx.ready("A")
    t = trace("-p", init)
    for sig in ("TERM", "INT", "TERM"):
        fx.kill(sig, "A")
    fx.do("A", "catch TERM")
    t.wait("handler_installed", sig="TERM", to=init)
    fx.do("A", "catch INT")
    t.wait("handler_installed", sig="INT", to=init)
    t.finish()
    assert [one["signal"]["name"] for one in t.all("handler_installed")] == ["SIGTERM", "SIGINT"]
    last = t.all(sig="TERM")[-1]
    [term] = t.all("handler_installed", sig="TERM")
    assert term["boot_ns"] - term["after"]["elapsed_ns"] == last["boot_ns"]


# --- What is none ---


def test_nobody_installs_one(fixture, trace):
    """A later process's line comes when this one's would have come long ago."""
    fx = fixture("init A [ ready serve {A} ] init B [ ready serve {B} ] ready pause")
    a, b = fx.ready("A"), fx.ready("B")
    t = trace("-p", f"{a},{b}")
    fx.kill("TERM", "A")
    fx.kill("TERM", "B")
    fx.do("A", "catch INT,HUP,USR1 block TERM ignore USR2")
    fx.do("B", "catch TERM")
    t.wait("handler_installed", sig="TERM", to=b)
    fx.start_do("A", "exit 0")
    t.wait("exit", to=a)
    t.finish()
    assert not t.all("handler_installed", to=a)


def test_it_was_there_in_time(fixture, trace):
    fx = fixture("init A [ catch TERM ready pause ] init B [ ready serve {B} ] ready pause")
    a, b = fx.ready("A"), fx.ready("B")
    t = trace("-p", f"{a},{b}")
    fx.kill("TERM", "A")
    fx.kill("TERM", "B")
    fx.do("B", "catch TERM")
    t.wait("handler_installed", sig="TERM", to=b)
    t.finish()
    assert not t.all("handler_installed", to=a)


# --- For people ---


def test_text(fixture):
    fx = fixture("init A [ comm app ready serve {A} ] fork B [ comm runc ready serve {B} ] ready pause")
    init, sender = fx.ready("A"), fx.ready("B")
    process = subprocess.Popen([SIGTRACE, "-p", str(init), "-n", "2"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if line.startswith("sigtrace: tracing"):
                break
        fx.do("B", f"send kill TERM {init}")
        fx.do("A", "catch TERM")
        out, err = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0, err
    finally:
        process.kill()
    lines = out.splitlines()
    [late] = [line for line in lines if "-> too early" in line]
    assert late.split()[1:4] == ["SIGTERM", "-", f"app[{init},"], out
    assert f"SIGTERM from runc[{sender}]" in late, out
    assert any("again" in line for line in lines[lines.index(late) + 1:]), "no remedy:\n" + out
