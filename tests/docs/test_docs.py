# SPDX-License-Identifier: BSD-2-Clause
"""What README.md, the manual pages and the help say is so: examples run, sessions look as shown, no option or cause is missing."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

import transcript
from conftest import needs_root
from engine import PROGRAM, SAYS
from transcript import ROOT, SIGTRACE
from waiting import wait_until

README = transcript.README.read_text()
MAN = {page.stem: page.read_text() for page in sorted((ROOT / "man").glob("*.8"))}
DEADLINE_S = 60
COMMANDS = ("trace", "inspect", "check", "chain", "features", "completion", "help")


def run(*arguments, **keywords):
    done = subprocess.run([SIGTRACE, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=DEADLINE_S, check=False, **keywords)
    return done.returncode, done.stdout, done.stderr


def help_of(command):
    code, text, errors = run(*([command] if command else []), "--help")
    assert (code, errors) == (0, "")
    return text


# Examples.

def examples_in_readme():
    sessions = {session.span for session in transcript.read_sessions(README)}
    for block in re.finditer(r"```console\n(.*?)```\n", README, re.DOTALL):
        if block.span(1) not in sessions:
            yield from (line[2:] for line in block[1].splitlines() if line.startswith(("# ", "$ ")))


def examples_in_man():
    for text in MAN.values():
        for line in re.findall(r"^\.Dl (?:# |\$ )?(.*)", text, re.MULTILINE):
            yield line.replace("\\-", "-").replace("\\&", "").replace("\\e", "\\")


def examples_in_help():
    for command in (None, *COMMANDS):
        _, _, examples = help_of(command).partition("\nExamples:\n")
        for line in examples.splitlines():
            if re.match(r"  \S", line):
                yield line.strip()


def needs_engine(example):
    """test_check_docs.py runs these."""
    return re.search(r"sigtrace check .*(-i|--image) ", example)


def is_chain(example):
    """test_chain_docs.py runs these."""
    return example.startswith("sigtrace chain ")


def all_examples(is_wanted=lambda example: not needs_engine(example) and not is_chain(example)):
    found = []
    for where, examples in (("readme", examples_in_readme), ("man", examples_in_man), ("help", examples_in_help)):
        found += [pytest.param(example, id=f"{where}: {example}") for example in examples() if is_wanted(example)]
    return found


def is_trace(command):
    first = command.split(" | ")[0].split()
    return first[0] == "sigtrace" and (len(first) == 1 or first[1] not in COMMANDS[1:]) and "--help" not in first


class Family:
    """A process that gets and sends signals all the time, so that no example waits for one in vain."""

    SCRIPT = "#!/bin/bash\ntrap : USR1 TERM\nwhile true; do sleep 0.05 & kill -USR1 $$; kill -KILL $!; wait; done\n"

    def __init__(self, sandbox):
        path = sandbox.path / "family"
        path.write_text(self.SCRIPT)
        path.chmod(0o755)
        self.pid = sandbox.popen([str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid


class Container:
    """A cgroup and a file, as a runtime would leave them for the container that an example names."""

    ID = "5ea1" * 16
    POD_UID = "3b4c1f6e-0000-4000-8000-5ea15ea15ea1"

    def __init__(self, root, example):
        tree = pathlib.Path("/sys/fs/cgroup")
        tree = tree / "pids" if (tree / "pids").is_dir() else tree
        below = f"kubepods/besteffort/pod{self.POD_UID}/{self.ID}" if "--pod" in example else f"docker/{self.ID}"
        self.made = []
        for path in reversed([tree / below, *(parent for parent in (tree / below).parents if tree in parent.parents)]):
            if not path.exists():
                path.mkdir()
                self.made.append(path)
        self.cgroup = tree / below
        self.root = root
        if "--pod" in example:
            self.option = "--containerd-state"
            self._write(f"io.containerd.runtime.v2.task/k8s.io/{self.ID}/config.json", {"annotations": {
                "io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.container-name": "app",
                "io.kubernetes.cri.sandbox-name": "web-0", "io.kubernetes.cri.sandbox-namespace": "shop",
                "io.kubernetes.cri.sandbox-uid": self.POD_UID}})
        else:
            self.option = "--docker-root"
            self._write(f"containers/{self.ID}/config.v2.json", {"ID": self.ID, "Name": "/web", "Config": {"Image": "web"}})

    def _write(self, name, document):
        path = self.root / name
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(document))

    def take(self, pid):
        (self.cgroup / "cgroup.procs").write_text(str(pid))

    def remove(self):
        for path in reversed(self.made):
            wait_until(lambda path=path: not (path / "cgroup.procs").read_text(), f"{path} to be empty")
            path.rmdir()


@contextlib.contextmanager
def container_of(example, root):
    """None for an example that names no container."""
    if not re.search(r" (--pod|-c) \w", example):
        yield None
        return
    container = Container(root, example)
    try:
        yield container
    finally:
        container.remove()


def adapt(command, sandbox, pid):
    """The documented command, with a process that exists, a short duration and files that may be written."""
    command = command.removeprefix("sudo ")
    command = re.sub(r"(?<=-p )\d+", str(pid), command)
    command = re.sub(r"(?<=-d |nt )\S+" if "--absent" in command else r"(?<=-d )\S+", "1s", command)
    command = re.sub(r"(?<=pgrep -x )\w+", "family", command)
    target = re.search(r"> ([~/]\S*)", command)
    if target:
        path = sandbox.path / target[1].lstrip("~/")
        path.parent.mkdir(parents=True, exist_ok=True)
        command = command.replace(target[0], f"> {path}")
    return command


@needs_root
@pytest.mark.parametrize("example", all_examples())
def test_example(example, tmp_path):
    for tool in re.findall(r"(?:\| |^)(?:sudo )?(\w+)", re.sub(r"'[^']*'", "", example)):
        if tool == "sigtrace":
            continue
        if not shutil.which(tool):
            pytest.skip(f"the example needs {tool}")
    with container_of(example, tmp_path) as container, transcript.Sandbox(README) as sandbox:
        # What check is to judge lives until it is asked to end.
        (sandbox.path / "entrypoint.sh").write_text(
            "#!/bin/bash\n" + (f"{PROGRAM}\n" if " check " in example else "sleep 0.1\n"))
        (sandbox.path / "entrypoint.sh").chmod(0o755)
        pid = Family(sandbox).pid
        command = adapt(example, sandbox, pid)
        if container:
            container.take(pid)
            command += f" {container.option} {container.root}"
        ends = not is_trace(example) or re.search(r" -[dn] | -- | --absent ", command)
        process = sandbox.popen(["bash", "-o", "pipefail", "-c", command if "|" in command else f"exec {command}"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if not ends:
            line = process.stderr.readline().decode()
            while " is a zombie already: " in line:  # among the descendants, by chance
                line = process.stderr.readline().decode()
            assert line.startswith("sigtrace: tracing"), line
            # The heading comes when it is attached, then the first event.
            assert process.stdout.readline()
            if " -s " not in example and " -x" not in example:
                assert process.stdout.readline(), "no event"
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=DEADLINE_S)
        errors = [line for line in err.decode().splitlines()
                  if line != SAYS and not re.match(r"sigtrace: (tracing |\d+ events? in |process \d+ is a zombie|the process has ended)", line)]
        # What else has that name, or is in the container, may end before it is looked at.
        if re.search(r"\binspect .*(-c|--pod) |pgrep", example):
            errors = [line for line in errors if not re.fullmatch(r"sigtrace: process \d+: gone", line)]
        # What inspect finds depends on the signals that the example asks for, and check's result on its options.
        fine = (0, 1) if re.search(r"\b(inspect|check)\b", example) else (1,) if "--absent" in example else (0,)
        assert process.returncode in fine, f"exit status {process.returncode}\n{err.decode()}"
        assert not errors, "\n".join(errors)
        if not is_trace(example) and ">" not in example:
            assert out, "no output"


def test_there_are_examples():
    """A parser that finds nothing would let everything pass."""
    assert len(list(examples_in_readme())) >= 3
    assert len(list(examples_in_man())) >= 10
    assert len(list(examples_in_help())) >= 10
    assert len(transcript.read_sessions(README)) >= 6


# Sessions.

@needs_root
@pytest.mark.parametrize("session", transcript.read_sessions(README), ids=lambda session: session.name)
def test_session(session):
    with transcript.Sandbox(README) as sandbox:
        try:
            pid = sandbox.start_target(session.start, session.target)
        except transcript.CannotPlay as reason:
            pytest.skip(str(reason))
        lines = transcript.play(session, sandbox, pid)
    seen, documented = transcript.normalise(lines), transcript.normalise(session.lines)
    assert seen == documented, "run tests/docs/transcript.py if README.md is to change; seen:\n" + "\n".join(lines)


def test_player_is_hidden():
    pad = " " * 13
    lines = [f"{pad}sender: ... -> a[1] -> b[{os.getpid()}] -> bash[7] ->", f"{pad}        kill[8]", f"{pad}remedy: none"]
    assert transcript.hide_player(lines) == [f"{pad}sender: systemd[1] -> bash[7] -> kill[8]", f"{pad}remedy: none"]
    others = [f"{pad}sender: a[1] -> b[2] -> bash[7]", "12:00:00.123 SIGTERM"]
    assert transcript.hide_player(others) == others


@pytest.mark.parametrize("name", ["lines", "wrapped", "number", "word", "ancestors", "sender"])
def test_normalise(name):
    """Lines that differ in numbers only are the same, others are not."""
    one = ["12:00:00.123 SIGTERM  bash[77]    run.sh[4, init] IGNORED  namespace init", " " * 40 + "without a handler"]
    other = {
        "lines": [one[0] + " without a handler"],
        "wrapped": [one[0].replace(" namespace", "\n" + " " * 30 + "namespace"), one[1]],
        "number": [one[0].replace("77", "4242"), one[1]],
        "word": [one[0].replace("IGNORED", "DELIVERED"), one[1]],
        "ancestors": [*one, " " * 13 + "sender: init[1] -> make[4] -> bash[77]"],
        "sender": [*one, " " * 13 + "sender: systemd[1] -> kill[77]"],
    }[name]
    if name in ("ancestors", "sender"):
        one.append(" " * 13 + "sender: systemd[1] -> bash[77]")
    other = "\n".join(other).splitlines()
    assert (transcript.normalise(one) == transcript.normalise(other)) == (name not in ("word", "sender"))


# Options, commands, causes.

def options_in_help(text):
    found = set()
    for short, long in re.findall(r"^  (?:-(\w), |    )--([a-z-]+)", text, re.MULTILINE):
        found.add(f"--{long}")
        if short:
            found.add(f"-{short}")
    return found


def section_of(page, name):
    return MAN[page].split(f".Sh {name}\n")[1].split("\n.Sh ")[0]


def options_in_man(page):
    found = set()
    for item in re.findall(r"^\.It (Fl .*)", section_of(page, "OPTIONS"), re.MULTILINE):
        found |= {f"--{long}" for long in re.findall(r"Fl Fl ([a-z-]+)", item)}
        found |= {f"-{short}" for short in re.findall(r"Fl (\w)(?= |$)", item)}
    return found


@pytest.mark.parametrize("command, page", [(None, "sigtrace"), ("inspect", "sigtrace-inspect"),
                                           ("check", "sigtrace-check"), ("chain", "sigtrace-chain"),
                                           ("features", "sigtrace-features")])
def test_options_are_in_the_manual(command, page):
    assert options_in_man(page) == options_in_help(help_of(command))
    assert len(options_in_man(page)) >= 8


@pytest.mark.parametrize("command, page", [(None, "sigtrace"), ("inspect", "sigtrace-inspect"),
                                           ("check", "sigtrace-check"), ("chain", "sigtrace-chain")])
def test_short_options_are_in_the_synopsis(command, page):
    synopsis = MAN[page].split(".Sh SYNOPSIS")[1].split(".Nm\n.Cm inspect")[0].split(".Sh ")[0]
    flags = re.search(r"Op Fl (\w+)$", synopsis, re.MULTILINE)[1]
    named = set(re.findall(r"^\.(?:Op )?Fl (\w) ", synopsis, re.MULTILINE))
    assert {f"-{flag}" for flag in flags} | {f"-{flag}" for flag in named} == \
        {option for option in options_in_help(help_of(command)) if not option.startswith("--")}


def test_commands_are_in_the_manual():
    section = help_of(None).split("\nCommands:\n")[1].split("\n\n")[0]
    commands = re.findall(r"^  (\w+) ", section, re.MULTILINE)
    assert set(commands) == set(COMMANDS)
    for command in commands:
        assert re.search(rf"^(\.Op Cm|\.Cm) {command}$", MAN["sigtrace"], re.MULTILINE), command


def test_causes_are_in_the_manual():
    header = (ROOT / "src" / "core" / "explain.h").read_text()
    causes = re.findall(r'X\(\w+, "(\w+)"\)', header)
    assert len(causes) > 20
    section = section_of("sigtrace", "CAUSES")
    items = {word for line in re.findall(r"^\.It Sy (.*)", section, re.MULTILINE) for word in line.split(" , ")}
    assert items == set(causes)


def test_origins_are_in_the_manual():
    header = (ROOT / "src" / "core" / "origin.h").read_text()
    origins = re.findall(r'X\(\w+, "(\w+)"\)', header)
    assert len(origins) > 10
    section = section_of("sigtrace", "ORIGINS")
    assert re.findall(r"^\.It Sy (\w+)$", section, re.MULTILINE) == origins


def test_fates_are_in_the_manual():
    """The words of `became`."""
    source = (ROOT / "src" / "out" / "story_words.c").read_text()
    fates = re.findall(r'^\t\[SIGNAL_FATE_\w+\] = \{"(\w+)"', source, re.MULTILINE)
    assert len(fates) == 4
    listed = re.search(r"^\.Ql became\n\((.*)\)", section_of("sigtrace", "JSON"), re.MULTILINE)[1]
    assert listed.split(", ") == fates


def test_stuck_rules_are_in_the_manual():
    header = (ROOT / "src" / "core" / "stuck.h").read_text()
    rules = re.findall(r'X\(\w+, "(\w+)"\)', header)
    assert len(rules) > 10
    section = section_of("sigtrace-inspect", "OUTPUT").split("\n.Ss Stuck\n")[1]
    assert set(re.findall(r"^\.It Sy (\w+)$", section, re.MULTILINE)) == set(rules)


def test_effects_are_in_the_manual():
    """The words of IF SENT."""
    source = (ROOT / "src" / "out" / "inspect_words.c").read_text()
    function = source.split("const char *inspect_effect_word(")[1].split("\n}\n")[0]
    words = set(re.findall(r'"([^"]+)"', function))
    assert len(words) == 4
    item = section_of("sigtrace-inspect", "OUTPUT").split(".It IF SENT\n")[1].split("\n.It ")[0]
    assert set(re.findall(r"^\.Ql (.*) :$", item, re.MULTILINE)) == words


def test_results_are_in_the_manual():
    """The words of the RESULT column."""
    source = (ROOT / "src" / "out" / "text.c").read_text()
    words = set(re.findall(r'\[EVENT_RESULT_\w+\] = "(\w+)"', source)) | set(re.findall(r'\[CAUSE_\w+\] = "(-> \w+)"', source))
    words |= set(re.findall(r'return "(-> [a-z ]+|still alive)";', source))
    assert len(words) > 16
    section = section_of("sigtrace", "OUTPUT")
    documented = set(re.findall(r"^\.It (.*)", section, re.MULTILINE))
    errors = {name for item in documented for name in re.findall(r"\bE[A-Z]+\b", item)}
    assert {item for item in documented if not re.search(r"\bE[A-Z]+\b", item)} == words
    source = (ROOT / "src" / "core" / "failure.c").read_text()
    assert errors == set(re.findall(r'"(E[A-Z]+)"', source)) and len(errors) > 4


def test_exit_codes():
    header = (ROOT / "src" / "cmd" / "cmd.h").read_text()
    codes = set(re.findall(r"^\tEXIT_\w+ = (\d),", header, re.MULTILINE))
    for page in ("sigtrace", "sigtrace-inspect", "sigtrace-check", "sigtrace-chain"):
        section = section_of(page, "EXIT STATUS")
        assert set(re.findall(r"^\.It (\d)$", section, re.MULTILINE)) == codes, page
    sentence = re.search(r"^Exit status: .*?\n\n", README, re.MULTILINE | re.DOTALL)[0]
    assert set(re.findall(r"(?:: |; )(\d)\s", sentence)) == codes


@pytest.mark.parametrize("page", sorted(MAN))
def test_mandoc_lint(page):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed")
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "style", str(ROOT / "man" / f"{page}.8")], capture_output=True,
                          text=True, timeout=DEADLINE_S, check=False)
    # Which other pages are installed is the machine's affair.
    lines = [line for line in done.stdout.splitlines() if "referenced manual not found" not in line]
    assert not lines, "\n".join(lines)


# README's commands and links.

def test_scripts_exist():
    for script in sorted(set(re.findall(r"\bscripts/\w+", README))):
        assert os.access(ROOT / script, os.X_OK), script


def test_build_and_install(tmp_path):
    """The three lines, on the build that is there: set-up is scripts/test's affair, and nothing is installed on the machine."""
    block = re.search(r"## Build and install\n\n```sh\n(.*?)```", README, re.DOTALL)[1].splitlines()
    assert block == ["sudo scripts/setup build", "make", "sudo make install"]
    build = pathlib.Path(SIGTRACE).parent
    done = subprocess.run(["make", "-n", "install", f"BUILD={build}", f"DESTDIR={tmp_path}"], cwd=ROOT, capture_output=True,
                          text=True, timeout=DEADLINE_S, check=False)
    assert done.returncode == 0, done.stderr
    for path in ("/sbin/sigtrace", "/man8/sigtrace.8", "/sigtrace/json-schema.json", "/bash-completion/completions/sigtrace"):
        assert re.search(rf"{tmp_path}\S*{path}|{path.rsplit('/', 1)[0]}/\$", done.stdout), path


def test_files_that_are_named_exist():
    texts = {"README.md": README}
    texts.update((f"docs/{path.name}", path.read_text()) for path in (ROOT / "docs").glob("*.md"))
    for name, text in texts.items():
        for path in re.findall(r"(?<![\w/.<])((?:docs|man|src|bpf|include|tests|scripts|core|out|cmd|sys)/[\w./-]*\w)", text):
            candidates = [ROOT / path, ROOT / "src" / path]
            candidates += [base.with_suffix(suffix) for base in candidates[:2] for suffix in (".c", ".h")]
            assert any(candidate.exists() for candidate in candidates), f"{name}: {path}"
