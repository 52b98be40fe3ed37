# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of pods and of docker share."""

import os
import signal
import subprocess

from harness import DEADLINE_S, SIGTRACE, proc_status, signal_number
from waiting import wait_until

# A command for a container. Its fixture must not take the shim's end for its parent's, and waits for a slow test.
FIXTURE = ("/fixture", "pdeathsig", "0", "deadline", "600")


def wait_caught(pid, sig):
    """Until the process has a handler for the signal, or ignores it."""
    bit = 1 << (signal_number(sig) - 1)

    def has_changed():
        status = proc_status(pid)
        return int(status["SigCgt"], 16) & bit or int(status["SigIgn"], 16) & bit

    wait_until(has_changed, f"{pid} to catch or ignore {sig}")


def send_until_seen(t, pid, sig, start=0):
    """
    Signals a process until the trace shows that: a container that appears meanwhile is selected when its name was read,
    an instant after it began.
    """
    def seen():
        os.kill(pid, signal_number(sig))
        return [event for event in t.events.items[start:]
                if event.get("type") == "generate" and event.process.get("tgid") == pid]

    return wait_until(seen, f"{sig} to {pid} in the trace")[0]


def run(*args):
    """`sigtrace ARGS…` that ends by itself; the caller judges the result."""
    return subprocess.run(
        [SIGTRACE, *(str(arg) for arg in args)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=3 * DEADLINE_S, check=False)


def check_stop(t, pid, container, signals=("TERM",)):
    """
    What every stop by a runtime must show: the signals in this order, to that container, from runc on the node, which is
    in no container, below the shim. Returns the events of generation.
    """
    sent = [event for event in t.all(to=pid) if event["signal"]["number"] in map(signal_number, signals)]
    assert [event["signal"]["number"] for event in sent] == list(map(signal_number, signals)), sent
    for event in sent:
        event.check({"target.container": container, "sender.container": None, "sender.kind": "user",
                     "sender.comm": lambda comm: comm.startswith("runc"),
                     "sender.ancestors": lambda chain: any(
                         process["comm"].startswith("containerd-shim") for process in chain)})
    return sent


def check_killed_after(t, pid, container, grace_s):
    """SIGTERM did nothing, SIGKILL came when the grace was over, and the process died of it."""
    term, kill = check_stop(t, pid, container, ("TERM", "KILL"))
    term.check(result="ignored", cause="unkillable_sig_dfl", **{"target.namespace_init": True})
    assert kill["boot_ns"] - term["boot_ns"] >= grace_s * 900_000_000, (term, kill)
    [end] = t.all("exit", to=pid)
    end.check({"status.signal": "SIGKILL", "process.container": container, "after.signal": "SIGKILL",
               "after.sender.container": None})


def check_ended_by_handler(t, pid, container, code):
    """SIGTERM was caught, and the process ended by itself."""
    [term] = check_stop(t, pid, container)
    term.check(cause="caught", result="delivered")
    [delivery] = t.all("deliver", "TERM", to=pid)
    delivery.check({"process.container": container})
    [end] = t.all("exit", to=pid)
    end.check({"status.code": code, "process.container": container, "after.signal": "SIGTERM"})
    assert not t.all(sig=signal.SIGKILL, to=pid), "it was killed, too"
