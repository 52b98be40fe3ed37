# SPDX-License-Identifier: BSD-2-Clause
"""
Plays the sessions of README.md and compares them with what the program really prints.

A session is a fenced block below a comment

    <!-- session: NAME start="COMMAND" target=self|child|cgroup|tree -->

In the block "# sigtrace …" is the first terminal, "2# …" a second one, "^C" ends the trace, and everything else is output.
COMMAND starts the process that the pid in the session stands for: the command itself, or its child, or the command in a
frozen cgroup, or the command once its tree has grown down to a sleep. Blocks below <!-- file: NAME --> are written to
files that the commands use.

A block that begins with "# sigtrace inspect …", "# sigtrace check …" or "# sigtrace chain …" has nothing but its output;
check starts its own process (start="" target=none).

Everything in a session is started by this program, and who started that is the machine's affair: on lines of ancestors,
and where chain counts them, PID 1, with the name that it mostly has, stands for all of them.

"python3 tests/docs/transcript.py [NAME ...]" (root) plays all sessions, or those, and writes what it saw into README.md.
"""

import fcntl
import os
import pathlib
import pty
import re
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from waiting import wait_until  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BUILD = pathlib.Path(os.environ.get("BUILD", "build"))
BUILD = BUILD if BUILD.is_absolute() else ROOT / BUILD
SIGTRACE = os.path.abspath(os.environ.get("SIGTRACE") or BUILD / "sigtrace")
FIXTURE = os.path.abspath(os.environ.get("FIXTURE") or BUILD / "tests" / "fixture")
FREEZER = pathlib.Path("/sys/fs/cgroup/freezer")

COLUMNS = 100
DEADLINE_S = 20
DETAIL_DEADLINE_S = 3
# Only to write README.md: nothing tells when a step has no more to say.
QUIET_S = 0.4

EVENT = re.compile(r"^\d\d:\d\d:\d\d\.\d{3} ")
SENDER = " " * 13 + "sender:"
DURATION = r"\d+(?:\.\d+)? (?:ns|us|ms|s|min(?: \d+ s)?)"


# A shell that starts this with & ignores these, and what is started here would inherit and show it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGQUIT) is signal.SIG_IGN:
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


class CannotPlay(Exception):
    """The machine lacks what a session needs."""


def children(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(word) for word in text.split()]


