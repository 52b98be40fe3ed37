# SPDX-License-Identifier: BSD-2-Clause
"""Queues: real-time signals, limits, many threads, and the time between generation and delivery."""

import os
import signal
import time

import pytest

from harness import signal_number


def boot_ns():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def test_latency_lies_between_what_we_measure(fixture, trace):
    fx = fixture("block USR1 catch USR1 ready serve {main}")
    pid = fx.ready()
    t = trace("-p", pid)
    before_send = boot_ns()
    os.kill(pid, signal.SIGUSR1)
    after_send = boot_ns()
    generated = t.wait(sig="USR1", to=pid).check(cause="blocked")
    assert before_send <= generated["boot_ns"] <= after_send
    before_unblock = boot_ns()
    fx.do("main", "unblock USR1")
    after_unblock = boot_ns()
    delivered = t.wait("deliver", sig="USR1", to=pid)
    assert before_unblock <= delivered["boot_ns"] <= after_unblock
    assert delivered["latency_ns"] == delivered["boot_ns"] - generated["boot_ns"]
    t.finish()


def test_wall_clock_time(fixture, trace):
    fx = fixture("ignore USR1 ready pause")
    t = trace("-p", fx.ready())
    before = time.time_ns()
    os.kill(fx.pid, signal.SIGUSR1)
    after = time.time_ns()
    event = t.wait(sig="USR1")
    seconds, _, fraction = event["time"].partition(".")
    assert fraction.endswith("Z") and len(fraction) == 10, event["time"]
    # The offset between the clocks is read once; a clock that is being adjusted may move a little meanwhile.
    slack_ns = 50_000_000
    import calendar
    at = calendar.timegm(time.strptime(seconds, "%Y-%m-%dT%H:%M:%S")) * 10**9 + int(fraction[:-1])
    assert before - slack_ns <= at <= after + slack_ns
    t.finish()


def test_real_time_signals_queue_and_pair_first_in_first_out(fixture, trace):
    count = 7
    fx = fixture("block RTMIN+1 catch RTMIN+1 ready serve {main}")
    pid = fx.ready()
    t = trace("-p", pid)
    fx.do("main", f"flood {count} sigqueue RTMIN+1 self")
    fx.do("main", "unblock RTMIN+1")
    fx.line("caught", sig=35, count=count)
    t.finish()
    generated = t.all(sig="RTMIN+1")
    delivered = t.all("deliver", sig="RTMIN+1")
    assert len(generated) == len(delivered) == count
    for event in generated:
        event.check({"result": "delivered", "cause": "blocked", "signal.name": "SIGRTMIN+1", "code.name": "SI_QUEUE"})
    # The last one queued is the innermost: handlers nest unless the signal is blocked meanwhile, which it is.
    for sent, got in zip(generated, delivered):
        assert got["boot_ns"] - got["latency_ns"] == sent["boot_ns"]


def test_standard_signals_merge(fixture, trace):
    fx = fixture("block USR1 catch USR1 ready serve {main}")
    pid = fx.ready()
    t = trace("-p", pid)
    fx.do("main", "flood 3 kill USR1 self")
    fx.do("main", "unblock USR1")
    fx.line("caught", sig=10, count=1)
    t.finish()
    assert [event["result"] for event in t.all(sig="USR1")] == ["delivered", "already_pending", "already_pending"]
    [delivered] = t.all("deliver", sig="USR1")
    assert delivered["boot_ns"] - delivered["latency_ns"] == t.all(sig="USR1")[0]["boot_ns"]


def test_process_and_thread_queues_pair_separately(fixture, trace):
    fx = fixture("block USR1 catch USR1 ready serve {main}")
    pid = fx.ready()
    t = trace("-p", pid)
    fx.do("main", "send kill USR1 self send tgkill USR1 self")
    fx.do("main", "unblock USR1")
    fx.line("caught", sig=10, count=2)
    t.finish()
    by_scope = {event["scope"]: event for event in t.all(sig="USR1")}
    assert [event["result"] for event in by_scope.values()] == ["delivered", "delivered"]
    # dequeue_signal() empties the thread's own queue first.
    delivered = t.all("deliver", sig="USR1")
    assert [event["code"]["name"] for event in delivered] == ["SI_TKILL", "SI_USER"]
    origins = [event["boot_ns"] - event["latency_ns"] for event in delivered]
    assert origins == [by_scope["thread"]["boot_ns"], by_scope["process"]["boot_ns"]]


