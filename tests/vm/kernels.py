# SPDX-License-Identifier: BSD-2-Clause
"""The kernels that the virtual machines boot, and how they are fetched.

Kernels are Debian's cloud images. They are fetched with a private apt state, from the mirror that
this machine's own apt configuration names, and their signatures are checked as for any package.
"""

import dataclasses
import io
import lzma
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile

KEYRING = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")
UPDATE_TIMEOUT_S = 180
DOWNLOAD_TIMEOUT_S = 300

# A suite of the Debian archive proper: not security or updates, and no other distribution's.
DEBIAN_SUITE = re.compile(
    r"(old){0,2}stable|testing|unstable|sid|buster|bullseye|bookworm|trixie|forky|duke"
)


@dataclasses.dataclass(frozen=True)
class Arch:
    """How a machine of one architecture is emulated."""

    name: str  # Debian's name
    qemu: str
    machine: tuple[str, ...]  # arguments of qemu
    console: str  # for the kernel's messages
    results: str  # a second line, for nothing but results


@dataclasses.dataclass(frozen=True)
class Kernel:
    """One row of the matrix: the newest kernel that a suite offers under a package's name."""

    name: str
    arch: Arch
    suite: str
    package: str


# Without cx16: QEMU 7.2 sometimes leaves garbage in the flags after an emulated cmpxchg16b, and the
# kernel's allocator uses that from 6.12 on (seen in one boot of three).
AMD64 = Arch("amd64", "qemu-system-x86_64", ("-cpu", "max,-cx16"), "ttyS0", "ttyS1")

KERNELS = (
    Kernel("x86_64-5.10", AMD64, "bullseye", "linux-image-cloud-amd64"),
    Kernel("x86_64-6.1", AMD64, "bookworm", "linux-image-cloud-amd64"),
    Kernel("x86_64-6.12", AMD64, "trixie", "linux-image-cloud-amd64"),
    Kernel("x86_64-7.x", AMD64, "trixie-backports", "linux-image-cloud-amd64"),
)

# A scenario needs its thread, which takes SIGKILL from nobody but the kernel.
MODULE = "cifs"

# The packages with the image itself and with the modules, behind the ones that only depend on them.
KERNEL_PACKAGE = re.compile(r"linux-(?:image|binary|modules)-[a-z0-9.+-]+")
IMAGE_FILE = re.compile(r"\./(?:boot/vmlinuz-.+|usr/lib/modules/[^/]+/vmlinuz)")
MODULE_FILE = re.compile(r"\./(?:usr/)?lib/modules/[^/]+/kernel/(?:.*/)?([^/]+)\.ko(?:\.xz)?")
PACKAGE_DEPTH_MAX = 3

XZ_MAGIC = b"\xfd7zXZ\0"

# What modpost writes into a module's section .modinfo.
MODULE_DEPENDS = re.compile(rb"\0depends=([^\0]*)\0")


class Unavailable(Exception):
    """The kernel cannot be had here; the message says why."""


@dataclasses.dataclass(frozen=True)
class Image:
    path: pathlib.Path
    package: str  # name and version, for people
    modules: tuple[pathlib.Path, ...]  # MODULE behind all that it needs; nothing: there is none


def fetch(kernel, cache, refresh=False):
    """Returns the Image of a kernel, from the cache if it is there; raises Unavailable."""
    directory = cache / kernel.name
    image = directory / "vmlinuz"
    origin = directory / "package"
    modules = directory / "modules"
    if image.exists() and origin.exists() and modules.exists() and not refresh:
        return _image_at(directory)
    for tool in ("apt-get", "apt-cache", "dpkg-deb"):
        if not shutil.which(tool):
            raise Unavailable(f"{tool} is missing: kernels are fetched as Debian packages")
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="apt-", dir=directory) as temporary:
        apt = _Apt(pathlib.Path(temporary), kernel)
        found = _Contents()
        _collect(apt, kernel.package, found, set())
    if found.image is None:
        reason = f"no kernel image in {kernel.package} of {kernel.suite}, nor in what it depends on"
        raise Unavailable(reason)
    image.unlink(missing_ok=True)
    shutil.rmtree(modules, ignore_errors=True)
    modules.mkdir()
    for number, name in enumerate(found.load_order(MODULE)):
        (modules / f"{number:02}-{name}.ko").write_bytes(found.module(name))
    origin.write_text(found.package + "\n", encoding="utf-8")
    partial = directory / "vmlinuz.partial"
    partial.write_bytes(found.image)
    partial.replace(image)
    return _image_at(directory)


def _image_at(directory):
    package = (directory / "package").read_text(encoding="utf-8").strip()
    return Image(directory / "vmlinuz", package, tuple(sorted((directory / "modules").iterdir())))


@dataclasses.dataclass
class _Contents:
    """What the packages of a kernel hold, as far as they have been read."""

    image: bytes | None = None
    package: str = ""  # that the image is from
    modules: dict[str, bytes] = dataclasses.field(default_factory=dict)  # as packed

    def module(self, name):
        data = self.modules[name]
        return lzma.decompress(data) if data.startswith(XZ_MAGIC) else data

    def load_order(self, module):
        """The names of a module and all that it needs, itself last; nothing if one is missing."""
        order = []
        return order if self._add_to(order, module) else []

    def _add_to(self, order, module):
        if module in order:
            return True
        if module not in self.modules:
            return False
        needed = MODULE_DEPENDS.search(self.module(module))
        names = needed[1].decode().split(",") if needed else []
        if not all(self._add_to(order, _module_name(name)) for name in names if name):
            return False
        order.append(module)
        return True


