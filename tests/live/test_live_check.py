# SPDX-License-Identifier: BSD-2-Clause
"""check: every verdict at least once, with and without BPF; every --ready; the startup window."""

import json
import os
import re
import shlex
import socket
import sys

import pytest

from checking import GRACE, LONG, UP, Document, Run, check, expected, read
from harness import FIXTURE, wait_until

BOTH = pytest.mark.parametrize("evidence", ["bpf", "procfs"])
# sigwait and take: the signal is blocked by then, and so not lost.
UP_SIGWAIT = ("-r", "log:^sigwait who=main ")
UP_TAKING = ("-r", "log:^taking who=main ")
POLITE = "exit-on TERM=0 ready idle"


# --- pass ---

@BOTH
@pytest.mark.parametrize("code", [0, 143])
def test_graceful(evidence, code):
    document = check(f"exit-on TERM={code} ready idle", *UP, *LONG, evidence=evidence, expect="pass graceful")
    document.check(**{"exit.code": code, "signal.name": "SIGTERM", "grace_ms": 20000, "subject.kind": "command",
                      "init.namespace_init": True, "init.comm": "fixture", "remedy": None, "stuck": None})
    assert document["subject"]["name"] == f"{FIXTURE} exit-on TERM={code} ready idle"
    assert f"exited with {code}" in document["explanation"] and not document["survivors"]
    if evidence == "bpf":
        [sent] = document.events("generate", "TERM")
        sent.check(result="delivered", cause="caught", **{"sender.comm": "sigtrace"})
        [delivery] = document.events("deliver", "TERM")
        [end] = document.events("exit")
        assert document.marks()["sent"] <= sent["boot_ns"] <= delivery["boot_ns"] <= end["boot_ns"]
        end.check({"status.code": code})
        assert "handler" in document["explanation"]
    else:
        assert all(entry["type"] == "mark" for entry in document["timeline"])


@BOTH
def test_graceful_by_default(evidence):
    """All options at their defaults."""
    document = check("exit-on TERM=0 ready idle", evidence=evidence, expect="pass graceful")
    document.check(grace_ms=10000, **{"ready.wait": "settle", "ready.timeout_ms": 30000,
                                      "ready.after_ms": lambda after: after >= 500})


@pytest.mark.parametrize("name,number", [("QUIT", 3), ("SIGINT", 2), ("RTMIN+3", 37), ("HUP", 1), ("34", 34), ("USR1", 10)])
def test_other_signals(name, number):
    document = check(f"exit-on {number}=0 ready idle", *UP, *LONG, "-s", name, expect="pass graceful")
    document.check({"signal.number": number})


@BOTH
def test_graceful_by_sigwait(evidence):
    document = check("ready sigwait TERM exit 0", *UP_SIGWAIT, *LONG, evidence=evidence, expect="pass graceful")
    if evidence == "bpf":
        assert "sigwait" in document["explanation"], document["explanation"]


@BOTH
def test_forwarded(evidence):
    document = check("fork A [ exit-on TERM=0 ready idle ] await A ready sigwait TERM send kill TERM @A wait A exit 0",
                     *UP_SIGWAIT, *LONG, evidence=evidence, expect="pass graceful")
    if evidence == "bpf":  # else: those of the last look
        assert not document["survivors"]


def test_expected_codes():
    for codes in ("3", "0-3,143", "7,3"):
        check("exit-on TERM=3 ready idle", *UP, *LONG, "--expect-exit", codes, "--strict", expect="pass graceful")


# --- warnings ---

@BOTH
def test_odd_exit(evidence):
    script = "exit-on TERM=3 ready idle"
    document = check(script, *UP, *LONG, evidence=evidence, expect="pass graceful", warnings=["odd_exit"])
    assert "exited with 3" in document["warnings"][0]["explanation"]
    check(script, *UP, *LONG, "--strict", evidence=evidence, expect="fail odd_exit").check({"exit.code": 3})


@BOTH
def test_crashed(evidence):
    script = "rlimit core 0 ready sigwait TERM crash"
    document = check(script, *UP_SIGWAIT, *LONG, evidence=evidence, expect="pass graceful", warnings=["crashed"])
    document.check({"exit.signal": "SIGSEGV"})
    check(script, *UP_SIGWAIT, *LONG, "--strict", evidence=evidence, expect="fail crashed")


