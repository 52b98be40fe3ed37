# SPDX-License-Identifier: BSD-2-Clause
"""What is done inside every virtual machine, and what must come out.

A scenario's expectation is the same on every kernel: expected/NAME.json and expected/NAME.text hold
the lines after what differs from run to run (times, addresses, most numbers of processes) has been
replaced.
"""

import dataclasses
import difflib
import json
import pathlib
import re

EXPECTED = pathlib.Path(__file__).resolve().parent / "expected"

FIXTURE_DEADLINE_S = 100


@dataclasses.dataclass(frozen=True)
class Features:
    """`sigtrace features` says that trace can run here."""

    name: str = "features"

    def guest_line(self):
        return self.name


@dataclasses.dataclass(frozen=True)
class Load:
    """The programs load and attach: the options decide what the verifier sees of them."""

    name: str
    options: str

    def guest_line(self):
        return f"{self.name} load {self.options}"


@dataclasses.dataclass(frozen=True)
class Signal:
    """One signal is sent to one process while two sigtrace watch it, one for each output."""

    name: str
    # Of the target: plain; namespace_init: number 1 of a PID namespace of its own; global_init: the
    # virtual machine's own init, which no other test dares to kill; cifs_client: the kernel thread
    # of a mount, which called allow_kernel_signal(SIGKILL).
    place: str
    script: str  # the target's verbs for the fixture; global_init and cifs_client have none
    sender: str  # outside the target's PID namespace, or inside
    signal: str
    outcome: str  # nothing, handles: the handler runs, or dies
    options: str = ""

    def guest_line(self):
        return (
            f"{self.name} signal {self.place} {self.sender} {self.signal} {self.outcome} "
            f"{self.options} -- deadline {FIXTURE_DEADLINE_S} {self.script}"
        )


@dataclasses.dataclass(frozen=True)
class Select:
    """Three get a signal while two sigtrace run that have selected a place and no process.

    A stranger from outside, which must not be shown; a receiver, which is outside, too, from inside
    (not with pid_ns); and the target, which is inside, from outside.
    """

    name: str
    # cgroup: its own, the target is there already; cgroup_v1: the same on a hybrid host; cgroup_below:
    # one two levels above, which is empty, and the target's is made later; container: by the id,
    # and its cgroup is made later; pid_ns: the target is the init of one.
    by: str
    signal: str
    script: str = "ready pause"

    def guest_line(self):
        return (
            f"{self.name} select {self.by} {self.signal} -- deadline {FIXTURE_DEADLINE_S} "
            f"{self.script}"
        )


@dataclasses.dataclass(frozen=True)
class Inspect:
    """inspect answers for one process, from the kernel."""

    name: str
    place: str  # as of Signal, or child: the one child of the fixture that runs the script
    script: str
    state: str  # its letter, to be waited for
    signals: str
    status: int = 0
    fatal: str = "-"  # sent afterwards; the target has to die of it

    def guest_line(self):
        return (
            f"{self.name} inspect {self.place} {self.state} {self.signals} {self.fatal} "
            f"-- deadline {FIXTURE_DEADLINE_S} {self.script}"
        )


