# SPDX-License-Identifier: BSD-2-Clause
"""chain as a command: which tree, what it exits with, who sends, when it ends, and how it looks."""

import json
import os
import pathlib
import re
import signal
import subprocess

import pytest

import chaining
import test_live_cgroups
from chaining import Document, Watch, command, predict, read, run, watch
from harness import DEADLINE_S, FIXTURE, SIGTRACE, Lines, proc_status
from inspection import NO_BPF, allow_to_nobody, needs
from test_live_check_run import AS_NOBODY
from test_live_inspect_run import dead_pid
from test_live_invariants import bpf_ids
from trees import Stat, Tree, leaf
from waiting import wait_until

W = leaf("worker")
TWO_COMMANDS = ["bash", "-c", f"{W}; true"]
TRAP = ["bash", "-c", f"trap 'exit 0' TERM; {W}; true"]
FORWARDS = ["dumb-init", *W.split()]
# So long that a test which waits for its end fails.
NEVER = ("--deadline", "10m", "-d", "none")

# Cgroups of the hierarchy that sigtrace looks at.
groups = test_live_cgroups.tree


@pytest.fixture
def tree():
    """tree(command, shape) starts one, which is torn down after the test."""
    started = []

    def start(*arguments, **keywords):
        started.append(Tree(*arguments, **keywords))
        return started[-1]

    yield start
    for one in reversed(started):
        one.close()


@pytest.fixture
def watching(tree):
    """watching("-p", pid, …), ended before the trees are."""
    started = []

    def start(*arguments, **keywords):
        started.append(Watch(*arguments, **keywords))
        return started[-1]

    yield start
    for one in reversed(started):
        one.close()


# --- Exit codes and options ---

@pytest.mark.parametrize("arguments, message", [
    ([], "which tree"),
    (["-p", "{root}", "--pid-ns", "{root}"], "either -p or"),
    (["-p", "{root},1"], "one process"),
    (["-p", "{root}", "-s", "TERM,INT"], "one signal"),
    (["-p", "{root}", "--to", "everybody"], "--to"),
    (["-p", "{root}", "--watch", "--to", "group"], "--send"),
    (["-p", "{root}", "--up", "-1"], "--up"),
    (["-p", "{root}", "-o", "yaml"], "mermaid"),
    (["-p", "{root}", "--send", "NOTHING"], "--send"),
    (["-p", "{root}", "--send", "TERM,INT"], "--send"),
    (["-p", "{root}", "--deadline", "soon"], "--deadline"),
    (["-p", "{dead}"], "there is no process"),
])
def test_usage(tree, arguments, message):
    root = tree(TRAP, "bash(worker)").root
    done = run(*(word.format(root=root, dead=dead_pid()) for word in arguments))
    assert (done.returncode, done.stdout) == (2, ""), done
    assert message in done.stderr, done.stderr


