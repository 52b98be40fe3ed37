# SPDX-License-Identifier: BSD-2-Clause
"""
Prediction against reality: inspect says what a signal would do; then it is sent, trace says what the kernel decided, and
the process shows what came of it. All three must agree.
"""

import dataclasses
import os

import pytest

from harness import (pid_ns, proc_status, signal_number, wait_sigwait, wait_state, wait_until)
from inspection import inspect

SIGNALS = ("TERM", "KILL", "STOP", "CONT", "CHLD", "RTMIN+1", "QUIT", "URG")
MILD = tuple(name for name in SIGNALS if name not in ("KILL", "STOP"))
SET = ",".join(MILD)


@dataclasses.dataclass(frozen=True)
class State:
    """How a process gets into a state: its verbs, how it waits, and what the test does to it from outside."""

    verbs: str = ""
    tail: str = "pause"
    then: str = ""  # see Prepared.settle()
    letters: str = "S"
    init: bool = False
    signals: tuple = SIGNALS


STATES = {
    "default": State(),
    "ignored": State(f"ignore {SET}"),
    "caught": State(f"flags RESTART catch {SET}"),
    "caught_resethand": State(f"flags RESETHAND,SIGINFO catch {SET}"),
    "blocked": State(f"block {SET}"),
    "blocked_and_ignored": State(f"ignore {SET} block {SET}"),
    "blocked_and_caught": State(f"catch {SET} block {SET}"),
    "blocked_in_the_leader": State(f"catch {SET} thread T [ ready pause ] await T block {SET}"),
    "blocked_in_the_leader_default": State(f"thread T [ ready pause ] await T block {SET}"),
    "blocked_in_the_leader_ignored": State(f"ignore {SET} thread T [ ready pause ] await T block {SET}"),
    "blocked_elsewhere": State(f"thread T [ block {SET} ready pause ] await T"),
    "already_pending": State(f"block {SET} " + " ".join(f"send kill {name} self" for name in MILD)),
    "sigwait": State(tail=f"sigwait {SET} pause"),
    "sigwait_in_a_thread": State(f"block {SET} thread T [ sigwait {SET} pause ]"),
    "sigwait_and_ignored": State(f"ignore {SET}", f"sigwait {SET} pause"),
    "sigwait_and_caught": State(f"catch {SET}", f"sigwait {SET} pause"),
    "sigwait_in_a_thread_leader_open": State(f"catch {SET} thread T [ sigwait {SET} pause ]"),
    "running": State(f"catch {SET}", "spin", letters="R"),
    "running_default": State("", "spin", letters="R"),
    "signalfd_polled": State(f"signalfd {SET}"),
    "signalfd_unread": State(f"signalfd {SET}", "idle"),
    "stopped": State(then="stopped", letters="T"),
    "stopped_caught": State(f"catch {SET}", then="stopped", letters="T"),
    "stopped_ignored": State(f"ignore {SET}", then="stopped", letters="T"),
    "stopped_blocked": State(f"block {SET}", then="stopped", letters="T"),
    "stopped_threads": State("threads 3", then="stopped", letters="T"),
    "traced": State(then="traced"),
    "traced_ignored": State(f"ignore {SET}", then="traced"),
    "traced_blocked": State(f"block {SET}", then="traced"),
    "traced_thread": State(f"catch {SET} thread T [ ready pause ] await T", then="traced-thread"),
    "traced_thread_leader_blocks": State(f"catch {SET} thread T [ ready pause ] await T block {SET}", then="traced-thread"),
    "traced_and_stopped": State(then="stopped-traced", letters="t"),
    "held_by_tracer": State(then="held", letters="t"),
    "frozen_v1": State(f"catch {SET}", then="frozen-1", letters="DS"),
    "frozen_v1_default": State(then="frozen-1", letters="DS"),
    "frozen_v1_ignored": State(f"ignore {SET}", then="frozen-1", letters="DS"),
    "frozen_v1_blocked": State(f"block {SET}", then="frozen-1", letters="DS"),
    "frozen_v2_blocked": State(f"block {SET}", then="frozen-2"),
    "frozen_v2_threads": State("threads 3", then="frozen-2"),
    "frozen_v2_traced": State(then="frozen-2-traced"),
    "frozen_v2": State(f"catch {SET}", then="frozen-2"),
    "frozen_v2_default": State(then="frozen-2"),
    "vfork": State(f"catch {SET}", "vfork V [ ready idle ] idle", letters="D"),
    "vfork_default": State("", "vfork V [ ready idle ] idle", letters="D"),
    "vfork_ignored": State(f"ignore {SET}", "vfork V [ ready idle ] idle", letters="D"),
    "vfork_blocked": State(f"block {SET}", "vfork V [ ready idle ] idle", letters="D"),
    "zombie": State(tail="exit 0", letters="Z"),
    "zombie_leader": State("thread T [ ready pause ] await T", "exit-thread", letters="Z"),
    "zombie_leader_caught": State(f"catch {SET} thread T [ ready pause ] await T", "exit-thread", letters="Z"),
    "dying_but_frozen": State(f"catch {SET}", then="dying", letters="DS"),
    "held_in_exit": State(f"catch {SET}", "serve {}", then="held-exit", letters="t"),
    "init": State(init=True),
    "init_caught": State(f"catch {SET}", init=True),
    "init_ignored": State(f"ignore {SET}", init=True),
    "init_blocked": State(f"block {SET}", init=True),
    "init_stopped": State(then="stopped", letters="T", init=True),
    "init_traced": State(then="traced", init=True),
    "init_held_by_tracer": State(then="held", letters="t", init=True),
    "init_traced_blocked": State(f"block {SET}", then="traced", init=True),
    "init_frozen_v1": State(then="frozen-1", letters="DS", init=True),
    # Without what ends a process by default: kernels differ there, and tests/vm has it (inspect_init_leader_blocks).
    "init_in_the_leader_blocked": State(f"thread T [ ready pause ] await T block {SET}", init=True,
                                        signals=("KILL", "STOP", "CONT", "CHLD", "QUIT", "URG")),
    "init_sigwait": State(tail=f"sigwait {SET} pause", init=True),
}
# What is dropped at delivery.
DROPPED = ("sig_ign", "sig_dfl_ignore", "unkillable_sig_dfl")


