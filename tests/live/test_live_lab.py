# SPDX-License-Identifier: BSD-2-Clause
"""The lab itself: nothing of it stays behind, and nothing else is touched."""

import os
import pathlib
import subprocess
import sys

import pytest

import harness
from lab import state
from waiting import wait_until

TESTS = pathlib.Path(__file__).resolve().parents[1]

# A lab with one pod, whose owner then waits to be killed.
OWNER = """
import sys
sys.path.insert(0, sys.argv[1])
from lab.state import Folder, Unavailable
from lab.containerd import Containerd
try:
    from lab.cri import Cri
    folder = Folder()
    pod = Cri(Containerd(folder), sys.argv[2]).run("left", "sleep", "1000")
except (ImportError, Unavailable) as why:
    sys.exit(f"{why}")
print(folder.path, pod.cgroup, pod.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def owner():
    """An owner that was killed: its folder, the pod's cgroup and the pid of the container."""
    process = subprocess.Popen(
        [sys.executable, "-B", "-c", OWNER, TESTS, harness.FIXTURE], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    try:
        words = process.stdout.readline().split()
    finally:
        process.kill()
        _, told = process.communicate()
    if not words:
        pytest.skip(told.strip().rpartition("\n")[2])
    return pathlib.Path(words[0]), words[1], int(words[2])


def names_folder(folder):
    """The processes with the folder on their command line, but for zombies."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if f"{folder}/".encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def test_next_lab_removes_what_a_killed_one_left(owner):
    folder, cgroup, pid = owner
    assert folder.is_dir() and names_folder(folder) and state.cgroup_folders(cgroup)
    assert harness.comm(pid) == "sleep"
    state.Folder().remove()
    assert not folder.exists() and not names_folder(folder) and not state.cgroup_folders(cgroup)
    assert str(folder) not in pathlib.Path("/proc/self/mountinfo").read_text()
    wait_until(lambda: harness.proc_status(pid).get("State", "Z")[0] in "ZX", "the container to end")


def test_lab_in_use_is_left_alone():
    """Another run of the tests beside this one."""
    other, folder = state.Folder(), state.Folder()
    try:
        assert other.path.is_dir() and folder.path.is_dir() and other.path != folder.path
    finally:
        folder.remove()
        other.remove()
    assert not other.path.exists() and not folder.path.exists()


def test_foreign_process_that_names_the_folder_is_left_alone(fixture):
    folder = state.Folder()
    # Not an engine, whatever its arguments are.
    fx = fixture(f"ready comm {folder.path}/x pause")
    pid = fx.ready()
    folder.remove()
    os.kill(pid, 0)
    assert harness.proc_status(pid)["State"][0] not in "ZX"
