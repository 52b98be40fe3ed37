# SPDX-License-Identifier: BSD-2-Clause
"""Places of the node's files that are named and are not there: said, whatever is selected."""

import os

from conftest import run


def inspect(*arguments, code=None):
    result = run("inspect", "-p", str(os.getpid()), "-s", "TERM", *arguments)
    if code is not None:
        assert result.code == code, result
    return result


def test_host_root_without_cgroups(tmp_path):
    result = inspect("--host-root", str(tmp_path), code=3)
    assert result.stdout == ""
    assert f"'{tmp_path}'" in result.stderr and "mount the node's /sys/fs/cgroup" in result.stderr


def test_folder_that_is_not_there(tmp_path):
    for option in ("--containerd-state", "--docker-root", "--storage-root"):
        folder = tmp_path / "missing"
        result = inspect(option, str(folder))
        assert result.code in (0, 1) and result.stdout, result
        # Alone, or among the usual places where no runtime is installed.
        assert "containers may have no names" in result.stderr and str(folder) in result.stderr, result


def test_folder_that_is_there(tmp_path):
    (tmp_path / "containers").mkdir()
    assert str(tmp_path) not in inspect("--docker-root", str(tmp_path)).stderr


def test_nothing_is_said_of_places_that_nobody_named():
    assert "containers" not in inspect().stderr