class Prepared:
    """One fixture with a process for every signal, all of them in the same state."""

    def __init__(self, fixture, freezer, state, inside):
        self.state = state
        kind = "init" if state.init else "fork"
        sender = "fork S{0} [ ready serve {{S{0}}} ] await S{0}" if inside else ""
        words = []
        for index in range(len(state.signals)):
            tail = state.tail.replace("{}", f"{{A{index}}}")
            words.append(f"{kind} A{index} [ {sender.format(index)} {state.verbs} ready {tail} ]")
        self.fx = fixture(" ".join(words) + " ready pause")
        self.fx.ready()
        self.pids = [self.fx.ready(f"A{index}") for index in range(len(state.signals))]
        if inside:
            for index in range(len(state.signals)):
                self.fx.ready(f"S{index}")
        self.settle(fixture, freezer)

    def settle(self, fixture, freezer):
        for index, pid in enumerate(self.pids):
            then = self.state.then
            if "sigwait" in self.state.tail + self.state.verbs:
                wait_until(lambda: self.waiting(index), f"{pid} in sigtimedwait")
            if then.startswith("stopped"):
                os.kill(pid, signal_number("STOP"))
                wait_state(pid, "T")
            if "traced" in then or "held" in then:
                mode = {"held": "hold", "held-exit": "hold-exit"}.get(then, "pass")
                tid = self.fx.line("ready", who="T", host_pid=pid)["host_tid"] if then == "traced-thread" else pid
                tracer = fixture(f"trace {tid} {mode}")
                tracer.line("tracing")
                if then == "held":
                    tracer.line("held")
                if then == "held-exit":
                    self.fx.start_do(f"A{index}", "exit 0")
                    tracer.line("held")
            if then.startswith("frozen"):
                freezer(int(then.split("-")[1]), pid)
            if then == "dying":
                freezer(1, pid)
                os.kill(pid, signal_number("KILL"))
        for pid in self.pids:
            wait_state(pid, self.state.letters)

    def waiting(self, index):
        lines = [line for line in self.fx.lines.items if line["kind"] == "sigwait" and line["host_pid"] == self.pids[index]]
        if lines:
            wait_sigwait(self.pids[index], MILD[0], lines[0]["host_tid"])
        return bool(lines)

    def send(self, index, inside):
        name = self.state.signals[index]
        if inside:
            self.fx.do(f"S{index}", f"send kill {name} 1")
        else:
            os.kill(self.pids[index], signal_number(name))


