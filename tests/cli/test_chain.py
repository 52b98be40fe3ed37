# SPDX-License-Identifier: BSD-2-Clause
"""sigtrace chain: what is refused, in which words; its formats and exit codes on a process that does little."""

import json
import os
import re
import signal

import pytest

from conftest import ROOT, as_nobody, assert_usage_error, needs, needs_root, on_terminal, run
from inspected import AS_NOBODY, ended_pid, ready, sleeper

FORMATS = ["text", "json", "dot", "mermaid"]
# No ancestors: who runs these tests is the machine's affair.
ALONE = ["--up", "0"]


def chain(pid, *arguments, **keywords):
    return run("chain", "-p", str(pid), *ALONE, *arguments, **keywords)


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# What is refused


@pytest.mark.parametrize("arguments", [[], ["-s", "INT"], ["--watch"], ["--send", "TERM"], ["-o", "json"]], ids=" ".join)
def test_no_root(arguments):
    assert_usage_error(run("chain", *arguments), "which tree?", "-p PID", "-c, --pod, --cgroup, --pid-ns")


def test_pid_and_container():
    assert_usage_error(run("chain", "-p", "1", "-c", "web"), "either -p or -c")
    assert_usage_error(run("chain", "--pid-ns", "1", "-p", "1"), "either -p or -c")


def test_stray_pid_suggests_the_option():
    assert_usage_error(run("chain", "4711"), "'4711'", "did you mean '-p 4711'?")


@pytest.mark.parametrize("pid", ["1ABC", "0", "-5", "4194305", "", "1,", "+1", "0x1", "-", "٣"])
def test_bad_pid(pid):
    assert_usage_error(run("chain", "-p", pid), "-p: ")


@pytest.mark.parametrize("arguments", [["-p", "1,2"], ["-p", "1", "-p", "2"]], ids=" ".join)
def test_one_root(arguments):
    assert_usage_error(run("chain", *arguments), "-p: one process, the root of the tree")


@pytest.mark.parametrize("more", [[], ["--watch"], ["--send", "TERM"]], ids=["predict", "watch", "send"])
def test_gone(more):
    pid = ended_pid()
    assert_usage_error(run("chain", "-p", str(pid), *more), f"-p: there is no process {pid}")


def test_zombie():
    child = os.fork()
    if child == 0:
        os._exit(0)
    try:
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        assert_usage_error(run("chain", "-p", str(child)), f"-p: process {child} has ended; its parent has not reaped it")
    finally:
        os.waitpid(child, 0)


@pytest.mark.parametrize("name, words", [
    ("NOPE", ["unknown signal 'NOPE'"]), ("TERMM", ["did you mean SIGTERM?"]), ("65", ["'65'"]), ("0", ["signal 0"])])
def test_signal(name, words):
    assert_usage_error(run("chain", "-p", "1", "-s", name), "-s: ", *words)


@pytest.mark.parametrize("signals", ["TERM,INT", "!TERM", "all", "RTMIN-RTMAX"])
def test_one_signal_is_predicted(signals):
    assert_usage_error(run("chain", "-p", "1", "-s", signals), "-s: one signal is predicted at a time")


@pytest.mark.parametrize("name, words", [
    ("NOPE", ["unknown signal 'NOPE'"]), ("TERMM", ["did you mean SIGTERM?"]), ("0", ["'0'"]), ("65", ["'65'"]), ("", ["''"]),
    ("TERM,INT", ["'TERM,INT'"]), ("!TERM", ["'!TERM'"]), ("-9", ["'-9'"])])
def test_signal_to_send(name, words):
    with sleeper() as pid:
        assert_usage_error(chain(pid, f"--send={name}"), "--send: ", *words)
        assert is_alive(pid)


@pytest.mark.parametrize("whom", ["", "root", "Process", "tree", "process,group", "\x1b[31m"])
def test_to(whom):
    result = run("chain", "-p", "1", f"--to={whom}")
    assert_usage_error(result, "--to: ", "is not process, group or foreground")
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("whom", ["process", "group", "foreground"])
def test_to_says_to_whom_to_send(whom):
    """Whom somebody else signals is not ours to choose."""
    assert_usage_error(run("chain", "-p", "1", "--watch", "--to", whom), "--to", "with --watch it needs --send")


