# SPDX-License-Identifier: BSD-2-Clause
"""inspect as a command on the live system: which processes it answers for, what it exits with, what it leaves behind."""

import json
import os
import pathlib
import re
import signal
import subprocess

import pytest

from harness import DEADLINE_S, FIXTURE, SIGTRACE, proc_status, wait_state, wait_until
from inspection import NO_BPF, allow_to_nobody, inspect, needs, run
from test_live_invariants import bpf_ids

NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")


def start(fixture, verbs="", count=1, kind="fork"):
    fx = fixture(" ".join(f"{kind} A{i} [ {verbs} ready pause ]" for i in range(count)) + " ready pause")
    fx.ready()
    return fx, [fx.ready(f"A{i}") for i in range(count)]


def listed(document):
    return [process["tgid"] for process in document["processes"]]


def dead_pid():
    """A number that nobody has: of a process that has just been reaped."""
    process = subprocess.Popen(["true"])
    process.wait(DEADLINE_S)
    return process.pid


# --- Which processes ---

def test_several_pids(fixture):
    fx, pids = start(fixture, count=3)
    assert sorted(listed(inspect("-p", ",".join(map(str, pids))))) == sorted(pids)
    assert sorted(listed(inspect("-p", pids[0], "-p", pids[2]))) == sorted([pids[0], pids[2]])


def test_one_twice(fixture):
    fx, [pid] = start(fixture)
    assert listed(inspect("-p", f"{pid},{pid}", "-p", pid)) == [pid]


def test_a_thread_stands_for_its_process(fixture):
    fx = fixture("fork A [ thread T [ ready pause ] await T ready pause ] ready pause")
    pid, tid = fx.ready("A"), fx.tid("T")
    assert listed(inspect("-p", tid)) == [pid]


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_descendants(fixture, evidence):
    fx = fixture("fork A [ fork B [ fork C [ ready pause ] ready pause ] init D [ fork E [ ready pause ] ready pause ] ready pause"
                 " ] fork F [ ready pause ] ready pause")
    pids = {who: fx.ready(who) for who in "ABCDEF"}
    assert sorted(listed(inspect("-t", "-p", pids["A"], evidence=evidence))) == sorted(pids[who] for who in "ABCDE")
    assert listed(inspect("-p", pids["A"], evidence=evidence)) == [pids["A"]]
    document = inspect("-t", "-p", f"{pids['B']},{pids['D']}", evidence=evidence)
    assert sorted(listed(document)) == sorted(pids[who] for who in "BCDE")


@pytest.mark.parametrize("text", ["{0},{1}\n", "{0}\n{1}\n", " {0} {1} ", "{0},{1}", "{0}\n\n{1}"])
def test_pids_from_stdin(fixture, text):
    fx, pids = start(fixture, count=2)
    assert sorted(listed(inspect("-p", "-", input=text.format(*pids)))) == sorted(pids)


@pytest.mark.parametrize("text", ["{0},x\n", "{0}x\n", "-1\n", "0\n", "99999999999\n", ""])
def test_bad_pids_from_stdin(fixture, text):
    fx, [pid] = start(fixture)
    done = run("-p", "-", input=text.format(pid))
    assert done.returncode == 2 and not done.stdout, (done.returncode, done.stdout, done.stderr)
    assert done.stderr.startswith("sigtrace: ")


def test_no_pid_is_a_usage_error():
    for arguments in ([], ["-s", "TERM"], ["-t"]):
        done = run(*arguments)
        assert done.returncode == 2 and not done.stdout, done.stderr


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_itself(evidence):
    """The whole tree of the test: sigtrace is in it."""
    document = inspect("-t", "-p", os.getpid(), evidence=evidence)
    assert os.getpid() in listed(document)
    assert any(process["comm"] == "sigtrace" for process in document["processes"])


# --- Gone ---

@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_gone(fixture, evidence):
    fx, [pid] = start(fixture)
    gone = dead_pid()
    document = inspect("-p", f"{gone},{pid}", evidence=evidence, code=0)
    assert document["gone"] == [gone] and listed(document) == [pid]


def test_all_are_gone():
    gone = dead_pid()
    done = run("-o", "json", "-p", gone)
    assert done.returncode != 0 and str(gone) in done.stdout + done.stderr, done