def state(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "gone"
    return text.rpartition(")")[2].split()[0]


def comm(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().rstrip("\n")
    except (FileNotFoundError, ProcessLookupError):
        return None


def is_traced(pid):
    return "\nTracerPid:\t0\n" not in pathlib.Path(f"/proc/{pid}/status").read_text()


class Session:
    """One marked block of README.md."""

    def __init__(self, name, start, target, lines, span):
        self.name, self.start, self.target, self.lines, self.span = name, start, target, lines, span
        self.command = next(line[2:] for line in lines if line.startswith("# "))
        pid = re.search(r"-p (\d+)", self.command)
        self.pid = pid.group(1) if pid else None
        self.is_trace = not self.command.startswith(("sigtrace inspect ", "sigtrace check ", "sigtrace chain "))

    def steps(self):
        """(what is typed, the output that follows it) in order; the first is the trace itself."""
        steps = []
        for line in self.lines:
            if line.startswith(("# ", "2# ")) or line == "^C":
                steps.append((line, []))
            else:
                steps[-1][1].append(line)
        return steps


def read_sessions(text):
    pattern = re.compile(
        r'<!-- session: (\S+) start="([^"]*)" target=(\S+) -->\n```console\n(.*?)```\n', re.DOTALL)
    return [Session(m[1], m[2], m[3], m[4].splitlines(), m.span(4)) for m in pattern.finditer(text)]


def read_files(text):
    return dict(re.findall(r"<!-- file: (\S+) -->\n```\w*\n(.*?)```\n", text, re.DOTALL))


class Sandbox:
    """A directory with the documented files, in which documented commands run; it ends what was started in it."""

    def __init__(self, text):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="sigtrace-docs-"))
        self._started = []
        self._cgroups = []
        for name, content in read_files(text).items():
            (self.path / name).write_text(content)
            (self.path / name).chmod(0o755)
        (self.path / "bin").mkdir()
        (self.path / "bin" / "sigtrace").symlink_to(SIGTRACE)
        if os.path.exists(FIXTURE):
            shutil.copy(FIXTURE, self.path / "bin" / "app")
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG"))}
        self.env.update(PATH=f"{self.path}/bin:{os.environ['PATH']}", NO_COLOR="1", TERM="xterm", LC_ALL="C.UTF-8")

    def popen(self, argv, **keywords):
        keywords.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.Popen(argv, cwd=self.path, env=self.env, **keywords)
        self._started.append(process)
        return process

    def start_target(self, start, target):
        """The pid that the session is about; None if it starts that itself."""
        if target == "none":
            return None
        words = shlex.split(start)
        if words[0] == "app" and not os.path.exists(FIXTURE):
            raise CannotPlay(f"{FIXTURE} is not built")
        if "/" not in words[0] and not shutil.which(words[0], path=self.env["PATH"]):
            raise CannotPlay(f"{words[0]} is not installed")
        process = self.popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        if target == "tree":
            wait_until(lambda: self._is_grown(process.pid), f"the tree below '{start}'")
            return process.pid
        if target == "ready":  # the fixture says when, and which of its processes it is about
            return self._wait_ready(process)
        pid = process.pid
        if target == "child":
            pid = wait_until(lambda: children(process.pid), f"a child of '{start}'")[0]
            wait_until(lambda: comm(pid) not in (None, comm(process.pid)), f"{pid} to run its program")
        else:
            name = [os.path.basename(word) for word in words if not word.isdigit()][-1]
            wait_until(lambda: comm(pid) == name[:15], f"{pid} to run {name}")
        if target == "cgroup":
            self._freeze(pid)
        # A shell has set up its handlers when it waits for a child; anything else, when it sleeps.
        is_shell = comm(pid).endswith("sh")
        wait_until(lambda: state(pid) in "SD" and (children(pid) or not is_shell), f"{pid} to wait")
        return pid

    @staticmethod
    def _is_grown(pid):
        """Every branch ends in a sleep, and everybody waits."""
        below = children(pid)
        return state(pid) == "S" and (all(map(Sandbox._is_grown, below)) if below else comm(pid) == "sleep")

    @staticmethod
    def _wait_ready(process):
        pid = None
        for raw in process.stdout:
            words = raw.decode().split()
            values = dict(word.split("=", 1) for word in words[1:] if "=" in word)
            if words[0] == "child" and values.get("child") == "A":
                pid = int(values["child_pid"])
            if words[0] == "ready" and values.get("who") == "B":
                wait_until(lambda: state(pid) == "D", f"{pid} to be in state D")
                threading.Thread(target=process.stdout.read, daemon=True).start()
                return pid
        raise AssertionError("the fixture ended early")

    def _freeze(self, pid):
        if not (FREEZER / "cgroup.procs").exists():
            raise CannotPlay("no cgroup v1 freezer is mounted here")
        group = FREEZER / f"sigtrace-docs-{pid}"
        group.mkdir()
        self._cgroups.append(group)
        (group / "cgroup.procs").write_text(str(pid))
        (group / "freezer.state").write_text("FROZEN")
        wait_until(lambda: (group / "freezer.state").read_text().strip() == "FROZEN", "the cgroup to freeze")

    def _kill_all(self):
        """All that was started works in this directory, orphans included. Returns how many there were."""
        count = 0
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(entry / "cwd") == str(self.path):
                    os.kill(int(entry.name), signal.SIGKILL)
                    count += 1
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                pass
        return count

    def close(self):
        for group in self._cgroups:
            (group / "freezer.state").write_text("THAWED")
        wait_until(lambda: not self._kill_all(), "the end of what was started")
        for process in self._started:
            process.wait(DEADLINE_S)
            if process.stdout:
                process.stdout.close()
        for group in self._cgroups:
            def is_removed(path=group):
                try:
                    path.rmdir()
                except OSError:
                    return False
                return True
            wait_until(is_removed, f"{group} to become empty")
        shutil.rmtree(self.path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Terminal:
    """A command on a terminal of COLUMNS columns; its output as lines."""

    def __init__(self, sandbox, command):
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
        self.process = sandbox.popen(shlex.split(command), stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        self._data = b""
        self._changed = threading.Condition()
        self._ended = False
        self.touched = time.monotonic()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        while True:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # EIO: nobody has the other side open
                data = b""
            with self._changed:
                self._data += data
                self._ended = not data
                self.touched = time.monotonic()
                self._changed.notify_all()
            if not data:
                return

    def lines(self):
        text = self._data.decode("utf-8", "replace").replace("\r\n", "\n")
        return text[:text.rfind("\n") + 1].splitlines()

    def wait(self, condition, what, deadline_s=DEADLINE_S):
        """Without `what` it is no error if it does not happen."""
        end = time.monotonic() + deadline_s
        with self._changed:
            while not condition(self.lines()):
                left = end - time.monotonic()
                if self._ended or left <= 0:
                    if what is None:
                        return
                    raise AssertionError(f"{what}; the terminal shows:\n" + "\n".join(self.lines()))
                self._changed.wait(left)

    def wait_end(self):
        code = self.process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        os.close(self._master)
        return code


def count_events(lines):
    return sum(1 for line in lines if EVENT.match(line))


def play_alone(sandbox, command):
    sandbox.env["TERM"] = "dumb"  # no progress, which is overwritten
    terminal = Terminal(sandbox, command)
    code = terminal.wait_end()
    lines = terminal.lines()
    assert code in (0, 1), f"exit status {code}:\n" + "\n".join(lines)
    return [f"# {command}", *(re.sub(r"^… \d+ processes above: ", "… 1 process above: ", line) for line in lines)]


def play(session, sandbox, pid, watch_quiet=False):
    """Returns the transcript as lines, with the real pid in place of the documented one."""
    def real(command):
        return re.sub(rf"\b{session.pid}\b", str(pid), command) if session.pid else command

    if not session.is_trace:
        return play_alone(sandbox, real(session.command))
    second = sandbox.popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                           start_new_session=True)
    terminal = Terminal(sandbox, real(session.command))
    transcript, shown, events = [], 0, 0
    steps = session.steps()
    # A trace of somebody prints its heading when it is attached; a trace of a command goes on at once.
    terminal.wait(lambda lines: any(line.startswith("TIME ") for line in lines), "it did not attach")
    ended = False
    for number, (typed, expected) in enumerate(steps):
        if number:
            lines = terminal.lines()
            transcript += lines[shown:]
            shown = len(lines)
        transcript.append(real(typed))
        if typed == "^C":
            terminal.process.send_signal(signal.SIGINT)
            ended = True
        elif typed.startswith("2# "):
            second.stdin.write((real(typed)[3:] + "\n").encode())
            second.stdin.flush()
            if " strace " in f" {typed} ":  # that it has attached shows in /proc only
                wait_until(lambda: is_traced(pid), f"a tracer of {pid}")
        before, events = events, events + count_events(expected)
        if watch_quiet and number + 1 < len(steps):
            if number and " strace " not in f" {typed} ":
                terminal.wait(lambda lines, before=before: count_events(lines) > before, f"nothing after '{typed}'")
            wait_until(lambda: time.monotonic() - terminal.touched > QUIET_S, "quiet")
            events = count_events(terminal.lines())
        elif not watch_quiet and not ended:
            terminal.wait(lambda lines: count_events(lines) >= events, f"{events} events after '{typed}'")
            # A line may be on the terminal before the end of its sentence is. If it never ends as documented, the
            # comparison of the whole tells.
            terminal.wait(lambda lines, shown=shown, expected=expected:
                          normalise(lines[shown:])[:len(normalise(expected))] == normalise(expected),
                          None, DETAIL_DEADLINE_S)
    code = terminal.wait_end()
    transcript += terminal.lines()[shown:]
    second.stdin.close()
    second.wait(DEADLINE_S)
    assert code == 0, f"exit status {code}:\n" + "\n".join(transcript)
    return hide_player(transcript)


def hide_player(lines):
    """Lines of ancestors, which may be wrapped, without this process and those above it."""
    joined = []
    for line in lines:
        if joined and joined[-1].startswith(SENDER) and line.startswith(" " * len(SENDER)):
            joined[-1] += " " + line.strip()
        else:
            joined.append(line)
    return [re.sub(rf"^{SENDER} .*\[{os.getpid()}\] -> ", f"{SENDER} systemd[1] -> ", line) for line in joined]


def normalise_inspect(lines):
    """The same for inspect, whose lines are wrapped in more places. Where a process sleeps is the kernel's affair."""
    text = re.sub(r"\s+", " ", " ".join(lines))
    text = re.sub(rf"for {DURATION}|, {DURATION} so far", "TIME", text)
    text = re.sub(r"(in system call \w+) \(\w+\)", r"\1", text)
    return [re.sub(r"\d+", "N", re.sub(r"0x[0-9a-f]+", "ADDRESS", text)).strip()]


def normalise_check(lines):
    """The same for check: the bar is drawn to scale; the handler's first look, and the length of a sleep, are chance."""
    lines = [line for line in lines if not re.fullmatch(r"  [SHR!GEK.=-]+", line)]
    text = re.sub(r"\s+", " ", " ".join(lines))
    text = re.sub(rf"; at \S+ s there was none|, {DURATION} so far", "", text)
    text = re.sub(r"(in system call \w+) \(\w+\)", r"\1", re.sub(DURATION, "TIME", text))
    return [re.sub(r"\d+", "N", text).strip()]


def normalise_chain(lines):
    """The same for chain, which draws lines beside what it wraps; columns are as wide as the numbers."""
    text = re.sub(r"\s+", " ", " ".join(re.sub(r"^[│├└─ ]*", "", line) for line in lines))
    text = re.sub(r"\b\d+\.\d{3} s\b", "TIME", re.sub(DURATION, "TIME", text))
    return [re.sub(r"\d+", "N", text).strip()]


def normalise(lines):
    """What two runs of the same session have in common: wrapped lines joined, numbers, durations and addresses gone."""
    if lines and lines[0].startswith("# sigtrace inspect "):
        return normalise_inspect(lines)
    if lines and lines[0].startswith("# sigtrace check "):
        return normalise_check(lines)
    if lines and lines[0].startswith("# sigtrace chain "):
        return normalise_chain(lines)
    joined = []
    for line in lines:
        if line.startswith(" " * 13) and "remedy:" not in line and not line.startswith(SENDER) and joined:
            joined[-1] += " " + line
        else:
            joined.append(line)
    text = "\n".join(joined)
    text = re.sub(r"0x[0-9a-f]+", "ADDRESS", text)
    text = re.sub(rf"(after|in|sent) {DURATION}|{DURATION} (after)", r"\1\2 TIME", text)
    text = re.sub(rf"^({SENDER}) .* -> (\S+)", r"\1 \2", text, flags=re.MULTILINE)
    text = re.sub(r"; \d+ hidden \([^)]*\)", "", text)
    text = re.sub(r"\d+", "N", text)
    return [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]


def update_readme(names):
    text = README.read_text()
    for name in names or [session.name for session in read_sessions(text)]:
        session = next(s for s in read_sessions(text) if s.name == name)
        with Sandbox(text) as sandbox:
            try:
                pid = sandbox.start_target(session.start, session.target)
            except CannotPlay as reason:
                print(f"{name}: not played: {reason}", file=sys.stderr)
                continue
            lines = play(session, sandbox, pid, watch_quiet=True)
        text = text[:session.span[0]] + "\n".join(lines) + "\n" + text[session.span[1]:]
        if session.pid:
            # The prose and the commands around it name the same process.
            head, tail = text[:session.span[0]], text[session.span[0]:]
            at = head.rfind("\n#")
            section = re.sub(rf"(?<=[ `\[]){session.pid}\b", str(pid), head[at:])
            text = head[:at] + section + tail
        print(f"{name}: {len(lines)} lines")
    README.write_text(text)


if __name__ == "__main__":
    update_readme(sys.argv[1:])
