# SPDX-License-Identifier: BSD-2-Clause
"""inspect: what a process that does not end is stuck in; and where an ignored or blocked signal comes from."""

import os
import pathlib
import signal
import subprocess
import time

import pytest

from harness import DEADLINE_S, FIXTURE, Lines, _parse_fixture_line, proc_status, wait_state, wait_until
from inspection import inspect, needs

TICK_NS = 10_000_000


def own_pid(fx, who="A"):
    """Of a process that prints nothing by itself, because its parent was asked."""
    return fx.line("child", child=who)["child_pid"]


def no_stuck(document, pid):
    assert "stuck" not in document.process(pid), document.process(pid)["stuck"]


def test_nothing_is_stuck(fixture):
    fx = fixture("fork A [ ready pause ] fork B [ catch TERM ready pause ] ready pause")
    document = inspect("-p", f"{fx.ready('A')},{fx.ready('B')}", code=0)
    no_stuck(document, fx.ready("A"))
    no_stuck(document, fx.ready("B"))


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_zombie(fixture, evidence):
    fx = fixture("fork A [ fork B [ comm the-zombie ready exit 3 ] ready pause ] ready pause")
    parent, pid = fx.ready("A"), fx.ready("B")
    wait_state(pid, "Z")
    document = inspect("-p", pid, evidence=evidence, code=1)
    document.process(pid).check({"state": "Z", "comm": "the-zombie", "stuck.reason": "zombie"})
    comm = pathlib.Path(f"/proc/{parent}/comm").read_text().strip()
    document.findings(pid)["zombie"].check({
        "other.tgid": parent, "other.comm": comm, "explanation": lambda text: str(parent) in text and comm in text})
    assert "remedy" in document.findings(pid)["zombie"]
    document.signal(pid, "TERM").check({"if_sent.outside.cause": "exiting", "if_sent.outside.effect": False})


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_zombie_leader(fixture, evidence):
    """Shown as a zombie by ps, yet threads live, and a parent that waits gets nothing."""
    fx = fixture("fork A [ ignore TERM thread T [ comm survivor ready pause ] thread U [ ready pause ] await T await U ready"
                 " exit-thread ] ready pause")
    pid = fx.ready("A")
    wait_state(pid, "Z")
    document = inspect("-p", pid, evidence=evidence)
    document.process(pid).check({"thread_count": 3})
    finding = document.findings(pid)["zombie_leader"]
    finding.check(count=lambda count: count == 2)
    assert "zombie" not in document.findings(pid)
    states = {thread["tid"]: thread["state"] for thread in document.process(pid)["threads"]}
    assert states == {pid: "Z", fx.tid("T"): "S", fx.tid("U"): "S"}
    document.thread(pid, pid).check(exiting=True)


def test_namespace_init_waits_for_a_process_whose_parent_is_outside(fixture):
    """zap_pid_ns_processes(): the init stays until everybody is reaped; a parent outside does not do that."""
    fx = fixture("init A [ ready pause ] fork P [ comm careless ready serve {P} ] ready pause")
    init, parent = fx.ready("A"), fx.ready("P")
    fx.do("P", f"enter {init} fork B [ comm left-over ready pause ]")
    inner = fx.ready("B")
    os.kill(init, signal.SIGKILL)
    wait_state(inner, "Z")
    document = inspect("-p", init, "-s", "TERM", code=1)
    document.process(init).check({"stuck.reason": "dying", "namespace_init": True, "group_exit.signal": "SIGKILL"})
    document.findings(init)["namespace_teardown"].check({
        "count": 1, "other.tgid": inner, "explanation": lambda text: str(inner) in text and "left-over" in text})
    document.signal(init, "TERM").check({"if_sent.outside.cause": "exiting", "if_sent.outside.effect": False})
    # The answer leads on: the one that is waited for is a zombie, and its parent is known.
    inspect("-p", inner).findings(inner)["zombie"].check({"other.tgid": parent, "other.comm": "careless"})


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
@pytest.mark.parametrize("version", [1, 2])
def test_frozen(fixture, freezer, version, evidence):
    fx = fixture("fork A [ catch TERM ready pause ] ready pause")
    pid = fx.ready("A")
    freezer(version, pid)
    os.kill(pid, signal.SIGTERM)
    document = inspect("-p", pid, "-s", "TERM,KILL", evidence=evidence)
    document.process(pid).check({"frozen": True, "stuck.reason": lambda reason: reason in ("pending", "no_effect")})
    finding = document.findings(pid)["frozen"]
    group = f"sigtrace-live-{os.getpid()}-{pid}"
    assert group in finding["explanation"] + finding.get("remedy", ""), finding
    assert ("freezer.state" if version == 1 else "cgroup.freeze") in finding["remedy"]
    kill = document.signal(pid, "KILL")["if_sent"]["outside"]
    assert kill["effect"] is (version == 2), kill


