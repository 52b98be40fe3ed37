# SPDX-License-Identifier: BSD-2-Clause
"""check as a command: as user nobody, under odd signal settings, ended in every phase, with floods and crowds."""

import json
import os
import pty
import re
import signal
import subprocess
import threading
import time

import pytest

import harness
from checking import AS_NOBODY, CGROUPS, GRACE, LONG, UP, Document, Run, check, expected, need_nobody, read
from harness import DEADLINE_S, wait_until
from inspection import NO_BPF, needs

POLITE = "exit-on TERM=0 ready idle"
# It does not end with sigtrace by itself, as most programs do (PR_SET_PDEATHSIG is the fixture's): the janitor has to.
ALONE = f"pdeathsig 0 fork A [ pdeathsig 0 ready idle ] await A {POLITE}"
DEAF = "pdeathsig 0 fork A [ pdeathsig 0 setsid ready idle ] await A catch TERM ready idle"


@pytest.fixture
def start():
    """start(command, *options) starts a Run, which is ended after the test."""
    started = []

    def run(*args, **keywords):
        started.append(Run(*args, **keywords))
        return started[-1]

    yield run
    for one in started:
        one.close()


# --- Without privilege ---

UNPRIVILEGED = {
    "graceful": (POLITE, (*UP, *LONG), "pass graceful"),
    "unkillable": ("ready idle", (*UP, *GRACE), "fail unkillable_sig_dfl"),
    "sig_ign": ("ignore TERM ready idle", (*UP, *GRACE), "fail sig_ign"),
    "blocked": ("block TERM ready idle", (*UP, *GRACE), "fail blocked"),
    "still_running": ("catch TERM ready idle", (*UP, *GRACE), "fail still_running"),
    "taken": ("ready take sigtimedwait TERM", ("-r", "log:^taking", *GRACE), "fail still_running"),
    "sigwait": ("ready sigwait TERM exit 0", ("-r", "log:^sigwait", *LONG), "pass graceful"),
    "bad_exit": ("exit-on TERM=3 ready idle", (*UP, *LONG, "--expect-exit", "0"), "fail bad_exit"),
    "strict": ("exit-on TERM=3 ready idle", (*UP, *LONG, "--strict"), "fail odd_exit"),
    "window": (POLITE, (*UP, *LONG, "--max-startup-window", "1ns"), "fail startup_window"),
    "exited_early": ("exit 3", LONG, "inconclusive exited_early"),
    "not_ready": ("ready idle", ("-r", "file:/nonexistent/file", "--ready-timeout", "500ms"), "inconclusive not_ready"),
    "settle": (POLITE, LONG, "pass graceful"),
    "file": (POLITE, ("-r", "file:/proc/1/stat", *LONG), "pass graceful"),
    "stopped": (POLITE, ("-r", 'cmd:kill -STOP "$SIGTRACE_PID"; grep -q "^State:.T" "/proc/$SIGTRACE_PID/status"', *GRACE),
                "fail stopped"),
}


@needs("setpriv")
@pytest.mark.parametrize("name", UNPRIVILEGED)
def test_nobody(name):
    need_nobody()
    command, options, expect = UNPRIVILEGED[name]
    document = check(command, *options, evidence="procfs", prefix=AS_NOBODY, cwd="/", expect=expect)
    document.check({"evidence_why": lambda why: why, "init.namespace_init": True})


@needs("setpriv")
def test_nobody_runs_as_nobody():
    need_nobody()
    script = "trap 'exit 0' TERM; id -u; grep -E '^Cap(Prm|Eff|Bnd)|^NoNewPrivs' /proc/self/status; ls /proc | grep -c '^[0-9]';" \
        " echo up; while :; do sleep 0.05; done"
    document = check(["/bin/sh", "-c", script], "-r", "log:^up$", *LONG, evidence="procfs", prefix=AS_NOBODY, cwd="/",
                     expect="pass graceful")
    lines = document.stderr.splitlines()
    assert lines[0] == "65534", lines
    assert any(re.fullmatch(r"CapEff:\t0+", line) for line in lines), lines


