# SPDX-License-Identifier: BSD-2-Clause
"""Builds everything, runs the test suites and adds up what they leave in build/results."""

import argparse
import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True

import junit

TREE = pathlib.Path(__file__).resolve().parents[1]
RESULTS = TREE / "build" / "results"
LOGS = TREE / "build" / "logs"
LOG_LINES = 60  # of a suite that failed
FAILURE_LINES = 40  # of a case
JOBS = f"-j{os.cpu_count() or 1}"

NEEDS_ROOT = "loads BPF programs and needs root: sudo scripts/test"
LEFT_TO_ROOT = "left to runs as root, as all of the kernel's tests (by itself: make check-vm)"


@dataclasses.dataclass(frozen=True)
class Suite:
    name: str
    deadline_s: int
    results: str  # the files it leaves, a pattern in build/results
    without_root: str = ""  # why it is skipped then


BUILDS = {
    "gcc": ("CC=gcc", "all", "test-programs"),
    "clang": ("CC=clang", "BUILD=build/clang", "all"),
    "static": ("CC=gcc", "STATIC=1", "all"),
}
BUILD = Suite("build", 900, "build.xml")
# "check-NAME" is the target; tests/NAME holds it. In the order in which failures are told soonest.
SUITES = (
    Suite("unit", 300, "unit-*.xml"),
    Suite("golden", 300, "golden.xml"),
    Suite("fuzz", 600, "fuzz*.xml"),
    Suite("lint", 600, "lint.xml"),
    Suite("cli", 300, "cli.xml"),
    Suite("docs", 300, "docs.xml"),
    Suite("live", 1800, "live.xml", NEEDS_ROOT),
    Suite("vm", 1800, "vm.xml", LEFT_TO_ROOT),
)
TREE_CLEAN = Suite("tree-clean", 60, "")
# Below tests/, but no suites.
NO_SUITES = frozenset({"fixtures", "lab", "__pycache__"})


class Deadline(Exception):
    pass


def run(command, log, deadline_s):
    """Returns the exit status; output goes to the log. What still runs at the deadline is ended."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    # A make above, if there is one, hands down its job server and flags.
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"):
        environment.pop(name, None)
    process = subprocess.Popen(
        command, cwd=TREE, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        start_new_session=True)
    try:
        return process.wait(deadline_s)
    except subprocess.TimeoutExpired:
        raise Deadline(f"ended after {deadline_s} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # the session that was started here
            process.wait()


def build():
    cases = []
    for name, words in BUILDS.items():
        path = LOGS / f"build-{name}.log"
        with path.open("wb") as log:
            try:
                status = run(["make", "--no-print-directory", JOBS, "WERROR=1", *words], log, BUILD.deadline_s)
                why = f"make ended with status {status}"
            except Deadline as error:
                status, why = -1, str(error)
        if status == 0:
            cases.append(junit.Case(name, junit.PASSED))
        elif name == "static" and (library := missing_archive(path)):
            cases.append(junit.Case(name, junit.SKIPPED, f"no static library here: {library}"))
        else:
            show(path)
            cases.append(junit.Case(name, junit.FAILED, why))
    junit.write(RESULTS / BUILD.results, BUILD.name, cases)
    return read(BUILD, 0)


def missing_archive(log):
    """Some distributions have no static libraries."""
    match = re.search(r"(?:cannot find|unable to find library) (-l\w+)", log.read_text("utf-8", "replace"))
    return match and match[1]


def test(suite):
    """Runs one suite; returns its cases."""
    if suite.without_root and os.geteuid() != 0:
        return [junit.Case(suite.name, junit.SKIPPED, suite.without_root)]
    path = LOGS / f"{suite.name}.log"
    with path.open("wb") as log:
        try:
            status = run(
                ["make", "--no-print-directory", JOBS, "WERROR=1", "CC=gcc", f"check-{suite.name}"], log,
                suite.deadline_s)
            cases = read(suite, status)
        except Deadline as error:
            cases = read(suite, 0) + [junit.Case(f"{suite.name}.deadline", junit.FAILED, str(error))]
    if any(case.verdict == junit.FAILED for case in cases):
        show(path)
    return cases


def read(suite, status):
    """The cases in the suite's files; whatever keeps them from being all is a failed case."""
    cases = []
    files = sorted(RESULTS.glob(suite.results))
    for path in files:
        try:
            cases += junit.read(path)
        except (OSError, ElementTree.ParseError) as error:
            cases.append(junit.Case(f"{suite.name}.{path.name}", junit.FAILED, f"cannot be read: {error}"))

    def fail(name, why):
        cases.append(junit.Case(f"{suite.name}.{name}", junit.FAILED, why))

    if suite.name == "unit":
        # A program that crashed leaves no file.
        for source in sorted((TREE / "tests" / "unit").glob("test_*.c")):
            if RESULTS / f"unit-{source.stem}.xml" not in files:
                fail(source.stem, "left no results: it crashed, or did not build")
    if not any(case.verdict != junit.SKIPPED for case in cases):
        why = "nothing but skips" if cases else "no results"
        fail("empty", f"{why}: a suite that runs nothing tests nothing")
    if status != 0 and not any(case.verdict == junit.FAILED for case in cases):
        fail("status", f"ended with status {status}, though no test failed")
    return cases