def test_a_consumed_signal_does_not_spoil_the_next_latency(fixture, trace):
    """A signal read from a signalfd has no delivery; the next delivery of that number pairs with its own generation."""
    fx = fixture("catch USR1 ready serve {main}")
    pid = fx.ready()
    t = trace("-p", pid)
    fx.do("main", "signalfd USR1")
    os.kill(pid, signal.SIGUSR1)
    fx.line("signalfd-got", sig=10)
    fx.do("main", "unblock USR1")
    os.kill(pid, signal.SIGUSR1)
    fx.line("caught", sig=10, count=1)
    t.finish()
    generated = t.all(sig="USR1")
    [delivered] = t.all("deliver", sig="USR1")
    assert len(generated) == 2
    if "latency_ns" in delivered:
        assert delivered["boot_ns"] - delivered["latency_ns"] == generated[1]["boot_ns"]


def test_overflow_and_lost_info(fixture, trace):
    """The limit counts per user: a user of its own, so that nobody else's signals matter."""
    limit = 5
    fx = fixture(f"setuid 64123 rlimit sigpending {limit} block USR1 ready serve {{main}}")
    pid = fx.ready()
    t = trace("-p", pid)
    fx.do("main", "fill RTMIN+1")
    assert fx.line("fill")["queued"] == limit
    fx.do("main", "send tkill USR1 self")
    fx.start_do("main", "send kill RTMIN+2 self")
    t.finish(stop=None)
    queued = t.all(sig="RTMIN+1")
    assert len(queued) == limit + 1
    for event in queued[:-1]:
        event.check({"result": "delivered", "cause": "blocked"})
    queued[-1].check({"result": "overflow_fail", "cause": "eagain", "explanation": lambda text: "RLIMIT_SIGPENDING" in text})
    t.all(sig="USR1")[0].check({"result": "lose_info", "cause": "blocked", "scope": "thread"})
    # kill() of a real-time signal does not fail: the signal stays, its siginfo does not.
    t.all(sig="RTMIN+2")[0].check({"result": "lose_info", "cause": "default_terminate"})


def test_lost_info_of_a_caught_signal(fixture, trace):
    fx = fixture("setuid 64124 rlimit sigpending 3 catch USR2 ready serve {main}")
    pid = fx.ready()
    t = trace("-p", pid, "-s", "USR2")
    fx.do("main", "fill RTMIN+1 send sigqueue USR2 self")
    t.wait(sig="USR2", to=pid).check({"result": "lose_info", "cause": "caught"})
    t.wait("deliver", sig="USR2", to=pid).check(cause="caught")
    t.finish()


@pytest.mark.parametrize("threads", [200])
def test_many_threads(fixture, trace, threads):
    """Blocked everywhere but in the last thread; then in all of them."""
    fx = fixture(f"catch USR1 block USR1 threads {threads} thread T [ unblock USR1 ready serve {{T}} ] ready pause")
    pid, tid = fx.ready(), fx.tid("T")
    t = trace("-p", pid)
    os.kill(pid, signal.SIGUSR1)
    first = t.wait(sig="USR1", to=pid).check(result="delivered")
    t.wait("deliver", sig="USR1", to=pid).check({"cause": "caught", "process.tid": tid})
    # The scan in the kernel is bounded: it may not see the last thread, but then it must not claim "blocked".
    assert first["cause"] == "caught", first
    at = t.mark()
    fx.do("T", "block USR1")
    os.kill(pid, signal.SIGUSR1)
    second = t.wait(sig="USR1", to=pid, start=at)
    t.finish()
    second.check({"result": "delivered", "cause": "blocked"})


def test_flood_pairs_every_delivery(fixture, trace):
    count = 2000
    fx = fixture("quiet catch USR1,RTMIN+1 ready serve {main}")
    pid = fx.ready()
    t = trace("-p", pid)
    fx.do("main", f"flood {count} kill USR1 self flood {count} sigqueue RTMIN+1 self")
    t.finish()
    for sig in ("USR1", "RTMIN+1"):
        generated, delivered = t.all(sig=sig), t.all("deliver", sig=sig)
        assert len(generated) == len(delivered) == count
        for sent, got in zip(generated, delivered):
            assert got["boot_ns"] - got["latency_ns"] == sent["boot_ns"], (sent, got)
        assert signal_number(sig) == generated[0]["signal"]["number"]
