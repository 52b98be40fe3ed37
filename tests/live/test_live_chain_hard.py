# SPDX-License-Identifier: BSD-2-Clause
"""
chain where more than the programs decides: processes that do not run, what the kernel sends of its own accord, and whom it
lets nobody signal. Each is predicted, then the signal is sent; what is predicted for certain must be seen.
"""

import os
import pathlib
import shutil
import signal
import tempfile

import pytest

import test_live_chain_run
from chaining import predict, read, run, watch
from checking import AS_NOBODY
from harness import FIXTURE, proc_status, wait_state
from inspection import allow_to_nobody, needs
from test_live_chain import agree
from trees import Stat, leaf
from waiting import wait_until

W = leaf("worker")
ONE, TWO = leaf("one"), leaf("two")
TWO_COMMANDS = ["bash", "-c", f"{W}; true"]

tree = test_live_chain_run.tree


def both(one, sig="TERM", to="process", root=None):
    """Predicted, and seen."""
    root = root or one.root
    predicted = predict(root, sig, to, one.names)
    seen = watch(root, sig, to, one.names)
    try:
        agree(predicted, seen)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{predicted.show()}\n{seen.show()}") from None
    return predicted, seen


def is_pending(pid, sig):
    return int(proc_status(pid)["ShdPnd"], 16) & 1 << (sig - 1)


# --- Processes that do not run ---

INITS = {"tini": ["tini", "-s", "--"], "dumb-init": ["dumb-init"], "catatonit": ["catatonit", "--"]}
EVERY_INIT = pytest.mark.parametrize("init", [pytest.param(name, marks=needs(name)) for name in INITS])


def held(one, init, remedy):
    """Nobody takes it; and the remedy helps."""
    for document in both(one):
        assert document.breaks() == {init: "dropped"} and document.exit_code == 1, document.show()
        assert document.gets("yes") == [init], document.show()
        document.node(one.root).check(does="drop", taken=None)
        assert remedy in document["breaks"][0]["remedy"] and "sigwait" not in document["breaks"][0]["remedy"], document.show()
    document.node(one.root).check(fate="pending")
    assert is_pending(one.root, signal.SIGTERM) and one.lives(one.pids["worker"])


@EVERY_INIT
def test_stopped(tree, init):
    one = tree([*INITS[init], *W.split()], f"{init}(worker)")
    os.kill(one.root, signal.SIGSTOP)
    wait_state(one.root, "T")
    held(one, init, f"kill -CONT {one.root}")
    os.kill(one.root, signal.SIGCONT)
    wait_until(lambda: not one.lives(one.pids["worker"]), "the end of the worker")


@EVERY_INIT
@pytest.mark.parametrize("version", [1, 2])
def test_frozen(tree, freezer, init, version):
    one = tree([*INITS[init], *W.split()], f"{init}(worker)")
    freezer(version, one.root)
    held(one, init, "thaw it: docker unpause")


def test_blocked_and_stopped(tree):
    """It may block it still when it goes on: that is said, too."""
    one = tree([FIXTURE, *"pdeathsig 0 block TERM comm top ready idle".split()], "top")
    os.kill(one.root, signal.SIGSTOP)
    wait_state(one.root, "T")
    for document in both(one):
        [found] = document["breaks"]
        assert found["remedy"].startswith(f"kill -CONT {one.root}; if it blocks"), document.show()


@needs("dumb-init")
def test_terminal_stop_to_dumb_init(tree):
    """It sends SIGSTOP in place of it."""
    one = tree(["dumb-init", *W.split()], "dumb-init(worker)")
    for document in both(one, "TSTP"):
        assert document.breaks() == {} and document.gets("yes") == ["dumb-init", "worker"], document.show()
    wait_state(one.pids["worker"], "T")


def test_stop_in_an_orphaned_group(tree):
    """Nobody could continue it: the kernel does not stop it."""
    one = tree(TWO_COMMANDS, "bash(worker)")
    for document in both(one, "TSTP", "group"):
        assert document.breaks() == {"worker": "dropped"}, document.show()
        document.node(one.root).check(does="drop", cause="default_stop")
    assert {Stat(pid).state for pid in one.pids.values()} == {"S"}


def test_stop_in_a_job(tree):
    """The same below a shell with job control."""
    one = tree("bash --norc --noprofile -i".split(), typed=[("\n", "bash"), (f"bash -c '{W}; true'\n", "bash(bash(worker))")])
    for document in both(one, "TSTP", "group", one.pids["bash#2"]):
        assert document.breaks() == {} and document.gets("yes") == ["bash#2", "worker"], document.show()
        document.node(one.pids["worker"]).check(does="stop")
    wait_state(one.pids["worker"], "T")


# --- Hangups ---

@needs("script")
def test_holder_of_a_terminal_ends(tree):
    one = tree(["script", "-qc", f"exec {W}", "/dev/null"], "script(worker)")
    predicted, seen = both(one, "KILL")
    assert predicted.breaks() == {} and predicted.gets("unknown") == ["worker"] and predicted.exit_code == 0, predicted.show()
    assert "SIGHUP" in predicted.node(one.pids["worker"])["explanation"], predicted.show()
    assert seen.gets("yes") == ["script", "worker"] and not seen.alive(), seen.show()


