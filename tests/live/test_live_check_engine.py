# SPDX-License-Identifier: BSD-2-Clause
"""
`check --image` with an engine that is only a script: its containers are a word in a file. So it answers late, wrongly
or not at all when a test wants it to, and no process of a container is seen.
"""

import signal
import time

import pytest

import checking
from checking import SLACK_MS, Run, read
from harness import DEADLINE_S
from waiting import wait_until

ID = "a" * 64
# Hooks are run first: $here/on-VERB. Others see a whole word in the file, or the one before.
ENGINE = r"""#!/bin/sh
here=${0%/*}
verb=$1
test "$verb" != container || verb=inspect
now() { cat "$here/state"; }
put() { echo "$1" > "$here/state.$$"; mv "$here/state.$$" "$here/state"; }
hang() { touch "$here/hangs"; exec sleep 600; }
signal=
test ! -e "$here/on-$verb" || . "$here/on-$verb"
case $verb in
create) put created; echo @ID@;;
start) put running; echo ready; while test "$(now)" = running; do sleep 0.02; done;;
inspect) printf '[{"Id":"@ID@","Config":{"StopSignal":"%s"},"State":{"Status":"%s","ExitCode":0}}]\n' "$signal" "$(now)" |
    sed 's/"running"/"running","Running":true/';;
kill) put exited;;
rm) put gone;;
esac
""".replace("@ID@", ID)
UP = ("-r", "log:^ready$")
# The time for all is short; what hangs would take its ten seconds.
BRIEF = (*UP, "--ready-timeout", "1500ms", "-g", "500ms")
BRIEF_S = 1.5 + 0.5 + SLACK_MS / 1000


class Engine:
    def __init__(self, folder):
        self._folder = folder
        self.path = folder / "engine"
        self.path.write_text(ENGINE)
        self.path.chmod(0o755)

    def on(self, verb, text):
        (self._folder / f"on-{verb}").write_text(text + "\n")

    def wait_until_it_hangs(self):
        wait_until((self._folder / "hangs").exists, "a call that hangs")

    def state(self):
        return (self._folder / "state").read_text().strip()


@pytest.fixture
def engine(tmp_path):
    return Engine(tmp_path)


@pytest.fixture
def start(engine):
    runs = []

    def begin(*options, **keywords):
        runs.append(Run([], "-i", "web", "--engine", engine.path, *options, **keywords))
        return runs[-1]

    yield begin
    for run in runs:
        run.close()


@pytest.fixture
def check(start):
    def run(*options, expect):
        document = read(start(*options), evidence=None)
        checking.expected(document, expect)
        return document

    return run


def test_it_is_one(check, engine):
    check(*UP, "-g", "20s", expect="pass graceful").check({"evidence": "engine", "exit.code": 0, "signal.number": 15})
    assert engine.state() == "gone"


# --- Signals that prove nothing ---


@pytest.mark.parametrize("name, full", [("KILL", "SIGKILL"), ("SIGSTOP", "SIGSTOP"), ("9", "SIGKILL"), ("19", "SIGSTOP")])
def test_stop_signal_that_nobody_handles(check, engine, name, full):
    engine.on("inspect", f"signal={name}")
    document = check(*UP, expect="inconclusive could_not_start")
    assert f"its STOPSIGNAL is {full}, which no program can handle: set STOPSIGNAL in the image" in document["explanation"]
    assert not document["timeline"] and engine.state() == "gone"
    # What the user names counts more.
    check(*UP, "-s", "TERM", "-g", "20s", expect="pass graceful")


# --- Its words ---


def test_why_it_did_not_start(check, engine, tmp_path):
    """Said on its stderr only, and read after its end: the call that tells of that takes until then."""
    engine.on("start", "echo $$ > $here/client.new; mv $here/client.new $here/client\n"
                       "echo 'Error: crun: no such executable' >&2; exit 125")
    engine.on("inspect", "test ! -e $here/asked || until grep -q '^State:.Z' /proc/$(cat $here/client)/status\n"
                         "do sleep 0.01; done\ntouch $here/asked")
    document = check(*UP, expect="inconclusive could_not_start")
    assert document["explanation"].endswith("the engine did not start the container: crun: no such executable")


# --- It answers late ---


def test_signal_that_is_sent_late(check, engine):
    """It ended long before the engine said that it had sent the signal: the grace had not begun."""
    engine.on("kill", "put exited; sleep 1; exit 0")
    check(*UP, "-g", "500ms", expect="pass graceful")


HANGS_ONCE = 'test -e "$here/hangs" || hang'
HANGS_AT_LAST = 'test "$(now)" != exited || hang'


