# SPDX-License-Identifier: BSD-2-Clause
"""Trees of real processes for chain: started, waited for until they are at rest, and torn down by pid."""

import os
import pathlib
import shlex
import signal
import subprocess
import threading
import uuid

from harness import DEADLINE_S, FIXTURE, proc_status
from waiting import wait_until

# Where a process sleeps that has nothing to do: the numbers of x86-64 and of arm64.
_REST = {
    "x86_64": {0, 7, 23, 34, 61, 128, 130, 232, 247, 270, 271, 281},
    "aarch64": {22, 63, 72, 73, 95, 133, 137, 260},
}.get(os.uname().machine)


def leaf(name, verbs="", program=FIXTURE):
    """A command that is one process, called `name`, which does what the verbs say, and then nothing."""
    return f"{shlex.quote(str(program))} pdeathsig 0 {verbs} comm {name} ready idle"


def processes():
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _read(path):
    try:
        return pathlib.Path(path).read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""


class Stat:
    """/proc/PID/stat; every member is None if the process is gone."""

    def __init__(self, pid):
        name, _, rest = _read(f"/proc/{pid}/stat").partition(b" (")[2].rpartition(b") ")
        words = rest.split()
        self.pid = pid
        self.comm = name.decode("utf-8", "replace") if words else None
        self.state = words[0].decode() if words else None
        self.parent, self.pgid, self.sid, self.tty, self.tpgid = map(int, words[1:6]) if words else (None,) * 5
        self.start = int(words[19]) if words else None

    @property
    def alive(self):
        return self.state not in (None, "Z", "X")


def syscall(pid):
    """The number of the system call that it sleeps in; None: it runs, or is gone."""
    words = _read(f"/proc/{pid}/syscall").split()
    return int(words[0]) if words and words[0].isdigit() else None


def _shape(root, children, name):
    below = children.get(root, ())
    return name[root] + (f"({' '.join(_shape(child, children, name) for child in below)})" if below else "")


class Tree:
    """
    A command and all that it started. `shape` says what to wait for, names of processes with their children behind
    them: "tini(bash(worker))". The root is the leader of a session of its own, so that no signal for its group or its
    terminal reaches anybody else. typed: that session has a pseudoterminal, on which (text, shape) after (text, shape) is
    typed and waited for.
    """

    def __init__(self, command, shape=None, typed=None, deadline_s=DEADLINE_S, **popen):
        self._mark = f"SIGTRACE_TREE={uuid.uuid4()}"
        self._known = {}
        self._master = None
        environment = {key: value for key, value in os.environ.items() if key not in ("BASH_ENV", "ENV", "PS1")}
        environment |= {"PS1": "$ ", "HISTFILE": "", **dict([self._mark.split("=")])}
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        words = shlex.split(command) if isinstance(command, str) else [str(word) for word in command]
        tty, slave = typed is not None, None
        if tty:
            self._master, slave = os.openpty()
            self.tty = os.ttyname(slave).removeprefix("/dev/")
            streams = dict.fromkeys(streams, slave)
            # It is no leader of a group yet, and so becomes the program with its own pid.
            words = ["setsid", "--ctty", *words]
        self.process = subprocess.Popen(words, env=environment, start_new_session=not tty, **(streams | popen))
        self.root = self.process.pid
        if tty:
            os.close(slave)
            self._drainer = threading.Thread(target=self._drain, daemon=True)
            self._drainer.start()
        self.pids = {}
        self.names = {}
        try:
            if shape is not None:
                self.wait(shape, deadline_s)
            for text, then in typed or ():
                self.type(text)
                self.wait(then, deadline_s)
        except BaseException:
            self.close()
            raise

    def _drain(self):
        """Nobody may block because a terminal's buffer is full."""
        try:
            while os.read(self._master, 65536):
                pass
        except OSError:
            pass

    def type(self, text):
        os.write(self._master, text.encode())

    # --- What is there ---

    def _scan(self):
        """The root and all below it now: Stat by pid."""
        stats = {pid: Stat(pid) for pid in processes()}
        below = {}
        for stat in stats.values():
            if stat.state is not None:
                below.setdefault(stat.parent, []).append(stat.pid)
        found, queue = {}, [self.root]
        while queue:
            pid = queue.pop()
            if stats.get(pid) and stats[pid].alive:
                found[pid] = stats[pid]
                queue += below.get(pid, ())
        self._known.update({pid: stat.start for pid, stat in found.items()})
        return found

    def wait(self, shape, deadline_s=DEADLINE_S):
        """
        Until the tree has that shape and every process of it sleeps where it will stay. shape: a number: so many
        processes, whatever their names.
        """
        seen = ["nothing"]

        def settled():
            found = self._scan()
            if self.root not in found:
                seen[0] = f"the root ended ({self.process.poll()})"
                return False
            children = {}
            for pid in sorted(found, key=lambda pid: (found[pid].start, pid)):
                if pid != self.root:
                    children.setdefault(found[pid].parent, []).append(pid)
            seen[0] = _shape(self.root, children, {pid: stat.comm for pid, stat in found.items()})
            if shape not in (seen[0], len(found)):
                return False
            busy = [pid for pid, stat in found.items()
                    if stat.state != "S" or (_REST and syscall(pid) not in _REST)]
            seen[0] += f", not at rest: {busy}"
            if not busy:
                self._name(found, children)
            return not busy

        try:
            wait_until(settled, f"a tree {shape}", deadline_s)
        except AssertionError as error:
            raise AssertionError(f"{error}; seen: {seen[0][:1000]}") from None

    def _name(self, found, children):
        """pids: by comm, in the order of the tree; the second "bash" is "bash#2"."""
        self.pids, queue = {}, [self.root]
        while queue:
            pid = queue.pop(0)
            name, number = found[pid].comm, 1
            while name in self.pids:
                number += 1
                name = f"{found[pid].comm}#{number}"
            self.pids[name] = pid
            queue = children.get(pid, []) + queue
        self.names = {pid: name for name, pid in self.pids.items()}

    def stat(self, name):
        return Stat(self.pids[name])

    def status(self, name):
        return proc_status(self.pids[name])

    # --- The end ---

    def _is_mine(self, pid):
        """By its environment; one that cleared it (sudo) by the moment of its start, if it was seen in the tree."""
        if self._mark.encode() in _read(f"/proc/{pid}/environ").split(b"\0"):
            return True
        return pid in self._known and Stat(pid).start == self._known[pid]

    def alive(self):
        return [pid for pid in processes() if self._is_mine(pid) and Stat(pid).alive]

    def lives(self, pid):
        """One that was named."""
        return pid in self._known and Stat(pid).start == self._known[pid] and Stat(pid).alive

    def _kill(self, pid):
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            if self._is_mine(pid):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        except ProcessLookupError:
            pass
        finally:
            os.close(descriptor)

    def close(self):
        def ended():
            left = self.alive()
            for pid in left:
                self._kill(pid)
            return not left

        if self.process.poll() is None:
            self._scan()
        try:
            wait_until(ended, f"the end of {self.names}")
            self.process.wait(DEADLINE_S)
        finally:
            if self._master is not None:
                # All ends of the other side are closed: the reader gets an error.
                self._drainer.join(DEADLINE_S)
                os.close(self._master)
                self._master = None

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()