@needs("setpriv")
def test_nobody_with_a_missing_command():
    need_nobody()
    check(["/nonexistent/program"], evidence="procfs", prefix=AS_NOBODY, cwd="/", expect="inconclusive could_not_start")


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
@pytest.mark.parametrize("output", ["text", "json"])
def test_says_what_the_evidence_is(evidence, output, start):
    run = start(POLITE, *UP, *LONG, output=output, evidence=evidence)
    _, stdout, _ = run.finish()
    run.check_nothing_left()
    assert ("CAP_BPF" in stdout) == (evidence == "procfs"), stdout


# --- The state in which sigtrace is started ---

@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
@pytest.mark.parametrize("setting", ["--ignore-signal=CHLD", "--block-signal=TERM", "--ignore-signal=TERM", "--ignore-signal=INT",
                                     "--block-signal=CHLD", "--ignore-signal=PIPE,HUP,QUIT,USR1",
                                     "--block-signal --ignore-signal=CHLD,TERM,INT"])
def test_signal_settings(setting, evidence):
    prefix = ("env", *setting.split(), *(NO_BPF if evidence == "procfs" else ()))
    check(POLITE, *UP, *LONG, "--expect-exit", "0", evidence=evidence, prefix=prefix, expect="pass graceful")
    if evidence == "procfs":
        check("ready idle", *UP, *GRACE, evidence=evidence, prefix=prefix, expect="fail unkillable_sig_dfl")


def close_fds(*fds):
    return ("python3", "-c", f"import os, sys\nfor fd in {fds}: os.close(fd)\nos.execvp(sys.argv[1], sys.argv[1:])")


@pytest.mark.parametrize("fds", [(0,), (2,), (0, 2), (0, 1, 2), (1,), (1, 2)])
def test_closed_descriptors(start, tmp_path, fds):
    report = tmp_path / "report"
    run = start(POLITE, *UP, *LONG, "--report", f"json:{report}", prefix=close_fds(*fds))
    code, stdout, _ = run.finish()
    run.check_nothing_left()
    document = Document(json.loads(report.read_text()))
    harness.validate([document])
    expected(document, "pass graceful")
    assert code == (4 if 1 in fds else 0), code
    assert bool(stdout) == (1 not in fds)


def test_full_stdout(start):
    with open("/dev/full", "w", encoding="ascii") as full:
        run = start(POLITE, *UP, *LONG, stdout=full)
        code, _, stderr = run.finish()
    run.check_nothing_left()
    assert code == 4 and "sigtrace: " in stderr, (code, stderr)


def test_stdout_without_reader(start):
    """As of a script whose `head` has ended: the verdict is not lost, it is the exit status' part to tell that."""
    run = start("ready idle", *UP, *GRACE)
    run.process.stdout.close()
    run.process.stdout = None
    code = run.process.wait(3 * DEADLINE_S)
    run.check_nothing_left()
    assert code == 1, code


# --- Ended in each phase ---

def wait_sleeping(run, count):
    wait_until(lambda: [harness.proc_status(pid).get("Name") for pid in run.alive()].count("sleep") == count, f"{count} times sleep")


PHASES = {
    "before its start": (ALONE, (), lambda run: None),
    "start": (ALONE, (), lambda run: run.find_init(held=None)),
    "not ready": (ALONE, ("-r", "file:/nonexistent/file"), lambda run: run.find_init()),
    "command of ready": (ALONE, ("-r", "cmd:exec sleep 1000"), lambda run: wait_sleeping(run, 1)),
    "grace": (DEAF, (*UP, "-g", "1h"), lambda run: run.wait_output("caught who=main")),
}


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("sig,evidence", [(signal.SIGINT, "bpf"), (signal.SIGTERM, "bpf"), (signal.SIGHUP, "procfs"),
                                          (signal.SIGINT, "procfs")])
