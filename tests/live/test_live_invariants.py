# SPDX-License-Identifier: BSD-2-Clause
"""What always holds: nothing lost silently, nothing left behind, no run without privilege."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

from harness import DEADLINE_S, SIGTRACE, proc_status, wait_until


@pytest.mark.parametrize("verb, per_signal", [("ignore", 1), ("catch", 2)])
def test_seen_and_lost_add_up(fixture, trace, verb, per_signal):
    count = 30000
    fx = fixture(f"quiet {verb} USR1 ready serve {{main}}")
    pid = fx.ready()
    t = trace("-p", pid, "-s", "USR1", "--buffer-size", "4K")
    fx.do("main", f"flood {count} kill USR1 self")
    assert fx.line("flood") == {**fx.line("flood"), "sent": count, "failed": 0}
    t.finish(lossless=False)
    seen = len(t.all(sig="USR1")) + len(t.all("deliver", sig="USR1"))
    assert t.summary["lost"] > 0, "the flood did not overflow 4 KiB: it tests nothing"
    assert seen + t.summary["lost"] == count * per_signal


def test_seen_and_lost_add_up_with_senders_on_every_cpu(fixture, trace):
    count = 15000
    fx = fixture("ignore USR1 fork A [ ready serve {A} ] fork B [ ready serve {B} ] fork C [ ready serve {C} ] ready pause")
    pid = fx.ready()
    for who in "ABC":
        fx.ready(who)
    t = trace("-p", pid, "-s", "USR1", "--buffer-size", "4K")
    for who in "ABC":
        fx.start_do(who, f"flood {count} kill USR1 parent")
    for who in "ABC":
        assert fx.line("flood", who=who)["sent"] == count
    t.finish(lossless=False)
    # A container that others start meanwhile may lose the record of its cgroup.
    lost = t.summary["lost_by"]["generate"]
    assert lost > 0
    assert len(t.all(sig="USR1")) + lost == 3 * count


def test_default_buffer_keeps_a_burst(fixture, trace):
    count = 20000
    fx = fixture("ignore USR1 ready serve {main}")
    t = trace("-p", fx.ready())
    fx.do("main", f"flood {count} kill USR1 self")
    t.finish()
    assert len(t.all(sig="USR1")) == count


def bpf_ids(kind):
    done = subprocess.run(["bpftool", "-j", kind, "list"], capture_output=True, check=True, timeout=DEADLINE_S)
    return {item["id"] for item in json.loads(done.stdout)}


def held_ids(pid):
    """The programs, maps and links that a process holds, as its fdinfo says."""
    held = {"prog": set(), "map": set(), "link": set()}
    for path in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
        for line in path.read_text().splitlines():
            key, _, value = line.partition(":")
            if key.endswith("_id") and key[:-3] in held:
                held[key[:-3]].add(int(value))
    return held


@pytest.mark.parametrize("how", ["INT", "TERM", "KILL"])
def test_nothing_stays_behind(fixture, trace, how):
    if not shutil.which("bpftool"):
        pytest.skip("bpftool is not installed")
    fx = fixture("ignore USR1 ready serve {main}")
    t = trace("-p", fx.ready())
    fx.do("main", "send kill USR1 self")
    t.wait(sig="USR1")
    held = held_ids(t.process.pid)
    assert all(held.values()), held
    for kind, ids in held.items():
        assert ids <= bpf_ids(kind)
    if how == "KILL":
        t.process.kill()
        t.process.wait(DEADLINE_S)
    else:
        t.finish(stop=getattr(signal, "SIG" + how))
    # The kernel frees them after a grace period of RCU.
    for kind, ids in held.items():
        wait_until(lambda kind=kind, ids=ids: not ids & bpf_ids(kind), f"{kind} {ids} to be gone")


def test_leaves_the_target_alone(fixture, trace):
    """Neither traced nor stopped nor slowed into another state."""
    fx = fixture("ignore USR1 ready serve {main}")
    pid = fx.ready()
    before = proc_status(pid)
    t = trace("-p", pid)
    fx.do("main", "send kill USR1 self")
    t.wait(sig="USR1")
    during = proc_status(pid)
    assert during["TracerPid"].strip() == "0"
    for key in ("SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd", "Threads", "Seccomp"):
        assert before[key] == during[key]
    t.finish()


def test_without_privilege():
    if not os.access(SIGTRACE, os.X_OK):
        pytest.skip("sigtrace is missing")

    def drop():
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)

    try:
        done = subprocess.run([SIGTRACE, "-d", "1s"], capture_output=True, text=True, timeout=DEADLINE_S, check=False,
                              preexec_fn=drop, cwd="/", stdin=subprocess.DEVNULL)
    except PermissionError:
        pytest.skip(f"user nobody may not reach {SIGTRACE}")
    assert done.returncode == 3, done.stderr
    assert "CAP_" in done.stderr and not done.stdout


def test_an_event_is_on_the_pipe_while_nothing_else_happens(fixture):
    """Text into a pipe: no end of input, no further event pushes it out."""
    fx = fixture("init A [ comm quiet-init ready pause ] ready pause")
    init = fx.ready("A")
    with subprocess.Popen([SIGTRACE, "-p", str(init)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stderr:
                if line.startswith("sigtrace: tracing"):
                    break
            fx.kill("TERM", "A")
            for line in process.stdout:
                if "SIGTERM" in line:
                    break
            assert "quiet-init" in line and "IGNORED" in line.upper() and str(init) in line
            process.send_signal(signal.SIGINT)
            assert process.wait(DEADLINE_S) == 0
        finally:
            process.kill()


def wait_asleep(pid):
    """Until a process has not run for a while: that it would wake up by itself soon is then unlikely."""
    last = [None, 0.0]

    def asleep():
        switches = proc_status(pid)["voluntary_ctxt_switches"]
        if switches != last[0]:
            last[:] = switches, time.monotonic()
        return time.monotonic() - last[1] > 0.15

    wait_until(asleep, f"{pid} to sleep")


def test_an_event_wakes_a_sleeping_reader(fixture, trace):
    """A reader that only looks from time to time would need most of a second; the best of some tries tells them apart."""
    fx = fixture("ignore USR1 ready pause")
    t = trace("-p", fx.ready())
    delays = []
    for _ in range(4):
        wait_asleep(t.process.pid)
        at = t.mark()
        began = time.monotonic()
        fx.kill("USR1")
        t.wait(sig="USR1", start=at)
        delays.append(time.monotonic() - began)
    t.finish()
    assert min(delays) < 0.4, delays


def test_a_closed_pipe_ends_it_quietly(fixture):
    fx = fixture("ignore USR1 ready serve {main}")
    with subprocess.Popen([SIGTRACE, "-o", "json", "-p", str(fx.ready())], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stderr:
                if line.startswith("sigtrace: tracing"):
                    break
            process.stdout.close()
            fx.do("main", "send kill USR1 self")
            process.wait(DEADLINE_S)
            assert "roken pipe" not in process.stderr.read()
        finally:
            process.kill()


def test_two_at_once(fixture, trace):
    fx = fixture("ignore USR1 ready serve {main}")
    first, second = trace("-p", fx.ready()), trace("-p", fx.pid)
    fx.do("main", "send kill USR1 self")
    first.wait(sig="USR1")
    second.wait(sig="USR1")
    first.finish()
    fx.do("main", "send kill USR1 self")
    second.finish()
    assert len(first.all(sig="USR1")) == 1 and len(second.all(sig="USR1")) == 2


def ignoring(sig):
    return lambda: signal.signal(sig, signal.SIG_IGN)


def test_sigint_ends_it_even_if_inherited_as_ignored(fixture, trace):
    """`sigtrace &` in a script starts it so."""
    fx = fixture("ready serve {main}")
    trace("-p", fx.ready(), preexec_fn=ignoring(signal.SIGINT)).finish(stop=signal.SIGINT)


def test_nohup_keeps_it_through_a_hangup(fixture, trace):
    fx = fixture("ignore USR1 ready serve {main}")
    t = trace("-p", fx.ready(), preexec_fn=ignoring(signal.SIGHUP))
    t.process.send_signal(signal.SIGHUP)
    fx.do("main", "send kill USR1 self")
    t.wait(sig="USR1")
    t.finish()