SCENARIOS = (
    Features(),
    Load("load_all", ""),
    Load("load_signals", "-s TERM,RTMIN+3"),
    Load("load_problems", "-x"),
    Load("load_process", "-p 1"),
    Load("load_process_to", "-p 1 --to"),
    Load("load_process_from", "-p 1 --from"),
    Load("load_process_follow", "-p 1 -f"),
    Load("load_process_tree", "-p 1 -t -x -s !CHLD"),
    Load("load_handlers", "--handlers"),
    Load("load_failed", "--failed -s 0,TERM"),
    Load("load_both", "-p 1 -f --handlers --failed"),
    Load("load_cgroup", "--cgroup / --handlers --failed"),
    Load("load_cgroup_from", "--cgroup / --from"),
    Load("load_pid_ns", "--pid-ns 1 --handlers --failed"),
    Load("load_pid_ns_from", "--pid-ns 1 --from"),
    Load("load_select_all", "--cgroup / --pid-ns 1 -p 1 -f --handlers --failed"),
    Signal("plain_term", "plain", "ready pause", "outside", "TERM", "dies"),
    Signal("plain_term_follow", "plain", "ready pause", "outside", "TERM", "dies", "-f"),
    Signal("init_term_default", "namespace_init", "ready pause", "outside", "TERM", "nothing"),
    Signal(
        "init_term_caught", "namespace_init", "catch TERM ready pause", "outside", "TERM", "handles"
    ),
    Signal("init_kill_inside", "namespace_init", "ready pause", "inside", "KILL", "nothing"),
    Signal("init_kill_outside", "namespace_init", "ready pause", "outside", "KILL", "dies"),
    Signal("handler_returns", "plain", "catch TERM ready pause", "outside", "TERM", "handles", "--handlers"),
    Signal(
        "self_kill",
        "plain",
        "catch USR1 block TERM ready sigwait TERM send kill USR1 self send tkill USR1 self"
        " send tgkill USR1 self send sigqueue USR1 self exit 3",
        "outside",
        "TERM",
        "dies",
    ),
    Signal(
        "failed_sends",
        "plain",
        "block TERM ready sigwait TERM send kill RTMIN+3 4194303 send tgkill TERM 1:2 setuid 65534"
        " send kill TERM init send sigqueue USR1 init exit 3",
        "outside",
        "TERM",
        "dies",
        "--failed",
    ),
    # What the kernel itself sends, and its proof, the stack, differ from version to version.
    Signal(
        "init_kill_teardown",
        "namespace_init",
        "fork B [ comm survivor ready pause ] await B ready pause",
        "outside",
        "KILL",
        "dies",
        "-t",
    ),
    Signal(
        "parent_death",
        "plain",
        "fork B [ comm orphan pdeathsig TERM ready pause ] await B ready pause",
        "outside",
        "KILL",
        "dies",
        "-t",
    ),
    Signal(
        "origins",
        "plain",
        "rlimit core 0 catch PIPE,XFSZ,IO,ALRM,VTALRM,PROF,USR1,USR2,SYS block TERM ready"
        " sigwait TERM sigpipe outgrow sigio plain"
        " timer real ALRM 1 spin-until ALRM timer virtual VTALRM 1 spin-until VTALRM"
        " timer prof PROF 1 spin-until PROF timer posix USR1 1 spin-until USR1"
        " timer posix-cpu USR2 1 spin-until USR2 seccomp trap crash",
        "outside",
        "TERM",
        "dies",
    ),
    Signal(
        "cpu_limit",
        "plain",
        "block TERM ready sigwait TERM cpu-limit hard spin-until XCPU",
        "outside",
        "TERM",
        "dies",
    ),
    Signal("global_init_kill", "global_init", "", "outside", "KILL", "nothing", "--to"),
    Signal("global_init_stop", "global_init", "", "outside", "STOP", "nothing", "--to"),
    Signal("kernel_thread_kill", "cifs_client", "", "outside", "KILL", "nothing"),
    Select("select_cgroup", "cgroup", "TERM"),
    Select("select_cgroup_below", "cgroup_below", "TERM"),
    Select("select_container", "container", "TERM"),
    Select("select_pid_ns", "pid_ns", "KILL"),
    Select("select_cgroup_v1", "cgroup_v1", "TERM"),
    Inspect("inspect_init", "namespace_init", "ready pause", "S", "TERM,KILL", 1),
    # A hole of the kernel's: what the leader blocks is not dropped at once, and complete_signal(),
    # which finds another thread for it, does not look at SIGNAL_UNKILLABLE.
    Inspect(
        "inspect_init_leader_blocks",
        "namespace_init",
        "thread T [ ready pause ] await T block TERM ready pause",
        "S",
        "TERM",
        fatal="TERM",
    ),
    Inspect("inspect_caught", "plain", "flags RESTART catch TERM ready pause", "S", "TERM"),
    Inspect(
        "inspect_blocked",
        "plain",
        "block TERM,RTMIN+3 send kill TERM self ready pause",
        "S",
        "TERM,RTMIN+3",
        1,
    ),
    Inspect(
        "inspect_vfork",
        "child",
        "fork A [ catch TERM vfork B [ ready idle ] idle ] idle",
        "D",
        "TERM",
        1,
    ),
)