def test_exits_in_time_and_is_gone_later():
    """From its exit until PID 1 is gone takes as long as the grace. The exit's own time counts, not when it is noticed."""
    for _ in range(12):
        document = check(POLITE, *UP, "-g", "200us")
        [ended] = document.events("exit")
        in_time = ended["boot_ns"] <= document.marks()["sent"] + 200_000
        assert (document["verdict"] == "pass") == in_time, document


def test_killed_descendants():
    script = "fork A [ ready idle ] await A fork B [ ready idle ] await B exit-on TERM=0 ready idle"
    document = check(script, *UP, *LONG, expect="pass graceful", warnings=["killed_descendants"])
    assert len(document["survivors"]) == 2 and all("asked" not in process for process in document["survivors"])
    assert document["warnings"][0]["explanation"].startswith("2 processes got no signal before ")
    check(script, *UP, *LONG, "--strict", expect="fail killed_descendants")


def test_killed_descendants_without_bpf():
    """It cannot be proven, and so it is neither a warning nor a failure."""
    script = "fork A [ ready idle ] await A exit-on TERM=0 ready idle"
    for strict in ((), ("--strict",)):
        document = check(script, *UP, *LONG, *strict, evidence="procfs", expect="pass graceful")
        assert len(document["survivors"]) == 1
        assert "cannot be seen without BPF" in document["explanation"]


def test_descendants_that_were_asked():
    """A child that got the signal and did not end before its parent is no warning."""
    document = check("fork A [ catch TERM ready idle ] await A ready sigwait TERM send kill TERM @A exit 0",
                     *UP_SIGWAIT, *LONG, "--strict", expect="pass graceful")
    [survivor] = document["survivors"]
    assert survivor["asked"]["signal"] == "SIGTERM", survivor


# --- fail ---

@BOTH
def test_unkillable(evidence):
    document = check("ready idle", *UP, *GRACE, evidence=evidence, expect="fail unkillable_sig_dfl")
    document.check({"handler_after_ms": None, "exit": None, "stuck.pid": None, "stuck": lambda stuck: stuck,
                    "remedy": lambda text: text})
    if evidence == "bpf":
        document.events("generate", "TERM")[0].check(cause="unkillable_sig_dfl", result="ignored")
    else:
        assert "as was seen right before and after it" in document["explanation"]


@BOTH
def test_ended_by_itself(evidence):
    """That it ended in time is not what the signal did."""
    document = check("block USR1 timer posix USR1 3000 ready sigwait USR1 exit 0", *UP, *LONG, evidence=evidence,
                     expect="fail unkillable_sig_dfl")
    # That nobody else had a part in it is proven by events only.
    assert ("; it ended by itself 3." if evidence == "bpf" else "; it ended 3.") in document["explanation"]
    document.check({"exit.code": 0})


@BOTH
def test_ignored(evidence):
    document = check("ignore TERM ready idle", *UP, *GRACE, evidence=evidence, expect="fail sig_ign")
    assert "SIG_IGN" in document["explanation"]


@BOTH
@pytest.mark.parametrize("script", ["block TERM ready idle", "thread T [ block TERM ready idle ] await T block TERM ready idle"])
def test_blocked(evidence, script):
    document = check(script, *UP, *GRACE, evidence=evidence, expect="fail blocked")
    assert ("all its threads block" if "thread" in script else "it blocks") in document["explanation"]


@BOTH
def test_blocked_and_caught(evidence):
    check("catch TERM block TERM ready idle", *UP, *GRACE, evidence=evidence, expect="fail blocked")


@BOTH
def test_one_thread_takes_it(evidence):
    check("thread T [ ready idle ] await T block TERM exit-on TERM=0 ready idle", *UP, *LONG, evidence=evidence,
          expect="pass graceful")


STOP = 'kill -STOP "$SIGTRACE_PID"; grep -q "^State:.T" "/proc/$SIGTRACE_PID/status"'


