# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the live tests: factories whose products are ended after the test."""

import os
import pathlib
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

import harness  # noqa: E402
from lab.fixtures import cri, docker, lab_containerd, lab_cri, lab_docker  # noqa: E402, F401


def pytest_collection_modifyitems(items):
    if os.geteuid() == 0:
        return
    for item in items:
        item.add_marker(pytest.mark.skip(reason="live tests load BPF programs and need root"))


@pytest.fixture(autouse=True, scope="session")
def programs():
    for path, target in ((harness.SIGTRACE, "sigtrace"), (harness.FIXTURE, "tests/fixture")):
        if not os.access(path, os.X_OK):
            pytest.exit(f"{path} is missing: run make build/{target}", returncode=1)


@pytest.fixture
def fixture():
    """fixture("script of verbs") starts a fixture process."""
    started = []

    def start(script, **popen):
        started.append(harness.Fixture(script, **popen))
        return started[-1]

    yield start
    for one in reversed(started):
        one.close()


@pytest.fixture
def trace(fixture):
    """trace("-p", pid, …) starts sigtrace and returns when it is attached. Ended before the fixtures are."""
    started = []

    def start(*args, **keywords):
        started.append(harness.Trace(*args, **keywords))
        return started[-1]

    yield start
    for one in reversed(started):
        one.close()


V2_ROOTS = (pathlib.Path("/sys/fs/cgroup/unified"), pathlib.Path("/sys/fs/cgroup"))


def _cgroup_root(controller):
    """The root of the cgroup v1 hierarchy of a controller, or that of cgroup v2 for "v2"."""
    if controller == "v2":
        return next((path for path in V2_ROOTS if (path / "cgroup.controllers").exists()), None)
    root = pathlib.Path("/sys/fs/cgroup") / controller
    return root if (root / "cgroup.procs").exists() else None


@pytest.fixture
def cgroup(fixture):
    """cgroup(controller, pid) puts a process into a new cgroup. Thawed and removed before the processes are ended."""
    made = []

    def make(controller, pid):
        root = _cgroup_root(controller)
        if root is None:
            pytest.skip(f"no cgroup hierarchy {controller} is mounted here")
        group = root / f"sigtrace-live-{os.getpid()}-{pid}"
        group.mkdir()
        made.append((root, group))
        (group / "cgroup.procs").write_text(str(pid))
        return group

    yield make
    for root, group in made:
        for name, thawed in (("freezer.state", "THAWED"), ("cgroup.freeze", "0")):
            if (group / name).exists():
                (group / name).write_text(thawed)
        for pid in (group / "cgroup.procs").read_text().split():
            try:
                (root / "cgroup.procs").write_text(pid)
            except ProcessLookupError:
                pass

        def remove(path=group):
            try:
                path.rmdir()
            except OSError:
                return False
            return True

        # A dying process holds its cgroup a little longer than its pid.
        harness.wait_until(remove, f"{group} to become empty")


@pytest.fixture
def freezer(cgroup):
    """freezer(version, pid) freezes a process with cgroup v1 or v2."""
    def freeze(version, pid):
        if version == 1:
            group = cgroup("freezer", pid)
            (group / "freezer.state").write_text("FROZEN")
            harness.wait_until(lambda: (group / "freezer.state").read_text().strip() == "FROZEN", "frozen")
        else:
            group = cgroup("v2", pid)
            (group / "cgroup.freeze").write_text("1")
            harness.wait_until(lambda: "frozen 1" in (group / "cgroup.events").read_text(), "frozen")

    return freeze
