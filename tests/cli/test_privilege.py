# SPDX-License-Identifier: BSD-2-Clause
"""Without the privilege trace says which one is missing and what to do, and exits 3."""

import json

import pytest

from conftest import as_nobody, in_user_namespace, needs, needs_root, run
from test_features import NO_BTF, in_mounts, lockdown

pytestmark = [needs_root, needs("setpriv")]


def assert_cannot_run(result, *words):
    assert result.code == 3, result
    assert result.stdout == "", result
    assert len(result.stderr.splitlines()) == 1, result
    assert result.stderr.startswith("sigtrace: "), result
    for word in words:
        assert word in result.stderr, result


@pytest.mark.parametrize(
    "arguments", [[], ["trace"], ["-p", "1"], ["-o", "json"], ["-v"]], ids=lambda a: " ".join(a)
)
def test_nobody(arguments):
    result = run(*arguments, prefix=as_nobody())
    assert_cannot_run(result, "CAP_BPF and CAP_PERFMON", "missing: CAP_BPF, CAP_PERFMON", "sudo")


def test_nobody_starts_no_program(marker):
    assert_cannot_run(run("--", "touch", str(marker), prefix=as_nobody()), "CAP_BPF")
    assert not marker.exists()


def test_cap_bpf_only(marker):
    result = run("--", "touch", str(marker), prefix=as_nobody("bpf"))
    assert_cannot_run(result, "missing: CAP_PERFMON")
    assert not marker.exists()


def test_cap_perfmon_only():
    assert_cannot_run(run(prefix=as_nobody("perfmon")), "missing: CAP_BPF;")


@pytest.mark.parametrize("capabilities", [["bpf", "perfmon"], ["sys_admin"]], ids="+".join)
def test_enough_capabilities(capabilities, marker):
    script = f"trap '' USR1; kill -USR1 $$; touch {marker}"
    result = run("-o", "json", "--", "sh", "-c", script, prefix=as_nobody(*capabilities))
    assert result.code == 0, result
    assert marker.exists()
    assert "SIGUSR1" in {
        json.loads(line).get("signal", {}).get("name") for line in result.stdout.splitlines()
    }, result


def test_root_without_capabilities():
    """As in a container: uid 0 does not help, and "use sudo" would be bad advice."""
    prefix = ["setpriv", "--bounding-set=-bpf,-perfmon,-sys_admin", "--"]
    result = run(prefix=prefix)
    assert_cannot_run(result, "missing: CAP_BPF, CAP_PERFMON", "--cap-add")
    assert "sudo" not in result.stderr


def test_user_namespace():
    result = run(prefix=in_user_namespace())
    assert_cannot_run(result, "user namespace")


def test_without_btf():
    assert_cannot_run(run(prefix=in_mounts(NO_BTF)), "BTF", "CONFIG_DEBUG_INFO_BTF")


def test_confidentiality_lockdown():
    assert_cannot_run(run(prefix=in_mounts(lockdown("confidentiality"))), "confidentiality")


def test_pids_in_a_pid_namespace():
    result = run("-p", "1", prefix=["unshare", "--pid", "--fork", "--mount-proc", "--"])
    assert_cannot_run(result, "-p", "PID namespace", "hostPID")


MODEST = [["--help"], ["--version"], ["completion", "bash"], ["help", "features"]]


@pytest.mark.parametrize("arguments", MODEST, ids=" ".join)
def test_what_needs_no_privilege(arguments):
    result = run(*arguments, prefix=as_nobody())
    assert result.code == 0, result
    assert result.stderr == "", result


def test_bad_input_is_told_first():
    assert run("--xyzzy", prefix=as_nobody()).code == 2
    assert run("-s", "XYZZY", prefix=as_nobody()).code == 2
