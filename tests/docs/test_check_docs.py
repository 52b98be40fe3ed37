# SPDX-License-Identifier: BSD-2-Clause
"""What is documented of check: the examples that need an engine, the jobs of docs/ci.md, and the words of the manual page."""

import json
import os
import re
import shutil
import subprocess

import pytest

import test_docs
import transcript
from conftest import needs_root
from engine import SAYS, Engine
from lab import state
from test_docs import DEADLINE_S, MAN, section_of
from transcript import ROOT

CI = (ROOT / "docs" / "ci.md").read_text()
JOBS = dict(re.findall(r"<!-- check: (\S+) -->\n```\w+\n(.*?)```\n", CI, re.DOTALL))
# What the jobs' servers set.
VARIABLES = {"IMAGE": "shop/web"}
HEADER = (ROOT / "src" / "core" / "check.h").read_text()
SCHEMA = json.loads((ROOT / "docs" / "json-schema.json").read_text())["$defs"]


@pytest.fixture(scope="module")
def engine():
    """It ends with this file: others look at the whole machine."""
    folder = started = None
    try:
        folder = state.Folder()
        started = Engine(folder)
        yield started
    except state.Unavailable as why:
        pytest.skip(str(why))
    finally:
        if started:
            started.close()
        if folder:
            folder.remove()


def run_example(command, engine, is_seen=True):
    """In the sandbox; exit status, stdout. Unseen: in a PID namespace without the engine's containers."""
    for tool in re.findall(r"\| (\w+)", command):
        if not shutil.which(tool):
            pytest.skip(f"the example needs {tool}")
    with transcript.Sandbox(test_docs.README) as sandbox:
        sandbox.env.update(engine.env | VARIABLES)
        argv = ["bash", "-c", command]
        if not is_seen:
            argv = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *argv]
        process = sandbox.popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        out, err = process.communicate(timeout=DEADLINE_S)
        reports = {path.name: path.read_text() for path in sandbox.path.glob("*.xml")}
    errors = [line for line in err.splitlines() if line != SAYS]
    assert not errors, "\n".join(errors)
    return process.returncode, out, reports


@needs_root
@pytest.mark.parametrize("example", test_docs.all_examples(test_docs.needs_engine))
def test_example(example, engine):
    code, out, _ = run_example(example, engine)
    assert code in (0, 1), out
    assert out


def commands_of(job):
    """The lines with sigtrace check, as the server's shell gets them."""
    text = re.sub(r">-\n\s*(.*)\n\s*(.*)", r"\1 \2", JOBS[job])
    for line in re.findall(r"sigtrace check .*", text):
        yield "sigtrace check " + line.split("sigtrace check ")[1].removesuffix("'")


@needs_root
@pytest.mark.parametrize("job", ["github", "gitlab-shell", "gitlab-dind", "jenkins"])
def test_job(job, engine):
    is_seen = "dind" not in job
    commands = list(commands_of(job))
    assert len(commands) == 1
    code, out, reports = run_example(commands[0], engine, is_seen)
    assert code == 0, out
    assert ("PASS shop/web: graceful" in out) and ("as the engine tells" in out) == (not is_seen)
    assert re.findall(r'<testcase name="(\S+)"', reports["check.xml"]) == ["shop/web"]
    if job == "github":
        assert out.startswith("::notice title=sigtrace check shop/web::PASS ")


@needs_root
def test_commands_of_ready_in_the_text(engine):
    """Those beside the jobs: they work where the containers cannot be seen, too."""
    ready = re.search(r"`--ready ('cmd:.*?')`", CI)[1]
    code, out, _ = run_example(f"sigtrace check -i web --ready {ready}", engine, is_seen=False)
    assert code == 0, out


@pytest.mark.parametrize("job", sorted(set(JOBS) - {"jenkins"}))
def test_jobs_are_yaml(job):
    yaml = pytest.importorskip("yaml")
    document = yaml.safe_load(JOBS[job])
    jobs = document["jobs"] if job == "github" else document
    for one in jobs.values():
        steps = [step.get("run", "") for step in one["steps"]] if job == "github" else one["script"]
        assert any("sigtrace" in step for step in steps)
        if "reports" in one.get("artifacts", {}):
            assert f"junit:{one['artifacts']['reports']['junit']}" in " ".join(steps)


def reasons():
    return re.findall(r'X\(\w+, +"(\w+)"\)', HEADER)


def test_reasons_are_in_the_manual():
    assert len(reasons()) > 15
    items = re.findall(r"^\.It Sy (\w+)$", section_of("sigtrace-check", "VERDICTS"), re.MULTILINE)
    assert sorted(items) == sorted(reasons())


