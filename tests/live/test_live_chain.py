# SPDX-License-Identifier: BSD-2-Clause
"""
chain on trees of real processes. Each is predicted, then the signal is sent: both must agree, and both must say what is
written down here.
"""

import dataclasses
import json
import os
import re
import signal
import subprocess

import pytest

import chaining
from chaining import predict, watch
from harness import DEADLINE_S, FIXTURE, SIGTRACE, wait_state
from inspection import needs
from trees import Stat, Tree, leaf
from waiting import wait_until

W = leaf("worker")
ONE, TWO = leaf("one"), leaf("two")
TWO_COMMANDS = ["bash", "-c", f"{W}; true"]


@dataclasses.dataclass(frozen=True)
class Case:
    """
    What must be true of a tree; names of processes, separated by blanks. gets: those that get the signal, in truth.
    breaks: {name: rule}, as predicted and as seen. left: those that are alive at the end. maybe, seen: processes and breaks
    of which only seeing it can tell; either: of them those that get one or not, by chance.
    """

    name: str
    command: list
    shape: str = None
    gets: str = ""
    breaks: dict = dataclasses.field(default_factory=dict)
    left: str = ""
    maybe: str = ""
    seen: dict = dataclasses.field(default_factory=dict)
    either: str = ""
    sig: str = "TERM"
    to: str = "process"
    root: str = None
    typed: tuple = None
    deadline: tuple = chaining.DEADLINE


def case(name, command, *arguments, need=(), **keywords):
    words = command if isinstance(command, list) else command.split()
    marks = [needs(tool) for tool in need or (words[0],) if not tool.startswith("{") and tool != FIXTURE]
    return pytest.param(Case(name, words, *arguments, **keywords), id=name, marks=marks)


def cases(*params):
    return pytest.mark.parametrize("case", params)


SCRIPTS = {
    "test_pipeline": f"#!/bin/bash\n{leaf('pytest')}\necho done\n",
    "build": "#!/bin/bash\n{test_pipeline}\necho done\n",
}


@pytest.fixture
def scripts(tmp_path):
    """scripts("… {build} …") writes the scripts and puts their paths in."""
    paths = {name: str(tmp_path / name) for name in SCRIPTS}

    def fill(text):
        for name, path in paths.items():
            text = text.replace(f"{{{name}}}", path)
        return text

    for name, text in SCRIPTS.items():
        (tmp_path / name).write_text(fill(text))
        (tmp_path / name).chmod(0o755)
    return fill


def words(text):
    return sorted(text.split())


def agree(predicted, seen):
    """What was predicted for certain was seen."""
    for node in predicted.in_tree():
        was = seen.node(node["tgid"]).get("gets")
        if node.get("gets") in ("yes", "no"):
            assert was == node["gets"], f"{predicted.name(node['tgid'])}: predicted {node['gets']}, seen {was}"
    open_at = {node["tgid"] for node in predicted.in_tree() if node.get("gets") == "unknown"}
    open_at |= {node.get("parent") for node in predicted.in_tree() if node.get("gets") == "unknown"}
    expected, found = predicted.breaks(), seen.breaks()
    assert set(expected) <= set(found), f"predicted {expected}, seen {found}"
    more = set(found) - set(expected) - {str(predicted.name(tgid)) for tgid in open_at}
    assert not more, f"seen, and neither predicted nor left open: {more}"


def run_case(case, fill):
    fill_all = [fill(word) for word in case.command]
    typed = None if case.typed is None else [(fill(text), shape) for text, shape in case.typed]
    with Tree(fill_all, case.shape, typed=typed) as tree:
        root = tree.pids[case.root] if case.root else tree.root
        predicted = predict(root, case.sig, case.to, tree.names)
        seen = watch(root, case.sig, case.to, tree.names, case.deadline)
        try:
            judge(case, tree, predicted, seen)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{predicted.show()}\n{seen.show()}") from None


def judge(case, tree, predicted, seen):
    gets = words(case.gets)
    assert seen.gets("unknown") == []
    assert [name for name in seen.gets("yes") if name not in case.either.split()] == gets, "seen to get it"
    assert predicted.gets("unknown") == words(case.maybe), "not known"
    assert predicted.gets("yes") == [name for name in gets if name not in case.maybe.split()], "predicted to get it"
    assert predicted.breaks() == case.breaks, "breaks, predicted"
    assert seen.breaks() == {**case.breaks, **case.seen}, "breaks, seen"
    agree(predicted, seen)
    # What the kernel says of them, whoever reports.
    alive = {name for name, pid in tree.pids.items() if tree.lives(pid)}
    inside = {str(predicted.name(node["tgid"])) for node in predicted.in_tree()}
    assert sorted(alive & inside) == words(case.left), "alive at the end"
    assert seen.alive() == words(case.left), "seen to be alive at the end"