def _module_name(name):
    """The kernel takes both characters for the same."""
    return name.replace("-", "_")


def _collect(apt, package, found, seen, depth=0):
    """Reads a package and, until all is found, the ones that it depends on."""
    seen.add(package)
    _read_package(apt.download(package), found)
    if depth == PACKAGE_DEPTH_MAX:
        return
    for name in apt.depends(package):
        if found.image is not None and found.load_order(MODULE):
            return
        if KERNEL_PACKAGE.fullmatch(name) and name not in seen:
            _collect(apt, name, found, seen, depth + 1)


def _read_package(archive, found):
    command = ["dpkg-deb", "--fsys-tarfile", archive]
    process = subprocess.run(command, capture_output=True, check=False)
    if process.returncode != 0:
        raise Unavailable(f"{archive.name} cannot be unpacked: {_reason(process.stderr)}")
    with tarfile.open(fileobj=io.BytesIO(process.stdout)) as tar:
        for member in tar:
            if not member.isfile():
                continue
            if IMAGE_FILE.fullmatch(member.name):
                found.image = tar.extractfile(member).read()
                found.package = archive.stem
            elif match := MODULE_FILE.fullmatch(member.name):
                found.modules[_module_name(match[1])] = tar.extractfile(member).read()


class _Apt:
    """An apt of its own for one suite: the machine's package state is not read or changed."""

    def __init__(self, root, kernel):
        self.root = root
        self.suite = kernel.suite
        mirror = _debian_mirror()
        options = f"arch={kernel.arch.name}"
        if KEYRING.exists():
            options += f" signed-by={KEYRING}"
        for directory in ("lists/partial", "archives/partial", "parts", "packages"):
            (root / directory).mkdir(parents=True)
        (root / "status").touch()
        sources = root / "sources.list"
        sources.write_text(f"deb [{options}] {mirror} {kernel.suite} main\n", encoding="utf-8")
        self.options = []
        for option in (
            f"Dir::State={root}",
            f"Dir::State::lists={root}/lists",
            f"Dir::State::status={root}/status",
            f"Dir::Cache={root}",
            f"Dir::Etc::SourceList={sources}",
            f"Dir::Etc::SourceParts={root}/parts",
            "Dir::Etc::Preferences=/dev/null",
            f"Dir::Etc::PreferencesParts={root}/parts",
            f"APT::Architecture={kernel.arch.name}",
            f"APT::Architectures={kernel.arch.name}",
            "APT::Get::AllowUnauthenticated=false",
            "Acquire::AllowInsecureRepositories=false",
            "Acquire::AllowDowngradeToInsecureRepositories=false",
            "Acquire::Languages=none",
            "Acquire::Retries=2",
            "APT::Update::Error-Mode=any",
            # The sandbox user cannot write to a build directory.
            "APT::Sandbox::User=root",
        ):
            self.options += ["-o", option]
        self._run("apt-get", "-q", "update", timeout=UPDATE_TIMEOUT_S)

    def download(self, package):
        packages = self.root / "packages"
        before = set(packages.iterdir())
        self._run("apt-get", "-q", "download", package, cwd=packages, timeout=DOWNLOAD_TIMEOUT_S)
        new = set(packages.iterdir()) - before
        if len(new) != 1:
            raise Unavailable(f"apt-get download {package} left {len(new)} files")
        return new.pop()

    def depends(self, package):
        output = self._run("apt-cache", "depends", "--important", package)
        return re.findall(r"^\s*\|?Depends: (\S+)$", output, re.MULTILINE)

    def _run(self, tool, *arguments, cwd=None, timeout=60):
        return _run_tool([tool, *self.options, *arguments], self.suite, cwd, timeout)


def _debian_mirror():
    """The address of the Debian archive in this machine's apt configuration, as apt reads it."""
    with tempfile.TemporaryDirectory(prefix="sigtrace-vm-") as state:
        os.makedirs(f"{state}/lists/partial")
        command = ["apt-get", "-o", f"Dir::State={state}", "--print-uris", "update"]
        output = _run_tool(command, "this machine", None, 60)
    for base, suite in re.findall(r"^'([^']+)/dists/([^']+)/InRelease'", output, re.MULTILINE):
        if DEBIAN_SUITE.fullmatch(suite):
            return base
    raise Unavailable("this machine's apt configuration names no mirror of Debian")


def _run_tool(command, what, cwd, timeout):
    try:
        process = subprocess.run(
            command,
            cwd=cwd,
            capture_output=True,
            check=False,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{what}: {command[0]} took more than {timeout} s") from None
    if process.returncode != 0:
        raise Unavailable(f"{what}: {_reason(process.stderr)}")
    return process.stdout.decode("utf-8", "replace")


def _reason(stderr):
    """apt's own words, the errors before the warnings, on one line."""
    text = stderr.decode("utf-8", "replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    lines.sort(key=lambda line: 0 if line.startswith("E:") else 1)
    return "; ".join(lines[:2]) or "no message"
