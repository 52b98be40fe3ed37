# SPDX-License-Identifier: BSD-2-Clause
"""What was named: --cgroup and --pid-ns in all their forms, cgroups that appear later, and names where there are none."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import uuid

import pytest

import inspection
from containers import run, send_until_seen
from harness import DEADLINE_S, SIGTRACE, pid_ns, wait_until

USER = ("setpriv", "--reuid", "65534", "--clear-groups")
FORMS = ["in the tree", "directory", "with a slash", "with slashes", "with dots", "in the tree, with both"]


def tree():
    """The mount point of the tree of cgroups that counts here, as the message says."""
    return re.search(r" in (/[^; \n]+)", run("--cgroup", "/sigtrace-nobody").stderr).group(1)


class Group:
    """A cgroup; `path` is its path in the tree."""

    def __init__(self):
        self.root = pathlib.Path(tree())
        self.path = f"/sigtrace-choice-{uuid.uuid4()}"
        self.folder = self.root / self.path[1:]

    def make(self, *below):
        self.folder.joinpath(*below).mkdir()
        return self

    def add(self, pid, *below):
        self.folder.joinpath(*below, "cgroup.procs").write_text(str(pid))

    def form(self, name):
        return {"in the tree": self.path, "directory": str(self.folder), "with a slash": f"{self.folder}/",
                "with slashes": f"/{self.root}//{self.folder.name}//", "with dots": f"{self.root}/./{self.folder.name}/.",
                "in the tree, with both": f"//.//{self.folder.name}"}[name]

    def remove(self):
        for folder, _, _ in os.walk(self.folder, topdown=False):
            def gone(folder=pathlib.Path(folder)):
                with contextlib.suppress(ProcessLookupError):
                    for pid in (folder / "cgroup.procs").read_text().split():
                        (self.root / "cgroup.procs").write_text(pid)
                try:
                    folder.rmdir()
                except OSError:  # a dying process holds it a little longer than its pid
                    return False
                return True

            wait_until(gone, f"{folder} to become empty")


@pytest.fixture
def group():
    made = Group()
    yield made
    made.remove()


@pytest.fixture
def target(fixture):
    return fixture("ignore USR1 ready pause").ready()


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_a_cgroup(group, target, trace, form):
    group.make().add(target)
    t = trace("--cgroup", group.form(form), "-s", "USR1")
    os.kill(target, signal.SIGUSR1)
    t.wait(sig="USR1", to=target)
    t.finish()
    document = inspection.inspect("--cgroup", group.form(form), "-s", "USR1", code=1)
    assert {process["tgid"] for process in document["processes"]} == {target}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("below", [(), ("inner",)], ids=["itself", "one below it"])
def test_wait_for_a_cgroup(group, target, trace, form, below):
    """What is made in it at once belongs to it, before its selection is known to the kernel, too."""
    t = trace("--cgroup", group.form(form), "--wait", "-s", "USR1")
    group.make()
    for end in range(len(below)):
        group.make(*below[:end + 1])
    group.add(target, *below)
    send_until_seen(t, target, "USR1")
    t.finish()


def test_no_such_cgroup():
    for command in ((), ("inspect",)):
        done = run(*command, "--cgroup", "/sigtrace-nobody")
        assert (done.returncode, done.stdout) == (2, "")
        assert "'/sigtrace-nobody'" in done.stderr and "/proc/PID/cgroup" in done.stderr
        assert ("--wait" in done.stderr) == (not command), "inspect has no --wait"


def test_what_comes_and_goes(group):
    """Nobody named those numbers: that one has ended meanwhile is no news."""
    group.make()
    with subprocess.Popen(["/bin/sh", "-c", "while :; do /bin/sleep 0.01; done"]) as shell:
        try:
            group.add(shell.pid)
            for _ in range(20):
                done = run("inspect", "--cgroup", group.path)
                assert done.returncode in (0, 1), done.stderr  # waiting in vfork() it takes no signal
                assert done.stderr == ""
                assert f"sh[{shell.pid}]" in done.stdout
        finally:
            shell.kill()


def test_cgroup_without_processes(group):
    group.make()
    done = run("inspect", "--cgroup", group.path)
    assert (done.returncode, done.stdout) == (5, ""), done.stderr
    assert f"no process is in cgroup {group.path}" in done.stderr


@pytest.fixture
def init(fixture):
    """PID 1 of a PID namespace of its own."""
    return fixture("init A [ ignore USR1 ready pause ] pause").ready("A")


@pytest.mark.parametrize("form", ["inode", "pid", "as readlink shows it"])
def test_forms_of_a_pid_namespace(init, trace, form):
    name = {"inode": pid_ns(init), "pid": init, "as readlink shows it": os.readlink(f"/proc/{init}/ns/pid")}[form]
    t = trace("--pid-ns", name, "-s", "USR1")
    os.kill(init, signal.SIGUSR1)
    t.wait(sig="USR1", to=init)
    t.finish()
    document = inspection.inspect("--pid-ns", name, "-s", "USR1", code=1)
    assert {process["tgid"] for process in document["processes"]} == {init}


@pytest.mark.parametrize("name", ["4026500000", "pid:[4026500000]", "4194304"])
def test_no_such_pid_namespace(name):
    for command in ((), ("inspect",)):
        done = run(*command, "--pid-ns", name)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert "--pid-ns: " in done.stderr and re.sub(r"\D", "", name) in done.stderr


def test_pid_namespace_of_others(init):
    """Not readable is not absent."""
    for name in (init, pid_ns(init)):
        done = inspection.run("--pid-ns", name, prefix=USER)
        assert (done.returncode, done.stdout) == (3, ""), done.stderr
        assert "sudo" in done.stderr


@pytest.mark.parametrize("command", [(), ("inspect",)])
def test_pid_namespace_that_root_may_not_read(fixture, command):
    """Root without CAP_SYS_PTRACE is not sent for sudo, and is not told that there is no such namespace."""
    unlike = fixture("ready pause").ready()
    prefix = ("setpriv", "--bounding-set=-sys_ptrace", "--")
    for name in (unlike, "4026500000"):
        done = subprocess.run([*prefix, SIGTRACE, *command, "--pid-ns", str(name)], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        assert (done.returncode, done.stdout) == (3, ""), done.stderr
        assert "CAP_SYS_PTRACE is missing" in done.stderr and "--cap-add SYS_PTRACE" in done.stderr
        assert "sudo" not in done.stderr


def test_pid_namespace_without_cgroups(init):
    """It needs no cgroups, and containers do."""
    hidden = ("unshare", "--mount", "sh", "-c", 'umount -R /sys/fs/cgroup && exec "$@"', "sh")
    done = inspection.run("--pid-ns", init, "-s", "USR1", prefix=hidden)
    assert done.returncode == 1 and f"[{init}, init]" in done.stdout, done.stderr
    done = inspection.run("-c", "sigtrace-nobody", prefix=hidden)
    assert done.returncode == 3 and "/sys/fs/cgroup" in done.stderr and "--host-root" in done.stderr


@pytest.mark.parametrize("option", [("-c", "web"), ("--pod", "web"), ("--cgroup", "/")])
def test_names_in_another_pid_namespace(option):
    """The node's processes cannot be seen from there: that is said, and not that there are none."""
    done = inspection.run(*option, prefix=("unshare", "--pid", "--fork", "--mount-proc"))
    assert (done.returncode, done.stdout) == (3, "")
    assert "hostPID" in done.stderr


