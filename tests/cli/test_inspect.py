# SPDX-License-Identifier: BSD-2-Clause
"""sigtrace inspect: which processes it takes, what it shows of them, and its exit status."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys

import pytest

from conftest import DEADLINE_S, ROOT, assert_usage_error, needs, needs_root, on_terminal, program, run
from inspected import WITHOUT_BPF, document, ended_pid, ignoring, ready, sleeper, tgids
from waiting import wait_until

# Which processes


def test_no_pid():
    assert_usage_error(run("inspect"), "-p")
    assert_usage_error(run("inspect", "-s", "TERM", "-t"), "-p")


def test_stray_pid_suggests_the_option():
    assert_usage_error(run("inspect", "4711"), "'4711'", "did you mean '-p 4711'?")


BAD_PIDS = ["1ABC", "0", "-5", "4194305", "", "1,", ",1", "1,,1", "+1", "1 2", "0x1", "01", "1,-", "--", "٣"]


@pytest.mark.parametrize("pid", BAD_PIDS)
def test_bad_pid(pid):
    assert_usage_error(run("inspect", "-p", pid), "-p")


@pytest.mark.parametrize("text", ["", " \n", ",", "\n\n,, \t\n"])
def test_stdin_without_a_pid(text):
    assert_usage_error(run("inspect", "-p", "-", stdin=text), "stdin")


@pytest.mark.parametrize("word", ["12x", "0", "-1", "4194305", "1;2", "self", "1\v2", "\x1b[31m", "-"])
def test_stdin_with_junk(word):
    result = run("inspect", "-p", "-", stdin=f"{os.getpid()}\n{word}\n1\n")
    assert_usage_error(result, "stdin", "is not a process number")
    assert "\x1b" not in result.stderr


def test_stdin_with_a_nul():
    assert_usage_error(run("inspect", "-p", "-", stdin=f"{os.getpid()}\0"), "is not a process number")


@pytest.mark.parametrize("text", ["1 " * 600_000, "x" * 1_100_000, "\n" * 1_100_000], ids=["pids", "word", "blanks"])
def test_stdin_is_bounded(text):
    assert_usage_error(run("inspect", "-p", "-", stdin=text), "stdin", "KiB")


def test_stdin_is_read_once():
    assert_usage_error(run("inspect", "-p", "-", "-p", "-", stdin=str(os.getpid())), "once")


def test_stdin_is_closed():
    assert_usage_error(run("inspect", "-p", "-", prefix=["sh", "-c", 'exec "$@" <&-', "sh"]), "stdin")


def test_stdin_is_a_directory(tmp_path):
    result = run("inspect", "-p", "-", prefix=["sh", "-c", f'exec "$@" < "{tmp_path}"', "sh"])
    assert result.code == 4, result
    assert "cannot read stdin" in result.stderr, result


@pytest.mark.parametrize("text", ["{0} {1}", "{0},{1}", "{0}\n{1}\n", "\n {0}\t,,\r\n{1} ", "{0} {1} {0} {1}"])
def test_pids_from_stdin(text):
    with sleeper() as first, sleeper() as second:
        doc, _ = document("-p", "-", stdin=text.format(second, first))
        assert tgids(doc) == [second, first]


def test_stdin_is_left_alone_without_a_dash():
    with sleeper() as pid:
        assert tgids(document("-p", str(pid), stdin="junk")[0]) == [pid]


def test_order_is_as_named_and_each_once():
    with sleeper() as a, sleeper() as b, sleeper() as c:
        doc, _ = document("-p", f"{c},{a}", "-p", "-", "-p", str(b), stdin=f"{a} {c}")
        assert tgids(doc) == [c, a, b]


def test_a_thread_stands_for_its_process():
    script = "import threading,sys\nthreading.Thread(target=sys.stdin.read).start()\n" \
             "print(*[t.native_id for t in threading.enumerate()], flush=True)\n"
    with ready(sys.executable, "-c", script) as (pid, words):
        tid = next(int(word) for word in words if int(word) != pid)
        assert tgids(document("-p", str(tid))[0]) == [pid]
        assert tgids(document("-p", f"{tid},{pid}")[0]) == [pid]


TREE = "sleep 1000 & sh -c 'sleep 1000 & echo $PPID $$ $!; wait' & wait"


def test_tree():
    with ready("sh", "-c", TREE, start_new_session=True) as (pid, words):
        top, inner, leaf = map(int, words)
        assert top == pid
        try:
            doc, _ = document("-t", "-p", str(pid))
            listed = tgids(doc)
            assert listed[0] == pid and len(listed) == 4, doc
            assert listed.index(inner) < listed.index(leaf)
            # What was named comes first, and is not repeated among the descendants.
            assert tgids(document("-t", "-p", f"{leaf},{pid}")[0])[:2] == [leaf, pid]
            assert sorted(tgids(document("-t", "-p", f"{leaf},{pid}")[0])) == sorted(listed)
            assert tgids(document("-p", str(pid))[0]) == [pid]
        finally:
            os.killpg(pid, signal.SIGKILL)


# Processes that are gone


def test_no_such_process():
    pid = ended_pid()
    assert_usage_error(run("inspect", "-p", str(pid)), f"-p: there is no process {pid}")
    assert_usage_error(run("inspect", "-p", f"{pid},{ended_pid()}"), f"there is no process {pid}")
    assert_usage_error(run("inspect", "-p", "-", stdin=str(pid)), f"there is no process {pid}")


@pytest.mark.parametrize("prefix", [[], WITHOUT_BPF], ids=["default", "without-bpf"])
def test_one_is_gone(prefix):
    if prefix and os.geteuid():
        pytest.skip("needs root")
    pid = ended_pid()
    with sleeper() as living:
        doc, lines = document("-p", f"{pid},{living}", code=0, prefix=prefix)
        assert tgids(doc) == [living]
        assert doc["gone"] == [pid]
        assert f"sigtrace: process {pid}: gone" in lines
        result = run("inspect", "-p", f"{pid},{living}", prefix=prefix)
        assert result.code == 0, result
        assert f"sigtrace: process {pid}: gone" in result.stderr.splitlines()


def waits_for_stdin(child):
    return pathlib.Path(f"/proc/{child.pid}/wchan").read_text().endswith("pipe_read")


@contextlib.contextmanager
def before_the_snapshot(*arguments, prefix=()):
    """inspect, which has seen the -p before "-p -" and has yet to read stdin; finish() writes that and returns it all."""
    child = subprocess.Popen([*prefix, program(), "inspect", *arguments, "-p", "-"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(text):
        out, errors = child.communicate(text, timeout=DEADLINE_S)
        return child.returncode, out, errors

    try:
        wait_until(lambda: waits_for_stdin(child), "inspect to read stdin", DEADLINE_S)
        yield finish
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()


@needs_root
def test_all_end_meanwhile():
    with contextlib.ExitStack() as living:
        pid = living.enter_context(sleeper())
        with before_the_snapshot("-o", "json", "-p", str(pid)) as finish:
            living.close()
            code, out, errors = finish(str(ended_pid()))
    assert code == 5, errors
    assert json.loads(out)["processes"] == []
    assert pid in json.loads(out)["gone"]
    assert f"process {pid}: gone" in errors
    assert "meanwhile" in errors.splitlines()[-1]


REUSE = r"""
import json, os, subprocess, sys
sys.path.insert(0, sys.argv[1])
from waiting import wait_until
from test_inspect import before_the_snapshot

