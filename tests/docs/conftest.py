# SPDX-License-Identifier: BSD-2-Clause
"""The documentation's tests run what is documented, on the live kernel."""

import os
import sys

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(__file__))

import transcript  # noqa: E402

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="traces the live kernel, which needs root")


@pytest.fixture(autouse=True, scope="session")
def program():
    if not os.access(transcript.SIGTRACE, os.X_OK):
        pytest.exit(f"{transcript.SIGTRACE} is missing: run make", returncode=1)
