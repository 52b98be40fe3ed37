# SPDX-License-Identifier: BSD-2-Clause
"""A containerd of our own. The machine's may run beside it."""

import contextlib
import os
import subprocess

from lab import images, state
from waiting import wait_until

# Snapshots are copies ("native"): overlayfs does not work on top of another overlayfs, which is where tests may run.
# No AppArmor, and pods keep the OOM score: both work without privileges that a container of CI may lack.
CONFIG = """version = 2
root = "{top}/root"
state = "{top}/run/state"
temp = "{top}/tmp"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "{top}/run/containerd.sock"
[debug]
  address = "{top}/run/debug.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{top}/cni"
    conf_dir = "{top}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = "{top}/run/runc"
        SystemdCgroup = false
"""
LOG = "containerd.log"
START_S = 30
STOP_S = 20


class Containerd:
    """Serves on `socket` when the constructor returns. `state` is what is /run/containerd on a node."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = folder / "run/containerd.sock"
        self.state = folder / "run/state"
        for name in ("runc", "containerd-shim-runc-v2"):
            state.program(name)
        for path in ("/run/containerd", "/run/containerd/s"):  # the sockets of shims
            folder.own_path(path)
        config = folder / "config.toml"
        config.write_text(CONFIG.format(top=folder.path, pause=images.PAUSE))
        self.process = folder.spawn(LOG, state.program("containerd"), "--config", config)
        try:
            wait_until(self._answers, "containerd to answer", START_S)
        except (AssertionError, state.Unavailable) as error:
            self.stop()
            raise state.Unavailable(f"containerd does not start: {error}{folder.complaints(LOG)}") from None

    def _answers(self):
        if self.process.poll() is not None:
            raise state.Unavailable(f"it ended with status {self.process.returncode}")
        return os.path.exists(self.socket)

    def ctr(self, *argv):
        return state.run(state.program("ctr"), "--address", self.socket, "--namespace", "k8s.io", *argv)

    def stop(self):
        """Ends the daemon alone: containers and shims do not depend on it."""
        stop(self.process)


def stop(process):
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
