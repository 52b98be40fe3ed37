# SPDX-License-Identifier: BSD-2-Clause
"""sigtrace features: what it says about this machine, a poorer machine, and a poorer user."""

import json
import os
import platform
import subprocess
import time

import pytest

from conftest import DEADLINE_S, ROOT, as_nobody, in_user_namespace, needs, needs_root, run

# Commands and options that an item may be needed by.
NEEDS = {"inspect", "trace", "trace --pid", "trace -- CMD"}
ITEMS = {
    "kernel",
    "architecture",
    "btf",
    "ring_buffer",
    "tp_btf_signal_generate",
    "tp_btf_signal_deliver",
    "tp_btf_sched_process",
    "bpf_probe_read_kernel",
    "task_iterators",
    "tp_btf_syscalls",
    "kallsyms",
    "bpf_jit",
    "cap_bpf",
    "cap_perfmon",
    "cap_sys_admin",
    "cap_sys_resource",
    "cap_sys_ptrace",
    "cap_kill",
    "initial_user_namespace",
    "initial_pid_namespace",
    "lockdown_allows_tracing",
    "unprivileged_bpf",
    "security_modules",
    "cgroups",
}


def features(prefix=()):
    """The exit code, the document without its items, and the items by name."""
    result = run("features", "-o", "json", prefix=prefix)
    assert result.stderr == "", result
    assert result.stdout.count("\n") == 1, result
    document = json.loads(result.stdout)
    items = {item["name"]: item for item in document.pop("items")}
    return result.code, document, items


def loaded_probes():
    done = subprocess.run(["bpftool", "-j", "prog"], stdout=subprocess.PIPE, check=True)
    return {p["id"] for p in json.loads(done.stdout) if p.get("name") == "probe"}


def test_document():
    code, document, items = features()
    assert document["v"] == 1
    assert document["type"] == "features"
    assert document["kernel"] == platform.release()
    assert document["architecture"] == platform.machine()
    assert document["can_trace"] == (code == 0)
    assert ("problem" in document) == (code != 0)
    assert ITEMS <= set(items)


def test_items_are_complete():
    for name, item in features()[2].items():
        assert set(item) - {"available"} == {
            "name",
            "needed_by",
            "required",
            "evidence",
            "cost",
            "remedy",
        }, name
        assert set(item["needed_by"]) <= NEEDS, name
        assert item["evidence"] and item["cost"] and item["remedy"], name
        assert item.get("available") in (True, False, None), name
        assert item["evidence"].isprintable() and item["evidence"].isascii(), name
        # Cut by the size of its buffer?
        assert len(item["evidence"]) < 190, name


def test_text_has_the_same_items():
    result = run("features")
    code, _, items = features()
    assert result.code == code
    assert result.stderr == ""
    words = {True: "yes", False: "NO", None: "unknown"}
    rows = [line.split()[:2] for line in result.stdout.splitlines() if not line.startswith(" ")]
    assert rows[:-2] == [[name, words[item.get("available")]] for name, item in items.items()]
    assert all(len(line) <= 100 for line in result.stdout.splitlines()[:-2])
    assert "\x1b" not in result.stdout


def test_text_says_what_absence_costs():
    lines = run("features").stdout.splitlines()
    for line, following in zip(lines, lines[1:] + [""]):
        if line.split()[1:2] in (["NO"], ["unknown"]) and not line.startswith(" "):
            block = "\n".join(lines[lines.index(line) : lines.index(line) + 6])
            assert "without it: " in block, line
            assert following.startswith(" "), line


@needs_root
def test_root_can_trace_here():
    code, document, items = features()
    if not os.path.exists("/sys/kernel/btf/vmlinux"):
        pytest.skip("this kernel has no BTF")
    assert code == 0, document
    assert run("features").stdout.splitlines()[-2:] == ["inspect reads the kernel", "trace can run"]
    for name in ("btf", "ring_buffer", "tp_btf_signal_generate", "tp_btf_signal_deliver", "tp_btf_sched_process"):
        assert items[name]["available"] is True, items[name]


@needs_root
@needs("bpftool")
def test_nothing_stays_loaded():
    before = loaded_probes()
    features()
    # The kernel frees a program some time after its last descriptor was closed.
    deadline = time.monotonic() + DEADLINE_S
    while loaded_probes() - before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_inspect_needs():
    """What is said of the items must fit what it does without them."""
    items = features()[2]
    for name in ("task_iterators", "btf", "cap_bpf", "cap_perfmon", "cap_sys_ptrace", "initial_pid_namespace"):
        assert "inspect" in items[name]["needed_by"], name
    for name in ("ring_buffer", "tp_btf_signal_generate", "tp_btf_syscalls"):
        assert "inspect" not in items[name]["needed_by"], name


def test_schema():
    jsonschema = pytest.importorskip("jsonschema")
    path = ROOT / "docs" / "json-schema.json"
    if not path.exists():
        pytest.skip("docs/json-schema.json does not exist")
    document = json.loads(run("features", "-o", "json").stdout)
    jsonschema.validate(document, json.loads(path.read_text()))


def test_what_trace_needs():
    items = features()[2]
    required = {name for name, item in items.items() if item["required"]}
    assert {"tp_btf_signal_generate", "tp_btf_signal_deliver", "tp_btf_sched_process"} <= required
    # Without it a trace still runs, and knows fewer origins.
    assert items["kallsyms"]["needed_by"] == ["trace"]
    assert "kallsyms" not in required


