# SPDX-License-Identifier: BSD-2-Clause
"""Containers of a real docker, from an image that was made of a root file system: who is named, and what is selected."""

import hashlib
import json
import os
import signal

import pytest

import inspection
from containers import FIXTURE, check_ended_by_handler, check_killed_after, run, send_until_seen, wait_caught
from lab import state
from lab.docker import CGROUP, IMAGE


def container_of(container):
    """The JSON object of a container."""
    return {"id": container.id, "runtime": "docker", "name": container.name, "image": IMAGE}


@pytest.fixture
def root(docker, tmp_path):
    """Options: the lab's containers, and none of the machine's."""
    return "--docker-root", docker.root, "--containerd-state", tmp_path, "--storage-root", tmp_path


def test_stop_by_name(docker, root, trace):
    web, other = docker.run("web", "sleep", "1000"), docker.run("web2", "sleep", "1000")
    t = trace(*root, "--container", "web")
    os.kill(other.pid, signal.SIGUSR1)
    assert web.stop(1) == 128 + signal.SIGKILL
    t.wait("exit", to=web.pid)
    t.finish()
    check_killed_after(t, web.pid, container_of(web), 1)
    assert not t.all(to=other.pid)


def test_stop_by_prefix(docker, root, trace):
    web = docker.run("web", *FIXTURE, "exit-on", "TERM=7", "pause")
    wait_caught(web.pid, "TERM")
    t = trace(*root, "-c", web.id[:12])
    assert web.stop() == 7
    t.wait("exit", to=web.pid)
    t.finish()
    check_ended_by_handler(t, web.pid, container_of(web), 7)


def test_restart(docker, root, trace):
    """`docker restart`: the same id, a new cgroup and a new process."""
    web = docker.run("web", *FIXTURE, "catch", "USR1", "exit-on", "TERM=0", "pause")
    wait_caught(web.pid, "TERM")
    t = trace(*root, "-c", "web")
    first = web.pid
    web.restart()
    t.wait("exit", to=first).check({"process.container": container_of(web)})
    wait_caught(web.pid, "TERM")
    send_until_seen(t, web.pid, "USR1").check({"target.container": container_of(web)})
    assert web.pid != first
    t.finish()


def test_wait_for_a_container(docker, root, trace):
    t = trace(*root, "-c", "later", "--wait", "-s", "USR1")
    later = docker.run("later", *FIXTURE, "catch", "USR1", "pause")
    wait_caught(later.pid, "USR1")
    send_until_seen(t, later.pid, "USR1").check({"target.container": container_of(later), "sender.container": None})
    t.finish()


def test_container_that_lives_for_milliseconds(docker, root, trace):
    t = trace(*root, "-s", "USR2")
    brief = docker.run("brief", "sh", "-c", "sh -c 'kill -USR2 $$'; exit 4")
    end = t.wait("exit", status__signal="SIGUSR2").check({"process.container": container_of(brief)})
    t.finish()
    [sent] = t.all(to=end["process"]["tgid"])
    sent.check({"target.container": container_of(brief), "sender.container": container_of(brief)})


def test_absent(docker, root):
    docker.run("web", "sleep", "1000")
    done = run(*root, "-c", "web", "-s", "TERM", "--absent", "1s")
    assert done.returncode == 1, done.stderr
    assert "no SIGTERM was generated for container web in 1 s" in done.stdout


def test_container_that_does_not_run(docker, root, trace):
    """Its files are there: that is said, and with --wait it is traced from its start."""
    web = docker.run("web", *FIXTURE, "catch", "USR1", "pause")
    web.stop(0)
    for command in ((), ("inspect",)):
        done = run(*command, *root, "-c", "web")
        assert (done.returncode, done.stdout) == (2, "")
        assert "'web' does not run" in done.stderr
        assert ("--wait" in done.stderr) == (not command), "inspect has no --wait"
    assert f"docker:web ({web.id[:12]}), does not run" in run(*root, "-c", "nobody").stderr
    t = trace(*root, "-c", "web", "--wait", "-s", "USR1")
    web.restart()
    wait_caught(web.pid, "USR1")
    send_until_seen(t, web.pid, "USR1").check({"target.container": container_of(web)})
    t.finish()


def test_name_as_it_is_shown(docker, root, trace):
    web = docker.run("web", "sleep", "1000")
    t = trace(*root, "-c", "docker:web", "-s", "USR1")
    os.kill(web.pid, signal.SIGUSR1)
    t.wait(sig="USR1", to=web.pid)
    t.finish()


@pytest.fixture
def twins(docker):
    """Two containers whose ids begin alike, as docker would show them: no real ones do that on demand."""
    made = []
    for name in ("left", "right"):
        ident = "5eed" + hashlib.sha256(name.encode()).hexdigest()[4:]
        folder = docker.root / "containers" / ident
        folder.mkdir(mode=0o710)
        facts = {"ID": ident, "Name": f"/{name}", "Config": {"Image": "none"}}
        (folder / "config.v2.json").write_text(json.dumps(facts))
        made.append((folder, name, ident))
        docker.folder.own_cgroup(f"{CGROUP}/{ident}")
        for parent in state.cgroup_folders(CGROUP):
            (parent / ident).mkdir()
    yield made
    for folder, _, ident in made:
        state.remove_cgroup(f"{CGROUP}/{ident}")
        (folder / "config.v2.json").unlink()
        folder.rmdir()


def test_ambiguous_prefix(docker, root, twins):
    web = docker.run("web", "sleep", "1000")
    for command in ((), ("inspect",)):
        done = run(*command, *root, "-c", "5eed")
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        for _, name, ident in twins:
            assert f"docker:{name} ({ident[:12]})" in done.stderr
        assert web.id[:12] not in done.stderr, "it is no candidate"


@pytest.mark.parametrize("name", ["nobody", "we", "0000000000000000"])
def test_nothing_of_that_name(docker, root, name):
    web = docker.run("web", "sleep", "1000")
    for command in ((), ("inspect",)):
        done = run(*command, *root, "-c", name)
        assert (done.returncode, done.stdout) == (2, "")
        assert name in done.stderr and f"docker:web ({web.id[:12]})" in done.stderr


def test_inspect(docker, root):
    web, other = docker.run("web", "sleep", "1000"), docker.run("web2", "sleep", "1000")
    document = inspection.inspect(*root, "-c", "web", "-s", "TERM", code=1)
    assert [process["tgid"] for process in document["processes"]] == [web.pid]
    document.process(web.pid).check(container=container_of(web))
    done = inspection.run(*root, "-p", other.pid)
    assert "docker:web2" in done.stdout
