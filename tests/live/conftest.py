# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the live tests: factories whose products are ended after the test."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

import harness  # noqa: E402


def pytest_collection_modifyitems(items):
    if os.geteuid() == 0:
        return
    for item in items:
        item.add_marker(pytest.mark.skip(reason="live tests load BPF programs and need root"))


@pytest.fixture(autouse=True, scope="session")
def programs():
    for path, target in ((harness.SIGTRACE, "sigtrace"), (harness.FIXTURE, "tests/fixture")):
        if not os.access(path, os.X_OK):
            pytest.exit(f"{path} is missing: run make build/{target}", returncode=1)


@pytest.fixture
def fixture():
    """fixture("script of verbs") starts a fixture process."""
    started = []

    def start(script, **popen):
        started.append(harness.Fixture(script, **popen))
        return started[-1]

    yield start
    for one in reversed(started):
        one.close()


@pytest.fixture
def trace(fixture):
    """trace("-p", pid, …) starts sigtrace and returns when it is attached. Ended before the fixtures are."""
    started = []

    def start(*args, **keywords):
        started.append(harness.Trace(*args, **keywords))
        return started[-1]

    yield start
    for one in reversed(started):
        one.close()
