# SPDX-License-Identifier: BSD-2-Clause
"""The lab's docker with the images that documented commands name. Their program says that it is ready, and ends on SIGTERM."""

import os
import shutil
import subprocess

import transcript
from lab import images, state
from lab.containerd import Containerd
from lab.docker import Docker

NAMES = ("web", "shop", "db", "shop/web")
SAYS = "ready to accept connections"
PROGRAM = f"trap 'exit 0' TERM; echo {SAYS}; touch /tmp/ready; while true; do sleep 0.1 & wait; done"
DEADLINE_S = 60


class Engine:
    def __init__(self, folder):
        if not shutil.which("docker"):
            raise state.Unavailable("there is no docker command")
        if not os.path.exists(transcript.FIXTURE):
            raise state.Unavailable(f"{transcript.FIXTURE} is not built")
        self._daemons = [Containerd(folder)]
        try:
            self._docker = Docker(self._daemons[0], transcript.FIXTURE)
            self._daemons.append(self._docker)
            self.env = {"DOCKER_HOST": f"unix://{self._docker.socket}"}
            self._import(folder)
        except BaseException:
            self.close()
            raise

    def _import(self, folder):
        """An image cannot be made without its layer, so the lab's is packed again."""
        archive = images.pack(folder / "docker-image", folder / "docs-image.tar")
        words = ", ".join(f'"{word}"' for word in ("/bin/sh", "-c", PROGRAM))
        for name in NAMES:
            self.run("import", "--change", f"ENTRYPOINT [{words}]", "--change", "ENV PATH=/bin", str(archive), name)

    def run(self, *argv):
        """The docker command; its output."""
        done = subprocess.run(["docker", *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=DEADLINE_S,
                              env={**os.environ, **self.env}, check=False)
        if done.returncode:
            raise state.Unavailable(f"docker {argv[0]}: status {done.returncode}: {done.stdout.strip()[-400:]}")
        return done.stdout

    def close(self):
        for daemon in reversed(self._daemons):
            getattr(daemon, "close", getattr(daemon, "stop", None))()
