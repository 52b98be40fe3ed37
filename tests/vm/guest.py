# SPDX-License-Identifier: BSD-2-Clause
"""A virtual machine: its initramfs, its run under qemu, and what came out of it."""

import dataclasses
import gzip
import io
import pathlib
import re
import shutil
import stat
import struct
import subprocess
import tarfile
import time

from kernels import Unavailable

MEMORY = "512M"
ELF_PROGRAM_INTERPRETER = 3


class NotStatic(Exception):
    """A program that is to run in the machine needs a dynamic loader, which is not there."""


def read_static(path):
    """The bytes of a 64-bit ELF program without PT_INTERP; raises NotStatic, OSError."""
    data = pathlib.Path(path).read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        raise NotStatic(f"{path} is not a 64-bit little-endian ELF program")
    offset = struct.unpack_from("<Q", data, 32)[0]
    size, count = struct.unpack_from("<HH", data, 54)
    for index in range(count):
        if struct.unpack_from("<I", data, offset + index * size)[0] == ELF_PROGRAM_INTERPRETER:
            raise NotStatic(f"{path} is linked dynamically")
    return data


def write_initramfs(path, files):
    """Writes a gzipped cpio archive (newc); `files` maps a name in the archive to (bytes, mode)."""
    archive = io.BytesIO()
    directories = ("bin", "dev", "mnt", "modules", "proc", "results", "sys", "tmp")
    entries = [(name, b"", stat.S_IFDIR | 0o755) for name in directories]
    entries += [(name, data, stat.S_IFREG | mode) for name, (data, mode) in files.items()]
    entries.append(("TRAILER!!!", b"", 0))
    for inode, (name, data, mode) in enumerate(entries, start=1):
        encoded = name.encode() + b"\0"
        fields = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
        archive.write(b"070701" + b"".join(b"%08X" % field for field in fields) + encoded)
        archive.write(bytes(-archive.tell() % 4) + data)
        archive.write(bytes(-archive.tell() % 4))
    path.write_bytes(gzip.compress(archive.getvalue(), compresslevel=1, mtime=0))


@dataclasses.dataclass
class Outcome:
    """What a machine left: the files of each case by name, and why it ended early, if it did."""

    cases: dict[str, dict[str, str]]
    elapsed_s: float
    problem: str | None

    @property
    def machine(self):
        return self.cases.get("machine", {})


def find_qemu(arch):
    qemu = shutil.which(arch.qemu)
    if not qemu:
        raise Unavailable(f"{arch.qemu} is missing")
    return qemu


def run(qemu, kernel, image, files, directory, deadline_s):
    """Boots a kernel with the files of write_initramfs() and returns its Outcome."""
    directory.mkdir(parents=True, exist_ok=True)
    initramfs = directory / "initramfs.cpio.gz"
    write_initramfs(initramfs, files)
    console = directory / "console.log"
    results = directory / "results.tar"
    results.unlink(missing_ok=True)
    command = [qemu, "-accel", "tcg", *kernel.arch.machine, "-m", MEMORY, "-nographic"]
    command += ["-no-reboot", "-nic", "none", "-monitor", "none"]
    command += ["-kernel", image.path, "-initrd", initramfs]
    command += ["-serial", f"file:{console}", "-serial", f"file:{results}"]
    command += ["-append", f"console={kernel.arch.console} panic=-1 results={kernel.arch.results}"]
    start = time.monotonic()
    problem = None
    with open(directory / "qemu.log", "wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            if process.wait(timeout=deadline_s) != 0:
                problem = f"qemu ended with status {process.returncode}; see {directory}/qemu.log"
        except subprocess.TimeoutExpired:
            problem = f"not finished after {deadline_s} s"
        finally:
            process.kill()
            process.wait()
    cases = _read_results(results)
    if problem is None and "end" not in cases:
        problem = "the machine ended early"
    if problem:
        problem += f"; console: {_last_words(console)}"
    return Outcome(cases, time.monotonic() - start, problem)


def _read_results(path):
    """Archives one after another, the last one perhaps cut."""
    cases = {}
    if not path.exists():
        return cases
    try:
        with tarfile.open(path, "r:", ignore_zeros=True) as tar:
            for member in tar:
                case, _, name = member.name.partition("/")
                files = cases.setdefault(case, {})
                if member.isfile() and name:
                    files[name] = tar.extractfile(member).read().decode("utf-8", "surrogateescape")
    except (tarfile.TarError, EOFError):
        pass
    return cases


def _last_words(console):
    """The kernel's panic if there is one, else its last line; without what steers terminals."""
    if not console.exists():
        return "nothing"
    text = console.read_text("utf-8", "replace")
    lines = [re.sub(r"[^ -~]+", " ", line).strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    panics = [line for line in lines if re.search(r"Kernel panic|Oops|BUG:", line)]
    return (panics or lines or ["nothing"])[-1]