@pytest.fixture
def check(scripts):
    return lambda case: run_case(case, scripts)


# --- The seed's tree ---

SEED = "build(test_pipeline(pytest))"
ALL = "build test_pipeline pytest"


@cases(
    case("TERM to dumb-init", "dumb-init {build}", f"dumb-init({SEED})", f"dumb-init {ALL}"),
    case("INT to dumb-init", "dumb-init {build}", f"dumb-init({SEED})", f"dumb-init {ALL}", sig="INT"),
    case("INT to a single child", "dumb-init --single-child {build}", f"dumb-init({SEED})", "dumb-init build",
         {"build": "shell_waits"}, f"dumb-init {ALL}", sig="INT"),
    case("TERM to a single child", "dumb-init --single-child {build}", f"dumb-init({SEED})", "dumb-init build",
         {"build": "shell_ends"}, "test_pipeline pytest"),
    case("INT to the script", "{build}", SEED, "build", {"build": "shell_waits"}, ALL, sig="INT"),
    case("TERM to the script", "{build}", SEED, "build", {"build": "shell_ends"}, "test_pipeline pytest"),
    case("INT to the script's group", "{build}", SEED, ALL, sig="INT", to="group"),
    case("TERM to the script's group", "{build}", SEED, ALL, to="group"),
)
def test_pipeline(check, case):
    check(case)


INTERACTIVE = "bash --norc --noprofile --noediting -i"
JOB = (("\n", "bash"), ("{build}\n", f"bash({SEED})"))


def job(name, *arguments, under="", **keywords):
    """The same under an interactive shell, with job control."""
    typed = tuple((text, f"{under.split()[0]}({shape})" if under else shape) for text, shape in JOB)
    return case(name, f"{under} {INTERACTIVE}".strip(), None, *arguments, typed=typed, **keywords)


@cases(
    job("TERM", "bash", {"bash": "dropped"}, f"bash {ALL}"),
    # An interactive shell handles it; what it makes of it, only seeing it tells.
    job("INT", "bash", {}, f"bash {ALL}", ALL, {"bash": "not_forwarded"}, sig="INT"),
    job("INT to its group", "bash", {}, f"bash {ALL}", ALL, {"bash": "outside_group"}, sig="INT", to="group"),
    job("Ctrl-C", ALL, {}, "bash", sig="INT", to="foreground"),
    job("TERM to the foreground", ALL, {}, "bash", to="foreground"),
    job("KILL", f"bash {ALL}", sig="KILL"),
    # It passes a hangup on to its jobs.
    job("HUP", f"bash {ALL}", maybe=ALL, sig="HUP"),
    job("INT to dumb-init", "dumb-init bash", {}, f"dumb-init bash {ALL}", ALL, {"bash": "outside_group"}, sig="INT",
        under="dumb-init"),
    job("TERM to dumb-init", "dumb-init bash", {"bash": "dropped"}, f"dumb-init bash {ALL}", under="dumb-init"),
    job("Ctrl-C under tini", ALL, {}, "tini bash", sig="INT", to="foreground", under="tini --"),
    job("INT to tini", "tini bash", {}, f"tini bash {ALL}", ALL, {"bash": "not_forwarded"}, sig="INT", under="tini --"),
)
def test_job_control(check, case):
    check(case)


def test_leader_of_a_session_with_a_terminal(check):
    """Its death hangs the others up."""
    check(Case("", ["{build}"], gets=ALL, typed=(("\n", SEED),)))


# --- Shells ---

SHELLS = {"bash": ["bash"], "dash": ["dash"], "busybox": ["busybox", "sh"], "zsh": ["zsh"], "mksh": ["mksh"],
          "ksh93": ["ksh93"]}
EVERY_SHELL = pytest.mark.parametrize("shell", [pytest.param(name, id=name, marks=needs(name)) for name in SHELLS])


# What the others wait for is not proven by anything that can be read: their foreground child, or `wait`.
LEGIBLE = ("bash", "dash", "busybox")


def shell_case(shell, script, below, gets, rule=None, left="", **keywords):
    """below, gets, left: "$" is the shell."""
    if rule == "shell_waits" and shell not in LEGIBLE:
        rule = None
        keywords |= {"maybe": below, "seen": {shell: "not_forwarded"}}
    return Case("", [*SHELLS[shell], "-c", script], f"{shell}({below})", gets.replace("$", shell),
                {shell: rule} if rule else {}, left.replace("$", shell), **keywords)