def test_reasons_stand_with_their_verdict():
    """And in the order of the rules, as far as these go."""
    source = (ROOT / "src" / "core" / "check_judge.c").read_text()
    rules = re.findall(r"\{\w+, CHECK_(\w+), CHECK_REASON_(\w+)\}", source)
    names = dict(re.findall(r'X\((\w+), +"(\w+)"\)', HEADER))
    warnings = {names[word] for word in re.findall(r"\{CHECK_REASON_(\w+), \w+\}", source)}
    assert len(rules) > 15 and len(warnings) > 2
    parts = re.split(r"^\.Ss (\w+)\n", section_of("sigtrace-check", "VERDICTS"), flags=re.MULTILINE)[1:]
    documented = {head: re.findall(r"^\.It Sy (\w+)$", text, re.MULTILINE)
                  for head, text in zip(parts[::2], parts[1::2], strict=True)}
    for verdict in ("inconclusive", "fail", "pass"):
        expected = [names[reason] for word, reason in rules if word == verdict.upper() and names[reason] not in warnings]
        assert documented[verdict.capitalize()] == list(dict.fromkeys(expected)), verdict
    assert set(documented["Warnings"]) == warnings


def test_reasons_are_in_ci_md():
    table = CI.split("## What to do about each verdict\n")[1].split("\n## ")[0]
    words = {word for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for word in re.findall(r"`(\w+)`", row)}
    assert words == set(reasons()) - {"graceful"}


def test_evidence_is_in_the_manual():
    source = (ROOT / "src" / "core" / "check_judge.c").read_text()
    words = re.findall(r'\[CHECK_EVIDENCE_\w+\] = "(\w+)"', source)
    assert len(words) == 3
    assert re.findall(r"^\.It Sy (\w+)$", section_of("sigtrace-check", "EVIDENCE"), re.MULTILINE) == words
    assert set(re.findall(r"^\| .*? \| `(\w+)` \|", CI, re.MULTILINE)) == set(words)


def test_kinds_of_ready_are_in_the_manual():
    """In the order of the program's own message."""
    done = subprocess.run([transcript.SIGTRACE, "check", "--ready", "nosuch", "--", "true"], capture_output=True, text=True,
                          timeout=DEADLINE_S, check=False)
    assert done.returncode == 2
    kinds = re.findall(r"\b([a-z]+)(?:,|:[A-Z])", re.search(r"it is (.*)", done.stderr)[1])
    assert len(kinds) == 6
    assert re.findall(r"^\.It Cm (\w+)", section_of("sigtrace-check", "READY"), re.MULTILINE) == kinds


def test_environment_is_in_the_manual():
    source = "".join(path.read_text() for path in (ROOT / "src" / "cmd").glob("check*.c"))
    names = set(re.findall(r'"(SIGTRACE_[A-Z]+)"', source))
    assert len(names) == 2
    assert set(re.findall(r"^\.It Ev (\w+)$", section_of("sigtrace-check", "ENVIRONMENT"), re.MULTILINE)) == names


def test_formats_are_in_the_manual():
    done = subprocess.run([transcript.SIGTRACE, "check", "-o", "nosuch", "--", "true"], capture_output=True, text=True,
                          timeout=DEADLINE_S, check=False)
    formats = re.search(r"one of: (.*)\)", done.stderr)[1].split(", ")
    assert len(formats) == 5
    assert re.findall(r"^\.It Cm (\w+)$", section_of("sigtrace-check", "OUTPUT"), re.MULTILINE) == formats


def test_marks_are_in_the_manual():
    source = (ROOT / "src" / "core" / "check_judge.c").read_text()
    marks = set(re.findall(r'\[CHECK_MARK_\w+\] = "(\w+)"', source)) - {"report"}
    listed = re.search(r"marks of the check:\n\.Ql (.*) \.\n", section_of("sigtrace-check", "JSON"))[1]
    assert set(listed.split(" , ")) == marks and len(marks) == 7
    letters = set(re.findall(r"= \{'(\S)', PHASE_", (ROOT / "src" / "out" / "check_timeline.c").read_text()))
    section = section_of("sigtrace-check", "OUTPUT")
    assert {letter.removeprefix("\\&") for letter in re.findall(r"^\.Ql (\\?&?[A-Z!])$", section, re.MULTILINE)} == letters


def test_members_of_json_are_in_the_manual():
    members = set(SCHEMA["check"]["properties"])
    section = section_of("sigtrace-check", "JSON")
    named = set(re.findall(r"\b[a-z_]+\b", " ".join(re.findall(r"\bQl (.*)", section))))
    assert members - named == set()
    assert len(members) > 20


def test_link_to_the_manual():
    for target in re.findall(r"\]\(([^)#]+)\)", CI):
        assert os.path.exists(ROOT / "docs" / target), target
    assert "sigtrace-check" in MAN
