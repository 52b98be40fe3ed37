# SPDX-License-Identifier: BSD-2-Clause
"""Bad input: one clear error that names the word, exit 2, nothing started."""

import subprocess

import pytest

from conftest import assert_usage_error, run

# Commands


@pytest.mark.parametrize(
    "word, near",
    [
        ("trase", "trace"),
        ("Trace", "trace"),
        ("trac", "trace"),
        ("feature", "features"),
        ("inspct", "inspect"),
        ("completoin", "completion"),
        ("hepl", "help"),
        ("4711", "-p 4711"),
    ],
)
def test_unknown_command_suggests(word, near):
    assert_usage_error(run(word), f"'{word}'", f"did you mean '{near}'?")


@pytest.mark.parametrize("word", ["", "xyzzy", "t", "traceroute-to-somewhere", "a" * 5000])
def test_unknown_command_without_a_near_one(word):
    result = run(word)
    assert_usage_error(result, "unknown command", word[:40])
    assert "did you mean" not in result.stderr
    assert max(map(len, result.stderr.splitlines())) < 200


def test_unknown_command_is_escaped():
    result = run(b"bad\x1b[31m\xff\xc2\x9b\n")
    assert_usage_error(result, "bad\\x1b[31m\\xff")
    assert "\x1b" not in result.stderr


def test_command_after_options():
    assert_usage_error(run("-x", "features"), "'features'", "first")


# Options


@pytest.mark.parametrize(
    "arguments, word, near",
    [
        (["--folow"], "--folow", "--follow"),
        (["--outptu=json"], "--outptu", "--output"),
        (["--colour", "never"], "--colour", "--color"),
        (["--signals", "TERM"], "--signals", "--signal"),
        (["--PID", "1"], "--PID", "--pid"),
        (["-P", "1"], "-P", "-p"),
        (["-xP"], "-P", "-p"),
        (["-follow"], "-follow", "--follow"),
        (["-pid=1"], "-pid=1", "--pid"),
        (["trace", "--versoin"], "--versoin", "--version"),
        (["features", "--ouput", "json"], "--ouput", "--output"),
        (["inspect", "--thread"], "--thread", "--threads"),
        (["inspect", "-P", "1"], "-P", "-p"),
        (["inspect", "-threads"], "-threads", "--threads"),
        (["completion", "--hlep", "bash"], "--hlep", "--help"),
    ],
    ids=lambda a: " ".join(a) if isinstance(a, list) else "",
)
def test_unknown_option_suggests(arguments, word, near):
    assert_usage_error(run(*arguments), f"'{word}'", f"did you mean '{near}'?")


@pytest.mark.parametrize(
    "abbreviation, full",
    [
        ("--foll", "--follow"),
        ("--fo", "--follow"),
        ("--outpu=json", "--output"),
        ("--buffer=1M", "--buffer-size"),
        ("--vers", "--version"),
        ("--hel", "--help"),
    ],
)
def test_abbreviations_are_rejected(abbreviation, full):
    word = abbreviation.split("=")[0]
    assert_usage_error(run(abbreviation), f"'{word}'", f"did you mean '{full}'?")


@pytest.mark.parametrize("word", ["--xyzzy", "-Z", "--no-such-thing-at-all=1", "-?", "-:", "-;"])
def test_unknown_option_without_a_near_one(word):
    result = run(word)
    assert_usage_error(result, "unknown option", word.split("=")[0])
    assert "did you mean" not in result.stderr


@pytest.mark.parametrize("command", [[], ["trace"], ["inspect"], ["features"], ["completion"], ["help"]])
def test_unknown_option_points_to_the_right_help(command):
    result = run(*command, "--xyzzy")
    assert f"'{' '.join(['sigtrace', *command, '--help'])}'" in result.stderr