def test_killed_but_frozen(fixture, freezer):
    fx = fixture("fork A [ ready pause ] ready pause")
    pid = fx.ready("A")
    freezer(1, pid)
    os.kill(pid, signal.SIGKILL)
    document = inspect("-p", pid, code=1)
    document.process(pid).check({"stuck.reason": "dying", "stuck.signal": lambda sig: "KILL" in str(sig), "frozen": True})
    assert "frozen" in document.findings(pid)


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_traced(fixture, evidence):
    fx = fixture("fork A [ ready pause ] ready pause")
    pid = fx.ready("A")
    tracer = fixture(f"trace {pid} hold")
    tracer.line("held")
    os.kill(pid, signal.SIGTERM)
    document = inspect("-p", pid, evidence=evidence, code=1)
    document.process(pid).check({"state": "t", "ptraced": True, "tracer.tgid": tracer.pid, "tracer.comm": "fixture-trace",
                                 "stuck.reason": "pending"})
    document.findings(pid)["traced"].check({"other.tgid": tracer.pid, "other.comm": "fixture-trace"})


def test_traced_by_strace(fixture, tmp_path):
    if not os.access("/usr/bin/strace", os.X_OK):
        pytest.skip("strace is not installed")
    fx = fixture("init A [ ready pause ] ready pause")
    init = fx.ready("A")
    with subprocess.Popen(["/usr/bin/strace", "-o", tmp_path / "out", "-p", str(init)], stderr=subprocess.DEVNULL) as strace:
        try:
            wait_until(lambda: proc_status(init)["TracerPid"].strip() == str(strace.pid), "strace to attach")
            wait_state(init, "S")
            document = inspect("-p", init, "-s", "TERM")
            document.process(init).check({"tracer.comm": "strace", "tracer.tgid": strace.pid})
            document.signal(init, "TERM").check({"if_sent.outside.cause": "ptraced"})
            assert "strace" in document.signal(init, "TERM")["if_sent"]["outside"]["explanation"]
        finally:
            strace.kill()
            strace.wait(DEADLINE_S)


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_stopped(fixture, evidence):
    fx = fixture("fork A [ ready pause ] ready pause")
    pid = fx.ready("A")
    os.kill(pid, signal.SIGSTOP)
    wait_state(pid, "T")
    os.kill(pid, signal.SIGTERM)
    document = inspect("-p", pid, evidence=evidence, code=1)
    document.process(pid).check({"state": "T", "stuck.reason": "pending", "stuck.signal": lambda sig: "TERM" in str(sig)})
    assert "CONT" in document.findings(pid)["stopped"]["remedy"]
    document.signal(pid, "TERM").check({"pending": "process", "if_sent.outside.cause": "stopped"})


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_vfork(fixture, evidence):
    """In D state until the child executes or ends, and however long it takes."""
    before = time.monotonic_ns()
    fx = fixture("fork A [ catch TERM vfork B [ comm the-child ready idle ] idle ] ready pause")
    child, pid = fx.ready("B"), own_pid(fx)
    wait_state(pid, "D")
    asleep_since = time.monotonic_ns()
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: time.monotonic_ns() - asleep_since > 5 * TICK_NS, "some time to pass")
    least = time.monotonic_ns() - asleep_since
    document = inspect("-p", pid, evidence=evidence, code=1)
    most = time.monotonic_ns() - before
    document.process(pid).check({"state": "D", "stuck.reason": lambda reason: reason in ("pending", "no_effect")})
    if evidence == "bpf":
        document.findings(pid)["vfork"].check({"other.tgid": child, "other.comm": "the-child"})
    else:
        # That it is for a vfork() only the kernel's own structures prove.
        document.findings(pid)["uninterruptible"].check(explanation=lambda text: "clone" in text)
    thread = document.thread(pid, pid).check(wchan=lambda wchan: wchan)
    assert thread["syscall"]["name"] in ("clone", "clone3", "vfork"), thread
    if evidence == "bpf":
        # A signal that does not wake it must not reset the clock.
        assert least - 2 * TICK_NS <= thread["asleep_ns"] <= most + 2 * TICK_NS, (least, thread["asleep_ns"], most)
    document.signal(pid, "TERM").check({"if_sent.outside.cause": "uninterruptible", "if_sent.outside.effect": False})


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_blocked_and_pending(fixture, evidence):
    fx = fixture("fork A [ block TERM ready send kill TERM self say done idle ] ready pause")
    pid = fx.ready("A")
    fx.line("said")
    document = inspect("-p", pid, evidence=evidence, code=1)
    document.process(pid).check({"stuck.reason": "pending", "stuck.signal": lambda sig: "TERM" in str(sig)})
    document.findings(pid)["blocked"].check(explanation=lambda text: "SIGTERM" in text)


