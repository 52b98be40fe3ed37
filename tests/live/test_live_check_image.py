# SPDX-License-Identifier: BSD-2-Clause
"""`check --image` with a real docker, and images that were made here: what is sent, what is said, what is left behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import textwrap

import pytest

import checking
import harness
from checking import LONG, Document, Run, read
from containers import FIXTURE
from harness import DEADLINE_S, SIGTRACE
from inspection import NO_BPF
from lab import images, state
from waiting import wait_until

UP = ("-r", "log:^ready")
# The end of the grace is waited for: those that do not end, and those of which one does not.
GRACE = ("-g", "300ms")
MIXED = ("-g", "2s")
SHORT = (*UP, *GRACE)
# What says that it is up, and leaves on SIGTERM.
SERVER = "trap 'kill -KILL $!; wait; exit 0' TERM; busybox nc -l -p 8080 & touch /tmp/ready; echo ready; wait; wait"

IMAGES = {
    "graceful": {"Entrypoint": [*FIXTURE, "exit-on", "TERM=0", "ready", "pause"]},
    "quit": {"Entrypoint": [*FIXTURE, "exit-on", "QUIT=0", "ready", "pause"], "StopSignal": "SIGQUIT"},
    "realtime": {"Entrypoint": [*FIXTURE, "exit-on", "RTMIN+3=0", "ready", "pause"], "StopSignal": "RTMIN+3"},
    "fixture": {"Entrypoint": list(FIXTURE), "Cmd": ["ready", "pause"]},
    "exec-form": {"Entrypoint": ["/bin/sleep", "600"]},
    "shell-form": {"Entrypoint": ["/bin/sh", "-c", "echo ready; sleep 600; true"]},
    "server": {"Entrypoint": ["/bin/sh", "/server"]},
    "brief": {"Entrypoint": ["/bin/sh", "-c", "exit 3"]},
    "absent": {"Entrypoint": ["/no/such/program"]},
}


def make_images(folder):
    """An archive for `docker load`: one root file system, and what is to run in it."""
    top = folder / "check-images"
    images.make_busybox(top, harness.FIXTURE)
    (top / "server").write_text(SERVER)
    layer = images.pack(top, folder / "check-layer.tar")
    return images.save(folder / "check-images.tar", [
        (f"{name}:latest", layer, {"Env": ["PATH=/bin"], **config}) for name, config in IMAGES.items()])


class Engine:
    """The lab's docker, for the docker command."""

    def __init__(self, docker, folder):
        self._docker = docker
        self.env = {"DOCKER_HOST": f"unix://{docker.socket}"}
        with make_images(folder).open("rb") as archive:
            docker.call("POST", "/images/load", body=archive)

    def inspect(self, container):
        return self._docker.call("GET", f"/containers/{container}/json")

    def containers(self):
        """{name: state} of those that check made."""
        found = self._docker.call("GET", "/containers/json", all=1)
        return {name[1:]: one["State"] for one in found for name in one["Names"] if name.startswith("/sigtrace-check-")}

    def remove(self, container):
        self._docker.call("DELETE", f"/containers/{container}", force=1)

    def wait_for(self, wanted):
        """Until there is one container, in that state; its name."""
        def find():
            found = self.containers()
            return len(found) == 1 and wanted in found.values() and next(iter(found))

        return wait_until(find, f"a container that is {wanted}")


@pytest.fixture(scope="module")
def lab_engine(lab_docker, lab_containerd):
    if not shutil.which("docker"):
        pytest.skip("there is no docker command")
    try:
        return Engine(lab_docker, lab_containerd.folder)
    except (state.LabError, state.Unavailable) as why:
        pytest.skip(f"the images cannot be made: {why}")


@pytest.fixture
def engine(lab_engine):
    """No test leaves a container."""
    yield lab_engine
    left = lab_engine.containers()
    for name in left:
        lab_engine.remove(name)
    assert not left


