# SPDX-License-Identifier: BSD-2-Clause
"""check with real programs as PID 1: shells, small inits, interpreters, daemons."""

import shlex

import pytest

from checking import GRACE, LONG, check
from harness import FIXTURE
from inspection import needs

BOTH = pytest.mark.parametrize("evidence", ["bpf", "procfs"])
SHELLS = [pytest.param((path,), id=path, marks=needs(path)) for path in ("/bin/bash", "/bin/dash")]
SHELLS.append(pytest.param(("/bin/busybox", "sh"), id="busybox", marks=needs("/bin/busybox")))
EVERY_SHELL = pytest.mark.parametrize("shell", SHELLS)
INITS = [pytest.param(tuple(words), id=words[0], marks=needs(words[0])) for words in (["tini", "--"], ["dumb-init", "--"])]
EVERY_INIT = pytest.mark.parametrize("init", INITS)

UP = ("-r", "log:^up$")
CHILD = f"{shlex.quote(FIXTURE)} pdeathsig 0"
# A child that says when it is set up, and one that ends on SIGTERM.
WORKER = f"{CHILD} ready idle"
POLITE = f"{CHILD} exit-on TERM=0 ready idle"
UP_WORKER = ("-r", "log:^ready who=main ")


def as_argument(shell, script):
    return [*shell, "-c", script]


@pytest.fixture(params=["exec form", "sh -c form"])
def form(request, tmp_path):
    """form(shell, script): the shell with the script as a file, or as the argument of -c."""
    def words(shell, script):
        if request.param == "sh -c form":
            return as_argument(shell, script)
        path = tmp_path / "entrypoint.sh"
        path.write_text(f"#!{' '.join(shell)}\n{script}\n")
        path.chmod(0o755)
        return [path]

    return words


# --- Shells ---

@EVERY_SHELL
def test_shell_without_trap(form, shell):
    document = check(form(shell, f"{WORKER}; true"), *UP_WORKER, *GRACE, expect="fail unkillable_sig_dfl")
    assert "exec" in document["remedy"] or "trap" in document["remedy"] or "init" in document["remedy"], document["remedy"]


@EVERY_SHELL
def test_shell_without_trap_and_without_bpf(shell):
    check(as_argument(shell, f"{WORKER}; true"), *GRACE, evidence="procfs", expect="fail unkillable_sig_dfl")


@EVERY_SHELL
def test_shell_without_trap_waits(shell):
    check(as_argument(shell, f"{WORKER} & wait"), *UP_WORKER, *GRACE, expect="fail unkillable_sig_dfl")


@EVERY_SHELL
def test_exec(form, shell):
    document = check(form(shell, f"exec {POLITE}"), *UP_WORKER, *LONG, expect="pass graceful")
    document.check({"init.comm": "fixture"})


@EVERY_SHELL
@BOTH
def test_last_command_of_a_shell(shell, evidence):
    """`sh -c CMD`: some shells become CMD by themselves. The verdict is about who is PID 1."""
    document = check([*shell, "-c", POLITE], *UP_WORKER, "-g", "2s", evidence=evidence)
    found = (document["init"]["comm"], document["verdict"], document["reason"])
    assert found in (("fixture", "pass", "graceful"), (shell[0].rpartition("/")[2], "fail", "unkillable_sig_dfl")), found


@EVERY_SHELL
@BOTH
def test_trap_behind_a_foreground_child(form, shell, evidence):
    document = check(form(shell, f"trap 'exit 0' TERM; {WORKER}; true"), *UP_WORKER, *GRACE, evidence=evidence,
                     expect="fail still_running")
    [survivor] = document["survivors"]
    assert survivor["comm"] == "fixture" and survivor["awaited"] and "asked" not in survivor
    assert "waits for its child fixture[2]" in document["explanation"], document["explanation"]
    assert ("never got a signal" in document["explanation"]) == (evidence == "bpf")
    assert "foreground child" in document["explanation"]


@EVERY_SHELL
def test_trap_that_forgets_the_child(shell):
    script = f"trap 'exit 0' TERM; {WORKER} & wait"
    document = check(as_argument(shell, script), *UP_WORKER, *LONG, expect="pass graceful", warnings=["killed_descendants"])
    assert "fixture[" in document["warnings"][0]["explanation"]
    check(as_argument(shell, script), *UP_WORKER, *LONG, "--strict", expect="fail killed_descendants")