def is_pending(pid, number):
    bit = 1 << (number - 1)
    for tid in [None, *os.listdir(f"/proc/{pid}/task")]:
        status = proc_status(pid, tid)
        if any(int(status.get(key, "0"), 16) & bit for key in ("SigPnd", "ShdPnd")):
            return True
    return False


def letters(pid):
    """Of all its threads; "" if it is gone."""
    try:
        tids = os.listdir(f"/proc/{pid}/task")
    except FileNotFoundError:
        return ""
    return "".join(proc_status(pid, tid).get("State", "X")[0] for tid in tids)


def is_over(pid):
    return set(letters(pid)) <= set("ZX")


def await_effect(prepared, index, cause):
    """What a cause with an effect leads to, seen without sigtrace."""
    pid, number = prepared.pids[index], signal_number(prepared.state.signals[index])
    fx = prepared.fx
    if cause in ("default_terminate", "default_core"):
        wait_until(lambda: is_over(pid), f"the end of {pid}")
    elif cause == "default_stop":
        # Beside a zombie leader there are others; a thread that is traced stops in a stop of its tracer's.
        wait_until(lambda: set(letters(pid)) - set("Zt") == {"T"}, f"{pid} to stop")
    elif cause == "caught":
        fx.lines.wait(lambda line: line["kind"] == "caught" and line["sig"] == number and line["who"] in (f"A{index}", "T"),
                      what=f"the handler of {number}")
    elif cause == "sigwait":
        fx.lines.wait(lambda line: line["kind"] == "sigwait-got" and line["sig"] == number, what=f"sigwait for {number}")
    elif cause == "blocked" and "signalfd" in prepared.state.verbs:
        fx.lines.wait(lambda line: line["kind"] == "signalfd-got" and line["sig"] == number, what=f"a signalfd to get {number}")
    elif number == signal_number("CONT"):
        wait_until(lambda: "T" not in letters(pid), f"{pid} to be resumed")
    else:
        raise AssertionError(f"no effect is known for {cause}")


def check_no_effect(prepared, index, event, t):
    """Dropped, still pending, or dropped when it is delivered."""
    pid, number = prepared.pids[index], signal_number(prepared.state.signals[index])
    # In a frozen process that has begun its group exit a SIGKILL is pending in place of the signal.
    if event["result"] != "ignored" and not is_pending(pid, number) and not is_pending(pid, 9):
        cause = t.wait("deliver", sig=number, to=pid)["cause"]
        assert cause in DROPPED, f"{cause} at delivery"
    # A tracer is told of a SIGCONT by a stop that lasts until it goes on.
    possible = set(prepared.state.letters) | ({"S", "t"} if "traced" in prepared.state.then else {"S"})
    wait_until(lambda: letters(pid) and set(letters(pid)) <= possible, f"{pid} to be {prepared.state.letters} again")


def same_words(predicted, real):
    """One table has the sentences for both; only for a handler and for signalfds a snapshot knows more than an event."""
    if real["cause"] == "caught":
        return predicted["explanation"].startswith("its handler") and predicted.get("remedy") == real.get("remedy")
    if "signalfd" in predicted["explanation"]:
        return real["explanation"].startswith(f"it blocks {real['signal']['name']}")
    return all(predicted.get(key) == real.get(key) for key in ("explanation", "remedy"))


def may_be_open(predicted):
    """What a tracer or the reader of a signalfd does next nobody knows."""
    return predicted["cause"] == "ptraced" or "signalfd" in predicted["explanation"]


def check(fixture, trace, freezer, name, inside):
    state = STATES[name]
    prepared = Prepared(fixture, freezer, state, inside)
    pids = ",".join(map(str, prepared.pids))
    names = ",".join(state.signals)
    document = inspect("-p", pids, "-s", names)
    t = trace("-p", pids, "--to", "-s", names)
    for index in range(len(prepared.pids)):
        prepared.send(index, inside)
    wrong = []
    for index, pid in enumerate(prepared.pids):
        sig = state.signals[index]
        event = t.wait(sig=sig, to=pid)
        if_sent = document.signal(pid, sig)["if_sent"]
        predicted = if_sent.get("inside", if_sent["outside"]) if inside else if_sent["outside"]
        if predicted.get("cause") != event["cause"] or not same_words(predicted, event):
            real = {key: event.get(key) for key in ("result", "cause", "explanation", "remedy")}
            wrong.append(f"{sig}: predicted {predicted}\n   real {real}")
            continue
        try:
            if predicted.get("effect") is True:
                await_effect(prepared, index, event["cause"])
            elif predicted.get("effect") is False:
                check_no_effect(prepared, index, event, t)
            elif not may_be_open(predicted):
                wrong.append(f"{sig}: no word on the effect: {predicted}")
        except AssertionError as error:
            wrong.append(f"{sig}: predicted {predicted}\n   but {error}")
    assert not wrong, "\n".join(wrong)
    t.finish()


