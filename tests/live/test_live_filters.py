# SPDX-License-Identifier: BSD-2-Clause
"""What is kept: processes, directions, signals, problems, and when trace ends by itself."""

import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios

import pytest

from harness import DEADLINE_S, SIGTRACE, wait_state

TRIO = ("fork A [ ignore USR1,USR2,HUP ready serve {A} ] fork B [ ignore USR1,USR2,HUP ready serve {B} ]"
        " fork C [ ignore USR1,USR2,HUP ready serve {C} ] ready serve {main}")


def start_trio(fixture):
    fx = fixture(TRIO)
    return fx, fx.ready("A"), fx.ready("B"), fx.ready("C")


def pairs(t, sig="USR1"):
    return {(event["sender"].get("tgid"), event["target"]["tgid"]) for event in t.all(sig=sig)}


def send_all(fx, a, b, c):
    fx.do("A", f"send kill USR1 {b}")
    fx.do("B", f"send kill USR1 {a}")
    fx.do("B", f"send kill USR1 {c}")
    fx.do("A", f"send kill USR1 {a}")


def test_pid_is_to_and_by(fixture, trace):
    fx, a, b, c = start_trio(fixture)
    t = trace("-p", a)
    send_all(fx, a, b, c)
    t.finish()
    assert pairs(t) == {(a, b), (b, a), (a, a)}


def test_to(fixture, trace):
    fx, a, b, c = start_trio(fixture)
    t = trace("-p", a, "--to")
    send_all(fx, a, b, c)
    t.finish()
    assert pairs(t) == {(b, a), (a, a)}


def test_from(fixture, trace):
    fx, a, b, c = start_trio(fixture)
    t = trace("-p", a, "--from")
    send_all(fx, a, b, c)
    t.finish()
    assert pairs(t) == {(a, b), (a, a)}


def test_two_pids(fixture, trace):
    fx, a, b, c = start_trio(fixture)
    t = trace("-p", f"{a},{c}")
    send_all(fx, a, b, c)
    fx.do("B", "send kill USR1 self")
    t.finish()
    assert pairs(t) == {(a, b), (b, a), (b, c), (a, a)}


def test_whole_machine(fixture, trace):
    fx, a, b, c = start_trio(fixture)
    t = trace("-s", "USR1")
    send_all(fx, a, b, c)
    t.finish()
    assert {(a, b), (b, a), (b, c), (a, a)} <= pairs(t)


def test_pid_of_a_thread_means_its_process(fixture, trace):
    fx = fixture("ignore USR1 thread T [ ready pause ] ready pause")
    pid, tid = fx.ready(), fx.tid("T")
    t = trace("-p", tid)
    fx.kill("USR1")
    t.wait(sig="USR1", to=pid).check({"target.tid": pid})
    t.finish()


def test_children_need_follow(fixture, trace):
    fx = fixture("ready serve {main}")
    t = trace("-p", fx.ready(), "--to")
    fx.do("main", "fork A [ ignore USR1 ready pause ] await A send kill USR1 @A")
    fx.ready("A")
    t_end = trace("-p", fx.pid, "--to", "-f")
    fx.do("main", "fork B [ ignore USR1 fork C [ ignore USR1 ready pause ] await C send kill USR1 @C ready pause ] await B")
    b, c = fx.ready("B"), fx.ready("C")
    fx.do("main", "send kill USR1 @B")
    t.finish()
    t_end.finish()
    assert pairs(t) == set()
    assert pairs(t_end) == {(fx.pid, b), (b, c)}


def test_tree_takes_todays_descendants(fixture, trace):
    fx = fixture("fork A [ ignore USR1 fork B [ ignore USR1 ready serve {B} ] ready pause ] ready serve {main}")
    a, b = fx.ready("A"), fx.ready("B")
    plain = trace("-p", fx.ready(), "-f", "--to")
    tree = trace("-p", fx.pid, "-t", "--to")
    fx.kill("USR1", "B")
    fx.kill("USR1", "A")
    fx.do("B", "fork C [ ignore USR1 ready pause ] await C send kill USR1 @C")
    plain.finish()
    tree.finish()
    assert pairs(plain) == set()
    assert pairs(tree) == {(os.getpid(), a), (os.getpid(), b), (b, fx.ready("C"))}


def signals_seen(fx, trace, *selection):
    t = trace("-p", fx.ready(), *selection)
    fx.do("main", "send kill HUP self send kill INT self send kill USR1 self send kill CHLD self"
                  " send kill URG self send kill WINCH self send kill RTMIN+3 self send kill RTMAX self send kill 40 self")
    t.finish()
    return [event["signal"]["number"] for event in t.all()], t


