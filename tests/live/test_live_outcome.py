# SPDX-License-Identifier: BSD-2-Clause
"""What followed a signal: the end of the process, the SIGKILL after a polite wish, and who was behind the sender."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

from harness import (DEADLINE_S, FIXTURE, SIGTRACE, _parse_json_line, ancestors, comm, proc_status, signal_number,
                     validate, wait_sigwait, wait_state, wait_until)

US = {"kind": "user", "tgid": os.getpid(), "comm": comm(os.getpid())}


def start(fixture, verbs="", tail="serve {A}", **keywords):
    fx = fixture(f"fork A [ {verbs} ready {tail} ] ready pause", **keywords)
    fx.ready()
    return fx, fx.ready("A")


def boot_ns():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def from_us(path):
    return {f"{path}.sender.{key}": value for key, value in US.items()}


# --- The end of a process ---


def test_default_action_of_sigterm(fixture, trace):
    fx, pid = start(fixture)
    t = trace("-p", pid)
    before = boot_ns()
    fx.kill("TERM", "A")
    event = t.wait("exit", to=pid)
    window_ns = boot_ns() - before
    event.check({
        "status.signal": "SIGTERM", "status.code": None, "status.core_dumped": False, "process.tgid": pid,
        "process.comm": comm(fx.pid), "after.signal": "SIGTERM", "after.caused": True, "after.became": "acted",
        "after.elapsed_ns": lambda ns: 0 < ns < window_ns}, **from_us("after"))
    t.finish(stop=None)
    assert len(t.all("exit")) == 1
    assert [event["type"] for event in t.events.items] == ["generate", "deliver", "exit", "summary"]


@pytest.mark.parametrize("sig", ["KILL", "USR1", "RTMIN+3"])
def test_default_action_of_other_signals(fixture, trace, sig):
    fx, pid = start(fixture)
    t = trace("-p", pid)
    fx.kill(sig, "A")
    name = t.wait(sig=sig, to=pid)["signal"]["name"]
    t.wait("exit", to=pid).check({
        "status.signal": name, "after.signal": name, "after.caused": True, "after.became": "acted"}, **from_us("after"))
    t.finish(stop=None)


@pytest.mark.parametrize("code", [0, 143])
def test_handler_that_exits(fixture, trace, code):
    """143 is what a shell makes of SIGTERM; nobody died of the signal."""
    fx, pid = start(fixture, f"exit-on TERM={code}")
    t = trace("-p", pid)
    fx.kill("TERM", "A")
    t.wait("exit", to=pid).check({
        "status.code": code, "status.signal": None, "status.core_dumped": None, "after.signal": "SIGTERM",
        "after.caused": False, "after.became": "handled"}, **from_us("after"))
    t.finish(stop=None)


def test_exit_while_the_signal_is_blocked(fixture, trace):
    """Nothing shows at the end whether it was still pending, or sigwait() had taken it."""
    fx, pid = start(fixture, "block TERM")
    t = trace("-p", pid)
    fx.kill("TERM", "A")
    fx.start_do("A", "exit 4")
    t.wait("exit", to=pid).check({
        "status.code": 4, "after.signal": "SIGTERM", "after.caused": False, "after.became": None})
    t.finish(stop=None)


def test_signal_number_as_exit_code(fixture, trace):
    """exit(15) is not SIGTERM, whatever the status looks like."""
    fx, pid = start(fixture, "ignore TERM")
    t = trace("-p", pid)
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=pid)
    fx.start_do("A", "exit 15")
    t.wait("exit", to=pid).check({
        "status.code": 15, "status.signal": None, "after.signal": "SIGTERM", "after.caused": False,
        "after.became": "ignored"})
    t.finish(stop=None)


def test_exit_without_a_signal(fixture, trace):
    fx, pid = start(fixture)
    t = trace("-p", pid)
    fx.start_do("A", "exit 7")
    t.wait("exit", to=pid).check({"status.code": 7, "after": None, "process.tgid": pid})
    t.finish(stop=None)
    assert len(t.all("exit")) == 1


def test_the_last_thread_ends_the_process(fixture, trace):
    """Neither the end of the main thread nor that of one more is the end. Whose code it is depends on the kernel's version."""
    fx = fixture("fork A [ thread T1 [ ready serve {T1} ] thread T2 [ ready serve {T2} ] ready serve {A} ] ready wait A pause")
    pid = fx.ready("A")
    tids = {who: fx.tid(who) for who in ("T1", "T2")}
    t = trace("-p", f"{pid},{fx.pid}", "-s", "USR1")
    fx.start_do("A", "exit-thread-with 5")
    wait_state(pid, "Z")
    fx.start_do("T1", "exit-thread-with 6")
    wait_until(lambda: not os.path.exists(f"/proc/{pid}/task/{tids['T1']}"), "T1 to be gone")
    fx.start_do("T2", "exit-thread-with 7")
    code = fx.line("waited", child="A")["code"]
    assert code in (5, 7)
    t.finish()
    [event] = t.all("exit")
    event.check({"process.tgid": pid, "status.code": code, "after": None})