def test_exiting_is_held(fixture):
    fx = fixture("fork A [ ready serve {A} ] ready pause")
    pid = fx.ready("A")
    tracer = fixture(f"trace {pid} hold-exit")
    tracer.line("tracing")
    fx.start_do("A", "exit 7")
    tracer.line("held")
    document = inspect("-p", pid, code=1)
    document.process(pid).check({"stuck.reason": "dying", "group_exit.code": 7})
    document.findings(pid)["traced"].check({"other.tgid": tracer.pid})


def test_namespace_init_without_a_handler_sleeps(fixture):
    fx = fixture("init A [ ready idle ] ready pause")
    init = fx.ready("A")
    wait_state(init, "S")
    document = inspect("-p", init, code=1)
    document.process(init).check({"stuck.reason": "no_effect", "stuck.signal": lambda sig: "TERM" in str(sig)})
    finding = document.findings(init)["sleeping"]
    assert "poll" in finding["explanation"], finding
    assert document.thread(init, init)["syscall"]["name"] in ("poll", "ppoll")


def test_running(fixture):
    fx = fixture("fork A [ ignore TERM ready spin ] ready pause")
    pid = fx.ready("A")
    wait_state(pid, "R")
    document = inspect("-p", pid, code=1)
    assert "running" in document.findings(pid), document.process(pid).get("stuck")


# --- Shells ---

class Shell:
    """A shell with a script whose fixture prints lines."""

    def __init__(self, argv, **popen):
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **popen)
        self.lines = Lines(self.process.stdout, _parse_fixture_line)
        self.pid = self.process.pid

    def line(self, **keys):
        at = self.lines.wait(lambda line: all(line.get(key) == value for key, value in keys.items()), what=str(keys))
        return self.lines.items[at]