@pytest.mark.parametrize("hooks, verdict", [
    ({"create": "hang"}, "inconclusive could_not_start"),
    ({"inspect": "hang"}, "inconclusive could_not_start"),
    ({"start": "hang"}, "inconclusive could_not_start"),
    ({"inspect": 'test "$(now)" != running || hang'}, "inconclusive could_not_start"),
    ({"kill": "hang"}, "inconclusive not_sent"),
    ({"kill": "put exited; exit 0", "inspect": HANGS_AT_LAST}, "inconclusive not_watched"),
    ({"rm": HANGS_ONCE}, "pass graceful"),
    ({"kill": "sleep 1; exit 0", "rm": HANGS_ONCE}, "fail still_running"),
    ({"inspect": 'test -e "$here/inspected" || { touch "$here/inspected"; exec sleep 600; }', "rm": HANGS_ONCE},
     "inconclusive could_not_start"),
], ids=lambda value: "+".join(value) if isinstance(value, dict) else value.split()[-1])
def test_whole_time_is_bounded(start, engine, hooks, verdict):
    """What hangs is ended in the time that is promised; what it has not removed is said, and removed later."""
    for verb, text in hooks.items():
        engine.on(verb, text)
    began = time.monotonic()
    run = start(*BRIEF)
    status, stdout, stderr = run.finish()
    assert time.monotonic() - began < BRIEF_S + 0.5, stderr
    document = checking.Document(checking.json.loads(stdout))
    checking.expected(document, verdict)
    assert document["elapsed_ms"] <= BRIEF_S * 1000
    if "rm" not in hooks:
        run.check_nothing_left()
        assert status == checking.EXIT_CODES[document["verdict"]]
        return
    assert status == (1 if document["verdict"] == "fail" else 4)
    assert " may be left behind: engine did not answer within " in stderr and "remove it by 'engine rm --force " in stderr
    run.check_nothing_left(DEADLINE_S)
    assert engine.state() == "gone"


def test_engine_that_hangs_before_all(start, engine):
    """It is not waited for longer than for a program to be up."""
    engine.on("version", "hang")
    began = time.monotonic()
    status, stdout, stderr = start(*BRIEF).finish()
    assert (status, stdout) == (3, "") and time.monotonic() - began < BRIEF_S
    assert stderr.startswith("sigtrace: engine did not answer within 1.")


# --- Ctrl-C ---


@pytest.mark.parametrize("hooks", [
    {"version": "hang"}, {"create": "hang"}, {"inspect": "hang"}, {"start": "hang"}, {"kill": "hang"},
    {"inspect": HANGS_AT_LAST}], ids=lambda hooks: "at-last" if HANGS_AT_LAST in hooks.values() else "".join(hooks))
def test_interrupted_in_a_call_that_hangs(start, engine, hooks):
    for verb, text in hooks.items():
        engine.on(verb, text)
    run = start(*UP, "-g", "20s")
    engine.wait_until_it_hangs()
    began = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    if "version" in hooks:
        status, stdout, stderr = run.finish()
        assert (status, stdout) == (5, "") and "interrupted: 1 of 1 were not checked" in stderr
    else:
        checking.expected(read(run, evidence=None), "inconclusive interrupted")
        assert engine.state() == "gone"
    assert time.monotonic() - began < 4  # about two, on a machine that has much else to do


def test_interrupted_when_it_is_removed(start, engine):
    """What was found out stays. Who is left behind then removes the container."""
    engine.on("rm", HANGS_ONCE)
    run = start(*UP, "-g", "20s")
    engine.wait_until_it_hangs()
    began = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    status, stdout, stderr = run.finish()
    assert time.monotonic() - began < 4
    assert status == 4 and checking.json.loads(stdout)["verdict"] == "pass"
    assert " may be left behind: engine was not waited for any longer; " in stderr
    run.check_nothing_left(DEADLINE_S)
    assert engine.state() == "gone"


# --- It is hostile ---


def test_its_words_on_a_terminal(start, engine):
    engine.on("version", "printf 'no\\033]0;owned\\007 \\\\ way\\n' >&2; exit 1")
    status, _, stderr = start().finish()
    assert (status, stderr) == (3, "sigtrace: no\\x1b]0;owned\\x07 \\\\ way\n")
    engine.on("version", "")
    engine.on("rm", "test -e $here/gone || { touch $here/gone; printf 'no\\033]0;owned\\007\\n' >&2; exit 1; }")
    run = start(*UP, "-g", "20s")
    status, _, stderr = run.finish()
    assert status == 4 and "left behind: no\\x1b]0;owned\\x07; it is tried once more" in stderr
    run.check_nothing_left(DEADLINE_S)


def test_its_path_on_a_terminal(start, engine, tmp_path):
    path = tmp_path / "a\x1b]0;b"
    path.symlink_to(engine.path)
    engine.on("rm", "test -e $here/gone || { touch $here/gone; exit 1; }")
    run = start("--engine", path, *UP, "-g", "20s")
    status, _, stderr = run.finish()
    assert status == 4 and "\x1b" not in stderr and "remove it by 'a\\x1b]0;b rm --force sigtrace-check-" in stderr
    run.check_nothing_left(DEADLINE_S)
    status, _, stderr = start("--engine", f"{path}x", *UP).finish()
    assert (status, stderr) == (3, f"sigtrace: there is no program {tmp_path}/a\\x1b]0;bx\n")