def test_signal_lists(fixture, trace):
    fx = fixture("ignore all ready serve {main}")
    assert signals_seen(fx, trace, "-s", "HUP,sigint")[0] == [1, 2]
    assert signals_seen(fx, trace, "-s", "1,USR1,RTMIN+3,RTMAX,40")[0] == [1, 10, 37, 64, 40]
    assert signals_seen(fx, trace, "-s", "1-10")[0] == [1, 2, 10]
    excluded = signals_seen(fx, trace, "-s", "!HUP,!INT,!37")[0]
    assert not {1, 2, 37} & set(excluded) and {10, 64, 40} <= set(excluded)


def test_noise_is_hidden_and_counted(fixture, trace):
    fx = fixture("ignore all ready serve {main}")
    seen, t = signals_seen(fx, trace)
    # Somebody's SIGWINCH may well be a stop signal; only the terminal's is noise.
    assert seen == [1, 2, 10, 28, 37, 64, 40]
    assert t.summary["hidden"] == 2, t.summary
    seen, t = signals_seen(fx, trace, "-s", "CHLD,URG,WINCH")
    assert seen == [17, 23, 28]
    assert t.summary["hidden"] == 0, t.summary


def test_a_resized_terminal_is_noise(fixture, trace):
    master, slave = pty.openpty()

    def own_terminal():
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    def resize(rows):
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, 80, 0, 0))

    try:
        fx = fixture("catch WINCH ignore USR1 ready pause", preexec_fn=own_terminal, stdin=slave)
        hiding, showing = trace("-p", fx.ready()), trace("-p", fx.pid, "-s", "WINCH")
        resize(33)
        showing.wait(sig="WINCH").check({"sender.kind": "kernel", "cause": "caught", "code.name": "SI_KERNEL"})
        showing.wait("deliver", sig="WINCH")
        showing.finish()
        hiding.finish()
        assert not hiding.all(None, sig="WINCH")
        assert hiding.summary["hidden"] == 2, "the generation and the delivery"
    finally:
        os.close(slave)
        os.close(master)


def test_from_shows_what_became_of_it(fixture, trace):
    """The delivery happens in a process that is not selected, but it belongs to a signal of one that is."""
    fx = fixture("fork A [ ready serve {A} ] fork B [ catch USR1 ready pause ] ready wait B pause")
    a, b = fx.ready("A"), fx.ready("B")
    fx.ready()
    t = trace("-p", a, "--from")
    fx.do("A", f"send kill USR1 {b}")
    t.wait("deliver", sig="USR1", to=b).check(cause="caught")
    fx.do("A", f"send kill TERM {b}")
    t.wait("deliver", sig="KILL", to=b).check({"cause": "group_exit", "group_exit.signal": "SIGTERM"})
    t.finish()


def test_problems_only(fixture, trace):
    fx = fixture("init A [ ready pause ] catch USR1 ready serve {main}")
    init = fx.ready("A")
    t = trace("-p", f"{init},{fx.ready()}", "-x")
    fx.do("main", "send kill USR1 self")
    fx.kill("TERM", "A")
    fx.do("main", "send kill USR1 self")
    t.wait(sig="TERM", to=init).check(cause="unkillable_sig_dfl")
    t.finish()
    assert not t.all(sig="USR1") and not t.all("deliver", sig="USR1")


def test_problems_include_a_drop_at_delivery(fixture, trace):
    fx = fixture("init A [ block TERM ready serve {A} ] ready pause")
    init = fx.ready("A")
    t = trace("-p", init, "-x")
    fx.kill("TERM", "A")
    fx.do("A", "unblock TERM")
    t.wait("deliver", sig="TERM", to=init).check(cause="unkillable_sig_dfl")
    t.finish()


def test_count(fixture, trace):
    fx = fixture("ignore USR1 ready serve {main}")
    t = trace("-p", fx.ready(), "-n", "3")
    fx.do("main", "flood 10 kill USR1 self")
    t.finish(stop=None)
    assert len(t.all(sig="USR1")) == 3 and t.summary["events"] == 3


