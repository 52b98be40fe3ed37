# SPDX-License-Identifier: BSD-2-Clause
"""inspect: the facts it tells are those that the fixture made, from both evidences, and never more than a source knows."""

import os
import pathlib
import re
import shutil
import signal

import pytest

from harness import pid_ns, proc_status, signal_number, wait_sigwait, wait_state, wait_until
from inspection import ALL, inspect, mask_set, run, signal_set
from test_live_matrix import flag_value

EVIDENCES = ("bpf", "procfs")
both = pytest.mark.parametrize("evidence", EVIDENCES)

# What only the kernel's own structures tell; nothing else may be there or not.
BPF_ONLY = {"handler", "handler_symbol", "runtime", "sa_flags", "sa_mask", "asleep_ns", "signal_flags", "group_exit"}
# Sentences: with more facts they say more.
WORDS = {"explanation", "remedy"}
# Looked up where a question needs it, and /proc leaves more questions.
PLACES = {"syscall", "wchan"}


def start(fixture, verbs="", tail="pause", **keywords):
    fx = fixture(f"fork A [ {verbs} ready {tail} ] ready pause", **keywords)
    fx.ready()
    return fx, fx.ready("A")


@pytest.mark.parametrize("shift", range(4))
def test_every_action(fixture, shift):
    """Over the four shifts every signal is default once, ignored once and caught twice, its neighbours something else."""
    fx, pid = start(fixture, f"dispositions {shift}")
    expected = {line["sig"]: line for line in fx.lines.items if line["kind"] == "disposition"}
    assert len(expected) == 64
    document = inspect("-p", pid, "-s", "all")
    for sig, line in expected.items():
        found = document.signal(pid, sig).check(disposition=line["is"], blocked=False, pending="none")
        if line["is"] != "caught":
            found.check(handler=None, sa_mask=None)
            continue
        found.check(handler=line["handler"])
        assert flag_value(found["sa_flags"]) == int(line["flags"], 16), found
        # The kernel takes KILL and STOP out of every mask.
        assert signal_set(found["sa_mask"]) == mask_set(line["mask"]) - {9, 19}, found
    process = document.process(pid)
    for key, word in (("caught", "caught"), ("ignored", "ignored")):
        assert signal_set(process[key]) == {sig for sig, line in expected.items() if line["is"] == word}


@both
def test_dispositions_are_those_of_proc(fixture, evidence):
    fx, pid = start(fixture, "dispositions 2 block 1-8,40-64 send kill TERM self")
    status = proc_status(pid)
    document = inspect("-p", pid, "-s", "all", evidence=evidence)
    for sig in ALL:
        caught, ignored = (sig in mask_set(status[key]) for key in ("SigCgt", "SigIgn"))
        document.signal(pid, sig).check(
            disposition="caught" if caught else "ignored" if ignored else "default", blocked=sig in mask_set(status["SigBlk"]))


@both
def test_masks_and_pending_sets_of_threads(fixture, evidence):
    fx = fixture("fork A [ block USR1,USR2,TERM,RTMIN+5 thread T1 [ block HUP,64 comm first send tgkill USR1 self"
                 " send tgkill RTMIN+5 self ready pause ] thread T2 [ block all ready pause ] await T1 await T2"
                 " send kill TERM self send kill RTMIN+5 self ready pause ] ready pause")
    pid, first, second = fx.ready("A"), fx.tid("T1"), fx.tid("T2")
    document = inspect("-p", pid, "-s", "all", evidence=evidence)
    process = document.process(pid).check({"thread_count": 3, "state": "S"})
    assert signal_set(process["pending"]) == {15, 39}
    base = {10, 12, 15, 39}
    for tid, blocked, pending in ((pid, base, set()), (first, base | {1, 64}, {10, 39}), (second, set(ALL) - {9, 19}, set())):
        thread = document.thread(pid, tid)
        assert signal_set(thread["blocked"]) == blocked, thread
        assert signal_set(thread.get("pending", ())) == pending, thread
    document.thread(pid, first).check(comm="first", ns_tid=first)
    # Two of three threads leave HUP open.
    for sig, blocked, pending in (
            ("TERM", True, "process"), ("USR1", True, "thread"), ("USR2", True, "none"), ("HUP", False, "none")):
        document.signal(pid, sig).check(blocked=blocked, pending=pending)
    assert document.signal(pid, "RTMIN+5")["pending"] in ("process", "thread")