def test_gone_in_text(fixture):
    fx, [pid] = start(fixture)
    gone = dead_pid()
    done = run("-p", f"{gone},{pid}")
    assert done.returncode == 0 and re.search(rf"\b{gone}\b", done.stdout + done.stderr), done


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
@pytest.mark.parametrize("reused", [False, True])
def test_ends_after_it_was_named(fixture, evidence, reused):
    """
    Named in an option, it is known by its start; while sigtrace waits for more numbers on stdin it ends, and its number may
    go to another process, which nobody has asked about.
    """
    fx = fixture("fork A [ ready pause ] fork B [ ready pause ] ready serve {main}")
    pid, other = fx.ready("A"), fx.ready("B")
    # /proc tells a start in ticks of 10 ms: the next process must not begin in the same one.
    started = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    wait_until(lambda: float(pathlib.Path("/proc/uptime").read_text().split()[0]) * 100 > started + 2, "two ticks to pass")
    prefix = NO_BPF if evidence == "procfs" else ()
    process = subprocess.Popen([*prefix, SIGTRACE, "inspect", "-o", "json", "-p", str(pid), "-p", "-"], text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        wait_until(lambda: "pipe" in pathlib.Path(f"/proc/{process.pid}/wchan").read_text(), "sigtrace to read stdin")
        fx.do("main", "send kill KILL @A wait A")
        if reused:
            fx.do("main", f"fork-at {pid} C [ comm another ready pause ]")
            if any(line["kind"] == "fork-failed" for line in fx.lines.items):
                pytest.skip("this kernel gives out no chosen number")
            assert fx.ready("C") == pid
        stdout, stderr = process.communicate(str(other), timeout=3 * DEADLINE_S)
    finally:
        process.kill()
        process.wait(DEADLINE_S)
    document = json.loads(stdout)
    assert process.returncode == 0 and listed(document) == [other] and document["gone"] == [pid], stderr


def test_ends_while_it_is_inspected(fixture):
    """Processes come and go all the time: each is answered for, or told as gone, or neither was asked for."""
    fx = fixture("fork S [ ready serve {S} ] ready pause")
    fx.ready("S")
    for turn in range(5):
        names = [f"R{turn}x{i}" for i in range(30)]
        fx.do("S", " ".join(f"fork {name} [ ready pause ]" for name in names))
        pids = [fx.ready(name) for name in names]
        process = subprocess.Popen([SIGTRACE, "inspect", "-o", "json", "-s", "all", "-p", ",".join(map(str, pids))],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            stdout, stderr = process.communicate(timeout=3 * DEADLINE_S)
        finally:
            process.kill()
        document = json.loads(stdout)
        assert process.returncode in (0, 1), stderr
        answered = {answer["tgid"] for answer in document["processes"]}
        assert answered | set(document.get("gone", ())) == set(pids)
        assert not answered & set(document.get("gone", ()))


# --- Exit codes ---

@pytest.mark.parametrize("verbs, kind, arguments, code", [
    ("", "fork", [], 0),
    ("catch TERM", "fork", [], 0),
    ("ignore TERM", "fork", [], 1),
    ("block TERM", "fork", [], 1),
    ("", "init", [], 1),
    ("catch TERM", "init", [], 0),
    ("ignore HUP", "fork", [], 0),
    ("ignore HUP", "fork", ["-s", "HUP"], 1),
    ("ignore HUP", "fork", ["-s", "HUP,TERM"], 1),
    ("", "init", ["-s", "KILL"], 0),
    ("ignore TERM", "fork", ["-s", "KILL"], 0),
])
@pytest.mark.parametrize("output", ["json", "text"])
def test_exit_code(fixture, verbs, kind, arguments, code, output):
    fx, [pid] = start(fixture, verbs, kind=kind)
    done = run("-o", output, "-p", pid, *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    if output == "json":
        assert json.loads(done.stdout)["type"] == "inspect"


def test_exit_code_of_several(fixture):
    """1 only if a signal has an effect on none of them: a pod with one process that ends is not in trouble."""
    fx = fixture("fork A [ ready pause ] fork B [ ignore TERM ready pause ] fork C [ ignore TERM,HUP ready pause ] ready pause")
    a, b, c = (fx.ready(who) for who in "ABC")
    inspect("-p", f"{a},{b}", code=0)
    inspect("-p", f"{b},{c}", code=1)
    inspect("-p", f"{b},{c}", "-s", "HUP", code=0)
    inspect("-p", f"{a},{b},{c}", "-s", "HUP,TERM", code=0)


# --- Options ---

def test_all_signals(fixture):
    fx, [pid] = start(fixture)
    assert [found["number"] for found in inspect("-p", pid, "-s", "all").process(pid)["signals"]] == list(range(1, 65))


def test_chosen_signals(fixture):
    fx, [pid] = start(fixture)
    assert [found["number"] for found in inspect("-p", pid, "-s", "RTMIN+1,9,SIGCHLD").process(pid)["signals"]] == [9, 17, 35]


def test_threads_in_text(fixture):
    fx = fixture("fork A [ thread T [ comm the-worker ready pause ] await T ready pause ] ready pause")
    pid, tid = fx.ready("A"), fx.tid("T")
    without, with_threads = run("-p", pid), run("-p", pid, "--threads")
    assert "the-worker" not in without.stdout
    assert "the-worker" in with_threads.stdout and str(tid) in with_threads.stdout


def test_text_tells_the_verdict(fixture):
    fx, [pid] = start(fixture, "comm quiet-init", kind="init")
    done = run("-p", pid)
    assert done.returncode == 1
    assert "quiet-init" in done.stdout and str(pid) in done.stdout and "SIGTERM" in done.stdout
    assert "namespace init without a SIGTERM handler" in " ".join(done.stdout.split())
    assert "\x1b" not in done.stdout


def test_text_survives_a_narrow_terminal(fixture):
    fx, [pid] = start(fixture, kind="init")
    done = run("-p", pid, env={**os.environ, "COLUMNS": "80"})
    assert done.returncode == 1 and done.stdout


# --- Without privilege ---

@pytest.fixture
def reachable():
    for path in (SIGTRACE, FIXTURE):
        if not allow_to_nobody(pathlib.Path(path)):
            pytest.skip(f"user nobody may not reach {path}")


@needs("setpriv")
def test_unprivileged_own_process(fixture, reachable):
    # Executed as nobody: a process that only changed its uid lets nobody look where its threads sleep.
    fx = fixture("catch TERM ignore HUP ready pause", program=[*AS_NOBODY, FIXTURE], cwd="/")
    pid = fx.ready()
    wait_state(pid, "S")
    document = inspect("-p", pid, "-s", "TERM,HUP", evidence="procfs", prefix=AS_NOBODY, cwd="/", code=1)
    document.signal(pid, "TERM").check({"disposition": "caught", "if_sent.outside.cause": "caught"})
    document.signal(pid, "HUP").check({"if_sent.outside.cause": "sig_ign", "if_sent.outside.effect": False})


@needs("setpriv")
def test_unprivileged_process_that_keeps_its_secrets(fixture, reachable):
    """Not dumpable: dispositions are told, and what depends on where a thread sleeps stays open."""
    fx, [pid] = start(fixture, f"setuid {NOBODY} catch TERM ignore HUP")
    document = inspect("-p", pid, "-s", "TERM,HUP", evidence="procfs", prefix=AS_NOBODY, cwd="/", code=0)
    for sig in ("TERM", "HUP"):
        outside = document.signal(pid, sig)["if_sent"]["outside"]
        assert list(outside) == ["missing"] and "sigwait" in outside["missing"], outside


@needs("setpriv")
def test_unprivileged_foreign_process(fixture, reachable):
    """What it needs cannot be read; the little that can would not be an answer."""
    fx, [pid] = start(fixture)
    done = run("-o", "json", "-p", pid, prefix=AS_NOBODY, cwd="/")
    assert done.returncode == 3, done.stdout + done.stderr
    assert str(pid) in done.stderr and "sudo" in done.stderr, done.stderr
    assert not done.stdout


@needs("setpriv")
def test_in_a_pid_namespace(fixture):
    """The numbers are those of the mounted /proc, and BPF's are not."""
    done = run("-o", "json", "-p", "1", prefix=("unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--"))
    document = json.loads(done.stdout)
    assert document["evidence"] == "procfs" and done.returncode in (0, 1), done.stderr
    [process] = document["processes"]
    assert process["tgid"] == 1 and process["comm"] == "sigtrace" and process["namespace_init"] is True


# --- Nothing is changed, nothing stays ---

def test_nothing_stays_behind(fixture):
    fx, [pid] = start(fixture)
    if not os.access("/usr/sbin/bpftool", os.X_OK):
        pytest.skip("bpftool is not installed")

    def names():
        done = subprocess.run(["/usr/sbin/bpftool", "-j", "prog", "list"], capture_output=True, check=True, timeout=DEADLINE_S)
        return {item["id"]: item.get("name", "") for item in json.loads(done.stdout)}

    before = {kind: bpf_ids(kind) for kind in ("prog", "map", "link")}
    inspect("-p", pid)
    for kind, ids in before.items():
        wait_until(lambda kind=kind, ids=ids: bpf_ids(kind) <= ids, f"no new {kind}: {names() if kind == 'prog' else ''}")


def test_leaves_the_target_alone(fixture):
    fx = fixture("fork A [ block USR1 send kill USR1 self thread T [ ready pause ] await T ready pause ] ready pause")
    pid = fx.ready("A")
    tids = [None, fx.tid("T")]
    wait_state(pid, "S")
    wait_state(pid, "S", fx.tid("T"))
    keys = ("State", "TracerPid", "SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd", "Threads", "Seccomp")
    before = [{key: proc_status(pid, tid)[key] for key in keys} for tid in tids]
    for evidence in ("bpf", "procfs"):
        inspect("-p", pid, "-s", "all", "--threads", evidence=evidence)
    assert [{key: proc_status(pid, tid)[key] for key in keys} for tid in tids] == before


def test_a_closed_pipe_ends_it_quietly(fixture):
    fx, pids = start(fixture, count=10)
    with subprocess.Popen([SIGTRACE, "inspect", "-o", "json", "-s", "all", "-p", ",".join(map(str, pids))],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        process.wait(3 * DEADLINE_S)
        assert "roken pipe" not in process.stderr.read()