@BOTH
def test_stopped(evidence):
    document = check("exit-on TERM=0 ready idle", "-r", f"cmd:{STOP}", *GRACE, evidence=evidence, expect="fail stopped")
    document.check({"handler_after_ms": lambda after: after > 0})


def test_frozen(freezer, tmp_path):
    flag = tmp_path / "frozen"
    run = Run("exit-on TERM=0 ready idle", "-r", f"file:{flag}", *GRACE)
    try:
        freezer(2, run.find_init())
        flag.touch()
        expected(read(run), "fail stopped")
    finally:
        run.close()


def test_frozen_for_good(cgroup, tmp_path):
    """SIGKILL ends what cgroup v1 froze only when it is thawed: check says so, and the janitor waits for that."""
    flag = tmp_path / "frozen"
    run = Run("exit-on TERM=0 ready idle", "-r", f"file:{flag}", *GRACE)
    try:
        group = cgroup("freezer", run.find_init())
        (group / "freezer.state").write_text("FROZEN")
        wait_until(lambda: (group / "freezer.state").read_text().strip() == "FROZEN", "frozen")
        flag.touch()
        code, stdout, stderr = run.finish()
        assert code == 1 and "cannot be ended now" in stderr, (code, stderr)
        expected(Document(json.loads(stdout)), "fail stopped")
        (group / "freezer.state").write_text("THAWED")
        run.check_nothing_left(20)
    finally:
        run.close()


def test_frozen_before_it_runs(cgroup):
    """The end of its exec is waited for like everything else: up to a deadline, and until we are asked to end."""
    for stop in (None, 2):
        run = Run("exit-on TERM=0 ready idle", "--ready-timeout", "1s", *GRACE)
        try:
            group = cgroup("freezer", run.find_init(held=True))
            (group / "freezer.state").write_text("FROZEN")
            if stop:
                run.process.send_signal(stop)
            code, _, stderr = run.finish()
            assert code in (4, 5), (code, stderr)
            (group / "freezer.state").write_text("THAWED")
            run.check_nothing_left(20)
        finally:
            run.close()


@BOTH
def test_caught_and_running(evidence):
    document = check("catch TERM ready idle", *UP, *GRACE, evidence=evidence, expect="fail still_running")
    if evidence == "bpf":
        assert "ran " in document["explanation"] and document.events("deliver", "TERM")


@BOTH
@pytest.mark.parametrize("how", ["sigtimedwait", "sigwaitinfo", "signalfd-epoll", "signalfd-read"])
def test_taken_and_running(evidence, how):
    document = check(f"ready take {how} TERM", *UP_TAKING, *GRACE, evidence=evidence, expect="fail still_running")
    if evidence == "bpf":
        assert "took SIGTERM with sigwait() or a signalfd" in document["explanation"]


@BOTH
def test_waits_for_a_deaf_child(evidence):
    document = check("fork A [ ignore TERM ready idle ] await A ready sigwait TERM send kill TERM @A wait A",
                     *UP_SIGWAIT, *GRACE, evidence=evidence, expect="fail still_running")
    [survivor] = document["survivors"]
    if evidence == "bpf":
        assert survivor["asked"] == {"signal": "SIGTERM", "cause": "sig_ign"}
        assert "it ignores SIGTERM" in document["explanation"] or "SIG_IGN" in document["explanation"]


def test_bad_exit():
    for evidence, code, expect_codes in (("bpf", 3, "0"), ("procfs", 3, "0,143"), ("bpf", 0, "1-255")):
        document = check(f"exit-on TERM={code} ready idle", *UP, *LONG, "--expect-exit", expect_codes, evidence=evidence,
                         expect="fail bad_exit")
        document.check({"exit.code": code})


def test_bad_exit_by_a_signal():
    script = "rlimit core 0 ready sigwait TERM crash"
    check(script, *UP_SIGWAIT, *LONG, "--expect-exit", "0", expect="fail bad_exit").check({"exit.signal": "SIGSEGV"})
    check(script, *UP_SIGWAIT, *LONG, "--expect-exit", "139", expect="pass graceful")