@pytest.mark.parametrize("number", ["", "-1", "x", "1.5", "1001"])
def test_up(number):
    assert_usage_error(run("chain", "-p", "1", f"--up={number}"),
                       f"--up: '{number}' is not a number of ancestors from 0 to 1000")


@pytest.mark.parametrize("option, name", [("--deadline", "--deadline"), ("--duration", "-d")])
@pytest.mark.parametrize("time", ["", "0s", "5", "x", "-1s", "25h", "1e3s", "NONE"])
def test_durations(option, name, time):
    assert_usage_error(run("chain", "-p", "1", "--watch", f"{option}={time}"),
                       f"{name}: '{time}' is not a duration from 1ns to 24h (500ms, 10s, 1m30s)")


def test_no_deadline_is_for_ever():
    assert_usage_error(run("chain", "-p", "1", "--watch", "--deadline=none"), "--deadline: 'none' is not a duration")


@pytest.mark.parametrize("form", ["xml", "", "JSON", "text,json"])
def test_formats(form):
    assert_usage_error(run("chain", "-p", "1", f"--output={form}"), f"-o: unknown format '{form}'",
                       f"(one of: {', '.join(FORMATS)})")


@pytest.mark.parametrize("word", ["", "sometimes"])
def test_color_that_is_none(word):
    assert_usage_error(run("chain", "-p", "1", f"--color={word}"), "--color: ", "auto, always, never")


def test_no_command():
    assert_usage_error(run("chain", "-p", "1", "--", "true"), "'true'")


@pytest.mark.parametrize("abbreviation, full", [("--sen", "--send"), ("--pids", "--pid"), ("--dead-line", "--deadline")])
def test_suggestion(abbreviation, full):
    assert_usage_error(run("chain", abbreviation, "x"), f"'{abbreviation}'", f"'{full}'")


# What cannot be watched, or may not be sent


@needs_root
@needs("setpriv")
class TestWithoutPrivilege:
    @pytest.mark.parametrize("option", [["--watch"], ["--send", "TERM"]], ids=" ".join)
    def test_watch(self, option):
        with sleeper(**AS_NOBODY) as pid:
            result = chain(pid, *option, prefix=as_nobody())
            assert (result.code, result.stdout) == (3, ""), result
            assert "CAP_BPF and CAP_PERFMON" in result.stderr and "sudo" in result.stderr, result
            assert is_alive(pid)

    def test_prediction(self):
        """Of its own processes, from /proc; and says so."""
        with sleeper(**AS_NOBODY) as pid:
            result = chain(pid, "-o", "json", prefix=as_nobody())
        assert result.code == 0, result
        assert json.loads(result.stdout)["evidence"] == "procfs"
        assert "reading /proc only, because CAP_BPF and CAP_PERFMON are missing" in result.stderr, result


def assert_nothing_is_sent(pid, arguments, *words, code=2):
    """And one line says why."""
    result = chain(pid, *arguments)
    assert (result.code, result.stdout) == (code, ""), result
    [line] = result.stderr.splitlines()
    for word in words:
        assert word in line, result
    assert is_alive(pid)


def test_foreground_without_a_terminal():
    with sleeper(start_new_session=True) as pid:
        if os.geteuid() == 0:
            assert_nothing_is_sent(pid, ["--send", "INT", "--to", "foreground"],
                                   f"--to foreground: sleep[{pid}] has no terminal with a foreground group", code=5)
        result = chain(pid, "--to", "foreground")
        assert result.code == 5, result
        assert result.stdout.splitlines()[-1].startswith("nobody gets it: "), result


@needs_root
def test_own_group():
    """It would get the signal itself, and nobody would see the end of the story."""
    with sleeper() as pid:
        assert_nothing_is_sent(pid, ["--send", "TERM", "--to", "group"], f"process group {os.getpgrp()} itself", "setsid -w")


