# SPDX-License-Identifier: BSD-2-Clause
"""trace: names of handlers. A name comes a moment later or not at all; it is never that of another program."""

import os
import re
import shutil
import subprocess

import pytest

from harness import DEADLINE_S, Lines, wait_until
from inspection import needs

# SIGUSR1 returns, SIGUSR2 executes the next program in the handler, SIGTERM ends; a line on stdin executes it, too.
SOURCE = """
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>
#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)
static char **args;
static void go_on(void)
{
	if (args[1])
		execv(args[1], args + 1);
	_exit(1);
}
__attribute__((noinline)) void HANDLER(int sig)
{
	if (sig == SIGTERM)
		_exit(0);
	if (sig == SIGUSR2)
		go_on();
}
int main(int argc, char **argv)
{
	char line[16];
	sigset_t none;

	(void)argc;
	args = argv;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	struct sigaction action = {.sa_handler = HANDLER, .sa_flags = SA_RESTART};
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* Executed from its handler, it has been blocked. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	printf("ready " TEXT(HANDLER) "=%p\\n", (void *)HANDLER);
	fflush(stdout);
	if (read(0, line, sizeof(line)) <= 0)
		return 0;
	go_on();
}
"""


def compiled(path, *flags, handler="on_signal"):
    path.parent.mkdir(exist_ok=True)
    source = path.with_name(path.name + ".c")
    source.write_text(SOURCE)
    done = subprocess.run(
        [os.environ.get("CC", "gcc"), "-O1", "-g0", *flags, f"-DHANDLER={handler}", "-o", path, source],
        capture_output=True, text=True, check=False, timeout=3 * DEADLINE_S)
    if done.returncode:
        pytest.skip(f"cannot be built here with {' '.join(flags)}: {done.stderr.strip()[-200:]}")
    return path


