# SPDX-License-Identifier: BSD-2-Clause
"""sigtrace inspect without root or without BPF: what it answers, for whom, and what it says about that."""

import json
import os
import signal
import sys

import pytest

from conftest import NOBODY, as_nobody, needs, needs_root, run
from inspected import AS_NOBODY, document, evidence_line, ready, sleeper, tgids

# Without privilege


@needs_root
@needs("setpriv")
class TestNobody:
    def test_its_own_process(self):
        with sleeper(**AS_NOBODY) as pid:
            doc, lines = document("-p", str(pid), code=0, prefix=as_nobody())
        assert doc["evidence"] == "procfs"
        assert tgids(doc) == [pid]
        assert len(lines) == 1, lines
        line = evidence_line(lines)
        for word in ("CAP_BPF and CAP_PERFMON are missing", "handlers", "sudo"):
            assert word in line, line

    def test_one_of_root(self):
        result = run("inspect", "-o", "json", "-p", "1", prefix=as_nobody())
        assert result.code == 3, result
        assert result.stdout == "", result
        assert "sigtrace: process 1 belongs to root: run it with sudo" in result.stderr.splitlines(), result
        assert len(result.stderr.splitlines()) == 2, result

    def test_the_others_are_answered(self):
        with sleeper(**AS_NOBODY) as pid:
            doc, lines = document("-p", f"1,{pid}", code=3, prefix=as_nobody())
            assert tgids(doc) == [pid]
            assert doc["gone"] == []
            assert run("inspect", "-p", f"{pid},1", prefix=as_nobody()).code == 3
        assert len([line for line in lines if "belongs to root" in line]) == 1

    def test_a_user_without_a_name(self):
        with sleeper(user=54321) as pid:
            result = run("inspect", "-p", str(pid), prefix=as_nobody())
        assert result.code == 3, result
        assert f"process {pid} belongs to user 54321" in result.stderr

    def test_no_effect_matters_less_than_a_refusal(self):
        with ready("sh", "-c", "trap '' TERM; echo ready; read line", **AS_NOBODY) as (pid, _):
            assert run("inspect", "-p", str(pid), prefix=as_nobody()).code == 1
            assert run("inspect", "-p", f"{pid},1", prefix=as_nobody()).code == 3

    def test_descendants_of_others_are_counted(self):
        script = "import os,subprocess,sys\nc=[subprocess.Popen(['sleep','1000']) for _ in range(2)]\n" \
                 f"os.setresuid({NOBODY},{NOBODY},{NOBODY})\nprint(*[p.pid for p in c],flush=True)\nsys.stdin.read()"
        with ready(sys.executable, "-c", script) as (pid, words):
            try:
                doc, lines = document("-t", "-p", str(pid), code=0, prefix=as_nobody())
            finally:
                for word in words:
                    os.kill(int(word), signal.SIGKILL)
        assert tgids(doc) == [pid]
        assert [line for line in lines if line.startswith("sigtrace: 2 of the descendants left out, because other users own them")], lines

    @pytest.mark.parametrize("capability", ["kill", "sys_ptrace"])
    def test_a_capability_instead(self, capability):
        with sleeper() as pid:
            doc, lines = document("-p", str(pid), code=0, prefix=as_nobody(capability))
        assert doc["evidence"] == "procfs"
        assert tgids(doc) == [pid]
        evidence_line(lines)

    def test_saved_user_id(self):
        """As kill(2) has it: the saved user ID counts, the effective one does not."""
        script = f"import os,sys\nos.setresuid(0,0,{NOBODY})\nprint('ready',flush=True)\nsys.stdin.read()"
        with ready(sys.executable, "-c", script) as (pid, _):
            assert tgids(document("-p", str(pid), code=0, prefix=as_nobody())[0]) == [pid]
        script = f"import os,sys\nos.setresuid(0,{NOBODY},0)\nprint('ready',flush=True)\nsys.stdin.read()"
        with ready(sys.executable, "-c", script) as (pid, _):
            assert run("inspect", "-p", str(pid), prefix=as_nobody()).code == 3

    def test_usage_is_told_first(self):
        assert run("inspect", prefix=as_nobody()).code == 2
        assert run("inspect", "-p", "1x", prefix=as_nobody()).code == 2


# Evidence


@needs_root
@needs("setpriv")
@pytest.mark.parametrize(
    "without, missing",
    [("-bpf,-sys_admin", "CAP_BPF is missing"), ("-perfmon,-sys_admin", "CAP_PERFMON is missing")],
)
def test_root_without_a_capability(without, missing):
    with sleeper() as pid:
        doc, lines = document("-p", str(pid), code=0, prefix=["setpriv", f"--bounding-set={without}", "--"])
    assert doc["evidence"] == "procfs"
    assert missing in evidence_line(lines)
    assert len(lines) == 1, lines
    assert "sudo" not in lines[0]


@needs_root
@needs("setpriv")
def test_root_that_may_not_read():
    """Being root is not enough without CAP_SYS_PTRACE: that is said, once, and nobody is sent for sudo."""
    with sleeper() as pid, sleeper() as other, sleeper(**AS_NOBODY) as third:
        without = "--bounding-set=-bpf,-perfmon,-sys_admin,-sys_ptrace"
        for named, what in (([pid], f"of process {pid} "), ([pid, other, third], f"of 3 of the processes, such as {pid}, ")):
            pids = ",".join(map(str, named))
            doc, lines = document("-p", pids, code=0, prefix=["setpriv", without, "--"])
            assert doc["evidence"] == "procfs" and tgids(doc) == named
            evidence_line(lines[:1])
            [line] = lines[1:]
            for word in (what, "not even by root", "CAP_SYS_PTRACE is missing", "--cap-add SYS_PTRACE"):
                assert word in line, line
            assert "sudo" not in line


@needs_root
@needs("unshare")
def test_pid_namespace():
    """Its pids are not those that BPF sees."""
    prefix = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--"]
    result = run("inspect", "-o", "json", "-p", "1", prefix=[*prefix, "sh", "-c", '"$@"; exit $?', "sh"])
    doc = json.loads(result.stdout)
    assert doc["evidence"] == "procfs"
    assert tgids(doc) == [1]
    assert "PID namespace" in evidence_line(result.stderr.splitlines())