def test_stopped_job_is_orphaned(tree):
    words = "pdeathsig 0 fork job [ pdeathsig 0 setpgid comm job ready idle ] await job comm top ready idle"
    one = tree([FIXTURE, *words.split()], "top(job)")
    os.kill(one.pids["job"], signal.SIGSTOP)
    wait_state(one.pids["job"], "T")
    predicted, seen = both(one)
    assert predicted.breaks() == {} and predicted.gets("unknown") == ["job"] and predicted.exit_code == 0, predicted.show()
    assert seen.gets("yes") == ["job", "top"] and not seen.alive(), seen.show()


def test_running_job_is_orphaned(tree):
    """Only a stopped one is hung up."""
    words = "pdeathsig 0 fork job [ pdeathsig 0 setpgid comm job ready idle ] await job comm top ready idle"
    one = tree([FIXTURE, *words.split()], "top(job)")
    for document in both(one):
        assert document.breaks() == {"top": "ends_without_forwarding"} and document.gets("no") == ["job"], document.show()
    assert one.lives(one.pids["job"])


# --- Users ---

@pytest.fixture
def becomes_root():
    """A command that anybody may start, and that is root then, in its real number, too."""
    # Others may enter it, not as below pytest's own folders.
    directory = pathlib.Path(tempfile.mkdtemp())
    try:
        directory.chmod(0o755)
        if os.statvfs(directory).f_flag & os.ST_NOSUID:
            pytest.skip("programs there get no set-user-ID")
        program = directory / "fixture"
        shutil.copy(FIXTURE, program)
        program.chmod(0o4755)
        if not allow_to_nobody(program):
            pytest.skip(f"user nobody may not reach {program}")
        # It asks for SIGKILL at its parent's end then, which the kernel refuses likewise.
        yield leaf("worker", "setuid 0", program)
    finally:
        shutil.rmtree(directory)


@needs("setpriv")
@pytest.mark.parametrize("words, shape, at, rule", [
    pytest.param(["timeout", "50"], "timeout(worker)", "timeout", "not_forwarded", id="timeout"),
    pytest.param(["tini", "-s", "--"], "tini(worker)", "tini", "not_forwarded", id="tini", marks=needs("tini")),
    pytest.param(["tini", "-s", "-g", "--", "bash", "-c"], "tini(bash(worker))", "bash", "shell_ends", id="group",
                 marks=needs("tini")),
])
def test_may_not_signal_another_user(tree, becomes_root, words, shape, at, rule):
    command = [f"{becomes_root}; true"] if words[-1] == "-c" else becomes_root.split()
    one = tree([*AS_NOBODY, *words, *command], shape, cwd="/")
    predicted, seen = both(one)
    assert predicted.breaks() == {} and predicted.gets("unknown") == ["worker"], predicted.show()
    assert "EPERM" in predicted.node(one.pids["worker"])["explanation"], predicted.show()
    assert seen.breaks() == {at: rule} and one.lives(one.pids["worker"]), seen.show()
    remedy = seen["breaks"][0]["remedy"]
    assert "as root" in remedy and "tini -g" not in remedy and str(one.pids["worker"]) in remedy, seen.show()


# --- Others ---

@needs("dumb-init")
@needs("unshare")
def test_adopted_by_dumb_init(tree):
    """It ends the group of its own child, not that of a daemon that it adopted."""
    script = f"setsid -f bash -c '{ONE}; true'; {TWO}; true"
    one = tree(["unshare", "--pid", "--fork", "--kill-child", "dumb-init", "bash", "-c", script],
               "unshare(dumb-init(bash(two) bash(one)))")
    daemon = one.pids["bash#2"]
    predicted, seen = both(one, root=daemon)
    assert predicted.breaks() == {} and predicted.gets("unknown") == ["one"], predicted.show()
    assert seen.breaks() == {"bash#2": "shell_ends"} and one.lives(one.pids["one"]), seen.show()


def test_leader_has_ended(tree):
    """Its other threads live: it is there."""
    words = "pdeathsig 0 comm top thread T [ ready idle ] await T ready exit-thread"
    one = tree([FIXTURE, *words.split()])
    try:
        wait_state(one.root, "Z")
        done = run("-p", one.root, "-o", "json")
        assert done.returncode == 0, done
        read(done).node(one.root).check({"gets": "yes", "does": "end", "zombie": None})
        document = read(run("-p", one.root, "--send", "TERM", "--deadline", "1s", "-o", "json"))
        document.node(one.root).check({"gets": "yes", "end": "signal"})
    finally:
        # For whoever ends the tree it has ended.
        one.process.kill()


def test_kill_to_an_interactive_shell(tree):
    """It ignores SIGTERM: that in place of SIGKILL would not help."""
    one = tree("bash --norc --noprofile -i".split(), typed=[("\n", "bash"), (f"{W} &\n", "bash(worker)")])
    document = predict(one.root, "KILL", names=one.names)
    [found] = document["breaks"]
    assert "send SIGHUP first" in found["remedy"] and "send SIGTERM" not in found["remedy"], document.show()