def test_many_containers_at_the_start(group, target, trace, tmp_path):
    """All that are there when the trace begins are looked up, however many."""
    ids = [f"{uuid.uuid4().hex}{uuid.uuid4().hex}" for _ in range(600)]
    group.make()
    for ident in ids:
        group.make(ident)
    places = [word for name in ("--containerd-state", "--docker-root", "--storage-root") for word in (name, tmp_path)]
    t = trace(*places, "-p", target, "-s", "USR1", "--to")
    # A report waits for a name for a moment only, which is short on a busy machine: what has not got one is sent again.
    missing, sent = ids, 0
    for _ in range(5):
        for ident in missing:
            group.add(target, ident)
            os.kill(target, signal.SIGUSR1)
        sent += len(missing)
        wait_until(lambda: len(t.all(sig="USR1", to=target)) == sent, "all of them")
        named = [event["target"].get("container", {}).get("id") for event in t.all(sig="USR1", to=target)]
        missing = [ident for ident in ids if ident not in named]
    t.finish()
    assert not missing
    assert set(named) <= {*ids, None}
    assert [ident or wanted for ident, wanted in zip(named, ids)] == ids


def test_containers_with_like_numbers(group, target, trace):
    """Sender and target, of which the kernel's numbers of the cgroups have the same low bits, are both told."""
    other = uuid.uuid4().hex * 2
    group.make().make(other)
    for _ in range(50000):  # the kernel counts up: they are alike once every 8192 numbers
        ident = uuid.uuid4().hex * 2
        group.make(ident)
        distance = (group.folder / ident).stat().st_ino - (group.folder / other).stat().st_ino
        if distance % 8192 == 0:
            break
        (group.folder / ident).rmdir()
    else:
        pytest.fail("no two numbers are alike")
    group.add(target, ident)
    t = trace("-p", target, "-s", "USR1", "--to")
    join = 'echo $$ >"$1" && exec kill -USR1 "$2"'
    subprocess.run(["sh", "-c", join, "sh", group.folder / other / "cgroup.procs", str(target)], check=True)
    event = t.wait(sig="USR1", to=target)
    t.finish()
    assert [event[side]["container"]["id"] for side in ("sender", "target")] == [other, ident]


