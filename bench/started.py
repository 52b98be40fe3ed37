# SPDX-License-Identifier: BSD-2-Clause
"""Processes that the bench starts: waits for what they say, and ends them."""

import os
import re
import select
import signal
import subprocess
import time

DEADLINE_S = 30


class Trouble(Exception):
    """A measurement that cannot be made; the message says why."""


def read_until(stream, pattern, what, deadline_s=DEADLINE_S):
    """Reads an unbuffered stream up to a match; returns the match."""
    seen, end_s = b"", time.monotonic() + deadline_s
    while True:
        left = end_s - time.monotonic()
        if left <= 0 or not select.select([stream], [], [], left)[0]:
            raise Trouble(f"{what}: nothing within {deadline_s} s")
        data = os.read(stream.fileno(), 65536)
        seen += data
        match = re.search(pattern, seen)
        if match:
            return match
        if not data:
            raise Trouble(f"{what}: {seen.decode(errors='replace').strip() or 'ended without a word'}")


def end(process, first=signal.SIGINT):
    """Asks a process to end, then makes it; by its pid. Returns what was left on its stderr."""
    if process.poll() is None:
        process.send_signal(first)
    try:
        _, rest = process.communicate(timeout=DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        _, rest = process.communicate()
    return (rest or b"").decode(errors="replace")