@EVERY_SHELL
def test_one_command(check, shell):
    """Most shells become it; dash stays."""
    if shell == "dash":
        check(shell_case(shell, W, "worker", "$", "shell_ends", "worker"))
    else:
        check(Case("", [*SHELLS[shell], "-c", W], "worker", "worker"))


@EVERY_SHELL
def test_exec(check, shell):
    check(Case("", [*SHELLS[shell], "-c", f"true; exec {W}"], "worker", "worker"))


@EVERY_SHELL
def test_two_commands(check, shell):
    """mksh handles SIGTERM without a trap, too."""
    if shell == "mksh":
        check(shell_case(shell, f"{W}; true", "worker", "$", "shell_waits", "$ worker"))
    else:
        check(shell_case(shell, f"{W}; true", "worker", "$", "shell_ends", "worker"))


@EVERY_SHELL
def test_two_commands_to_the_group(check, shell):
    check(shell_case(shell, f"{W}; true", "worker", "$ worker", to="group"))


@EVERY_SHELL
def test_two_commands_and_ctrl_c(check, shell):
    """It waits for what the child makes of it; zsh and ksh93 block it meanwhile."""
    rule = "dropped" if shell in ("zsh", "ksh93") else "shell_waits"
    check(shell_case(shell, f"{W}; true", "worker", "$", rule, "$ worker", sig="INT"))


@EVERY_SHELL
def test_trap_behind_a_foreground_child(check, shell):
    check(shell_case(shell, f"trap 'exit 0' TERM; {W}; true", "worker", "$", "shell_waits", "$ worker"))


@EVERY_SHELL
def test_trap_beside_a_background_child(check, shell):
    check(shell_case(shell, f"trap 'exit 0' TERM; {ONE} & {TWO}; wait", "one two", "$", "shell_waits", "$ one two"))


@EVERY_SHELL
def test_trap_that_forgets_the_child(check, shell):
    check(shell_case(shell, f"trap 'exit 0' TERM; {W} & wait", "worker", "$", left="worker", maybe="worker",
                     seen={shell: "not_forwarded"}))


@EVERY_SHELL
def test_trap_that_passes_it_on(check, shell):
    check(shell_case(shell, f"trap 'kill -TERM $p; wait $p' TERM; {W} & p=$!; wait $p", "worker", "$ worker", maybe="worker"))


@EVERY_SHELL
def test_trap_that_ignores(check, shell):
    """ksh93 handles it all the same, and its handler does nothing."""
    if shell == "ksh93":
        check(shell_case(shell, f"trap '' TERM; {W}; true", "worker", "$", "shell_waits", "$ worker"))
        return
    check(shell_case(shell, f"trap '' TERM; {W}; true", "worker", "$", "dropped", "$ worker"))


@EVERY_SHELL
def test_wait_without_a_trap(check, shell):
    """mksh tells its jobs when it ends."""
    if shell == "mksh":
        check(shell_case(shell, f"{W} & wait", "worker", "$ worker", maybe="worker"))
    else:
        check(shell_case(shell, f"{W} & wait", "worker", "$", "shell_ends", "worker"))


@EVERY_SHELL
def test_pipe(check, shell):
    """Both are its children."""
    rule, left = ("shell_waits", "$ one two") if shell == "mksh" else ("shell_ends", "one two")
    check(shell_case(shell, f"{ONE} | {TWO}; true", "one two", "$", rule, left))


@cases(
    case("subshell", ["bash", "-c", f"({W}; true); true"], "bash(bash(worker))", "bash", {"bash": "shell_ends"},
         "bash#2 worker"),
    case("subshell, group", ["bash", "-c", f"({W}; true); true"], "bash(bash(worker))", "bash bash#2 worker", to="group"),
    # For its trap for EXIT it handles what would end it, and ends at once.
    case("trap for EXIT", ["bash", "-c", f"trap 'true' EXIT; {W}; true"], "bash(worker)", "bash", {}, "worker", "worker",
         {"bash": "not_forwarded"}),
    case("process substitution", ["bash", "-c", f"trap 'exit 0' TERM; exec > >({TWO}); {ONE}; true"], "bash(two one)", "bash",
         {"bash": "shell_waits"}, "bash one two"),
    case("reads a pipe", ["bash", "-c", f"trap 'exit 0' TERM; {W} | while read -r _; do true; done; true"],
         "bash(worker bash)", "bash", {"bash": "shell_waits"}, "bash worker bash#2"),
    case("command substitution", ["bash", "-c", f"x=$({W}); true"], "bash(worker)", "bash", {"bash": "shell_ends"}, "worker"),
    case("trap, command substitution", ["bash", "-c", f"trap 'exit 0' TERM; x=$({W}); true"], "bash(worker)", "bash",
         {}, "bash worker", maybe="worker", seen={"bash": "not_forwarded"}),
    case("set -m", ["bash", "-c", f"set -m; {W}; true"], "bash(worker)", "bash", {"bash": "shell_ends"}, "worker", to="group"),
    case("set -m, trap", ["bash", "-c", f"set -m; trap 'exit 0' TERM; {W}; true"], "bash(worker)", "bash",
         {}, "bash worker", "worker", {"bash": "outside_group"}, to="group"),
)
def test_bash(check, case):
    check(case)


