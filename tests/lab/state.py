# SPDX-License-Identifier: BSD-2-Clause
"""
The private folder of a lab. Whatever a lab starts can be found again by it: engines and shims have a path in the folder
on their command line, mounts are on points in it, containers' processes are in cgroups that its record names. So one
function ends a lab, be it our own or one whose owner was killed.
"""

import contextlib
import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from waiting import wait_until  # noqa: E402

PREFIX = "sigtrace-lab-"
# The first words of command lines that are looked at: nobody else's process that names the folder is ended.
ENGINES = ("containerd", "dockerd", "runc", "ctr")
# The longest name of a socket in the folder; sun_path holds 107 bytes and a NUL.
LONGEST_SOCKET = "run/containerd.sock.ttrpc"
SUN_PATH_MAX = 107
# Also where a package has put them that a user's PATH does not show.
PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"])


class Unavailable(Exception):
    """An engine cannot start here; the message says why."""


class LabError(Exception):
    """Something that an engine was asked to do failed."""


def program(name):
    found = shutil.which(name, path=PATH)
    if not found:
        raise Unavailable(f"{name} is not installed")
    return found


def run(*argv, deadline_s=60):
    """Runs a command; its output, or a LabError with what it said."""
    done = subprocess.run(
        [str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=deadline_s, env={**os.environ, "PATH": PATH}, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(map(str, argv))}: status {done.returncode}: {done.stdout.strip()[-800:]}")
    return done.stdout


class Folder:
    """A new private folder. Those that dead owners left behind are removed first."""

    def __init__(self):
        if os.geteuid() != 0:
            raise Unavailable("containers need root")
        parent = _parent()
        for left in parent.glob(PREFIX + "*"):
            _remove_leftover(left)
        self.path = pathlib.Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        self._lock = _lock(self.path)
        self._record = self.path / "record"
        # From now on the next lab may take the folder for a leftover, when nobody holds the lock.
        self._note("owner", [os.getpid()])
        for name in ("run", "tmp"):
            (self.path / name).mkdir()

    def __truediv__(self, name):
        return self.path / name

    def spawn(self, log, *argv):
        """Starts a daemon that outlives signals to the group of the tests; its output goes to the file `log`."""
        with (self.path / log).open("ab") as output:
            return subprocess.Popen(
                [str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/",
                start_new_session=True, env={**os.environ, "PATH": PATH, "TMPDIR": str(self.path / "tmp")})

    def complaints(self, log, lines=6):
        """The end of a daemon's log, without what is no error; "" if it says nothing."""
        text = (self.path / log).read_text("utf-8", "replace").splitlines()
        told = [line[:400] for line in text if "level=info" not in line and "level=debug" not in line]
        return "; its log ends: " + "; ".join(told[-lines:]) if told else ""

    def own_path(self, path):
        """Notes a file or a folder that an engine makes outside, because its place is built in; not if it is there."""
        if not os.path.lexists(path):
            self._note("path", [path])

    def own_cgroup(self, path):
        """
        Notes a cgroup that is about to be made, so that it ends with the lab. Parents of it that do not exist yet go,
        too, when nobody else is in them.
        """
        parents = [str(parent) for parent in pathlib.PurePosixPath(path).parents][:-1]
        self._note("parent", [parent for parent in parents if not cgroup_folders(parent)])
        self._note("cgroup", [path])

    def _note(self, kind, values):
        with self._record.open("a") as record:
            record.write("".join(f"{kind} {value}\n" for value in values))

    def remove(self):
        """Ends what is left of everything that was started, and removes the folder."""
        _remove(self.path)
        os.close(self._lock)


def _parent():
    """The folder for temporary files, if its name leaves room for sockets."""
    for parent in map(pathlib.Path, (tempfile.gettempdir(), "/tmp")):
        if len(os.fsencode(parent / f"{PREFIX}12345678" / LONGEST_SOCKET)) <= SUN_PATH_MAX and parent.is_dir():
            return parent.resolve()
    raise Unavailable(f"{tempfile.gettempdir()} is too long a name for the folder of sockets")


def _lock(path):
    """Locks a folder until the descriptor is closed, at the latest when this process ends; None: another has it."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def _remove_leftover(path):
    """Removes a folder of root's with a record that nobody holds locked."""
    try:
        info = path.lstat()
        if not path.is_dir() or path.is_symlink() or info.st_uid != 0 or info.st_mode & 0o077:
            return
        if not (path / "record").exists():
            return
        fd = _lock(path)
    except FileNotFoundError:  # its owner was quicker
        return
    if fd is None:
        return
    try:
        _remove(path)
    finally:
        os.close(fd)


def _remove(path):
    record = [line.split(" ", 1) for line in (path / "record").read_text().splitlines()]

    def noted(kind):
        """From the longest to the shortest: children before their parents."""
        return sorted({value for key, value in record if key == kind}, key=len, reverse=True)

    # Shims have theirs in one folder with those of other engines; the bundles tell which are ours.
    sockets = [address.read_text().removeprefix("unix://") for address in path.glob("run/state/*/*/*/address")]
    # Daemons first: they would start anew what ends below them.
    for is_daemon in (True, False):
        _kill_until_gone(lambda daemons=is_daemon: _engines(path, daemons), f"the engines of {path}")
    for cgroup in noted("cgroup"):
        remove_cgroup(cgroup)
    for socket in sockets:
        pathlib.Path(socket).unlink(missing_ok=True)
    # Folders that were made on the way go if nobody else has come to use them.
    for place in [*(folder for parent in noted("parent") for folder in cgroup_folders(parent)), *noted("path")]:
        with contextlib.suppress(OSError):
            (os.rmdir if os.path.isdir(place) else os.unlink)(place)
    _unmount(path)
    shutil.rmtree(path)


def _argv(pid):
    try:
        return (pathlib.Path("/proc") / str(pid) / "cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return [b""]


def _is_engine(pid, path, daemons):
    argv = [os.fsdecode(word) for word in _argv(pid)]
    name = os.path.basename(argv[0])
    if not name.startswith(ENGINES) or not any(f"{path}/" in word for word in argv[1:]):
        return False
    return (name in ("containerd", "dockerd")) == daemons


def _engines(path, daemons):
    """{pid: how to see that the pid is still that process}; a zombie has no command line, and is none."""
    pids = [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
    return {pid: lambda pid=pid: _is_engine(pid, path, daemons) for pid in pids if _is_engine(pid, path, daemons)}


def _kill_until_gone(find, what):
    def gone():
        found = find()
        for pid, is_same in found.items():
            # The descriptor holds on to the process, so what is looked at after it was opened is what is killed.
            with contextlib.suppress(ProcessLookupError):
                fd = os.pidfd_open(pid)
                try:
                    if is_same():
                        signal.pidfd_send_signal(fd, signal.SIGKILL)
                finally:
                    os.close(fd)
        return not found

    wait_until(gone, f"{what} to end")


def cgroup_folders(path):
    """Where a cgroup exists, over all hierarchies (v1, hybrid and v2)."""
    mounts = [line.split() for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()]
    folders = [pathlib.Path(mount[1] + path) for mount in mounts if mount[2] in ("cgroup", "cgroup2")]
    return [folder for folder in folders if folder.is_dir()]


def _is_zombie(pid):
    try:
        return (pathlib.Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def _members(path):
    """The processes in a cgroup and below it, as _engines()."""
    found = {}
    for root in cgroup_folders(path):
        for procs in root.rglob("cgroup.procs"):
            def pids(procs=procs):
                try:
                    return {int(pid) for pid in procs.read_text().split() if not _is_zombie(pid)}
                except OSError:  # gone meanwhile
                    return set()

            found.update({pid: lambda pid=pid, pids=pids: pid in pids() for pid in pids()})
    return found


def remove_cgroup(path):
    """Ends what still runs in one of our cgroups and removes it; it may be gone already."""
    _kill_until_gone(lambda: _members(path), f"the processes in {path}")

    def gone():
        for root in cgroup_folders(path):
            for folder, _, _ in os.walk(root, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
        return not cgroup_folders(path)

    # A dying process holds its cgroup a little longer than its pid.
    wait_until(gone, f"cgroup {path} to become empty")


def _mount_points(path):
    """The deepest first. A blank in a name would be \\040 there; our names have none."""
    points = [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()]
    return sorted((point for point in points if point.startswith(f"{path}/")), key=len, reverse=True)


def _unmount(path):
    for flags in ((), ("--lazy",)):
        for point in _mount_points(path):
            with contextlib.suppress(LabError):
                run("umount", *flags, point)
    if left := _mount_points(path):
        raise LabError(f"still mounted, so their folder is kept: {' '.join(left)}")