def test_signal_after_the_main_thread_is_gone(fixture, trace):
    fx = fixture("fork A [ thread T [ ready pause ] ready exit-thread-with 5 ] ready wait A pause")
    pid = fx.ready("A")
    fx.tid("T")
    wait_state(pid, "Z")
    t = trace("-p", f"{pid},{fx.pid}", "-s", "TERM")
    fx.kill("TERM", "A")
    assert fx.line("waited", child="A")["signal"] == signal.SIGTERM
    t.finish()
    [event] = t.all("exit")
    event.check({"process.tgid": pid, "status.signal": "SIGTERM", "after.caused": True})


def test_many_threads_end_once(fixture, trace):
    fx, pid = start(fixture, "threads 100")
    t = trace("-p", pid, "-s", "TERM")
    fx.kill("TERM", "A")
    t.finish(stop=None)
    [event] = t.all("exit")
    event.check({"status.signal": "SIGTERM", "after.caused": True})


@pytest.mark.parametrize("limit, dumped", [(0, False), (2**31 - 1, True)])
def test_core_dump(fixture, trace, tmp_path, limit, dumped):
    if dumped and pathlib.Path("/proc/sys/kernel/core_pattern").read_text().startswith(("|", "@")):
        pytest.skip("core dumps of this machine go to a program")
    fx = fixture(f"rlimit core {limit} fork A [ ready pause ] ready wait A pause", cwd=tmp_path)
    pid = fx.ready("A")
    t = trace("-p", pid)
    fx.kill("QUIT", "A")
    assert fx.line("waited", child="A") == {**fx.line("waited"), "signal": signal.SIGQUIT, "core": int(dumped)}
    t.wait("exit", to=pid).check({
        "status.signal": "SIGQUIT", "status.core_dumped": dumped, "after.signal": "SIGQUIT", "after.caused": True,
        "after.became": "acted"})
    t.finish(stop=None)


def test_exec_between_signal_and_exit(fixture, trace):
    """Another program, but the same process."""
    fx, pid = start(fixture, "ignore TERM")
    t = trace("-p", pid)
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=pid)
    fx.start_do("A", "exec [ comm second exit 5 ]")
    t.wait("exit", to=pid).check({
        "status.code": 5, "process.comm": "second", "after.signal": "SIGTERM", "after.became": "ignored",
        "after.caused": False})
    t.finish(stop=None)
    assert len(t.all("exit")) == 1


def test_exec_by_a_thread(fixture, trace):
    """The thread takes the number of the process; the old main thread's end is nobody's."""
    fx = fixture("fork A [ ignore TERM thread T [ ready serve {T} ] ready pause ] ready wait A pause")
    pid = fx.ready("A")
    fx.ready("T")
    t = trace("-p", f"{pid},{fx.pid}", "-s", "TERM")
    fx.kill("TERM", "A")
    fx.start_do("T", "exec [ exit 5 ]")
    assert fx.line("waited", child="A")["code"] == 5
    t.finish()
    [event] = t.all("exit")
    event.check({"process.tgid": pid, "process.tid": pid, "status.code": 5, "after.signal": "SIGTERM"})


