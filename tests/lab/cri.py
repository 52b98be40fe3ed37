# SPDX-License-Identifier: BSD-2-Clause
"""
Runs and stops pods as a kubelet does, in its order and with its labels, cgroups and grace: without an API server, a
network plugin, probes or volumes. Pods are of the class BestEffort and share the network of the host.
"""

import concurrent.futures
import contextlib
import dataclasses
import json
import uuid

import grpc
from google.protobuf import json_format

from lab import images, messages
from lab.containerd import LOG
from lab.state import LabError, Unavailable, remove_cgroup
from waiting import wait_until

NAMESPACE_POD, NAMESPACE_CONTAINER, NAMESPACE_NODE = 0, 1, 2  # enum NamespaceMode
STATE_EXITED = 2  # enum ContainerState
LABEL = "io.kubernetes."
CALL_S = 60
# A kubelet tries again until it works: a call fails when a container ends by itself at that moment.
TRIES = 3
START_S = 30


class Client:
    """client("StopContainer", container_id=…, timeout=…) returns the reply."""

    def __init__(self, socket):
        self._classes = messages.classes()
        # No name is resolved for a socket, and no proxy of the environment is asked.
        self._channel = grpc.insecure_channel(
            f"unix:{socket}", options=[("grpc.default_authority", "localhost"), ("grpc.enable_http_proxy", 0)])

    def __call__(self, method, deadline_s=CALL_S, **fields):
        service = "ImageService" if "Image" in method else "RuntimeService"
        request, reply = (self._classes.get(method + end, self._classes["Empty"]) for end in ("Request", "Response"))
        call = self._channel.unary_unary(
            f"/{messages.PACKAGE}.{service}/{method}", request_serializer=request.SerializeToString,
            response_deserializer=reply.FromString)
        try:
            return call(json_format.ParseDict(fields, request()), timeout=deadline_s)
        except grpc.RpcError as error:
            raise LabError(f"{method}: {error.code().name}: {error.details()}") from None

    def close(self):
        self._channel.close()


@dataclasses.dataclass
class Container:
    id: str
    name: str
    pid: int  # of its first process, as the host sees it; 0: it has ended already
    grace_s: int

    def __str__(self):
        return f"{self.name} {self.id[:12]}"


class Pod:
    """A pod that runs. `containers`: in the order in which they were started."""

    def __init__(self, cri, config):
        self._cri = cri
        self._config = config
        self.name = config["metadata"]["name"]
        self.namespace = config["metadata"]["namespace"]
        self.uid = config["metadata"]["uid"]
        self.cgroup = config["linux"]["cgroup_parent"]
        self.containers = []
        self.sandbox_id = cri.call("RunPodSandbox", config=config).pod_sandbox_id
        self.sandbox_pid = cri.pid("PodSandboxStatus", pod_sandbox_id=self.sandbox_id)

    @property
    def container(self):
        """The only one, or the first."""
        return self.containers[0]

    @property
    def id(self):
        return self.container.id

    @property
    def pid(self):
        return self.container.pid

    def add(self, name, command, grace_s):
        """Creates and starts a container."""
        options = self._config["linux"]["security_context"]["namespace_options"]
        ident = self._cri.call("CreateContainer", pod_sandbox_id=self.sandbox_id, sandbox_config=self._config, config={
            "metadata": {"name": name}, "image": {"image": images.BUSYBOX}, "command": command,
            "labels": {**self._config["labels"], LABEL + "container.name": name},
            "annotations": {
                LABEL + "container.restartCount": "0", LABEL + "pod.terminationGracePeriod": str(grace_s)},
            "linux": {"security_context": {"namespace_options": options}}}).container_id
        self.containers.append(Container(ident, name, 0, grace_s))
        self._cri.call("StartContainer", container_id=ident)
        self.containers[-1].pid = self._cri.pid("ContainerStatus", container_id=ident)
        return self.containers[-1]

    def wait_exited(self, container=None):
        """Waits until a container has ended by itself; its exit status."""
        ident = (container or self.container).id

        def status():
            found = self._cri.call("ContainerStatus", container_id=ident).status
            return found if found.state == STATE_EXITED else None

        return wait_until(status, f"{ident} to end").exit_code

    def stop(self, grace_s=None):
        """
        Ends the pod and removes it: all containers at once, each with its own grace or this one, then the sandbox. The
        exit statuses by the containers' names. An error does not keep the rest from being tried.
        """
        errors = []

        def attempt(method, **fields):
            for tries_left in reversed(range(TRIES)):
                try:
                    return self._cri.call(method, **fields)
                except LabError as error:
                    if not tries_left:
                        errors.append(str(error))
            return None

        def stop_one(container):
            grace = container.grace_s if grace_s is None else grace_s
            attempt("StopContainer", deadline_s=grace + CALL_S, container_id=container.id, timeout=grace)
            status = attempt("ContainerStatus", container_id=container.id)
            return container.name, status and status.status.exit_code

        with concurrent.futures.ThreadPoolExecutor(max(1, len(self.containers))) as pool:
            statuses = dict(pool.map(stop_one, self.containers))
        attempt("StopPodSandbox", pod_sandbox_id=self.sandbox_id)
        for container in self.containers:
            attempt("RemoveContainer", container_id=container.id)
        attempt("RemovePodSandbox", pod_sandbox_id=self.sandbox_id)
        self._cri.pods.remove(self)
        if errors:
            raise LabError(f"{self}: {'; '.join(errors)}")
        remove_cgroup(self.cgroup)  # the runtime removes those of the containers, the kubelet the pod's
        return statuses

    def __str__(self):
        return f"{self.namespace}/{self.name}"


