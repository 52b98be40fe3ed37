# SPDX-License-Identifier: BSD-2-Clause
"""--absent: that a signal was not generated is said only where nothing can have been missed, and has its own exit status."""

import os
import signal

import pytest

from containers import run
from harness import FIXTURE, wait_state


@pytest.fixture
def target(fixture):
    """A process that ignores what these tests send."""
    return fixture("ignore TERM ignore USR1 ignore USR2 ready pause").ready()


def test_finding(target, trace):
    t = trace("-p", target, "-s", "TERM,USR1", "--absent", "1s")
    os.kill(target, signal.SIGUSR2)
    t.finish(code=1, stop=None)
    [absent] = t.all("absent")
    absent.check(signals=["SIGUSR1", "SIGTERM"], selection=f"process {target}", waited_ns=1_000_000_000)


def test_text_has_it_before_the_summary(target):
    done = run("-p", target, "-s", "TERM", "--absent", "1s")
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[-1] == f"no SIGTERM was generated for process {target} in 1 s"


def test_any_result_counts(target, trace):
    """An ignored signal was generated: there is no finding, and the trace goes on."""
    t = trace("-p", target, "-s", "TERM", "--absent", "500ms", "-d", "2s")
    os.kill(target, signal.SIGTERM)
    t.finish(stop=None)
    assert t.all(sig="TERM", to=target) and not t.all("absent")


def test_sent_by_it_does_not_count(fixture, trace, target):
    sender = fixture(f"ready send kill TERM {target} pause").ready()
    t = trace("-p", sender, "-s", "TERM", "--absent", "1s")
    t.finish(code=1, stop=None)
    assert t.all("absent")


def test_as_long_as_the_trace(target, trace):
    t = trace("-p", target, "-s", "TERM", "--absent", "1s", "-d", "1s")
    t.finish(code=1, stop=None)
    assert t.all("absent")


def test_interrupted_is_inconclusive(target, trace):
    t = trace("-p", target, "-s", "TERM", "--absent", "5m")
    t.finish(code=5)
    assert not t.all("absent")
    assert any("--absent" in line and "before its time was over" in line for line in t.messages.items)


def test_interrupted_after_it_came(target, trace):
    t = trace("-p", target, "-s", "TERM", "--absent", "5m")
    os.kill(target, signal.SIGTERM)
    t.wait(sig="TERM", to=target)
    t.finish()


def test_its_end_concludes(fixture, trace):
    """What has ended gets no signal any more."""
    target = fixture("ready pause").ready()
    t = trace("-p", target, "-s", "USR1", "--absent", "5m")
    os.kill(target, signal.SIGKILL)
    t.finish(code=1, stop=None)
    [absent] = t.all("absent")
    absent.check(waited_ns=lambda waited: waited < 300_000_000_000)


def test_of_a_command():
    done = run("-s", "USR1", "--absent", "5m", "--", FIXTURE, "exit", "0")
    assert done.returncode == 1, done.stderr
    assert f"no SIGUSR1 was generated for command {FIXTURE}" in " ".join(done.stdout.split())


@pytest.mark.parametrize("repeat", range(5))
def test_of_a_command_whose_end_is_counted(repeat):
    """-n ends the trace with the line of the command's end, and that end is the answer."""
    done = run("-s", "USR1", "--absent", "5m", "-n", "1", "--", FIXTURE, "exit", "7")
    assert done.returncode == 1, done.stderr
    assert f"no SIGUSR1 was generated for command {FIXTURE}" in " ".join(done.stdout.split())
    assert "before its time was over" not in done.stderr


def test_of_processes_whose_end_is_counted(fixture, trace):
    target = fixture("ready pause").ready()
    t = trace("-p", target, "-s", "USR1", "--absent", "5m", "-n", "1")
    os.kill(target, signal.SIGKILL)
    t.finish(code=1, stop=None)
    assert t.all("absent") and t.all("exit", to=target)


def test_what_comes_after_the_count(fixture, trace, target):
    """All has ended, and what -n left unshown was such a signal: nobody may say that none came."""
    first = fixture("ready pause").ready()
    t = trace("-p", f"{first},{target}", "-s", "TERM", "--absent", "5m", "-n", "1")
    t.process.send_signal(signal.SIGSTOP)
    wait_state(t.process.pid, "T")
    for pid, sig in ((first, signal.SIGKILL), (target, signal.SIGTERM), (target, signal.SIGKILL)):
        os.kill(pid, sig)
        if sig == signal.SIGKILL:
            wait_state(pid, "Z")
    t.process.send_signal(signal.SIGCONT)
    t.finish(stop=None)
    assert t.all("exit", to=first) and t.summary["events"] == 1 and not t.all("absent")


def test_the_count_is_reached_too_early(fixture, trace, target):
    """One of two has ended, and the other one may still be sent it."""
    first = fixture("ready pause").ready()
    t = trace("-p", f"{first},{target}", "-s", "TERM", "--absent", "5m", "-n", "1")
    os.kill(first, signal.SIGKILL)
    t.finish(code=5, stop=None)
    assert t.all("exit", to=first) and not t.all("absent")
    assert any("before its time was over" in line for line in t.messages.items)


def test_never_there_is_inconclusive(trace):
    t = trace("-c", "sigtrace-nobody", "--wait", "-s", "TERM", "--absent", "500ms", "-d", "1s")
    t.finish(code=5, stop=None)
    assert not t.all("absent")
    assert any("never there" in line for line in t.messages.items)