def test_ended(start, phase, sig, evidence):
    command, options, wait = PHASES[phase]
    run = start(command, *options, evidence=evidence).read_output()
    wait(run)
    run.process.send_signal(sig)
    if phase == "before its start":  # it may not even have its handlers
        code, stdout, _ = run.finish()
        run.check_nothing_left()
        assert code in (5, -sig), code
        return
    document = Document(read(run, evidence))
    expected(document, "inconclusive interrupted")


def test_ended_with_a_ready_command_of_two(start):
    run = start(ALONE, "-r", "cmd:sleep 1000 & exec sleep 1000").read_output()
    wait_sleeping(run, 2)
    run.process.send_signal(signal.SIGINT)
    expected(read(run), "inconclusive interrupted")


def test_ready_command_leaves_nothing_behind():
    check(POLITE, "-r", "cmd:sleep 1000 & sleep 1000 & exit 0", *LONG, expect="pass graceful")


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_killed(start, phase, evidence):
    command, options, wait = PHASES[phase]
    run = start(command, *options, evidence=evidence).read_output()
    wait(run)
    run.process.kill()
    run.process.wait(DEADLINE_S)
    run.check_nothing_left(DEADLINE_S)


@needs("setpriv")
def test_killed_as_nobody(start):
    need_nobody()
    run = start(DEAF, *UP, "-g", "1h", prefix=AS_NOBODY, cwd="/").read_output()
    run.wait_output("caught who=main")
    run.process.kill()
    run.process.wait(DEADLINE_S)
    run.check_nothing_left(DEADLINE_S)


def test_killed_with_its_cgroup(start):
    need_pids_controller()
    run = start(DEAF, *UP, "-g", "1h", "--pids-max", "50").read_output()
    run.wait_output("caught who=main")
    init = run.find_init()
    assert own_cgroups(init)
    run.process.kill()
    run.process.wait(DEADLINE_S)
    run.check_nothing_left(DEADLINE_S)
    assert not own_cgroups(init)


def test_janitor_is_killed(start):
    """The check goes on, and ends what it started by itself."""
    run = start(DEAF, *UP, "-g", "2s").read_output()
    run.wait_output("caught who=main")
    init = run.find_init()
    for pid in run.alive():
        status = harness.proc_status(pid)
        if status.get("Name") == "sigtrace" and status.get("PPid") == str(run.pid):
            os.kill(pid, signal.SIGKILL)
    assert init in run.alive()
    expected(read(run), "fail not_forwarded")


def test_signal_to_the_group(start):
    """Ctrl-C of a terminal goes to the foreground group: neither the program nor the janitor is in it."""
    run = start(DEAF, *UP, "-g", "1h", start_new_session=True).read_output()
    run.wait_output("caught who=main")
    os.killpg(run.pid, signal.SIGINT)
    document = read(run)
    expected(document, "inconclusive interrupted")
    assert not document.events("generate", "INT")


# --- Output of the program ---

def test_log(tmp_path):
    log = tmp_path / "log"
    log.write_text("from before, and rather long: it has to go")
    document = check(f"say hello {POLITE}", *UP, *LONG, "--log", log, expect="pass graceful")
    assert not document.stderr
    text = log.read_text()
    assert "ready who=main" in text and "from before" not in text, text


def test_unwritable_log(start, tmp_path):
    run = start(POLITE, "--log", tmp_path / "no" / "log")
    code, stdout, stderr = run.finish()
    assert code == 4 and not stdout and "--log" in stderr, (code, stderr)


FLOOD = "trap 'exit 0' TERM; yes aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa & echo up; while :; do wait; done"


def test_flood_to_a_log():
    document = check(["/bin/bash", "-c", FLOOD], "-r", "delay:300ms", *LONG, "--log", "/dev/null", expect="pass graceful",
                     warnings=["killed_descendants"])
    assert not document.stderr


def test_flood_that_nobody_reads(start):
    """stderr is a full pipe: the check goes on, and says how much was dropped if it can."""
    run = start(["/bin/bash", "-c", FLOOD], "-r", "delay:500ms", *LONG)
    code = run.process.wait(3 * DEADLINE_S)
    run.check_nothing_left()
    document = Document(json.loads(run.process.stdout.read()))
    expected(document, "pass graceful", ["killed_descendants"])
    assert code == 0


