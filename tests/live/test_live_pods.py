# SPDX-License-Identifier: BSD-2-Clause
"""Pods on a real containerd, run and stopped as a kubelet does: who is named, and what is selected."""

import os
import signal
import time

import pytest

import inspection
from containers import FIXTURE, check_ended_by_handler, check_killed_after, check_stop, run, send_until_seen, wait_caught
from harness import pid_ns
from lab import images
from waiting import wait_until

# Every process of the loop lives some milliseconds.
BRIEF = "while :; do sh -c 'kill -USR2 $$'; usleep 20000; done"


def container_of(pod, container=None):
    """The JSON object of a container in a pod."""
    container = container or pod.container
    return {
        "id": container.id, "runtime": "containerd", "image": images.BUSYBOX, "pod": pod.name, "namespace": pod.namespace,
        "pod_uid": pod.uid, "container_name": container.name}


@pytest.fixture
def state(cri, tmp_path):
    """Options: the lab's containers, and none of the machine's."""
    return "--containerd-state", cri.state, "--docker-root", tmp_path, "--storage-root", tmp_path


def test_pod_that_ignores_sigterm(cri, state, trace):
    pod = cri.run("web", "sleep", "1000", namespace="shop", grace_s=1)
    t = trace(*state, "--pod", "shop/web")
    assert pod.stop() == {"app": 128 + signal.SIGKILL}
    t.wait("exit", to=pod.pid)
    t.finish()
    check_killed_after(t, pod.pid, container_of(pod), 1)


def test_pod_that_traps_sigterm(cri, state, trace):
    pod = cri.run("web", *FIXTURE, "exit-on", "TERM=7", "pause", namespace="shop")
    wait_caught(pod.pid, "TERM")
    t = trace(*state, "--pod", "shop/web")
    assert pod.stop() == {"app": 7}
    t.wait("exit", to=pod.pid)
    t.finish()
    check_ended_by_handler(t, pod.pid, container_of(pod), 7)


def test_sandbox(cri, state, trace):
    """The pod's own container belongs to the pod and has no name in it."""
    pod = cri.run("web", "sleep", "1000", namespace="shop")
    t = trace(*state, "--pod", "shop/web")
    pod.stop(0)
    killed = t.wait(sig="KILL", to=pod.sandbox_pid)
    t.finish()
    killed.check({
        "target.container.id": pod.sandbox_id, "target.container.sandbox": True, "target.container.pod": "web",
        "target.container.namespace": "shop", "target.container.pod_uid": pod.uid, "target.container.container_name": None,
        "sender.container": None})


def test_shared_pid_namespace(cri, state, trace):
    """One container signals another one of its pod: each side has its own name. No process is init but the sandbox's."""
    pod = cri.run("web", *FIXTURE, "ignore", "USR1", "pause", namespace="shop", share_pid=True)
    wait_caught(pod.pid, "USR1")
    whole = trace(*state, "--pod", "shop/web", "-s", "USR1,TERM")
    sidecar = pod.add("sidecar", ["sh", "-c", "while :; do killall -q -USR1 fixture; usleep 20000; done"], 1)
    whole.wait(sig="USR1", to=pod.pid)
    by_sidecar = trace(*state, "-c", sidecar.id[:12], "--from", "-s", "USR1")
    to_sidecar = trace(*state, "-c", sidecar.id, "--to", "-s", "USR1")
    to_app = trace(*state, "-c", pod.id, "--to", "-s", "USR1")
    for t in (by_sidecar, to_app):
        t.wait(sig="USR1", to=pod.pid).check({
            "target.container": container_of(pod), "sender.container": container_of(pod, sidecar),
            "target.namespace_init": False, "sender.comm": "killall"})
        t.finish()
    assert to_sidecar.finish().all() == []
    assert pod.stop(1)["app"] == 128 + signal.SIGTERM
    whole.wait("exit", to=pod.pid)
    whole.finish()
    [term] = check_stop(whole, pod.pid, container_of(pod))
    term.check(cause="default_terminate", **{"target.ns_tgid": lambda number: number != 1})
    assert {event["sender"]["container"]["container_name"] for event in whole.all(sig="USR1")} == {"sidecar"}


def test_one_name_in_two_namespaces(cri, state, trace):
    pods = [cri.run("web", "sleep", "1000", namespace=namespace) for namespace in ("shop", "other")]
    chosen, everything = trace(*state, "--pod", "shop/web", "-s", "USR1"), trace(*state, "-s", "USR1")
    for pod in pods:
        os.kill(pod.pid, signal.SIGUSR1)
    chosen.finish()
    everything.finish()
    assert {event["target"]["tgid"] for event in chosen.all()} == {pods[0].pid}
    for pod in pods:
        [event] = everything.all(to=pod.pid)
        event.check({"target.container": container_of(pod), "sender.container": None})


