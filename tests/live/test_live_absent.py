# SPDX-License-Identifier: BSD-2-Clause
"""--absent: that a signal was not generated is said only where nothing can have been missed, and has its own exit status."""

import os
import signal

import pytest

from containers import run
from harness import FIXTURE


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


def test_never_there_is_inconclusive(trace):
    t = trace("-c", "sigtrace-nobody", "--wait", "-s", "TERM", "--absent", "500ms", "-d", "1s")
    t.finish(code=5, stop=None)
    assert not t.all("absent")
    assert any("never there" in line for line in t.messages.items)
