# SPDX-License-Identifier: BSD-2-Clause
"""
The lab for pytest. Engines start with the first test of a file that needs them and end with the file, because others
watch the whole machine; containers end with their test. Where an engine cannot start, its tests are skipped with the
reason.
"""

import contextlib

import pytest

import harness
from lab import state
from lab.containerd import Containerd
from lab.docker import Docker


@contextlib.contextmanager
def _skipping():
    try:
        yield
    except state.Unavailable as why:
        pytest.skip(str(why))


@pytest.fixture(scope="module")
def lab_containerd():
    with contextlib.ExitStack() as stack:
        with _skipping():
            folder = state.Folder()
            stack.callback(folder.remove)
            containerd = Containerd(folder)
            stack.callback(containerd.stop)
        yield containerd


@pytest.fixture(scope="module")
def lab_cri(lab_containerd):
    try:
        from lab.cri import Cri
    except ImportError as error:
        pytest.skip(f"{error} (python3-grpcio, python3-protobuf)")
    with contextlib.ExitStack() as stack:
        with _skipping():
            cri = Cri(lab_containerd, harness.FIXTURE)
            stack.callback(cri.close)
        yield cri


@pytest.fixture(scope="module")
def lab_docker(lab_containerd):
    with contextlib.ExitStack() as stack:
        with _skipping():
            docker = Docker(lab_containerd, harness.FIXTURE)
            stack.callback(docker.close)
        yield docker


@pytest.fixture
def cri(lab_cri):
    """cri.run("web", "sleep", "1000", namespace="shop") runs a pod, which ends with the test."""
    yield lab_cri
    lab_cri.stop_all()


@pytest.fixture
def docker(lab_docker):
    """docker.run("web", "sleep", "1000") runs a container, which ends with the test."""
    yield lab_docker
    lab_docker.remove_all()