@pytest.mark.parametrize("flag", ["--follow", "--to", "--problems", "--help", "--version"])
@pytest.mark.parametrize("value", ["1", ""])
def test_flag_with_argument(flag, value):
    assert_usage_error(run(f"{flag}={value}"), f"'{flag}'", "takes no argument", f"'{value}'")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--pid"],
        ["-p"],
        ["-xp"],
        ["-s"],
        ["--output"],
        ["--color"],
        ["-n"],
        ["--duration"],
        ["--buffer-size"],
        ["features", "-o"],
        ["inspect", "-p"],
        ["inspect", "--signal"],
    ],
    ids=" ".join,
)
def test_missing_argument(arguments):
    last = arguments[-1]
    word = last if last.startswith("--") else "-" + last[-1]
    assert_usage_error(run(*arguments), f"'{word}'", "needs an argument")


# Operands


@pytest.mark.parametrize(
    "arguments, word",
    [
        (["-x", "sleep", "10"], "sleep"),
        (["trace", "sleep", "10"], "sleep"),
        (["-x", ""], ""),
        (["-x", "-"], "-"),
        (["features", "json"], "json"),
        (["inspect", "-p", "1", "sleep"], "sleep"),
        (["inspect", "-p", "1", "--", "sleep"], "sleep"),
        (["features", "--", "json"], "json"),
        (["completion", "bash", "zsh"], "zsh"),
        (["completion", "--", "bash", "zsh"], "zsh"),
        (["help", "trace", "features"], "features"),
    ],
    ids=lambda a: " ".join(a) if isinstance(a, list) else "",
)
def test_stray_operand(arguments, word):
    assert_usage_error(run(*arguments), "unexpected argument", f"'{word}'")


def test_stray_pid_suggests_the_option():
    assert_usage_error(run("-x", "4711"), "'4711'", "did you mean '-p 4711'?")


def test_stray_program_shows_where_it_goes():
    assert "after '--'" in run("-x", "sleep").stderr


@pytest.mark.parametrize("arguments", [["--"], ["trace", "--"], ["-x", "--"]], ids=" ".join)
def test_nothing_after_double_dash(arguments):
    assert_usage_error(run(*arguments), "after '--'")


@pytest.mark.parametrize("shell, near", [("bsh", "bash"), ("ZSH", "zsh"), ("fihs", "fish")])
def test_unknown_shell_suggests(shell, near):
    assert_usage_error(run("completion", shell), f"'{shell}'", f"did you mean '{near}'?")


def test_unknown_shell_lists_the_known():
    assert_usage_error(run("completion", "powershell"), "'powershell'", "bash", "zsh", "fish")
    assert_usage_error(run("completion"), "bash", "zsh", "fish")


# Arguments. A program after -- would leave a mark if it were started.


def ended_pid():
    child = subprocess.Popen(["true"])
    child.wait()
    return child.pid


PIDS = ["1ABC", "0", "-5", "4194305", "", "1,", ",1", "1,,1", "+1", " 1", "1 ", "0x1", "1.0", "01"]
PIDS += ["18446744073709551617", "self", "1;2", "٣"]


PID_FORMS = ["-p{}", "-p {}", "--pid={}", "--pid {}"]


# "-p" and an empty pid in the same word would take the next word.
@pytest.mark.parametrize(
    "form, pid", [(form, pid) for form in PID_FORMS for pid in PIDS if pid or form != "-p{}"]
)
def test_bad_pid(form, pid, marker):
    arguments = [part.format(pid) for part in form.split(" ")]
    assert_usage_error(run(*arguments, "--", "touch", str(marker)), f"'{pid.split(',')[0]}", "-p")
    assert not marker.exists()


def test_one_bad_pid_among_good_ones():
    assert_usage_error(run("-p", "1,12x,1"), "'12x'")


@pytest.mark.parametrize("form", ["{}", "1,{}"])
def test_pid_that_does_not_exist(form, marker):
    pid = ended_pid()
    assert_usage_error(run("-p", form.format(pid), "--", "touch", str(marker)), str(pid))
    assert not marker.exists()