@EVERY_SHELL
def test_trap_that_passes_it_on(form, shell):
    document = check(form(shell, f"trap 'kill -TERM $p; wait $p; exit 0' TERM; {POLITE} & p=$!; wait $p"), *UP_WORKER, *LONG,
                     "--strict", "--expect-exit", "0", expect="pass graceful")
    assert not document["survivors"]


@EVERY_SHELL
def test_trap_that_does_not_exit(shell):
    """Its handler runs; nobody told the children."""
    document = check(as_argument(shell, f"trap 'true' TERM; {WORKER} & {WORKER} & while :; do wait; done"), *UP_WORKER, *GRACE,
                     expect="fail not_forwarded")
    assert "never got a signal" in document["explanation"]


@EVERY_SHELL
@BOTH
def test_trap_that_ignores(shell, evidence):
    check(as_argument(shell, f"trap '' TERM; {WORKER}; true"), *GRACE, evidence=evidence, expect="fail sig_ign")


@EVERY_SHELL
def test_trap_with_a_code(shell):
    script = "trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done"
    check(as_argument(shell, script), *UP, *LONG, expect="pass graceful", warnings=["odd_exit"])
    check(as_argument(shell, script), *UP, *LONG, "--expect-exit", "0,143", expect="fail bad_exit").check({"exit.code": 5})


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_sleep(evidence):
    """What a tracer would end."""
    document = check(["sleep", "infinity"], *GRACE, evidence=evidence, expect="fail unkillable_sig_dfl")
    document.check({"init.comm": "sleep"})


# --- Small inits ---

@EVERY_INIT
@BOTH
def test_init_with_a_polite_child(init, evidence):
    document = check([*init, *POLITE.split()], *UP_WORKER, *LONG, evidence=evidence, expect="pass graceful")
    document.check({"init.comm": init[0]})


@EVERY_INIT
@BOTH
def test_init_with_a_child_at_its_default(init, evidence):
    """Which is no PID 1, and so dies of the signal."""
    document = check([*init, "sleep", "infinity"], *LONG, evidence=evidence, expect="pass graceful")
    document.check({"exit.code": 143})


@EVERY_INIT
def test_init_with_a_child_that_fails(init):
    check([*init, *f"{CHILD} exit-on TERM=9 ready idle".split()], *UP_WORKER, *LONG, expect="pass graceful",
          warnings=["odd_exit"])


@EVERY_INIT
@BOTH
def test_init_with_a_deaf_child(init, evidence):
    document = check([*init, *f"{CHILD} ignore TERM ready idle".split()], *UP_WORKER, *GRACE, evidence=evidence,
                     expect="fail still_running")
    [survivor] = document["survivors"]
    if evidence == "bpf":
        assert survivor["asked"] == {"signal": "SIGTERM", "cause": "sig_ign"}
        assert "fixture[" in document["explanation"] and "SIG_IGN" in document["explanation"], document["explanation"]


@EVERY_INIT
def test_init_in_front_of_a_shell(init):
    """tini tells only the shell, which dies; dumb-init the whole session."""
    document = check([*init, "/bin/dash", "-c", f"{WORKER}; true"], *UP_WORKER, *LONG)
    assert (document["verdict"], document["reason"]) == ("pass", "graceful"), document["explanation"]
    assert document.warnings() == (["killed_descendants"] if init[0] == "tini" else []), document["warnings"]


@needs("tini")
def test_init_that_tells_the_group():
    check(["tini", "-g", "--", "/bin/dash", "-c", f"{WORKER}; true"], *UP_WORKER, *LONG, "--strict", expect="pass graceful")


# --- Interpreters ---

@needs("/usr/bin/python3")
@BOTH
def test_python(evidence):
    check(["/usr/bin/python3", "-c", "print('up', flush=True)\nimport signal; signal.pause()"], *UP, *GRACE, evidence=evidence,
          expect="fail unkillable_sig_dfl")


PYTHON_HANDLER = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit({code})); print('up', flush=True)\n"