@pytest.fixture
def start(engine):
    """start("-i", "graceful", …): a check in the background."""
    runs = []

    def begin(*options, args=(), **keywords):
        env = engine.env | keywords.pop("env", {})
        runs.append(Run(list(args), *options, env=env, **keywords))
        return runs[-1]

    yield begin
    for run in runs:
        run.close()


@pytest.fixture
def check(engine, start):
    """check("-i", "graceful", …, expect="pass graceful"): the document; its container is gone then."""
    def run(*options, expect, evidence="bpf", warnings=(), **keywords):
        document = read(start(*options, **keywords), evidence)
        checking.expected(document, expect, warnings)
        assert document["subject"]["kind"] == "image" and document["subject"]["name"] == options[options.index("-i") + 1]
        if "--keep" not in options:
            assert not engine.containers() and "container" not in document["subject"]
        return document

    return run


@pytest.fixture
def wrapper(tmp_path):
    """wrapper("case $1 in …"): an engine that does something else for some calls; docker gets the others."""
    def write(text):
        path = tmp_path / "docker"
        path.write_text(f"#!/bin/sh\ndocker={shutil.which('docker')}\n{textwrap.dedent(text)}\nexec $docker \"$@\"\n")
        path.chmod(0o755)
        return "--engine", path

    return write


def lines_of(run, code):
    """The documents of several results."""
    status, stdout, stderr = run.finish()
    run.check_nothing_left()
    assert status == code, f"{status}\n{stderr}\n{stdout}"
    documents = [Document(json.loads(line)) for line in stdout.splitlines()]
    harness.validate(documents)
    return documents


# --- The signal ---


@pytest.mark.parametrize("image, number", [("quit", signal.SIGQUIT), ("realtime", 37)])
def test_stop_signal_of_the_image(check, image, number):
    document = check("-i", image, *UP, *LONG, expect="pass graceful")
    document.check({"signal.number": int(number), "signal_from_image": True, "exit.code": 0,
                    "subject.engine": "docker", "init.ns_tgid": 1, "init.namespace_init": True})
    [sent] = document.events("generate", number)
    sent.check(cause="caught", result="delivered")
    assert document.events("deliver", number)


def test_stop_signal_by_run_arg(check):
    document = check("-i", "fixture", "--run-arg=--stop-signal=RTMIN+3", *UP, *LONG,
                     args="exit-on RTMIN+3=0 ready pause".split(), expect="pass graceful")
    document.check({"signal.number": 37, "signal_from_image": True})


def test_signal_by_option(check):
    """It counts more than the image's; and a handler for that one does not help."""
    document = check("-i", "quit", "-s", "TERM", *SHORT, expect="fail unkillable_sig_dfl")
    document.check({"signal.number": 15, "signal_from_image": None})
    [sent] = document.events("generate", "TERM")
    sent.check(result="ignored", cause="unkillable_sig_dfl")


# --- What is started ---


def test_shell_form(check):
    document = check("-i", "shell-form", *SHORT, expect="fail unkillable_sig_dfl")
    assert "exec form" in document["remedy"]
    assert [left["comm"] for left in document["survivors"]] == ["sleep"]


def test_exec_form(check):
    document = check("-i", "exec-form", *GRACE, expect="fail unkillable_sig_dfl")
    assert "exec form" not in document["remedy"] and "init" in document["remedy"]
    assert not document["survivors"]


def test_arguments(check):
    check("-i", "fixture", *SHORT, expect="fail unkillable_sig_dfl")
    check("-i", "fixture", *UP, *LONG, args="exit-on TERM=0 ready pause".split(), expect="pass graceful")


def test_init_of_the_engine(check):
    """Without it the same image fails: test_exec_form."""
    if not shutil.which("docker-init", path=state.PATH):
        pytest.skip("docker-init is not installed")
    document = check("-i", "exec-form", "--run-arg=--init", *LONG, expect="pass graceful")
    assert document["exit"] == {"code": 128 + signal.SIGTERM}