def test_flood_that_is_read():
    document = check(["/bin/bash", "-c", FLOOD], "-r", "delay:500ms", *LONG, expect="pass graceful",
                     warnings=["killed_descendants"])
    assert document.stderr.count("\n") > 1000


def test_flood_without_newlines():
    script = "trap 'exit 0' TERM; echo up; tr '\\0' x < /dev/zero & while :; do wait; done"
    check(["/bin/bash", "-c", script], "-r", "log:^up$", *LONG, expect="pass graceful", warnings=["killed_descendants"])


# Of each line it takes the matcher a tenth of a second and more to say that it does not match.
COSTLY = "log:(a|b)*a(a|b){20}c"
LINES_OF_A_AND_B = """awk 'BEGIN { for (;;) { line = ""; while (length(line) < 8000) line = line (rand() < .5 ? "a" : "b"); print line } }'"""


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", "rb") as stat:
        return int(stat.read().rpartition(b")")[2].split()[11]) / os.sysconf("SC_CLK_TCK")


def test_expression_that_takes_long(start):
    """It is not looked for in more lines than there is time for."""
    began = time.monotonic()
    document = read(start(["sh", "-c", LINES_OF_A_AND_B], "-r", COSTLY, "--ready-timeout", "1s", "-g", "1s", "--log", "/dev/null"))
    expected(document, "inconclusive not_ready")
    assert time.monotonic() - began < 1 + 1 + 5


def test_expression_that_takes_long_and_ctrl_c(start):
    run = start(["sh", "-c", LINES_OF_A_AND_B], "-r", COSTLY, "-g", "1s", "--log", "/dev/null")
    run.find_init()
    wait_until(lambda: cpu_s(run.pid) > 1, "it to be deep in the lines")
    began = time.monotonic()
    run.process.send_signal(signal.SIGINT)
    expected(read(run), "inconclusive interrupted")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_closes_its_output(evidence):
    """Its end is not the end of the program; nor does sigtrace spin on it."""
    script = "trap 'exit 0' TERM; exec >&- 2>&- <&-; while :; do sleep 0.05; done"
    document = check(["/bin/dash", "-c", script], "-r", "delay:500ms", *LONG, evidence=evidence, expect="pass graceful")
    assert not document.stderr


def test_output_of_a_stranger_holds_nothing_up(tmp_path):
    """Bytes that are no text reach stderr as they are, and the document stays clean."""
    script = "trap 'exit 0' TERM; printf '\\033[31m\\377\\000\\n'; echo up; while :; do sleep 0.05; done"
    log = tmp_path / "log"
    check(["/bin/dash", "-c", script], "-r", "log:^up$", *LONG, "--log", log, expect="pass graceful")
    assert log.read_bytes() == b"\x1b[31m\xff\x00\nup\n"


# --- Crowds ---

CROWD = 1000


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_crowd(evidence):
    script = f"trap 'exit 0' TERM; for i in $(seq {CROWD}); do sleep 1000 & done; echo up; while :; do wait; done"
    document = check(["/bin/bash", "-c", script], "-r", "log:^up$", "-g", "60s", evidence=evidence,
                     warnings=["killed_descendants"] if evidence == "bpf" else (), expect="pass graceful")
    assert len(document["survivors"]) == CROWD
    document.check(timeline_dropped=(lambda dropped: dropped > CROWD) if evidence == "bpf" else None)
    if evidence == "bpf":
        assert f"{CROWD} processes got no signal before" in document["warnings"][0]["explanation"]


def test_crowd_that_nobody_tells():
    script = f"trap true TERM; for i in $(seq {CROWD}); do sleep 1000 & done; echo up; while :; do wait; done"
    document = check(["/bin/bash", "-c", script], "-r", "log:^up$", *GRACE, expect="fail not_forwarded")
    assert len(document["survivors"]) == CROWD


