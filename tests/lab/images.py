# SPDX-License-Identifier: BSD-2-Clause
"""Root file systems and image archives, made here, without a network."""

import hashlib
import io
import json
import platform
import shutil
import tarfile

from lab import state

PAUSE = "localhost/sigtrace-lab-pause:latest"
BUSYBOX = "localhost/sigtrace-lab-busybox:latest"

# What the tests use, and what helps when one looks into a container.
APPLETS = ("cat", "env", "id", "kill", "killall", "ls", "ps", "rm", "sh", "sleep", "touch", "true", "usleep")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}  # as OCI names them

# The first process of a pod: it takes orphans in, and leaves at once when asked. The fixture ends with its parent and
# after a minute unless told otherwise; an hour is the most.
PAUSE_COMMAND = ["/pause", *"pdeathsig 0 deadline 3600 ignore CHLD exit-on TERM,INT=0 pause".split()]


def make_pause(root, fixture):
    root.mkdir()
    shutil.copy(fixture, root / "pause")


def make_busybox(root, fixture):
    """A root file system with a shell and the live fixture."""
    busybox = state.program("busybox")
    with open(busybox, "rb") as program:
        if b"/ld-" in program.read(4096):  # an interpreter in its program headers
            raise state.Unavailable(f"{busybox} is not static; it has to run by itself in an image (busybox-static)")
    for name in ("bin", "dev", "etc", "proc", "root", "sys", "tmp"):
        (root / name).mkdir(parents=True)
    shutil.copy(busybox, root / "bin" / "busybox")
    for applet in APPLETS:
        (root / "bin" / applet).symlink_to("busybox")
    shutil.copy(fixture, root / "fixture")
    (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
    (root / "tmp").chmod(0o1777)


def pack(root, archive):
    """A root file system as a tar archive: what `docker import` takes, and a layer of an image."""
    with tarfile.open(archive, "w", format=tarfile.PAX_FORMAT) as tar:
        for entry in sorted(root.iterdir()):
            tar.add(entry, entry.name)
    return archive


def _digest(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") \
            else hashlib.sha256(file.read()).hexdigest()


def save(archive, images):
    """An archive as `docker save` writes it: `images` are (name, layer, {key of an image's config: value})."""
    manifest = []
    machine = platform.machine()
    with tarfile.open(archive, "w") as tar:
        def add(name, value):
            text = json.dumps(value).encode()
            info = tarfile.TarInfo(name)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))

        for number, (name, layer, config) in enumerate(images):
            tar.add(layer, f"{number}/layer.tar")
            add(f"{number}.json", {
                "architecture": ARCHITECTURES.get(machine, machine), "os": "linux", "config": config,
                "rootfs": {"type": "layers", "diff_ids": [f"sha256:{_digest(layer)}"]}})
            manifest.append({"Config": f"{number}.json", "RepoTags": [name], "Layers": [f"{number}/layer.tar"]})
        add("manifest.json", manifest)
    return archive