def test_not_forwarded():
    script = "catch TERM fork A [ fork B [ ready idle ] await B ready idle ] await A ready idle"
    document = check(script, *UP, *GRACE, expect="fail not_forwarded")
    assert len(document["survivors"]) == 2
    assert "never got a signal" in document["explanation"]
    check(script, *UP, *GRACE, evidence="procfs", expect="fail still_running")


# --- The startup window ---

LATE = "block USR1 timer posix USR1 400 sigwait USR1 exit-on TERM=0 ready idle"


@BOTH
def test_startup_window(evidence):
    document = check(LATE, *UP, *LONG, evidence=evidence, expect="pass graceful")
    document.check(handler_after_ms=lambda after: after >= 400)
    marks = document.marks()
    assert marks["handler"] - marks["started"] >= 400_000_000
    document = check(LATE, *UP, *LONG, "--max-startup-window", "300ms", evidence=evidence, expect="fail startup_window")
    assert "--max-startup-window" in document["explanation"]
    check(LATE, *UP, *LONG, "--max-startup-window", "20s", evidence=evidence, expect="pass graceful")


def test_no_handler_no_window():
    """What takes the signal otherwise has none that could be seen."""
    document = check("ready sigwait TERM exit 0", *UP_SIGWAIT, *LONG, "--max-startup-window", "1ns", expect="pass graceful")
    document.check(handler_after_ms=None)


# --- inconclusive ---

@BOTH
@pytest.mark.parametrize("code", [0, 7])
def test_exited_early(evidence, code):
    document = check(f"exit {code}", *LONG, evidence=evidence, expect="inconclusive exited_early")
    document.check({"exit.code": code, "answer_ms": None})
    assert "sent" not in document.marks() and "ready" not in document.marks()


NOT_READY = {
    "settle": "ready spin",
    "log:^never$": "ready idle",
    "tcp:1": "ready idle",
    "file:/nonexistent/file": "ready idle",
    "cmd:exit 1": "ready idle",
    "cmd:exec sleep 1000": "ready idle",
}


@BOTH
@pytest.mark.parametrize("how", NOT_READY)
def test_not_ready(evidence, how):
    document = check(NOT_READY[how], "-r", how, "--ready-timeout", "1s", evidence=evidence, expect="inconclusive not_ready")
    document.check({"ready.wait": how, "ready.timeout_ms": 1000, "ready.after_ms": None})


@pytest.mark.parametrize("content,mode", [(None, 0), ("#!/nonexistent/shell\n", 0o755), ("#!/bin/sh\n", 0o644), ("directory", 0)])
@BOTH
def test_could_not_start(tmp_path, evidence, content, mode):
    path = tmp_path / "program"
    if content == "directory":
        path.mkdir()
    elif content:
        path.write_text(content)
        path.chmod(mode)
    document = check([path], evidence=evidence, expect="inconclusive could_not_start")
    document.check({"exit": None, "ready.after_ms": None})
    assert not document.marks(), document.marks()


@BOTH
def test_killed_by_another(evidence):
    run = Run("catch TERM ready idle", *UP, *LONG, evidence=evidence).read_output()
    try:
        init = run.find_init()
        run.wait_output("caught who=main")
        os.kill(init, 9)
        document = read(run, evidence)
        expected(document, "inconclusive killed")
        document.check({"exit.signal": "SIGKILL"})
        if evidence == "bpf":
            assert f"[{os.getpid()}]" in document["explanation"], document["explanation"]
    finally:
        run.close()


@BOTH
@pytest.mark.parametrize("sig", [2, 15])
def test_interrupted(evidence, sig):
    run = Run("catch TERM ready idle", *UP, *LONG, evidence=evidence).read_output()
    try:
        run.wait_output("caught who=main")
        run.process.send_signal(sig)
        expected(read(run, evidence), "inconclusive interrupted")
    finally:
        run.close()


# --- Ready ---

@pytest.mark.parametrize("regex", ["^ready", "who=(A|main) pid=1 ", "[[:digit:]]+$"])
def test_ready_log(regex):
    check("exit-on TERM=0 ready idle", "-r", f"log:{regex}", *LONG, expect="pass graceful")