# That a child does not ignore SIGINT proves nothing of how it was started.
RESET = "env --default-signal=INT,QUIT"
PASS_ON = "trap 'kill -TERM $p; wait $p' TERM"


@cases(
    case("signals reset", ["bash", "-c", f"{PASS_ON}; {RESET} {W} & p=$!; wait $p"], "bash(worker)", "bash worker",
         maybe="worker"),
    case("process substitution", ["bash", "-c", f"{PASS_ON}; {ONE} & p=$!; exec > >({TWO}); wait $p"], "bash(one two)",
         "bash one", {}, "two", "one two", {"bash": "not_forwarded"}),
    case("coprocess", ["bash", "-c", f"{PASS_ON}; {ONE} & p=$!; coproc {TWO}; wait $p"], "bash(one two)",
         "bash one", {}, "two", "one two", {"bash": "not_forwarded"}),
    case("one of two", ["bash", "-c", f"{PASS_ON}; {ONE} & {RESET} {TWO} & p=$!; wait $p"], "bash(one two)",
         "bash two", {}, "one", "one two", {"bash": "not_forwarded"}),
    case("trap of a subshell", ["bash", "-c", f"{PASS_ON}; (trap - INT; {W}; true) & p=$!; wait $p"], "bash(bash(worker))",
         "bash bash#2", {}, "worker", maybe="bash#2 worker", seen={"bash#2": "shell_ends"}),
    case("foreground, reset", ["bash", "-c", f"{PASS_ON}; {RESET} {W}; true"], "bash(worker)", "bash",
         {"bash": "shell_waits"}, "bash worker"),
    case("foreground beside a reset one", ["bash", "-c", f"trap 'exit 0' TERM; {RESET} {ONE} & {TWO}; true"], "bash(one two)",
         "bash", {"bash": "shell_waits"}, "bash one two"),
)
def test_bash_and_open_signals(check, case):
    check(case)


@needs("node")
@pytest.mark.parametrize("then, proven", [("& p=$!; wait $p", False), ("; true", True)], ids=["wait", "foreground"])
@pytest.mark.parametrize("from_file", [False, True], ids=["command", "script"])
def test_bash_and_node(tmp_path, then, proven, from_file):
    """node resets its signals when it begins: only the text of -c proves what bash waits for."""
    text = f"{PASS_ON}; node -e 'setInterval(() => {{}}, 1000)' {then}"
    path = tmp_path / "run"
    path.write_text(text)
    with Tree(["bash", path] if from_file else ["bash", "-c", text], "bash(node)", deadline_s=60) as tree:
        # Until then the others are not reset.
        wait_until(lambda: int(tree.status("node")["SigCgt"], 16) & 1 << signal.SIGINT - 1, "the handlers of node")
        waits = proven and not from_file
        document = predict(tree.root, names=tree.names)
        assert document.breaks() == ({"bash": "shell_waits"} if waits else {}), document.show()
        document.node(tree.root).check(shell="waits_foreground" if waits else None)
        document.node(tree.pids["node"]).check(gets="no" if waits else "unknown")


def test_ignored_when_the_shell_began():
    """No trap takes that back; the advice does."""
    with Tree(["env", "--ignore-signal=TERM", *TWO_COMMANDS], "bash(worker)") as tree:
        predicted, seen = predict(tree.root, names=tree.names), watch(tree.root, names=tree.names)
        for document in (predicted, seen):
            assert document.breaks() == {"bash": "dropped"}, document.show()
            remedy = document["breaks"][0]["remedy"]
            assert "remove `trap '' TERM`" in remedy, remedy
            [advice] = re.findall(r"`(env --default-signal=TERM)`", remedy)
        agree(predicted, seen)
    with Tree(["env", "--ignore-signal=TERM", *advice.split(), *TWO_COMMANDS], "bash(worker)") as tree:
        assert predict(tree.root, names=tree.names).breaks() == {"bash": "shell_ends"}


# --- Inits ---

BELOW = "bash(worker)"


