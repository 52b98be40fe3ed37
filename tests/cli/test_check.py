# SPDX-License-Identifier: BSD-2-Clause
"""check on the command line: what is refused, and in which words; formats, reports and exit codes on programs that do little."""

import json
import os
import pathlib
import re
import subprocess
import xml.etree.ElementTree

import pytest

from conftest import DEADLINE_S, as_nobody, assert_usage_error, needs, needs_root, on_terminal, program, run

FORMATS = ["text", "json", "junit", "tap", "github"]
# Up at once, and ended by SIGTERM, with nobody left behind; and one that has no handler.
GRACEFUL = ["sh", "-c", "trap 'kill $!; exit 0' TERM; sleep 1000 & echo up; wait"]
DEAF = ["sh", "-c", "echo up; sleep 1000; true"]
UP = ["-r", "log:^up$"]
SHORT = [*UP, "-g", "200ms"]


def checked(*arguments, prefix=(), env=None):
    return run("check", *arguments, prefix=prefix, env=env)


# What is refused: nothing is started


@pytest.mark.parametrize("arguments", [[], ["--strict"], ["--"], ["-o", "json"]], ids=" ".join)
def test_nothing_to_check(arguments):
    assert_usage_error(checked(*arguments), "check what? --image IMAGE, or -- CMD")


@pytest.mark.parametrize("option", ["--run-arg=--init", "--engine=docker", "--keep"])
def test_options_of_containers(option, marker):
    assert_usage_error(checked(option, "--", "touch", str(marker)), option.split("=")[0], "it needs --image")
    assert not marker.exists()


@pytest.mark.parametrize("how, why", [
    ("nosuch", "it is settle, log:REGEX, tcp:PORT, file:PATH, cmd:COMMAND or delay:DURATION"),
    ("", "it is settle"),
    ("settle:", "it is settle"),
    ("Settle", "it is settle"),
    ("log:", "nothing stands behind the colon"),
    ("cmd:", "nothing stands behind the colon"),
    ("log:(", "'(' is not an extended regular expression: "),
    ("log:a{2,1}", "is not an extended regular expression: "),
    (r"log:(a|aa)*\1b", r"a back-reference (\1 to \9) may take for ever: write out what it stands for"),
    ("tcp:", "a port is a number from 1 to 65535"),
    ("tcp:0", "a port is a number from 1 to 65535"),
    ("tcp:65536", "a port is a number from 1 to 65535"),
    ("tcp:http", "a port is a number from 1 to 65535"),
    ("file:", "the path has to begin with /"),
    ("file:ready", "the path has to begin with /"),
    ("delay:", "a duration has a unit: 500ms, 10s, 1m30s"),
    ("delay:5", "a duration has a unit"),
    ("delay:-1s", "a duration has a unit"),
])
def test_ready(how, why, marker):
    assert_usage_error(checked("--ready", how, "--", "touch", str(marker)), "--ready: ", why)
    assert not marker.exists()


def test_delay_that_is_never_over(marker):
    assert_usage_error(checked("-r", "delay:2s", "--ready-timeout", "2s", "--", "touch", str(marker)),
                       "--ready delay:2s: --ready-timeout is over before")
    assert not marker.exists()


@pytest.mark.parametrize("codes", ["", "x", "256", "-1", "3-1", "0,", ",0", "0,,1", "1-", "0-256", "0 1", "0x1"])
def test_exit_codes(codes):
    assert_usage_error(checked(f"--expect-exit={codes}", "--", "true"),
                       f"--expect-exit: '{codes}' is not a list of exit codes from 0 to 255 (0 or 0,143 or 0-3)")


@pytest.mark.parametrize("option", ["--grace", "--ready-timeout", "--max-startup-window"])
@pytest.mark.parametrize("time", ["", "0s", "5", "x", "-1s", "25h", "1e3s"])
def test_durations(option, time):
    assert_usage_error(checked(f"{option}={time}", "--", "true"),
                       f"{option}: '{time}' is not a duration from 1ns to 24h (500ms, 10s, 1m30s)")


def test_formats():
    listed = "(one of: text, json, junit, tap, github)"
    assert_usage_error(checked("-o", "xml", "--", "true"), "-o: unknown format 'xml'", listed)
    assert_usage_error(checked("--report", "xml:file", "--", "true"), "--report: unknown format 'xml'", listed)
    assert_usage_error(checked("--report", f"{'x' * 5000}:file", "--", "true"), "unknown format 'xxx", listed)


