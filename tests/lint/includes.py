# SPDX-License-Identifier: BSD-2-Clause
"""Who may include whom. Headers are found by name, as the compiler finds them: names are unique in the tree."""

import dataclasses
import re

from tree import Skip

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include(?:_next)?[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)

# What a pure module may take from the C library: no stdio, no clock, nothing that enters the kernel.
PURE = frozenset(
    f"<{name}.h>"
    for name in ("ctype", "errno", "inttypes", "limits", "linux/types", "stdalign", "stdarg", "stdbool", "stddef",
                 "stdint", "stdlib", "string")
)
ANY = None
# Generated headers, and the one file that includes each.
GENERATED = {
    "sigtrace.skel.h": "src/sys/bpf_session.c",
    "sigtrace_cast.skel.h": "src/sys/bpf_session.c",
    "snapshot.skel.h": "src/sys/bpf_snapshot.c",
    "syscall_names.h": "src/core/syscalls.c",
}


@dataclasses.dataclass(frozen=True)
class Rule:
    folders: tuple[str, ...]  # of quoted headers, besides the file's own
    system: object = ANY  # headers in angle brackets: a set, or ANY
    libraries: tuple[str, ...] = ()  # prefixes of headers of libraries
    headers: tuple[str, ...] = ()  # single headers of the tree


LIBRARIES = ("bpf/", "jansson", "cmocka", "gelf.h", "libelf.h")
# The files of a folder that may use a library.
ALONE = {f"src/core/{name}.c": ("jansson",) for name in ("container_state", "engine_text", "json_text")}

# By folder; the longest prefix of a path counts. include/ is open to all whose rule names it.
RULES = {
    "bpf": Rule(("include",), frozenset(), ("bpf/",), ("vmlinux.h",)),
    "include": Rule((), frozenset({"<linux/types.h>"})),
    "src/core": Rule((), PURE, (), ("event.h", "snapshot.h")),
    "src/out": Rule(("src/core",), PURE | {"<time.h>"}, ("jansson",)),  # time.h: gmtime_r(), see purity.py
    "src/sys": Rule(("src/core", "include"), ANY, ("bpf/", "gelf.h", "libelf.h")),
    "src/cmd": Rule(("src/core", "src/out", "src/sys"), ANY, ("jansson",)),
    "src": Rule(("src/cmd",), ANY),
    "tests/unit": Rule(("src/core", "src/out", "include"), ANY, ("cmocka", "jansson"),
                       ("containers.h", "engine.h", "janitor.h", "pid1.h", "process_words.h", "procfs.h",
                        "pump.h", "subprocess.h")),
    "tests/golden": Rule(("src/core", "src/out", "include"), ANY, ("jansson",)),
    "tests/fuzz": Rule(("src/core", "src/out", "include"), ANY, ("jansson",), ("elf_symbols.h",)),
    "tests/live": Rule((), ANY),
    "bench": Rule((), ANY, ("bpf/",)),
    "": Rule((), ANY),
}


def check(tree):
    paths = tree.c_files()
    if not paths:
        raise Skip("no C files")
    owner, findings = {}, []
    for path in paths:
        if path.suffix == ".h":
            if path.name in owner:
                findings.append(f"{path}: {owner[path.name]} has the same name; which one is found depends on -I")
            owner[path.name] = path
    for path in paths:
        folder = max((name for name in RULES if f"{path}/".startswith(f"{name}/") or not name), key=len)
        for match in INCLUDE.finditer(tree.text(path)):
            line = tree.text(path)[: match.start()].count("\n") + 1
            why = _objection(path, folder, match[1], match[2], owner)
            if why:
                findings.append(f"{path}:{line}: {match[0].strip()}: {why}")
    return findings


def _objection(path, folder, kind, name, owner):
    """Why this file may not include that, or None."""
    rule = RULES[folder]
    what = folder or "this folder"
    if kind == "<":
        library = next((prefix for prefix in LIBRARIES if name.startswith(prefix)), None)
        if library:
            libraries = rule.libraries + ALONE.get(str(path), ())
            return None if library in libraries else f"{what} does not use that library"
        if name in owner:
            return "a header of the tree belongs in quotes"
        return None if rule.system is ANY or f"<{name}>" in rule.system else f"not a header that {what} may use"
    if name in GENERATED:
        return None if str(path) == GENERATED[name] else f"only {GENERATED[name]} includes it"
    if "/" in name:
        return "headers are named without a folder"
    if name not in owner:
        return "no header of this tree has that name"
    home = str(owner[name].parent)
    if home == folder or home in rule.folders or name in rule.headers:
        return None
    return f"{what} may not include from {home}"