@pytest.mark.parametrize("name", STATES)
def test_from_outside(fixture, trace, freezer, name):
    check(fixture, trace, freezer, name, inside=False)


@pytest.mark.parametrize("name", [name for name, state in STATES.items() if state.init and not state.then.startswith("frozen")])
def test_from_inside(fixture, trace, freezer, name):
    check(fixture, trace, freezer, name, inside=True)


def test_inside_is_shown_where_it_differs_only(fixture):
    fx = fixture("init A [ ready pause ] init B [ catch all ready pause ] fork C [ ready pause ] ready pause")
    init, caught, plain = fx.ready("A"), fx.ready("B"), fx.ready("C")
    document = inspect("-p", f"{init},{caught},{plain}", "-s", "all")
    for pid, differ in ((init, {9, 19}), (caught, {9, 19}), (plain, set())):
        inside = {found["number"] for found in document.process(pid)["signals"] if "inside" in found["if_sent"]}
        assert inside == differ, pid
    document.signal(init, "KILL").check({
        "if_sent.outside.cause": "default_terminate", "if_sent.outside.effect": True,
        "if_sent.inside.cause": "unkillable_sig_dfl", "if_sent.inside.effect": False,
        "if_sent.inside.remedy": lambda text: "outside" in text})


def test_sender_in_a_nested_namespace(fixture, trace):
    """Outside means any ancestor namespace: here the middle one of three."""
    fx = fixture("init A [ fork M [ ready serve {M} ] init B [ ready pause ] ready pause ] ready pause")
    inner = fx.ready("B")
    fx.ready("M")
    number = fx.line("child", child="B")["child_pid"]
    document = inspect("-p", inner, "-s", "KILL,TERM", code=1)
    assert document.process(inner)["pid_ns"] == pid_ns(inner)
    t = trace("-p", inner)
    for sig in ("TERM", "KILL"):
        fx.do("M", f"send kill {sig} {number}")
        event = t.wait(sig=sig, to=inner)
        assert document.signal(inner, sig)["if_sent"]["outside"]["cause"] == event["cause"]
    t.finish(stop=None)


@pytest.mark.parametrize("sig", ["TERM", "KILL", "HUP", "RTMIN+1"])
def test_kernel_thread(trace, sig):
    if not os.path.exists("/proc/2/comm") or open("/proc/2/comm", encoding="utf-8").read() != "kthreadd\n":
        pytest.skip("kthreadd is not visible in this PID namespace")
    document = inspect("-p", 2, "-s", sig, code=1)
    t = trace("-p", 2, "-s", sig)
    os.kill(2, signal_number(sig))
    event = t.wait(sig=sig, to=2)
    document.signal(2, sig).check({"if_sent.outside.cause": event["cause"], "if_sent.outside.effect": False,
                                   "if_sent.outside.explanation": event["explanation"], "if_sent.inside": None})
    t.finish()


def test_from_proc_nothing_wrong_is_predicted(fixture):
    """Less may be known, but what is said must be what BPF says."""
    chosen = [name for name, state in STATES.items() if not state.then and "vfork" not in state.tail]
    for name in chosen:
        state = STATES[name]
        kind = "init" if state.init else "fork"
        fx = fixture(f"{kind} A [ {state.verbs} ready {state.tail} ] ready pause")
        fx.ready()
        pid = fx.ready("A")
        if "sigwait" in state.tail + state.verbs:
            wait_sigwait(pid, MILD[0], fx.line("sigwait")["host_tid"])
        wait_state(pid, state.letters)
        bpf, procfs = (inspect("-p", pid, "-s", ",".join(SIGNALS), evidence=evidence) for evidence in ("bpf", "procfs"))
        for sig in SIGNALS:
            for where in ("outside", "inside"):
                said = procfs.signal(pid, sig)["if_sent"].get(where, {})
                exact = bpf.signal(pid, sig)["if_sent"].get(where, {})
                for key in set(said) & {"cause", "effect"}:
                    assert said[key] == exact.get(key, said[key] if key == "effect" else None), (name, sig, where, said, exact)
        fx.close()