@cases(
    case("tini", ["tini", "--", *W.split()], "tini(worker)", "tini worker"),
    case("tini, shell", ["tini", "--", *TWO_COMMANDS], f"tini({BELOW})", "tini bash", {"bash": "shell_ends"}, "worker"),
    case("tini -g, shell", ["tini", "-g", "--", *TWO_COMMANDS], f"tini({BELOW})", "tini bash worker"),
    case("tini -s, shell", ["tini", "-s", "--", *TWO_COMMANDS], f"tini({BELOW})", "tini bash", {"bash": "shell_ends"},
         "worker"),
    case("tini, group", ["tini", "--", *TWO_COMMANDS], f"tini({BELOW})", "tini bash", {"bash": "shell_ends"}, "worker",
         to="group"),
    case("tini, group of the shell", ["tini", "--", *TWO_COMMANDS], f"tini({BELOW})", "bash worker", root="bash", to="group"),
    case("tini, deaf child", ["tini", "--", *leaf("worker", "ignore TERM").split()], "tini(worker)", "tini worker",
         {"worker": "dropped"}, "tini worker"),
    case("dumb-init", ["dumb-init", *W.split()], "dumb-init(worker)", "dumb-init worker"),
    case("dumb-init, shell", ["dumb-init", *TWO_COMMANDS], f"dumb-init({BELOW})", "dumb-init bash worker"),
    case("dumb-init, group", ["dumb-init", *TWO_COMMANDS], f"dumb-init({BELOW})", "dumb-init bash worker", to="group"),
    case("dumb-init -c, shell", ["dumb-init", "-c", *TWO_COMMANDS], f"dumb-init({BELOW})", "dumb-init bash",
         {"bash": "shell_ends"}, "worker"),
    case("dumb-init -c, group", ["dumb-init", "-c", *TWO_COMMANDS], f"dumb-init({BELOW})", "dumb-init bash worker",
         to="group"),
    case("dumb-init -r 15:2", ["dumb-init", "-r", "15:2", *W.split()], "dumb-init(worker)", "dumb-init worker"),
    case("dumb-init -r 15:0", ["dumb-init", "-r", "15:0", *W.split()], "dumb-init(worker)", "dumb-init",
         {"dumb-init": "not_forwarded"}, "dumb-init worker"),
    case("catatonit", ["catatonit", "--", *W.split()], "catatonit(worker)", "catatonit worker"),
    case("catatonit, shell", ["catatonit", "--", *TWO_COMMANDS], f"catatonit({BELOW})", "catatonit bash",
         {"bash": "shell_ends"}, "worker"),
    case("catatonit -g, shell", ["catatonit", "-g", "--", *TWO_COMMANDS], f"catatonit({BELOW})", "catatonit bash worker"),
    case("dumb-init by the environment", ["env", "DUMB_INIT_SETSID=0", "dumb-init", *TWO_COMMANDS],
         f"dumb-init({BELOW})", "dumb-init bash", {"bash": "shell_ends"}, "worker", need=["dumb-init"]),
    case("tini by the environment", ["env", "TINI_KILL_PROCESS_GROUP=1", "tini", "--", *TWO_COMMANDS],
         f"tini({BELOW})", "tini bash worker", need=["tini"]),
)
def test_init(check, case):
    check(case)


def after_others(init, other=ONE):
    """A shell that has another child when it becomes an init."""
    return ["bash", "-c", f"{other} & exec {init} {W}"]


@cases(
    case("dumb-init -c", after_others("dumb-init -c"), "dumb-init(one worker)", "dumb-init worker", {"dumb-init": "child_only"},
         "one", need=["dumb-init"]),
    case("dumb-init", after_others("dumb-init"), "dumb-init(one worker)", "dumb-init worker", {"dumb-init": "outside_group"},
         "one", seen={"dumb-init": "not_forwarded"}, need=["dumb-init"]),
    case("dumb-init, setsid", after_others("dumb-init", f"setsid {ONE}"), "dumb-init(one worker)", "dumb-init worker",
         {"dumb-init": "outside_group"}, "one", seen={"dumb-init": "not_forwarded"}, need=["dumb-init"]),
    case("tini, setsid", after_others("tini --", f"setsid {ONE}"), "tini(one worker)", "tini worker",
         {"tini": "child_only"}, "one", need=["tini"]),
    case("tini, which of them", ["bash", "-c", f"setsid {ONE} & exec tini -- bash -c 'exec {W}'"],
         "tini(one worker)", "tini worker", {}, "one", "one worker", {"tini": "child_only"}, need=["tini"]),
    case("timeout", after_others("timeout 50"), "timeout(one worker)", "timeout one worker", need=["timeout"]),
)
def test_init_that_has_replaced_a_shell(check, case):
    check(case)


# --- Wrappers ---