@pytest.mark.parametrize("report", ["", "junit", "junit:", "check.xml"])
def test_report_without_a_file(report):
    assert_usage_error(checked(f"--report={report}", "--", "true"), f"'{report}' is not FORMAT:FILE (junit:result.xml)")


@pytest.mark.parametrize("number", ["", "0", "-1", "x", "1.5", "4194305"])
def test_pids_max(number):
    assert_usage_error(checked(f"--pids-max={number}", "--", "true"), "is not a number of processes from 1 to 4194304")


@pytest.mark.parametrize("name, words", [
    ("NOPE", ["unknown signal 'NOPE'", "RTMIN+3"]), ("TERMM", ["did you mean SIGTERM?"]), ("0", ["'0'"]), ("65", ["'65'"]),
    ("TERM,INT", ["'TERM,INT'"])])
def test_signal(name, words):
    assert_usage_error(checked("-s", name, "--", "true"), "-s: ", *words)


@pytest.mark.parametrize("name", ["KILL", "SIGSTOP", "9"])
def test_signal_that_nobody_handles(name, marker):
    assert_usage_error(checked("-s", name, "--", "touch", str(marker)), "no program can handle SIG")
    assert not marker.exists()


@pytest.mark.parametrize("name", ["", "-x", "--"])
def test_image_that_is_none(name):
    assert_usage_error(checked("-i", name), "is not the name of an image")


def test_too_many():
    assert_usage_error(checked(*["-iweb"] * 65), "--image: more than 64 of them")
    assert_usage_error(checked("-iweb", *["--run-arg=-d"] * 257), "--run-arg: more than 256 of them")
    assert_usage_error(checked(*["--report=tap:/dev/null"] * 17, "--", "true"), "--report: more than 16 of them")


def test_arguments_without_dashes():
    assert_usage_error(checked("-i", "web", "serve"), "'serve'", "after '--'")


@pytest.mark.parametrize("abbreviation, full", [("--imag", "--image"), ("--repor", "--report"), ("--readytimeout", "--ready-timeout")])
def test_suggestion(abbreviation, full):
    assert_usage_error(checked(abbreviation, "x"), f"'{abbreviation}'", f"'{full}'")


# It cannot run here


def test_unknown_engine():
    result = checked("-i", "web", "--engine", "no-such-engine")
    assert (result.code, result.stdout) == (3, "")
    assert result.stderr == "sigtrace: there is no program no-such-engine in PATH\n"
    result = checked("-i", "web", "--engine", "/no/such/engine")
    assert (result.code, result.stderr) == (3, "sigtrace: there is no program /no/such/engine\n")
    assert_usage_error(checked("-i", "web", "--engine="), "--engine: which one? docker, podman, nerdctl")


@pytest.mark.parametrize("option", ["--log=", "--report=junit:"])
@pytest.mark.parametrize("path", ["/no/such/folder/file", "/", "/dev/full/x"])
def test_file_that_cannot_be_written(option, path, marker):
    """Before anything is started."""
    result = checked(option + path, "--", "touch", str(marker))
    assert (result.code, result.stdout) == (4, "")
    assert f"{option.split('=')[0]}: cannot write '{path}': " in result.stderr
    assert not marker.exists()


@pytest.mark.parametrize("options", [
    ["--report=json:{0}", "--report=tap:{0}"], ["--report=json:{0}", "--report=tap:{1}/../{2}"],
    ["--report=json:{0}", "--report=tap:{3}"], ["--log={0}", "--report=tap:{3}"]], ids=["path", "other-path", "link", "log"])
def test_file_of_two(options, marker, tmp_path):
    """They would write over each other. Nothing of it is lost by the attempt."""
    file, folder, link = tmp_path / "file", tmp_path / "folder", tmp_path / "link"
    file.write_text("old")
    folder.mkdir()
    link.hardlink_to(file)
    options = [option.format(file, folder, file.name, link) for option in options]
    assert_usage_error(checked(*options, "--", "touch", str(marker)),
                       f" is the same file as that of {options[0].split('=')[0]}; each needs one of its own")
    assert not marker.exists() and file.read_text() == "old"


@pytest.mark.parametrize("option", ["--log=", "--report=tap:"])
def test_file_that_is_stdout(option, marker, tmp_path):
    with open(tmp_path / "out", "w", encoding="ascii") as out:
        result = run("check", f"{option}{tmp_path}/out", "--", "touch", str(marker), stdout=out)
    assert result.code == 2 and "is the same file as that of stdout; each needs one of its own" in result.stderr
    assert not marker.exists()