class Program:
    def __init__(self, *argv):
        self.process = subprocess.Popen([str(word) for word in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.pid = self.process.pid
        self.lines = Lines(self.process.stdout, lambda raw: raw.decode().strip())
        self.wait_ready(0)

    def wait_ready(self, number):
        """The address of the handler of the program that came as that one."""
        wait_until(lambda: len(self.lines.items) > number or self.lines.ended, f"program {number}")
        return re.fullmatch(r"ready \w+=(0x[0-9a-f]+)", self.lines.items[number])[1]

    def kill(self, sig):
        self.process.send_signal(sig)

    def go_on(self):
        self.process.stdin.write(b"go on\n")
        self.process.stdin.flush()

    def close(self):
        self.process.kill()
        self.process.wait(DEADLINE_S)
        self.lines.wait_end()
        self.process.stdin.close()
        self.process.stdout.close()


@pytest.fixture
def program():
    """program(argv…): it has its handlers when that returns; ended after the test."""
    started = []

    def start(*argv):
        started.append(Program(*argv))
        return started[-1]

    yield start
    for one in started:
        one.close()


def name_of(event):
    return event.get("handler_symbol") or event.process.get("handler_symbol")


def signal_until_named(traced, target, sig, start=0):
    """Sends the signal until its delivery has a name; returns that delivery."""
    def deliver_once():
        nonlocal at
        os.kill(target.pid, sig)
        event = traced.wait("deliver", sig, to=target.pid, start=at)
        at = traced.events.items.index(event, at) + 1
        return event if name_of(event) else None

    at = start
    return wait_until(deliver_once, "a name")


def wait_prepared(traced):
    """With -v -v: the handlers of what is selected have been looked up."""
    traced.messages.wait(lambda line: "handlers of 1 processes were looked up" in line, what="the look-up at the start")


def check_names(traced, pid, names):
    """Every name that was shown for its handlers is one of these, generate and deliver alike."""
    events = [event for kind in ("generate", "deliver", "handler_return") for event in traced.all(kind, to=pid)]
    assert {name_of(event) for event in events} <= {None, *names}


KINDS = {
    "pie": (["-fPIE", "-pie"], "sample!on_signal"),
    "no_pie": (["-fno-PIE", "-no-pie"], "sample!on_signal"),
    "static": (["-static"], "sample!on_signal"),
    "static_pie": (["-static-pie", "-fPIE"], "sample!on_signal"),
    "stripped": (["-fPIE", "-pie", "-s"], None),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_programs(program, trace, tmp_path, kind):
    flags, name = KINDS[kind]
    target = program(compiled(tmp_path / "sample", *flags))
    traced = trace("-p", target.pid)
    event = signal_until_named(traced, target, 10)
    assert event.process["handler"] == target.wait_ready(0)
    if name:
        assert name_of(event) == name
        assert name in event["explanation"]
    else:
        assert re.fullmatch(r"sample\+0x[0-9a-f]+", name_of(event)), event
    traced.finish()
    check_names(traced, target.pid, [name_of(event)])


def test_without_a_selection(program, trace, tmp_path):
    """Nothing was looked up before: the first one waits a moment, the others find it."""
    target = program(compiled(tmp_path / "sample"))
    traced = trace("-s", "USR1")
    signal_until_named(traced, target, 10)
    at = traced.mark()
    os.kill(target.pid, 10)
    assert name_of(traced.wait("deliver", 10, to=target.pid, start=at)) == "sample!on_signal"
    traced.finish()
    check_names(traced, target.pid, ["sample!on_signal"])


def test_one_that_ends_in_its_handler(program, trace, tmp_path):
    """When the event is read the process is gone: its handlers were looked up before."""
    target = program(compiled(tmp_path / "sample"))
    traced = trace("-v", "-v", "-p", target.pid)
    wait_prepared(traced)
    target.kill(15)
    assert target.process.wait(DEADLINE_S) == 0
    traced.finish(stop=None)
    for kind in ("generate", "deliver"):
        assert name_of(traced.wait(kind, 15, to=target.pid)) == "sample!on_signal"


def test_short_lived_processes(trace, tmp_path):
    """Each ends in its handler; whether somebody could look in time is open, and no name is a wrong one."""
    path = compiled(tmp_path / "sample")
    traced = trace("-s", "TERM")
    pids = []
    for _ in range(20):
        target = Program(path)
        target.kill(15)
        target.process.wait(DEADLINE_S)
        target.close()
        pids.append(target.pid)
    for pid in pids:
        traced.wait("deliver", 15, to=pid)
    traced.finish()
    for pid in pids:
        check_names(traced, pid, ["sample!on_signal"])


def test_deleted_program(program, trace, tmp_path):
    """Another one took its place, as after an upgrade."""
    path = compiled(tmp_path / "sample")
    target = program(path)
    path.unlink()
    shutil.move(compiled(tmp_path / "other" / "sample", handler="on_others"), path)
    traced = trace("-p", target.pid)
    assert name_of(signal_until_named(traced, target, 10)) == "sample!on_signal"
    traced.finish()
    check_names(traced, target.pid, ["sample!on_signal"])


def two_programs(folder):
    """Two with the same name, of the same size, and with their handler at the same address."""
    flags = ("-fno-PIE", "-no-pie")
    return (compiled(folder / "a" / "sample", *flags, handler="old_handler"),
            compiled(folder / "b" / "sample", *flags, handler="new_handler"))


@pytest.mark.parametrize("selected", [True, False], ids=["selected", "all"])
def test_exec_between_two_signals(program, trace, tmp_path, selected):
    old, new = two_programs(tmp_path)
    target = program(old, new)
    traced = trace(*(["-p", target.pid] if selected else ["-s", "USR1"]))
    assert name_of(signal_until_named(traced, target, 10)) == "sample!old_handler"
    target.go_on()
    assert target.wait_ready(1) == target.wait_ready(0)
    at = traced.mark()
    assert name_of(signal_until_named(traced, target, 10, at)) == "sample!new_handler"
    traced.finish()
    check_names(traced, target.pid, ["sample!old_handler", "sample!new_handler"])
    for event in traced.events.items[at:]:
        assert name_of(event) != "sample!old_handler", event


def test_exec_in_the_handler(program, trace, tmp_path):
    """By the time of the look-up it is another program, with another function at the very address."""
    old, new = two_programs(tmp_path)
    target = program(old, *[new, old] * 5)
    traced = trace("-s", "USR2")
    for number in range(10):
        target.kill(12)
        assert target.wait_ready(number + 1) == target.wait_ready(0)
    wait_until(lambda: len(traced.all("deliver", 12, to=target.pid)) == 10, "ten deliveries")
    traced.finish()
    for kind in ("generate", "deliver"):
        for number, event in enumerate(traced.all(kind, 12, to=target.pid)):
            assert name_of(event) in (None, f"sample!{('old', 'new')[number % 2]}_handler"), event


@needs("setarch")
def test_no_name_without_randomisation(program, trace, tmp_path):
    """Nothing tells the two programs apart then: neither of them is named."""
    old, new = two_programs(tmp_path)
    target = program("setarch", "-R", old, new)
    other = program(old)
    traced = trace("-v", "-v", "-p", f"{target.pid},{other.pid}")
    assert name_of(signal_until_named(traced, other, 10)) == "sample!old_handler"
    for number in range(2):
        assert target.wait_ready(number) == target.wait_ready(0)
        at = traced.mark()
        target.kill(10)
        traced.wait("deliver", 10, to=target.pid, start=at)
        # Asked for after it, answered after it: now it would be known.
        signal_until_named(traced, other, 10, traced.mark())
        target.kill(10)
        if number == 0:
            target.go_on()
            target.wait_ready(1)
    wait_until(lambda: len(traced.all("deliver", 10, to=target.pid)) == 4, "four deliveries")
    traced.finish()
    check_names(traced, target.pid, [])
    check_names(traced, other.pid, ["sample!old_handler"])


def test_handler_return(program, trace, tmp_path):
    target = program(compiled(tmp_path / "sample"))
    traced = trace("--handlers", "-p", target.pid)
    signal_until_named(traced, target, 10)
    at = traced.mark()
    target.kill(10)
    traced.wait("handler_return", 10, to=target.pid, start=at).check(handler_symbol="sample!on_signal")
    traced.finish()


@needs("bash")
def test_runtime(trace):
    """bash runs a trap: told in other words than a handler of the program itself."""
    script = "trap 'echo trapped' USR1; echo ready; while read -r line; do :; done"
    shell = subprocess.Popen(["bash", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert shell.stdout.readline() == b"ready\n"
        traced = trace("-v", "-v", "-p", shell.pid)
        wait_prepared(traced)
        shell.send_signal(10)
        for kind in ("generate", "deliver"):
            event = traced.wait(kind, 10, to=shell.pid)
            assert (name_of(event), event.process["runtime"]) == ("bash!trap_handler", "bash")
        assert "trap" in event["explanation"]
        traced.finish()
    finally:
        shell.kill()
        shell.communicate()


def test_flood_of_caught_signals(fixture, trace):
    """Names cost no record: all of them are there, in order, and those behind the first few have it."""
    fx = fixture("fork A [ catch USR1 ready serve {A} ] ready pause")
    pid = fx.ready("A")
    traced = trace("-s", "USR1", "-p", pid)
    fx.do("A", "flood 20000 kill USR1 self")
    traced.finish()
    for kind in ("generate", "deliver"):
        events = traced.all(kind, "USR1", to=pid)
        assert len(events) == 20000
        assert {name_of(event) for event in events} <= {None, "fixture!on_signal"}
        assert name_of(events[-1]) == "fixture!on_signal"
