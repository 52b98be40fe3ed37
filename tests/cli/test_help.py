# SPDX-License-Identifier: BSD-2-Clause
"""Help and version: on stdout, exit 0, complete, at most 100 columns."""

import re

import pytest

from conftest import assert_usage_error, run

COMMANDS = ["trace", "inspect", "check", "chain", "features", "completion", "help"]
TRACE_OPTIONS = [
    ("-p", "--pid"),
    ("-c", "--container"),
    (None, "--pod"),
    (None, "--cgroup"),
    (None, "--pid-ns"),
    (None, "--wait"),
    (None, "--to"),
    (None, "--from"),
    ("-f", "--follow"),
    ("-t", "--tree"),
    ("-s", "--signal"),
    ("-x", "--problems"),
    (None, "--handlers"),
    (None, "--failed"),
    (None, "--deadline"),
    (None, "--absent"),
    (None, "--host-root"),
    (None, "--containerd-state"),
    (None, "--docker-root"),
    (None, "--storage-root"),
    ("-n", "--count"),
    ("-d", "--duration"),
    ("-o", "--output"),
    (None, "--color"),
    ("-v", "--verbose"),
    (None, "--buffer-size"),
    ("-h", "--help"),
    ("-V", "--version"),
]
INSPECT_OPTIONS = [
    ("-p", "--pid"),
    ("-c", "--container"),
    (None, "--pod"),
    (None, "--cgroup"),
    (None, "--pid-ns"),
    (None, "--host-root"),
    (None, "--containerd-state"),
    (None, "--docker-root"),
    (None, "--storage-root"),
    ("-s", "--signal"),
    ("-t", "--tree"),
    (None, "--threads"),
    ("-o", "--output"),
    (None, "--color"),
    ("-v", "--verbose"),
    ("-h", "--help"),
    ("-V", "--version"),
]
CHECK_OPTIONS = [
    ("-i", "--image"),
    (None, "--run-arg"),
    (None, "--engine"),
    (None, "--keep"),
    ("-s", "--signal"),
    ("-g", "--grace"),
    ("-r", "--ready"),
    (None, "--ready-timeout"),
    (None, "--expect-exit"),
    (None, "--max-startup-window"),
    (None, "--strict"),
    (None, "--pids-max"),
    (None, "--log"),
    ("-o", "--format"),
    (None, "--report"),
    (None, "--color"),
    ("-v", "--verbose"),
    ("-h", "--help"),
    ("-V", "--version"),
]
CHAIN_OPTIONS = [
    ("-p", "--pid"),
    ("-c", "--container"),
    (None, "--pod"),
    (None, "--cgroup"),
    (None, "--pid-ns"),
    ("-s", "--signal"),
    (None, "--to"),
    (None, "--up"),
    ("-w", "--watch"),
    (None, "--send"),
    (None, "--deadline"),
    ("-d", "--duration"),
    ("-o", "--output"),
    (None, "--color"),
    (None, "--host-root"),
    (None, "--containerd-state"),
    (None, "--docker-root"),
    (None, "--storage-root"),
    ("-v", "--verbose"),
    ("-h", "--help"),
    ("-V", "--version"),
]
OPTIONS = {"trace": TRACE_OPTIONS, "inspect": INSPECT_OPTIONS, "check": CHECK_OPTIONS, "chain": CHAIN_OPTIONS}
WAYS = [[]] + [[command] for command in COMMANDS]


def assert_is_help(result):
    assert result.code == 0, result
    assert result.stderr == "", result
    assert result.stdout.startswith("Usage: sigtrace"), result
    assert "\nOptions:\n" in result.stdout, result
    assert "\nExamples:\n" in result.stdout, result
    assert "\nExit status:" in result.stdout, result
    assert result.stdout.endswith("\n")
    for line in result.stdout.splitlines():
        assert len(line) <= 100, line
        assert line == line.rstrip(), repr(line)


@pytest.mark.parametrize("option", ["-h", "--help"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(way) or "none")
def test_help_option(way, option):
    result = run(*way, option)
    assert_is_help(result)
    assert result.stdout.startswith("Usage: sigtrace " + " ".join(way)), result


@pytest.mark.parametrize("command", COMMANDS)
def test_help_command_prints_the_same(command):
    assert_is_help(run("help", command))
    assert run("help", command).stdout == run(command, "--help").stdout


def test_help_without_operand_is_the_programs():
    assert run("help").stdout == run("--help").stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_program_help_lists_commands(command):
    assert re.search(rf"^  {command}  +\S", run("--help").stdout, re.MULTILINE)


LISTED = [(["--help"], o) for o in TRACE_OPTIONS]
LISTED += [([command, "--help"], o) for command, options in OPTIONS.items() for o in options]


@pytest.mark.parametrize("way, option", LISTED, ids=lambda x: " ".join(filter(None, x)))
def test_help_lists_options(way, option):
    short, long = option
    lead = f"  {short}, {long}" if short else f"      {long}"
    assert re.search(rf"^{re.escape(lead)}( |$)", run(*way).stdout, re.MULTILINE)


@pytest.mark.parametrize("command, options", OPTIONS.items(), ids=OPTIONS)
def test_every_option_of_the_help_is_known_here(command, options):
    listed = re.findall(r"^  (?:-., |    )(--[a-z-]+)", run(command, "--help").stdout, re.MULTILINE)
    assert sorted(listed) == sorted(long for _, long in options)


def test_help_of_inspect_says_when_it_exits_with_1():
    text = " ".join(run("inspect", "--help").stdout.split())
    assert "1 if a signal given with -s (without it SIGTERM) would have no effect on any of the processes" in text


def test_help_of_chain_says_when_it_exits_with_1():
    text = " ".join(run("chain", "--help").stdout.split())
    assert "The exit status is 0 without a break, 1 if there is or would be one, 5 if no signal came." in text


def test_help_shows_where_a_program_goes():
    assert "-- CMD" in run("--help").stdout.splitlines()[0]


def test_help_wins_over_what_follows():
    assert_is_help(run("--help", "--no-such-option"))
    assert_is_help(run("-xh"))


def test_help_after_double_dash_is_the_programs_own_business(marker):
    """--help behind -- must not make sigtrace print its own help."""
    result = run("--", "touch", "--help", str(marker))
    assert "Usage: sigtrace" not in result.stdout


def test_help_of_unknown_command():
    assert_usage_error(run("help", "traec"), "'traec'", "did you mean 'trace'?")


@pytest.mark.parametrize("option", ["-V", "--version"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(way) or "none")
def test_version(way, option):
    result = run(*way, option)
    assert result.code == 0, result
    assert result.stderr == "", result
    assert re.fullmatch(r"sigtrace \d+\.\d+\.\d+\S*\n", result.stdout), result