@pytest.fixture
def shell():
    started = []

    def start(*argv, **popen):
        started.append(Shell(argv, **popen))
        return started[-1]

    yield start
    for one in started:
        # The fixture that it waits for is told by its parent-death signal.
        one.process.kill()
        one.process.wait(DEADLINE_S)
        one.lines.wait_end()
        one.process.stdout.close()


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
@needs("bash")
def test_shell_waits_for_its_foreground_child(shell, evidence):
    """moby#15402: the trap runs when the child has ended, and not before."""
    bash = shell("bash", "-c", f"trap 'exit 0' TERM; {FIXTURE} comm the-job ready pause; true")
    child = bash.line(kind="ready")["host_pid"]
    wait_state(bash.pid, "S")
    document = inspect("-p", bash.pid, "-s", "TERM,USR1", evidence=evidence)
    process = document.process(bash.pid)
    document.signal(bash.pid, "TERM").check({"disposition": "caught", "if_sent.outside.cause": "caught"})
    assert process["comm"] == "bash"
    assert child != bash.pid


@needs("dash")
def test_shell_that_ignores_waits_for_its_child(shell):
    dash = shell("dash", "-c", f"trap '' TERM; {FIXTURE} comm the-job default TERM ready pause; true")
    child = dash.line(kind="ready")["host_pid"]
    wait_state(dash.pid, "S")
    document = inspect("-p", dash.pid, code=1)
    document.process(dash.pid).check({"stuck.reason": "no_effect"})
    document.findings(dash.pid)["waits_for_child"].check({"other.tgid": child, "other.comm": "the-job"})


# --- Provenance ---

@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_background_job(shell, evidence):
    """POSIX: a shell without job control starts `cmd &` with INT and QUIT ignored."""
    sh = shell("sh", "-c", f"{FIXTURE} ready pause & wait")
    child = sh.line(kind="ready")["host_pid"]
    document = inspect("-p", child, "-s", "INT,QUIT,TERM", evidence=evidence)
    for sig in ("INT", "QUIT"):
        document.signal(child, sig).check({"disposition": "ignored", "provenance.rule": "background_job"})
        assert str(sh.pid) in document.signal(child, sig)["provenance"]["explanation"]
    assert "provenance" not in document.signal(child, "TERM")


def test_foreground_child_of_a_shell_has_no_provenance(shell):
    sh = shell("sh", "-c", f"{FIXTURE} ready ignore INT say set pause; true")
    child = sh.line(kind="ready")["host_pid"]
    sh.line(kind="said")
    document = inspect("-p", child, "-s", "INT,QUIT")
    document.signal(child, "INT").check({"disposition": "ignored", "provenance": None})
    document.signal(child, "QUIT").check({"disposition": "default", "provenance": None})


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_inherited(fixture, evidence):
    """nohup's SIG_IGN and a blocked mask survive fork and exec; what the parent does otherwise proves nothing."""
    fx = fixture("ignore HUP block USR1,USR2 fork A [ exec [ ignore TERM unblock USR2 block INT ready pause ] ] ready pause")
    pid = own_pid(fx)
    fx.line("ready", host_pid=pid)
    document = inspect("-p", pid, "-s", "HUP,USR1,USR2,TERM,INT", evidence=evidence)
    document.signal(pid, "HUP").check({"disposition": "ignored", "provenance.rule": "ignored_inherited"})
    document.signal(pid, "USR1").check({"blocked": True, "provenance.rule": "blocked_inherited"})
    for sig in ("HUP", "USR1"):
        assert str(fx.pid) in document.signal(pid, sig)["provenance"]["explanation"]
    for sig in ("USR2", "TERM", "INT"):
        document.signal(pid, sig).check(provenance=None)


def test_nohup(shell):
    sh = shell("nohup", "sh", "-c", f"{FIXTURE} ready pause; true", stderr=subprocess.DEVNULL)
    child = sh.line(kind="ready")["host_pid"]
    document = inspect("-p", child, "-s", "HUP,TERM")
    document.signal(child, "HUP").check({"disposition": "ignored", "provenance.rule": "ignored_inherited"})
    document.signal(child, "TERM").check(provenance=None)