def test_count_of_a_handler_without_a_name_yet(fixture, trace):
    """Both lines wait for the name of the handler, which nobody looked up before: one of them was asked for."""
    fx = fixture("catch RTMIN+7 ready serve {main}")
    fx.ready()
    t = trace("-s", "RTMIN+7", "-n", "1")
    fx.do("main", "send kill RTMIN+7 self")
    t.finish(stop=None)
    assert t.summary["events"] == 1 and len(t.all(sig="RTMIN+7")) == 1 and not t.all("deliver")


@pytest.mark.parametrize("verb", ["ignore", "catch"])
def test_count_and_loss(fixture, trace, verb):
    """That some were lost is said after the last one, too; it is no error, and shows no more of them."""
    fx = fixture(f"quiet {verb} RTMIN+7 ready serve {{main}}")
    fx.ready()
    t = trace("-s", "RTMIN+7", "-n", "2", "--buffer-size", "4K")
    t.process.send_signal(signal.SIGSTOP)
    wait_state(t.process.pid, "T")
    fx.do("main", "flood 200 kill RTMIN+7 self")
    fx.line("flood")
    t.process.send_signal(signal.SIGCONT)
    t.finish(stop=None, lossless=False)
    assert t.summary["lost"] > 0 and t.summary["events"] == 2


def test_duration(fixture, trace):
    fx = fixture("ignore USR1 ready serve {main}")
    t = trace("-p", fx.ready(), "-d", "1s")
    fx.do("main", "send kill USR1 self")
    t.wait(sig="USR1")
    t.finish(stop=None)


def test_ends_with_the_last_process(fixture, trace):
    fx = fixture("fork A [ ready pause ] fork B [ ready pause ] ready wait A wait B")
    a, b = fx.ready("A"), fx.ready("B")
    t = trace("-p", f"{a},{b}", "-s", "TERM")
    fx.kill("TERM", "A")
    fx.line("waited", child="A")
    assert t.process.poll() is None
    fx.kill("TERM", "B")
    t.finish(stop=None)
    assert len(t.all(sig="TERM")) == 2


def test_ends_with_a_zombie(fixture, trace):
    """The process has ended although nobody waited for it yet."""
    fx = fixture("fork A [ ready pause ] ready pause")
    pid = fx.ready("A")
    t = trace("-p", pid)
    fx.kill("TERM", "A")
    wait_state(pid, "Z")
    t.finish(stop=None)


def test_lives_on_while_a_thread_does(fixture, trace):
    fx = fixture("fork A [ ignore USR1 thread T [ ready serve {T} ] ready serve {A} ] ready pause")
    pid = fx.ready("A")
    fx.ready("T")
    t = trace("-p", pid)
    fx.start_do("A", "exit-thread")
    wait_state(pid, "Z")
    fx.do("T", "send kill USR1 self")
    t.wait(sig="USR1", to=pid)
    fx.start_do("T", "exit 0")
    t.finish(stop=None)


def test_a_reused_pid_is_somebody_else(fixture, trace):
    fx = fixture("fork A [ ignore USR1 ready serve {A} ] fork B [ ignore USR1 ready pause ] ready serve {main}")
    a, b = fx.ready("A"), fx.ready("B")
    t = trace("-p", f"{a},{b}")
    fx.kill("USR1", "A")
    t.wait(sig="USR1", to=a)
    fx.start_do("A", "exit 0")
    fx.do("main", "wait A")
    fx.do("main", f"fork-at {a} C [ ignore USR1 ready pause ] await C send kill USR1 @C send kill USR1 @B")
    assert fx.ready("C") == a
    t.wait(sig="USR1", to=b)
    t.finish()
    assert len(t.all(sig="USR1", to=a)) == 1, "only the one to the first owner of the pid"


def run(*args):
    return subprocess.run([SIGTRACE, *map(str, args)], capture_output=True, text=True, timeout=DEADLINE_S, check=False)


def test_a_pid_that_does_not_exist(fixture):
    fx = fixture("fork A [ ready exit 0 ] ready wait A say gone pause")
    pid = fx.ready("A")
    fx.line("said", text="gone")
    done = run("-p", pid)
    assert done.returncode == 2 and str(pid) in done.stderr and not done.stdout


def test_directions_need_a_selection_and_exclude_each_other():
    for args in (("--to",), ("--from",), ("-p", os.getpid(), "--to", "--from")):
        done = run(*args)
        assert done.returncode == 2 and not done.stdout, (args, done)


def test_sigterm_ends_it_cleanly(fixture, trace):
    fx = fixture("ignore USR1 ready pause")
    t = trace("-p", fx.ready())
    fx.kill("USR1")
    t.wait(sig="USR1")
    t.finish(stop=signal.SIGTERM)