def test_namespace_init(fixture, trace):
    fx = fixture("init A [ exit-on TERM=3 ready pause ] ready pause")
    init = fx.ready("A")
    t = trace("-p", init)
    fx.kill("TERM", "A")
    t.wait("exit", to=init).check({
        "process.namespace_init": True, "process.ns_tgid": 1, "status.code": 3, "after.signal": "SIGTERM",
        "after.caused": False, "after.became": "handled"}, **from_us("after"))
    t.finish(stop=None)


def test_namespace_init_without_a_handler(fixture, trace):
    fx = fixture("init A [ ready serve {A} ] ready pause")
    init = fx.ready("A")
    t = trace("-p", init)
    fx.kill("TERM", "A")
    t.wait(sig="TERM", to=init)
    fx.start_do("A", "exit 0")
    t.wait("exit", to=init).check({
        "status.code": 0, "after.signal": "SIGTERM", "after.caused": False, "after.became": "ignored"})
    t.finish(stop=None)


@pytest.mark.parametrize("wait", ["sigwait TERM", "signalfd TERM pause"])
def test_consumed_is_not_called_pending(fixture, trace, wait):
    """Taken by sigtimedwait() or a signalfd: no delivery proves what became of it, so nothing false may be said."""
    fx = fixture(f"fork A [ ready {wait} ] ready pause")
    pid = fx.ready("A")
    if wait.startswith("sigwait"):
        wait_sigwait(pid, "TERM")
    else:
        wait_state(pid, "S")
    t = trace("-p", pid)
    fx.kill("TERM", "A")
    fx.line("sigwait-got" if wait.startswith("sigwait") else "signalfd-got", sig=15)
    if not wait.startswith("sigwait"):
        fx.kill("KILL", "A")
    event = t.wait("exit", to=pid)
    t.finish(stop=None)
    for earlier in [event["after"], *(generated.get("escalation") for generated in t.all(sig="KILL"))]:
        assert earlier.get("became") not in ("pending", "ignored") or earlier["signal"] != "SIGTERM", earlier


# --- Whose end is shown ---


def test_not_selected_and_no_signal(fixture, trace):
    fx = fixture("fork A [ ignore USR1 ready serve {A} ] fork B [ ready serve {B} ] ready wait B pause")
    pid = fx.ready("A")
    fx.ready("B")
    t = trace("-p", pid)
    fx.start_do("B", "exit 0")
    fx.line("waited", child="B")
    fx.do("A", "send kill USR1 self")
    t.wait(sig="USR1", to=pid)
    t.finish()
    assert not t.all("exit")


def test_whole_machine(fixture, trace):
    """Without a selection only those that got a signal of the trace."""
    fx = fixture("fork A [ ready serve {A} ] fork B [ ignore HUP ready serve {B} ] fork C [ ready pause ]"
                 " ready wait A wait B wait C pause")
    quiet, filtered, hit = (fx.ready(who) for who in "ABC")
    t = trace("-s", "RTMIN+7")
    fx.start_do("A", "exit 0")
    fx.kill("HUP", "B")
    fx.start_do("B", "exit 0")
    fx.kill("RTMIN+7", "C")
    fx.line("waited", child="C")
    t.wait("exit", to=hit).check({"status.signal": "SIGRTMIN+7", "after.caused": True})
    t.finish()
    assert not {quiet, filtered} & {event["process"]["tgid"] for event in t.all("exit")}


def test_from_shows_the_end_of_the_target(fixture, trace):
    fx = fixture("fork A [ ready serve {A} ] fork B [ ready pause ] fork C [ ready serve {C} ] ready wait B wait C pause")
    a, b, c = (fx.ready(who) for who in "ABC")
    t = trace("-p", a, "--from")
    fx.start_do("C", "exit 0")
    fx.do("A", f"send kill TERM {b}")
    t.wait("exit", to=b).check({"status.signal": "SIGTERM", "after.signal": "SIGTERM", "after.caused": True,
                                "after.sender.tgid": a})
    fx.line("waited", child="C")
    t.finish()
    assert {event["process"]["tgid"] for event in t.all("exit")} == {b}, "C got no signal"
    assert c != b