@needs_root
def test_itself():
    result = run("chain", "--send", "TERM", "-p", "$$", prefix=["sh", "-c", 'exec "$0" "$1" "$2" "$3" "$4" "$$"'])
    assert (result.code, result.stdout) == (2, ""), result
    assert re.fullmatch(r"sigtrace: --send: sigtrace\[\d+\] is sigtrace itself\n", result.stderr), result


# Results


@needs_root
class TestResults:
    def test_no_break(self):
        with sleeper() as pid:
            result = chain(pid)
        assert (result.code, result.stderr) == (0, ""), result
        assert result.stdout.splitlines()[-1].startswith("no break"), result
        assert f"sleep[{pid}]" in result.stdout

    def test_break(self):
        """A shell without a trap, in front of its child."""
        with ready("sh", "-c", "echo up; sleep 1000; true", start_new_session=True) as (pid, _):
            try:
                result = chain(pid)
                document = json.loads(chain(pid, "-o", "json").stdout)
            finally:
                os.killpg(pid, signal.SIGKILL)
        assert result.code == 1, result
        assert [(b["at"], b["rule"]) for b in document["breaks"]] == [(pid, "shell_ends")]
        assert document["breaks"][0]["explanation"] and document["breaks"][0]["remedy"]

    def test_signal_and_receiver(self):
        with sleeper(start_new_session=True) as pid:
            for arguments, sig, whom in (([], 15, "process"), (["--to", "foreground"], 2, "foreground"),
                                         (["-s", "HUP", "--to", "group"], 1, "group")):
                document = json.loads(chain(pid, "-o", "json", *arguments).stdout)
                assert (document["signal"]["number"], document["to"]) == (sig, whom)

    def test_nothing_came(self):
        with sleeper() as pid:
            result = chain(pid, "--watch", "-d", "100ms", "-o", "json")
        assert result.code == 5, result
        assert json.loads(result.stdout)["breaks"] == []
        assert result.stderr.startswith(f"sigtrace: watching sleep[{pid}] and 0 processes below it"), result

    def test_sent(self):
        with sleeper() as pid:
            result = chain(pid, "--send", "TERM")
        assert result.code == 0, result
        assert f"sent SIGTERM to sleep[{pid}] alone (pidfd_send_signal)" in result.stderr, result
        assert result.stdout.splitlines()[-1].startswith("no break"), result


# Output


@pytest.mark.parametrize("form", FORMATS)
class TestOutput:
    def test_it_is_there(self, form):
        with sleeper() as pid:
            result = chain(pid, "-o", form)
            assert result.code == 0, result
            assert str(pid) in result.stdout and "sigtrace:" not in result.stdout
            assert "\x1b" not in result.stdout
            if form == "json":
                jsonschema = pytest.importorskip("jsonschema")
                jsonschema.validate(json.loads(result.stdout), json.loads((ROOT / "docs" / "json-schema.json").read_text()))
            else:
                assert form != "text" or max(map(len, result.stdout.splitlines())) <= 100, result

    def test_full_disk(self, form):
        with sleeper() as pid, open("/dev/full", "wb") as full:
            result = chain(pid, "-o", form, stdout=full)
        assert result.code == 4, result
        assert result.stderr.splitlines()[-1].startswith("sigtrace: cannot write"), result

    def test_reader_that_has_gone(self, form):
        reader, writer = os.pipe()
        os.close(reader)
        with sleeper() as pid, os.fdopen(writer, "wb") as gone:
            assert chain(pid, "-o", form, stdout=gone).code == 0

    def test_only_text_has_colors(self, form):
        with sleeper() as pid:
            assert ("\x1b[" in chain(pid, "-o", form, "--color", "always").stdout) == (form == "text")
            assert "\x1b[" not in on_terminal("chain", "-p", str(pid), *ALONE, "-o", form, env={"NO_COLOR": "1"})


@pytest.mark.parametrize("columns", [60, 80, 132])
def test_lines_fit(columns):
    with sleeper() as pid:
        out = on_terminal("chain", "-p", str(pid), *ALONE, "--color", "never", columns=columns)
    lines = out.replace("\r\n", "\n").splitlines()
    assert lines and max(map(len, lines)) <= columns, out
