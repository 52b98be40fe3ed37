# SPDX-License-Identifier: BSD-2-Clause
"""What made the kernel send a signal: each name must be proven by the stack at generation or by the siginfo."""

import ctypes
import fcntl
import os
import platform
import pty
import signal
import termios

import pytest

from harness import signal_number, wait_state

KERNEL = {"sender.kind": "kernel", "sender.tgid": None, "sender.comm": None, "sender.ancestors": None}


def by(origin, **facts):
    return KERNEL | {"sender.origin": origin, "sender.origin_detail": lambda text: text and not text.endswith(".")} | facts


def start(fixture, verbs="", **keywords):
    fx = fixture(f"fork A [ {verbs} ready serve {{A}} ] ready pause", **keywords)
    fx.ready()
    return fx, fx.ready("A")


# --- Terminals and sessions ---


@pytest.fixture
def terminal(fixture):
    """terminal("script") starts a fixture that leads a session on a terminal of its own; returns it and the master."""
    masters = []

    def make(script):
        master, slave = pty.openpty()
        masters.append(master)

        def own_terminal():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        fx = fixture(script, preexec_fn=own_terminal, stdin=slave)
        os.close(slave)
        return fx, master

    def hang_up(master):
        masters.remove(master)
        os.close(master)

    make.hang_up = hang_up
    yield make
    for master in masters:
        os.close(master)


@pytest.mark.parametrize("key, sig", [(b"\x03", "INT"), (b"\x1c", "QUIT"), (b"\x1a", "TSTP")])
def test_tty_interrupt(terminal, trace, key, sig):
    fx, master = terminal(f"comm editor exit-on {sig}=4 ready pause")
    pid = fx.ready()
    t = trace("-p", pid)
    os.write(master, key)
    t.wait(sig=sig, to=pid).check(by("tty_interrupt"), **{
        "result": "delivered", "cause": "caught", "scope": "process", "code.name": "SI_KERNEL"})
    after = {"after": None} if sig == "TSTP" else {  # it never ends a process by itself
        "after.signal": f"SIG{sig}", "after.became": "handled", "after.caused": False, "after.sender.kind": "kernel",
        "after.sender.tgid": None}
    t.wait("exit", to=pid).check(after, **{"status.code": 4})
    t.finish(stop=None)
    assert fx.wait() == 4


def test_tty_hangup(terminal, trace):
    fx, master = terminal("ready pause")
    pid = fx.ready()
    t = trace("-p", pid, "-s", "HUP,CONT")
    terminal.hang_up(master)
    t.wait(sig="HUP", to=pid).check(by("tty_hangup"), cause="default_terminate")
    t.finish(stop=None)


def test_session_leader_exit(terminal, trace):
    """The shell of a terminal ends: the kernel tells the foreground job."""
    fx, _ = terminal("fork J [ pdeathsig 0 ready pause ] await J ready serve {main}")
    leader, job = fx.ready(), fx.ready("J")
    t = trace("-p", job, "-s", "HUP")
    fx.start_do("main", "exit 0")
    t.wait(sig="HUP", to=job).check(by("session_leader_exit"), cause="default_terminate")
    t.finish(stop=None)
    assert leader != job


def test_orphaned_process_group(fixture, trace):
    """A stopped job whose leader ends would stay stopped for ever: SIGHUP and SIGCONT."""
    fx = fixture("fork L [ setsid fork J [ setpgid pdeathsig 0 ready pause ] await J ready serve {L} ] ready pause")
    fx.ready("L")
    job = fx.ready("J")
    fx.kill("STOP", "J")
    wait_state(job, "T")
    t = trace("-p", job, "-s", "HUP,CONT")
    fx.start_do("L", "exit 0")
    t.wait(sig="HUP", to=job).check(by("orphaned_process_group"))
    t.wait(sig="CONT", to=job).check(by("orphaned_process_group"))
    t.finish(stop=None)


# --- Timers and limits ---


@pytest.mark.parametrize("kind, sig, code, scope, origin", [
    ("posix", "RTMIN+1", "SI_TIMER", "process", "posix_timer"),
    ("posix-thread", "USR1", "SI_TIMER", "thread", "posix_timer"),
    ("real", "ALRM", "SI_KERNEL", "process", "itimer"),
    ("alarm", "ALRM", "SI_KERNEL", "process", "itimer"),
])
def test_timer(fixture, trace, kind, sig, code, scope, origin):
    fx = fixture(f"catch {sig} ready serve {{main}}")
    pid = fx.ready()
    t = trace("-p", pid)
    fx.start_do("main", f"timer {kind} {sig} 1")
    t.wait(sig=sig, to=pid).check(by(origin), **{
        "result": "delivered", "cause": "caught", "code.name": code, "scope": scope})
    t.wait("deliver", sig=sig, to=pid).check(cause="caught")
    fx.line("caught", sig=signal_number(sig))
    t.finish()