def test_follow_shows_the_end_of_children(fixture, trace):
    fx = fixture("ready serve {main}")
    t = trace("-p", fx.ready(), "-f")
    fx.do("main", "fork A [ exit 3 ] wait A")
    child = fx.line("child", child="A")["child_pid"]
    t.wait("exit", to=child).check({"status.code": 3, "after": None})
    t.finish()
    assert len(t.all("exit")) == 1


def test_short_lived_children_end_once_each(fixture, trace):
    count = 200
    fx = fixture("ready serve {main}")
    t = trace("-p", fx.ready(), "-f")
    fx.do("main", f"spawn {count}")
    t.finish()
    ends = t.all("exit")
    assert len(ends) == len({event["process"]["tgid"] for event in ends}) == count
    assert sorted(event["status"]["code"] for event in ends) == sorted(i % 256 for i in range(count))


def test_problems_only_shows_no_end(fixture, trace):
    fx = fixture("fork A [ ready pause ] fork B [ ignore TERM ready serve {B} ] ready wait A wait B pause")
    a, b = fx.ready("A"), fx.ready("B")
    t = trace("-p", f"{a},{b}", "-x")
    fx.kill("TERM", "A")
    fx.kill("TERM", "B")
    t.wait(sig="TERM", to=b)
    fx.start_do("B", "exit 0")
    t.finish(stop=None)
    assert not t.all("exit")


def test_an_end_counts(fixture, trace):
    fx, pid = start(fixture)
    t = trace("-p", f"{pid},{fx.pid}", "-n", "3", "-s", "TERM,KILL")
    fx.kill("TERM", "A")
    t.finish(stop=None)
    assert [event["type"] for event in t.events.items] == ["generate", "deliver", "exit", "summary"]
    assert t.summary["events"] == 3


def run_command(*words, options=()):
    done = subprocess.run([SIGTRACE, "-o", "json", *options, "--", FIXTURE, *words], capture_output=True, check=False,
                          timeout=DEADLINE_S, stdin=subprocess.DEVNULL)
    events = [_parse_json_line(raw) for raw in done.stdout.splitlines() if raw.startswith(b"{")]
    validate(events)
    return done.returncode, events


@pytest.mark.parametrize("words, returned, facts", [
    (("exit", "6"), 6, {"status.code": 6, "after": None}),
    (("send", "kill", "TERM", "self"), -15, {
        "status.signal": "SIGTERM", "after.signal": "SIGTERM", "after.caused": True, "after.became": "acted"}),
])
def test_end_of_the_command(words, returned, facts):
    status, events = run_command(*words)
    assert status == returned
    [end] = [event for event in events if event["type"] == "exit"]
    end.check(facts)
    assert events[-1]["type"] == "summary" and events[-2] is end


# --- Escalation: SIGKILL after a wish ---


ESCALATE = "fork A [ {} ready {} ] fork B [ comm polite ready serve {{B}} ] fork C [ comm killer ready serve {{C}} ] ready pause"


def escalate(fixture, trace, verbs="", tail="pause", wishes=("TERM",), how="fork"):
    """One process sends the wishes, another one SIGKILL."""
    fx = fixture(ESCALATE.format(verbs, tail).replace("fork A", f"{how} A"))
    pid, polite, killer = (fx.ready(who) for who in "ABC")
    t = trace("-p", pid)
    for wish in wishes:
        fx.do("B", f"send kill {wish} {pid}")
        if f"catch {wish}" in verbs:
            fx.line("caught", sig=signal_number(wish))
    fx.do("C", f"send kill KILL {pid}")
    killed = t.wait(sig="KILL", to=pid)
    end = t.wait("exit", to=pid).check({
        "status.signal": "SIGKILL", "after.signal": "SIGKILL", "after.caused": True, "after.became": "acted",
        "after.sender.kind": "user", "after.sender.tgid": killer, "after.sender.comm": "killer"})
    t.finish(stop=None)
    assert end["after"]["elapsed_ns"] == end["boot_ns"] - killed["boot_ns"] > 0
    return t, killed, polite


