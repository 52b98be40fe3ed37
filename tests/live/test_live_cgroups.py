# SPDX-License-Identifier: BSD-2-Clause
"""Selection by cgroup and by PID namespace, of plain processes: who is inside, decided by the kernel at each event."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from containers import send_until_seen
from harness import DEADLINE_S, FIXTURE, pid_ns, wait_state, wait_until


def _root():
    """The hierarchy that sigtrace looks at: of cgroup v2 where that has the pids controller, else that one of v1."""
    v2, v1 = pathlib.Path("/sys/fs/cgroup"), pathlib.Path("/sys/fs/cgroup/pids")
    controllers = v2 / "cgroup.controllers"
    if controllers.exists() and "pids" in controllers.read_text().split():
        return v2
    return v1 if (v1 / "cgroup.procs").exists() else None


class Tree:
    """Cgroups below one of our own."""

    def __init__(self, root):
        self.root = root
        self.path = root / f"sigtrace-tree-{os.getpid()}"
        self.path.mkdir()

    def make(self, name):
        (self.path / name).mkdir(parents=True)
        return self.path / name

    @staticmethod
    def move(pid, group):
        (group / "cgroup.procs").write_text(str(pid))

    def remove(self):
        """Whoever is still inside goes to the root; a dying process holds its cgroup a little longer than its pid."""
        for folder, _, _ in os.walk(self.path, topdown=False):
            group = pathlib.Path(folder)

            def gone(group=group):
                for pid in (group / "cgroup.procs").read_text().split():
                    with contextlib.suppress(OSError):
                        self.move(pid, self.root)
                try:
                    group.rmdir()
                except OSError:
                    return False
                return True

            wait_until(gone, f"{group} to become empty")


@pytest.fixture
def tree():
    root = _root()
    if root is None:
        pytest.skip("no cgroup hierarchy with the pids controller is mounted here")
    one = Tree(root)
    yield one
    one.remove()


def in_cgroup(group):
    """The fixture as a program that is in that cgroup before it is executed."""
    return "sh", "-c", 'echo 0 >"$0/cgroup.procs" && exec "$@"', str(group), FIXTURE


def send_from(group, sig, pid):
    subprocess.run([*in_cgroup(group), "send", "kill", sig, str(pid)], stdout=subprocess.DEVNULL, timeout=DEADLINE_S,
                   check=True)


def test_both_directions(fixture, trace, tree):
    """Signals to and by who is inside or below are shown; those of a cgroup beside it, named alike, are not."""
    web, inner, beside = tree.make("web"), tree.make("web/a/b"), tree.make("web2")
    inside = [fixture("catch USR1,USR2 ready pause", program=in_cgroup(group)) for group in (web, inner)]
    outside = [fixture("catch USR1,USR2 ready pause", program=in_cgroup(group)) for group in (beside, tree.path)]
    for one in (*inside, *outside):
        one.ready()
    t = trace("--cgroup", web)
    for one in (*outside, *inside):
        one.kill("USR1")
    send_from(beside, "USR2", outside[1].pid)
    send_from(inner, "USR2", outside[0].pid)
    t.wait("deliver", "USR2", to=outside[0].pid)
    t.finish()
    for one in inside:
        assert len(t.all(sig="USR1", to=one.pid)) == len(t.all("deliver", "USR1", to=one.pid)) == 1
    assert not t.all(sig="USR1", to=outside[0].pid) and not t.all(to=outside[1].pid)
    assert len(t.all(sig="USR2", to=outside[0].pid)) == 1


@pytest.mark.parametrize("option, shown", (("--to", "USR1"), ("--from", "USR2")))
def test_one_direction(fixture, trace, tree, option, shown):
    web, beside = tree.make("web"), tree.make("web2")
    inside = fixture("catch USR1,USR2 ready pause", program=in_cgroup(web))
    outside = fixture("catch USR1,USR2 ready pause", program=in_cgroup(beside))
    inside.ready()
    outside.ready()
    t = trace("--cgroup", web, option)
    for _ in range(2):
        inside.kill("USR1")
        send_from(web, "USR2", outside.pid)
    t.wait("deliver", shown)
    t.finish()
    assert {event["signal"]["name"] for event in t.all()} == {f"SIG{shown}"}


def test_made_later(fixture, trace, tree):
    """What is made below, at once in the one that was made just before, is selected before anybody can be in it."""
    web = tree.make("web")
    t = trace("--cgroup", web)
    for number in range(8):
        group = tree.make(f"web/{number}/a/b")
        one = fixture("send kill USR1 self exit 0", program=in_cgroup(group))
        one.wait()
        t.wait("exit", to=one.pid)
    t.finish()
    assert len(t.all(sig="USR1")) == 8


def test_moves(fixture, trace, tree):
    """Where it is at the event counts, not where it was at the start."""
    web, beside = tree.make("web"), tree.make("web2")
    mover = fixture("catch USR1,USR2,HUP ready pause", program=in_cgroup(beside))
    mover.ready()
    t = trace("--cgroup", web)
    mover.kill("HUP")
    tree.move(mover.pid, web)
    mover.kill("USR1")
    t.wait("deliver", "USR1", to=mover.pid)
    tree.move(mover.pid, beside)
    mover.kill("USR2")
    tree.move(mover.pid, web)
    mark = t.mark()
    mover.kill("USR1")
    t.wait("deliver", "USR1", to=mover.pid, start=mark)
    t.finish()
    assert [event["signal"]["name"] for event in t.all()] == ["SIGUSR1", "SIGUSR1"]


def test_lost_cgroups_are_found(fixture, trace, tree, tmp_path):
    """A container whose making was lost is found, selected by its name, and named, as soon as the loss is noticed."""
    container = "5ca1ab1e" * 8
    t = trace("-c", container, "--wait", "--buffer-size", "4K", "--docker-root", tmp_path)
    t.process.send_signal(signal.SIGSTOP)
    wait_state(t.process.pid, "T")
    for number in range(50):
        tree.make(f"filler/{number}")
    one = fixture("catch USR1 ready pause", program=in_cgroup(tree.make(f"docker/{container}")))
    one.ready()
    t.process.send_signal(signal.SIGCONT)
    send_until_seen(t, one.pid, "USR1").check({"target.container.id": container})
    t.finish(lossless=False)
    assert t.summary["lost_by"]["cgroup"] > 0


def _map_of(pid, name):
    """The id of a BPF map of that process; the kernel keeps 15 characters of its name."""
    for info in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
        with contextlib.suppress(OSError):
            found = re.search(r"^map_id:\s*(\d+)$", info.read_text(), re.MULTILINE)
            if found and _bpftool("map", "show", "id", found[1]).get("name") == name[:15]:
                return found[1]
    raise AssertionError(f"{pid} has no map {name}")


def _bpftool(*args):
    done = subprocess.run(["bpftool", "-j", *args], capture_output=True, check=True, timeout=DEADLINE_S)
    return json.loads(done.stdout)


def test_removed_ones_leave_the_table(trace, tree):
    if not shutil.which("bpftool"):
        pytest.skip("bpftool is not installed")
    web = tree.make("web")
    t = trace("--cgroup", web)
    table = _map_of(t.process.pid, "selected_cgroups")
    assert len(_bpftool("map", "dump", "id", table)) == 1
    made = [tree.make(f"web/{number}") for number in range(50)]
    assert len(_bpftool("map", "dump", "id", table)) == 51
    for group in made:
        group.rmdir()
    wait_until(lambda: len(_bpftool("map", "dump", "id", table)) == 1, "the removed cgroups to leave the table")
    t.finish()


def test_pid_namespace(fixture, trace):
    """By a process in it, and by its inode."""
    in_namespace = {"program": ("unshare", "--pid", "--fork", "--kill-child", FIXTURE)}
    chosen = fixture("catch USR1,USR2 ready pause", **in_namespace)
    other = fixture("catch USR1 ready pause", **in_namespace)
    chosen.ready()
    other.ready()
    init, stranger = (int(pathlib.Path(f"/proc/{one.process.pid}/task/{one.process.pid}/children").read_text())
                      for one in (chosen, other))
    by_pid, by_inode = trace("--pid-ns", init), trace("--pid-ns", pid_ns(init))
    os.kill(stranger, signal.SIGUSR1)
    os.kill(init, signal.SIGUSR1)
    for t in (by_pid, by_inode):
        t.wait("deliver", "USR1", to=init).check({"process.ns_tgid": 1, "process.pid_ns": pid_ns(init)})
        t.finish()
        assert not t.all(to=stranger)