@needs("/usr/bin/python3")
@BOTH
def test_python_with_a_handler(evidence):
    document = check(["/usr/bin/python3", "-c", PYTHON_HANDLER.format(code=0) + "signal.pause()"], *UP, *LONG,
                     evidence=evidence, expect="pass graceful")
    document.check(handler_after_ms=lambda after: after > 0)


@needs("/usr/bin/python3")
@BOTH
def test_python_whose_main_thread_is_busy(evidence):
    """Python's own handler runs in the main thread alone, between two of its instructions: the kernel's part is done."""
    program = PYTHON_HANDLER.format(code=0) + "import ctypes\n" \
        "lock = ctypes.create_string_buffer(64)\nfor _ in range(2): ctypes.CDLL(None).pthread_mutex_lock(lock)"
    document = check(["/usr/bin/python3", "-c", program], *GRACE, evidence=evidence, expect="fail still_running")
    if evidence == "bpf":
        assert document.events("deliver", "TERM")[0]["cause"] == "caught"


@needs("/usr/bin/python3")
def test_python_that_waits_for_the_signal():
    program = "import signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); print('up', flush=True)\n" \
        "signal.sigwait([signal.SIGTERM]); sys.exit(0)"
    check(["/usr/bin/python3", "-c", program], *UP, *LONG, "--strict", expect="pass graceful")


@needs("/usr/bin/python3")
def test_python_with_a_child():
    """Popen.wait() in front of a server, and no handler: the wrapper of many images."""
    program = f"import subprocess; subprocess.Popen({WORKER.split()!r}).wait()"
    check(["/usr/bin/python3", "-c", program], *UP_WORKER, *GRACE, expect="fail unkillable_sig_dfl")


@needs("perl")
@BOTH
def test_perl(evidence):
    check(["perl", "-e", "$| = 1; print \"up\\n\"; sleep 1000"], *UP, *GRACE, evidence=evidence, expect="fail unkillable_sig_dfl")
    check(["perl", "-e", "$| = 1; $SIG{TERM} = sub { exit 0 }; print \"up\\n\"; sleep 1000"], *UP, *LONG, evidence=evidence,
          expect="pass graceful")
    check(["perl", "-e", "$| = 1; $SIG{TERM} = 'IGNORE'; print \"up\\n\"; sleep 1 while 1"], *UP, *GRACE, evidence=evidence,
          expect="fail sig_ign")


# --- Daemons ---

DAEMON = "[ setsid pdeathsig 0 fork daemon [ pdeathsig 0 ready idle ] await daemon exit 0 ]"


@BOTH
def test_daemon_that_forks(evidence):
    """Its first process, PID 1, ends: that ends all of it, long before anybody asks."""
    document = check(f"fork first {DAEMON} wait first exit 0", *LONG, evidence=evidence, expect="inconclusive exited_early")
    document.check({"exit.code": 0, "remedy": lambda text: text})


def test_daemon_behind_a_shell():
    """A start script that keeps the container alive behind a daemon."""
    script = f"{CHILD} fork first {DAEMON} wait first; exec sleep infinity"
    document = check(["/bin/sh", "-c", script], *GRACE, expect="fail unkillable_sig_dfl")
    document.check({"init.comm": "sleep"})
    assert [process["comm"] for process in document["survivors"]] == ["fixture"]


def test_daemon_behind_a_trap():
    script = f"trap 'exit 0' TERM; {CHILD} fork first {DAEMON} wait first; echo up; while :; do sleep 0.05; done"
    document = check(["/bin/sh", "-c", script], *UP, *LONG, expect="pass graceful", warnings=["killed_descendants"])
    assert "fixture[" in document["warnings"][0]["explanation"]


def test_master_with_workers():
    """One that tells its workers, waits for them, and ends."""
    workers = " ".join(f"fork W{i} [ exit-on TERM=0 ready idle ] await W{i}" for i in range(4))
    tell = " ".join(f"send kill TERM @W{i}" for i in range(4)) + " " + " ".join(f"wait W{i}" for i in range(4))
    check(f"{workers} ready sigwait TERM {tell} exit 0", "-r", "log:^sigwait who=main ", *LONG, "--strict", "--expect-exit", "0",
          expect="pass graceful")