@pytest.mark.parametrize("kind, sig, origin", [
    ("virtual", "VTALRM", "itimer"), ("prof", "PROF", "itimer"), ("posix-cpu", "USR1", "posix_timer")])
def test_cpu_timer(fixture, trace, kind, sig, origin):
    """The interrupted process is `current`, so a naive reader would say that it signals itself."""
    fx = fixture(f"catch {sig} ready serve {{main}}")
    pid = fx.ready()
    t = trace("-p", pid)
    fx.do("main", f"timer {kind} {sig} 1 spin-until {sig}")
    t.wait(sig=sig, to=pid).check(by(origin), cause="caught")
    t.finish()


@pytest.mark.parametrize("which, sig, cause", [("soft", "XCPU", "caught"), ("hard", "KILL", "default_terminate")])
def test_cpu_limit(fixture, trace, which, sig, cause):
    fx, pid = start(fixture, "catch XCPU")
    t = trace("-p", pid, "-s", "XCPU,KILL")
    fx.start_do("A", f"cpu-limit {which} spin-until XCPU exit 0")
    t.wait(sig=sig, to=pid).check(by("cpu_limit"), cause=cause)
    t.finish(stop=None)


def test_file_size_limit(fixture, trace):
    fx, pid = start(fixture, "ignore XFSZ")
    t = trace("-p", pid)
    fx.do("A", "outgrow")
    t.wait(sig="XFSZ", to=pid).check(by("file_size_limit"), cause="sig_ign")
    t.finish()


# --- Files ---


def test_sigpipe(fixture, trace):
    fx, pid = start(fixture)
    t = trace("-p", pid)
    fx.start_do("A", "sigpipe")
    t.wait(sig="PIPE", to=pid).check(by("sigpipe"), **{"result": "delivered", "cause": "default_terminate"})
    t.wait("exit", to=pid).check({"status.signal": "SIGPIPE", "after.caused": True, "after.sender.kind": "kernel"})
    t.finish(stop=None)


@pytest.mark.parametrize("how, sig", [("plain", "IO"), ("USR1", "USR1"), ("RTMIN+4", "RTMIN+4")])
def test_sigio(fixture, trace, how, sig):
    fx, pid = start(fixture, f"catch {sig}")
    t = trace("-p", pid)
    fx.start_do("A", f"sigio {how}")
    t.wait(sig=sig, to=pid).check(by("sigio"), cause="caught")
    fx.line("caught", sig=29 if sig == "IO" else signal_number(sig))
    t.finish()


# --- Faults and filters ---


def test_fault_at_address_zero(fixture, trace):
    fx, pid = start(fixture, "rlimit core 0")
    t = trace("-p", pid)
    fx.start_do("A", "crash")
    t.wait(sig="SEGV", to=pid).check(by("fault"), **{
        "result": "delivered", "cause": "default_core", "code.name": "SEGV_MAPERR", "scope": "thread",
        "sender.origin_detail": lambda text: "0x0" in text and "SEGV_MAPERR" in text})
    t.wait("deliver", sig="SEGV", to=pid).check(cause="default_core")
    t.wait("exit", to=pid).check({"status.signal": "SIGSEGV", "status.core_dumped": False, "after.caused": True})
    t.finish(stop=None)


@pytest.mark.parametrize("kind, sig, code", [
    ("read-only", "SEGV", "SEGV_ACCERR"), ("beyond-end", "BUS", "BUS_ADRERR"), ("divide", "FPE", "FPE_INTDIV"),
    ("illegal", "ILL", "ILL_ILLOPN")])
def test_fault(fixture, trace, kind, sig, code):
    if platform.machine() != "x86_64" and kind in ("divide", "illegal"):
        pytest.skip("the fixture knows this fault on x86_64 only")
    fx, pid = start(fixture, "rlimit core 0")
    t = trace("-p", pid)
    fx.start_do("A", f"fault {kind}")
    t.wait(sig=sig, to=pid).check(by("fault"), **{
        "code.name": code, "sender.origin_detail": lambda text: code in text and "0x" in text})
    t.wait("exit", to=pid).check({"status.signal": f"SIG{sig}", "after.caused": True})
    t.finish(stop=None)


