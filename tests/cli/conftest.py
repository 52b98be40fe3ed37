# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the command line share. The program is $SIGTRACE, or build/sigtrace."""

import fcntl
import os
import pathlib
import pty
import shutil
import struct
import subprocess
import tempfile
import termios
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Generous: nothing here waits for it unless something hangs.
DEADLINE_S = 60
NOBODY = 65534


def program():
    return os.environ.get("SIGTRACE") or str(ROOT / os.environ.get("BUILD", "build") / "sigtrace")


class Result:
    """What a run left: exit code (negative: killed by a signal), stdout and stderr as text."""

    def __init__(self, code, stdout, stderr):
        self.code = code
        self.stdout = stdout
        self.stderr = stderr

    def __repr__(self):
        return f"exit {self.code}\nstdout:\n{self.stdout}\nstderr:\n{self.stderr}"


def run(*arguments, prefix=(), stdout=subprocess.PIPE, env=None, pass_fds=(), stdin=None):
    """Runs sigtrace; `prefix` is a command that runs it, such as setpriv; stdin: text, or nothing."""
    # Colours and the like must come from the test, not from who runs it.
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "CLICOLOR_FORCE")}
    environment.update(env or {})
    done = subprocess.run(
        [*prefix, program(), *arguments],
        stdin=subprocess.DEVNULL if stdin is None else None,
        input=None if stdin is None else os.fsencode(stdin),
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=environment,
        pass_fds=pass_fds,
        timeout=DEADLINE_S,
        check=False,
    )
    return Result(
        done.returncode,
        (done.stdout or b"").decode("utf-8", "backslashreplace"),
        done.stderr.decode("utf-8", "backslashreplace"),
    )


def on_terminal(*arguments, columns=100, env=None, prefix=()):
    """What sigtrace writes when its stdout is a terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    chunks = []

    def drain():
        while True:
            try:
                chunk = os.read(master, 65536)
            except OSError:
                return
            if not chunk:
                return
            chunks.append(chunk)

    reader = threading.Thread(target=drain)
    reader.start()
    try:
        run(*arguments, stdout=slave, env={"TERM": "xterm", **(env or {})}, prefix=prefix)
    finally:
        os.close(slave)
        reader.join()
        os.close(master)
    return b"".join(chunks).decode()


def in_user_namespace():
    """A prefix that enters a user namespace of its own, in which it is root."""
    prefix = ["unshare", "--user", "--map-root-user", "--"]
    tried = subprocess.run([*prefix, "true"], capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    if tried.returncode != 0:
        pytest.skip(f"no user namespace can be made here: {tried.stderr.strip()}")
    return prefix


def as_nobody(*capabilities):
    """A prefix that gives up root, except for the capabilities named."""
    prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if capabilities:
        words = ",".join(f"+{c}" for c in capabilities)
        prefix += [f"--inh-caps={words}", f"--ambient-caps={words}"]
    return prefix


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def needs(tool):
    return pytest.mark.skipif(not shutil.which(tool), reason=f"{tool} is not installed")


def assert_usage_error(result, *words):
    """Exit 2, nothing on stdout, a short message that holds every one of `words`."""
    assert result.code == 2, result
    assert result.stdout == "", result
    lines = result.stderr.splitlines()
    assert 1 <= len(lines) <= 3, result
    assert all(line.startswith("sigtrace: ") for line in lines), result
    for word in words:
        assert word in lines[0], result
    assert "--help'" in lines[-1], result


@pytest.fixture
def marker():
    """A path that a program, whoever runs it, may create to show that it ran."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o777)
        yield pathlib.Path(directory) / "it-ran"
