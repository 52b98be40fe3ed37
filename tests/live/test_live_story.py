# SPDX-License-Identifier: BSD-2-Clause
"""Whole stories, in order: from the wish to the end. And many of them, in a fixed amount of memory."""

import subprocess

import pytest

from harness import DEADLINE_S, SIGTRACE, proc_status


def story(t, *pids):
    """Kinds and signals in order, of those processes."""
    return [(one["type"], one.get("signal", {}).get("name")) for one in t.events.items if one.process.get("tgid") in pids]


CAST = ("{} A [ comm app {} ready {} ] fork B [ comm polite ready serve {{B}} ]"
        " fork C [ comm killer ready serve {{C}} ] ready wait A pause")


def test_docker_stop(fixture, trace):
    """The application notes the wish and goes on; after the grace period somebody else kills it."""
    fx = fixture(CAST.format("init", "catch TERM", "pause"))
    app, polite, killer = (fx.ready(who) for who in "ABC")
    t = trace("-p", app, "--handlers", "--deadline", "500ms")
    fx.do("B", f"send kill TERM {app}")
    alive = t.wait("still_alive", to=app)
    fx.do("C", f"send kill KILL {app}")
    t.finish(stop=None)
    assert story(t, app) == [
        ("generate", "SIGTERM"), ("deliver", "SIGTERM"), ("handler_return", "SIGTERM"), ("still_alive", None),
        ("generate", "SIGKILL"), ("deliver", "SIGKILL"), ("exit", None)]
    by = {"kind": "user", "tgid": polite, "comm": "polite"}
    wish = {"signal": "SIGTERM", "became": "handled", **{f"sender.{key}": value for key, value in by.items()}}
    alive.check({f"after.{key}": value for key, value in wish.items()})
    [term] = t.all(sig="TERM")
    term.check({"sender.tgid": polite, "target.namespace_init": True, "cause": "caught"})
    [kill] = t.all(sig="KILL")
    kill.check({f"escalation.{key}": value for key, value in wish.items()}, **{"sender.tgid": killer})
    assert kill["escalation"]["elapsed_ns"] > alive["after"]["elapsed_ns"] >= 500_000_000
    [end] = t.all("exit")
    end.check({
        "status.signal": "SIGKILL", "after.signal": "SIGKILL", "after.caused": True, "after.sender.tgid": killer,
        "after.sender.comm": "killer"})
    assert fx.line("waited", child="A")["signal"] == 9


def test_docker_stop_of_an_init_without_a_handler(fixture, trace):
    fx = fixture(CAST.format("init", "", "pause"))
    app, polite, killer = (fx.ready(who) for who in "ABC")
    t = trace("-p", app, "--handlers", "--deadline", "500ms", "--failed")
    fx.do("B", f"send kill TERM {app}")
    t.wait("still_alive", to=app).check({"after.became": "ignored", "after.sender.tgid": polite})
    fx.do("C", f"send kill KILL {app}")
    t.finish(stop=None)
    assert story(t, app) == [
        ("generate", "SIGTERM"), ("still_alive", None), ("generate", "SIGKILL"), ("deliver", "SIGKILL"), ("exit", None)]
    t.all(sig="KILL")[0].check({"escalation.became": "ignored", "escalation.sender.tgid": polite, "sender.tgid": killer})


def test_the_handler_came_too_late(fixture, trace):
    """Ignored, a handler after that, sent again, and it ends in time."""
    fx = fixture(CAST.format("init", "", "serve {A}"))
    app, polite = fx.ready("A"), fx.ready("B")
    t = trace("-p", app, "--handlers", "--deadline", "20s")
    fx.do("B", f"send kill TERM {app}")
    fx.start_do("A", "exec [ exit-on TERM=0 say up pause ]")
    fx.line("said")
    t.wait("handler_installed", sig="TERM", to=app).check({"after.sender.tgid": polite})
    fx.do("B", f"send kill TERM {app}")
    t.finish(stop=None)
    assert story(t, app) == [
        ("generate", "SIGTERM"), ("handler_installed", "SIGTERM"), ("generate", "SIGTERM"), ("deliver", "SIGTERM"),
        ("exit", None)]
    t.all("exit")[0].check({"status.code": 0, "after.signal": "SIGTERM", "after.became": "handled", "after.caused": False})


def test_refused_first(fixture, trace):
    """Somebody without the right tries, then somebody who has it."""
    fx = fixture("fork A [ comm app ready pause ] fork B [ comm polite setuid 65534 ready serve {B} ]"
                 " fork C [ comm killer ready serve {C} ] ready wait A pause")
    app, polite, killer = (fx.ready(who) for who in "ABC")
    t = trace("-p", app, "--failed")
    fx.do("B", f"send kill TERM {app}")
    fx.do("C", f"send kill TERM {app}")
    t.finish(stop=None)
    # Its default action is delivered as SIGKILL to each thread.
    assert story(t, app) == [("send_failed", "SIGTERM"), ("generate", "SIGTERM"), ("deliver", "SIGKILL"), ("exit", None)]
    t.all("send_failed")[0].check({"sender.tgid": polite, "error": "EPERM"})
    t.all("exit")[0].check({"after.sender.tgid": killer, "after.caused": True})