def test_a_fault_by_hand_is_none(fixture, trace):
    """kill -SEGV looks alike in many a log."""
    fx, pid = start(fixture, "rlimit core 0")
    t = trace("-p", pid)
    fx.kill("SEGV", "A")
    t.wait(sig="SEGV", to=pid).check({"sender.kind": "user", "sender.tgid": os.getpid(), "sender.origin": None})
    t.finish(stop=None)


@pytest.mark.parametrize("action, cause", [("trap", "caught"), ("kill", None)])
def test_seccomp(fixture, trace, action, cause):
    fx, pid = start(fixture, "rlimit core 0 catch SYS")
    t = trace("-p", pid)
    fx.start_do("A", f"seccomp {action}")
    if action == "trap":
        t.wait(sig="SYS", to=pid).check(by("seccomp"), **{"code.name": "SYS_SECCOMP", "cause": cause})
        fx.line("caught", sig=31)
        t.finish()
        return
    if tuple(map(int, platform.release().split(".")[:2])) < (5, 16):
        pytest.skip("before 5.16 seccomp ended a process without a signal")
    t.wait(sig="SYS", to=pid).check(by("seccomp"), **{"code.name": "SYS_SECCOMP"})
    t.wait("exit", to=pid).check({"status.signal": "SIGSYS", "after.signal": "SIGSYS", "after.caused": True})
    t.finish(stop=None)


# --- The end of others ---


def test_pid_namespace_teardown(fixture, trace):
    fx = fixture("init A [ comm app-init fork B [ ready pause ] ready serve {A} ] ready pause")
    init, child = fx.ready("A"), fx.ready("B")
    t = trace("-p", f"{init},{child}", "-s", "KILL,TERM")
    fx.start_do("A", "exit 3")
    t.wait(sig="KILL", to=child).check(by("pid_namespace_teardown", **{
        "sender.origin_detail": f"the end of its PID namespace, whose init app-init[{init}] exited",
        "sender.origin_by.tgid": init, "sender.origin_by.ns_tgid": 1}))
    t.wait("exit", to=child).check({
        "status.signal": "SIGKILL", "after.caused": True, "after.sender.kind": "kernel",
        "after.sender.origin": "pid_namespace_teardown", "after.sender.origin_by.tgid": init})
    t.wait("exit", to=init).check({"status.code": 3, "after": None})
    t.finish(stop=None)


@pytest.mark.parametrize("sig", ["KILL", "TERM"])
def test_parent_death(fixture, trace, sig):
    """The dying parent is the one to name."""
    fx = fixture(f"fork A [ comm parent fork B [ pdeathsig {sig} ready pause ] ready serve {{A}} ] ready pause")
    parent, pid = fx.ready("A"), fx.ready("B")
    t = trace("-p", pid)
    fx.start_do("A", "exit 0")
    t.wait(sig=sig, to=pid).check({
        "cause": "default_terminate", "sender.tgid": parent, "sender.comm": "parent", "sender.origin": "parent_death",
        "sender.origin_detail": lambda text: text})
    t.wait("exit", to=pid).check({"status.signal": f"SIG{sig}", "after.caused": True})
    t.finish(stop=None)


def test_a_stopped_child(fixture, trace):
    fx = fixture("catch CHLD fork A [ ready pause ] ready pause")
    parent, child = fx.ready(), fx.ready("A")
    t = trace("-p", parent, "-s", "CHLD")
    os.kill(child, signal.SIGSTOP)
    wait_state(child, "T")
    t.wait(sig="CHLD", to=parent).check({"code.name": "CLD_STOPPED", "sender.tgid": child, "sender.origin": "child"})
    t.finish()


def test_sigchld_by_hand_is_no_child(fixture, trace):
    fx, pid = start(fixture, "catch CHLD")
    t = trace("-p", pid, "-s", "CHLD")
    fx.kill("CHLD", "A")
    t.wait(sig="CHLD", to=pid).check({"sender.tgid": os.getpid(), "sender.origin": None})
    t.finish()


# --- Cgroups ---