MISSPELT = {"TREM": "TERM", "SIGTREM": "TERM", "kil": "KILL", "SIGUSR": "USR", "RTMN+1": "RTMIN"}


@pytest.mark.parametrize("signal, near", MISSPELT.items())
def test_unknown_signal_suggests(signal, near, marker):
    result = run("-s", signal, "--", "touch", str(marker))
    assert_usage_error(result, f"'{signal}'", "did you mean", near)
    assert not marker.exists()


SIGNALS = ["", "0", "65", "-1", "TERM,", ",TERM", "TERM,,INT", "!", "TERM INT", "SIG", "15x"]
SIGNALS += ["RTMIN+31", "RTMAX-31", "RTMIN+", "RTMIN-1", "RTMAX+1", "15-", "20-10", "!65"]


@pytest.mark.parametrize("signal", SIGNALS)
def test_bad_signal(signal, marker):
    result = run("-s", signal, "--", "touch", str(marker))
    assert_usage_error(result, "-s")
    assert not marker.exists()


@pytest.mark.parametrize("command", [[], ["inspect"]])
@pytest.mark.parametrize("signal", ["XYZZY", "TERM,XYZZY", "!XYZZY", "XYZZY-TERM", "TERM-XYZZY"])
def test_bad_signal_is_named(signal, command):
    assert_usage_error(run(*command, "-s", signal), "XYZZY")


DURATIONS = ["", "5", "5x", "s", "-1s", "1.5.2s", "1s1h", "1s2s", "1e3s", "1 s", "s1", "5S", "inf"]
DURATIONS += ["99999999999999999999h", "1ABC", "٣s"]


@pytest.mark.parametrize("duration", DURATIONS)
def test_bad_duration(duration, marker):
    result = run("-d", duration, "--", "touch", str(marker))
    assert_usage_error(result, f"'{duration}'", "-d")
    assert not marker.exists()


@pytest.mark.parametrize("deadline", [*DURATIONS, "25h", "never", "0.5", "-"])
def test_bad_deadline(deadline, marker):
    result = run("--deadline", deadline, "--", "touch", str(marker))
    assert_usage_error(result, f"'{deadline}'", "--deadline", "none")
    assert not marker.exists()


@pytest.mark.parametrize("deadline", ["none", "0", "0s", "1ms", "24h"])
def test_good_deadline(deadline):
    """Then it is something else that is wrong."""
    assert_usage_error(run("--deadline", deadline, "--to"), "--to")


def test_handlers_with_problems(marker):
    result = run("-x", "--handlers", "--", "touch", str(marker))
    assert_usage_error(result, "--handlers", "-x")
    assert not marker.exists()


@pytest.mark.parametrize("command", [[], ["inspect"]])
@pytest.mark.parametrize("option, bad", [
    ("-c", ""), ("--pod", ""), ("--pod", "a/"), ("--pod", "/a"), ("--pod", "a/b/c"), ("--cgroup", ""), ("--cgroup", "docker"),
    ("--pid-ns", ""), ("--pid-ns", "x"), ("--pid-ns", "0"), ("--pid-ns", "-1"), ("--pid-ns", "4294967296"), ("--pid-ns", "pid:["), ("--pid-ns", "pid:[]"), ("--pid-ns", "pid:[x]"), ("--pid-ns", "[1]"),
    ("--host-root", "host"), ("--containerd-state", "run"), ("--docker-root", ""), ("--storage-root", "./a")])
def test_bad_place(command, option, bad):
    assert_usage_error(run(*command, option, bad), option)


@pytest.mark.parametrize("command", [[], ["inspect"]])
@pytest.mark.parametrize("path", ["/docker/../a", "/..", "/a/..", "//..//a"])
def test_a_cgroup_by_the_way_up(command, path):
    assert_usage_error(run(*command, "--cgroup", path), "--cgroup", path, "'..'")


