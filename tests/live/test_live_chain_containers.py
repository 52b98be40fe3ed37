# SPDX-License-Identifier: BSD-2-Clause
"""chain on containers of a real docker and pods of a real containerd: which tree is drawn, and what a real stop does in it."""

import pathlib
import signal
import subprocess

import pytest

import chaining
import test_live_docker
import test_live_pods
from containers import FIXTURE, wait_caught
from waiting import wait_until

WORKER = " ".join([*FIXTURE, "comm", "worker", "catch", "TERM", "pause"])
SHELL = ["sh", "-c", f"{WORKER}; true"]


@pytest.fixture
def web(docker, tmp_path):
    """Options for the lab's containers alone, two of docker's of the same kind, and the JSON object of the first."""
    places = ("--docker-root", docker.root, "--containerd-state", tmp_path, "--storage-root", tmp_path)
    one, other = docker.run("web", *SHELL), docker.run("web2", *SHELL)
    return places, one, other, test_live_docker.container_of(one)


@pytest.fixture
def watching():
    started = []

    def start(*arguments):
        started.append(chaining.Watch(*arguments, "-d", "60s", "--deadline", "10s"))
        return started[-1]

    yield start
    for one in reversed(started):
        one.close()


def worker_of(pid):
    """The one child of a container's shell, once it has its handler."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    wait_until(children.read_text, "the worker")
    [worker] = children.read_text().split()
    wait_caught(int(worker), "TERM")
    return int(worker)


def check_dropped(document, pid, worker, container):
    """SIGTERM to an init without a handler for it."""
    assert document["root"] == pid and document.breaks() == {str(pid): "dropped"}, document.show()
    assert document["breaks"][0]["missed"] == worker, document.show()
    document.node(pid).check(gets="yes", namespace_init=True, ns_tgid=1, cause="unkillable_sig_dfl", container=container)
    document.node(worker).check(gets="no", namespace_init=False, container=container)


def test_docker(web):
    places, one, other, container = web
    document = chaining.read(chaining.run(*places, "-c", "web", "-o", "json"))
    check_dropped(document, one.pid, worker_of(one.pid), container)
    assert other.pid not in [node["tgid"] for node in document["nodes"]]


def test_docker_stop(web, watching):
    """The same, seen: the daemon asks, waits for the grace, and kills."""
    places, one, _, container = web
    worker = worker_of(one.pid)
    watch = watching(*places, "-c", "web")
    assert one.stop(1) == 128 + signal.SIGKILL
    document = watch.finish()
    check_dropped(document, one.pid, worker, container)
    document.check(watched=True, sent=False)
    sent = [edge for edge in document["edges"] if edge["asks"]]
    assert [(edge["target"], edge["signal"]["name"], edge["result"]) for edge in sent] == [(one.pid, "SIGTERM", "ignored")]
    assert document.alive() == [], document.show()


def test_pod(cri, tmp_path):
    """Each container of a pod is a tree, the pod's own first."""
    places = ("--containerd-state", cri.state, "--docker-root", tmp_path, "--storage-root", tmp_path)
    pod = cri.run("web", *SHELL, namespace="shop")
    cri.run("web", *SHELL, namespace="other")
    worker = worker_of(pod.pid)
    done = chaining.run(*places, "--pod", "shop/web", "-o", "json")
    assert done.returncode == 1
    own, app = (chaining.read(subprocess.CompletedProcess([], code, f"{line}\n", ""))
                for code, line in zip((0, 1), done.stdout.splitlines()))
    assert own["root"] == pod.sandbox_pid and own["verdict"] == "no_break", own.show()
    check_dropped(app, pod.pid, worker, test_live_pods.container_of(pod))
    text = chaining.run(*places, "--pod", "shop/web").stdout
    assert [part.partition(":")[0] for part in text.split("\n\n")] == ["chain", "chain"], text