@both
def test_thread_facts_are_those_of_proc(fixture, evidence):
    fx = fixture("fork A [ thread T [ block 33-40,QUIT comm worker ready pause ] threads 20 await T ready pause ] ready pause")
    pid = fx.ready("A")
    wait_until(lambda: len(os.listdir(f"/proc/{pid}/task")) == 22, "22 threads")
    tids = sorted(int(tid) for tid in os.listdir(f"/proc/{pid}/task"))
    for tid in tids:
        wait_state(pid, "S", tid)
    document = inspect("-p", pid, "--threads", evidence=evidence)
    threads = document.process(pid)["threads"]
    assert [thread["tid"] for thread in threads] == [pid, *(tid for tid in tids if tid != pid)]
    for thread in threads:
        status = proc_status(pid, thread["tid"])
        assert thread["comm"] == status["Name"].strip()
        assert thread["state"] == status["State"][0]
        assert thread["ns_tid"] == int(status["NSpid"].split()[-1])
        assert signal_set(thread["blocked"]) == mask_set(status["SigBlk"])


def test_sigwait(fixture):
    fx, pid = start(fixture, tail="sigwait TERM,USR1,RTMIN+2 pause")
    wait_sigwait(pid, "TERM")
    document = inspect("-p", pid, "-s", "TERM,HUP", code=0)
    assert signal_set(document.thread(pid, pid)["waits_for"]) == {10, 15, 36}
    document.signal(pid, "TERM").check({"if_sent.outside.cause": "sigwait", "if_sent.outside.effect": True})
    document.signal(pid, "HUP").check({"if_sent.outside.cause": "default_terminate"})
    # The mask in force while it waits does not block what it waits for.
    assert not signal_set(document.thread(pid, pid)["blocked"]) & {10, 15, 36}


def test_a_thread_that_does_not_wait(fixture):
    fx, pid = start(fixture)
    assert inspect("-p", pid).thread(pid, pid)["waits_for"] == []


def test_proc_does_not_tell_who_waits(fixture):
    """A thread in sigtimedwait() looks in /proc like one that blocks nothing: "default_terminate" would be wrong."""
    fx, pid = start(fixture, tail="sigwait TERM pause")
    wait_sigwait(pid, "TERM")
    document = inspect("-p", pid, "-s", "TERM", evidence="procfs")
    outside = document.signal(pid, "TERM")["if_sent"]["outside"]
    assert outside.get("cause", "sigwait") == "sigwait", outside


@both
@pytest.mark.parametrize("tail", ["pause", "idle"])
def test_signalfd(fixture, evidence, tail):
    """What a signalfd is open for may be read or not; that it is waited on now only the kernel's own structures tell."""
    fx, pid = start(fixture, "signalfd TERM block USR1", tail)
    wait_state(pid, "S")
    document = inspect("-p", pid, "-s", "TERM,USR1", evidence=evidence)
    document.signal(pid, "TERM").check({
        "blocked": True, "if_sent.outside.cause": "blocked", "if_sent.outside.explanation": lambda text: "signalfd" in text,
        "if_sent.outside.effect": True if (evidence, tail) == ("bpf", "pause") else None})
    document.signal(pid, "USR1").check({"blocked": True, "if_sent.outside.cause": "blocked", "if_sent.outside.effect": False})


@both
def test_identity(fixture, evidence):
    fx = fixture("init A [ fork B [ comm inner-two setuid 65534 ready pause ] ready pause ] ready pause")
    init, child = fx.ready("A"), fx.ready("B")
    document = inspect("-p", f"{init},{child}", evidence=evidence)
    document.process(init).check({
        "ns_tgid": 1, "namespace_init": True, "pid_ns": pid_ns(init), "uid": 0, "parent.tgid": fx.pid, "ptraced": False,
        "thread_count": 1, "state": "S"})
    document.process(child).check({
        "ns_tgid": 2, "namespace_init": False, "pid_ns": pid_ns(init), "uid": 65534, "parent.tgid": init, "comm": "inner-two",
        "parent.comm": pathlib.Path(f"/proc/{init}/comm").read_text().strip()})


def test_signal_flags(fixture):
    fx = fixture("init A [ ready pause ] fork B [ ready pause ] ready pause")
    init, plain = fx.ready("A"), fx.ready("B")
    document = inspect("-p", f"{init},{plain}")
    document.process(init).check(signal_flags=["SIGNAL_UNKILLABLE"], group_exit=None)
    document.process(plain).check(signal_flags=[], group_exit=None)


@both
def test_hostile_comm(fixture, evidence):
    name = b'\x1b[31m"\\\n\xff{x}'
    fx, pid = start(fixture, f"ignore TERM comm-hex {name.hex()}")
    document = inspect("-p", pid, evidence=evidence)
    assert document.process(pid)["comm"] == document.thread(pid, pid)["comm"] == name.decode("utf-8", "replace")
    text = run("-p", pid, evidence=evidence).stdout
    assert r"\x1b[31m" in text and not re.search(r"[\0-\x09\x0b-\x1f\x7f-\xff]", text), text