def needs_module(scenario):
    """Whether the machine must have kernels.MODULE for it."""
    return isinstance(scenario, Signal) and scenario.place == "cifs_client"


# Members of the JSON output that differ from run to run, wherever they occur.
VARYING_MEMBERS = {
    "time": "TIME",
    "boot_ns": "NS",
    "latency_ns": "NS",
    "duration_ns": "NS",
    "elapsed_ns": "NS",
    "tgid": "PID",
    "tid": "PID",
    "pid_ns": "INODE",
    "handler": "ADDRESS",
    "asleep_ns": "NS",
    "ns_tid": "PID",
    # How many there are depends on how many probes the guest needed.
    "events": "COUNT",
    "hidden": "COUNT",
}

# The kernel's own functions have other names from version to version, or none.
DROPPED_MEMBERS = {"wchan"}

# Whether it is found in time is the emulation's affair.
DROPPED_FROM_TRACE = {"handler_symbol"}
SYMBOL = re.compile(r"\bfixture!\w+")

# As is whether anybody looks before the process has ended.
TAKEN = "taken"

# In text and in explanations; the order matters.
VARYING_TEXT = (
    (re.compile(r"\b\d\d:\d\d:\d\d\.\d{3}\b"), "TIME"),
    (re.compile(r"\b0x[0-9a-f]+\b"), "ADDRESS"),
    (re.compile(r"\b\d+(\.\d+)? (ns|us|ms|s|min)\b"), "DURATION"),
    (re.compile(r"\[\d+"), "[PID"),
    (re.compile(r"\bthread \d+"), "thread PID"),
    (re.compile(r"\bns \d+"), "ns INODE"),
    (re.compile(r"\bPID namespace \d+"), "PID namespace INODE"),
    (re.compile(r"(?<=/proc/)\d+"), "PID"),
    (re.compile(r"\b(kill -\w+|inspect -p) \d+"), r"\1 PID"),
    (re.compile(r"(?<=\bsystem call )(\w+) \([\w.]+\)"), r"\1"),
)

PROBE = "SIGCONT"


def normalise_text(text):
    """The lines without the probes, with single blanks: columns vary with the numbers in them."""
    lines = []
    probe = False
    for line in text.splitlines():
        if line[:1].isspace():
            if probe:
                continue
        else:
            probe = line.split()[1:2] == [PROBE] or f"-> {TAKEN}" in line
            if probe:
                continue
        lines.append(re.sub(r"(?<=\S) +", " ", _normalise_string(line)).rstrip())
    return "".join(f"{line}\n" for line in lines)