def test_name_of_two_pods(cri, state):
    pods = [cri.run("web", "sleep", "1000", namespace=namespace) for namespace in ("shop", "other")]
    done = run(*state, "--pod", "web")
    assert (done.returncode, done.stdout) == (2, "")
    listed = [line.removeprefix("sigtrace:   ") for line in done.stderr.splitlines() if line.startswith("sigtrace:   ")]
    assert listed == sorted(map(str, pods)), "each pod once, as --pod takes it"


def test_restart_under_the_same_name(cri, state, trace):
    first = cri.run("web", "sleep", "1000", namespace="shop")
    t = trace(*state, "--pod", "shop/web")
    first.stop(0)
    t.wait("exit", to=first.pid).check({"process.container": container_of(first)})
    second = cri.run("web", *FIXTURE, "catch", "USR1", "exit-on", "TERM=3", "pause", namespace="shop")
    wait_caught(second.pid, "TERM")
    send_until_seen(t, second.pid, "USR1").check({"target.container": container_of(second)})
    assert second.stop() == {"app": 3}
    t.wait("exit", to=second.pid)
    t.finish()
    check_ended_by_handler(t, second.pid, container_of(second), 3)


def test_wait_for_a_pod(cri, state, trace):
    t = trace(*state, "--pod", "shop/later", "--wait", "-s", "USR2")
    pods = [cri.run("later", "sh", "-c", BRIEF, namespace=namespace) for namespace in ("other", "shop")]
    t.wait(sig="USR2").check({"target.container": container_of(pods[1]), "sender.container": container_of(pods[1])})
    t.finish()
    assert {event["target"]["container"]["namespace"] for event in t.all()} == {"shop"}


def test_processes_that_live_for_milliseconds(cri, state, trace):
    pod = cri.run("brief", "sh", "-c", BRIEF, namespace="shop")
    t = trace(*state, "-c", pod.id[:8], "-s", "USR2", "-n", "9")
    t.finish(stop=None)
    for event in t.all() + t.all("deliver") + t.all("exit"):
        side = "target" if event["type"] == "generate" else "process"
        event.check({f"{side}.container": container_of(pod)})
    assert t.all() and all(event["sender"]["container"] == container_of(pod) for event in t.all())


def test_container_that_lives_for_milliseconds(cri, state, trace):
    t = trace(*state, "-s", "USR2")
    pod = cri.run("brief", "sh", "-c", "sh -c 'kill -USR2 $$'; exit 4", namespace="shop")
    assert pod.wait_exited() == 4
    end = t.wait("exit", status__signal="SIGUSR2").check({"process.container": container_of(pod)})
    t.finish()
    [sent] = t.all(to=end["process"]["tgid"])
    sent.check({"target.container": container_of(pod), "sender.container": container_of(pod)})


@pytest.mark.parametrize("how", ["cgroup", "cgroup of the container", "namespace", "pid"])
def test_cgroup_and_pid_namespace(cri, state, trace, how):
    pods = [cri.run("web", "sleep", "1000", namespace=namespace) for namespace in ("shop", "other")]
    pod = pods[0]
    selection = {
        "cgroup": ("--cgroup", pod.cgroup), "cgroup of the container": ("--cgroup", f"{pod.cgroup}/{pod.id}"),
        "namespace": ("--pid-ns", pid_ns(pod.pid)), "pid": ("--pid-ns", pod.pid)}[how]
    t = trace(*state, *selection, "-s", "USR1")
    for one in pods:
        os.kill(one.pid, signal.SIGUSR1)
    os.kill(pod.sandbox_pid, signal.SIGUSR1)
    t.finish()
    expected = {pod.pid} | ({pod.sandbox_pid} if how == "cgroup" else set())
    assert {event["target"]["tgid"] for event in t.all()} == expected
    t.all(to=pod.pid)[0].check({"target.container": container_of(pod)})


@pytest.mark.parametrize(
    "name", [("--pod", "shop/nobody"), ("--pod", "web/app"), ("-c", "nobody"), ("-c", "0000000000000000")])
def test_nothing_of_that_name(cri, state, name):
    pod = cri.run("web", "sleep", "1000", namespace="shop")
    done = run(*state, *name)
    assert (done.returncode, done.stdout) == (2, "")
    assert name[1] in done.stderr and "--wait" in done.stderr
    assert (f"  {pod}\n" if name[0] == "--pod" else f"  {pod}:app ({pod.id[:12]})") in done.stderr


