# SPDX-License-Identifier: BSD-2-Clause
"""check of a PID 1 whose child has a PID namespace of its own below: sandboxes, containers in containers."""

import sys

from checking import GRACE, LONG, check

# PID 1; what it does on SIGTERM. The child says so when its handler is there, and only takes SIGTERM.
NEST = """
import ctypes, os, signal, sys
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
assert ctypes.CDLL(None).unshare(0x20000000) == 0
child = os.fork()
if not child:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0) if sys.argv[2] == "ends" else None)
    print("ready", flush=True)
    while True:
        signal.pause()
while not asked:
    signal.pause()
if "forwards" in sys.argv[1]:
    os.kill(child, signal.SIGTERM)
if "waits" in sys.argv[1]:
    os.wait()
while "stays" in sys.argv[1]:
    signal.pause()
"""


def nest(init, child, *options, **keywords):
    return check([sys.executable, "-c", NEST, init, child], "-r", "log:^ready$", *options, **keywords)


def test_forwarded():
    document = nest("forwards waits", "ends", *LONG, expect="pass graceful")
    assert not document.warnings() and not document["survivors"]
    [sent] = [event for event in document["timeline"] if event["type"] == "generate" and event["target"]["tgid"] != document["init"]["tgid"]
              and event["signal"]["name"] == "SIGTERM"]
    assert sent["target"]["pid_ns"] != document["init"]["pid_ns"] and sent["sender"]["tgid"] == document["init"]["tgid"]


def test_forwarded_and_alive():
    document = nest("forwards waits", "stays", *GRACE, expect="fail still_running")
    [survivor] = document["survivors"]
    assert survivor["asked"]["signal"] == "SIGTERM", survivor


def test_not_forwarded():
    document = nest("stays", "stays", *GRACE, expect="fail not_forwarded")
    [survivor] = document["survivors"]
    assert "asked" not in survivor


def test_killed_by_the_end_of_the_namespace_above():
    nest("", "stays", *LONG, expect="pass graceful", warnings=["killed_descendants"])