@cases(
    case("setsid", ["bash", "-c", f"setsid {W} & wait"], "bash(worker)", "bash", {"bash": "shell_ends"}, "worker", to="group"),
    case("setsid under a trap", ["bash", "-c", f"trap 'exit 0' TERM; setsid {ONE} & {TWO} & wait"], "bash(one two)",
         "bash two", {}, "one", "one", {"bash": "outside_group"}, to="group"),
    case("setsid -w", ["setsid", "-w", *W.split()], "setsid(worker)", "setsid", {"setsid": "ends_without_forwarding"},
         "worker"),
    case("nohup, HUP", ["bash", "-c", f"nohup {W}; true"], "bash(worker)", "bash worker", {"worker": "dropped"}, "worker",
         sig="HUP", to="group"),
    case("nohup, TERM", ["bash", "-c", f"nohup {W}; true"], "bash(worker)", "bash worker", to="group"),
    case("timeout", ["timeout", "50", *W.split()], "timeout(worker)", "timeout worker"),
    case("timeout, shell", ["timeout", "50", *TWO_COMMANDS], f"timeout({BELOW})", "timeout bash worker"),
    case("timeout, INT", ["timeout", "50", *TWO_COMMANDS], f"timeout({BELOW})", "timeout bash worker", sig="INT"),
    case("timeout, USR1", ["timeout", "50", *TWO_COMMANDS], f"timeout({BELOW})", "timeout",
         {"timeout": "ends_without_forwarding"}, "bash worker", sig="USR1"),
    case("timeout --foreground", ["timeout", "--foreground", "50", *TWO_COMMANDS], f"timeout({BELOW})", "timeout bash",
         {"bash": "shell_ends"}, "worker"),
    case("timeout has its own group", ["bash", "-c", f"timeout 50 {W}; true"], "bash(timeout(worker))", "bash",
         {"bash": "shell_ends"}, "timeout worker", to="group"),
    case("xargs", ["bash", "-c", f"echo x | xargs bash -c '{W}; true'; true"], f"bash(xargs({BELOW}))", "xargs",
         {"xargs": "ends_without_forwarding"}, "bash#2 worker", root="xargs"),
    case("env", ["env", "A=b", *W.split()], "worker", "worker"),
    # It ends two seconds after it has sent it on.
    case("su", ["su", "root", "-c", W], "su(worker)", "su worker", deadline=("--deadline", "20s")),
    case("su, shell", ["su", "-s", "/bin/bash", "root", "-c", f"{W}; true"], "su(bash(worker))", "su bash",
         {"bash": "shell_ends"}, "worker", deadline=("--deadline", "4s")),
    case("su, INT", ["su", "root", "-c", W], "su(worker)", "su", {"su": "dropped"}, "su worker", sig="INT"),
)
def test_wrapper(check, case):
    check(case)


SUDO = ["sudo", "-n", "-E"]


@pytest.mark.skipif(not chaining.sudo_works(), reason="sudo is not installed, or asks for a password")
@cases(
    case("one", [*SUDO, *W.split()], "sudo(worker)", "sudo worker"),
    case("INT", [*SUDO, *W.split()], "sudo(worker)", "sudo worker", sig="INT"),
    case("shell", [*SUDO, *TWO_COMMANDS], f"sudo({BELOW})", "sudo bash", {"bash": "shell_ends"}, "worker"),
    case("group", [*SUDO, *TWO_COMMANDS], f"sudo({BELOW})", "sudo bash worker", to="group"),
    # Its monitor, which has the command's terminal, is told without a signal, and sends one; that terminal's end sends it a
    # SIGHUP, if it is not faster.
    case("terminal", [*SUDO, "{build}"], None, f"sudo {ALL}", maybe=f"sudo#2 {ALL}", either="sudo#2",
         typed=(("", f"sudo(sudo({SEED}))"),)),
    case("terminal, INT", [*SUDO, "{build}"], None, f"sudo {ALL}", maybe=f"sudo#2 {ALL}", either="sudo#2",
         typed=(("", f"sudo(sudo({SEED}))"),), sig="INT"),
)
def test_sudo(check, case):
    check(case)


# --- Programs that nobody knows ---

CHILDREN = "fork one [ pdeathsig 0 comm one ready idle ] await one fork two [ pdeathsig 0 comm two ready idle ] await two"


def supervisor(then):
    return [FIXTURE, *f"pdeathsig 0 {CHILDREN} comm top {then}".split()]


