# SPDX-License-Identifier: BSD-2-Clause
"""The lints that are other programs: compilers, formatters, analysers."""

import concurrent.futures
import hashlib
import os
import pathlib
import re

from tree import Skip, lines, tool

BTF = pathlib.Path("/sys/kernel/btf/vmlinux")
# Of clang-format: versions differ in what they do with the same configuration.
CLANG_VERSION = 14
CONFIG = pathlib.Path(__file__).parent / "clang-tidy.yaml"
USER_FLAGS = ("-std=gnu11", "-D_GNU_SOURCE", '-DSIGTRACE_VERSION="lint"', "-Iinclude", "-Isrc/core", "-Isrc/out",
              "-Isrc/sys", "-Isrc/cmd", "-Itests/unit")
# Where a finding of clang-tidy begins; notes belong to the one above.
FINDING = re.compile(r"^(?=\S+:\d+:\d+: (?:error|warning): )", re.MULTILINE)
# A fifth of what the analyser takes by default: a sixth of the time, and what it finds, it finds early.
ANALYZER_FLAGS = ("-Xclang", "-analyzer-config", "-Xclang", "max-nodes=40000")
BPF_FLAGS = ("-target", "bpf", "-std=gnu11", "-I.", "-Ibpf", "-Iinclude")


def clang_tidy(tree):
    """Slow; a source that was clean is looked at again only when it, a header or the configuration changed."""
    program = tool("clang-tidy", f"clang-tidy-{CLANG_VERSION}")
    seen = tree.build / "lint" / "clang-tidy"
    seen.mkdir(parents=True, exist_ok=True)
    common = hashlib.sha256(CONFIG.read_bytes() + " ".join(USER_FLAGS + ANALYZER_FLAGS).encode())
    for header in (path for path in tree.c_files("src", "include") if path.suffix == ".h"):
        common.update(tree.text(header).encode())

    def one(source):
        state = common.copy()
        state.update(tree.text(source).encode())
        clean = seen / f"{source.name}.clean"
        if clean.exists() and clean.read_text() == state.hexdigest():
            return []
        command = [program, "--quiet", f"--config-file={CONFIG}", source, "--", *USER_FLAGS, *ANALYZER_FLAGS]
        _, output = tree.run(*command, f"-I{tree.build}/gen")
        # What bpftool generates is not ours to mend.
        found = [text for text in re.split(FINDING, output)[1:] if ".skel.h:" not in text.partition("\n")[0]]
        if found:
            return lines("".join(found))
        clean.write_text(state.hexdigest())
        return []

    return _each(one, [path for path in tree.c_files("src") if path.suffix == ".c"])


def cppcheck(tree):
    program = tool("cppcheck")
    status, output = tree.run(
        program, "--quiet", "--error-exitcode=1", "--enable=warning,performance,portability", "--inline-suppr",
        "--std=c11", "--library=posix,gnu", "--template=gcc", "-D__x86_64__",
        # It does not read the headers of the system.
        "-DLIBBPF_OPTS(type,name,...)=struct type name = {0}",
        # readdir() is fine in a single thread, and readdir_r() is deprecated.
        "--suppress=readdirCalled",
        # It does not know __attribute__((cleanup)); clang-tidy does.
        "--suppress=resourceLeak", "--suppress=memleak",
        # open() there fills a standard descriptor that is closed.
        "--suppress=leakReturnValNotUsed:src/main.c",
        *(flag for flag in USER_FLAGS if flag.startswith(("-I", "-DS"))), "-j", os.cpu_count() or 1, "src")
    return lines(output) if status != 0 else []


def bpf_with_full_btf(tree):
    """Catches a misspelt member of a kernel struct, which the trimmed vmlinux.h would let pass."""
    if not BTF.exists():
        raise Skip(f"this kernel has no {BTF}")
    bpftool, make = tool("bpftool"), tool("make")
    tool("clang")
    directory = tree.build / "lint"
    directory.mkdir(parents=True, exist_ok=True)
    full = directory / "vmlinux.h"
    status, output = tree.run(bpftool, "btf", "dump", "file", BTF, "format", "c")
    if status != 0:
        raise Skip(f"bpftool cannot dump this kernel's BTF: {output.strip()}")
    if not full.exists() or full.read_text() != output:
        full.write_text(output)
    objects = [directory / "gen" / f"{path.stem}.o" for path in tree.c_files("bpf") if path.suffix == ".c"]
    status, output = tree.run(make, "--no-print-directory", "-s", f"BUILD={directory}", f"VMLINUX_H={full}", "WERROR=1",
                              *objects, env=_outside_make())
    output = re.sub(r"^  BPF .*\n", "", output, flags=re.MULTILINE)
    return lines(output) or ["make failed"] if status != 0 else []


def headers_alone(tree):
    def one(header):
        bpf = header.parts[0] == "bpf" or header.name == "vmlinux.h"
        compiler = (tool("clang"), *BPF_FLAGS) if bpf else (tool("gcc", "cc"), *USER_FLAGS, "-Wall", "-Wextra")
        command = [*compiler, "-Wno-unused", "-Wno-unused-parameter", "-Werror", "-fsyntax-only", "-x", "c", "-"]
        text = f'#include "{header.parent}/{header.name}"\n'
        status, output = tree.run(*command, f"-I{tree.top}", input=text.encode())
        return [f"{header} does not compile alone:", *lines(output, 8)] if status != 0 else []

    return _each(one, [path for path in tree.c_files() if path.suffix == ".h"])


def clang_format(tree):
    program = tool(f"clang-format-{CLANG_VERSION}", "clang-format")
    _, version = tree.run(program, "--version")
    found = re.search(r"version (\d+)", version)
    if not found or int(found[1]) != CLANG_VERSION:
        raise Skip(f"{program} is version {found[1] if found else '?'}, the tree is kept by {CLANG_VERSION}")

    def one(path):
        status, output = tree.run(program, "--dry-run", "-Werror", path)
        count = output.count("error:")
        return [f"{path}: {count} places; clang-format -i mends them", *lines(output, 3)] if status != 0 else []

    return _each(one, tree.c_files())


def shellcheck(tree):
    program = tool("shellcheck")
    scripts = [path for path in tree.files if re.match(r"#!.*\b(ba|da|)sh\b", tree.text(path))]
    status, output = tree.run(program, "--format=gcc", *scripts)
    return lines(output) if status != 0 else []


def _outside_make():
    """As called by hand: a make above hands down its own variables and job server."""
    return {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES")}


def _each(one, paths):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return [finding for findings in pool.map(one, paths) for finding in findings]
