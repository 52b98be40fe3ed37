# SPDX-License-Identifier: BSD-2-Clause
"""Waiting for what has no event to wait for."""

import select
import time

DEADLINE_S = 20


def wait_until(condition, what, deadline_s=DEADLINE_S):
    """For state such as a file in /proc: looks again until it is so; returns what the condition returned."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s} s: {what}")
        select.select([], [], [], 0.002)