def test_ready_log_on_stderr():
    check(["/bin/sh", "-c", "trap 'exit 0' TERM; printf 'up without a newline' >&2; printf '\\n' >&2; while :; do sleep 0.1; done"],
          "-r", "log:^up.*newline$", *LONG, expect="pass graceful", warnings=())


LISTEN = """
import signal, socket, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
s = socket.socket(socket.{family}, socket.SOCK_STREAM)
s.bind(("{address}", {port}))
signal.sigtimedwait([], 0.3)
s.listen()
signal.pause()
"""


@BOTH
@pytest.mark.parametrize("family,address", [("AF_INET", "127.0.0.1"), ("AF_INET6", "::1")])
def test_ready_tcp(evidence, family, address):
    with socket.socket(getattr(socket, family), socket.SOCK_STREAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError as error:
            pytest.skip(f"{address}: {error}")
        port = probe.getsockname()[1]
    program = LISTEN.format(family=family, address=address, port=port)
    document = check([sys.executable, "-c", program], "-r", f"tcp:{port}", *LONG, evidence=evidence, expect="pass graceful")
    document.check({"ready.after_ms": lambda after: after >= 300})


@BOTH
def test_ready_file(tmp_path, evidence):
    flag = tmp_path / "up"
    script = f"trap 'exit 0' TERM; read -t 0.3 < /dev/tty; : > {shlex.quote(str(flag))}; while :; do sleep 0.1; done"
    check(["/bin/bash", "-c", script], "-r", f"file:{flag}", *LONG, evidence=evidence, expect="pass graceful")
    assert flag.exists()


def test_ready_cmd_environment(tmp_path):
    seen = tmp_path / "seen"
    document = check("exit-on TERM=0 ready idle", "-r", f"cmd:printenv SIGTRACE_PID > {seen}", *LONG, expect="pass graceful")
    assert int(seen.read_text()) == document["init"]["tgid"]


def test_ready_cmd_succeeds_later(tmp_path):
    count = tmp_path / "count"
    check("exit-on TERM=0 ready idle", "-r", f"cmd:echo x >> {count}; test $(wc -l < {count}) -ge 3", *LONG,
          expect="pass graceful")
    assert count.read_text() == "x\n" * 3


@BOTH
def test_ready_delay(evidence):
    document = check("exit-on TERM=0 ready idle", "-r", "delay:700ms", *LONG, evidence=evidence, expect="pass graceful")
    document.check({"ready.after_ms": lambda after: after >= 700})


def test_settle_waits_for_the_last_exec():
    """The dispositions of the first program say nothing: it is another one that gets the signal."""
    script = "block USR1 timer posix USR1 300 sigwait USR1 exec [ block USR1 timer posix USR1 300 sigwait USR1 exit-on TERM=0 ready idle ]"
    document = check(script, *LONG, expect="pass graceful")
    document.check(handler_after_ms=lambda after: after >= 600)


# --- What the program is given ---

def test_its_world():
    """Dispositions, mask, stdin, session and descriptors of the program, whatever those of sigtrace are."""
    script = "trap 'exit 0' TERM; echo fd $(ls /proc/self/fd | tr '\\n' ' ') stdin $(readlink /proc/self/fd/0);" \
             " grep -E '^Sig(Blk|Ign)' /proc/self/status; echo stat $(cut -d' ' -f 1,4,5,6,7 /proc/1/stat);" \
             " echo up; while :; do sleep 0.1; done"
    read_end, write_end = os.pipe()
    try:
        document = check(["/bin/dash", "-c", script], "-r", "log:^up", *LONG, expect="pass graceful",
                         pass_fds=(read_end,), prefix=("env", "--ignore-signal=USR1,CHLD,TERM", "--block-signal=USR2,TERM"))
    finally:
        os.close(read_end)
        os.close(write_end)
    assert re.search(r"^fd 0 1 2 3 stdin /dev/null$", document.stderr, re.M), document.stderr
    assert re.search(r"^SigBlk:\t0+$", document.stderr, re.M), document.stderr
    assert re.search(r"^SigIgn:\t0+$", document.stderr, re.M), document.stderr
    assert re.search(r"^stat 1 0 1 1 0$", document.stderr, re.M), document.stderr