class Cri:
    def __init__(self, containerd, fixture):
        self._folder = containerd.folder
        self.state = containerd.state
        self.pods = []
        self.call = Client(containerd.socket)
        try:
            wait_until(self._is_ready, "the CRI to become ready", START_S)
            self._make_images(containerd, fixture)
            # runc may lack a privilege that containerd did not need.
            probe = self.run("probe", "true")
            probe.wait_exited()
            probe.stop(0)
        except (AssertionError, LabError) as error:
            self.call.close()
            # A refusal says what is wrong; only silence needs the log.
            more = "" if isinstance(error, LabError) else self._folder.complaints(LOG)
            raise Unavailable(f"the CRI does not work: {error}{more}") from None

    def _is_ready(self):
        try:
            status = self.call("Status", deadline_s=5).status
        except LabError:
            return False
        return any(condition.type == "RuntimeReady" and condition.status for condition in status.conditions)

    def _make_images(self, containerd, fixture):
        top = self._folder / "images"
        top.mkdir()
        images.make_pause(top / "pause", fixture)
        images.make_busybox(top / "busybox", fixture)
        layers = [images.pack(top / name, top / f"{name}.tar") for name in ("pause", "busybox")]
        archive = images.save(top / "images.tar", [
            (images.PAUSE, layers[0], {"Entrypoint": images.PAUSE_COMMAND}),
            (images.BUSYBOX, layers[1], {"Cmd": ["sh"], "Env": ["PATH=/bin"]})])
        containerd.ctr("images", "import", "--snapshotter", "native", archive)
        # The CRI learns of an import by an event of containerd, a little later.
        for name in (images.PAUSE, images.BUSYBOX):
            wait_until(lambda name=name: self.call("ImageStatus", image={"image": name}).image.id, f"the image {name}")

    def pid(self, method, **ident):
        """The pid of a container's first process; 0: it has none."""
        return json.loads(self.call(method, verbose=True, **ident).info.get("info", "{}")).get("pid", 0)

    def run(self, name, *command, namespace="default", container="app", grace_s=30, share_pid=False):
        """Runs a pod with one container."""
        uid = str(uuid.uuid4())
        cgroup = f"/kubepods/besteffort/pod{uid}"
        pid = NAMESPACE_POD if share_pid else NAMESPACE_CONTAINER
        options = {"network": NAMESPACE_NODE, "pid": pid, "ipc": NAMESPACE_POD}
        self._folder.own_cgroup(cgroup)
        pod = Pod(self, {
            "metadata": {"name": name, "uid": uid, "namespace": namespace},
            "labels": {LABEL + "pod.name": name, LABEL + "pod.namespace": namespace, LABEL + "pod.uid": uid},
            "linux": {"cgroup_parent": cgroup, "security_context": {"namespace_options": options}}})
        self.pods.append(pod)
        try:
            pod.add(container, list(command), grace_s)
        except BaseException:
            with contextlib.suppress(LabError):  # the first error is the one that is told
                pod.stop(0)
            raise
        return pod

    def stop_all(self):
        """Ends all pods at once, without a grace."""
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            ended = [pool.submit(pod.stop, 0) for pod in list(self.pods)]
        for one in ended:
            one.result()

    def close(self):
        with contextlib.suppress(LabError):  # the folder's end gets the rest
            self.stop_all()
        self.call.close()
