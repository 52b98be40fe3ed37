# SPDX-License-Identifier: BSD-2-Clause
"""All 64 signals: what the fixture works out from signal(7), and proves by its children's fate, sigtrace must say too."""

import pytest

ALL = "1-64"


def flag_value(names):
    values = {"SA_NOCLDSTOP": 1, "SA_NOCLDWAIT": 2, "SA_SIGINFO": 4, "SA_RESTORER": 0x04000000, "SA_ONSTACK": 0x08000000,
              "SA_RESTART": 0x10000000, "SA_NODEFER": 0x40000000, "SA_RESETHAND": 0x80000000}
    return sum(values[name] for name in names)


@pytest.mark.parametrize("mode, count", [("default", 64), ("ignore", 62), ("catch", 62), ("block", 62)])
def test_matrix(fixture, trace, mode, count):
    fx = fixture("ready serve {main}")
    t = trace("-p", fx.ready(), "-f", "-s", ALL)
    fx.do("main", f"matrix {mode}")
    t.finish()
    assert not [line for line in fx.lines.items if line["kind"] == "wrong-fate"], "the fixture's own expectation is wrong"
    expected = [line for line in fx.lines.items if line["kind"] == "expect"]
    assert len(expected) == count
    for line in expected:
        sent = t.all(sig=line["sig"], to=line["target"])
        assert sent, f"no event for {line}"
        sent[0].check({"result": line["result"], "cause": line["cause"], "sender.tgid": fx.pid, "code.name": "SI_USER"})
        delivered = t.all("deliver", sig=line["deliver_sig"] or line["sig"], to=line["target"])
        if line["deliver"] == "-":
            assert not delivered, delivered
            continue
        assert delivered, f"no delivery for {line}"
        if line["sig"] == 9:
            # Either is true of SIGKILL itself: it is the default action, and it began the group exit.
            assert delivered[0]["cause"] in ("group_exit", "default_terminate")
        else:
            delivered[0].check(cause=line["deliver"])
        if line["deliver"] == "group_exit":
            assert delivered[0].at("group_exit.signal") == sent[0]["signal"]["name"]
        if mode == "catch":
            for snapshot in (sent[0]["target"], delivered[0]["process"]):
                assert snapshot["handler"] == line["handler"]
                assert flag_value(snapshot["sa_flags"]) == int(line["flags"], 16)


def test_every_signal_has_its_own_handler(fixture, trace):
    """64 handlers in one process: a wrong stride through the kernel's table of actions reads a neighbour's."""
    fx = fixture("ready serve {main}")
    pid = fx.ready()
    t = trace("-p", pid, "-s", ALL)
    fx.do("main", "handlers")
    t.finish()
    expected = {line["sig"]: line for line in fx.lines.items if line["kind"] == "handler"}
    assert len(expected) == 62
    for type_, key in (("generate", "target"), ("deliver", "process")):
        for sig, line in expected.items():
            [event] = t.all(type_, sig=sig, to=pid)
            event.check({"cause": "caught", f"{key}.handler": line["handler"],
                         f"{key}.sa_flags": lambda names, line=line: flag_value(names) == int(line["flags"], 16)})


def test_names(fixture, trace):
    fx = fixture("ignore all ready serve {main}")
    t = trace("-p", fx.ready(), "-s", ALL)
    fx.do("main", " ".join(f"send kill {sig} self" for sig in (*range(1, 9), *range(10, 19), *range(20, 65))))
    t.finish()
    names = {event["signal"]["number"]: event["signal"]["name"] for event in t.all()}
    assert len(names) == 62
    assert names[1] == "SIGHUP" and names[16] == "SIGSTKFLT" and names[29] in ("SIGIO", "SIGPOLL") and names[31] == "SIGSYS"
    assert (names[32], names[33], names[34], names[35], names[64]) == ("SIG32", "SIG33", "SIGRTMIN", "SIGRTMIN+1", "SIGRTMAX")