def test_names_need_files(group, target, tmp_path):
    """A container of which no file is there can be named by its id, and the message says why by no name."""
    ident = f"{uuid.uuid4().hex}{uuid.uuid4().hex}"
    group.make().make(ident).add(target, ident)
    nowhere = tmp_path / "nowhere"
    places = [word for name in ("--containerd-state", "--docker-root", "--storage-root") for word in (name, nowhere)]
    document = inspection.inspect(*places, "-c", ident[:12], "-s", "USR1", code=1)
    assert {process["tgid"] for process in document["processes"]} == {target}
    done = run(*places, "-c", "nobody")
    assert done.returncode == 2
    assert "only the id is known" in done.stderr and "--host-root" in done.stderr
    assert "digits" not in done.stderr
    done = run(*places, "-c", ident[:3])
    assert done.returncode == 2
    assert "as the beginning of an id it is too short (4 digits or more)" in done.stderr and ident[:12] in done.stderr


def test_no_container_at_all(group, tmp_path):
    """Where the tool looked is said, and the names of no pods are not missed where there is no container."""
    group.make()
    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    (tmp_path / "var/lib/docker/containers").mkdir(parents=True)
    host = ("unshare", "--mount", "sh", "-c", f'mount --bind {group.folder} {tmp_path}/sys/fs/cgroup && exec "$@"', "sh")
    for option, what in (("-c", "container"), ("--pod", "pod")):
        done = inspection.run(option, "sigtrace-nobody", "--host-root", tmp_path, prefix=host)
        assert (done.returncode, done.stdout) == (2, "")
        headline, why = done.stderr.splitlines()
        assert f"no {what} is called 'sigtrace-nobody'" in headline
        assert "there is no container here" in why and f" {tmp_path}/run/containerd, " in why and "--docker-root" in why
    ident = uuid.uuid4().hex * 2
    group.make(ident)
    (tmp_path / "var/lib/docker/containers" / ident).mkdir()
    (tmp_path / "var/lib/docker/containers" / ident / "config.v2.json").write_text(json.dumps({"ID": ident, "Name": "/web"}))
    done = inspection.run("--pod", "sigtrace-nobody", "--host-root", tmp_path, prefix=host)
    assert done.returncode == 2 and "none of the containers here (1) is known to be in a pod" in done.stderr, done.stderr