def start(pid):
    return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[19]

first = subprocess.Popen(["sleep", "1000"])
other = subprocess.Popen(["sleep", "1000"])
began = start(first.pid)
with before_the_snapshot("-o", "json", "-p", f"{first.pid},{other.pid}") as finish:
    first.kill()
    first.wait()
    while True:
        with open("/proc/sys/kernel/ns_last_pid", "w") as last:
            last.write(str(first.pid - 1))
        second = subprocess.Popen(["sleep", "1000"])
        assert second.pid == first.pid
        if start(second.pid) != began:
            break
        second.kill()
        second.wait()
    code, out, errors = finish(str(first.pid))
second.kill()
other.kill()
document = json.loads(out)
assert document["gone"] == [first.pid], (out, errors)
assert [p["tgid"] for p in document["processes"]] == [other.pid], (out, errors)
assert code == 0, (code, errors)
"""


@needs_root
@needs("unshare")
def test_a_pid_that_was_reused_is_gone():
    """A PID namespace of its own, in which the number that is given next can be chosen."""
    here = pathlib.Path(__file__).parent
    prefix = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--"]
    done = subprocess.run([*prefix, sys.executable, "-c", REUSE, str(ROOT / "tests")], capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": f"{here}:{ROOT / 'tests'}"}, timeout=2 * DEADLINE_S,
                          check=False)
    assert done.returncode == 0, done.stderr


# Exit status


@pytest.mark.parametrize("prefix", [[], WITHOUT_BPF], ids=["default", "without-bpf"])
class TestExitStatus:
    @pytest.fixture(autouse=True)
    def _root(self, prefix):
        if prefix and os.geteuid():
            pytest.skip("needs root")

    def code(self, prefix, *arguments):
        return run("inspect", *arguments, prefix=prefix).code

    def test_effect(self, prefix):
        with sleeper() as pid:
            assert self.code(prefix, "-p", str(pid)) == 0
            assert self.code(prefix, "-p", str(pid), "-s", "INT,KILL,RTMIN+3") == 0

    def test_no_effect(self, prefix):
        with ignoring("TERM") as (pid, _):
            assert self.code(prefix, "-p", str(pid)) == 1
            assert self.code(prefix, "-p", str(pid), "-o", "json") == 1
            assert self.code(prefix, "-p", str(pid), "-s", "TERM") == 1
            assert self.code(prefix, "-p", str(pid), "-s", "KILL") == 0

    def test_only_what_was_asked_for_counts(self, prefix):
        with ignoring("HUP") as (pid, _):
            assert self.code(prefix, "-p", str(pid)) == 0
            assert self.code(prefix, "-p", str(pid), "-s", "HUP") == 1
            assert self.code(prefix, "-p", str(pid), "-s", "HUP,TERM") == 1

    def test_an_effect_on_one_is_enough(self, prefix):
        with ignoring("TERM", "HUP") as (pid, _), sleeper() as other:
            assert self.code(prefix, "-p", f"{pid},{other}") == 0
            assert self.code(prefix, "-p", f"{other},{pid}") == 0
            assert self.code(prefix, "-p", f"{other},{pid}", "-s", "HUP,KILL") == 0

    def test_it_is_one_signal_without_effect_on_all(self, prefix):
        with ignoring("TERM") as (one, _), ignoring("HUP") as (other, _):
            assert self.code(prefix, "-p", f"{one},{other}", "-s", "TERM,HUP") == 0
        with ignoring("TERM", "HUP") as (one, _), ignoring("HUP") as (other, _):
            assert self.code(prefix, "-p", f"{one},{other}", "-s", "TERM,HUP") == 1


# What is shown


def shown(doc):
    [one] = doc["processes"]
    return [s["name"] for s in one["signals"]]


DEFAULT = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGTERM"]


def test_default_signals():
    with sleeper() as pid:
        assert sorted(shown(document("-p", str(pid))[0])) == sorted(DEFAULT)


def test_pending_signals_are_shown_too():
    script = "import signal,os,sys\nsignal.pthread_sigmask(signal.SIG_BLOCK,[signal.SIGWINCH])\n" \
             "signal.signal(signal.SIGWINCH,lambda *_:0)\nos.kill(os.getpid(),signal.SIGWINCH)\n" \
             "print('ready',flush=True)\nsys.stdin.read()"
    with ready(sys.executable, "-c", script) as (pid, _):
        assert sorted(shown(document("-p", str(pid))[0])) == sorted([*DEFAULT, "SIGWINCH"])
        assert shown(document("-p", str(pid), "-s", "TERM")[0]) == ["SIGTERM"]


def test_chosen_signals():
    with sleeper() as pid:
        assert shown(document("-p", str(pid), "-s", "USR1,1-2", "-s", "RTMAX")[0]) == \
            ["SIGHUP", "SIGINT", "SIGUSR1", "SIGRTMAX"]
        assert len(shown(document("-p", str(pid), "-s", "all")[0])) == 64
        assert len(shown(document("-p", str(pid), "-s", "!CHLD")[0])) == 63


def stuck(*arguments):
    [one] = document(*arguments)[0]["processes"]
    return one.get("stuck", {}).get("reason")


def test_what_the_stuck_report_is_about():
    """SIGTERM where that is asked for, even among others; else the signals that are."""
    with ignoring("HUP") as (pid, _):
        assert stuck("-p", str(pid)) is None
        assert stuck("-p", str(pid), "-s", "HUP,TERM") is None
        assert stuck("-p", str(pid), "-s", "all") is None
        assert stuck("-p", str(pid), "-s", "HUP") == "no_effect"
    with ignoring("TERM") as (pid, _):
        assert stuck("-p", str(pid)) == "no_effect"
        assert stuck("-p", str(pid), "-s", "KILL") is None
    with sleeper() as pid:
        assert stuck("-p", str(pid), "-s", "CHLD,WINCH") is None


@needs_root
def test_threads_wait_somewhere():
    with sleeper() as pid:
        def threads(*arguments):
            return document("-p", str(pid), *arguments)[0]["processes"][0]["threads"]

        assert [t["tid"] for t in threads()] == [t["tid"] for t in threads("--threads")] == [pid]
        assert "syscall" not in threads()[0]
        assert threads("--threads")[0]["syscall"]["name"] in ("clock_nanosleep", "nanosleep")
        assert "nanosleep" not in run("inspect", "-p", str(pid)).stdout
        assert "nanosleep" in run("inspect", "-p", str(pid), "--threads").stdout


def test_text_and_json_name_the_process():
    with sleeper() as pid:
        result = run("inspect", "-p", str(pid))
        assert str(pid) in result.stdout and "SIGTERM" in result.stdout, result
        assert "sigtrace:" not in result.stdout
        doc, _ = document("-p", str(pid))
        assert doc["v"] == 1 and doc["type"] == "inspect"
        assert doc["processes"][0]["comm"] == "sleep"


def test_schema():
    jsonschema = pytest.importorskip("jsonschema")
    with sleeper() as pid:
        doc, _ = document("-p", f"{pid},{ended_pid()}", "-s", "all")
    jsonschema.validate(doc, json.loads((ROOT / "docs" / "json-schema.json").read_text()))


# Output


FORMATS = [[], ["-o", "json"]]


@pytest.mark.parametrize("output", FORMATS, ids=["text", "json"])
class TestOutput:
    def run(self, output, **keywords):
        return run("inspect", "-p", str(os.getpid()), *output, **keywords)

    def test_full_disk(self, output):
        with open("/dev/full", "wb") as full:
            result = self.run(output, stdout=full)
        assert result.code == 4, result
        assert result.stderr.splitlines()[-1].startswith("sigtrace: cannot write"), result

    def test_closed_pipe(self, output):
        reading, writing = os.pipe()
        os.close(reading)
        try:
            # Of SIGCHLD it would be a finding; but who does not read to the end has not asked for all.
            result = run("inspect", "-p", str(os.getpid()), "-s", "CHLD", *output, stdout=writing)
        finally:
            os.close(writing)
        assert result.code == 0, result
        assert "write" not in result.stderr, result

    def test_closed_stdout(self, output):
        result = self.run(output, prefix=["sh", "-c", 'exec "$@" >&-', "sh"])
        assert result.code == 4, result

    def test_redirected(self, output, tmp_path):
        with open(tmp_path / "out", "wb") as file:
            result = self.run(output, stdout=file)
        assert result.code in (0, 1), result
        text = (tmp_path / "out").read_text()
        assert text == self.run(output).stdout or text.count("\n") == self.run(output).stdout.count("\n")
        assert "\x1b" not in text

    def test_messages_go_to_stderr(self, output):
        result = self.run([*output, "-v", "-v"])
        assert "libbpf" not in result.stdout and "sigtrace:" not in result.stdout, result


class TestTerminal:
    def show(self, *arguments, **keywords):
        return on_terminal("inspect", "-p", str(os.getpid()), *arguments, **keywords)

    def test_colors(self):
        assert "\x1b[" in self.show()
        assert "\x1b[" in self.show("--color", "auto")
        assert "\x1b[" not in self.show("--color", "never")
        assert "\x1b[" not in self.show(env={"NO_COLOR": "1"})
        assert "\x1b[" not in self.show(env={"TERM": "dumb"})
        assert "\x1b[" in self.show("--color", "always", env={"NO_COLOR": "1"})
        assert "\x1b[" not in run("inspect", "-p", str(os.getpid())).stdout
        assert "\x1b[" in run("inspect", "-p", str(os.getpid()), "--color", "always").stdout

    def test_json_has_no_colors(self):
        assert "\x1b" not in self.show("-o", "json", "--color", "always")

    @pytest.mark.parametrize("columns", [60, 80, 132])
    def test_lines_fit(self, columns):
        with ignoring("TERM", "HUP", "INT") as (pid, _):
            out = on_terminal("inspect", "-p", str(pid), "--threads", "--color", "never", columns=columns)
        lines = out.replace("\r\n", "\n").splitlines()
        assert lines and max(map(len, lines)) <= columns, out
        assert any("NO EFFECT" in line for line in lines), out