@pytest.mark.parametrize("wish", ["TERM", "INT", "QUIT", "HUP"])
@pytest.mark.parametrize("verbs, became", [("ignore {}", "ignored"), ("catch {}", "handled"), ("block {}", "pending")])
def test_escalation(fixture, trace, wish, verbs, became):
    t, killed, polite = escalate(fixture, trace, verbs.format(wish), wishes=(wish,))
    killed.check({
        "escalation.signal": f"SIG{wish}", "escalation.became": became, "escalation.sender.kind": "user",
        "escalation.sender.tgid": polite, "escalation.sender.comm": "polite", "escalation.caused": None})
    [wished] = t.all(sig=wish)
    assert killed["escalation"]["elapsed_ns"] == killed["boot_ns"] - wished["boot_ns"] > 0
    wished.check({"escalation": None})


def test_escalation_of_a_namespace_init(fixture, trace):
    _, killed, polite = escalate(fixture, trace, how="init")
    killed.check({"escalation.signal": "SIGTERM", "escalation.became": "ignored", "escalation.sender.tgid": polite})


def test_escalation_names_the_last_wish(fixture, trace):
    _, killed, _ = escalate(fixture, trace, "ignore TERM catch INT", wishes=("TERM", "INT"))
    killed.check({"escalation.signal": "SIGINT", "escalation.became": "handled"})


def test_escalation_of_a_wish_that_was_blocked_and_then_handled(fixture, trace):
    fx = fixture("fork A [ block TERM catch TERM ready serve {A} ] ready pause")
    pid = fx.ready("A")
    t = trace("-p", pid)
    fx.kill("TERM", "A")
    fx.do("A", "unblock TERM")
    fx.line("caught", sig=15)
    fx.kill("KILL", "A")
    t.wait(sig="KILL", to=pid).check({"escalation.signal": "SIGTERM", "escalation.became": "handled"})
    t.finish(stop=None)


def test_escalation_of_a_wish_that_is_being_fulfilled(fixture, trace):
    """SIGTERM began the end, which takes long; SIGKILL adds nothing to it."""
    fx, pid = start(fixture)
    tracer = fixture(f"trace {pid} hold-exit")
    tracer.line("tracing")
    t = trace("-p", pid, "-s", "TERM,KILL")
    fx.kill("TERM", "A")
    tracer.line("held")
    fx.kill("KILL", "A")
    t.wait(sig="KILL", to=pid).check({
        "result": "ignored", "cause": "exiting", "escalation.signal": "SIGTERM",
        "escalation.became": lambda became: became in ("acted", "pending")})
    t.finish()


def test_sigkill_alone_escalates_nothing(fixture, trace):
    _, killed, _ = escalate(fixture, trace, wishes=())
    killed.check({"escalation": None})


def test_sigkill_after_signals_that_end_nothing(fixture, trace):
    _, killed, _ = escalate(fixture, trace, "catch CONT,WINCH ignore CHLD", wishes=("CONT", "WINCH", "CHLD"))
    killed.check({"escalation": None})


@pytest.mark.parametrize("wish", ["USR1", "RTMIN+3"])
def test_escalation_of_a_stop_signal_of_its_own(fixture, trace, wish):
    """STOPSIGNAL of an image."""
    t, killed, polite = escalate(fixture, trace, f"catch {wish}", wishes=(wish,))
    killed.check({"escalation.signal": t.all(sig=wish)[0]["signal"]["name"], "escalation.became": "handled",
                  "escalation.sender.tgid": polite})


def test_escalation_prefers_the_plain_wish(fixture, trace):
    """What came in between is probably something else: reopen your log."""
    _, killed, _ = escalate(fixture, trace, "catch TERM,USR1", wishes=("TERM", "USR1"))
    killed.check({"escalation.signal": "SIGTERM", "escalation.became": "handled"})


def test_sigkill_of_somebody_else_escalates_nothing(fixture, trace):
    fx = fixture("fork A [ ignore TERM ready pause ] fork B [ ready pause ] ready pause")
    a, b = fx.ready("A"), fx.ready("B")
    t = trace("-p", f"{a},{b}")
    fx.kill("TERM", "A")
    fx.kill("KILL", "B")
    t.wait(sig="KILL", to=b).check({"escalation": None})
    t.finish()