def test_cgroup_kill(fixture, trace, cgroup):
    """Kernel code sends it, but whoever wrote to cgroup.kill is the one to name."""
    fx, pid = start(fixture)
    group = cgroup("v2", pid)
    if not (group / "cgroup.kill").exists():
        pytest.skip("this kernel has no cgroup.kill (5.14)")
    t = trace("-p", pid)
    (group / "cgroup.kill").write_text("1")
    t.wait(sig="KILL", to=pid).check({
        "cause": "default_terminate", "sender.tgid": os.getpid(), "sender.origin": "cgroup_kill",
        "sender.origin_detail": lambda text: text})
    t.wait("exit", to=pid).check({"status.signal": "SIGKILL", "after.caused": True, "after.sender.tgid": os.getpid()})
    t.finish(stop=None)


def test_oom_killer(fixture, trace, cgroup):
    fx, pid = start(fixture)
    group = cgroup("memory", pid)
    (group / "memory.limit_in_bytes").write_text("4194304")
    if (group / "memory.memsw.limit_in_bytes").exists():
        (group / "memory.memsw.limit_in_bytes").write_text("4194304")
    (group / "memory.swappiness").write_text("0")
    t = trace("-p", pid, "-s", "KILL")
    fx.start_do("A", "eat 16")
    t.wait(sig="KILL", to=pid).check(by("oom_killer"), cause="default_terminate")
    t.wait("exit", to=pid).check({"status.signal": "SIGKILL", "after.caused": True, "after.sender.kind": "kernel"})
    t.finish(stop=None)


# --- No guess ---


def without_kallsyms():
    """For a process of its own: /proc/kallsyms is empty there."""
    libc = ctypes.CDLL(None, use_errno=True)
    private, bind = 1 << 18 | 1 << 14, 1 << 12  # MS_PRIVATE | MS_REC, MS_BIND
    if (libc.unshare(0x00020000) or libc.mount(None, b"/", None, private, None) or
            libc.mount(b"/dev/null", b"/proc/kallsyms", None, bind, None)):
        raise OSError(ctypes.get_errno(), "mount namespace")


def test_without_kallsyms_only_what_the_siginfo_proves(fixture, trace):
    """No system call leaves the siginfo out, so that SIGPIPE needs no stack; an alarm looks like much else."""
    fx = fixture("catch ALRM,PIPE ready serve {main}")
    pid = fx.ready()
    t = trace("-p", pid, preexec_fn=without_kallsyms)
    fx.do("main", "timer real ALRM 1 sigpipe")
    t.wait(sig="ALRM", to=pid).check(KERNEL, **{"sender.origin": None, "sender.origin_detail": None, "cause": "caught"})
    t.wait(sig="PIPE", to=pid).check(by("sigpipe"))
    t.finish()


@pytest.mark.parametrize("sig, code, target", [
    ("SEGV", 1, "self"), ("FPE", 1, "self"), ("SYS", 1, "self"), ("CHLD", 1, "self"), ("IO", 1, "self"), ("PIPE", 128, "self"),
    ("XCPU", 128, "self"), ("ALRM", 128, "self"), ("USR1", -2, "self"), ("USR1", -2, "parent"), ("USR1", -5, "parent"),
    ("CHLD", -2, "parent")])
def test_a_forged_siginfo_proves_nothing(fixture, trace, sig, code, target):
    """A process may claim what it wants about a signal to itself, and much about one to others."""
    fx = fixture(f"catch {sig} fork A [ catch {sig} ready serve {{A}} ] ready pause")
    parent, pid = fx.ready(), fx.ready("A")
    t = trace("-p", f"{parent},{pid}", "-s", sig)
    fx.do("A", f"forge {code} sigqueue {sig} {target}")
    assert fx.line("sent")["errno"] == 0
    t.wait(sig=sig, to=pid if target == "self" else parent).check({
        "code.value": code, "sender.origin": None, "sender.origin_detail": None})
    t.finish()


def test_signals_of_processes_have_no_origin(fixture, trace):
    fx = fixture("fork A [ catch all ready pause ] fork B [ ready serve {B} ] ready pause")
    pid, sender = fx.ready("A"), fx.ready("B")
    t = trace("-p", pid, "-s", "1-64")
    signals = ("INT", "HUP", "PIPE", "IO", "XCPU", "XFSZ", "ALRM", "SYS", "SEGV", "CHLD")
    for sig in signals:
        fx.do("B", f"send kill {sig} {pid}")
    t.finish()
    for sig in signals:
        [event] = t.all(sig=sig)
        event.check({"sender.kind": "user", "sender.tgid": sender, "sender.origin": None, "sender.origin_detail": None})
