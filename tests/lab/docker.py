# SPDX-License-Identifier: BSD-2-Clause
"""
A dockerd of our own, on the lab's containerd as packages set it up, and without a network. It is spoken to as the
docker command does, over HTTP, so that command and daemon need not be of one age.
"""

import contextlib
import http.client
import json
import socket
import urllib.parse

from lab import containerd as daemons
from lab import images, state
from waiting import wait_until

IMAGE = "sigtrace-lab"
LOG = "dockerd.log"
START_S = 60
CALL_S = 60
# Where dockerd makes the containers' cgroups with the driver cgroupfs.
CGROUP = "/docker"


class _Connection(http.client.HTTPConnection):
    def __init__(self, path, deadline_s):
        super().__init__("localhost", timeout=deadline_s)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Container:
    """A container that runs."""

    def __init__(self, docker, ident, name):
        self._docker = docker
        self.id = ident
        self.name = name
        self.pid = self._inspect()["State"]["Pid"]

    def _inspect(self):
        return self._docker.call("GET", f"/containers/{self.id}/json")

    def stop(self, grace_s=10):
        """`docker stop`; the exit status."""
        self._docker.call("POST", f"/containers/{self.id}/stop", deadline_s=grace_s + CALL_S, t=grace_s)
        return self._inspect()["State"]["ExitCode"]

    def restart(self, grace_s=10):
        """`docker restart`: the same id and name, with a new process."""
        self._docker.call("POST", f"/containers/{self.id}/restart", deadline_s=grace_s + CALL_S, t=grace_s)
        self.pid = self._inspect()["State"]["Pid"]

    def remove(self):
        """`docker rm -f`."""
        self._docker.containers.remove(self)
        self._docker.call("DELETE", f"/containers/{self.id}", force=1)


class Docker:
    def __init__(self, containerd, fixture):
        folder = self.folder = containerd.folder
        self.root = folder / "docker"
        self.socket = folder / "run/docker.sock"
        self.containers = []
        config = folder / "daemon.json"
        config.write_text("{}")  # not the machine's
        for path in ("/etc/docker", "/etc/docker/key.json", "/run/docker", "/run/docker/plugins"):
            folder.own_path(path)
        self.process = folder.spawn(
            LOG, state.program("dockerd"), f"--config-file={config}", f"--data-root={self.root}",
            f"--exec-root={folder / 'run/docker'}", f"--pidfile={folder / 'run/docker.pid'}",
            f"--host=unix://{self.socket}", f"--containerd={containerd.socket}", "--storage-driver=vfs",
            "--exec-opt=native.cgroupdriver=cgroupfs", "--iptables=false", "--ip6tables=false", "--ip-forward=false",
            "--ip-masq=false", "--bridge=none")
        try:
            wait_until(self._answers, "dockerd to answer", START_S)
            self._import_image(fixture)
            self.run("probe", "true").remove()  # runc may lack a privilege that dockerd did not need
        except (AssertionError, state.LabError, state.Unavailable) as error:
            daemons.stop(self.process)
            # A refusal says what is wrong; only silence needs the log.
            more = "" if isinstance(error, state.LabError) else folder.complaints(LOG)
            raise state.Unavailable(f"dockerd does not work: {error}{more}") from None

    def _answers(self):
        if self.process.poll() is not None:
            raise state.Unavailable(f"it ended with status {self.process.returncode}")
        with contextlib.suppress(OSError, state.LabError):
            self.call("GET", "/_ping")
            return True
        return False

    def call(self, method, path, body=None, deadline_s=CALL_S, **query):
        """One call; its answer as JSON, or as text if it is none."""
        connection = _Connection(self.socket, deadline_s)
        headers = {}
        if isinstance(body, dict):
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        try:
            connection.request(method, f"{path}?{urllib.parse.urlencode(query)}", body, headers)
            reply = connection.getresponse()
            text = reply.read().decode("utf-8", "replace")
        finally:
            connection.close()
        if reply.status >= 400:
            raise state.LabError(f"{method} {path}: {reply.status}: {text.strip()}")
        try:
            return json.loads(text)
        except ValueError:
            return text

    def _import_image(self, fixture):
        """`docker import` of a root file system."""
        top = self.folder / "docker-image"
        images.make_busybox(top, fixture)
        with images.pack(top, self.folder / "docker-image.tar").open("rb") as archive:
            self.call("POST", "/images/create", body=archive, fromSrc="-", repo=IMAGE, tag="latest")

    def run(self, name, *command):
        """`docker run -d --network none --name NAME`."""
        ident = self.call("POST", "/containers/create", name=name, body={
            "Image": IMAGE, "Cmd": list(command), "Env": ["PATH=/bin"], "HostConfig": {"NetworkMode": "none"}})["Id"]
        self.folder.own_cgroup(f"{CGROUP}/{ident}")
        try:
            self.call("POST", f"/containers/{ident}/start")
            container = Container(self, ident, name)
        except BaseException:
            with contextlib.suppress(state.LabError):
                self.call("DELETE", f"/containers/{ident}", force=1)
            raise
        self.containers.append(container)
        return container

    def remove_all(self):
        for container in list(self.containers):
            container.remove()

    def close(self):
        with contextlib.suppress(state.LabError, OSError):  # the folder's end gets the rest
            self.remove_all()
        daemons.stop(self.process)