@pytest.mark.parametrize("init", ["tini", "dumb-init"])
def test_docker_stop(fixture, trace, init):
    """A small init passes SIGTERM on, the application ignores the wish, and after the grace period comes SIGKILL."""
    if not shutil.which(init):
        pytest.skip(f"{init} is not installed")
    fx = fixture("comm app catch TERM ready serve {main}",
                 program=("unshare", "--pid", "--fork", "--kill-child", init, "--", FIXTURE))
    app = fx.ready()
    pid = int(proc_status(app)["PPid"])
    assert comm(pid) == init and proc_status(pid)["NSpid"].split()[-1] == "1"
    wait_state(pid, "S")
    t = trace("-p", f"{pid},{app}")
    os.kill(pid, signal.SIGTERM)
    fx.line("caught", sig=15)
    t.wait(sig="TERM", to=pid).check({"target.namespace_init": True, "result": "delivered", "sender.tgid": os.getpid()})
    t.wait(sig="TERM", to=app).check({"cause": "caught", "sender.tgid": pid, "sender.comm": init})
    t.wait("deliver", sig="TERM", to=app)
    os.kill(pid, signal.SIGKILL)
    killed = t.wait(sig="KILL", to=pid).check({"escalation.signal": "SIGTERM"}, **from_us("escalation"))
    # Both wait for signals instead of catching them: the wish is neither pending nor ignored.
    assert killed["escalation"].get("became") not in ("pending", "ignored"), killed
    t.wait(sig="KILL", to=app).check({
        "sender.kind": "kernel", "sender.origin": "pid_namespace_teardown",
        "escalation.signal": "SIGTERM", "escalation.became": "handled", "escalation.sender.tgid": pid})
    t.wait("exit", to=app).check({"status.signal": "SIGKILL", "after.caused": True, "after.sender.kind": "kernel"})
    t.wait("exit", to=pid).check({"status.signal": "SIGKILL", "after.caused": True, "process.namespace_init": True})
    t.finish(stop=None)


# --- Who was behind the sender ---


def test_ancestors(fixture, trace):
    """A shell starts the fixture, which starts the sender."""
    fx = fixture("comm parent fork A [ ignore USR1 ready pause ] fork K [ comm killer ready serve {K} ] ready pause",
                 program=("sh", "-c", '"$0" "$@"; exit $?', FIXTURE))
    main, target, killer = fx.ready(), fx.ready("A"), fx.ready("K")
    wait_until(lambda: comm(killer) == "killer", "the sender to have its name")
    expected = ancestors(killer)
    assert [one["comm"] for one in expected[:2]] == ["parent", "sh"] and expected[0]["tgid"] == main
    t = trace("-p", target)
    fx.do("K", f"send kill USR1 {target}")
    t.wait(sig="USR1", to=target).check({"sender.tgid": killer, "sender.ancestors": expected[:8]})
    t.finish()


def test_ancestors_are_processes(fixture, trace):
    """A thread forked the sender, and another one than the main thread sends."""
    fx = fixture("comm leader fork A [ ignore USR1 ready pause ] ready thread T [ comm worker"
                 " fork K [ thread S [ ready serve {S} ] pause ] ready pause ] pause")
    target, killer = fx.ready("A"), fx.ready("S")
    fx.ready("T")
    expected = ancestors(killer)
    assert expected[0] == {"tgid": fx.ready(), "comm": "leader"}
    t = trace("-p", target)
    fx.do("S", f"send kill USR1 {target}")
    t.wait(sig="USR1", to=target).check({"sender.tgid": killer, "sender.ancestors": expected[:8]})
    t.finish()


def test_eight_ancestors_at_most(fixture, trace):
    depth = 10
    nested = "comm killer ready serve {K}"
    for level in reversed(range(depth)):
        nested = f"comm level{level} fork {'K' if level == depth - 1 else f'L{level + 1}'} [ {nested} ] ready pause"
    fx = fixture(f"fork A [ ignore USR1 ready pause ] fork L0 [ {nested} ] ready pause")
    target, killer = fx.ready("A"), fx.ready("K")
    for level in range(depth):
        fx.ready(f"L{level}")
    t = trace("-p", target)
    fx.do("K", f"send kill USR1 {target}")
    event = t.wait(sig="USR1", to=target)
    assert event["sender"]["ancestors"] == ancestors(killer)[:8]
    assert [one["comm"] for one in event["sender"]["ancestors"]] == [f"level{depth - 1 - i}" for i in range(8)]
    t.finish()