def test_default_signals_and_what_is_pending(fixture):
    fx, pid = start(fixture, "block ALRM,RTMIN+7 send kill ALRM self send tgkill RTMIN+7 self")
    numbers = [found["number"] for found in inspect("-p", pid).process(pid)["signals"]]
    assert numbers == sorted(signal_number(name) for name in ("HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "ALRM", "RTMIN+7"))


# --- The two evidences against each other ---

def differences(bpf, procfs, path=""):
    """Everything that /proc claims must be what BPF says; what it cannot know must be absent."""
    name = path.rpartition(".")[2]
    if isinstance(procfs, dict) and isinstance(bpf, dict):
        if "missing" in procfs:
            return
        for key, value in procfs.items():
            where = f"{path}.{key}"
            if key in BPF_ONLY:
                yield f"{where}: /proc cannot tell {value!r}"
            elif key not in bpf and key not in PLACES:
                yield f"{where}: only from /proc: {value!r}"
            elif key in bpf and key not in WORDS:
                yield from differences(bpf[key], value, where)
        for key in set(bpf) - set(procfs) - BPF_ONLY - WORDS - PLACES:
            if key not in ("waits_for", "effect", "inside"):
                yield f"{path}.{key}: only from BPF: {bpf[key]!r}"
    elif isinstance(procfs, list) and isinstance(bpf, list) and name not in ("blocked", "ignored", "caught", "pending"):
        if len(bpf) != len(procfs):
            yield f"{path}: {len(bpf)} and {len(procfs)} of them"
        for index, (one, other) in enumerate(zip(bpf, procfs)):
            yield from differences(one, other, f"{path}.{index}")
    elif bpf != procfs:
        yield f"{path}: {bpf!r} from BPF, {procfs!r} from /proc"


STATES = {
    "default": "ready pause",
    "ignored": "ignore HUP,TERM,RTMIN ready pause",
    "caught": "flags RESTART catch TERM,USR1,40 ready pause",
    "blocked": "block TERM,USR1,64 send kill TERM self send tgkill USR1 self ready pause",
    "threads": "block HUP thread T [ block TERM comm one ready pause ] thread U [ comm two ready pause ] await T await U ready pause",
    "session": "setsid ready pause",
    "setuid": "setuid 65534 ready pause",
    "signalfd": "signalfd TERM,USR1 ready pause",
    "zombie_leader": "catch TERM thread T [ ready pause ] await T ready exit-thread",
}


@pytest.mark.parametrize("state", [*STATES, "init", "zombie", "stopped", "traced", "sigwait", "frozen-1", "frozen-2", "vfork"])
def test_both_evidences_agree(fixture, freezer, state):
    fx = fixture(f"{'init' if state == 'init' else 'fork'} A [ " + {
        "zombie": "ready exit 0", "vfork": "vfork B [ ready idle ] idle", "sigwait": "ready sigwait TERM pause",
    }.get(state, STATES.get(state, "ready pause")) + " ] ready pause")
    fx.ready()
    pid = fx.line("child", child="A")["child_pid"] if state == "vfork" else fx.ready("A")
    if state == "stopped":
        os.kill(pid, signal.SIGSTOP)
    if state == "traced":
        fixture(f"trace {pid} pass").line("tracing")
    if state == "sigwait":
        wait_sigwait(pid, "TERM")
    if state.startswith("frozen"):
        freezer(int(state[-1]), pid)
    wait_state(pid, {"zombie": "Z", "zombie_leader": "Z", "stopped": "T", "vfork": "D", "frozen-1": "DS"}.get(state, "S"))
    bpf, procfs = (inspect("-p", pid, "-s", "all", "--threads", evidence=evidence) for evidence in EVIDENCES)
    assert len(bpf["processes"]) == len(procfs["processes"]) == 1
    assert not list(differences(bpf["processes"][0], procfs["processes"][0])), \
        "\n".join(differences(bpf["processes"][0], procfs["processes"][0]))


@pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv is not installed")
def test_falls_back_with_a_word(fixture):
    fx, pid = start(fixture)
    document = inspect("-p", pid, evidence="procfs")
    assert "/proc" in document.stderr, "nobody learns that facts are missing"
    assert not inspect("-p", pid).stderr


def test_kernel_thread():
    if not os.path.exists("/proc/2/comm") or pathlib.Path("/proc/2/comm").read_text() != "kthreadd\n":
        pytest.skip("kthreadd is not visible in this PID namespace")
    document = inspect("-p", 2, "-s", "TERM,KILL", code=1)
    document.process(2).check(comm="kthreadd", namespace_init=False, parent=None)
    document.signal(2, "TERM").check({"disposition": "ignored", "if_sent.outside.cause": "sig_ign",
                                      "if_sent.outside.effect": False})