def own_cgroups(init):
    return [path for root in (CGROUPS, CGROUPS / "pids", CGROUPS / "unified") for path in root.rglob(f"sigtrace-{init}-*")]


def need_pids_controller():
    if not (CGROUPS / "pids").is_dir() and "pids" not in (CGROUPS / "cgroup.controllers").read_text():
        pytest.skip("no pids controller is mounted here")


@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
def test_fork_bomb(evidence):
    """It forks until it may not: then the shell that does gives up."""
    need_pids_controller()
    # Only as far as the limit, should there be none in force.
    script = "trap 'exit 0' TERM; (for i in $(seq 200); do sleep 1000 & done; echo unlimited) 2>/dev/null & " \
        "wait $!; echo up; while :; do sleep 0.05; done"
    document = check(["/bin/dash", "-c", script], "-r", "log:^up$", *LONG, "--pids-max", "30", evidence=evidence)
    assert "unlimited" not in document.stderr
    assert len(document["survivors"]) < 30, len(document["survivors"])
    assert document["verdict"] == "pass", document["explanation"]


def test_fork_bomb_that_goes_on():
    need_pids_controller()
    # Not before the init is what it is to be: a bash that cannot fork blocks signals while it tries again.
    script = "for i in 1 2 3 4; do (while [ \"$name\" != sleep ]; do read -r name </proc/1/comm; done;" \
        " while :; do sleep 1000 & done) 2>/dev/null & done; exec sleep 1000"
    document = check(["/bin/bash", "-c", script], "-r", "delay:1s", *GRACE, "--pids-max", "60", expect="fail unkillable_sig_dfl")
    assert 0 < len(document["survivors"]) <= 60


def test_limit_of_one():
    """Only PID 1 itself."""
    need_pids_controller()
    document = check(["/bin/dash", "-c", "trap 'exit 0' TERM; /bin/true; echo code $?; echo up; while :; do :; done"],
                     "-r", "log:^up$", *LONG, "--pids-max", "1")
    assert document["reason"] in ("graceful", "exited_early"), document["explanation"]


# --- Bounds ---

@pytest.mark.parametrize("evidence", ["bpf", "procfs"])
@pytest.mark.parametrize("command", ["pdeathsig 0 ignore all threads 8 ready spin", DEAF, "vfork A [ ready idle ] ready idle"])
def test_is_bounded(start, evidence, command):
    """By the time to be ready, the grace, and 5 seconds: with a margin for the machine the tests run on."""
    began = time.monotonic()
    run = start(command, "-r", "log:ready who=", "--ready-timeout", "3s", "-g", "2s", evidence=evidence)
    document = read(run, evidence)
    assert document["verdict"] == "fail"
    assert time.monotonic() - began < 3 + 2 + 5 + 20
    assert document["elapsed_ms"] >= 2000


def test_output_is_held_by_nobody():
    """A daemon that left the session holds the pipe; it dies with the namespace."""
    script = f"fork A [ pdeathsig 0 setsid fork B [ pdeathsig 0 ready idle ] await B exit 0 ] {POLITE}"
    check(script, *UP, *LONG, expect="pass graceful", warnings=["killed_descendants"])


# --- Progress ---

def on_terminal(start, *args, **keywords):
    """Runs it with stderr on a terminal; returns what was shown there."""
    master, slave = pty.openpty()
    shown = bytearray()

    def collect():
        while True:
            try:
                got = os.read(master, 4096)
            except OSError:
                return
            if not got:
                return
            shown.extend(got)

    run = start(*args, stderr=slave, env={"TERM": "xterm", **keywords.pop("env", {})}, **keywords)
    os.close(slave)
    reader = threading.Thread(target=collect, daemon=True)
    reader.start()
    run.finish()
    reader.join(DEADLINE_S)
    os.close(master)
    return shown.decode()


SLOW = ("-r", "delay:1500ms", "-g", "2s")