def orphans():
    """A folder of tests that no target runs would pass unnoticed."""
    makefiles = "".join((TREE / name).read_text() for name in ("Makefile", "tests/tests.mk"))
    targets = set(re.findall(r"^check-(\w+)(?=[ :])", makefiles, re.MULTILINE))
    known = {suite.name for suite in SUITES}
    cases, present = [], set()
    for folder in sorted((TREE / "tests").iterdir()):
        if not folder.is_dir() or folder.name in NO_SUITES or not any(folder.rglob("*.*")):
            continue
        present.add(folder.name)
        if folder.name not in targets or folder.name not in known:
            cases.append(junit.Case(f"tests/{folder.name}", junit.FAILED, "no suite of scripts/test runs it"))
    return cases, present


def tree_state():
    """What git sees besides commits, ignored files included, as a set of lines; None without git."""
    trust = ("-c", f"safe.directory={TREE}")
    state = []
    for command in (["status", "--porcelain", "--ignored", "--untracked-files=all"], ["diff", "--raw", "--abbrev=40"]):
        done = subprocess.run(["git", *trust, *command], cwd=TREE, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return None
        state += done.stdout.splitlines()
    return {line for line in state if not line.startswith("!! build/")}


def tree_clean(before):
    if before is None:
        return [junit.Case(TREE_CLEAN.name, junit.SKIPPED, "this is no git checkout")]
    left = sorted(tree_state() - before)
    if left:
        text = "the tests changed the tree: " + "; ".join(left)
        return [junit.Case(TREE_CLEAN.name, junit.FAILED, text)]
    return [junit.Case(TREE_CLEAN.name, junit.PASSED)]


def show(path):
    lines = path.read_text("utf-8", "replace").splitlines()
    if len(lines) > LOG_LINES:
        print(f"    … the last {LOG_LINES} lines of {path.relative_to(TREE)}:")
    for line in lines[-LOG_LINES:]:
        print(f"    {line}")


def count(cases):
    verdicts = [case.verdict for case in cases]
    return ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in (junit.PASSED, junit.FAILED, junit.SKIPPED))


def timed(name, work, *arguments):
    print(f"{name} …", flush=True)
    started = time.monotonic()
    cases = work(*arguments)
    print(f"{name}: {count(cases)} ({time.monotonic() - started:.0f} s)", flush=True)
    return cases


def hand_back():
    """With sudo, what was built belongs to who called it."""
    try:
        uid, gid = int(os.environ["SUDO_UID"]), int(os.environ["SUDO_GID"])
    except (KeyError, ValueError):
        return
    for directory, folders, files in os.walk(TREE / "build"):
        for name in (".", *folders, *files):
            os.chown(os.path.join(directory, name), uid, gid, follow_symlinks=False)


def print_failure(case):
    """Whole, or its end: of what went wrong once in a hundred runs nothing else may be left."""
    first, *rest = case.text.splitlines() or [""]
    print(f"FAILED {case.name}: {first}")
    for line in rest[-FAILURE_LINES:]:
        print(f"    {line}")


def parse_arguments():
    names = [suite.name for suite in SUITES]
    parser = argparse.ArgumentParser(
        prog="scripts/test",
        description="Installs what is missing, builds with gcc and clang and statically, runs all test suites and "
        "adds up their results.",
        epilog=f"Suites: {', '.join(names)}. Those that need root are skipped without it. Results are left in "
        "build/results as JUnit XML, output in build/logs. Exit status: 0, or 1 if anything failed.")
    parser.add_argument("--only", metavar="SUITE[,SUITE]", help="only these")
    arguments = parser.parse_args()
    chosen = arguments.only.split(",") if arguments.only is not None else names
    for name in chosen:
        if name not in names:
            parser.error(f"no suite '{name}': {', '.join(names)}")
    return [suite for suite in SUITES if suite.name in chosen], arguments.only is None


def main():
    chosen, everything = parse_arguments()
    for directory in (RESULTS, LOGS):
        directory.mkdir(parents=True, exist_ok=True)
    for stale in RESULTS.glob("*.xml"):
        stale.unlink()

    before = tree_state()
    cases = timed("build", build)
    missing, present = orphans()
    cases += missing
    for suite in chosen:
        if suite.name in present:
            cases += timed(suite.name, test, suite)
        elif not everything:
            cases.append(junit.Case(suite.name, junit.FAILED, "this tree has no such suite"))
    if everything:
        cases += timed(TREE_CLEAN.name, tree_clean, before)
    hand_back()

    print()
    for case in cases:
        if case.verdict == junit.SKIPPED:
            print(f"SKIPPED {case.name}: {case.text.partition(chr(10))[0]}")
    for case in cases:
        if case.verdict == junit.FAILED:
            print_failure(case)
    print(count(cases), flush=True)
    return 1 if any(case.verdict == junit.FAILED for case in cases) else 0


if __name__ == "__main__":
    sys.exit(main())
