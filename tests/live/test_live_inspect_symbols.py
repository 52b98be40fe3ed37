# SPDX-License-Identifier: BSD-2-Clause
"""inspect: names of handlers, through mappings and symbol tables, and the runtimes that they belong to."""

import os
import pathlib
import re
import shutil
import struct
import subprocess

import pytest

from harness import DEADLINE_S, FIXTURE, Lines, proc_status, wait_until
from inspection import inspect, mask_set, needs, run

# Every handler is a function of its own, and known to the test by its address.
SOURCE = """
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>
__attribute__((noinline)) void exported_handler(int sig) { (void)sig; }
__attribute__((noinline)) static void hidden_handler(int sig) { (void)sig; _exit(0); }
int main(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGTERM, exported_handler);
	signal(SIGHUP, hidden_handler);
	printf("ready exported=%p hidden=%p\\n", (void *)exported_handler, (void *)hidden_handler);
	fflush(stdout);
	alarm(60);
	for (;;)
		pause();
}
"""


@pytest.fixture
def program():
    """program(argv…) starts a program and waits for a line that begins with "ready"; ended after the test."""
    started = []

    def start(*argv, ready="ready", **popen):
        process = subprocess.Popen([str(word) for word in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, **popen)
        process.lines = Lines(process.stdout, lambda raw: raw.decode("utf-8", "replace").strip())
        started.append(process)
        process.ready = process.lines.items[process.lines.wait(lambda line: line.startswith(ready), what=ready)]
        return process

    yield start
    for process in started:
        process.kill()
        process.wait(DEADLINE_S)
        process.lines.wait_end()
        process.stdin.close()
        process.stdout.close()


def compiled(path, *flags):
    source = path.with_suffix(".c")
    source.write_text(SOURCE)
    done = subprocess.run([os.environ.get("CC", "gcc"), "-O1", "-g0", *flags, "-o", path, source], capture_output=True, text=True,
                          check=False, timeout=3 * DEADLINE_S)
    if done.returncode:
        pytest.skip(f"cannot be built here with {' '.join(flags)}: {done.stderr.strip()[-200:]}")
    return path


def symbol(document, pid, sig):
    return document.signal(pid, sig).get("handler_symbol")


def module_of(name):
    return name.partition("!")[0].partition("+")[0]


KINDS = {
    "pie": (["-fPIE", "-pie"], True),
    "no_pie": (["-fno-PIE", "-no-pie"], True),
    "static": (["-static"], True),
    "static_pie": (["-static-pie", "-fPIE"], True),
    "stripped": (["-fPIE", "-pie", "-s"], False),
    "static_stripped": (["-static", "-s"], False),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_of_programs(program, tmp_path, kind):
    flags, named = KINDS[kind]
    process = program(compiled(tmp_path / "sample", *flags))
    addresses = dict(re.findall(r"(\w+)=(0x[0-9a-f]+)", process.ready))
    document = inspect("-p", process.pid, "-s", "TERM,HUP", code=0)
    for sig, key in (("TERM", "exported"), ("HUP", "hidden")):
        found = document.signal(process.pid, sig).check(handler=addresses[key])
        if named:
            found.check(handler_symbol=f"sample!{key}_handler")
            assert f"sample!{key}_handler" in found["if_sent"]["outside"]["explanation"]
        else:
            # Where in the file it is can still be told, and found with a disassembler.
            assert re.fullmatch(r"sample\+0x[0-9a-f]+", found["handler_symbol"]), found
        found.check(runtime=None)


def test_stripped_but_exported(program, tmp_path):
    process = program(compiled(tmp_path / "sample", "-fPIE", "-pie", "-rdynamic", "-s"))
    document = inspect("-p", process.pid, "-s", "TERM,HUP")
    assert symbol(document, process.pid, "TERM") == "sample!exported_handler"
    # A static function behind it must not be told as an offset into the exported one.
    assert "exported_handler" not in symbol(document, process.pid, "HUP")


def test_from_proc_no_address_is_claimed(program, tmp_path):
    process = program(compiled(tmp_path / "sample"))
    document = inspect("-p", process.pid, "-s", "TERM", evidence="procfs")
    document.signal(process.pid, "TERM").check({"disposition": "caught", "handler": None, "handler_symbol": None,
                                                "if_sent.outside.cause": "caught"})


@pytest.mark.parametrize("deleted", [False, True])
def test_handler_in_a_library(program, tmp_path, deleted):
    """One that is deleted only /proc/PID/map_files still leads to."""
    library = tmp_path / "libsample.so.1"
    (tmp_path / "lib.c").write_text("void in_the_library(int sig) { (void)sig; }\n")
    (tmp_path / "main.c").write_text(SOURCE.replace(
        "int main", "void in_the_library(int);\nint main").replace("signal(SIGHUP, hidden_handler)", "signal(SIGHUP, in_the_library)"))
    for command in ([*"gcc -shared -fPIC -o".split(), library, tmp_path / "lib.c"],
                    ["gcc", "-o", tmp_path / "main", tmp_path / "main.c", library, f"-Wl,-rpath,{tmp_path}"]):
        subprocess.run(command, check=True, timeout=3 * DEADLINE_S)
    process = program(tmp_path / "main")
    if deleted:
        library.unlink()
    assert symbol(inspect("-p", process.pid, "-s", "HUP"), process.pid, "HUP") == "libsample.so.1!in_the_library"


@pytest.mark.parametrize("replaced", [False, True])
def test_deleted_executable(program, tmp_path, replaced):
    """As after an upgrade: the file that runs is reached through map_files; one that took its place is another one."""
    path = compiled(tmp_path / "sample")
    process = program(path)
    path.unlink()
    if replaced:
        other = tmp_path / "other"
        other.mkdir()
        (other / "sample.c").write_text(SOURCE.replace("exported_handler", "never_loaded").replace("hidden_", "neither_"))
        subprocess.run(["gcc", "-o", path, other / "sample.c"], check=True, timeout=3 * DEADLINE_S)
    document = inspect("-p", process.pid, "-s", "TERM,HUP")
    assert symbol(document, process.pid, "TERM") == "sample!exported_handler"
    assert symbol(document, process.pid, "HUP") == "sample!hidden_handler"


@needs("unshare")
def test_another_mount_namespace(program, tmp_path):
    """A file that cannot be reached by its name from here, as in a container."""
    path = compiled(tmp_path / "sample", "-static")
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    # A file of the same name that is visible from here is not the one.
    shutil.copy("/bin/true", hidden / "sample")
    script = f'mount -t tmpfs none "{hidden}" && cp "{path}" "{hidden}/sample" && exec "{hidden}/sample"'
    process = program("unshare", "--mount", "--propagation", "private", "sh", "-c", script)
    assert (hidden / "sample").stat().st_ino != os.stat(f"/proc/{process.pid}/exe").st_ino
    document = inspect("-p", process.pid, "-s", "TERM,HUP")
    assert symbol(document, process.pid, "TERM") == "sample!exported_handler"
    assert symbol(document, process.pid, "HUP") == "sample!hidden_handler"


def test_one_file_many_processes(fixture):
    """All share one table of symbols; each has its own answer."""
    fx = fixture(" ".join(f"fork A{i} [ catch TERM ready pause ]" for i in range(20)) + " ready pause")
    pids = [fx.ready(f"A{i}") for i in range(20)]
    document = inspect("-p", ",".join(map(str, pids)), "-s", "TERM")
    assert {symbol(document, pid, "TERM") for pid in pids} == {"fixture!on_signal"}


def test_sixty_four_handlers_by_name(fixture):
    fx = fixture("fork A [ dispositions 0 ready pause ] ready pause")
    pid = fx.ready("A")
    document = inspect("-p", pid, "-s", "all")
    for line in fx.lines.items:
        if line["kind"] == "disposition" and line["is"] == "caught":
            assert symbol(document, pid, line["sig"]) == f"fixture!on_{line['sig']}"


def test_hostile_symbol(program, tmp_path):
    """The name of a file is the traced side's: in text it is escaped, in JSON it is what it is."""
    path = tmp_path / "sample\n\x1b[31m"
    shutil.copy(compiled(tmp_path / "plain"), path)
    process = program(path)
    document = inspect("-p", process.pid, "-s", "TERM")
    assert symbol(document, process.pid, "TERM") == "sample\n\x1b[31m!exported_handler"
    text = run("-p", process.pid, "-s", "TERM").stdout
    assert r"sample\n\x1b[31m!exported_handler" in text or r"sample\x0a\x1b[31m!exported_handler" in text, text
    assert "\x1b" not in text


def test_damaged_file(program, tmp_path):
    """The section headers of the file that runs are gone."""
    path = compiled(tmp_path / "sample")
    data = bytearray(path.read_bytes())
    data[40:48] = struct.pack("<Q", len(data) + 4096)
    path.write_bytes(data)
    process = program(path)
    document = inspect("-p", process.pid, "-s", "TERM")
    assert (symbol(document, process.pid, "TERM") or "sample+0x0").startswith("sample+0x")


# --- Runtimes ---

def check_runtime(document, pid, sig, runtime, *words):
    found = document.signal(pid, sig).check({"disposition": "caught", "runtime": runtime, "if_sent.outside.cause": "caught"})
    text = found["if_sent"]["outside"]["explanation"].lower()
    for word in words:
        assert word in text, text


@needs("bash")
def test_bash_trap(program):
    process = program("bash", "-c", f"trap 'exit 0' TERM; {FIXTURE} default TERM ready pause; true")
    document = inspect("-p", process.pid, "-s", "TERM,HUP")
    assert symbol(document, process.pid, "TERM") == "bash!trap_handler"
    check_runtime(document, process.pid, "TERM", "bash", "trap")


def test_cpython(program):
    script = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: None); print('ready', flush=True); sys.stdin.read()"
    process = program("/usr/bin/python3", "-c", script)
    document = inspect("-p", process.pid, "-s", "TERM,INT,USR1")
    assert module_of(symbol(document, process.pid, "TERM")).startswith(("python3", "libpython3"))
    for sig in ("TERM", "INT"):  # that one by default: KeyboardInterrupt
        check_runtime(document, process.pid, sig, "cpython", "python")
    document.signal(process.pid, "USR1").check(runtime=None, disposition="default")


GO_SOURCE = """package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("ready")
	os.Stdin.Read(make([]byte, 1))
}
"""


@pytest.fixture(scope="session")
def go_program(tmp_path_factory):
    if not shutil.which("go"):
        pytest.skip("go is not installed")
    folder = tmp_path_factory.mktemp("go")
    (folder / "main.go").write_text(GO_SOURCE)
    environment = {**os.environ, "CGO_ENABLED": "0", "GOCACHE": str(folder / "cache"), "GOPATH": str(folder / "path"),
                   "GO111MODULE": "off", "GOTOOLCHAIN": "local", "GOFLAGS": ""}
    for name, flags in (("goserver", []), ("gostripped", ["-ldflags", "-s -w"])):
        subprocess.run(["go", "build", *flags, "-o", folder / name, folder / "main.go"], env=environment, check=True,
                       cwd=folder, timeout=300)
    return folder


def test_go(program, go_program):
    """Go's runtime has a handler for everything: that says nothing about signal.Notify."""
    process = program(go_program / "goserver")
    document = inspect("-p", process.pid, "-s", "all")
    assert len(mask_set(proc_status(process.pid)["SigCgt"])) > 50
    assert re.fullmatch(r"goserver!runtime\.sigtramp(\.abi0)?", symbol(document, process.pid, "TERM"))
    check_runtime(document, process.pid, "TERM", "go", "go")
    for found in document.process(process.pid)["signals"]:
        if found["disposition"] == "caught":
            assert found["runtime"] == "go", found


def test_go_stripped(program, go_program):
    process = program(go_program / "gostripped")
    document = inspect("-p", process.pid, "-s", "TERM")
    found = document.signal(process.pid, "TERM").check(disposition="caught")
    assert module_of(found["handler_symbol"]) == "gostripped"
    if "!" in found["handler_symbol"]:
        check_runtime(document, process.pid, "TERM", "go", "go")
    else:
        # The linker's own sections may still tell that it is Go's, and nothing else may be said.
        assert found.get("runtime", "go") == "go"


def test_go_as_namespace_init(fixture, go_program, program):
    """Re-raised with SIG_DFL, which an init ignores: the runtime then exits with 2."""
    process = program("unshare", "--pid", "--fork", "--kill-child", go_program / "goserver")
    init = int(pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())
    document = inspect("-p", init, "-s", "TERM")
    document.process(init).check(namespace_init=True, comm="goserver")
    check_runtime(document, init, "TERM", "go")
    plain = program(go_program / "goserver")
    other = inspect("-p", plain.pid, "-s", "TERM").signal(plain.pid, "TERM")["if_sent"]["outside"]["explanation"]
    assert document.signal(init, "TERM")["if_sent"]["outside"]["explanation"].partition(")")[2] != other.partition(")")[2]


def java_class():
    """Main.class by hand, so that a runtime without a compiler is enough: main() reads a byte of System.in."""
    def utf8(text):
        return b"\x01" + struct.pack(">H", len(text)) + text.encode()

    def refer(tag, *indexes):
        return bytes([tag]) + struct.pack(f">{len(indexes)}H", *indexes)

    pool = [
        utf8("Main"), refer(7, 1), utf8("java/lang/Object"), refer(7, 3),  # 1-4
        utf8("main"), utf8("([Ljava/lang/String;)V"), utf8("Code"),  # 5-7
        utf8("java/lang/System"), refer(7, 8), utf8("in"), utf8("Ljava/io/InputStream;"), refer(12, 10, 11), refer(9, 9, 12),  # 8-13
        utf8("java/io/InputStream"), refer(7, 14), utf8("read"), utf8("()I"), refer(12, 16, 17), refer(10, 15, 18),  # 14-19
        utf8("out"), utf8("Ljava/io/PrintStream;"), refer(12, 20, 21), refer(9, 9, 22),  # 20-23
        utf8("java/io/PrintStream"), refer(7, 24), utf8("println"), utf8("(Ljava/lang/String;)V"), refer(12, 26, 27),  # 24-28
        refer(10, 25, 28), utf8("ready"), refer(8, 30),  # 29-31
    ]
    # getstatic out; ldc "ready"; invokevirtual println; getstatic in; invokevirtual read; pop; return
    code = bytes.fromhex("b20017 121f b6001d b2000d b60013 57 b1".replace(" ", ""))
    body = struct.pack(">HHI", 2, 1, len(code)) + code + struct.pack(">HH", 0, 0)
    method = struct.pack(">HHHH", 0x0009, 5, 6, 1) + struct.pack(">HI", 7, len(body)) + body
    return (b"\xca\xfe\xba\xbe" + struct.pack(">HHH", 0, 49, len(pool) + 1) + b"".join(pool) +
            struct.pack(">HHHHH", 0x0021, 2, 4, 0, 0) + struct.pack(">H", 1) + method + struct.pack(">H", 0))


@needs("java")
def test_jvm(program, tmp_path):
    (tmp_path / "Main.class").write_bytes(java_class())
    process = program("java", "-Xint", "-Xshare:auto", "-cp", tmp_path, "Main")
    document = inspect("-p", process.pid, "-s", "TERM,HUP,INT,QUIT,SEGV")
    for sig in ("TERM", "HUP", "INT"):
        assert module_of(symbol(document, process.pid, sig)) == "libjvm.so"
        check_runtime(document, process.pid, sig, "jvm")


@needs("node")
def test_node(program):
    """With a listener it is libuv's handler; without one Node's own, for INT and TERM, which raises it again."""
    script = "process.on('SIGTERM', () => {}); console.log('ready'); process.stdin.resume()"
    process = program("node", "-e", script)
    wait_until(lambda: 15 in mask_set(proc_status(process.pid)["SigCgt"]), "the listener")
    document = inspect("-p", process.pid, "-s", "TERM,INT,HUP")
    assert module_of(symbol(document, process.pid, "TERM")).startswith(("node", "libuv", "libnode"))
    found = document.signal(process.pid, "TERM")
    if "!" in found["handler_symbol"]:
        check_runtime(document, process.pid, "TERM", "libuv")
    document.signal(process.pid, "HUP").check(disposition="default", runtime=None)