@cases(
    case("first child only", supervisor("ready sigwait TERM send kill TERM @one pause"), "top(one two)", "top one",
         {}, "top two", maybe="one two", seen={"top": "not_forwarded"}),
    case("both", supervisor("ready sigwait TERM send kill TERM @one send kill TERM @two pause"), "top(one two)",
         "top one two", {}, "top", maybe="one two"),
    case("none, by a handler", supervisor("catch TERM ready idle"), "top(one two)", "top", {}, "top one two",
         maybe="one two", seen={"top": "not_forwarded"}),
    case("default action", supervisor("ready idle"), "top(one two)", "top", {"top": "ends_without_forwarding"}, "one two"),
    case("ignores", supervisor("ignore TERM ready idle"), "top(one two)", "top", {"top": "dropped"}, "top one two"),
    case("blocks", supervisor("block TERM ready idle"), "top(one two)", "top", {"top": "dropped"}, "top one two"),
    case("child that has ended", [FIXTURE, *"pdeathsig 0 fork one [ comm one exit 0 ] comm top ready idle".split()], "top",
         "top"),
    case("killed with its parent", [FIXTURE, *("pdeathsig 0 fork one [ comm one ready idle ] await one comm top ready "
                                               "idle").split()], "top(one)", "top one"),
    case("asked to be told", [FIXTURE, *("pdeathsig 0 fork one [ pdeathsig TERM comm one ready idle ] await one comm top "
                                         "ready idle").split()], "top(one)", "top one"),
    case("to the group", supervisor("ready idle"), "top(one two)", "top one two", to="group"),
)
def test_program(check, case):
    check(case)


@needs("dumb-init")
def test_stopped():
    """What it gets waits for a SIGCONT."""
    with Tree(["dumb-init", *leaf("worker", "catch TERM").split()], "dumb-init(worker)") as tree:
        os.kill(tree.pids["worker"], signal.SIGSTOP)
        wait_state(tree.pids["worker"], "T")
        predicted, seen = predict(tree.root, names=tree.names), watch(tree.root, names=tree.names)
        for document in (predicted, seen):
            assert document.breaks() == {"worker": "dropped"} and "kill -CONT" in document["breaks"][0]["remedy"], document.show()
        agree(predicted, seen)


def test_stopped_below_timeout():
    """It sends a SIGCONT, too."""
    with Tree(["timeout", "50", *W.split()], "timeout(worker)") as tree:
        os.kill(tree.pids["worker"], signal.SIGSTOP)
        wait_state(tree.pids["worker"], "T")
        predicted, seen = predict(tree.root, names=tree.names), watch(tree.root, names=tree.names)
        assert not predicted.breaks() and predicted.gets("unknown") == ["worker"], predicted.show()
        assert seen.gets("yes") == ["timeout", "worker"] and not seen.alive(), seen.show()
        agree(predicted, seen)


def test_the_group_has_others():
    """From below the shell, its group reaches the shell, too."""
    with Tree(TWO_COMMANDS, BELOW) as tree:
        predicted = predict(tree.pids["worker"], to="group", names=tree.names)
        assert predicted.gets("yes") == ["worker"] and predicted["group"] == tree.root
        [note] = predicted.notes("beside")
        assert note["count"] == 1, predicted.show()
        seen = watch(tree.pids["worker"], to="group", names=tree.names)
        agree(predicted, seen)
        wait_until(lambda: not tree.alive(), "the end of both")


def test_asked_from_the_tree_itself():
    """Neither sigtrace nor the sudo in front of it counts as one of the group: both are gone when the shell goes on."""
    sudo = "sudo -n -E " if chaining.sudo_works() else ""
    ask = f"{sudo}{SIGTRACE} chain -p $$ --to group -o json; true"
    done = subprocess.run(["setsid", "-w", "sh", "-c", ask], capture_output=True, text=True, check=True, timeout=DEADLINE_S)
    document = json.loads(done.stdout)
    assert [node["comm"] for node in document["nodes"] if node["in_tree"]] == ["sh"]
    assert document["notes"] == [] and document["group"] == document["root"], done.stdout


@needs("tini")
def test_the_advice_is_true():
    """The command that it names reaches who was missed."""
    with Tree(["tini", "--", "bash", "-c", f"trap 'exit 0' TERM; {W}; true"], f"tini({BELOW})") as tree:
        predicted = predict(tree.root, names=tree.names)
        [note] = predicted.notes("group_reaches")
        [advice] = re.findall(r"`(kill -TERM -[0-9]+)`", note["explanation"])
        assert advice == f"kill -TERM -{tree.stat('worker').pgid}" == f"kill -TERM -{tree.pids['bash']}"
        subprocess.run(["sh", "-c", advice], check=True, timeout=DEADLINE_S)
        wait_until(lambda: not tree.alive(), "the end of all")


# --- PID namespaces ---

UNSHARE = ["unshare", "--pid", "--fork", "--mount-proc"]
NESTED = "unshare(tini(unshare(tini(worker))))"
NESTED_COMMAND = [*UNSHARE, "tini", "-g", "--", *UNSHARE, "tini", "-g", "--", *W.split()]