def test_no_namespace_of_its_own(check):
    """A process that is no PID 1 dies of SIGTERM."""
    document = check("-i", "exec-form", "--run-arg=--pid=host", *LONG, expect="pass graceful", evidence="procfs")
    document.check({"init.namespace_init": False, "evidence_why": lambda why: "PID namespace" in why})


def test_run_args_that_would_spoil_the_check(check):
    """A container that removes itself takes its exit code along; one that is restarted never ends."""
    check("-i", "graceful", "--run-arg=--rm", *UP, *LONG, expect="pass graceful")
    check("-i", "graceful", "--run-arg=--restart=always", *UP, *LONG, expect="pass graceful")


def test_pids_max(check, engine):
    document = check("-i", "graceful", "--keep", "--pids-max", "17", *UP, *LONG, expect="pass graceful")
    kept = engine.inspect(document["subject"]["container"])
    assert kept["HostConfig"]["PidsLimit"] == 17
    engine.remove(kept["Id"])


# --- When it is up ---


@pytest.mark.parametrize("ready", [
    "settle", "log:^rea.y$", "tcp:8080", "file:/tmp/ready", "delay:300ms",
    'cmd:docker exec "$SIGTRACE_CONTAINER" cat /tmp/ready && test -e "/proc/$SIGTRACE_PID/ns/pid"'], ids=lambda r: r.split(":")[0])
def test_ready(check, ready):
    document = check("-i", "server", "-r", ready, *LONG, expect="pass graceful")
    document.check({"ready.wait": ready, "ready.after_ms": lambda ms: ms >= 0})


def test_not_ready(check):
    document = check("-i", "server", "-r", "file:/tmp/never", "--ready-timeout", "5s", expect="inconclusive not_ready")
    assert "was not ready within 5.0 s (file:/tmp/never)" in document["explanation"]


@pytest.mark.parametrize("ready", ["settle", "log:never", "cmd:false"])
def test_ends_before_it_is_ready(check, ready):
    """It may be over before anybody could look at it: that is no other machine."""
    run = check("-i", "brief", "-r", ready, expect="inconclusive exited_early", evidence=None)
    run.check({"exit.code": 3, "evidence_why": lambda why: "machine" not in why} if run["evidence"] != "bpf" else {})


# --- Several ---


def test_several_images(start, engine):
    run = start("-i", "graceful", "-i", "exec-form", "-i", "brief", "-r", "delay:300ms", *MIXED)
    documents = lines_of(run, 1)
    assert [(one["subject"]["name"], one["verdict"]) for one in documents] == \
        [("graceful", "pass"), ("exec-form", "fail"), ("brief", "inconclusive")]
    assert not engine.containers()


def test_several_images_none_of_which_fails(start):
    documents = lines_of(start("-i", "no-such-image", "-i", "graceful", "--run-arg=--pull=never", *UP, *LONG), 5)
    assert [(one["verdict"], one["reason"]) for one in documents] == \
        [("inconclusive", "could_not_start"), ("pass", "graceful")]


def test_interrupted_between_others(start, engine):
    """What was found out is reported; what was not looked at is no pass."""
    run = start("-i", "graceful", "-i", "graceful", "-i", "graceful", *LONG, "-r", "log:never")
    engine.wait_for("running")
    run.process.send_signal(signal.SIGINT)
    status, stdout, stderr = run.finish()
    assert status == 5
    assert [json.loads(line)["reason"] for line in stdout.splitlines()] == ["interrupted"]
    assert "2 of 3 were not checked" in stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_before_the_first(start, wrapper, tmp_path, number):
    """In the very first call of the engine: nothing was checked, and that is no pass."""
    run = start("-i", "graceful", *wrapper(f"""
        if test "$1" = version; then
            touch {tmp_path}/asked
            until test -e {tmp_path}/go; do sleep 0.01; done
        fi"""))
    wait_until((tmp_path / "asked").exists, "the first call")
    run.process.send_signal(number)
    (tmp_path / "go").touch()
    status, stdout, stderr = run.finish()
    run.check_nothing_left()
    assert (status, stdout) == (5, "")
    assert "1 of 1 were not checked" in stderr