def test_progress_on_a_terminal(start, tmp_path):
    shown = on_terminal(start, "ready idle", *SLOW, "--log", tmp_path / "log")
    assert re.search(r"waiting for the delay, \d+ s left", shown), shown
    assert re.search(r"waiting for it to end, [12] s left", shown), shown
    assert shown.endswith("\r\x1b[K"), shown
    assert "\n" not in shown


def test_progress_of_an_engine(start, tmp_path):
    """A pull can take most of the time; the engine itself shows nothing, as its stderr is no terminal."""
    engine = tmp_path / "docker"
    engine.write_text("#!/bin/sh\ncase $1 in version) echo 1;; create) sleep 2; echo no such image >&2; exit 1;; esac\n")
    engine.chmod(0o755)
    shown = on_terminal(start, [], "--image", "web:1", "--engine", engine)
    assert re.search(r"web:1: waiting for the engine, which may have to pull the image, \d+ s left", shown), shown
    assert "\r\x1b[K" in shown and "no such image" not in shown.rpartition("\r")[0], shown


def test_no_progress_elsewhere(start, tmp_path):
    assert not check("ready idle", *SLOW, "--log", tmp_path / "log").stderr
    assert not on_terminal(start, "ready idle", *SLOW, "--log", tmp_path / "log", env={"TERM": "dumb"})


# --- Reports ---

def test_several_reports(tmp_path):
    files = {name: tmp_path / name for name in ("text", "json", "junit", "tap", "github")}
    options = [word for name, path in files.items() for word in ("--report", f"{name}:{path}")]
    document = check("ready idle", *UP, *GRACE, *options, "--report", f"json:{tmp_path / 'second'}",
                     expect="fail unkillable_sig_dfl")
    texts = {name: path.read_text() for name, path in files.items()}
    # But for `elapsed_ms` nothing in it depends on when it was written.
    for path in (files["json"], tmp_path / "second"):
        assert json.loads(path.read_text())["timeline"] is not None
        assert dict(json.loads(path.read_text()), timeline=0) == dict(document, timeline=0)
    assert texts["text"].splitlines()[-1].startswith("FAIL ")
    assert "<failure" in texts["junit"] and texts["tap"].startswith("TAP version 13") and "not ok 1" in texts["tap"]
    assert texts["github"].startswith("::error")
    assert all("unkillable_sig_dfl" in text for text in texts.values())


def test_old_report_is_replaced(tmp_path):
    report = tmp_path / "report"
    report.write_text("x" * 100000)
    check(POLITE, *UP, *LONG, "--report", f"json:{report}")
    json.loads(report.read_text())


def test_unwritable_report(start, tmp_path):
    """Known before anything is started."""
    run = start(POLITE, "--report", f"json:{tmp_path / 'no' / 'report'}")
    code, stdout, stderr = run.finish()
    run.check_nothing_left()
    assert code == 4 and not stdout and "--report" in stderr and "No such file" in stderr, (code, stderr)


def test_full_report(start, tmp_path):
    """The result is on stdout all the same."""
    run = start(POLITE, *UP, *LONG, "--report", "json:/dev/full", "--report", f"tap:{tmp_path / 'tap'}")
    code, stdout, stderr = run.finish()
    run.check_nothing_left()
    assert code == 4 and "No space left" in stderr, (code, stderr)
    assert json.loads(stdout)["verdict"] == "pass" and (tmp_path / "tap").read_text().startswith("TAP")


@pytest.mark.parametrize("options", [(), ("--grace", "0s"), ("--ready", "never"), ("--ready", "log:("), ("--ready", "tcp:0"),
                                     ("--expect-exit", "256"), ("--signal", "NOPE"), ("--signal", "KILL"), ("--pids-max", "0"),
                                     ("--keep",), ("--report", "json"), ("-o", "xml")])
def test_usage(options):
    command = ["--", "true"] if options else []
    done = subprocess.run([harness.SIGTRACE, "check", *options, *command], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=DEADLINE_S)
    assert done.returncode == 2 and not done.stdout and done.stderr.startswith("sigtrace: "), (done.returncode, done.stderr)