@cases(
    case("to unshare", NESTED_COMMAND, NESTED, "unshare", {"unshare": "dropped"}, "unshare tini unshare#2 tini#2 worker",
         need=["unshare", "tini"]),
    # tini -g tells the whole group: unshare, which blocks it, and the inner tini.
    case("to the outer init", NESTED_COMMAND, NESTED, "tini unshare#2 tini#2 worker", {}, "", root="tini",
         need=["unshare", "tini"]),
    case("to the inner init", NESTED_COMMAND, NESTED, "tini#2 worker", {}, "", root="tini#2", need=["unshare", "tini"]),
    case("SIGKILL to the outer init", NESTED_COMMAND, NESTED, "tini", {"tini": "ends_without_forwarding"}, "",
         root="tini", sig="KILL", need=["unshare", "tini"]),
    case("a shell as init", [*UNSHARE, *TWO_COMMANDS], f"unshare({BELOW})", "bash", {"bash": "dropped"}, "bash worker",
         root="bash", need=["unshare"]),
)
def test_namespaces(check, case):
    check(case)


def test_numbers_inside():
    with Tree(NESTED_COMMAND, NESTED) as tree:
        document = predict(tree.root, names=tree.names)
        inside = {str(document.name(node["tgid"])): (node["ns_tgid"], node["namespace_init"]) for node in document.in_tree()}
        assert {name: inside[name] for name in ("tini", "tini#2")} == {"tini": (1, True), "tini#2": (1, True)}
        assert inside["worker"][0] == int(tree.status("worker")["NSpid"].split()[-1]) and not inside["worker"][1]
        assert len({node["pid_ns"] for node in document.in_tree()}) == 3


# --- Many ---

CROWD = [FIXTURE, *"deadline 300 pdeathsig 0 comm top crowd 40 [ pdeathsig 0 comm middle crowd 49 [ pdeathsig 0 comm low "
         "idle ] idle ] idle".split()]


@pytest.fixture
def crowd():
    with Tree(CROWD, 1 + 40 * 50, deadline_s=60) as tree:
        yield tree


def test_two_thousand(crowd):
    predicted = predict(crowd.root)
    assert len(predicted.in_tree()) == 2001 and predicted.breaks() == {str(crowd.root): "ends_without_forwarding"}
    seen = watch(crowd.root)
    assert (seen.gets("yes"), len(seen.gets("no"))) == ([str(crowd.root)], 2000)
    for document in (predicted, seen):
        [found] = document["breaks"]
        assert (found["missed_count"], found["beyond"]) == (40, 2000), found
    agree(predicted, seen)


def test_two_thousand_in_a_group(crowd):
    predicted = predict(crowd.root, to="group")
    seen = watch(crowd.root, to="group", deadline=("--deadline", "10s"))
    for document in (predicted, seen):
        assert len(document.gets("yes")) == 2001 and not document["breaks"], document.show()[:2000]
    assert not seen.alive()
    wait_until(lambda: not crowd.alive(), "the end of all")


# --- The place in the terminal, and what is known of each ---

def test_facts_of_a_job(scripts):
    typed = [(scripts(text), shape) for text, shape in JOB]
    with Tree(INTERACTIVE.split(), typed=typed) as tree:
        document = predict(tree.root, "INT", names=tree.names)
        for node in document.in_tree():
            stat = Stat(node["tgid"])
            node.check(pgid=stat.pgid, sid=stat.sid, has_tty=True, foreground=stat.pgid == stat.tpgid)
            assert node["tty"] == tree.tty
        shell = document.node(tree.root)
        shell.check({"program.kind": "bash", "program.interactive": True, "program.job_control": True,
                     "shell": "waits_foreground", "waits_for": tree.pids["build"], "foreground": False})
        document.node(tree.pids["build"]).check({"program.kind": "bash", "program.runs": "script",
                                                 "program.interactive": False, "waits_for": tree.pids["test_pipeline"]})


def test_facts_of_a_trap(check):
    with Tree(["bash", "-c", f"trap 'exit 0' TERM; {ONE} & {TWO}; wait"], "bash(one two)") as tree:
        document = predict(tree.root, names=tree.names)
        document.node(tree.root).check({"program.kind": "bash", "program.runs": "command", "shell": "waits_foreground",
                                        "waits_for": tree.pids["two"], "does": "wait"})
    with Tree(["bash", "-c", f"trap 'exit 0' TERM; {ONE} & wait"], "bash(one)") as tree:
        predict(tree.root).node(tree.root).check(shell="waits_builtin", does="run_trap", waits_for=None)