def normalise_json(text):
    """The documents, laid out for people; raises ValueError for what is not JSON."""
    documents = [json.loads(line) for line in text.splitlines()]
    return "".join(
        json.dumps(_normalise_value(document), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        for document in documents
        if document.get("signal", {}).get("name") != PROBE and document.get("type") != TAKEN
    )


def _without_goodbye(text, is_json):
    """
    When the server has said nothing for long enough the mount gives up, and the kernel ends the
    client's thread: on a slow machine before the trace is over.
    """
    def is_goodbye(line):
        if not is_json:
            return line.split()[1:3] == ["SIGKILL", "kernel"]
        return json.loads(line).get("sender", {}).get("kind") == "kernel"

    return "".join(f"{line}\n" for line in text.splitlines() if not is_goodbye(line))


def _without_symbols(text, is_json):
    """The output of a trace, with the addresses of handlers in place of their names."""
    if not is_json:
        return SYMBOL.sub("0x1000", text)
    lines = []
    for line in text.splitlines():
        document = json.loads(line, object_hook=lambda members: {
            name: member for name, member in members.items() if name not in DROPPED_FROM_TRACE})
        lines.append(json.dumps(document, ensure_ascii=False))
    return SYMBOL.sub("0x1000", "\n".join(lines))


def _normalise_value(value, key=None):
    if key in VARYING_MEMBERS:
        return VARYING_MEMBERS[key]
    # Number 1 of a namespace is the point of a scenario; any other number is chance.
    if key == "ns_tgid" and value != 1:
        return "PID"
    if isinstance(value, dict):
        return {
            name: _normalise_value(member, name)
            for name, member in value.items()
            if name not in DROPPED_MEMBERS
        }
    if isinstance(value, list):
        return [_normalise_value(member) for member in value]
    if isinstance(value, str):
        return _normalise_string(value)
    return value


def _normalise_string(text):
    for pattern, replacement in VARYING_TEXT:
        text = pattern.sub(replacement, text)
    return text


def judge(scenario, files, machine):
    """Compares what a scenario left with its expectation; returns what is wrong, a text each."""
    wrong = []
    if "error" in files:
        wrong.append(files["error"].strip())
    for output in ("json", "text"):
        if output in files or f"{output}.stderr" in files:
            status = files.get(f"{output}.status", "").strip()
            if status != str(getattr(scenario, "status", 0)):
                wrong.append(
                    f"sigtrace ({output}) ended with status {status or 'unknown'}; its messages:\n"
                    + files.get(f"{output}.stderr", "").strip()
                )
    if wrong:
        return wrong
    try:
        if isinstance(scenario, Features):
            return _judge_features(files, machine)
        if isinstance(scenario, Load):
            return _judge_load(files)
        return _judge_lines(scenario, files)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        return [f"the JSON output is not as it should be: {error!r}\n{files.get('json', '')}"]


def _judge_features(files, machine):
    wrong = []
    json.loads(files["json"])
    release = machine["release"].strip()
    for output in ("json", "text"):
        if release.split("-")[0] not in files[output]:
            wrong.append(f"the {output} output does not name {release}:\n{files[output]}")
    return wrong


def _judge_load(files):
    if "failed to load" in files["json.stderr"]:
        return [f"a program was refused at first:\n{files['json.stderr']}"]
    documents = [json.loads(line) for line in files["json"].splitlines()]
    if not documents or documents[-1]["type"] != "summary":
        return [f"no summary at the end:\n{files['json']}"]
    if documents[-1]["lost"] != 0:
        return [f"records were lost: {documents[-1]}"]
    return []


def _judge_lines(scenario, files):
    wrong = []
    for output, actual in normalised(scenario, files).items():
        path = EXPECTED / f"{scenario.name}.{output}"
        expected = path.read_text(encoding="utf-8") if path.exists() else ""
        if actual != expected:
            names = f"expected/{path.name}", "this run"
            difference = difflib.unified_diff(
                expected.splitlines(), actual.splitlines(), *names, lineterm=""
            )
            wrong.append("\n".join((f"the {output} lines differ:", *difference)))
    return wrong


def normalised(scenario, files):
    json_lines, text = files["json"], files["text"]
    if needs_module(scenario):
        json_lines, text = _without_goodbye(json_lines, True), _without_goodbye(text, False)
    if isinstance(scenario, (Signal, Select)):
        json_lines, text = _without_symbols(json_lines, True), _without_symbols(text, False)
    return {"json": normalise_json(json_lines), "text": normalise_text(text)}


def update_expected(scenario, files):
    """Takes what a scenario left as its expectation; to be read by a person before it is kept."""
    if not isinstance(scenario, (Signal, Select, Inspect)) or "error" in files:
        return
    EXPECTED.mkdir(exist_ok=True)
    for output, actual in normalised(scenario, files).items():
        (EXPECTED / f"{scenario.name}.{output}").write_text(actual, encoding="utf-8")