# --- It cannot be checked ---


def test_missing_image(check):
    document = check("-i", "no-such-image:1", "--run-arg=--pull=never", expect="inconclusive could_not_start",
                     evidence=None)
    assert "no such image: no-such-image:1" in document["explanation"].lower()
    assert not document["timeline"]


def test_missing_program(check):
    document = check("-i", "absent", expect="inconclusive could_not_start", evidence=None)
    assert "/no/such/program" in document["explanation"]


def test_hostile_names(start, tmp_path):
    marker = tmp_path / "it-ran"
    names = [f"$(touch {marker})", f"`touch {marker}`", f"; touch {marker}", "a b", "\x1b[31mred", "UPPER", "a/../../b",
             "\u202ereversed", "name\nFAIL other: graceful: x", "@sha256:0", "%s%n", "x" * 3000]
    reports = {form: tmp_path / f"report.{form}" for form in ("text", "tap", "github", "junit")}
    options = [word for name in names for word in ("-i", name)]
    options += [word for form, path in reports.items() for word in ("--report", f"{form}:{path}")]
    documents = lines_of(start(*options, "--run-arg=--pull=never"), 5)
    assert not marker.exists()
    assert {document["reason"] for document in documents} == {"could_not_start"}
    assert [document["subject"]["name"][:500] for document in documents] == [name[:500] for name in names]
    for path in reports.values():
        assert not {character for character in path.read_text() if not character.isprintable()} - {"\n"}
    verdicts = [line for line in reports["text"].read_text().splitlines() if line[:1] not in ("", " ")]
    assert not [line for line in verdicts if not line.startswith(("image", "INCONCLUSIVE "))]


def cannot_run(*options, env):
    done = subprocess.run([SIGTRACE, "check", "-i", "graceful", *options], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=3 * DEADLINE_S, env=os.environ | env, check=False)
    assert (done.returncode, done.stdout) == (3, ""), done
    [line] = done.stderr.splitlines()
    return line


@pytest.mark.skipif(not shutil.which("docker"), reason="there is no docker command")
@pytest.mark.parametrize("left", ["nothing", "a file", "a socket"])
def test_engine_that_does_not_run(tmp_path, left):
    """docker's own words."""
    path = tmp_path / "docker.sock"
    if left == "a file":
        path.touch()
    elif left == "a socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
    line = cannot_run("--engine", "docker", env={"DOCKER_HOST": f"unix://{path}"})
    assert str(path) in line and "docker daemon" in line.lower() or "docker api" in line.lower()


def test_no_engine(tmp_path):
    line = cannot_run(env={"PATH": str(tmp_path)})
    assert line == "sigtrace: there is neither docker nor podman nor nerdctl in PATH"


# --- Nothing is left ---


def interrupt(run, number):
    run.process.send_signal(number)
    document = read(run, evidence=None)
    checking.expected(document, "inconclusive interrupted")
    return document


@pytest.mark.parametrize("call", ["create", "start", "inspect"])
def test_interrupted_in_a_call_of_the_engine(start, engine, wrapper, tmp_path, call):
    """It is not waited for what hangs."""
    run = start("-i", "graceful", *LONG, *wrapper(f"""
        case "$1 $2" in
        *{call}*) touch {tmp_path}/asked; test {call} = inspect || exec sleep 600;;
        esac"""), "-r", "log:never")
    wait_until((tmp_path / "asked").exists, call)
    document = interrupt(run, signal.SIGINT)
    assert ("started" in document.marks()) <= (call == "inspect")
    assert not engine.containers()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=["INT", "HUP"])