def test_name_as_it_is_shown(cri, state, trace):
    """What a message or an event calls it can be typed. A pod is no container."""
    pod = cri.run("web", "sleep", "1000", namespace="shop")
    t = trace(*state, "-c", f"{pod}:app", "-s", "USR1")
    for pid in (pod.pid, pod.sandbox_pid):
        os.kill(pid, signal.SIGUSR1)
    t.finish()
    assert {event["target"]["tgid"] for event in t.all()} == {pod.pid}
    for option, name, other in (("-c", pod, "--pod"), ("--pod", pod.id[:12], "-c")):
        done = run(*state, option, name)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"try {other} '{name}'" in done.stderr


def test_absent(cri, state):
    cri.run("web", "sleep", "1000", namespace="shop")
    done = run(*state, "--pod", "shop/web", "-s", "TERM", "--absent", "1s")
    assert done.returncode == 1, done.stderr
    assert "no SIGTERM was generated for pod shop/web in 1 s" in done.stdout


def test_absent_begins_with_the_pod(cri, state, trace):
    """With --wait the time is that of the pod."""
    t = trace(*state, "--pod", "shop/later", "--wait", "-s", "USR2", "--absent", "3s")
    began = time.monotonic()
    wait_until(lambda: time.monotonic() - began > 4, "the time to be over without a pod")
    assert t.process.poll() is None
    cri.run("later", "sleep", "1000", namespace="shop")
    t.finish(code=1, stop=None)
    [absent] = t.all("absent")
    absent.check(selection="pod shop/later", waited_ns=3_000_000_000)


def test_absent_that_is_not(cri, state, trace):
    """One that comes is shown, and is no finding."""
    pod = cri.run("web", *FIXTURE, "ignore", "TERM", "pause", namespace="shop")
    wait_caught(pod.pid, "TERM")
    t = trace(*state, "--pod", "shop/web", "-s", "TERM", "--absent", "5m", "-n", "1")
    os.kill(pod.pid, signal.SIGTERM)
    t.finish(stop=None)
    assert t.all(sig="TERM", to=pod.pid) and not t.all("absent")


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_inspect(cri, state, evidence):
    pod = cri.run("web", "sleep", "1000", namespace="shop")
    other = cri.run("web", "sleep", "1000", namespace="other")
    document = inspection.inspect(*state, "--pod", "shop/web", "-s", "TERM", evidence=evidence)
    assert {process["tgid"] for process in document["processes"]} == {pod.pid, pod.sandbox_pid}
    document.process(pod.pid).check(container=container_of(pod), namespace_init=True)
    document.signal(pod.pid, "TERM").check({"if_sent.outside.cause": "unkillable_sig_dfl"})
    document.process(pod.sandbox_pid).check({"container.sandbox": True, "container.id": pod.sandbox_id})
    # The pod's own container would end; that is not what anybody asks about a pod.
    assert inspection.run(*state, "--pod", "shop/web", "-s", "TERM").returncode == 1
    document = inspection.inspect(*state, "-p", other.pid, evidence=evidence)
    document.process(other.pid).check(container=container_of(other))


def test_names_in_text(cri, state):
    pod = cri.run("web", "sleep", "1000", namespace="shop")
    done = inspection.run(*state, "-c", pod.id[:12], "-s", "TERM")
    assert done.returncode == 1, done.stderr
    assert "shop/web:app" in done.stdout


def test_without_the_state_ids_are_left(cri, tmp_path, trace):
    """The cgroup's path alone proves the ids; the names are absent, not guessed."""
    pod = cri.run("web", "sleep", "1000", namespace="shop")
    t = trace("--containerd-state", tmp_path, "-c", pod.id[:12], "-s", "USR1")
    os.kill(pod.pid, signal.SIGUSR1)
    t.finish()
    [event] = t.all(to=pod.pid)
    event.check({"target.container": lambda container: container["id"] == pod.id and container["pod_uid"] == pod.uid
                 and not {"pod", "namespace", "image", "container_name"} & container.keys()})


def test_many_processes_of_a_pod(cri, state, trace):
    """What a selected process forks is in its cgroup."""
    pod = cri.run("web", "sh", "-c", "trap : USR1; while :; do sleep 1000 & wait; done", namespace="shop")
    wait_caught(pod.pid, "USR1")
    t = trace(*state, "--pod", "shop/web", "--to", "-s", "USR1,CHLD")
    os.kill(pod.pid, signal.SIGUSR1)
    t.wait("deliver", "USR1", to=pod.pid).check({"process.container": container_of(pod)})
    [child] = [int(pid) for pid in children(pod.pid)][-1:]
    os.kill(child, signal.SIGKILL)
    t.wait("generate", "CHLD", to=pod.pid).check({
        "sender.tgid": child, "sender.container": container_of(pod), "target.container": container_of(pod)})
    t.finish()


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return file.read().split()