def shown_kernel_addresses(prefix=()):
    done = subprocess.run([*prefix, "cat", "/proc/kallsyms"], stdout=subprocess.PIPE, check=True)
    return any(int(line.split(b" ", 1)[0], 16) for line in done.stdout.splitlines())


def test_kernel_symbols():
    """It says what one can see for oneself."""
    assert features()[2]["kallsyms"]["available"] == shown_kernel_addresses()


# A poorer user


@needs_root
@needs("setpriv")
def test_kernel_symbols_of_nobody():
    item = features(as_nobody())[2]["kallsyms"]
    assert item["available"] == shown_kernel_addresses(as_nobody())
    if not item["available"]:
        assert "hides" in item["evidence"]
        assert "CAP_SYSLOG" in item["remedy"]


@needs_root
@needs("setpriv")
def test_nobody():
    code, document, items = features(as_nobody())
    assert code == 3
    assert document["can_trace"] is False
    assert "CAP_BPF" in document["problem"]["what"]
    assert "sudo" in document["problem"]["remedy"]
    assert items["cap_bpf"]["available"] is False
    assert items["cap_perfmon"]["available"] is False
    # What cannot be tried is not known.
    assert "available" not in items["ring_buffer"]
    assert "Operation not permitted" in items["ring_buffer"]["evidence"]
    inspect, last = run("features", prefix=as_nobody()).stdout.splitlines()[-2:]
    assert inspect == "inspect reads /proc only: CAP_BPF and CAP_PERFMON are missing; do: run it with sudo"
    assert last.startswith("trace cannot run: tracing needs CAP_BPF and CAP_PERFMON (or root)")
    assert "; do: " in last


@needs_root
@needs("setpriv")
@pytest.mark.parametrize(
    "capabilities, missing",
    [(["bpf"], "missing: CAP_PERFMON"), (["perfmon"], "missing: CAP_BPF")],
)
def test_one_capability_is_not_enough(capabilities, missing):
    code, document, _ = features(as_nobody(*capabilities))
    assert code == 3
    assert document["problem"]["what"].endswith(missing)


@needs_root
@needs("setpriv")
@pytest.mark.parametrize("capabilities", [["bpf", "perfmon"], ["sys_admin"]], ids="+".join)
def test_enough_capabilities(capabilities):
    code, document, items = features(as_nobody(*capabilities))
    assert code == 0, document
    assert items["cap_bpf"]["available"] is True
    assert items["cap_perfmon"]["available"] is True
    assert items["tp_btf_signal_generate"]["available"] is True
    assert items["cap_sys_ptrace"]["available"] is False


# A poorer machine, made of namespaces and mounts that end with the process


def in_mounts(script):
    """A prefix that runs `script` in a mount namespace of its own first."""
    return ["unshare", "--mount", "--", "sh", "-ec", script + '; exec "$@"', "sh"]


NO_BTF = "mount -t tmpfs none /sys/kernel/btf; ! test -e /boot/vmlinux-$(uname -r)"


def lockdown(mode):
    modes = " ".join(f"[{m}]" if m == mode else m for m in ("none", "integrity", "confidentiality"))
    return (
        "mount -t tmpfs none /sys/kernel/security; "
        f"echo '{modes}' > /sys/kernel/security/lockdown; "
        "echo 'lockdown,capability,selinux' > /sys/kernel/security/lsm"
    )


@needs_root
def test_without_btf():
    code, document, items = features(in_mounts(NO_BTF))
    assert code == 3
    assert "BTF" in document["problem"]["what"]
    assert "CONFIG_DEBUG_INFO_BTF" in document["problem"]["remedy"]
    assert items["btf"]["available"] is False
    result = run("features", prefix=in_mounts(NO_BTF))
    last = result.stdout.splitlines()[-1]
    assert last.startswith("trace cannot run: the kernel's BTF is missing")


@needs_root
def test_confidentiality_lockdown():
    code, document, items = features(in_mounts(lockdown("confidentiality")))
    assert code == 3
    assert "confidentiality" in document["problem"]["what"]
    assert items["lockdown_allows_tracing"]["available"] is False


@needs_root
@pytest.mark.parametrize("mode", ["none", "integrity"])
def test_milder_lockdown(mode):
    code, _, items = features(in_mounts(lockdown(mode)))
    assert code == 0
    assert items["lockdown_allows_tracing"]["available"] is True
    assert f"[{mode}]" in items["lockdown_allows_tracing"]["evidence"]
    assert "selinux" in items["security_modules"]["evidence"]


@needs_root
def test_pid_namespace():
    prefix = ["unshare", "--pid", "--fork", "--mount-proc", "--"]
    code, _, items = features(prefix)
    assert code == 0
    assert items["initial_pid_namespace"]["available"] is False
    assert items["initial_pid_namespace"]["needed_by"] == ["trace --pid", "inspect"]
    lines = run("features", prefix=prefix).stdout.splitlines()
    assert lines[-2].startswith("inspect reads /proc only: it runs in a PID namespace of its own; do: ")
    assert lines[-1] == "trace can run"


@needs_root
def test_user_namespace():
    """All capabilities are in the effective set there, and none of them counts."""
    code, document, items = features(in_user_namespace())
    assert code == 3
    assert "user namespace" in document["problem"]["what"]
    assert items["initial_user_namespace"]["available"] is False
    assert items["cap_bpf"]["available"] is False