def test_interrupted_before_it_is_ready(start, engine, number):
    run = start("-i", "graceful", "-r", "log:never")
    engine.wait_for("running")
    document = interrupt(run, number)
    assert "sent" not in document.marks()
    assert not engine.containers()


def test_interrupted_in_the_grace(start, engine):
    run = start("-i", "fixture", *UP, *LONG, args="catch TERM ready pause".split()).read_output()
    run.wait_output("caught ")
    document = interrupt(run, signal.SIGTERM)
    assert "sent" in document.marks() and "killed" in document.marks()
    assert not engine.containers()


@pytest.mark.parametrize("phase", ["created", "ready", "grace"])
def test_killed(start, engine, wrapper, phase):
    """Somebody else clears up."""
    options = wrapper('test "$1" != start || exec sleep 600') if phase == "created" else ()
    run = start("-i", "fixture", *options, *(("-r", "log:never") if phase == "ready" else UP), *LONG,
                args="catch TERM ready pause".split()).read_output()
    engine.wait_for("created" if phase == "created" else "running")
    if phase == "grace":
        run.wait_output("caught ")
    run.process.kill()
    run.process.wait(DEADLINE_S)
    run.check_nothing_left(3 * DEADLINE_S)
    assert not engine.containers()


def kept(engine, document, wanted):
    name = document["subject"]["container"]
    assert engine.containers() == {name: wanted}
    engine.remove(name)


def test_keep(check, engine):
    kept(engine, check("-i", "graceful", "--keep", *UP, *LONG, expect="pass graceful"), "exited")
    kept(engine, check("-i", "exec-form", "--keep", *GRACE, expect="fail unkillable_sig_dfl"), "exited")


def test_keep_one_that_never_ran(check, engine):
    document = check("-i", "absent", "--keep", expect="inconclusive could_not_start", evidence=None)
    assert document.stderr == "" or "left behind" not in document.stderr
    kept(engine, document, "created")


def test_keep_shows_its_name(start, engine):
    run = start("-i", "graceful", "--keep", *UP, *LONG, output="text")
    status, stdout, stderr = run.finish()
    assert status == 0, stderr
    [name] = engine.containers()
    assert name in stdout
    engine.remove(name)


def test_keep_when_interrupted(start, engine):
    run = start("-i", "graceful", "--keep", "-r", "log:never")
    name = engine.wait_for("running")
    assert interrupt(run, signal.SIGINT)["subject"]["container"] == name
    assert engine.containers() == {name: "exited"}
    engine.remove(name)


def test_keep_when_killed(start, engine):
    """It does not go on."""
    run = start("-i", "graceful", "--keep", "-r", "log:never")
    name = engine.wait_for("running")
    run.process.kill()
    run.process.wait(DEADLINE_S)
    wait_until(lambda: engine.containers() == {name: "exited"}, "the container to be stopped")
    run.check_nothing_left(DEADLINE_S)
    engine.remove(name)


def test_engine_that_does_not_remove(start, engine, wrapper, tmp_path):
    """It is said, with the command for it; the verdict stands beside. What is left then, the janitor gets."""
    run = start("-i", "graceful", *UP, *LONG, *wrapper(f"""
        if test "$1" = rm && ! test -e {tmp_path}/refused; then
            touch {tmp_path}/refused
            echo 'Error response from daemon: not today' >&2
            exit 1
        fi"""))
    status, stdout, stderr = run.finish()
    assert status == 4, stderr
    assert json.loads(stdout)["verdict"] == "pass"
    assert "left behind: not today" in stderr and "rm --force sigtrace-check-" in stderr
    wait_until(lambda: not engine.containers(), "the janitor")
    run.check_nothing_left(DEADLINE_S)


# --- The engine's processes cannot be seen ---

HIDES = """
    if test "$1 $2" = "container inspect"; then
        $docker "$@" | sed 's/"Pid": [0-9]*/"Pid": {pid}/'
        exit
    fi"""


