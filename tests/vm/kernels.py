# SPDX-License-Identifier: BSD-2-Clause
"""The kernels that the virtual machines boot, and how they are fetched.

Kernels are Debian's cloud images. They are fetched with a private apt state, from the mirror that
this machine's own apt configuration names, and their signatures are checked as for any package.
"""

import dataclasses
import io
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

# The package with the image itself, behind the ones that only depend on it.
IMAGE_PACKAGE = re.compile(r"linux-(?:image|binary)-[a-z0-9.+-]+")
IMAGE_FILE = re.compile(r"\./(?:boot/vmlinuz-.+|usr/lib/modules/[^/]+/vmlinuz)")
IMAGE_DEPTH_MAX = 3


class Unavailable(Exception):
    """The kernel cannot be had here; the message says why."""


@dataclasses.dataclass(frozen=True)
class Image:
    path: pathlib.Path
    package: str  # name and version, for people


def fetch(kernel, cache, refresh=False):
    """Returns the Image of a kernel, from the cache if it is there; raises Unavailable."""
    directory = cache / kernel.name
    image = directory / "vmlinuz"
    origin = directory / "package"
    if image.exists() and origin.exists() and not refresh:
        return Image(image, origin.read_text(encoding="utf-8").strip())
    for tool in ("apt-get", "apt-cache", "dpkg-deb"):
        if not shutil.which(tool):
            raise Unavailable(f"{tool} is missing: kernels are fetched as Debian packages")
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="apt-", dir=directory) as temporary:
        apt = _Apt(pathlib.Path(temporary), kernel)
        data, package = _find_image(apt, kernel.package)
    partial = directory / "vmlinuz.partial"
    partial.write_bytes(data)
    origin.write_text(package + "\n", encoding="utf-8")
    partial.replace(image)
    return Image(image, package)


def _find_image(apt, package, depth=0):
    archive = apt.download(package)
    data = _image_in(archive)
    if data is not None:
        return data, archive.stem
    if depth < IMAGE_DEPTH_MAX:
        for name in apt.depends(package):
            if IMAGE_PACKAGE.fullmatch(name):
                try:
                    return _find_image(apt, name, depth + 1)
                except _NoImage:
                    continue
    raise _NoImage(f"no kernel image in {package} of {apt.suite}, nor in what it depends on")


class _NoImage(Unavailable):
    pass


def _image_in(archive):
    """The bytes of the kernel image in a Debian package, or None."""
    command = ["dpkg-deb", "--fsys-tarfile", archive]
    process = subprocess.run(command, capture_output=True, check=False)
    if process.returncode != 0:
        raise Unavailable(f"{archive.name} cannot be unpacked: {_reason(process.stderr)}")
    with tarfile.open(fileobj=io.BytesIO(process.stdout)) as tar:
        for member in tar:
            if member.isfile() and IMAGE_FILE.fullmatch(member.name):
                return tar.extractfile(member).read()
    return None


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