def test_ancestors_of_a_sender_that_is_gone(fixture, trace):
    """Runc lives for some milliseconds: nobody can look it up in /proc afterwards."""
    fx = fixture("comm shim fork A [ ignore USR1 ready pause ] ready serve {main}")
    target = fx.ready("A")
    t = trace("-p", target)
    fx.do("main", f"fork M [ comm middle fork S [ comm runc send kill USR1 {target} exit 0 ] wait S exit 0 ] wait M")
    middle, gone = (fx.line("child", child=who)["child_pid"] for who in "MS")
    assert not os.path.exists(f"/proc/{gone}") and not os.path.exists(f"/proc/{middle}")
    t.wait(sig="USR1", to=target).check({
        "sender.tgid": gone, "sender.comm": "runc",
        "sender.ancestors": [{"tgid": middle, "comm": "middle"}, {"tgid": fx.ready(), "comm": "shim"},
                             *ancestors(fx.pid)][:8]})
    t.finish()


def test_ancestors_beyond_a_namespace(fixture, trace):
    """Numbers are the host's, and the chain does not end at a namespace's init."""
    fx = fixture("comm outside init A [ comm inner-init ignore USR1 fork B [ ready serve {B} ] ready pause ] ready pause")
    init, sender = fx.ready("A"), fx.ready("B")
    fx.ready()
    t = trace("-p", init)
    fx.do("B", "send kill USR1 1")
    event = t.wait(sig="USR1", to=init).check({"sender.tgid": sender, "sender.ancestors": ancestors(sender)[:8]})
    assert event["sender"]["ancestors"][:2] == [{"tgid": init, "comm": "inner-init"},
                                                {"tgid": fx.pid, "comm": "outside"}]
    t.finish()


def test_nobody_is_behind_a_signal_to_oneself(fixture, trace):
    fx = fixture("ignore USR1 thread T [ ready serve {T} ] ready serve {main}")
    pid = fx.ready()
    fx.ready("T")
    t = trace("-p", pid)
    fx.do("main", "send kill USR1 self")
    fx.do("T", "send tkill USR1 self")
    t.finish()
    events = t.all(sig="USR1")
    assert len(events) == 2
    for event in events:
        event.check({"sender.tgid": pid, "sender.ancestors": None, "sender.origin": None})


# --- For people ---


def text_of(*args):
    process = subprocess.Popen([SIGTRACE, *map(str, args)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if line.startswith("sigtrace: tracing"):
            break
    return process


def test_text(fixture):
    """One look tells the story."""
    fx = fixture("comm shim fork A [ comm app ignore TERM ready pause ] fork B [ comm runc ready serve {B} ] ready wait A pause")
    pid, sender = fx.ready("A"), fx.ready("B")
    process = text_of("-p", pid)
    try:
        fx.do("B", f"send kill TERM {pid}")
        fx.do("B", f"send kill KILL {pid}")
        fx.line("waited", child="A")
        out, err = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0, err
    finally:
        process.kill()
    lines = out.splitlines()
    [term] = [line for line in lines if line.split()[1:4] == ["SIGTERM", f"runc[{sender}]", f"app[{pid}]"]]
    [kill] = [line for line in lines if line.split()[1:4] == ["SIGKILL", f"runc[{sender}]", f"app[{pid}]"]]
    [end] = [line for line in lines if line.split()[1:5] == ["-", "-", f"app[{pid}]", "killed"]]
    chains = [line for line in lines if " -> runc[" in line]
    assert len(chains) == 1, "once for a sender:\n" + out
    assert chains[0].startswith(" ") and f"shim[{fx.pid}] -> runc[{sender}]" in chains[0]
    assert lines.index(term) < lines.index(chains[0]) < lines.index(kill) < lines.index(end)
    assert f"after SIGTERM from runc[{sender}], which it ignored" in kill, out
    assert f"ended by SIGKILL from runc[{sender}]" in end, out