def test_zombie():
    with subprocess.Popen(["true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        done = run("-p", process.pid)
        assert done.returncode == 2 and "has ended" in done.stderr, done


@pytest.mark.parametrize("output", ["text", "json", "dot", "mermaid"])
@pytest.mark.parametrize("words, shape, code", [(TWO_COMMANDS, "bash(worker)", 1), (W.split(), "worker", 0)])
def test_exit_code(tree, output, words, shape, code):
    done = run("-p", tree(words, shape).root, "-o", output)
    assert done.returncode == code and done.stdout and not done.stderr, done


def test_ctrl_c_is_what_the_terminal_sends(tree):
    """--to foreground without -s."""
    one = tree("bash --norc --noprofile -i".split(), typed=[("\n", "bash"), (f"{W}\n", "bash(worker)")])
    document = read(run("-p", one.root, "--to", "foreground", "-o", "json"), one.names)
    document.check({"signal.name": "SIGINT", "group": Stat(one.pids["worker"]).pgid, "verdict": "no_break"})
    assert document.gets("yes") == ["worker"]


def test_foreground_without_a_terminal(tree):
    one = tree(TRAP, "bash(worker)")
    document = predict(one.root, "INT", "foreground", one.names)
    assert not document.gets("yes") and not document["breaks"] and document.notes("no_terminal"), document.show()
    done = run("-p", one.root, "--to", "foreground", "--send", "INT")
    assert done.returncode == 5 and not done.stdout and "no terminal" in done.stderr, done
    assert one.lives(one.root)


def test_ancestors(tree):
    one = tree(["tini", "--", *TRAP], "tini(bash(worker))")
    shown = {up: [one.names.get(node["tgid"]) for node in
                  read(run("-p", one.pids["worker"], "-o", "json", *(("--up", up) if up is not None else ())), one.names)["nodes"]]
             for up in (0, 1, 2, None)}
    assert shown[0] == ["worker"] and shown[1] == ["bash", "worker"] and shown[2] == ["tini", "bash", "worker"]
    # The leader of the session; above it there may be a shim or a CI agent, where the tests run.
    assert shown[None][-3:] == ["tini", "bash", "worker"]
    document = predict(one.pids["bash"], names=one.names)
    assert [node["comm"] for node in document.in_tree()] == ["bash", "worker"]


def test_cgroup(tree, groups):
    """The root is the topmost process of it."""
    one = tree(["tini", "--", *TRAP], "tini(bash(worker))")
    group = groups.make("job")
    for name in ("bash", "worker"):
        groups.move(one.pids[name], group)
    document = read(run("--cgroup", group, "-o", "json"), one.names)
    assert document["root"] == one.pids["bash"] and document.breaks() == {"bash": "shell_waits"}, document.show()


def test_several_trees(tree, groups):
    """Both are predicted; one at a time is watched."""
    group = groups.make("jobs")
    roots = [tree(words, shape).root for words, shape in ((TWO_COMMANDS, "bash(worker)"), (W.split(), "worker"))]
    for root in roots:
        groups.move(root, group)
    done = run("--cgroup", group, "-o", "json")
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1 and sorted(document["root"] for document in documents) == sorted(roots), done
    refused = run("--cgroup", group, "--watch")
    assert refused.returncode == 2 and "2 trees" in refused.stderr, refused


# --- It sends nothing unless it is told to ---

def test_nothing_is_sent(tree, trace):
    one = tree([FIXTURE, *"pdeathsig 0 fork one [ pdeathsig 0 block TERM,INT comm one ready idle ] await one block TERM,INT,USR1 "
                "comm top ready idle".split()], "top(one)")
    tracer = trace("-p", f"{one.root},{one.pids['one']}", "--to")
    for to in ("process", "group"):
        for output in ("json", "text", "dot", "mermaid"):
            assert run("-p", one.root, "--to", to, "-o", output).returncode == 1
    done = run("-p", one.root, "--watch", "-d", "200ms", "-o", "json")
    assert done.returncode == 5 and read(done)["verdict"] == "nothing_happened", done
    # After all that could have been sent before.
    os.kill(one.root, signal.SIGUSR1)
    tracer.wait(sig="USR1", to=one.root)
    tracer.finish()
    assert [event["signal"]["name"] for event in tracer.all()] == ["SIGUSR1"]


def test_leaves_the_tree_alone(tree):
    one = tree(["tini", "--", *TRAP], "tini(bash(worker))")
    keys = ("State", "TracerPid", "SigBlk", "SigIgn", "SigCgt", "SigPnd", "ShdPnd", "Threads", "Seccomp")
    before = {name: {key: one.status(name)[key] for key in keys} for name in one.pids}
    predict(one.root)
    assert run("-p", one.root, "--watch", "-d", "100ms").returncode == 5
    assert {name: {key: one.status(name)[key] for key in keys} for name in one.pids} == before


# --- Watching ---

def test_somebody_else_sends(tree, watching):
    one = tree(FORWARDS, "dumb-init(worker)")
    run_ = watching("-p", one.root, *NEVER)
    os.kill(one.root, signal.SIGTERM)
    document = run_.finish(one.names)
    assert document.exit_code == 0 and document.gets("yes") == ["dumb-init", "worker"], document.show()
    assert not document["sent"] and not document.alive()
    first, *_ = document["edges"]
    assert first["target"] == one.root and first["sender"]["tgid"] == os.getpid(), document.show()
    document.node(one.root).check(got_ns=0, does="forward", end="exited")
    document.node(one.pids["worker"]).check({"from": one.root, "end": "signal", "status.signal": "SIGTERM",
                                             "got_ns": lambda ns: ns > 0})


def test_to_a_process_in_the_middle(tree, watching):
    """The one that it is sent to need not be the root."""
    one = tree(["tini", "--", *TRAP], "tini(bash(worker))")
    run_ = watching("-p", one.root, "--deadline", "500ms", "-d", "none")
    os.kill(one.pids["bash"], signal.SIGTERM)
    document = run_.finish(one.names)
    assert document.exit_code == 1 and document.gets("yes") == ["bash"], document.show()
    assert document.breaks() == {"bash": "shell_waits"}, document.show()


def test_only_the_signals_that_are_asked_for(tree, watching):
    one = tree([FIXTURE, *"pdeathsig 0 catch HUP,USR1 comm top ready idle".split()], "top")
    run_ = watching("-p", one.root, "-s", "USR1", "--deadline", "500ms", "-d", "none")
    os.kill(one.root, signal.SIGHUP)
    os.kill(one.root, signal.SIGUSR1)
    document = run_.finish(one.names)
    document.node(one.root).check({"gets": "yes", "signal.name": "SIGUSR1", "end": None})


def test_asked_then_killed(tree, watching):
    """As a runtime does when its patience ends."""
    one = tree(["unshare", "--pid", "--fork", "--mount-proc", *TRAP], "unshare(bash(worker))")
    run_ = watching("-p", one.root, *NEVER)
    os.kill(one.pids["bash"], signal.SIGTERM)
    os.kill(one.pids["bash"], signal.SIGKILL)
    document = run_.finish(one.names)
    assert document.gets("yes") == ["bash"] and list(document.breaks()) == ["bash"], document.show()
    document.node(one.pids["bash"]).check({"end": "killed", "signal.name": "SIGTERM"})
    document.node(one.pids["worker"]).check(gets="no", way="teardown", end="teardown")
    [found] = document["breaks"]
    assert found["missed"] == one.pids["worker"], found


def test_killed_and_not_asked(tree, watching):
    """Who is killed without being asked was missed."""
    one = tree(["tini", "--", *TRAP], "tini(bash(worker))")
    run_ = watching("-p", one.root, *NEVER)
    os.kill(one.root, signal.SIGTERM)
    os.kill(one.pids["worker"], signal.SIGKILL)
    document = run_.finish(one.names)
    assert list(document.breaks()) == ["bash"], document.show()
    document.node(one.pids["worker"]).check(gets="no", way="killed", end="killed")


def test_nothing_happens(tree):
    one = tree(TRAP, "bash(worker)")
    for output in ("text", "json"):
        done = run("-p", one.root, "--watch", "-d", "100ms", "-o", output)
        assert done.returncode == 5 and done.stdout, done


@pytest.mark.parametrize("sig", ["INT", "TERM"])
def test_ctrl_c_before_anything(tree, watching, sig):
    one = tree(TRAP, "bash(worker)")
    run_ = watching("-p", one.root, *NEVER)
    run_.process.send_signal(getattr(signal, f"SIG{sig}"))
    document = run_.finish()
    assert document.exit_code == 5 and document["interrupted"] is True and not document["edges"], document.show()
    assert one.lives(one.root) and one.lives(one.pids["worker"])


def test_ctrl_c_after_the_signal(tree, watching):
    """What was seen until then is shown."""
    one = tree(TRAP, "bash(worker)")
    run_ = watching("-p", one.root, *NEVER)
    os.kill(one.root, signal.SIGTERM)
    # The trap runs when the child ends, and bash with it; until then its handler has noted the signal.
    wait_until(lambda: proc_status(one.root)["State"][0] == "S", "bash to sleep again")
    run_.process.send_signal(signal.SIGINT)
    document = run_.finish(one.names)
    assert document["interrupted"] is True and document.gets("yes") == ["bash"], document.show()


def test_ends_with_the_tree(tree):
    """And does not wait for the deadline."""
    one = tree(FORWARDS, "dumb-init(worker)")
    document = watch(one.root, names=one.names, deadline=("--deadline", "10m"))
    assert document.exit_code == 0 and not document.alive(), document.show()


def test_the_tree_ends_by_itself(tree, watching):
    one = tree(["bash", "-c", f"read line; {W}; true"], None, stdin=subprocess.PIPE)
    wait_until(lambda: Stat(one.root).comm == "bash", "bash")
    run_ = watching("-p", one.root, *NEVER)
    one.process.stdin.close()
    one.wait("bash(worker)")
    os.kill(one.pids["worker"], signal.SIGKILL)
    document = run_.finish(one.names)
    # One that was started meanwhile is of the tree, and bash ended without having got anything.
    assert sorted(node["comm"] for node in document.in_tree())[:1] == ["bash"], document.show()
    document.node(one.root).check(gets="no", end="exited")


@needs("/bin/kill")
def test_a_helper_that_forwards(tree):
    """The trap runs a program that sends it: a child that was born after the signal has missed nothing."""
    words = ["bash", "-c", f"trap '/bin/kill -TERM $p; wait $p' TERM; {W} & p=$!; wait $p"]
    one = tree(words, "bash(worker)")
    document = watch(one.root, names=one.names)
    assert document.exit_code == 0 and document.gets("yes") == ["bash", "worker"], document.show()
    assert [edge["sender"]["comm"] for edge in document["edges"] if edge["target"] == one.pids["worker"]] == ["kill"]
    assert "by kill[" in document.node(one.pids["worker"])["explanation"], document.show()


def test_children_that_come_later(tree):
    """The trap starts one more, which nobody has to tell."""
    words = ["bash", "-c", f"trap '{leaf('late')}' TERM; {W} & wait; wait"]
    one = tree(words, "bash(worker)")
    document = watch(one.root, names=one.names)
    late = [node for node in document.in_tree() if node["comm"] == "late"]
    assert len(late) == 1 and late[0]["gets"] == "no", document.show()
    [found] = document["breaks"]
    assert (found["missed"], found["missed_count"], found["beyond"]) == (one.pids["worker"], 1, 1), document.show()


def test_no_program_stays_loaded(tree):
    if not os.access("/usr/sbin/bpftool", os.X_OK):
        pytest.skip("bpftool is not installed")
    before = {kind: bpf_ids(kind) for kind in ("prog", "map", "link")}
    one = tree(FORWARDS, "dumb-init(worker)")
    watch(one.root)
    for kind, ids in before.items():
        wait_until(lambda kind=kind, ids=ids: bpf_ids(kind) <= ids, f"no new {kind}")


# --- Sending ---

def test_says_what_it_sent(tree):
    one = tree(TRAP, "bash(worker)")
    assert re.search(rf"sent SIGTERM to bash\[{one.root}\] alone", watch(one.root).stderr)
    one = tree(TWO_COMMANDS, "bash(worker)")
    assert re.search(rf"sent SIGTERM to process group {one.root}, that of the root", watch(one.root, to="group").stderr)


def test_not_to_its_own_group(tree):
    """In a script: sigtrace would end itself."""
    words = ["bash", "-c", f"{SIGTRACE} chain -p $$ --to group --send TERM 2>&1; echo ended $?; {W}; true"]
    one = tree(words, "bash(worker)", stdout=subprocess.PIPE)
    output = b""
    while b"ended" not in output:
        output += os.read(one.process.stdout.fileno(), 65536)
    one.process.stdout.close()
    assert b"ended 2" in output and b"would get the signal" in output, output


def test_sigtrace_below_the_root_is_left_out(tree):
    words = ["bash", "-c", f"{SIGTRACE} chain -p $$ -o json; {W}; true"]
    one = tree(words, "bash(worker)", stdout=subprocess.PIPE)
    document = json.loads(one.process.stdout.readline())
    one.process.stdout.close()
    assert [node["comm"] for node in document["nodes"] if node["in_tree"]] == ["bash"], document


def test_each_signal(tree):
    """RTMIN+n and numbers, too."""
    for sig, number in (("USR2", 12), ("RTMIN+3", 37), ("10", 10)):
        one = tree([FIXTURE, *f"pdeathsig 0 catch {number} comm top ready idle".split()], "top")
        document = read(run("-p", one.root, "--send", sig, "--deadline", "300ms", "-o", "json"))
        document.node(one.root).check({"gets": "yes", "signal.number": number, "does": "handle"})


# --- Without privilege ---

def reachable():
    for path in (SIGTRACE, FIXTURE):
        if not allow_to_nobody(pathlib.Path(path)):
            pytest.skip(f"user nobody may not reach {path}")


@needs("setpriv")
@pytest.mark.parametrize("words, shape, breaks", [
    (TRAP, "bash(worker)", {"bash": "shell_waits"}),
    (TWO_COMMANDS, "bash(worker)", {"bash": "shell_ends"}),
    (["bash", "-c", f"trap 'exit 0' TERM; {W} & wait"], "bash(worker)", {}),
    (["tini", "-g", "--", *TWO_COMMANDS], "tini(bash(worker))", {}),
    (FORWARDS, "dumb-init(worker)", {}),
    (["timeout", "50", *TWO_COMMANDS], "timeout(bash(worker))", {}),
])
def test_prediction_from_proc(tree, words, shape, breaks):
    """The same without BPF."""
    one = tree(words, shape)
    with_bpf, without = predict(one.root, names=one.names), predict(one.root, names=one.names, prefix=NO_BPF)
    assert (with_bpf["evidence"], without["evidence"]) == ("bpf", "procfs")
    assert with_bpf.breaks() == without.breaks() == breaks, without.show()
    assert with_bpf.gets("yes") == without.gets("yes"), without.show()


@needs("setpriv")
def test_nobody(tree):
    """Predicts what is its own, and says why it cannot watch."""
    reachable()
    one = tree([*AS_NOBODY, *TRAP], "bash(worker)", cwd="/")
    document = read(run("-p", one.root, "-o", "json", prefix=AS_NOBODY, cwd="/"), one.names)
    assert document["evidence"] == "procfs" and document.breaks() == {"bash": "shell_waits"}, document.show()
    done = run("-p", one.root, "--send", "TERM", prefix=AS_NOBODY, cwd="/")
    assert done.returncode == 3 and "--watch" in done.stderr and not done.stdout, done
    assert "Traceback" not in done.stderr and one.lives(one.root)
    wait_until(lambda: int(proc_status(one.root)["ShdPnd"], 16) == 0, "nothing pending")


@needs("setpriv")
def test_nobody_and_a_foreign_tree(tree):
    """What cannot be read is not known, and no break."""
    reachable()
    one = tree(TRAP, "bash(worker)")
    done = run("-p", one.root, "-o", "json", prefix=AS_NOBODY, cwd="/")
    if done.returncode == 3:
        assert done.stderr and not done.stdout
    else:
        assert read(done, one.names).breaks() == {}, done.stdout


def test_in_a_pid_namespace():
    """Numbers are those of the mounted /proc."""
    script = f"{W} & {SIGTRACE} chain -p $$ -o json; kill -KILL $!"
    done = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "bash", "-c", script],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=3 * DEADLINE_S, check=False)
    document = Document(json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{"))))
    assert document["evidence"] == "procfs" and document["root"] == 1
    document.node(1).check(comm="bash", namespace_init=True)


# --- How it looks ---

def readable(picture):
    """mermaid has characters by their number: #91;"""
    return re.sub(r"#([0-9]+);", lambda found: chr(int(found[1])), picture)


@pytest.mark.parametrize("columns", [None, "80"])
def test_text(tree, columns):
    one = tree(["dumb-init", "-c", *TRAP], "dumb-init(bash(worker))")
    env = {key: value for key, value in os.environ.items() if key != "COLUMNS"} | ({"COLUMNS": columns} if columns else {})
    done = run("-p", one.root, env=env)
    assert done.returncode == 1 and "\x1b" not in done.stdout and not done.stderr, done
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 100, max(lines, key=len)
    for name in ("dumb-init", "bash", "worker"):
        assert f"{name}[{one.pids[name]}]" in done.stdout, done.stdout
    text = " ".join(done.stdout.split())
    assert "SIGTERM" in text and f"break predicted at bash[{one.pids['bash']}]" in text, done.stdout


def test_text_watched(tree):
    one = tree(["dumb-init", "-c", *TRAP], "dumb-init(bash(worker))")
    done = run("-p", one.root, "--send", "TERM", *chaining.DEADLINE)
    lines = done.stdout.splitlines()
    assert done.returncode == 1 and max(map(len, lines)) <= 100, done
    assert f"chain broken at bash[{one.pids['bash']}]: got SIGTERM" in " ".join(done.stdout.split()), done.stdout
    one = tree(FORWARDS, "dumb-init(worker)")
    done = run("-p", one.root, "--send", "TERM", *chaining.DEADLINE)
    assert done.returncode == 0 and "no break" in done.stdout.splitlines()[-1], done


def test_color(tree):
    one = tree(TRAP, "bash(worker)")
    plain, colored = run("-p", one.root), run("-p", one.root, "--color", "always")
    assert "\x1b[" in colored.stdout and "\x1b" not in plain.stdout
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored.stdout) == plain.stdout
    for output in ("json", "dot", "mermaid"):
        assert "\x1b" not in run("-p", one.root, "--color", "always", "-o", output).stdout


@pytest.mark.parametrize("watched", [(), ("--send", "TERM", *chaining.DEADLINE)])
@pytest.mark.parametrize("output, begins", [("dot", "digraph"), ("mermaid", "flowchart")])
def test_pictures(tree, output, begins, watched):
    one = tree(["dumb-init", "-c", *TRAP], "dumb-init(bash(worker))")
    done = run("-p", one.root, "-o", output, *watched)
    assert done.returncode == 1 and done.stdout.startswith(begins), done
    for name in ("dumb-init", "bash", "worker"):
        assert f"{name}[{one.pids[name]}]" in readable(done.stdout), done.stdout
    assert done.stdout.count("{") == done.stdout.count("}")
    dot = ["dot", "-Tsvg"]
    if output == "dot" and subprocess.run(["sh", "-c", "command -v dot"], capture_output=True, check=False).returncode == 0:
        assert subprocess.run(dot, input=done.stdout, text=True, capture_output=True, check=False, timeout=DEADLINE_S).returncode == 0


# A name of 15 bytes: what ends strings, lines and lists, and what colours a terminal.
HOSTILE = '"]\\\n\x1b[31m`;<>&#'


@pytest.mark.parametrize("output", ["text", "json", "dot", "mermaid"])
def test_hostile_names(tree, output):
    name = HOSTILE.encode().hex()
    words = [FIXTURE, *f"pdeathsig 0 fork one [ pdeathsig 0 comm one ready idle ] await one comm-hex {name} ready idle".split()]
    one = tree(words, f"{HOSTILE}(one)")
    done = run("-p", one.root, "-o", output)
    assert done.returncode == 1 and "\x1b" not in done.stdout, done
    if output == "json":
        assert read(done).node(one.root)["comm"] == HOSTILE
    else:
        assert '"]\\\n' not in done.stdout and f"[{one.root}]" in readable(done.stdout), done.stdout


def test_hostile_arguments(tree):
    """They are shown of shells, cut and escaped."""
    script = f"trap '' TERM; : '\x1b[2J\x9b\u202e\n\" %s'; {W}; true; : {'x' * 5000}"
    one = tree(["bash", "-c", script], "bash(worker)")
    for output in ("text", "json", "dot", "mermaid"):
        done = run("-p", one.root, "-o", output)
        assert done.returncode == 1 and not set("\x1b\x9b\u202e") & set(done.stdout), done.stdout
        assert len(done.stdout) < 10000
        if output == "text":
            assert max(map(len, done.stdout.splitlines())) <= 100, done.stdout


def test_arguments_of_others_are_not_shown(tree):
    """They may hold secrets."""
    one = tree(["tini", "--", FIXTURE, *"pdeathsig 0 comm worker say password=hunter2 ready idle".split()], "tini(worker)")
    for output in ("text", "json", "dot", "mermaid"):
        assert "hunter2" not in run("-p", one.root, "-o", output).stdout


def test_a_closed_pipe_ends_it_quietly(tree):
    one = tree(TRAP, "bash(worker)")
    with subprocess.Popen(command("-p", one.root), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True) as process:
        process.stdout.close()
        process.wait(DEADLINE_S)
        assert "roken pipe" not in process.stderr.read()


def test_text_of_two_thousand(tree):
    """Each is told apart, or counted: nobody reads two thousand lines that say the same."""
    one = tree([FIXTURE, *"deadline 300 pdeathsig 0 comm top crowd 2000 [ pdeathsig 0 comm low idle ] idle".split()], 2001,
               deadline_s=60)
    done = run("-p", one.root)
    assert done.returncode == 1 and "ends_without_forwarding" not in done.stdout, done.stdout[:2000]
    assert max(map(len, done.stdout.splitlines())) <= 100
    for output, begins in (("dot", "digraph"), ("mermaid", "flowchart")):
        done = run("-p", one.root, "-o", output)
        assert done.returncode == 1 and done.stdout.startswith(begins)