@pytest.fixture(params=["no pid", "somebody else's pid", "another namespace"])
def unseen(request, wrapper):
    """Options, and a prefix. Somebody else's process is left alone."""
    if request.param == "another namespace":
        yield (), ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "--")
        return
    with subprocess.Popen(["sleep", "600"], stdin=subprocess.DEVNULL) as other:
        yield wrapper(HIDES.format(pid=0 if request.param == "no pid" else other.pid)), ()
        assert other.poll() is None
        other.kill()


def test_unseen_and_ends(check, unseen):
    options, prefix = unseen
    document = check("-i", "graceful", *options, *UP, *LONG, prefix=prefix, expect="pass graceful", evidence="engine")
    document.check({"exit.code": 0, "init": None})
    assert "as the engine tells; what became of the signal cannot be seen from here" in document["explanation"]
    assert not document.marks().keys() & {"handler"} and not document["survivors"]


def test_unseen_and_does_not_end(check, wrapper):
    document = check("-i", "exec-form", *wrapper(HIDES.format(pid=0)), "-r", "delay:100ms", *GRACE,
                     expect="fail still_running", evidence="engine")
    assert "why cannot be seen from here" in document["explanation"]


def test_unseen_and_odd_exit(check, wrapper):
    """A death by a signal and an exit with 128 + signal are the same for an engine."""
    document = check("-i", "fixture", *wrapper(HIDES.format(pid=0)), *UP, *LONG, args="exit-on TERM=134 ready pause".split(),
                     expect="pass graceful", evidence="engine", warnings=["odd_exit"])
    assert "to an engine a death by SIGABRT is the same" in document["warnings"][0]["explanation"]


def test_unseen_and_ready_that_looks_at_processes(check, wrapper):
    document = check("-i", "graceful", *wrapper(HIDES.format(pid=0)), expect="inconclusive not_ready", evidence="engine")
    assert "cannot be seen from here; use --ready log, cmd or delay" in document["explanation"]
    assert "within" not in document["explanation"], "it was not waited for"


def test_unseen_pid_for_commands(check, wrapper):
    """SIGTRACE_PID is not that of somebody else."""
    check("-i", "graceful", *wrapper(HIDES.format(pid=0)), "-r", 'cmd:test -z "$SIGTRACE_PID" && test "$SIGTRACE_CONTAINER"',
          *LONG, env={"SIGTRACE_PID": "1"}, expect="pass graceful", evidence="engine")


LOSES = HIDES.format(pid=0) + """
    if test "$1" = start; then
        $docker start "$3" >/dev/null
        echo 'error during connect: unexpected EOF' >&2
        exit 1
    fi"""


def test_lost_connection_is_no_end(check, wrapper):
    """The client of the engine has ended; the container has not, and then it has."""
    check("-i", "exec-form", *wrapper(LOSES), "-r", "delay:300ms", *GRACE, expect="fail still_running", evidence="engine")
    check("-i", "graceful", *wrapper(LOSES), "-r", "delay:300ms", *LONG, expect="pass graceful", evidence="engine")


def test_engine_that_is_lost(check, engine, wrapper, tmp_path):
    """While it is waited for the end: neither a pass nor a failure."""
    options = wrapper(f"""
        if test "$1" = kill; then
            touch {tmp_path}/lost
            exit
        fi
        if test "$1 $2" = "container inspect" && test -e {tmp_path}/lost; then
            echo 'Cannot connect to the Docker daemon at tcp://gone. Is the docker daemon running?' >&2
            exit 1
        fi""" + LOSES)
    document = check("-i", "exec-form", *options, "-r", "delay:300ms", *LONG, expect="inconclusive not_watched",
                     evidence="engine")
    assert "Cannot connect to the Docker daemon at tcp://gone" in document["explanation"]


# --- Without the privilege for BPF ---