def namespaces_for_nobody():
    done = subprocess.run([*as_nobody(), "unshare", "--user", "--pid", "--fork", "true"], capture_output=True,
                          timeout=DEADLINE_S, check=False)
    return done.returncode == 0


@needs_root
@needs("setpriv")
def test_without_root():
    """Through a user namespace; where that may not be made, it says so."""
    tried = subprocess.run([*as_nobody(), program(), "--version"], capture_output=True, timeout=DEADLINE_S, check=False)
    if tried.returncode != 0:
        pytest.skip("the program cannot be reached by user nobody")
    result = checked(*SHORT, "-o", "json", "--", *GRACEFUL, prefix=as_nobody())
    if result.code == 3:
        assert not namespaces_for_nobody(), result
        assert result.stdout == "" and "namespace" in result.stderr, result
        return
    assert result.code == 0, result
    document = json.loads(result.stdout)
    assert (document["verdict"], document["evidence"]) == ("pass", "procfs")
    assert document["evidence_why"]


# Results


@needs_root
class TestResults:
    def test_pass(self):
        result = checked(*SHORT, "--", *GRACEFUL)
        assert (result.code, result.stderr) == (0, "up\n"), result
        assert result.stdout.splitlines()[0].startswith("command sh -c trap ")
        assert re.match(r"PASS sh -c trap .*: graceful: sh\[1\] exited with 0, \S+ \S?s after SIGTERM; ",
                        result.stdout.splitlines()[-1]), result

    def test_fail(self):
        result = checked(*SHORT, "--", *DEAF)
        assert result.code == 1, result
        assert "  remedy: " in result.stdout
        assert ": unkillable_sig_dfl: SIGTERM had no effect on sh[1]: " in result.stdout.splitlines()[-1]

    def test_inconclusive(self):
        result = checked("-r", "log:up", "--", "true")
        assert result.code == 5, result
        assert result.stdout.splitlines()[-1].startswith("INCONCLUSIVE true: exited_early: ")

    def test_command_that_is_not_there(self):
        result = checked("--", "/no/such/program")
        assert result.code == 5, result
        assert result.stdout.splitlines()[-1].startswith("INCONCLUSIVE /no/such/program: could_not_start: ")
        assert "No such file or directory" in result.stdout

    def test_strict_and_expected(self):
        odd = ["sh", "-c", "trap 'kill $!; exit 7' TERM; sleep 1000 & echo up; wait"]
        assert checked(*SHORT, "--", *odd).code == 0
        assert checked(*SHORT, "--strict", "--", *odd).code == 1
        assert checked(*SHORT, "--strict", "--expect-exit", "0,7", "--", *odd).code == 0
        assert checked(*SHORT, "--expect-exit", "0-6,8-255", "--", *odd).code == 1

    def test_startup_window(self):
        assert checked(*SHORT, "--max-startup-window", "1m", "--", *GRACEFUL).code == 0
        result = checked(*SHORT, "--max-startup-window", "1ns", "--", *GRACEFUL)
        assert result.code == 1 and ": startup_window: " in result.stdout, result

    def test_log(self, tmp_path):
        log = tmp_path / "out"
        log.write_text("old")
        result = checked(*SHORT, "--log", str(log), "--", *GRACEFUL)
        assert (result.code, result.stderr, log.read_text()) == (0, "", "up\n"), result

    def test_log_that_is_full(self):
        """What it said is lost: that is no pass; a failure stays one."""
        for command, code in ((GRACEFUL, 4), (DEAF, 1)):
            result = checked(*SHORT, "--log", "/dev/full", "--", *command)
            assert result.code == code, result
            assert result.stderr == "sigtrace: --log: cannot write the program's output to '/dev/full': " \
                "No space left on device; 3 bytes are lost\n"

    def test_log_that_nobody_reads(self, tmp_path):
        """That is the reader's choice."""
        log, gone = tmp_path / "log", tmp_path / "gone"
        os.mkfifo(log)
        command = ["sh", "-c", "trap 'kill $!; echo on; exit 0' TERM; echo up; sleep 1000 & wait"]
        with subprocess.Popen(["sh", "-c", f"read line < {log}; touch {gone}"], stdin=subprocess.DEVNULL) as reader:
            result = checked("-r", f"cmd:test -e {gone}", "--log", str(log), "--", *command)
            reader.wait(DEADLINE_S)
        assert result.code == 0, result
        assert result.stderr == "sigtrace: 3 bytes of the program's output were dropped: nobody read them\n"

    def test_two_to_the_same_device(self):
        assert checked(*SHORT, "--report=json:/dev/null", "--report=tap:/dev/null", "--log=/dev/null", "--", *GRACEFUL).code == 0

    def test_command_that_hangs(self):
        result = checked("-r", "cmd:sleep 1000", "--ready-timeout", "300ms", "--", *GRACEFUL)
        assert result.code == 5, result
        assert result.stdout.splitlines()[-1].endswith(
            ": not_ready: sh[1] was not ready within 300 ms (cmd:sleep 1000): the command was still running")

    @pytest.mark.parametrize("how", ["path", "PATH"])
    def test_script_without_its_interpreter(self, how, tmp_path):
        """The kernel says of both that there is no such file."""
        script = tmp_path / "run-it"
        script.write_text("#! /no/such/interpreter -x\necho\n")
        script.chmod(0o755)
        result = checked("--", str(script) if how == "path" else script.name,
                         env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
        assert result.code == 5, result
        assert 'No such file or directory: the interpreter that its first line names, "/no/such/interpreter"' in result.stdout
        result = checked("--", "no-such-script")
        assert result.code == 5 and "interpreter" not in result.stdout, result

    def test_every_format(self, tmp_path):
        """One run: reports in files, and each of them as on stdout."""
        reports = [f"--report={form}:{tmp_path / form}" for form in FORMATS]
        result = checked(*SHORT, *reports, "--", *DEAF)
        assert result.code == 1, result
        texts = {form: (tmp_path / form).read_text() for form in FORMATS}
        assert texts["text"].splitlines()[-1] == result.stdout.splitlines()[-1]
        document = json.loads(texts["json"])
        assert (document["type"], document["verdict"]) == ("check", "fail")
        suites = xml.etree.ElementTree.fromstring(texts["junit"])
        assert [failure.get("type") for failure in suites.iter("failure")] == ["unkillable_sig_dfl"]
        assert texts["tap"].startswith("TAP version 13\n1..1\nnot ok 1 - sh ")
        assert re.match("::error title=sigtrace check sh [^\n]*\n$", texts["github"])
        for form in FORMATS:
            assert checked(*SHORT, "-o", form, "--", *GRACEFUL).stdout

    def test_color(self, tmp_path):
        """On a terminal, and never in a file."""
        report = tmp_path / "report"
        seen = on_terminal("check", *SHORT, "--report", f"text:{report}", "--", *GRACEFUL)
        assert "\x1b[" in seen.splitlines()[-1] and "\x1b" not in report.read_text()
        assert "\x1b" not in on_terminal("check", *SHORT, "--", *GRACEFUL, env={"NO_COLOR": "1"})
        assert "\x1b[" in checked(*SHORT, "--color", "always", "--", *GRACEFUL).stdout

    def test_reports_to_what_is_full(self):
        """A verdict that nobody can read is no pass; a failure stays one."""
        for command, code in ((GRACEFUL, 4), (DEAF, 1)):
            result = checked(*SHORT, "--report", "json:/dev/full", "--", *command)
            assert result.code == code, result
            assert "--report: cannot write '/dev/full': No space left on device" in result.stderr
            with open("/dev/full", "w", encoding="ascii") as full:
                result = run("check", *SHORT, "--", *command, stdout=full)
            assert result.code == code and "cannot write to stdout" in result.stderr, result

    @pytest.mark.parametrize("command, code", [(GRACEFUL, 0), (DEAF, 1)], ids=["pass", "fail"])
    def test_reader_that_has_gone(self, command, code):
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as gone:
            assert run("check", *SHORT, "--", *command, stdout=gone).code == code

    def test_command_is_only_quoted_in_reports(self, tmp_path):
        """Its words are its own: neither options of ours nor anything for a shell."""
        result = checked("-r", "log:x", "-o", "json", "--", "echo", "--strict", "$(touch /)", "\x1b[31m", "\n")
        document = json.loads(result.stdout)
        assert document["subject"] == {"kind": "command", "name": "echo --strict $(touch /) \x1b[31m \n"}
        assert result.stderr == "--strict $(touch /) \x1b[31m \n\n"

    def test_long_command(self):
        result = checked("-r", "log:x", "-o", "json", "--", "echo", "x" * 100000)
        assert result.code == 5 and len(json.loads(result.stdout)["subject"]["name"]) < 300, result.code

    def test_nothing_of_it_is_left(self):
        result = checked(*SHORT, "--", *DEAF, env={"SIGTRACE_TEST": "left-behind"})
        assert result.code == 1
        for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
            try:
                assert b"SIGTRACE_TEST=left-behind" not in path.read_bytes(), path
            except OSError:
                pass
