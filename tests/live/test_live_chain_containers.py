# SPDX-License-Identifier: BSD-2-Clause
"""chain on containers of a real docker and pods of a real containerd: which tree is drawn, and what a real stop does in it."""

import pathlib
import signal

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


@pytest.fixture
def pod(cri, tmp_path):
    """Options for the lab's containers alone, and a pod of which another namespace has a namesake."""
    places = ("--containerd-state", cri.state, "--docker-root", tmp_path, "--storage-root", tmp_path)
    one = cri.run("web", *SHELL, namespace="shop")
    cri.run("web", *SHELL, namespace="other")
    return places, one


def test_pod(pod):
    """Its own container only waits, and is a tree where nothing else is named."""
    places, one = pod
    document = chaining.read(chaining.run(*places, "--pod", "shop/web", "-o", "json"))
    check_dropped(document, one.pid, worker_of(one.pid), test_live_pods.container_of(one))
    own = chaining.read(chaining.run(*places, "-c", one.sandbox_id, "-o", "json"))
    assert own["root"] == one.sandbox_pid and own["verdict"] == "no_break", own.show()


def test_pod_of_two_containers(pod):
    """Each is a tree."""
    places, one = pod
    other = one.add("sidecar", [*FIXTURE, "exit-on", "TERM=0", "pause"], 1)
    wait_caught(other.pid, "TERM")
    text = chaining.run(*places, "--pod", "shop/web").stdout
    parts = [part.splitlines()[0] for part in text.split("\n\n")]
    assert parts == [f"chain: SIGTERM to process {name}[{pid}, init]: predicted, nothing was sent"
                     for name, pid in sorted((("sh", one.pid), ("fixture", other.pid)), key=lambda pair: pair[1])], text
    done = chaining.run(*places, "--pod", "shop/web", "--watch")
    assert done.returncode == 2 and f"-p: {min(one.pid, other.pid)}, {max(one.pid, other.pid)}" in done.stderr, done.stderr


def test_stop_of_a_pod(pod, watching):
    places, one = pod
    worker = worker_of(one.pid)
    watch = watching(*places, "--pod", "shop/web")
    assert one.stop(1) == {"app": 128 + signal.SIGKILL}
    document = watch.finish()
    check_dropped(document, one.pid, worker, test_live_pods.container_of(one))
    assert document.alive() == [], document.show()