@pytest.mark.parametrize("image, expect", [("graceful", "pass graceful"), ("shell-form", "fail unkillable_sig_dfl")])
def test_without_bpf(check, image, expect):
    grace = LONG if expect.startswith("pass") else GRACE
    document = check("-i", image, *UP, *grace, prefix=NO_BPF, expect=expect, evidence="procfs")
    assert document["init"]["ns_tgid"] == 1
    assert image == "graceful" or "as was seen right before and after it" in document["explanation"]


# --- podman ---


@pytest.fixture(scope="module")
def podman(tmp_path_factory):
    """An engine with a storage of its own; removed with all that is in it."""
    path = shutil.which("podman")
    if not path:
        pytest.skip("podman is not installed")
    folder = tmp_path_factory.mktemp("podman")
    script = folder / "podman"
    # Of privileges that a container as CI has it lacks, podman needs some for its own limits.
    (folder / "containers.conf").write_text('[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n')
    script.write_text(f"#!/bin/sh\nexport CONTAINERS_CONF={folder}/containers.conf\nexec {path} --root {folder}/root --runroot {folder}/run --storage-driver vfs "
                      f"--cgroup-manager cgroupfs --tmpdir {folder}/tmp \"$@\"\n")
    script.chmod(0o755)
    try:
        state.run(script, "load", "--quiet", "--input", make_images(folder))
        state.run(script, "run", "--rm", "--network=none", "--entrypoint=/bin/true", "localhost/exec-form")
    except (state.LabError, state.Unavailable, subprocess.TimeoutExpired) as why:
        pytest.skip(f"podman does not work here: {why}")
    yield script
    state.run(script, "system", "reset", "--force")


@pytest.mark.parametrize("image, expect", [
    ("realtime", "pass graceful"), ("shell-form", "fail unkillable_sig_dfl"), ("absent", "inconclusive could_not_start"),
    ("brief", "inconclusive exited_early")])
def test_podman(podman, image, expect):
    grace = LONG if expect.startswith("pass") else GRACE
    run = Run([], "-i", f"localhost/{image}", "--engine", podman, "--run-arg=--network=none", *UP, *grace)
    try:
        document = read(run, evidence=None)
    finally:
        run.close()
    checking.expected(document, expect)
    document.check({"subject.engine": "podman", "signal.number": 37 if image == "realtime" else 15})
    assert "sigtrace-check-" not in state.run(podman, "ps", "--all", "--format={{.Names}}")


def test_podman_when_killed(podman):
    run = Run([], "-i", "localhost/graceful", "--engine", podman, "--run-arg=--network=none", "-r", "log:never")
    try:
        def names(*options):
            return state.run(podman, "ps", *options, "--format={{.Names}}").split()

        wait_until(names, "the container to run")
        run.process.kill()
        run.process.wait(DEADLINE_S)
        wait_until(lambda: not names("--all"), "the janitor")
        run.check_nothing_left(DEADLINE_S)
    finally:
        run.close()


# --- The gate ---


def test_reader_that_has_gone(start, engine):
    """`sigtrace check … | head -1`: a failure stays one."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as gone:
        run = start("-i", "exec-form", "-r", "delay:100ms", *GRACE, stdout=gone, output="text")
    assert run.finish()[0] == 1


def test_reports(start, tmp_path):
    run = start("-i", "graceful", "-i", "exec-form", "-r", "delay:300ms", *MIXED, "--report", f"junit:{tmp_path}/check.xml",
                "--report", f"tap:{tmp_path}/check.tap", "--log", tmp_path / "log", output="github")
    status, stdout, stderr = run.finish()
    assert (status, stderr) == (1, "")
    assert [line.split(" ")[0] for line in stdout.splitlines()] == ["::notice", "::error"]
    assert "ready who=main" in (tmp_path / "log").read_text()
    assert (tmp_path / "check.tap").read_text().startswith("TAP version 13\n1..2\nok 1 - graceful")
    assert 'tests="2" failures="1"' in (tmp_path / "check.xml").read_text()