def test_text_of_docker_stop(fixture):
    """One look tells it."""
    fx = fixture(CAST.format("init", "catch TERM", "pause"))
    app, polite, killer = (fx.ready(who) for who in "ABC")
    process = subprocess.Popen([SIGTRACE, "-p", str(app), "--handlers", "--deadline", "500ms"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = []
    try:
        for line in process.stderr:
            if line.startswith("sigtrace: tracing"):
                break
        fx.do("B", f"send kill TERM {app}")
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            if "still alive" in line:
                break
        fx.do("C", f"send kill KILL {app}")
        rest, err = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0, err
    finally:
        process.kill()
        process.wait(DEADLINE_S)
    lines += rest.splitlines()
    out = "\n".join(lines)
    wish = f"SIGTERM from polite[{polite}]"

    def row(start, *words):
        found = [number for number, line in enumerate(lines)
                 if " ".join(line.split()[1:]).startswith(start) and all(one in line for one in words)]
        assert len(found) == 1, f"{start} {words}: {found}\n{out}"
        return found[0]

    target = f"app[{app}, init]"
    rows = [row(f"SIGTERM polite[{polite}] {target} DELIVERED"), row(f"SIGTERM - {target} -> returned", "returned after"),
            row(f"- - {target} still alive", wish, "handled"),
            row(f"SIGKILL killer[{killer}] {target} DELIVERED", wish, "handled"),
            row(f"- - {target} killed", f"ended by SIGKILL from killer[{killer}]")]
    assert rows == sorted(rows), out


# --- Groups ---


def test_setsid_escapes(fixture, trace):
    """dumb-init#191: whoever has left the group gets nothing, and the rest of the lines show whom it reached."""
    fx = fixture("fork G [ setpgid fork A [ catch TERM ready pause ] fork B [ setsid catch TERM ready pause ]"
                 " fork C [ setpgid catch TERM ready pause ] fork D [ catch TERM ready pause ] catch TERM ready pause ]"
                 " ready serve {main}")
    members = {who: fx.ready(who) for who in "GAD"}
    escaped = {who: fx.ready(who) for who in "BC"}
    fx.ready()
    everybody = {**members, **escaped}
    t = trace("-p", ",".join(map(str, everybody.values())))
    fx.do("main", f"send kill TERM -{members['G']}")
    for pid in members.values():
        t.wait("deliver", sig="TERM", to=pid)
    # What reaches all of them later shows that they are watched.
    for who in "ABCDG":  # the children do not outlive their parent
        fx.kill("USR2", who)
        t.wait("exit", to=everybody[who])
    t.finish(stop=None)
    assert sorted(event.process["tgid"] for event in t.all(sig="TERM")) == sorted(members.values())
    for event in t.all(sig="TERM"):
        event.check({"sender.tgid": fx.pid, "cause": "caught", "scope": "process"})
    assert {event.process["tgid"] for event in t.all(sig="USR2")} == set(everybody.values())


# --- Many ---


def resident_kib(pid):
    return int(proc_status(pid)["VmRSS"].split()[0])


FIRST = 1_000
ROUND = 4_500
COUNT = FIRST + 2 * ROUND
GROWTH_KIB = 2048


@pytest.mark.parametrize("options", [
    ("--deadline", "500ms"), ("--deadline", "20s", "--handlers", "--failed")], ids=["default", "opt-ins"])
def test_many_short_lived_processes(fixture, trace, options):
    """Each gets SIGTERM and ends: of it, of a handler, or after it was ignored. Their memory is given back."""
    fx = fixture("deadline 120 comm nursery ready serve {main}")
    parent = fx.ready()
    t = trace("-s", "TERM", *options)

    def wait_ends(count, start=0):
        """The index behind the last of so many ends."""
        def is_end(event):
            return event.get("type") == "exit" and event.at("after.sender.tgid") == parent
        for _ in range(count):
            start = t.events.wait(is_end, start, f"{count} ends", deadline_s=3 * DEADLINE_S) + 1
        return start

    fx.do("main", f"short-lived {FIRST} TERM")
    at = wait_ends(FIRST)
    resident = [resident_kib(t.process.pid)]
    for rounds in (2, 3):
        fx.start_do("main", f"short-lived {ROUND} TERM")
        fx.lines.wait(lambda line: line["kind"] == "done" and sum(one["kind"] == "done" for one in fx.lines.items) == rounds,
                      what="all children", deadline_s=3 * DEADLINE_S)
        at = wait_ends(ROUND, at)
        resident.append(resident_kib(t.process.pid))
    t.finish()
    # Once it may grow: on a busy machine some outlive the deadline, and the first snapshot parses the kernel's BTF.
    growth = [after - before for before, after in zip(resident, resident[1:])]
    assert min(growth) < GROWTH_KIB, resident
    ours = [one for one in t.all("generate", sig="TERM") if one.at("sender.tgid") == parent]
    assert len(ours) == COUNT
    mine = {one["target"]["tgid"] for one in ours}
    causes = {cause: sum(one["cause"] == cause for one in ours) for cause in ("default_terminate", "sig_ign", "caught")}
    assert causes == {"default_terminate": (COUNT + 2) // 3, "sig_ign": (COUNT + 1) // 3, "caught": COUNT // 3}
    ends = [one for one in t.all("exit") if one.process["tgid"] in mine]
    assert len(ends) == COUNT
    became = {word: sum(one["after"].get("became") == word for one in ends) for word in ("acted", "ignored", "handled")}
    assert became == {"acted": causes["default_terminate"], "ignored": causes["sig_ign"], "handled": causes["caught"]}
    for one in t.events.items:
        if one["type"] in ("handler_installed", "taken", "handler_return"):
            assert one.process["tgid"] not in mine, one
        if one["type"] == "still_alive" and one.process["tgid"] in mine:
            assert one["after"]["elapsed_ns"] >= 500_000_000, one  # on a busy machine
    t.summary.check({"lost": 0, "corrupt": 0, "outcomes_forgotten": 0, "watches_forgotten": 0, "deadlines_forgotten": 0})