@pytest.mark.parametrize("command", [[], ["inspect"]])
def test_too_many_names(command):
    assert_usage_error(run(*command, *(word for n in range(65) for word in ("-c", f"c{n}"))), "-c", "64")


@pytest.mark.parametrize("arguments", [["--absent", "5s"], ["--absent", "5s", "-s", "TERM"], ["--absent", "5s", "-p", "1"]])
def test_absent_needs_a_selection_and_signals(arguments):
    assert_usage_error(run(*arguments), "--absent", "-s")


@pytest.mark.parametrize("more", [["--from"], ["-x"], ["-d", "1s"]])
def test_absent_and_what_leaves_signals_out(more):
    assert_usage_error(run("--absent", "5s", "-s", "TERM", "-p", "1", *more), "--absent", more[0])


def test_absent_of_no_signal():
    assert_usage_error(run("--absent", "5s", "-s", "0", "--failed", "-p", "1"), "--absent", "-s")


@pytest.mark.parametrize("more", [[], ["--pid-ns", "4026531836"]])
def test_wait_needs_a_name(more):
    assert_usage_error(run("--wait", *more), "--wait", "--pod")


@pytest.mark.parametrize("duration", ["", "0s", "5", "never"])
def test_bad_absent(duration):
    assert_usage_error(run("--absent", duration, "-p", "1", "-s", "TERM"), f"'{duration}'", "--absent")


@pytest.mark.parametrize("signals", ["0", "0,TERM", "TERM,0"])
def test_probes_need_failed(signals):
    assert_usage_error(run("-s", signals), "signal 0", "--failed")
    assert_usage_error(run("-s", signals, "--failed", "--to"), "--to")


@pytest.mark.parametrize("signals", ["!0", "0-5", "00"])
def test_bad_probes(signals):
    assert_usage_error(run("-s", signals, "--failed"), "-s")


SIZES = ["", "0", "64X", "64MB", "K", "-1M", "3M", "1K5", "1.5M", "0x1000", "1 M", "4095", "16E"]
SIZES += ["18446744073709551616", "99999999999999999999G", "1T"]


@pytest.mark.parametrize("size", SIZES)
def test_bad_size(size, marker):
    result = run("--buffer-size", size, "--", "touch", str(marker))
    assert_usage_error(result, f"'{size}'", "--buffer-size")
    assert not marker.exists()


@pytest.mark.parametrize("count", ["", "0", "-1", "1x", "1.0", "ten", "18446744073709551616"])
def test_bad_count(count, marker):
    result = run("-n", count, "--", "touch", str(marker))
    assert_usage_error(result, f"'{count}'", "-n")
    assert not marker.exists()


@pytest.mark.parametrize("command", [[], ["inspect"], ["features"]])
@pytest.mark.parametrize("output", ["", "jso", "JSON", "xml", "text,json"])
def test_bad_output(command, output):
    assert_usage_error(run(*command, "-o", output), f"'{output}'", "text", "json")


@pytest.mark.parametrize("command", [[], ["inspect"]])
@pytest.mark.parametrize("color", ["", "yes", "Always", "1"])
def test_bad_color(color, command):
    assert_usage_error(run(*command, "--color", color), f"'{color}'", "auto", "always", "never")


def test_to_with_from(marker):
    result = run("-p", "1", "--to", "--from", "--", "touch", str(marker))
    assert_usage_error(result, "--to", "--from")
    assert not marker.exists()


@pytest.mark.parametrize("option", ["--to", "--from"])
def test_direction_needs_a_selection(option):
    assert_usage_error(run(option), option)


def test_options_behind_the_double_dash_are_not_read(marker):
    """They belong to the program: they are no error of sigtrace, whatever it may do then."""
    result = run("-d", "1ms", "--", "touch", "--no-such-option", str(marker))
    assert "unknown option" not in result.stderr
